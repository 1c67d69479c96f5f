"""Opportunity scores: importance plus what performance lacks of it.

score = I + max(I - P, 0), with I and P either the mean answers in scale points, or ten times the share of respondents
who answered in the top boxes. The two variants are not comparable; the score is a convention without sampling theory of
its own.

References
----------
Ulwick, A. W. (2002). Turn customer input into innovation. Harvard Business Review 80(1), 91-97.
Ulwick, A. W. (2005). What Customers Want. McGraw-Hill. (ten times the share of the top two boxes)
Agresti, A. & Min, Y. (2005). Simple improved confidence intervals for comparing matched proportions. Statistics in
    Medicine 24, 729-740. (pseudo-observations for paired shares)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level, groups_and_weights
from cemlab.measures.importance_answers import Matrix, paired_answers, same_scale
from cemlab.measures.inference import NOBODY, ONE_PERSON
from cemlab.results import Result
from cemlab.weighting import weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VARIANTS = {
    "mean": "Opportunity, from means in scale points",
    "percent": "Opportunity, from shares of top boxes, 0 to 20",
}
UNLIKE = "The two questions have unlike scales: take shares of top boxes."
PSEUDO = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])  # one respondent a cell
COLUMNS = ["attribute", "method", "importance", "performance", "estimate", "conf_low", "conf_high", "n", "note"]


@dataclass(frozen=True, kw_only=True)
class OpportunityResult(Result):
    """`table`: a row per attribute, in the codebook's order."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Opportunity scores with their intervals, the largest first.

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
        from cemlab.plots import finish, intervals, new_axes

        rows = self.table.sort_values("estimate", ascending=False, kind="stable")
        ax = new_axes(ax, words=words)
        intervals(
            ax, [(names or {}).get(name, name) for name in rows["attribute"]], rows["estimate"].tolist(),
            rows["conf_low"].tolist(), rows["conf_high"].tolist(), words=words,
            axis_label=words(VARIANTS[self.info["variant"]]),
        )  # fmt: skip
        caption = words(
            "Importance plus what performance lacks of it. {n} respondents.", n=words.number(self.info["n_obs"])
        )
        return finish(ax, words=words, title=words("Where needs are important and unmet"), caption=caption)


def opportunity_score(importance: float, performance: float) -> float:
    """Ulwick's opportunity I + max(I - P, 0), in the unit of both; larger = more important or less satisfied.

    Parameters
    ----------
    importance, performance : float
        In one unit, such as mean scale points.

    Returns
    -------
    float

    References
    ----------
    Ulwick (2002).

    Examples
    --------
    >>> round(opportunity_score(6.4, 4.8), 6)
    8.0
    """
    return float(importance + max(importance - performance, 0.0))


