"""Importance derived from how performance goes with an outcome, beside importance as stated; not causal.

References
----------
Deng, W. (2007). Using a revised importance-performance analysis approach. Tourism Management 28, 1274-1284.
    (partial correlations of logarithms of performance)
Vavra, T. G. (1997). Improving Your Measurement of Customer Satisfaction. ASQ Quality Press. (stated against derived)
Fisher, R. A. (1924). The distribution of the partial correlation coefficient. Metron 3, 329-332. (intervals)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.intervals import fisher_interval, normal_quantile
from cemlab.least_squares import hc3_covariance

Matrix = NDArray[np.float64]
METHODS = ("correlation", "partial correlation", "standardized beta", "partial correlation of logarithms")
GIVEN = "given"
TOO_FEW = "Too few respondents with all answers."
REPEATS = "The attributes repeat one another, or one of them does not vary."
NO_LOGARITHM = "A rating of 0 or less has no logarithm."
BELOW_ZERO = "Below 0: counts as low derived importance."
SINGULAR = 1e-9


def derive_importance(performance: Matrix, outcome: Matrix, weights: Matrix, conf_level: float) -> pd.DataFrame:
    """Derived importance of each attribute by four methods: correlations (-1 to 1) and standardized coefficients.

    Parameters
    ----------
    performance : array of shape (n_respondents, n_attributes)
        Ratings; NaN where not answered.
    outcome : array of shape (n_respondents,)
        The overall rating.
    weights : array of shape (n_respondents,)
        Survey weights.
    conf_level : float
        Level of the intervals: Fisher's z with the effective n of the weights; HC3 with t for coefficients.

    Returns
    -------
    DataFrame
        place (of the attribute), method, estimate, conf_low, conf_high, n, note. The correlation takes each attribute's
        available cases, the others respondents with all answers.
    """
    k = performance.shape[1]
    rows = [_correlation(performance[:, j], outcome, weights, conf_level) | {"place": j} for j in range(k)]
    parts = [pd.DataFrame(rows).assign(method=METHODS[0])]
    complete = ~np.isnan(performance).any(axis=1) & ~np.isnan(outcome) & (weights > 0)
    x, y, w = performance[complete], outcome[complete], weights[complete]
    whole = (_partials(x, y, w, conf_level), _betas(x, y, w, conf_level), _log_partials(x, y, w, conf_level))
    for method, found in zip(METHODS[1:], whole, strict=True):
        parts.append(pd.DataFrame(found | {"place": np.arange(k), "n": len(y)}).assign(method=method))
    table = pd.concat(parts, ignore_index=True)
    table["note"] = table["note"].mask((table["estimate"] < 0) & (table["note"] == ""), BELOW_ZERO)
    return table


def contrast_stated(stated: Matrix, derived: Matrix) -> NDArray[np.object_]:
    """Vavra's cell of each attribute, both importances split at their means; empty where one is missing.

    Examples
    --------
    >>> contrast_stated(np.array([6.0, 6, 2, 2]), np.array([0.1, 0.5, 0.5, 0.1])).tolist()
    ['basic', 'performance, important', 'excitement', 'performance, unimportant']
    """
    known = np.isfinite(stated) & np.isfinite(derived)
    if not known.any():
        return np.full(len(stated), "", dtype=object)
    high_stated, high_derived = (side >= side[known].mean() - 1e-12 for side in (stated, derived))
    cells = [~known, high_stated & high_derived, high_stated, high_derived]
    names = ["", "performance, important", "basic", "excitement"]
    return np.select(cells, names, default="performance, unimportant").astype(object)


def _correlation(x: Matrix, y: Matrix, w: Matrix, conf_level: float) -> dict[str, Any]:
    both = ~np.isnan(x) & ~np.isnan(y) & (w > 0)
    n = int(both.sum())
    nothing = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan, "n": n}
    if n < 4:
        return nothing | {"note": TOO_FEW}
    matrix = _correlations(np.column_stack([x, y])[both], w[both])
    if not np.isfinite(matrix).all():
        return nothing | {"note": REPEATS}
    low, high = _fisher(matrix[0, 1], _effective(w[both]), conf_level)
    return {"estimate": matrix[0, 1], "conf_low": low, "conf_high": high, "n": n, "note": ""}


def _partials(x: Matrix, y: Matrix, w: Matrix, conf_level: float) -> dict[str, Any]:
    """Partial correlations with the outcome, the other attributes held."""
    k = x.shape[1]
    matrix = _correlations(np.column_stack([x, y]), w) if len(y) > k + 3 else np.full((k + 1, k + 1), np.nan)
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix)[0] < SINGULAR:
        return _nothing(k, TOO_FEW if len(y) <= k + 3 else REPEATS)
    precision = np.linalg.inv(matrix)
    partial = -precision[:-1, -1] / np.sqrt(np.diag(precision)[:-1] * precision[-1, -1])
    low, high = _fisher(partial, _effective(w) - (k - 1), conf_level)
    return {"estimate": partial, "conf_low": low, "conf_high": high, "note": ""}


def _log_partials(x: Matrix, y: Matrix, w: Matrix, conf_level: float) -> dict[str, Any]:
    if (x <= 0).any():
        return _nothing(x.shape[1], NO_LOGARITHM)
    return _partials(np.log(x), y, w, conf_level)


def _betas(x: Matrix, y: Matrix, w: Matrix, conf_level: float) -> dict[str, Any]:
    """Standardized coefficients of the regression on all attributes, HC3."""
    from scipy.special import stdtrit

    n, k = x.shape
    matrix = _correlations(np.column_stack([x, y]), w) if n > k + 3 else np.full((k + 1, k + 1), np.nan)
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix[:-1, :-1])[0] < SINGULAR:
        return _nothing(k, TOO_FEW if n <= k + 3 else REPEATS)
    both = np.column_stack([x, y])
    both = both - w @ both / w.sum()
    scaled = both / np.sqrt(w @ both**2 / w.sum()) * np.sqrt(w)[:, None]
    z = np.column_stack([np.sqrt(w), scaled[:, :-1]])
    inverse = np.linalg.inv(z.T @ z)
    beta = inverse @ z.T @ scaled[:, -1]
    error = np.sqrt(np.diag(hc3_covariance(z, scaled[:, -1] - z @ beta, inverse)))[1:]
    half = stdtrit(n - k - 1, (1 + conf_level) / 2) * error
    return {"estimate": beta[1:], "conf_low": beta[1:] - half, "conf_high": beta[1:] + half, "note": ""}


def _correlations(values: Matrix, w: Matrix) -> Matrix:
    centred = values - w @ values / w.sum()
    covariance = (centred * w[:, None]).T @ centred
    spread = np.sqrt(np.diag(covariance))
    spread = np.where(spread > 1e-9 * np.sqrt(w @ values**2), spread, np.nan)
    return covariance / np.outer(spread, spread)


def _effective(w: Matrix) -> float:
    return float(w.sum() ** 2 / (w @ w))


def _fisher(r: Any, n: float, conf_level: float) -> tuple[Any, Any]:
    """Interval of a correlation of n people by Fisher's z; NaN with 3 or fewer."""
    if n <= 3:
        return r * np.nan, r * np.nan
    return fisher_interval(r, normal_quantile(conf_level) / np.sqrt(n - 3))


def _nothing(k: int, note: str) -> dict[str, Any]:
    return dict.fromkeys(("estimate", "conf_low", "conf_high"), np.full(k, np.nan)) | {"note": note}
