"""Cells become numbers only as the codebook says; everything else is named with its row and column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import Problem
from cemlab.inputs.answers import Question, missing_forms, question_of, read_amounts, read_ratings, read_texts
from cemlab.inputs.schema import StudyConfig
from cemlab.inputs.text import fold

LABELS = {"Strongly disagree": 1.0, "کاملاً مخالفم": 1.0, "Agree": 4.0, "موافقم": 4.0, "Strongly agree": 5.0}
LIKERT = Question(
    "q1",
    low=1,
    high=5,
    labels={fold(label): code for label, code in LABELS.items()},
    missing=missing_forms(["6", "BLANK"]),
    spellings=tuple(LABELS),
)
PLAIN = Question("q1", low=1, high=5)


def cells(*values: str | None) -> pd.Series:
    return pd.Series(values, index=range(2, 2 + len(values)), name="Q1", dtype="string")


def only_problem(value: str, item: Question) -> Problem:
    numbers, problems = read_ratings(cells("3", value), item, file="a.csv")
    assert numbers.tolist()[0] == 3
    assert np.isnan(numbers.iloc[1])
    (problem,) = problems
    assert (problem.file, problem.row, problem.column, problem.value) == ("a.csv", 3, "Q1", value)
    assert problem.severity == "invalid"
    return problem


# truth


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("4", 4),
        ("۴", 4),
        ("4.0", 4),
        (" ٤ ", 4),
        ("4.", 4),
        ("agree", 4),
        ("موافقم.", 4),
        ("كاملا مخالفم", 1),
        ("AGREE", 4),
    ],
)
def test_one_answer_in_many_spellings(cell: str, number: float) -> None:
    numbers, problems = read_ratings(cells(cell), LIKERT)
    assert numbers.tolist() == [number]
    assert problems == []


@pytest.mark.parametrize("cell", ["6", "6.0", "۶", " 6 ", "٦", "BLANK", "blank", "Blank.", None])
def test_missing_codes_as_text_and_as_number(cell: str | None) -> None:
    numbers, problems = read_ratings(cells(cell), LIKERT)
    assert numbers.isna().all()
    assert problems == []


def test_reversed_items_are_turned_on_their_own_scale() -> None:
    item = Question("q1", low=1, high=7, reverse=True)
    assert read_ratings(cells("1", "7", "3"), item)[0].tolist() == [7, 1, 5]


def test_points_may_have_decimals() -> None:
    points = Question("w1", role="points", low=0, high=100)
    numbers, problems = read_ratings(cells("33.3", "۶۶٫۷", "0"), points)
    assert numbers.tolist() == [33.3, 66.7, 0.0]
    assert problems == []


def test_no_opinion_is_the_middle_only_where_a_label_says_so() -> None:
    assert (
        only_problem("نظری ندارم", LIKERT).problem
        == "found 'نظری ندارم', expected a number 1 to 5 or one of the labels."
    )
    middle = Question("q1", low=1, high=5, labels={fold("نظری ندارم"): 3.0})
    assert read_ratings(cells("نظری ندارم"), middle)[0].tolist() == [3]
    none = Question("q1", low=1, high=5, missing=missing_forms(["نظری ندارم"]))
    numbers, problems = read_ratings(cells("نظری ندارم"), none)
    assert numbers.isna().all()
    assert problems == []


def test_a_label_may_stand_for_a_missing_code() -> None:
    item = Question("q1", low=1, high=5, labels={"don'tknow": 9.0}, missing=missing_forms(["9"]))
    numbers, problems = read_ratings(cells("Don't know"), item)
    assert numbers.isna().all()
    assert problems == []


def test_question_of_a_codebook_row() -> None:
    config = StudyConfig(id="s", label_sets={"agree": {1: ["No"], 2: ["Yes", "بله"]}})
    row = pd.Series(
        {
            "item": "q", "role": "agreement", "scale_min": 1.0, "scale_max": 2.0, "reverse": True,
            "missing_codes": "0|BLANK", "labels": "agree",
        }
    )  # fmt: skip
    item = question_of(row, config, ["-99"])
    numbers, problems = read_ratings(cells("بله", "No", "2", "0", "-99.0", "blank"), item)
    np.testing.assert_array_equal(numbers, [1, 2, 1, np.nan, np.nan, np.nan])
    assert problems == []


def test_texts_lose_their_missing_codes() -> None:
    texts = read_texts(cells(" tehran ", "0", None, "BLANK"), missing_forms(["0", "Blank"]))
    assert texts.fillna("-").tolist() == ["tehran", "-", "-", "-"]
    assert texts.dtype == "str"


def test_amounts_and_weights() -> None:
    assert read_amounts(cells("۱۲٫۵", "3", None))[0].fillna(-1).tolist() == [12.5, 3, -1]
    numbers, problems = read_amounts(cells("1.5", "0", "-2", None, "much"), file="a.csv", positive=True)
    assert numbers.fillna(-1).tolist() == [1.5, -1, -1, -1, -1]
    assert [(p.row, p.problem) for p in problems] == [
        (3, "found 0, expected a number above 0."),
        (4, "found -2, expected a number above 0."),
        (5, "found a blank cell, expected a number above 0."),
        (6, "found 'much', expected a number above 0."),
    ]


# invariants

ANSWER = st.sampled_from(["1", "2", "۳", "Agree", "6", "9", "maybe", None, "BLANK", "4.5"])


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWER, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_permuted_cells_give_permuted_numbers(values: list[str | None], random: object) -> None:
    column = cells(*values)
    order = list(range(len(values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    numbers, problems = read_ratings(column, LIKERT)
    permuted, other = read_ratings(column.iloc[order], LIKERT)
    pd.testing.assert_series_equal(permuted, numbers.iloc[order])
    assert {p.row for p in other} == {p.row for p in problems}


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWER, min_size=1, max_size=12))
def test_each_cell_is_a_number_missing_or_a_problem(values: list[str | None]) -> None:
    numbers, problems = read_ratings(cells(*values), LIKERT)
    told = {p.row for p in problems}
    for row, value in cells(*values).items():
        is_number = not np.isnan(numbers[row])
        is_missing = pd.isna(value) or value in ("6", "BLANK")
        assert is_number + is_missing + (row in told) == 1
    assert numbers.dropna().between(1, 5).all()


@given(st.lists(st.integers(2, 9), min_size=1), st.integers(-3, 2), st.integers(9, 12))
def test_reversing_twice_changes_nothing(values: list[int], low: int, high: int) -> None:
    item = Question("q", low=low, high=high, reverse=True)
    once, _ = read_ratings(cells(*map(str, values)), item)
    twice, _ = read_ratings(cells(*(f"{value:g}" for value in once)), item)
    assert twice.tolist() == values


# errors


def test_out_of_scale() -> None:
    problem = only_problem("9", PLAIN)
    assert problem.problem == "found 9, expected 1 to 5."
    assert problem.advice == "If 9 marks a missing answer, list it under missing_codes of the codebook."
    assert only_problem("۰", PLAIN).problem == "found ۰, expected 1 to 5."


def test_fraction_on_a_whole_scale() -> None:
    problem = only_problem("3.5", PLAIN)
    assert (problem.problem, problem.advice) == ("found 3.5, expected a whole number 1 to 5.", "Correct the cell.")


def test_text_without_labels() -> None:
    problem = only_problem("very good", PLAIN)
    assert problem.problem == "found 'very good', expected a number 1 to 5."
    assert problem.advice == "Correct the cell, give the item labels, or list it under missing_codes of the codebook."


def test_nearest_label_is_the_advice() -> None:
    problem = only_problem("Agre", LIKERT)
    assert problem.problem == "found 'Agre', expected a number 1 to 5 or one of the labels."
    assert problem.advice == "Did you mean 'Agree' (4)? Correct the cell, or add this spelling to the labels."
    assert only_problem("xyz", LIKERT).advice == (
        "Correct the cell, add it to the labels, or list it under missing_codes of the codebook."
    )


def test_every_bad_cell_is_told_in_the_order_of_the_rows() -> None:
    _, problems = read_ratings(cells("9", "1", "x", "9"), PLAIN, file="a.csv")
    assert [(p.row, p.value) for p in problems] == [(2, "9"), (4, "x"), (5, "9")]
    assert str(problems[0]) == (
        "a.csv, row 2, column 'Q1': found 9, expected 1 to 5. "
        "If 9 marks a missing answer, list it under missing_codes of the codebook."
    )
