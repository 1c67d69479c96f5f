"""Center line and limits of control charts: single values, shares, and shares that vary more than chance.

References
----------
Montgomery, D. C. (2013). Introduction to Statistical Quality Control, 7th ed., sections 6.4 and 7.2. Wiley.
Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering 14(4), 531-537. (p')
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cemlab.thresholds import threshold

Array = NDArray[np.float64]
D2 = 1.128  # mean range of two standard normal values (Montgomery 2013, appendix VI); 3 / D2 = 2.66
SIGMAS = 3.0
TOO_FEW = "Too few periods for control limits."
NO_VARIATION = "The values do not vary: no control limits."
PROVISIONAL = "Few periods: the control limits are provisional."


class Limits(NamedTuple):
    """Center line, lower and upper limit and sigma of each period, and why there are none."""

    center: Array
    low: Array
    high: Array
    sigma: Array
    note: str


def control_limits(x: Array, n: Array | None, *, first: int, laney: bool = False) -> Limits:
    """Limits of single values (`n` None) or of shares of `n`, from the first `first` periods.

    Parameters
    ----------
    x : array of shape (n_periods,)
        Values, or shares from 0 to 1; NaN where missing.
    n : array of shape (n_periods,) or None
        Sizes of the shares.
    first : int
        Periods that the limits rest on.
    laney : bool
        Scale the limits of shares by Laney's sigma_z, the mean moving range of the standardized shares / 1.128.
    """
    base = x[:first]
    given = np.isfinite(base)
    if given.sum() < threshold("control_periods").value:
        return _no_limits(len(x), TOO_FEW)
    if n is None:
        center = float(base[given].mean())
        sigma = np.full(len(x), moving_range(base) / D2)
    else:
        center = float((base * n[:first])[given].sum() / n[:first][given].sum())
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = np.sqrt(center * (1 - center) / n)
            sigma *= moving_range((base - center) / sigma[:first]) / D2 if laney else 1.0
    if not np.nanmax(sigma, initial=0.0) > 1e-12 * max(1.0, abs(center)):
        return _no_limits(len(x), NO_VARIATION)
    low, high = center - SIGMAS * sigma, center + SIGMAS * sigma
    if n is not None:
        low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    note = PROVISIONAL if given.sum() < threshold("control_periods_firm").value else ""
    return Limits(np.full(len(x), center), low, high, sigma, note)


def moving_range(x: Array) -> float:
    """Mean absolute difference of neighbouring periods; pairs with a missing period are left out.

    Examples
    --------
    >>> moving_range(np.array([1.0, 3.0, 2.0]))
    1.5
    """
    steps = np.abs(np.diff(x))
    steps = steps[np.isfinite(steps)]
    return float(steps.mean()) if len(steps) else float("nan")


def _no_limits(n_periods: int, note: str) -> Limits:
    none = np.full(n_periods, np.nan)
    return Limits(none, none, none, none, note)
