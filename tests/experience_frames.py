"""Small drawn frames, with their codebooks, for the verbs whose questions the demo does not ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

DIMENSIONS = {  # attribute -> dimension, under the names of the demo, so that its display names apply
    "tidy_shelves": "tangibles", "clear_signs": "tangibles", "pleasant_air": "tangibles",
    "kept_dates": "reliability", "true_receipts": "reliability", "stock_at_hand": "reliability",
    "short_queue": "responsiveness", "quick_answer": "responsiveness", "easy_return": "responsiveness",
}  # fmt: skip
ATTRIBUTES = tuple(DIMENSIONS)
STAGES = {"find": ("shop", "web"), "buy": ("shop", "web"), "return": ("shop",)}
EVENTS = ("advert", "web", "shop", "buy")


def book(roles: Sequence[str], asked_of: str = "customers", low: float = 1.0, high: float = 7.0) -> pd.DataFrame:
    """One item a role and attribute, named <asked_of>_<role>_<attribute>."""
    rows = [(f"{asked_of}_{role}_{name}", name, role, DIMENSIONS[name]) for role in roles for name in ATTRIBUTES]
    frame = pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"])
    return frame.assign(asked_of=asked_of, scale_min=low, scale_max=high)


def answer(codebook: pd.DataFrame, n: int, seed: int, levels: Mapping[str, float]) -> pd.DataFrame:
    """Rounded answers around the level of each role, the attributes shifted against each other, a few missing."""
    rng = np.random.default_rng(seed)
    mood, shift = rng.normal(0, 0.7, n), dict(zip(ATTRIBUTES, rng.normal(0, 0.5, len(ATTRIBUTES)), strict=True))
    columns = {}
    for row in codebook.to_dict("records"):
        drawn = levels[row["role"]] + shift.get(row["attribute"], 0.0) + mood + rng.normal(0, 0.9, n)
        columns[row["item"]] = np.where(
            rng.random(n) < 0.03, np.nan, drawn.round().clip(row["scale_min"], row["scale_max"])
        )
    return pd.DataFrame(columns)


def zones() -> tuple[pd.DataFrame, pd.DataFrame]:
    codebook = book(["minimum", "desired", "perception"])
    return answer(codebook, 90, 1, {"minimum": 3.5, "desired": 6.0, "perception": 4.5}), codebook


def importances() -> tuple[pd.DataFrame, pd.DataFrame]:
    codebook = book(["importance", "satisfaction"])
    survey = answer(codebook, 90, 2, {"importance": 5.0, "satisfaction": 4.5})
    kept = codebook.loc[codebook["role"] == "satisfaction", "item"]
    return survey.assign(overall=survey[kept].mean(axis=1).round(1)), codebook


def five_gaps() -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Customers, managers and contact staff, with one codebook for the three."""
    parts = {
        "customers": book(["expectation", "perception"]),
        "managers": book(["expectation", "standard"], "managers"),
        "contact_staff": book(["delivered", "promised", "standard"], "contact_staff"),
    }
    levels = {"expectation": 6.0, "perception": 4.8, "standard": 5.2, "delivered": 4.9, "promised": 5.8}
    sizes = {"customers": 80, "managers": 12, "contact_staff": 24}
    frames = {who: answer(part, sizes[who], 3, levels) for who, part in parts.items()}
    return frames, pd.concat(parts.values(), ignore_index=True)


def values() -> tuple[pd.DataFrame, pd.DataFrame]:
    levels = {"benefit": 7.5, "effort": 2.5, "risk": 1.5, "price": 3.0, "treatment": 1.2}
    codebook = pd.DataFrame({"item": list(levels), "role": list(levels), "scale_min": 0.0, "scale_max": 10.0})
    rng = np.random.default_rng(4)
    survey = pd.DataFrame({name: rng.normal(level, 1.2, 120).round().clip(0, 10) for name, level in levels.items()})
    worth = survey["benefit"] - survey[["effort", "risk", "price"]].sum(axis=1) + survey["treatment"]
    return survey.assign(hoped=2.0 + rng.integers(-1, 2, 120), worth=(worth + rng.normal(0, 1, 120)).round()), codebook


def worths() -> pd.DataFrame:
    """Ratings of what an organization is worth, of its quality and its price, a row a rating."""
    rng = np.random.default_rng(5)
    names = np.repeat(["saffron", "cedar", "mint"], 40)
    level = pd.Series({"saffron": 7.5, "cedar": 6.8, "mint": 6.0})[names].to_numpy()
    asked = ("worth", "help", "range", "cost")
    scores = {name: (level + rng.normal(0, 1.2, 120)).round().clip(1, 10) for name in asked}
    return pd.DataFrame({"organization": names, **scores})


