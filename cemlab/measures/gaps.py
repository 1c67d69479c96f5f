"""Service-quality gaps (SERVQUAL): gap = perception - expectation, negative = shortfall, in scale points.

References
----------
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1988). SERVQUAL. Journal of Retailing 64(1), 12-40.
Parasuraman, A., Berry, L. L. & Zeithaml, V. A. (1991). Refinement of SERVQUAL. Journal of Retailing 67(4), 420-450.
Peter, J. P., Churchill, G. A. & Brown, T. J. (1993). Caution in the use of difference scores. J. Consumer Research 19.
Babakus, E. & Boller, G. W. (1992). An empirical assessment of SERVQUAL. J. Business Research 24.
Cronin, J. J. & Taylor, S. A. (1992). Measuring service quality. Journal of Marketing 56(3), 55-68.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.gap_rows import GapSample
from cemlab.measures.gap_scores import Ceiling, count_ceiling, read_pairs
from cemlab.measures.pairs import find_pairs
from cemlab.results import Result
from cemlab.weighting import ALL, each_group, group_labels, respondent_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CRITIQUE = {
    "difference_scores": "Difference scores are less reliable than their parts and restrict each other's range "
    "(Peter, Churchill and Brown 1993).",
    "unstable_dimensions": "The five dimensions are often not found again in new data (Babakus and Boller 1992; "
    "Carman 1990).",
    "perception_alone": "Perceptions alone often go with overall judgements more closely than gaps do "
    "(Cronin and Taylor 1992).",
}
METHOD = (
    "paired differences of available cases; t interval; d_z; Holm over the items and over the dimensions of a group; "
    "a dimension or total is scored from at least half of its parts; "
    "mean weights x mean gaps: delta method (linearised)"
)


@dataclass(frozen=True, kw_only=True)
class GapsResult(Result):
    """Gaps by item (`table`), by dimension and overall; `info["critique"]`: which sentences of `CRITIQUE` to print."""

    dimensions: pd.DataFrame
    overall: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Expectation and perception of each dimension (items where there is none), joined; a block a group.

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
        from cemlab.plots import dumbbells, finish, new_axes

        level = "dimension" if len(self.dimensions) else "attribute"
        table = self.dimensions if len(self.dimensions) else self.table
        shown = names or {}
        several = table["group"].nunique() > 1
        labels = [
            f"{shown.get(group, group)}: {shown.get(name, name)}" if several else shown.get(name, name)
            for group, name in zip(table["group"], table[level], strict=True)
        ]
        ax = new_axes(ax, words=words)
        dumbbells(
            ax,
            labels,
            table["expectation"].tolist(),
            table["perception"].tolist(),
            words=words,
            start_label=words("Expected"),
            end_label=words("Perceived"),
            axis_label=words("Mean answer, scale points"),
        )
        caption = words(
            "Gap = perceived − expected; negative = shortfall. {n} respondents.", n=words.number(self.info["n_obs"])
        )
        return finish(ax, words=words, title=words("What was expected and what was perceived"), caption=caption)


def score_gaps(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    outcome: str | None = None,
    conf_level: float = 0.95,
) -> GapsResult:
    """Gap = perception - expectation in scale points, negative = shortfall, by item, dimension and overall.

    Available cases: an item's row rests on everybody who answered both questions of the pair. A respondent's dimension
    gap is the mean of the answered pairs, scored when at least half of them are answered; likewise the overall means.
    Points are rescaled to a sum of 100; who left one blank, or a dimension with points unanswered, is left out there.
    Intervals are t intervals: they cover 93 to 97 % for skewed 5-point answers from 30 respondents on; where nine in
    ten answers are the top one, from 100 on (simulated: tests/benchmarks/coverage_gaps.md).

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item, reversed items already turned.
    codebook : DataFrame
        item, attribute, role; construct = dimension. Pairs share an attribute; roles expectation, perception, points.
    by : str or list of str, optional
        Columns of the survey (organization, unit, wave …) that make the groups.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values; not used unless named.
    outcome : str, optional
        Column of an overall judgement, from which the weights of the dimensions are derived too: shares of the slopes
        of its regression on the dimensions' perceptions, and of its correlations with them.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    GapsResult
        `table` (items): group, dimension, attribute, n, expectation, perception, estimate, sd, std_error, statistic,
        df, p_value, p_adjusted, effect_size (d_z), conf_low, conf_high, p_wilcoxon, note; `dimensions`: the same
        without attribute and p_wilcoxon; `overall`: group, term, then as dimensions without p_adjusted.

    Raises
    ------
    DataError
        Columns that the survey or the codebook lacks; no answered pair at all; unusable weights.
    EstimationError
        No attribute has both roles, or an attribute has several items of one role.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1988). SERVQUAL. Journal of Retailing 64(1), 12-40.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["e1", "p1"], "attribute": "polite staff", "construct": "assurance",
    ...                          "role": ["expectation", "perception"]})
    >>> survey = pd.DataFrame({"e1": [6.0, 7.0, 7.0], "p1": [5.0, 5.0, 7.0]})
    >>> score_gaps(survey, codebook).table["estimate"].item()
    -1.0
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    pairs = find_pairs(codebook, survey)
    labels = None if by is None else group_labels(_columns(survey, by), survey.index)
    given_weights = None
    if weights is not None:
        given_weights = respondent_weights(
            _column(survey, weights) if isinstance(weights, str) else weights, survey.index
        )
    judged = None if outcome is None else _column(survey, outcome).to_numpy(dtype=float, na_value=np.nan)
    answers, counts = read_pairs(survey, pairs)
    ceiling = Ceiling()
    sample = GapSample(pairs, answers, given_weights, judged, ceiling, conf_level)
    groups = [(ALL, np.arange(len(survey)))] if labels is None else list(each_group(labels))
    parts = [sample.tables(name, where) for name, where in groups]
    n_obs = sum(part[3] for part in parts)
    if not n_obs:
        raise DataError(
            "survey: found no respondent who answered both questions of a pair, expected at least one. "
            "Check the items' columns and missing codes."
        )
    if labels is not None:
        count_ceiling(answers, np.flatnonzero(labels.isna().to_numpy()), ceiling)
    info = {
        "n_obs": n_obs,
        "n_dropped": len(survey) - n_obs,
        "n_without_group": 0 if labels is None else int(labels.isna().sum()),
        "n_without_weight": 0 if given_weights is None else int((given_weights == 0).sum()),
        "unpaired": pairs.unpaired,
        **ceiling.counts(),
        **counts,
        "effect_size": "d_z",
        "method": METHOD + ("" if weights is None else "; weighted means with linearised std_error"),
        "conf_level": conf_level,
        "critique": tuple(CRITIQUE),
    }
    items, dimensions, overall = (pd.concat(tables, ignore_index=True) for tables in list(zip(*parts, strict=True))[:3])
    return GapsResult(table=items, dimensions=dimensions, overall=overall, info=info)


def _columns(survey: pd.DataFrame, by: str | Sequence[str] | None) -> pd.DataFrame | None:
    if by is None:
        return None
    names = [by] if isinstance(by, str) else list(by)
    return pd.DataFrame({name: _column(survey, name) for name in names})


def _column(survey: pd.DataFrame, name: str) -> pd.Series:
    if name not in survey:
        raise DataError(f"survey: found no column {name!r}, expected it for groups or weights. Correct the name.")
    return survey[name]
