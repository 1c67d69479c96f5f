"""Reliability of difference scores from that of their parts: usually below both.

References
----------
Peter, J. P., Churchill, G. A. & Brown, T. J. (1993). Caution in the use of difference scores in consumer research.
    Journal of Consumer Research 19(4), 655-662.
Johns, G. (1981). Difference score measures of organizational behavior variables. Organizational Behavior and Human
    Performance 27, 443-463.
Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 6. Chapman & Hall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.languages import ENGLISH, Words
from cemlab.measures.form_scores import chosen_pairs, complete_rows, sides_of
from cemlab.measures.resampled_sums import resampled_sums
from cemlab.resampling import bootstrap_std_error
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
ALL_PAIRS = "all pairs"
ONE_PAIR = "A single pair has no internal consistency."
FEW_COMPLETE = "Too few respondents answered every pair."
STILL = "One side, or the difference, does not vary."
ORDER = (
    *("dimension", "n", "n_items", "estimate", "conf_low", "conf_high", "alpha_perception", "alpha_expectation"),
    *("r_sides", "sd_perception", "sd_expectation", "note"),
)


@dataclass(frozen=True, kw_only=True)
class DifferenceReliabilityResult(Result):
    """A row a dimension, then all pairs: reliability of the gap scores and what it is made of."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Reliability of the gap scores of each dimension with its interval and the conventional cut.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of dimensions.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = names or {}
        labels = [words(ALL_PAIRS) if name == ALL_PAIRS else shown.get(name, name) for name in self.table["dimension"]]
        ends = [self.table[column].tolist() for column in ("estimate", "conf_low", "conf_high")]
        cut = threshold("alpha").value
        ax = new_axes(ax, words=words)
        intervals(ax, labels, *ends, words=words, axis_label=words("Reliability of the gap scores"), reference=cut)
        caption = words(
            "{n} respondents; dashed: the conventional {cut}.", n=words.number(self.info["n_obs"]),
            cut=words.number(cut, 2),
        )  # fmt: skip
        return finish(ax, words=words, title=words("How reliable the gap scores are"), caption=caption)


def difference_reliability(
    reliability_p: float, reliability_e: float, correlation: float, sd_p: float, sd_e: float
) -> float:
    """Reliability of P - E, at most 1, from the reliabilities, standard deviations and correlation of P and E.

    r_D = (s_P² r_PP + s_E² r_EE - 2 r_PE s_P s_E) / (s_P² + s_E² - 2 r_PE s_P s_E).

    Parameters
    ----------
    reliability_p, reliability_e : float
        Of perception and expectation, at most 1.
    correlation : float
        Of perception with expectation, -1 to 1.
    sd_p, sd_e : float
        Standard deviations, in one unit.

    Returns
    -------
    float
        NaN where the difference does not vary.

    References
    ----------
    Peter, Churchill & Brown (1993); Johns (1981).

    Examples
    --------
    >>> round(difference_reliability(0.8, 0.8, 0.5, 1.0, 1.0), 6)
    0.6
    """
    if not (-1 <= correlation <= 1 and sd_p >= 0 and sd_e >= 0 and max(reliability_p, reliability_e) <= 1):
        raise DataError(
            f"difference_reliability: found correlation {correlation}, sd {sd_p} and {sd_e}, reliabilities "
            f"{reliability_p} and {reliability_e}, expected -1 to 1, at least 0, at most 1. Correct them."
        )
    shared = 2 * correlation * sd_p * sd_e
    total = sd_p**2 + sd_e**2 - shared
    return float("nan") if total <= 0 else (sd_p**2 * reliability_p + sd_e**2 * reliability_e - shared) / total


