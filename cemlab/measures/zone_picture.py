"""Zone bars: from the minimum to the desired service, the perceived service as a point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cemlab.languages import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_zones(
    ax: Axes | None, zones: pd.DataFrame, label: str, n: int, words: Words, names: Mapping[str, str]
) -> Axes:
    """A bar a row of `zones` (minimum, desired, perception); rows without the three levels are left out.

    Parameters
    ----------
    ax : Axes or None
        Where to draw.
    zones : DataFrame
        group, `label`, minimum, desired, perception.
    label : str
        The column that names a row.
    n : int
        Respondents, for the caption.
    words : Words
        The language.
    names : mapping
        Display names.

    Returns
    -------
    Axes
    """
    from cemlab.plots import finish, new_axes
    from cemlab.plots.axes import FONTS, PALETTE, height, label_text, legend, scale

    shown = zones.dropna(subset=["minimum", "desired", "perception"])
    several = shown["group"].nunique() > 1
    labels = [
        f"{names.get(group, group)}: {names.get(name, name)}" if several else names.get(name, name)
        for group, name in zip(shown["group"], shown[label], strict=True)
    ]
    ax = new_axes(ax, words=words)
    rows = range(len(shown))
    ax.barh(rows, shown["desired"] - shown["minimum"], left=shown["minimum"], height=0.42, color=PALETTE[5], alpha=0.55,
            label=words("Zone of tolerance: minimum to desired"))  # fmt: skip
    ax.scatter(shown["perception"], rows, s=62, color=PALETTE[1], edgecolor="white", zorder=3, label=words("Perceived"))
    texts = [label_text(words, text) for text in labels]
    ax.set_yticks(list(rows), texts, parse_math=False, fontfamily=FONTS)
    ax.set_ylim(max(len(texts), 1) - 0.4, -0.6)
    ax.use_sticky_edges = False  # bars do not start at zero: leave room on both sides
    ax.margins(x=0.05)
    ax.grid(visible=False, axis="y")
    height(ax, 0.42 * len(texts) + 0.3)
    scale(ax, words=words, axis_label=words("Mean answer, scale points"))
    legend(ax, words=words)
    caption = words("A point left of its bar: below what customers accept. {n} respondents.", n=words.number(n))
    return finish(ax, words=words, title=words("Perceived service in the zone of tolerance"), caption=caption)
