"""Differences between groups or waves of a share, a net share or a mean: interval, test, Holm over all pairs.

Groups are taken as independent samples. Estimate = group - reference, the reference standing before the group in the
labels' order (an earlier wave). Shares: pooled z test and Newcombe's interval. Means: Welch's t test and the same
square-and-add interval from the means' own ends. Net shares: z test with the scores' own standard errors and an
adjusted Wald interval that adds to each sample half of what Rocks adds to a single one, as Agresti and Caffo halve the
additions of Agresti and Coull; cemlab's own choice, by coverage (`tests/benchmarks/coverage_ratings.md`).

References
----------
Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in Medicine
    17, 873-890. (method 10)
Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures. Statistics in Medicine 27,
    1693-1702. (square and add)
Agresti, A. & Caffo, B. (2000). Simple and effective confidence intervals for proportions and differences of
    proportions. The American Statistician 54(4), 280-288.
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (h, d)
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from cemlab.intervals import normal_quantile
from cemlab.kpis.ratings import ADDED, ADDED_N
from cemlab.kpis.samples import Sample
from cemlab.multiplicity import holm

Array = NDArray[np.float64]
Sides = dict[str, Array]  # a field of Sample -> its value in the one or the other group of each pair
NUMBERS = ("estimate", "std_error", "low", "high", "variance", "n", "n_effective", "size", "upper", "lower")
EMPTY_GROUP = "One of the two groups has no answer."
NO_TEST = "The answers of one of the two groups do not vary: no test; read the interval."
MOST_GROUPS = 300  # all pairs of more groups are not compared
COLUMNS = (
    *("group", "reference", "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted", "effect_size"),
    *("conf_low", "conf_high", "n", "n_reference", "note"),
)
METHODS = {
    "share": "pooled z; Newcombe's interval; Cohen's h; Holm over all pairs",
    "net": "z; adjusted Wald interval (half of Rocks' additions to each sample); d; Holm over all pairs",
    "mean": "Welch t; square-and-add interval; d; Holm over all pairs",
}


class _Test(NamedTuple):
    statistic: Array
    df: Array
    p_value: Array


def compare_samples(names: Sequence[str], samples: Sequence[Sample], conf_level: float) -> pd.DataFrame:
    """Every later group minus every earlier one, in the samples' unit (percent, points, scale points); positive = more.

    Parameters
    ----------
    names : sequence of str
        The groups' labels, in order.
    samples : sequence of Sample
        One a group, all of one kind.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        group, reference, estimate, std_error, statistic, df, p_value, p_adjusted (Holm), effect_size, conf_low,
        conf_high, n, n_reference, note; no row for one group or for more than 300.
    """
    first, second = np.triu_indices(len(samples) if len(samples) <= MOST_GROUPS else 0, k=1)
    if not len(first):
        return pd.DataFrame(columns=list(COLUMNS))
    kind = samples[0].kind
    columns = {name: np.array([getattr(sample, name) for sample in samples]) for name in NUMBERS}
    a, b = ({name: values[rows] for name, values in columns.items()} for rows in (second, first))
    unit = 1 if kind == "mean" else 100
    estimate, std_error = a["estimate"] - b["estimate"], np.hypot(a["std_error"], b["std_error"])
    empty = (a["n"] == 0) | (b["n"] == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        test = _test(kind, a, b, estimate, std_error)
        low, high = _adjusted_wald(a, b, conf_level) if kind == "net" else _square_and_add(a, b, estimate)
        effect = _effect(kind, a, b, estimate)
    untested = np.isnan(test.p_value)
    return pd.DataFrame(
        {
            "group": np.array(names, dtype=object)[second],
            "reference": np.array(names, dtype=object)[first],
            "estimate": unit * estimate,
            "std_error": unit * std_error,
            "statistic": test.statistic,
            "df": test.df,
            "p_value": test.p_value,
            "p_adjusted": holm(test.p_value),
            "effect_size": effect,
            "conf_low": unit * low,
            "conf_high": unit * high,
            "n": a["n"],
            "n_reference": b["n"],
            "note": np.select([empty, untested], [EMPTY_GROUP, NO_TEST], default=""),
        },
        columns=list(COLUMNS),
    )


def _test(kind: str, a: Sides, b: Sides, estimate: Array, std_error: Array) -> _Test:
    """Pooled z of shares, z of net shares, Welch's t of means; NaN where a group does not vary (shares: neither)."""
    nothing = np.full(len(estimate), np.nan)
    if kind == "mean":
        parts = [x["std_error"] ** 2 for x in (a, b)]
        spare = [x["n_effective"] - 1 for x in (a, b)]
        df = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / spare[0] + parts[1] ** 2 / spare[1])
        statistic = estimate / std_error
        return _Test(statistic, df, 2 * stdtr(df, -np.abs(statistic)))
    if kind == "share":
        pooled = (a["size"] * a["estimate"] + b["size"] * b["estimate"]) / (a["size"] + b["size"])
        scale = np.sqrt(pooled * (1 - pooled) * (1 / a["size"] + 1 / b["size"]))
    else:
        scale = np.where((a["std_error"] > 0) & (b["std_error"] > 0), std_error, np.nan)
    statistic = np.where(scale > 0, estimate / scale, np.nan)
    return _Test(statistic, nothing, 2 * ndtr(-np.abs(statistic)))


def _adjusted_wald(a: Sides, b: Sides, conf_level: float) -> tuple[Array, Array]:
    nets, variances = [], []
    for x in (a, b):
        total = x["size"] + ADDED_N / 2
        up, down = (x[side] * x["size"] + ADDED / 2 for side in ("upper", "lower"))
        nets.append((up - down) / total)
        variances.append(((up + down) / total - nets[-1] ** 2) / total)
    middle, half = nets[0] - nets[1], normal_quantile(conf_level) * np.sqrt(variances[0] + variances[1])
    return np.maximum(middle - half, -2), np.minimum(middle + half, 2)


def _square_and_add(a: Sides, b: Sides, estimate: Array) -> tuple[Array, Array]:
    below = [x["estimate"] - x["low"] for x in (a, b)]
    above = [x["high"] - x["estimate"] for x in (a, b)]
    return estimate - np.hypot(below[0], above[1]), estimate + np.hypot(above[0], below[1])


def _effect(kind: str, a: Sides, b: Sides, estimate: Array) -> Array:
    """Cohen's h of shares; else the difference in standard deviations (root of the mean variance)."""
    if kind == "share":
        return 2 * (np.arcsin(np.sqrt(a["estimate"])) - np.arcsin(np.sqrt(b["estimate"])))
    spread = np.sqrt((a["variance"] + b["variance"]) / 2)
    return np.where(spread > 0, estimate / spread, np.nan)
