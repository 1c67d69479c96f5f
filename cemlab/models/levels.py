"""From frames of people and units to the rows each level of the chain is estimated on.

respondent: people who answered both ends of an arrow. unit: one row per unit, means of people and of measures.
panel and within: unit × wave rows of the units' own measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cemlab.errors import DataError
from cemlab.models.aggregation import ROLE_COLUMNS, unit_means
from cemlab.thresholds import threshold

PEOPLE = ("customers", "employees")
KEYS = ["organization", "unit"]


@dataclass(frozen=True, slots=True)
class LevelRows:
    """Rows of one level: `frame` has organization, unit (both text), weight and a column per construct in `names`.

    `clusters` says whether rows of one unit are resampled and left out together.
    """

    level: str
    frame: pd.DataFrame
    names: tuple[str, ...]
    clusters: bool


def chain_levels(
    frames: Mapping[str, pd.DataFrame], names: Sequence[str], *, min_per_unit: int
) -> tuple[list[LevelRows], dict[str, Any]]:
    """Rows per level for the constructs in `names`, and facts on what was left out.

    Parameters
    ----------
    frames : mapping
        "customers", "employees": a row per person, scores by construct beside organization, unit, wave, weight;
        "units": a row per unit (and wave), a column per measure.
    names : sequence of str
        Constructs and measures that the links name.
    min_per_unit : int
        Smallest number of people whose mean counts as a unit's.
    """
    ready = {name: _prepare(frame, names) for name, frame in frames.items() if frame is not None and len(frame)}
    _refuse_twice(ready, names)
    levels = [
        LevelRows("respondent", frame, _measured(frame, names), bool(frame["unit"].notna().any()))
        for kind, frame in ready.items()
        if kind in PEOPLE and _measured(frame, names)
    ]
    table, facts = _unit_table(ready, names, min_per_unit)
    if len(table):
        levels.append(LevelRows("unit", table, _measured(table, names), False))
    if "units" in ready:
        levels += _panel_levels(ready["units"], names)
    return levels, facts


def _prepare(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Only the columns needed, keys as text, weight 1 where none is given, constructs as numbers."""
    ready = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for key in (*KEYS, "wave"):
        ready[key] = frame[key].astype("string").to_numpy() if key in frame else pd.NA
        ready[key] = ready[key].astype("string")
    ready["organization"] = ready["organization"].fillna("")
    weight = frame["weight"].astype(float).to_numpy() if "weight" in frame else 1.0
    ready["weight"] = weight
    for name in names:
        if name in frame.columns and name not in ROLE_COLUMNS:
            ready[name] = pd.to_numeric(frame[name]).astype(float).to_numpy()
    return ready[ready["weight"].gt(0)].reset_index(drop=True)


def _measured(frame: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in frame and frame[name].notna().any())


def _refuse_twice(ready: Mapping[str, pd.DataFrame], names: Sequence[str]) -> None:
    for name in names:
        homes = [kind for kind, frame in ready.items() if name in _measured(frame, names)]
        if len(homes) > 1:
            raise DataError(
                f"chain: found {name!r} measured by {' and by '.join(homes)}, expected one source. "
                "Give the two different names in the codebook."
            )


def _unit_table(
    ready: Mapping[str, pd.DataFrame], names: Sequence[str], min_per_unit: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One row per unit: means over all waves, n of people per source."""
    parts, facts = [], {}
    for kind, frame in ready.items():
        known = frame[frame["unit"].notna()]
        measured = list(_measured(known, names))
        if not measured:
            continue
        if kind == "units":
            part = unit_means(known[KEYS], _complete_waves(known, measured)).drop(columns="n")
        else:
            part = unit_means(known[KEYS], known[measured], known["weight"]).rename(columns={"n": f"n_{kind}"})
            answers = known[measured].notna().groupby([known[key] for key in KEYS], sort=True).sum()
            few = answers.to_numpy() < min_per_unit
            part[measured] = part[measured].where(~few)
            facts[f"units_below_{min_per_unit}_{kind}"] = int(few.any(axis=1).sum())
        parts.append(part)
    if not parts:
        return pd.DataFrame(), facts
    table = parts[0]
    for part in parts[1:]:
        table = table.merge(part, on=KEYS, how="outer")
    return table.assign(weight=1.0).reset_index(drop=True), facts


def _complete_waves(known: pd.DataFrame, measured: list[str]) -> pd.DataFrame:
    """A unit's measures from the waves in which all were taken, if there are any: means of the same waves."""
    complete = known[measured].notna().all(axis=1)
    has_complete = complete.groupby([known[key] for key in KEYS]).transform("any")
    return known[measured].where(complete | ~has_complete)


def _panel_levels(units: pd.DataFrame, names: Sequence[str]) -> list[LevelRows]:
    measured = _measured(units, names)
    known = units.dropna(subset=["unit", "wave", *measured])
    if len(measured) < 2 or known["wave"].nunique() < threshold("panel_waves").value:
        return []
    rows = known.reset_index(drop=True)
    centred = rows.copy()
    columns = list(measured)
    by = [rows[key] for key in KEYS]
    centred[columns] = rows[columns] - rows[columns].groupby(by).transform("mean")
    return [LevelRows("panel", rows, measured, True), LevelRows("within", centred, measured, True)]


def unit_codes(frame: pd.DataFrame) -> np.ndarray:
    """A whole number per unit, units of two organizations apart; people without a unit each stand alone."""
    keys = frame["organization"].astype(str) + "\x1f" + frame["unit"].astype("string").fillna("")
    lone = frame["unit"].isna()
    keys = keys.where(~lone, "\x1e" + pd.Series(np.arange(len(frame)), index=frame.index).astype(str))
    return np.asarray(pd.factorize(keys)[0])
