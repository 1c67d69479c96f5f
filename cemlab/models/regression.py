"""Least squares on arrays with standard errors that survive unequal variances and clustered answers.

References
----------
Long, J. S. & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the linear regression model.
    The American Statistician 54, 217-224. (HC3)
MacKinnon, J. G., Nielsen, M. Ø. & Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
    cluster-robust inference. Journal of Applied Econometrics 38, 671-694. (CV3, with t(G - 1))
Spearman, C. (1904). The proof and measurement of association between two things. American Journal of Psychology
    15, 72-101.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cemlab.errors import EstimationError
from cemlab.least_squares import hc3_covariance
from cemlab.multiplicity import holm as holm_adjust  # noqa: F401  (the name it has had here)

Array = NDArray[np.float64]
Covariance = Literal["HC3", "CV3", "OLS", "ML"]
TINY = 1e-10  # relative size below which a variance or a pivot counts as zero


@dataclass(frozen=True, slots=True)
class LinearFit:
    """Coefficients of a linear regression and how sure they are.

    Attributes
    ----------
    coefficients : array of shape (k,)
        In units of y per unit of x, in the order of the design's columns.
    covariance : array of shape (k, k)
        Of the coefficients.
    standardized : array of shape (k,)
        With y and each x in standard deviations of the rows used; NaN for a column that does not vary.
    df : float
        Of the t distribution that belongs to `covariance`.
    n, n_clusters : int
        Rows used, and clusters among them (n without clusters).
    r_squared : float
        Share of the variance of y.
    kind : str
        How `covariance` was computed: HC3, CV3, OLS or ML.
    """

    coefficients: Array
    covariance: Array
    standardized: Array
    df: float
    n: int
    n_clusters: int
    r_squared: float
    kind: str

    @property
    def std_errors(self) -> Array:
        """Standard errors of the coefficients, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))


def fit_least_squares(
    y: NDArray[Any],
    design: NDArray[Any],
    *,
    clusters: NDArray[Any] | None = None,
    weights: NDArray[Any] | None = None,
    covariance: Covariance | None = None,
) -> LinearFit:
    """Regress `y` on the columns of `design`; coefficients in units of y per unit of x.

    Parameters
    ----------
    y : array of shape (n,)
    design : array of shape (n, k)
        With its column of ones. No missing values.
    clusters : array of shape (n,), optional
        Whose rows belong together; then the default covariance is CV3 with t(G - 1).
    weights : array of shape (n,), optional
        Sampling weights, larger counts more; their scale does not matter.
    covariance : {"HC3", "CV3", "OLS", "ML"}, optional
        HC3 with t(n - k) is the default without clusters. "OLS" takes one error variance, s² = SSE/(n - k); "ML" takes
        SSE/n, as covariance-structure programs do.

    Returns
    -------
    LinearFit

    Raises
    ------
    EstimationError
        The design has no unique solution, or too few rows or clusters.

    References
    ----------
    Long & Ervin (2000); MacKinnon, Nielsen & Webb (2023).

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> fit = fit_least_squares(np.array([1.0, 3.0, 5.0, 7.0]), np.column_stack([np.ones(4), x]))
    >>> fit.coefficients.round(6).tolist()
    [1.0, 2.0]
    """
    y, design = np.asarray(y, dtype=float), np.asarray(design, dtype=float)
    scale = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    _check(y, design, scale)
    kind: Covariance = covariance or ("HC3" if clusters is None else "CV3")
    root = np.sqrt(scale)
    x, target = design * root[:, None], y * root
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ (x.T @ target)
    residuals = target - x @ coefficients
    n, k = x.shape
    n_clusters, df = n, float(n - k)
    if kind == "CV3":
        codes = np.unique(clusters, return_inverse=True)[1] if clusters is not None else np.arange(n)
        n_clusters = int(codes.max()) + 1
        if n_clusters < 2:
            raise EstimationError(
                "regression: found rows of 1 cluster, expected at least 2. "
                "Leave `clusters` out to take rows as independent."
            )
        df, matrix = float(n_clusters - 1), _cluster_jackknife(x, target, coefficients, codes)
    else:
        matrix = _row_covariance(x, residuals, inverse, kind)
    spread = _weighted_sd(np.column_stack([design, y]), scale)
    explained = 1 - (residuals @ residuals) / ((target - root * np.average(y, weights=scale)) @ target)
    with np.errstate(divide="ignore", invalid="ignore"):
        standardized = np.where(spread[:-1] > 0, coefficients * spread[:-1] / spread[-1], np.nan)
    return LinearFit(coefficients, matrix, standardized, df, n, n_clusters, float(explained), kind)


