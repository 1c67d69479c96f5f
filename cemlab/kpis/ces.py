"""Customer Effort Score: no single official aggregation exists, so each row says which one it is.

References
----------
Dixon, M., Freeman, K. & Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review 88(7/8).
    (version 1: effort 1 to 5, low is good; version 2, 2013: "made it easy" 1 to 7, high is good)
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
Papke, L. E. & Wooldridge, J. M. (1996). Econometric methods for fractional response variables. Journal of Applied
    Econometrics 11, 619-632. (the logit of a bounded mean)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.kpis.differences import METHODS, compare_samples
from cemlab.kpis.group_picture import draw_groups
from cemlab.kpis.ratings import check_ratings, sample_of
from cemlab.kpis.samples import Sample, mean_sample, net_sample, share_sample
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METHOD = "mean: t interval of the logit, which cannot leave the scale; shares: Wilson; net: adjusted Wald (Rocks 2016)"
Array = NDArray[np.float64]


class _Version(NamedTuple):
    scale_max: int
    easy: tuple[int, ...]  # answers that mean little effort
    hard: tuple[int, ...]  # answers that mean much effort
    shares: Mapping[str, tuple[int, ...]]
    better: str


_VERSIONS = {
    1: _Version(5, (1, 2), (4, 5), {"bottom 2 share": (1, 2)}, "low (little effort)"),
    2: _Version(7, (5, 6, 7), (1, 2, 3), {"top 3 share": (5, 6, 7), "top 2 share": (6, 7)}, "high (easy)"),
}


@dataclass(frozen=True, kw_only=True)
class CesResult(Result):
    """Customer effort, rows of group × term; `differences`: later minus earlier groups, a family of tests a term."""

    differences: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Means with their intervals, a row a group.

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

        means = self.table[self.table["term"] == "mean"]
        easy = self.info["version"] == 2
        axis = words("Mean effort score, high = easy") if easy else words("Mean effort score, low = easy")
        ax = draw_groups(ax, means, words=words, names=names, axis_label=axis)
        caption = words(
            "{n} answers; intervals at the {level} level.",
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        return finish(ax, words=words, title=words("Customer effort (CES)"), caption=caption)


def summarize_ces(
    ratings: ArrayLike | pd.Series,
    *,
    version: int = 2,
    by: object = None,
    weights: ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> CesResult:
    """Customer effort: mean in scale points, shares in percent, net in points from -100 to 100 (positive = easy).

    Parameters
    ----------
    ratings : Series or array of shape (n_respondents,)
        Version 2: agreement 1 to 7 that it was easy, high = good. Version 1: effort 1 to 5, low = good.
    version : {1, 2}
        Which question was asked.
    by : Series, array or DataFrame of shape (n_respondents,), optional
        The group of each respondent.
    weights : Series or array of shape (n_respondents,), optional
        Survey weights; the intervals of shares and net then rest on n over the design effect.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    CesResult
        `table`: group, term, estimate, std_error, conf_low, conf_high, n, n_effective, design_effect, note. Terms of
        version 2: mean, top 3 share (5 to 7), top 2 share (6, 7), net (5 to 7 minus 1 to 3); of version 1: mean,
        bottom 2 share (1, 2), net (1, 2 minus 4, 5). `info["better"]` says which direction of the mean is good.
        `differences`: term, group, reference, estimate (group - reference), std_error, statistic (means: Welch's t),
        df, p_value, p_adjusted (Holm, a family a term), effect_size, conf_low, conf_high, n, n_reference, note.

    Raises
    ------
    DataError
        Another version, values off the scale, or no answer at all.

    References
    ----------
    Dixon, M., Freeman, K. & Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review 88(7/8).

    Examples
    --------
    >>> summarize_ces([7, 6, 6, 2]).table.set_index("term")["estimate"].to_dict()
    {'mean': 5.25, 'top 3 share': 75.0, 'top 2 share': 75.0, 'net': 50.0}
    """
    if version not in _VERSIONS:
        raise DataError(
            f"version: found {version}, expected 1 (effort, 1 to 5) or 2 (it was easy, 1 to 7). Correct it."
        )
    normal_quantile(conf_level)
    kind = _VERSIONS[version]
    values = check_ratings(ratings, 1, kind.scale_max)
    labels, w, counts = sample_of(values, by, weights)
    answers = values.to_numpy()
    samples = {name: _samples(answers[where], w[where], kind, conf_level) for name, where in each_group(labels)}
    rows = [{"group": name, "term": t, **one.cells()} for name, terms in samples.items() for t, one in terms.items()]
    more = "" if weights is None else "; weighted: shares and net on n over the design effect (Korn & Graubard 1998)"
    info = {
        **counts,
        "version": version,
        "better": kind.better,
        "method": METHOD + more,
        "method_differences": "; ".join(f"{name}: {how}" for name, how in METHODS.items()),
        "conf_level": conf_level,
    }
    return CesResult(table=pd.DataFrame(rows), differences=_differences(samples, conf_level), info=info)


def _samples(answers: Array, w: Array, kind: _Version, conf_level: float) -> dict[str, Sample]:
    """Every statistic of one group: term -> sample."""
    missing = np.isnan(answers)
    samples = {"mean": mean_sample(answers, w, (1, kind.scale_max), conf_level)}
    for term, codes in kind.shares.items():
        samples[term] = share_sample(np.where(missing, np.nan, np.isin(answers, codes)), w, conf_level)
    easy, hard = (np.where(missing, np.nan, np.isin(answers, codes)) for codes in (kind.easy, kind.hard))
    samples["net"] = net_sample(easy, hard, w, conf_level)
    return samples


def _differences(samples: Mapping[str, Mapping[str, Sample]], conf_level: float) -> pd.DataFrame:
    parts = []
    for term in next(iter(samples.values())):
        part = compare_samples(list(samples), [terms[term] for terms in samples.values()], conf_level)
        part.insert(0, "term", term)
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if len(samples) > 1 else parts[0]
