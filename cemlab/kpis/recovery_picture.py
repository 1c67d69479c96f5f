"""The picture behind the list of customers to call back: experience against value, nobody named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.languages import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONG_TAIL = 20.0  # largest over median value from which the scale is logarithmic
JITTER = 0.012  # of the scale, so that equal ratings do not hide each other
MOST_POINTS = 4000


def draw_recoveries(
    ax: Axes, placed: pd.DataFrame, cuts: tuple[float, float], *, words: Words, x_label: str, y_label: str
) -> Axes:
    """Draw one point a customer, those to call back in another colour, with both thresholds.

    Parameters
    ----------
    ax : Axes
        From `new_axes`.
    placed : DataFrame
        experience, value, selected.
    cuts : tuple of float
        Thresholds of experience and value.
    words : Words
        The language.
    x_label, y_label : str
        In the language already.

    Returns
    -------
    Axes
    """
    from cemlab.plots import FONTS, PALETTE, write
    from cemlab.plots.axes import RULE, SOFT_INK, digits_formatter, legend, scale

    rng = np.random.default_rng(1)  # of the jitter only
    if len(placed) > MOST_POINTS:
        placed = placed.iloc[np.sort(rng.choice(len(placed), MOST_POINTS, replace=False))]
    x, y = placed["experience"].to_numpy(dtype=float), placed["value"].to_numpy(dtype=float)
    if len(np.unique(x)) < len(x):
        x = x + rng.uniform(-1, 1, len(x)) * JITTER * max(np.ptp(x), 1.0)
    chosen = placed["selected"].to_numpy(dtype=bool)
    parts = ((~chosen, SOFT_INK, 16, words("Other customers")), (chosen, PALETTE[1], 30, words("To call back")))
    for part, colour, size, label in parts:
        ax.scatter(x[part], y[part], s=size, color=colour, alpha=0.6, edgecolor="white", linewidth=0.5, label=label)
    style: dict[str, Any] = {"color": SOFT_INK, "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": 0}
    ax.axvline(cuts[0], **style)
    ax.axhline(cuts[1], **style)
    if y.min() > 0 and y.max() > LONG_TAIL * np.median(y):
        ax.set_yscale("log")
    ax.tick_params(which="minor", length=0)
    ax.grid(visible=True, color=RULE, alpha=0.5)
    ax.yaxis.set_major_formatter(digits_formatter(words))
    ax.set_ylabel(write(words, y_label, width=40), parse_math=False, fontfamily=FONTS, color=SOFT_INK, fontsize=9)
    scale(ax, words=words, axis_label=x_label)
    legend(ax, words=words)
    return ax
