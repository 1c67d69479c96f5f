"""The value equation as a waterfall: from the benefit, component by component, to the value and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cemlab.languages import Words
from cemlab.measures.value_answers import COMPONENTS, SIGNS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cemlab.measures.value import ValueResult

HEIGHT = 0.56


def draw_waterfall(ax: Axes | None, result: ValueResult, words: Words, names: Mapping[str, str]) -> Axes:
    """A bar a component, each starting where the one above ends; value and expected value start at zero.

    Parameters
    ----------
    ax : Axes or None
        Where to draw.
    result : ValueResult
        What to draw; of several groups the first.
    words : Words
        The language.
    names : mapping
        Display names of groups.

    Returns
    -------
    Axes
    """
    from cemlab.plots import FONTS, PALETTE, finish, new_axes
    from cemlab.plots.axes import INK, RULE, SOFT_INK, height, label_text, scale

    table = result.table.loc[result.table["group"] == result.table["group"].iloc[0]].set_index("term")
    terms = [*COMPONENTS, "value", *(["expected"] if np.isfinite(table.loc["expected", "estimate"]) else [])]
    rows = table.loc[terms]
    signs = np.array([SIGNS.get(term, 1.0) for term in terms])
    change = rows["estimate"].to_numpy(dtype=float) * signs
    ends = np.sort(rows[["conf_low", "conf_high"]].to_numpy(dtype=float) * signs[:, None], axis=1)
    start = np.array([0.0, *np.cumsum(change[:5])[:4], *[0.0] * (len(terms) - 5)])
    kinds = np.where(change[:5] >= 0, PALETTE[0], PALETTE[1])
    ax = new_axes(ax, words=words)
    places = np.arange(len(terms))
    ax.barh(places, change, left=start, color=[*kinds, PALETTE[2], RULE][: len(terms)], height=HEIGHT, zorder=2)
    ax.hlines(places, start + ends[:, 0], start + ends[:, 1], color=INK, linewidth=1.4, zorder=3)
    reached = (start + change)[:5]
    ax.vlines(reached, places[:5] + HEIGHT / 2, places[:5] + 1 - HEIGHT / 2, color=SOFT_INK, linewidth=0.9, zorder=1)
    ax.axvline(0.0, color=SOFT_INK, linewidth=1, zorder=1)
    if "expected" in terms:
        ax.axvline(change[-1], color=SOFT_INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    _numbers(ax, change, ends, words=words)
    texts = [label_text(words, _label(term, words)) for term in terms]
    ax.set_yticks(places, texts, parse_math=False, fontfamily=FONTS)
    ax.set_ylim(len(terms) - 0.4, -0.6)
    ax.margins(x=0.05)
    ax.use_sticky_edges = False
    ax.grid(visible=False, axis="y")
    height(ax, 0.4 * len(terms) + 0.2)
    scale(ax, words=words, axis_label=words("Contribution, scale points"))
    return finish(ax, words=words, title=words("What value is made of"), caption=_caption(result, words, names))


def _label(term: str, words: Words) -> str:
    """The name of a component with its sign in the equation."""
    sign = {"benefit": "", "value": "= ", "expected": ""}.get(term, "+ " if SIGNS.get(term, 1.0) > 0 else "− ")
    return f"{sign}{words(term)}"


def _numbers(ax: Axes, change: Any, ends: Any, *, words: Words) -> None:
    """Contributions with their intervals on the far side of the labels."""
    from cemlab.plots import FONTS, write
    from cemlab.plots.axes import INK, digits_for, interval_text

    rtl, digits = words.direction == "rtl", digits_for([*change, *ends.ravel()])
    for row, (estimate, (low, high)) in enumerate(zip(change, ends, strict=True)):
        ax.text(
            -0.02 if rtl else 1.02, row, write(words, interval_text(words, estimate, low, high, digits)),
            transform=ax.get_yaxis_transform(), ha="right" if rtl else "left", va="center", fontsize=8.5,
            fontfamily=FONTS, color=INK, parse_math=False,
        )  # fmt: skip


def _caption(result: ValueResult, words: Words, names: Mapping[str, str]) -> str:
    groups = result.table["group"].unique()
    rows = result.table[(result.table["group"] == groups[0]) & (result.table["term"] == "value")]
    text = words(
        "Value = benefit − effort − risk − price + treatment; each bar starts where the one above ends. Lines: "
        "intervals at the {level} level. {n} respondents.",
        level=words.percent(result.info["conf_level"]), n=words.number(int(rows["n"].iloc[0])),
    )  # fmt: skip
    return text if len(groups) == 1 else f"{names.get(str(groups[0]), groups[0])}: {text}"
