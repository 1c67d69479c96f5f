"""Bootstrap and jackknife on arrays: counts or indices out, draws in, intervals out. Knows nothing of surveys.

A resample is a vector of counts over the rows: whatever is a function of sums over rows (means, cross products, normal
equations) comes for all resamples from one matrix product of the counts with the rows' contributions.

Draws that could not be computed are NaN: intervals rest on the others, and their share is returned with the interval.

References
----------
Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82, 171-185.
Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall. Chapters 6, 11, 13, 14.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


class Interval(NamedTuple):
    """Ends of an interval and the share of draws that could not be computed; floats, or arrays of the draws' shape."""

    low: Any
    high: Any
    failed_share: Any


def bootstrap_counts(
    n: int,
    n_boot: int,
    rng: np.random.Generator,
    *,
    strata: NDArray[Any] | None = None,
) -> Counts:
    """How often each of `n` rows (or clusters) is drawn in each of `n_boot` resamples of the same size.

    Parameters
    ----------
    n : int
        Rows, or clusters: resampling clusters as a whole keeps what belongs together.
    n_boot : int
        Resamples.
    rng : numpy Generator
        Source of randomness, from `np.random.default_rng(seed)`.
    strata : array of shape (n,), optional
        Rows are drawn within their stratum only, so that each stratum keeps its size.

    Returns
    -------
    array of shape (n_boot, n)
        Whole numbers; each row sums to `n`.

    Examples
    --------
    >>> bootstrap_counts(4, 3, np.random.default_rng(1)).sum(axis=1).tolist()
    [4, 4, 4]
    """
    if strata is None:
        return rng.multinomial(n, np.full(n, 1 / n), size=n_boot) if n else np.zeros((n_boot, 0), dtype=np.int64)
    counts = np.zeros((n_boot, n), dtype=np.int64)
    _, codes = np.unique(np.asarray(strata), return_inverse=True)
    for code in range(codes.max(initial=-1) + 1):
        rows = np.flatnonzero(codes == code)
        counts[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=n_boot)
    return counts


def bootstrap_indices(n: int, n_boot: int, rng: np.random.Generator) -> Counts:
    """Row numbers 0 to n-1 drawn with replacement, for statistics that are not functions of sums.

    Returns
    -------
    array of shape (n_boot, n)

    Examples
    --------
    >>> bootstrap_indices(5, 2, np.random.default_rng(1)).shape
    (2, 5)
    """
    return rng.integers(0, n, size=(n_boot, n))


