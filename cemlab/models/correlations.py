"""Correlation matrices of the rows as they are, and of all resamples of them at once; numbers in, matrices out.

A resample is a vector of counts over the rows, so that every matrix comes from one product of the counts with the
rows' cross products. Pairwise: each correlation rests on the rows that have both of its columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cemlab.resampling import bootstrap_counts

Array = NDArray[np.float64]
CELLS = 2**22  # numbers that one batch of resamples may hold in its largest array
NO_SPREAD = 1e-10  # share of the square of a column's size below which its variance is rounding


def correlation_matrices(values: Array, weights: Array) -> Array:
    """Correlations (-1 to 1) of the columns under each vector of weights; NaN where a column does not vary.

    Parameters
    ----------
    values : array of shape (n_rows, n_columns)
        NaN where not answered; then each correlation rests on the rows with both columns.
    weights : array of shape (n_weightings, n_rows)
        Weights or resampling counts, one vector a matrix.

    Returns
    -------
    array of shape (n_weightings, n_columns, n_columns)

    Examples
    --------
    >>> x = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]])
    >>> correlation_matrices(x, np.array([[1.0, 1, 1], [0, 1, 1]]))[:, 0, 1].round(6).tolist()
    [0.5, 1.0]
    """
    given = ~np.isnan(values)
    size = np.nanmax(np.abs(values), axis=0, initial=0.0)
    # Centred first, because cross products of large numbers lose the digits that correlations live on.
    centre = np.where(given, values, 0.0).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    x = np.where(given, values - centre, 0.0)
    k = x.shape[1]
    shape = (len(weights), k, k)
    crossed = (weights @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(shape)
    if given.all():
        total = weights.sum(axis=1)[:, None, None]
        sums = (weights @ x)[:, :, None]
        squares = np.diagonal(crossed, axis1=1, axis2=2)[:, :, None]
        sums_other, squares_other = sums.transpose(0, 2, 1), squares.transpose(0, 2, 1)
    else:
        m = given.astype(float)
        total = (weights @ (m[:, :, None] * m[:, None, :]).reshape(len(x), -1)).reshape(shape)
        sums = (weights @ (x[:, :, None] * m[:, None, :]).reshape(len(x), -1)).reshape(shape)
        squares = (weights @ ((x**2)[:, :, None] * m[:, None, :]).reshape(len(x), -1)).reshape(shape)
        sums_other, squares_other = sums.transpose(0, 2, 1), squares.transpose(0, 2, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares / total - (sums / total) ** 2
        variance_other = squares_other / total - (sums_other / total) ** 2
        floor = NO_SPREAD * np.maximum(size, np.finfo(float).tiny) ** 2
        scale = np.where(variance > floor[:, None], variance, np.nan)
        scale = scale * np.where(variance_other > floor[None, :], variance_other, np.nan)
        matrices = (crossed / total - sums * sums_other / total**2) / np.sqrt(scale)
    diagonal = np.einsum("bii->bi", matrices)
    diagonal[np.isfinite(diagonal)] = 1.0
    return matrices


def resampled_correlations(
    values: Array, weights: Array, n_boot: int, rng: np.random.Generator, *, with_noise: bool = False
) -> Iterator[Array]:
    """Correlation matrices of bootstrap resamples of rows, in batches.

    Parameters
    ----------
    values : array of shape (n_rows, n_columns)
        NaN where not answered.
    weights : array of shape (n_rows,)
        Survey weights, multiplied with the counts.
    n_boot : int
        Resamples.
    rng : numpy Generator
        Source of randomness.
    with_noise : bool
        Insert a column of normal random numbers, new in every resample, before the last one.

    Yields
    ------
    array of shape (n_in_batch, n_columns, n_columns), one column more with noise
    """
    n = len(values)
    batch = max(1, CELLS // max(1, n))
    for start in range(0, n_boot, batch):
        counts = bootstrap_counts(n, min(batch, n_boot - start), rng) * weights
        matrices = correlation_matrices(values, counts)
        yield _with_noise(matrices, values, counts, rng) if with_noise else matrices


def _with_noise(matrices: Array, values: Array, counts: Array, rng: np.random.Generator) -> Array:
    """The matrices with the correlations of a random variable inserted before the last column."""
    given = ~np.isnan(values)
    noise = rng.standard_normal(counts.shape)
    weighted = counts * noise
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = [_correlate(weighted, noise, counts, values[:, j], given[:, j]) for j in range(values.shape[1])]
    column = np.array(rows).T
    size = matrices.shape[1]
    wider = np.ones((len(matrices), size + 1, size + 1))
    kept = np.delete(np.arange(size + 1), size - 1)
    wider[np.ix_(np.arange(len(matrices)), kept, kept)] = matrices
    wider[:, size - 1, kept] = wider[:, kept, size - 1] = column
    return wider


def _correlate(weighted: Array, noise: Array, counts: Array, column: Array, given: NDArray[np.bool_]) -> Array:
    """Correlation of the noise with one column under each vector of counts, over the rows that have it."""
    x = np.where(given, column - column[given].mean() if given.any() else 0.0, 0.0)
    total = counts @ given
    mean_x, mean_z = counts @ x / total, weighted @ given / total
    cross = weighted @ x / total - mean_x * mean_z
    variance_x = counts @ x**2 / total - mean_x**2
    variance_z = (weighted * noise) @ given / total - mean_z**2
    return cross / np.sqrt(variance_x * variance_z)
