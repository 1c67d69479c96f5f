"""Who comes back: monthly retention and cohorts of customers by the month of their first order.

Retention here is the share of a month's buyers who buy again in the next month. Where customers have no contract nobody
sees them leave (a non-contractual setting, Reinartz & Kumar 2000, J. Marketing 64(4):17-35): who does not buy in a
month may still come back, so one minus this share is not the churn of a contract.

Intervals are Wilson's (1927, JASA 22:209-212).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from cemlab.errors import EstimationError
from cemlab.intervals import wilson
from cemlab.kpis.clean_lines import CleanLines, clean_lines, collect, month_text, written_month
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EPOCH = datetime.date(1970, 1, 1).toordinal()
NO_BUYERS = "No customer bought in the month before."
PARTIAL = "The data do not cover the whole period."
SHOWN_PERIODS = 12


def retention_rate(n_start: float, n_end: float, n_new: float) -> float:
    """Share of the customers at the start of a period who are still there at its end, 0 to 1 (contractual setting).

    Parameters
    ----------
    n_start, n_end, n_new : float
        Customers at the start, at the end, and won in between: (n_end − n_new) / n_start.

    Returns
    -------
    float
        NaN where nobody was there at the start.

    Raises
    ------
    EstimationError
        If more customers would have stayed than there were.

    Examples
    --------
    >>> retention_rate(500, 520, 80)
    0.88
    """
    if not n_start > 0:
        return math.nan
    stayed = n_end - n_new
    if not 0 <= stayed <= n_start:
        raise EstimationError(
            f"Retention: found {n_end} customers at the end of whom {n_new} are new, so that {stayed} stayed; expected "
            f"0 to {n_start}, the customers at the start. Check that the three counts are of the same customers."
        )
    return stayed / n_start


def annual_churn(monthly: float) -> float:
    """Share of customers lost in a year when the share `monthly` (0 to 1) is lost every month.

    Parameters
    ----------
    monthly : float
        Share lost a month, 0 to 1.

    Returns
    -------
    float
        1 − (1 − monthly)^12.

    Examples
    --------
    >>> round(annual_churn(0.02), 4)
    0.2153
    """
    if not 0 <= monthly <= 1:
        raise EstimationError(
            f"Monthly churn: found {monthly}, expected a share from 0 to 1. Divide a percentage by 100."
        )
    return 1 - (1 - monthly) ** 12


@dataclass(frozen=True, kw_only=True)
class RetentionResult(Result):
    """Table: period, estimate, conf_low, conf_high, n, is_partial, note.

    `cohorts`: cohort, period, n_customers, estimate, conf_low, conf_high, n, is_partial.
    """

    cohorts: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The share of each cohort that buys again, by months since the first order; partial periods stay empty."""
        from cemlab import plots

        del names  # months and numbers are all that is shown
        ax = plots.new_axes(ax, words=words)
        whole = self.cohorts[(self.cohorts["period"] >= 1) & (self.cohorts["period"] <= SHOWN_PERIODS)]
        shown = whole.assign(estimate=whole["estimate"].where(~whole["is_partial"].astype(bool)))
        frame = shown.pivot(index="cohort", columns="period", values="estimate")
        frame = frame.dropna(how="all").dropna(how="all", axis="columns")
        frame.index = pd.Index([written_month(month_text(month), words) for month in frame.index])
        frame = frame.set_axis([words.number(int(str(period))) for period in frame.columns], axis="columns")
        plots.heatmap(ax, frame, words=words, value_format="percent",
                      row_label=words("Month of the first order"), column_label=words("Months since"))  # fmt: skip
        n = words.number(int(self.cohorts.loc[self.cohorts["period"] == 0, "n_customers"].sum()))
        caption = words("n = {n} customers; months that the data do not cover whole are left empty", n=n)
        return plots.finish(ax, words=words, title=words("Customers who buy again, by cohort"), caption=caption)


