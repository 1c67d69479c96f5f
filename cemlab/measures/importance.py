"""Importance-performance maps: what matters to customers against how it is rated; importance stated and derived.

Quadrants: concentrate here (high importance, low performance), keep up, low priority, possible overkill. They hang on
where the lines stand, so that all three usual lines are shown side by side and each with how often resamples agree.

References
----------
Martilla, J. A. & James, J. C. (1977). Importance-performance analysis. Journal of Marketing 41(1), 77-79.
Abalo, J., Varela, J. & Manzano, V. (2007). Importance values for importance-performance analysis: a formula for
    spreading out values derived from preference rankings. Journal of Business Research 60, 115-121. (the diagonal)
Deng, W. (2007). Tourism Management 28, 1274-1284. Vavra, T. G. (1997). ASQ Quality Press. (derived importance)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level, column_of, groups_and_weights
from cemlab.measures.derived_importance import GIVEN, contrast_stated, derive_importance
from cemlab.measures.importance_answers import attribute_rows, paired_answers, same_scale, shared_midpoint
from cemlab.measures.quadrants import (
    CROSSHAIRS,
    NOWHERE,
    QUADRANTS,
    Crosshair,
    Matrix,
    draw_ellipses,
    find_quadrants,
    place_lines,
    resample_quadrants,
)
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW_ATTRIBUTES = "Fewer than 4 attributes: lines at their mean or median say little."
FLAT = "Stated importance does not vary over the attributes: the map has no order from top to bottom."
ORDER = [
    *("attribute", "n", "importance", "importance_low", "importance_high"),
    *("performance", "performance_low", "performance_high", "estimate", "std_error", "statistic", "df", "p_value"),
    *("p_adjusted", "effect_size", "conf_low", "conf_high", "above_diagonal", "quadrant", "stability"),
    *("quadrant_mean", "quadrant_median", "quadrant_midpoint", "note"),
]


@dataclass(frozen=True, kw_only=True)
class ImportanceResult(Result):
    """`table`: a row per attribute, with its quadrant by the chosen lines and by all three.

    Attributes
    ----------
    crosshairs : DataFrame
        crosshair, importance, performance (where the lines stand), n_changed (attributes whose quadrant differs from
        that of the chosen lines), n (attributes).
    quadrants : DataFrame
        attribute, crosshair, quadrant, modal_quadrant, stability (share of resamples in the modal quadrant).
    ellipses : DataFrame
        attribute, x (performance), y (importance), semi_major, semi_minor, angle, n: confidence ellipses of the means.
    derived : DataFrame
        attribute, method, estimate, conf_low, conf_high, stated, factor (Vavra), n, note; empty without an outcome.
    """

    crosshairs: pd.DataFrame
    quadrants: pd.DataFrame
    ellipses: pd.DataFrame
    derived: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The map: performance across, importance upwards, lines of the chosen crosshair, ellipses, the diagonal.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of attributes.

        Returns
        -------
        Axes
        """
        from cemlab.measures.importance_picture import draw_map

        lines = self.crosshairs.set_index("crosshair").loc[self.info["crosshair"]]
        return draw_map(ax, self, (lines["performance"], lines["importance"]), words, names or {})


