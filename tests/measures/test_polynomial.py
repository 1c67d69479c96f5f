from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.polynomial import HARDLY, NO_POINT, OUTSIDE, fit_polynomial_gap
from cemlab.measures.surface import LINES, fit_surface, linear_rows, stationary

FEW = settings(max_examples=15, deadline=None)
PLANTED = np.array([4.0, 0.5, -0.2, -0.30, 0.20, -0.25])
CODEBOOK = pd.DataFrame(
    {
        "item": ["e", "p"],
        "attribute": "speed",
        "role": ["expectation", "perception"],
        "construct": "care",
        "scale_min": 1.0,
        "scale_max": 7.0,
    }
)


def survey(seed: int, n: int = 400, noise: float = 0.8, planted: np.ndarray = PLANTED) -> pd.DataFrame:
    """One pair on 1 to 7 and a judgement on the planted surface, noisier where perception is high."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 8, (n, 2)).astype(float), columns=["e", "p"])
    p, e = frame["p"] - 4, frame["e"] - 4
    surface = np.column_stack([np.ones(n), p, e, p**2, p * e, e**2]) @ planted
    return frame.assign(overall=surface + rng.normal(0, noise, n) * (0.5 + frame["p"] / 7))


# truth: statsmodels as another implementation; formulas of Edwards & Parry (1993)
@pytest.mark.parametrize(("covariance", "kind"), [("HC3", "HC3"), ("OLS", "nonrobust")])
def test_coefficients_and_lines_are_those_of_statsmodels(covariance, kind) -> None:
    import statsmodels.formula.api as smf

    frame = survey(1)
    result = fit_polynomial_gap(frame, CODEBOOK, outcome="overall", covariance=covariance, n_boot=20, conf_level=0.9)
    data = frame.assign(p=frame["p"] - 4, e=frame["e"] - 4)
    fit = smf.ols("overall ~ p + e + I(p**2) + I(p*e) + I(e**2)", data).fit(cov_type=kind, use_t=True)
    rows = result.table.iloc[:6]
    np.testing.assert_allclose(rows["estimate"], fit.params, rtol=1e-9)
    np.testing.assert_allclose(rows["std_error"], fit.bse, rtol=1e-9)
    np.testing.assert_allclose(rows[["conf_low", "conf_high"]], fit.conf_int(0.1), rtol=1e-9)
    lines = fit.t_test(np.array([[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [0, 1, -1, 0, 0, 0], [0, 0, 0, 1, -1, 1]]))
    rows = result.table.iloc[6:10]
    np.testing.assert_allclose(rows["estimate"], lines.effect, rtol=1e-9)
    np.testing.assert_allclose(rows["std_error"], lines.sd, rtol=1e-9)
    np.testing.assert_allclose(rows["p_value"], lines.pvalue, rtol=1e-6)
    np.testing.assert_allclose(rows[["conf_low", "conf_high"]], lines.conf_int(0.1), rtol=1e-9)
    assert result.info["r_squared"] == pytest.approx(fit.rsquared)


def test_stationary_point_is_where_the_gradient_is_zero() -> None:
    _, b1, b2, b3, b4, b5 = PLANTED
    p, e, slope = stationary(PLANTED)
    assert b1 + 2 * b3 * p + b4 * e == pytest.approx(0, abs=1e-12)
    assert b2 + b4 * p + 2 * b5 * e == pytest.approx(0, abs=1e-12)
    values, vectors = np.linalg.eigh(np.array([[b3, b4 / 2], [b4 / 2, b5]]))
    axis = vectors[:, np.argmax(values)]  # Edwards & Parry: upward curvature is greatest along the first axis
    assert slope == pytest.approx(axis[1] / axis[0], abs=1e-12)


# invariants
@FEW
@given(st.integers(0, 10_000), st.floats(0.2, 5))
def test_scale_of_the_judgement_scales_the_surface(seed, factor) -> None:
    frame = survey(seed, 80)
    first = fit_polynomial_gap(frame, CODEBOOK, outcome="overall", n_boot=20)
    second = fit_polynomial_gap(frame.assign(overall=frame["overall"] * factor), CODEBOOK, outcome="overall", n_boot=20)
    np.testing.assert_allclose(first.table["estimate"][:10] * factor, second.table["estimate"][:10], atol=1e-8)
    np.testing.assert_allclose(first.table["estimate"][10:], second.table["estimate"][10:], rtol=1e-6)
    np.testing.assert_allclose(first.constraints["statistic"], second.constraints["statistic"], rtol=1e-6)


def test_lines_and_columns() -> None:
    frame = survey(3)
    before = frame.copy()
    result = fit_polynomial_gap(frame, CODEBOOK, outcome="overall", n_boot=20)
    pd.testing.assert_frame_equal(frame, before)
    b, a = result.table["estimate"].to_numpy()[:6], result.table.set_index("term")["estimate"]
    names = list(LINES)
    assert a[names[0]] == pytest.approx(b[1] + b[2])
    assert a[names[1]] == pytest.approx(b[3] + b[4] + b[5])
    assert a[names[2]] == pytest.approx(b[1] - b[2])
    assert a[names[3]] == pytest.approx(b[3] - b[4] + b[5])
    assert set(result.table) | set(result.constraints) <= set(GLOSSARY)
    for term in [*result.table["term"], *result.constraints["term"], NO_POINT, OUTSIDE, HARDLY]:
        assert Words("fa")(term) != term


def test_midpoint_moves_where_the_slopes_are_taken_but_not_the_stationary_point() -> None:
    frame = survey(4)
    first = fit_polynomial_gap(frame, CODEBOOK, outcome="overall", n_boot=20).table.set_index("term")["estimate"]
    second = fit_polynomial_gap(frame, CODEBOOK, outcome="overall", midpoint=2, n_boot=20).table.set_index("term")
    point = ["stationary point, perception", "stationary point, expectation", "slope of the first principal axis"]
    np.testing.assert_allclose(first[point], second.loc[point, "estimate"], rtol=1e-8)
    assert abs(first["perception"] - second.loc["perception", "estimate"]) > 0.1


def test_a_row_that_fits_itself_has_no_say() -> None:
    design = np.column_stack([np.ones(6), [1.0, 0, 0, 0, 0, 0], np.arange(6.0)])
    fit = fit_surface(np.array([9.0, 1, 3, 2, 5, 4]), design)
    assert np.isfinite(linear_rows(fit, {"x": (0, 0, 1)}, "HC3", 0.95)["std_error"]).all()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    result = fit_polynomial_gap(survey(5, 60), CODEBOOK, outcome="overall", n_boot=20)
    assert result.plot(words=Words(language)) is not None


# recovery: 80 samples, tolerance four Monte-Carlo standard errors
def test_planted_surface_is_covered() -> None:
    truth = np.concatenate(
        [PLANTED, np.array(list(LINES.values())) @ PLANTED, stationary(PLANTED) + np.array([4, 4, 0])]
    )
    hits, reps = np.zeros(13), 80
    for seed in range(reps):
        table = fit_polynomial_gap(survey(seed, 200), CODEBOOK, outcome="overall", n_boot=200, seed=seed).table
        hits += ((table["conf_low"] <= truth) & (truth <= table["conf_high"])).to_numpy()
    assert (np.abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)).all(), hits


def test_a_difference_score_passes_its_constraints_and_a_plane_has_no_point() -> None:
    rejected = np.zeros(6)
    for seed in range(30):
        frame = survey(seed, 150, planted=np.array([4.0, 0.7, -0.7, 0, 0, 0]))
        rejected += fit_polynomial_gap(frame, CODEBOOK, outcome="overall", n_boot=0).constraints["p_value"] < 0.05
    assert (rejected <= 30 * 0.05 + 4 * np.sqrt(30 * 0.05 * 0.95)).all()
    frame = survey(1, 100, noise=0.0, planted=np.array([4.0, 0.5, -0.5, 0.0, 0.0, 0.0]))
    assert np.isnan(stationary(np.array([4.0, 0.5, -0.5, 0.0, 0.0, 0.0]))).all()
    table = fit_polynomial_gap(frame, CODEBOOK, outcome="overall", n_boot=20).table
    assert table["note"].iloc[10:12].isin([NO_POINT, HARDLY]).all()
    assert table["conf_low"].iloc[10:12].isna().all()


# errors
def test_messages() -> None:
    frame = survey(1, 40)
    with pytest.raises(EstimationError, match="found 8 respondents with perception, expectation and judgement"):
        fit_polynomial_gap(frame.head(8), CODEBOOK, outcome="overall")
    with pytest.raises(EstimationError, match="at least three values of each side"):
        fit_polynomial_gap(frame.assign(e=7.0), CODEBOOK, outcome="overall")
    with pytest.raises(DataError, match="found 'HC1', expected 'HC3' or 'OLS'"):
        fit_polynomial_gap(frame, CODEBOOK, outcome="overall", covariance="HC1")
    with pytest.raises(DataError, match="conf_level: found 95"):
        fit_polynomial_gap(frame, CODEBOOK, outcome="overall", conf_level=95)
