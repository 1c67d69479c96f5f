"""The coefficients behind reliability: complete answers in, cells of a row out; what cannot be computed says why.

References
----------
Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334.
Feldt, L. S., Woodruff, D. J. & Salih, F. A. (1987). Statistical inference for coefficient alpha. Applied Psychological
    Measurement 11, 93-103.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.measures.one_factor import fit_omega

Matrix = NDArray[np.float64]
SINGLE = "A single item has no internal consistency."
FEW = "Fewer than two respondents answered every item."
CONSTANT = "An item does not vary among those who answered every item."
NEGATIVE = "The items go together negatively on average: check for items that should be reversed."
TWO_ITEMS = "Omega needs at least three items."
IMPROPER = "The one-factor solution is improper (a loading beyond 1, or no convergence)."
MIXED = "Some items load against the others: check for items that should be reversed."


def feldt_interval(alpha: float, n: int, n_items: int, conf_level: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of alpha: (1 - alpha) / (1 - population alpha) is F with n - 1 and (n - 1)(k - 1) df."""
    df = n - 1.0, (n - 1.0) * (n_items - 1.0)
    tail = (1 - conf_level) / 2
    return (
        float(1 - (1 - alpha) * fdtri(*df, 1 - tail)),
        float(1 - (1 - alpha) * fdtri(*df, tail)),
    )


def complete_rows(items: pd.DataFrame | ArrayLike) -> Matrix:
    """Rows without a missing answer."""
    try:
        values = pd.DataFrame(np.asarray(items, dtype=object)).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            "items: found text or a shape that is no table, expected numbers, a row a respondent and a column an item. "
            "Convert the answers to numbers first."
        ) from None
    return values[~np.isnan(values).any(axis=1)]


def alpha_of(covariances: Matrix) -> float:
    """Alpha from the covariance matrix; NaN where the sum does not vary."""
    k, total = len(covariances), float(covariances.sum())
    if total <= 1e-12 * max(float(np.trace(covariances)), 1e-300):
        return float("nan")
    return float(k / (k - 1) * (1 - np.trace(covariances) / total))


def _unusable(complete: Matrix) -> str:
    """Why no coefficient can be computed; empty if it can."""
    if complete.shape[1] < 2:
        return SINGLE
    if len(complete) < 2:
        return FEW
    return CONSTANT if (np.ptp(complete, axis=0) == 0).any() else ""


def alpha_row(complete: Matrix, conf_level: float) -> dict[str, Any]:
    """Return estimate, conf_low, conf_high and note of alpha."""
    nothing = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
    note = _unusable(complete)
    if note:
        return {**nothing, "note": note}
    alpha = alpha_of(np.cov(complete, rowvar=False))
    if np.isnan(alpha):
        return {**nothing, "note": NEGATIVE}
    low, high = feldt_interval(alpha, len(complete), complete.shape[1], conf_level)
    return {"estimate": alpha, "conf_low": low, "conf_high": high, "note": NEGATIVE if alpha < 0 else ""}


def omega_row(complete: Matrix, conf_level: float, *, standardized: bool = False) -> dict[str, Any]:
    """Return estimate, conf_low, conf_high and note of omega."""
    nothing = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
    note = _unusable(complete) or (TWO_ITEMS if complete.shape[1] < 3 else "")
    if note:
        return {**nothing, "note": note}
    found = fit_omega(complete, standardized=standardized)
    if not found.converged or np.abs(found.loadings).max() >= 1 or not found.estimate < 1:
        return {**nothing, "note": IMPROPER}
    half = normal_quantile(conf_level) * found.std_error / (1 - found.estimate)
    return {
        "estimate": found.estimate,
        "conf_low": 1 - (1 - found.estimate) * np.exp(half),
        "conf_high": 1 - (1 - found.estimate) * np.exp(-half),
        "note": MIXED if (found.loadings < 0).any() else "",
    }


def item_rows(complete: Matrix, names: list[str]) -> pd.DataFrame:
    """Correlation of each item with the sum of the others, and alpha without it."""
    note, k = _unusable(complete), len(names)
    rest, without = np.full(k, np.nan), np.full(k, np.nan)
    if not note:
        covariances = np.cov(complete, rowvar=False)
        own, sums = np.diag(covariances), covariances.sum(axis=0)
        remaining = covariances.sum() - 2 * sums + own  # variance of the sum without the item
        with np.errstate(invalid="ignore", divide="ignore"):
            rest = np.where(remaining > 0, (sums - own) / np.sqrt(own * remaining), np.nan)
        if k > 2:
            without = np.array([alpha_of(np.delete(np.delete(covariances, j, 0), j, 1)) for j in range(k)])
    return pd.DataFrame({"item": names, "item_rest": rest, "alpha_without": without, "n": len(complete), "note": note})
