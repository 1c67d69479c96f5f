"""Key drivers: which of several ratings account for an outcome, with intervals; a description, never a lever.

References
----------
Grömping, U. (2007). Estimators of relative importance in linear regression based on variance decomposition. The
    American Statistician 61, 139-147.
Johnson, J. W. (2000). Multivariate Behavioral Research 35, 1-19.
Tonidandel, S., LeBreton, J. M. & Johnson, J. W. (2009). Determining the statistical significance of relative weights.
    Psychological Methods 14, 387-399. (comparison with a random variable)
Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American Statistician 69, 371-386. (the
    percentile interval expanded for small samples)
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.models import relative_importance as importance
from cemlab.models.correlations import correlation_matrices
from cemlab.models.driver_draws import N_ORDERS, Draws, draw_importance
from cemlab.multiplicity import holm
from cemlab.resampling import bootstrap_std_error, percentile_interval
from cemlab.results import Result
from cemlab.weighting import respondent_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Method = Literal["lmg", "johnson", "both"]
OPPOSITE = "The correlation and the regression weight have opposite signs: a suppressor."
NEGATIVE = "Goes with a lower outcome: the correlation is negative."
COLUMNS = ["driver", "method", "estimate", "std_error", "conf_low", "conf_high", "raw", "raw_low", "raw_high",
           "monte_carlo_error", "correlation", "standardized", "p_value", "p_adjusted", "n", "note"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DriversResult(Result):
    """A row per driver and method; `info["r_squared"]`: what all drivers account for together."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Each driver's share of R² with its interval, the largest first.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of drivers and outcome.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = names or {}
        rows = self.table.sort_values("estimate", ascending=False, kind="stable")
        ax = new_axes(ax, words=words)
        intervals(
            ax, [shown.get(name, name) for name in rows["driver"]], rows["estimate"].tolist(),
            rows["conf_low"].tolist(), rows["conf_high"].tolist(), words=words,
            axis_label=words("Share of what all drivers account for"), reference=1 / rows["driver"].nunique(),
            hues=[words(METHODS[name]) for name in rows["method"]],
        )  # fmt: skip
        outcome = self.info["outcome"]
        caption = words(
            "{n} respondents; together {share} of the variance. The dashed line is an equal share. Not causal.",
            n=words.number(self.info["n_obs"]), share=words.percent(self.info["r_squared"]),
        )  # fmt: skip
        title = words("What goes with {outcome}", outcome=shown.get(outcome, outcome))
        return finish(ax, words=words, title=title, caption=caption)


METHODS = {"lmg": "LMG (Shapley)", "johnson": "Relative weights (Johnson)"}


