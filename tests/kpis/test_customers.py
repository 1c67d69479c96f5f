"""Indicators up to the cutoff, outcomes after it: never a day in both."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import EstimationError
from cemlab.kpis.customers import summarize_customers

LINES = pd.DataFrame(
    {
        "customer_id": ["a", "a", "a", "a", "a", "b", "c", "d"],
        "order_id": ["1", "1", "2", "3", "4", "5", "6", "7"],
        "day": [0, 0, 10, 11, 21, 4, 11, 30],
        "amount": [5.0, 7.0, 4.0, 100.0, 1000.0, 8.0, 9.0, 1.0],
    }
)


# truth
def test_values_counted_by_hand() -> None:
    table = summarize_customers(LINES, cutoff_day=10, horizon_days=10)
    assert table["customer"].tolist() == ["a", "b"]  # c and d were not known on day 10
    a, b = table.iloc[0], table.iloc[1]
    assert (a["n_orders"], a["revenue"], a["average_order_value"]) == (2, 16.0, 8.0)
    assert (a["days_since_last"], a["tenure_days"]) == (0, 10)
    assert (a["outcome_revenue"], a["outcome_repurchase"]) == (100.0, 1)  # day 11, not day 21
    assert (b["days_since_last"], b["outcome_revenue"], b["outcome_repurchase"]) == (6, 0.0, 0)


def test_the_last_day_of_the_horizon_counts() -> None:
    assert summarize_customers(LINES, cutoff_day=10, horizon_days=11)["outcome_revenue"].tolist() == [1100.0, 0.0]


# invariants
def test_every_back_end_gives_the_same(lines: pd.DataFrame, on_backend: Callable[[pd.DataFrame], Any]) -> None:
    cutoff = int(lines["day"].median())
    expected = summarize_customers(lines, cutoff_day=cutoff, horizon_days=60)
    found = summarize_customers(on_backend(lines), cutoff_day=cutoff, horizon_days=60)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_follows_the_cutoff_never_changes_the_indicators(draw: Callable[..., pd.DataFrame], seed: int) -> None:
    lines = draw(seed, 200)
    cutoff = int(lines["day"].quantile(0.6))
    table = summarize_customers(lines, cutoff_day=cutoff, horizon_days=30)
    other = lines.assign(amount=lines["amount"].where(lines["day"] <= cutoff, lines["amount"] * 7))
    indicators = [name for name in table if not name.startswith("outcome")]
    again = summarize_customers(other, cutoff_day=cutoff, horizon_days=30)
    pd.testing.assert_frame_equal(again[indicators], table[indicators])
    earlier = lines.assign(amount=lines["amount"].where(lines["day"] > cutoff, lines["amount"] * 7))
    outcomes = ["customer", "outcome_revenue", "outcome_repurchase"]
    found = summarize_customers(earlier, cutoff_day=cutoff, horizon_days=30)
    pd.testing.assert_frame_equal(found[outcomes], table[outcomes])
    shuffled = summarize_customers(lines.sample(frac=1, random_state=seed), cutoff_day=cutoff, horizon_days=30)
    pd.testing.assert_frame_equal(shuffled, table, rtol=1e-12)


# errors
def test_a_cutoff_outside_the_data_is_refused() -> None:
    for cutoff in (-1, 30, 99):
        with pytest.raises(
            EstimationError, match="expected a day from 1970-01-01 to the day before 1970-01-31, inside"
        ):
            summarize_customers(LINES, cutoff_day=cutoff, horizon_days=5)


def test_a_horizon_beyond_the_data_is_refused() -> None:
    with pytest.raises(
        EstimationError,
        match=r"horizon_days: found 21 days after 1970-01-11, which end on 1970-02-01, expected an end by "
        r"1970-01-31, the last day of the transactions. Choose a horizon of at most 20 days or an earlier cutoff.",
    ):
        summarize_customers(LINES, cutoff_day=10, horizon_days=21)
    with pytest.raises(EstimationError, match="horizon_days: found 0, expected 1 or more"):
        summarize_customers(LINES, cutoff_day=10, horizon_days=0)


def test_no_lines_are_refused() -> None:
    with pytest.raises(EstimationError, match="Customers: found no transaction line, expected at least one"):
        summarize_customers(LINES.iloc[:0], cutoff_day=10, horizon_days=5)
