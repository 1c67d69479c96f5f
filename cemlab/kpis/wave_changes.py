"""The change between two waves that share respondents: paired where everybody is, independent where nobody is.

The scores of people who answered in both waves give the covariance of the two estimates, which is taken off twice
from the variance of the change.

References
----------
Kish, L. (1965). Survey Sampling, section 12.4. Wiley. (variance of a change when part of the sample is kept)
Derrick, B., Russ, B., Toher, D. & White, P. (2017). Test statistics for the comparison of means for two samples that
include both paired and independent observations. J. Modern Applied Statistical Methods 16(1), 137-157. (df)
Zou, G. Y. (2008). On the estimation of additive interaction by use of the four-by-two table. Am. J. Epidemiology 168,
212-224. (intervals of sums from the intervals of correlated parts)
Newcombe, R. G. (1998). Improved confidence intervals for the difference between binomial proportions based on paired
data. Statistics in Medicine 17, 2635-2650. (the same with Wilson's intervals)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr, stdtrit

from cemlab.intervals import normal_quantile
from cemlab.kpis.ratings import ADDED, ADDED_N
from cemlab.kpis.wave_samples import NO_SPREAD, ONE_PERSON, ROUNDING, Kind, Wave

NOBODY_THEN = "No answer in one of the two waves."
NO_TEST = "The answers do not vary: no test; read the interval."
NO_CHANGES_DIFFER = "Everybody changed by the same amount: no interval and no test."


class Change(NamedTuple):
    """Later minus earlier wave: estimate, std_error, statistic, df, p_value, effect_size, low, high, n_repeated."""

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    effect_size: float
    low: float
    high: float
    n_repeated: int
    note: str


def compare_waves(before: Wave, after: Wave, *, kind: Kind, conf_level: float) -> Change:
    """Change from one wave to another, honouring the respondents that both have.

    Parameters
    ----------
    before, after : Wave
        From `measure_wave`, with the same codes for the same people.
    kind : {"mean", "share", "nps"}
        Mean: t test and interval with the df of Derrick et al. (2017); share: score test (McNemar's with everybody
        in both waves) and Newcombe's interval; nps: Wald test, adjusted Wald interval. With shared respondents net
        shares and weighted shares use the t quantile: the normal one covered 92 % at n = 30.
    conf_level : float
        Level of the interval.
    """
    change = after.estimate - before.estimate
    if not before.n or not after.n:
        return _untested(change, 0, NOBODY_THEN)
    shared = len(in_both(before, after)[0])
    if kind == "mean" and min(len(before.people), len(after.people)) < 2:
        return _untested(change, shared, ONE_PERSON)
    variance, correlation = _variance(before, after, kind)
    found = _untested(change, shared, "")._replace(
        std_error=float(np.sqrt(variance)), effect_size=_effect(before, after, kind)
    )
    if kind == "mean":
        return _mean_change(found, before, after, conf_level)
    df = _degrees(before, after, shared) if _needs_t(before, after, shared, kind) else np.nan
    ends = _adjusted_wald if kind == "nps" else _square_and_add
    low, high = ends(before, after, correlation, conf_level, _stretch(df, conf_level))
    found = found._replace(low=low, high=high)
    if kind == "share":
        df, error = np.nan, float(np.sqrt(_null_variance(before, after)))
    else:
        error = found.std_error if min(before.variance, after.variance) > 0 else 0.0
    if not error > 0:
        return found._replace(note=NO_TEST)
    z = change / error
    return found._replace(
        statistic=z, df=df, p_value=float(2 * (ndtr(-abs(z)) if np.isnan(df) else stdtr(df, -abs(z))))
    )


def _needs_t(before: Wave, after: Wave, shared: int, kind: Kind) -> bool:
    """With shared respondents the normal quantile is too short for net shares, and for shares whose weights vary."""
    weighted = any(wave.n_effective < wave.n * (1 - ROUNDING) for wave in (before, after))
    return shared > 0 and (kind == "nps" or weighted)


def _stretch(df: float, conf_level: float) -> float:
    """How much longer the t quantile is than the normal one."""
    if np.isnan(df):
        return 1.0
    return float(stdtrit(df, (1 + conf_level) / 2)) / normal_quantile(conf_level)


def in_both(before: Wave, after: Wave) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the people who answered in both waves, in each of them."""
    place = np.searchsorted(after.people, before.people)  # both ascend
    found = place < len(after.people)
    found[found] = after.people[place[found]] == before.people[found]
    return np.flatnonzero(found), place[found]


