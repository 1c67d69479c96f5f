"""The customers to call back: those whose experience is low and who are worth much, in order, with who is responsible.

The list says whom to call, not why: nothing in it is a cause. Whom a low rating and a high value make first is
cemlab's own definition.

References
----------
Tax, S. S. & Brown, S. W. (1998). Recovering and learning from service failure. Sloan Management Review 40(1), 75-88.
Reichheld, F. F. & Markey, R. (2011). The Ultimate Question 2.0. Harvard Business Review Press. (closing the loop)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile, wilson
from cemlab.kpis.journey_owners import with_owners
from cemlab.kpis.number_series import read_numbers
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
SEGMENTS = {
    (True, True): "low experience, high value",
    (True, False): "low experience, other value",
    (False, True): "other experience, high value",
    (False, False): "other experience, other value",
}
TIES = "Ties at a threshold put more customers beyond it than the share asked for."
ROOM = 0.05  # how much more
COLUMNS = ["rank", "customer", "experience", "value", "estimate", "stage", "channel", "owner", "action", "note"]


@dataclass(frozen=True, kw_only=True)
class RecoveriesResult(Result):
    """Customers to call back, in order.

    Attributes
    ----------
    table : DataFrame
        The customers.
    segments : DataFrame
        How many customers, and which value, stand in each of the four parts that the two thresholds make.
    placed : DataFrame
        experience, value and whether to call back, a row a customer without a name: for the picture.
    """

    segments: pd.DataFrame
    placed: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Experience against value with both thresholds; nobody is named.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the two columns.

        Returns
        -------
        Axes
        """
        from cemlab.kpis.recovery_picture import draw_recoveries
        from cemlab.plots import finish, new_axes

        shown = dict(names or {})
        ax = new_axes(ax, words=words, size=(7.0, 4.4))
        labels = [shown.get(self.info[column], self.info[column]) for column in ("experience", "value")]
        cuts = (self.info["experience_cut"], self.info["value_cut"])
        draw_recoveries(ax, self.placed, cuts, words=words, x_label=labels[0], y_label=labels[1])
        caption = words(
            "{n} customers with both numbers; {selected} to call back: {share}. Lines: the thresholds.",
            n=words.number(self.info["n_obs"]),
            selected=words.number(self.info["n_selected"]),
            share=words.percent(self.info["n_selected"] / self.info["n_obs"]),
        )
        caution = " " + words(TIES) if self.info["caution"] else ""
        return finish(ax, words=words, title=words("Customers to call back"), caption=caption + caution)


def find_recoveries(
    customers: pd.DataFrame,
    *,
    experience: str,
    value: str,
    customer: str = "customer",
    owners: pd.DataFrame | None = None,
    low_share: float = 0.25,
    high_share: float = 0.25,
    experience_cut: float | None = None,
    value_cut: float | None = None,
    high_is_good: bool = True,
    conf_level: float = 0.95,
) -> RecoveriesResult:
    """Customers with a low experience and a high value, the first to call first; urgency from 0 to 1.

    cemlab's own definition: urgency = share of customers with a better experience x share of customers with a lower
    value, ties counted half, among those with both numbers. Ties in urgency are ordered by value, then by experience;
    customers who are equal in both share a rank.

    Parameters
    ----------
    customers : DataFrame
        One row a customer; `stage` and `channel` (where the customer's experience was) are used where present.
    experience, value, customer : str
        Columns: the customer's own rating, what the customer is worth (revenue, lifetime value), and the code.
    owners : DataFrame, optional
        The journey sheet: stage, owner, and optionally channel and action. A row without a channel holds for the
        channels of its stage that have no row of their own.
    low_share, high_share : float
        Thresholds as shares: the lowest quarter of experience, the highest quarter of value. Ties at a threshold are
        all in, and counted.
    experience_cut, value_cut : float, optional
        Thresholds in the columns' own units (at most, at least) instead of the shares.
    high_is_good : bool
        False where a high rating is bad, as with effort.
    conf_level : float
        Level of the intervals of `segments`.

    Returns
    -------
    RecoveriesResult
        `table`: rank, customer, experience, value, estimate (urgency), stage, channel, owner, action, note.
        `segments`: term, estimate (percent of customers), conf_low, conf_high, total_value, n. `info`: the
        thresholds used, and how many customers had no code, no experience or no value.

    Raises
    ------
    DataError
        A column is missing or holds no numbers, a customer has several rows, no customer has both numbers, or the
        journey sheet names two owners for one place.

    References
    ----------
    Tax & Brown (1998); Reichheld & Markey (2011).

    Examples
    --------
    >>> people = pd.DataFrame({"customer": list("abcd"), "nps": [2, 9, 3, 10], "revenue": [900, 950, 20, 30]})
    >>> found = find_recoveries(people, experience="nps", value="revenue", experience_cut=6, value_cut=500)
    >>> found.table[["rank", "customer"]].values.tolist()
    [[1, 'a']]
    """
    normal_quantile(conf_level)
    known, counts = _with_both_numbers(customers, customer, experience, value)
    sign = 1.0 if high_is_good else -1.0
    x, y = sign * known["experience"].to_numpy(dtype=float), known["value"].to_numpy(dtype=float)
    low_cut = sign * experience_cut if experience_cut is not None else _cut(x, low_share, "low_share")
    high_cut = value_cut if value_cut is not None else -_cut(-y, high_share, "high_share")
    low, high = x <= low_cut, y >= high_cut
    known["estimate"] = _mid_share(-x) * _mid_share(y)
    crowded = (experience_cut is None and low.mean() > low_share + ROOM) or (
        value_cut is None and high.mean() > high_share + ROOM
    )
    placed = pd.DataFrame({"experience": known["experience"], "value": y, "selected": low & high}, index=known.index)
    info = {
        **counts, "n_selected": int((low & high).sum()), "experience": experience, "value": value,
        "experience_cut": float(sign * low_cut), "value_cut": float(high_cut), "high_is_good": high_is_good,
        "low_share": float(low.mean()), "high_share": float(high.mean()),
        "n_at_experience_cut": int((x == low_cut).sum()), "n_at_value_cut": int((y == high_cut).sum()),
        "method": "experience at most and value at least the threshold; urgency: cemlab's own definition",
        "conf_level": conf_level, "caution": TIES if crowded else "",
    }  # fmt: skip
    return RecoveriesResult(
        table=_ranked(with_owners(known[low & high], owners), sign),
        segments=_segments(low, high, y, conf_level),
        placed=placed.reset_index(drop=True),
        info=info,
    )


