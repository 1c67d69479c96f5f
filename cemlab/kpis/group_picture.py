"""The picture that all ratings share: a row per group, its estimate and interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cemlab.languages import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_groups(
    ax: Axes | None,
    table: pd.DataFrame,
    *,
    words: Words,
    names: Mapping[str, str] | None,
    axis_label: str,
    reference: float | None = None,
) -> Axes:
    """Draw each group's estimate with its interval; title and caption are left to the caller's `finish`.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; a new figure by default.
    table : DataFrame
        group, estimate, conf_low, conf_high.
    words, names, axis_label, reference
        The language, display names of the groups, the label of the scale, and where to draw a line across it.

    Returns
    -------
    Axes
    """
    from cemlab.plots import intervals, new_axes

    shown = {"all": words("All respondents"), **(names or {})}
    labels = [shown.get(group, group) for group in table["group"]]
    ends = [table[column].tolist() for column in ("estimate", "conf_low", "conf_high")]
    return intervals(new_axes(ax, words=words), labels, *ends, words=words, axis_label=axis_label, reference=reference)
