"""What is true of the simulated study: what its estimates aim at, given the branches that were drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from cemlab.inputs.demo_draw import DrawnPeople, attribute_means, branch_shift
from cemlab.inputs.demo_sales import AFTER, AFTER_WEEKS, FLOOR, HABIT, WEEKS
from cemlab.inputs.demo_settings import (
    CENTRES,
    DETRACTORS,
    EMPLOYEE_CONSTRUCTS,
    EXPECTED,
    LINKS,
    NULL_LINKS,
    POINTS,
    PROMOTERS,
    WAVE_GAIN,
)


def links(*, null_links: bool = True) -> list[tuple[str, str, str, float]]:
    """Arrows of the study: source, target, stated sign, true slope."""
    return [*LINKS, *(NULL_LINKS if null_links else ())]


def true_values(people: DrawnPeople, *, null_links: bool = True) -> dict[str, Any]:
    """Every known truth as plain numbers and texts."""
    return {
        "links": [_link(i, *link) for i, link in enumerate(links(null_links=null_links))],
        "organizations": {name: _organization(effects) for name, effects in people.effects.items()},
        "next_period": {
            "orders": f"{AFTER_WEEKS} * ({FLOOR} + {HABIT} * n_orders / {WEEKS}) * factor",
            "factor": f"{AFTER[0]} where customer_loyalty < {CENTRES['customer_loyalty']}, {AFTER[1]} where it is "
            "above, 1 where none was stated",
            "customer_loyalty": "the latest score stated by the cutoff",
            "adds_to_the_other": {"CRM": True, "CEM": True},
            "other_answers_given_loyalty": "none adds anything",
        },
    }


def _link(i: int, source: str, target: str, sign: str, slope: float) -> dict[str, Any]:
    staff = [source in EMPLOYEE_CONSTRUCTS, target in EMPLOYEE_CONSTRUCTS]
    same_people = staff[0] == staff[1] and target != "profit"
    return {
        "id": f"H{i + 1}",
        "source": source,
        "target": target,
        "expected_sign": sign,
        "respondent": slope if same_people else None,
        "unit": slope,
        "null": slope == 0,
        "true_verdict": "no link" if slope == 0 else "as expected" if (slope > 0) == (sign == "+") else "opposite",
    }


def _organization(effects: dict[str, Any]) -> dict[str, Any]:
    perceived, expected = attribute_means(effects)
    dimension = perceived["dimension"].to_numpy()
    local = {d: float(effects["shares"] @ (branch_shift(effects) + effects[f"unit_{d}"])) for d in EXPECTED}
    p = perceived["mean"].to_numpy() + np.array([local[d] for d in dimension])
    e = expected["mean"].to_numpy()
    attributes = {
        a: {"expectation": float(e[j]), "perception": float(p[j]), "gap": float(p[j] - e[j])}
        for j, a in enumerate(perceived["attribute"])
    }
    dimensions = {d: float((p - e)[dimension == d].mean()) for d in EXPECTED}
    points = dict(zip(EXPECTED, POINTS[effects["k"] % len(POINTS)], strict=True))
    quality = float(np.mean([p[dimension == d].mean() for d in EXPECTED]))
    weighted = sum(points[d] * dimensions[d] for d in EXPECTED) / 100
    return {
        "attributes": attributes,
        "dimensions": dimensions,
        "overall": {
            "mean of items": float((p - e).mean()),
            "mean of dimensions": float(np.mean(list(dimensions.values()))),
            "weighted by points": weighted,
        },
        "mean_points": points,
        "gap_change_between_waves": WAVE_GAIN[effects["k"] % 3],
    } | _ratings(effects, quality)


def _ratings(effects: dict[str, Any], quality: float) -> dict[str, Any]:
    """Mean scores along the chain, and the shares of promoters and detractors, which are straight lines in loyalty."""
    means = {"service_quality": quality}
    for construct in ("promotions", "service_value", "customer_satisfaction", "digital_use", "customer_loyalty"):
        means[construct] = CENTRES[construct] + float(effects["shares"] @ effects[construct])
        for source, target, _, slope in LINKS:
            if target == construct:
                means[construct] += slope * (means[source] - CENTRES[source])
    distance = means["customer_loyalty"] - CENTRES["customer_loyalty"]
    promoters = PROMOTERS[0] + PROMOTERS[1] * distance
    detractors = DETRACTORS[0] + DETRACTORS[1] * distance
    return {
        "mean_scores": means,
        "nps": {"promoters": promoters, "detractors": detractors, "score": 100 * (promoters - detractors)},
    }
