"""Display tables: names, numbers, and groups that nobody may work out."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.languages import ENGLISH, Words
from cemlab.report.dates import in_digits, to_jalali, written_date
from cemlab.report.suppression import hidden_cells, hidden_groups, hidden_rows
from cemlab.report.tables import Column, interval_text, name_of, note_text, p_text, show_table

FA = Words("fa")
FRAME = pd.DataFrame(
    {"group": ["a", "b"], "n": [50, 4], "estimate": [-1.234, 2.0], "conf_low": [-1.5, math.nan],
     "conf_high": [-0.9, math.nan], "p_value": [0.0004, 0.25], "share": [0.125, math.nan], "note": ["", ""]}
)  # fmt: skip
COLUMNS = [
    Column("group", "name"), Column("n", "count"), Column("estimate", "interval", heading="Gap"),
    Column("p_value", "p"), Column("share", "percent", 1, heading="Share of customers"), Column("note"),
    Column("absent"),
]  # fmt: skip


# truth
def test_cells_are_written_as_people_read_them() -> None:
    table = show_table(FRAME, COLUMNS, "Caption", words=ENGLISH, names={"a": "Branch A"})
    assert table.frame.columns.tolist() == [
        "Group",
        "n",
        "Gap",
        "p",
        "Share of customers",
    ]
    assert table.frame.iloc[0].tolist() == ["Branch A", "50", "−1.23\u00a0[−1.50,\u00a0−0.90]", "<.001", "12.5%"]
    assert table.frame.iloc[1].tolist() == ["b", "4", "2.00", ".250", "–"]
    assert table.text_columns == ("Group",)


def test_persian_cells_have_persian_digits_and_keep_their_order() -> None:
    table = show_table(FRAME, COLUMNS, "شرح", words=FA, names={})
    cells = "".join(table.frame.iloc[:, 1:].to_numpy().ravel().tolist())
    assert not set("0123456789") & set(cells)
    assert table.frame.iloc[0, 2] == "\u2066−۱٫۲۳\u00a0[−۱٫۵۰،\u00a0−۰٫۹۰]\u2069"
    assert p_text(0.0004, FA) == "\u2066<۰٫۰۰۱\u2069"


@pytest.mark.parametrize(("value", "text"), [(0.0321, ".032"), (0.0009, "<.001"), (0.001, ".001"), (0.9999, "1.000")])
def test_p_values(value: float, text: str) -> None:
    assert p_text(value, ENGLISH) == text


def test_no_minus_zero() -> None:
    assert interval_text(-0.0001, -0.2, 0.1, ENGLISH) == "0.00\u00a0[−0.20,\u00a00.10]"


def test_jalali_days() -> None:
    # Official calendar of Iran: first days of 1403, 1404 and the leap day between them; 22 Bahman 1357.
    from datetime import date

    days = {date(2024, 3, 20): (1403, 1, 1), date(2025, 3, 20): (1403, 12, 30), date(2025, 3, 21): (1404, 1, 1),
            date(1979, 2, 11): (1357, 11, 22)}  # fmt: skip
    assert {day: to_jalali(day) for day in days} == days
    assert written_date(date(2025, 3, 21), FA) == "\u2066۱۴۰۴/۰۱/۰۱\u2069"
    assert in_digits("2024-1", ENGLISH) == "2024-1"


def test_jalali_agrees_with_an_independent_implementation() -> None:
    from datetime import date, timedelta

    from persiantools.jdatetime import JalaliDate

    for day in (date(1925, 1, 1) + timedelta(days=37 * step) for step in range(1500)):
        theirs = JalaliDate(day)
        assert to_jalali(day) == (theirs.year, theirs.month, theirs.day)


def test_notes_are_translated_whole_or_sentence_by_sentence() -> None:
    assert note_text("Nothing to show", FA) == FA("Nothing to show")
    assert note_text("The method cannot be used on these data. Unknown.", FA).startswith(
        FA("The method cannot be used on these data.")
    )
    assert note_text(None, FA) == ""


def test_names_of_waves_take_the_digits_of_the_language() -> None:
    assert name_of("2024", {}, FA) == "\u2066۲۰۲۴\u2069"
    assert name_of("2024", {"2024": "نوروز"}, FA) == "نوروز"
    assert name_of(pd.NA, {}) == "–"


# invariants
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(1, 20))
@settings(max_examples=300, deadline=None)
def test_what_is_hidden_cannot_be_worked_out_from_the_total(sizes: list[int], minimum: int) -> None:
    counts = pd.Series(sizes)
    secret = hidden_groups(counts, minimum)
    small = (counts > 0) & (counts < minimum)  # nobody can be recognized in an empty group
    assert secret[small].all()
    assert not secret[counts == 0].any()
    if secret.any() and not secret[counts > 0].all():
        assert secret.sum() >= 2
        assert counts[secret].sum() >= minimum
    if not small.any():
        assert not secret.any()


@given(st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=3, max_size=5), st.integers(2, 12))
@settings(max_examples=150, deadline=None)
def test_no_hidden_cell_follows_from_the_totals(cells: list[list[int]], minimum: int) -> None:
    counts = pd.DataFrame(cells)
    secret = hidden_cells(counts, minimum)
    assert secret.to_numpy()[((counts > 0) & (counts < minimum)).to_numpy()].all()
    if secret.to_numpy().sum() == (counts > 0).to_numpy().sum():
        return  # nothing is shown
    # An intruder who solves the margins for the hidden cells: each must have more than one solution.
    places = np.argwhere(secret.to_numpy())
    margins = np.array([[float(r == row) for r, _ in places] for row in range(len(counts))]
                       + [[float(c == column) for _, c in places] for column in range(4)])  # fmt: skip
    rank = np.linalg.matrix_rank(margins) if len(places) else 0
    for number in range(len(places)):
        alone = np.eye(len(places))[number]
        assert np.linalg.matrix_rank(np.vstack([margins, alone])) > rank


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    assert hidden_groups(pd.Series({"a": 4, "b": 50, "c": 20, "d": 90}), 10).to_dict() == {
        "a": True, "b": False, "c": True, "d": False,
    }  # fmt: skip
    rows = pd.DataFrame({"group": ["all", "a", "a", "b", "c"], "n": [70, 4, 3, 50, 20]})
    assert hidden_rows(rows, 10).tolist() == [False, True, True, False, True]


def test_hidden_rows_show_a_mark_and_no_number() -> None:
    table = show_table(FRAME, COLUMNS, "Caption", words=ENGLISH, names={}, hidden=[False, True])
    assert table.frame.iloc[1].tolist() == ["b", "*", "*", "*", "*"]
