"""The cells of a journey map (stage × channel), what is asked in each, and what each respondent says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.measures.asked import answers_to, items_of_role
from cemlab.measures.channels import mean_of_items

Matrix = NDArray[np.float64]
ANY_CHANNEL = "any channel"  # of items that name a stage and no channel
NOT_ASKED = "No question asks about this cell."
NOTHING_DESIRED = "No question asks what is desired here."
MIXED_SCALES = "The questions of this cell have different scales."


@dataclass(frozen=True)
class Cells:
    """Cells in map order and, per respondent, what is found and what is desired in each.

    Attributes
    ----------
    table : DataFrame
        stage, channel, attributes (tuple), scale (low, high), note; a row per cell.
    current, desired : array of shape (n_respondents, n_cells)
        NaN where not answered. Where attributes are asked on both sides, only those answered on both count.
    perceived : array of shape (n_respondents, n_cells)
        What is found, from all answers, whether or not the desired level is answered.
    channels : tuple of str
        In map order.
    n_off_map : int
        Items of the two sides that name no stage.
    """

    table: pd.DataFrame
    channels: tuple[str, ...]
    current: Matrix
    desired: Matrix
    perceived: Matrix
    n_off_map: int


def score_cells(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    sheet: pd.DataFrame | None,
    desired: Sequence[str],
    current: Sequence[str],
) -> Cells:
    """Place the items in cells and score every respondent; cells of the sheet that nobody is asked about come too.

    Raises
    ------
    DataError
        A column or an item is missing.
    EstimationError
        No item of the roles of `current` names a stage.
    """
    now, n_off = _placed(codebook, current)
    wanted, also_off = _placed(codebook, desired)
    if now.empty:
        raise EstimationError(
            f"codebook: found no item of role {' or '.join(current)} that names a stage, expected some. "
            "Fill in the columns stage and channel."
        )
    places, channels = _places(now, wanted, sheet)
    rows, columns = [], []
    for stage, channel in places:
        here, there = (_in_cell(items, stage, channel) for items in (now, wanted))
        rows.append({"stage": stage, "channel": channel, **_about(here, there)})
        columns.append(_scores(survey, here, there, mixed=rows[-1]["note"] == MIXED_SCALES))
    found, wished, perceived = (np.column_stack(part) for part in zip(*columns, strict=True))
    return Cells(pd.DataFrame(rows), channels, found, wished, perceived, n_off + also_off)


def check_sheet(sheet: pd.DataFrame) -> pd.DataFrame:
    """Give the sheet with all its columns, or say what is wrong.

    Raises
    ------
    DataError
        No stage or channel column, or a cell that stands in two rows.
    """
    lacking = [name for name in ("stage", "channel") if name not in sheet]
    if lacking:
        raise DataError(f"journey: found no column {lacking}, expected stage and channel. Add them.")
    sheet = sheet[sheet["stage"].notna()].assign(channel=lambda t: t["channel"].astype(object).fillna(ANY_CHANNEL))
    twice = sheet.duplicated(["stage", "channel"])
    if twice.any():
        stage, channel = sheet.loc[twice, ["stage", "channel"]].astype(str).iloc[0]
        raise DataError(
            f"journey: found the cell {stage} × {channel} in more than one row, expected one. "
            "Load the sheet of one organization, or keep one of the rows."
        )
    whole = sheet.reset_index(drop=True)
    for name in ("stage_order", "owner", "action", "intended"):
        if name not in whole:
            whole[name] = None
    return whole


def _placed(codebook: pd.DataFrame, roles: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Items of the first of the roles that asks about each attribute, with their cell; and how many have none."""
    keyed = codebook.drop_duplicates("item").set_index("item") if "item" in codebook else codebook
    parts = []
    for role in roles:
        part = items_of_role(codebook, role)
        for name in ("stage", "channel"):
            part[name] = part["item"].map(keyed[name]).astype(object) if name in codebook else None
        parts.append(part.assign(attribute=part["attribute"].where(part["attribute"] != "", part["item"])))
    items = pd.concat(parts, ignore_index=True)
    for name in ("stage", "channel"):
        items[name] = items[name].fillna(_by_attribute(codebook, items, name))
    placed = items[items["stage"].notna() & (items["stage"] != "")].copy()
    placed["channel"] = placed["channel"].fillna(ANY_CHANNEL).replace("", ANY_CHANNEL)
    keys = ["stage", "channel", "attribute"]
    return placed.drop_duplicates(keys, ignore_index=True), len(items) - len(placed)


