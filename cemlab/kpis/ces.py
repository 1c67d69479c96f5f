"""Customer Effort Score: no single official aggregation exists, so each row says which one it is.

References
----------
Dixon, M., Freeman, K. & Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review 88(7/8).
    (version 1: effort 1 to 5, low is good; version 2, 2013: "made it easy" 1 to 7, high is good)
Rocks, B. (2016). Interval estimation for the Net Promoter Score. The American Statistician 70(4), 365-372.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from cemlab.errors import DataError
from cemlab.kpis.csat import share_row
from cemlab.kpis.ratings import NO_ANSWER, ONE_CLASS, check_ratings, net_interval, normal_quantile, sample_of
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group, weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_SPREAD = "The answers do not vary or there is only one: no interval of the mean."
METHOD = "mean: t interval; shares: Wilson; net: adjusted Wald (Rocks 2016)"


class _Version(NamedTuple):
    scale_max: int
    easy: tuple[int, ...]  # answers that mean little effort
    hard: tuple[int, ...]  # answers that mean much effort
    shares: Mapping[str, tuple[int, ...]]
    better: str


_VERSIONS = {
    1: _Version(5, (1, 2), (4, 5), {"bottom 2 share": (1, 2)}, "low (little effort)"),
    2: _Version(7, (5, 6, 7), (1, 2, 3), {"top 3 share": (5, 6, 7), "top 2 share": (6, 7)}, "high (easy)"),
}


@dataclass(frozen=True, kw_only=True)
class CesResult(Result):
    """Customer effort, rows of group × term."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Means with their intervals, a row a group.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the groups.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = {"all": words("All respondents"), **(names or {})}
        table = self.table[self.table["term"] == "mean"]
        labels = [shown.get(group, group) for group in table["group"]]
        easy = self.info["version"] == 2
        axis = words("Mean effort score, high = easy") if easy else words("Mean effort score, low = easy")
        ax = new_axes(ax, words=words)
        ends = [table[column].tolist() for column in ("estimate", "conf_low", "conf_high")]
        intervals(ax, labels, *ends, words=words, axis_label=axis)
        caption = words(
            "{n} answers; intervals at the {level} level.",
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        return finish(ax, words=words, title=words("Customer effort (CES)"), caption=caption)


def summarize_ces(
    ratings: ArrayLike | pd.Series,
    *,
    version: int = 2,
    by: object = None,
    weights: ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> CesResult:
    """Customer effort: mean in scale points, shares in percent, net in points from -100 to 100 (positive = easy).

    Parameters
    ----------
    ratings : Series or array of shape (n_respondents,)
        Version 2: agreement 1 to 7 that it was easy, high = good. Version 1: effort 1 to 5, low = good.
    version : {1, 2}
        Which question was asked.
    by : Series, array or DataFrame of shape (n_respondents,), optional
        The group of each respondent.
    weights : Series or array of shape (n_respondents,), optional
        Survey weights; the intervals of shares and net then rest on Kish's effective n.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    CesResult
        `table`: group, term, estimate, std_error, conf_low, conf_high, n, n_effective, note. Terms of version 2: mean,
        top 3 share (5 to 7), top 2 share (6, 7), net (5 to 7 minus 1 to 3); of version 1: mean, bottom 2 share (1, 2),
        net (1, 2 minus 4, 5). `info["better"]` says which direction of the mean is good.

    Raises
    ------
    DataError
        Another version, values off the scale, or no answer at all.

    References
    ----------
    Dixon, M., Freeman, K. & Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review 88(7/8).

    Examples
    --------
    >>> summarize_ces([7, 6, 6, 2]).table.set_index("term")["estimate"].to_dict()
    {'mean': 5.25, 'top 3 share': 75.0, 'top 2 share': 75.0, 'net': 50.0}
    """
    if version not in _VERSIONS:
        raise DataError(
            f"version: found {version}, expected 1 (effort, 1 to 5) or 2 (it was easy, 1 to 7). Correct it."
        )
    normal_quantile(conf_level)
    kind = _VERSIONS[version]
    values = check_ratings(ratings, 1, kind.scale_max)
    labels, w, counts = sample_of(values, by, weights)
    answers = values.to_numpy()
    rows = [
        {"group": name, "term": term, **cells}
        for name, where in each_group(labels)
        for term, cells in _cells(answers[where], w[where], kind, conf_level).items()
    ]
    method = METHOD if weights is None else f"{METHOD}; linearised std_error, shares and net with Kish's effective n"
    info = {**counts, "version": version, "better": kind.better, "method": method, "conf_level": conf_level}
    return CesResult(table=pd.DataFrame(rows), info=info)


def _cells(
    answers: NDArray[np.float64], w: NDArray[np.float64], kind: _Version, conf_level: float
) -> dict[str, dict[str, Any]]:
    """All rows of one group: term -> cells."""
    missing = np.isnan(answers)
    cells = {"mean": _mean(answers, w, conf_level)}
    for term, codes in kind.shares.items():
        hits = np.where(missing, np.nan, np.isin(answers, codes))
        cells[term] = share_row(hits, w, conf_level)
    easy = np.where(missing, np.nan, np.isin(answers, kind.easy))
    hard = np.where(missing, np.nan, np.isin(answers, kind.hard))
    cells["net"] = _net(easy, hard, w, conf_level)
    return cells


def _mean(answers: NDArray[np.float64], w: NDArray[np.float64], conf_level: float) -> dict[str, Any]:
    found = weighted_means(answers[:, None], w)
    n, mean, std_error = int(found.n[0]), float(found.mean[0]), float(found.std_error[0])
    spread = std_error > 0
    half = stdtrit(n - 1, (1 + conf_level) / 2) * std_error if spread else np.nan
    return {
        "estimate": mean,
        "std_error": std_error if spread else np.nan,
        "conf_low": mean - half,
        "conf_high": mean + half,
        "n": n,
        "n_effective": float(found.n_effective[0]),
        "note": NO_ANSWER if not n else ("" if spread else NO_SPREAD),
    }


def _net(
    easy: NDArray[np.float64], hard: NDArray[np.float64], w: NDArray[np.float64], conf_level: float
) -> dict[str, Any]:
    found = weighted_means(np.column_stack([easy - hard, easy, hard]), w, ddof=0)
    n, n_effective = int(found.n[0]), float(found.n_effective[0])
    ends = net_interval(float(found.mean[1]), float(found.mean[2]), n_effective, conf_level) if n else (np.nan, np.nan)
    return {
        "estimate": 100 * float(found.mean[0]),
        "std_error": 100 * float(found.std_error[0]),
        "conf_low": 100 * ends[0],
        "conf_high": 100 * ends[1],
        "n": n,
        "n_effective": n_effective,
        "note": NO_ANSWER if not n else (ONE_CLASS if found.std_error[0] == 0 else ""),
    }
