"""Running sums over blocks of respondents, from which means, spreads and signed ranks of differences follow.

Differences of answers on a scale are whole numbers: how often each occurs says all there is to say of an item. Scores
of dimensions are fractions: their sums are taken around a value of their own column, so that no digits are lost.

References
----------
Chan, T. F., Golub, G. H. & LeVeque, R. J. (1983). Algorithms for computing the sample variance. The American
    Statistician 37, 242-247. (shifted sums)
Wilcoxon, F. (1945). Individual comparisons by ranking methods. Biometrics Bulletin 1, 80-83.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cemlab.weighting import ZERO, Means

Matrix = NDArray[np.float64]
HALF, WIDTH = 128, 256  # whole differences from -128 to 127 are counted
VALUES = np.arange(-HALF, HALF, dtype=float)


class DifferenceCounts:
    """How often each whole difference occurs, a row a pair; `whole` is False where a pair has other differences."""

    def __init__(self, n_pairs: int, weighted: bool) -> None:
        self.whole = np.ones(n_pairs, dtype=bool)
        self._counts = np.zeros((3 if weighted else 1, n_pairs, WIDTH))
        self._first = (WIDTH * np.arange(n_pairs, dtype=np.int64) + HALF)[:, None]

    def add(self, gaps: Matrix, missing: NDArray[np.bool_] | None, powers: Matrix) -> None:
        """Count a block: gaps of shape (n_pairs, n_respondents), 0 where missing; powers: weight and its square."""
        with np.errstate(invalid="ignore"):
            codes = gaps.astype(np.int8)
        self.whole &= (codes == gaps).all(axis=1)
        places = self._first + codes
        bins = self._counts[0].size
        if missing is not None:
            np.copyto(places, bins, where=missing)
        flat = places.ravel()
        shape = self._counts.shape[1:]
        self._counts[0] += np.bincount(flat, minlength=bins)[:bins].reshape(shape)
        for number in range(1, len(self._counts)):
            spread = np.broadcast_to(powers[:, number - 1], gaps.shape).ravel()
            self._counts[number] += np.bincount(flat, spread, minlength=bins)[:bins].reshape(shape)

    def means(self) -> Means:
        """Weighted means with linearised standard errors, as `weighted_means` gives them; a value a pair."""
        counts, weights, squares = self._counts[0], self._counts[-2 % len(self._counts)], self._counts[-1]
        n, total = counts.sum(axis=1).astype(np.int64), weights.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = weights @ VALUES / total
            deviations = (VALUES - mean[:, None]) ** 2
            within = (weights * deviations).sum(axis=1), (squares * deviations).sum(axis=1)
        return _means(mean, n, total, squares.sum(axis=1), *within)

    def signed_rank_p(self) -> Matrix:
        """Two-sided p of the signed-rank test: zeros left out, normal approximation with ties, unweighted."""
        positive = self._counts[0, :, HALF + 1 :]
        negative = self._counts[0, :, HALF - 1 : 0 : -1]
        # the difference -128 has no positive twin: its ties stand in a column of their own
        positive = np.column_stack([positive, np.zeros(len(positive))])
        ties = positive + np.column_stack([negative, self._counts[0, :, 0]])
        ranks = np.cumsum(ties, axis=1) - (ties - 1) / 2
        n = ties.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = n * (n + 1.0) * (2 * n + 1) / 24 - (ties**3 - ties).sum(axis=1) / 48
            z = -np.abs((positive * ranks).sum(axis=1) - n * (n + 1.0) / 4) / np.sqrt(variance)
        return np.where(n < 2, np.nan, 2 * ndtr(z))


class PairedSums:
    """Sums over respondents of both sides of columns and, around a value of the column itself, of their difference."""

    def __init__(self, n_columns: int, weighted: bool) -> None:
        size = (n_columns, 2 if weighted else 1)
        self.n = np.zeros(n_columns, dtype=np.int64)
        self._shift = np.full(n_columns, np.nan)
        self._weights, self._first, self._second = np.zeros(size), np.zeros(size), np.zeros(size)
        self._sides = np.zeros((2, n_columns))

    def add(self, expectation: Matrix, perception: Matrix, given: NDArray[np.bool_] | None, powers: Matrix) -> None:
        """Add a block: sides of shape (n_columns, n_respondents), any number where not given."""
        gaps = perception - expectation
        self._place_shift(gaps, given)
        gaps -= np.nan_to_num(self._shift)[:, None]
        sides = [expectation, perception]
        if given is None:
            self.n += gaps.shape[1]
            self._weights += powers.sum(axis=0)
        else:
            self.n += np.count_nonzero(given, axis=1)
            self._weights += given @ powers
            np.copyto(gaps, 0.0, where=~given)
            sides = [np.where(given, side, 0.0) for side in sides]
        self._first += gaps @ powers
        for number, side in enumerate(sides):
            self._sides[number] += side @ powers[:, 0]
        np.square(gaps, out=gaps)
        self._second += gaps @ powers

    def _place_shift(self, gaps: Matrix, given: NDArray[np.bool_] | None) -> None:
        for column in np.flatnonzero(np.isnan(self._shift)):
            found = np.arange(gaps.shape[1]) if given is None else np.flatnonzero(given[column])
            if len(found):
                self._shift[column] = gaps[column, found[0]]

    def sides(self) -> tuple[Matrix, Matrix]:
        """Weighted mean expectation and perception."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._sides[0] / self._weights[:, 0], self._sides[1] / self._weights[:, 0]

    def means(self) -> Means:
        """Weighted means of the differences, as `weighted_means` gives them."""
        total, total_squares = self._weights[:, 0], self._weights[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            shifted = self._first[:, 0] / total
            within = [
                self._second[:, k] - 2 * shifted * self._first[:, k] + shifted**2 * self._weights[:, k] for k in (0, -1)
            ]
        return _means(shifted + self._shift, self.n, total, total_squares, *within)


def _means(mean: Matrix, n: NDArray[np.int64], total: Matrix, squares: Matrix, *within: Matrix) -> Means:
    """Means from sums of weights and of weighted squares around the mean; a spread that is only rounding is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        small = np.where(n > 1, n / (n - 1.0), np.nan)
        sd = np.sqrt(small * np.maximum(within[0], 0.0) / total)
        std_error = np.sqrt(small * np.maximum(within[1], 0.0)) / total
        no_spread = sd <= ZERO * np.maximum(np.abs(mean), 1.0)
        return Means(mean, np.where(no_spread, 0.0, sd), np.where(no_spread, 0.0, std_error), n, total**2 / squares)
