"""RFM: how recently, how often and for how much customers bought, in quintiles (Hughes 1994).

Scores run from 1 to 5, 5 = best fifth: most recent, most orders, most spent. The paper tells how to score, not how
to name segments: the segments below are cemlab's own definition and a report must say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from cemlab.errors import EstimationError
from cemlab.intervals import wilson
from cemlab.kpis.clean_lines import NET_ZERO_NOTE, clean_lines, collect
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ties = Literal["first", "average", "max"]
QUINTILES = 5
# name, recency, frequency, money: lowest and highest score; the first row that fits counts [own definition]
SEGMENTS: tuple[tuple[str, tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ("Champions", (4, 5), (4, 5), (4, 5)),
    ("Loyal", (3, 5), (3, 5), (1, 5)),
    ("Recent", (4, 5), (1, 2), (1, 5)),
    ("Cooling", (3, 3), (1, 2), (1, 5)),
    ("At risk", (1, 2), (3, 5), (1, 5)),
    ("Inactive", (1, 2), (1, 2), (1, 5)),
)
OWN_DEFINITION = "Segments are an own definition of this software, not a published one."
CUSTOMER_COLUMNS = [
    "customer", "days_since_last", "n_purchases", "total_spend", "r_score", "f_score", "m_score", "segment",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RfmResult(Result):
    """Table: segment, n, estimate (share of customers), conf_low, conf_high, revenue, revenue_share, note.

    `customers`: customer, days_since_last, n_purchases, total_spend, r_score, f_score, m_score, segment.
    """

    customers: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The share of customers in each segment with its interval."""
        from cemlab import plots

        ax = plots.new_axes(ax, words=words)
        labels = [(names or {}).get(segment, words(segment)) for segment in self.table["segment"]]
        plots.bars(
            ax,
            labels,
            self.table["estimate"].tolist(),
            words=words,
            axis_label=words("Share of customers"),
            low=self.table["conf_low"].tolist(),
            high=self.table["conf_high"].tolist(),
            value_format="percent",
        )
        caption = words("n = {n} customers", n=words.number(len(self.customers))) + ". " + words(OWN_DEFINITION)
        return plots.finish(ax, words=words, title=words("Customers by recency, frequency and spend"), caption=caption)


def segment_rfm(
    lines: Any, *, snapshot_day: int | None = None, ties: Ties = "first", conf_level: float = 0.95
) -> RfmResult:
    """Score customers by recency, frequency and spend, 1 to 5 (5 = best fifth), and put them into six segments.

    Parameters
    ----------
    lines : narwhals, pandas or Polars frame
        Transaction lines in canonical columns (`load_transactions`).
    snapshot_day : int, optional
        Days since 1970-01-01: the morning on which one looks back; lines from that day on are left out. By default the
        day after the last line of the data, cancelled ones included.
    ties : {"first", "average", "max"}
        Rank of equal values: "first" gives them ranks in the order of the customers' codes, so that fifths have equal
        size and equal values may get different scores; "average" and "max" give equal values equal scores.
    conf_level : float
        Of the intervals of the shares.

    Returns
    -------
    RfmResult
        `table`, a row a segment: segment, n, estimate (share of customers), conf_low, conf_high (Wilson), revenue,
        revenue_share, note. `customers`: customer, days_since_last (full days elapsed when the last day before the
        snapshot ends), n_purchases (orders), total_spend, r_score, f_score, m_score, segment.

    Raises
    ------
    EstimationError
        If no line counts before the snapshot.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "day": [1, 9, 3], "amount": [10.0, 20.0, 60.0]})
    >>> segment_rfm(lines).customers[["customer", "days_since_last", "n_purchases", "total_spend"]]
      customer  days_since_last  n_purchases  total_spend
    0        a                0            2         30.0
    1        b                6            1         60.0
    """
    if ties not in ("first", "average", "max"):
        raise EstimationError(f"ties: found {ties!r}, expected first, average or max. Choose one of these.")
    cleaned = clean_lines(lines)
    snapshot = snapshot_day if snapshot_day is not None else (cleaned.last_day or 0) + 1
    customers = _customers(cleaned.frame, snapshot)
    if customers.empty:
        raise EstimationError(
            "RFM: found no transaction line that counts before the snapshot, expected at least one. Lines without a "
            "customer, cancelled lines and lines without a positive quantity and amount are left out."
        )
    customers["r_score"] = _quintile(-customers["days_since_last"], ties)
    customers["f_score"] = _quintile(customers["n_purchases"], ties)
    customers["m_score"] = _quintile(customers["total_spend"], ties)
    customers["segment"] = _segments(customers)
    net_zero = cleaned.info["n_customers_net_zero"] > 0
    note = f"{OWN_DEFINITION} {NET_ZERO_NOTE}" if net_zero else OWN_DEFINITION
    info: dict[str, Any] = {
        **cleaned.info,
        "method": f"quintiles by rank, ties {ties}" + (" in the order of customers' codes" if ties == "first" else ""),
        "snapshot_day": int(snapshot),
        "n_customers": len(customers),
        "conf_level": conf_level,
        "note": note,
    }
    table = _table(customers, conf_level, NET_ZERO_NOTE if net_zero else "")
    return RfmResult(table=table, info=info, customers=customers[CUSTOMER_COLUMNS])


