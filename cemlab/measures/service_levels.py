"""Service levels of a checklist (basic, customer-centred, value-added): the highest level reached with all below it.

Levels mean something only if the checklist is cumulative: who has a later practice has the earlier ones. That is tested
first (coefficients of reproducibility and of scalability, shares of 1); where it fails no level is assigned. The levels
follow Voss; the gate and the rule that assigns them are cemlab's own definition.

References
----------
Guttman, L. (1950). The basis for scalogram analysis. In Stouffer et al., Measurement and Prediction, 60-90.
Goodenough, W. H. (1944). A technique for scale analysis. Educational and Psychological Measurement 4, 179-190. (errors)
Edwards, A. L. (1948). On Guttman's scale analysis. Educational and Psychological Measurement 8, 313-318.
Menzel, H. (1953). A new coefficient for scalogram analysis. Public Opinion Quarterly 17, 268-280.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import answers_to, check_level, groups_and_weights
from cemlab.measures.ratios import ratio_of_means, share_rows
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
NONE = "none"  # not even the first level
NOT_CUMULATIVE = "The checklist is not cumulative: no level is assigned."
FEW_ITEMS = "With fewer than four items reproducibility is high by construction: read scalability."
NO_VARIATION = "Everybody has, or lacks, the same practices: scalability cannot be told."
FEW_MODES = "The items hardly vary: scalability has no interval."
METHOD = (
    "items in the order of their levels, within a level by how common they are; errors after Goodenough and Edwards; "
    "reproducibility: Wilson's interval, effective n; scalability after Menzel, the smaller of both maxima, Fieller's "
    "interval; a level is reached with all of its items and all levels below"
)


def count_guttman_errors(patterns: ArrayLike) -> NDArray[np.int64]:
    """Errors of each row: answers that differ from the ideal pattern with as many practices; commonest item first.

    Parameters
    ----------
    patterns : array of shape (n_rows, n_items)
        1 = has the practice; items from the easiest to the hardest.

    Examples
    --------
    >>> count_guttman_errors([[1, 1, 0], [1, 0, 1], [0, 0, 1]]).tolist()
    [0, 2, 2]
    """
    x = np.asarray(patterns, dtype=float)
    ideal = np.arange(x.shape[1]) < x.sum(axis=1)[:, None]
    return (x != ideal).sum(axis=1).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class ServiceLevelsResult(Result):
    """The coefficients of the gate (`table`).

    `levels`: share of rows that reached each level at most; `items`: how common each practice is; `rows`: level and
    errors of each row, along the checklist's index. Without scalability levels are missing and `problems` says so.
    """

    levels: pd.DataFrame
    items: pd.DataFrame
    rows: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Share of rows at each level; where no level is assigned, how common each practice is.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of levels and items.

        Returns
        -------
        Axes
        """
        from cemlab.plots import bars, finish, new_axes

        assigned = not self.problems
        table, label = (self.levels, "service_level") if assigned else (self.items, "item")
        shown = {NONE: words("none"), **(names or {})}
        labels = [shown.get(name, name) for name in table[label]]
        axis_label = words("Share at this level") if assigned else words("Share with this practice")
        ax = new_axes(ax, words=words)
        bars(ax, labels, table["estimate"], words=words, axis_label=axis_label, low=table["conf_low"],
             high=table["conf_high"], value_format="percent")  # fmt: skip
        caption = words("{n} checklists; reproducibility {share}.", n=words.number(self.info["n_obs"]),
                        share=words.number(self.table["estimate"].iloc[0], 2))  # fmt: skip
        return finish(ax, words=words, title=words("Service levels"), caption=caption)


