"""What each customer says of each channel: one score per customer and channel, from either layout of a survey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.measures.asked import answers_to, column_of, groups_and_weights, items_of_role
from cemlab.thresholds import threshold

Matrix = NDArray[np.float64]
OTHER_CONSTRUCTS = "The channels are asked about different constructs: they differ by what is asked too."


@dataclass(frozen=True)
class ChannelScores:
    """A row per customer, a column per channel (NaN where not rated), and the scale they lie on.

    Attributes
    ----------
    names : tuple of str
        The channels, in the codebook's order or, in the long layout, sorted.
    scores : array of shape (n_customers, n_channels)
        Mean of the answered items, NaN where fewer than half are answered.
    weights : array of shape (n_customers,)
        Survey weight of each customer.
    scale : tuple of float
        Ends of the scale.
    n_dropped : int
        Rows of the survey without a usable rating of any channel.
    problems : tuple of str
        Why the channels cannot be compared as they stand.
    """

    names: tuple[str, ...]
    scores: Matrix
    weights: Matrix
    scale: tuple[float, float]
    n_dropped: int
    problems: tuple[str, ...] = ()


def score_channels(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    role: str,
    channel: str | None,
    customer: str,
    weights: str | ArrayLike | pd.Series | None,
) -> ChannelScores:
    """Score the channels: items that name a channel (channel None), or the rows of a survey that names it in a column.

    Raises
    ------
    DataError
        A column or an item is missing.
    EstimationError
        No item of the role, no channel, or scales that differ.
    """
    items = _items(codebook, role, needs_channel=channel is None)
    scale = _scale(items)
    _, w = groups_and_weights(survey, None, weights)
    if channel is None:
        names = tuple(dict.fromkeys(items["channel"]))
        parts = [items.loc[items["channel"] == name, "item"] for name in names]
        scores = np.column_stack([mean_of_items(answers_to(survey, part)) for part in parts])
        asked = {tuple(sorted(set(items.loc[items["channel"] == name, "construct"]))) for name in names}
        problems = (OTHER_CONSTRUCTS,) if len(asked) > 1 else ()
    else:
        rated = mean_of_items(answers_to(survey, items["item"]))
        names, scores, w = _from_rows(survey, rated, w, channel, customer)
        problems = ()
    used = ~np.isnan(scores).all(axis=1) & (w > 0)
    n_dropped = int((~used).sum())
    return ChannelScores(names, scores[used], w[used], scale, n_dropped, problems)


def mean_of_items(answers: Matrix) -> Matrix:
    """Mean of each respondent's answers; NaN where fewer than half of the items are answered."""
    given = ~np.isnan(answers)
    count = given.sum(axis=1)
    enough = (count > 0) & (count >= threshold("answered_share").value * answers.shape[1])
    return np.where(enough, np.where(given, answers, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _items(codebook: pd.DataFrame, role: str, *, needs_channel: bool) -> pd.DataFrame:
    items = items_of_role(codebook, role)
    if items.empty:
        raise EstimationError(
            f"codebook: found no item of role {role}, expected the customers' ratings. Name the role that holds them."
        )
    if not needs_channel:
        return items
    if "channel" not in codebook:
        raise DataError("codebook: found no column 'channel', expected the channel of each item. Add it.")
    channels = codebook.drop_duplicates("item").set_index("item")["channel"]
    items["channel"] = items["item"].map(channels).astype(object)
    items = items[items["channel"].notna() & (items["channel"] != "")]
    if items["channel"].nunique() < 2:
        raise EstimationError(
            f"codebook: found {items['channel'].nunique()} channels with items of role {role}, expected at least 2. "
            "Name the channel of each item, or the survey's column that holds it (`channel`)."
        )
    return items


def _scale(items: pd.DataFrame) -> tuple[float, float]:
    ends = {(float(low), float(high)) for low, high in zip(items["scale_min"], items["scale_max"], strict=True)}
    low, high = min(ends)
    if len(ends) > 1 or not low < high:
        shown = ", ".join(f"{a:g} to {b:g}" for a, b in sorted(ends))
        raise EstimationError(
            f"codebook: found the scales {shown}, expected one for all channels. "
            "Give scale_min and scale_max, and bring the answers to one scale first."
        )
    return low, high


def _from_rows(
    survey: pd.DataFrame, rated: Matrix, weights: Matrix, channel: str, customer: str
) -> tuple[tuple[str, ...], Matrix, Matrix]:
    """One row per customer from one row per contact; a row without a customer's code is a customer of its own."""
    channels = column_of(survey, channel, "the channel of each row").astype("string")
    names = tuple(str(name) for name in sorted(channels.dropna().unique()))
    if len(names) < 2:
        raise EstimationError(
            f"survey: found {len(names)} channels in {channel!r}, expected at least 2. Name another column."
        )
    codes = survey[customer].astype("string") if customer in survey else pd.Series(pd.NA, index=survey.index)
    own = pd.Series([f"\0{place}" for place in range(len(survey))], index=survey.index)
    who, people = pd.factorize(codes.fillna(own))
    frame = pd.DataFrame({"who": who, "channel": channels.to_numpy(), "rated": rated, "weight": weights})
    wide = frame.pivot_table(index="who", columns="channel", values="rated", aggfunc="mean", dropna=False)
    wide = wide.reindex(index=range(len(people)), columns=list(names))
    return names, wide.to_numpy(dtype=float), frame.groupby("who")["weight"].mean().to_numpy()
