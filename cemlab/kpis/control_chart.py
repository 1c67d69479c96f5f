"""Control charts: which periods differ from the process' own variation, by rules that are named.

References
----------
Shewhart, W. A. (1931). Economic Control of Quality of Manufactured Product. Van Nostrand.
Montgomery, D. C. (2013). Introduction to Statistical Quality Control, 7th ed., sections 6.4 and 7.2. Wiley.
Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering 14(4), 531-537. (p')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.kpis.control_limits import SIGMAS, Limits, control_limits
from cemlab.kpis.control_rules import DEFAULT_RULES, RULES, apply_rules
from cemlab.kpis.number_series import read_numbers
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
NO_VALUE = "No value in this period."
SMALL_COUNTS = "Few cases are expected in this period: the control limits are rough."


@dataclass(frozen=True, kw_only=True)
class ControlChartResult(Result):
    """A control chart, one row a period.

    Attributes
    ----------
    signals : DataFrame
        period, rule, estimate, center, statistic: one row a period and rule that fired.
    """

    signals: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Values over time with center line and limits; what a rule marks is ringed.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the periods.

        Returns
        -------
        Axes
        """
        from cemlab.kpis.trend_picture import Trend, draw_trends
        from cemlab.plots import finish, new_axes

        table, shown = self.table, dict(names or {})
        is_share = self.info["kind"] == "p"
        label = words("Share of cases, percent") if is_share else words("Value")
        limits = [table[column].tolist() for column in ("center", "limit_low", "limit_high")]
        trend = Trend(
            label, table["estimate"].tolist(), None, None, (limits[0], limits[1], limits[2]),
            (table["rule"] != "").tolist(),
        )  # fmt: skip
        ax = new_axes(ax, words=words, size=(8.0, 4.0))
        draw_trends(ax, [shown.get(p, p) for p in table["period"]], [trend], words=words, y_label=label)
        comma = "؛ " if words.direction == "rtl" else "; "
        caption = words(
            "{n} periods; limits three sigma from the center line; rules: {rules}.",
            n=words.number(self.info["n_obs"]),
            rules=comma.join(words(RULES[rule][0]) for rule in self.info["rules"]),
        )
        title = words("Control chart of shares") if is_share else words("Control chart of single values")
        return finish(ax, words=words, title=title, caption=caption)


def chart_control(
    values: ArrayLike | pd.Series,
    *,
    kind: Literal["individuals", "p"] = "individuals",
    sizes: ArrayLike | pd.Series | None = None,
    rules: Sequence[str] = DEFAULT_RULES,
    baseline: int | None = None,
    overdispersion: Literal["none", "laney"] = "none",
) -> ControlChartResult:
    """Control limits in the unit of the values, or of shares in percent (0 to 100), and the periods that rules mark.

    A marked period is one to look into; the chart does not say why it differs.

    Parameters
    ----------
    values : Series or array of shape (n_periods,)
        One value a period in the order of time; for "p" the number of cases in each. The index of a Series names the
        periods.
    kind : {"individuals", "p"}
        Single values with limits from the mean moving range (mean ± 2.66 of it), or shares of varying sizes.
    sizes : Series or array of shape (n_periods,), optional
        How many could have been cases, for "p".
    rules : sequence of str
        beyond_limits, run_of_8, run_of_9, trend_of_6, alternating_14, two_of_3, four_of_5, fifteen_within_1,
        eight_outside_1; the more are used the more alarms are false.
    baseline : int, optional
        The limits rest on the first so many periods; by default on all.
    overdispersion : {"none", "laney"}
        For "p": Laney's p' scales the limits by the variation between periods, which large sizes need.

    Returns
    -------
    ControlChartResult
        `table`: period, estimate, center, limit_low, limit_high, statistic (distance from the center line in sigmas),
        rule (those that marked the period, joined by commas), n, note; without limits and rules where fewer than 8
        periods (`threshold("control_periods")`) have a value. `signals`: one row a period and rule.

    Raises
    ------
    DataError
        Values that are no numbers, counts and sizes that do not fit.
    EstimationError
        A kind, rule, baseline or overdispersion that is not known.

    References
    ----------
    Montgomery (2013), Laney (2002), Western Electric (1956), Nelson (1984).

    Examples
    --------
    >>> found = chart_control([12, 10, 11, 13, 12, 11, 10, 12, 30], baseline=8)
    >>> found.signals[["period", "rule"]].values.tolist()
    [['9', 'beyond_limits']]
    """
    _check_options(kind, overdispersion)
    numbers = read_numbers(values, "values").to_numpy(dtype=float)
    periods = _periods(values, len(numbers))
    n = _sizes(sizes, numbers, kind)
    x = numbers / n if kind == "p" else numbers
    first = _baseline(baseline, len(x))
    limits = control_limits(x, n if kind == "p" else None, first=first, laney=overdispersion == "laney")
    scale = 100.0 if kind == "p" else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (x - limits.center) / limits.sigma
    marks = apply_rules(z, rules, values=np.where(np.isnan(z), np.nan, x))
    table = pd.DataFrame(
        {
            "period": periods,
            "estimate": scale * x,
            "center": scale * limits.center,
            "limit_low": scale * limits.low,
            "limit_high": scale * limits.high,
            "statistic": z,
            "rule": [", ".join(rule for rule in marks if marks[rule][place]) for place in range(len(x))],
            "n": np.nan_to_num(n if kind == "p" else ~np.isnan(x)).astype(int),
            "note": _notes(x, n, limits, kind),
        }
    )
    fired = [table[marks[rule]].assign(rule=rule) for rule in marks]
    signals = pd.concat([*fired, table.iloc[:0]])[["period", "rule", "estimate", "center", "statistic"]]
    used = int(np.isfinite(x).sum())
    info = {
        "n_obs": used, "n_dropped": len(x) - used, "kind": kind, "rules": list(rules),
        "method": _method(kind, overdispersion), "sigmas": SIGMAS, "n_baseline": int(np.isfinite(x[:first]).sum()),
        "note": limits.note,
    }  # fmt: skip
    return ControlChartResult(table=table, info=info, signals=signals.sort_index(kind="stable").reset_index(drop=True))