def _with_both_numbers(
    customers: pd.DataFrame, customer: str, experience: str, value: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Customers with a code and both numbers, and how many lack which."""
    absent = [column for column in (customer, experience, value) if column not in customers]
    if absent:
        raise DataError(
            f"customers: found no column {', '.join(map(repr, absent))}, expected the customer's code, experience and "
            "value. Name the columns as they stand in the table."
        )
    codes = customers[customer]
    twice = codes[codes.notna() & codes.duplicated(keep=False)].nunique()
    if twice:
        raise DataError(
            f"customers: found {twice} customers with several rows, expected one a customer. "
            "Choose or average the rows of a customer first."
        )
    frame = pd.DataFrame({"customer": codes, "experience": read_numbers(customers[experience], experience),
                          "value": read_numbers(customers[value], value)})  # fmt: skip
    for column in ("stage", "channel"):
        frame[column] = customers[column].astype("string") if column in customers else pd.NA
    complete = frame[["customer", "experience", "value"]].notna()
    used = complete.all(axis=1)
    if not used.any():
        raise DataError(
            f"customers: found nobody with a code, {experience} and {value}, expected at least one. "
            "Join the survey and the transactions by customer first."
        )
    counts = {"n_obs": int(used.sum()), "n_dropped": int((~used).sum())}
    counts |= {f"n_without_{column}": int((~complete[column]).sum()) for column in complete}
    return frame[used].reset_index(drop=True), counts


def _cut(x: Array, share: float, what: str) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    if not 0 < share < 1:
        raise DataError(f"{what}: found {share}, expected a share between 0 and 1. Correct it.")
    return float(np.quantile(x, share, method="inverted_cdf"))


def _mid_share(x: Array) -> Array:
    """Share of the other values that are smaller, ties counted half; 0 to 1."""
    ranks = pd.Series(x).rank(method="average").to_numpy(dtype=float)
    return np.asarray((ranks - 1) / max(len(x) - 1, 1))


def _ranked(chosen: pd.DataFrame, sign: float) -> pd.DataFrame:
    """Chosen customers in order; equal in experience and value = equal in rank."""
    keys = pd.DataFrame(
        {"urgency": -chosen["estimate"].round(12), "value": -chosen["value"], "low": sign * chosen["experience"]}
    )
    order = keys.sort_values(["urgency", "value", "low"], kind="stable").index
    keys = keys.loc[order]
    new = (keys != keys.shift()).any(axis=1).to_numpy()
    starts = np.where(new, np.arange(1, len(keys) + 1), 0)
    ranked = chosen.loc[order].assign(rank=np.maximum.accumulate(starts) if len(starts) else starts)
    return ranked[COLUMNS].reset_index(drop=True)


def _segments(low: NDArray[np.bool_], high: NDArray[np.bool_], y: Array, conf_level: float) -> pd.DataFrame:
    """The four parts: share of customers with Wilson's interval, value, number."""
    rows: list[dict[str, Any]] = []
    for (is_low, is_high), name in SEGMENTS.items():
        inside = (low == is_low) & (high == is_high)
        ends = wilson(float(inside.mean()), len(y), conf_level)
        rows.append(
            {
                "term": name,
                "estimate": 100 * float(inside.mean()),
                "conf_low": 100 * ends[0],
                "conf_high": 100 * ends[1],
                "total_value": float(y[inside].sum()),
                "n": int(inside.sum()),
            }
        )
    return pd.DataFrame(rows)