def _check(y: Array, design: Array, scale: Array) -> None:
    n, k = design.shape
    if n <= k:
        raise EstimationError(
            f"regression: found {n} rows for {k} coefficients, expected more rows than coefficients. "
            "Use fewer sources or more data."
        )
    if not (np.isfinite(y).all() and np.isfinite(design).all() and (np.isfinite(scale) & (scale > 0)).all()):
        raise EstimationError(
            "regression: found missing values or weights that are not positive, expected complete rows. "
            "Drop them first."
        )
    if np.ptp(y) <= TINY * max(1.0, float(np.abs(y).max())):
        raise EstimationError("regression: found an outcome that does not vary, expected at least two values.")
    if np.linalg.matrix_rank(design / np.maximum(np.abs(design).max(axis=0), TINY)) < k:
        raise EstimationError(
            "regression: found sources that do not vary or that repeat one another, expected independent columns. "
            "Leave one of them out."
        )


def _row_covariance(x: Array, residuals: Array, inverse: Array, kind: str) -> Array:
    n, k = x.shape
    if kind == "HC3":
        return hc3_covariance(x, residuals, inverse)
    return inverse * (residuals @ residuals) / (n if kind == "ML" else n - k)


def _cluster_jackknife(x: Array, y: Array, coefficients: Array, codes: NDArray[np.int64]) -> Array:
    """CV3: (G - 1)/G times the sum of squares of leave-one-cluster-out coefficients around the full ones."""
    n_clusters, k = int(codes.max()) + 1, x.shape[1]
    crossed = np.column_stack([(x[:, :, None] * x[:, None, :]).reshape(len(x), -1), x * y[:, None]])
    parts = np.zeros((n_clusters, crossed.shape[1]))
    np.add.at(parts, codes, crossed)
    left_out = parts.sum(axis=0) - parts
    normal, moment = left_out[:, : k * k].reshape(-1, k, k), left_out[:, k * k :]
    # A generalized inverse where leaving a cluster out empties a column (MacKinnon, Nielsen & Webb 2023).
    solved = np.einsum("gij,gj->gi", np.linalg.pinv(normal, rcond=TINY, hermitian=True), moment)
    deviations = solved - coefficients
    return (n_clusters - 1) / n_clusters * deviations.T @ deviations


def _weighted_sd(columns: Array, weights: Array) -> Array:
    mean = np.average(columns, axis=0, weights=weights)
    variance = np.average((columns - mean) ** 2, axis=0, weights=weights)
    return np.sqrt(np.where(variance > TINY * np.maximum(mean**2, TINY), variance, 0.0))


def disattenuated_correlation(correlation: float, reliability_x: float, reliability_y: float) -> float:
    """Correlation corrected for the unreliability of both measures: r / sqrt(rel_x rel_y).

    References
    ----------
    Spearman (1904).

    Examples
    --------
    >>> round(disattenuated_correlation(0.30, 0.80, 0.85), 4)
    0.3638
    """
    if not (0 < reliability_x <= 1 and 0 < reliability_y <= 1):
        raise EstimationError(
            f"disattenuated_correlation: found reliabilities {reliability_x} and {reliability_y}, "
            "expected numbers above 0 and at most 1. Check the reliability estimates."
        )
    return float(correlation / np.sqrt(reliability_x * reliability_y))
