from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cemlab
from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.models.correlations import correlation_matrices, resampled_correlations
from cemlab.models.drivers import NEGATIVE, OPPOSITE, rank_drivers

FOLDER = Path(__file__).parents[1] / "reference" / "relaimpo"
STUDIES = Path(__file__).parents[1] / "studies"
TRUTH = json.loads((FOLDER / "importance.json").read_text())
FEW = settings(max_examples=15, deadline=None)


def random_data(seed: int, n: int = 80, p: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (n, p)) + rng.integers(0, 3, (n, 1))
    frame = pd.DataFrame(x.astype(float), columns=[f"x{i}" for i in range(p)])
    return frame.assign(y=x @ np.arange(p, 0, -1) + rng.normal(0, 4, n))


def drivers_of(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame if name != "y"]


def agrees(result, case) -> None:
    table = result.table.set_index(["method", "driver"])
    for method in ("lmg", "johnson"):
        if method in case:
            raw = table.loc[method, "raw"].to_numpy()
            assert raw == pytest.approx(case[method], abs=1e-10)
            assert table.loc[method, "estimate"].to_numpy() == pytest.approx(raw / case["r_squared"], abs=1e-10)
    assert result.info["r_squared"] == pytest.approx(case["r_squared"], abs=1e-10)


# truth
@pytest.mark.parametrize("name", ["swiss", "mtcars"])
def test_data_sets_of_r(name: str) -> None:
    case = TRUTH[name]
    data = pd.read_csv(FOLDER / f"{name}.csv")
    agrees(rank_drivers(data, outcome=case["outcome"], drivers=case["drivers"], method="both", n_boot=50), case)


def test_sfo_2017_seven_core_items(real_data: Path) -> None:
    survey = cemlab.load_survey(cemlab.load_study(STUDIES / "sfo"))
    case = TRUTH["sfo"]
    result = rank_drivers(
        survey[survey["wave"] == "2017"], outcome="Q7ALL", drivers=case["drivers"], method="both", n_boot=50
    )
    agrees(result, case)
    assert (result.table["n"] == case["n"]).all()
    assert (result.info["n_obs"], result.info["n_dropped"]) == (1548, 2831 - 1548)


@pytest.mark.parametrize(("name", "method"), [("kiosk 8", "both"), ("kiosk 24", "johnson")])
def test_kiosk(real_data: Path, name: str, method: str) -> None:
    survey = cemlab.load_survey(cemlab.load_study(STUDIES / "kiosk"))
    case = TRUTH[name]
    drivers = [f"q{number:02d}_s" for number in case["drivers"]]
    agrees(rank_drivers(survey, outcome="excellent", drivers=drivers, method=method, n_boot=50), case)


def test_kiosk_all_24_by_sampled_orders(real_data: Path) -> None:
    survey = cemlab.load_survey(cemlab.load_study(STUDIES / "kiosk"))
    drivers = [f"q{number:02d}_s" for number in range(1, 25)]
    result = rank_drivers(survey, outcome="excellent", drivers=drivers, n_boot=3)
    assert result.table["raw"].sum() == pytest.approx(TRUTH["kiosk 24"]["r_squared"], abs=1e-10)
    assert (result.table["monte_carlo_error"] > 0).all()
    assert result.table["monte_carlo_error"].max() < 0.05 * result.table["raw"].max()
    assert result.info["n_orders"] == 1024


def test_standardized_equals_statsmodels() -> None:
    import statsmodels.api as sm

    frame = random_data(3)
    scaled = (frame - frame.mean()) / frame.std()
    fit = sm.OLS(scaled["y"], scaled[drivers_of(frame)]).fit()
    result = rank_drivers(frame, outcome="y", drivers=drivers_of(frame), n_boot=20)
    assert result.table["standardized"].to_numpy() == pytest.approx(fit.params.to_numpy(), abs=1e-10)
    full = sm.OLS(frame["y"], sm.add_constant(frame[drivers_of(frame)])).fit()
    assert result.info["adjusted_r_squared"] == pytest.approx(full.rsquared_adj, abs=1e-10)


