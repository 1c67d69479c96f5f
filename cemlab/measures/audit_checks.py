"""The checks of one printed row: what the other printed numbers, and their rounding, allow each number to be.

References
----------
Bhatia, R. & Davis, C. (2000). A better bound on the variance. American Mathematical Monthly 107, 353-357.
Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8, 363-369.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from cemlab.measures.printed import TOLERANCE, Printed, difference, quotient, times
from cemlab.thresholds import threshold

Holds = Literal["yes", "by rounding", "unlikely", "no"]
Row = Mapping[str, Printed]

DIFFERENCE = "The printed difference is not that of the printed means."
SIGN = "The sign of the difference is opposite to that of the other rows."
T_INTERVAL = "The printed t does not belong to the printed interval."
T_SD = "The printed t does not belong to the printed standard deviation of the gap."
SD_INTERVAL = "The printed standard deviation of the gap does not belong to the printed interval."
CENTRE = "The interval is not centred on the gap."
ORDER = "The lower end of the interval lies above its upper end."
CORRELATION = "The two sides would correlate beyond -1 or 1."
UNUSUAL = "The two sides would correlate less or more than they usually do."
P_VALUE = "The printed p does not belong to the t."
MEAN = "A mean lies outside the scale."
SPREAD = "A standard deviation is impossible for its mean on this scale."
NEGATIVE = "A standard deviation is below zero."
WHOLE = "No sum of whole answers of this many people has the printed mean."
DIFFERENCES = (
    ("gap", "P_mean", "E_mean"),
    ("MSA", "P_mean", "M_mean"),
    ("MSS", "P_mean", "D_mean"),
)
SIDES = ("E", "P", "M", "D")


class Check(NamedTuple):
    """One check: what is printed, what the rest allows, and whether that fits."""

    check: str
    holds: Holds
    found: float
    low: float
    high: float
    note: str


class Spread(NamedTuple):
    """The standard deviation of the gap and which printed number it comes from."""

    source: str
    sd: Printed


def check(name: str, printed: Printed, allowed: Printed, problem: str) -> Check:
    """Whether a printed number is one that the others allow."""
    holds: Holds = "yes" if printed.meets(allowed) else "no"
    return Check(name, holds, printed.value, allowed.low, allowed.high, "" if holds == "yes" else problem)


def check_differences(row: Row, sign: int) -> Iterator[Check]:
    """Gap, adequacy and superiority against the printed means; `sign` 1: perception - expectation."""
    for name, left, right in DIFFERENCES:
        if not {name, left, right} <= set(row):
            continue
        allowed = difference(row[left], row[right])
        allowed = allowed.negative() if sign < 0 and name == "gap" else allowed
        found = check(f"{name} and means", row[name], allowed, DIFFERENCE)
        if found.holds == "no" and row[name].negative().meets(allowed):
            found = found._replace(note=SIGN)
        elif found.holds == "yes" and abs(row[name].value - allowed.value) > TOLERANCE:
            found = found._replace(holds="by rounding")
        yield found


def gap_size(row: Row) -> Printed | None:
    """What |gap| may be by the printed gap and the printed means together."""
    means = difference(row["P_mean"], row["E_mean"]).size() if {"P_mean", "E_mean"} <= set(row) else None
    if "gap" not in row:
        return means
    return row["gap"].size().cut_to(means) if means else row["gap"].size()


def spreads(row: Row, conf_level: float) -> list[Spread]:
    """Every standard deviation of the gap that the row tells: printed, from t, from the interval."""
    found = [Spread("the printed SD", row["gap_sd"])] if "gap_sd" in row else []
    if "n" not in row or row["n"].value < 2:
        return found
    n, gap = row["n"].value, gap_size(row)
    if gap is not None and "t" in row:
        found.append(Spread("t", times(quotient(gap, row["t"].size()), math.sqrt(n))))
    if {"ci_low", "ci_high"} <= set(row):
        width = difference(row["ci_high"], row["ci_low"])
        if width.value > 0:
            half = Printed(width.value / 2, max(width.low, 0.0) / 2, width.high / 2)
            quantile = float(stdtrit(n - 1, (1 + conf_level) / 2))
            found.append(Spread("the interval", times(half, math.sqrt(n) / quantile)))
    return found


def implied_t(row: Row, known: list[Spread]) -> Printed | None:
    """|t| by the gap and a standard deviation that does not come from t."""
    gap, sources = gap_size(row), [spread.sd for spread in known if spread.source != "t"]
    if gap is None or not sources or "n" not in row:
        return None
    return times(quotient(gap, sources[-1]), math.sqrt(row["n"].value))


def implied_r(row: Row, sd: Printed) -> Printed:
    """Correlation of the sides, (s_E² + s_P² - s_gap²) / (2 s_E s_P), over everything the rounding allows."""
    ends = [np.maximum([side.low, side.high], 0.0) for side in (row["E_sd"], row["P_sd"])]
    values = []
    for gap in (sd.low, min(sd.high, 1e6)):
        for one, other in ((0, 1), (1, 0)):
            for b in ends[other]:
                turn = np.clip(math.sqrt(max(b**2 - gap**2, 0.0)), *ends[one])  # the lowest r for this b and gap
                values += [_r(float(a), float(b), gap) for a in (*ends[one], turn)]
    return Printed(_r(row["E_sd"].value, row["P_sd"].value, sd.value), min(values), max(values))


def _r(a: float, b: float, gap: float) -> float:
    return (a**2 + b**2 - gap**2) / (2 * a * b) if a > 0 and b > 0 else math.nan


def check_correlations(row: Row, known: list[Spread]) -> Iterator[Check]:
    """Whether the two sides may correlate so that the gap varies as much as printed."""
    if not {"E_sd", "P_sd"} <= set(row) or min(row["E_sd"].low, row["P_sd"].low) <= 0:
        return
    low, high = threshold("side_correlation_low").value, threshold("side_correlation_high").value
    for source, sd in known:
        r = implied_r(row, sd)
        name, ends = f"correlation by {source}", (r.value, r.low, r.high)
        if r.high < -1 or r.low > 1:
            yield Check(name, "no", *ends, CORRELATION)
        elif r.high < low or r.low > high:
            yield Check(name, "unlikely", *ends, UNUSUAL)
        else:
            yield Check(name, "yes", *ends, "")


def check_tests(row: Row, known: list[Spread], sd_by: Mapping[str, Printed]) -> Iterator[Check]:
    """t, interval, standard deviation of the gap and p against one another."""
    gap, n = gap_size(row), row["n"].value if "n" in row else math.nan
    if gap is not None and n >= 2 and "t" in row:
        for source, problem in (("the interval", T_INTERVAL), ("the printed SD", T_SD)):
            if source in sd_by:
                allowed = times(quotient(gap, sd_by[source]), math.sqrt(n))
                yield check(f"t and {source}", row["t"].size(), allowed, problem)
    if {"the interval", "the printed SD"} <= set(sd_by):
        yield check("SD of the gap and interval", row["gap_sd"], sd_by["the interval"], SD_INTERVAL)
    size = row["t"].size() if "t" in row else implied_t(row, known)
    if "p" in row and size is not None and n >= 2:
        df = row["df"].value if "df" in row else n - 1
        low, middle, high = (2 * float(stdtr(df, -t)) for t in (size.high, size.value, max(size.low, 0.0)))
        yield check("p and t", row["p"], Printed(middle, low, high), P_VALUE)


def check_interval(row: Row) -> Iterator[Check]:
    """Whether the interval is in order and centred on the gap."""
    if not {"ci_low", "ci_high"} <= set(row):
        return
    low, high = row["ci_low"], row["ci_high"]
    if low.value > high.value:
        yield Check("order of the interval", "no", low.value, -math.inf, high.value, ORDER)
    elif "gap" in row:
        centre = Printed((low.value + high.value) / 2, (low.low + high.low) / 2, (low.high + high.high) / 2)
        yield check("centre of the interval", row["gap"], centre, CENTRE)


def check_scale(row: Row, *, single_items: bool) -> Iterator[Check]:
    """Means and standard deviations against the scale; means of whole answers against n."""
    for side in SIDES:
        mean, sd = row.get(f"{side}_mean"), row.get(f"{side}_sd")
        if sd is not None and sd.value < 0:
            yield Check(f"{side}_sd", "no", sd.value, 0.0, math.inf, NEGATIVE)
        if mean is not None and {"scale_min", "scale_max"} <= set(row):
            scale = Printed(math.nan, row["scale_min"].value, row["scale_max"].value)
            inside = mean.low <= scale.high + TOLERANCE and mean.high >= scale.low - TOLERANCE
            yield Check(f"{side}_mean", "yes" if inside else "no", mean.value, scale.low, scale.high,
                        "" if inside else MEAN)  # fmt: skip
            if sd is not None and inside:
                yield check(f"{side}_sd", sd, Printed(0.0, 0.0, _largest_sd(mean, scale, row)), SPREAD)
        if single_items and mean is not None and "n" in row:
            n = row["n"].value
            total = math.ceil(mean.low * n - TOLERANCE * n)
            fits = total <= mean.high * n + TOLERANCE * n
            below, above = math.floor(mean.value * n) / n, math.ceil(mean.value * n) / n
            yield Check(f"{side}_mean of whole answers", "yes" if fits else "no", mean.value, below, above,
                        "" if fits else WHOLE)  # fmt: skip


def _largest_sd(mean: Printed, scale: Printed, row: Row) -> float:
    """Bhatia and Davis' bound for a sample, at the most favourable mean that the rounding allows."""
    best = float(np.clip((scale.low + scale.high) / 2, max(mean.low, scale.low), min(mean.high, scale.high)))
    n = row["n"].value if "n" in row else 2.0
    return math.sqrt((scale.high - best) * (best - scale.low) * n / max(n - 1, 1))
