"""Orders: how many, how large, how often the same customers come again.

What is counted (lines, customers, orders, revenue) is a total of the file and has no interval. Means and shares
generalize over customers: their standard errors are those of a sample of customers, each with all of its orders (a
ratio estimator, Cochran 1977, Sampling Techniques, chapter 6); the repeat rate has Wilson's interval (1927, JASA
22:209-212); the share of the top 20 % has the linearized standard error of a quantile share (Langel & Tillé 2011,
Metron 69:45-65).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from cemlab.errors import EstimationError
from cemlab.intervals import normal_quantile, wilson
from cemlab.kpis.clean_lines import clean_lines, collect, month_text, written_month
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP_SHARE = 0.2
TERMS = {
    "n_lines": "Lines",
    "n_customers": "Customers",
    "n_orders": "Orders",
    "revenue": "Revenue",
    "average_order_value": "Average order value",
    "repeat_rate": "Customers with two orders or more",
    "orders_per_customer": "Orders per customer",
    "top20_share": "Revenue from the top 20 % of customers",
}
NOBODY = "No line counts here."
ONE_CUSTOMER = "One customer: no interval."
By = Literal["unit", "organization", "month_index"]


@dataclass(frozen=True, kw_only=True)
class OrdersResult(Result):
    """Table: group, term, estimate, std_error, conf_low, conf_high, n, note."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The share of customers who order again, with its interval, a group a row."""
        from cemlab import plots

        ax = plots.new_axes(ax, words=words)
        rows = self.table[self.table["term"] == "repeat_rate"]
        labels = [(names or {}).get(group, _label(group, words)) for group in rows["group"]]
        plots.bars(
            ax,
            labels,
            rows["estimate"].tolist(),
            words=words,
            low=rows["conf_low"].tolist(),
            high=rows["conf_high"].tolist(),
            axis_label=words("Share of customers"),
            value_format="percent",
        )
        caption = words("A customer counts in each row it belongs to; intervals by Wilson's method")
        if len(rows) == 1:
            caption = words("n = {n} customers; intervals by Wilson's method", n=words.number(int(rows["n"].iloc[0])))
        return plots.finish(ax, words=words, title=words(TERMS["repeat_rate"]), caption=caption)


def _label(group: str, words: Words) -> str:
    if group == "all":
        return words("All")
    return written_month(group, words) if re.fullmatch(r"[0-9]{4}-[0-9]{2}", group) else group


def summarize_orders(lines: Any, *, by: By | None = None, conf_level: float = 0.95) -> OrdersResult:
    """Orders in numbers: counts, revenue and order value in the study's currency, rates as shares from 0 to 1.

    Parameters
    ----------
    lines : narwhals, pandas or Polars frame
        Transaction lines in canonical columns (`load_transactions`): customer_id, day, amount and, where there are any,
        order_id, quantity, price, is_cancellation. Without order_id, what a customer buys on a day is one order.
    by : {"unit", "organization", "month_index"}, optional
        One set of rows a level; a customer counts in each level it buys in.
    conf_level : float
        Of the intervals.

    Returns
    -------
    OrdersResult
        `table`: group, term, estimate, std_error, conf_low, conf_high, n (customers; orders for average_order_value;
        lines for n_lines), note. Terms: n_lines, n_customers, n_orders, revenue, average_order_value (revenue /
        orders), repeat_rate (share of customers with two orders or more), orders_per_customer, top20_share (share of
        revenue from the top 20 % of customers). `info` counts the lines left out by each rule.

    Raises
    ------
    DataError
        If a column is missing.
    EstimationError
        If `by` is none of the levels.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques (3rd ed.). Wiley. Langel, M. & Tillé, Y. (2011). Statistical inference
    for the quintile share ratio. Metron 69. Wilson, E. B. (1927). JASA 22, 209-212.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "day": [1, 9, 3], "amount": [10.0, 20.0, 60.0]})
    >>> summarize_orders(lines).table.set_index("term")["estimate"].round(3).tail(4)
    term
    average_order_value    30.000
    repeat_rate             0.500
    orders_per_customer     1.500
    top20_share             0.667
    Name: estimate, dtype: float64
    """
    if by not in (None, "unit", "organization", "month_index"):
        raise EstimationError(
            f"by: found {by!r}, expected unit, organization or month_index. Choose one of these, or leave it out."
        )
    cleaned = clean_lines(lines, needed=() if by is None else (by,))
    customers = _per_customer(cleaned.frame, by)
    groups = customers.groupby("group", sort=True)
    rows = [row for name, part in groups for row in _rows(str(name), part, conf_level)]
    if not rows:
        rows = _rows("all", customers, conf_level)
    info: dict[str, Any] = {
        **cleaned.info,
        "method": "totals; ratio estimators over customers; Wilson for repeat_rate",
        "conf_level": conf_level,
    }
    return OrdersResult(table=pd.DataFrame(rows), info=info)


