"""Indirect effects: Sobel's test, paths, Monte-Carlo draws, and the batched bootstrap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import EstimationError
from cemlab.models.chain import ChainResult, link_chain
from cemlab.models.indirect import (
    METHODS,
    directed_paths,
    indirect_rows,
    monte_carlo_coefficients,
    resampled_coefficients,
    sobel_test,
)
from cemlab.models.levels import LevelRows
from cemlab.models.links import Link, build_equation, fit_equation
from cemlab.models.regression import LinearFit, fit_least_squares
from cemlab.resampling import bca_interval, bootstrap_counts, jackknife_counts, percentile_interval

LAVAAN = json.loads((Path(__file__).parents[1] / "reference" / "lavaan" / "mediation.json").read_text())
SIMPLE = [("a", "QUAL", "SAT"), ("b", "SAT", "LOY"), ("cp", "QUAL", "LOY")]
SERIAL = [
    ("a1", "QUAL", "VAL"),
    ("a2", "QUAL", "SAT"),
    ("d", "VAL", "SAT"),
    ("b1", "VAL", "LOY"),
    ("b2", "SAT", "LOY"),
    ("cp", "QUAL", "LOY"),
]


def _links(arrows: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [{"id": name, "source": source, "target": target, "sign": "+"} for name, source, target in arrows]


def _reference(case: str, label: str) -> dict[str, Any]:
    return next(row for row in LAVAAN[case] if row["label"] == label)


def _chain(real_data: Path, arrows: list[tuple[str, str, str]], n_boot: int) -> ChainResult:
    scores = pd.read_csv(real_data / "ecsi_mobile" / "mobi_mediation_scores.csv")
    return link_chain({"customers": scores}, links=_links(arrows), n_boot=n_boot, indirect_method="percentile")


# truth
def test_sobel_worked_case() -> None:
    result = sobel_test(0.40, 0.08, 0.30, 0.07)  # methods.md, section 16
    assert result.estimate == pytest.approx(0.12)
    assert (result.std_error, result.statistic) == pytest.approx((0.03688, 3.254), abs=5e-4)


def test_simple_mediation_equals_lavaan(real_data: Path) -> None:
    result = _chain(real_data, SIMPLE, 5000)
    for row in result.table.itertuples():
        reference = _reference("simple_ML", row.hypothesis)
        assert (row.estimate, row.standardized) == pytest.approx((reference["est"], reference["std.all"]), rel=1e-7)
    indirect = result.indirect.iloc[0]
    boot = _reference("simple_boot5000_perc", "ab")
    assert indirect["path"] == "QUAL → SAT → LOY"
    assert indirect["estimate"] == pytest.approx(boot["est"], rel=1e-7)
    # Monte-Carlo error: both standard errors rest on 5,000 draws (relative error 1/sqrt(2B) = 1 % each), the ends of
    # the interval have about 0.03 standard errors each; four of them.
    assert indirect["std_error"] == pytest.approx(boot["se"], rel=4 * 0.01 * np.sqrt(2))
    ends = [boot["ci.lower"], boot["ci.upper"]]
    assert [indirect["conf_low"], indirect["conf_high"]] == pytest.approx(ends, abs=4 * 0.03 * boot["se"] * np.sqrt(2))


def test_bca_of_the_same_product_equals_lavaan(real_data: Path) -> None:
    frame = pd.read_csv(real_data / "ecsi_mobile" / "mobi_mediation_scores.csv").assign(
        organization="", unit=pd.NA, weight=1.0
    )
    level = LevelRows("respondent", frame, ("QUAL", "SAT", "LOY"), False)
    first = build_equation(level, "SAT", [Link("a", "QUAL", "SAT")])
    second = build_equation(level, "LOY", [Link("b", "SAT", "LOY"), Link("cp", "QUAL", "LOY")])
    rows, boot = np.arange(250), _reference("simple_boot5000_bca", "ab")

    def product(counts: np.ndarray) -> np.ndarray:
        return resampled_coefficients(first, rows, counts)[:, 1] * resampled_coefficients(second, rows, counts)[:, 1]

    draws = product(bootstrap_counts(250, 5000, np.random.default_rng(3)))
    low, high, _ = bca_interval(draws, boot["est"], product(jackknife_counts(250)))
    assert [low, high] == pytest.approx([boot["ci.lower"], boot["ci.upper"]], abs=4 * 0.03 * boot["se"] * np.sqrt(2))


def test_serial_mediation_equals_lavaan(real_data: Path) -> None:
    result = _chain(real_data, SERIAL, 2000)
    paths = result.indirect.set_index("path")
    for path, label in [
        ("QUAL → VAL → LOY", "ind1"),
        ("QUAL → SAT → LOY", "ind2"),
        ("QUAL → VAL → SAT → LOY", "ind3"),
        ("QUAL → … → LOY", "total_ind"),
    ]:
        reference = _reference("serial_ML", label)
        assert paths.loc[path, "estimate"] == pytest.approx(reference["est"], rel=1e-7), path
        assert paths.loc[path, "standardized"] == pytest.approx(reference["std.all"], rel=1e-7), path


def test_ml_errors_and_sobel_equal_lavaans(real_data: Path) -> None:
    scores = pd.read_csv(real_data / "ecsi_mobile" / "mobi_mediation_scores.csv")
    ones = np.ones(250)
    a = fit_least_squares(scores["SAT"], np.column_stack([ones, scores["QUAL"]]), covariance="ML")
    b = fit_least_squares(scores["LOY"], np.column_stack([ones, scores["SAT"], scores["QUAL"]]), covariance="ML")
    assert a.std_errors[1] == pytest.approx(_reference("simple_ML", "a")["se"], rel=1e-6)
    assert b.std_errors[1] == pytest.approx(_reference("simple_ML", "b")["se"], rel=1e-6)
    product = sobel_test(a.coefficients[1], a.std_errors[1], b.coefficients[1], b.std_errors[1])
    assert product.std_error == pytest.approx(_reference("simple_ML", "ab")["se"], rel=1e-6)


@pytest.mark.parametrize(("a", "b", "df"), [(2.0, 3.0, 20), (0.5, 0.0, 22), (1.0, 4.0, 200)])
def test_monte_carlo_ends_against_the_integral_of_the_product(a: float, b: float, df: int) -> None:
    """P(product of two t variables <= q) by numerical integration with scipy, an independent computation."""
    from scipy import integrate
    from scipy.stats import t

    def below(q: float) -> float:
        def part(z: float) -> float:
            left = a + z
            share = t.cdf(q / left - b, df) if left > 0 else t.sf(q / left - b, df)
            return float(t.pdf(z, df) * share)

        return float(integrate.quad(part, -60, 60, points=[-a, 0.0], limit=400)[0])

    rng = np.random.default_rng(5)
    fits = [LinearFit(np.array([c]), np.eye(1), np.ones(1), df, df + 1, df + 1, 0.5, "HC3") for c in (a, b)]
    draws = np.prod([monte_carlo_coefficients(fit, 40_000, rng)[:, 0] for fit in fits], axis=0)
    low, high, _ = percentile_interval(draws)
    allowed = 4 * np.sqrt(0.025 * 0.975 / 40_000)
    assert (below(low), below(high)) == pytest.approx((0.025, 0.975), abs=allowed)


def test_monte_carlo_draws_have_the_covariance_of_the_fit() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(40, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    design = np.column_stack([np.ones(40), x])
    y = x @ [0.5, -0.5] + rng.normal(size=40) * (1 + np.abs(x[:, 0]))
    reference = sm.OLS(y, design).fit(cov_type="HC3", use_t=True)
    draws = monte_carlo_coefficients(fit_least_squares(y, design), 60_000, rng)
    scale = np.sqrt(np.diag(reference.cov_params()))
    found, wanted = (m / np.outer(scale, scale) for m in (np.cov(draws.T), reference.cov_params() * 37 / 35))
    assert draws.mean(axis=0) == pytest.approx(reference.params, abs=4 * scale.max() / np.sqrt(60_000))
    assert found == pytest.approx(wanted, abs=0.03)  # of t(37) draws: the covariance times df / (df - 2)


def test_the_error_of_a_sum_over_paths_keeps_covariances() -> None:
    """Delta method by hand on statsmodels' HC3 covariances: b1 and b2 stand in one equation."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=60)
    frame = pd.DataFrame({"x": x, "m1": 0.5 * x + rng.normal(size=60), "u": rng.normal(size=60)})
    frame["m2"] = 0.4 * x + 0.7 * frame["m1"] + rng.normal(size=60)
    frame["y"] = 0.3 * frame["m1"] + 0.3 * frame["m2"] + rng.normal(size=60)
    arrows = [("a1", "x", "m1"), ("a2", "x", "m2"), ("b1", "m1", "y"), ("b2", "m2", "y")]
    rows = link_chain({"customers": frame.drop(columns="u")}, links=_links(arrows), n_boot=0).indirect.set_index("path")
    first, second = (sm.OLS(frame[m], sm.add_constant(frame["x"])).fit(cov_type="HC3") for m in ("m1", "m2"))
    last = sm.OLS(frame["y"], sm.add_constant(frame[["m1", "m2"]])).fit(cov_type="HC3")
    a, b = np.array([first.params["x"], second.params["x"]]), last.params[["m1", "m2"]].to_numpy()
    own = b**2 @ np.array([first.bse["x"], second.bse["x"]]) ** 2
    joint = a @ last.cov_params().loc[["m1", "m2"], ["m1", "m2"]].to_numpy() @ a
    assert rows.loc["x → … → y", "std_error"] == pytest.approx(np.sqrt(own + joint), rel=1e-9)
    single = sobel_test(a[0], first.bse["x"], b[0], last.bse["m1"])
    assert rows.loc["x → m1 → y", "std_error"] == pytest.approx(single.std_error, rel=1e-9)


