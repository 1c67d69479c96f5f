"""Which form of service quality goes with the overall judgement best: SERVPERF, SERVQUAL, weighted, two variables.

References
----------
Cronin, J. J. & Taylor, S. A. (1992). Measuring service quality: a reexamination and extension. Journal of Marketing
    56(3), 55-68.
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1988). SERVQUAL. Journal of Retailing 64(1), 12-40.
Edwards, J. R. & Parry, M. E. (1993). Academy of Management Journal 36(6), 1577-1613.
Allen, D. M. (1974). The relationship between variable selection and data augmentation. Technometrics 16. (PRESS)
Efron, B. (1987). Better bootstrap confidence intervals. JASA 82, 171-185.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.errors import DataError
from cemlab.intervals import normal_quantile
from cemlab.languages import ENGLISH, Words
from cemlab.measures.form_scores import (
    chosen_pairs,
    complete_rows,
    importance_of,
    judgement,
    scale_midpoint,
    sides_of,
    weighted_score,
)
from cemlab.measures.gap_scores import mean_of_parts
from cemlab.measures.polynomial import constraint_tests, require_rows
from cemlab.measures.surface import Matrix, explained_share, left_out_moments, quadratic, resampled_moments
from cemlab.resampling import bca_interval, bootstrap_std_error
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMS = {  # predictors among 1, P, E, P², PE, E², gap, weighted P, weighted gap
    "SERVPERF": [0, 1],
    "SERVQUAL": [0, 6],
    "weighted SERVPERF": [0, 7],
    "weighted SERVQUAL": [0, 8],
    "perception and expectation": [0, 1, 2],
    "polynomial": [0, 1, 2, 3, 4, 5],
}
OUTCOME = 9
NO_IMPORTANCE = "Nobody was asked for importance: there is no weighted form."
CONSTANT_FORM = "The scores of this form do not vary."
METHOD = (
    "least squares of the overall judgement on each form over the same respondents; R² with BCa bootstrap interval of "
    "respondents; out of sample: each respondent predicted from the others (PRESS); BIC: least squares; "
    "differences from SERVPERF: adjusted R², normal interval with the bootstrap's standard error"
)


@dataclass(frozen=True, kw_only=True)
class FormsResult(Result):
    """A row a form; `differences` from SERVPERF; `constraints`: what a gap score takes for granted."""

    differences: pd.DataFrame
    constraints: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Share of the judgement's variance that goes with each form, with its interval.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display name of the outcome.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        table = self.table[self.table["estimate"].notna()]
        ax = new_axes(ax, words=words)
        ends = [table[column].tolist() for column in ("estimate", "conf_low", "conf_high")]
        labels = [words(term) for term in table["term"]]
        intervals(
            ax, labels, *ends, words=words, axis_label=words("R², share of the variance of the overall judgement")
        )
        outcome = str(self.info["outcome"])
        caption = words(
            "Overall judgement: {outcome}. The same {n} respondents in every row.",
            outcome=(names or {}).get(outcome, outcome),
            n=words.number(self.info["n_obs"]),
        )
        return finish(ax, words=words, title=words("Which form goes with the overall judgement"), caption=caption)


def compare_gap_forms(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    outcome: str,
    importance: str | Mapping[str, float] | None = None,
    dimension: str | None = None,
    midpoint: float | None = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 1,
) -> FormsResult:
    """R² (0 to 1) of the overall judgement on each form of service quality, a row a form, over the same respondents.

    SERVPERF is the mean perception, SERVQUAL the mean gap, over the pairs answered on both sides (at least half). The
    weighted forms are the mean of importance x perception and of importance x gap. A form with more predictors has the
    larger R²: compare by `r_squared_out` (out of sample) or `bic` (smaller is better). Intervals of R² cover 88 to 97 %
    from 100 respondents on and 83 to 93 % at 30; of differences 78 to 87 % at 30; cautious where a form gains nothing
    (simulated for skewed 5-point answers: tests/benchmarks/coverage_forms.md).

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item, reversed items already turned.
    codebook : DataFrame
        item, attribute, role; construct = dimension, scale_min, scale_max. Roles expectation, perception, and
        importance or points for the weighted forms.
    outcome : str
        Column of the overall judgement.
    importance : {"importance", "points"} or mapping, optional
        Items of that role, or a number for each attribute or each dimension. By default items of role importance where
        each pair has one, else points.
    dimension : str, optional
        Only the pairs of this dimension.
    midpoint : float, optional
        Where P and E are centred; by default the middle of the items' scale.
    conf_level : float
        Level of the intervals.
    n_boot, seed : int
        Resamples of respondents, and where they start.

    Returns
    -------
    FormsResult
        `table`: term, n, n_predictors, estimate (R²), conf_low, conf_high, r_squared_adjusted, r_squared_out, bic,
        note.
        `differences` (adjusted R² less that of SERVPERF): term, n, estimate, std_error, conf_low, conf_high.
        `constraints`: term, method, n, statistic, df_numerator, df, p_value. `info["best"]`: the form
        with the smallest BIC.

    Raises
    ------
    DataError
        A column or a dimension that is not there.
    EstimationError
        No pair, no common scale, or too few complete respondents.

    References
    ----------
    Cronin & Taylor (1992), Journal of Marketing 56(3), 55-68.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> survey = pd.DataFrame(rng.integers(1, 8, (300, 2)).astype(float), columns=["e", "p"])
    >>> survey["overall"] = survey["p"]
    >>> codebook = pd.DataFrame({"item": ["e", "p"], "attribute": "speed", "role": ["expectation", "perception"],
    ...                          "construct": "care", "scale_min": 1.0, "scale_max": 7.0})
    >>> table = compare_gap_forms(survey, codebook, outcome="overall", n_boot=50).table
    >>> table.loc[table["term"] == "SERVPERF", "estimate"].round(6).item()
    1.0
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    pairs = chosen_pairs(survey, codebook, dimension)
    middle = scale_midpoint(codebook, pairs, midpoint)
    expected, perceived = sides_of(survey, pairs)
    weighing, origin = importance_of(survey, codebook, pairs, importance)
    p, e = mean_of_parts(perceived) - middle, mean_of_parts(expected) - middle
    weighted = [np.zeros(len(p))] * 2
    if weighing is not None:
        weighted = [weighted_score(values, weighing) for values in (perceived, perceived - expected)]
    y = judgement(survey, outcome)
    known = complete_rows(p, e, *weighted, y)
    columns = np.column_stack([quadratic(p, e), p - e, *weighted, y])[known]
    require_rows(columns[:, OUTCOME], columns[:, :6])
    columns[:, 6:] -= columns[:, 6:].mean(axis=0)
    notes = {form: _why_not(form, columns, weighing is None) for form in FORMS}
    table, differences = _rows(columns, notes, conf_level, n_boot, seed)
    known_forms = table[table["bic"].notna()]
    info = {
        "n_obs": int(known.sum()),
        "n_dropped": int((~known).sum()),
        "outcome": outcome,
        "dimension": dimension,
        "importance": origin,
        "midpoint": middle,
        "best": str(known_forms["term"].iloc[int(known_forms["bic"].to_numpy().argmin())]),
        "method": METHOD,
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    constraints = constraint_tests(columns[:, OUTCOME], columns[:, :6])
    return FormsResult(table=table, differences=differences, constraints=constraints, info=info)


def _why_not(form: str, columns: Matrix, no_importance: bool) -> str:
    if form.startswith("weighted") and no_importance:
        return NO_IMPORTANCE
    spread = np.ptp(columns[:, FORMS[form][1:]], axis=0)
    return CONSTANT_FORM if (spread <= 1e-12).any() else ""


def _rows(
    columns: Matrix, notes: Mapping[str, str], conf_level: float, n_boot: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    moments = resampled_moments(columns, n_boot, seed)
    left_out = left_out_moments(columns)
    base = _adjusted(explained_share(moments, FORMS["SERVPERF"], OUTCOME), len(columns), 1)
    quantile = normal_quantile(conf_level)
    rows, differences, first = [], [], np.nan
    for form, predictors in FORMS.items():
        head = {"term": form, "n": len(columns)}
        if notes[form]:
            rows.append({**head, "n_predictors": len(predictors) - 1, "note": notes[form]})
            continue
        fitted = _fit(columns[:, predictors], columns[:, OUTCOME])
        draws = explained_share(moments, predictors, OUTCOME)
        low, high, _ = bca_interval(
            draws, fitted["estimate"], explained_share(left_out, predictors, OUTCOME), conf_level
        )
        rows.append(
            {**head, "n_predictors": len(predictors) - 1, **fitted, "conf_low": low, "conf_high": high, "note": ""}
        )
        if form == "SERVPERF":
            first = fitted["r_squared_adjusted"]
            continue
        gain = fitted["r_squared_adjusted"] - first
        error = bootstrap_std_error(_adjusted(draws, len(columns), len(predictors) - 1) - base)
        ends = {"conf_low": gain - quantile * error, "conf_high": gain + quantile * error}
        differences.append({**head, "estimate": gain, "std_error": error, **ends})
    order = ["term", "n", "n_predictors", "estimate", "conf_low", "conf_high", "r_squared_adjusted", "r_squared_out",
             "bic", "note"]  # fmt: skip
    shown = ["term", "n", "estimate", "std_error", "conf_low", "conf_high"]
    return pd.DataFrame(rows).reindex(columns=order), pd.DataFrame(differences).reindex(columns=shown)


def _adjusted(share: Any, n: int, n_predictors: int) -> Any:
    """R² adjusted for the number of predictors."""
    return 1 - (1 - share) * (n - 1) / (n - n_predictors - 1)


def _fit(design: Matrix, y: Matrix) -> dict[str, float]:
    """R², adjusted, out of sample (PRESS against the others' mean), and BIC, of one form."""
    n, k = design.shape
    inverse = np.linalg.inv(design.T @ design)
    residuals = y - design @ (inverse @ (design.T @ y))
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    sse, total = float(residuals @ residuals), float(((y - y.mean()) ** 2).sum())
    press = float(((residuals / np.maximum(1 - leverage, 1e-10)) ** 2).sum())
    apart = float((((y - y.mean()) * n / (n - 1)) ** 2).sum())  # each from the mean of the others
    return {
        "estimate": 1 - sse / total,
        "r_squared_adjusted": _adjusted(1 - sse / total, n, k - 1),
        "r_squared_out": 1 - press / apart,
        "bic": n * float(np.log(max(sse, 1e-300) / n)) + k * float(np.log(n)),
    }
