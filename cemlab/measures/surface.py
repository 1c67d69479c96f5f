"""Least squares of a quadratic surface in two variables, what its lines and its stationary point are, and F tests.

References
----------
Edwards, J. R. & Parry, M. E. (1993). On the use of polynomial regression equations as an alternative to difference
    scores in organizational research. Academy of Management Journal 36(6), 1577-1613.
Long, J. S. & Ervin, L. H. (2000). Heteroscedasticity consistent standard errors. The American Statistician 54, 217-224.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

from cemlab.least_squares import hc3_covariance
from cemlab.measures.resampled_sums import cross_products, left_out_sums, resampled_sums

Matrix = NDArray[np.float64]
Kind = Literal["HC3", "OLS"]
COEFFICIENTS = ("intercept", "perception", "expectation", "perception²", "perception × expectation", "expectation²")
LINES = {  # Edwards & Parry (1993): rows over the coefficients
    "a1: slope where both agree": (0, 1, 1, 0, 0, 0),
    "a2: curvature where both agree": (0, 0, 0, 1, 1, 1),
    "a3: slope where they part": (0, 1, -1, 0, 0, 0),
    "a4: curvature where they part": (0, 0, 0, 1, -1, 1),
}
POINTS = ("stationary point, perception", "stationary point, expectation", "slope of the first principal axis")
HIGHER = ("no curvature", np.eye(6)[3:])
EQUAL_AND_OPPOSITE = np.array([[0.0, 1, 1]])
DIFFERENCE = np.vstack([[0, 1, 1, 0, 0, 0], np.eye(6)[3:]]).astype(float)


@dataclass(frozen=True)
class SurfaceFit:
    """Coefficients and both of their covariances."""

    coefficients: Matrix
    robust: Matrix
    classical: Matrix
    n: int
    df: float
    r_squared: float


def quadratic(perception: Matrix, expectation: Matrix) -> Matrix:
    """Columns 1, P, E, P², PE, E² of centred scores."""
    p, e = perception, expectation
    return np.column_stack([np.ones(len(p)), p, e, p**2, p * e, e**2])


def fit_surface(y: Matrix, design: Matrix) -> SurfaceFit:
    """Least squares with HC3 and with one error variance."""
    n, k = design.shape
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ y)
    residuals = y - design @ coefficients
    robust = hc3_covariance(design, residuals, inverse)
    classical = inverse * (residuals @ residuals) / (n - k)
    explained = 1 - (residuals @ residuals) / ((y - y.mean()) @ (y - y.mean()))
    return SurfaceFit(coefficients, robust, classical, n, n - k, float(explained))


def linear_rows(
    fit: SurfaceFit, combinations: dict[str, tuple[float, ...]], kind: Kind, conf_level: float
) -> pd.DataFrame:
    """Linear combinations of the coefficients with t intervals: term, n, estimate, std_error, statistic, df."""
    matrix = np.array(list(combinations.values()), dtype=float)
    covariance = fit.robust if kind == "HC3" else fit.classical
    estimate, error = matrix @ fit.coefficients, np.sqrt(np.einsum("ij,jk,ik->i", matrix, covariance, matrix))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / error
    half = stdtrit(fit.df, (1 + conf_level) / 2) * error
    return pd.DataFrame(
        {
            "term": list(combinations),
            "n": fit.n,
            "estimate": estimate,
            "std_error": error,
            "statistic": statistic,
            "df": fit.df,
            "p_value": 2 * stdtr(fit.df, -np.abs(statistic)),
            "conf_low": estimate - half,
            "conf_high": estimate + half,
        }
    )


def constraint_rows(term: str, fit: SurfaceFit, matrix: Matrix) -> list[dict[str, object]]:
    """F test that the combinations are zero: nested models (one error variance) and Wald's with HC3."""
    rows = []
    for method, covariance in (("nested F", fit.classical), ("Wald F, HC3", fit.robust)):
        value = matrix @ fit.coefficients
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = float(value @ np.linalg.pinv(matrix @ covariance @ matrix.T) @ value / len(matrix))
        p_value = float(fdtrc(len(matrix), fit.df, statistic))
        rows.append(
            {"term": term, "method": method, "n": fit.n, "statistic": statistic, "df_numerator": len(matrix),
             "df": fit.df, "p_value": p_value}
        )  # fmt: skip
    return rows


def stationary(coefficients: Matrix) -> Matrix:
    """Stationary point (perception, expectation; centred) and slope of the first principal axis; any leading shape.

    Edwards & Parry (1993), equations for X0, Y0 and p11. NaN where the surface has none: a plane or a ridge.
    """
    _, b1, b2, b3, b4, b5 = np.moveaxis(coefficients, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = 4 * b3 * b5 - b4**2
        flat = np.abs(below) <= 1e-12 * (np.abs(b3) + np.abs(b4) + np.abs(b5)) ** 2
        below = np.where(flat, np.nan, below)
        first, second = (b2 * b4 - 2 * b1 * b5) / below, (b1 * b4 - 2 * b2 * b3) / below
        slope = np.where(b4 == 0, np.nan, (b5 - b3 + np.sqrt((b3 - b5) ** 2 + b4**2)) / b4)
    return np.stack([first, second, slope], axis=-1)


def resampled_moments(columns: Matrix, n_boot: int, seed: int) -> Matrix:
    """Cross products of the columns in each bootstrap resample of rows, shape (n_boot, k, k)."""
    k = columns.shape[1]
    return resampled_sums(cross_products(columns), n_boot, seed).reshape(-1, k, k)


def left_out_moments(columns: Matrix) -> Matrix:
    """Cross products without each row, or each group of rows."""
    k = columns.shape[1]
    return left_out_sums(cross_products(columns)).reshape(-1, k, k)


def solve_moments(moments: Matrix, predictors: list[int], outcome: int) -> Matrix:
    """Coefficients of the outcome on the predictors from cross products; shape (…, n_predictors)."""
    normal = moments[..., predictors, :][..., :, predictors]
    inverse = np.linalg.pinv(normal, rcond=1e-12, hermitian=True)
    return np.einsum("...ij,...j->...i", inverse, moments[..., predictors, outcome])


def explained_share(moments: Matrix, predictors: list[int], outcome: int) -> Matrix:
    """R² from cross products; the first predictor is the column of ones. NaN where the outcome does not vary."""
    slopes = solve_moments(moments, predictors, outcome)
    total = moments[..., outcome, outcome] - moments[..., predictors[0], outcome] ** 2 / moments[..., 0, 0]
    fitted = np.einsum("...i,...i->...", slopes, moments[..., predictors, outcome])
    left = moments[..., outcome, outcome] - fitted
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 1e-12, 1 - left / np.where(total > 1e-12, total, 1.0), np.nan)
