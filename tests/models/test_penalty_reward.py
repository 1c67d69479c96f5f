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
from cemlab.models.contrast_draws import impact_asymmetry
from cemlab.models.penalty_reward import BOTH_WRONG, SMALL_CELL, WRONG_SIGN, contrast_penalties
from cemlab.models.relative_importance import lmg_importance

TRUTH = json.loads((Path(__file__).parents[1] / "reference" / "relaimpo" / "kiosk.json").read_text())
STUDY = Path(__file__).parents[1] / "studies" / "kiosk"
ITEMS = [1, 5, 7, 10, 13, 16, 17, 19]


def random_data(seed: int, n: int = 200, effects: tuple[tuple[float, float], ...] = ((-1, 0), (0, 1), (-1, 1))):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, (n, len(effects)))
    y = sum(p * (x[:, j] <= 2) + r * (x[:, j] >= 6) for j, (p, r) in enumerate(effects))
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(len(effects))])
    return frame.assign(y=y + rng.normal(0, 0.6, n))


def contrasts(frame: pd.DataFrame, **options):
    drivers = [name for name in frame if name.startswith("x")]
    return contrast_penalties(
        frame, **({"outcome": "y", "drivers": drivers, "low": 2, "high": 6, "n_boot": 60} | options)
    )


# truth: the kiosk survey, a separate computation; closed form, 1e-10
def test_kiosk_eight_items(real_data: Path) -> None:
    survey = cemlab.load_survey(cemlab.load_study(STUDY))
    drivers = [f"q{number:02d}_s" for number in ITEMS]
    result = contrast_penalties(survey, outcome="excellent", drivers=drivers, low=3, high=6, n_boot=50)
    truth = TRUTH["prca"]
    assert result.info["n_obs"] == TRUTH["n"]
    assert result.info["r_squared"] == pytest.approx(truth["r2"], abs=1e-10)
    found = result.table.set_index(["driver", "term"])["estimate"]
    for number in ITEMS:
        assert found[f"q{number:02d}_s", "penalty"] == pytest.approx(truth["coef"][f"low{number}"], abs=1e-10)
        assert found[f"q{number:02d}_s", "reward"] == pytest.approx(truth["coef"][f"high{number}"], abs=1e-10)
    by_name = result.attributes.set_index("driver")
    assert by_name.loc["q13_s", "factor"] == "basic"
    assert by_name.loc["q05_s", "factor"] == "excitement"
    assert by_name.loc["q13_s", "estimate"] == pytest.approx(
        (0.00949146 - 0.55974777) / (0.00949146 + 0.55974777), abs=1e-6
    )


def test_coefficients_and_hc3_equal_statsmodels() -> None:
    import statsmodels.api as sm

    frame = random_data(1)
    x = np.column_stack([f(frame[name]) for name in ("x0", "x1", "x2") for f in (lambda v: v <= 2, lambda v: v >= 6)])
    fit = sm.OLS(frame["y"], sm.add_constant(x.astype(float))).fit(cov_type="HC3", use_t=True)
    result = contrasts(frame, conf_level=0.9)
    table = result.table
    assert table["estimate"].to_numpy() == pytest.approx(fit.params.to_numpy()[1:], abs=1e-10)
    assert table["std_error"].to_numpy() == pytest.approx(fit.bse.to_numpy()[1:], abs=1e-10)
    assert table[["conf_low", "conf_high"]].to_numpy() == pytest.approx(fit.conf_int(0.1).to_numpy()[1:], abs=1e-10)
    assert table["p_value"].to_numpy() == pytest.approx(fit.pvalues.to_numpy()[1:], abs=1e-10)
    test = fit.t_test([0, -1, 1, 0, 0, 0, 0])
    first = result.attributes.iloc[0]
    assert first["range_impact"] == pytest.approx(test.effect.item(), abs=1e-10)
    assert [first["range_low"], first["range_high"]] == pytest.approx(test.conf_int(0.1)[0].tolist(), abs=1e-10)


def test_impact_asymmetry_is_the_published_formula_where_signs_are_as_expected() -> None:
    penalty, reward = np.array([-0.2, -0.1, 0.0]), np.array([0.1, 0.3, 0.5])
    expected = (reward - np.abs(penalty)) / (reward + np.abs(penalty))
    assert impact_asymmetry(penalty, reward) == pytest.approx(expected, abs=1e-12)


