"""Internal consistency: Cronbach's alpha with Feldt's interval, omega of one common factor, item statistics.

References
----------
Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334.
Feldt, L. S., Woodruff, D. J. & Salih, F. A. (1987). Statistical inference for coefficient alpha. Applied Psychological
    Measurement 11, 93-103.
McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.coefficients import alpha_of, alpha_row, complete_rows, item_rows, omega_row
from cemlab.measures.pairs import SIDES, find_pairs
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = "gap"  # the role of difference scores
UNRATED = ("points", "attention", "kano_functional", "kano_dysfunctional", "text", "profile")
METHOD = (
    "complete answers of a construct; alpha: raw, interval of Feldt; omega: one factor by minimum residuals, sum of "
    "raw answers, interval by delta method on log(1 - omega)"
)


@dataclass(frozen=True, kw_only=True)
class ReliabilityResult(Result):
    """Rows of construct × role × coefficient; `items`: what each item does to its construct's alpha."""

    items: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Alpha of every construct and role with its interval and the conventional cut.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of constructs and roles.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = names or {}
        table = self.table[self.table["coefficient"] == "alpha"]
        labels = [
            f"{shown.get(construct, construct)} ({shown.get(role, words(role))})"
            for construct, role in zip(table["construct"], table["role"], strict=True)
        ]
        cut = threshold("alpha")
        ax = new_axes(ax, words=words)
        ends = [table[column].tolist() for column in ("estimate", "conf_low", "conf_high")]
        intervals(ax, labels, *ends, words=words, axis_label=words("Cronbach's alpha"), reference=cut.value)
        caption = words(
            "{n} respondents; dashed: the conventional {cut}.",
            n=words.number(self.info["n_obs"]),
            cut=words.number(cut.value, 2),
        )
        return finish(ax, words=words, title=words("Internal consistency of the scales"), caption=caption)


def cronbach_alpha(items: pd.DataFrame | ArrayLike) -> float:
    """Cronbach's alpha of the raw items, at most 1, over respondents who answered all of them.

    Parameters
    ----------
    items : DataFrame or array of shape (n_respondents, n_items)
        Items in one direction; rows with a missing answer are left out.

    Returns
    -------
    float
        NaN for a single item, fewer than two complete respondents or a sum that does not vary; negative where the
        items' mean covariance is.

    Raises
    ------
    DataError
        Not a table of numbers.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 2], [2, 4], [3, 6]]), 6)
    0.888889
    """
    complete = complete_rows(items)
    if complete.shape[1] < 2 or len(complete) < 2:
        return float("nan")
    return alpha_of(np.cov(complete, rowvar=False))


def omega_total(items: pd.DataFrame | ArrayLike, *, standardized: bool = False) -> float:
    """McDonald's omega of one common factor, 0 to 1, over respondents who answered all items.

    One minus the items' unique variances over the variance of their sum, as R's psych computes omega total.

    Parameters
    ----------
    items : DataFrame or array of shape (n_respondents, n_items)
        Items in one direction; rows with a missing answer are left out.
    standardized : bool
        Omega of the sum of z scores (correlation matrix) instead of that of raw answers (covariance matrix).

    Returns
    -------
    float
        NaN for fewer than three items or where the factor solution is improper.

    Raises
    ------
    DataError
        Not a table of numbers.

    References
    ----------
    McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(500, 1)) + rng.normal(size=(500, 4))  # true omega: 0.8
    >>> 0.75 < omega_total(answers) < 0.85
    True
    """
    return float(omega_row(complete_rows(items), 0.95, standardized=standardized)["estimate"])


def assess_reliability(survey: pd.DataFrame, codebook: pd.DataFrame, *, conf_level: float = 0.95) -> ReliabilityResult:
    """Alpha and omega (at most 1) of each construct and role, and of the difference scores (role "gap").

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item, reversed items already turned.
    codebook : DataFrame
        item, role and construct (attribute too for gaps); items that the survey lacks are left out and counted.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    ReliabilityResult
        `table`: construct, role, coefficient, estimate, conf_low, conf_high, n (complete respondents), n_items, note.
        `items`: construct, role, item (attribute for gaps), item_rest, alpha_without, n, note.

    Raises
    ------
    DataError
        The codebook lacks a column.
    EstimationError
        No item of a construct is in the survey.

    References
    ----------
    Feldt, L. S., Woodruff, D. J. & Salih, F. A. (1987). Applied Psychological Measurement 11, 93-103.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["a", "b"], "role": "agreement", "construct": "loyalty"})
    >>> survey = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 4.0, 6.0]})
    >>> assess_reliability(survey, codebook).table["estimate"].round(4).tolist()
    [0.8889, nan]
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    missing = [name for name in ("item", "role", "construct") if name not in codebook]
    if missing:
        raise DataError(f"codebook: found no column {missing}, expected item, role and construct. Add them.")
    rated = codebook[~codebook["role"].isin(UNRATED) & codebook["construct"].fillna("").ne("")]
    rows, parts = [], []
    for construct, role, scale in _scales(survey, rated):
        complete = complete_rows(scale)
        head = {"construct": construct, "role": role}
        sizes = {"n": len(complete), "n_items": complete.shape[1]}
        for coefficient, row in (
            ("alpha", alpha_row(complete, conf_level)),
            ("omega", omega_row(complete, conf_level)),
        ):
            note = row.pop("note")
            rows.append({**head, "coefficient": coefficient, **row, **sizes, "note": note})
        parts.append(item_rows(complete, [str(name) for name in scale.columns]).assign(**head))
    if not rows:
        raise EstimationError(
            "codebook: found no rated item of a construct in the survey, expected at least one. "
            "Name the constructs in the codebook and load the survey with it."
        )
    info = {
        "n_obs": len(survey),
        "n_dropped": 0,
        "n_items_absent": int((~rated["item"].isin(list(survey.columns))).sum()),
        "method": METHOD,
        "conf_level": conf_level,
    }
    items = pd.concat(parts, ignore_index=True)
    order = ["construct", "role", "item", "item_rest", "alpha_without", "n", "note"]
    return ReliabilityResult(table=pd.DataFrame(rows), items=items[order], info=info)


def _scales(survey: pd.DataFrame, rated: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Construct, role and answers of every scale; then the difference scores of every dimension."""
    present = rated[rated["item"].isin(list(survey.columns))]
    for (construct, role), part in present.groupby(["construct", "role"], sort=False):
        yield str(construct), str(role), survey[list(part["item"])]
    if "attribute" not in present or not set(SIDES) <= set(present["role"]):
        return
    table = find_pairs(present, survey).table
    for dimension, part in table[table["dimension"] != ""].groupby("dimension", sort=False):
        perceived = survey[list(part["perception"])].to_numpy(dtype=float, na_value=np.nan)
        expected = survey[list(part["expectation"])].to_numpy(dtype=float, na_value=np.nan)
        yield str(dimension), GAP, pd.DataFrame(perceived - expected, columns=list(part["attribute"]))
