"""The picture of a measure over time: a line with intervals, control limits, and rings around what a rule marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cemlab.languages import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY_TICKS, LINE_LETTERS = 13, 80  # ticks of an axis, and letters that its width has room for
SPREAD = 0.12  # distance of the lines of two groups, in periods


class Trend(NamedTuple):
    """One line: its label (in the language already), values, interval ends, limits (or None) and marks."""

    label: str
    estimate: Sequence[float]
    low: Sequence[float] | None
    high: Sequence[float] | None
    limits: tuple[Sequence[float], Sequence[float], Sequence[float]] | None
    marked: Sequence[bool]


def draw_trends(ax: Axes, periods: Iterable[object], trends: Sequence[Trend], *, words: Words, y_label: str) -> Axes:
    """Draw one line a trend over the periods, in their order; time runs from left to right in every language.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    periods : sequence
        Labels of the periods.
    trends : sequence of Trend
        As many values as periods each; NaN leaves a hole.
    words : Words
        The language.
    y_label : str
        In the language already.

    Returns
    -------
    Axes
    """
    from cemlab.plots import FONTS, write
    from cemlab.plots.axes import SOFT_INK, digits_formatter, label_text, legend

    labels = [label_text(words, period, 14) for period in periods]
    for number, trend in enumerate(trends):
        _one_trend(ax, trend, number, (number - (len(trends) - 1) / 2) * SPREAD, words=words)
    longest = max((sum(letter.isprintable() for letter in label) for label in labels), default=1)
    step = max(1, -(-len(labels) // max(2, min(MANY_TICKS, LINE_LETTERS // (longest + 1)))))
    style: dict[str, Any] = {"parse_math": False, "fontfamily": FONTS}
    ax.set_xticks(range(0, len(labels), step), labels[::step], **style)
    ax.set_xlim(-0.5, max(len(labels), 1) - 0.5)
    ax.grid(visible=False, axis="x")
    ax.set_ylabel(write(words, y_label, width=60, max_lines=2), **style, color=SOFT_INK, fontsize=9)
    ax.yaxis.set_major_formatter(digits_formatter(words))
    if len(ax.get_legend_handles_labels()[0]) > 1:
        legend(ax, words=words)
    return ax


def _one_trend(ax: Axes, trend: Trend, number: int, shift: float, *, words: Words) -> None:
    """Line, intervals, limits and marks of one trend."""
    from cemlab.plots import PALETTE
    from cemlab.plots.axes import SOFT_INK

    colour = PALETTE[number % len(PALETTE)]
    places = [place + shift for place in range(len(trend.estimate))]
    if trend.low is not None and trend.high is not None:
        ax.vlines(places, trend.low, trend.high, color=colour, linewidth=2.2, alpha=0.45)
    ax.plot(places, trend.estimate, color=colour, linewidth=1.8, marker="o", markersize=5, label=trend.label, zorder=3)
    if trend.limits is not None:
        center, low, high = trend.limits
        edge: dict[str, Any] = {"where": "mid", "color": SOFT_INK, "linewidth": 1.1}
        ax.step(places, center, **edge, label=words("Center line"))
        ax.step(places, low, **edge, linestyle=(0, (5, 3)), label=words("Control limits"))
        ax.step(places, high, **edge, linestyle=(0, (5, 3)))
    marks = [place for place, marked in enumerate(trend.marked) if marked]
    if marks:
        known = words("Marked by a rule") in ax.get_legend_handles_labels()[1]
        ax.scatter(
            [places[m] for m in marks], [trend.estimate[m] for m in marks], s=150, facecolor="none", linewidth=1.8,
            edgecolor=PALETTE[1] if number != 1 else PALETTE[2], zorder=4,
            label=None if known else words("Marked by a rule"),
        )  # fmt: skip
