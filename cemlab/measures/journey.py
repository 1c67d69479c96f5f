"""The journey map as data: what is desired and found in each stage and channel, who owns it and what matters first.

Priority = impact × max(desired − current, 0) is cemlab's own definition, as are the moments that matter: the cells
ranked by impact, with how stable each rank is when the respondents are resampled.

References
----------
Lemon, K. N. & Verhoef, P. C. (2016). Understanding customer experience throughout the customer journey. Journal of
    Marketing 80(6), 69-96.
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1985). A conceptual model of service quality. Journal of Marketing
    49(4), 41-50. (gap 1: what the firm takes for desired against what customers desire)
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
from cemlab.measures.asked import check_level, column_of, groups_and_weights
from cemlab.measures.impact import correlate_columns, draw_correlations, priority_intervals
from cemlab.measures.inference import paired_rows
from cemlab.measures.journey_cells import Cells, check_sheet, score_cells
from cemlab.multiplicity import holm
from cemlab.resampling import percentile_interval
from cemlab.results import Result
from cemlab.weighting import weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
ROLES_OF_NOW, ROLES_OF_WISHES = ("perception",), ("expectation", "desired")
TOP = 3  # how many moments `top_share` counts as the highest
DIFFERENT_SCALES = "The cells lie on different scales: their gaps and priorities cannot be compared."
GIVEN_IMPACT = "The impact was given: how precise it is is not known here."
NO_IMPACT = "No impact was given: every cell counts the same."
NOT_INTENDED = "The sheet states no intended level here."
NO_ESTIMATE = "Too few answers, or answers that do not vary: no impact."
COLUMNS = (
    *("stage", "channel", "owner", "action", "n", "desired", "current", "estimate", "sd", "std_error", "statistic"),
    *("df", "p_value", "p_adjusted", "effect_size", "conf_low", "conf_high", "impact", "priority", "priority_low"),
    *("priority_high", "rank", "intended", "note"),
)


@dataclass(frozen=True, kw_only=True)
class JourneyResult(Result):
    """The map (`table`, a row per cell), the firm's intention against customers' desire, and the moments that matter.

    Attributes
    ----------
    firm : DataFrame
        stage, channel, owner, n, intended, desired, estimate (intended − desired: negative = the firm aims lower than
        customers desire), std_error, statistic, df, p_value, p_adjusted, conf_low, conf_high, note.
    moments : DataFrame
        Cells by impact: stage, channel, n, estimate (impact), conf_low, conf_high, rank, rank_low, rank_high, top_share
        (share of resamples in which the cell is among the first three), note.
    titles : mapping
        Language -> display names that the journey sheet gives.
    """

    firm: pd.DataFrame
    moments: pd.DataFrame
    titles: Mapping[str, Mapping[str, str]]

    def grid(self, value: str = "estimate") -> pd.DataFrame:
        """One column of the map as it is drawn: channels in rows, stages in columns, in the map's order."""
        if value not in self.table:
            known = ", ".join(COLUMNS[2:])
            raise DataError(f"grid: found {value!r}, expected a column of the map: {known}. Correct the name.")
        wide = self.table.pivot(index="channel", columns="stage", values=value)
        return wide.reindex(index=list(self.info["channels"]), columns=list(dict.fromkeys(self.table["stage"])))

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The map as a heat map of gaps with the owner in each cell; the cells of highest priority are outlined.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of stages, channels and owners; they go before those of the journey sheet.

        Returns
        -------
        Axes
        """
        from cemlab.measures.journey_picture import draw_map

        shown = dict(self.titles.get(words.language, {})) | dict(names or {})
        return draw_map(self, ax, words=words, names=shown)


def map_journey(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    journey: pd.DataFrame | None = None,
    desired: Sequence[str] = ROLES_OF_WISHES,
    current: Sequence[str] = ROLES_OF_NOW,
    impact: str | pd.Series | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 1,
) -> JourneyResult:
    """Gap = current - desired by stage and channel, scale points, negative = shortfall; priority is cemlab's own.

    A respondent's level in a cell is the mean of the answered items, scored when at least half are answered; where an
    attribute is asked on both sides only answers to both count. Items that name no stage are not on the map.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item.
    codebook : DataFrame
        item, role, stage; channel, attribute, scale_min and scale_max where there are. An item without a cell takes
        that of the other items of its attribute.
    journey : DataFrame, optional
        The sheet, a row per cell: stage, channel, and stage_order, owner, action, intended, titles where there are, as
        `load_journey` gives it.
    desired, current : sequence of str
        Roles of the items that say what is desired and what is found; of several the first that asks counts.
    impact : str or Series, optional
        An overall item of the survey, with which each cell's level is correlated; or an importance per attribute
        (index), of which a cell gets the mean. Without it every cell has the impact 1.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.
    n_boot, seed : int
        Resamples of respondents behind the stability of ranks, where impact is an item.

    Returns
    -------
    JourneyResult
        `table`: stage, channel, owner, action, n, desired, current, estimate (gap), sd, std_error, statistic, df,
        p_value, p_adjusted, effect_size (d_z), conf_low, conf_high, impact, priority, priority_low, priority_high, rank
        (of the priority), intended, note; `firm`; `moments`; `grid()`.

    Raises
    ------
    DataError
        Columns or items that are missing, a cell twice in the sheet, no importance for any attribute of the map.
    EstimationError
        No item that says what is found names a stage.

    References
    ----------
    Lemon & Verhoef (2016); Parasuraman, Zeithaml & Berry (1985).

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["e", "p"], "attribute": "queue", "role": ["expectation", "perception"],
    ...                          "stage": "buy", "channel": "shop"})
    >>> survey = pd.DataFrame({"e": [5.0, 5, 4], "p": [3.0, 4, 4]})
    >>> map_journey(survey, codebook).table[["stage", "channel", "n", "estimate", "priority"]]
      stage channel  n  estimate  priority
    0   buy    shop  3      -1.0       1.0
    """
    check_level(conf_level)
    sheet = None if journey is None else check_sheet(journey)
    cells = score_cells(survey, codebook, sheet, desired, current)
    _, w = groups_and_weights(survey, None, weights)
    table = _map(cells, sheet, w, conf_level)
    if isinstance(impact, str):
        outcome = column_of(survey, impact, "the overall judgement").to_numpy(dtype=float, na_value=np.nan)
        moments = correlate_columns(cells.perceived, outcome, w, conf_level)
        moments["note"] = np.where(moments["estimate"].isna(), NO_ESTIMATE, "")
        shortfalls = cells.desired - cells.current
        priority = priority_intervals(cells.perceived, outcome, shortfalls, w, conf_level)
        draws = draw_correlations(cells.perceived, outcome, w, n_boot=n_boot, seed=seed)
    else:
        moments, draws = _given(cells, impact), None
        ends = (moments["estimate"] * (-table[name]).clip(lower=0) for name in ("conf_high", "conf_low"))
        priority = tuple(np.sort(np.array(list(ends)), axis=0))
    table["impact"] = moments["estimate"].to_numpy()
    table["priority"] = table["impact"] * (-table["estimate"]).clip(lower=0)
    table["priority_low"], table["priority_high"] = priority
    table["rank"] = table["priority"].rank(ascending=False, method="min").astype("Int64")
    answered = ~np.isnan(cells.perceived).all(axis=1) & (w > 0)
    scales = {scale for scale in cells.table["scale"] if not np.isnan(scale[0])}
    info = {
        "n_obs": int(answered.sum()),
        "n_dropped": int((~answered).sum()),
        "n_items_off_map": cells.n_off_map,
        "channels": cells.channels,
        "impact": impact if isinstance(impact, str) else "none" if impact is None else "given",
        "effect_size": "d_z",
        "method": "paired differences; t interval; Holm over the cells; priority = impact x max(desired - current, 0), "
        "cemlab's own definition; impact: correlation of the cell's level with an overall item, interval on Fisher's z "
        "scale with leverage-adjusted influence values; priority: t with the same; ranks: bootstrap of respondents",
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    return JourneyResult(
        table=table[list(COLUMNS)],
        firm=_firm(cells, table, w, conf_level),
        moments=_moments(cells, moments, draws, conf_level),
        titles=_titles(sheet),
        info=info,
        problems=(DIFFERENT_SCALES,) if len(scales) > 1 else (),
    )


def _map(cells: Cells, sheet: pd.DataFrame | None, w: Matrix, conf_level: float) -> pd.DataFrame:
    rows = paired_rows(cells.current - cells.desired, w, conf_level)
    found, alone = weighted_means(cells.current, w), weighted_means(cells.perceived, w)
    paired = found.n > 0
    rows["n"] = np.where(paired, found.n, alone.n)
    rows["current"] = np.where(paired, found.mean, alone.mean)
    rows["desired"] = weighted_means(cells.desired, w).mean
    rows["p_adjusted"] = holm(rows["p_value"].to_numpy())
    rows["note"] = cells.table["note"].where(cells.table["note"] != "", rows["note"])
    table = pd.concat([cells.table[["stage", "channel"]], rows], axis=1)
    if sheet is None:
        return table.assign(owner=None, action=None, intended=np.nan)
    stated = sheet.set_index(["stage", "channel"])[["owner", "action", "intended"]]
    stated["intended"] = pd.to_numeric(stated["intended"]).astype(float)
    return table.join(stated, on=["stage", "channel"])


def _firm(cells: Cells, table: pd.DataFrame, w: Matrix, conf_level: float) -> pd.DataFrame:
    """Intended − desired; the intended level is one number, so all uncertainty is that of the customers' mean."""
    rows = paired_rows(table["intended"].to_numpy() - cells.desired, w, conf_level)
    kept = ["n", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "note"]
    rows = pd.concat([table[["stage", "channel", "owner", "intended", "desired"]], rows[kept]], axis=1)
    rows["p_adjusted"] = holm(rows["p_value"].to_numpy())
    rows["note"] = cells.table["note"].where(cells.table["note"] != "", rows["note"])
    rows["note"] = rows["note"].mask(rows["intended"].isna(), NOT_INTENDED)
    return rows


