"""Importance of drivers over resamples: arrays in, raw importance in units of R² out.

References
----------
Tonidandel, S., LeBreton, J. M. & Johnson, J. W. (2009). Determining the statistical significance of relative weights.
    Psychological Methods 14, 387-399. (comparison with a random variable)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cemlab.models import relative_importance as importance
from cemlab.models.correlations import correlation_matrices, resampled_correlations

Array = NDArray[np.float64]
N_ORDERS, N_ORDERS_RESAMPLED = 512, 64  # where LMG is sampled


class Draws(NamedTuple):
    """Raw importance in units of R²; p drivers.

    Attributes
    ----------
    raw, monte_carlo_error : arrays of shape (p,)
        On the data; the error of sampling orders, 0 where all orders are gone through.
    resampled : array of shape (n_boot, p)
    beyond_noise : array of shape (n_boot, p)
        What a driver has more than a variable of random numbers that was entered with the drivers.
    """

    raw: Array
    monte_carlo_error: Array
    resampled: Array
    beyond_noise: Array


def draw_importance(values: Array, weights: Array, kind: str, *, n_boot: int, seed: int) -> Draws:
    """Raw importance on the data and over resamples of its rows.

    Parameters
    ----------
    values : array of shape (n_rows, p + 1)
        Drivers, and the outcome as the last column; NaN where not answered.
    weights : array of shape (n_rows,)
        Survey weights.
    kind : {"lmg", "johnson"}
        Which importance.
    n_boot : int
        Resamples.
    seed : int
        Of resamples, random variable and sampled orders.

    Returns
    -------
    Draws
        NaN in resamples where a driver does not vary or the others repeat it.
    """
    rng = np.random.default_rng(seed)
    p = values.shape[1] - 1
    matrix = correlation_matrices(values, weights[None])
    orders = few = few_with_noise = None
    if kind == "lmg" and p > importance.EXACT_DRIVERS:
        orders = importance.sample_orders(p, N_ORDERS, rng)
        few, few_with_noise = orders[:N_ORDERS_RESAMPLED], importance.sample_orders(p + 1, N_ORDERS_RESAMPLED, rng)
    raw, error = raw_importance(kind, matrix, orders), np.zeros(p)
    if orders is not None:
        error = importance.sampled_lmg(matrix[0, :-1, :-1], matrix[0, :-1, -1], orders).monte_carlo_error
    # Resamples take fewer orders: what that changes on the data themselves is taken out again.
    shift = raw - raw_importance(kind, matrix, few) if few is not None else 0.0
    resampled, beyond = [np.zeros((0, p))], [np.zeros((0, p))]
    own = np.delete(np.arange(p + 2), p)
    for batch in resampled_correlations(values, weights, n_boot, rng, with_noise=True):
        resampled.append(raw_importance(kind, batch[:, own[:, None], own], few) + shift)
        noisy = raw_importance(kind, batch, few_with_noise)
        beyond.append(noisy[:, :-1] - noisy[:, -1:])
    return Draws(raw[0], error, np.concatenate(resampled), np.concatenate(beyond))


def raw_importance(kind: str, matrices: Array, orders: NDArray[np.int64] | None) -> Array:
    """Importance (R² units) by each matrix, whose last row is the outcome; LMG by sampled orders where given."""
    r_xx, r_xy = matrices[:, :-1, :-1], matrices[:, :-1, -1]
    if kind == "johnson":
        return importance.johnson_weights(r_xx, r_xy)
    if orders is None:
        return importance.lmg_importance(r_xx, r_xy)
    return np.array([importance.sampled_lmg(a, b, orders).estimate for a, b in zip(r_xx, r_xy, strict=True)])
