"""Customer value added: own worth-what-paid-for relative to the competitors', a ratio, 1 = equal, above 1 = better.

Beside it relative quality (importance-weighted ratios of attribute means) and the value map: quality ratio against
price ratio with the fair-value line through (1, 1).

References
----------
Gale, B. T. (1994). Managing Customer Value. Free Press.
Fieller, E. C. (1954). Some problems in interval estimation. J. Royal Statistical Society B 16, 175-185.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import answers_to, check_level, column_of
from cemlab.measures.relative import Ratings, read_ratings, relative_mean, t_row, weighted_ratio_gradient
from cemlab.results import Result
from cemlab.weighting import respondent_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
ONE_ANSWER = "One side has fewer than two answers: no interval."
NO_RATIO = "One side has no answer, or the competitors' mean is not above zero: no ratio."
WIDE = "The competitors' mean may be zero: no interval."
METHOD = (
    "ratio of means, competitors each counting once; Fieller's interval; relative quality: delta method; rows of one "
    "respondent counted together"
)
LINES = {
    "weights": "slope = weight of quality / weight of price",
    "fitted": "least squares through (1, 1) over the organizations, taken as given",
    "none": "no line: give quality_weight or at least three organizations with prices",
}
ORDER = ("term", "attribute", "weight", "n_left", "n_right", "left_mean", "right_mean", "estimate", "std_error",
         "conf_low", "conf_high", "note")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ValueAddedResult(Result):
    """Ratios of the own organization (`table`) and the value map of all organizations (`map`)."""

    map: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The value map: quality ratio against price ratio with the fair-value line; without prices, the ratios.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of organizations and attributes.

        Returns
        -------
        Axes
        """
        from cemlab.measures.value_map_picture import draw_map, draw_ratios

        draw = draw_ratios if self.map["price_ratio"].isna().all() else draw_map
        return draw(ax, self, words, names or {})


def customer_value_added(own: ArrayLike, competitors: ArrayLike) -> float:
    """Mean own rating of worth what paid for over the competitors' mean rating; 1 = equal.

    Examples
    --------
    >>> customer_value_added([8, 9], [8, 8])
    1.0625
    """
    return float(np.nanmean(np.asarray(own, dtype=float)) / np.nanmean(np.asarray(competitors, dtype=float)))


