"""Low and high dummies, their contrasts over resamples, and the impact asymmetry and categories that follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cemlab.errors import EstimationError
from cemlab.models.correlations import CELLS, correlation_matrices
from cemlab.models.driver_draws import N_ORDERS_RESAMPLED, raw_importance
from cemlab.models.relative_importance import EXACT_DRIVERS, sample_orders
from cemlab.resampling import bootstrap_counts
from cemlab.thresholds import threshold

Array = NDArray[np.float64]
SINGULAR = 1e-9  # smallest eigenvalue of a resample's dummies, relative to the largest


def code_dummies(ratings: Array, names: Sequence[str], ends: tuple[float, float] | None) -> Array:
    """Low and high dummies of each driver, in the order low_1, high_1, low_2, …; tertiles where `ends` is None."""
    columns = []
    for name, column in zip(names, ratings.T, strict=True):
        low, high = ends if ends is not None else np.quantile(column, [1 / 3, 2 / 3]) if len(column) else (0.0, 1.0)
        if not low < high:
            raise EstimationError(
                f"contrast_penalties: found both tertiles of {name!r} at {float(low):g}, expected two values. "
                "Take coding='boxes', or leave it out."
            )
        for cell, label in ((column <= low, "low"), (column >= high, "high")):
            if not cell.any() or cell.all():
                raise EstimationError(
                    f"contrast_penalties: found {int(cell.sum())} of {len(column)} rows in the {label} cell of "
                    f"{name!r}, expected some but not all. Choose other ends, or leave it out."
                )
            columns.append(cell.astype(float))
    return np.column_stack(columns)


def draw_contrasts(
    dummies: Array, outcome: Array, weights: Array, variant: str, *, n_boot: int, rng: np.random.Generator
) -> Array:
    """Contrasts of each dummy in each resample, shape (n_boot, n_dummies); NaN where a resample cannot tell them.

    Parameters
    ----------
    dummies : array of shape (n_rows, n_dummies)
        Low and high cells in turn.
    outcome, weights : arrays of shape (n_rows,)
    variant : {"regression", "lmg"}
        Coefficients in the outcome's unit, or signed LMG in units of R².
    n_boot : int
        Resamples.
    rng : numpy Generator
        Source of randomness.
    """
    n = len(outcome)
    batch = max(1, CELLS // max(1, n))
    parts = [np.zeros((0, dummies.shape[1]))]
    for start in range(0, n_boot, batch):
        counts = bootstrap_counts(n, min(batch, n_boot - start), rng) * weights
        parts.append(
            signed_lmg(dummies, outcome, counts) if variant == "lmg" else _coefficients(dummies, outcome, counts)
        )
    return np.concatenate(parts)


def signed_lmg(dummies: Array, outcome: Array, counts: Array) -> Array:
    """LMG of each dummy in units of R² with the sign of its correlation with the outcome, under each weighting."""
    matrices = correlation_matrices(np.column_stack([dummies, outcome]), counts)
    k = dummies.shape[1]
    orders = None if k <= EXACT_DRIVERS + 1 else sample_orders(k, N_ORDERS_RESAMPLED, np.random.default_rng(k))
    return raw_importance("lmg", matrices, orders) * np.sign(matrices[:, :-1, -1])


def impact_asymmetry(penalty: Array, reward: Array) -> Array:
    """(r - |p|) / (r + |p|), -1 to 1; wrong signs count as 0; NaN where both are wrong.

    Examples
    --------
    >>> impact_asymmetry(np.array([-0.3, 0.1, 0.1]), np.array([0.1, 0.4, -0.2])).round(2).tolist()
    [-0.5, 1.0, nan]
    """
    lost, won = np.where(penalty > 0, 0.0, -penalty), np.where(reward < 0, 0.0, reward)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (won - lost) / (won + lost)


def categories(asymmetry: Array) -> NDArray[np.object_]:
    """Basic, performance or excitement factor by the declared cut; empty where there is no asymmetry.

    Examples
    --------
    >>> categories(np.array([-0.9, 0.0, 0.6, np.nan])).tolist()
    ['basic', 'performance', 'excitement', '']
    """
    cut = threshold("impact_asymmetry").value
    cases = [asymmetry < -cut, asymmetry > cut, np.isfinite(asymmetry)]
    return np.select(cases, ["basic", "excitement", "performance"], default="").astype(object)


def _coefficients(dummies: Array, outcome: Array, counts: Array) -> Array:
    """Least-squares coefficients of the dummies under each weighting."""
    x = np.column_stack([np.ones(len(outcome)), dummies])
    k = x.shape[1]
    normal = (counts @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(-1, k, k)
    moment = counts @ (x * (outcome - outcome.mean())[:, None])
    values = np.linalg.eigvalsh(normal)
    regular = values[:, 0] > SINGULAR * values[:, -1]
    normal[~regular] = np.eye(k)
    solved = np.linalg.solve(normal, moment[:, :, None])[:, 1:, 0]
    solved[~regular] = np.nan
    return solved
