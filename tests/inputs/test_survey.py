"""Sources become frames of one shape; every problem of every file is told at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cemlab
from cemlab.errors import DataError
from cemlab.inputs.study import Study
from cemlab.inputs.survey import read_answers, read_units

CODEBOOK = """item,column,role,asked_of,construct,scale_min,scale_max,reverse,missing_codes
q1,How polite? | Politeness,satisfaction,,trust,1,5,,6
q2,,agreement,,trust,1,5,yes,
city,City,profile,,,,,,0
happy,,agreement,employees,climate,1,5,,
"""
SURVEY = """Id,Org,Branch,How  polite?,q2,City,W
a1,north,b1,5,1,Tehran,1.5
a2,south,b2,6,۲,0,0.5
a3,north,b1,4,5,Qom,1
"""
STUDY = """id: demo
survey:
  file: survey.csv
  columns: {respondent: Id, organization: Org, unit: Branch, weight: W}
employees: {file: staff.csv, columns: {organization: Org, unit: Branch}}
units:
  file: units.csv
  columns: {organization: Org, unit: Branch}
  measures: {profit: {column: Profit}}
interactions: {file: calls.csv, columns: {customer: Id, date: Day, channel: Channel, cost: Cost}}
privacy: {identifiers: keep}
"""
OTHERS = {
    "staff.csv": "Org,Branch,happy\nnorth,b1,3\n",
    "units.csv": "Org,Branch,Profit\nnorth,b1,۱۲٫۵\nsouth,b2,-3\n",
    "calls.csv": "Id,Day,Channel,Cost\na1,2025-05-12,phone,2.5\na2,2025/06/01 10:30,web,\n",
}


def make(folder: Path, study: str = STUDY, codebook: str = CODEBOOK, **files: str) -> Study:
    texts = {"study.yml": study, "codebook.csv": codebook, "survey.csv": SURVEY, **OTHERS}
    texts |= {name.replace("_csv", ".csv"): text for name, text in files.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return cemlab.load_study(folder)


def message(study: Study, load: object = cemlab.load_survey, organization: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        load(study, organization)  # type: ignore[operator]
    return str(caught.value)


# truth (by hand)


def test_survey_has_one_shape(tmp_path: Path) -> None:
    survey = cemlab.load_survey(make(tmp_path))
    roles = ["respondent", "customer", "organization", "unit", "wave", "date", "weight"]
    assert survey.columns.tolist() == [*roles, "q1", "q2", "city"]
    assert survey.index.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(survey["q1"], [5, np.nan, 4])
    assert survey["q2"].tolist() == [5, 4, 1]  # reversed
    assert survey["city"].fillna("-").tolist() == ["Tehran", "-", "Qom"]
    assert survey["weight"].tolist() == [1.5, 0.5, 1]
    assert survey["respondent"].tolist() == ["a1", "a2", "a3"]
    assert survey["wave"].isna().all()
    assert survey["date"].isna().all()
    assert survey["date"].dtype.kind == "M"
    assert survey.attrs == {"n_excluded": 0, "n_invalid": 0}


def test_one_organization_has_only_its_rows(tmp_path: Path) -> None:
    study = make(tmp_path)
    assert cemlab.load_survey(study, "north")["respondent"].tolist() == ["a1", "a3"]
    assert cemlab.load_units(study, "south")["profit"].tolist() == [-3.0]


def test_identifiers_are_hashed_or_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEMLAB_KEY", "a key for the tests only")
    hashed = cemlab.load_survey(make(tmp_path, STUDY.replace("keep", "hash")))["respondent"]
    assert hashed.str.fullmatch("[0-9a-f]{16}").all()
    assert cemlab.load_survey(make(tmp_path, STUDY.replace("keep", "drop")))["respondent"].isna().all()


def test_organization_is_the_study_where_the_file_has_none(tmp_path: Path) -> None:
    study = make(tmp_path, "id: demo\nsurvey: {file: survey.csv}\n")
    survey = cemlab.load_survey(study)
    assert survey["organization"].unique().tolist() == ["demo"]
    assert survey["weight"].tolist() == [1, 1, 1]
    assert len(cemlab.load_survey(study, "demo")) == 3


def test_sources_are_stacked_with_what_each_has(tmp_path: Path) -> None:
    study = make(
        tmp_path,
        """id: demo
