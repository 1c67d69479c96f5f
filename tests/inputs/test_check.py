"""Every problem of every file as one table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cemlab.errors import PROBLEM_COLUMNS, DataError, StudyError
from cemlab.inputs.check import as_problems, check_study
from cemlab.inputs.study import load_study

STUDY = """id: demo
organizations: [saffron, cedar]
survey: {file: survey.csv, columns: {respondent: id, organization: org, unit: unit, weight: w}}
employees: {file: staff.csv, columns: {organization: org}}
units: {file: units.csv, columns: {organization: org, unit: unit}, measures: {profit: {column: profit}}}
transactions: {file: t.csv, columns: {customer: c, date: d, amount: a, organization: org}}
"""
FILES = {
    "codebook.csv": "item,asked_of,role,construct,scale_min,scale_max\nq1,,agreement,trust,1,5\n"
    "q2,,agreement,trust,1,5\n"
    "pay,employees,agreement,rewards,1,5\n",
    "survey.csv": "id,org,unit,w,q1,q2\nr1,saffron,u1,1,5,4\nr2,cedar,u2,1,3,2\n",
    "staff.csv": "org,pay\nsaffron,3\ncedar,4\n",
    "units.csv": "org,unit,profit\nsaffron,u1,10\ncedar,u2,12\n",
    "t.csv": "c,d,a,org\nx,2024-01-02,3,saffron\ny,2024-01-03,4,cedar\n",
    ".cemlab-key": "a long random text",
}


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CEMLAB_KEY", raising=False)


def check(folder: Path, study: str = STUDY, **files: str | None) -> pd.DataFrame:
    """Check the clean study with some files replaced; None leaves a file out."""
    (folder / "study.yml").write_text(study, encoding="utf-8")
    given = {name.replace("_", ".") if name != "key" else ".cemlab-key": text for name, text in files.items()}
    for name, text in (FILES | given).items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return check_study(folder)


def said(table: pd.DataFrame) -> list[str]:
    return [f"{row.severity}: {row.file}: {row.problem} {row.advice}" for row in table.itertuples()]


# truth


def test_a_study_in_order_has_an_empty_table_of_the_same_shape(tmp_path: Path) -> None:
    table = check(tmp_path)
    assert said(table) == []
    assert table.columns.tolist() == PROBLEM_COLUMNS


def test_a_path_and_a_study_give_the_same_table(tmp_path: Path) -> None:
    table = check(tmp_path, key=None)
    pd.testing.assert_frame_equal(table, check_study(load_study(tmp_path)))
    assert len(table) == 1


def test_all_files_are_told_of_at_once_in_order(tmp_path: Path) -> None:
    table = check(
        tmp_path,
        survey_csv="id,org,unit,w,q1,q2\nr1,saffron,u1,1,7,4\nr2,cedar,u2,1,3,x\n",
        staff_csv="org,pay\nsaffron,3\ncedar,44\n",
        t_csv="c,d,a,org\nx,2024-01-02,three,saffron\ny,2024-01-03,4,cedar\n",
    )
    found = table[["file", "row", "column", "value"]].astype(object).to_numpy().tolist()
    assert found == [
        ["staff.csv", 3, "pay", "44"],
        ["survey.csv", 2, "q1", "7"],
        ["survey.csv", 3, "q2", "x"],
        ["t.csv", 2, "a", "three"],
    ]
    assert set(table["severity"]) == {"invalid"}


# errors


def test_a_missing_column_of_an_item_is_severe_with_the_nearest_header(tmp_path: Path) -> None:
    book = FILES["codebook.csv"].replace("q2,,", "courteous,,")
    text = FILES["survey.csv"].replace("q2", "curteous")
    (line,) = said(check(tmp_path, codebook_csv=book, survey_csv=text))
    assert line == ("severe: survey.csv: the file lacks the column of the item 'courteous'; did you mean 'curteous'?")


def test_a_missing_role_column_is_severe_with_the_nearest_header(tmp_path: Path) -> None:
    (line,) = said(check(tmp_path, STUDY.replace("unit: unit, weight", "unit: unitt, weight")))
    assert line == (
        "severe: survey.csv: the file lacks this column, which study.yml names for unit; did you mean 'unit'?"
    )


def test_a_declared_organization_without_rows_is_severe(tmp_path: Path) -> None:
    lines = said(check(tmp_path, STUDY.replace("[saffron, cedar]", "[saffron, ceder]")))
    assert "severe: study.yml: no row of any file belongs to the organization 'ceder'; did you mean 'cedar'?" in lines
    assert (
        "note: survey.csv: the organization 'cedar' is not among the organizations of study.yml; it gets no report. "
        "Add it there if it should."
    ) in lines
    table = check_study(tmp_path)
    assert table.loc[table["file"] == "study.yml", "row"].tolist() == [2]


def test_an_organization_without_employees_or_transactions_is_a_note(tmp_path: Path) -> None:
    lines = said(check(tmp_path, staff_csv="org,pay\nsaffron,3\n", t_csv="c,d,a,org\ny,2024-01-03,4,cedar\n"))
    assert lines == [
        "note: staff.csv: the organization 'cedar' has no employees. What rests on them is left out of its report.",
        "note: t.csv: the organization 'saffron' has no transactions. What rests on them is left out of its report.",
    ]


def test_transactions_of_no_one_among_several_are_severe(tmp_path: Path) -> None:
    (line,) = said(check(tmp_path, STUDY.replace("amount: a, organization: org", "amount: a")))
    assert line.startswith("severe: t.csv: the file does not say to which of 2 organizations its lines belong.")


def test_a_unit_that_the_units_file_lacks_is_a_note(tmp_path: Path) -> None:
    (line,) = said(check(tmp_path, units_csv="org,unit,profit\nsaffron,u1,10\ncedar,unit2,12\n"))
    assert line == "note: survey.csv: the unit 'u2' is not in units.csv; known are: u1, unit2."


def test_many_unknown_units_are_summed_up(tmp_path: Path) -> None:
    rows = "".join(f"r{i},saffron,shop{i},1,5,4\n" for i in range(30)) + "c,cedar,u2,1,3,2\n"
    lines = said(check(tmp_path, survey_csv="id,org,unit,w,q1,q2\n" + rows))
    assert len(lines) == 21
    assert any("10 more units are not in units.csv." in line for line in lines)


def test_a_missing_or_short_key_is_a_note(tmp_path: Path) -> None:
    (line,) = said(check(tmp_path, key=None))
    assert line.startswith(
        "note: .cemlab-key: there is no key file, so the codes of customers and respondents change from run to run."
    )
    (line,) = said(check(tmp_path, key="1234"))
    assert line.startswith("note: .cemlab-key: the key has 4 characters and can be guessed.")
    (tmp_path / ".cemlab-key").unlink()
    assert said(check(tmp_path, STUDY + "privacy: {identifiers: keep}\n", key=None)) == []


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("survey_csv", "", "found an empty file"),
        ("survey_csv", "\0\1\2", "found binary data"),
        ("survey_csv", "id,org,unit,w,q1,q2\n", "no rows"),
        ("units_csv", "PK\x03\x04", "looks like an Excel file"),
        ("survey_csv", None, "found no such file"),
        ("t_csv", None, "found no such file"),
        ("staff_csv", 'org,pay\nsaffron,"3\n', "quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_row_of_the_table(
    tmp_path: Path, file: str, content: str | None, message: str
) -> None:
    table = check(tmp_path, **{file: content})
    name = file.replace("_", ".")
    rows = table[(table["file"].str.endswith(name)) & (table["severity"] == "severe")]
    assert any(message in problem for problem in rows["problem"]), table


def test_every_unreadable_file_of_a_kind_is_named(tmp_path: Path) -> None:
    text = STUDY.replace("employees: {file: staff.csv,", "employees:\n  - {file: no1.csv}\n  - {file: no2.csv,")
    table = check(tmp_path, text)
    assert table["file"].str.contains("no1|no2").sum() == 2


def test_the_variable_that_is_not_set_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CEMLAB_REAL_DATA", raising=False)
    table = check(tmp_path, STUDY.replace("file: survey.csv", "file: '${CEMLAB_REAL_DATA}/survey.csv'"))
    assert any("CEMLAB_REAL_DATA is not set" in line and line.startswith("severe") for line in said(table))


def test_notes_of_the_codebook_are_in_the_table(tmp_path: Path) -> None:
    lines = said(
        check(
            tmp_path,
            codebook_csv=FILES["codebook.csv"]
            .replace("item,", "remark,item,", 1)
            .replace("\nq", "\n,q")
            .replace("\npay", "\n,pay"),
        )
    )
    assert lines == ["note: codebook.csv: unknown column; it is not read. It does no harm."]


def test_a_study_that_cannot_be_loaded_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no item of the codebook measures this construct"):
        check(tmp_path, STUDY + "constructs: {luck: {}}\n")


def test_a_message_becomes_a_row_with_its_place() -> None:
    (problem,) = as_problems(DataError("a.csv, row 7: found x, expected y. Do z."), "../data/a.csv")
    assert (problem.file, problem.row, problem.problem) == ("a.csv", 7, "found x, expected y. Do z.")
    (problem,) = as_problems(DataError("Something else."), "a.csv")
    assert (problem.file, problem.row, problem.problem) == ("a.csv", None, "Something else.")