def assess_difference_reliability(
    survey: pd.DataFrame, codebook: pd.DataFrame, *, conf_level: float = 0.95, n_boot: int = 2000, seed: int = 1
) -> DifferenceReliabilityResult:
    """Reliability of the gap scores of each dimension (at most 1), with Cronbach's alpha as that of each side.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item, reversed items already turned.
    codebook : DataFrame
        item, attribute, role; construct = dimension.
    conf_level : float
        Level of the intervals: normal on log(1 - r_D), standard error by bootstrap of respondents.
    n_boot, seed : int
        Resamples, and where they start.

    Returns
    -------
    DifferenceReliabilityResult
        `table`: dimension ("all pairs" in the last row), n (complete respondents), n_items (pairs), estimate,
        conf_low, conf_high, alpha_perception, alpha_expectation, r_sides, sd_perception, sd_expectation (of the mean
        scores, scale points), note.

    Raises
    ------
    DataError
        A column that is not there.
    EstimationError
        No attribute has both roles.

    References
    ----------
    Peter, Churchill & Brown (1993), Journal of Consumer Research 19(4), 655-662.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> mood = rng.normal(size=(200, 2))
    >>> columns = [(f"{side}{i}", j) for i in (1, 2) for j, side in enumerate("ep")]
    >>> survey = pd.DataFrame({name: mood[:, j] + rng.normal(size=200) for name, j in columns})
    >>> codebook = pd.DataFrame({"item": ["e1", "p1", "e2", "p2"], "attribute": ["a", "a", "b", "b"],
    ...                          "role": ["expectation", "perception"] * 2, "construct": "care"})
    >>> assess_difference_reliability(survey, codebook, n_boot=50).table["dimension"].tolist()
    ['care', 'all pairs']
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    everything = chosen_pairs(survey, codebook, None)
    rows, n_obs = [], 0
    for name in (*everything.dimensions, None):
        pairs = everything if name is None else chosen_pairs(survey, codebook, name)
        sides = sides_of(survey, pairs)
        known = complete_rows(*sides)
        n_obs = max(n_obs, int(known.sum()))
        row = _row(sides[1][known], sides[0][known], conf_level, n_boot, seed)
        rows.append({"dimension": ALL_PAIRS if name is None else name, **row})
    info = {
        "n_obs": n_obs,
        "n_dropped": len(survey) - n_obs,
        "method": "classical formula with alpha of each side over complete answers; normal interval on log(1 - r_D), "
        "standard error by bootstrap of respondents",
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    return DifferenceReliabilityResult(table=pd.DataFrame(rows).reindex(columns=list(ORDER)), info=info)


def _row(perception: Matrix, expectation: Matrix, conf_level: float, n_boot: int, seed: int) -> dict[str, Any]:
    n, k = perception.shape
    head = {"n": n, "n_items": k}
    if k < 2 or n < 3:
        return {**head, "note": ONE_PAIR if k < 2 else FEW_COMPLETE}
    p, e = perception - perception.mean(axis=0), expectation - expectation.mean(axis=0)
    sums = np.column_stack([p.sum(axis=1), e.sum(axis=1)])
    parts = np.column_stack([np.ones(n), p, e, sums**2, sums.prod(axis=1), (p**2).sum(axis=1), (e**2).sum(axis=1)])
    found = _of_sums(parts.sum(axis=0), k)
    if not np.isfinite(found[0]):
        return {**head, "note": STILL}
    draws = _of_sums(resampled_sums(parts, n_boot, seed), k)[0]
    half = normal_quantile(conf_level) * float(bootstrap_std_error(np.log(np.maximum(1 - draws, 1e-12))))
    low, high = (1 - (1 - float(found[0])) * float(np.exp(side * half)) for side in (1, -1))
    names = ("estimate", "alpha_perception", "alpha_expectation", "r_sides", "sd_perception", "sd_expectation")
    return {**head, **dict(zip(names, map(float, found), strict=True)), "conf_low": low, "conf_high": high, "note": ""}


def _of_sums(sums: Matrix, k: int) -> list[Matrix]:
    """r_D, alpha of P, alpha of E, their correlation and standard deviations of mean scores, from sums over rows."""
    n = sums[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_p, mean_e = sums[..., 1 : k + 1] / n[..., None], sums[..., k + 1 : 2 * k + 1] / n[..., None]
        square_p, square_e, crossed, own_p, own_e = (sums[..., 2 * k + 1 + j] / n for j in range(5))
        total_p, total_e = mean_p.sum(axis=-1), mean_e.sum(axis=-1)
        var_p, var_e, cov = square_p - total_p**2, square_e - total_e**2, crossed - total_p * total_e
        alpha_p = k / (k - 1) * (1 - (own_p - (mean_p**2).sum(axis=-1)) / np.where(var_p > 1e-12, var_p, np.nan))
        alpha_e = k / (k - 1) * (1 - (own_e - (mean_e**2).sum(axis=-1)) / np.where(var_e > 1e-12, var_e, np.nan))
        spread = var_p + var_e - 2 * cov
        r_d = (var_p * alpha_p + var_e * alpha_e - 2 * cov) / np.where(spread > 1e-12, spread, np.nan)
        small = np.sqrt(n / (n - 1)) / k
        return [r_d, alpha_p, alpha_e, cov / np.sqrt(var_p * var_e), np.sqrt(var_p) * small, np.sqrt(var_e) * small]
