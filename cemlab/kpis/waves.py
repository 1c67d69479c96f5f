"""A measure over waves: its level, its changes with tests that know who answered twice, and what to look at.

References
----------
Kish, L. (1965). Survey Sampling, section 12.4. Wiley. (change between overlapping samples)
Derrick, B., Russ, B., Toher, D. & White, P. (2017). Test statistics for the comparison of means for two samples that
include both paired and independent observations. J. Modern Applied Statistical Methods 16(1), 137-157.
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statistics 6, 65-70.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.intervals import normal_quantile
from cemlab.kpis.nps import DETRACTOR_TO, HIGH, LOW, PROMOTER_FROM
from cemlab.kpis.number_series import read_numbers
from cemlab.kpis.ratings import check_ratings
from cemlab.kpis.wave_samples import Kind, measure_wave
from cemlab.kpis.wave_tables import LEVEL_COLUMNS, SCALE, alerts_table, change_rows, changes_table, level_rows
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group, group_labels, respondent_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EFFECTS = {
    "mean": "change / root mean square of the two standard deviations",
    "share": "Cohen's h",
    "nps": "change / root mean square of the two standard deviations of the votes",
}
METHODS = {
    "mean": "level: t interval corrected for skewness (Hall 1992); change: t for partially overlapping samples",
    "share": "level: Wilson; change: score test, Newcombe's interval with the estimates' correlation",
    "nps": "level: adjusted Wald; change: Wald test, adjusted Wald interval with the estimates' correlation",
}
UNWEIGHTED = "Without weights a change in who answers is part of the change."


@dataclass(frozen=True, kw_only=True)
class WavesResult(Result):
    """A measure over waves.

    Attributes
    ----------
    table : DataFrame
        Levels, one row a group and wave.
    changes : DataFrame
        Later minus earlier wave, one row a group, wave and what it is compared with.
    alerts : DataFrame
        One row a rule that fired.
    """

    changes: pd.DataFrame
    alerts: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Levels with intervals over the waves, a line a group; control limits with one group; alerts are ringed.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of groups and waves.

        Returns
        -------
        Axes
        """
        from cemlab.kpis.trend_picture import Trend, draw_trends
        from cemlab.plots import finish, new_axes

        shown = {"all": words("All respondents"), **(names or {})}
        alerted = set(zip(self.alerts["group"], self.alerts["wave"], strict=True))
        groups = list(self.table.groupby("group", sort=False))
        trends = []
        for group, part in groups:
            limits = [part[column].tolist() for column in ("center", "limit_low", "limit_high")]
            drawn = len(groups) == 1 and part["center"].notna().any()
            trends.append(
                Trend(
                    shown.get(str(group), str(group)),
                    part["estimate"].tolist(),
                    part["conf_low"].tolist(),
                    part["conf_high"].tolist(),
                    (limits[0], limits[1], limits[2]) if drawn else None,
                    [(group, wave) in alerted for wave in part["wave"]],
                )
            )
        ax = new_axes(ax, words=words, size=(8.0, 4.0))
        waves = [shown.get(wave, wave) for wave in dict.fromkeys(self.table["wave"])]
        draw_trends(ax, waves, trends, words=words, y_label=_axis_label(self.info["kind"], words))
        caption = words(
            "{n} answers; intervals at the {level} level.",
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        caution = " " + words(UNWEIGHTED) if self.info["caution"] else ""
        return finish(ax, words=words, title=words("Level by wave"), caption=caption + caution)


def track_waves(
    values: ArrayLike | pd.Series,
    *,
    wave: ArrayLike | pd.Series,
    respondent: ArrayLike | pd.Series | None = None,
    weights: ArrayLike | pd.Series | None = None,
    kind: Kind = "mean",
    by: object = None,
    conf_level: float = 0.95,
    smallest_change: float = 0.0,
) -> WavesResult:
    """Level of a measure by wave and its changes, later minus earlier: positive = the measure rose.

    Means are in the unit of the values, shares in percent (0 to 100), Net Promoter Scores in points (-100 to 100).

    Parameters
    ----------
    values : Series or array of shape (n_answers,)
        One number an answer: any rating, score or gap for "mean"; 0 or 1 for "share"; 0 to 10 for "nps".
    wave : Series or array of shape (n_answers,)
        The wave of each answer: numbers and dates in their order, names by the numbers in them ("wave 2" before
        "wave 10"), an ordered Categorical in its own order.
    respondent : Series or array of shape (n_answers,), optional
        Who answered: answers of one respondent belong together, within a wave and across waves. Without it all
        answers count as independent, which makes the standard error of a change too large in a panel.
    weights : Series or array of shape (n_answers,), optional
        Survey weights; answers without a weight are left out and counted.
    kind : {"mean", "share", "nps"}
        What the level is.
    by : Series, array or DataFrame of shape (n_answers,), optional
        The group of each answer; groups are tracked one by one.
    conf_level : float
        Level of the intervals; an alert needs an adjusted p below 1 - conf_level.
    smallest_change : float
        Changes smaller than this, in the unit of the estimate, raise no alert.

    Returns
    -------
    WavesResult
        `table`: group, wave, estimate, std_error, conf_low, conf_high, sd, n, n_respondents, n_repeated (respondents
        who also answered in the previous wave), n_effective, center, limit_low, limit_high (an individuals chart of
        the levels, from 8 waves on), note. `changes`: group, wave, since, term (previous wave or first wave),
        estimate, std_error, statistic, df, p_value, p_adjusted (Holm over all rows), effect_size, conf_low, conf_high,
        n, n_before, n_repeated, note. `alerts`: group, wave, since, rule, estimate, conf_low, conf_high, statistic,
        p_adjusted, effect_size, n, note; for a rule of the control chart `estimate` is the distance from the center
        line and `statistic` that distance in sigmas.

    Raises
    ------
    DataError
        Values, waves, weights or groups that do not fit, or no answer at all.
    EstimationError
        A kind that is not known.

    Notes
    -----
    Where the plain intervals of 95 % covered 90 to 93 % of skewed 5-point items at n = 30, those used here covered
    93 to 97 %, and those of changes 94 to 96 % (`tests/benchmarks/coverage_waves.md`). The means' levels use Hall's
    correction for skewness. An individuals chart of the levels takes all waves as equally precise.

    References
    ----------
    Kish (1965), Derrick et al. (2017); Hall (1992), Newcombe (1998) and Zou (2008) for the intervals.

    Examples
    --------
    >>> found = track_waves([3, 4, 5, 4, 5, 5], wave=[1, 1, 1, 2, 2, 2], respondent=list("abcabd"))
    >>> found.changes[["wave", "since", "n_repeated"]].values.tolist()
    [['2', '1', 2]]
    """
    if kind not in SCALE:
        raise EstimationError(f"kind: found {kind!r}, expected mean, share or nps. Correct it.")
    normal_quantile(conf_level)
    numbers = _numbers(values, kind)
    labels, order = group_labels(by, numbers.index), _waves(wave, numbers.index)
    w = respondent_weights(weights, numbers.index)
    people, nameless = _people(respondent, numbers.index)
    used = (numbers.notna() & labels.notna() & order.notna()).to_numpy() & (w > 0)
    if not used.any():
        raise DataError(
            "values: found no answer with a wave, a group and a weight, expected at least one. "
            "Check `wave`, `by` and `weights`."
        )
    names = [str(name) for name in order.cat.categories]
    x, place = numbers.to_numpy(dtype=float), order.cat.codes.to_numpy()
    levels: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for group, where in each_group(labels):
        own = where[used[where]]
        parts = [own[place[own] == code] for code in range(len(names))]
        waves = [measure_wave(x[p], w[p], people[p], kind=kind, conf_level=conf_level) for p in parts]
        levels += level_rows(group, names, waves, kind)
        changed += change_rows(group, names, waves, kind, conf_level)
    table, changes = pd.DataFrame(levels, columns=LEVEL_COLUMNS), changes_table(changed)
    info = {
        "n_obs": int(used.sum()), "n_dropped": int((~used).sum()), "n_waves": len(names), "kind": kind,
        "respondents": "independent" if respondent is None else "matched", "n_without_respondent": nameless,
        "method": METHODS[kind], "effect_size": EFFECTS[kind], "adjusted": "Holm over all changes",
        "conf_level": conf_level, "smallest_change": smallest_change,
        "caution": UNWEIGHTED if weights is None else "",
    }  # fmt: skip
    alerts = alerts_table(table, changes, 1 - conf_level, smallest_change)
    return WavesResult(table=table, changes=changes, alerts=alerts, info=info)


def _numbers(values: ArrayLike | pd.Series, kind: Kind) -> pd.Series:
    """Values as floats: 0 or 1 for shares, votes of -1, 0 and 1 for Net Promoter Scores."""
    if kind == "mean":
        return read_numbers(values, "values")
    if kind == "share":
        return check_ratings(values, 0, 1)
    ratings = check_ratings(values, LOW, HIGH)
    votes = (ratings >= PROMOTER_FROM).astype(float) - (ratings <= DETRACTOR_TO).astype(float)
    return votes.where(ratings.notna())


def _waves(wave: ArrayLike | pd.Series, index: pd.Index) -> pd.Series:
    """Waves as an ordered categorical of labels along `index`."""
    given = getattr(wave, "dtype", None)
    labels = group_labels(wave, index)
    if isinstance(given, pd.CategoricalDtype) and given.ordered:
        order = [str(name) for name in given.categories]
        names = [name for name in order if name in set(labels.dropna())]
    else:
        names = sorted(map(str, labels.dropna().unique()), key=_by_numbers)
    return labels.astype(pd.CategoricalDtype(names, ordered=True))


def _by_numbers(label: str) -> tuple[Any, ...]:
    """Order of labels: by value where the whole label is a number, else by the numbers inside, as numbers."""
    try:
        return (0, float(label))
    except ValueError:
        parts = re.split(r"(\d+)", label)
        return (1, *(int(part) if place % 2 else part for place, part in enumerate(parts)))


def _people(respondent: ArrayLike | pd.Series | None, index: pd.Index) -> tuple[NDArray[np.int64], int]:
    """Code of each answer's respondent, and how many have none: those are people of their own."""
    n = len(index)
    if respondent is None:
        return np.arange(n), 0
    codes = pd.factorize(group_labels(respondent, index))[0].astype(np.int64)
    nameless = codes < 0
    codes[nameless] = n + np.flatnonzero(nameless)
    return codes, int(nameless.sum())


def _axis_label(kind: str, words: Words) -> str:
    if kind == "nps":
        return words("Net Promoter Score, points from −100 to 100")
    return words("Share, percent") if kind == "share" else words("Mean")