def score_service_levels(
    checklist: pd.DataFrame,
    levels: Mapping[str, Sequence[str]],
    *,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    pass_share: float = 1.0,
) -> ServiceLevelsResult:
    """Service level of each row, assigned only if the checklist is cumulative; coefficients are shares of 1.

    cemlab's own definition: reproducibility of at least .90 (Guttman) and scalability of at least .60 (Menzel).

    Parameters
    ----------
    checklist : DataFrame
        A row an organization, a unit or a respondent; 1 (or True) = has the practice, 0 = has not. Incomplete rows are
        left out and counted.
    levels : mapping
        Level -> its columns, from the lowest level to the highest.
    weights : str, Series or array, optional
        Weights of the rows, a column's name or the values.
    conf_level : float
        Level of the intervals.
    pass_share : float
        Share of a level's items that reaches it.

    Returns
    -------
    ServiceLevelsResult
        `table`: coefficient (reproducibility, minimal marginal reproducibility, scalability), n, n_items, estimate,
        std_error, conf_low, conf_high, hypothesized (the cut), note; `levels`: service_level, n, estimate, std_error,
        conf_low, conf_high, note; `items`: item, service_level, the same; `rows`: service_level, n_errors.

    Raises
    ------
    DataError
        A lacking column, an item in two levels, an answer other than 0 and 1.
    EstimationError
        Fewer than two levels or items, or fewer than two complete rows.

    References
    ----------
    Guttman (1950); Goodenough (1944); Edwards (1948); Menzel (1953).

    Examples
    --------
    >>> checklist = pd.DataFrame({"clean": [1, 1, 1, 0], "listens": [1, 1, 0, 0], "surprises": [1, 0, 0, 0]})
    >>> levels = {"basic": ["clean"], "customer-centred": ["listens"], "value-added": ["surprises"]}
    >>> score_service_levels(checklist, levels).rows["service_level"].tolist()
    ['value-added', 'customer-centred', 'basic', 'none']
    """
    check_level(conf_level)
    if not 0 < pass_share <= 1:
        raise DataError(f"pass_share: found {pass_share}, expected a share above 0, at most 1. Correct it.")
    items, level_of = _items(levels)
    answers = _answers(checklist, items)
    _, w = groups_and_weights(checklist, None, weights)
    complete = ~np.isnan(answers).any(axis=1) & (w > 0)
    if complete.sum() < 2:
        raise EstimationError(
            f"checklist: found {int(complete.sum())} complete rows, expected at least two. Check its columns."
        )
    x, used = answers[complete], w[complete]
    common = share_rows(x, used, conf_level)
    order = sorted(range(len(items)), key=lambda k: (level_of[k], -common["estimate"].iloc[k]))
    errors = count_guttman_errors(x[:, order])
    table = _coefficients(x, errors, used, conf_level)
    cuts = table["hypothesized"].notna()
    scalable = bool((table.loc[cuts, "estimate"] >= table.loc[cuts, "hypothesized"]).all())
    reached, n_out_of_order = _levels(x, level_of, len(levels), pass_share)
    names = np.array([NONE, *levels], dtype=object)
    rows = pd.DataFrame({"service_level": None, "n_errors": pd.NA}, index=checklist.index)
    rows["service_level"] = rows["service_level"].astype(object)
    rows.loc[complete, "n_errors"] = errors
    if scalable:
        rows.loc[complete, "service_level"] = names[reached]
    members = np.where(scalable, (reached[:, None] == np.arange(len(names))).astype(float), np.nan)
    shares = share_rows(members, used, conf_level)
    shares.insert(0, "service_level", names)
    own = pd.DataFrame({"item": items, "service_level": [list(levels)[k] for k in level_of]})
    info = {
        "n_obs": int(complete.sum()),
        "n_dropped": int((~complete).sum()),
        "n_items": len(items),
        "n_out_of_order": n_out_of_order,
        "pass_share": pass_share,
        "method": METHOD,
        "conf_level": conf_level,
    }
    return ServiceLevelsResult(
        table=table,
        levels=shares.assign(note="" if scalable else NOT_CUMULATIVE),
        items=pd.concat([own, common], axis=1).iloc[order].reset_index(drop=True),
        rows=rows.astype({"n_errors": "Int64"}),
        info=info,
        problems=() if scalable else (NOT_CUMULATIVE,),
    )