# invariants
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_every_resample_equals_its_own_regression(seed: int, clustered: bool) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(36, 3)), columns=["x", "z", "y"])
    frame["unit"], frame["organization"] = np.repeat([f"u{i}" for i in range(12)], 3), np.repeat(["p", "q"], 18)
    frame["weight"] = rng.uniform(0.5, 2, 36)
    frame.loc[4, "x"] = np.nan
    level = LevelRows("respondent", frame, ("x", "z", "y"), True)
    equation = build_equation(level, "y", [Link("1", "x", "y"), Link("2", "z", "y")])
    units = np.repeat(np.arange(12), 3) if clustered else np.arange(36)
    counts = bootstrap_counts(units.max() + 1, 4, rng, strata=np.arange(units.max() + 1) * 2 // (units.max() + 1))
    solved = resampled_coefficients(equation, units[equation.rows], counts)
    for draw, count in zip(solved, counts, strict=True):
        weights = equation.weights * count[units[equation.rows]]
        assert np.allclose(draw, sm.WLS(equation.y, equation.design, weights=weights).fit().params, atol=1e-8)
    full = resampled_coefficients(equation, units[equation.rows], np.ones((1, units.max() + 1), dtype=int))
    fit = fit_equation(equation)
    assert fit is not None
    assert np.allclose(full[0], fit.coefficients)


def test_paths_visit_nothing_twice() -> None:
    links = [Link(a + b, a, b) for a, b in ("ab", "bc", "ca", "bd")]
    labels = {"".join(link.id for link in path) for path in directed_paths(links)}
    assert labels == {"abbc", "abbd", "bcca", "caab", "caabbd"}


@pytest.mark.parametrize("method", ["monte_carlo", "percentile"])
def test_same_seed_same_interval(method: Any) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(50, 3)), columns=["QUAL", "SAT", "LOY"])
    results = [
        link_chain({"customers": frame}, links=_links(SIMPLE), n_boot=200, seed=4, indirect_method=method).indirect
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*results)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1e-3, 1.0, 1e3]))
def test_monte_carlo_interval_follows_the_unit_of_the_source(seed: int, factor: float) -> None:
    frame = pd.DataFrame(np.random.default_rng(seed).normal(size=(40, 3)), columns=["QUAL", "SAT", "LOY"])
    one, other = (
        link_chain({"customers": f}, links=_links(SIMPLE[:2]), n_boot=4000).indirect.iloc[0]
        for f in (frame, frame.assign(QUAL=frame["QUAL"] * factor))
    )
    # The same normal numbers are mixed by another square root, so the ends agree up to Monte-Carlo error.
    ends = ["conf_low", "conf_high"]
    assert np.allclose(other[ends].astype(float) * factor, one[ends].astype(float), atol=0.4 * one["std_error"])
    assert other["std_error"] * factor == pytest.approx(one["std_error"], rel=1e-7)


