"""Places on an importance-performance map: lines, quadrants, how sure they are, confidence ellipses; arrays only.

References
----------
Martilla, J. A. & James, J. C. (1977). Importance-performance analysis. Journal of Marketing 41(1), 77-79.
Hotelling, H. (1931). The generalization of Student's ratio. Annals of Mathematical Statistics 2, 360-378. (ellipses)
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.resampling import bootstrap_counts

Matrix = NDArray[np.float64]
Crosshair = Literal["mean", "median", "midpoint"]
CROSSHAIRS: tuple[Crosshair, ...] = ("mean", "median", "midpoint")
QUADRANTS = np.array(["low priority", "possible overkill", "concentrate here", "keep up", ""], dtype=object)
NOWHERE = len(QUADRANTS) - 1
TIE = 1e-9  # an attribute this near to a line lies on it, and so above it
CELLS = 2**22  # numbers that one batch of resamples may hold in its largest array


class Lines(NamedTuple):
    """Where the lines of a map stand: importance and performance, a number a map; NaN where there is no such line."""

    importance: Matrix
    performance: Matrix


def place_lines(importance: Matrix, performance: Matrix, midpoints: tuple[float, float], kind: Crosshair) -> Lines:
    """The lines of each map of attributes' means.

    Parameters
    ----------
    importance, performance : arrays of shape (n_maps, n_attributes)
        Means, in scale points.
    midpoints : tuple of float
        Of the importance and the performance scale; NaN where the attributes do not share one.
    kind : {"mean", "median", "midpoint"}
        Which lines.

    Examples
    --------
    >>> place_lines(np.array([[1.0, 2, 6]]), np.array([[3.0, 4, 5]]), (4.0, 4.0), "median").importance.tolist()
    [2.0]
    """
    if kind == "midpoint":
        return Lines(*(np.full(len(importance), value) for value in midpoints))
    middle = np.mean if kind == "mean" else np.median
    return Lines(*(np.asarray(middle(side, axis=1)) for side in (importance, performance)))


def find_quadrants(importance: Matrix, performance: Matrix, lines: Lines) -> NDArray[np.int64]:
    """The quadrant of each attribute on each map, as a place in QUADRANTS; on a line counts as above it."""
    high_importance = importance >= lines.importance[:, None] - TIE
    high_performance = performance >= lines.performance[:, None] - TIE
    known = np.isfinite(importance) & np.isfinite(performance)
    known &= np.isfinite(lines.importance + lines.performance)[:, None]
    return np.where(known, 2 * high_importance + high_performance, NOWHERE)


def resample_quadrants(
    importance: Matrix,
    performance: Matrix,
    weights: Matrix,
    midpoints: tuple[float, float],
    *,
    n_boot: int,
    rng: np.random.Generator,
) -> dict[Crosshair, Matrix]:
    """Share of resamples of respondents that put each attribute into each quadrant, the lines placed anew each time.

    Parameters
    ----------
    importance, performance : arrays of shape (n_respondents, n_attributes)
        Answers; NaN in both where one is missing.
    weights : array of shape (n_respondents,)
        Survey weights.
    midpoints : tuple of float
        As in `place_lines`.
    n_boot : int
        Resamples.
    rng : numpy Generator
        Source of randomness.

    Returns
    -------
    dict
        Crosshair -> array of shape (n_attributes, 4), in the order of QUADRANTS; NaN without such a crosshair.
    """
    n, k = importance.shape
    given = (~np.isnan(importance)).astype(float)
    filled = [np.nan_to_num(side) for side in (importance, performance)]
    tallies = {kind: np.zeros((k, NOWHERE + 1)) for kind in CROSSHAIRS}
    batch = max(1, CELLS // max(1, n))
    for start in range(0, n_boot, batch):
        counts = bootstrap_counts(n, min(batch, n_boot - start), rng) * weights
        with np.errstate(invalid="ignore", divide="ignore"):
            i, p = (counts @ side / (counts @ given) for side in filled)
        for kind, tally in tallies.items():
            found = find_quadrants(i, p, place_lines(i, p, midpoints, kind))
            tally += (found[:, :, None] == np.arange(NOWHERE + 1)).sum(axis=0)
    shares = {}
    for kind, tally in tallies.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            shares[kind] = tally[:, :NOWHERE] / tally[:, :NOWHERE].sum(axis=1, keepdims=True)
    return shares


def draw_ellipses(importance: Matrix, performance: Matrix, weights: Matrix, conf_level: float) -> pd.DataFrame:
    """Confidence ellipse of each attribute's means (Hotelling): centre, half axes in scale points, angle in degrees.

    The angle is that of the longer axis against the performance axis, counter-clockwise. NaN with fewer than 3 people.
    """
    rows = [
        _ellipse(np.column_stack([performance[:, j], importance[:, j]]), weights, conf_level)
        for j in range(importance.shape[1])
    ]
    return pd.DataFrame(rows, columns=["x", "y", "semi_major", "semi_minor", "angle", "n"])


def _ellipse(points: Matrix, weights: Matrix, conf_level: float) -> list[float]:
    given = ~np.isnan(points).any(axis=1) & (weights > 0)
    x, w, n = points[given], weights[given], int(given.sum())
    if n == 0:
        return [np.nan] * 5 + [0]
    centre = w @ x / w.sum()
    if n < 3:
        return [*centre.tolist(), np.nan, np.nan, np.nan, n]
    scores = (x - centre) * (w / w.sum())[:, None]
    lengths, axes = np.linalg.eigh(n / (n - 1) * scores.T @ scores)
    # Quantile of F(2, n - 2), which has a closed form.
    quantile = (n - 2) / 2 * ((1 - conf_level) ** (-2 / (n - 2)) - 1)
    half = np.sqrt(np.maximum(lengths, 0.0) * 2 * (n - 1) / (n - 2) * quantile)
    angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1])) % 180
    return [*centre.tolist(), float(half[1]), float(half[0]), float(angle), n]