def _per_customer(frame: nw.LazyFrame[Any], by: str | None) -> pd.DataFrame:
    """One row per group and customer: n_lines, n_orders, revenue, in an order that the lines' order does not change."""
    keys = ["customer_id"] if by is None else [by, "customer_id"]
    orders = frame.group_by(*keys, "order_key").agg(revenue=nw.col("amount").sum(), n_lines=nw.len())
    totals = orders.group_by(*keys).agg(
        n_orders=nw.len(), revenue=nw.col("revenue").sum(), n_lines=nw.col("n_lines").sum()
    )
    found = collect(totals)
    if by is None:
        found["group"] = "all"
    elif by == "month_index":
        found["group"] = [month_text(month) for month in found[by]]
    else:
        found["group"] = found[by].astype("str").fillna("–")
    return found.sort_values(["group", "customer_id"], ignore_index=True)


def _rows(group: str, customers: pd.DataFrame, conf_level: float) -> list[dict[str, Any]]:
    revenue = customers["revenue"].to_numpy(dtype=float)
    orders = customers["n_orders"].to_numpy(dtype=float)
    n, n_orders, n_lines = len(customers), int(orders.sum()), int(customers["n_lines"].sum())
    z = normal_quantile(conf_level)
    repeaters = int((orders >= 2).sum())
    rate = repeaters / n if n else math.nan
    low, high = wilson(rate, n, conf_level)
    rate_error = math.sqrt(rate * (1 - rate) / n) if n else math.nan
    estimates = {
        "n_lines": (n_lines, math.nan, math.nan, math.nan, n_lines),
        "n_customers": (n, math.nan, math.nan, math.nan, n),
        "n_orders": (n_orders, math.nan, math.nan, math.nan, n),
        "revenue": (math.fsum(revenue), math.nan, math.nan, math.nan, n),
        "average_order_value": (*_ratio(revenue, orders, z), n_orders),
        "repeat_rate": (rate, rate_error, low, high, n),
        "orders_per_customer": (*_ratio(orders, np.ones(n), z), n),
        "top20_share": (*_top_share(revenue, z), n),
    }
    note = NOBODY if n == 0 else ""
    names = ("estimate", "std_error", "conf_low", "conf_high", "n")
    return [
        {"group": group, "term": term, **dict(zip(names, values, strict=True)), "note": note or _note(term, n)}
        for term, values in estimates.items()
    ]


def _note(term: str, n: int) -> str:
    if term in ("average_order_value", "orders_per_customer", "top20_share") and n == 1:
        return ONE_CUSTOMER
    return ""


def _ratio(tops: np.ndarray, bottoms: np.ndarray, z: float) -> tuple[float, float, float, float]:
    """Sum of tops over sum of bottoms, with the linearized standard error over customers."""
    n, bottom = len(tops), float(bottoms.sum())
    if not bottom > 0:
        return math.nan, math.nan, math.nan, math.nan
    estimate = math.fsum(tops) / bottom
    if n < 2:
        return estimate, math.nan, math.nan, math.nan
    residuals = tops - estimate * bottoms
    error = math.sqrt(n / (n - 1) * float((residuals**2).sum())) / bottom
    return estimate, error, estimate - z * error, estimate + z * error


def _top_share(revenue: np.ndarray, z: float) -> tuple[float, float, float, float]:
    """Share of the sum that the top 20 % of customers (their number rounded up) hold, with its standard error."""
    n, total = len(revenue), math.fsum(revenue)
    if not total > 0:
        return math.nan, math.nan, math.nan, math.nan
    ordered = np.sort(revenue)[::-1]
    top = math.ceil(round(TOP_SHARE * n, 9))
    share, cut = math.fsum(ordered[:top]) / total, float(ordered[top - 1])
    if n < 2:
        return share, math.nan, math.nan, math.nan
    influence = np.maximum(revenue - cut, 0) + TOP_SHARE * cut - share * revenue
    error = float(influence.std(ddof=1)) / math.sqrt(n) / (total / n)
    return share, error, max(share - z * error, 0.0), min(share + z * error, 1.0)
