"""Net Promoter Score with its interval, by group, weighted, and the difference of two scores.

References
----------
Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.kpis.differences import METHODS, compare_samples
from cemlab.kpis.group_picture import draw_groups
from cemlab.kpis.ratings import check_ratings, sample_of
from cemlab.kpis.samples import Sample, net_sample
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
LOW, HIGH = 0, 10
PROMOTER_FROM, DETRACTOR_TO = 9, 6  # Reichheld (2003)
METHOD = (
    "shares; std_error: linearised (multinomial Wald without weights); interval: adjusted Wald (Rocks 2016), "
    "cut at ±100"
)
WEIGHTED = METHOD + ", on n over the design effect (Korn & Graubard 1998)"


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
    """Net Promoter Scores, one row a group; `differences`: every later group minus every earlier one, in points."""

    differences: pd.DataFrame = field(default_factory=pd.DataFrame)

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
        from cemlab.plots import finish

        axis = words("Net Promoter Score, points from −100 to 100")
        ax = draw_groups(ax, self.table, words=words, names=names, axis_label=axis, reference=0.0)
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
        design_effect, note. `differences`: group, reference, estimate (group - reference, points), std_error,
        statistic (z), df, p_value, p_adjusted (Holm), effect_size (d of the votes -1, 0, 1), conf_low, conf_high, n,
        n_reference, note.

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
    samples = {name: _sample(answers[where], w[where], conf_level) for name, where in each_group(labels)}
    info = {
        **counts,
        "method": METHOD if weights is None else WEIGHTED,
        "method_differences": METHODS["net"],
        "conf_level": conf_level,
    }
    differences = compare_samples(list(samples), list(samples.values()), conf_level)
    table = pd.DataFrame([_row(name, sample) for name, sample in samples.items()])
    return NpsResult(table=table, differences=differences, info=info)


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
        Level of the interval (adjusted Wald, half of Rocks' additions to each sample).

    Returns
    -------
    NpsDifference
        estimate, std_error, statistic (z), p_value, conf_low, conf_high; z and p are NaN where a sample does not vary.

    Raises
    ------
    DataError
        Values off the scale, or no answer at all.

    Examples
    --------
    >>> round(nps_difference([10, 10, 9, 3], [9, 8, 7, 2]).estimate, 1)
    50.0
    """
    normal_quantile(conf_level)
    samples = []
    for ratings, weights in ((b, weights_b), (a, weights_a)):
        values = check_ratings(ratings, LOW, HIGH)
        _, w, _ = sample_of(values, None, weights)
        samples.append(_sample(values.to_numpy(), w, conf_level))
    row = compare_samples(["b", "a"], samples, conf_level).iloc[0]
    return NpsDifference(*(float(row[name]) for name in NpsDifference._fields))


def _sides(answers: Array) -> tuple[Array, Array]:
    """Promoters and detractors as ones among zeros; NaN where not answered."""
    missing = np.isnan(answers)
    sides = answers >= PROMOTER_FROM, answers <= DETRACTOR_TO
    return np.where(missing, np.nan, sides[0]), np.where(missing, np.nan, sides[1])


def _sample(answers: Array, w: Array, conf_level: float) -> Sample:
    return net_sample(*_sides(answers), w, conf_level)


def _row(group: str, sample: Sample) -> dict[str, Any]:
    """One group's row; NaN with a note where nobody answered."""
    cells = sample.cells()
    ends = {name: cells.pop(name) for name in ("estimate", "std_error", "conf_low", "conf_high")}
    shares = {"promoters": sample.upper, "passives": 1 - sample.upper - sample.lower, "detractors": sample.lower}
    return {"group": group, **ends, **shares, **cells}