def levels() -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """A cumulative checklist: who does the harder practice does the easier ones, nearly always."""
    rng = np.random.default_rng(6)
    ability = rng.normal(0, 1.5, 60)
    hardness = {"clean": -2.0, "polite": -1.2, "listens": 0.0, "follows_up": 0.6, "surprises": 1.8}
    noise = {name: (ability + rng.normal(0, 0.15, 60) > cut).astype(int) for name, cut in hardness.items()}
    names = list(hardness)
    return pd.DataFrame(noise), {"basic": names[:2], "customer-centred": names[2:4], "value-added": names[4:]}


def kano() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs of answers (1 like … 5 dislike) with an own leaning a attribute."""
    codebook = book(["kano_functional", "kano_dysfunctional"], high=5.0)
    rng = np.random.default_rng(7)
    leaning = {name: (1 + 2 * rng.random(), 3 + 2 * rng.random()) for name in ATTRIBUTES}
    side = {"kano_functional": 0, "kano_dysfunctional": 1}
    columns = {
        row["item"]: rng.normal(leaning[row["attribute"]][side[row["role"]]], 0.8, 100).round().clip(1, 5)
        for row in codebook.to_dict("records")
    }
    return pd.DataFrame(columns), codebook


def choices() -> pd.DataFrame:
    shares = {"web": 0.5, "shop": 0.6, "phone": 0.3, "app": 0.4, "letter": 0.1}
    rng = np.random.default_rng(8)
    return pd.DataFrame({name: (rng.random(100) < share).astype(int) for name, share in shares.items()})


def emotions() -> tuple[pd.DataFrame, pd.DataFrame]:
    kinds = {"happy": "positive", "valued": "positive", "hurried": "negative", "annoyed": "negative"}
    rows = [(f"{name}_{stage}", f"emotion_{kind}", stage) for name, kind in kinds.items() for stage in STAGES]
    codebook = pd.DataFrame(rows, columns=["item", "role", "stage"])
    rng, mean = np.random.default_rng(9), {"positive": 3.6, "negative": 2.2}
    survey = {item: rng.normal(mean[role[8:]], 0.9, 80).round().clip(1, 5) for item, role, _ in rows}
    return pd.DataFrame(survey), codebook.assign(scale_min=1.0, scale_max=5.0)


def journey() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Expectation and perception of an attribute of each cell, the customer and an overall judgement."""
    rng, rows, columns = np.random.default_rng(10), [], {}
    for stage, channels in STAGES.items():
        for channel in channels:
            for role, level in (("expectation", 4.5), ("perception", 3.2 + rng.random())):
                item = f"{role}_{stage}_{channel}"
                rows.append((item, f"{stage}_{channel}", role, stage, channel))
                columns[item] = rng.normal(level, 0.8, 90).round().clip(1, 5)
    survey = pd.DataFrame(columns)
    seen = survey.filter(like="perception").mean(axis=1)
    survey["overall"], survey["customer"] = (seen + rng.normal(0, 0.5, 90)).round(1), [f"c{k}" for k in range(90)]
    codebook = pd.DataFrame(rows, columns=["item", "attribute", "role", "stage", "channel"])
    return survey, codebook.assign(scale_min=1.0, scale_max=5.0)


def sheet() -> pd.DataFrame:
    """Who answers for each cell."""
    owners = {"shop": "Branch managers", "web": "Online team"}
    rows = [(stage, channel, owners[channel]) for stage, channels in STAGES.items() for channel in channels]
    return pd.DataFrame(rows, columns=["stage", "channel", "owner"])


def chain_of_shops() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Seven organizations: a norm needs at least five others."""
    codebook = book(["expectation", "perception"])
    survey = answer(codebook, 140, 11, {"expectation": 6.0, "perception": 4.8})
    return survey.assign(organization=np.repeat([f"firm{k}" for k in range(7)], 20)), codebook


def printed() -> pd.DataFrame:
    """Rows as a paper prints them; the second interval cannot belong to its t."""
    return pd.DataFrame(
        {
            "dimension": ["tangibles", "reliability"], "n": [100, 386], "E_mean": [4.5, 4.2],
            "E_sd": [0.6, 0.7], "P_mean": [4.0, 4.02], "P_sd": [0.8, 0.8], "gap": ["-.50", "-.18"],
            "ci_low": ["-.66", "-.23"], "ci_high": ["-.34", "-.13"], "t": ["-6.2", "-4.87"],
        }
    )  # fmt: skip


def events() -> pd.DataFrame:
    """Journeys that walk through the events, each step taken with three chances in four."""
    rng, rows = np.random.default_rng(12), []
    for customer in range(80):
        time = 0
        for event in EVENTS:
            time += int(rng.integers(1, 6))
            if rng.random() < 0.75:
                rows.append((f"c{customer}", event, time))
    return pd.DataFrame(rows, columns=["customer", "event", "time"])


def complaints() -> pd.Series:
    counts = np.random.default_rng(13).poisson(20, 24)
    counts[20] = 45
    return pd.Series(counts, index=pd.period_range("2024-01", periods=24, freq="M").astype(str))
