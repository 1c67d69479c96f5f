"""An organization's gaps beside a norm: the other organizations of the study, or a published table.

Nobody's number may be read from a norm: the organization itself is left out of it, the others weigh equally, and where
there are fewer of them than the threshold `norm_organizations` no norm is given. Five that weigh equally is what the
US agencies ask of exchanged figures: at least five sources, none above a quarter of the whole.

References
----------
US Department of Justice & Federal Trade Commission (1996). Statements of Antitrust Enforcement Policy in Health Care,
    statement 6.
Welch, B. L. (1947). The generalization of Student's problem when several different population variances are involved.
    Biometrika 34, 28-35.
Crawford, J. R. & Howell, D. C. (1998). Comparing an individual's test score against norms derived from small samples.
    The Clinical Neuropsychologist 12, 482-486.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.gaps import score_gaps
from cemlab.multiplicity import holm
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OTHERS, PUBLISHED = "the other organizations", "published table"
TOTAL = "mean of dimensions"
TOO_FEW_OTHERS = "Too few other organizations: a norm would give away their numbers."
OWN_MISSING = "The organization has too few answers here."
FIXED = "The published number is taken as exact: its table gives no spread and size."
NOT_PUBLISHED = "The published table has no such dimension."
ORDER = ("term", "dimension", "n", "n_units", "left_mean", "right_mean", "estimate", "std_error", "statistic", "df",
         "p_value", "p_adjusted", "conf_low", "conf_high", "effect_size", "p_typical", "note")  # fmt: skip
METHOD = (
    "difference of the organization's mean gap from the norm, Welch's t interval; the others weigh equally; "
    "effect_size and p_typical: against the spread of the other organizations (Crawford and Howell); Holm within a norm"
)


@dataclass(frozen=True, kw_only=True)
class NormsResult(Result):
    """A row a norm and dimension: difference from the norm in scale points, positive = the organization does better."""

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Difference from each norm by dimension, with its interval.

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
        table = self.table[self.table["estimate"].notna()]
        labels = [words(name) if name == TOTAL else shown.get(name, name) for name in table["dimension"]]
        ends = [table[column].tolist() for column in ("estimate", "conf_low", "conf_high")]
        ax = new_axes(ax, words=words)
        intervals(ax, labels, *ends, words=words, axis_label=words("Difference from the norm, scale points"),
                  reference=0.0, hues=[words(term) for term in table["term"]])  # fmt: skip
        caption = words("Positive = a smaller shortfall than the norm. {n} respondents.",
                        n=words.number(self.info["n_obs"]))  # fmt: skip
        return finish(ax, words=words, title=words("Gaps beside their norms"), caption=caption)


def compare_norms(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    organization: str,
    published: pd.DataFrame | None = None,
    column: str = "organization",
    weights: str | ArrayLike | pd.Series | None = None,
    min_others: int | None = None,
    min_respondents: int = 10,
    conf_level: float = 0.95,
) -> NormsResult:
    """Gap of an organization minus the norm, scale points, positive = a smaller shortfall than the norm.

    The norm of the study is the mean of the other organizations' gaps, each weighing the same. It is not given where
    fewer than `min_others` others have at least `min_respondents` answers. The result holds no other organization's
    row. With five others or more one of them cannot be told from the norm, unless all the rest put theirs together.

    Parameters
    ----------
    survey : DataFrame
        All organizations of the study, one row a respondent.
    codebook : DataFrame
        As for `score_gaps`.
    organization : str
        Whose gaps are compared.
    published : DataFrame, optional
        dimension and estimate (gap, perception - expectation, on the same scale); sd and n where they are printed. The
        dimension "mean of dimensions" is the total.
    column : str
        Column of the survey that names the organization.
    weights : str, Series or array, optional
        Survey weights.
    min_others : int, optional
        Fewest other organizations of a norm; by default, and at least, the threshold `norm_organizations` (5).
    min_respondents : int
        Organizations with fewer answers do not count in the norm.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    NormsResult
        `table`: term (which norm), dimension, n (own answers), n_units (other organizations), left_mean (own gap),
        right_mean (norm), estimate, std_error, statistic, df, p_value, p_adjusted, conf_low, conf_high, effect_size
        (standard deviations between the other organizations), p_typical, note.

    Raises
    ------
    DataError
        A column or the organization that is not there; a published table without dimension and estimate.
    EstimationError
        No attribute has both roles.

    References
    ----------
    DOJ & FTC (1996), statement 6; Crawford & Howell (1998).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> survey = pd.DataFrame({"organization": np.repeat(list("abcdef"), 20), "e": 6.0, "p": rng.integers(3, 7, 120)})
    >>> codebook = pd.DataFrame({"item": ["e", "p"], "attribute": "speed", "role": ["expectation", "perception"],
    ...                          "construct": "care"})
    >>> compare_norms(survey, codebook, organization="a").table["n_units"].tolist()
    [5, 5]
    """
    least = int(threshold("norm_organizations").value)
    if min_others is not None and min_others < least:
        raise DataError(
            f"min_others: found {min_others}, expected at least {least}. A norm of fewer gives away their numbers."
        )
    scored = score_gaps(survey, codebook, by=column, weights=weights, conf_level=conf_level)
    gaps = scored.dimensions[["group", "dimension", "n", "estimate", "std_error"]]
    totals = scored.overall[scored.overall["term"] == (TOTAL if len(gaps) else "mean of items")]
    gaps = pd.concat([gaps, totals.assign(dimension=TOTAL)[list(gaps)]], ignore_index=True)
    own = gaps[gaps["group"] == str(organization)].set_index("dimension")
    if own.empty:
        raise DataError(
            f"organization: found no respondent of {str(organization)!r} in column {column!r}, expected one of its "
            "values. Correct the name."
        )
    others = gaps[(gaps["group"] != str(organization)) & (gaps["n"] >= min_respondents) & gaps["std_error"].notna()]
    rows = [
        _beside_others(name, row, others[others["dimension"] == name], min_others or least, conf_level)
        for name, row in own.iterrows()
    ]
    if published is not None:
        printed = _printed(published)
        rows += [_beside_printed(name, row, printed, conf_level) for name, row in own.iterrows()]
    table = pd.DataFrame(rows).reindex(columns=list(ORDER))
    for _, part in table.groupby("term", sort=False):
        table.loc[part.index, "p_adjusted"] = holm(part["p_value"].to_numpy(dtype=float))
    members = survey[column].astype("string") == str(organization)
    info = {
        "n_obs": int(own["n"].max()),
        "n_dropped": int(members.sum()) - int(own["n"].max()),
        "organization": str(organization),
        "min_others": min_others or least,
        "min_respondents": min_respondents,
        "effect_size": "difference in standard deviations between the other organizations",
        "method": METHOD,
        "conf_level": conf_level,
    }
    return NormsResult(table=table, info=info)


def _beside_others(
    name: object, own: pd.Series, others: pd.DataFrame, least: int, conf_level: float
) -> dict[str, object]:
    k = len(others)
    head = {"term": OTHERS, "dimension": name, "n": int(own["n"]), "n_units": k, "left_mean": own["estimate"]}
    if k < least:
        return {**head, "note": TOO_FEW_OTHERS}
    if np.isnan(own["std_error"]):
        return {**head, "note": OWN_MISSING}
    values, errors, sizes = (others[column].to_numpy(dtype=float) for column in ("estimate", "std_error", "n"))
    norm, spread = float(values.mean()), float(values.std(ddof=1))
    variances = np.append(own["std_error"] ** 2, errors**2 / k**2)
    row = _welch(own["estimate"], norm, variances, np.append(own["n"] - 1.0, sizes - 1.0), conf_level)
    if spread > 0:
        distance = row["estimate"] / spread
        row |= {"effect_size": distance, "p_typical": 2 * stdtr(k - 1.0, -abs(distance) / np.sqrt(1 + 1 / k))}
    return {**head, **row, "note": ""}


def _beside_printed(name: object, own: pd.Series, printed: pd.DataFrame, conf_level: float) -> dict[str, object]:
    head = {"term": PUBLISHED, "dimension": name, "n": int(own["n"]), "left_mean": own["estimate"]}
    if str(name) not in printed.index:
        return {**head, "note": NOT_PUBLISHED}
    if np.isnan(own["std_error"]):
        return {**head, "note": OWN_MISSING}
    norm, sd, n = (float(printed[column][str(name)]) for column in ("estimate", "sd", "n"))
    is_known = bool(sd >= 0 and n > 1)
    variances, df = [own["std_error"] ** 2], [own["n"] - 1.0]
    if is_known:
        variances, df = [*variances, sd**2 / n], [*df, n - 1.0]
    row = _welch(own["estimate"], norm, np.array(variances), np.array(df), conf_level)
    return {**head, **row, "note": "" if is_known else FIXED}


def _welch(own: float, norm: float, variances: np.ndarray, df: np.ndarray, conf_level: float) -> dict[str, float]:
    """Difference of a mean from a mean (of means) with Satterthwaite's degrees of freedom."""
    error = float(np.sqrt(variances.sum()))
    shared = float(variances.sum() ** 2 / (variances**2 / df).sum())
    difference = float(own - norm)
    half = float(stdtrit(shared, (1 + conf_level) / 2)) * error
    statistic = difference / error
    return {
        "right_mean": norm, "estimate": difference, "std_error": error, "statistic": statistic, "df": shared,
        "p_value": float(2 * stdtr(shared, -abs(statistic))),
        "conf_low": difference - half, "conf_high": difference + half,
    }  # fmt: skip


def _printed(published: pd.DataFrame) -> pd.DataFrame:
    """The published table by dimension, with sd and n where it has them."""
    if not {"dimension", "estimate"} <= set(published):
        raise DataError(
            f"published: found columns {list(map(str, published))}, expected dimension and estimate, and sd and n "
            "where they are printed. Rename them."
        )
    table = published.reindex(columns=["dimension", "estimate", "sd", "n"])
    twice = sorted(set(table.loc[table["dimension"].duplicated(), "dimension"].astype(str)))
    if twice:
        raise DataError(
            f"published: found several rows for {', '.join(twice[:5])}, expected one each. Drop the others."
        )
    return table.assign(dimension=table["dimension"].astype(str)).set_index("dimension")