def _notes(x: Array, n: Array, limits: Limits, kind: str) -> list[str]:
    fitted = np.isfinite(limits.center)
    with np.errstate(invalid="ignore"):
        rough = (
            fitted & (n * np.minimum(limits.center, 1 - limits.center) < 5) if kind == "p" else np.zeros(len(x), bool)
        )
    general = limits.note
    return [NO_VALUE if np.isnan(v) else SMALL_COUNTS if r else general for v, r in zip(x, rough, strict=True)]


def _method(kind: str, overdispersion: str) -> str:
    if kind == "individuals":
        return "individuals chart: mean ± 3 (mean moving range) / 1.128"
    if overdispersion == "laney":
        return "Laney's p' chart: p ± 3 sqrt(p (1 - p) / n) sigma_z"
    return "p chart: p ± 3 sqrt(p (1 - p) / n)"


def _periods(values: ArrayLike | pd.Series, n: int) -> list[str]:
    """Labels of the index; places from 1 on where there is none."""
    if isinstance(values, pd.Series) and not isinstance(values.index, pd.RangeIndex):
        return [str(period) for period in values.index]
    return [str(place) for place in range(1, n + 1)]


def _check_options(kind: str, overdispersion: str) -> None:
    options = (("kind", kind, ("individuals", "p")), ("overdispersion", overdispersion, ("none", "laney")))
    for name, value, known in options:
        if value not in known:
            raise EstimationError(f"{name}: found {value!r}, expected {' or '.join(known)}. Correct it.")


def _baseline(baseline: int | None, n_periods: int) -> int:
    if baseline is None:
        return n_periods
    if not 1 <= baseline <= n_periods:
        raise EstimationError(
            f"baseline: found {baseline}, expected a number of periods from 1 to {n_periods}. Correct it."
        )
    return int(baseline)


def _sizes(sizes: ArrayLike | pd.Series | None, counts: Array, kind: str) -> Array:
    """Sizes of the shares, 1 for single values."""
    if kind != "p":
        if sizes is not None:
            raise DataError("sizes: found sizes of single values, expected none. Use kind='p' for counts of cases.")
        return np.ones(len(counts))
    if sizes is None:
        raise DataError("sizes: found none, expected one a period for kind='p'. Give how many could have been cases.")
    n = read_numbers(sizes, "sizes").to_numpy(dtype=float)
    if len(n) != len(counts):
        raise DataError(f"sizes: found {len(n)}, expected {len(counts)}, one a period. Align them.")
    wrong = np.flatnonzero((counts < 0) | (counts > n) | (n < 0))
    if len(wrong):
        place = int(wrong[0])
        raise DataError(
            f"values: found {counts[place]:g} cases of {n[place]:g} in period {place + 1}, expected 0 to the size. "
            "Give counts in `values` and how many could have been cases in `sizes`."
        )
    return np.where(n > 0, n, np.nan)
