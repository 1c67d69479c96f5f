"""What each respondent contributes to a gap: answers of complete pairs, dimension scores, points; arrays only.

Answers are read from the survey in blocks of respondents that fit into the processor's cache, a row a pair, so that a
survey is never copied as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.measures.gap_sums import DifferenceCounts, PairedSums
from cemlab.measures.pairs import Pairs
from cemlab.thresholds import threshold
from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
Rows = NDArray[np.int64]
POINTS = 100.0
BLOCK = 4096  # respondents read at a time
MEAN_OF_RESPONDENTS = "weighted by points, mean of respondents"
MEANS_TIMES_MEANS = "weighted by points, mean weights x mean gaps"


@dataclass(frozen=True)
class GapAnswers:
    """The survey's columns of both sides, in the order of the pairs and not copied; which pairs make a dimension."""

    expectation: list[Matrix]
    perception: list[Matrix]
    top: Matrix  # highest answer of each expectation item; NaN where not known
    parts: list[Any]  # positions of each dimension's pairs
    points: Matrix  # shares of 1 over the dimensions; no column without points


@dataclass
class GroupSums:
    """What a group's respondents add up to."""

    items: DifferenceCounts
    item_sides: Matrix  # weighted sums of both sides, and of weights, over complete pairs
    scores: PairedSums  # a column a dimension, then the mean of items, then the mean of dimensions
    n_paired: int = 0
    kept: tuple[Matrix, Matrix] | None = None  # dimension scores of both sides, where they are needed again


@dataclass
class Ceiling:
    """Expectations at the top of their scale."""

    n_top: int = 0
    n_given: int = 0
    n_all: int = 0
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def add(self, expectation: Matrix, top: Matrix) -> None:
        """Count a block of expectations, a row a pair, NaN where not answered."""
        at_top = expectation == top[:, None]
        given = ~np.isnan(expectation) & ~np.isnan(top)[:, None]
        tops, answers = (np.add.reduce(part.view(np.int8), axis=0, dtype=np.int16) for part in (at_top, given))
        self.n_top += int(tops.sum(dtype=np.int64))
        self.n_given += int(answers.sum(dtype=np.int64))
        self.n_all += int(np.count_nonzero((answers > 0) & (tops == answers)))

    def counts(self) -> dict[str, Any]:
        """Share of answered expectations at the top, and respondents who gave no other."""
        share = self.n_top / self.n_given if self.n_given else float("nan")
        return {"ceiling": share, "n_all_at_maximum": self.n_all}


def read_pairs(survey: pd.DataFrame, pairs: Pairs) -> tuple[GapAnswers, dict[str, int]]:
    """The columns that the gaps rest on, and counts of points for info."""
    sides = [
        [survey[name].to_numpy(dtype=float, na_value=np.nan) for name in pairs.table[side]]
        for side in ("expectation", "perception")
    ]
    parts = [_as_slice(np.flatnonzero(column)) for column in pairs.membership().T]
    points, counts = _shares(survey, pairs)
    return GapAnswers(sides[0], sides[1], pairs.table["scale_max"].to_numpy(dtype=float), parts, points), counts


def sum_group(answers: GapAnswers, where: Rows, w: Matrix | None, ceiling: Ceiling, *, keep: bool = False) -> GroupSums:
    """Add up the respondents at `where`, all of positive weight `w` (None: equal); `keep` their dimension scores."""
    n_pairs, n_scores = len(answers.top), len(answers.parts) + 2
    sums = GroupSums(
        DifferenceCounts(n_pairs, w is not None), np.zeros((3, n_pairs)), PairedSums(n_scores, w is not None)
    )
    if keep:
        sums.kept = np.full((len(where), n_scores - 2), np.nan), np.full((len(where), n_scores - 2), np.nan)
    for start, sides in _each_block(answers, where):
        ceiling.add(sides[0], answers.top)
        size = sides[0].shape[1]
        own = np.ones(size) if w is None else w[start : start + size]
        _add_block(sums, answers.parts, sides, np.column_stack([own] if w is None else [own, own**2]), start)
    return sums


def count_ceiling(answers: GapAnswers, where: Rows, ceiling: Ceiling) -> None:
    """Count the expectations of respondents who are in no group or carry no weight."""
    for _, sides in _each_block(answers, where):
        ceiling.add(sides[0], answers.top)


def gap_column(answers: GapAnswers, pair: int, where: Rows) -> Matrix:
    """Differences of one pair, shape (n, 1)."""
    return (answers.perception[pair][where] - answers.expectation[pair][where])[:, None]


def _each_block(answers: GapAnswers, where: Rows) -> Iterator[tuple[int, tuple[Matrix, Matrix]]]:
    """Both sides of a few respondents at a time, a row a pair; the arrays are used again for the next block."""
    space = np.empty((2, len(answers.top), min(BLOCK, max(len(where), 1))))
    for start in range(0, len(where), BLOCK):
        rows = _as_slice(where[start : start + BLOCK])
        size = min(BLOCK, len(where) - start)
        for side, columns in zip(space, (answers.expectation, answers.perception), strict=True):
            for number, column in enumerate(columns):
                side[number, :size] = column[rows]
        yield start, (space[0, :, :size], space[1, :, :size])


