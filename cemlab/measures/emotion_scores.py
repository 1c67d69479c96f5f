"""Scores of emotions a respondent, and their means with intervals that stay between the ends of the scale.

References
----------
Papke, L. E. & Wooldridge, J. M. (1996). Econometric methods for fractional response variables. Journal of Applied
    Econometrics 11, 619-632. (the logit of a bounded mean)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import EstimationError
from cemlab.intervals import bounded_interval
from cemlab.measures.asked import items_of_role
from cemlab.thresholds import threshold
from cemlab.weighting import weighted_means

Array = NDArray[np.float64]
POSITIVE, NEGATIVE = "emotion_positive", "emotion_negative"
VALUE, POSITIVES, NEGATIVES = "Net Emotional Value", "positive emotions", "negative emotions"
SHARE = f"{VALUE}, share of the scale's width"
NO_ANSWER = "Nobody in this group answered enough of these emotions."
NO_SPREAD = "The answers do not vary or there is only one: no interval."


def term_of(scale: tuple[float, float]) -> str:
    """Net Emotional Value with its scale in the name."""
    return f"{VALUE}, scale {scale[0]:g} to {scale[1]:g}"


def find_emotions(codebook: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Items of both roles with construct and stage, and the scale that all share."""
    parts = [items_of_role(codebook, role).assign(role=role) for role in (POSITIVE, NEGATIVE)]
    for role, part in zip((POSITIVE, NEGATIVE), parts, strict=True):
        if part.empty:
            raise EstimationError(f"codebook: found no item of role {role}, expected at least one. Add it.")
    book = pd.concat(parts, ignore_index=True)
    stages = (
        codebook.drop_duplicates("item").set_index("item")["stage"] if "stage" in codebook else pd.Series(dtype=object)
    )
    book["stage"] = book["item"].map(stages).astype(object).where(lambda stage: stage.notna(), "")
    scales = sorted(set(zip(book["scale_min"], book["scale_max"], strict=True)))
    if len(scales) != 1 or not scales[0][0] < scales[0][1]:
        shown = "; ".join(f"{low:g} to {high:g}" for low, high in scales[:5])
        raise EstimationError(
            f"codebook: found the scales {shown} of emotions, expected one for all. A net value needs one scale."
        )
    return book, (float(scales[0][0]), float(scales[0][1]))


def one_sided(book: pd.DataFrame) -> list[str]:
    """Stages that ask for one kind of emotion only."""
    roles = book[book["stage"] != ""].groupby("stage")["role"].nunique()
    return [str(stage) for stage in roles.index[roles < 2]]


def net_values(answers: pd.DataFrame, book: pd.DataFrame) -> Array:
    """Each respondent's mean positive minus mean negative emotion; NaN where fewer than half of a kind are answered."""
    sides = [_mean_of_half(answers[list(book.loc[book["role"] == role, "item"])]) for role in (POSITIVE, NEGATIVE)]
    return sides[0] - sides[1]


def _mean_of_half(answers: pd.DataFrame) -> Array:
    """Mean of the answered items; NaN where fewer than half are answered, or there is none."""
    if not answers.shape[1]:
        return np.full(len(answers), np.nan)
    enough = answers.notna().mean(axis=1) >= threshold("answered_share").value
    return answers.mean(axis=1).where(enough).to_numpy(dtype=float)


def columns_of(
    answers: pd.DataFrame, book: pd.DataFrame, scale: tuple[float, float]
) -> dict[str, tuple[pd.DataFrame, Array, Array]]:
    """What each table is about, a column of scores a row of it, and the ends that each score can reach."""
    width = scale[1] - scale[0]
    sides = [_mean_of_half(answers[list(book.loc[book["role"] == role, "item"])]) for role in (POSITIVE, NEGATIVE)]
    net = sides[0] - sides[1]
    totals = np.column_stack([net, net / width, *sides])
    terms = pd.DataFrame({"term": [term_of(scale), SHARE, POSITIVES, NEGATIVES]})
    stages = [stage for stage in dict.fromkeys(book["stage"]) if stage]
    per_stage = [net_values(answers, book[book["stage"] == stage]) for stage in stages]
    named = book[book["construct"] != ""]
    clusters = named.groupby(["construct", "role"], sort=False)["item"].agg(list)
    per_cluster = [_mean_of_half(answers[items]) for items in clusters]
    heads = clusters.reset_index()[["construct", "role"]]
    rating, apart = np.array(scale), np.array([-width, width])
    return {
        "table": (terms, totals, np.array([apart, [-1.0, 1.0], rating, rating])),
        "stages": (pd.DataFrame({"stage": stages}), _stack(per_stage, len(answers)), np.tile(apart, (len(stages), 1))),
        "clusters": (heads, _stack(per_cluster, len(answers)), np.tile(rating, (len(heads), 1))),
        "items": (book[["item", "role", "construct", "stage"]], answers.to_numpy(), np.tile(rating, (len(book), 1))),
    }


def _stack(columns: list[Array], n: int) -> Array:
    return np.column_stack(columns) if columns else np.zeros((n, 0))


def mean_rows(values: Array, w: Array, bounds: Array, conf_level: float) -> dict[str, NDArray[Any]]:
    """Weighted means of the columns with the t interval of the logit of their place between the bounds."""
    found = weighted_means(values, w)
    spread = found.std_error > 0  # False where it is NaN
    std_error = np.where(spread, found.std_error, np.nan)
    ends = bounded_interval(found.mean, std_error, found.n_effective - 1, (bounds[:, 0], bounds[:, 1]), conf_level)
    return {
        "estimate": found.mean,
        "std_error": std_error,
        "conf_low": ends[0],
        "conf_high": ends[1],
        "n": found.n,
        "note": np.select([found.n == 0, ~spread], [NO_ANSWER, NO_SPREAD], default=""),
    }
