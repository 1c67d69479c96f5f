"""Left-brain firm, right-brain customer: what the firm attends to against what matters to its customers.

The metaphor is Thompson's: CRM is the left brain (what a customer is worth to the firm, systems, transactions), CEM the
right brain (what the firm is worth to the customer, people, emotions). The measure is cemlab's own definition: with
importance and attention as shares of 1 over the same attributes, mismatch = half the sum of |importance - attention|,
from 0 (aligned) to 1 (disjoint), which is the share of attention that would have to move.

References
----------
Thompson, B. (2006). The Next Generation of Customer Management? CustomerThink. (the metaphor)
Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 13. Chapman & Hall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level, groups_and_weights
from cemlab.measures.attention_shares import (
    Matrix,
    firm_shares,
    importance_above_lowest,
    kinds_of,
    rank_correlations,
    resample_shares,
)
from cemlab.resampling import bootstrap_std_error, percentile_interval
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIRM_IS_FIXED = "The firm's attention is one set of shares without an interval; the intervals are the customers'."
FEW = "Fewer than 5 attributes: a rank correlation says little."
FEW_ATTRIBUTES = 5
NO_ORDER = "All shares of one side are equal: no rank correlation."


@dataclass(frozen=True, kw_only=True)
class AttentionResult(Result):
    """`table`: a row per attribute; estimate = importance - attention in shares of 1, positive = neglected by the firm.

    Attributes
    ----------
    overall : DataFrame
        term (mismatch, rank correlation), estimate, std_error, conf_low, conf_high, n, note.
    kinds : DataFrame
        kind, importance, attention, estimate, std_error, conf_low, conf_high, n, note: the same over kinds of
        attributes; empty where no kinds are given.
    """

    overall: pd.DataFrame
    kinds: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The firm's attention and the customers' importance of each attribute, joined.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of attributes.

        Returns
        -------
        Axes
        """
        from cemlab.plots import dumbbells, finish, new_axes

        rows = self.table.sort_values("estimate", ascending=False, kind="stable")
        ax = new_axes(ax, words=words)
        dumbbells(
            ax, [(names or {}).get(name, name) for name in rows["attribute"]], (100 * rows["attention"]).tolist(),
            (100 * rows["importance"]).tolist(), words=words, start_label=words("Attention of the firm"),
            end_label=words("Importance to customers"), axis_label=words("Share, percent"),
        )  # fmt: skip
        caption = words(
            "Mismatch {mismatch} of attention. {n} respondents; the firm's side is one set of shares.",
            mismatch=words.percent(self.overall["estimate"].iloc[0]), n=words.number(self.info["n_obs"]),
        )  # fmt: skip
        title = words("What matters to customers and what the firm attends to")
        return finish(ax, words=words, title=title, caption=caption)


def attention_mismatch(importance: ArrayLike, attention: ArrayLike) -> float:
    """Half the sum of |importance - attention| after scaling each to a sum of 1: 0 = aligned, 1 = disjoint.

    cemlab's own definition.

    Parameters
    ----------
    importance, attention : array of shape (n_attributes,)
        Numbers of at least 0, the same attributes in the same order.

    Returns
    -------
    float

    Raises
    ------
    EstimationError
        Unlike lengths, negative or missing numbers, or nothing above 0.

    Examples
    --------
    >>> round(attention_mismatch([0.35, 0.25, 0.20, 0.12, 0.08], [0.10, 0.20, 0.40, 0.20, 0.10]), 6)
    0.3
    """
    sides = [np.asarray(side, dtype=float) for side in (importance, attention)]
    if sides[0].shape != sides[1].shape or sides[0].ndim != 1:
        raise EstimationError(
            f"attention_mismatch: found shapes {sides[0].shape} and {sides[1].shape}, expected one number an attribute "
            "on each side. Align them."
        )
    for side, name in zip(sides, ("importance", "attention"), strict=True):
        if not (np.isfinite(side).all() and (side >= 0).all() and side.sum() > 0):
            raise EstimationError(
                f"attention_mismatch: found {name} {side.tolist()[:8]}, expected numbers of at least 0 and one above. "
                "Correct it."
            )
    return float(np.abs(sides[0] / sides[0].sum() - sides[1] / sides[1].sum()).sum() / 2)


