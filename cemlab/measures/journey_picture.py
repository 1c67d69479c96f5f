"""The journey map drawn: stages across, channels down, the gap as colour and number, the owner below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.languages import Words
from cemlab.measures.journey_cells import ANY_CHANNEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cemlab.measures.journey import JourneyResult

OUTLINED = 3
CELL_INCHES, OWNER_LINES = 0.72, 2


def draw_map(result: JourneyResult, ax: Axes | None, *, words: Words, names: Mapping[str, str]) -> Axes:
    """Draw the map on `ax` (a new one by default); the cells of highest priority are outlined."""
    from cemlab.plots import finish, new_axes

    value = "estimate" if result.table["estimate"].notna().any() else "current"
    frame = result.grid(value).astype(float)
    rtl = words.direction == "rtl"
    across = list(frame.columns)[::-1] if rtl else list(frame.columns)
    shown = {ANY_CHANNEL: words("any channel"), **names}
    labelled = frame.set_axis(_labels(frame.index, shown), axis=0).set_axis(_labels(frame.columns, shown), axis=1)
    ax = new_axes(ax, words=words, size=(max(7.0, 1.25 * len(across) + 2.2), 4.0))
    _colours(ax, labelled, words=words, value=value)
    places = {(channel, stage): (x, y) for y, channel in enumerate(frame.index) for x, stage in enumerate(across)}
    _owners(ax, result.table, frame, places, words=words, names=names)
    _outline(ax, result.table, places)
    caption = words(
        "Gap = current − desired, scale points; negative = shortfall. Below it: who answers for the cell. Outlined: "
        "the cells of highest priority. {n} respondents.",
        n=words.number(result.info["n_obs"]),
    )
    return finish(
        ax, words=words, title=words("Where on the journey customers find less than they desire"), caption=caption
    )


def _labels(names: pd.Index, shown: Mapping[str, str]) -> list[str]:
    """Display names; with the name itself beside it where two would look alike."""
    labels = [str(shown.get(name, name)) for name in names]
    return [
        f"{label} ({name})" if labels.count(label) > 1 else label for label, name in zip(labels, names, strict=True)
    ]


def _colours(ax: Axes, labelled: pd.DataFrame, *, words: Words, value: str) -> None:
    from cemlab.plots import heatmap
    from cemlab.plots.axes import height

    labels: Any = {"row_label": words("Channel"), "column_label": words("Stage")}
    numbers = labelled.to_numpy()
    largest = float(np.nanmax(np.abs(numbers), initial=0.01))
    limits = (-largest, largest) if value == "estimate" else (float(np.nanmin(numbers, initial=largest)), largest)
    heatmap(ax, labelled, words=words, value_format="number", digits=2, limits=limits, **labels)
    height(ax, CELL_INCHES * len(labelled) + 0.9)


def _owners(
    ax: Axes,
    table: pd.DataFrame,
    frame: pd.DataFrame,
    places: Mapping[tuple[str, str], tuple[int, int]],
    *,
    words: Words,
    names: Mapping[str, str],
) -> None:
    """Owner below the number, in the colour that the number has; a cell without one says so."""
    from cemlab.plots.axes import FONTS, SOFT_INK, write

    numbers = {(int(text.get_position()[0]), int(text.get_position()[1])): text for text in ax.texts}
    for (x, y), text in numbers.items():
        text.set(position=(x + 0.5, y + 0.3), fontsize=10, fontweight="bold")
    width = max(9, int(84 / max(1, frame.shape[1])))
    style: Any = {"ha": "center", "va": "center", "fontfamily": FONTS, "fontsize": 7.5, "parse_math": False}
    for row in table.to_dict("records"):
        x, y = places[row["channel"], row["stage"]]
        measured = bool(frame.loc[[row["channel"]], row["stage"]].notna().all())
        number = numbers.get((x, y))
        colour = number.get_color() if measured and number is not None else SOFT_INK
        owner = "" if pd.isna(row["owner"]) else names.get(str(row["owner"]), str(row["owner"]))
        ax.text(x + 0.5, y + 0.68, write(words, owner, width=width, max_lines=OWNER_LINES), color=colour, **style)
        if not measured:
            ax.text(x + 0.5, y + 0.3, write(words, words("not measured")), color=SOFT_INK, **style)


def _outline(ax: Axes, table: pd.DataFrame, places: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    from matplotlib.patches import Rectangle

    from cemlab.plots.axes import INK

    first = table[(table["priority"] > 0) & (table["rank"] <= OUTLINED)]
    for row in first.to_dict("records"):
        x, y = places[row["channel"], row["stage"]]
        ax.add_patch(Rectangle((x + 0.03, y + 0.04), 0.94, 0.92, fill=False, edgecolor=INK, linewidth=2, zorder=6))
