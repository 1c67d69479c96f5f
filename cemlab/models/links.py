"""The links of the chain as regressions: per level and target one equation on all its declared sources jointly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.models.levels import LevelRows, unit_codes
from cemlab.models.regression import LinearFit, fit_least_squares
from cemlab.multiplicity import holm
from cemlab.thresholds import threshold

NOT_SAME_PEOPLE = "Not both measured on the same people."
NOT_PER_UNIT = "Not both known per unit."
NOT_IN_PANEL = "Not both known per unit and wave."
TOO_FEW = "Too few rows for the number of sources."
TOO_FEW_UNITS = "Too few units for the number of sources."
CONSTANT = "The source or the target does not vary."
FLAT_INSIDE = "The source or the target does not vary inside an organization (and wave)."
COLLINEAR = "The sources repeat one another."
WITHOUT_SOURCES = "The model leaves out a declared source that cannot be estimated at this level."
ONE_UNIT = "All respondents belong to one unit; they are taken as independent."
GATE_FAILS = "The aggregation gate does not fully back the unit means of the source or the target."
MISSING = {"respondent": NOT_SAME_PEOPLE, "unit": NOT_PER_UNIT, "panel": NOT_IN_PANEL, "within": NOT_IN_PANEL}
COLUMNS = ["hypothesis", "level", "source", "target", "expected_sign", "estimate", "std_error", "statistic", "df",
           "p_value", "p_adjusted", "conf_low", "conf_high", "standardized", "n", "n_units", "r_squared", "verdict",
           "note"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A hypothesis: `source` → `target` with the expected sign, "+" or "-"."""

    id: str
    source: str
    target: str
    sign: str = "+"


@dataclass(frozen=True, slots=True)
class Equation:
    """One target on its sources at one level.

    Attributes
    ----------
    links : tuple of Link
        Those estimated, in the order of the design's last columns.
    rows : array of int, shape (n,)
        Complete rows of the level's frame.
    y, design, weights, clusters : arrays of shape (n,), (n, k), (n,), (n,)
        `clusters` is None where rows are independent.
    reasons : mapping
        hypothesis -> why it is not estimable.
    """

    level: LevelRows
    target: str
    links: tuple[Link, ...]
    rows: NDArray[np.int64]
    y: NDArray[np.float64]
    design: NDArray[np.float64]
    weights: NDArray[np.float64]
    clusters: NDArray[np.int64] | None
    reasons: Mapping[str, str] = field(default_factory=dict)


def build_equation(level: LevelRows, target: str, links: Sequence[Link]) -> Equation:
    """Complete rows and design of one target; sources that cannot be estimated are left out with their reason."""
    missing = MISSING[level.level]
    reasons = {link.id: missing for link in links if not {link.source, target} <= set(level.names)}
    usable = [link for link in links if link.id not in reasons]
    frame = level.frame
    names = [target, *(link.source for link in usable)] if usable else []
    complete = np.flatnonzero(frame[names].notna().all(axis=1)) if names else np.array([], dtype=int)
    part = frame.iloc[complete]
    reasons |= _flat_links(level, part, usable, names)
    usable = [link for link in usable if link.id not in reasons]
    fixed = _fixed_part(level, part)
    design = np.column_stack([fixed, *(part[link.source].to_numpy(dtype=float) for link in usable)])
    clusters = unit_codes(part) if level.clusters else None
    if clusters is not None and len(part) and len(np.unique(clusters)) < 2:
        clusters = None
    reason = _too_small(level, design, clusters) if usable else ""
    if reason:
        reasons |= {link.id: reason for link in usable}
        usable = []
    y = part[target].to_numpy(dtype=float) if usable else np.array([])
    weights = part["weight"].to_numpy(dtype=float)
    return Equation(level, target, tuple(usable), complete, y, design, weights, clusters, reasons)


def _fixed_part(level: LevelRows, part: pd.DataFrame) -> NDArray[np.float64]:
    """Columns that are not sources: ones and a dummy for each group with its own intercept but the first."""
    if level.level == "within":
        return np.empty((len(part), 0))
    dummies = pd.get_dummies(intercept_groups(level.level, part), drop_first=True, dtype=float)
    return np.column_stack([np.ones(len(part)), dummies.to_numpy(dtype=float)])


def intercept_groups(level: str, part: pd.DataFrame) -> pd.Series:
    """Group of each row that has its own intercept: its organization, and for people also its wave.

    With an intercept per wave a shift between waves, which moves both ends of an arrow, is not read as a link.
    """
    if level != "respondent" or "wave" not in part:
        return part["organization"].astype(str)
    return part["organization"].astype(str) + "\x1f" + part["wave"].astype("string").fillna("").astype(str)