def map_importance(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    importance: str = "importance",
    performance: str = "satisfaction",
    crosshair: Crosshair = "mean",
    outcome: str | None = None,
    derived: pd.Series | pd.DataFrame | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> ImportanceResult:
    """Importance, performance and their gap (performance - importance, negative = shortfall) in scale points, on a map.

    An attribute on a line counts as above it. A row rests on those who answered both questions of the attribute; the
    lines are placed anew in every resample.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item.
    codebook : DataFrame
        item, attribute, role; scale_min and scale_max for the midpoint.
    importance, performance : str
        Roles of the two questions of an attribute.
    crosshair : {"mean", "median", "midpoint"}
        Lines at the mean or median of the attributes' means, or the scale's midpoint; all three are in the result.
    outcome : str, optional
        Item of the overall rating: importance is then also derived from how performance goes with it.
    derived : Series or DataFrame, optional
        Derived importance from elsewhere (LMG shares …), by attribute; a DataFrame has a column per method.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of intervals and ellipses.
    n_boot : int
        Resamples of respondents for the quadrants.
    seed : int
        Of the resamples.

    Returns
    -------
    ImportanceResult
        `table`: attribute, n, importance, performance with t intervals, estimate (the gap) with paired t test and d_z,
        p_adjusted (Holm), above_diagonal (importance exceeds performance), quadrant, stability, the three quadrants,
        note. Further tables as the class says.

    Raises
    ------
    DataError
        Columns that the survey or the codebook lacks; nobody answered a pair.
    EstimationError
        No attribute with both roles; an unknown crosshair, or the midpoint where the scales have none in common.

    References
    ----------
    Martilla & James (1977); Abalo, Varela & Manzano (2007); Deng (2007); Vavra (1997).

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["i1", "i2", "s1", "s2"], "attribute": ["speed", "price"] * 2,
    ...                          "role": ["importance"] * 2 + ["satisfaction"] * 2})
    >>> survey = pd.DataFrame({"i1": [6, 7, 6], "i2": [3, 2, 4], "s1": [3, 4, 2], "s2": [5, 6, 5]})
    >>> map_importance(survey, codebook, n_boot=50).table["quadrant"].tolist()
    ['concentrate here', 'possible overkill']
    """
    check_level(conf_level)
    attributes, sides, scales = paired_answers(survey, codebook, importance, performance)
    _, w = groups_and_weights(survey, None, weights)
    answered = ~np.isnan(sides[0]) & (w > 0)[:, None]
    if not answered.any():
        raise DataError(
            "survey: found nobody who answered both questions of an attribute, expected at least one. "
            "Check the items' columns and missing codes."
        )
    used = answered.any(axis=1)
    sides, w = (sides[0][used], sides[1][used]), w[used]
    middles = tuple(shared_midpoint(scales[role]) for role in (importance, performance))
    midpoints = (middles[0], middles[1])
    _check_crosshair(crosshair, midpoints)
    table = attribute_rows(attributes, sides, w, conf_level, like=same_scale(scales[importance], scales[performance]))
    rng = np.random.default_rng(seed)
    shares = resample_quadrants(*sides, w, midpoints, n_boot=n_boot, rng=rng)
    crosshairs, quadrants = _quadrants(table, midpoints, shares, crosshair)
    for kind in CROSSHAIRS:
        table[f"quadrant_{kind}"] = quadrants.loc[quadrants["crosshair"] == kind, "quadrant"].to_numpy()
    chosen = quadrants[quadrants["crosshair"] == crosshair]
    table["quadrant"], table["stability"] = chosen["quadrant"].to_numpy(), chosen["stability"].to_numpy()
    ellipses = draw_ellipses(*sides, w, conf_level)
    ellipses.insert(0, "attribute", attributes)
    named = table[[f"quadrant_{kind}" for kind in CROSSHAIRS]].replace("", np.nan)
    info: dict[str, Any] = {
        "n_obs": int(used.sum()), "n_dropped": int((~used).sum()), "crosshair": crosshair,
        "n_unsettled": int((named.nunique(axis=1) > 1).sum()), "importance": importance, "performance": performance,
        "outcome": outcome, "effect_size": "d_z",
        "method": "pairs of answers; t intervals; Holm over the attributes; quadrants by bootstrap over respondents",
        "conf_level": conf_level, "n_boot": n_boot, "seed": seed,
    }  # fmt: skip
    result = {"crosshairs": crosshairs, "quadrants": quadrants, "ellipses": ellipses}
    stated = table.set_index("attribute")["importance"]
    more = None if outcome is None else column_of(survey, outcome, "the outcome").to_numpy(dtype=float, na_value=np.nan)
    result["derived"] = _derived(stated, sides[1], None if more is None else more[used], w, conf_level, derived)
    return ImportanceResult(table=table[ORDER], problems=_problems(table), info=info, **result)


def _check_crosshair(crosshair: str, midpoints: tuple[float, float]) -> None:
    if crosshair not in CROSSHAIRS:
        raise EstimationError(
            f"map_importance: found crosshair={crosshair!r}, expected {', '.join(CROSSHAIRS)}. Correct it."
        )
    if crosshair == "midpoint" and not np.isfinite(midpoints).all():
        raise EstimationError(
            "map_importance: found items with unlike or unknown scales, expected one scale for the midpoint. "
            "Write scale_min and scale_max into the codebook, or take crosshair='mean'."
        )


def _quadrants(
    table: pd.DataFrame, midpoints: tuple[float, float], shares: Mapping[Crosshair, Matrix], chosen: Crosshair
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where the lines stand, and every attribute's quadrant by each with its stability."""
    i, p = (table[name].to_numpy(dtype=float)[None] for name in ("importance", "performance"))
    answered = np.isfinite(i[0])
    lines = {kind: place_lines(i[:, answered], p[:, answered], midpoints, kind) for kind in CROSSHAIRS}
    codes = {kind: find_quadrants(i, p, lines[kind])[0] for kind in CROSSHAIRS}
    crosshairs, parts = [], []
    for kind in CROSSHAIRS:
        place = {name: float(getattr(lines[kind], name)[0]) for name in ("importance", "performance")}
        known = np.isfinite(place["importance"] + place["performance"])
        changed = int((codes[kind] != codes[chosen]).sum()) if known else np.nan
        crosshairs.append({"crosshair": kind} | place | {"n_changed": changed, "n": int(answered.sum())})
        found = np.isfinite(shares[kind]).all(axis=1)
        modal = np.where(found, np.nan_to_num(shares[kind]).argmax(axis=1), NOWHERE)
        parts.append(
            pd.DataFrame(
                {
                    "attribute": table["attribute"], "crosshair": kind, "quadrant": QUADRANTS[codes[kind]],
                    "modal_quadrant": QUADRANTS[modal], "stability": np.where(found, shares[kind].max(axis=1), np.nan),
                }
            )
        )  # fmt: skip
    return pd.DataFrame(crosshairs), pd.concat(parts, ignore_index=True)


def _derived(
    stated: pd.Series, performance: Matrix, outcome: Matrix | None, w: Matrix, conf_level: float, given: Any
) -> pd.DataFrame:
    """Derived importance by each method beside the stated one, and Vavra's cell."""
    parts = []
    if outcome is not None:
        found = derive_importance(performance, outcome, w, conf_level)
        found["attribute"] = stated.index.to_numpy()[found.pop("place")]
        parts.append(found)
    if given is not None:
        frame = given.to_frame(given.name or GIVEN) if isinstance(given, pd.Series) else given
        unknown = [str(name) for name in frame.index if name not in stated.index]
        if unknown:
            raise DataError(
                f"derived: found {', '.join(unknown[:5])}, expected attributes of the codebook. Index it by attribute."
            )
        for method in frame:
            values = frame[method].reindex(stated.index).to_numpy(dtype=float)
            part = pd.DataFrame({"attribute": stated.index, "method": str(method), "estimate": values, "note": ""})
            parts.append(part.assign(conf_low=np.nan, conf_high=np.nan, n=len(w)))
    order = ["attribute", "method", "estimate", "conf_low", "conf_high", "stated", "factor", "n", "note"]
    if not parts:
        return pd.DataFrame(columns=order)
    table = pd.concat(parts, ignore_index=True)
    table["stated"] = stated.loc[table["attribute"]].to_numpy()
    for _, rows in table.groupby("method").groups.items():
        own = table.loc[rows]
        table.loc[rows, "factor"] = contrast_stated(own["stated"].to_numpy(), own["estimate"].to_numpy(dtype=float))
    return table[order]


def _problems(table: pd.DataFrame) -> tuple[str, ...]:
    means = table["importance"].dropna()
    flat = len(means) > 1 and np.ptp(means) < 1e-9
    return tuple(text for text, holds in ((FEW_ATTRIBUTES, len(means) < 4), (FLAT, flat)) if holds)
