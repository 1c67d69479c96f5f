"""The importance-performance map as a picture: performance across, importance upwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cemlab.languages import Words
from cemlab.measures.numbered_points import number_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORNERS = {  # quadrant -> corner of the axes (across, upwards)
    "concentrate here": (0, 1),
    "keep up": (1, 1),
    "low priority": (0, 0),
    "possible overkill": (1, 0),
}


def draw_map(ax: Axes | None, result: Any, lines: tuple[float, float], words: Words, names: Mapping[str, str]) -> Axes:
    """Attributes as points with confidence ellipses, the lines, the diagonal; numbered, with a key beside.

    Parameters
    ----------
    ax : Axes or None
        Where to draw.
    result : ImportanceResult
        What to draw.
    lines : tuple of float
        Performance and importance at which the lines stand.
    words : Words
        The language.
    names : mapping
        Display names of attributes.

    Returns
    -------
    Axes
    """
    from cemlab.plots import finish, new_axes, write
    from cemlab.plots.axes import FONTS, PALETTE, RULE, SOFT_INK, digits_formatter

    style: dict[str, Any] = {"fontfamily": FONTS, "parse_math": False}
    ax = new_axes(ax, words=words, size=(8.4, 5.4))
    table = result.table.dropna(subset=["importance", "performance"])
    _draw_ellipses(ax, result.ellipses.dropna(), PALETTE[0])
    x, y = table["performance"].to_numpy(dtype=float), table["importance"].to_numpy(dtype=float)
    ax.scatter(x, y, s=46, color=PALETTE[0], edgecolor="white", zorder=3)
    ax.axvline(lines[0], color=SOFT_INK, linewidth=1.2, zorder=1)
    ax.axhline(lines[1], color=SOFT_INK, linewidth=1.2, zorder=1)
    low, high = max(x.min(), y.min()), min(x.max(), y.max())
    if low < high:
        ax.plot([low, high], [low, high], color=RULE, linewidth=1.4, linestyle=(0, (4, 3)), zorder=1)
    number_points(ax, x, y, [names.get(name, name) for name in table["attribute"]], words=words)
    for quadrant, (across, up) in CORNERS.items():
        place = 0.01 + 0.98 * across, 0.01 + 0.98 * up
        ax.text(
            *place, write(words, words(quadrant)), transform=ax.transAxes, fontsize=9, color=SOFT_INK,
            ha="right" if across else "left", va="top" if up else "bottom", **style,
        )  # fmt: skip
    ax.set_xlabel(write(words, words("Performance, scale points")), color=SOFT_INK, fontsize=9, **style)
    ax.set_ylabel(write(words, words("Importance, scale points")), color=SOFT_INK, fontsize=9, **style)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(digits_formatter(words))
    caption = words(
        "{n} respondents. Lines: {lines}. Ellipses: {level} confidence. Dashed: importance equals performance.",
        n=words.number(result.info["n_obs"]), lines=words(result.info["crosshair"]),
        level=words.percent(result.info["conf_level"]),
    )  # fmt: skip
    return finish(ax, words=words, title=words("What matters and how it is rated"), caption=caption)


def _draw_ellipses(ax: Axes, ellipses: Any, colour: str) -> None:
    from matplotlib.patches import Ellipse

    for row in ellipses.itertuples():
        if np.isfinite(row.semi_major):
            ax.add_patch(
                Ellipse((row.x, row.y), 2 * row.semi_major, 2 * row.semi_minor, angle=row.angle, facecolor=colour,
                        edgecolor="none", alpha=0.13, zorder=2)
            )  # fmt: skip