def _as_slice(rows: Rows) -> Any:
    """Positions as a slice where they follow one another: reading needs no copy."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and (len(rows) < 3 or (np.diff(rows) == 1).all()):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _add_block(sums: GroupSums, parts: list[Any], sides: tuple[Matrix, Matrix], powers: Matrix, start: int) -> None:
    expectation, perception = sides
    gaps = perception - expectation
    missing = np.isnan(gaps)
    given = None
    if missing.any():
        given = ~missing
        for values in (expectation, perception, gaps):
            np.copyto(values, 0.0, where=missing)
    sums.items.add(gaps, None if given is None else missing, powers)
    sums.item_sides[0] += expectation @ powers[:, 0]
    sums.item_sides[1] += perception @ powers[:, 0]
    sums.item_sides[2] += powers[:, 0].sum() if given is None else given @ powers[:, 0]
    expected, perceived, scored, answered = _scores_of_block(expectation, perception, given, parts)
    sums.n_paired += gaps.shape[1] if given is None else int(np.count_nonzero(answered))
    sums.scores.add(expected, perceived, scored, powers)
    if sums.kept is not None:
        for kept, side in zip(sums.kept, (expected, perceived), strict=True):
            cells = side[:-2] if scored is None else np.where(scored[:-2], side[:-2], np.nan)
            kept[start : start + gaps.shape[1]] = cells.T


def _scores_of_block(
    expectation: Matrix, perception: Matrix, given: NDArray[np.bool_] | None, parts: list[Any]
) -> tuple[Matrix, Matrix, NDArray[np.bool_] | None, Matrix]:
    """Dimension scores, mean of items, mean of dimensions of both sides; where scored; answered pairs a respondent."""
    n_pairs, size = expectation.shape
    n_scores, share = len(parts) + 2, threshold("answered_share").value
    scores = np.zeros((2, n_scores, size))
    answered = np.zeros((n_scores, size))
    totals = np.zeros(n_scores)
    for number, part in enumerate([*parts, slice(0, n_pairs)]):
        for side, values in zip(scores, (expectation, perception), strict=True):
            np.add.reduce(values[part], axis=0, out=side[number])
        totals[number] = len(range(n_pairs)[part]) if isinstance(part, slice) else len(part)
        if given is None:
            answered[number] = totals[number]
        else:
            answered[number] = np.add.reduce(given[part].view(np.int8), axis=0, dtype=np.int16)
    safe = np.maximum(answered[:-1], 1.0)
    scores[:, :-1] /= safe
    scored = (answered > 0) & (answered >= share * totals[:, None])
    answered[-1] = np.count_nonzero(scored[:-2], axis=0)
    totals[-1] = len(parts)
    scored[-1] = (answered[-1] > 0) & (answered[-1] >= share * totals[-1])
    for side in scores:
        dimensions = side[:-2] if given is None else np.where(scored[:-2], side[:-2], 0.0)
        side[-1] = dimensions.sum(axis=0) / np.maximum(answered[-1], 1.0)
    return scores[0], scores[1], None if given is None and parts else scored, answered[-2]


def _means_of_parts(values: Matrix, member: Matrix) -> Matrix:
    """Mean over the parts of each whole (column of `member`); NaN where too few parts are answered."""
    answered = (~np.isnan(values)).astype(float) @ member
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.nan_to_num(values) @ member / answered
    enough = (answered > 0) & (answered >= threshold("answered_share").value * member.sum(axis=0))
    return np.where(enough, means, np.nan)


def _shares(survey: pd.DataFrame, pairs: Pairs) -> tuple[Matrix, dict[str, int]]:
    """Points as shares of 1; NaN rows where one is missing or they cannot be shares."""
    if not pairs.points:
        return np.empty((len(survey), 0)), {}
    points = survey[list(pairs.points.values())].to_numpy(dtype=float, na_value=np.nan)
    usable = (points >= 0).all(axis=1) & (points.sum(axis=1) > 0)
    total = np.where(usable, points.sum(axis=1), np.nan)
    counts = {
        "n_without_points": int((~usable).sum()),
        "n_points_rescaled": int((usable & (np.abs(total - POINTS) > 1e-9)).sum()),
    }
    return points / total[:, None], counts


def mean_of_parts(values: Matrix) -> Matrix:
    """Mean over all parts a respondent; NaN where fewer than half are answered."""
    return _means_of_parts(values, np.ones((values.shape[1], 1)))[:, 0]


def weighted_totals(sides: tuple[Matrix, Matrix], points: Matrix, w: Matrix) -> dict[str, tuple[Matrix, Matrix]]:
    """Expectation and perception a respondent, weighted by points; the second pair linearised around the means.

    Mean weights x mean scores is a smooth function of means, so its mean and standard error are those of
    S + sum_d s_d (x_d - m_d) + m_d (s_d - mean s_d), with S the estimate: the delta method.
    """
    totals = []
    for scored in sides:
        needed = np.where(points == 0, 0.0, points * scored)  # a dimension without points need not be scored
        totals.append(needed.sum(axis=1))
    gaps_known = ~np.isnan(sides[0])
    complete = ~np.isnan(totals[0]) & (gaps_known | (points <= 0)).all(axis=1)
    full = complete & gaps_known.all(axis=1)
    shares = np.where(full[:, None], points, np.nan)
    mean_shares = weighted_means(shares, w).mean
    linear = []
    for scored in sides:
        means = weighted_means(np.where(full[:, None], scored, np.nan), w).mean
        linear.append(scored @ mean_shares + shares @ means - mean_shares @ means)
    masked = [np.where(complete, side, np.nan) for side in totals]
    return {
        MEAN_OF_RESPONDENTS: (masked[0], masked[1]),
        MEANS_TIMES_MEANS: (linear[0], linear[1]),
    }
