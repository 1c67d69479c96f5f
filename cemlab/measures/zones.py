"""Zone of tolerance: adequacy = perceived - minimum, superiority = perceived - desired, scale points; negative: short.

The three-column format asks minimum, desired and perceived service; the two- and one-column formats ask adequacy and
superiority directly, on scales whose midpoint says "the same". All of them give width = adequacy - superiority.

References
----------
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1994). Alternative scales for measuring service quality. Journal of
    Retailing 70(3), 201-230.
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1994). Reassessment of expectations. Journal of Marketing 58, 111-124.
Fieller, E. C. (1954). Some problems in interval estimation. J. Royal Statistical Society B 16, 175-185. (position)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level, groups_and_weights
from cemlab.measures.inference import NOBODY, paired_rows
from cemlab.measures.ratios import ratio_of_means, share_rows
from cemlab.measures.zone_answers import ZoneAnswers, read_zones
from cemlab.multiplicity import holm
from cemlab.results import Result
from cemlab.weighting import each_group, weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
STATES = ("below", "in", "above")
NO_ANSWERS = "Nobody answered every question that this needs."
NOT_ASKED = "The question that this needs was not asked."
NO_ZONE = "The desired level does not differ from the minimum: no position."
WIDE_POSITION = "The width may be zero: the position has no interval."
UNSETTLED = "An interval holds zero: on which side of the zone's edge the mean lies is not settled."
METHOD = (
    "t interval of the mean difference; position: ratio of mean adequacy to mean width, Fieller's interval; shares of "
    "respondents: Wilson's interval, effective n; Holm over the attributes (and dimensions) of a group and term; "
    "a dimension is scored from at least half of its attributes"
)
TESTED = ("adequacy", "superiority")
ORDER = (
    *("group", "term", "dimension", "attribute", "n", "estimate", "sd", "std_error", "statistic", "df", "p_value"),
    *("p_adjusted", "effect_size", "conf_low", "conf_high", "note"),
)


def zone_position(minimum: ArrayLike, desired: ArrayLike, perceived: ArrayLike) -> Matrix:
    """Place in the zone, (perceived - minimum) / (desired - minimum): 0 = minimum, 1 = desired; NaN without a zone.

    Examples
    --------
    >>> zone_position([6.0, 5.0, 7.0], [8.0, 5.0, 6.0], [7.0, 6.0, 6.0]).tolist()
    [0.5, nan, nan]
    """
    low, high, given = (np.asarray(values, dtype=float) for values in (minimum, desired, perceived))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(high > low, (given - low) / (high - low), np.nan)


def zone_state(adequacy: float, superiority: float) -> str | None:
    """Give "below" (adequacy < 0), "in", or "above" (superiority at least 0); None without a zone or an answer.

    Examples
    --------
    >>> zone_state(0.76, -0.94)
    'in'
    """
    if not adequacy >= superiority:
        return None
    return STATES[0] if adequacy < 0 else STATES[1] if superiority < 0 else STATES[2]


@dataclass(frozen=True, kw_only=True)
class ZonesResult(Result):
    """Adequacy, superiority, width and position by attribute (`table`) and by dimension (`dimensions`).

    `zones` (a row an attribute) and `zones_of_dimensions`: mean minimum, desired and perceived service, the state of
    the means, counts of inversions; `states`: share of respondents below, in and above the zone of each attribute.
    """

    dimensions: pd.DataFrame
    zones: pd.DataFrame
    zones_of_dimensions: pd.DataFrame
    states: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """A bar from the minimum to the desired service and the perceived service on it; by dimension if any.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of dimensions, attributes and groups.

        Returns
        -------
        Axes
        """
        from cemlab.measures.zone_picture import draw_zones

        whole = len(self.zones_of_dimensions) > 0
        table = self.zones_of_dimensions if whole else self.zones
        return draw_zones(ax, table, "dimension" if whole else "attribute", self.info["n_obs"], words, names or {})


def score_zones(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    drop_inversions: bool = False,
) -> ZonesResult:
    """Adequacy = perceived - minimum and superiority = perceived - desired, scale points, negative = short; zones.

    Available cases: an attribute rests on everybody who answered all of its questions. Answers whose minimum lies above
    the desired level (inversions) have no zone: they are counted and leave width, position and states. The position of
    a row is mean adequacy over mean width. Where an attribute lacks one question, what can be said without it is said.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item.
    codebook : DataFrame
        item, attribute, role; construct = dimension. Roles minimum, desired, perception (three columns), or adequacy
        and superiority with scale_min and scale_max (direct ratings; the scale's midpoint means "the same").
    by : str or list of str, optional
        Columns of the survey that make the groups.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.
    drop_inversions : bool
        Whether inversions leave adequacy and superiority too, as LibQUAL drops the record.

    Returns
    -------
    ZonesResult
        `table`: group, term (adequacy, superiority, width, position), dimension, attribute, n, estimate, sd, std_error,
        statistic, df, p_value, p_adjusted, effect_size (d_z), conf_low, conf_high, note; `dimensions`, `zones`,
        `zones_of_dimensions`, `states`.

    Raises
    ------
    DataError
        Columns that the survey or the codebook lacks; nobody answered; unusable weights.
    EstimationError
        No attribute has the roles of a format, or an attribute has several items of one role.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1994). Journal of Retailing 70(3), 201-230.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["m", "d", "p"], "attribute": "speed", "construct": "care",
    ...                          "role": ["minimum", "desired", "perception"]})
    >>> survey = pd.DataFrame({"m": [5.0, 6.0, 7.0], "d": [8.0, 8.0, 9.0], "p": [7.0, 7.0, 6.0]})
    >>> score_zones(survey, codebook).table["estimate"].round(3).tolist()
    [0.667, -1.667, 2.333, 0.286]
    """
    check_level(conf_level)
    labels, w = groups_and_weights(survey, by, weights)
    attributes = read_zones(survey, codebook)
    if drop_inversions:
        attributes = attributes.without_inversions()
    used = attributes.answered() & labels.notna().to_numpy() & (w > 0)
    if not used.any():
        raise DataError(
            "survey: found no respondent who answered every question of an attribute, expected at least one. "
            "Check the items' columns and missing codes."
        )
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in ("table", "dimensions", "zones", "wholes", "states")}
    wholes = attributes.by_dimension()
    for name, where in each_group(labels):
        for answers, rows, zones in ((attributes, "table", "zones"), (wholes, "dimensions", "wholes")):
            part = answers.of(where)
            parts[rows].append(_in_order(name, _rows(part, w[where], conf_level)))
            parts[zones].append(_zone_rows(name, part, w[where], parts[rows][-1]))
        parts["states"].append(_state_rows(name, attributes.of(where), w[where], conf_level))
    info = {
        "n_obs": int(used.sum()),
        "n_dropped": int((~used).sum()),
        "n_without_group": int(labels.isna().sum()),
        "n_without_weight": int((w == 0).sum()),
        "n_inverted": int((attributes.inverted & used[:, None]).sum()),
        "formats": tuple(dict.fromkeys(attributes.names["method"])),
        "effect_size": "d_z",
        "method": METHOD + ("; inversions dropped from every row" if drop_inversions else ""),
        "conf_level": conf_level,
    }
    joined = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    joined["zones_of_dimensions"] = joined.pop("wholes").drop(columns=["attribute", "method"])
    joined["dimensions"] = joined["dimensions"].drop(columns="attribute")
    return ZonesResult(**joined, info=info)  # type: ignore[arg-type]


def _rows(part: ZoneAnswers, w: Matrix, conf_level: float) -> pd.DataFrame:
    """The four terms of each attribute, attribute by attribute."""
    rows = []
    for term, values in (("adequacy", part.adequacy), ("superiority", part.superiority), ("width", part.width)):
        row = paired_rows(values, w, conf_level)
        row["p_adjusted"] = holm(row["p_value"].to_numpy())
        if term not in TESTED:  # nobody asks whether a width is zero
            row[["statistic", "df", "p_value", "p_adjusted", "effect_size"]] = np.nan
        rows.append(row.assign(term=term, place=np.arange(len(row))))
    rows.append(_positions(part, w, conf_level).assign(term="position", place=np.arange(part.adequacy.shape[1])))
    table = pd.concat(rows, ignore_index=True).sort_values("place", kind="stable", ignore_index=True)
    asked = np.column_stack([part.asked[term] for term in ("adequacy", "superiority", "width", "width")]).ravel()
    table["note"] = np.where(asked, table["note"].replace(NOBODY, NO_ANSWERS), NOT_ASKED)
    for name in ("attribute", "dimension"):
        table.insert(0, name, part.names[name].to_numpy(dtype=object)[table["place"].to_numpy()])
    return table.drop(columns="place")


def _positions(part: ZoneAnswers, w: Matrix, conf_level: float) -> pd.DataFrame:
    rows = []
    for adequacy, width in zip(part.adequacy.T, part.width.T, strict=True):
        row: dict[str, object] = dict(ratio_of_means(np.column_stack([adequacy, width]), w, conf_level))
        note = "" if row["n"] else NO_ANSWERS
        if row["n"] and np.isnan(row["estimate"]):  # type: ignore[call-overload]
            note = NO_ZONE
        elif row["n"] and np.isnan(row["conf_low"]):  # type: ignore[call-overload]
            note = WIDE_POSITION
        rows.append(row | {"note": note})
    return pd.DataFrame(rows, columns=["n", "estimate", "std_error", "conf_low", "conf_high", "note"])


def _zone_rows(group: str, part: ZoneAnswers, w: Matrix, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean levels and the state of the means, a row an attribute (or dimension)."""
    table = part.names.assign(group=group)
    for role, values in part.levels.items():
        table[role] = weighted_means(values, w).mean
    by_term = {term: rows[rows["term"] == term].reset_index(drop=True) for term in ("adequacy", "superiority")}
    adequacy, superiority = (by_term[term]["estimate"] for term in TESTED)
    table["n"] = np.maximum(*(by_term[term]["n"].to_numpy() for term in TESTED))
    table["state"] = [zone_state(*pair) for pair in zip(adequacy, superiority, strict=True)]
    unsettled = np.zeros(len(table), dtype=bool)
    for part_rows in by_term.values():
        unsettled |= ((part_rows["conf_low"] < 0) & (part_rows["conf_high"] > 0)).to_numpy()
    table["note"] = np.where(unsettled, UNSETTLED, np.where(table["n"] == 0, NO_ANSWERS, ""))
    counted = w[:, None] > 0
    table["n_inverted"] = (part.inverted & counted).sum(axis=0)
    table["n_no_width"] = ((part.width == 0) & counted).sum(axis=0)
    first = ["group", "dimension", "attribute", "method", "n", *part.levels, "state", "n_inverted", "n_no_width"]
    return table[[*first, "note"]]


def _state_rows(group: str, part: ZoneAnswers, w: Matrix, conf_level: float) -> pd.DataFrame:
    """Share of respondents in each state, a row an attribute and state."""
    below = np.where(np.isnan(part.width), np.nan, part.adequacy < 0)
    above = np.where(np.isnan(part.width), np.nan, part.superiority >= 0)
    frames = []
    for state, member in zip(STATES, (below, 1 - below - above, above), strict=True):
        names = part.names.assign(group=group, state=state)
        frames.append(pd.concat([names, share_rows(member, w, conf_level)], axis=1))
    table = pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
    table["note"] = np.where(table["n"] == 0, NO_ANSWERS, "")
    first = ["group", "dimension", "attribute", "state", "n"]
    return table[[*first, "estimate", "std_error", "conf_low", "conf_high", "note"]]


def _in_order(group: str, rows: pd.DataFrame) -> pd.DataFrame:
    rows.insert(0, "group", group)
    return rows[list(ORDER)]