def compare_attention(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    attention: Mapping[str, float] | pd.Series,
    importance: str = "importance",
    kinds: Mapping[str, str] | pd.Series | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 1,
) -> AttentionResult:
    """Customers' importance share minus the firm's attention share of each attribute, and their mismatch (0 to 1).

    cemlab's own definition. Ratings become shares by what lies above the scale's lowest answer: a respondent's rating
    minus scale_min, averaged over respondents, over the sum of attributes. Points (role points) are taken as they are.
    The firm's side is one vector without an interval: the intervals come from resampling customers alone.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item.
    codebook : DataFrame
        item, attribute (construct for role points), role; scale_min for ratings.
    attention : mapping or Series
        Attribute -> budget, number of KPIs, minutes of agenda …: any unit, at least 0.
    importance : str
        Role of the importance items.
    kinds : mapping or Series, optional
        Attribute -> kind, such as emotional and functional: shares are also added up by kind.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals (bootstrap percentile; for the mismatch shifted by the bootstrap's own bias, because a
        sum of absolute values grows with noise).
    n_boot : int
        Resamples of respondents.
    seed : int
        Of the resamples.

    Returns
    -------
    AttentionResult
        `table`: attribute, kind, importance, attention, estimate, std_error, conf_low, conf_high, n, note. Further
        tables as the class says.

    Raises
    ------
    DataError
        Attention or kinds that do not fit the attributes, or nobody who answered every importance item.
    EstimationError
        Fewer than two attributes, ratings without scale_min, negative attention or none at all.

    References
    ----------
    Thompson (2006) for the metaphor.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["i1", "i2"], "attribute": ["warmth", "speed"], "role": "importance",
    ...                          "scale_min": 1})
    >>> survey = pd.DataFrame({"i1": [5, 4, 5, 4], "i2": [3, 2, 3, 4]})
    >>> compare_attention(survey, codebook, attention={"warmth": 20, "speed": 80}).table["estimate"].round(2).tolist()
    [0.44, -0.44]
    """
    check_level(conf_level)
    attributes, above = importance_above_lowest(survey, codebook, importance)
    firm = firm_shares(attention, attributes)
    _, w = groups_and_weights(survey, None, weights)
    used = ~np.isnan(above).any(axis=1) & (w > 0)
    above, w = above[used], w[used]
    if not len(above) or not (w @ above).sum() > 0:
        raise DataError(
            f"survey: found {len(above)} respondents who rated every attribute, none above the lowest answer; expected "
            "some. Check the items' columns and missing codes."
        )
    totals = w @ above
    shares, draws = totals / totals.sum(), resample_shares(above, w, n_boot, np.random.default_rng(seed))
    table = _rows(shares - firm, draws - firm, conf_level)
    table.insert(0, "attribute", attributes)
    labels = None if kinds is None else kinds_of(kinds, attributes)
    table.insert(1, "kind", "" if labels is None else labels)
    table.insert(2, "importance", shares)
    table.insert(3, "attention", firm)
    overall = _overall(shares, draws, firm, conf_level)
    by_kind = _by_kind(labels, shares, draws, firm, conf_level)
    for frame in (table, overall, by_kind):
        frame.insert(list(frame.columns).index("note"), "n", len(above))
    info = {
        "n_obs": len(above), "n_dropped": int((~used).sum()), "importance": importance, "firm": FIRM_IS_FIXED,
        "method": "shares of what lies above the lowest answer; bootstrap over respondents, percentile "
        "(mismatch: shifted by the bootstrap's bias)",
        "conf_level": conf_level, "n_boot": n_boot, "seed": seed,
    }  # fmt: skip
    return AttentionResult(table=table, overall=overall, kinds=by_kind, info=info)


def _rows(estimate: Matrix, draws: Matrix, conf_level: float) -> pd.DataFrame:
    """Estimates with percentile intervals of their draws."""
    ends = percentile_interval(draws, conf_level)
    return pd.DataFrame(
        {
            "estimate": estimate, "std_error": bootstrap_std_error(draws), "conf_low": ends.low, "conf_high": ends.high,
            "note": "",
        }
    )  # fmt: skip


def _overall(shares: Matrix, draws: Matrix, firm: Matrix, conf_level: float) -> pd.DataFrame:
    """Mismatch and rank correlation."""
    mismatch = float(np.abs(shares - firm).sum() / 2)
    drawn = np.abs(draws - firm).sum(axis=1) / 2
    drawn = np.clip(drawn - (np.nanmean(drawn) - mismatch if len(drawn) else 0.0), 0.0, 1.0)
    correlation = rank_correlations(shares[None], firm)
    table = pd.concat(
        [
            _rows(np.array([mismatch]), drawn[:, None], conf_level),
            _rows(correlation, rank_correlations(draws, firm)[:, None], conf_level),
        ],
        ignore_index=True,
    )
    table.insert(0, "term", ["mismatch", "rank correlation"])
    table.loc[1, "note"] = NO_ORDER if np.isnan(correlation[0]) else FEW if len(shares) < FEW_ATTRIBUTES else ""
    return table


def _by_kind(labels: list[str] | None, shares: Matrix, draws: Matrix, firm: Matrix, conf_level: float) -> pd.DataFrame:
    """Shares added up by kind, in order of appearance."""
    names = list(dict.fromkeys(labels or []))
    member = np.zeros((len(shares), len(names)))
    for place, label in enumerate(labels or []):
        member[place, names.index(label)] = 1.0
    table = _rows((shares - firm) @ member, (draws - firm) @ member, conf_level)
    table.insert(0, "kind", names)
    table.insert(1, "importance", shares @ member)
    table.insert(2, "attention", firm @ member)
    return table
