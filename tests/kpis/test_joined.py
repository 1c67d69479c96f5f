"""Records joined with answers: never one from after the cutoff."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from cemlab.errors import DataError
from cemlab.kpis.joined import join_kpis

CUTOFF = datetime.date(2025, 6, 30)
CUSTOMERS = pd.DataFrame({"customer": ["a", "b", "c"], "n_orders": [3, 1, 2]})


def answers(*rows: tuple) -> pd.DataFrame:
    """Answers with customer, date, nps."""
    frame = pd.DataFrame(rows, columns=["customer", "date", "nps"])
    return frame.assign(date=pd.to_datetime(frame["date"], format="ISO8601"))


# truth


def test_latest_answer_up_to_the_cutoff_counts_and_the_rest_is_counted() -> None:
    given = answers(
        ("a", "2025-01-01", 3.0), ("a", "2025-06-30 18:00", 8.0), ("a", "2025-07-01", 0.0), ("b", "2025-07-02", 10.0),
        ("c", None, 7.0), (None, "2025-02-02", 5.0), ("d", "2025-02-02", 6.0),
    )  # fmt: skip
    joined = join_kpis(CUSTOMERS, given, cutoff=CUTOFF)
    assert joined["nps"].fillna(-1).tolist() == [8.0, -1, -1]
    info = joined.attrs["info"]
    counted = ["n_answers", "n_without_customer", "n_undated", "n_later", "n_superseded", "n_unmatched", "n_matched"]
    assert [info[name] for name in counted] == [7, 1, 1, 2, 1, 1, 1]


def test_a_kpi_that_knows_the_outcome_because_it_came_later_does_not_get_through() -> None:
    leaked = answers(*[(name, "2025-09-01", value) for name, value in zip("abc", (1.0, 2.0, 3.0), strict=True)])
    assert join_kpis(CUSTOMERS, leaked, cutoff="2025-06-30")["nps"].isna().all()


# invariants


def test_rows_and_inputs_stay_as_they_are() -> None:
    given = answers(("b", "2025-01-01", 4.0))
    before = CUSTOMERS.copy(), given.copy()
    joined = join_kpis(CUSTOMERS, given, cutoff=CUTOFF)
    assert joined["customer"].tolist() == ["a", "b", "c"]
    pd.testing.assert_frame_equal(CUSTOMERS, before[0])
    pd.testing.assert_frame_equal(given, before[1])


# errors


def test_missing_columns_double_names_and_double_customers_are_refused() -> None:
    given = answers(("b", "2025-01-01", 4.0))
    cases = [
        (CUSTOMERS, given.drop(columns="date"), "answers: found no column 'date', expected one. Name the column so."),
        (CUSTOMERS.assign(nps=1), given, "answers: found 'nps', which is a column of customers too, expected KPIs of "
         "another name. Rename or leave out one of the two."),
        (pd.concat([CUSTOMERS, CUSTOMERS.head(1)]), given, "customers: found the customer 'a' in more than one row, "
         "expected one row per customer. Summarize each customer's lines first."),
    ]  # fmt: skip
    for customers, answered, message in cases:
        with pytest.raises(DataError) as refusal:
            join_kpis(customers, answered, cutoff=CUTOFF)
        assert str(refusal.value) == message
