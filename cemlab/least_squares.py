"""The covariance of least-squares coefficients that survives unequal variances.

References
----------
Long, J. S. & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the linear regression model.
    The American Statistician 54, 217-224. (HC3)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
TINY = 1e-10  # below this, 1 - leverage is zero


def hc3_covariance(design: Matrix, residuals: Matrix, inverse: NDArray[Any]) -> Matrix:
    """HC3 covariance (k, k) of the coefficients, in units of y per unit of x, squared.

    Parameters
    ----------
    design : array of shape (n, k)
        Regressors, each row times the root of its weight.
    residuals : array of shape (n,)
        Of the same rows, times the same root.
    inverse : array of shape (k, k)
        Of design' design.

    References
    ----------
    Long & Ervin (2000).

    Examples
    --------
    >>> hc3_covariance(np.ones((4, 1)), np.array([-1.0, -1, 1, 1]), np.array([[0.25]])).round(4).tolist()
    [[0.4444]]
    """
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    # A row with leverage 1 fits itself exactly: residual and 1 - leverage are both zero, and it has no say.
    safe = np.where(1 - leverage > TINY, 1 - leverage, np.inf)
    scores = design * (residuals / safe)[:, None]
    return inverse @ (scores.T @ scores) @ inverse