def score_opportunities(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    importance: str = "importance",
    performance: str = "satisfaction",
    variant: Literal["mean", "percent"] = "mean",
    top: int = 2,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> OpportunityResult:
    """Opportunity of each attribute: I + max(I - P, 0), on mean scale points or on ten times the shares of top boxes.

    A score is the larger of I and 2I - P, both means over respondents: the interval joins the larger of their lower and
    the larger of their upper ends. It is the t interval of the larger one where they lie apart, and covers at least
    92.5 % at a level of 95 % where they are equal. Shares get one pseudo-respondent in each of the four cells for
    the interval (after Agresti & Min 2005), which keeps it from vanishing where everybody answered alike.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item.
    codebook : DataFrame
        item, attribute, role; scale_max for the percent variant.
    importance, performance : str
        Roles of the two questions of an attribute.
    variant : {"mean", "percent"}
        Means in scale points, or 10 × share of answers in the `top` boxes (0 to 10; score 0 to 20).
    top : int
        Boxes that count in the percent variant.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    OpportunityResult
        `table`: attribute, method (the variant), importance, performance, estimate, conf_low, conf_high, n, note.

    Raises
    ------
    DataError
        Columns that the survey or the codebook lacks.
    EstimationError
        No attribute with both roles, an unknown variant, or shares of boxes without scale_max.

    References
    ----------
    Ulwick (2002, 2005).

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["i1", "s1"], "attribute": "speed", "role": ["importance", "satisfaction"]})
    >>> survey = pd.DataFrame({"i1": [6, 7, 6, 7, 6], "s1": [5, 5, 4, 5, 5]})
    >>> score_opportunities(survey, codebook).table["estimate"].round(6).item()
    8.0
    """
    check_level(conf_level)
    if variant not in VARIANTS:
        raise EstimationError(f"score_opportunities: found variant={variant!r}, expected mean or percent. Correct it.")
    attributes, sides, scales = paired_answers(survey, codebook, importance, performance)
    _, w = groups_and_weights(survey, None, weights)
    used = ~np.isnan(sides[0]).all(axis=1) & (w > 0)
    if not used.any():
        raise DataError(
            "survey: found nobody who answered both questions of an attribute, expected at least one. "
            "Check the items' columns and missing codes."
        )
    usable = np.ones(len(attributes), dtype=bool)
    if variant == "percent":
        answers = [
            _in_top(side, scales[role], top) for side, role in zip(sides, (importance, performance), strict=True)
        ]
    else:
        answers, usable = list(sides), same_scale(scales[importance], scales[performance]) == 1
    pairs = [side[used] for side in answers]
    rows = [
        _row(pairs[0][:, j], pairs[1][:, j], w[used], conf_level, variant == "percent")
        if usable[j]
        else {"note": UNLIKE}
        for j in range(len(attributes))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[2:])
    table["n"] = (~np.isnan(pairs[0])).sum(axis=0)
    table.insert(0, "method", variant)
    table.insert(0, "attribute", attributes)
    info = {
        "n_obs": int(used.sum()), "n_dropped": int((~used).sum()), "variant": variant,
        "top": top if variant == "percent" else None, "conf_level": conf_level,
        "method": "I + max(I - P, 0) over pairs of answers; interval: the larger ends of those of I and 2I - P",
    }  # fmt: skip
    return OpportunityResult(table=table[COLUMNS], info=info)


def _in_top(answers: Matrix, items: pd.DataFrame, top: int) -> Matrix:
    """10 where an answer is in the top boxes, 0 where not, NaN where missing."""
    ends = items["scale_max"].to_numpy(dtype=float)
    if np.isnan(ends).any() or top < 1:
        raise EstimationError(
            f"score_opportunities: found top={top} and {int(np.isnan(ends).sum())} items without scale_max, expected "
            "one box or more and the end of every scale. Write scale_max into the codebook."
        )
    return np.where(np.isnan(answers), np.nan, 10.0 * (answers > ends - top + 1e-9))


def _row(importance: Matrix, performance: Matrix, w: Matrix, conf_level: float, shares: bool) -> dict[str, object]:
    """One attribute's score with its interval."""
    from scipy.special import stdtrit

    given = ~np.isnan(importance) & (w > 0)
    if not given.any():
        return {"note": NOBODY}
    i, p, own = importance[given], performance[given], w[given]
    means = weighted_means(np.column_stack([i, p]), own).mean
    found = {
        "importance": float(means[0]), "performance": float(means[1]),
        "estimate": opportunity_score(float(means[0]), float(means[1])),
    }  # fmt: skip
    n = len(i)
    if n == 1:
        return found | {"note": ONE_PERSON}
    if shares:
        i, p = (np.concatenate([side, 10 * PSEUDO[:, place]]) for place, side in enumerate((i, p)))
        own = np.concatenate([own, np.full(4, own.mean())])
    two = weighted_means(np.column_stack([i, 2 * i - p]), own)
    half = stdtrit(n - 1, (1 + conf_level) / 2) * two.std_error
    low, high = float((two.mean - half).max()), float((two.mean + half).max())
    if shares:
        low, high = max(0.0, low), min(20.0, high)
    return found | {"conf_low": min(low, found["estimate"]), "conf_high": max(high, found["estimate"]), "note": ""}
