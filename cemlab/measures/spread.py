"""How far means lie apart: their standard deviation against the largest one possible, and Welch's analysis of variance.

References
----------
Welch, B. L. (1951). On the comparison of several mean values: an alternative approach. Biometrika 38, 330-336.
Hotelling, H. (1931). The generalization of Student's ratio. Annals of Mathematical Statistics 2, 360-378.
Keselman, H. J. (1975). A Monte Carlo investigation of three estimates of treatment magnitude: epsilon squared, eta
    squared, and omega squared. Canadian Psychological Review 16, 44-48.
Steiger, J. H. (2004). Beyond the F test: effect size confidence intervals. Psychological Methods 9, 164-182.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
ROUNDING = 1e-12  # a variance below this share of those it is made of is rounding


class FTest(NamedTuple):
    """An F test with omega squared and its interval (by inverting the noncentral F distribution)."""

    statistic: float
    df: float
    df_error: float
    p_value: float
    omega_squared: float
    conf_low: float
    conf_high: float


NO_TEST = FTest(*[float("nan")] * 7)


def largest_sd(n: int, low: float, high: float) -> float:
    """The largest standard deviation (divisor n) that `n` means on a scale can have: half of them at each end.

    Examples
    --------
    >>> round(largest_sd(3, 1, 5), 5)
    1.88562
    """
    return (high - low) * float(np.sqrt((n // 2) * (n - n // 2))) / n


def spread_interval(means: Matrix, covariance: Matrix, df: float, conf_level: float) -> tuple[float, float]:
    """Interval of the standard deviation (divisor n) of the true means behind noisy ones, in their unit.

    The noise of the means alone spreads them, so the spread of the observed means is too large on average and its
    bootstrap interval does not reach down to 0. Here the squared spread is taken as a multiple of a noncentral F with
    the mean and the variance that the covariance matrix implies, and its noncentrality is bounded.
    """
    k = len(means)
    centred = means - means.mean()
    centring = np.eye(k) - 1 / k
    noise = float(np.trace(centring @ covariance @ centring)) / k
    squared = float(centred @ centred) / k
    if not noise > ROUNDING * float(np.trace(covariance)):  # the differences do not vary: nothing to go by
        return float("nan"), float("nan")
    along = float(centred @ covariance @ centred) / (k * k * squared) if squared > 0 else noise / (k - 1)
    unit = float(np.clip(along, noise / (k - 1) / 1e3, noise))
    degrees = noise / unit
    low, high = _noncentrality(squared / noise, degrees, max(df, 1.0), conf_level)
    return float(np.sqrt(unit * low)), float(np.sqrt(unit * high))


def welch_anova(means: Matrix, variances: Matrix, n: NDArray[np.int64], conf_level: float) -> FTest:
    """Welch's test that all means are equal; `variances` are the squared standard errors of the means.

    Omega squared = df (F − 1) / (df (F − 1) + n): the share of the variance that lies between the groups; it may be
    negative where the groups differ less than by chance.
    """
    if not (np.all(variances > 0) and np.all(n > 1)):
        return NO_TEST
    k, w = len(means), 1 / variances
    centre = (w @ means) / w.sum()
    between = float(w @ (means - centre) ** 2) / (k - 1)
    odd = float((((1 - w / w.sum()) ** 2) / (n - 1)).sum())
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * odd)
    return _finished(statistic, k - 1.0, (k**2 - 1) / (3 * odd), float(n.sum()), conf_level)


def linked_anova(means: Matrix, covariance: Matrix, n: int, conf_level: float) -> FTest:
    """Hotelling's test that all means are equal when the same people stand behind several of them.

    `n` are the people behind the mean with the fewest; with complete data it is the one-sample Hotelling test of the
    differences.
    """
    k = len(means)
    contrasts = np.eye(k)[1:] - np.eye(k)[0]
    inner = contrasts @ covariance @ contrasts.T
    varies = np.trace(inner) > ROUNDING * np.trace(covariance)
    if n <= k or not varies or np.linalg.cond(inner) > 1 / ROUNDING:
        return NO_TEST
    differences = contrasts @ means
    squared = float(differences @ np.linalg.solve(inner, differences))
    df_error = float(n - k + 1)
    statistic = squared * df_error / ((n - 1) * (k - 1))
    return _finished(statistic, k - 1.0, df_error, float(n), conf_level)


def _finished(statistic: float, df: float, df_error: float, n: float, conf_level: float) -> FTest:
    from scipy.special import fdtrc

    omega = df * (statistic - 1) / (df * (statistic - 1) + n)
    low, high = (value / (value + n) for value in _noncentrality(statistic, df, df_error, conf_level))
    return FTest(statistic, df, df_error, float(fdtrc(df, df_error, statistic)), omega, low, high)


def _noncentrality(statistic: float, df: float, df_error: float, conf_level: float) -> tuple[float, float]:
    """The two noncentralities at which the statistic is the upper and the lower quantile; 0 where there is none."""
    from scipy.optimize import brentq
    from scipy.special import ncfdtr

    tail, ends = (1 - conf_level) / 2, []
    for level in (1 - tail, tail):

        def above(value: float, level: float = level) -> float:
            share = float(ncfdtr(df, df_error, value, statistic))
            return (
                share if share == share else float(value < df * statistic)
            ) - level  # NaN far out, where it is 0 or 1

        top = 10.0 * (df * statistic + 10)
        ends.append(float(brentq(above, 0.0, top)) if above(0.0) > 0 else 0.0)
    return ends[0], ends[1]