def jackknife_counts(n: int) -> Counts:
    """Counts of the `n` samples that each leave one row (or cluster) out; array of shape (n, n).

    Examples
    --------
    >>> jackknife_counts(3).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    return np.ones((n, n), dtype=np.int64) - np.eye(n, dtype=np.int64)


def bootstrap_std_error(draws: NDArray[Any]) -> Any:
    """Standard deviation of the draws that could be computed (ddof 1); NaN with fewer than two.

    Parameters
    ----------
    draws : array of shape (n_boot,) or (n_boot, ...)
        The statistic in each resample; NaN where it could not be computed.
    """
    values = np.asarray(draws, dtype=float)
    valid = np.isfinite(values)
    n = valid.sum(axis=0)
    safe = np.maximum(n, 1)
    mean = np.where(valid, values, 0.0).sum(axis=0) / safe
    squares = np.where(valid, values - mean, 0.0) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(squares.sum(axis=0) / np.where(n > 1, n - 1, np.nan))
    return _plain(spread)


def percentile_interval(draws: NDArray[Any], conf_level: float = 0.95) -> Interval:
    """Percentile interval of bootstrap draws, in the unit of the draws.

    Parameters
    ----------
    draws : array of shape (n_boot,) or (n_boot, ...)
        The statistic in each resample; NaN where it could not be computed.
    conf_level : float
        Between 0 and 1.

    Returns
    -------
    Interval
        `low, high, failed_share`; floats for one statistic, else arrays of shape draws.shape[1:].

    References
    ----------
    Efron & Tibshirani (1993), chapter 13.

    Examples
    --------
    >>> low, high, failed_share = percentile_interval(np.arange(101.0), 0.90)
    >>> round(low, 6), round(high, 6), failed_share
    (5.0, 95.0, 0.0)
    """
    values, shape = _columns(draws)
    tail = (1 - conf_level) / 2
    ends = [_quantiles(column, np.array([tail, 1 - tail])) for column in values.T]
    return _interval(ends, values, shape)


def bca_interval(
    draws: NDArray[Any],
    estimate: Any,
    jackknife: NDArray[Any],
    conf_level: float = 0.95,
) -> Interval:
    """Bias-corrected and accelerated interval of bootstrap draws, in the unit of the draws.

    Parameters
    ----------
    draws : array of shape (n_boot,) or (n_boot, ...)
        The statistic in each resample; NaN where it could not be computed.
    estimate : float or array of shape draws.shape[1:]
        The statistic on the data.
    jackknife : array of shape (n,) or (n, ...)
        The statistic with each row (or cluster) left out.
    conf_level : float
        Between 0 and 1.

    Returns
    -------
    Interval
        `low, high, failed_share`. NaN where all draws lie on one side of the estimate or the jackknife does not vary.

    References
    ----------
    Efron (1987).

    Examples
    --------
    >>> sample = np.array([1.0, 2.0, 3.0, 4.0, 10.0])
    >>> draws = bootstrap_counts(5, 2000, np.random.default_rng(1)) @ sample / 5
    >>> low, high, _ = bca_interval(draws, 4.0, jackknife_counts(5) @ sample / 4)
    >>> low < 4.0 < high
    True
    """
    values, shape = _columns(draws)
    estimates = np.broadcast_to(np.asarray(estimate, dtype=float), shape).ravel()
    left_out, _ = _columns(jackknife)
    ends = [
        _quantiles(column, _bca_levels(column, value, left, conf_level))
        for column, value, left in zip(values.T, estimates, left_out.T, strict=True)
    ]
    return _interval(ends, values, shape)


def _bca_levels(draws: Array, estimate: float, jackknife: Array, conf_level: float) -> Array:
    """The two probabilities at which the draws' quantiles are taken."""
    from scipy.special import ndtr, ndtri

    valid, left = draws[np.isfinite(draws)], jackknife[np.isfinite(jackknife)]
    deviation = left.mean() - left if len(left) else left
    scale = (deviation**2).sum() ** 1.5
    if not len(valid) or not scale > 0:
        return np.full(2, np.nan)
    bias = ndtri((np.mean(valid < estimate) + np.mean(valid <= estimate)) / 2)
    acceleration = (deviation**3).sum() / (6 * scale)
    tail = (1 - conf_level) / 2
    shifted = bias + ndtri(np.array([tail, 1 - tail]))
    with np.errstate(invalid="ignore"):
        return ndtr(bias + shifted / (1 - acceleration * shifted))


def _quantiles(draws: Array, levels: Array) -> Array:
    valid = draws[np.isfinite(draws)]
    if len(valid) < 2 or not np.isfinite(levels).all():
        return np.full(2, np.nan)
    return np.quantile(valid, levels)


def _columns(draws: NDArray[Any]) -> tuple[Array, tuple[int, ...]]:
    """Draws as (n_boot, statistics), and the shape of one draw."""
    values = np.asarray(draws, dtype=float)
    shape = values.shape[1:]
    return values.reshape(len(values), math.prod(shape)), shape


def _interval(ends: list[Array], values: Array, shape: tuple[int, ...]) -> Interval:
    low_high = np.array(ends).reshape(-1, 2).T
    failed = 1 - np.isfinite(values).mean(axis=0) if len(values) else np.ones(values.shape[1])
    return Interval(*(_plain(part.reshape(shape)) for part in (*low_high, failed)))


def _plain(value: Any) -> Any:
    """A float for a single number, else the array."""
    return float(value) if np.ndim(value) == 0 else value
