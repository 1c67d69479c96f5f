"""The plane of Better and Worse, a point an attribute, coloured by its modal category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.languages import Words
from cemlab.measures.numbered_points import number_points
from cemlab.plots import FONTS, PALETTE, finish, new_axes, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"A": 2, "O": 0, "M": 1, "I": 4, "R": 3, "Q": 5}  # places in the palette
INK, RULE = "#334155", "#B8C2CC"
MOST_LABELS = 40  # points that are numbered


def draw_plane(
    table: pd.DataFrame, info: Mapping[str, Any], ax: Axes | None, *, words: Words, names: Mapping[str, str]
) -> Axes:
    """Draw the attributes of a table of `classify_kano`, numbered; a name in the key is preceded by its group."""
    ax = new_axes(ax, words=words, size=(8.4, 6.0))
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
    _frame(ax, words=words)
    if len(shown) <= MOST_LABELS:
        number_points(ax, -shown["worse"], shown["better"], _names(shown, names), words=words)
    caption = words(
        "{n} respondents. Better: how far the attribute goes with satisfaction where it is there; worse: with "
        "dissatisfaction where it is not.",
        n=words.number(info["n_obs"]),
    )
    return finish(ax, words=words, title=words("Kano: better and worse"), caption=caption)


def _names(shown: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Display names, with the group's where there are several."""
    labels = [names.get(str(name), str(name)) for name in shown["attribute"]]
    if shown["group"].nunique() <= 1:
        return labels
    groups = [names.get(str(group), str(group)) for group in shown["group"]]
    return [f"{group}: {label}" for group, label in zip(groups, labels, strict=True)]


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
