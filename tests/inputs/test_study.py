"""A study folder: found, read, its names and organizations, its references."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from cemlab.errors import CemlabError, StudyError
from cemlab.inputs.references import find_circle
from cemlab.inputs.study import Organization, Study, load_study

CODEBOOK = """item,column,asked_of,attribute,role,construct,scale_min,scale_max,text_en,text_fa
e1,,,clean,expectation,tangibles,1,5,Should be clean,
p1,,,clean,perception,tangibles,1,5,Is clean,تمیز است
p2,,,kept,perception,reliability,1,5,,سر قول می‌ماند
rec,,,,recommend,loyalty,0,10,Recommend?,
pay,,employees,,agreement,rewards,1,5,Paid well,
why,,,,text,,,,Why?,
"""
STUDY = """id: demo
title: {en: A demo, fa: نمونه}
survey: {file: survey.csv, columns: {organization: org}}
employees: {file: staff.csv, constants: {organization: cedar}}
units: {file: units.csv, columns: {unit: u}, titles: {en: name, fa: نام},
  measures: {profit: {column: p, title: {en: Profit, fa: سود}}}}
constructs: {quality: {of: [tangibles, reliability], title: {en: Quality, fa: کیفیت}}, loyalty: {title: Loyalty}}
chain:
  links: [{id: H1, source: rewards, target: quality}, {id: H2, source: quality, target: loyalty},
    {id: H3, source: loyalty, target: profit}]
