"""The answers of one wave as a sample: its estimate, its interval, and every person's part in it.

The estimate is a ratio of weighted sums; each respondent contributes a linearised score to it. Several answers of one
person in a wave count as one cluster.

References
----------
Hall, P. (1992). On the removal of skewness by transformation. JRSS B 54, 221-228. (interval of a skewed mean)
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from cemlab.intervals import interval_size, wilson
from cemlab.kpis.ratings import net_interval
from cemlab.weighting import weighted_means

Kind = Literal["mean", "share", "nps"]
Array = NDArray[np.float64]
ROUNDING = 1e-12
NOBODY = "No answer in this wave."
ONE_PERSON = "Only one respondent in a wave: no interval and no test."
NO_SPREAD = "The answers do not vary: no interval and no test."


class Wave(NamedTuple):
    """One wave of one group: estimate with its interval, and every person's part in it.

    `people` are codes in ascending order, `scores` their linearised contributions, which sum to 0, and `shares` their
    shares of all weight. Shares of answers are counted from 0 to 1, net shares (`upper` - `lower`) from -1 to 1. `n`
    counts answers, `n_effective` is Kish's, `size` what the interval of a share counts with.
    """

    estimate: float
    sd: float
    variance: float
    low: float
    high: float
    upper: float
    lower: float
    n: int
    n_effective: float
    size: float
    people: NDArray[np.int64]
    scores: Array
    shares: Array
    note: str

    @property
    def n_independent(self) -> float:
        """Effective number of people."""
        return min(self.n_effective, float(len(self.people)))


def measure_wave(values: Array, weights: Array, people: NDArray[np.int64], *, kind: Kind, conf_level: float) -> Wave:
    """Estimate of one wave with its interval.

    Parameters
    ----------
    values, weights : array of shape (n_answers,)
        Ratings, 0 or 1, or votes of -1, 0 and 1 (NPS); none missing, each weight above 0.
    people : array of shape (n_answers,)
        Code of each answer's respondent.
    kind : {"mean", "share", "nps"}
        Mean: t interval corrected for skewness (Hall 1992), since the plain one misses the truth of skewed 5-point
        items too often; share: Wilson; nps: adjusted Wald; the last two on n over the design effect.
    conf_level : float
        Level of the interval.
    """
    if not len(values):
        none, nobody = np.empty(0), np.empty(0, dtype=np.int64)
        return Wave(*(np.nan,) * 7, 0, 0.0, 0.0, nobody, none, none, NOBODY)
    ddof = 1 if kind == "mean" else 0
    found = weighted_means(values[:, None], weights, ddof=ddof)
    estimate, total = float(found.mean[0]), weights.sum()
    codes, place = np.unique(people, return_inverse=True)
    scores = np.bincount(place, weights * (values - estimate) / total).astype(float)
    shares = np.bincount(place, weights / total).astype(float)
    variance = float(found.std_error[0]) ** 2
    if len(codes) < len(values) and variance != 0:  # NaN is not 0
        variance = float(scores @ scores) * (len(codes) / (len(codes) - ddof) if len(codes) > ddof else np.nan)
    upper, lower = (float(weights[values == vote].sum() / total) for vote in (1, -1))
    wave = Wave(
        estimate, float(found.sd[0]), variance, np.nan, np.nan, upper, lower, len(values),
        float(found.n_effective[0]), np.nan, codes, scores, shares, "",
    )  # fmt: skip
    return _with_mean_interval(wave, conf_level) if kind == "mean" else _with_share_interval(wave, kind, conf_level)


def _with_share_interval(wave: Wave, kind: Kind, conf_level: float) -> Wave:
    single = max(wave.upper + wave.lower - wave.estimate**2, 0.0)
    size = interval_size(single, float(np.sqrt(wave.variance)), wave.n, wave.n_effective, conf_level)
    if kind == "share":
        low, high = wilson(min(max(wave.estimate, 0.0), 1.0), size, conf_level)
    else:
        low, high = net_interval(wave.upper, wave.lower, size, conf_level)
    return wave._replace(low=low, high=high, size=size)


def _with_mean_interval(wave: Wave, conf_level: float) -> Wave:
    if len(wave.people) < 2:
        return wave._replace(note=ONE_PERSON)
    if not wave.variance > 0:
        return wave._replace(note=NO_SPREAD)
    reach = float(stdtrit(max(wave.n_independent - 1, 1.0), (1 + conf_level) / 2))
    skewness = float((wave.scores**3).sum()) / wave.variance**1.5
    error = np.sqrt(wave.variance)
    low, high = (wave.estimate - error * _hall(skewness, side) for side in (reach, -reach))
    return wave._replace(low=float(low), high=float(high))


def _hall(skewness: float, quantile: float) -> float:
    """Quantile of the studentized mean whose skewness is that of its scores: Hall's cubic transformation inverted."""
    if abs(skewness) < 1e-6:
        return quantile
    return float(3 / skewness * (np.cbrt(1 + skewness * (quantile - skewness / 6)) - 1))
