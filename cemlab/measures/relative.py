"""Means of one organization relative to those of the others, with their covariance; arrays only.

A respondent may rate several organizations: contributions are summed per respondent before they are squared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from cemlab.measures.ratios import fieller

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Ratings:
    """Means by organization and what each row contributes to their errors.

    Attributes
    ----------
    means : array of shape (n_organizations, n_columns)
        Weighted means of the answered rows.
    n : array of shape (n_organizations, n_columns)
        Answers behind them.
    residuals : array of shape (n_rows, n_columns)
        Each row's share of its organization's error; 0 where not answered.
    codes : array of shape (n_rows,)
        Organization of a row.
    people : array of shape (n_rows,)
        Who rated: 0 to n_people - 1.
    """

    means: Matrix
    n: NDArray[np.int64]
    residuals: Matrix
    codes: NDArray[np.int64]
    people: NDArray[np.int64]

    def others(self, own: int) -> Matrix:
        """Mean of the other organizations' means, each counting once; shape (n_columns,)."""
        return np.delete(self.means, own, axis=0).mean(axis=0)

    def error(self, gradient: Matrix) -> Matrix:
        """What each person contributes to the error of a statistic whose gradient (as `means`) is given."""
        rows = (self.residuals * gradient[self.codes]).sum(axis=1)
        return np.asarray(np.bincount(self.people, weights=rows), dtype=float)

    def gradients(self, own: int, column: int) -> tuple[Matrix, Matrix]:
        """Gradients of the own mean and of the others' mean of one column."""
        mine, theirs = np.zeros(self.means.shape), np.zeros(self.means.shape)
        theirs[:, column] = 1 / (len(self.means) - 1)
        theirs[own, column] = 0.0
        mine[own, column] = 1.0
        return mine, theirs

    def df(self, own: int, column: int, variances: tuple[float, float]) -> float:
        """Welch-Satterthwaite degrees of freedom of own minus others; at most people - 1."""
        counted = self.n[:, column]
        rest = counted.sum() - counted[own] - (len(counted) - 1)
        parts = variances[0] ** 2 / max(counted[own] - 1, 1) + variances[1] ** 2 / max(rest, 1)
        people = float(len(np.unique(self.people)) - 1)
        return min((variances[0] + variances[1]) ** 2 / parts, people) if parts > 0 else people


def read_ratings(values: Matrix, codes: NDArray[np.int64], people: NDArray[np.int64], weights: Matrix) -> Ratings:
    """Means and contributions of rows (n_rows, n_columns); codes run from 0 to n_organizations - 1."""
    count = int(codes.max()) + 1
    means, n = np.full((count, values.shape[1]), np.nan), np.zeros((count, values.shape[1]), dtype=np.int64)
    residuals = np.zeros(values.shape)
    for code in range(count):
        here = codes == code
        x, given = values[here], ~np.isnan(values[here]) & (weights[here] > 0)[:, None]
        w = np.where(given, weights[here][:, None], 0.0)
        n[code] = given.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            means[code] = np.where(given, w * np.nan_to_num(x), 0.0).sum(axis=0) / w.sum(axis=0)
            small = np.sqrt(np.where(n[code] > 1, n[code] / (n[code] - 1), np.nan))
            residuals[here] = np.where(given, w * (np.nan_to_num(x) - means[code]) / w.sum(axis=0) * small, 0.0)
    return Ratings(means, n, residuals, codes, people)


def relative_mean(ratings: Ratings, own: int, column: int, conf_level: float) -> dict[str, float]:
    """Own mean over the others' mean: estimate, std_error, conf_low, conf_high (Fieller)."""
    top, bottom = float(ratings.means[own, column]), float(ratings.others(own)[column])
    errors = [ratings.error(gradient) for gradient in ratings.gradients(own, column)]
    covariance = np.array([[float(a @ b) for b in errors] for a in errors])
    ratio = top / bottom
    df = ratings.df(own, column, (covariance[0, 0], ratio**2 * covariance[1, 1]))
    low, high = fieller(top, bottom, covariance, float(stdtrit(df, (1 + conf_level) / 2)))
    slope = np.array([1.0, -ratio]) / bottom
    std_error = float(np.sqrt(slope @ covariance @ slope))
    return {"estimate": ratio, "std_error": std_error, "conf_low": low, "conf_high": high}


def weighted_ratio_gradient(ratings: Ratings, own: int, columns: list[int], shares: Matrix) -> tuple[float, Matrix]:
    """Sum of shares x (own mean / others' mean) over columns, and its gradient."""
    gradient, total, theirs = np.zeros(ratings.means.shape), 0.0, ratings.others(own)
    for column, share in zip(columns, shares, strict=True):
        ratio = ratings.means[own, column] / theirs[column]
        total += share * ratio
        mine, others = ratings.gradients(own, column)
        gradient += share * (mine - ratio * others) / theirs[column]
    return float(total), gradient


def t_row(
    ratings: Ratings, estimate: float, gradient: Matrix, own: int, column: int, conf_level: float
) -> dict[str, float]:
    """A smooth function of the means with its t interval (delta method)."""
    std_error = float(np.sqrt((ratings.error(gradient) ** 2).sum()))
    parts = np.zeros_like(gradient), gradient.copy()
    parts[0][own], parts[1][own] = gradient[own], 0.0
    variances = tuple(float((ratings.error(part) ** 2).sum()) for part in parts)
    half = float(stdtrit(ratings.df(own, column, variances), (1 + conf_level) / 2)) * std_error  # type: ignore[arg-type]
    return {"estimate": estimate, "std_error": std_error, "conf_low": estimate - half, "conf_high": estimate + half}
