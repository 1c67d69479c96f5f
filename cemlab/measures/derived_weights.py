"""Gaps weighted by derived importance: what each dimension's perceptions say about an overall judgement.

Two ways to derive a dimension's share of 1: its slope in the regression of the overall judgement on the perceptions of
all dimensions, over the sum of slopes; or its correlation with the overall judgement, over the sum of correlations.
Both are estimated from the same answers as the gaps, and the standard error of a weighted gap counts that in.

References
----------
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1991). Refinement and reassessment of the SERVQUAL scale. Journal of
    Retailing 67(4), 420-450. (regression-derived importance of the dimensions)
Hampel, F. R. (1974). The influence curve and its role in robust estimation. JASA 69, 383-393.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
Sides = tuple[Matrix, Matrix]
NEGATIVE_SHARE = "A derived weight is negative: the shares are no weights."
TOO_FEW_FOR_SHARES = "Too few complete answers, or no variation, to derive weights."
_SPARE = 3  # complete respondents beyond the coefficients
WAYS: tuple[Literal["regression", "correlation"], ...] = ("regression", "correlation")


def derived_terms() -> list[tuple[str, str]]:
    """Way and term of every row, in their order."""
    averages = ("mean of respondents", "mean weights x mean gaps")
    return [(way, f"weighted by derived importance ({way}), {average}") for way in WAYS for average in averages]


def derived_totals(sides: Sides, outcome: Matrix, w: Matrix) -> dict[str, Sides | str]:
    """Expectation and perception a respondent by term, linearised around the shares; a note where there are none.

    Parameters
    ----------
    sides : two arrays of shape (n_respondents, n_dimensions)
        Expectation and perception scores, NaN where not scored.
    outcome : array of shape (n_respondents,)
        Overall judgement, NaN where not given.
    w : array of shape (n_respondents,)
        Survey weights.
    """
    known = ~np.isnan(sides[1]).any(axis=1) & ~np.isnan(outcome) & (w > 0)
    totals: dict[str, Sides | str] = {}
    for way, term in derived_terms():
        found = derive_shares(sides[1][known], outcome[known], w[known], way)
        if isinstance(found, str):
            totals[term] = found
            continue
        shares, influence = found
        spread = np.zeros(sides[0].shape)
        spread[known] = influence
        if term.endswith("mean of respondents"):
            totals[term] = _of_respondents(sides, shares, spread, known, w)
        else:
            totals[term] = _of_means(sides, shares, spread, known, w)
    return totals


def derive_shares(
    perception: Matrix, outcome: Matrix, w: Matrix, way: Literal["regression", "correlation"] | str
) -> tuple[Matrix, Matrix] | str:
    """Shares of 1 over the dimensions and their influence function, a row a respondent; or why there are none."""
    n, k = perception.shape
    if n < k + 1 + _SPARE or k == 0:
        return TOO_FEW_FOR_SHARES
    share = w / w.sum()
    x, y = perception - share @ perception, outcome - share @ outcome
    sd_x, sd_y = np.sqrt(share @ x**2), np.sqrt(share @ y**2)
    moment = x.T @ (x * share[:, None])
    if not (sd_x > 1e-9).all() or sd_y < 1e-9 or np.linalg.matrix_rank(moment, tol=1e-9) < k:
        return TOO_FEW_FOR_SHARES
    if way == "regression":
        slopes = np.linalg.solve(moment, x.T @ (share * y))
        influence = np.linalg.solve(moment, (x * (y - x @ slopes)[:, None]).T).T
    else:
        z, z_y = x / sd_x, (y / sd_y)[:, None]
        slopes = (share @ (z * z_y)).ravel()
        influence = z * z_y - slopes * (z**2 + z_y**2) / 2
    if (slopes < 0).any():
        return NEGATIVE_SHARE
    shares = slopes / slopes.sum()
    return shares, (influence - np.outer(influence.sum(axis=1), shares)) / slopes.sum()


def _of_respondents(sides: Sides, shares: Matrix, influence: Matrix, known: NDArray[np.bool_], w: Matrix) -> Sides:
    """Over respondents with every dimension and the overall judgement."""
    linear = []
    for scored in sides:
        means = weighted_means(np.where(known[:, None], scored, np.nan), w).mean
        linear.append(np.where(known, scored @ shares + influence @ means, np.nan))
    return linear[0], linear[1]


def _of_means(sides: Sides, shares: Matrix, influence: Matrix, known: NDArray[np.bool_], w: Matrix) -> Sides:
    """Each dimension's mean over everybody who is scored on it."""
    scored = ~np.isnan(sides[0]) & (w > 0)[:, None]
    anybody = scored.any(axis=1)
    everyone = w[anybody].sum()
    of_dimension, of_known = everyone / (w @ scored), everyone / w[known].sum()
    linear = []
    for side in sides:
        means = weighted_means(side, w).mean
        parts = np.where(scored, side - means, 0.0) * of_dimension
        value = parts @ shares + of_known * (influence @ means) + shares @ means
        linear.append(np.where(anybody, value, np.nan))
    return linear[0], linear[1]
