"""Agreement within a unit and the share of variance between units: r_wg, r_wg(j), ICC(1), ICC(2).

References
----------
James, L. R., Demaree, R. G. & Wolf, G. (1984). Estimating within-group interrater reliability with and without response
    bias. Journal of Applied Psychology 69, 85-98. (r_wg, r_wg(j); distributions of the skewed nulls)
Bliese, P. D. (2000). Within-group agreement, non-independence, and reliability. In Klein & Kozlowski (eds), Multilevel
    Theory, Research, and Methods in Organizations, 349-381. Jossey-Bass. (ICC(1), ICC(2))
Shrout, P. E. & Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin 86, 420-428. (k0, interval)
LeBreton, J. M. & Senter, J. L. (2008). Answers to 20 questions about interrater reliability and interrater agreement.
    Organizational Research Methods 11, 815-852. (expected variances of the nulls)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import EstimationError

SKEWED_NULLS = {"slight_skew": 1.34, "moderate_skew": 0.90, "heavy_skew": 0.44}  # five options only
Null = Literal["uniform", "slight_skew", "moderate_skew", "heavy_skew"]


class Intraclass(NamedTuple):
    """One-way analysis of variance over units; `icc1` may be below zero. `k` is the respondents per unit it used."""

    icc1: float
    icc2: float
    f_statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    k: float
    n: int
    n_units: int


def expected_variance(n_options: int, null: Null = "uniform") -> float:
    """Variance of answers without any agreement, in squared scale points.

    Parameters
    ----------
    n_options : int
        Answers to choose from.
    null : {"uniform", "slight_skew", "moderate_skew", "heavy_skew"}
        How people would answer by chance; the skewed ones are tabled for five options only.

    Examples
    --------
    >>> expected_variance(5), expected_variance(5, "heavy_skew")
    (2.0, 0.44)
    """
    if null == "uniform":
        return (n_options**2 - 1) / 12
    if null not in SKEWED_NULLS or n_options != 5:
        raise EstimationError(
            f"expected_variance: found null {null!r} with {n_options} options, expected 'uniform', or for 5 options "
            f"one of {', '.join(SKEWED_NULLS)}. Use null='uniform'."
        )
    return SKEWED_NULLS[null]


def r_wg(ratings: Sequence[float] | pd.Series, n_options: int, *, null: Null = "uniform", clip: bool = True) -> float:
    """Agreement of one unit on one item, 1 = all alike; NaN with fewer than two answers.

    Parameters
    ----------
    ratings : sequence of float
        Answers of one unit, missing ones ignored.
    n_options : int
        Answers to choose from.
    null : str
        See `expected_variance`.
    clip : bool
        Give 0 instead of a negative value, as James, Demaree & Wolf (1984) do.

    Examples
    --------
    >>> r_wg([4, 4, 5, 3, 4], 5), r_wg([2, 5, 1, 4, 3], 5), r_wg([2, 5, 1, 4, 3], 5, clip=False)
    (0.75, 0.0, -0.25)
    """
    values = np.asarray(ratings, dtype=float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float("nan")
    agreement = 1 - values.var(ddof=1) / expected_variance(n_options, null)
    return float(max(agreement, 0.0) if clip else agreement)


def r_wg_j(variance_ratio: NDArray[Any] | float, n_items: int) -> Any:
    """Agreement over `n_items` items from s²/σ²: mean item variance over the variance without agreement; 0 if above 1.

    Examples
    --------
    >>> r_wg_j(0.5 / 2, 5)
    0.9375
    """
    ratio = np.asarray(variance_ratio, dtype=float)
    shared = n_items * (1 - ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(ratio > 1, 0.0, shared / (shared + ratio))
    values = np.where(np.isnan(ratio), np.nan, values)
    return float(values) if values.ndim == 0 else values


def intraclass(
    values: Sequence[float] | pd.Series,
    units: Sequence[Any] | pd.Series,
    *,
    k: Literal["mean", "k0"] = "mean",
    conf_level: float = 0.95,
) -> Intraclass:
    """ICC(1) and ICC(2) of one score over units, with F and the interval of ICC(1).

    Parameters
    ----------
    values : sequence of float, shape (n,)
        Scores; missing ones are left out.
    units : sequence, shape (n,)
        Whose unit each score is of.
    k : {"mean", "k0"}
        Respondents per unit in ICC(1): N/G (as the R package multilevel), or (N - sum n²/N)/(G - 1) (as Bliese).
    conf_level : float
        Of the F-based interval of ICC(1), exact for units of equal size.

    Examples
    --------
    >>> result = intraclass([4, 4, 5, 3, 4, 2, 5, 1, 4, 3], list("aaaaabbbbb"))
    >>> round(result.icc1, 6), round(result.icc2, 6)
    (0.117647, 0.4)
    """
    from scipy.special import fdtrc, fdtri

    frame = pd.DataFrame({"value": np.asarray(values, dtype=float), "unit": np.asarray(units, dtype=object)}).dropna()
    sizes = frame.groupby("unit")["value"].count()
    n, n_units, nan = len(frame), len(sizes), float("nan")
    if n_units < 2 or n == n_units:
        return Intraclass(nan, nan, nan, nan, nan, nan, nan, n, n_units)
    means = frame.groupby("unit")["value"].transform("mean")
    df_between, df_within = n_units - 1, n - n_units
    between = float(((means - frame["value"].mean()) ** 2).sum()) / df_between
    within = float(((frame["value"] - means) ** 2).sum()) / df_within
    size = n / n_units if k == "mean" else (n - (sizes**2).sum() / n) / df_between
    if between + within == 0:
        return Intraclass(nan, nan, nan, nan, nan, nan, float(size), n, n_units)
    if within == 0:
        return Intraclass(1.0, 1.0, float("inf"), 0.0, nan, nan, float(size), n, n_units)
    ratio = between / within
    ends = [ratio / fdtri(df_between, df_within, level) for level in ((1 + conf_level) / 2, (1 - conf_level) / 2)]
    low, high = ((end - 1) / (end + size - 1) for end in ends)
    icc1 = (between - within) / (between + (size - 1) * within)
    icc2 = (between - within) / between if between else float("-inf")
    p_value = fdtrc(df_between, df_within, ratio)
    return Intraclass(float(icc1), float(icc2), ratio, float(p_value), float(low), float(high), float(size), n, n_units)
