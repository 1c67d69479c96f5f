"""Sums over rows in bootstrap resamples and with rows left out, a few resamples at a time to save memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cemlab.resampling import bootstrap_counts

Matrix = NDArray[np.float64]
CELLS = 20_000_000  # counts of resamples held at a time
GROUPS = 400  # rows are left out in at most this many groups


def resampled_sums(contributions: Matrix, n_boot: int, seed: int) -> Matrix:
    """Column sums in each resample of rows, shape (n_boot, n_columns).

    Examples
    --------
    >>> resampled_sums(np.ones((5, 1)), 3, seed=1).ravel().tolist()
    [5.0, 5.0, 5.0]
    """
    n = len(contributions)
    rng = np.random.default_rng(seed)
    at_once = max(1, CELLS // max(n, 1))
    parts = [
        bootstrap_counts(n, min(at_once, n_boot - start), rng) @ contributions for start in range(0, n_boot, at_once)
    ]
    return np.concatenate(parts) if parts else np.empty((0, contributions.shape[1]))


def left_out_sums(contributions: Matrix) -> Matrix:
    """Column sums without each row, or without each of 400 groups of rows where there are more rows than that.

    Examples
    --------
    >>> left_out_sums(np.array([[1.0], [2.0]])).ravel().tolist()
    [2.0, 1.0]
    """
    n, k = contributions.shape
    parts = np.zeros((min(GROUPS, n), k))
    np.add.at(parts, np.arange(n) % max(len(parts), 1), contributions)
    return contributions.sum(axis=0) - parts


def cross_products(columns: Matrix) -> Matrix:
    """Products of each row's columns with one another, shape (n, k * k)."""
    n, k = columns.shape
    return (columns[:, :, None] * columns[:, None, :]).reshape(n, k * k)