def test_correlations_equal_pandas_with_gaps_and_numpy_with_weights() -> None:
    frame = random_data(4).mask(np.random.default_rng(1).random((80, 5)) < 0.2)
    assert correlation_matrices(frame.to_numpy(), np.ones((1, 80)))[0] == pytest.approx(
        frame.corr().to_numpy(), abs=1e-10
    )
    full, counts = random_data(5), np.random.default_rng(2).integers(0, 4, (3, 80))
    for matrix, count in zip(correlation_matrices(full.to_numpy(), counts.astype(float)), counts, strict=True):
        assert matrix == pytest.approx(np.corrcoef(np.repeat(full.to_numpy(), count, axis=0).T), abs=1e-10)


# invariants
@FEW
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_units_and_scale_of_weights_do_not_matter(seed: int, factor: float) -> None:
    frame = random_data(seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(frame))
    names = drivers_of(frame)
    first = rank_drivers(frame, outcome="y", drivers=names, weights=weights, method="both", n_boot=30)
    second = rank_drivers(
        frame * factor + 3, outcome="y", drivers=names, weights=weights * factor, method="both", n_boot=30
    )
    numbers = first.table.select_dtypes("number").columns
    np.testing.assert_allclose(first.table[numbers], second.table[numbers], atol=1e-7)


def test_a_weight_of_two_is_a_row_twice() -> None:
    frame = random_data(6)
    weights = pd.Series(np.arange(80) % 3, dtype=float)
    doubled = frame.loc[frame.index.repeat(weights.astype(int))].reset_index(drop=True)
    names = drivers_of(frame)
    first = rank_drivers(frame.assign(w=weights), outcome="y", drivers=names, weights="w", n_boot=5)
    second = rank_drivers(doubled, outcome="y", drivers=names, n_boot=5)
    np.testing.assert_allclose(first.table["raw"], second.table["raw"], atol=1e-12)


def test_same_seed_same_numbers_input_stays_and_columns_are_known() -> None:
    frame = random_data(7)
    before = frame.copy()
    first, second = (rank_drivers(frame, outcome="y", drivers=drivers_of(frame), n_boot=100) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(frame, before)
    assert set(first.table) <= set(GLOSSARY)
    assert first.table["estimate"].sum() == pytest.approx(1)
    assert (first.table["conf_low"] < first.table["estimate"]).all()
    assert (first.table["conf_high"] > first.table["estimate"]).all()


def test_pairwise_uses_rows_that_listwise_loses() -> None:
    frame = random_data(8)
    frame.loc[:39, "x0"] = np.nan
    frame.loc[20:59, "x1"] = np.nan
    names = drivers_of(frame)
    listwise = rank_drivers(frame, outcome="y", drivers=names, n_boot=50)
    pairwise = rank_drivers(frame, outcome="y", drivers=names, missing="pairwise", n_boot=50)
    assert listwise.table["n"].tolist() == [20] * 4
    assert pairwise.table["n"].tolist() == [40, 40, 80, 80]
    assert pairwise.table["correlation"].to_numpy() == pytest.approx(frame.corr()["y"][names].to_numpy(), abs=1e-10)
    assert pairwise.table["conf_low"].notna().all()


# recovery
def test_shares_of_correlated_drivers_are_covered() -> None:
    rng, truth = np.random.default_rng(10), np.array([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])
    beta = np.array([0.4, 0.2, 0.1])
    from cemlab.models.relative_importance import lmg_importance

    variance = beta @ truth @ beta + 0.7
    true = lmg_importance(truth, truth @ beta / np.sqrt(variance))
    hits = []
    for seed in range(150):
        x = rng.multivariate_normal(np.zeros(3), truth, 80)
        frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=x @ beta + rng.normal(0, np.sqrt(0.7), 80))
        table = rank_drivers(frame, outcome="y", drivers=["a", "b", "c"], n_boot=200, seed=seed).table
        hits.append(((table["raw_low"] <= true) & (true <= table["raw_high"])).mean())
    assert 0.90 < np.mean(hits) < 0.99  # 95 % within four Monte-Carlo standard errors


def test_random_numbers_are_not_called_more_than_chance_and_a_strong_driver_is() -> None:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["strong", "none", "weak"])
    frame["y"] = frame["strong"] + 0.1 * frame["weak"] + rng.normal(size=200)
    table = rank_drivers(frame, outcome="y", drivers=["strong", "none", "weak"], n_boot=999).table.set_index("driver")
    assert table.loc["strong", "p_adjusted"] < 0.01
    assert table.loc["none", "p_value"] > 0.05