survey:
  - {file: survey.csv, constants: {wave: "2016"}, exclude: [{column: Branch, values: [b2]}]}
  - {file: later.csv, constants: {wave: "2017"}, rename: {Manners: q1}, missing_codes: [99]}
""",
        later_csv="Manners,City\n3,Yazd\n99,Qom\n",
    )
    survey = cemlab.load_survey(study)
    assert survey["wave"].tolist() == ["2016", "2016", "2017", "2017"]
    np.testing.assert_array_equal(survey["q1"], [5, 4, 3, np.nan])
    np.testing.assert_array_equal(survey["q2"], [5, 1, np.nan, np.nan])
    assert survey.attrs["n_excluded"] == 1


def test_employees_units_and_interactions(tmp_path: Path) -> None:
    study = make(tmp_path)
    employees = cemlab.load_employees(study)
    assert employees[["organization", "unit", "happy"]].iloc[0].tolist() == ["north", "b1", 3.0]
    assert "q1" not in employees
    units = cemlab.load_units(study)
    assert units.columns.tolist() == ["organization", "unit", "wave", "profit"]
    assert units["profit"].tolist() == [12.5, -3.0]
    calls = cemlab.load_interactions(study)
    assert calls["date"].tolist() == [pd.Timestamp("2025-05-12"), pd.Timestamp("2025-06-01")]
    assert calls["cost"].fillna(-1).tolist() == [2.5, -1]
    assert calls["channel"].tolist() == ["phone", "web"]


def test_jalali_dates_are_days_of_the_same_name(tmp_path: Path) -> None:
    study = make(
        tmp_path,
        STUDY.replace("calls.csv,", "calls.csv, calendar: jalali,"),
        calls_csv="Id,Day,Channel,Cost\na1,۱۴۰۳/۰۱/۰۱,phone,1\na2,1404-04-09,web,1\n",
    )
    # 1 Farvardin 1403 was 20 March 2024; 9 Tir 1404 was 30 June 2025 (official Iranian calendar)
    assert cemlab.load_interactions(study)["date"].tolist() == [pd.Timestamp("2024-03-20"), pd.Timestamp("2025-06-30")]


def test_on_invalid_missing_counts_and_goes_on(tmp_path: Path) -> None:
    study = make(tmp_path, STUDY + "on_invalid: missing\n", survey_csv=SURVEY.replace(",5,1,Tehran", ",7,1,Tehran"))
    survey = cemlab.load_survey(study)
    assert survey["q1"].isna().tolist() == [True, True, False]
    assert survey.attrs["n_invalid"] == 1


# invariants


@settings(max_examples=20, deadline=None)
@given(order=st.permutations([1, 2, 3]))
def test_permuted_rows_give_permuted_output(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    lines = SURVEY.splitlines()
    study = make(tmp_path_factory.mktemp("study"))
    whole = cemlab.load_survey(study)
    (study.folder / "survey.csv").write_text("\n".join([lines[0], *(lines[i] for i in order)]))
    permuted = cemlab.load_survey(study)
    expected = whole.iloc[[i - 1 for i in order]].reset_index(drop=True)
    pd.testing.assert_frame_equal(permuted, expected)


# errors


def test_all_problems_of_the_files_come_at_once(tmp_path: Path) -> None:
    text = SURVEY.replace("5,1,Tehran,1.5", "nine,7,Tehran,0").replace("4,5,Qom,1", "4,5,Qom,")
    study = make(tmp_path, survey_csv=text)
    said = message(study).splitlines()
    assert said[0] == (
        "The survey of the study demo: found 4 problems, expected none. "
        "Correct the cells, or let them count as missing: `on_invalid: missing` in study.yml."
    )
    assert said[1:] == [
        "  - survey.csv, row 2, column 'W': found 0, expected a number above 0. "
        "Correct the cell: digits without thousands marks, a point as decimal mark.",
        "  - survey.csv, row 4, column 'W': found a blank cell, expected a number above 0. "
        "Correct the cell: digits without thousands marks, a point as decimal mark.",
        "  - survey.csv, row 2, column 'How polite?': found 'nine', expected a number 1 to 5. "
        "Correct the cell, give the item labels, or list it under missing_codes of the codebook.",
        "  - survey.csv, row 2, column 'q2': found 7, expected 1 to 5. "
        "If 7 marks a missing answer, list it under missing_codes of the codebook.",
    ]


def test_missing_columns_are_severe_whatever_the_choice(tmp_path: Path) -> None:
    study = make(
        tmp_path,
        STUDY.replace("unit: Branch, weight: W}", "unit: Brnch, weight: W}\n  rename: {Manners: q1}")
        + "on_invalid: missing\n",
        survey_csv=SURVEY.replace(",q2,", ",q3,"),
    )
    said = message(study)
    assert said.startswith("The survey of the study demo: found 3 problems, expected none.\n")
    for line in (
        "column 'Brnch': the file lacks this column, which study.yml names for unit; did you mean 'Branch'?",
        "survey.csv, column 'Manners': the file lacks this column, which study.yml names under rename; known are: ",
        "survey.csv, column 'q2': the file lacks the column of the item 'q2'; known are: Branch, City, How polite?, ",
    ):
        assert line in said


def test_unknown_organization_names_the_nearest(tmp_path: Path) -> None:
    assert message(make(tmp_path), organization="nort") == (
        "The study demo: found no organization 'nort', expected one of its own; did you mean 'north'?"
    )


def test_organization_without_rows(tmp_path: Path) -> None:
    assert message(make(tmp_path), cemlab.load_employees, "south") == (
        "staff.csv: found no rows of the organization 'south', expected at least one. "
        "Check how the file writes it, or take it out of `organizations` in study.yml."
    )


def test_a_kind_that_the_study_lacks(tmp_path: Path) -> None:
    study = make(tmp_path, "id: demo\nsurvey: {file: survey.csv}\n")
    assert message(study, cemlab.load_units) == (
        "study.yml: found no 'units', expected a file with its columns there. Add `units: {file: …}`."
    )


def test_a_row_without_its_organization(tmp_path: Path) -> None:
    study = make(tmp_path, survey_csv=SURVEY.replace("a2,south", "a2,"))
    assert "survey.csv, row 3, column 'Org': the row names no organization. Write its organization" in message(study)
    assert len(cemlab.load_survey(study, "north")) == 2


def test_exclude_of_an_unknown_column(tmp_path: Path) -> None:
    study = make(
        tmp_path, STUDY.replace("file: survey.csv", "file: survey.csv\n  exclude: [{column: Brnch, values: [b1]}]")
    )
    said = "column 'Brnch': the file lacks this column, which study.yml names for exclude; did you mean 'Branch'?"
    assert said in message(study)


@pytest.mark.parametrize("day", ["1403-05-12", "1403/05/12", "۱۴۰۳/۵/۱۲"])
def test_jalali_dates_that_were_not_declared(tmp_path: Path, day: str) -> None:
    study = make(tmp_path, calls_csv=f"Id,Day,Channel,Cost\na1,{day},phone,1\n")
    frame, problems = read_answers(study, "interactions")
    assert frame["date"].isna().all()
    assert problems[0].advice == "It looks like a Jalali date: set `calendar: jalali` for this source in study.yml."


@pytest.mark.parametrize("day", ["12/05/2025", "05.12.2025", "yesterday", "2025-02-30"])
def test_dates_that_could_be_read_two_ways_are_not_guessed(tmp_path: Path, day: str) -> None:
    _, problems = read_answers(make(tmp_path, calls_csv=f"Id,Day,Channel,Cost\na1,{day},phone,1\n"), "interactions")
    assert str(problems[0]) == (
        f"calls.csv, row 2, column 'Day': found {day!r}, expected a date such as 2025-06-30, year first, "
        "with or without a time of day. Correct the cell, or write the dates of the file year first."
    )


def test_unreadable_measure(tmp_path: Path) -> None:
    study = make(tmp_path, units_csv="Org,Branch,Profit\nnorth,b1,high\n")
    _, problems = read_units(study)
    assert str(problems[0]).startswith("units.csv, row 2, column 'Profit': found 'high', expected a number. ")