def _items(levels: Mapping[str, Sequence[str]]) -> tuple[list[str], list[int]]:
    """Items and the number of each one's level."""
    pairs = [(item, number) for number, columns in enumerate(levels.values()) for item in columns]
    items = [item for item, _ in pairs]
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise DataError(f"levels: found {', '.join(twice[:5])} in two places, expected each item once. Correct it.")
    empty = [name for name, columns in levels.items() if not len(columns)]
    if empty or len(levels) < 2:
        found = ", ".join(empty) + " without items" if empty else f"{len(levels)} level"
        raise EstimationError(
            f"levels: found {found}, expected at least two levels with an item each. Complete `levels`."
        )
    return items, [number for _, number in pairs]


def _answers(checklist: pd.DataFrame, items: list[str]) -> Matrix:
    answers = answers_to(checklist, items, "checklist")
    wrong = sorted(set(answers[~np.isnan(answers)].tolist()) - {0.0, 1.0})
    if wrong:
        shown = ", ".join(f"{value:g}" for value in wrong[:8])
        raise DataError(f"checklist: found {shown}, expected 0 and 1. Turn ratings into has (1) and has not (0) first.")
    return answers


def _coefficients(x: Matrix, errors: NDArray[np.int64], w: Matrix, conf_level: float) -> pd.DataFrame:
    """The three coefficients, a row each."""
    n_items = x.shape[1]
    modal = (w @ x / w.sum() >= 0.5).astype(float)
    off_items = (x != modal).sum(axis=1)  # answers against the item's commonest
    off_rows = np.minimum(x.sum(axis=1), n_items - x.sum(axis=1))  # against the row's own commonest
    shares = share_rows(np.column_stack([1 - errors / n_items, 1 - off_items / n_items]), w, conf_level)
    most = off_items if w @ off_items <= w @ off_rows else off_rows
    ratio = ratio_of_means(np.column_stack([errors, most]).astype(float), w, conf_level)
    turned = {"n": len(x), "estimate": 1 - ratio["estimate"], "std_error": ratio["std_error"],
              "conf_low": 1 - ratio["conf_high"], "conf_high": min(1 - ratio["conf_low"], 1.0)}  # fmt: skip
    if np.isnan(ratio["conf_low"]):
        turned["conf_high"] = float("nan")
    elif not errors.any():  # Fieller's interval has no width: take the errors that Wilson's does not rule out
        turned["conf_low"] = 1 - (1 - shares["conf_low"].iloc[0]) * n_items / float(w @ most / w.sum())
    table = pd.concat([shares, pd.DataFrame([turned])], ignore_index=True)
    table.insert(0, "coefficient", ["reproducibility", "minimal marginal reproducibility", "scalability"])
    table["n_items"] = n_items
    table["hypothesized"] = [threshold("reproducibility").value, np.nan, threshold("scalability").value]
    last = NO_VARIATION if np.isnan(ratio["estimate"]) else FEW_MODES if np.isnan(ratio["conf_low"]) else ""
    table["note"] = [FEW_ITEMS if n_items < 4 else "", "", last]
    first = ["coefficient", "n", "n_items", "estimate", "std_error", "conf_low", "conf_high"]
    return table[[*first, "hypothesized", "note"]]


def _levels(x: Matrix, level_of: list[int], n_levels: int, pass_share: float) -> tuple[NDArray[np.int64], int]:
    """Level reached (0 = none) with every level below it, and how many rows pass a level above one they fail."""
    own = np.array(level_of)
    passed = np.column_stack([x[:, own == k].mean(axis=1) >= pass_share - 1e-12 for k in range(n_levels)])
    reached = np.logical_and.accumulate(passed, axis=1).sum(axis=1).astype(np.int64)
    return reached, int((passed.sum(axis=1) > reached).sum())
