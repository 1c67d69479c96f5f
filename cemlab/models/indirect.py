"""Indirect effects along the chain: products of coefficients with Monte-Carlo or percentile bootstrap intervals.

Monte Carlo: the coefficients of each equation are drawn from the t distribution that its robust covariance and degrees
of freedom describe, and the interval holds the middle of the products' distribution. Percentile bootstrap: a resample
is a vector of counts over rows (or over whole units); the normal equations of all resamples come from one product of
the counts with the rows' cross products and are solved in one batch.

References
----------
MacKinnon, D. P., Lockwood, C. M. & Williams, J. (2004). Confidence limits for the indirect effect: distribution of the
    product and resampling methods. Multivariate Behavioral Research 39, 99-128.
Preacher, K. J. & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for indirect effects.
    Communication Methods and Measures 6, 77-98.
Sobel, M. E. (1982). Asymptotic confidence intervals for indirect effects in structural equation models. Sociological
    Methodology 13, 290-312.
Shrout, P. E. & Bolger, N. (2002). Mediation in experimental and nonexperimental studies. Psychological Methods 7,
    422-445.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.models.levels import LevelRows, unit_codes
from cemlab.models.links import Equation, Link
from cemlab.models.regression import LinearFit
from cemlab.resampling import bootstrap_counts, bootstrap_std_error, percentile_interval

ARROW = " → "
ALL_PATHS = "Sum over all paths from the source to the target."
SOME_FAILED = "Some resamples could not be estimated; the interval rests on the others."
COLUMNS = ["path", "level", "source", "target", "estimate", "std_error", "conf_low", "conf_high", "standardized", "n",
           "n_units", "note"]  # fmt: skip
CELLS = 20_000_000  # counts held at once
SINGULAR = 1e-10
Array = NDArray[np.float64]
Method = Literal["monte_carlo", "percentile"]
Fitted = Sequence[tuple[Equation, LinearFit]]
METHODS = {
    "monte_carlo": "Monte Carlo with t draws and robust covariances (MacKinnon, Lockwood & Williams 2004; Preacher & "
    "Selig 2012), the best of six methods in tests/benchmarks/coverage_indirect.md: cautious where all links of a path "
    "are zero, too short where errors are skewed and very unequal; std_error: first order (Sobel 1982)",
    "percentile": "percentile bootstrap (Shrout & Bolger 2002); std_error: standard deviation of the resamples",
}


class SobelTest(NamedTuple):
    """Product of two coefficients, its first-order standard error, z and two-sided p."""

    estimate: float
    std_error: float
    statistic: float
    p_value: float


def sobel_test(a: float, se_a: float, b: float, se_b: float) -> SobelTest:
    """Sobel's test of the product a·b, a check on the bootstrap (its normal p value is too cautious in small samples).

    Parameters
    ----------
    a, se_a : float
        Coefficient of the mediator on the source, and its standard error.
    b, se_b : float
        Coefficient of the target on the mediator, and its standard error.

    References
    ----------
    Sobel (1982).

    Examples
    --------
    >>> result = sobel_test(0.40, 0.08, 0.30, 0.07)
    >>> round(result.estimate, 2), round(result.std_error, 5), round(result.statistic, 3)
    (0.12, 0.03688, 3.254)
    """
    from scipy.special import ndtr

    error = float(np.hypot(a * se_b, b * se_a))
    statistic = a * b / error if error > 0 else float("nan")
    return SobelTest(a * b, error, statistic, float(2 * ndtr(-abs(statistic))))


def resampled_coefficients(equation: Equation, units: NDArray[np.int64], counts: NDArray[np.int64]) -> Array:
    """Coefficients of one equation in every resample; NaN where a resample has no unique solution.

    Parameters
    ----------
    equation : Equation
    units : array of shape (n,)
        Which resampled unit (column of `counts`) each of the equation's rows belongs to.
    counts : array of shape (n_boot, n_units)

    Returns
    -------
    array of shape (n_boot, k)
    """
    x, k = equation.design, equation.design.shape[1]
    weighted = x * equation.weights[:, None]
    products = (weighted[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    crossed = np.column_stack([products, weighted * equation.y[:, None]])
    parts = np.zeros((counts.shape[1], crossed.shape[1]))
    np.add.at(parts, units, crossed)
    summed = counts.astype(float) @ parts
    normal, moment = summed[:, : k * k].reshape(-1, k, k), summed[:, k * k :]
    scale = np.sqrt(np.einsum("bii->bi", normal))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = normal / (scale[:, :, None] * scale[:, None, :])
    solvable = np.linalg.eigvalsh(scaled)[:, 0] > SINGULAR
    scaled[~solvable] = np.eye(k)
    solved = np.linalg.solve(scaled, (moment / scale)[:, :, None])[:, :, 0] / scale
    solved[~solvable] = np.nan
    return solved


def directed_paths(links: Sequence[Link]) -> Iterator[tuple[Link, ...]]:
    """Every directed path of two or more links that visits no construct twice."""
    leaving: dict[str, list[Link]] = {}
    for link in links:
        leaving.setdefault(link.source, []).append(link)

    def walk(trail: tuple[Link, ...]) -> Iterator[tuple[Link, ...]]:
        if len(trail) > 1:
            yield trail
        seen = {trail[0].source, *(link.target for link in trail)}
        for link in leaving.get(trail[-1].target, []):
            if link.target not in seen:
                yield from walk((*trail, link))

    for link in links:
        yield from walk((link,))


def monte_carlo_coefficients(fit: LinearFit, n_draws: int, rng: np.random.Generator) -> Array:
    """Draws of all coefficients of a fit from the multivariate t that its covariance and df describe.

    Returns
    -------
    array of shape (n_draws, k)

    References
    ----------
    MacKinnon, Lockwood & Williams (2004); Preacher & Selig (2012), there with normal draws.
    """
    values, vectors = np.linalg.eigh(fit.covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    normal = rng.normal(size=(n_draws, len(fit.coefficients)))
    heavy = np.sqrt(fit.df / rng.chisquare(fit.df, n_draws)) if np.isfinite(fit.df) else np.ones(n_draws)
    return fit.coefficients + heavy[:, None] * (normal @ root)


def indirect_rows(
    equations: Fitted, *, conf_level: float, n_boot: int, rng: np.random.Generator, method: Method = "monte_carlo"
) -> list[dict[str, Any]]:
    """Rows of all indirect effects among the equations of one level's frame."""
    paths = list(directed_paths([link for equation, _ in equations for link in equation.links]))
    if not paths:
        return []
    level = equations[0][0].level
    draws = _simulated(equations, n_boot, rng) if method == "monte_carlo" else _resampled(level, equations, n_boot, rng)
    point = _by_link(equations, "coefficients")
    standard = _by_link(equations, "standardized")
    homes = {link.id: equation for equation, _ in equations for link in equation.links}
    rows = []
    for group in _groups(paths):
        used = [homes[link.id] for path in group for link in path]
        few = min(used, key=lambda equation: len(equation.rows))
        n = len(few.rows)
        clusters = n if level.level == "unit" else len(np.unique(few.clusters)) if few.clusters is not None else 0
        estimate, standardized, values = (_sum_of_products(group, part) for part in (point, standard, draws))
        low, high, failed = percentile_interval(values, conf_level)
        error = _first_order(group, point, equations) if method == "monte_carlo" else bootstrap_std_error(values)
        notes = [ALL_PATHS] * (len(group) > 1) + [SOME_FAILED] * (failed > 0)
        rows.append({
            "path": _label(group), "level": level.level, "source": group[0][0].source, "target": group[0][-1].target,
            "estimate": float(estimate), "std_error": error, "conf_low": low, "conf_high": high,
            "standardized": float(standardized), "n": n, "n_units": clusters, "note": " ".join(notes),
        })  # fmt: skip
    return rows


