"""The house style of a picture: fonts, colours, direction, scales, legends, and how texts and numbers are written."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cemlab.languages import LEFT_TO_RIGHT_ISOLATE, OWN_DIGITS, POP_ISOLATE, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Formatter

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5B6770")
INK, SOFT_INK, RULE = "#1F2933", "#5B6770", "#C9D1D9"
FONTS = ["Vazirmatn", "DejaVu Sans"]
AXIS_INCHES, LEGEND_INCHES, TITLE_INCHES, CAPTION_INCHES = 0.75, 0.32, 0.32, 0.25  # room beside the rows
FITTED = "fitted"  # mark of figures whose height was chosen by their rows
OWN_FIGURE = "cemlab"  # label of the figures that may be resized, because we made them
RIGHT_TO_LEFT_MARK = "\u200f"
LABEL_WIDTH, LABEL_LINES = 34, 3


def write(words: Words, text: object, *, width: int | None = None, max_lines: int | None = None) -> str:
    r"""Text as a picture needs it: wrapped at `width`, each line in the direction of the language.

    Parameters
    ----------
    words : Words
        The language.
    text : object
        Any text, of a user too; it is shown as it is (`$` and `_` have no meaning).
    width, max_lines : int, optional
        Characters a line and lines at most; what is longer ends in an ellipsis.

    Returns
    -------
    str

    Examples
    --------
    >>> from cemlab.languages import ENGLISH
    >>> write(ENGLISH, "one two three", width=8)
    'one two\nthree'
    """
    lines = str(text).splitlines() or [""]
    if width:
        lines = [part for line in lines for part in textwrap.wrap(line, width) or [""]]
    if max_lines and len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], lines[max_lines - 1][: (width or 80) - 1].rstrip() + "…"]
    mark = RIGHT_TO_LEFT_MARK if words.direction == "rtl" else ""
    return "\n".join(mark + line if line else line for line in lines)


def new_axes(ax: Axes | None = None, *, words: Words, size: tuple[float, float] = (7.0, 4.0)) -> Axes:
    """Axes in the house style: those given, or the only ones of a new figure.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; a new figure by default.
    words : Words
        The language, which decides the direction.
    size : tuple of float
        Inches of a new figure; drawers with a row per label choose the height themselves.

    Returns
    -------
    Axes
    """
    import seaborn as sns
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    _register_fonts()
    if ax is None:
        style = {"axes.edgecolor": RULE, "grid.color": "#E6EAEE", "axes.axisbelow": True}
        with rc_context(sns.axes_style("whitegrid", rc=style)):
            figure = Figure(figsize=size, dpi=100)
            figure.set_label(OWN_FIGURE)
            FigureCanvasAgg(figure)
            figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.08)
            ax = figure.subplots()
        sns.despine(ax=ax, left=True, right=True)
    ax.tick_params(labelfontfamily=FONTS, labelsize=9, labelcolor=INK, color=RULE, length=0, pad=5)
    if words.direction == "rtl":
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
    return ax


def finish(ax: Axes, *, words: Words, title: str, caption: str | None = None) -> Axes:
    """Title above, caption (with n) below: the last call on a picture.

    Parameters
    ----------
    ax : Axes
        Drawn on.
    words : Words
        The language.
    title : str
        What the picture shows, in the language already; empty where a heading above the picture says it.
    caption : str, optional
        n and what a reader must know to read it.

    Returns
    -------
    Axes
    """
    figure = ax.get_figure(root=True)
    rtl = words.direction == "rtl"
    side: Any = {"x": 0.99 if rtl else 0.01, "ha": "right" if rtl else "left", "fontfamily": FONTS, "parse_math": False}
    if figure is None or figure.get_label() != OWN_FIGURE:
        text = write(words, f"{title}\n{caption}" if caption else title, width=60)
        ax.set_title(text, loc="right" if rtl else "left", fontsize=10, color=INK, fontfamily=FONTS, parse_math=False)
        return ax
    width = int(figure.get_size_inches()[0] * 12)
    above = write(words, title, width=width, max_lines=3)
    below = write(words, caption or "", width=int(width * 1.35), max_lines=4)
    grow(ax, 0.25 * above.count("\n") + 0.18 * below.count("\n"))
    if figure.get_gid() == FITTED:
        grow(ax, TITLE_INCHES * bool(title) + CAPTION_INCHES * bool(caption))
    if title:
        figure.suptitle(above, fontsize=12, fontweight="bold", color=INK, **side)
    if caption:
        figure.supxlabel(below, fontsize=8, color=SOFT_INK, **side)
    return ax


def label_text(words: Words, label: object, width: int = LABEL_WIDTH) -> str:
    """The text of a tick: wrapped, cut where it is very long, a dash where it is empty; numbers in own digits."""
    text = own_digits(words, str(label).strip())
    return write(words, text, width=width, max_lines=LABEL_LINES) if text else "–"


def own_digits(words: Words, label: str) -> str:
    """Dates and numbers in the language's digits, isolated; names with Latin letters as they are."""
    if not label or any(letter.isascii() and letter.isalpha() for letter in label):
        return label
    written = label.translate(OWN_DIGITS.get(words.language, {}))
    if any(letter.isalpha() for letter in label):
        return written
    return words.isolate(written.replace(LEFT_TO_RIGHT_ISOLATE, "").replace(POP_ISOLATE, ""))


