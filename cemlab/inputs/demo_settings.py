"""The parameters of the simulated study, and its names and wordings (demo.yml)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

# source, target, sign that the study states, true slope (points of the target per point of the source)
LINKS = (
    ("internal_quality", "employee_satisfaction", "+", 0.55),
    ("workload", "employee_satisfaction", "-", -0.25),
    ("employee_satisfaction", "employee_loyalty", "+", 0.60),
    ("employee_satisfaction", "service_quality", "+", 0.50),
    ("service_quality", "service_value", "+", 0.60),
    ("promotions", "service_value", "+", -0.20),  # the study expects the opposite of the truth
    ("service_value", "customer_satisfaction", "+", 0.40),
    ("customer_satisfaction", "customer_loyalty", "+", 0.80),
    ("customer_loyalty", "profit", "+", 30.0),
)
NULL_LINKS = (
    ("commute", "employee_loyalty", "+", 0.0),
    ("commute", "service_quality", "+", 0.0),
    ("digital_use", "customer_loyalty", "+", 0.0),
    ("digital_use", "profit", "+", 0.0),
)
EMPLOYEE_CONSTRUCTS = ("internal_quality", "workload", "employee_satisfaction", "commute", "employee_loyalty")
# target: value at the centre of its sources; half widths of the branch and person effects; spread of the items
SHAPES: dict[str, tuple[float, float, float, float]] = {
    "internal_quality": (4.2, 0.8, 0.8, 0.15),
    "workload": (4.0, 0.6, 1.0, 0.15),
    "commute": (4.0, 0.8, 1.5, 0.15),
    "employee_satisfaction": (4.4, 0.35, 0.5, 0.15),
    "employee_loyalty": (4.2, 0.3, 0.5, 0.15),
    "promotions": (4.0, 0.5, 1.2, 0.15),
    "digital_use": (4.0, 0.5, 1.5, 0.15),
    "service_value": (4.4, 0.2, 0.5, 0.15),
    "customer_satisfaction": (3.4, 0.12, 0.4, 0.1),
    "customer_loyalty": (4.4, 0.15, 1.0, 0.15),
}
CENTRES = {name: shape[0] for name, shape in SHAPES.items()} | {"service_quality": 4.5}
WAVES = ("2024", "2025")
# per dimension: mean expectation, mean perception; each organization shifts them
EXPECTED = {"tangibles": 5.5, "reliability": 6.2, "responsiveness": 6.0, "assurance": 6.1, "empathy": 5.6}
PERCEIVED = {"tangibles": 4.7, "reliability": 4.4, "responsiveness": 4.2, "assurance": 4.7, "empathy": 4.4}
SHIFTS = (
    {"tangibles": 0.1, "reliability": 0.0, "responsiveness": -0.2, "assurance": 0.1, "empathy": 0.0},
    {"tangibles": 0.2, "reliability": -0.2, "responsiveness": 0.1, "assurance": -0.1, "empathy": 0.1},
    {"tangibles": -0.3, "reliability": 0.2, "responsiveness": 0.0, "assurance": 0.2, "empathy": -0.1},
)
WAVE_GAIN = (0.15, 0.0, -0.1)  # change of every perception between the waves, per organization
POINTS = ((15, 30, 25, 15, 15), (25, 25, 15, 20, 15), (10, 30, 20, 30, 10))  # mean points per dimension
PROMOTERS = (0.36, 0.09)  # share at mean loyalty, change per point of loyalty
DETRACTORS = (0.26, -0.07)
SKIPS = {
    "expectation": 0.30,
    "perception": 0.30,
    "construct": 0.08,
    "single": 0.05,
}  # chance that one answer is missing


@cache
def demo_words() -> dict[str, Any]:
    """Names, wordings and item lists of the simulated study."""
    from ruamel.yaml import YAML

    text = (files("cemlab.inputs") / "demo.yml").read_text(encoding="utf-8")
    words: dict[str, Any] = YAML(typ="safe").load(text)
    return words


def items_of(construct: str) -> list[str]:
    """The items that measure a construct; for a dimension those of the perceptions."""
    words = demo_words()
    if construct in words["dimensions"]:
        return [f"p_{a}" for a in words["dimensions"][construct]["attributes"]]
    return list(words["constructs"][construct]["items"])


def organization_words(k: int) -> dict[str, Any]:
    """Id, title and places of organization k; beyond the named ones they are numbered."""
    named = demo_words()["organizations"]
    base = dict(named[k % len(named)])
    if k >= len(named):
        number = k + 1
        base |= {"id": f"{base['id']}{number}"}
        base["title"] = {"en": f"{base['title']['en']} {number}", "fa": f"{base['title']['fa']} {number}"}
    return base
