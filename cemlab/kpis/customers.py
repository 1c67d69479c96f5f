"""What the organization knows of each customer up to a day, beside what the customer did after it.

The two never overlap: indicators use days up to and including the cutoff, outcomes days after it, so that a model of
outcomes by indicators predicts and does not look ahead.
"""

from __future__ import annotations

import datetime
from typing import Any

import narwhals as nw
import pandas as pd

from cemlab.errors import EstimationError
from cemlab.kpis.clean_lines import CleanLines, clean_lines, collect

EPOCH = datetime.date(1970, 1, 1).toordinal()
COLUMNS = [
    "customer", "n_orders", "revenue", "average_order_value", "days_since_last", "tenure_days", "outcome_revenue",
    "outcome_repurchase",
]  # fmt: skip


def summarize_customers(lines: Any, *, cutoff_day: int, horizon_days: int) -> pd.DataFrame:
    """Orders of each customer up to a day, and revenue (study's currency) and repurchase (1 or 0) in the days after it.

    Parameters
    ----------
    lines : narwhals, pandas or Polars frame
        Transaction lines in canonical columns (`load_transactions`).
    cutoff_day : int
        Days since 1970-01-01: the last day of the indicators.
    horizon_days : int
        Days of the outcomes: cutoff_day + 1 to cutoff_day + horizon_days.

    Returns
    -------
    DataFrame
        A row per customer who bought up to the cutoff, sorted by customer: customer, n_orders, revenue,
        average_order_value (revenue / n_orders), days_since_last (cutoff − last purchase), tenure_days (cutoff − first
        purchase in these data), outcome_revenue (0 without a purchase), outcome_repurchase (1 = bought again).
        `attrs["info"]` counts the lines left out.

    Raises
    ------
    EstimationError
        If the data do not reach from the cutoff to the end of the horizon.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "day": [1, 9, 3], "amount": [10.0, 20.0, 60.0]})
    >>> summarize_customers(lines, cutoff_day=4, horizon_days=5)[["customer", "revenue", "outcome_revenue"]]
      customer  revenue  outcome_revenue
    0        a     10.0             20.0
    1        b     60.0              0.0
    """
    cleaned = clean_lines(lines)
    cutoff, end = int(cutoff_day), int(cutoff_day) + int(horizon_days)
    _require_days(cleaned, cutoff, int(horizon_days))
    orders = _orders(cleaned.frame, nw.col("day") <= cutoff)
    before = orders.group_by("customer_id").agg(
        first=nw.col("first").min(), last=nw.col("last").max(), n_orders=nw.len(), revenue=nw.col("spend").sum()
    )
    inside = cleaned.frame.filter((nw.col("day") > cutoff) & (nw.col("day") <= end))
    after = inside.group_by("customer_id").agg(outcome_revenue=nw.col("amount").sum())
    table = collect(before.join(after, on="customer_id", how="left")).sort_values("customer_id", ignore_index=True)
    table["customer"] = table["customer_id"]
    table["n_orders"] = table["n_orders"].astype("int64")
    table["average_order_value"] = table["revenue"] / table["n_orders"]
    table["days_since_last"] = (cutoff - table["last"]).astype("int64")
    table["tenure_days"] = (cutoff - table["first"]).astype("int64")
    table["outcome_repurchase"] = table["outcome_revenue"].notna().astype("int64")
    table["outcome_revenue"] = table["outcome_revenue"].fillna(0.0).astype(float)
    result = table[COLUMNS]
    result.attrs["info"] = {**cleaned.info, "cutoff_day": cutoff, "horizon_days": int(horizon_days)}
    return result


def _orders(frame: nw.LazyFrame[Any], condition: nw.Expr) -> nw.LazyFrame[Any]:
    keys = ("customer_id", "order_key")
    day = nw.col("day")
    return frame.filter(condition).group_by(*keys).agg(first=day.min(), last=day.max(), spend=nw.col("amount").sum())


def _require_days(cleaned: CleanLines, cutoff: int, horizon: int) -> None:
    """Refuse a cutoff or a horizon that the data do not cover: missing days would look like customers who left."""
    if cleaned.first_day is None or cleaned.last_day is None:
        raise EstimationError(
            "Customers: found no transaction line, expected at least one. Check the file or the filter."
        )
    if horizon < 1:
        raise EstimationError(f"horizon_days: found {horizon}, expected 1 or more. Give a number of days.")
    first, last = _date(cleaned.first_day), _date(cleaned.last_day)
    if not cleaned.first_day <= cutoff < cleaned.last_day:
        raise EstimationError(
            f"cutoff_day: found {cutoff} ({_date(cutoff)}), expected a day from {first} to the day before {last}, "
            "inside the transactions. Choose a cutoff between these days."
        )
    if cutoff + horizon > cleaned.last_day:
        raise EstimationError(
            f"horizon_days: found {horizon} days after {_date(cutoff)}, which end on {_date(cutoff + horizon)}, "
            f"expected an end by {last}, the last day of the transactions. Choose a horizon of at most "
            f"{cleaned.last_day - cutoff} days or an earlier cutoff."
        )


def _date(day: int) -> str:
    try:
        return datetime.date.fromordinal(day + EPOCH).isoformat()
    except (ValueError, OverflowError):
        return "no date"
