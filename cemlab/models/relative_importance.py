"""How much of R² each driver accounts for: LMG (Shapley) shares and Johnson's relative weights, from correlations.

LMG averages what a driver adds to R² over all orders of entering the drivers. All sub-models come from one tree: going
through the drivers, each matrix is split into one without the driver and one with it swept out (its Schur complement),
so that a sub-model costs a handful of operations, for all resamples at once.

References
----------
Lindeman, R. H., Merenda, P. F. & Gold, R. Z. (1980). Introduction to Bivariate and Multivariate Analysis, 119-127.
    Scott, Foresman. (LMG)
Lipovetsky, S. & Conklin, M. (2001). Analysis of regression in game theory approach. Applied Stochastic Models in
    Business and Industry 17, 319-330. (the same as Shapley values)
Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor variables in multiple
    regression. Multivariate Behavioral Research 35, 1-19.
Thomas, D. R., Zumbo, B. D., Kwan, E. & Schweitzer, L. (2014). On Johnson's (2000) relative weights method.
    Multivariate Behavioral Research 49, 329-338. (a criticism)
Castro, J., Gómez, D. & Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling. Computers &
    Operations Research 36, 1726-1730. (permutations instead of all orders)
"""

from __future__ import annotations

from functools import cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cemlab.errors import EstimationError

Array = NDArray[np.float64]
EXACT_DRIVERS = 15  # more drivers have more orders than are worth going through: they are sampled
PIVOT = 1e-9  # unexplained share of a driver's variance below which the others repeat it
CELLS = 2**22  # numbers that one array of a batch may hold


class Sampled(NamedTuple):
    """LMG from sampled orders: the estimate and its Monte-Carlo standard error, each of shape (p,)."""

    estimate: Array
    monte_carlo_error: Array


def lmg_importance(r_xx: Array, r_xy: Array) -> Array:
    """LMG (Shapley) importance of each driver in units of R², exact over all orders; sums to R².

    Parameters
    ----------
    r_xx : array of shape (p, p) or (n_matrices, p, p)
        Correlations of the drivers.
    r_xy : array of shape (p,) or (n_matrices, p)
        Correlations of the drivers with the outcome.

    Returns
    -------
    array of the shape of `r_xy`
        NaN for a matrix that is singular or has NaN.

    Raises
    ------
    EstimationError
        More than 16 drivers; use `sampled_lmg`.

    References
    ----------
    Lindeman, Merenda & Gold (1980); Lipovetsky & Conklin (2001).

    Examples
    --------
    >>> lmg_importance(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.5])).round(4).tolist()
    [0.2617, 0.1517]
    """
    r_xx, r_xy = np.asarray(r_xx, dtype=float), np.asarray(r_xy, dtype=float)
    p = r_xy.shape[-1]
    if p > EXACT_DRIVERS + 1:
        raise EstimationError(
            f"lmg_importance: found {p} drivers, expected at most {EXACT_DRIVERS + 1}. Use sampled_lmg for more."
        )
    flat_xx, flat_xy = r_xx.reshape(-1, p, p), r_xy.reshape(-1, p)
    batch = max(1, CELLS >> p)
    parts = [_lmg(flat_xx[i : i + batch], flat_xy[i : i + batch]) for i in range(0, len(flat_xy), batch)]
    return np.concatenate(parts).reshape(r_xy.shape) if parts else np.zeros(r_xy.shape)


