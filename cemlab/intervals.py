"""Intervals that more than one layer needs: of a share, of a mean on a bounded scale, of a correlation.

Each keeps its level where estimate ± two standard errors does not: at shares near 0 or 1, where answers crowd at an end
of their scale, at correlations near ±1. Numbers or arrays.

References
----------
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology 24, 193-201.
Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation. Metron 1, 3-32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from cemlab.errors import DataError

LARGEST_CORRELATION = 1 - 1e-15  # Fisher's z of 1 is infinite


def normal_quantile(conf_level: float) -> float:
    """How many standard errors a two-sided interval reaches to each side; refuses what is no share between 0 and 1.

    Examples
    --------
    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    return float(ndtri((1 + conf_level) / 2))


def wilson(share: Any, n: Any, conf_level: float) -> tuple[Any, Any]:
    """Ends of Wilson's interval of a share, 0 to 1; NaN where n is 0.

    Parameters
    ----------
    share : float or array
        0 to 1.
    n : float or array
        Answers; may be an effective number (see `interval_size`).
    conf_level : float
        Level of the interval.

    References
    ----------
    Wilson (1927).

    Examples
    --------
    >>> [round(end, 4) for end in wilson(72 / 90, 90, 0.95)]
    [0.7059, 0.8696]
    """
    z, p, n = normal_quantile(conf_level), np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low = np.where(n > 0, np.where(p == 0, 0.0, np.maximum(middle - half, 0)), np.nan)
        high = np.where(n > 0, np.where(p == 1, 1.0, np.minimum(middle + half, 1)), np.nan)
    return _plain(low), _plain(high)


def interval_size(variance: Any, std_error: Any, n: Any, n_effective: Any, conf_level: float) -> Any:
    """Answers that a share's interval counts with: n over the design effect, at most n, fewer by the weights' noise.

    Parameters
    ----------
    variance : float or array
        Of a single answer.
    std_error : float or array
        Linearised, without n / (n - 1); where it is 0 the answers tell nothing of the design effect: Kish's n.
    n, n_effective : float or array
        Answers, and Kish's effective n.
    conf_level : float
        Level of the interval.

    References
    ----------
    Korn & Graubard (1998). (the ratio of t quantiles)

    Examples
    --------
    >>> interval_size(0.16, 0.04, 100, 100, 0.95)
    100.0
    """
    level, error, kish = (1 + conf_level) / 2, np.asarray(std_error, dtype=float), np.asarray(n_effective, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = stdtrit(np.maximum(n - 1.0, 1.0), level) / stdtrit(np.maximum(kish - 1.0, 1.0), level)
        size = np.minimum(variance / error**2, n) * noise**2
    return _plain(np.where(error > 0, size, kish))


def bounded_interval(mean: Any, std_error: Any, df: Any, scale: tuple[Any, Any], conf_level: float) -> tuple[Any, Any]:
    """Interval of a mean that cannot leave its scale: the t interval of the logit of its place on it, turned back.

    The plain t interval misses to one side where answers crowd at an end (90.9 % for 95 % at n = 30 and 80 % of the
    answers at the top, 85.5 % with uneven weights; this one 96.1 and 92.5 %). In the middle of the scale they agree.

    Parameters
    ----------
    mean, std_error, df : float or array
        Estimate, its standard error and the degrees of freedom; NaN ends without a spread or at an end of the scale.
    scale : tuple of two floats or arrays
        Lowest and highest value the mean can take.
    conf_level : float
        Level of the interval.

    Examples
    --------
    >>> [round(end, 3) for end in bounded_interval(4.7, 0.1, 29, (1, 5), 0.95)]
    [4.42, 4.851]
    """
    low, width = np.asarray(scale[0], dtype=float), np.asarray(scale[1], dtype=float) - scale[0]
    error, df = np.asarray(std_error, dtype=float), np.asarray(df, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        place = (mean - low) / width
        inside = (place > 0) & (place < 1) & (error > 0) & (df > 0)
        half = stdtrit(np.where(inside, df, np.nan), (1 + conf_level) / 2) * error / width / (place * (1 - place))
        ends = [low + width / (1 + (1 / place - 1) * np.exp(-side * half)) for side in (-1, 1)]
    return _plain(ends[0]), _plain(ends[1])


def fisher_interval(correlation: Any, half: Any) -> tuple[Any, Any]:
    """Ends of a correlation's interval (-1 to 1) that reaches `half` to each side on the scale of Fisher's z.

    Parameters
    ----------
    correlation : float or array
        -1 to 1.
    half : float or array
        Quantile times standard error of z, such as 1.96 / sqrt(n - 3).

    References
    ----------
    Fisher (1921).

    Examples
    --------
    >>> [round(end, 3) for end in fisher_interval(0.5, 1.96 / 10)]
    [0.339, 0.632]
    """
    z = np.arctanh(np.clip(np.asarray(correlation, dtype=float), -LARGEST_CORRELATION, LARGEST_CORRELATION))
    return _plain(np.tanh(z - half)), _plain(np.tanh(z + half))


def _plain(values: Any) -> Any:
    """A Python number where the arguments were numbers."""
    return float(values) if np.ndim(values) == 0 else values
