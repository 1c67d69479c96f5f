"""Differences between channels of which customers rate one, some or all; equivalence by two one-sided tests.

The difference of two channel means takes into account the customers who rate both. With no such customer it is
Welch's test; when all rate both it is the paired t test.

References
----------
Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach. Journal of
    Pharmacokinetics and Biopharmaceutics 15, 657-680.
Derrick, B., Russ, B., Toher, D. & White, P. (2017). Test statistics for the comparison of means for two samples that
    include both paired and independent observations. Journal of Modern Applied Statistical Methods 16(1), 137-157.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from cemlab.multiplicity import holm
from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
TOO_FEW = "Fewer than two customers rated one of the channels: no interval and no test."
NO_SPREAD = "The answers do not vary: no interval and no test."
WITHIN, BEYOND, UNDECIDED = "within the margin", "beyond the margin", "undecided"


def covariance_of_means(scores: Matrix, weights: Matrix) -> Matrix:
    """Covariance matrix of the columns' weighted means; customers who rate two columns link them.

    Examples
    --------
    >>> covariance_of_means(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2)).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    found = weighted_means(scores, weights)
    given = ~np.isnan(scores) & (weights[:, None] > 0)
    deviations = np.where(given, scores - found.mean, 0.0) * weights[:, None]
    totals = weights @ given
    both = given.T.astype(float) @ given
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.where(both > 1, both / (both - 1), 0.0)
        covariance = small * (deviations.T @ deviations) / np.outer(totals, totals)
    np.fill_diagonal(covariance, found.std_error**2)
    return covariance


def compare_pairs(
    names: tuple[str, ...], scores: Matrix, weights: Matrix, *, margin: float, conf_level: float
) -> pd.DataFrame:
    """Every pair of channels: difference (first − second, scale points), interval, test, and the equivalence test.

    Parameters
    ----------
    names : tuple of str
        The channels.
    scores : array of shape (n_customers, n_channels)
        NaN where not rated.
    weights : array of shape (n_customers,)
        Survey weights.
    margin : float
        The largest difference that does not matter, scale points.
    conf_level : float
        Level of the intervals; the equivalence test has the level 1 - conf_level.

    Returns
    -------
    DataFrame
        channel, other_channel, n_left, n_right, n_both, left_mean, right_mean, estimate, std_error, statistic, df,
        p_value, p_adjusted, effect_size, conf_low, conf_high, equivalence_low, equivalence_high, p_equivalence,
        verdict, note.
    """
    found, covariance = weighted_means(scores, weights), covariance_of_means(scores, weights)
    given = (~np.isnan(scores) & (weights[:, None] > 0)).astype(float)
    both = given.T @ given
    a, b = (np.array(part) for part in zip(*combinations(range(len(names)), 2), strict=True))
    estimate = found.mean[a] - found.mean[b]
    variance = covariance[a, a] + covariance[b, b] - 2 * covariance[a, b]
    size = covariance[a, a] + covariance[b, b]
    fine = variance > 1e-12 * size  # False where NaN
    std_error = np.sqrt(np.where(fine, variance, np.nan))
    df = _degrees(found.n[a], found.n[b], both[a, b], covariance[a, a], covariance[b, b])
    lower, upper = (estimate + margin) / std_error, (estimate - margin) / std_error
    half, inner = (stdtrit(df, level) * std_error for level in ((1 + conf_level) / 2, conf_level))
    p_equivalence = np.maximum(stdtr(df, -lower), stdtr(df, upper))
    statistic = estimate / std_error
    p_value = 2 * stdtr(df, -np.abs(statistic))
    table = pd.DataFrame(
        {
            "channel": [names[i] for i in a],
            "other_channel": [names[i] for i in b],
            "n_left": found.n[a],
            "n_right": found.n[b],
            "n_both": both[a, b].astype(int),
            "left_mean": found.mean[a],
            "right_mean": found.mean[b],
            "estimate": estimate,
            "std_error": std_error,
            "statistic": statistic,
            "df": np.where(fine, df, np.nan),
            "p_value": p_value,
            "p_adjusted": holm(p_value),
            "effect_size": _standardized(estimate, found.sd[a], found.sd[b]),
            "conf_low": estimate - half,
            "conf_high": estimate + half,
            "equivalence_low": estimate - inner,
            "equivalence_high": estimate + inner,
            "p_equivalence": p_equivalence,
        }
    )
    few = np.minimum(found.n[a], found.n[b]) < 2
    outside = (table["conf_low"] > margin) | (table["conf_high"] < -margin)
    inside = p_equivalence < 1 - conf_level
    table["verdict"] = np.select([~fine, inside, outside], ["", WITHIN, BEYOND], default=UNDECIDED)
    table["note"] = np.select([few, ~fine], [TOO_FEW, NO_SPREAD], default="")
    return table


def _degrees(n_a: NDArray, n_b: NDArray, n_both: Matrix, variance_a: Matrix, variance_b: Matrix) -> Matrix:
    """Derrick's degrees of freedom: from Welch's (nobody rates both) to those of the paired test (all do)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        welch = (variance_a + variance_b) ** 2 / (variance_a**2 / (n_a - 1) + variance_b**2 / (n_b - 1))
        alone = n_a + n_b - 2 * n_both
        return np.where(n_both > 0, n_both - 1 + (welch - n_both + 1) / (alone + 2 * n_both) * alone, welch)


def _standardized(difference: Matrix, sd_a: Matrix, sd_b: Matrix) -> Matrix:
    """Difference in units of the two channels' root mean square standard deviation (d_av)."""
    spread = np.sqrt((sd_a**2 + sd_b**2) / 2)
    return np.divide(difference, spread, out=np.full(len(spread), np.nan), where=spread > 0)
