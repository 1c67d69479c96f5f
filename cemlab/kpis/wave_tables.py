"""The tables of a measure over waves: levels, changes, and the alerts that follow from them.

References
----------
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemlab.kpis.control_limits import control_limits
from cemlab.kpis.control_rules import DEFAULT_RULES, apply_rules
from cemlab.kpis.wave_changes import compare_waves, in_both
from cemlab.kpis.wave_samples import Kind, Wave
from cemlab.multiplicity import holm

PREVIOUS, FIRST = "previous wave", "first wave"
CHANGED = {PREVIOUS: "changed since the previous wave", FIRST: "changed since the first wave"}
SCALE = {"mean": 1.0, "share": 100.0, "nps": 100.0}  # from the measure's own unit to that of the tables
LEVEL_COLUMNS = [
    "group", "wave", "estimate", "std_error", "conf_low", "conf_high", "sd", "n", "n_respondents", "n_repeated",
    "n_effective", "center", "limit_low", "limit_high", "note",
]  # fmt: skip
CHANGE_COLUMNS = [
    "group", "wave", "since", "term", "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted",
    "effect_size", "conf_low", "conf_high", "n", "n_before", "n_repeated", "note",
]  # fmt: skip
ALERT_COLUMNS = [
    "group", "wave", "since", "rule", "estimate", "conf_low", "conf_high", "statistic", "p_adjusted", "effect_size",
    "n", "note",
]  # fmt: skip


def level_rows(group: str, names: Sequence[str], waves: Sequence[Wave], kind: Kind) -> list[dict[str, Any]]:
    """One row a wave: level, interval, counts, and the limits of an individuals chart of the levels."""
    scale = SCALE[kind]
    levels = scale * np.array([wave.estimate for wave in waves])
    limits = control_limits(levels, None, first=len(levels))
    rows = []
    for place, (name, wave) in enumerate(zip(names, waves, strict=True)):
        rows.append(
            {
                "group": group,
                "wave": name,
                "estimate": levels[place],
                "std_error": scale * np.sqrt(wave.variance) if wave.variance > 0 or kind != "mean" else np.nan,
                "conf_low": scale * wave.low,
                "conf_high": scale * wave.high,
                "sd": scale * wave.sd,
                "n": wave.n,
                "n_respondents": len(wave.people),
                "n_repeated": len(in_both(waves[place - 1], wave)[0]) if place else 0,
                "n_effective": wave.n_effective,
                "center": limits.center[place],
                "limit_low": limits.low[place],
                "limit_high": limits.high[place],
                "note": wave.note,
            }
        )
    return rows


def change_rows(
    group: str, names: Sequence[str], waves: Sequence[Wave], kind: Kind, conf_level: float
) -> list[dict[str, Any]]:
    """Each wave against the one before and, from the third on, against the first; p values not yet adjusted."""
    pairs = [(place - 1, place, PREVIOUS) for place in range(1, len(waves))]
    pairs += [(0, place, FIRST) for place in range(2, len(waves))]
    rows = []
    for start, end, term in pairs:
        found = compare_waves(waves[start], waves[end], kind=kind, conf_level=conf_level)
        scale = SCALE[kind]
        rows.append(
            {
                "group": group,
                "wave": names[end],
                "since": names[start],
                "term": term,
                "estimate": scale * found.estimate,
                "std_error": scale * found.std_error,
                "statistic": found.statistic,
                "df": found.df,
                "p_value": found.p_value,
                "effect_size": found.effect_size,
                "conf_low": scale * found.low,
                "conf_high": scale * found.high,
                "n": waves[end].n,
                "n_before": waves[start].n,
                "n_repeated": found.n_repeated,
                "note": found.note,
            }
        )
    return rows


def changes_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of all groups with p adjusted by Holm over all of them."""
    table = pd.DataFrame(rows, columns=CHANGE_COLUMNS)
    table["p_adjusted"] = holm(table["p_value"].to_numpy(dtype=float))
    return table


def alerts_table(levels: pd.DataFrame, changes: pd.DataFrame, level: float, smallest: float) -> pd.DataFrame:
    """Changes whose adjusted p is below `level`, and levels that a rule of the control chart marks."""
    fired = changes[(changes["p_adjusted"] < level) & (changes["estimate"].abs() >= smallest)]
    found: list[Any] = fired.assign(rule=fired["term"].map(CHANGED)).to_dict("records")
    for _, part in levels.groupby("group", sort=False):
        found += _chart_alerts(part)
    return pd.DataFrame(found, columns=ALERT_COLUMNS)


def _chart_alerts(part: pd.DataFrame) -> list[Any]:
    """One group's marks; the limits stand three sigmas from the center line."""
    level, center = part["estimate"].to_numpy(dtype=float), part["center"].to_numpy(dtype=float)
    z = 3 * (level - center) / (part["limit_high"].to_numpy(dtype=float) - center)
    rows = part.assign(since="", estimate=level - center, statistic=z, conf_low=np.nan, conf_high=np.nan)
    marks = apply_rules(z, DEFAULT_RULES)
    return [record for rule in marks for record in rows[marks[rule]].assign(rule=rule).to_dict("records")]
