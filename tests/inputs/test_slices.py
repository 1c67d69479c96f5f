"""One organization's part of a study: it loads equal, and holds nothing of the others."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from cemlab.errors import DataError, ReportError, StudyError
from cemlab.inputs.files import read_table
from cemlab.inputs.slices import slice_study
from cemlab.inputs.study import Study, load_study
from cemlab.inputs.survey import load_employees, load_interactions, load_survey, load_units
from cemlab.inputs.transactions import load_transactions

IDS = ("saffron", "../../x", "<script>")
CODEBOOK = """item,column,asked_of,role,construct,scale_min,scale_max,reverse,missing_codes,labels
clean,"Is it
clean?",,perception,tangibles,1,5,,9|BLANK,1=Bad|5=کاملاً خوب
slow,slow | langsam,,effort,effort,1,7,yes,,
why,why,,text,,,,,,
pay,,employees,agreement,rewards,1,5,,,
"""
STUDY = """id: demo
on_invalid: missing
organizations: [saffron, {id: ../../x, title: {fa: ایکس}}, <script>]
survey:
  - {file: a.csv, header_row: 3, encoding: cp1256, separator: ";",
     columns: {respondent: id, customer: cust, organization: org, unit: unit, date: on},
     exclude: [{column: consent, values: ["no"]}], missing_codes: ["-"], constants: {wave: 007}}
  - {file: b.csv, columns: {organization: org}, rename: {Q1: clean}, constants: {wave: 1403-05-12}}
employees: {file: staff.csv, constants: {organization: saffron}}
interactions: {file: contacts.csv, columns: {customer: cust, organization: org, cost: cost}}
units: {file: units.csv, columns: {organization: org, unit: u}, titles: {fa: name}, measures: {profit: {column: p}}}
transactions: {file: t.csv.gz, columns: {customer: cust, date: on, amount: sum, organization: org}}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.delenv("CEMLAB_KEY", raising=False)
    folder = tmp_path / "study"
    folder.mkdir()
    lines = ["a title above;;;;;;;;;;", "", "id;cust;org;unit;on;consent;phone;Is it  clean?;slow;why;ip"]
    for i in range(30):
        org, mark = IDS[i % 3], f"m{i % 3}"
        consent = "no" if i in (5, 6, 9) else "yes"
        answer = ("1", "Bad", "9", "77", "كاملاً خوب", "-")[i % 6]
        row = (f"r{mark}{i}", f"c{mark}{i % 9}", org, f"u{mark}", f"2025-01-{i + 1:02}", consent, f"phone{i}")
        lines.append(";".join((*row, answer, str(i % 8), f"word{mark}", f"10.0.0.{i}")))
    lines.insert(10, "")
    lines.append(";;saffron;;;yes;;;;;10.0.0.99")
    (folder / "a.csv").write_text("\n".join(lines), encoding="cp1256")
    (folder / "b.csv").write_text(
        "org,Q1,langsam,secret\nsaffron,3,4,s0\n<script>,2,,s2\n../../x,1,1,s1\n", encoding="utf-8"
    )
    (folder / "staff.csv").write_text("pay,phone\n3,p\n5,q\n", encoding="utf-8")
    (folder / "contacts.csv").write_text("cust,org,cost,ip\ncm01,saffron,2.5,x\ncm1,../../x,3,y\n", encoding="utf-8")
    (folder / "units.csv").write_text(
        "org,u,name,p,rent\nsaffron,um0,واحد,1.5,lease\n../../x,um1,یک,2,lease\n", encoding="utf-8"
    )
    with gzip.open(folder / "t.csv.gz", "wt", encoding="utf-8") as file:
        file.write("cust,on,sum,org,card\n")
        file.writelines(f"cm{i % 3}{i},2024-03-0{i + 1},{i}.5,{IDS[i % 3]},card{i}\n" for i in range(9))
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "codebook.csv").write_text(CODEBOOK, encoding="utf-8")
    return load_study(folder)


def lines_of(study: Study, organization: str | None = None) -> pd.DataFrame:
    frame = load_transactions(study, organization).collect("pandas").to_native()
    return frame.sort_values(["customer_id", "day"], ignore_index=True)


def cells(folder: Path) -> str:
    """Everything that stands in a folder, the compressed cells of Parquet files too."""
    parts = []
    for path in sorted(folder.iterdir()):
        parts.append(path.read_bytes().decode("utf-8", errors="replace"))
        if path.suffix == ".parquet":
            parts.append(pq.read_table(path).to_pandas().to_csv())
    return "\n".join(parts)


# truth


@pytest.mark.parametrize("id", IDS)
def test_a_slice_loads_as_its_organization_loads_from_the_whole(study: Study, tmp_path: Path, id: str) -> None:
    part = slice_study(study, id, tmp_path / "slice")
    whole = load_survey(study, id)
    assert len(whole) > 5
    for organization in (None, id):
        assert_frame_equal(load_survey(part, organization), whole)
        assert_frame_equal(lines_of(part, organization), lines_of(study, id))
    excluded = {"saffron": 2, "../../x": 0, "<script>": 1}  # rows 5, 6 and 9 of the first file
    assert load_survey(part).attrs["n_excluded"] == excluded[id]
    assert load_survey(part).attrs["n_invalid"] == whole.attrs["n_invalid"]


def test_the_other_sources_too(study: Study, tmp_path: Path) -> None:
    part = slice_study(study, "saffron", tmp_path / "slice")
    for load in (load_employees, load_interactions, load_units):
        assert_frame_equal(load(part), load(study, "saffron"))
    assert part.names("fa")["um0"] == study.names("fa")["um0"] == "واحد"
    assert_frame_equal(part.codebook, study.codebook)


