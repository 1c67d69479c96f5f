"""The codebook: one row per item, typed; every problem at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cemlab.errors import Problem, StudyError
from cemlab.inputs.codebook import (
    CODEBOOK_COLUMNS,
    ROLES,
    SCORING_ROLES,
    items_of,
    load_codebook,
    read_codebook,
    read_labels,
    split_list,
)
from cemlab.inputs.schema import StudyConfig

HEADER = "item,column,asked_of,attribute,role,construct,scale_min,scale_max,reverse,labels\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "codebook.csv"
    path.write_text(text, encoding="utf-8")
    return path


def found(folder: Path, rows: str, config: StudyConfig | None = None) -> list[Problem]:
    return read_codebook(write(folder, HEADER + rows), config)[1]


# truth


def test_every_column_is_there_and_typed(tmp_path: Path) -> None:
    codebook = load_codebook(
        write(tmp_path, "item,role,scale_min,scale_max,reverse\nq1,Agreement,۱,7,بله\nq2,text,,,\n")
    )
    assert list(codebook.columns) == CODEBOOK_COLUMNS
    assert codebook.loc[0, ["scale_min", "scale_max", "reverse", "role"]].tolist() == [1.0, 7.0, True, "agreement"]
    assert codebook["asked_of"].tolist() == ["customers", "customers"]
    assert codebook["column"].tolist() == ["q1", "q2"]
    assert codebook["attribute"].tolist() == ["q1", "q2"]
    assert codebook["reverse"].dtype == bool
    assert codebook["scale_min"].dtype == "float64"
    assert codebook["construct"].isna().all()


def test_excel_is_read_as_csv_is(tmp_path: Path) -> None:
    rows = {"item": ["q1", "q2"], "role": ["perception", "profile"], "scale_min": [1, None], "scale_max": [5, None]}
    pd.DataFrame(rows).to_excel(tmp_path / "codebook.xlsx", index=False)
    pd.DataFrame(rows).to_csv(tmp_path / "codebook.csv", index=False)
    pd.testing.assert_frame_equal(load_codebook(tmp_path / "codebook.xlsx"), load_codebook(tmp_path / "codebook.csv"))


def test_managers_and_contact_staff_are_asked_as_employees_are(tmp_path: Path) -> None:
    rows = "".join(f"q{k},,{who},a{k},{role},,1,7,,\n" for k, (who, role) in enumerate(
        [("customers", "adequacy"), ("employees", "agreement"), ("managers", "standard"), ("contact_staff", "promised")]
    ))  # fmt: skip
    codebook, problems = read_codebook(write(tmp_path, HEADER + rows))
    assert problems == []
    assert items_of(codebook, "employees")["item"].tolist() == ["q1", "q2", "q3"]
    assert items_of(codebook, "managers")["item"].tolist() == ["q2"]
    assert items_of(codebook, "customers")["item"].tolist() == ["q0"]
    assert not {"adequacy", "superiority", "standard", "delivered", "promised"} & set(SCORING_ROLES)


def test_labels_come_inline_or_from_a_set() -> None:
    sets = {"agree": {1.0: ("No", "خیر"), 2.0: ("Yes",)}}
    assert read_labels("agree", sets) == {"No": 1.0, "خیر": 1.0, "Yes": 2.0}
    assert read_labels("0=a = b| ۱ = c|", {}) == {"a = b": 0.0, "c": 1.0}


def test_lists_are_split_at_bars() -> None:
    assert split_list("6| 0 |BLANK|") == ("6", "0", "BLANK")
    assert split_list(pd.NA) == ()


def test_points_run_to_a_hundred_unless_said_otherwise(tmp_path: Path) -> None:
    codebook = load_codebook(write(tmp_path, HEADER + "p1,,,,points,tangibles,,,,\n"))
    assert codebook.loc[0, ["scale_min", "scale_max"]].tolist() == [0.0, 100.0]


def test_scoring_roles_are_the_rated_roles() -> None:
    assert set(ROLES) - set(SCORING_ROLES) == {
        *("expectation", "minimum", "desired", "importance", "points", "attention"),
        *("kano_functional", "kano_dysfunctional", "text", "profile"),
        *("adequacy", "superiority", "standard", "delivered", "promised"),
    }


# errors


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("q1,,,,perceptoin,,1,5,,", "row 2, column 'role': unknown role 'perceptoin'; did you mean 'perception'?"),
        ("q1,,,,,,1,5,,", "row 2, column 'role': the item has no role. Known are: expectation, perception,"),
        (
            "q1,,customer,,agreement,,1,5,,",
            "row 2, column 'asked_of': unknown asked_of 'customer'; did you mean 'customers'?",
        ),
        (
            "q1,,,,agreement,,5,1,,",
            "row 2, column 'scale_min': the scale runs from 5 to 1; the lowest code must be below the highest.",
        ),
        ("q1,,,,agreement,,,5,,", "row 2, column 'scale_min': a rated item has no scale."),
        ("q1,,,,agreement,,1,five,,", "row 2, column 'scale_max': found 'five', expected a number."),
        ("q1,,,,agreement,,1,5,maybe,", "row 2, column 'reverse': found 'maybe', expected yes or no."),
        ("q1,,,,text,,,,yes,", "row 2, column 'reverse': a text item cannot be reversed."),
        (",a,,,text,,,,,", "row 2, column 'item': the item has no name."),
        ("q1,,,,text,,,,,\nq1,,,,text,,,,,", "row 3, column 'item': the item 'q1' stands in row 2 too."),
        ("weight,,,,profile,,,,,", "row 2, column 'item': 'weight' is a reserved name."),
        ("p1,,,,points,,,,,", "row 2, column 'construct': an item of role points has no construct."),
        (
            "q1,,,,agreement,,1,5,,agree",
            "row 2, column 'labels': there is no label set 'agree'; did you mean 'agree5'?",
        ),
        ("q1,,,,agreement,,1,5,,1=a|b", "row 2, column 'labels': 'b' is not code=label."),
        ("q1,,,,agreement,,1,5,,1=a|2=a", "row 2, column 'labels': the label 'a' stands for 1 and for 2."),
        ("q1,,,,agreement,,1,5,,6=a|0=b", "row 2, column 'labels': labels stand for 0, 6, outside the scale 1 to 5."),
        (
            "q1,,,clean,perception,,1,5,,\nq2,,,clean,perception,,1,5,,",
            "row 3, column 'attribute': 'q2' is a second item of role perception for the attribute 'clean'.",
        ),
        (
            "q1,,,,agreement,loyalty,1,5,,\nq2,,,,recommend,loyalty,0,10,,",
            "row 3, column 'construct': the items of 'loyalty' have unlike scales: 1 to 5 and 0 to 10.",
        ),
        (
            "q1,,,,agreement,trust,1,5,,\nq2,,employees,,agreement,trust,1,5,,",
            "row 3, column 'construct': the construct 'trust' is asked of customers and of employees.",
        ),
    ],
)
def test_a_severe_problem_says_where_and_what(tmp_path: Path, rows: str, message: str) -> None:
    config = StudyConfig(id="x", label_sets={"agree5": {1: ("a",)}})  # type: ignore[dict-item]
    problems = found(tmp_path, rows + "\n", config)
    assert any(f"codebook.csv, {message}" in str(p) and p.severity == "severe" for p in problems), problems


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "q1,c,,,agreement,,1,5,,\nq2,c,,,satisfaction,,1,5,,",
            "row 3, column 'column': the items q1, q2 are read from the same column.",
        ),
        (
            "q1,,,clean,expectation,,1,5,,\nq2,,,cleen,perception,,1,5,,",
            "row 2, column 'attribute': 'q1' has no perception beside it (attribute 'clean').",
        ),
    ],
)
def test_a_note_stops_nothing(tmp_path: Path, rows: str, message: str) -> None:
    (problem,) = found(tmp_path, rows + "\n")
    assert message in str(problem)
    assert problem.severity == "note"
    assert len(load_codebook(tmp_path / "codebook.csv")) == 2


def test_unlike_scales_matter_only_among_scored_roles(tmp_path: Path) -> None:
    assert not found(tmp_path, "q1,,,a,perception,t,1,5,,\nq2,,,a,importance,t,0,10,,\np1,,,,points,t,,,,\n")


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"The codebook codebook.csv has 3 problems\.") as error:
        load_codebook(write(tmp_path, HEADER + "q1,,,,agreemnt,,1,5,,\nq2,,,,agreement,,5,1,x?,\n"))
    assert len(error.value.problems) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the codebook cannot be read:"),
        ("item,role\n", "the codebook cannot be read:"),
        ("name,question\na,b\n", "column 'item': the codebook lacks this column. It needs at least item and role."),
        ("item,role,revers\nq1,text,yes\n", "column 'revers': unknown column; did you mean 'reverse'?"),
        ("item,role\nq1,text,more,and more\n", "row 2"),
    ],
)
def test_a_file_that_is_no_codebook_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StudyError) as error:
        load_codebook(write(tmp_path, text))
    assert any(message in str(problem) for problem in error.value.problems), error.value


def test_a_column_of_the_users_own_is_noted(tmp_path: Path) -> None:
    _, (problem,) = read_codebook(write(tmp_path, "item,role,who_wrote_it\nq1,text,me\n"))
    assert str(problem) == "codebook.csv, column 'who_wrote_it': unknown column; it is not read. It does no harm."
    assert problem.severity == "note"


def test_a_missing_codebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        load_codebook(tmp_path / "codebook.csv")
    assert "no such file" in str(error.value)
