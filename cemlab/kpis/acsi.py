"""A satisfaction index of the ACSI type: several satisfaction items, weighted, on 0 to 100.

References
----------
Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J. & Bryant, B. E. (1996). The American Customer Satisfaction Index:
    nature, purpose, and findings. Journal of Marketing 60(4), 7-18.
Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling, section 5.7. Springer. (linearising)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.kpis.differences import METHODS, compare_samples
from cemlab.kpis.group_picture import draw_groups
from cemlab.kpis.ratings import check_ratings, sample_of
from cemlab.kpis.samples import Sample, mean_sample
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result
from cemlab.weighting import each_group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
UNANSWERED = "An item of the index has no answer in this group."
METHOD = (
    "100 times the weighted mean place of the items on their scale, each item's mean over everybody who answered it; "
    "std_error: linearised; interval: t interval of the logit, which cannot leave 0 to 100"
)


@dataclass(frozen=True, kw_only=True)
class AcsiResult(Result):
    """Satisfaction indices, one row a group; `items`: means of the items; `differences`: later minus earlier groups."""

    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    differences: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Indices with their intervals, a row a group.

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
        from cemlab.plots import finish

        axis = words("Satisfaction index, 0 to 100")
        ax = draw_groups(ax, self.table, words=words, names=names, axis_label=axis)
        caption = words(
            "{n} answers; intervals at the {level} level.",
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        return finish(ax, words=words, title=words("Satisfaction index (ACSI type)"), caption=caption)


def index_satisfaction(
    survey_items: pd.DataFrame,
    *,
    weights: Literal["equal"] | Mapping[str, float] = "equal",
    scale: tuple[int, int] = (1, 10),
    by: object = None,
    respondent_weights: ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> AcsiResult:
    """Satisfaction index from 0 (worst) to 100 (best): 100 x sum of w_k (mean_k - min) / [(max - min) x sum of w_k].

    The published index takes the unstandardised weights of its own model and the items overall satisfaction,
    disconfirmation of expectations and distance to the ideal; with other items or weights it is of the same type, not
    comparable with published values. An index of one study, not the ACSI itself.

    Parameters
    ----------
    survey_items : DataFrame of shape (n_respondents, n_items)
        Satisfaction items only, high = satisfied; a respondent who left one out counts for the others.
    weights : "equal" or mapping of item to weight
        The items' weights, at least 0; only their proportions matter. An item that the mapping lacks is refused.
    scale : tuple of int
        Ends of the items' scale.
    by : Series, array or DataFrame of shape (n_respondents,), optional
        The group of each respondent.
    respondent_weights : Series or array of shape (n_respondents,), optional
        Survey weights.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    AcsiResult
        `table`: group, estimate, std_error, conf_low, conf_high, n (who answered any item), n_effective,
        design_effect, note. `items`: group, item, weight (share of 1), estimate (mean, scale points), std_error,
        conf_low, conf_high, n, note. `differences`: group, reference, estimate (group - reference, index points),
        std_error, statistic (Welch's t), df, p_value, p_adjusted (Holm), effect_size, conf_low, conf_high, n,
        n_reference, note. `info["weights"]` states the items' weights.

    Raises
    ------
    DataError
        No item, weights that do not fit the items, values off the scale, or no answer at all.

    References
    ----------
    Fornell, C. et al. (1996). The American Customer Satisfaction Index. Journal of Marketing 60(4), 7-18.

    Examples
    --------
    >>> items = pd.DataFrame({"overall": [8.0, 8.0], "expected": [6.0, 8.0], "ideal": [7.0, 8.0]})
    >>> index_satisfaction(items).table["estimate"].round(3).item()
    72.222
    """
    normal_quantile(conf_level)
    shares = _item_weights(survey_items, weights)
    answers = survey_items[list(shares)].apply(check_ratings, args=(scale[0], scale[1]))
    labels, w, counts = sample_of(answers.mean(axis=1), by, respondent_weights)
    values = answers.to_numpy(dtype=float)
    v = np.array(list(shares.values()))
    samples, items = {}, []
    for name, where in each_group(labels):
        samples[name] = _index_sample(values[where], w[where], v, scale, conf_level)
        for number, (item, share) in enumerate(shares.items()):
            cells = mean_sample(values[where][:, number], w[where], scale, conf_level).cells()
            items.append({"group": name, "item": item, "weight": share, **cells})
    info = {
        **counts,
        "method": METHOD,
        "method_differences": METHODS["mean"],
        "weights": "equal" if isinstance(weights, str) else shares,
        "scale": f"{scale[0]} to {scale[1]}",
        "conf_level": conf_level,
    }
    return AcsiResult(
        table=pd.DataFrame([{"group": name, **sample.cells()} for name, sample in samples.items()]),
        items=pd.DataFrame(items).drop(columns=["n_effective", "design_effect"]),
        differences=compare_samples(list(samples), list(samples.values()), conf_level),
        info=info,
    )


def _item_weights(items: pd.DataFrame, weights: str | Mapping[str, float]) -> dict[str, float]:
    """Item -> share of the sum of weights."""
    names = [str(name) for name in items.columns]
    if not names:
        raise DataError("survey_items: found no column, expected at least one satisfaction item. Choose the items.")
    if isinstance(weights, str):
        if weights != "equal":
            raise DataError(f"weights: found {weights!r}, expected 'equal' or a mapping of item to weight. Correct it.")
        return dict.fromkeys(names, 1 / len(names))
    if set(weights) != set(names):
        raise DataError(
            f"weights: found {', '.join(map(str, weights))}, expected one for each of {', '.join(names)}. Align them."
        )
    given = {name: float(weights[name]) for name in names}
    total = sum(given.values())
    if not (all(value >= 0 for value in given.values()) and 0 < total < float("inf")):
        raise DataError(
            f"weights: found {list(given.values())}, expected numbers of at least 0, one of them above. Correct them."
        )
    return {name: value / total for name, value in given.items()}


def _index_sample(values: Array, w: Array, shares: Array, scale: tuple[int, int], conf_level: float) -> Sample:
    """Index of one group as the mean of linearised contributions, which are the respondents' own if all answered all.

    A respondent contributes the index plus, for each answered item, its share of the index' weight times the distance
    from the item's mean, blown up by the weight of everybody over that of those who answered the item.
    """
    used = ~np.isnan(values).all(axis=1) & (w > 0)
    given = ~np.isnan(values) & used[:, None]
    place = np.where(given, 100 * (values - scale[0]) / (scale[1] - scale[0]), 0.0)
    weight = w @ given
    if used.any() and not (weight[shares > 0] > 0).all():
        nothing = mean_sample(np.full(len(values), np.nan), w, (0, 100), conf_level)
        return nothing._replace(n=int(used.sum()), note=UNANSWERED)
    weight = np.where(weight > 0, weight, 1.0)
    means = w @ place / weight
    apart = np.where(given, place - means, 0.0) @ (shares * (w @ used) / weight)
    return mean_sample(np.where(used, shares @ means + apart, np.nan), w, (0, 100), conf_level)
