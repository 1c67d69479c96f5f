"""Penalty-reward contrasts: what goes with low and with high ratings of an attribute, beside middle ones.

y = b0 + sum_j (p_j Low_j + r_j High_j); penalty p (expected below 0), reward r (expected above 0), in the outcome's
scale points; range of impact r - p; impact asymmetry (r - |p|) / (r + |p|) from -1 (basic) to 1 (excitement factor).

References
----------
Brandt, D. R. (1987). A procedure for identifying value-enhancing service components using customer satisfaction survey
    data. In C. Surprenant (ed.), Add Value to Your Service, 61-65. American Marketing Association.
Matzler, K. & Sauerwein, E. (2002). The factor structure of customer satisfaction. International Journal of Service
    Industry Management 13, 314-332.
Mikulić, J. & Prebežac, D. (2008). Prioritizing improvement of service attributes using impact range-performance
    analysis and impact-asymmetry analysis. Managing Service Quality 18, 559-576.
Long, J. S. & Ervin, L. H. (2000). The American Statistician 54, 217-224. (HC3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.models.contrast_draws import Array, categories, code_dummies, draw_contrasts, impact_asymmetry, signed_lmg
from cemlab.models.drivers import check_columns, expanded_level
from cemlab.models.regression import LinearFit, fit_least_squares
from cemlab.multiplicity import holm
from cemlab.resampling import bootstrap_std_error, percentile_interval
from cemlab.results import Result
from cemlab.thresholds import threshold
from cemlab.weighting import respondent_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL_CELL = "Fewer than 5 % of the rows in the low or the high cell: the contrast rests on few people."
WRONG_SIGN = "A penalty above 0 or a reward below 0: counted as 0 in the impact asymmetry."
BOTH_WRONG = "Neither a penalty below 0 nor a reward above 0: no impact asymmetry and no category."
TERMS = ["driver", "term", "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted", "conf_low", "conf_high",
         "share", "n", "note"]  # fmt: skip
ATTRIBUTES = ["driver", "penalty", "reward", "range_impact", "range_low", "range_high", "estimate", "conf_low",
              "conf_high", "factor", "stability", "n", "note"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PenaltyRewardResult(Result):
    """`table`: a row per driver and term (penalty, reward).

    Attributes
    ----------
    attributes : DataFrame
        driver, penalty, reward, range_impact with range_low, range_high; estimate (impact asymmetry, -1 to 1) with
        conf_low, conf_high; factor (basic, performance, excitement), stability (share of resamples in it), n, note.
    """

    attributes: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Penalty and reward of each driver with their intervals.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of drivers and outcome.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown, rows = names or {}, self.table
        ax = new_axes(ax, words=words)
        outcome = self.info["outcome"]
        split = self.info["variant"] == "lmg"
        intervals(
            ax, [shown.get(name, name) for name in rows["driver"]], rows["estimate"].tolist(),
            rows["conf_low"].tolist(), rows["conf_high"].tolist(), words=words, reference=0.0,
            axis_label=words("Share of variance") if split else words("Difference from middle ratings, scale points"),
            hues=[words({"penalty": "Low ratings", "reward": "High ratings"}[term]) for term in rows["term"]],
        )  # fmt: skip
        caption = words("{n} respondents. Not causal.", n=words.number(self.info["n_obs"]))
        title = words("Low and high ratings and {outcome}", outcome=shown.get(outcome, outcome))
        return finish(ax, words=words, title=title, caption=caption)


def contrast_penalties(
    data: pd.DataFrame,
    *,
    outcome: str,
    drivers: Sequence[str],
    coding: Literal["boxes", "tertiles"] = "boxes",
    low: float | None = None,
    high: float | None = None,
    variant: Literal["regression", "lmg"] = "regression",
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> PenaltyRewardResult:
    """Penalty (low) and reward (high) of each driver against middle ratings, in the outcome's scale points; not causal.

    A penalty above 0 or a reward below 0 contradicts the model; it counts as 0 in the impact asymmetry, so that this
    stays between -1 and 1 (cemlab's own rule, equal to the published formula wherever the signs are as expected).

    Parameters
    ----------
    data : DataFrame of shape (n_respondents, …)
        Numeric columns; rows complete in outcome and drivers enter.
    outcome : str
        The column to account for.
    drivers : sequence of str
        Rated attributes.
    coding : {"boxes", "tertiles"}
        Boxes: low is a rating at or below `low`, high at or above `high`. Tertiles: at or below the first, at or above
        the second tertile of each driver; where the two are equal, the driver is refused.
    low, high : float, optional
        Ends of the boxes, in scale points; needed with boxes.
    variant : {"regression", "lmg"}
        Coefficients with HC3 intervals; or, where drivers hang together, what each dummy accounts for in units of R²
        (LMG), with the sign of its correlation with the outcome and bootstrap intervals, without tests.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.
    n_boot : int
        Resamples of respondents, for impact asymmetry and categories.
    seed : int
        Of the resamples.

    Returns
    -------
    PenaltyRewardResult
        `table`: driver, term, estimate, std_error, statistic, df, p_value, p_adjusted (Holm over all terms), conf_low,
        conf_high, share (of rows in the cell), n (rows in the cell), note; `.attributes` as the class says.

    Raises
    ------
    DataError
        Unknown, repeated or non-numeric columns.
    EstimationError
        Boxes without ends or with ends that cross, an empty cell, too few rows, dummies that repeat one another.

    References
    ----------
    Brandt (1987); Matzler & Sauerwein (2002); Mikulić & Prebežac (2008).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.integers(1, 6, (300, 2)), columns=["clean", "fun"])
    >>> frame["overall"] = 4 - 2 * (frame["clean"] <= 2) + 2 * (frame["fun"] >= 4) + rng.normal(0, 0.5, 300)
    >>> result = contrast_penalties(frame, outcome="overall", drivers=["clean", "fun"], low=2, high=4, n_boot=100)
    >>> result.attributes["factor"].tolist()
    ['basic', 'excitement']
    """
    names = list(drivers)
    check_columns("contrast_penalties", data, [*names, outcome])
    ends = _check_coding(coding, low, high, variant, conf_level)
    w = respondent_weights(data[weights] if isinstance(weights, str) else weights, data.index)
    values = data[[*names, outcome]].to_numpy(dtype=float, na_value=np.nan)
    used = ~np.isnan(values).any(axis=1) & (w > 0)
    values, w = values[used], w[used]
    dummies = code_dummies(values[:, :-1], names, ends)
    design = np.column_stack([np.ones(len(values)), dummies])
    fit = fit_least_squares(values[:, -1], design, weights=w)
    draws = draw_contrasts(dummies, values[:, -1], w, variant, n_boot=n_boot, rng=np.random.default_rng(seed))
    level = expanded_level(conf_level, w.sum() ** 2 / (w @ w), dummies.shape[1])
    if variant == "regression":
        table = _regression_terms(fit, conf_level)
    else:
        table = _lmg_terms(signed_lmg(dummies, values[:, -1], w[None])[0], draws, level)
    attributes = _attributes(table, fit if variant == "regression" else None, draws, conf_level, level)
    table["share"], table["n"] = (w @ dummies) / w.sum(), dummies.sum(axis=0).astype(int)
    for frame, repeats in ((table, 2), (attributes, 1)):
        frame["driver"] = np.repeat(np.array(names, dtype=object), repeats)
        frame["note"] = np.repeat(np.array(_notes(table), dtype=object), repeats)
    attributes["n"] = len(values)
    info = {
        "n_obs": len(values), "n_dropped": int((~used).sum()), "outcome": outcome, "r_squared": fit.r_squared,
        "coding": coding, "low": low, "high": high, "variant": variant,
        "method": ("HC3 with t(n - k)" if variant == "regression" else "LMG of each dummy in units of R², bootstrap")
        + "; impact asymmetry: bootstrap, percentile expanded to the residual degrees of freedom; Holm over all terms",
        "conf_level": conf_level, "n_boot": n_boot, "seed": seed,
    }  # fmt: skip
    return PenaltyRewardResult(table=table[TERMS], attributes=attributes[ATTRIBUTES], info=info)


def _check_coding(
    coding: str, low: float | None, high: float | None, variant: str, conf_level: float
) -> tuple[float, float] | None:
    """The ends of the boxes, or None for tertiles, once the options are right."""
    for name, value, known in (("coding", coding, ("boxes", "tertiles")), ("variant", variant, ("regression", "lmg"))):
        if value not in known:
            raise EstimationError(
                f"contrast_penalties: found {name}={value!r}, expected {' or '.join(known)}. Correct it."
            )
    if not 0 < conf_level < 1:
        raise EstimationError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    if coding == "tertiles":
        return None
    if low is None or high is None or not low < high:
        raise EstimationError(
            f"contrast_penalties: found low={low} and high={high}, expected two ratings, low below high. "
            "Say which ratings count as low and as high."
        )
    return float(low), float(high)


def _regression_terms(fit: LinearFit, conf_level: float) -> pd.DataFrame:
    """Coefficients of the dummies with HC3 intervals and tests."""
    from scipy.special import stdtr, stdtrit

    estimate, error = fit.coefficients[1:], fit.std_errors[1:]
    half = stdtrit(fit.df, (1 + conf_level) / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / error
    p_value = 2 * stdtr(fit.df, -np.abs(statistic))
    return pd.DataFrame(
        {
            "term": ["penalty", "reward"] * (len(estimate) // 2), "estimate": estimate, "std_error": error,
            "statistic": statistic, "df": fit.df, "p_value": p_value, "p_adjusted": holm(p_value),
            "conf_low": estimate - half, "conf_high": estimate + half,
        }
    )  # fmt: skip


def _lmg_terms(estimate: Array, draws: Array, level: float) -> pd.DataFrame:
    """What each dummy accounts for, with the sign of its correlation; no tests."""
    ends = percentile_interval(draws, level)
    table = pd.DataFrame({"term": ["penalty", "reward"] * (len(estimate) // 2), "estimate": estimate})
    table["std_error"] = bootstrap_std_error(draws)
    table["conf_low"], table["conf_high"] = ends.low, ends.high
    return table.assign(statistic=np.nan, df=np.nan, p_value=np.nan, p_adjusted=np.nan)


def _attributes(
    table: pd.DataFrame, fit: LinearFit | None, draws: Array, conf_level: float, level: float
) -> pd.DataFrame:
    """Range of impact (HC3 from a regression, else bootstrap), impact asymmetry and category of each driver."""
    from scipy.special import stdtrit

    penalty, reward = (table["estimate"].to_numpy()[place::2] for place in (0, 1))
    drawn = impact_asymmetry(draws[:, ::2], draws[:, 1::2])
    ends = percentile_interval(drawn, level)
    if fit is None:
        low, high, _ = percentile_interval(draws[:, 1::2] - draws[:, ::2], level)
    else:
        v, p, r = fit.covariance, np.arange(1, len(fit.coefficients), 2), np.arange(2, len(fit.coefficients), 2)
        half = stdtrit(fit.df, (1 + conf_level) / 2) * np.sqrt(v[p, p] + v[r, r] - 2 * v[p, r])
        low, high = reward - penalty - half, reward - penalty + half
    factor = categories(impact_asymmetry(penalty, reward))
    usable = np.isfinite(drawn)
    same = (categories(drawn) == factor) & usable
    return pd.DataFrame(
        {
            "penalty": penalty, "reward": reward,
            "range_impact": reward - penalty, "range_low": low, "range_high": high,
            "estimate": impact_asymmetry(penalty, reward), "conf_low": ends.low, "conf_high": ends.high,
            "factor": factor,
            "stability": np.where(factor == "", np.nan, same.sum(axis=0) / np.maximum(usable.sum(axis=0), 1)),
        }
    )  # fmt: skip


def _notes(table: pd.DataFrame) -> list[str]:
    """One note a driver: both signs wrong, one wrong, a small cell."""
    penalty, reward = (table["estimate"].to_numpy()[place::2] for place in (0, 1))
    cells = table["share"].to_numpy()
    small = np.minimum(cells[::2], cells[1::2]) < threshold("dummy_share").value
    wrong = (penalty > 0).astype(int) + (reward < 0)
    chosen = np.select([small, wrong == 2, wrong == 1], [SMALL_CELL, BOTH_WRONG, WRONG_SIGN], default="")
    return chosen.tolist()
