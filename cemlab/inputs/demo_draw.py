"""The people of the simulated study: branches, employees and respondents, drawn from a known truth.

Every answer is a bounded latent value rounded up or down at random (floor + Bernoulli(fraction)), so that its
expectation is the latent value itself, on the scale that is observed. Missing answers are drawn before anything
that depends on them, and each construct is drawn from the *observed* score of the construct before it. So the
slopes of the observed scores are the parameters (`demo_settings`) exactly, among respondents and among branches,
and no truth needs a correction for measurement error. Only uniform numbers and arithmetic are used: the draws are
the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cemlab.inputs.demo_settings import (
    CENTRES,
    DETRACTORS,
    EMPLOYEE_CONSTRUCTS,
    EXPECTED,
    LINKS,
    PERCEIVED,
    POINTS,
    PROMOTERS,
    SHAPES,
    SHIFTS,
    SKIPS,
    WAVE_GAIN,
    WAVES,
    demo_words,
    items_of,
    organization_words,
)


@dataclass(frozen=True)
class DrawnPeople:
    """Numeric frames as the loaders give them (reversed items already turned), and the effects behind them."""

    survey: pd.DataFrame
    employees: pd.DataFrame
    units: pd.DataFrame
    effects: dict[str, Any] = field(default_factory=dict)


def draw_people(
    seed: int | Sequence[int],
    *,
    n_organizations: int = 3,
    n_units: int = 24,
    n_respondents: int = 1800,
    n_employees_per_unit: int = 8,
) -> DrawnPeople:
    """Draw branches (`n_units` of each organization), employees and respondents (of all together)."""
    drawn = [
        _draw_organization(seed, k, n_units, n_respondents // n_organizations, n_employees_per_unit)
        for k in range(n_organizations)
    ]
    survey, employees, units = (pd.concat([part[0][i] for part in drawn], ignore_index=True) for i in range(3))
    survey.insert(0, "respondent", [f"R{i + 1:05d}" for i in range(len(survey))])
    employees.insert(0, "respondent", [f"E{i + 1:04d}" for i in range(len(employees))])
    return DrawnPeople(survey, employees, units, {effects["organization"]: effects for _, effects in drawn})


def _draw_organization(
    seed: int | Sequence[int], k: int, n_units: int, n: int, n_employees: int
) -> tuple[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], dict[str, Any]]:
    rng = np.random.default_rng([*np.atleast_1d(seed).tolist(), k, 1])
    name = organization_words(k)["id"]
    codes = np.array([f"{name[:2].upper()}{k + 1}{u + 1:02d}" for u in range(n_units)])
    effects: dict[str, Any] = {construct: _around(rng, n_units, shape[1]) for construct, shape in SHAPES.items()}
    effects |= {"organization": name, "k": k, "service_quality": _around(rng, n_units, 0.2)}
    effects |= {f"unit_{d}": _around(rng, n_units, 0.25) for d in EXPECTED}
    shares = 0.7 + 0.6 * rng.random(n_units)
    effects["shares"] = shares / shares.sum()

    staff = np.repeat(np.arange(n_units), rng.integers(n_employees - 3, n_employees + 4, n_units))
    employees, scores = _draw_employees(rng, staff, effects)
    effects["unit_mean"] = {c: _unit_mean(scores[c], staff, n_units) for c in ("employee_satisfaction", "commute")}
    customers_unit = np.searchsorted(np.cumsum(effects["shares"])[:-1], rng.random(n), side="right")
    wave = (rng.random(n) < 0.5).astype(int)
    survey, customer_scores = _draw_respondents(rng, customers_unit, wave, effects)
    loyalty = _unit_mean(customer_scores["customer_loyalty"], customers_unit, n_units)
    slope = dict((pair[:2], pair[3]) for pair in LINKS)["customer_loyalty", "profit"]
    profit = 100 + slope * (loyalty - CENTRES["customer_loyalty"]) + _around(rng, n_units, 6.0)
    units = pd.DataFrame(
        {
            "organization": name,
            "unit": codes,
            "profit": profit.round(6),
            "headcount": np.bincount(staff, minlength=n_units) + rng.integers(1, 6, n_units),
        }
    )
    employees.insert(0, "organization", name)
    employees.insert(1, "unit", codes[staff])
    survey.insert(0, "organization", name)
    survey.insert(1, "unit", codes[customers_unit])
    survey.insert(2, "wave", np.array(WAVES)[wave])
    return (survey, employees, units), effects


def _draw_employees(
    rng: np.random.Generator, unit: np.ndarray, effects: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    columns: dict[str, np.ndarray] = {}
    scores: dict[str, np.ndarray] = {}
    for construct in EMPLOYEE_CONSTRUCTS:
        _draw_construct(rng, construct, unit, effects, columns, scores)
    return pd.DataFrame(columns), scores


def _draw_respondents(
    rng: np.random.Generator, unit: np.ndarray, wave: np.ndarray, effects: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    columns, scores = _draw_quality(rng, unit, wave, effects)
    for construct in ("promotions", "service_value", "customer_satisfaction", "digital_use", "customer_loyalty"):
        _draw_construct(rng, construct, unit, effects, columns, scores)
    n = len(unit)
    columns["recommend"] = _skip(rng, _recommend(rng, scores["customer_loyalty"]), SKIPS["single"])
    effort = 4.6 + 0.3 * (scores["service_quality"] - CENTRES["service_quality"]) + _around(rng, n, 1.0)
    columns["effort"] = _skip(rng, _answers(rng, effort, np.zeros(1), 1, 7), SKIPS["single"])[:, 0]
    columns |= _points(rng, n, POINTS[effects["k"] % len(POINTS)])
    return pd.DataFrame({c: np.asarray(v).reshape(n) for c, v in columns.items()}), scores


def _draw_quality(
    rng: np.random.Generator, unit: np.ndarray, wave: np.ndarray, effects: dict[str, Any]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Expectations and perceptions of every attribute; the observed service quality."""
    n = len(unit)
    perceived, expected = attribute_means(effects)
    names, dimension = list(perceived["attribute"]), list(perceived["dimension"])
    person, person_dimension = _around(rng, n, 0.65), {d: _around(rng, n, 0.25) for d in EXPECTED}
    shift = branch_shift(effects)[unit] + person + WAVE_GAIN[effects["k"] % 3] * (wave - 0.5)
    local = np.column_stack([effects[f"unit_{d}"][unit] + person_dimension[d] for d in dimension])
    p = _answers(rng, shift, perceived["mean"].to_numpy(), 1, 7, extra=local)
    wish = 0.2 * person + _around(rng, n, 0.45)
    e = _answers(rng, wish, expected["mean"].to_numpy(), 1, 7)
    p, e = _skip(rng, p, SKIPS["perception"]), _skip(rng, e, SKIPS["expectation"])
    columns = {f"e_{a}": e[:, j] for j, a in enumerate(names)} | {f"p_{a}": p[:, j] for j, a in enumerate(names)}
    at = {d: [j for j, of in enumerate(dimension) if of == d] for d in EXPECTED}
    scores = {d: np.nanmean(p[:, at[d]], axis=1) for d in EXPECTED}
    scores["service_quality"] = np.mean([scores[d] for d in EXPECTED], axis=0)
    return columns, scores