def scale(ax: Axes, *, words: Words, axis_label: str, percent: bool = False) -> None:
    """Label and ticks of the horizontal axis."""
    ax.set_xlabel(
        write(words, axis_label, width=80, max_lines=2), fontfamily=FONTS, parse_math=False, color=SOFT_INK, fontsize=9
    )
    ax.xaxis.set_major_formatter(digits_formatter(words, percent=percent))


def legend(ax: Axes, *, words: Words) -> None:
    """One line above the picture, in reading order."""
    rtl = words.direction == "rtl"
    handles, labels = ax.get_legend_handles_labels()
    if rtl:
        handles, labels = handles[::-1], labels[::-1]
    texts = [write(words, label, width=LABEL_WIDTH, max_lines=2) for label in labels]
    seen = [sum(letter.isprintable() for letter in text) for text in texts]
    columns = len(texts) if sum(seen) + 6 * len(seen) <= 90 else min(len(texts), 90 // (max(seen) + 6))
    legend = ax.legend(
        handles, texts, loc="lower right" if rtl else "lower left", bbox_to_anchor=(1.0 if rtl else 0.0, 1.0),
        ncols=max(1, columns), frameon=False, markerfirst=not rtl, borderaxespad=0.3,
        prop={"family": FONTS, "size": 9}, labelcolor=INK, handletextpad=0.5, columnspacing=1.6,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    figure = ax.get_figure(root=True)
    if figure is not None and figure.get_gid() == FITTED:
        grow(ax, LEGEND_INCHES)


def height(ax: Axes, inches: float) -> None:
    """Give the rows the room they need, where the figure is ours; legend, title and caption add theirs."""
    figure = ax.get_figure(root=True)
    if figure is not None and figure.get_label() == OWN_FIGURE:
        figure.set_gid(FITTED)
        figure.set_size_inches(figure.get_size_inches()[0], inches + AXIS_INCHES)


def grow(ax: Axes, inches: float) -> None:
    """Make a figure of ours higher."""
    figure = ax.get_figure(root=True)
    if figure is not None and figure.get_label() == OWN_FIGURE:
        width, before = figure.get_size_inches()
        figure.set_size_inches(width, before + inches)


def interval_text(words: Words, estimate: float, low: float, high: float, digits: int) -> str:
    """The estimate and its interval as one piece that keeps its order inside right-to-left text."""
    number, bottom, top = (words.number(round(value, digits) + 0.0, digits) for value in (estimate, low, high))
    if not math.isfinite(low) or not math.isfinite(high):
        return number
    plain = f"{number} [{bottom}{'،' if words.direction == 'rtl' else ','} {top}]"
    return words.isolate(plain.replace(LEFT_TO_RIGHT_ISOLATE, "").replace(POP_ISOLATE, ""))


def floats(values: Iterable[float]) -> list[float]:
    """Values as floats, NaN where there is none."""
    import pandas as pd

    return [float(value) if pd.notna(value) else math.nan for value in values]


def digits_for(values: Iterable[float]) -> int:
    """Decimals that show about three figures of the largest value."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return 0 if largest >= 100 else 1 if largest >= 10 else 2


def digits_formatter(words: Words, *, percent: bool = False) -> Formatter:
    """Ticks in the digits of the language, with the decimals that their distance needs."""
    from matplotlib.ticker import FuncFormatter

    def text(value: float, _place: int | None = None) -> str:
        if percent:
            return write(words, words.percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-6 else 1))
        decimals = next((d for d in range(4) if abs(value - round(value, d)) < 1e-9), 4)
        return write(words, words.number(value, decimals))

    return FuncFormatter(text)


@cache
def _register_fonts() -> None:
    """Make Vazirmatn, which travels with the package, known to matplotlib."""
    from matplotlib import font_manager

    folder = files("cemlab") / "report" / "assets"
    for weight in ("Regular", "Bold"):
        font_manager.fontManager.addfont(str(folder / f"Vazirmatn-{weight}.ttf"))
