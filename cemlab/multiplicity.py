"""P values of a family of tests, adjusted.

statsmodels gives the same numbers (the tests hold against it) but knows no missing p values and takes most of a second
to import.

References
----------
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statistics 6, 65-70.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Holm's adjusted p values of one family; NaN stays NaN and does not count.

    Parameters
    ----------
    p_values : array of shape (n_tests,)
        0 to 1, NaN where there was no test.

    References
    ----------
    Holm (1979).

    Examples
    --------
    >>> holm([0.01, np.nan, 0.04]).tolist()
    [0.02, nan, 0.04]
    """
    values = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(values), np.nan)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