def _by_attribute(codebook: pd.DataFrame, items: pd.DataFrame, name: str) -> pd.Series:
    """The stage (or channel) that another item of the same attribute names."""
    if name not in codebook or "attribute" not in codebook:
        return pd.Series(None, index=items.index, dtype=object)
    pairs = codebook[["attribute", name]].dropna().drop_duplicates()
    pairs = pairs[~pairs["attribute"].duplicated(keep=False)]
    known = dict(zip(pairs["attribute"].astype(str), pairs[name].astype(str), strict=True))
    return items["attribute"].astype(str).map(known).astype(object)


def _places(
    now: pd.DataFrame, wanted: pd.DataFrame, sheet: pd.DataFrame | None
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Cells by stage, then channel: stages and channels in the order of the sheet, then of the codebook."""
    asked = pd.concat([now, wanted])[["stage", "channel"]]
    listed = asked if sheet is None else pd.concat([_in_stage_order(sheet), asked])
    in_sheet = [] if sheet is None else list(sheet["channel"].astype(str))
    stages = list(dict.fromkeys(listed["stage"].astype(str)))
    channels = list(dict.fromkeys([*in_sheet, *asked["channel"].astype(str)]))
    cells = set(zip(listed["stage"].astype(str), listed["channel"].astype(str), strict=True))
    in_order = sorted(cells, key=lambda cell: (stages.index(cell[0]), channels.index(cell[1])))
    return in_order, tuple(channels)


def _in_stage_order(sheet: pd.DataFrame) -> pd.DataFrame:
    order = pd.to_numeric(sheet["stage_order"]).astype("Float64").groupby(sheet["stage"]).transform("min")
    return sheet.loc[order.sort_values(kind="stable", na_position="last").index, ["stage", "channel"]]


def _in_cell(items: pd.DataFrame, stage: str, channel: str) -> pd.DataFrame:
    return items[(items["stage"] == stage) & (items["channel"] == channel)].set_index("attribute")


def _about(here: pd.DataFrame, there: pd.DataFrame) -> dict[str, object]:
    """Attributes and scale of a cell, and why it has no gap."""
    ends = pd.concat([here, there])[["scale_min", "scale_max"]].dropna().drop_duplicates()
    scale = tuple(float(end) for end in ends.iloc[0]) if len(ends) == 1 else (float("nan"), float("nan"))
    note = NOT_ASKED if here.empty else MIXED_SCALES if len(ends) > 1 else NOTHING_DESIRED if there.empty else ""
    return {"attributes": tuple(map(str, here.index)), "scale": scale, "note": note}


def _scores(survey: pd.DataFrame, here: pd.DataFrame, there: pd.DataFrame, *, mixed: bool) -> tuple[Matrix, ...]:
    """What is found and desired by those who answered both, and what is found by all."""
    nothing = np.full(len(survey), np.nan)
    if here.empty or mixed:
        return nothing, nothing, nothing
    perceived = mean_of_items(answers_to(survey, here["item"]))
    if there.empty:
        return nothing, nothing, perceived
    both = [name for name in here.index if name in there.index]
    found = answers_to(survey, here.loc[both, "item"] if both else here["item"])
    wished = answers_to(survey, there.loc[both, "item"] if both else there["item"])
    if both:
        answered = ~np.isnan(found) & ~np.isnan(wished)
        found, wished = np.where(answered, found, np.nan), np.where(answered, wished, np.nan)
    found, wished = mean_of_items(found), mean_of_items(wished)
    answered = ~np.isnan(found) & ~np.isnan(wished)
    return np.where(answered, found, np.nan), np.where(answered, wished, np.nan), perceived
