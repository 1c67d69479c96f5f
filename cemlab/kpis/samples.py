"""What a group's answers say: a share, a net share or a mean, with its standard error, design effect and interval."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cemlab.intervals import bounded_interval, interval_size, wilson
from cemlab.kpis.ratings import net_interval
from cemlab.weighting import weighted_means

Array = NDArray[np.float64]
NO_ANSWER = "No answer in this group."
ONE_CLASS = "All answers fall into one class: the standard error is zero and tells nothing; read the interval."
NO_SPREAD = "The answers do not vary or there is only one: no interval of the mean."


class Sample(NamedTuple):
    """A statistic of one group's answers; shares and net shares as parts of 1, means in scale points.

    Attributes
    ----------
    kind : str
        share, net (one share minus another) or mean.
    estimate, std_error, low, high : float
        The linearised standard error, the ends of the interval.
    variance : float
        Of a single answer.
    n, n_effective, size : float
        Answers; Kish's effective n of the weights; the answers that the interval counts with.
    design_effect : float
        Squared standard error over that of an unweighted sample of the same n and variance.
    upper, lower : float
        The two shares of a net share.
    note : str
        Why something is missing.
    """

    kind: str
    estimate: float
    std_error: float
    low: float
    high: float
    variance: float
    n: int
    n_effective: float
    size: float
    design_effect: float
    upper: float
    lower: float
    note: str

    def cells(self) -> dict[str, Any]:
        """Give the cells of a table's row: shares and net shares in percent or points, means as they are."""
        unit = 1 if self.kind == "mean" else 100
        return {
            "estimate": unit * self.estimate,
            "std_error": unit * self.std_error,
            "conf_low": unit * self.low,
            "conf_high": unit * self.high,
            "n": self.n,
            "n_effective": self.n_effective,
            "design_effect": self.design_effect,
            "note": self.note,
        }


def share_sample(hits: Array, weights: Array, conf_level: float) -> Sample:
    """Share of ones among zeros and ones (NaN where not answered), with Wilson's interval."""
    found = weighted_means(hits[:, None], weights, ddof=0)
    n, share = int(found.n[0]), min(float(found.mean[0]), 1.0)
    se, kish = float(found.std_error[0]), float(found.n_effective[0])
    variance = share * (1 - share)
    size = interval_size(variance, se, n, kish, conf_level)
    low, high = wilson(share, size, conf_level) if n else (np.nan, np.nan)
    effect = _design_effect(se, variance, n)
    return Sample("share", share, se, low, high, variance, n, kish, size, effect, share, 0.0, _note(n, se, ONE_CLASS))


def net_sample(upper: Array, lower: Array, weights: Array, conf_level: float) -> Sample:
    """Share of ones in `upper` minus share of ones in `lower`, with the adjusted Wald interval."""
    found = weighted_means(np.column_stack([upper - lower, upper, lower]), weights, ddof=0)
    n, se, kish = int(found.n[0]), float(found.std_error[0]), float(found.n_effective[0])
    net, up, down = (float(value) for value in found.mean)
    variance = max(up + down - net**2, 0.0) if n else np.nan
    size = interval_size(variance, se, n, kish, conf_level)
    low, high = net_interval(up, down, size, conf_level) if n else (np.nan, np.nan)
    effect = _design_effect(se, variance, n)
    return Sample("net", net, se, low, high, variance, n, kish, size, effect, up, down, _note(n, se, ONE_CLASS))


def mean_sample(values: Array, weights: Array, scale: tuple[float, float], conf_level: float) -> Sample:
    """Mean of answers on a scale with these ends, with the t interval of its logit; NaN where they do not vary."""
    found = weighted_means(values[:, None], weights)
    n, mean, kish = int(found.n[0]), float(found.mean[0]), float(found.n_effective[0])
    varies = bool(found.std_error[0] > 0)
    se, variance = (float(found.std_error[0]), float(found.sd[0]) ** 2) if varies else (np.nan, np.nan)
    low, high = bounded_interval(mean, se, kish - 1, scale, conf_level)
    effect, nothing = _design_effect(se, variance, n), np.nan
    note = _note(n, se if varies else 0.0, NO_SPREAD)
    return Sample("mean", mean, se, low, high, variance, n, kish, n, effect, nothing, nothing, note)


def _note(n: int, std_error: float, if_constant: str) -> str:
    return NO_ANSWER if not n else (if_constant if std_error == 0 else "")


def _design_effect(std_error: float, variance: float, n: int) -> float:
    return std_error**2 * n / variance if n and variance > 1e-15 else np.nan