def indirect_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of all levels as one table."""
    return pd.DataFrame(rows, columns=COLUMNS)


def _simulated(equations: Fitted, n_draws: int, rng: np.random.Generator) -> dict[str, Array]:
    """Coefficient of each link in every Monte-Carlo draw; those of one equation are drawn together."""
    drawn: dict[str, Array] = {}
    for equation, fit in equations:
        coefficients = monte_carlo_coefficients(fit, n_draws, rng)
        first = len(fit.coefficients) - len(equation.links)
        drawn |= {link.id: coefficients[:, first + place] for place, link in enumerate(equation.links)}
    return drawn


def _first_order(group: Sequence[tuple[Link, ...]], point: Mapping[str, Any], equations: Fitted) -> float:
    """Standard error of the sum of products by the delta method, covariances within an equation kept."""
    gradient: dict[str, float] = {}
    for path in group:
        for link in path:
            others = [point[other.id] for other in path if other is not link]
            gradient[link.id] = gradient.get(link.id, 0.0) + float(np.prod(others))
    variance = 0.0
    for equation, fit in equations:
        slopes = np.array([gradient.get(link.id, 0.0) for link in equation.links])
        first = len(fit.coefficients) - len(equation.links)
        variance += float(slopes @ fit.covariance[first:, first:] @ slopes)
    return float(np.sqrt(max(variance, 0.0)))


def _resampled(level: LevelRows, fitted: Fitted, n_boot: int, rng: np.random.Generator) -> dict[str, Array]:
    """Coefficient of each link in every resample: rows (or whole units) drawn within their organization."""
    frame, equations = level.frame, [equation for equation, _ in fitted]
    codes = unit_codes(frame) if level.clusters else np.arange(len(frame))
    if level.clusters and len(np.unique(codes)) < 2:
        codes = np.arange(len(frame))
    organizations = pd.Series(frame["organization"].to_numpy()).groupby(codes).first().to_numpy()
    n_units = len(organizations)
    batches: dict[str, list[Array]] = {link.id: [np.empty(0)] for each in equations for link in each.links}
    left = n_boot
    while left:
        size = min(left, max(1, CELLS // max(n_units, 1)))
        counts = bootstrap_counts(n_units, size, rng, strata=organizations)
        for equation in equations:
            solved = resampled_coefficients(equation, codes[equation.rows], counts)
            first = solved.shape[1] - len(equation.links)
            for place, link in enumerate(equation.links, start=first):
                batches[link.id].append(solved[:, place])
        left -= size
    return {name: np.concatenate(parts) for name, parts in batches.items()}


def _by_link(equations: Fitted, attribute: str) -> dict[str, Array]:
    values = {}
    for equation, fit in equations:
        for link, value in zip(reversed(equation.links), reversed(getattr(fit, attribute)), strict=False):
            values[link.id] = value
    return values


def _groups(paths: Sequence[tuple[Link, ...]]) -> list[list[tuple[Link, ...]]]:
    """Each path alone, then all paths together for each pair of ends that several paths join."""
    ends: dict[tuple[str, str], list[tuple[Link, ...]]] = {}
    for path in paths:
        ends.setdefault((path[0].source, path[-1].target), []).append(path)
    return [[path] for path in paths] + [group for group in ends.values() if len(group) > 1]


def _sum_of_products(group: Sequence[tuple[Link, ...]], values: Mapping[str, Any]) -> Any:
    return sum(np.prod([values[link.id] for link in path], axis=0) for path in group)


def _label(group: Sequence[tuple[Link, ...]]) -> str:
    source, target = group[0][0].source, group[0][-1].target
    middle = [link.target for link in group[0][:-1]] if len(group) == 1 else ["…"]
    return ARROW.join([source, *middle, target])
