"""Ratings on a declared scale, checked, and the intervals that shares, net shares and means of them carry.

Interval and standard error rest on the same linearised variance. Where weights vary, the intervals of shares and net
shares count as many answers as an unweighted sample would need for that variance (the design effect), fewer by the
uncertainty of the variance itself (Korn & Graubard). Kish's effective n instead, which knows the weights but not how
the answers go with them, covered 91.5 % where a 95 % interval was asked (`tests/benchmarks/coverage_ratings.md`).

References
----------
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology 24, 193-201.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from cemlab.errors import DataError
from cemlab.weighting import group_labels, respondent_weights

ADDED = 0.75  # Rocks (2016), adjusted Wald: to the upper count and to the lower count
ADDED_N = 3.0  # and to n
SHOWN = 8  # wrong values that a message lists


def check_ratings(ratings: object, low: int, high: int, *, whole: bool = True) -> pd.Series:
    """Ratings as a float Series, NaN where missing; anything off the scale is refused, never clipped.

    Parameters
    ----------
    ratings : Series or array of shape (n_respondents,)
        Answers.
    low, high : int
        Ends of the scale.
    whole : bool
        Whether only whole numbers are answers.

    Raises
    ------
    DataError
        Values that are no numbers, not whole or outside the scale, all listed; or no answer at all.
    """
    series = ratings if isinstance(ratings, pd.Series) else pd.Series(ratings)
    numbers = pd.to_numeric(series, errors="coerce").astype("Float64").astype(float)
    unreadable = series.notna() & numbers.isna()
    wrong: list[object] = list(dict.fromkeys(str(value) for value in series[unreadable]))
    given = numbers.dropna()
    off = ~given.between(low, high)
    if whole:
        off |= given != given.round()
    wrong += [int(value) if value == round(value) else value for value in sorted(set(given[off].tolist()))]
    if wrong:
        shown = ", ".join(map(str, wrong[:SHOWN])) + (" …" if len(wrong) > SHOWN else "")
        raise DataError(
            f"ratings: found {shown}, expected {'whole ' if whole else ''}numbers from {low} to {high}. "
            "If these are codes of missing answers, list them under missing_codes in the codebook."
        )
    if given.empty:
        raise DataError("ratings: found no answer, expected at least one. Check the column and its missing codes.")
    return numbers


def sample_of(ratings: pd.Series, by: object, weights: object) -> tuple[pd.Series, NDArray[np.float64], dict[str, int]]:
    """Group labels and weights along the ratings, and the counts that every info carries."""
    labels = group_labels(by, ratings.index)
    w = respondent_weights(weights, ratings.index)  # type: ignore[arg-type]
    used = ratings.notna().to_numpy() & labels.notna().to_numpy() & (w > 0)
    counts = {
        "n_obs": int(used.sum()),
        "n_dropped": int((~used).sum()),
        "n_without_group": int(labels.isna().sum()),
        "n_without_weight": int((w == 0).sum()),
    }
    if not used.any():
        raise DataError(
            "ratings: found no answer of a respondent with a group and a weight, expected at least one. "
            "Check `by` and `weights`."
        )
    return labels, w, counts


def normal_quantile(conf_level: float) -> float:
    """Return the z of a two-sided interval; refuse a level that is no share between 0 and 1."""
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    return float(ndtri((1 + conf_level) / 2))


def interval_size(variance: float, std_error: float, n: int, n_effective: float, conf_level: float) -> float:
    """Answers that an interval counts with: n over the design effect, at most n, fewer by the weights' own noise.

    Parameters
    ----------
    variance : float
        Of a single answer.
    std_error : float
        Linearised, without n / (n - 1); where it is 0 the answers tell nothing of the design effect: Kish's n.
    n, n_effective : float
        Answers, and Kish's effective n.
    conf_level : float
        Level of the interval.

    References
    ----------
    Korn, E. L. & Graubard, B. I. (1998). Survey Methodology 24, 193-201. (the ratio of t quantiles)

    Examples
    --------
    >>> interval_size(0.16, 0.04, 100, 100, 0.95)
    100.0
    """
    if not n or not std_error > 0:
        return float(n_effective)
    level = (1 + conf_level) / 2
    noise = stdtrit(max(n - 1.0, 1.0), level) / stdtrit(max(n_effective - 1.0, 1.0), level)
    return float(min(variance / std_error**2, n) * noise**2)


def bounded_interval(
    mean: float, std_error: float, df: float, scale: tuple[float, float], conf_level: float
) -> tuple[float, float]:
    """Interval of a mean that cannot leave its scale: the t interval of the logit of its place on it, turned back.

    The plain t interval misses to one side where answers crowd at an end (90.9 % for 95 % at n = 30 and 80 % of the
    answers at the top, 85.5 % with uneven weights; this one 96.1 and 92.5 %). In the middle of the scale they agree.

    Examples
    --------
    >>> [round(end, 3) for end in bounded_interval(4.7, 0.1, 29, (1, 5), 0.95)]
    [4.42, 4.851]
    """
    low, high = scale
    place = (mean - low) / (high - low)
    if not (0 < place < 1 and std_error > 0 and df > 0):
        return np.nan, np.nan
    half = stdtrit(df, (1 + conf_level) / 2) * std_error / (high - low) / (place * (1 - place))
    ends = [low + (high - low) / (1 + (1 / place - 1) * np.exp(-side * half)) for side in (-1, 1)]
    return float(ends[0]), float(ends[1])


def wilson_interval(share: float, n: float, conf_level: float) -> tuple[float, float]:
    """Wilson's interval of a share (0 to 1) among n answers; n may be an effective one.

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(72 / 90, 90, 0.95)]
    [0.7059, 0.8696]
    """
    z = normal_quantile(conf_level)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = float(middle - half), float(middle + half)
    return (0.0 if share == 0 else low), (1.0 if share == 1 else high)


def net_interval(upper: float, lower: float, n: float, conf_level: float) -> tuple[float, float]:
    """Adjusted Wald interval of upper - lower share (each 0 to 1), cut at ±1; n may be an effective one.

    Examples
    --------
    >>> [round(end, 5) for end in net_interval(0.60, 0.15, 100, 0.95)]
    [0.29343, 0.58036]
    """
    total = n + ADDED_N
    high, low = (upper * n + ADDED) / total, (lower * n + ADDED) / total
    net = high - low
    half = normal_quantile(conf_level) * np.sqrt(max(high + low - net**2, 0.0) / total)
    return float(max(net - half, -1.0)), float(min(net + half, 1.0))
