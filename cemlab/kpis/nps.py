"""Net Promoter Score with its interval, by group, weighted, and the difference of two scores.

References
----------
Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from cemlab.errors import DataError
from cemlab.kpis.ratings import NO_ANSWER, ONE_CLASS, check_ratings, net_interval, normal_quantile, sample_of
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group, weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOW, HIGH = 0, 10
PROMOTER_FROM, DETRACTOR_TO = 9, 6  # Reichheld (2003)
METHOD = "shares; std_error: multinomial Wald; interval: adjusted Wald (Rocks 2016), cut at ±100"
WEIGHTED = (
    "weighted shares; std_error: linearised; interval: adjusted Wald (Rocks 2016) with Kish's effective n, cut at ±100"
)


class NpsDifference(NamedTuple):
    """Difference of two scores in points: estimate, std_error, statistic (z), p_value, conf_low, conf_high."""

    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, kw_only=True)
class NpsResult(Result):
    """Net Promoter Scores, one row a group."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Scores with their intervals, a row a group.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the groups.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = {"all": words("All respondents"), **(names or {})}
        table = self.table
        labels = [shown.get(group, group) for group in table["group"]]
        ax = new_axes(ax, words=words)
        intervals(
            ax,
            labels,
            table["estimate"].tolist(),
            table["conf_low"].tolist(),
            table["conf_high"].tolist(),
            words=words,
            axis_label=words("Net Promoter Score, points from −100 to 100"),
            reference=0.0,
        )
        caption = words(
            "{n} answers; intervals at the {level} level.",
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        return finish(ax, words=words, title=words("Net Promoter Score"), caption=caption)


def net_promoter_score(ratings: ArrayLike | pd.Series) -> float:
    """Share of promoters (9, 10) minus share of detractors (0 to 6), in points from -100 to 100.

    Parameters
    ----------
    ratings : Series or array of shape (n_respondents,)
        Likelihood to recommend, whole numbers 0 to 10; missing answers are left out.

    Returns
    -------
    float

    Raises
    ------
    DataError
        Values off the scale, or no answer at all.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.

    Examples
    --------
    >>> net_promoter_score([10, 9, 8, 3])
    25.0
    """
    given = check_ratings(ratings, LOW, HIGH).dropna()
    return float(100 * ((given >= PROMOTER_FROM).mean() - (given <= DETRACTOR_TO).mean()))


def summarize_nps(
    ratings: ArrayLike | pd.Series,
    *,
    by: object = None,
    weights: ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    scale_min: float = LOW,
    scale_max: float = HIGH,
) -> NpsResult:
    """Net Promoter Score in points from -100 to 100, with its interval, overall or a row a group.

    Parameters
    ----------
    ratings : Series or array of shape (n_respondents,)
        Likelihood to recommend, whole numbers 0 to 10.
    by : Series, array or DataFrame of shape (n_respondents,), optional
        The group of each respondent; several columns are joined.
    weights : Series or array of shape (n_respondents,), optional
        Survey weights; respondents without a weight are left out and counted.
    conf_level : float
        Level of the intervals.
    scale_min, scale_max : float
        The scale that was asked, for instance from the codebook; any other than 0 to 10 is refused.

    Returns
    -------
    NpsResult
        `table`: group, estimate, std_error, conf_low, conf_high, promoters, passives, detractors, n, n_effective,
        design_effect, note.

    Raises
    ------
    DataError
        Another scale, values off the scale, no answer at all, weights or groups that do not fit.

    References
    ----------
    Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.

    Examples
    --------
    >>> answers = pd.Series([10] * 60 + [7] * 25 + [3] * 15)
    >>> summarize_nps(answers).table[["estimate", "conf_low", "conf_high"]].round(3).values.tolist()
    [[45.0, 29.343, 58.036]]
    """
    if (scale_min, scale_max) != (LOW, HIGH):
        raise DataError(
            f"ratings: found a scale from {scale_min:g} to {scale_max:g}, expected 0 to 10: "
            "a score from any other scale is not a Net Promoter Score. Use summarize_csat for it."
        )
    normal_quantile(conf_level)
    values = check_ratings(ratings, LOW, HIGH)
    labels, w, counts = sample_of(values, by, weights)
    answers = values.to_numpy()
    rows = [_row(name, answers[where], w[where], conf_level) for name, where in each_group(labels)]
    info = {**counts, "method": METHOD if weights is None else WEIGHTED, "conf_level": conf_level}
    return NpsResult(table=pd.DataFrame(rows), info=info)


def nps_difference(
    a: ArrayLike | pd.Series,
    b: ArrayLike | pd.Series,
    *,
    weights_a: ArrayLike | pd.Series | None = None,
    weights_b: ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> NpsDifference:
    """Score of `a` minus score of `b` in points, two independent samples: positive = `a` is higher.

    Parameters
    ----------
    a, b : Series or array of shape (n_respondents,)
        Likelihood to recommend, whole numbers 0 to 10.
    weights_a, weights_b : Series or array, optional
        Survey weights of each.
    conf_level : float
        Level of the Wald interval.

    Returns
    -------
    NpsDifference
        estimate, std_error, statistic (z), p_value, conf_low, conf_high; z and p are NaN where neither sample varies.

    Raises
    ------
    DataError
        Values off the scale, or no answer at all.

    Examples
    --------
    >>> round(nps_difference([10, 10, 9, 3], [9, 8, 7, 2]).estimate, 1)
    50.0
    """
    first = summarize_nps(a, weights=weights_a, conf_level=conf_level).table.iloc[0]
    second = summarize_nps(b, weights=weights_b, conf_level=conf_level).table.iloc[0]
    estimate = float(first["estimate"] - second["estimate"])
    std_error = float(np.hypot(first["std_error"], second["std_error"]))
    if std_error == 0 or np.isnan(estimate):
        return NpsDifference(estimate, std_error, np.nan, np.nan, np.nan, np.nan)
    z, half = estimate / std_error, normal_quantile(conf_level) * std_error
    p_value = float(2 * ndtr(-abs(z)))
    return NpsDifference(estimate, std_error, z, p_value, max(estimate - half, -200.0), min(estimate + half, 200.0))


def _row(group: str, answers: NDArray[np.float64], w: NDArray[np.float64], conf_level: float) -> dict[str, Any]:
    """One group's row; NaN with a note where nobody answered."""
    votes = np.where(np.isnan(answers), np.nan, (answers >= PROMOTER_FROM) * 1.0 - (answers <= DETRACTOR_TO))
    columns = np.column_stack([votes, votes == 1, votes == 0, votes == -1]).astype(float)
    columns[np.isnan(votes)] = np.nan
    found = weighted_means(columns, w, ddof=0)
    n, n_effective = int(found.n[0]), float(found.n_effective[0])
    score, promoters, passives, detractors = (float(share) for share in found.mean)
    low = high = np.nan
    note = NO_ANSWER
    if n:
        low, high = net_interval(promoters, detractors, n_effective, conf_level)
        note = ONE_CLASS if found.std_error[0] == 0 else ""
    simple = (promoters + detractors - score**2) / n if n else np.nan
    return {
        "group": group,
        "estimate": 100 * score,
        "std_error": 100 * float(found.std_error[0]),
        "conf_low": 100 * low,
        "conf_high": 100 * high,
        "promoters": promoters,
        "passives": passives,
        "detractors": detractors,
        "n": n,
        "n_effective": n_effective,
        "design_effect": float(found.std_error[0] ** 2 / simple) if n and simple > 1e-15 else np.nan,
        "note": note,
    }
