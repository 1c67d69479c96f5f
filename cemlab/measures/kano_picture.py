"""The plane of Better and Worse, a point an attribute, coloured by its modal category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.languages import Words
from cemlab.plots import FONTS, PALETTE, finish, new_axes, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"A": 2, "O": 0, "M": 1, "I": 4, "R": 3, "Q": 5}  # places in the palette
INK, RULE = "#334155", "#B8C2CC"
MOST_LABELS, WIDTH = 40, 26  # points with their names beside them; letters of a name


def draw_plane(
    table: pd.DataFrame, info: Mapping[str, Any], ax: Axes | None, *, words: Words, names: Mapping[str, str]
) -> Axes:
    """Draw the attributes of a table of `classify_kano`; a name is preceded by its group where there are several."""
    ax = new_axes(ax, words=words, size=(7.0, 6.0))
    categories = {
        "A": words("Attractive"),
        "O": words("One-dimensional"),
        "M": words("Must-be"),
        "I": words("Indifferent"),
        "R": words("Reverse"),
        "Q": words("Questionable"),
    }
    shown = table[table["better"].notna()]
    for letter in [letter for letter in categories if letter in set(shown["category"])]:
        part, colour = shown[shown["category"] == letter], PALETTE[COLOURS[letter]]
        label = write(words, categories[letter])
        ax.scatter(-part["worse"], part["better"], s=46, color=colour, edgecolor="white", zorder=3, label=label)
    if len(shown) <= MOST_LABELS:
        _names(ax, shown, words=words, names=names)
    _frame(ax, words=words)
    caption = words(
        "{n} respondents. Better: how far the attribute goes with satisfaction where it is there; worse: with "
        "dissatisfaction where it is not.",
        n=words.number(info["n_obs"]),
    )
    return finish(ax, words=words, title=words("Kano: better and worse"), caption=caption)


def _names(ax: Axes, shown: pd.DataFrame, *, words: Words, names: Mapping[str, str]) -> None:
    several = shown["group"].nunique() > 1
    for row in shown.to_dict("records"):
        name = names.get(str(row["attribute"]), str(row["attribute"]))
        text = f"{names.get(str(row['group']), row['group'])}: {name}" if several else name
        short = text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
        ax.annotate(
            write(words, short), (-row["worse"], row["better"]), xytext=(5, 4), textcoords="offset points",
            fontsize=7.5, color=INK, fontfamily=FONTS, parse_math=False,
        )  # fmt: skip


def _frame(ax: Axes, *, words: Words) -> None:
    """Both shares from 0 to 1, the halves marked, percent in the digits of the language."""
    from matplotlib.ticker import FuncFormatter

    for line in (ax.axhline, ax.axvline):
        line(0.5, color=RULE, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _place: write(words, words.percent(value))))
    style: Any = {"fontfamily": FONTS, "parse_math": False, "color": INK, "fontsize": 9}
    ax.set_xlabel(write(words, words("Worse: share whose dissatisfaction goes with its absence")), **style)
    ax.set_ylabel(write(words, words("Better: share whose satisfaction goes with its presence")), **style)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, frameon=False,
                  prop={"family": FONTS, "size": 8.5}, handletextpad=0.2, columnspacing=1.0)  # fmt: skip
