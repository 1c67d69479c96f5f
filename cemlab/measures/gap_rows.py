"""A group's gaps as rows: items, dimensions and totals by every averaging."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cemlab.measures.derived_weights import derived_totals
from cemlab.measures.gap_scores import (
    Ceiling,
    GapAnswers,
    GroupSums,
    Matrix,
    Rows,
    count_ceiling,
    gap_column,
    sum_group,
    weighted_totals,
)
from cemlab.measures.inference import NOBODY, paired_rows, rows_of_means, wilcoxon_p
from cemlab.measures.pairs import Pairs
from cemlab.multiplicity import holm
from cemlab.weighting import weighted_means

NO_DIMENSIONS = "The codebook names no dimension."
NO_POINTS = "Nobody split the 100 points over the dimensions."
ORDER = (
    *("group", "term", "dimension", "attribute", "n", "expectation", "perception", "estimate", "sd", "std_error"),
    *("statistic", "df", "p_value", "p_adjusted", "effect_size", "conf_low", "conf_high", "p_wilcoxon", "note"),
)


@dataclass(frozen=True)
class GapSample:
    """What every group's rows are made from."""

    pairs: Pairs
    answers: GapAnswers
    weights: Matrix | None
    judged: Matrix | None
    ceiling: Ceiling
    conf_level: float

    def tables(self, name: str, where: Rows) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, int]:
        """Rows of items, dimensions and totals of a group, and its respondents with a complete pair."""
        if self.weights is not None:
            weighed = self.weights[where] > 0
            count_ceiling(self.answers, where[~weighed], self.ceiling)
            where = where[weighed]
        w = None if self.weights is None else self.weights[where]
        keep = self.judged is not None or self.answers.points.shape[1] > 0
        sums = sum_group(self.answers, where, w, self.ceiling, keep=keep)
        scores = self._score_rows(sums)
        n_dimensions = len(self.pairs.dimensions)
        dimensions = scores.iloc[:n_dimensions].copy()
        dimensions["p_adjusted"] = holm(dimensions["p_value"].to_numpy())
        dimensions.insert(0, "dimension", np.array(self.pairs.dimensions, dtype=object))
        totals = self._overall_rows(scores.iloc[n_dimensions:], sums, where, np.ones(len(where)) if w is None else w)
        items = self._item_rows(sums, where, w)
        return _in_order(name, items), _in_order(name, dimensions), _in_order(name, totals), sums.n_paired

    def _item_rows(self, sums: GroupSums, where: Rows, w: Matrix | None) -> pd.DataFrame:
        means, p_wilcoxon = sums.items.means(), sums.items.signed_rank_p()
        for pair in np.flatnonzero(~sums.items.whole):
            column = gap_column(self.answers, int(pair), where)
            own = weighted_means(column, np.ones(len(where)) if w is None else w)
            for values, value in zip(means, own, strict=True):
                values[pair] = value[0]
            p_wilcoxon[pair] = wilcoxon_p(column)[0]
        rows = rows_of_means(means, self.conf_level)
        with np.errstate(invalid="ignore", divide="ignore"):
            rows["expectation"], rows["perception"] = sums.item_sides[:2] / sums.item_sides[2]
        rows["p_adjusted"] = holm(rows["p_value"].to_numpy())
        rows["p_wilcoxon"] = p_wilcoxon
        rows.insert(0, "attribute", self.pairs.table["attribute"].to_numpy())
        rows.insert(0, "dimension", self.pairs.table["dimension"].to_numpy())
        return rows

    def _score_rows(self, sums: GroupSums) -> pd.DataFrame:
        """Dimensions, then the two unweighted totals."""
        rows = rows_of_means(sums.scores.means(), self.conf_level)
        rows["expectation"], rows["perception"] = sums.scores.sides()
        return rows

    def _overall_rows(self, totals: pd.DataFrame, sums: GroupSums, where: Rows, w: Matrix) -> pd.DataFrame:
        """Totals by both averagings, and weighted ones by both; terms as in the result's docstring."""
        rows = [totals.assign(term=["mean of items", "mean of dimensions"])]
        if sums.kept is not None and self.answers.points.shape[1]:
            for term, sides in weighted_totals(sums.kept, self.answers.points[where], w).items():
                rows.append(self._total_row(term, sides, w))
        if sums.kept is not None and self.judged is not None:
            for term, found in derived_totals(sums.kept, self.judged[where], w).items():
                nowhere = np.full(len(where), np.nan)
                row = self._total_row(term, (nowhere, nowhere) if isinstance(found, str) else found, w)
                rows.append(row.assign(note=found) if isinstance(found, str) else row)
        table = pd.concat(rows, ignore_index=True)
        table.insert(0, "term", table.pop("term"))
        empty = (table["n"] == 0) & (table["term"] != "mean of items")
        points = table["term"].str.startswith("weighted by points")
        table.loc[empty & points, "note"] = NO_POINTS
        table.loc[empty & (table["term"] == "mean of dimensions"), "note"] = (
            NOBODY if self.pairs.dimensions else NO_DIMENSIONS
        )
        return table

    def _total_row(self, term: str, sides: tuple[Matrix, Matrix], w: Matrix) -> pd.DataFrame:
        expected, perceived = (side[:, None] for side in sides)
        row = paired_rows(perceived - expected, w, self.conf_level)
        row["expectation"] = weighted_means(expected, w).mean
        row["perception"] = weighted_means(perceived, w).mean
        return row.assign(term=term)


def _in_order(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    rows.insert(0, "group", name)
    return rows[[column for column in ORDER if column in rows]]
