"""Do the components weigh as the value equation says? The overall value regressed on them, with HC3.

References
----------
Long, J. S. & Ervin, L. H. (2000). Heteroscedasticity consistent standard errors. The American Statistician 54, 217-224.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.measures.value_answers import COMPONENTS, SIGNS
from cemlab.multiplicity import holm
from cemlab.thresholds import threshold

Matrix = NDArray[np.float64]
NO_OVERALL = "No overall value was given: the weights of the equation are not tested."
UNITS_DIFFER = "Standard scores of the overall value have another unit than the sum: read the test of equal weights."
FEW = "Too few respondents rated the components and the overall value."
COLLINEAR = "The components cannot be told apart: one is a sum of others or does not vary."
UNIT, EQUAL = "b = (1, -1, -1, -1, 1)", "b proportional to (1, -1, -1, -1, 1)"
WEIGHTS = ("term", "n", "estimate", "hypothesized", "std_error", "statistic", "df", "p_value", "p_adjusted",
           "conf_low", "conf_high", "note")  # fmt: skip
TESTS = ("term", "n", "statistic", "df", "p_value", "r_squared", "note")


def unit_weight_tests(
    overall: Matrix, components: Matrix, weights: Matrix, conf_level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The five coefficients held against the equation's, and the joint F tests of them.

    Parameters
    ----------
    overall : array of shape (n_respondents,)
        The overall value as rated.
    components : array of shape (n_respondents, 5)
        In the order of `COMPONENTS`.
    weights : array of shape (n_respondents,)
        Survey weights.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    tuple of DataFrame
        Coefficients: term, n, estimate, hypothesized, std_error, statistic, df, p_value, p_adjusted (Holm), conf_low,
        conf_high, note; tests: term, n, statistic (F), df (of the denominator), p_value, r_squared, note.
    """
    complete = ~np.isnan(np.column_stack([overall, components])).any(axis=1) & (weights > 0)
    y, x, w = overall[complete], components[complete], weights[complete]
    design = np.column_stack([np.ones(len(y)), x])
    hypothesized = np.array([SIGNS[name] for name in COMPONENTS])
    note = FEW if len(y) < design.shape[1] + threshold("spare_units").value else ""
    if not note and np.linalg.matrix_rank(design) < design.shape[1]:
        note = COLLINEAR
    if note:
        return _nothing(len(y), hypothesized, note)
    import statsmodels.api as sm

    fit = sm.WLS(y, design, weights=w).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int(1 - conf_level)[1:].T
    statistic = (fit.params[1:] - hypothesized) / fit.bse[1:]
    alone = [fit.t_test((np.eye(6)[k + 1], value)).pvalue for k, value in enumerate(hypothesized)]
    p_values = np.array(alone, dtype=float)
    coefficients = pd.DataFrame(
        {
            "term": list(COMPONENTS),
            "n": len(y),
            "estimate": fit.params[1:],
            "hypothesized": hypothesized,
            "std_error": fit.bse[1:],
            "statistic": statistic,
            "df": fit.df_resid,
            "p_value": p_values,
            "p_adjusted": holm(p_values),
            "conf_low": low,
            "conf_high": high,
            "note": "",
        }
    )
    equal = np.array([hypothesized[0] * np.eye(6)[k + 1] - hypothesized[k] * np.eye(6)[1] for k in range(1, 5)])
    tests = []
    for term, matrix, values in ((UNIT, np.eye(6)[1:], hypothesized), (EQUAL, equal, np.zeros(4))):
        found = fit.wald_test((matrix, values), use_f=True, scalar=True)
        tests.append((term, len(y), float(found.statistic), fit.df_resid, float(found.pvalue), fit.rsquared, ""))
    return coefficients, pd.DataFrame(tests, columns=list(TESTS))


def _nothing(n: int, hypothesized: Matrix, note: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    coefficients = pd.DataFrame({"term": list(COMPONENTS), "n": n, "hypothesized": hypothesized, "note": note})
    tests = pd.DataFrame({"term": [UNIT, EQUAL], "n": n, "note": note})
    return coefficients.reindex(columns=list(WEIGHTS)), tests.reindex(columns=list(TESTS))