def johnson_weights(r_xx: Array, r_xy: Array) -> Array:
    """Johnson's relative weight of each driver in units of R²; sums to R².

    Parameters
    ----------
    r_xx : array of shape (p, p) or (n_matrices, p, p)
        Correlations of the drivers.
    r_xy : array of shape (p,) or (n_matrices, p)
        Correlations of the drivers with the outcome.

    Returns
    -------
    array of the shape of `r_xy`
        NaN for a matrix that is singular or has NaN.

    References
    ----------
    Johnson (2000); criticised by Thomas et al. (2014).

    Examples
    --------
    >>> johnson_weights(np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.5])).round(4).tolist()
    [0.2617, 0.1517]
    """
    r_xx, r_xy = np.asarray(r_xx, dtype=float), np.asarray(r_xy, dtype=float)
    known = np.asarray(np.isfinite(r_xx).all(axis=(-2, -1)) & np.isfinite(r_xy).all(axis=-1))
    safe = np.where(known[..., None, None], r_xx, np.eye(r_xy.shape[-1]))
    values, vectors = np.linalg.eigh(safe)
    known = known & (values.min(axis=-1) > PIVOT)
    root = np.sqrt(np.maximum(values, PIVOT))
    loadings = (vectors * root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    turned = np.einsum("...ji,...j->...i", vectors, np.where(known[..., None], r_xy, 0.0))
    beta = np.einsum("...ij,...j->...i", vectors, turned / root)
    weights = np.einsum("...ij,...j->...i", loadings**2, beta**2)
    return np.where(known[..., None], weights, np.nan)


def sampled_lmg(r_xx: Array, r_xy: Array, orders: NDArray[np.int64]) -> Sampled:
    """LMG importance from sampled orders, each used forwards and backwards, with its Monte-Carlo standard error.

    Parameters
    ----------
    r_xx : array of shape (p, p)
        Correlations of the drivers.
    r_xy : array of shape (p,)
        Correlations of the drivers with the outcome.
    orders : array of shape (n_orders, p)
        Permutations of the drivers, from `sample_orders`.

    Returns
    -------
    Sampled
        In units of R²; the estimate sums to R² exactly. NaN for a matrix that is singular or has NaN.

    References
    ----------
    Castro, Gómez & Tejada (2009).

    Examples
    --------
    >>> r_xx, r_xy = np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.5])
    >>> sampled_lmg(r_xx, r_xy, sample_orders(2, 50, np.random.default_rng(1))).estimate.round(4).tolist()
    [0.2617, 0.1517]
    """
    p = len(r_xy)
    if not (np.isfinite(r_xx).all() and np.isfinite(r_xy).all() and np.linalg.eigvalsh(r_xx)[0] > PIVOT):
        return Sampled(np.full(p, np.nan), np.full(p, np.nan))
    pairs = (_increments(r_xx, r_xy, orders) + _increments(r_xx, r_xy, orders[:, ::-1])) / 2
    error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.full(p, np.nan)
    return Sampled(pairs.mean(axis=0), error)


def sample_orders(p: int, n_orders: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Random permutations of `p` drivers, shape (n_orders, p)."""
    return np.argsort(rng.random((n_orders, p)), axis=1)


def explained_share(r_xx: Array, r_xy: Array) -> float:
    """R² of the regression on all drivers, 0 to 1."""
    return float(r_xy @ np.linalg.solve(r_xx, r_xy))


def repeated_driver(r_xx: Array) -> tuple[int, list[int]] | None:
    """The first driver that those before it repeat, and which of them do; None where each has something of its own.

    Examples
    --------
    >>> repeated_driver(np.array([[1.0, 0.2, 1.0], [0.2, 1.0, 0.2], [1.0, 0.2, 1.0]]))
    (2, [0])
    """
    for place in range(1, len(r_xx)):
        before, own = r_xx[:place, :place], r_xx[:place, place]
        slopes = np.linalg.solve(before, own)
        if 1 - own @ slopes <= PIVOT:
            return place, [int(i) for i in np.flatnonzero(np.abs(slopes) > 1e-6)]
    return None


def _lmg(r_xx: Array, r_xy: Array) -> Array:
    """Exact LMG of a batch, from the unexplained variance of all sub-models."""
    unexplained = _unexplained_shares(r_xx, r_xy)
    return -(unexplained @ _marginal_weights(r_xy.shape[1]))


def _unexplained_shares(r_xx: Array, r_xy: Array) -> Array:
    """1 - R² of every sub-model, shape (n_matrices, 2^p); bit j of the place from the left says that driver j is in."""
    n, p = r_xy.shape
    matrix = np.ones((p + 1, p + 1, 1, n))  # the last row is the outcome; sub-models and matrices vary fastest
    matrix[:p, :p, 0] = r_xx.transpose(1, 2, 0)
    matrix[p, :p, 0] = matrix[:p, p, 0] = r_xy.T
    for _ in range(p):
        pivot, side, rest = matrix[0, 0], matrix[0, 1:], matrix[1:, 1:]
        with np.errstate(invalid="ignore"):
            slope = side / np.where(pivot > PIVOT, pivot, np.nan)
        size = len(side)
        split = np.empty((size, size, rest.shape[2], 2, n))
        split[:, :, :, 0] = rest
        split[:, :, :, 1] = rest - slope[:, None] * side[None]
        matrix = split.reshape(size, size, -1, n)
    return matrix[0, 0].T


@cache
def _marginal_weights(p: int) -> Array:
    """Coefficients of the sub-models' R² in each driver's LMG, shape (2^p, p)."""
    inside = (np.arange(2**p)[:, None] >> np.arange(p - 1, -1, -1)) & 1
    size = inside.sum(axis=1)
    by_size = np.array([1 / (p * comb(p - 1, s)) for s in range(p)] + [0.0])  # share of orders with s drivers before
    return np.where(inside == 1, by_size[size - 1][:, None], -by_size[size][:, None])


def _increments(r_xx: Array, r_xy: Array, orders: NDArray[np.int64]) -> Array:
    """What each driver adds to R² in each order: squares of the outcome's coordinates on the Cholesky axes."""
    ordered = r_xx[orders[:, :, None], orders[:, None, :]]
    axes = np.linalg.cholesky(ordered)
    added = np.linalg.solve(axes, r_xy[orders][:, :, None])[:, :, 0] ** 2
    placed = np.empty_like(added)
    np.put_along_axis(placed, orders, added, axis=1)
    return placed