def _flat_links(level: LevelRows, part: pd.DataFrame, links: Sequence[Link], names: Sequence[str]) -> dict[str, str]:
    """Links one end of which does not vary at all, or not inside the groups that have their own intercepts."""
    if not len(part):
        return {}
    flat = {name for name in names if not _varies(part[name])}
    groups = intercept_groups(level.level, part)
    inside = set(flat)
    if level.level != "within" and groups.nunique() > 1:
        values = part[list(names)]
        spread = (values - values.groupby(groups).transform("mean")).abs().max()
        inside |= set(spread.index[spread <= 1e-9 * values.abs().max().clip(lower=1.0)])
    reasons = {}
    for link in links:
        ends = {link.source, link.target}
        if ends & inside:
            reasons[link.id] = CONSTANT if ends & flat else FLAT_INSIDE
    return reasons


def _varies(values: pd.Series) -> bool:
    spread = float(values.max() - values.min()) if len(values) else 0.0
    return spread > 1e-9 * max(1.0, float(values.abs().max()) if len(values) else 1.0)


def _too_small(level: LevelRows, design: NDArray[np.float64], clusters: NDArray[np.int64] | None) -> str:
    n, k = design.shape
    least = k + threshold("spare_units").value
    if n < least:
        return TOO_FEW_UNITS if level.level == "unit" else TOO_FEW
    if level.level in ("panel", "within") and (clusters is None or len(np.unique(clusters)) < least):
        return TOO_FEW_UNITS
    scaled = design / np.maximum(np.abs(design).max(axis=0), 1e-12)
    return COLLINEAR if np.linalg.matrix_rank(scaled) < k else ""


def fit_equation(equation: Equation) -> LinearFit | None:
    """Weighted least squares: CV3 by unit where rows are people or waves, HC3 where rows are units."""
    if not equation.links:
        return None
    return fit_least_squares(equation.y, equation.design, clusters=equation.clusters, weights=equation.weights)


def equation_rows(equation: Equation, fit: LinearFit | None, conf_level: float) -> list[dict[str, Any]]:
    """A row per estimated link: estimate, std_error, interval … in units of the target per unit of the source."""
    from scipy.special import stdtr, stdtrit

    if fit is None:
        return []
    first = len(fit.coefficients) - len(equation.links)
    half = stdtrit(fit.df, (1 + conf_level) / 2)
    unit_level = equation.level.level == "unit"
    alone = equation.level.clusters and equation.clusters is None
    notes = [WITHOUT_SOURCES] * bool(equation.reasons) + [ONE_UNIT] * alone
    rows = []
    for place, link in enumerate(equation.links, start=first):
        estimate, error = float(fit.coefficients[place]), float(fit.std_errors[place])
        statistic = estimate / error if error > 0 else np.nan
        rows.append({
            "hypothesis": link.id, "level": equation.level.level, "source": link.source, "target": link.target,
            "expected_sign": link.sign, "estimate": estimate, "std_error": error, "statistic": statistic, "df": fit.df,
            "p_value": float(2 * stdtr(fit.df, -abs(statistic))), "conf_low": estimate - half * error,
            "conf_high": estimate + half * error, "standardized": float(fit.standardized[place]), "n": fit.n,
            "n_units": fit.n if unit_level else fit.n_clusters if equation.clusters is not None else int(alone),
            "r_squared": fit.r_squared, "note": " ".join(notes),
        })  # fmt: skip
    return rows


def missing_row(link: Link, level: str, reason: str) -> dict[str, Any]:
    """The row of a link that cannot be estimated at a level."""
    about = {"hypothesis": link.id, "level": level, "source": link.source, "target": link.target}
    return about | {"expected_sign": link.sign, "n": 0, "n_units": 0, "note": reason}


def finish_table(rows: list[dict[str, Any]], links: Sequence[Link], conf_level: float) -> pd.DataFrame:
    """Order by level and hypothesis, adjust p values within a level (Holm), and state the verdicts."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    numbers = [c for c in COLUMNS[5:17] if c not in ("n", "n_units")]
    table[numbers] = table[numbers].astype(float)
    order = {link.id: place for place, link in enumerate(links)}
    levels = {level: place for place, level in enumerate(MISSING)}
    table = table.sort_values(
        ["level", "hypothesis"], key=lambda c: c.map(levels if c.name == "level" else order), kind="stable"
    ).reset_index(drop=True)
    for _, part in table.groupby("level"):
        table.loc[part.index, "p_adjusted"] = holm(part["p_value"].to_numpy())
    table["verdict"] = [
        verdict(estimate, p_value, sign, conf_level)
        for estimate, p_value, sign in zip(table["estimate"], table["p_adjusted"], table["expected_sign"], strict=True)
    ]
    return table


def verdict(estimate: float, p_adjusted: float, expected_sign: str, conf_level: float) -> str:
    """State supported, not supported, opposite or not estimable, from the sign and the adjusted p value.

    Examples
    --------
    >>> verdict(0.4, 0.01, "+", 0.95), verdict(0.4, 0.01, "-", 0.95), verdict(0.4, 0.2, "+", 0.95)
    ('supported', 'opposite', 'not supported')
    """
    if np.isnan(estimate) or np.isnan(p_adjusted):
        return "not estimable"
    if p_adjusted >= round(1 - conf_level, 12):
        return "not supported"
    return "supported" if (estimate > 0) == (expected_sign == "+") else "opposite"
