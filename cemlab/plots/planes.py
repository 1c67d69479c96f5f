"""Drawers over two scales: a table as colours, lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from cemlab.languages import Words
from cemlab.plots.axes import (
    FONTS,
    LABEL_WIDTH,
    PALETTE,
    SOFT_INK,
    digits_formatter,
    floats,
    height,
    label_text,
    legend,
    scale,
    write,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def heatmap(
    ax: Axes,
    frame: pd.DataFrame,
    *,
    words: Words,
    value_format: Literal["percent", "number"] = "percent",
    row_label: str,
    column_label: str,
    digits: int = 0,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """A table as colours with its numbers in the cells; empty cells stay white.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    frame : DataFrame
        Numbers; the index and the columns are shown as labels. Shares (0 to 1) where `value_format` is "percent".
    words : Words
        The language.
    value_format : {"percent", "number"}
        How the numbers are written.
    row_label, column_label : str
        In the language already.
    digits : int
        Decimals.
    limits : tuple of float, optional
        Values of the palest and the darkest colour, by default 0 and the largest; where the first is negative, two
        colours part at zero.

    Returns
    -------
    Axes
    """
    import seaborn as sns

    shown = frame.astype(float)
    if words.direction == "rtl":
        shown = shown[list(shown.columns)[::-1]]
    form = words.percent if value_format == "percent" else words.number
    places = digits + 2 if value_format == "percent" else digits
    texts = shown.map(lambda v: write(words, form(round(v, places) + 0.0, digits)) if math.isfinite(v) else "")
    low, high = limits or (min(0.0, shown.min().min()), shown.max().max())
    colours = sns.light_palette(PALETTE[0], as_cmap=True)
    if low < 0:
        low, high = -max(-low, high), max(-low, high)
        colours = sns.blend_palette([PALETTE[1], "#F5F7F8", PALETTE[0]], as_cmap=True)
    crowded = shown.shape[1] > 13
    height(ax, 0.33 * len(shown) + 0.9)
    ax.grid(visible=False)
    sns.heatmap(
        shown, ax=ax, annot=texts.to_numpy(), fmt="", cmap=colours, vmin=low, vmax=high,
        cbar=False, linewidths=1.5, linecolor="white", mask=shown.isna().to_numpy(),
        xticklabels=False, yticklabels=False,
        annot_kws={"fontfamily": FONTS, "fontsize": 7 if crowded else 8.5, "parse_math": False},
    )  # fmt: skip
    style: dict[str, Any] = {"parse_math": False, "fontfamily": FONTS}
    room = max(6, int(62 / max(1, shown.shape[1])))
    for axis, values, width in ((ax.yaxis, shown.index, LABEL_WIDTH), (ax.xaxis, shown.columns, room)):
        labels = [label_text(words, value, width) for value in values]
        axis.set_ticks([place + 0.5 for place in range(len(labels))], labels, rotation=0, **style)
    ax.set_ylabel(write(words, row_label), **style, color=SOFT_INK, fontsize=9)
    ax.set_xlabel(write(words, column_label), **style, color=SOFT_INK, fontsize=9)
    if words.direction == "rtl":
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
    ax.tick_params(length=0)
    return ax


def lines(
    ax: Axes,
    x: Iterable[float],
    series: Mapping[str, Iterable[float]],
    *,
    words: Words,
    x_label: str,
    y_label: str,
    value_format: Literal["percent", "number"] = "number",
) -> Axes:
    """One line a series over a scale of numbers.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    x : sequence of float
        Places on the horizontal axis.
    series : mapping
        Label (in the language already) -> values, as many as `x`; NaN leaves a hole.
    words : Words
        The language.
    x_label, y_label : str
        In the language already.
    value_format : {"percent", "number"}
        How the vertical axis is written.

    Returns
    -------
    Axes
    """
    places = floats(x)
    for number, (label, values) in enumerate(series.items()):
        colour = PALETTE[number % len(PALETTE)]
        ax.plot(places, floats(values), color=colour, linewidth=2.2, marker="o", markersize=4.5, label=label)
    style: dict[str, Any] = {"parse_math": False, "fontfamily": FONTS, "color": SOFT_INK, "fontsize": 9}
    ax.set_ylabel(write(words, y_label, width=44, max_lines=2), **style)
    ax.yaxis.set_major_formatter(digits_formatter(words, percent=value_format == "percent"))
    scale(ax, words=words, axis_label=x_label)
    if len(series) > 1:
        legend(ax, words=words)
    return ax
