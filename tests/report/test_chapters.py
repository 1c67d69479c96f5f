"""Chapters on the demo: every one is made, in both languages; what cannot be made says why."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from cemlab.errors import ReportError, StudyError
from cemlab.inputs.study import Study, load_study
from cemlab.report.blocks import Figure, Note, Paragraph, Table
from cemlab.report.findings import Unavailable
from cemlab.report.session import CHAPTERS, Report, open_report

NOT_IN_DEMO = {
    "importance",
    "kano",
    "zones",
    "value",
    "emotion",
    "journey",
}  # the demo's questionnaire does not ask for them
CAUSAL = r"\b(caus\w*|because|leads? to|led to|impact\w*|influenc\w*|due to|results? in|thanks to)\b"


@pytest.fixture(scope="module")
def study(demo: Path) -> Study:
    return load_study(demo)


@pytest.fixture(scope="module", params=["en", "fa"])
def report(study: Study, request: pytest.FixtureRequest) -> Report:
    return open_report(study, "saffron", request.param)


def visible(html: str) -> str:
    without = re.sub(r"<bdi[^>]*>.*?</bdi>|src=\"[^\"]*\"", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", without)


@pytest.fixture
def bare(tmp_path: Path, demo: Path) -> Path:
    """A copy of the demo with nothing but its survey."""
    from ruamel.yaml import YAML

    for name in ("codebook.csv", "survey.csv"):
        shutil.copy(demo / name, tmp_path / name)
    yaml = YAML()
    config = yaml.load((demo / "study.yml").read_text(encoding="utf-8"))
    for key in ("employees", "units", "transactions", "comparison", "chain", "kpis"):
        del config[key]
    yaml.dump(config, tmp_path / "study.yml")
    return tmp_path


# truth
@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_is_made(report: Report, name: str) -> None:
    chapter = report.show(name)
    html = chapter._repr_html_()
    assert f'dir="{report.words.direction}"' in html
    assert "nan" not in re.findall(r"[a-z]+", visible(html).lower())
    notes = [block.text for block in chapter.blocks if isinstance(block, Note)]
    assert report.words("The method cannot be used on these data.") not in notes


def test_numbers_of_the_gaps_chapter_are_those_of_the_result(report: Report) -> None:
    words, gaps = report.words, report.result("gaps")
    table = next(block for block in report.show("gaps").blocks if isinstance(block, Table))
    rows = gaps.dimensions.sort_values("estimate")
    assert table.frame.iloc[:, 0].tolist() == [report.names[name] for name in rows["dimension"]]
    assert table.frame.iloc[:, 1].tolist() == [words.number(n) for n in rows["n"]]


def test_cover_counts_the_people(report: Report) -> None:
    facts = " ".join(report.show("cover").blocks[2].items)
    assert report.words.number(len(report.survey)) in facts
    assert report.words.number(len(report.employees)) in facts


def test_importance_is_the_mean_share_of_the_points() -> None:
    import types

    from cemlab.languages import ENGLISH
    from cemlab.report.findings import MAKERS

    # Worked example of methods 1: points (10,35,25,15,15) and (15,30,20,20,15).
    survey = pd.DataFrame([[10, 35, 25, 15, 15], [15, 30, 20, 20, 15]], columns=list("abcde")).assign(weight=1.0)
    book = pd.DataFrame({"item": list("abcde"), "role": "points", "construct": list("TRSAE")})
    fake = types.SimpleNamespace(survey=survey, codebook=book, words=ENGLISH, minimum=1)
    assert MAKERS["importance"](fake).round(4).to_dict() == {"T": 0.125, "R": 0.325, "S": 0.225, "A": 0.175, "E": 0.15}


# invariants
def test_persian_report_has_no_latin_digits_outside_names(study: Study) -> None:
    report = open_report(study, "saffron", "fa")
    for name in ("in_short", "gaps", "voice", "priorities"):
        text = visible(report.show(name)._repr_html_())
        assert not re.search("[0-9]", text), (name, re.findall(".{20}[0-9].{20}", text)[:3])


def test_nothing_is_said_to_make_something_happen(study: Study) -> None:
    report = open_report(study, "cedar", "en")
    for name in CHAPTERS:
        assert not re.search(CAUSAL, visible(report.show(name)._repr_html_()), re.IGNORECASE), name


def test_every_chapter_leads_with_a_sentence_and_describes_its_pictures(report: Report) -> None:
    for name in set(CHAPTERS[2:-1]) - NOT_IN_DEMO:
        blocks = report.show(name).blocks
        assert isinstance(blocks[0], Paragraph), name
        assert blocks[0].lead, name
        assert all(len(block.alt) > 10 for block in blocks if isinstance(block, Figure)), name


def test_results_are_computed_once(study: Study) -> None:
    report = open_report(study, "mint", "en")
    assert report.result("gaps") is report.result("gaps")
    assert set(report.results) == {"gaps"}


def test_small_groups_are_hidden_in_tables_and_pictures(study: Study) -> None:
    config = study.config.model_copy(update={"privacy": study.config.privacy.model_copy(update={"min_group_size": 22})})
    strict = Study(study.folder, config, study.codebook, study.key, study.key_source)
    report = open_report(strict, "saffron", "en")
    sizes = report.survey["unit"].value_counts()
    assert (sizes < 22).any()
    small = {report.names[unit] for unit in sizes[sizes < 22].index}
    blocks = report.show("respondents").blocks
    table = next(b for b in blocks if isinstance(b, Table) and "unit" in b.caption)
    shown = table.frame[table.frame["Customers"] != "*"]
    assert not small & set(shown["Unit"])
    for figure in (b for name in ("gaps", "voice") for b in report.show(name).blocks if isinstance(b, Figure)):
        drawn = {label.get_text() for label in figure.picture.get_yticklabels()}
        assert not small & drawn


def test_every_interval_is_named_by_its_own_level(study: Study) -> None:
    report = open_report(study, "mint", "en", conf_level=0.9)
    text = " ".join(visible(report.show(name)._repr_html_()) for name in ("gaps", "voice", "chain", "method"))
    assert "90%" in text
    assert "95%" not in text
    assert report.result("gaps").info["conf_level"] == report.result("chain").info["conf_level"] == 0.9


def test_records_and_words_are_drawn_as_colours(study: Study) -> None:
    report = open_report(study, "saffron", "en")
    result, blocks = report.result("comparison_repurchase"), report.show("comparison").blocks
    figure = next(b for b in blocks if isinstance(b, Figure) and "Rank correlations" in b.caption)
    drawn = [text.get_text() for text in figure.picture.texts]
    assert drawn == [report.words.number(value, 2) for value in result.table["estimate"]]


def test_only_answers_up_to_the_cutoff_count_and_later_ones_are_counted(study: Study) -> None:
    report = open_report(study, "saffron", "en")
    survey, info = report.survey, report.result("customers").attrs["info"]
    later = survey["customer"].notna() & (survey["date"] > pd.Timestamp(study.config.comparison.cutoff))
    assert info["n_later"] == int(later.sum()) > 0
    note = next(b.text for b in report.show("comparison").blocks if isinstance(b, Note))
    assert f"{info['n_later']} later answers are not used" in note


def test_persian_cohorts_are_jalali_months(study: Study) -> None:
    from cemlab.report.dates import EPOCH_ORDINAL, to_jalali

    cohorts = open_report(study, "saffron", "fa").result("retention").cohorts
    bought = open_report(study, "saffron", "fa").lines.collect().to_pandas()
    bought = bought[(bought["is_cancellation"] != True) & (bought["amount"] > 0)].dropna(subset=["customer_id"])  # noqa: E712
    first = bought.groupby("customer_id")["day"].min()
    months = [to_jalali(pd.Timestamp.fromordinal(int(day) + EPOCH_ORDINAL).date()) for day in first]
    expected = pd.Series([year * 12 + month - 1 for year, month, _ in months]).value_counts()
    sizes = cohorts[cohorts["period"] == 0].set_index("cohort")["n_customers"]
    assert sizes[sizes > 0].to_dict() == expected.to_dict()


def test_too_few_employees_leave_the_chain(study: Study) -> None:
    report = open_report(study, "saffron", "en")
    report.employees = report.employees.head(4)
    chain = report.result("chain")
    assert not set(chain.gate["construct"]) & {"employee_satisfaction", "employee_loyalty"}
    assert "Employees’ answers are left out of the chain: there are fewer than 10." in [
        block.text for block in report.show("chain").blocks if isinstance(block, Note)
    ]


def test_what_is_left_out_is_listed_with_its_reason(bare: Path) -> None:
    report = open_report(bare, "saffron", "en")
    assert report.show("behaviour", omit=True)._repr_html_() == ""
    (listed,) = report.show("left_out").blocks
    assert "“What customers do”: The study has no transactions." in listed.items
    assert set(report.left_out()) == {"voice", "behaviour", "chain", "comparison", *NOT_IN_DEMO}


def test_only_what_the_demo_does_not_ask_is_left_out_of_it(report: Report) -> None:
    assert set(report.left_out()) == NOT_IN_DEMO


# errors
@pytest.mark.parametrize("language", ["en", "fa"])
def test_missing_data_are_said_in_the_readers_language(bare: Path, language: str) -> None:
    report = open_report(bare, "saffron", language)
    reasons = {
        "behaviour": "The study has no transactions.",
        "chain": "The study declares no links of a service–profit chain.",
        "comparison": "The study declares no comparison of CRM and CEM.",
        "voice": "The study does not name a question for this figure.",
    }
    for name, reason in reasons.items():
        (note,) = report.show(name).blocks
        assert isinstance(note, Note)
        assert note.text == report.words(reason)
    assert isinstance(report.show("gaps").blocks[0], Paragraph)
    assert len(report.show("in_short").blocks[0].items) == 2


def test_a_message_of_a_method_is_shown_as_english(study: Study) -> None:
    report = open_report(study, "saffron", "fa")
    report._results["gaps"] = Unavailable("دلیل", detail="score_gaps: found <nothing>")
    html = report.show("gaps")._repr_html_()
    assert '<bdi lang="en" dir="ltr">score_gaps: found &lt;nothing&gt;</bdi>' in html


def test_a_fault_of_the_program_is_not_hidden(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from cemlab.report import findings

    monkeypatch.setitem(findings.MAKERS, "gaps", lambda _report: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_report(study, "saffron", "en").show("gaps")


def test_too_few_answers_show_nothing(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    report = open_report(study, "saffron", "en")
    report.survey = report.survey.head(4)
    (note,) = report.show("gaps").blocks
    assert note.text == "Fewer than 10 customers answered; nothing is shown, so that nobody can be recognized."


def test_wrong_names_are_refused(study: Study) -> None:
    with pytest.raises(ReportError, match=r"show: found 'gap', expected one of: cover, in_short"):
        open_report(study, "saffron", "en").show("gap")
    with pytest.raises(ReportError, match=r"open_report: found language 'de', expected one of: en, fa"):
        open_report(study, "saffron", "de")
    with pytest.raises(StudyError):
        open_report(study, "nobody", "en")
