"""Least squares with HC3 and the cluster jackknife CV3."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from cemlab.errors import EstimationError
from cemlab.models.regression import disattenuated_correlation, fit_least_squares, holm_adjust


def _data(seed: int, n: int = 60, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.normal(size=(n, k - 1))])
    return design @ rng.normal(size=k) + rng.normal(size=n) * (1 + np.abs(design[:, 1])), design


# truth: statsmodels as an independent implementation; closed form, 1e-10
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["HC3", "OLS"])
def test_equals_statsmodels(kind: str, weighted: bool) -> None:
    y, design = _data(1)
    weights = np.random.default_rng(2).uniform(0.3, 3, len(y)) if weighted else np.ones(len(y))
    reference = sm.WLS(y, design, weights=weights).fit(cov_type="HC3" if kind == "HC3" else "nonrobust", use_t=True)
    fit = fit_least_squares(y, design, weights=weights, covariance=kind)
    assert fit.coefficients == pytest.approx(reference.params, rel=1e-10)
    assert fit.std_errors == pytest.approx(reference.bse, rel=1e-10)
    assert fit.r_squared == pytest.approx(reference.rsquared, rel=1e-10)
    assert fit.df == reference.df_resid


def test_ml_errors_divide_by_n() -> None:
    y, design = _data(3)
    fits = [fit_least_squares(y, design, covariance=kind) for kind in ("ML", "OLS")]
    assert fits[0].std_errors == pytest.approx(fits[1].std_errors * np.sqrt((60 - 3) / 60), rel=1e-12)


def test_cv3_equals_leaving_each_cluster_out() -> None:
    y, design = _data(4)
    clusters = np.repeat(np.arange(8), [3, 4, 5, 6, 9, 10, 11, 12])
    full = sm.OLS(y, design).fit().params
    left = np.array([sm.OLS(y[clusters != g], design[clusters != g]).fit().params - full for g in range(8)])
    fit = fit_least_squares(y, design, clusters=clusters)
    assert fit.covariance == pytest.approx(7 / 8 * left.T @ left, rel=1e-9)
    assert (fit.df, fit.n_clusters, fit.kind) == (7, 8, "CV3")


def test_disattenuation_of_a_worked_case() -> None:
    assert disattenuated_correlation(0.30, 0.80, 0.85) == pytest.approx(0.3638, abs=5e-5)  # methods.md, section 16


def test_holm_equals_statsmodels() -> None:
    p_values = np.array([0.012, 0.5, 0.003, 0.04, 0.04])
    assert holm_adjust(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


# invariants
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 40))
def test_cv3_of_single_rows_is_hc3_times_n_minus_1_over_n(seed: int, n: int) -> None:
    y, design = _data(seed, n)
    single = fit_least_squares(y, design, clusters=np.arange(n)).covariance
    reference = sm.OLS(y, design).fit(cov_type="HC3").cov_params()
    assert np.allclose(single, (n - 1) / n * reference, rtol=1e-7, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_weights_have_no_scale_and_standardized_has_no_unit(seed: int, factor: float) -> None:
    y, design = _data(seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(y))
    first = fit_least_squares(y, design, weights=weights)
    second = fit_least_squares(y * factor, design, weights=weights * factor)
    assert np.allclose(second.std_errors, first.std_errors * factor, rtol=1e-8)
    assert np.allclose(second.standardized[1:], first.standardized[1:], rtol=1e-8)


def test_a_cluster_that_alone_holds_a_column_does_not_break_cv3() -> None:
    y, design = _data(6)
    clusters = np.arange(60) // 6
    with_dummy = np.column_stack([design, clusters == 0]).astype(float)
    assert np.isfinite(fit_least_squares(y, with_dummy, clusters=clusters).std_errors[:3]).all()


# recovery
def test_cv3_covers_with_clustered_errors_where_hc3_does_not() -> None:
    rng, reps = np.random.default_rng(8), 300
    clusters = np.repeat(np.arange(20), 8)
    hits = np.zeros(2)
    from scipy.stats import t

    for _ in range(reps):
        x = rng.normal(size=20)[clusters] + 0.5 * rng.normal(size=160)
        y = 0.5 * x + rng.normal(size=20)[clusters] + rng.normal(size=160)
        design = np.column_stack([np.ones(160), x])
        for place, groups in enumerate((clusters, None)):
            fit = fit_least_squares(y, design, clusters=groups)
            half = t.ppf(0.975, fit.df) * fit.std_errors[1]
            hits[place] += abs(fit.coefficients[1] - 0.5) <= half
    # 95 % within four Monte-Carlo standard errors; HC3 ignores the clusters and falls far below.
    assert abs(hits[0] / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)
    assert hits[1] / reps < 0.85


# errors
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y, x: (y[:3], x[:3]), "found 3 rows for 3 coefficients"),
        (lambda y, x: (0 * y + 2, x), "outcome that does not vary"),
        (lambda y, x: (y, x[:, [0, 1, 1]]), "repeat one another, expected independent columns"),
        (lambda y, x: (np.where(np.arange(60) == 5, np.nan, y), x), "missing values"),
    ],
)
def test_message(change: object, message: str) -> None:
    with pytest.raises(EstimationError, match=message):
        fit_least_squares(*change(*_data(9)))  # type: ignore[operator]


def test_one_cluster_is_refused() -> None:
    with pytest.raises(EstimationError, match="rows of 1 cluster, expected at least 2"):
        fit_least_squares(*_data(9), clusters=np.zeros(60))


def test_reliability_outside_its_range_is_refused() -> None:
    with pytest.raises(EstimationError, match=r"reliabilities 0 and 0.8.*above 0 and at most 1"):
        disattenuated_correlation(0.3, 0, 0.8)
