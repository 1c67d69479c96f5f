"""Two sides held against each other: within people, between units, between groups of people, or a scale's midpoint.

References
----------
Welch, B. L. (1947). The generalization of Student's problem. Biometrika 34, 28-35.
Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from cemlab.measures.inference import NO_SPREAD, NOBODY, ONE_PERSON, paired_rows
from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
ONE_SIDE = "One side has fewer than two people: no interval and no test."
NO_SIDE = "One side has no answer."
FLAT_SIDE = "One side does not vary: interval and test rest on the other side alone."


class Side(NamedTuple):
    """One side of a gap: answers (n_people, n_attributes), weights (n_people,), units (n_people,) where known."""

    answers: Matrix
    weights: Matrix
    units: NDArray[np.object_] | None = None

    def as_mean(self, values: Matrix) -> Side:
        """The side with one column of values in place of its answers."""
        return self._replace(answers=values[:, None])

    def one_per_unit(self) -> bool:
        """Whether every unit has one person, and there are at least two."""
        if self.units is None or pd.isna(self.units).any():
            return False
        return len(self.units) > 1 and len(set(self.units)) == len(self.units)


def paired_within(left: Side, right: Side, conf_level: float) -> pd.DataFrame:
    """Paired t: the same people on both sides."""
    return _paired(left.answers, right.answers, left.weights, conf_level).assign(method="paired within people")


def paired_by_unit(left: Side, right: Side, conf_level: float) -> pd.DataFrame:
    """Paired t over units: the one person of the left side against the mean of the unit's people on the right side."""
    assert left.units is not None
    assert right.units is not None
    means = np.full(left.answers.shape, np.nan)
    for row, unit in enumerate(left.units):
        here = right.units == unit
        means[row] = weighted_means(right.answers[here], right.weights[here]).mean
    return _paired(left.answers, means, np.ones(len(means)), conf_level).assign(method="paired by unit")


def welch(left: Side, right: Side, conf_level: float) -> pd.DataFrame:
    """Welch's t between two groups of people; d = difference / root of the mean variance.

    Examples
    --------
    >>> left, right = Side(np.array([[1.0], [3.0]]), np.ones(2)), Side(np.array([[2.0], [6.0]]), np.ones(2))
    >>> welch(left, right, 0.95)["statistic"].round(4).item()
    -0.8944
    """
    a, b = (weighted_means(side.answers, side.weights) for side in (left, right))
    few = (a.n < 2) | (b.n < 2)
    flat = (a.std_error == 0) & (b.std_error == 0)
    estimate = a.mean - b.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.where(few | flat, np.nan, np.sqrt(a.std_error**2 + b.std_error**2))
        df = std_error**4 / (a.std_error**4 / (a.n - 1) + b.std_error**4 / (b.n - 1))
        statistic = estimate / std_error
        effect = estimate / np.sqrt((a.sd**2 + b.sd**2) / 2)
    half = stdtrit(df, (1 + conf_level) / 2) * std_error
    one_flat = (a.std_error == 0) != (b.std_error == 0)
    note = np.select([(a.n == 0) | (b.n == 0), few, flat, one_flat], [NO_SIDE, ONE_SIDE, NO_SPREAD, FLAT_SIDE], "")
    return pd.DataFrame(
        {
            "method": "Welch",
            "n_left": a.n,
            "n_right": b.n,
            "left_mean": a.mean,
            "right_mean": b.mean,
            "estimate": estimate,
            "std_error": std_error,
            "statistic": statistic,
            "df": df,
            "p_value": 2 * stdtr(df, -np.abs(statistic)),
            "effect_size": np.where(few | flat, np.nan, effect),
            "conf_low": estimate - half,
            "conf_high": estimate + half,
            "note": note,
        }
    )


def scale_against_midpoint(scores: Matrix, midpoint: float, conf_level: float) -> pd.DataFrame:
    """Mean of a scale minus its midpoint, t of one sample: cemlab's own definition of a gap told by a scale."""
    rows = _paired(scores[:, None], np.full((len(scores), 1), midpoint), np.ones(len(scores)), conf_level)
    return rows.assign(method="scale against its midpoint", n_right=0)


def _paired(left: Matrix, right: Matrix, weights: Matrix, conf_level: float) -> pd.DataFrame:
    complete = ~np.isnan(left - right)
    rows = paired_rows(np.where(complete, left - right, np.nan), weights, conf_level)
    rows["left_mean"], rows["right_mean"] = (
        weighted_means(np.where(complete, side, np.nan), weights).mean for side in (left, right)
    )
    rows["note"] = rows["note"].replace({NOBODY: NO_SIDE, ONE_PERSON: ONE_SIDE})
    return rows.rename(columns={"n": "n_left"}).assign(n_right=rows["n"]).drop(columns="sd")
