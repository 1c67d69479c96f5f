"""Intervals of shares and of ratios of two means, from respondents with weights.

A share's interval is Wilson's on the effective number of answers, a ratio's is Fieller's: both keep their level where
the Wald interval (estimate and two standard errors) does not, at shares near 0 or 1 and at denominators near 0.

References
----------
Fieller, E. C. (1954). Some problems in interval estimation. J. Royal Statistical Society B 16, 175-185.
Kish, L. (1965). Survey Sampling. Wiley. (effective sample size)
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from cemlab.intervals import wilson
from cemlab.weighting import weighted_means

Array = NDArray[np.float64]


def share_rows(member: Array, weights: Array, conf_level: float) -> pd.DataFrame:
    """Share of respondents who are in a class, a row a column of `member`: n, estimate, std_error, conf_low, conf_high.

    Parameters
    ----------
    member : array of shape (n_respondents, n_columns)
        Between 0 and 1 (a respondent may be in it by half); NaN = does not count.
    weights : array of shape (n_respondents,)
        Survey weights; 0 = not in the sample.
    conf_level : float
        Level of the intervals (Wilson, effective n).
    """
    found = weighted_means(member, weights, ddof=0)
    spread = found.mean * (1 - found.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        n_effective = np.where(found.std_error > 0, spread / found.std_error**2, found.n_effective)
    low, high = wilson(found.mean, n_effective, conf_level)
    return pd.DataFrame(
        {
            "n": found.n,
            "estimate": found.mean,
            "std_error": found.std_error,
            "conf_low": low,
            "conf_high": high,
        }
    )


def fieller(numerator: float, denominator: float, covariance: Array, quantile: float) -> tuple[float, float]:
    """Ends of Fieller's interval of numerator / denominator; NaN where the denominator may be zero.

    Parameters
    ----------
    numerator, denominator : float
        Two estimates.
    covariance : array of shape (2, 2)
        Their covariance.
    quantile : float
        Of the t distribution, such as 1.96.

    Examples
    --------
    >>> low, high = fieller(2.0, 4.0, np.diag([0.01, 0.01]), 1.96)
    >>> round(low, 3), round(high, 3)
    (0.446, 0.556)
    """
    squared = quantile**2
    a = denominator**2 - squared * covariance[1, 1]
    b = numerator * denominator - squared * covariance[0, 1]
    c = numerator**2 - squared * covariance[0, 0]
    under = b**2 - a * c
    if not a > 0 or not under >= 0:
        return float("nan"), float("nan")
    root = float(np.sqrt(under))
    return float((b - root) / a), float((b + root) / a)


def covariance_of_means(values: Array, weights: Array) -> Array:
    """Covariance (k, k) of weighted means of complete columns, linearised; n / (n - 1) makes equal weights s² / n."""
    used = weights > 0
    x, w = values[used], weights[used] / weights[used].sum()
    residuals = w[:, None] * (x - w @ x)
    n = len(x)
    return residuals.T @ residuals * (n / (n - 1)) if n > 1 else np.full((values.shape[1],) * 2, np.nan)


def ratio_of_means(values: Array, weights: Array, conf_level: float) -> dict[str, float]:
    """Mean of the first column over the mean of the second: n, estimate, std_error, conf_low, conf_high.

    Parameters
    ----------
    values : array of shape (n_respondents, 2)
        Rows with a missing value are left out.
    weights : array of shape (n_respondents,)
        Survey weights.
    conf_level : float
        Level of Fieller's interval, with t(n - 1).
    """
    complete = ~np.isnan(values).any(axis=1) & (weights > 0)
    x, w = values[complete], weights[complete]
    row = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), float("nan"))
    if not len(x):
        return {"n": 0, **row}
    top, bottom = (w @ x / w.sum()).tolist()
    if bottom == 0:
        return {"n": len(x), **row}
    row["estimate"] = top / bottom
    if len(x) > 1:
        covariance = covariance_of_means(x, w)
        slope = np.array([1.0, -top / bottom]) / bottom
        row["std_error"] = float(np.sqrt(max(slope @ covariance @ slope, 0.0)))
        quantile = float(stdtrit(len(x) - 1, (1 + conf_level) / 2))
        row["conf_low"], row["conf_high"] = fieller(top, bottom, covariance, quantile)
    return {"n": len(x), **row}