def _given(cells: Cells, impact: pd.Series | None) -> pd.DataFrame:
    """Impact of each cell from importances per attribute; 1 everywhere without them."""
    known = {} if impact is None else {str(name): float(value) for name, value in impact.dropna().items()}
    values = [[known[name] for name in names if name in known] for names in cells.table["attributes"]]
    if impact is None:
        estimate = [1.0] * len(values)
    elif not any(values):
        raise DataError(
            f"impact: found {', '.join(list(known)[:5])}, expected attributes of the map. Index it by attribute."
        )
    else:
        estimate = [float(np.mean(own)) if own else float("nan") for own in values]
    frame = pd.DataFrame({"n": [len(names) for names in cells.table["attributes"]], "estimate": estimate})
    note = NO_IMPACT if impact is None else GIVEN_IMPACT
    return frame.assign(conf_low=np.nan, conf_high=np.nan, note=note)


def _moments(cells: Cells, moments: pd.DataFrame, draws: Matrix | None, conf_level: float) -> pd.DataFrame:
    table = pd.concat([cells.table[["stage", "channel"]], moments.drop(columns="std_error", errors="ignore")], axis=1)
    table["rank"] = table["estimate"].rank(ascending=False, method="min").astype("Int64")
    table["rank_low"] = table["rank_high"] = table["top_share"] = np.nan
    if draws is not None:
        usable = ~np.isnan(table["estimate"].to_numpy(dtype=float))
        ranks = pd.DataFrame(draws[:, usable]).rank(axis=1, ascending=False).to_numpy()
        if usable.any():
            low, high, _ = percentile_interval(ranks, conf_level)
            table.loc[usable, ["rank_low", "rank_high"]] = np.column_stack([np.floor(low), np.ceil(high)])
            table.loc[usable, "top_share"] = np.nanmean(np.where(np.isnan(ranks), np.nan, ranks <= TOP), axis=0)
    order = ["stage", "channel", "n", "estimate", "conf_low", "conf_high", "rank", "rank_low", "rank_high", "top_share"]
    return table.sort_values("rank", kind="stable", na_position="last", ignore_index=True)[[*order, "note"]]


def _titles(sheet: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    from cemlab.inputs.journey import journey_names

    return {} if sheet is None else {language: journey_names(sheet, language) for language in ("en", "fa")}
