"""A link over unit × wave rows: random-intercept regression, the companion of the between-unit link.

A random-intercept slope weighs change within units and differences between them together; the `within` level of the
chain (rows centred on their unit's mean) keeps only the change.

References
----------
Laird, N. M. & Ware, J. H. (1982). Random-effects models for longitudinal data. Biometrics 38, 963-974.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cemlab.intervals import normal_quantile
from cemlab.models.levels import LevelRows
from cemlab.models.links import (
    TOO_FEW_UNITS,
    Equation,
    Link,
    build_equation,
    missing_row,
)

NOT_CONVERGED = "The random-intercept model did not converge."
Array = NDArray[np.float64]


class RandomIntercept(NamedTuple):
    """Slope of the last design column, its standard error, and the variances between and within units."""

    estimate: float
    std_error: float
    between_variance: float
    within_variance: float
    converged: bool


def fit_random_intercept(y: Array, design: Array, units: NDArray[Any], *, reml: bool = True) -> RandomIntercept:
    """Slope of `y` on the last column of `design` with an intercept that varies over units.

    Parameters
    ----------
    y : array of shape (n,)
    design : array of shape (n, k)
        With its column of ones.
    units : array of shape (n,)
        Whose row it is.
    reml : bool
        Restricted maximum likelihood (default) or maximum likelihood.

    References
    ----------
    Laird & Ware (1982).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> units, x = np.repeat(np.arange(30), 4), rng.normal(size=120)
    >>> y = 2 * x + rng.normal(size=30)[units] + rng.normal(size=120)
    >>> abs(fit_random_intercept(y, np.column_stack([np.ones(120), x]), units).estimate - 2) < 0.4
    True
    """
    from statsmodels.regression.mixed_linear_model import MixedLM

    # Fitted in standard deviations: the optimizer stops early on outcomes whose variance is tiny.
    spread, span = y.std(), design[:, -1].std()
    scaled = design.copy()
    scaled[:, -1] = design[:, -1] / span
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = MixedLM(y / spread, scaled, groups=units).fit(reml=reml)
    factor = spread / span
    last = design.shape[1] - 1
    between = float(np.asarray(fit.cov_re)[0, 0])
    return RandomIntercept(
        float(fit.fe_params[last] * factor),
        float(fit.bse_fe[last] * factor),
        between * float(spread**2),
        float(fit.scale) * float(spread**2),
        bool(fit.converged),
    )


def panel_row(level: LevelRows, link: Link, conf_level: float) -> dict[str, Any]:
    """The row of one link on unit × wave rows; the interval and p value are normal-based (df is NaN)."""
    equation = build_equation(level, link.target, [link])
    if equation.reasons:
        return missing_row(link, level.level, equation.reasons[link.id])
    if equation.clusters is None:
        return missing_row(link, level.level, TOO_FEW_UNITS)
    try:
        fit = fit_random_intercept(equation.y, equation.design, equation.clusters)
    except np.linalg.LinAlgError:
        return missing_row(link, level.level, NOT_CONVERGED)
    if not fit.converged or not fit.std_error > 0:
        return missing_row(link, level.level, NOT_CONVERGED)
    return _row(equation, link, fit, conf_level)


def _row(equation: Equation, link: Link, fit: RandomIntercept, conf_level: float) -> dict[str, Any]:
    from scipy.special import ndtr

    half = normal_quantile(conf_level) * fit.std_error
    statistic = fit.estimate / fit.std_error
    return missing_row(link, "panel", "") | {
        "estimate": fit.estimate,
        "std_error": fit.std_error,
        "statistic": statistic,
        "p_value": float(2 * ndtr(-abs(statistic))),
        "conf_low": fit.estimate - half,
        "conf_high": fit.estimate + half,
        "standardized": fit.estimate * float(equation.design[:, -1].std() / equation.y.std()),
        "n": len(equation.y),
        "n_units": len(set(() if equation.clusters is None else equation.clusters.tolist())),
    }