def attribute_means(effects: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean perception and expectation of each attribute where branch effects are zero: attribute, dimension, mean."""
    k = effects["k"]
    rows_p, rows_e = [], []
    for d, part in demo_words()["dimensions"].items():
        attributes = list(part["attributes"])
        spread = np.linspace(-0.2, 0.2, len(attributes))
        for j, attribute in enumerate(attributes):
            up, down = spread[(j + k) % len(spread)], spread[j]
            rows_p.append((attribute, d, PERCEIVED[d] + SHIFTS[k % 3][d] + up))
            rows_e.append((attribute, d, EXPECTED[d] + SHIFTS[(k + 1) % 3][d] * 0.5 + 0.5 * down))
    names = ["attribute", "dimension", "mean"]
    return pd.DataFrame(rows_p, columns=names), pd.DataFrame(rows_e, columns=names)


def branch_shift(effects: dict[str, Any]) -> np.ndarray:
    """What a branch adds to all perceptions: its employees' observed mean satisfaction, and its own effect."""
    slope = {pair[:2]: pair[3] for pair in LINKS}["employee_satisfaction", "service_quality"]
    mean = effects["unit_mean"]["employee_satisfaction"]
    shift: np.ndarray = slope * (mean - CENTRES["employee_satisfaction"]) + effects["service_quality"]
    return shift


def _draw_construct(
    rng: np.random.Generator,
    construct: str,
    unit: np.ndarray,
    effects: dict[str, Any],
    columns: dict[str, np.ndarray],
    scores: dict[str, np.ndarray],
) -> None:
    """Draw the items of one construct from the observed scores of its sources; add them to `columns` and `scores`."""
    centre, _, width, spread = SHAPES[construct]
    names = items_of(construct)
    latent = centre + effects[construct][unit] + _around(rng, len(unit), width)
    for source, target, _, slope in LINKS:
        if target == construct:
            latent = latent + slope * (scores[source] - CENTRES[source])
    high = 5 if construct == "customer_satisfaction" else 7
    given = _answers(rng, latent, np.linspace(-spread, spread, len(names)), 1, high)
    given = _skip(rng, given, SKIPS["construct"])
    columns |= {item: given[:, j] for j, item in enumerate(names)}
    scores[construct] = np.nanmean(given, axis=1)


def _recommend(rng: np.random.Generator, loyalty: np.ndarray) -> np.ndarray:
    """Ratings 0 to 10 whose chances of being a promoter or a detractor are straight lines in loyalty."""
    draw, pick = rng.random(len(loyalty)), rng.random(len(loyalty))
    distance = loyalty - CENTRES["customer_loyalty"]
    detractor = draw < DETRACTORS[0] + DETRACTORS[1] * distance
    promoter = draw > 1 - (PROMOTERS[0] + PROMOTERS[1] * distance)
    low = np.array([6, 6, 6, 5, 5, 5, 4, 4, 3, 2, 1, 0])[(pick * 12).astype(int)]
    rating = np.where(detractor, low, np.where(promoter, 9, 7) + (pick < 0.5))
    return rating.astype(float)[:, None]


def _points(rng: np.random.Generator, n: int, base: tuple[int, ...]) -> dict[str, np.ndarray]:
    """100 points over the dimensions: two moves of 5 points between random pairs; some people split 10 instead."""
    points = np.tile(np.array(base, dtype=float), (n, 1))
    for _ in range(2):
        first = rng.integers(0, 5, n)
        second = (first + rng.integers(1, 5, n)) % 5
        points[np.arange(n), first] += 5
        points[np.arange(n), second] -= 5
    split_ten, silent = rng.random(n) < 0.02, rng.random(n) < 0.04
    points[split_ten] /= 10
    points[silent] = np.nan
    return {f"points_{d}": points[:, j] for j, d in enumerate(EXPECTED)}


def _answers(
    rng: np.random.Generator,
    latent: np.ndarray,
    offsets: np.ndarray,
    low: int,
    high: int,
    extra: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Whole numbers whose expectation is `latent + offsets (+ extra)`, a column per offset."""
    value = latent[:, None] + offsets + extra
    if value.min() < low or value.max() > high:
        raise ValueError(f"a latent value left the scale {low} to {high}: {value.min()} to {value.max()}")
    whole = np.floor(value)
    return np.asarray(whole + (rng.random(value.shape) < value - whole))


def _skip(rng: np.random.Generator, answers: np.ndarray, chance: float) -> np.ndarray:
    """With the given chance one answer of the row is missing, any of them alike."""
    skipped, which = rng.random(len(answers)) < chance, rng.integers(0, answers.shape[1], len(answers))
    given = answers.copy()
    given[skipped, which[skipped]] = np.nan
    return given


def _around(rng: np.random.Generator, n: int, width: float) -> np.ndarray:
    """Noise between -width and width, rectangular, mean zero."""
    return np.asarray(width * (2 * rng.random(n) - 1))


def _unit_mean(values: np.ndarray, unit: np.ndarray, n_units: int) -> np.ndarray:
    return np.asarray(np.bincount(unit, values, n_units) / np.maximum(np.bincount(unit, minlength=n_units), 1))
