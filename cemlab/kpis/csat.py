"""Customer satisfaction as the share of answers at the top of the scale.

References
----------
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.kpis.differences import METHODS, compare_samples
from cemlab.kpis.group_picture import draw_groups
from cemlab.kpis.ratings import check_ratings, sample_of
from cemlab.kpis.samples import share_sample
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class CsatResult(Result):
    """Shares of satisfied customers in percent, one row a group; `differences`: later minus earlier groups."""

    differences: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Shares with their intervals, a row a group.

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

        axis = words("Satisfied customers, percent")
        ax = draw_groups(ax, self.table, words=words, names=names, axis_label=axis)
        caption = words(
            "The top {top} answers of the scale; {n} answers; intervals at the {level} level.",
            top=words.number(self.info["top"]),
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        return finish(ax, words=words, title=words("Customer satisfaction (CSAT)"), caption=caption)


def summarize_csat(
    ratings: ArrayLike | pd.Series,
    *,
    top: int = 2,
    scale_min: int = 1,
    scale_max: int = 5,
    by: object = None,
    weights: ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> CsatResult:
    """Share of answers among the `top` highest of the scale, in percent (0 to 100), with Wilson's interval.

    Parameters
    ----------
    ratings : Series or array of shape (n_respondents,)
        Overall satisfaction, whole numbers, high = satisfied.
    top : int
        How many of the highest answers count as satisfied.
    scale_min, scale_max : int
        Ends of the scale.
    by : Series, array or DataFrame of shape (n_respondents,), optional
        The group of each respondent.
    weights : Series or array of shape (n_respondents,), optional
        Survey weights; the interval then rests on n over the design effect.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    CsatResult
        `table`: group, term, estimate, std_error, conf_low, conf_high, n, n_effective, design_effect, note.
        `differences`: term, group, reference, estimate (group - reference, percentage points), std_error, statistic
        (pooled z), df, p_value, p_adjusted (Holm), effect_size (Cohen's h), conf_low, conf_high, n, n_reference, note.

    Raises
    ------
    DataError
        Values off the scale, no answer at all, or a `top` that is no part of the scale.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.

    Examples
    --------
    >>> answers = [5] * 50 + [4] * 22 + [3] * 18
    >>> summarize_csat(answers).table[["estimate", "conf_low", "conf_high"]].round(2).values.tolist()
    [[80.0, 70.59, 86.96]]
    """
    low, high = int(scale_min), int(scale_max)
    if not 1 <= top <= high - low:
        raise DataError(
            f"top: found {top}, expected 1 to {high - low}, fewer than the scale from {low} to {high} has. "
            "Correct `top`."
        )
    normal_quantile(conf_level)
    values = check_ratings(ratings, low, high)
    labels, w, counts = sample_of(values, by, weights)
    satisfied = np.where(values.isna(), np.nan, (values > high - top).astype(float))
    term = f"top {top} of {high - low + 1}"
    samples = {name: share_sample(satisfied[where], w[where], conf_level) for name, where in each_group(labels)}
    table = pd.DataFrame([{"group": name, "term": term, **sample.cells()} for name, sample in samples.items()])
    differences = compare_samples(list(samples), list(samples.values()), conf_level)
    differences.insert(0, "term", term)
    method = "share; std_error: linearised (plain Wald without weights); interval: Wilson"
    method += "" if weights is None else " on n over the design effect (Korn & Graubard 1998)"
    info = {
        **counts,
        "top": top,
        "scale_max": high,
        "method": method,
        "method_differences": METHODS["share"],
        "conf_level": conf_level,
    }
    return CsatResult(table=table, differences=differences, info=info)
