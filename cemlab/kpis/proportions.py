"""Intervals of shares.

References
----------
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def normal_quantile(conf_level: float) -> float:
    """How many standard errors an interval of this level reaches to each side.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    from scipy.special import ndtri

    return float(ndtri((1 + conf_level) / 2))


def wilson_interval(successes: Any, n: Any, conf_level: float = 0.95) -> tuple[Any, Any]:
    """Low and high end of a share's interval, 0 to 1; NaN where n is 0. Numbers or arrays.

    >>> low, high = wilson_interval(72, 90)
    >>> round(low, 4), round(high, 4)
    (0.7059, 0.8696)
    """
    z, n = normal_quantile(conf_level), np.asarray(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(successes, dtype=float) / n
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        low = np.where(n > 0, np.maximum(centre - half, 0), np.nan)
        high = np.where(n > 0, np.minimum(centre + half, 1), np.nan)
    return (float(low), float(high)) if low.ndim == 0 else (low, high)
