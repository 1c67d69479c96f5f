"""Points of a plane numbered where there is room, with the names in a key beside the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cemlab.languages import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLANE = (370.0, 310.0)  # typographic points of a plane, about: what distances are measured in
BOX = (10.0, 8.5)  # room of a number
RADII = (9.0, 15.0, 22.0, 30.0)  # distances from the point that are tried in turn
ANGLES = np.deg2rad([45, 0, 315, 90, 270, 135, 180, 225])
DOT = 4.0  # half a point's width
LETTERS, ROOMY, CROWDED = 40, 11, 30  # of a line; names that may take two lines; names in smaller letters


def number_points(ax: Axes, x: ArrayLike, y: ArrayLike, names: Sequence[str], *, words: Words) -> None:
    """Write a number beside each point and, beside the plane, which name it stands for.

    Call it when the scales of the axes are final; a number that had to move away is joined to its point by a line.

    Parameters
    ----------
    ax : Axes
        From `new_axes`, with the points drawn.
    x, y : array of shape (n_points,)
        In the units of the axes.
    names : sequence of str
        As many, in the language already.
    words : Words
        The language.
    """
    from cemlab.plots import FONTS, write
    from cemlab.plots.axes import INK, SOFT_INK

    rtl, n = words.direction == "rtl", len(names)
    style: dict[str, Any] = {"fontfamily": FONTS, "parse_math": False, "fontsize": 7.5 if n <= CROWDED else 6.8}
    figures = [words.number(number) for number in range(1, n + 1)]
    for place, (figure, name) in enumerate(zip(figures, names, strict=True)):
        text = write(words, f"{figure}  {name}", width=LETTERS, max_lines=2 if n <= ROOMY else 1)
        ax.text(
            -0.02 if rtl else 1.02, 1 - (place + 0.5) / max(n, ROOMY), text, transform=ax.transAxes,
            ha="right" if rtl else "left", va="center", linespacing=1.0, color=INK, **style,
        )  # fmt: skip
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    corner = np.array([ax.get_xlim()[0], ax.get_ylim()[0]])
    extent = np.array([np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())])
    offsets = free_offsets((points - corner) / extent * np.array(PLANE))
    for figure, point, offset in zip(figures, points, offsets, strict=True):
        far = np.hypot(*offset) > RADII[0] + 0.5
        line = {"arrowstyle": "-", "color": SOFT_INK, "linewidth": 0.6, "shrinkA": 3, "shrinkB": 3} if far else None
        ax.annotate(write(words, figure), tuple(point), xytext=tuple(offset), textcoords="offset points", ha="center",
                    va="center", color=INK, zorder=4, arrowprops=line, **style)  # fmt: skip


def free_offsets(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the number of each point goes, from the point, so that it covers neither points nor other numbers.

    The places around a point are tried in a fixed order, near ones first; without a free one, the least covered.

    Parameters
    ----------
    points : array of shape (n_points, 2)
        Typographic points.

    Returns
    -------
    array of shape (n_points, 2)

    Examples
    --------
    >>> free_offsets(np.array([[100.0, 100.0], [109.0, 109.0]])).round().tolist()
    [[9.0, 0.0], [9.0, 0.0]]
    """
    tried = np.array([[r * np.cos(a), r * np.sin(a)] for r in RADII for a in ANGLES])
    half, taken, found = np.array(BOX) / 2, np.empty((0, 2)), np.empty((0, 2))
    for point in points:
        centers = point + tried
        on_points = (np.abs(centers[:, None] - points[None]) < half + DOT).all(axis=2).sum(axis=1)
        on_numbers = (np.abs(centers[:, None] - taken[None]) < 2 * half).all(axis=2).sum(axis=1)
        outside = ((centers < half) | (centers > np.array(PLANE) - half)).any(axis=1)
        best = int(np.argmin(on_points + on_numbers + outside))
        taken, found = np.vstack([taken, centers[best]]), np.vstack([found, tried[best]])
    return found
