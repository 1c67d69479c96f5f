"""Value equation: value = benefit - effort - risk - price + treatment, in points of the one scale of its components.

Held against the expected value: below by more than the tolerance = dissatisfied, within it = satisfied, above it =
delighted. The equation, the tolerance and the states are cemlab's own definition of what practitioners' texts say in
words; the equation's equal weights are a hypothesis that `overall` puts to the test.

References
----------
Zeithaml, V. A. (1988). Consumer perceptions of price, quality, and value. Journal of Marketing 52(3), 2-22.
Cohen, P. et al. (1999). The problem of units and the circumstance for POMP. Multivariate Behavioral Research 34.
Long, J. S. & Ervin, L. H. (2000). Heteroscedasticity consistent standard errors. The American Statistician 54. (HC3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import answers_to, check_level, column_of, groups_and_weights
from cemlab.measures.inference import NO_SPREAD, NOBODY, paired_rows
from cemlab.measures.ratios import share_rows
from cemlab.measures.value_answers import COMPONENTS, SIGNS, Scaling, Standardize, read_components
from cemlab.measures.value_weights import NO_OVERALL, TESTS, UNITS_DIFFER, WEIGHTS, unit_weight_tests
from cemlab.results import Result
from cemlab.thresholds import threshold
from cemlab.weighting import each_group, weighted_means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
STATES = ("dissatisfied", "satisfied", "delighted")
NO_VALUE = "Nobody rated all five components."
NO_EXPECTED = "No expected value was given."
ONE_NUMBER = "The expected value is one number: it has no interval."
METHOD = (
    "value = benefit - effort - risk - price + treatment of people who rated all five (a component: mean of its items, "
    "at least half answered); t intervals; shares: Wilson's interval, effective n, the tolerance taken as given; unit "
    "weights: least squares with HC3, joint F test; cemlab's own definition"
)
ORDER = (
    *("group", "term", "n", "estimate", "sd", "std_error", "statistic", "df", "p_value", "effect_size"),
    *("conf_low", "conf_high", "note"),
)


def customer_value(benefit: float, effort: float, risk: float, price: float, treatment: float) -> float:
    """Benefit - effort - risk - price + treatment, in points of their common scale; more is better.

    Examples
    --------
    >>> customer_value(8, 2, 1, 3, 0.5)
    2.5
    """
    return benefit - effort - risk - price + treatment


def value_state(difference: float, tolerance: float) -> str | None:
    """Give "dissatisfied", "satisfied" or "delighted" for value - expected value and its tolerance; None for NaN.

    Examples
    --------
    >>> value_state(-1.0, 0.5), value_state(0.5, 0.5)
    ('dissatisfied', 'satisfied')
    """
    if difference != difference:
        return None
    return STATES[0] if difference < -tolerance else STATES[2] if difference > tolerance else STATES[1]


@dataclass(frozen=True, kw_only=True)
class ValueResult(Result):
    """Components, value and value - expected value (`table`); `states`: shares of respondents.

    `weights`: the five coefficients against the equation's; `tests`: the joint tests of the equation's weights;
    `respondents`: value, expected, difference and state of each respondent, along the survey's index.
    """

    states: pd.DataFrame
    weights: pd.DataFrame
    tests: pd.DataFrame
    respondents: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """A waterfall from the benefit to the value, beside the expected value, with intervals; the first group.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of groups.

        Returns
        -------
        Axes
        """
        from cemlab.measures.value_picture import draw_waterfall

        return draw_waterfall(ax, self, words, names or {})


def score_value(
    survey: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    expected: str | float | Mapping[str, str] | None = None,
    overall: str | None = None,
    tolerance: float | None = None,
    standardize: Standardize | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> ValueResult:
    """Value = benefit - effort - risk - price + treatment, points of their one scale; difference = value - expected.

    cemlab's own definition. Dissatisfied: difference < -tolerance; satisfied: within it; delighted: above it.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent, one column an item.
    codebook : DataFrame
        item, role, scale_min, scale_max: an item or more of each role benefit, effort, risk, price and treatment;
        high = much. Treatment may run from -m to m beside components from 0 to m (bad treatment takes value away).
    expected : str, float or mapping, optional
        The expected value: a column in the unit of value, a number, or component -> column of what was expected of it.
    overall : str, optional
        Column of the overall value as rated, for the test of the equation's weights.
    tolerance : float, optional
        In points of value; by default half a standard deviation of value over all respondents (own definition).
    standardize : {"z", "pomp"}, optional
        Makes unlike scales one: standard scores over all respondents, or percent of the maximum possible. Without it
        unlike scales are refused.
    by : str or list of str, optional
        Columns of the survey that make the groups.
    weights : str, Series or array, optional
        Survey weights, a column's name or the values.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    ValueResult
        `table`: group, term (benefit … treatment, value, expected, difference), n, estimate, sd, std_error, statistic,
        df, p_value, effect_size (d_z, of the difference), conf_low, conf_high, note; `states`, `weights`, `tests`,
        `respondents`.

    Raises
    ------
    DataError
        Unlike scales without `standardize`; a column that is lacking; nobody rated all five.
    EstimationError
        A component has no item.

    References
    ----------
    Zeithaml, V. A. (1988). Journal of Marketing 52(3), 2-22.

    Examples
    --------
    >>> roles = ["benefit", "effort", "risk", "price", "treatment"]
    >>> codebook = pd.DataFrame({"item": roles, "role": roles, "scale_min": 0.0, "scale_max": 10.0})
    >>> survey = pd.DataFrame([[8, 2, 1, 3, 0.5], [6, 3, 2, 3, 1.5]], columns=roles)
    >>> score_value(survey, codebook, expected=1.0).table.set_index("term").loc["value", "estimate"].item()
    1.0
    """
    check_level(conf_level)
    labels, w = groups_and_weights(survey, by, weights)
    components, scaling = read_components(survey, codebook, w, standardize)
    value = components @ np.array([SIGNS[name] for name in COMPONENTS])
    used = ~np.isnan(value) & labels.notna().to_numpy() & (w > 0)
    if not used.any():
        raise DataError(
            "survey: found no respondent who rated all five components, expected one. Check the items' columns."
        )
    believed = _expected(survey, expected, scaling, standardize)
    difference = value - believed
    limit = _tolerance(tolerance, value, used, w)
    columns = np.column_stack([np.where(np.isnan(value)[:, None], np.nan, components), value, believed, difference])
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in ("table", "states", "weights", "tests")}
    target = None if overall is None else scaling.of_overall(column_of(survey, overall, "the overall value"), overall)
    for name, where in each_group(labels):
        tables["table"].append(_rows(columns[where], w[where], conf_level).assign(group=name))
        tables["states"].append(_states(difference[where], limit, w[where], conf_level).assign(group=name))
        if target is not None:
            found = unit_weight_tests(target[where], components[where], w[where], conf_level)
            for part, rows in zip(("weights", "tests"), found, strict=True):
                tables[part].append(rows.assign(group=name))
    tables["weights"] = tables["weights"] or [pd.DataFrame(columns=["group", *WEIGHTS])]
    tables["tests"] = tables["tests"] or [pd.DataFrame(columns=["group", *TESTS])]
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    joined = {name: frame[["group", *frame.columns.drop("group")]] for name, frame in joined.items()}
    respondents = pd.DataFrame({"value": value, "expected": believed, "difference": difference}, index=survey.index)
    respondents["state"] = [value_state(one, limit) for one in difference]
    info = {
        "n_obs": int(used.sum()),
        "n_dropped": int((~used).sum()),
        "tolerance": limit,
        "tolerance_rule": "given" if tolerance is not None else "half a standard deviation of value",
        "standardize": standardize,
        "effect_size": "d_z",
        "weights_note": NO_OVERALL if target is None else UNITS_DIFFER if standardize == "z" else "",
        "method": METHOD,
        "conf_level": conf_level,
    }
    return ValueResult(**joined, respondents=respondents, info=info)  # type: ignore[arg-type]


def _expected(
    survey: pd.DataFrame,
    expected: str | float | Mapping[str, str] | None,
    scaling: Scaling,
    standardize: Literal["z", "pomp"] | None,
) -> Matrix:
    """Expected value a respondent, in the unit of value; NaN without one."""
    if expected is None:
        return np.full(len(survey), np.nan)
    if isinstance(expected, Mapping):
        lacking = [name for name in COMPONENTS if name not in expected]
        if lacking:
            found = ", ".join(lacking)
            raise DataError(f"expected: found no column for {found}, expected all five components. Add them.")
        columns = answers_to(survey, [expected[name] for name in COMPONENTS])
        return scaling.of_components(columns) @ np.array([SIGNS[name] for name in COMPONENTS])
    if isinstance(expected, str):
        if standardize is not None:
            raise DataError(
                f"expected: found the column {expected!r} beside standardize={standardize!r}, expected a column for "
                "each component or a number in the standardized unit. A rating has no place in that unit."
            )
        return column_of(survey, expected, "the expected value").to_numpy(dtype=float, na_value=np.nan)
    return np.full(len(survey), float(expected))


def _tolerance(tolerance: float | None, value: Matrix, used: NDArray[np.bool_], w: Matrix) -> float:
    if tolerance is None:
        spread = float(weighted_means(value[used][:, None], w[used]).sd[0])
        return threshold("value_tolerance").value * (0.0 if np.isnan(spread) else spread)
    if not tolerance >= 0:
        raise DataError(f"tolerance: found {tolerance}, expected at least 0, in points of value. Correct it.")
    return float(tolerance)


def _rows(columns: Matrix, w: Matrix, conf_level: float) -> pd.DataFrame:
    rows = paired_rows(columns, w, conf_level)
    rows.insert(0, "term", [*COMPONENTS, "value", "expected", "difference"])
    told = rows["term"] == "difference"  # only the difference is held against zero
    rows.loc[~told, ["statistic", "df", "p_value", "effect_size"]] = np.nan
    about = rows["term"].isin(["expected", "difference"])
    rows["note"] = rows["note"].mask((rows["note"] == NOBODY) & about, NO_EXPECTED).replace(NOBODY, NO_VALUE)
    rows["note"] = rows["note"].mask((rows["note"] == NO_SPREAD) & (rows["term"] == "expected"), ONE_NUMBER)
    return rows.reindex(columns=list(ORDER)).drop(columns="group")


def _states(difference: Matrix, limit: float, w: Matrix, conf_level: float) -> pd.DataFrame:
    known = ~np.isnan(difference)
    with np.errstate(invalid="ignore"):
        members = [difference < -limit, np.abs(difference) <= limit, difference > limit]
    rows = share_rows(np.column_stack([np.where(known, m, np.nan) for m in members]), w, conf_level)
    rows.insert(0, "state", list(STATES))
    return rows.assign(note=np.where(rows["n"] == 0, NO_EXPECTED, ""))
