"""Perceptions and expectations as two variables: Edwards' polynomial regression and its response surface.

A difference score forces perception and expectation to weigh the same with opposite signs and lets nothing curve. The
polynomial regression frees both, and tests whether they had to be freed.

References
----------
Edwards, J. R. & Parry, M. E. (1993). On the use of polynomial regression equations as an alternative to difference
    scores in organizational research. Academy of Management Journal 36(6), 1577-1613.
Edwards, J. R. (1994). The study of congruence in organizational behavior research. Organizational Behavior and Human
    Decision Processes 58, 51-100.
Shanock, L. R. et al. (2010). Polynomial regression with response surface analysis. J. Business and Psychology 25.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.form_scores import chosen_pairs, complete_rows, judgement, scale_midpoint, sides_of
from cemlab.measures.gap_scores import mean_of_parts
from cemlab.measures.surface import (
    COEFFICIENTS,
    DIFFERENCE,
    EQUAL_AND_OPPOSITE,
    HIGHER,
    LINES,
    POINTS,
    Kind,
    Matrix,
    SurfaceFit,
    constraint_rows,
    fit_surface,
    linear_rows,
    quadratic,
    resampled_moments,
    solve_moments,
    stationary,
)
from cemlab.resampling import bootstrap_std_error, percentile_interval
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_POINT = "The surface has no stationary point: it is a plane or a ridge."
HARDLY = "The surface hardly curves: the point and the axis have no interval."
OUTSIDE = "The point lies outside the answers that were given."
METHOD = (
    "least squares of the overall judgement on P, E, P², PE, E², centred at the midpoint of the scale; t intervals "
    "with {covariance}; stationary point and principal axis: percentile bootstrap of respondents"
)


@dataclass(frozen=True, kw_only=True)
class PolynomialResult(Result):
    """Coefficients, lines a1 to a4 and stationary point (`table`); `constraints`: F tests of the difference score."""

    constraints: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Judgement along the line where perception equals expectation and along the line where they part.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display name of the outcome.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, lines, new_axes

        shown, outcome = names or {}, str(self.info["outcome"])
        b = self.table.set_index("term")["estimate"]
        a = [b[name] for name in LINES]
        steps = np.linspace(-self.info["half_range"], self.info["half_range"], 41)
        along, apart = (np.where((steps >= low) & (steps <= high), steps, np.nan) for low, high in self.info["ranges"])
        series = {
            words("Perceived as expected"): b["intercept"] + a[0] * along + a[1] * along**2,
            words("Perceived and expected mirror each other"): b["intercept"] + a[2] * apart + a[3] * apart**2,
        }
        ax = new_axes(ax, words=words)
        lines(ax, steps.tolist(), {name: values.tolist() for name, values in series.items()}, words=words,
              x_label=words("Perception from the middle of the scale, scale points"),
              y_label=shown.get(outcome, outcome))  # fmt: skip
        caption = words("Fitted values of a quadratic surface. {n} respondents.", n=words.number(self.info["n_obs"]))
        return finish(
            ax, words=words, title=words("Overall judgement over perception and expectation"), caption=caption
        )


def fit_polynomial_gap(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    outcome: str,
    dimension: str | None = None,
    midpoint: float | None = None,
    covariance: Kind = "HC3",
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> PolynomialResult:
    """Overall judgement as a quadratic surface of perception and expectation, in points of the judgement.

    P and E are a respondent's mean perception and expectation over the pairs answered on both sides (at least half),
    minus the midpoint of the scale. Z = b0 + b1 P + b2 E + b3 P² + b4 PE + b5 E²; along P = E the slope is a1 = b1 + b2
    and the curvature a2 = b3 + b4 + b5, along P = -E a3 = b1 - b2 and a4 = b3 - b4 + b5. A gap score is right if
    b1 = -b2 and nothing curves: then a1 = a2 = a4 = 0.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item, reversed items already turned.
    codebook : DataFrame
        item, attribute, role, construct, scale_min and scale_max.
    outcome : str
        Column of the overall judgement.
    dimension : str, optional
        Only the pairs of this dimension.
    midpoint : float, optional
        Where to centre; by default the middle of the items' scale.
    covariance : {"HC3", "OLS"}
        Standard errors that bear unequal variances, or those of one variance.
    conf_level : float
        Level of the intervals.
    n_boot, seed : int
        Resamples for the stationary point, and where they start.

    Returns
    -------
    PolynomialResult
        `table`: term, n, estimate, std_error, statistic, df, p_value, conf_low, conf_high, note. The stationary point
        is in points of the scale (not centred); its interval is a percentile one, and is left out where the surface
        hardly curves: there it would not cover (tests/benchmarks/coverage_forms.md).
        `constraints`: term, method (nested F, or Wald F with HC3), n, statistic, df_numerator, df, p_value.

    Raises
    ------
    DataError
        A column or a dimension that is not there.
    EstimationError
        No pair, no common scale, or too few complete respondents for six coefficients.

    References
    ----------
    Edwards & Parry (1993), Academy of Management Journal 36(6), 1577-1613.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> survey = pd.DataFrame(rng.integers(1, 8, (300, 2)).astype(float), columns=["e", "p"])
    >>> survey["overall"] = survey["p"] - survey["e"]
    >>> codebook = pd.DataFrame({"item": ["e", "p"], "attribute": "speed", "role": ["expectation", "perception"],
    ...                          "construct": "care", "scale_min": 1.0, "scale_max": 7.0})
    >>> table = fit_polynomial_gap(survey, codebook, outcome="overall", n_boot=20).table.set_index("term")
    >>> table.loc[["perception", "expectation"], "estimate"].round(6).tolist()
    [1.0, -1.0]
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    if covariance not in ("HC3", "OLS"):
        raise DataError(f"covariance: found {covariance!r}, expected 'HC3' or 'OLS'. Correct it.")
    pairs = chosen_pairs(survey, codebook, dimension)
    middle = scale_midpoint(codebook, pairs, midpoint)
    expected, perceived = (mean_of_parts(side) - middle for side in sides_of(survey, pairs))
    judged = judgement(survey, outcome)
    known = complete_rows(expected, perceived, judged)
    y, design = judged[known], quadratic(perceived[known], expected[known])
    require_rows(y, design)
    fit = fit_surface(y, design)
    combinations = {name: tuple(row) for name, row in zip(COEFFICIENTS, np.eye(6), strict=True)} | LINES
    rows = linear_rows(fit, combinations, covariance, conf_level).assign(note="")
    half_range = float(np.abs(design[:, 1:3]).max())
    points = _point_rows(y, design, middle, half_range, conf_level, n_boot, seed)
    if not curves_clearly(fit) and points["estimate"].notna().any():
        points.loc[:, ["std_error", "conf_low", "conf_high"]] = np.nan
        points["note"] = points["note"].where(points["note"] == NO_POINT, HARDLY)
    info = {
        "n_obs": int(known.sum()),
        "n_dropped": int((~known).sum()),
        "outcome": outcome,
        "dimension": dimension,
        "midpoint": middle,
        "half_range": half_range,
        "ranges": _ranges(design),
        "r_squared": fit.r_squared,
        "method": METHOD.format(covariance=covariance),
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    table = pd.concat([rows, points], ignore_index=True)
    return PolynomialResult(table=table, constraints=constraint_tests(y, design), info=info)


def curves_clearly(fit: SurfaceFit) -> bool:
    """Whether 4 b3 b5 - b4², which the stationary point is divided by, is four standard errors from zero."""
    _, _, _, b3, b4, b5 = fit.coefficients
    gradient = np.array([0, 0, 0, 4 * b5, -2 * b4, 4 * b3])
    error = float(np.sqrt(gradient @ fit.robust @ gradient))
    return bool(abs(4 * b3 * b5 - b4**2) > 4 * error)


def _ranges(design: Matrix) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where respondents stand along P = E and along P = -E, so that the lines are drawn no further."""
    along, apart = (design[:, 1] + design[:, 2]) / 2, (design[:, 1] - design[:, 2]) / 2
    return (float(along.min()), float(along.max())), (float(apart.min()), float(apart.max()))


def require_rows(y: Matrix, design: Matrix) -> None:
    """Refuse data that six coefficients cannot be estimated from."""
    n, k = design.shape
    if n < k + threshold("spare_units").value:
        raise EstimationError(
            f"polynomial: found {n} respondents with perception, expectation and judgement, expected at least "
            f"{k + int(threshold('spare_units').value)}. Use more data."
        )
    if np.ptp(y) == 0 or np.linalg.matrix_rank(design) < k:
        raise EstimationError(
            "polynomial: found a judgement that does not vary, or too few different answers for a surface, expected "
            "at least three values of each side. Use more items or more data."
        )


def constraint_tests(y: Matrix, design: Matrix) -> pd.DataFrame:
    """F tests: equal and opposite slopes of P and E, no curvature, and both at once (what a difference score says)."""
    linear, full = fit_surface(y, design[:, :3]), fit_surface(y, design)
    rows = constraint_rows("perception = -expectation, in P + E", linear, EQUAL_AND_OPPOSITE)
    rows += constraint_rows(f"{HIGHER[0]}, in the polynomial", full, HIGHER[1])
    rows += constraint_rows("difference score, in the polynomial", full, DIFFERENCE)
    return pd.DataFrame(rows)


def _point_rows(
    y: Matrix, design: Matrix, middle: float, half_range: float, conf_level: float, n_boot: int, seed: int
) -> pd.DataFrame:
    """Stationary point in points of the scale and slope of the first principal axis."""
    columns = np.column_stack([design, y])
    shift = np.array([middle, middle, 0.0])
    estimate = stationary(solve_moments(columns.T @ columns, list(range(6)), 6)) + shift
    draws = stationary(solve_moments(resampled_moments(columns, n_boot, seed), list(range(6)), 6)) + shift
    low, high, _ = percentile_interval(draws, conf_level)
    outside = np.abs(estimate - shift) > half_range
    outside[2] = False
    rows = {
        "term": list(POINTS),
        "n": len(y),
        "estimate": estimate,
        "std_error": np.full(3, np.nan) if n_boot < 2 else bootstrap_std_error(draws),
        "conf_low": low,
        "conf_high": high,
        "note": np.select([np.isnan(estimate), outside], [NO_POINT, OUTSIDE], default=""),
    }
    return pd.DataFrame(rows)
