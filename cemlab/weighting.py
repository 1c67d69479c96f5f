"""Respondents as a sample: the group each belongs to, the weight each carries, and weighted means with their precision.

Standard errors are linearised (with replacement, respondents as the sampling units), the estimate being a ratio of
two weighted sums; with equal weights they are exactly s / sqrt(n).

References
----------
Kish, L. (1965). Survey Sampling. Wiley. (effective sample size)
Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling, section 5.7. Springer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError

ALL = "all"  # the group of everybody
BETWEEN = " · "  # joins the labels of several grouping columns
ZERO = 1e-12  # a spread below this share of the values' size is rounding, not spread


class Means(NamedTuple):
    """Weighted means of columns, an array over columns each: mean, sd, std_error, n, n_effective (Kish)."""

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    std_error: NDArray[np.float64]
    n: NDArray[np.int64]
    n_effective: NDArray[np.float64]


def respondent_weights(weights: ArrayLike | pd.Series | None, index: pd.Index) -> NDArray[np.float64]:
    """Weights as an array along `index`: 1 without weights, 0 where a respondent has none.

    Parameters
    ----------
    weights : Series, array or None
        A Series is aligned by its index, which must be that of the answers; an array by position.
    index : Index of shape (n_respondents,)
        The answers' index.

    Raises
    ------
    DataError
        Wrong length or index, a negative or infinite weight, or no positive weight at all.

    Examples
    --------
    >>> respondent_weights([2, None], pd.RangeIndex(2)).tolist()
    [2.0, 0.0]
    """
    if weights is None:
        return np.ones(len(index))
    aligned = _align(weights, index, "weights")
    values = pd.to_numeric(aligned, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.unique(values[(values < 0) | np.isinf(values)]).tolist()
    if wrong:
        raise DataError(
            f"weights: found {wrong[:5]}, expected finite numbers of at least 0. Correct the weight column."
        )
    values = np.nan_to_num(values, nan=0.0)
    if len(values) and not values.any():
        raise DataError("weights: found no weight above 0, expected at least one. Correct the weight column.")
    return values


def group_labels(by: object, index: pd.Index) -> pd.Series:
    """One text label a respondent, along `index`; missing where a respondent belongs to no group.

    Parameters
    ----------
    by : Series, array, DataFrame or None
        Labels; the columns of a DataFrame are joined; None puts everybody into the group 'all'.
    index : Index of shape (n_respondents,)
        The answers' index.

    Raises
    ------
    DataError
        Wrong length or index.

    Examples
    --------
    >>> group_labels(["north", None], pd.RangeIndex(2)).isna().tolist()
    [False, True]
    """
    if by is None:
        return pd.Series(ALL, index=index, dtype="string")
    if isinstance(by, pd.DataFrame):
        parts = [group_labels(by[column], index) for column in by.columns]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined + BETWEEN + part
        return joined
    labels = _align(by, index, "by")
    if pd.api.types.is_float_dtype(labels.dtype):  # 2017.0 is a wave called 2017
        whole = labels.dropna()
        labels = labels.astype("Int64") if (whole == whole.round()).all() else labels
    return labels.astype("string")


def each_group(labels: pd.Series) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Every group's label and the positions of its respondents, in the labels' order."""
    codes, names = pd.factorize(labels, sort=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
    for number, name in enumerate(names):
        yield str(name), order[starts[number] : starts[number + 1]]


def weighted_means(values: NDArray[np.float64], weights: NDArray[np.float64], *, ddof: int = 1) -> Means:
    """Means over respondents of each column, available cases, with the linearised standard error.

    Parameters
    ----------
    values : array of shape (n_respondents, n_columns)
        NaN where not answered.
    weights : array of shape (n_respondents,)
        Respondents of weight 0 are not in the sample.
    ddof : int
        1 multiplies variances by n / (n - 1), so that equal weights give s / sqrt(n); 0 does not.

    Returns
    -------
    Means
        NaN where a column has no answer; sd and std_error also where n is at most `ddof`. A spread that is only
        rounding is 0.

    Examples
    --------
    >>> weighted_means(np.array([[1.0], [3.0]]), np.array([1.0, 3.0])).mean.tolist()
    [2.5]
    """
    given = ~np.isnan(values) & (weights[:, None] > 0)
    x = np.where(given, values, 0.0)
    n = given.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        total, total_squares = weights @ given, weights**2 @ given
        mean = weights @ x / total
        size = np.maximum(x.max(axis=0, initial=1.0), -x.min(axis=0, initial=-1.0))
        x -= mean
        x *= given
        np.square(x, out=x)
        small = np.where(n > ddof, n / (n - ddof), np.nan)
        sd = np.sqrt(small * (weights @ x) / total)
        std_error = np.sqrt(small * (weights**2 @ x)) / total
        n_effective = total**2 / total_squares
    no_spread = sd <= ZERO * size
    return Means(mean, np.where(no_spread, 0.0, sd), np.where(no_spread, 0.0, std_error), n, n_effective)


def _align(values: object, index: pd.Index, what: str) -> pd.Series:
    """Values along `index`: a Series by its index, anything else by position."""
    if isinstance(values, pd.Series):
        if values.index.equals(index):
            return values
        if not (values.index.is_unique and index.isin(values.index).all()):
            raise DataError(
                f"{what}: found an index that differs from that of the answers, expected the same respondents. "
                "Take both from one table."
            )
        return values.reindex(index)
    series = pd.Series(values)
    if len(series) != len(index):
        raise DataError(f"{what}: found {len(series)} values, expected {len(index)}, one a respondent. Align them.")
    return series.set_axis(index)
