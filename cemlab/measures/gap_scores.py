"""What each respondent contributes to a gap: answers of complete pairs, dimension scores, points; arrays only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.measures.pairs import Pairs
from cemlab.thresholds import threshold
from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
POINTS = 100.0
MEAN_OF_RESPONDENTS = "weighted by points, mean of respondents"
MEANS_TIMES_MEANS = "weighted by points, mean weights x mean gaps"


@dataclass(frozen=True)
class GapScores:
    """Per respondent, over complete pairs: NaN where not scored."""

    expectation: Matrix
    perception: Matrix
    gap_dimensions: Matrix
    expectation_dimensions: Matrix
    perception_dimensions: Matrix
    points: Matrix  # shares of 1 over the dimensions; no column without points


def score_pairs(survey: pd.DataFrame, pairs: Pairs) -> tuple[GapScores, dict[str, Any]]:
    """Answers of complete pairs, dimension scores and points of every respondent; counts for info."""
    expectation = survey[list(pairs.table["expectation"])].to_numpy(dtype=float, na_value=np.nan, copy=True)
    perception = survey[list(pairs.table["perception"])].to_numpy(dtype=float, na_value=np.nan, copy=True)
    at_top = expectation == pairs.table["scale_max"].to_numpy()
    given = ~np.isnan(expectation) & ~np.isnan(pairs.table["scale_max"].to_numpy(dtype=float))
    counts: dict[str, Any] = {
        "ceiling": float(at_top.sum() / given.sum()) if given.any() else float("nan"),
        "n_all_at_maximum": int((given.any(axis=1) & (at_top | ~given).all(axis=1)).sum()),
    }
    incomplete = np.isnan(expectation) | np.isnan(perception)
    expectation[incomplete] = perception[incomplete] = np.nan
    member = pairs.membership()
    expected, perceived = (_means_of_parts(side, member) for side in (expectation, perception))
    points, more = _shares(survey, pairs)
    scores = GapScores(expectation, perception, perceived - expected, expected, perceived, points)
    return scores, {**counts, **more}


def _means_of_parts(values: Matrix, member: Matrix) -> Matrix:
    """Mean over the parts of each whole (column of `member`); NaN where too few parts are answered."""
    answered = (~np.isnan(values)).astype(float) @ member
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.nan_to_num(values) @ member / answered
    enough = (answered > 0) & (answered >= threshold("answered_share").value * member.sum(axis=0))
    return np.where(enough, means, np.nan)


def _shares(survey: pd.DataFrame, pairs: Pairs) -> tuple[Matrix, dict[str, int]]:
    """Points as shares of 1; NaN rows where one is missing or they cannot be shares."""
    points = survey[list(pairs.points.values())].to_numpy(dtype=float, na_value=np.nan, copy=True)
    if not pairs.points:
        return points, {}
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


def weighted_totals(scores: GapScores, where: NDArray[np.int64], w: Matrix) -> dict[str, tuple[Matrix, Matrix]]:
    """Expectation and perception a respondent, weighted by points; the second pair linearised around the means.

    Mean weights x mean scores is a smooth function of means, so its mean and standard error are those of
    S + sum_d s_d (x_d - m_d) + m_d (s_d - mean s_d), with S the estimate: the delta method.
    """
    points = scores.points[where]
    sides = []
    for scored in (scores.expectation_dimensions[where], scores.perception_dimensions[where]):
        needed = np.where(points == 0, 0.0, points * scored)  # a dimension without points need not be scored
        sides.append(needed.sum(axis=1))
    complete = ~np.isnan(sides[0]) & ~np.isnan(np.where(points > 0, scores.gap_dimensions[where], 0)).any(axis=1)
    full = complete & ~np.isnan(scores.gap_dimensions[where]).any(axis=1)
    shares = np.where(full[:, None], points, np.nan)
    mean_shares = weighted_means(shares, w).mean
    linear = []
    for scored in (scores.expectation_dimensions[where], scores.perception_dimensions[where]):
        means = weighted_means(np.where(full[:, None], scored, np.nan), w).mean
        linear.append(scored @ mean_shares + shares @ means - mean_shares @ means)
    masked = [np.where(complete, side, np.nan) for side in sides]
    return {
        MEAN_OF_RESPONDENTS: (masked[0], masked[1]),
        MEANS_TIMES_MEANS: (linear[0], linear[1]),
    }
