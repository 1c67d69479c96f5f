"""Kano categories: how an attribute, present or absent, goes with satisfaction; Better and Worse shares.

Each respondent's pair of answers (the attribute is there; it is not) falls into a category: attractive (A),
one-dimensional (O), must-be (M), indifferent (I), reverse (R, the opposite is wanted) or questionable (Q, the two
answers contradict each other).

References
----------
Kano, N., Seraku, N., Takahashi, F. & Tsuji, S. (1984). Attractive quality and must-be quality. Hinshitsu 14(2), 39-48.
Berger, C. et al. (1993). Kano's methods for understanding customer-defined quality. Center for Quality of Management
    Journal 2(4), 3-36. (evaluation table, M > O > A > I, Better and Worse)
Fong, D. (1996). Using the self-stated importance questionnaire to interpret Kano questionnaire results. Center for
    Quality of Management Journal 5(2), 21-23. (test; its formula quoted from memory)
Lee, M. C. & Newcomb, J. F. (1997). Applying the Kano methodology to meet customer requirements. Quality Management
    Journal 4(3), 95-110. (category strength, total strength)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import answers_to, check_level, groups_and_weights, items_by_attribute
from cemlab.measures.kano_counts import CATEGORIES, attribute_rows
from cemlab.results import Result
from cemlab.weighting import each_group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Codes = NDArray[np.int8]
# Rows: answer if the attribute is there; columns: if it is not. Both: like, must-be, neutral, live with, dislike.
TABLES = {
    "kano": ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"),
    "variant": ("QAAAO", "RQIIM", "RIIIM", "RIIIM", "RRRRQ"),  # twice "must-be" contradicts itself
}
METHOD = (
    "modal category, ties M > O > A > I; Better and Worse: Wilson; category strength: percentile interval over "
    "resampled respondents; Fong's test with 1.65 standard errors"
)


@dataclass(frozen=True, kw_only=True)
class KanoResult(Result):
    """Counts and modal category an attribute; `coefficients`: Better, Worse and strengths with their intervals."""

    coefficients: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Attributes by Worse (to the right: absence goes with dissatisfaction) and Better, coloured by category.

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
        from cemlab.measures.kano_picture import draw_plane

        return draw_plane(self.table, self.info, ax, words=words, names=names or {})


def classify_kano(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    table: Literal["kano", "variant"] = "kano",
    by: str | Sequence[str] | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> KanoResult:
    """Modal Kano category of each attribute; Better (0 to 1) and Worse (-1 to 0) with their intervals.

    Better = (A + O) / (A + O + M + I), Worse = -(O + M) / (A + O + M + I): shares of those whose answers are neither
    reverse nor questionable. Only complete pairs count. With weights, counts stay counts of people, while category,
    strengths, Better and Worse rest on weighted shares.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent; answers 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike.
    codebook : DataFrame
        item, attribute, role; the two items of a pair share an attribute, roles kano_functional and kano_dysfunctional.
    table : {"kano", "variant"}
        Berger's evaluation table, or the one that calls the answer "must-be" to both questions questionable.
    by : str or list of str, optional
        Columns of the survey that make the groups.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.
    n_boot : int
        Resamples of respondents for `mode_share` and category strength.
    seed : int
        Of the resamples.

    Returns
    -------
    KanoResult
        `table`: group, attribute, n (complete pairs), n_incomplete (one half only), A, O, M, I, R, Q, category,
        mode_share (share of resamples with the same category), better, worse, statistic (the two largest counts'
        difference), critical_value (Fong), is_clear, questionable_share, note. `coefficients`: group, attribute, term
        (better, worse, category strength = share of the category minus the next largest, total strength = share of A,
        O and M), estimate, std_error, conf_low, conf_high, n, note.

    Raises
    ------
    DataError
        Items that the survey lacks, answers other than 1 to 5, or no complete pair at all.
    EstimationError
        No attribute has both roles, several items of one role for an attribute, or an unknown table.

    References
    ----------
    Berger, C. et al. (1993). Center for Quality of Management Journal 2(4), 3-36.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["f", "d"], "attribute": "free delivery",
    ...                          "role": ["kano_functional", "kano_dysfunctional"]})
    >>> survey = pd.DataFrame({"f": [1.0, 1.0, 2.0, 1.0], "d": [3.0, 5.0, 5.0, 2.0]})
    >>> classify_kano(survey, codebook, n_boot=50).table[["category", "better", "worse"]].values.tolist()
    [['A', 0.75, -0.5]]
    """
    check_level(conf_level)
    if table not in TABLES:
        raise EstimationError(f"table: found {table!r}, expected kano or variant. Choose one of these.")
    attributes, sides = _pairs(survey, codebook)
    labels, w = groups_and_weights(survey, by, weights)
    codes = _classify(sides[0], sides[1], table)
    halves = np.isnan(sides[0]) != np.isnan(sides[1])
    used = (codes >= 0).any(axis=1) & labels.notna().to_numpy() & (w > 0)
    if not used.any():
        raise DataError(
            "survey: found no respondent who answered both questions of a pair, expected at least one. "
            "Check the items' columns and missing codes."
        )
    rows: list[pd.DataFrame] = []
    more: list[pd.DataFrame] = []
    for number, (name, where) in enumerate(each_group(labels)):
        rng = np.random.default_rng([seed, number])
        found = attribute_rows(codes[where], halves[where], w[where], conf_level, n_boot, rng)
        for target, part in zip((rows, more), found, strict=True):
            part.insert(0, "attribute", np.array(attributes, dtype=object)[part.pop("place")])
            part.insert(0, "group", name)
            target.append(part)
    info = {
        "n_obs": int(used.sum()),
        "n_dropped": int((~used).sum()),
        "n_without_group": int(labels.isna().sum()),
        "n_without_weight": int((w == 0).sum()),
        "n_incomplete": int(halves[used].sum()),
        "table": table,
        "method": METHOD + ("" if weights is None else "; weighted shares, Wilson on n over the design effect"),
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    return KanoResult(
        table=pd.concat(rows, ignore_index=True), coefficients=pd.concat(more, ignore_index=True), info=info
    )


def _pairs(survey: pd.DataFrame, codebook: pd.DataFrame) -> tuple[list[str], list[NDArray[np.float64]]]:
    """Attributes with both items, and the answers to each side; only codes 1 to 5 pass."""
    functional = items_by_attribute(codebook, "kano_functional")
    dysfunctional = items_by_attribute(codebook, "kano_dysfunctional")
    both = [str(name) for name in functional.index if name in dysfunctional.index]
    if not both:
        raise EstimationError(
            "codebook: found no attribute with both roles, expected a kano_functional and a kano_dysfunctional item a "
            "pair. Give both items of a pair the same attribute."
        )
    sides = [answers_to(survey, side.loc[both, "item"]) for side in (functional, dysfunctional)]
    given = np.unique(np.concatenate([side[~np.isnan(side)] for side in sides]))
    wrong = [float(value) for value in given if value not in (1, 2, 3, 4, 5)]
    if wrong:
        raise DataError(
            f"survey: found the answers {', '.join(f'{value:g}' for value in wrong[:8])}, expected the Kano codes 1 "
            "(like) to 5 (dislike). Declare labels and missing codes in the codebook."
        )
    return both, sides


def _classify(functional: NDArray[np.float64], dysfunctional: NDArray[np.float64], table: str) -> Codes:
    """Place of each pair's category in CATEGORIES; -1 where the pair is not complete."""
    grid = np.array([[CATEGORIES.index(letter) for letter in row] for row in TABLES[table]], dtype=np.int8)
    complete = ~np.isnan(functional) & ~np.isnan(dysfunctional)
    places = [np.where(complete, side, 1).astype(int) - 1 for side in (functional, dysfunctional)]
    return np.where(complete, grid[places[0], places[1]], -1).astype(np.int8)
