"""Drawers with a row per label: two values joined, estimates with intervals, bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from cemlab.languages import Words
from cemlab.plots.axes import (
    FONTS,
    INK,
    PALETTE,
    RULE,
    SOFT_INK,
    digits_for,
    floats,
    height,
    interval_text,
    label_text,
    legend,
    scale,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_INCHES, LINE_INCHES, MANY_ROWS = 0.2, 0.19, 12


def dumbbells(
    ax: Axes,
    labels: Iterable[object],
    start: Iterable[float],
    end: Iterable[float],
    *,
    words: Words,
    start_label: str,
    end_label: str,
    axis_label: str,
) -> Axes:
    """Two values a label on one scale, joined, with their difference (end − start) in a column beside them.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    labels : sequence
        One a row, from top to bottom.
    start, end : sequence of float
        In the unit of the axis; NaN where there is none.
    words : Words
        The language.
    start_label, end_label, axis_label : str
        In the language already.

    Returns
    -------
    Axes
    """
    first, last = floats(start), floats(end)
    rows = range(len(first))
    for row in rows:
        ax.plot([first[row], last[row]], [row, row], color=RULE, linewidth=4, zorder=1, solid_capstyle="round")
    ax.scatter(first, rows, s=58, facecolor="white", edgecolor=PALETTE[0], linewidth=2, zorder=3, label=start_label)
    ax.scatter(last, rows, s=62, facecolor=PALETTE[1], edgecolor="white", linewidth=1, zorder=4, label=end_label)
    changes = [b - a for a, b in zip(first, last, strict=True)]
    digits = digits_for(changes)
    texts = [words.number(round(change, digits) + 0.0, digits, sign=True) for change in changes]
    _rows(ax, labels, words=words)
    _column(ax, texts, words=words, heading=words("Difference"))
    scale(ax, words=words, axis_label=axis_label)
    legend(ax, words=words)
    return ax


def intervals(
    ax: Axes,
    labels: Iterable[object],
    estimate: Iterable[float],
    low: Iterable[float],
    high: Iterable[float],
    *,
    words: Words,
    axis_label: str,
    reference: float | None = None,
    hues: Iterable[object] | None = None,
    hue_order: Sequence[object] = (),
    digits: int | None = None,
) -> Axes:
    """A point and its interval a label (a forest plot), with the numbers in a column beside them.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    labels : sequence
        One a row, from top to bottom.
    estimate, low, high : sequence of float
        In the unit of the axis; NaN where there is none.
    words : Words
        The language.
    axis_label : str
        In the language already.
    reference : float, optional
        A value to compare with (0, the total …): a dashed line.
    hues : sequence, optional
        What each row belongs to: one colour and one entry of the legend each.
    hue_order : sequence, optional
        All that rows may belong to, so that each keeps its colour from picture to picture; by default what occurs.
    digits : int, optional
        Decimals of the numbers; by default enough for three figures.

    Returns
    -------
    Axes
    """
    points, lows, highs = floats(estimate), floats(low), floats(high)
    kinds = [str(hue) for hue in hues] if hues is not None else [""] * len(points)
    for number, kind in enumerate(dict.fromkeys([*map(str, hue_order), *kinds])):
        rows = [row for row, one in enumerate(kinds) if one == kind]
        if not rows:
            continue
        colour = PALETTE[number % len(PALETTE)]
        ax.hlines(rows, [lows[r] for r in rows], [highs[r] for r in rows], color=colour, linewidth=2.4, alpha=0.55)
        ax.scatter([points[r] for r in rows], rows, s=52, color=colour, edgecolor="white", zorder=3, label=kind)
    if reference is not None:
        ax.axvline(reference, color=SOFT_INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    places = digits_for([*points, *lows, *highs]) if digits is None else digits
    texts = [interval_text(words, *row, places) for row in zip(points, lows, highs, strict=True)]
    _rows(ax, labels, words=words)
    _column(ax, texts, words=words)
    scale(ax, words=words, axis_label=axis_label)
    if hues is not None and len(set(kinds)) > 1:
        legend(ax, words=words)
    return ax


def bars(
    ax: Axes,
    labels: Iterable[object],
    values: Iterable[float],
    *,
    words: Words,
    axis_label: str,
    low: Iterable[float] | None = None,
    high: Iterable[float] | None = None,
    value_format: Literal["percent", "number"] = "number",
) -> Axes:
    """A horizontal bar a label, its value at the end, its interval as a whisker where given.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    labels : sequence
        One a row, from top to bottom.
    values : sequence of float
        In the unit of the axis; shares (0 to 1) where `value_format` is "percent".
    words : Words
        The language.
    axis_label : str
        In the language already.
    low, high : sequence of float, optional
        Ends of the intervals.
    value_format : {"percent", "number"}
        How values and ticks are written.

    Returns
    -------
    Axes
    """
    lengths = floats(values)
    tops = floats(high) if high is not None else lengths
    ax.barh(range(len(lengths)), lengths, color=PALETTE[0], height=0.62, zorder=2)
    if low is not None and high is not None:
        ax.hlines(range(len(lengths)), floats(low), tops, color=INK, linewidth=1.4, zorder=3)
    digits = 0 if value_format == "percent" else digits_for(lengths)
    for row, (length, top) in enumerate(zip(lengths, tops, strict=True)):
        if math.isfinite(length):
            text = words.percent(length) if value_format == "percent" else words.number(length, digits)
            end = max(length, top) if math.isfinite(top) else length
            _beside(ax, write(words, text), end, row, words=words)
    ax.margins(x=0.14)
    ax.grid(visible=False, axis="y")
    _rows(ax, labels, words=words)
    scale(ax, words=words, axis_label=axis_label, percent=value_format == "percent")
    if words.direction == "rtl" and not ax.xaxis_inverted():
        ax.invert_xaxis()
    return ax


def _rows(ax: Axes, labels: Iterable[object], *, words: Words) -> None:
    """One label a row, the first on top, with a figure high enough for all of them."""
    texts = [label_text(words, label) for label in labels]
    if not texts:
        ax.text(0.5, 0.5, write(words, words("Nothing to show")), transform=ax.transAxes, ha="center", va="center",
                fontfamily=FONTS, color=SOFT_INK)  # fmt: skip
    ax.set_yticks(range(len(texts)), texts, parse_math=False, fontfamily=FONTS)
    ax.set_ylim(max(len(texts), 1) - 0.4, -0.6)
    most_lines = max((text.count("\n") + 1 for text in texts), default=1)
    space = ROW_INCHES if len(texts) <= MANY_ROWS else ROW_INCHES / 3
    height(ax, len(texts) * (space + LINE_INCHES * most_lines) + 0.2)


def _column(ax: Axes, texts: Sequence[str], *, words: Words, heading: str | None = None) -> None:
    """Numbers beside the rows, on the far side of the labels."""
    rtl = words.direction == "rtl"
    style: Any = {
        "transform": ax.get_yaxis_transform(), "ha": "right" if rtl else "left", "va": "center", "fontsize": 8.5,
        "fontfamily": FONTS, "color": INK, "parse_math": False,
    }  # fmt: skip
    for row, text in enumerate(texts):
        ax.text(-0.02 if rtl else 1.02, row, write(words, text), **style)
    if heading and texts:
        ax.text(-0.02 if rtl else 1.02, -0.72, write(words, heading), **style | {"color": SOFT_INK, "va": "bottom"})


def _beside(ax: Axes, text: str, place: float, row: int, *, words: Words) -> None:
    """A value at the end of its bar, outside of it."""
    rtl = words.direction == "rtl"
    outward = 1 if place >= 0 else -1
    right = (outward > 0) != rtl
    ax.annotate(
        text, (place, row), xytext=(5 if right else -5, 0), textcoords="offset points", va="center", fontsize=8.5,
        ha="left" if right else "right", fontfamily=FONTS, color=INK, parse_math=False, zorder=5,
    )  # fmt: skip
