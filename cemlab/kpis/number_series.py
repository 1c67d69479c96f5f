"""A column of plain numbers, read strictly: what cannot be read is named, never dropped silently."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cemlab.errors import DataError, quote

SHOWN = 5  # wrong values that a message lists


def read_numbers(values: object, what: str) -> pd.Series:
    """Values as a float Series with the index they came with, NaN where missing.

    Parameters
    ----------
    values : Series or array of shape (n,)
        Numbers, or texts that read as numbers.
    what : str
        How a message calls them.

    Raises
    ------
    DataError
        A value that is no finite number.

    Examples
    --------
    >>> read_numbers([1, "2.5", None], "values").tolist()
    [1.0, 2.5, nan]
    """
    series = values if isinstance(values, pd.Series) else pd.Series(values)
    numbers = pd.to_numeric(series, errors="coerce").astype("Float64").astype(float)
    wrong = series[(series.notna() & numbers.isna()) | np.isinf(numbers)]
    if len(wrong):
        shown = ", ".join(quote(value) for value in wrong.unique()[:SHOWN])
        raise DataError(f"{what}: found {shown}, expected finite numbers. Correct them or declare them as missing.")
    return numbers
