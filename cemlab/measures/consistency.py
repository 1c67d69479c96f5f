"""Consistency across channels: how alike the channels' means are, whether they are alike enough, and within customers.

Not significantly different is not the same as alike: a small survey finds nothing. So likeness is tested as such, by
two one-sided tests against a margin that the caller states.

References
----------
Welch, B. L. (1951). On the comparison of several mean values. Biometrika 38, 330-336.
Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach. Journal of
    Pharmacokinetics and Biopharmaceutics 15, 657-680.
McGraw, K. O. & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. Psychological
    Methods 1, 30-46.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level
from cemlab.measures.channels import ChannelScores, score_channels
from cemlab.measures.equivalence import BEYOND, UNDECIDED, WITHIN, compare_pairs, covariance_of_means
from cemlab.measures.spread import FTest, largest_sd, linked_anova, spread_interval, welch_anova
from cemlab.measures.within_customers import compare_within
from cemlab.results import Result
from cemlab.weighting import Means, weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
LINKED = "Some customers rated several channels: Welch's test takes them as different people."
NOT_TESTED = "Not tested: a channel has too few answers, or answers that do not vary."
SIMULTANEOUS = "The interval holds for all pairs at once (Bonferroni) and is wider than needed."
ONE_ANSWER = "Only one customer rated this channel: no interval."
METHOD = (
    "consistency = 1 - SD (divisor k) of the k channel means / the largest SD that k means on the scale can have, "
    "cemlab's own definition, interval from a noncentral F; differences: Welch's t with the covariance of those who "
    "rate both channels; equivalence: two one-sided tests, all pairs must pass, so no adjustment; Holm for p_adjusted; "
    "mean absolute difference: t on the log scale; ICC(A,1): jackknife over customers"
)


@dataclass(frozen=True, kw_only=True)
class ConsistencyResult(Result):
    """How alike the channels are (`table`), with channel means, tests, pairs of channels and within customers.

    `info["verdict"]`: "within the margin" when every pair is, "beyond the margin" when a pair is, else "undecided".
    """

    channels: pd.DataFrame
    tests: pd.DataFrame
    pairs: pd.DataFrame
    within: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The channels' means with their intervals; the dashed line is the mean of the channels.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the channels.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown, table = names or {}, self.channels
        ax = new_axes(ax, words=words)
        labels = [shown.get(name, name) for name in table["channel"]]
        ends = (table["estimate"], table["conf_low"], table["conf_high"])
        label = words("Mean rating, scale points")
        intervals(ax, labels, *ends, words=words, axis_label=label, reference=float(table["estimate"].mean()))
        caption = words(
            "Consistency {value} of at most 1: 1 = equal means, 0 = as far apart as the scale allows. {n} customers.",
            value=words.number(self.table["estimate"].iloc[0], 2),
            n=words.number(self.info["n_obs"]),
        )
        return finish(ax, words=words, title=words("How alike the channels are"), caption=caption)

    def plot_pairs(
        self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None
    ) -> Axes:
        """Differences between channels with the interval of the equivalence test, against the margin.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the channels.

        Returns
        -------
        Axes
        """
        from cemlab.plots import PALETTE, finish, intervals, new_axes

        shown, table, margin = names or {}, self.pairs, float(self.info["margin"])
        ax = new_axes(ax, words=words)
        ax.axvspan(-margin, margin, color=PALETTE[5], alpha=0.18, zorder=0, linewidth=0)
        labels = [
            f"{shown.get(a, a)} − {shown.get(b, b)}"
            for a, b in zip(table["channel"], table["other_channel"], strict=True)
        ]
        ends = (table["estimate"], table["equivalence_low"], table["equivalence_high"])
        intervals(ax, labels, *ends, words=words, axis_label=words("Difference, scale points"), reference=0.0)
        caption = words(
            "Shaded: differences up to ±{margin} do not matter. Alike = the whole {level} interval is shaded. {n} "
            "customers.",
            margin=words.number(margin, 2),
            level=words.percent(2 * self.info["conf_level"] - 1),
            n=words.number(self.info["n_obs"]),
        )
        return finish(ax, words=words, title=words("Differences between channels"), caption=caption)


def check_consistency(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    margin: float,
    role: str = "perception",
    channel: str | None = None,
    customer: str = "customer",
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> ConsistencyResult:
    """Consistency across channels, 1 = equal means, 0 = as far apart as the scale allows (cemlab's own definition).

    A customer's score of a channel is the mean of the answered items, scored when at least half are answered.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent with items for several channels; with `channel`, one row a contact.
    codebook : DataFrame
        item, role, scale_min, scale_max, and channel unless `channel` is given; one scale for all items used.
    margin : float
        The largest difference between two channels that does not matter, in scale points.
    role : str
        Role of the items that rate the channels.
    channel : str, optional
        The survey's column that names the channel of each row, where each row rates one channel.
    customer : str
        With `channel`: the column that tells which rows are of one customer.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values; the ICC does not use them.
    conf_level : float
        Level of the intervals; the tests of equivalence have the level 1 - conf_level.

    Returns
    -------
    ConsistencyResult
        `table`: term ("consistency", "range" of the channel means, "mean absolute difference", "ICC(A,1)"), n,
        estimate, conf_low, conf_high, note. `channels`: channel, n, estimate (mean), sd, std_error, interval, note.
        `tests`: term ("Welch", "Hotelling" where customers rate several channels), statistic, df, df_error, p_value,
        effect_size (omega squared), conf_low, conf_high, n, note. `pairs`: difference and equivalence test of every
        pair (first − second). `within`: the same customers' differences and ICC.

    Raises
    ------
    DataError
        Columns that are missing; a margin that is not above 0.
    EstimationError
        Fewer than two channels that anybody rated, or items on different scales.

    References
    ----------
    Welch (1951); Schuirmann (1987); McGraw & Wong (1996).

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["s", "w"], "role": "perception", "channel": ["shop", "web"],
    ...                          "scale_min": 1, "scale_max": 5})
    >>> survey = pd.DataFrame({"s": [4, 5, 4, 5], "w": [4, 4, 4, 4.0]})
    >>> result = check_consistency(survey, codebook, margin=0.5)
    >>> float(result.table["estimate"].iloc[0]), result.info["verdict"]
    (0.875, 'undecided')
    """
    check_level(conf_level)
    if not (np.isfinite(margin) and margin > 0):
        raise DataError(f"margin: found {margin}, expected scale points above 0. State the difference that matters.")
    given = score_channels(survey, codebook, role=role, channel=channel, customer=customer, weights=weights)
    found = weighted_means(given.scores, given.weights)
    if (found.n > 0).sum() < 2:
        raise EstimationError(
            f"survey: found ratings of {int((found.n > 0).sum())} channels, expected at least 2. "
            "Check the items' columns and missing codes."
        )
    pairs = compare_pairs(given.names, given.scores, given.weights, margin=margin, conf_level=conf_level)
    within = compare_within(given.names, given.scores, given.weights, conf_level)
    info = {
        "n_obs": len(given.scores),
        "n_dropped": given.n_dropped,
        "n_several": int(((~np.isnan(given.scores)).sum(axis=1) > 1).sum()),
        "margin": float(margin),
        "verdict": _verdict(pairs["verdict"]),
        "scale": given.scale,
        "effect_size": "omega squared in `tests`, difference / root mean square SD (d_av) in `pairs`",
        "method": METHOD + ("" if weights is None else "; weighted means with linearised std_error"),
        "conf_level": conf_level,
    }
    return ConsistencyResult(
        table=_table(given, found, pairs, within, conf_level),
        channels=_channels(given, found, conf_level),
        tests=_tests(given, found, conf_level),
        pairs=pairs,
        within=within,
        info=info,
        problems=given.problems,
    )


def _verdict(verdicts: pd.Series) -> str:
    if (verdicts == WITHIN).all():
        return WITHIN
    return BEYOND if (verdicts == BEYOND).any() else UNDECIDED


def _table(
    given: ChannelScores, found: Means, pairs: pd.DataFrame, within: pd.DataFrame, conf_level: float
) -> pd.DataFrame:
    rated = found.n > 0
    means = found.mean[rated]
    top = largest_sd(len(means), *given.scale)
    low, high = float("nan"), float("nan")
    if (found.n[rated] > 1).all():
        covariance = covariance_of_means(given.scores[:, rated], given.weights)
        low, high = spread_interval(means, covariance, len(given.scores) - len(means), conf_level)
    ends = _range_interval(pairs, conf_level)
    own = within.iloc[0]
    rows: list[dict[str, Any]] = [
        {"term": "consistency", "n": len(given.scores), "estimate": 1 - means.std() / top,
         "conf_low": np.maximum(0.0, 1 - high / top), "conf_high": 1 - low / top, "note": ""},
        {"term": "range", "n": len(given.scores), "estimate": np.ptp(means), "conf_low": ends[0], "conf_high": ends[1],
         "note": SIMULTANEOUS if len(means) > 2 else ""},
        {"term": "mean absolute difference", **own[["n", "estimate", "conf_low", "conf_high"]],
         "note": own["note"] if not own["n"] else ""},
        {"term": "ICC(A,1)", "n": own["n_complete"], "estimate": own["icc"], "conf_low": own["icc_low"],
         "conf_high": own["icc_high"], "note": own["note"]},
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _range_interval(pairs: pd.DataFrame, conf_level: float) -> tuple[float, float]:
    """Ends for the largest absolute difference from intervals that hold for all pairs at once."""
    tested = pairs[pairs["std_error"].notna()]
    if len(tested) < len(pairs):
        return float("nan"), float("nan")
    half = stdtrit(tested["df"], 1 - (1 - conf_level) / 2 / len(tested)) * tested["std_error"]
    apart = tested["estimate"].abs()
    return float((apart - half).clip(lower=0).max()), float((apart + half).max())


def _channels(given: ChannelScores, found: Means, conf_level: float) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        half = stdtrit(found.n - 1.0, (1 + conf_level) / 2) * found.std_error
    table = pd.DataFrame({"channel": given.names, "n": found.n, "estimate": found.mean, "sd": found.sd})
    table["std_error"] = found.std_error
    table["conf_low"], table["conf_high"] = found.mean - half, found.mean + half
    table["note"] = np.where(found.n < 2, ONE_ANSWER, "")
    return table


def _tests(given: ChannelScores, found: Means, conf_level: float) -> pd.DataFrame:
    linked = bool(((~np.isnan(given.scores)).sum(axis=1) > 1).any())
    tests = {"Welch": welch_anova(found.mean, found.std_error**2, found.n, conf_level)}
    if linked:
        covariance = covariance_of_means(given.scores, given.weights)
        tests["Hotelling"] = linked_anova(found.mean, covariance, int(found.n.min()), conf_level)
    return pd.DataFrame([_test_row(term, test, found, linked) for term, test in tests.items()])


def _test_row(term: str, test: FTest, found: Means, linked: bool) -> dict[str, Any]:
    welch = term == "Welch"
    note = NOT_TESTED if np.isnan(test.statistic) else LINKED if welch and linked else ""
    names = ("statistic", "df", "df_error", "p_value", "effect_size", "conf_low", "conf_high")
    n = int(found.n.sum()) if welch else int(found.n.min())
    return {"term": term, **dict(zip(names, test, strict=True)), "n": n, "note": note}