def test_lmg_variant_splits_r_squared_over_the_dummies() -> None:
    frame = random_data(2)
    result = contrasts(frame, variant="lmg")
    x = np.column_stack([f(frame[name]) for name in ("x0", "x1", "x2") for f in (lambda v: v <= 2, lambda v: v >= 6)])
    matrix = np.corrcoef(np.column_stack([x, frame["y"]]).T)
    expected = lmg_importance(matrix[:-1, :-1], matrix[:-1, -1]) * np.sign(matrix[:-1, -1])
    assert result.table["estimate"].to_numpy() == pytest.approx(expected, abs=1e-10)
    assert result.table["estimate"].abs().sum() == pytest.approx(result.info["r_squared"], abs=1e-10)
    assert result.attributes["factor"].tolist() == contrasts(frame).attributes["factor"].tolist()


# invariants
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.sampled_from(["regression", "lmg"]))
def test_the_outcomes_unit_and_the_scale_of_weights(seed: int, factor: float, variant: str) -> None:
    frame = random_data(seed, 120)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(frame))
    first = contrasts(frame, variant=variant, weights=weights)
    second = contrasts(frame.assign(y=frame["y"] * factor + 2), variant=variant, weights=weights * factor)
    unit = factor if variant == "regression" else 1.0
    np.testing.assert_allclose(second.table["estimate"], first.table["estimate"] * unit, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(second.attributes["estimate"], first.attributes["estimate"], rtol=1e-6, atol=1e-9)
    assert first.attributes["estimate"].dropna().between(-1, 1).all()
    assert first.attributes["conf_low"].dropna().between(-1, 1).all()


def test_tertiles_state_their_coding_and_input_stays() -> None:
    frame = random_data(3)
    before = frame.copy()
    result = contrasts(frame, coding="tertiles", low=None, high=None)
    pd.testing.assert_frame_equal(frame, before)
    assert result.info["coding"] == "tertiles"
    low, high = frame["x0"].quantile([1 / 3, 2 / 3])
    assert result.table["n"].tolist()[:2] == [int((frame["x0"] <= low).sum()), int((frame["x0"] >= high).sum())]
    assert {*result.table, *result.attributes} <= set(GLOSSARY)


def test_small_cells_and_wrong_signs_are_flagged() -> None:
    frame = random_data(4, 400, ((-1, 1), (0.8, 1), (1, -1)))
    result = contrasts(frame)
    assert result.attributes["note"].tolist() == ["", WRONG_SIGN, BOTH_WRONG]
    assert result.attributes["factor"].tolist() == ["performance", "excitement", ""]
    rare = frame.assign(x0=frame["x0"].clip(3, 7))
    rare.loc[:9, "x0"] = 1
    assert contrasts(rare).attributes["note"][0] == SMALL_CELL


# recovery
def test_contrasts_are_covered_and_categories_found() -> None:
    hits, right = [], []
    truth = np.array([-1, 0, 0, 1, -1, 1.0])
    for seed in range(200):
        result = contrasts(random_data(seed, 150), n_boot=40)
        hits.append((result.table["conf_low"] <= truth) & (truth <= result.table["conf_high"]))
        right.append(result.attributes["factor"].tolist() == ["basic", "excitement", "performance"])
    assert abs(np.mean(hits) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 1200)
    assert np.mean(right) > 0.6


def test_picture_in_both_languages() -> None:
    for variant in ("regression", "lmg"):
        for language in ("en", "fa"):
            ax = contrasts(random_data(5), variant=variant).plot(words=Words(language))
            assert len(ax.get_yticklabels()) == 6


# errors
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"low": None}, EstimationError, "found low=None and high=6, expected two ratings, low below high"),
        ({"low": 6, "high": 6}, EstimationError, "low=6 and high=6"),
        ({"low": 0}, EstimationError, "found 0 of 200 rows in the low cell of 'x0'"),
        ({"coding": "top"}, EstimationError, "coding='top', expected boxes or tertiles"),
        ({"variant": "shap"}, EstimationError, "variant='shap', expected regression or lmg"),
        ({"conf_level": 2}, EstimationError, "conf_level: found 2"),
        ({"drivers": ["x0", "x7"]}, DataError, "contrast_penalties: found no column 'x7'"),
    ],
)
def test_message(options, error, message) -> None:
    with pytest.raises(error, match=message):
        contrasts(random_data(1), **options)


def test_equal_tertiles_are_refused_by_name() -> None:
    frame = random_data(1).assign(x1=lambda f: f["x1"].where(f.index % 10 == 0, 5))
    with pytest.raises(EstimationError, match=r"both tertiles of 'x1' at 5, expected two values"):
        contrasts(frame, coding="tertiles", low=None, high=None)


def test_without_resamples_there_are_hc3_intervals_and_no_asymmetry_intervals() -> None:
    result = contrasts(random_data(1), n_boot=0)
    assert result.table["conf_low"].notna().all()
    assert result.attributes["conf_low"].isna().all()
