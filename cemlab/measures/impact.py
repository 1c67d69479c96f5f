"""Derived importance as a correlation with an overall judgement: estimates, intervals and bootstrap draws, by column.

The interval is Student's t on Fisher's z scale with the standard error of the correlation's influence values, each
divided by one minus its leverage. The textbook interval (Fisher's z with 1 / sqrt(n - 3)) covers skewed answers on
five points less often than it says.

References
----------
Devlin, S. J., Gnanadesikan, R. & Kettenring, J. R. (1975). Robust estimation and outlier detection with correlation
    coefficients. Biometrika 62, 531-545. (influence of an observation)
Bishara, A. J. & Hittner, J. B. (2017). Confidence intervals for correlations when data are not normal. Behavior
    Research Methods 49, 294-309.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from cemlab.intervals import fisher_interval
from cemlab.resampling import bootstrap_counts

Matrix = NDArray[np.float64]
CELLS_AT_ONCE = 20_000_000  # numbers of one block of resamples: bounds the memory
FEWEST = 4


class Correlation(NamedTuple):
    """One correlation; `influence` is what each respondent adds to it, corrected for leverage (0 where not used)."""

    n: int
    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    influence: Matrix


def correlate_columns(scores: Matrix, outcome: Matrix, weights: Matrix, conf_level: float) -> pd.DataFrame:
    """Correlation of each column with the outcome over those who have both; NaN with fewer than 4 or no spread.

    Parameters
    ----------
    scores : array of shape (n_respondents, n_columns)
        NaN where missing.
    outcome : array of shape (n_respondents,)
        NaN where missing.
    weights : array of shape (n_respondents,)
        Survey weights.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        n, estimate, std_error, conf_low, conf_high; a row per column.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [4.0], [5.0]])
    >>> round(correlate_columns(x, np.array([1.0, 3.0, 3.0, 5.0]), np.ones(4), 0.95)["estimate"].item(), 4)
    0.8944
    """
    rows = [_correlate(column, outcome, weights, conf_level)[:5] for column in scores.T]
    return pd.DataFrame(rows, columns=list(Correlation._fields[:5]))


def priority_intervals(
    scores: Matrix, outcome: Matrix, shortfalls: Matrix, weights: Matrix, conf_level: float
) -> tuple[Matrix, Matrix]:
    """Ends of the intervals of correlation × max(mean shortfall, 0), a column each; 0 is the bound of a sure sign.

    Student's t with the standard error of the product from the influence of each respondent on both factors: a
    percentile bootstrap covers too seldom with few respondents.
    """
    ends = []
    for column, short in zip(scores.T, shortfalls.T, strict=True):
        found = _correlate(column, outcome, weights, conf_level)
        given = ~np.isnan(short) & (weights > 0)
        n = min(found.n, int(given.sum()))
        if n < FEWEST or np.isnan(found.std_error):
            ends.append((float("nan"), float("nan")))
            continue
        w = np.where(given, weights, 0.0) / weights[given].sum()
        mean = float(w @ np.where(given, short, 0.0))
        off = w * np.where(given, short - mean, 0.0) / (1 - np.minimum(w, 0.5))
        error = float(np.sqrt(((mean * found.influence + found.estimate * off) ** 2).sum()))
        half = float(stdtrit(n - 2, (1 + conf_level) / 2)) * error
        low, high = found.estimate * mean - half, found.estimate * mean + half
        if found.conf_low > 0:
            low, high = max(low, 0.0), max(high, 0.0)
        elif found.conf_high < 0:
            low, high = min(low, 0.0), min(high, 0.0)
        ends.append((min(low, 0.0), max(high, 0.0)) if found.conf_low <= 0 <= found.conf_high else (low, high))
    low_ends, high_ends = np.array(ends).reshape(-1, 2).T
    return low_ends, high_ends


def draw_correlations(scores: Matrix, outcome: Matrix, weights: Matrix, *, n_boot: int, seed: int) -> Matrix:
    """Correlations with the outcome in `n_boot` resamples of respondents, (n_boot, n_columns).

    They are functions of sums over respondents, so a block of resamples is one matrix product.
    """
    if np.isnan(outcome).all():
        return np.full((n_boot, scores.shape[1]), np.nan)
    x, y = scores - np.nanmean(outcome), (outcome - np.nanmean(outcome))[:, None]
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = np.where(both, x, 0.0), np.where(both, y, 0.0)
    parts = [both, x, y, x * x, y * y, x * y]
    columns = np.hstack([part * weights[:, None] for part in parts])
    correlations = []
    for counts in _blocks(len(scores), n_boot, np.random.default_rng(seed)):
        n, sx, sy, sxx, syy, sxy = np.split(counts @ columns, len(parts), axis=1)
        spread = (n * sxx - sx**2) * (n * syy - sy**2)
        fine = spread > 1e-9 * (n * sxx * n * syy)
        correlations.append(np.where(fine, (n * sxy - sx * sy) / np.sqrt(np.where(fine, spread, 1.0)), np.nan))
    return np.vstack(correlations)


def _blocks(n: int, n_boot: int, rng: np.random.Generator) -> Iterator[Matrix]:
    size = max(1, CELLS_AT_ONCE // max(n, 1))
    for start in range(0, n_boot, size):
        yield bootstrap_counts(n, min(size, n_boot - start), rng).astype(float)


def _correlate(x: Matrix, y: Matrix, weights: Matrix, conf_level: float) -> Correlation:
    both = ~np.isnan(x) & ~np.isnan(y) & (weights > 0)
    n, w, nan = int(both.sum()), weights[both] / max(weights[both].sum(), 1e-300), float("nan")
    if n < FEWEST:
        return Correlation(n, nan, nan, nan, nan, np.zeros(len(x)))
    x, y = x[both] - w @ x[both], y[both] - w @ y[both]
    sd_x, sd_y = np.sqrt(w @ x**2), np.sqrt(w @ y**2)
    if not (sd_x > 1e-9 and sd_y > 1e-9):
        return Correlation(n, nan, nan, nan, nan, np.zeros(len(both)))
    x, y = x / sd_x, y / sd_y
    r = float(w @ (x * y))
    room = 1 - r * r
    if room < 1e-9:
        return Correlation(n, r, nan, nan, nan, np.zeros(len(both)))
    leverage = w * (1 + (x**2 + y**2 - 2 * r * x * y) / room)
    influence = np.zeros(len(both))
    influence[both] = w * (x * y - r * (x**2 + y**2) / 2) / np.maximum(1 - leverage, 1 / n)
    error = float(np.sqrt((influence**2).sum()))
    half = float(stdtrit(n - 2, (1 + conf_level) / 2)) * error / room
    return Correlation(n, r, error, *fisher_interval(r, half), influence)
