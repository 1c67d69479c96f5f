"""One common factor by minimum residuals (unweighted least squares), and omega with its precision.

References
----------
Harman, H. H. & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika 31, 351-368.
McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum. (omega total, as in R's psych)
Browne, M. W. & Shapiro, A. (1986). The asymptotic covariance matrix of sample correlation coefficients under general
    conditions. Linear Algebra and its Applications 82, 169-176.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_SWEEPS, TOLERANCE = 20_000, 1e-12
Matrix = NDArray[np.float64]


class Omega(NamedTuple):
    """omega = 1 - unique variance / variance of the sum, its standard error, the loadings (of correlations)."""

    estimate: float
    std_error: float
    loadings: Matrix
    converged: bool


def minres_loadings(correlations: Matrix) -> tuple[Matrix, bool]:
    """Loadings of one factor that minimise the squared off-diagonal residuals, and whether the search settled.

    Each loading in turn is set to its minimiser given the others, so that no sweep can make the fit worse.

    Examples
    --------
    >>> true = np.array([0.8, 0.7, 0.6, 0.5])
    >>> r = np.outer(true, true); np.fill_diagonal(r, 1.0)
    >>> minres_loadings(r)[0].round(6).tolist()
    [0.8, 0.7, 0.6, 0.5]
    """
    k = len(correlations)
    off = correlations - np.eye(k)
    first = np.linalg.eigh(correlations)[1][:, -1]
    loadings = first * np.sqrt(max(float(first @ off @ first), 1e-6))
    for _ in range(MAX_SWEEPS):
        before = loadings.copy()
        for j in range(k):
            others = loadings @ loadings - loadings[j] ** 2
            loadings[j] = off[j] @ loadings / others if others > 0 else 0.0
        if np.abs(loadings - before).max() < TOLERANCE:
            return loadings * np.sign(loadings.sum() or 1.0), True
    return loadings * np.sign(loadings.sum() or 1.0), False


def fit_omega(complete: Matrix, *, standardized: bool) -> Omega:
    """Omega of the plain sum of complete items (or of their z scores), with a distribution-free standard error.

    Parameters
    ----------
    complete : array of shape (n_respondents, n_items)
        No missing value; at least three items that vary.
    standardized : bool
        Whether the sum is that of z scores (correlations) instead of raw answers (covariances).

    Returns
    -------
    Omega
        The standard error is that of the mean of the respondents' influences (delta method through the minimum).
    """
    n, k = complete.shape
    centred = complete - complete.mean(axis=0)
    sds = centred.std(axis=0)
    z = centred / sds
    correlations = z.T @ z / n
    loadings, converged = minres_loadings(correlations)
    scale = np.ones(k) if standardized else sds
    unique, total = float(scale**2 @ (1 - loadings**2)), float(scale @ correlations @ scale)
    d_unique = -2 * (_loading_influences(z, correlations, loadings) @ (scale**2 * loadings))
    if standardized:  # the diagonal of a correlation matrix stays 1
        d_total = z.sum(axis=1) ** 2 - (z**2) @ correlations.sum(axis=1)
    else:
        d_unique += (z**2 - 1) @ (sds**2 * (1 - loadings**2))
        d_total = (z @ scale) ** 2 - total
    influence = unique * d_total / total**2 - d_unique / total
    std_error = float(np.sqrt((influence**2).sum() / (n * max(n - 1, 1))))
    return Omega(1 - unique / total, std_error, loadings, converged)


def _loading_influences(z: Matrix, correlations: Matrix, loadings: Matrix) -> Matrix:
    """Influence of each respondent on each loading, by the implicit function theorem at the minimum."""
    off = correlations - np.diag(np.diag(correlations))
    hessian = 2 * np.outer(loadings, loadings) - correlations
    np.fill_diagonal(hessian, loadings @ loadings - loadings**2)
    # d r_jk = z_j z_k - r_jk (z_j² + z_k²) / 2, j ≠ k; needed is its product with the loadings
    products = z * ((z @ loadings)[:, None] - z * loadings)
    shrunk = (z**2 * (off @ loadings) + z**2 @ (off * loadings[:, None])) / 2
    return np.asarray(np.linalg.solve(hessian, (products - shrunk).T).T, dtype=np.float64)