def _variance(before: Wave, after: Wave, kind: Kind) -> tuple[float, float]:
    """Variance of the change, and the correlation of the two estimates; a variance of rounding only is 0."""
    left, right = in_both(before, after)
    n, m, shared = len(before.people), len(after.people), len(left)
    unbiased = 1 / (1 - 1 / n - 1 / m + shared / (n * m)) if kind == "mean" and shared else 1.0
    covariance = unbiased * float(before.scores[left] @ after.scores[right])
    limit = float(np.sqrt(before.variance * after.variance))
    covariance = min(max(covariance, -limit), limit)
    total = before.variance + after.variance
    variance = total - 2 * covariance
    return (variance if variance > ROUNDING * total else 0.0), (covariance / limit if limit > 0 else 0.0)


def _untested(change: float, shared: int, note: str) -> Change:
    return Change(float(change), *(np.nan,) * 7, shared, note)


def _mean_change(found: Change, before: Wave, after: Wave, conf_level: float) -> Change:
    if not found.std_error > 0:
        note = NO_CHANGES_DIFFER if before.variance > 0 else NO_SPREAD
        return found._replace(std_error=np.nan, note=note)
    df = _degrees(before, after, found.n_repeated)
    t = found.estimate / found.std_error
    half = float(stdtrit(df, (1 + conf_level) / 2)) * found.std_error
    return found._replace(
        statistic=t, df=df, p_value=float(2 * stdtr(df, -abs(t))), low=found.estimate - half, high=found.estimate + half
    )


def _degrees(before: Wave, after: Wave, shared: int) -> float:
    """Derrick et al. (2017), T_new2: Welch's df without, n - 1 with everybody in both; counts are effective ones."""
    kept = shared * np.sqrt(before.n_independent * after.n_independent / (len(before.people) * len(after.people)))
    parts = [(wave.variance, max(wave.n_independent - 1, ROUNDING)) for wave in (before, after)]
    welch = sum(v for v, _ in parts) ** 2 / sum(v**2 / n for v, n in parts)
    both = before.n_independent + after.n_independent
    return float(max(kept - 1 + (welch - kept + 1) * (both - 2 * kept) / both, 1.0))


def _square_and_add(
    before: Wave, after: Wave, correlation: float, _conf_level: float, stretch: float
) -> tuple[float, float]:
    """Interval of a difference from the intervals of its two correlated parts (Newcombe 1998, Zou 2008)."""
    change, lengths = after.estimate - before.estimate, []
    for one, other in (
        (after.estimate - after.low, before.high - before.estimate),
        (after.high - after.estimate, before.estimate - before.low),
    ):
        lengths.append(stretch * np.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0)))
    return float(max(change - lengths[0], -1.0)), float(min(change + lengths[1], 1.0))


def _adjusted_wald(
    before: Wave, after: Wave, correlation: float, conf_level: float, stretch: float
) -> tuple[float, float]:
    """Half of Rocks' additions to each sample, as in `kpis.differences`, with the estimates' correlation."""
    nets, errors = [], []
    for wave in (before, after):
        total = wave.size + ADDED_N / 2
        up, down = ((side * wave.size + ADDED / 2) / total for side in (wave.upper, wave.lower))
        nets.append(up - down)
        errors.append(np.sqrt((up + down - nets[-1] ** 2) / total))
    variance = errors[0] ** 2 + errors[1] ** 2 - 2 * correlation * errors[0] * errors[1]
    half = stretch * normal_quantile(conf_level) * np.sqrt(max(variance, 0.0))
    return float(max(nets[1] - nets[0] - half, -2.0)), float(min(nets[1] - nets[0] + half, 2.0))


def _null_variance(before: Wave, after: Wave) -> float:
    """Variance of the difference of two shares if they are equal: McNemar's with everybody in both, else pooled."""
    sizes = before.size, after.size
    common = (sizes[0] * before.estimate + sizes[1] * after.estimate) / sum(sizes)
    if not ROUNDING < common < 1 - ROUNDING:
        return 0.0
    left, right = in_both(before, after)
    parts = [wave.scores + wave.shares * (wave.estimate - common) for wave in (before, after)]
    squares = sum(float(part @ part) for part in parts)
    kept = 1 - 2 * float(parts[0][left] @ parts[1][right]) / squares
    return common * (1 - common) * (1 / sizes[0] + 1 / sizes[1]) * (kept if kept > ROUNDING else 0.0)


def _effect(before: Wave, after: Wave, kind: Kind) -> float:
    """Cohen's h of two shares; otherwise the change over the root mean of the two variances."""
    if kind == "share":
        first, last = (2 * np.arcsin(np.sqrt(min(max(wave.estimate, 0.0), 1.0))) for wave in (before, after))
        return float(last - first)
    sd = float(np.sqrt((before.sd**2 + after.sd**2) / 2))
    return (after.estimate - before.estimate) / sd if sd > 0 else float("nan")
