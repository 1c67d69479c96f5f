"""Retention and cohorts: formulas, a table counted by hand, and pandas' own counting."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cemlab.errors import DataError, EstimationError
from cemlab.kpis.retention import annual_churn, retention_rate, summarize_retention
from cemlab.languages import Words

JANUARY = 2024 * 12


def lines_of(months: dict[str, list[str]], last_day: str = "2024-04-30") -> pd.DataFrame:
    """One line per customer and day given; a cancelled line on the first and the last day sets what the data cover."""
    rows = [(customer, day, False) for customer, days in months.items() for day in days]
    rows += [("x", "2024-01-01", True), ("x", last_day, True)]
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "is_cancellation"])
    date = pd.to_datetime(frame.pop("date"))
    return frame.assign(
        day=(date - pd.Timestamp(0)).dt.days, month_index=date.dt.year * 12 + date.dt.month - 1, amount=1.0
    )


FOUR = {
    "a": ["2024-01-05", "2024-01-06", "2024-02-01", "2024-04-01"],
    "b": ["2024-01-09"],
    "c": ["2024-02-10", "2024-03-10"],
    "d": ["2024-01-01", "2024-02-02"],
}


# truth
def test_formulas() -> None:
    # methods.md 17: 500 customers, 80 new, 520 at the end -> 88 %; 2 % a month -> 21.53 % a year
    assert retention_rate(500, 520, 80) == pytest.approx(0.88, abs=1e-12)
    assert annual_churn(0.02) == pytest.approx(0.2153, abs=5e-5)
    assert np.isnan(retention_rate(0, 10, 10))
    assert (annual_churn(0), annual_churn(1)) == (0, 1)


def test_months_counted_by_hand() -> None:
    table = summarize_retention(lines_of(FOUR)).table
    assert table["period"].tolist() == ["2024-02", "2024-03", "2024-04"]
    assert table["n"].tolist() == [3, 3, 1]  # buyers: January a b d; February a c d; March c; April a
    assert table["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert table["is_partial"].tolist() == [False, False, False]


def test_cohorts_counted_by_hand() -> None:
    cohorts = summarize_retention(lines_of(FOUR)).cohorts
    counts = cohorts.pivot(index="cohort", columns="period", values="n_customers")
    assert counts.loc[JANUARY].tolist() == [3, 2, 0, 1]
    assert counts.loc[JANUARY + 1].tolist()[:3] == [1, 1, 0]
    assert cohorts.loc[cohorts["cohort"] == JANUARY, "n"].tolist() == [3] * 4


def test_wilson_intervals() -> None:
    row = summarize_retention(lines_of(FOUR), conf_level=0.9).table.iloc[0]
    low, high = proportion_confint(2, 3, alpha=0.1, method="wilson")
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high), abs=1e-10)


def test_months_that_the_data_do_not_cover_are_partial() -> None:
    result = summarize_retention(lines_of(FOUR, last_day="2024-04-29"))
    assert result.table["is_partial"].tolist() == [False, False, True]
    assert result.table["note"].tolist()[-1] == "The data do not cover the whole period."
    partial = result.cohorts.set_index(["cohort", "period"])["is_partial"]
    assert partial[JANUARY, 3]
    assert not partial[JANUARY, 2]
    later = lines_of(FOUR)
    later = later[later["day"] > 19723 + 3]  # from 5 January on
    assert summarize_retention(later).table["is_partial"].tolist() == [True, False, False]


def test_a_month_without_buyers_has_no_rate() -> None:
    table = summarize_retention(lines_of({"a": ["2024-01-05"], "b": ["2024-03-05"]})).table
    assert table["estimate"].tolist()[0] == 0
    assert np.isnan(table["estimate"].tolist()[1])
    assert table["note"].tolist()[1] == "No customer bought in the month before."


# invariants
def test_every_back_end_gives_the_same(lines: pd.DataFrame, on_backend: Callable[[pd.DataFrame], Any]) -> None:
    expected, found = summarize_retention(lines), summarize_retention(on_backend(lines))
    pd.testing.assert_frame_equal(found.table, expected.table)
    pd.testing.assert_frame_equal(found.cohorts, expected.cohorts)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_cohorts_partition_the_customers(draw: Callable[..., pd.DataFrame], seed: int) -> None:
    lines = draw(seed, 150)
    result = summarize_retention(lines)
    pd.testing.assert_frame_equal(summarize_retention(lines.sample(frac=1, random_state=seed)).cohorts, result.cohorts)
    cohorts = result.cohorts
    kept = lines[
        lines["customer_id"].notna() & ~lines["is_cancellation"] & (lines["amount"] > 0) & (lines["quantity"] > 0)
    ]
    assert cohorts.loc[cohorts["period"] == 0, "n_customers"].sum() == kept["customer_id"].nunique()
    by_month = cohorts.assign(month=cohorts["cohort"] + cohorts["period"]).groupby("month")["n_customers"].sum()
    buyers = kept.groupby("month_index")["customer_id"].nunique()
    assert by_month[by_month > 0].to_dict() == buyers.to_dict()
    assert cohorts["estimate"].between(0, 1).all()


def test_picture_leaves_partial_months_empty() -> None:
    ax = summarize_retention(lines_of(FOUR, last_day="2024-04-29")).plot(words=Words("fa"))
    shown = sorted(text.get_text() for text in ax.texts if text.get_text())
    assert len(shown) == 3  # January's cohort in two months, February's in one; April is not covered whole
    assert any("۲۰۲۴-۰۱" in label.get_text() for label in ax.get_yticklabels())


# errors
def test_impossible_counts_are_refused() -> None:
    with pytest.raises(
        EstimationError, match="found 700 customers at the end of whom 80 are new, so that 620 stayed; expected"
    ):
        retention_rate(500, 700, 80)
    with pytest.raises(EstimationError, match=r"found 2, expected a share from 0 to 1\. Divide a percentage by 100\."):
        annual_churn(2)


def test_nothing_to_count_is_refused(lines: pd.DataFrame) -> None:
    with pytest.raises(
        EstimationError, match="Retention: found no transaction line that counts, expected at least one"
    ):
        summarize_retention(lines.iloc[:0])
    with pytest.raises(EstimationError, match="period: found 'week', expected 'month'"):
        summarize_retention(lines, period="week")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="found no column month_index"):
        summarize_retention(lines.drop(columns="month_index"))