# recovery
def _shares_covered(n: int, slopes: tuple[float, float], reps: int) -> dict[str, float]:
    rng, truth, hits = np.random.default_rng([2, n]), slopes[0] * slopes[1], dict.fromkeys(METHODS, 0)
    for rep in range(reps):
        x = rng.normal(size=n)
        m = slopes[0] * x + rng.normal(size=n)
        frame = pd.DataFrame({"QUAL": x, "SAT": m, "LOY": slopes[1] * m + rng.normal(size=n)})
        level = LevelRows("respondent", frame.assign(organization="", unit=pd.NA, weight=1.0), tuple(frame), False)
        equations = [build_equation(level, t, [Link(t, s, t)]) for s, t in (("QUAL", "SAT"), ("SAT", "LOY"))]
        fitted = [(e, fit) for e in equations if (fit := fit_equation(e)) is not None]
        for method in hits:
            draws = np.random.default_rng(rep)
            row = indirect_rows(fitted, conf_level=0.95, n_boot=300, rng=draws, method=method)[0]
            hits[method] += row["conf_low"] <= truth <= row["conf_high"]
    return {method: count / reps for method, count in hits.items()}


def test_interval_of_a_product_covers() -> None:
    shares = _shares_covered(24, (0.5, 0.4), 200)
    band = 4 * np.sqrt(0.95 * 0.05 / 200)
    assert abs(shares["monte_carlo"] - 0.95) < band, shares
    assert shares["percentile"] <= shares["monte_carlo"], shares  # its intervals are too short with few units


