"""How differently the same customers find the channels: mean absolute difference and ICC(A,1).

Intervals that hold for skewed answers on five points: the mean absolute difference on the log scale with Student's t;
the ICC by the jackknife over customers on Fisher's z scale. (The F-based interval of McGraw & Wong takes the channels
as a sample of channels and covers too often.)

References
----------
McGraw, K. O. & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. Psychological
    Methods 1, 30-46.
Arvesen, J. N. & Schmitz, T. H. (1970). Robust procedures for variance component problems using the jackknife.
    Biometrics 26, 677-686.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from cemlab.intervals import fisher_interval
from cemlab.weighting import ALL, weighted_means

Matrix = NDArray[np.float64]
NOBODY = "No customer rated more than one of these channels."
FEW = "Fewer than three customers rated all of these channels: no ICC."
FLAT = "The answers do not vary: no ICC."
LARGEST_Z = 0.999999


def compare_within(names: tuple[str, ...], scores: Matrix, weights: Matrix, conf_level: float) -> pd.DataFrame:
    """Every pair of channels and all together: mean absolute difference (scale points) and ICC(A,1), with intervals.

    Returns
    -------
    DataFrame
        channel, other_channel ('all' for all channels), n (customers who rate two or more of them), estimate (mean
        absolute difference; of several pairs their mean within the customer), conf_low, conf_high, n_complete, icc,
        icc_low, icc_high (of those who rate all of them, unweighted), note.
    """
    everything = tuple(range(len(names)))
    groups = [everything, *combinations(everything, 2)] if len(names) > 2 else [everything]
    rows = []
    for group in groups:
        part = scores[:, group]
        apart, low, high, n = _mean_apart(part, weights, conf_level)
        complete = part[~np.isnan(part).any(axis=1) & (weights > 0)]
        icc, icc_low, icc_high = icc_interval(complete, conf_level)
        note = NOBODY if not n else FEW if len(complete) < 3 else FLAT if np.isnan(icc) else ""
        of_all = len(group) > 2
        rows.append(
            {
                "channel": ALL if of_all else names[group[0]],
                "other_channel": ALL if of_all else names[group[1]],
                "n": n,
                "estimate": apart,
                "conf_low": low,
                "conf_high": high,
                "n_complete": len(complete),
                "icc": icc,
                "icc_low": icc_low,
                "icc_high": icc_high,
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def absolute_agreement(ratings: Matrix) -> float:
    """ICC(A,1): how far single ratings of a customer by channel agree absolutely, at most 1; may be negative.

    Parameters
    ----------
    ratings : array of shape (n_customers, n_channels)
        Complete ratings.

    Examples
    --------
    >>> absolute_agreement(np.array([[1.0, 1.0], [3.0, 3.0], [5.0, 5.0]]))
    1.0
    """
    return float(_agreement(_sums(ratings)))


def icc_interval(ratings: Matrix, conf_level: float) -> tuple[float, float, float]:
    """ICC(A,1) with its jackknife interval on Fisher's z scale; NaN with fewer than three customers or no spread."""
    n = len(ratings)
    if n < 3 or np.ptp(ratings) == 0:
        return (float("nan"),) * 3
    estimate = absolute_agreement(ratings)
    rows, total = _sums(ratings[:, None, :]), _sums(ratings)
    left_out = _agreement(tuple(whole - part for whole, part in zip(total, rows, strict=True)))
    z = np.arctanh(np.clip(left_out[np.isfinite(left_out)], -LARGEST_Z, LARGEST_Z))
    if len(z) < n or abs(estimate) >= LARGEST_Z:
        return estimate, float("nan"), float("nan")
    half = stdtrit(n - 1, (1 + conf_level) / 2) * np.sqrt((n - 1) / n * ((z - z.mean()) ** 2).sum())
    return estimate, *fisher_interval(estimate, half)


def _sums(ratings: Matrix) -> tuple[Matrix, ...]:
    """Sums from which the mean squares follow, over the last two axes: n, channel totals, squares, squared row sums."""
    return (
        np.full(ratings.shape[:-2], ratings.shape[-2], dtype=float),
        ratings.sum(axis=-2),
        (ratings**2).sum(axis=(-2, -1)),
        (ratings.sum(axis=-1) ** 2).sum(axis=-1),
    )


def _agreement(sums: tuple[Matrix, ...]) -> Matrix:
    n, totals, squares, row_squares = sums
    k = totals.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = totals.sum(axis=-1) ** 2 / (n * k)
        between_rows = row_squares / k - corrected
        between_channels = (totals**2).sum(axis=-1) / n - corrected
        rest = squares - corrected - between_rows - between_channels
        msr, msc, mse = between_rows / (n - 1), between_channels / (k - 1), rest / ((n - 1) * (k - 1))
        return (msr - mse) / (msr + (k - 1) * mse + k / n * (msc - mse))


def _mean_apart(scores: Matrix, weights: Matrix, conf_level: float) -> tuple[float, float, float, int]:
    """Mean over customers of the mean absolute difference between their channels, interval on the log scale."""
    pairs = np.column_stack([np.abs(scores[:, a] - scores[:, b]) for a, b in combinations(range(scores.shape[1]), 2)])
    given = ~np.isnan(pairs)
    count = given.sum(axis=1)
    own = np.where(count > 0, np.where(given, pairs, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    found = weighted_means(own[:, None], weights)
    mean, error, n = float(found.mean[0]), float(found.std_error[0]), int(found.n[0])
    if n < 2 or not mean > 0:
        return mean, float("nan"), float("nan"), n
    half = float(stdtrit(n - 1, (1 + conf_level) / 2)) * error / mean
    return mean, float(mean * np.exp(-half)), float(mean * np.exp(half)), n