def rank_drivers(
    data: pd.DataFrame,
    *,
    outcome: str,
    drivers: Sequence[str],
    method: Method = "lmg",
    missing: Literal["listwise", "pairwise"] = "listwise",
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> DriversResult:
    """Each driver's share (0 to 1) of the R² of the outcome on all drivers, with bootstrap intervals; not causal.

    LMG is exact up to 15 drivers; above, orders are sampled and `monte_carlo_error` says how well. A share is never
    negative even where the driver goes with a lower outcome: read `correlation`. For the same reason the interval of a
    driver without importance does not reach 0: ask `p_value`, which is conservative.

    Intervals are percentile intervals expanded for the residual degrees of freedom (Hesterberg 2015). With skewed
    5-point answers at n = 30, shares of five drivers were covered in 95 % of the samples (percentile 90 %, BCa 80 %),
    the share of the strongest in 90 % (85 %, 81 %); from n = 100 on the three come together
    (tests/benchmarks/coverage_drivers.md).

    Parameters
    ----------
    data : DataFrame of shape (n_respondents, …)
        Numeric columns.
    outcome : str
        The column to account for.
    drivers : sequence of str
        Two columns or more.
    method : {"lmg", "johnson", "both"}
        LMG (Shapley) or Johnson's relative weights, in the unit of R².
    missing : {"listwise", "pairwise"}
        Complete rows, or each correlation on the rows with both answers (where many did not apply).
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.
    n_boot : int
        Resamples of respondents.
    seed : int
        Of resamples, random variable and sampled orders.

    Returns
    -------
    DriversResult
        `table`: driver, method, estimate (share of R²), std_error, conf_low, conf_high, raw, raw_low, raw_high (in
        units of R²), monte_carlo_error (of raw; 0 where exact), correlation, standardized, p_value (bootstrap test that
        the driver accounts for as much as a variable of random numbers), p_adjusted (Holm within a method), n, note.

    Raises
    ------
    DataError
        Unknown, repeated or non-numeric columns.
    EstimationError
        Too few rows, a column that does not vary, or a driver that the others repeat (named).

    References
    ----------
    Grömping (2007); Johnson (2000); Tonidandel, LeBreton & Johnson (2009), with new random numbers in each resample.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["speed", "price", "care"])
    >>> frame["satisfaction"] = 2 * frame["speed"] + frame["care"] + rng.normal(size=200)
    >>> result = rank_drivers(frame, outcome="satisfaction", drivers=["speed", "price", "care"], n_boot=200)
    >>> result.table.sort_values("estimate")["driver"].tolist()
    ['price', 'care', 'speed']
    """
    names = list(drivers)
    kinds = _kinds(method, missing, conf_level)
    values, w = _rows(data, [*names, outcome], weights, missing)
    matrix = correlation_matrices(values, w[None])[0]
    _check_matrix(matrix, values, [*names, outcome])
    beta = np.linalg.solve(matrix[:-1, :-1], matrix[:-1, -1])
    answered = ~np.isnan(values)
    about = {
        "driver": names, "correlation": matrix[:-1, -1], "standardized": beta,
        "n": (answered[:, :-1] & answered[:, -1:]).sum(axis=0), "note": _notes(matrix[:-1, -1], beta),
    }  # fmt: skip
    n, p, parts = len(values), len(names), []
    least = int(about["n"].min())
    level = expanded_level(conf_level, min(w.sum() ** 2 / (w @ w), least), p)
    for kind in kinds:
        draws = draw_importance(values, w, kind, n_boot=n_boot, seed=seed)
        parts.append(pd.DataFrame(about | {"method": kind} | _estimates(draws, level)))
    r_squared = importance.explained_share(matrix[:-1, :-1], matrix[:-1, -1])
    info = {
        "n_obs": n, "n_dropped": len(data) - n, "outcome": outcome, "r_squared": r_squared,
        "adjusted_r_squared": 1 - (1 - r_squared) * (least - 1) / (least - p - 1), "missing": missing,
        "method": " and ".join(METHODS[kind] for kind in kinds) + "; bootstrap over respondents, percentile expanded "
        "to the residual degrees of freedom; Holm over the drivers of a method",
        "n_orders": 2 * N_ORDERS if p > importance.EXACT_DRIVERS and "lmg" in kinds else None,
        "conf_level": conf_level, "n_boot": n_boot, "seed": seed,
    }  # fmt: skip
    return DriversResult(table=pd.concat(parts, ignore_index=True)[COLUMNS], info=info)


def expanded_level(conf_level: float, n: float, p: int) -> float:
    """The level at which percentiles are taken so that they cover at `conf_level` with n rows and p drivers.

    References
    ----------
    Hesterberg (2015), section 4.3, with n - p - 1 degrees of freedom instead of n - 1.

    Examples
    --------
    >>> round(expanded_level(0.95, 30, 6), 3), round(expanded_level(0.95, 3000, 6), 3)
    (0.982, 0.95)
    """
    from scipy.special import ndtr, stdtrit

    df = max(n - p - 1, 1.0)
    return float(1 - 2 * ndtr(-stdtrit(df, (1 + conf_level) / 2) * np.sqrt(n / df)))


def _estimates(draws: Draws, level: float) -> dict[str, Any]:
    """Shares of R² and raw importance with their intervals, and the test against random numbers."""
    shares = [part / part.sum(axis=-1, keepdims=True) for part in (draws.resampled, draws.raw)]
    ends, raw_ends = percentile_interval(shares[0], level), percentile_interval(draws.resampled, level)
    valid = np.isfinite(draws.beyond_noise)
    n_valid = valid.sum(axis=0)
    below, above = ((sign * draws.beyond_noise <= 0) & valid for sign in (1, -1))
    less = np.minimum(below.sum(axis=0), above.sum(axis=0))
    p_value = np.where(n_valid > 0, np.minimum(1.0, 2 * (less + 1) / (n_valid + 1)), np.nan)
    return {
        "estimate": shares[1], "std_error": bootstrap_std_error(shares[0]),
        "conf_low": ends.low, "conf_high": ends.high,
        "raw": draws.raw, "raw_low": raw_ends.low, "raw_high": raw_ends.high,
        "monte_carlo_error": draws.monte_carlo_error, "p_value": p_value, "p_adjusted": holm(p_value),
    }  # fmt: skip


def _kinds(method: str, missing: str, conf_level: float) -> list[str]:
    """The methods asked for, once the options are right."""
    for name, value, known in (("method", method, [*METHODS, "both"]), ("missing", missing, ["listwise", "pairwise"])):
        if value not in known:
            raise EstimationError(f"rank_drivers: found {name}={value!r}, expected {' or '.join(known)}. Correct it.")
    if not 0 < conf_level < 1:
        raise EstimationError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    return list(METHODS) if method == "both" else [method]


def _rows(
    data: pd.DataFrame, names: list[str], weights: str | ArrayLike | pd.Series | None, missing: str
) -> tuple[Array, Array]:
    """The rows that enter, and their weights."""
    check_columns("rank_drivers", data, names)
    if len(names) < 3:
        raise EstimationError(
            f"rank_drivers: found {len(names) - 1} driver, expected two or more to rank. Name another, or correlate."
        )
    w = respondent_weights(data[weights] if isinstance(weights, str) else weights, data.index)
    values = data[names].to_numpy(dtype=float, na_value=np.nan)
    answered = ~np.isnan(values)
    complete = answered.all(axis=1) if missing == "listwise" else answered[:, -1] & answered[:, :-1].any(axis=1)
    used = complete & (w > 0)
    if used.sum() <= len(names):
        raise EstimationError(
            f"rank_drivers: found {int(used.sum())} of {len(data)} rows usable for {len(names) - 1} drivers, expected "
            f"at least {len(names) + 1}. Name fewer drivers, or take missing='pairwise' where many did not apply."
        )
    return values[used], w[used]


def check_columns(where: str, data: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse columns that are absent, named twice or not numbers."""
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise DataError(f"{where}: found {twice[0]!r} twice, expected each column once. Take one out.")
    for name in names:
        if name not in data:
            raise DataError(f"{where}: found no column {name!r}, expected it in the data. Correct the name.")
        if not (pd.api.types.is_numeric_dtype(data[name]) or pd.api.types.is_bool_dtype(data[name])):
            raise DataError(f"{where}: found text in {name!r}, expected numbers. Turn it into codes first.")


def _check_matrix(matrix: Array, values: Array, names: list[str]) -> None:
    """Refuse, by name, columns that do not vary or that the others repeat."""
    constant = [name for name, r in zip(names, np.diagonal(matrix), strict=True) if not np.isfinite(r)]
    if constant:
        raise EstimationError(
            f"rank_drivers: found the same answer everywhere in {', '.join(constant)} ({len(values)} rows), "
            "expected columns that vary. Leave it out."
        )
    if not np.isfinite(matrix).all():
        raise EstimationError(
            "rank_drivers: found two columns that nobody answered together, expected pairs. Leave one of them out."
        )
    if np.linalg.eigvalsh(matrix)[0] < -1e-9:
        raise EstimationError(
            "rank_drivers: found pairwise correlations that no single set of answers can have, expected ones that fit "
            "together. Take missing='listwise', or leave out the drivers with the fewest answers."
        )
    repeated = importance.repeated_driver(matrix[:-1, :-1])
    if repeated is not None:
        place, others = repeated
        raise EstimationError(
            f"rank_drivers: found that {names[place]!r} repeats {' + '.join(names[i] for i in others)}, "
            "expected drivers with something of their own. Leave one of them out."
        )


def _notes(correlation: Array, beta: Array) -> list[str]:
    opposite = (np.sign(correlation) != np.sign(beta)) & (np.abs(beta) > 1e-12)
    return [OPPOSITE if a else NEGATIVE if r < 0 else "" for a, r in zip(opposite, correlation, strict=True)]