def test_interval_of_a_product_of_zeros_is_cautious() -> None:
    assert _shares_covered(60, (0.0, 0.0), 100)["monte_carlo"] > 0.97


# errors: what cannot be estimated
def test_resamples_without_a_solution_are_counted() -> None:
    frame = pd.DataFrame({"QUAL": [1.0] + [0.0] * 7, "SAT": np.arange(8.0) ** 2, "LOY": np.arange(8.0)[::-1] ** 3})
    result = link_chain(
        {"customers": frame}, links=_links(SIMPLE[:2]), n_boot=300, indirect_method="percentile"
    ).indirect.iloc[0]
    assert result["note"] == "Some resamples could not be estimated; the interval rests on the others."
    assert np.isfinite(result["conf_low"])


def test_without_draws_there_is_no_interval() -> None:
    frame = pd.DataFrame(np.random.default_rng(3).normal(size=(30, 3)), columns=["QUAL", "SAT", "LOY"])
    row = link_chain({"customers": frame}, links=_links(SIMPLE), n_boot=0).indirect.iloc[0]
    assert np.isfinite([row["estimate"], row["std_error"]]).all()
    assert np.isnan([row["conf_low"], row["conf_high"]]).all()


def test_an_unknown_method_is_an_error() -> None:
    frame = pd.DataFrame(np.eye(3), columns=["QUAL", "SAT", "LOY"])
    method: Any = "sobel"
    with pytest.raises(EstimationError, match=r"found indirect_method 'sobel', expected one of: monte_carlo, percent"):
        link_chain({"customers": frame}, links=_links(SIMPLE), indirect_method=method)