def summarize_retention(lines: Any, *, period: Literal["month"] = "month", conf_level: float = 0.95) -> RetentionResult:
    """Share (0 to 1) of a month's buyers who buy again in the next month, and cohorts by month of first order.

    Parameters
    ----------
    lines : narwhals, pandas or Polars frame
        Transaction lines in canonical columns with month_index (`load_transactions`).
    period : {"month"}
        Length of a period.
    conf_level : float
        Of the intervals.

    Returns
    -------
    RetentionResult
        `table`: period (the month in which they buy again), estimate, conf_low, conf_high, n (buyers of the month
        before), is_partial, note. `cohorts`: cohort (month_index of the first order in these data), period (months
        since), n_customers (of the cohort who bought), estimate (their share), conf_low, conf_high, n (cohort's size),
        is_partial (the data do not cover the month or the cohort's month whole). Customers of the first cohorts may
        have bought before the data begin.

    Raises
    ------
    EstimationError
        If no line counts, or the period is not a month.

    References
    ----------
    Reinartz, W. & Kumar, V. (2000). On the profitability of long-life customers in a noncontractual setting. Journal of
    Marketing 64(4). Wilson, E. B. (1927). JASA 22, 209-212.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "day": [1, 40, 3], "month_index": [23640, 23641, 23640],
    ...                       "amount": [10.0, 20.0, 60.0]})
    >>> summarize_retention(lines).table["estimate"].tolist()
    [0.5]
    """
    if period != "month":
        raise EstimationError(f"period: found {period!r}, expected 'month'. Leave it out.")
    cleaned = clean_lines(lines, needed=("month_index",))
    active = cleaned.frame.select("customer_id", nw.col("month_index").cast(nw.Int64)).unique()
    counts = _cohort_counts(active)
    if counts.empty:
        raise EstimationError(
            "Retention: found no transaction line that counts, expected at least one. Lines without a customer, "
            "cancelled lines and lines without a positive quantity and amount are left out."
        )
    partial = _partial_months(cleaned)
    info: dict[str, Any] = {
        **cleaned.info,
        "method": "share of a month's buyers who buy again in the next month (non-contractual); Wilson intervals",
        "conf_level": conf_level,
    }
    cohorts = _cohorts(counts, partial, conf_level)
    return RetentionResult(table=_monthly(active, partial, conf_level), info=info, cohorts=cohorts)


def _cohort_counts(active: nw.LazyFrame[Any]) -> pd.DataFrame:
    """cohort, month_index, n_customers: only the pairs that occur."""
    first = active.group_by("customer_id").agg(cohort=nw.col("month_index").min())
    joined = active.join(first, on="customer_id").group_by("cohort", "month_index").agg(n_customers=nw.len())
    return collect(joined).astype("int64").sort_values(["cohort", "month_index"], ignore_index=True)


def _cohorts(counts: pd.DataFrame, partial: set[int], conf_level: float) -> pd.DataFrame:
    """Every cohort in every month since, zeros too."""
    last = int(counts["month_index"].max())
    grid = [(c, month) for c in counts["cohort"].unique().tolist() for month in range(c, last + 1)]
    table = pd.DataFrame(grid, columns=["cohort", "month_index"]).merge(counts, how="left")
    table["n_customers"] = table["n_customers"].fillna(0).astype("int64")
    sizes = table[table["cohort"] == table["month_index"]].set_index("cohort")["n_customers"]
    table["n"] = table["cohort"].map(sizes)
    table["period"] = table["month_index"] - table["cohort"]
    table["estimate"] = table["n_customers"] / table["n"]
    table["conf_low"], table["conf_high"] = wilson(table["estimate"], table["n"], conf_level)
    table["is_partial"] = table["cohort"].isin(partial) | table["month_index"].isin(partial)
    return table[["cohort", "period", "n_customers", "estimate", "conf_low", "conf_high", "n", "is_partial"]]


def _monthly(active: nw.LazyFrame[Any], partial: set[int], conf_level: float) -> pd.DataFrame:
    """One row a month after the first: which share of the buyers of the month before buys in it."""
    again = active.select("customer_id", month_index=nw.col("month_index") - 1)
    stayed = collect(active.join(again, on=["customer_id", "month_index"]).group_by("month_index").agg(n=nw.len()))
    buyers = collect(active.group_by("month_index").agg(n=nw.len())).astype("int64").set_index("month_index")["n"]
    kept = stayed.astype("int64").set_index("month_index")["n"]
    months = np.arange(buyers.index.min() + 1, buyers.index.max() + 1)
    n = buyers.reindex(months - 1, fill_value=0).to_numpy()
    successes = kept.reindex(months - 1, fill_value=0).to_numpy()
    is_partial = [bool({int(month), int(month) - 1} & partial) for month in months]
    with np.errstate(invalid="ignore"):
        estimate = np.where(n > 0, successes / np.maximum(n, 1), np.nan)
    low, high = wilson(estimate, n, conf_level)
    notes = [NO_BUYERS if size == 0 else PARTIAL if part else "" for size, part in zip(n, is_partial, strict=True)]
    return pd.DataFrame(
        {"period": [month_text(month) for month in months], "estimate": estimate, "conf_low": low, "conf_high": high,
         "n": n, "is_partial": is_partial, "note": notes}
    )  # fmt: skip


def _partial_months(cleaned: CleanLines) -> set[int]:
    """The first and the last month of the data where the data do not reach that month's first or last day."""
    assert cleaned.first_day is not None
    assert cleaned.last_day is not None
    first = datetime.date.fromordinal(cleaned.first_day + EPOCH)
    last = datetime.date.fromordinal(cleaned.last_day + EPOCH)
    partial = {first.year * 12 + first.month - 1} if first.day > 1 else set()
    if (last + datetime.timedelta(days=1)).day != 1:
        partial.add(last.year * 12 + last.month - 1)
    return partial