def score_value_added(
    ratings: pd.DataFrame,
    *,
    own: str,
    worth: str,
    quality: Mapping[str, float] | Sequence[str] = (),
    price: str | Mapping[str, float] | None = None,
    quality_weight: float | None = None,
    organization: str = "organization",
    respondent: str | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> ValueAddedResult:
    """Customer value added = own mean worth / competitors' mean worth, a ratio: 1 = equal, above 1 = better.

    Parameters
    ----------
    ratings : DataFrame
        A row one respondent's ratings of one organization, on scales whose zero means nothing of it (1 to 10, say).
    own : str
        The organization that is held against the others.
    worth : str
        Column of "worth what was paid for".
    quality : mapping or list of str, optional
        Column -> importance (rescaled to a sum of 1), or columns that count alike.
    price : str or mapping, optional
        Column of the price, or organization -> price; high = dear.
    quality_weight : float, optional
        Share of quality, beside price, in the decision to buy: the fair-value line rises by quality_weight / (1 -
        quality_weight). Without it the line is fitted through (1, 1), from three organizations on.
    organization : str
        Column of the organization that a row rates.
    respondent : str, optional
        Column of who rated, where somebody rated several.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    ValueAddedResult
        `table`: term (customer value added, relative quality, quality, relative price), attribute, weight,
        n_left, n_right, left_mean (own), right_mean (competitors), estimate, std_error, conf_low, conf_high, note;
        `map`: organization, quality_ratio, price_ratio, fair_price, estimate (price ratio - fair price, negative =
        cheaper than fair), n.

    Raises
    ------
    DataError
        A lacking column, a negative importance, a quality_weight that is no share.
    EstimationError
        The own organization or every competitor has no rating.

    References
    ----------
    Gale, B. T. (1994). Managing Customer Value. Free Press.

    Examples
    --------
    >>> ratings = pd.DataFrame({"organization": ["us", "us", "them", "them"], "worth": [8.0, 9.0, 7.0, 9.0]})
    >>> score_value_added(ratings, own="us", worth="worth").table["estimate"].item()
    1.0625
    """
    check_level(conf_level)
    if quality_weight is not None and not 0 <= quality_weight < 1:
        raise DataError(f"quality_weight: found {quality_weight}, expected a share from 0 to below 1. Correct it.")
    shares = _shares(quality)
    rated = [worth, *shares, *([price] if isinstance(price, str) else [])]
    found, organizations, kept = _ratings(ratings, rated, own, organization, respondent, weights)
    place = organizations.index(own)
    rows = [_ratio_row(found, place, 0, conf_level) | {"term": "customer value added"}]
    columns, weight = list(range(1, 1 + len(shares))), np.array(list(shares.values()))
    if shares:
        rows.append(_quality_row(found, place, columns, weight, conf_level) | {"term": "relative quality"})
        rows += [
            _ratio_row(found, place, k, conf_level) | {"term": "quality", "attribute": name, "weight": shares[name]}
            for k, name in zip(columns, shares, strict=True)
        ]
    if isinstance(price, str):
        rows.append(_ratio_row(found, place, len(rated) - 1, conf_level) | {"term": "relative price"})
    prices = _prices(price, found, organizations)
    line, value_map = _map(found, organizations, columns, weight, prices, quality_weight)
    info = {
        "n_obs": int(kept.sum()),
        "n_dropped": int((~kept).sum()),
        "own": own,
        "organizations": tuple(organizations),
        "fair_value_line": LINES[line],
        "method": METHOD,
        "conf_level": conf_level,
    }
    return ValueAddedResult(table=pd.DataFrame(rows).reindex(columns=list(ORDER)), map=value_map, info=info)


def _shares(quality: Mapping[str, float] | Sequence[str]) -> dict[str, float]:
    given = dict(quality) if isinstance(quality, Mapping) else dict.fromkeys(quality, 1.0)
    wrong = {name: value for name, value in given.items() if not value >= 0}
    total = sum(given.values())
    if wrong or (given and not total > 0):
        raise DataError(f"quality: found {wrong or given}, expected importances from 0, one above 0. Correct them.")
    return {name: float(value) / total for name, value in given.items()}


def _ratings(
    ratings: pd.DataFrame,
    rated: list[str],
    own: str,
    organization: str,
    respondent: str | None,
    weights: str | ArrayLike | pd.Series | None,
) -> tuple[Ratings, list[str], NDArray[np.bool_]]:
    """Means by organization, the organizations in their order, and the rows that count."""
    values = answers_to(ratings, rated, "ratings")
    labels = column_of(ratings, organization, "the organization", "ratings").astype("string")
    w = column_of(ratings, weights, "weights", "ratings") if isinstance(weights, str) else weights
    amounts = respondent_weights(w, ratings.index)
    kept = labels.notna().to_numpy() & (amounts > 0) & ~np.isnan(values[:, 0])
    organizations = sorted(labels[kept].unique())
    if own not in organizations or len(organizations) < 2:
        raise EstimationError(
            f"ratings: found {', '.join(organizations) or 'no organization'} with ratings of worth, expected {own!r} "
            "and at least one competitor. Check `own` and the column of the organization."
        )
    codes = pd.Categorical(labels[kept], categories=organizations).codes.astype(np.int64)
    people = np.arange(int(kept.sum()))
    if respondent is not None:
        who = column_of(ratings, respondent, "who rated", "ratings")[kept]
        known, nobody = pd.factorize(who)[0], len(who) + np.arange(len(who))  # who is not known is somebody of his own
        people = pd.factorize(np.where(known < 0, nobody, known))[0]
    return read_ratings(values[kept], codes, people, amounts[kept]), [str(name) for name in organizations], kept


def _counts(found: Ratings, place: int, column: int) -> dict[str, object]:
    counted = found.n[:, column]
    return {
        "n_left": int(counted[place]),
        "n_right": int(counted.sum() - counted[place]),
        "left_mean": float(found.means[place, column]),
        "right_mean": float(found.others(place)[column]),
    }


def _note(found: Ratings, place: int, columns: list[int]) -> str:
    theirs = found.others(place)[columns]
    if not (theirs > 0).all() or np.isnan(found.means[:, columns]).any():
        return NO_RATIO
    return ONE_ANSWER if (found.n[:, columns] < 2).any() else ""


def _ratio_row(found: Ratings, place: int, column: int, conf_level: float) -> dict[str, object]:
    row, note = _counts(found, place, column), _note(found, place, [column])
    if note == NO_RATIO:
        return row | {"note": note}
    if note:
        return row | {"estimate": float(found.means[place, column] / found.others(place)[column]), "note": note}
    ratio = relative_mean(found, place, column, conf_level)
    return row | ratio | {"note": WIDE if np.isnan(ratio["conf_low"]) else ""}


def _quality_row(
    found: Ratings, place: int, columns: list[int], weight: Matrix, conf_level: float
) -> dict[str, object]:
    note = _note(found, place, columns)
    counts = {name: value for name, value in _counts(found, place, columns[0]).items() if name.startswith("n_")}
    if note == NO_RATIO:
        return counts | {"note": note}
    estimate, gradient = weighted_ratio_gradient(found, place, columns, weight)
    if note:
        return counts | {"estimate": estimate, "note": note}
    return counts | t_row(found, estimate, gradient, place, columns[0], conf_level) | {"note": ""}


def _prices(price: str | Mapping[str, float] | None, found: Ratings, organizations: list[str]) -> Matrix:
    if isinstance(price, str):
        return found.means[:, -1]
    return np.array([float((price or {}).get(name, np.nan)) for name in organizations])


def _map(
    found: Ratings,
    organizations: list[str],
    columns: list[int],
    weight: Matrix,
    prices: Matrix,
    quality_weight: float | None,
) -> tuple[str, pd.DataFrame]:
    """Which line, and the value map: each organization against the mean of the others."""
    places = range(len(organizations))
    quality = np.array([weighted_ratio_gradient(found, k, columns, weight)[0] if columns else np.nan for k in places])
    price = np.array([prices[k] / np.delete(prices, k).mean() for k in places])
    kind, slope = _slope(quality - 1, price - 1, quality_weight)
    fair = 1 + slope * (quality - 1)
    table = pd.DataFrame({"organization": organizations, "quality_ratio": quality, "price_ratio": price})
    return kind, table.assign(fair_price=fair, estimate=price - fair, n=found.n[:, 0])


def _slope(quality: Matrix, price: Matrix, quality_weight: float | None) -> tuple[str, float]:
    if quality_weight is not None:
        return "weights", quality_weight / (1 - quality_weight)
    known = ~np.isnan(quality) & ~np.isnan(price)
    if known.sum() < 3 or not (quality[known] ** 2).sum() > 0:
        return "none", float("nan")
    return "fitted", float((quality[known] @ price[known]) / (quality[known] @ quality[known]))
