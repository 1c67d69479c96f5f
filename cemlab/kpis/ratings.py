"""Ratings on a declared scale, checked, and the intervals that shares, net shares and means of them carry.

Interval and standard error rest on the same linearised variance. Where weights vary, the intervals of shares and net
shares count as many answers as an unweighted sample would need for that variance (the design effect), fewer by the
uncertainty of the variance itself (Korn & Graubard). Kish's effective n instead, which knows the weights but not how
the answers go with them, covered 91.5 % where a 95 % interval was asked (`tests/benchmarks/coverage_ratings.md`).

References
----------
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology 24, 193-201.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError
from cemlab.intervals import interval_size as interval_size
from cemlab.intervals import normal_quantile
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