def _customers(frame: nw.LazyFrame[Any], snapshot: int) -> pd.DataFrame:
    """One row a customer, sorted by code: days_since_last, n_purchases, total_spend."""
    before = frame.filter(nw.col("day") < snapshot)
    orders = before.group_by("customer_id", "order_key").agg(last=nw.col("day").max(), spend=nw.col("amount").sum())
    totals = orders.group_by("customer_id").agg(
        last=nw.col("last").max(), n_purchases=nw.len(), total_spend=nw.col("spend").sum()
    )
    found = collect(totals).sort_values("customer_id", ignore_index=True)
    found["customer"] = found["customer_id"]
    found["days_since_last"] = (snapshot - 1 - found["last"]).astype("int64")
    found["n_purchases"] = found["n_purchases"].astype("int64")
    return found


def _quintile(values: pd.Series, ties: Ties) -> pd.Series:
    """Fifth that each value falls into by its rank: 1 = lowest, 5 = highest."""
    ranks = values.round(9).rank(method=ties)
    fifths = np.ceil(ranks.to_numpy() * QUINTILES / len(values)).clip(1, QUINTILES)
    return pd.Series(fifths, index=values.index, dtype="int64")


def _segments(customers: pd.DataFrame) -> pd.Series:
    """The first row of SEGMENTS that each customer's scores fit."""
    scores = [customers[f"{letter}_score"] for letter in "rfm"]
    fits = [
        np.logical_and.reduce([score.between(*ends).to_numpy() for score, ends in zip(scores, ranges, strict=True)])
        for _, *ranges in SEGMENTS
    ]
    names = [name for name, *_ in SEGMENTS]
    return pd.Series(np.select(fits, names, default=names[-1]), index=customers.index)


def _table(customers: pd.DataFrame, conf_level: float, note: str) -> pd.DataFrame:
    names = [name for name, *_ in SEGMENTS]
    groups = customers.groupby("segment")["total_spend"].agg(["size", "sum"]).reindex(names, fill_value=0)
    n, revenue = groups["size"].to_numpy(), groups["sum"].to_numpy(dtype=float)
    low, high = wilson(n / len(customers), len(customers), conf_level)
    return pd.DataFrame(
        {"segment": names, "n": n, "estimate": n / len(customers), "conf_low": low, "conf_high": high,
         "revenue": revenue, "revenue_share": revenue / revenue.sum(), "note": note}
    )  # fmt: skip