kpis: {nps: {item: rec}}
comparison: {cutoff: 2025-06-30, cem: [nps, quality, rec]}
"""


def write(folder: Path, study: str = STUDY, codebook: str = CODEBOOK) -> Path:
    (folder / "study.yml").write_text(study, encoding="utf-8")
    (folder / "codebook.csv").write_text(codebook, encoding="utf-8")
    (folder / "survey.csv").write_text("org,p1\nsaffron,1\n../../x,2\n<script>,3\nsaffron,4\n", encoding="utf-8")
    (folder / "units.csv").write_text("u,name,نام,p\nb1,Branch one,شعبه یک,3\n", encoding="utf-8")
    return folder


def said(folder: Path, change: tuple[str, str]) -> list[str]:
    assert change[0] in STUDY
    with pytest.raises(StudyError) as error:
        load_study(write(folder, STUDY.replace(*change)))
    return [str(problem) for problem in error.value.problems]


# truth


def test_the_folder_and_its_file_give_the_same_study(tmp_path: Path) -> None:
    by_folder, by_file = load_study(write(tmp_path)), load_study(str(tmp_path / "study.yml"))
    assert by_folder.config == by_file.config
    assert (by_folder.id, by_folder.title, by_folder.title_in("fa")) == ("demo", "A demo", "نمونه")


def test_organizations_are_those_of_the_files_in_order_of_appearance(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    assert [o.id for o in study.organizations] == ["saffron", "../../x", "<script>", "cedar"]
    assert study.organization("<script>").title_in("fa") == "<script>"


def test_declared_organizations_stand_in_their_order(tmp_path: Path) -> None:
    text = STUDY + "organizations: [{id: b, title: {fa: ب}}, a]\n"
    study = load_study(write(tmp_path, text))
    assert study.organizations == (Organization("b", {"fa": "ب"}), Organization("a"))
    assert study.organization("b").title_in("en") == "ب"


def test_without_any_organization_the_study_is_the_organization(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, "id: demo\ntitle: A demo\nsurvey: {file: survey.csv}\n"))
    assert study.organizations == (Organization("demo", "A demo"),)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    load_study(write(tmp_path)).organizations  # noqa: B018
    (tmp_path / "survey.csv").write_text("org,p1\nother,1\n", encoding="utf-8")
    assert [o.id for o in load_study(tmp_path).organizations] == ["other", "cedar"]


def test_names_fall_back_to_the_other_language_then_to_the_name(tmp_path: Path) -> None:
    names = load_study(write(tmp_path)).names("fa")
    assert names["p1"] == "تمیز است"
    assert names["clean"] == "تمیز است"  # the perception's text stands for the attribute
    assert names["rec"] == "Recommend?"
    assert names["quality"] == "کیفیت"
    assert names["profit"] == "سود"
    assert names["b1"] == "شعبه یک"
    assert load_study(tmp_path).names("en")["p2"] == "سر قول می‌ماند"
    assert load_study(tmp_path).names("en")["b1"] == "Branch one"
    assert "wave" not in names


def test_a_file_may_lie_outside_and_under_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = load_study(write(tmp_path))
    assert study.path_of("../other/a.csv").resolve() == tmp_path.parent.resolve() / "other" / "a.csv"
    monkeypatch.setenv("CEMLAB_REAL_DATA", str(tmp_path / "real"))
    monkeypatch.setenv("HOME", "/elsewhere")
    assert study.path_of("${CEMLAB_REAL_DATA}/sfo/a.csv") == tmp_path / "real" / "sfo" / "a.csv"
    assert study.path_of("${HOME}/a.csv") == tmp_path / "${HOME}" / "a.csv"


def test_a_study_travels_between_processes(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    other: Study = pickle.loads(pickle.dumps(study))
    assert other.key == study.key
    assert other.organizations == study.organizations


# invariants


def test_a_study_cannot_be_changed(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    with pytest.raises(AttributeError):
        study.folder = tmp_path  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        study.config.id = "y"


def test_a_circle_is_found_wherever_it_is() -> None:
    assert find_circle([]) == []
    assert find_circle([("a", "b"), ("b", "c"), ("a", "c")]) == []
    assert find_circle([("x", "a"), ("a", "b"), ("b", "a"), ("b", "y")]) in (["a", "b", "a"], ["b", "a", "b"])
    assert find_circle([("a", "b"), ("c", "d"), ("d", "e"), ("e", "c")])[0] in ("c", "d", "e")


# errors


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("of: [tangibles, reliability]", "of: [tangibels, reliability]"),
            "study.yml, line 7: constructs.quality.of[1]: no scored item of the codebook measures 'tangibels'; "
            "did you mean 'tangibles'?",
        ),
        (
            ("of: [tangibles, reliability]", "of: [tangibles, tangibles]"),
            "constructs.quality.of[2]: 'tangibles' stands twice.",
        ),
        (
            ("loyalty: {title", "loyality: {title"),
            "constructs.loyality: no item of the codebook measures this construct; did you mean 'loyalty'?",
        ),
        (
            ("{quality: {of", "{rewards: {of"),
            "constructs.rewards: items of the codebook measure this construct, so it cannot be a composite too.",
        ),
        (
            ("source: loyalty", "source: loyal"),
            "study.yml, line 10: chain.links[3].source: 'loyal' is no construct, composite or measure of units; "
            "did you mean 'loyalty'?",
        ),
        (("id: H2", "id: H1"), "chain.links[2].id: the id 'H1' stands twice."),
        (("target: profit", "target: loyalty"), "chain.links[3]: H3 leads from 'loyalty' to itself."),
        (
            ("source: loyalty, target: profit", "source: quality, target: loyalty"),
            "chain.links[3]: H3 is the same arrow as H2.",
        ),
        (
            ("target: profit", "target: rewards"),
            "study.yml, line 9: chain.links: the links run in a circle: rewards → quality → loyalty → rewards.",
        ),
        (
            ("item: rec", "item: recc"),
            "study.yml, line 11: kpis.nps.item: 'recc' is no rated item of the customers' questionnaire; "
            "did you mean 'rec'?",
        ),
        (("item: rec", "item: why"), "kpis.nps.item: 'why' is no rated item of the customers' questionnaire;"),
        (
            ("cem: [nps", "cem: [csat"),
            "study.yml, line 12: comparison.cem[1]: 'csat' is no CEM measure of this study;",
        ),
        (("2025-06-30", "2025-06-30, crm: n_order"), "comparison.crm: 'n_order' is no CRM measure of this study;"),
        (
            ("columns: {organization: org}", "columns: {organization: org}, constants: {organization: x}"),
            "study.yml, line 3: survey.constants.organization: columns names this role too.",
        ),
        (
            ("columns: {organization: org}", "rename: {a: p1, b: p1}"),
            "survey.rename.b: 'p1' is the new name of two headers.",
        ),
        (("id: demo", "id: demo\norganizations: [a, b, a]"), "organizations[3].id: 'a' stands twice."),
    ],
)
def test_a_name_that_nothing_defines_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    lines = said(tmp_path, change)
    assert any(message in line for line in lines), lines


def test_folder_and_file_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="there is no folder of this name"):
        load_study(tmp_path / "nowhere")
    with pytest.raises(StudyError, match=r"the folder holds no study.yml. `cemlab new` makes a study folder."):
        load_study(tmp_path)
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(StudyError, match="this is a file, not a folder"):
        load_study(tmp_path / "a.csv")


def test_a_missing_codebook_is_a_study_error(tmp_path: Path) -> None:
    (tmp_path / "study.yml").write_text("id: x\ncodebook: book.xlsx\n")
    with pytest.raises(StudyError, match=r"book\.xlsx"):
        load_study(tmp_path)


@pytest.mark.parametrize("content", [None, "item,role\n"])
def test_a_study_that_asks_nobody_needs_no_codebook(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "study.yml").write_text("id: x\nunits: {file: u.csv, columns: {unit: u}}\n")
    if content is not None:
        (tmp_path / "codebook.csv").write_text(content)
    assert load_study(tmp_path).codebook.empty


@pytest.mark.parametrize("content", [b"", b"\0\1", b"\xff\xfe\xff", b"id: [", b"- a", b"id: x\nid: y", b"? [a]\n: b"])
def test_no_content_leads_to_another_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.yml").write_bytes(content)
    with pytest.raises(CemlabError):
        load_study(tmp_path)


def test_the_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CEMLAB_REAL_DATA", raising=False)
    with pytest.raises(StudyError, match="CEMLAB_REAL_DATA is not set") as error:
        load_study(write(tmp_path)).path_of("${CEMLAB_REAL_DATA}/a.csv")
    assert "Set the environment variable CEMLAB_REAL_DATA to the folder that holds the data." in str(error.value)


def test_an_unknown_organization_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"The study demo has no organization 'safron'; did you mean 'saffron'\?"):
        load_study(write(tmp_path)).organization("safron")