def test_the_random_column_is_new_in_each_resample_and_of_no_use() -> None:
    frame = random_data(12, n=400)
    (batch,) = resampled_correlations(frame.to_numpy(), np.ones(400), 300, np.random.default_rng(1), with_noise=True)
    assert batch.shape == (300, 6, 6)
    noise = batch[:, 4, [0, 1, 2, 3, 5]]
    assert abs(noise.mean()) < 4 * np.sqrt(2 / 400 / 300)
    assert noise.std() == pytest.approx(np.sqrt(2 / 400), rel=0.1)  # counts 1 + Poisson-like: twice the variance 1/n


def test_suppressor_and_negative_driver_are_flagged() -> None:
    rng = np.random.default_rng(13)
    signal, noise, wait, care = rng.normal(size=(4, 500))
    frame = pd.DataFrame({"signal": signal + noise, "noise": noise + 0.1 * signal, "wait": wait, "care": care})
    frame["y"] = signal - 0.5 * wait + care + rng.normal(0, 0.3, 500)
    notes = rank_drivers(frame, outcome="y", drivers=["signal", "noise", "wait", "care"], n_boot=50).table
    notes = notes.set_index("driver")["note"]
    assert notes["wait"] == NEGATIVE
    assert notes["noise"] == OPPOSITE
    assert notes[["signal", "care"]].tolist() == ["", ""]


def test_picture_in_both_languages() -> None:
    frame = random_data(14)
    result = rank_drivers(frame, outcome="y", drivers=drivers_of(frame), method="both", n_boot=30)
    for language in ("en", "fa"):
        ax = result.plot(words=Words(language), names={"y": "satisfaction"})
        assert len(ax.get_yticklabels()) == 8


# errors
@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (lambda f: f, {"drivers": ["x0", "x9"]}, DataError, "found no column 'x9'"),
        (lambda f: f, {"drivers": ["x0", "x0"]}, DataError, "found 'x0' twice"),
        (lambda f: f, {"drivers": ["x0", "y"]}, DataError, "found 'y' twice"),
        (lambda f: f.assign(x0="a"), {"drivers": ["x0", "x1"]}, DataError, "found text in 'x0'"),
        (lambda f: f, {"drivers": ["x0"]}, EstimationError, "found 1 driver, expected two or more"),
        (lambda f: f.head(5), {}, EstimationError, r"found 5 of 5 rows usable for 4 drivers, expected at least 6"),
        (lambda f: f.assign(x1=3.0), {}, EstimationError, "same answer everywhere in x1"),
        (lambda f: f.assign(y=3.0), {}, EstimationError, "same answer everywhere in y"),
        (lambda f: f.assign(x3=f["x0"] - f["x2"]), {}, EstimationError, r"'x3' repeats x0 \+ x2"),
        (lambda f: f, {"method": "shapley"}, EstimationError, "method='shapley', expected lmg or johnson or both"),
        (lambda f: f, {"missing": "mean"}, EstimationError, "missing='mean', expected listwise or pairwise"),
        (lambda f: f, {"conf_level": 95}, EstimationError, "conf_level: found 95"),
    ],
)
def test_message(change, options, error, message) -> None:
    frame = change(random_data(1))
    with pytest.raises(error, match=message):
        rank_drivers(frame, **({"outcome": "y", "drivers": ["x0", "x1", "x2", "x3"]} | options))


def test_without_resamples_there_are_estimates_and_no_intervals() -> None:
    frame = random_data(1)
    table = rank_drivers(frame, outcome="y", drivers=drivers_of(frame), n_boot=0).table
    assert table["estimate"].sum() == pytest.approx(1)
    assert table[["conf_low", "raw_high", "std_error", "p_value"]].isna().all().all()


def test_pairwise_correlations_that_contradict_one_another_are_refused() -> None:
    rng = np.random.default_rng(16)
    a, b, y = rng.normal(size=(3, 90))
    frame = pd.DataFrame({"x0": a, "x1": a + 0.1 * b, "x2": a + 0.1 * b, "y": y})
    frame.loc[60:, "x2"] *= -1  # x0 goes with x1, x1 with x2, but x0 against x2: each in rows of its own
    for start, column in ((0, "x2"), (30, "x0"), (60, "x1")):
        frame.loc[start : start + 29, column] = np.nan
    with pytest.raises(EstimationError, match="pairwise correlations that no single set of answers can have"):
        rank_drivers(frame, outcome="y", drivers=["x0", "x1", "x2"], missing="pairwise", n_boot=5)
