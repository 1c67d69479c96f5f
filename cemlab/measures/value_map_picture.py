"""The value map and the ratios behind it as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cemlab.languages import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cemlab.measures.value_added import ValueAddedResult

LABEL = 20  # letters of a line


def draw_ratios(ax: Axes | None, result: ValueAddedResult, words: Words, names: Mapping[str, str]) -> Axes:
    """Each ratio with its interval around 1."""
    from cemlab.plots import finish, intervals, new_axes

    table = result.table
    labels = [
        names.get(attribute, attribute) if isinstance(attribute, str) else words(term)
        for term, attribute in zip(table["term"], table["attribute"], strict=True)
    ]
    ends = (table[name].tolist() for name in ("estimate", "conf_low", "conf_high"))
    ax = new_axes(ax, words=words)
    intervals(ax, labels, *ends, words=words, axis_label=words("Own mean over the competitors' mean"), reference=1.0)
    return finish(ax, words=words, title=words("Customer value added"), caption=_caption(result, words))


def draw_map(ax: Axes | None, result: ValueAddedResult, words: Words, names: Mapping[str, str]) -> Axes:
    """Quality ratio across, price ratio up, the fair-value line through (1, 1)."""
    from cemlab.plots import FONTS, PALETTE, finish, new_axes, write
    from cemlab.plots.axes import INK, SOFT_INK, digits_formatter, scale

    ax = new_axes(ax, words=words, size=(6.0, 5.0))
    table = result.map
    style: Any = {"fontfamily": FONTS, "parse_math": False}
    own = (table["organization"] == result.info["own"]).to_numpy()
    colours = [PALETTE[1] if mine else PALETTE[0] for mine in own]
    ax.scatter(table["quality_ratio"], table["price_ratio"], s=64, c=colours, edgecolor="white", zorder=3)
    fair = table["fair_price"].fillna(table["quality_ratio"])
    dear = table["price_ratio"] >= fair  # above the rising line: its name goes up and to the left, away from it
    labels = [write(words, names.get(name, name), width=LABEL, max_lines=2) for name in table["organization"]]
    for text, x, y, up in zip(labels, table["quality_ratio"], table["price_ratio"], dear, strict=True):
        away: dict[str, Any] = {"xytext": (-6, 6), "ha": "right", "va": "bottom"}
        if not up:
            away = {"xytext": (6, -6), "ha": "left", "va": "top"}
        ax.annotate(text, (x, y), textcoords="offset points", fontsize=9, color=INK, **away, **style)
    room = (5 * min(LABEL, max(map(len, labels), default=0)) + 10) / 370  # share of the width that a name takes
    ax.margins(x=room / (1 - 2 * room), y=0.18)
    ends = np.array([min(1.0, table["quality_ratio"].min()), max(1.0, table["quality_ratio"].max())])
    known = table.dropna(subset=["fair_price"])
    slopes = ((known["fair_price"] - 1) / (known["quality_ratio"] - 1)).replace([np.inf, -np.inf], np.nan).dropna()
    if len(slopes):
        ax.plot(ends, 1 + slopes.iloc[0] * (ends - 1), color=SOFT_INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    ax.set_ylabel(write(words, words("Price relative to the others")), fontsize=9, color=SOFT_INK, **style)
    ax.yaxis.set_major_formatter(digits_formatter(words))
    scale(ax, words=words, axis_label=words("Quality relative to the others"))
    return finish(ax, words=words, title=words("Value map: below the line = cheaper than fair"),
                  caption=_caption(result, words))  # fmt: skip


def _caption(result: ValueAddedResult, words: Words) -> str:
    return words("{n} ratings of {organizations} organizations; 1 = equal.", n=words.number(result.info["n_obs"]),
                 organizations=words.number(len(result.info["organizations"])))  # fmt: skip