def test_a_source_without_rows_of_the_organization_stays_a_source_without_rows(study: Study, tmp_path: Path) -> None:
    part = slice_study(study, "<script>", tmp_path / "slice")
    assert load_employees(part).empty
    assert load_units(part).empty
    assert load_units(part).columns.tolist() == load_units(study).columns.tolist()


def test_row_numbers_are_those_of_the_file(study: Study, tmp_path: Path) -> None:
    slice_study(study, "../../x", tmp_path / "slice")
    rows = read_table(tmp_path / "slice" / "survey_1.parquet").index.tolist()
    whole = read_table(study.folder / "a.csv", encoding="cp1256", separator=";", header_row=3)
    assert rows == whole.index[whole["org"] == "../../x"].tolist()
    assert rows[:4] == [5, 8, 12, 15]  # an empty line stands in row 11


def test_a_row_that_answers_nothing_is_not_lost(study: Study, tmp_path: Path) -> None:
    text = STUDY.replace("organization: org, unit: unit, date: on}", "unit: unit, date: on}")
    (study.folder / "study.yml").write_text(text.replace("organizations: [saffron, ", "organizations: [demo, "))
    whole = load_study(study.folder)
    part = slice_study(whole, "demo", tmp_path / "slice")
    assert_frame_equal(load_survey(part), load_survey(whole, "demo"))


def test_the_demo_is_cut_without_loss(demo: Path, tmp_path: Path) -> None:
    study = load_study(demo)
    id = study.organizations[1].id
    part = slice_study(study, id, tmp_path / "slice")
    for load in (load_survey, load_employees, load_units):
        assert_frame_equal(load(part), load(study, id))
    assert len(lines_of(part)) == len(lines_of(study, id)) > 100


# invariants


@pytest.mark.parametrize("place", range(3))
def test_nothing_of_others_and_no_unnamed_column_is_in_any_byte(study: Study, tmp_path: Path, place: int) -> None:
    slice_study(study, IDS[place], tmp_path / "slice")
    text = cells(tmp_path / "slice")
    others = [f"{letter}m{i}" for letter in ("r", "c", "u", "word") for i in range(3) if i != place]
    for word in ("phone", "10.0.0.", "secret", "card", "rent", "lease", "consent", *others):
        assert word not in text, word
    for id in IDS:
        assert (id in text) == (id == IDS[place])
    assert f"rm{place}" in text
    assert f"wordm{place}" in text


def test_answers_of_excluded_rows_do_not_travel(study: Study, tmp_path: Path) -> None:
    slice_study(study, "saffron", tmp_path / "slice")
    assert "rm06" not in cells(tmp_path / "slice")
    assert "rm03" in cells(tmp_path / "slice")


def test_codes_stay_equal_and_the_folder_is_closed(study: Study, tmp_path: Path) -> None:
    part = slice_study(study, study.organizations[0], tmp_path / "deep" / "slice")
    assert part.key == study.key
    assert stat.S_IMODE(part.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((part.folder / ".cemlab-key").stat().st_mode) == 0o600


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"])), max_size=6))
def test_any_text_of_an_answer_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.yml").write_text("id: x\nsurvey: {file: a.csv, columns: {organization: o}}\n")
    (folder / "codebook.csv").write_text("item,role\nwhy,text\n")
    rows = pd.DataFrame({"o": ["a", *["b"] * len(texts)], "why": ["other", *texts]})
    rows.to_csv(folder / "a.csv", index=False)
    study = load_study(folder)
    for id in ("a", "b") if texts else ("a",):
        assert_frame_equal(load_survey(slice_study(study, id, folder / f"slice_{id}")), load_survey(study, id))


def test_a_slice_is_the_same_every_time(study: Study, tmp_path: Path) -> None:
    first, second = (slice_study(study, "saffron", tmp_path / name).folder for name in ("one", "two"))
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_dropped_identifiers_do_not_travel(study: Study, tmp_path: Path) -> None:
    text = STUDY.replace("interactions:", "privacy: {identifiers: drop}\ninteractions:").split("transactions:")[0]
    (study.folder / "study.yml").write_text(text, encoding="utf-8")
    dropped = load_study(study.folder)
    part = slice_study(dropped, "saffron", tmp_path / "slice")
    assert_frame_equal(load_survey(part), load_survey(dropped, "saffron"))
    assert "rm0" not in cells(part.folder)
    assert "cm0" not in cells(part.folder)


# errors


def test_a_folder_in_use_is_left_alone(study: Study, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ReportError, match=r"found files, expected a new or empty folder. Name another one."):
        slice_study(study, "saffron", tmp_path)
    assert (tmp_path / "kept.txt").read_text() == "mine"


def test_an_unknown_organization_writes_nothing(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"has no organization 'safron'; did you mean 'saffron'\?"):
        slice_study(study, "safron", tmp_path / "slice")
    assert not (tmp_path / "slice").exists()


def test_lines_that_do_not_say_whose_they_are_go_into_no_slice(study: Study, tmp_path: Path) -> None:
    text = STUDY.replace("amount: sum, organization: org}", "amount: sum}")
    (study.folder / "study.yml").write_text(text, encoding="utf-8")
    part = slice_study(load_study(study.folder), "saffron", tmp_path / "slice")
    assert part.config.transactions is None
    assert not (part.folder / "transactions.parquet").exists()


def test_a_slice_that_fails_leaves_nothing_behind(study: Study, tmp_path: Path) -> None:
    (study.folder / "units.csv").write_bytes(b"\0\1")
    with pytest.raises(DataError, match="found binary data"):
        slice_study(study, "saffron", tmp_path / "slice")
    assert not (tmp_path / "slice").exists()
