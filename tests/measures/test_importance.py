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
from cemlab.measures.derived_importance import BELOW_ZERO, NO_LOGARITHM, REPEATS, TOO_FEW, contrast_stated
from cemlab.measures.importance import FEW_ATTRIBUTES, FLAT, map_importance
from cemlab.measures.importance_answers import SAME_IMPORTANCE, UNLIKE_SCALES
from cemlab.measures.quadrants import draw_ellipses, place_lines

TRUTH = json.loads((Path(__file__).parents[1] / "reference" / "relaimpo" / "kiosk.json").read_text())
STUDY = Path(__file__).parents[1] / "studies" / "kiosk"
NAMES = {"Q1": "keep up", "Q2": "concentrate here", "Q3": "low priority", "Q4": "possible overkill"}


def codebook_of(k: int, **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "item": [f"{side}{j}" for side in "is" for j in range(k)],
            "attribute": [f"a{j}" for _ in "is" for j in range(k)],
            "role": ["importance"] * k + ["satisfaction"] * k,
        }
    )
    return frame.assign(**({"scale_min": 1.0, "scale_max": 7.0} | more))


def random_survey(seed: int, n: int = 60, k: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level = {"i": rng.uniform(2, 6, k), "s": rng.uniform(2, 6, k)}
    answers = {
        f"{side}{j}": (level[side][j] + rng.normal(0, 1, n)).round().clip(1, 7) for side in "is" for j in range(k)
    }
    frame = pd.DataFrame(answers)
    return frame.assign(y=frame[[f"s{j}" for j in range(k)]].mean(axis=1) + rng.normal(0, 0.5, n))


# truth: the kiosk survey, a separate computation; closed form, 1e-10
def test_kiosk_crosshair_and_the_quadrant_of_all_24(real_data: Path) -> None:
    study = cemlab.load_study(STUDY)
    result = map_importance(cemlab.load_survey(study), study.codebook, n_boot=200)
    truth, table = TRUTH["ipa"], result.table.set_index("attribute")
    lines = result.crosshairs.set_index("crosshair")
    assert lines.loc["mean", "importance"] == pytest.approx(truth["cross_importance"], abs=1e-10)
    assert lines.loc["mean", "performance"] == pytest.approx(truth["cross_performance"], abs=1e-10)
    assert lines.loc["midpoint", ["importance", "performance"]].tolist() == [4.0, 4.0]
    assert len(table) == len(truth["quad"]) == 24
    for number, quadrant in truth["quad"].items():
        row = table.loc[f"q{int(number):02d}"]
        assert row["quadrant"] == row["quadrant_mean"] == NAMES[quadrant[:2]]
        assert row["importance"] == pytest.approx(truth["imp"][number], abs=1e-10)
        assert row["performance"] == pytest.approx(truth["perf"][number], abs=1e-10)
    assert (table["n"] == TRUTH["n"]).all()
    assert table.loc["q16", "stability"] > 0.99  # far from both lines
    assert table.loc["q10", "stability"] < 0.65  # 0.005 scale points from a line


def test_kiosk_partial_correlations(real_data: Path) -> None:
    study = cemlab.load_study(STUDY)
    result = map_importance(cemlab.load_survey(study), study.codebook, outcome="excellent", n_boot=5)
    found = result.derived[result.derived["method"] == "partial correlation"].set_index("attribute")
    for number, value in TRUTH["partial"].items():
        assert found.loc[f"q{int(number):02d}", "estimate"] == pytest.approx(value, abs=1e-10)
    assert (found["note"] == BELOW_ZERO).sum() == sum(value < 0 for value in TRUTH["partial"].values())


def test_gap_is_the_paired_t_test_of_scipy() -> None:
    from scipy import stats

    survey = random_survey(1)
    survey.loc[:9, "i0"] = np.nan
    row = map_importance(survey, codebook_of(5), n_boot=5, conf_level=0.9).table.iloc[0]
    both = survey[["i0", "s0"]].dropna()
    test = stats.ttest_rel(both["s0"], both["i0"])
    assert row["n"] == 50
    assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue], abs=1e-10)
    interval = stats.t.interval(0.9, 49, both["i0"].mean(), stats.sem(both["i0"]))
    assert [row["importance_low"], row["importance_high"]] == pytest.approx(list(interval), abs=1e-10)
    assert row["above_diagonal"] == (both["i0"].mean() > both["s0"].mean())


def test_derived_importance_equals_pingouin_and_statsmodels() -> None:
    import pingouin as pg
    import statsmodels.api as sm

    survey, items = random_survey(2, 90), [f"s{j}" for j in range(5)]
    found = map_importance(survey, codebook_of(5), outcome="y", n_boot=5).derived.set_index(["method", "attribute"])
    logged = survey.assign(**{item: np.log(survey[item]) for item in items})
    scaled = (survey - survey.mean()) / survey.std(ddof=0)
    fit = sm.OLS(scaled["y"], sm.add_constant(scaled[items])).fit(cov_type="HC3", use_t=True)
    for j, item in enumerate(items):
        others = [name for name in items if name != item]
        for method, frame in (("partial correlation", survey), ("partial correlation of logarithms", logged)):
            expected = pg.partial_corr(frame, x=item, y="y", covar=others)
            row = found.loc[method, f"a{j}"]
            assert row["estimate"] == pytest.approx(expected["r"].item(), abs=1e-10)
            low, high = expected.filter(like="CI").iloc[0].iloc[0]
            assert [row["conf_low"], row["conf_high"]] == pytest.approx([low, high], abs=0.006)  # printed to 2 decimals
        beta = found.loc["standardized beta", f"a{j}"]
        assert beta["estimate"] == pytest.approx(fit.params[item], abs=1e-10)
        assert [beta["conf_low"], beta["conf_high"]] == pytest.approx(fit.conf_int().loc[item].tolist(), abs=1e-10)
        assert found.loc["correlation", f"a{j}"]["estimate"] == pytest.approx(survey[item].corr(survey["y"]), abs=1e-10)


def test_the_ellipse_is_hotellings() -> None:
    from scipy import stats

    rng = np.random.default_rng(3)
    x = rng.multivariate_normal([3, 5], [[1, 0.6], [0.6, 2]], 25)
    row = draw_ellipses(x[:, 1:], x[:, :1], np.ones(25), 0.95).iloc[0]
    radius = 2 * 24 / 23 * stats.f.ppf(0.95, 2, 23)
    for length, sign in ((row["semi_major"], 0.0), (row["semi_minor"], 90.0)):
        turn = np.radians(row["angle"] + sign)
        end = length * np.array([np.cos(turn), np.sin(turn)])
        assert 25 * end @ np.linalg.solve(np.cov(x.T), end) == pytest.approx(radius, abs=1e-9)


# invariants
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_order_of_people_and_scale_of_weights(seed: int, factor: float) -> None:
    survey = random_survey(seed, 30)
    weights = pd.Series(np.random.default_rng(seed).uniform(0.5, 2, 30))
    first = map_importance(survey, codebook_of(5), weights=weights, outcome="y", n_boot=5)
    second = map_importance(survey[::-1], codebook_of(5), weights=weights * factor, outcome="y", n_boot=5)
    numbers = ["importance", "performance", "estimate", "conf_low", "importance_low"]
    np.testing.assert_allclose(first.table[numbers], second.table[numbers], atol=1e-9)
    np.testing.assert_allclose(first.derived["estimate"], second.derived["estimate"], atol=1e-9)
    assert first.table["quadrant"].tolist() == second.table["quadrant"].tolist()


def test_equal_weights_change_nothing_and_input_stays() -> None:
    survey, codebook = random_survey(4), codebook_of(5)
    before = survey.copy()
    first = map_importance(survey, codebook, outcome="y", n_boot=50)
    second = map_importance(survey, codebook, outcome="y", weights=np.full(60, 3.0), n_boot=50)
    pd.testing.assert_frame_equal(survey, before)
    for name in ("table", "crosshairs", "quadrants", "ellipses", "derived"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
        assert set(getattr(first, name)) <= set(GLOSSARY)


@pytest.mark.parametrize("kind", ["mean", "median", "midpoint"])
def test_chosen_lines_are_those_of_the_table(kind: str) -> None:
    result = map_importance(random_survey(5), codebook_of(5), crosshair=kind, n_boot=50)
    table = result.table
    assert table["quadrant"].tolist() == table[f"quadrant_{kind}"].tolist()
    changed = result.crosshairs.set_index("crosshair")["n_changed"]
    for other in ("mean", "median", "midpoint"):
        assert changed[other] == (table["quadrant"] != table[f"quadrant_{other}"]).sum()
    assert table["stability"].between(0.25, 1).all()


def test_an_attribute_on_the_line_counts_as_above_it() -> None:
    survey = pd.DataFrame({f"{side}{j}": [j + 1.0] * 5 for side in "is" for j in range(3)})
    table = map_importance(survey, codebook_of(3), n_boot=5).table  # means 1, 2, 3: the middle one is on every line
    assert table["quadrant_mean"].tolist() == ["low priority", "keep up", "keep up"]
    assert table["quadrant_median"].tolist() == table["quadrant_mean"].tolist()


def test_lines_of_a_batch() -> None:
    lines = place_lines(np.array([[1.0, 2, 6], [3, 3, 3]]), np.array([[3.0, 4, 5], [1, 1, 4]]), (4.0, 4.0), "mean")
    assert lines.importance.tolist() == [3.0, 3.0]
    assert lines.performance.tolist() == [4.0, 2.0]


def test_edges_are_said() -> None:
    survey = random_survey(6)
    few = map_importance(survey, codebook_of(3), n_boot=5)
    assert few.problems == (FEW_ATTRIBUTES,)
    flat = survey.assign(**{f"i{j}": 6.0 for j in range(5)})
    result = map_importance(flat, codebook_of(5), n_boot=5)
    assert result.problems == (FLAT,)
    assert (result.table["note"] == SAME_IMPORTANCE).all()
    other = codebook_of(5)
    other.loc[other["role"] == "satisfaction", "scale_max"] = 5.0
    unlike = map_importance(survey.clip(1, 5), other, n_boot=5).table
    assert (unlike["note"] == UNLIKE_SCALES).all()
    assert unlike["estimate"].isna().all()
    assert unlike["above_diagonal"].isna().all()
    assert (unlike["quadrant"] != "").all()
    empty = map_importance(survey.assign(i2=np.nan), codebook_of(5), n_boot=5).table
    assert (empty.loc[2, "n"], empty.loc[2, "quadrant"]) == (0, "")
    assert np.isnan(empty.loc[2, "stability"])


def test_derived_edges_are_said() -> None:
    survey = random_survey(7)
    zero = map_importance(survey.replace(1.0, 0.0).assign(s0=0.0), codebook_of(5), outcome="y", n_boot=5).derived
    notes = zero.groupby("method")["note"].first()
    assert notes["partial correlation of logarithms"] == NO_LOGARITHM
    assert notes["correlation"] == notes["partial correlation"] == notes["standardized beta"] == REPEATS
    short = map_importance(survey.head(6), codebook_of(5), outcome="y", n_boot=5).derived
    assert set(short.loc[short["method"] != "correlation", "note"]) == {TOO_FEW}


def test_given_importance_is_contrasted_with_the_stated_one() -> None:
    shares = pd.Series({"a0": 0.5, "a1": 0.1, "a2": 0.1, "a3": 0.2}, name="lmg")
    result = map_importance(random_survey(8), codebook_of(5), derived=shares, n_boot=5)
    stated = result.table["importance"].to_numpy()
    derived = shares.reindex([f"a{j}" for j in range(5)]).to_numpy()
    assert result.derived["factor"].tolist() == contrast_stated(stated, derived).tolist()
    assert result.derived["method"].unique().tolist() == ["lmg"]
    assert result.derived["factor"].iloc[4] == ""


# recovery
def test_stability_is_the_chance_of_the_quadrant_in_a_new_sample() -> None:
    rng = np.random.default_rng(9)
    means = np.array([3.0, 4.0, 4.05, 5.0])  # the third lies 0.04 above the mean of 4.0125

    def draw() -> pd.DataFrame:
        return pd.DataFrame({f"{side}{j}": rng.normal(m, 1, 100) for side in "is" for j, m in enumerate(means)})

    results = [map_importance(draw(), codebook_of(4), n_boot=100, seed=s) for s in range(60)]
    modal = pd.concat([r.table for r in results]).groupby("attribute")["stability"].mean()
    assert modal["a0"] > 0.999
    assert modal["a3"] > 0.999
    assert 0.4 < modal["a2"] < 0.75  # four quadrants are nearly as likely


def test_picture_in_both_languages() -> None:
    result = map_importance(random_survey(10), codebook_of(5), n_boot=5)
    for language in ("en", "fa"):
        ax = result.plot(words=Words(language), names={"a0": "سرعت"})
        assert sum(text.get_text() != "" for text in ax.texts) == 14  # five numbers, their key, four quadrants


# errors
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"crosshair": "centre"}, EstimationError, "crosshair='centre', expected mean, median, midpoint"),
        (
            {"performance": "perception"},
            EstimationError,
            "no attribute with both roles, expected items of role importance",
        ),
        ({"outcome": "overall"}, DataError, "found no column 'overall', expected it for the outcome"),
        ({"derived": pd.Series({"a9": 1.0})}, DataError, "derived: found a9, expected attributes of the codebook"),
        ({"conf_level": 95}, DataError, "conf_level: found 95"),
    ],
)
def test_message(options, error, message) -> None:
    with pytest.raises(error, match=message):
        map_importance(random_survey(1), codebook_of(5), **options)


def test_midpoint_without_a_scale_and_a_survey_without_answers() -> None:
    with pytest.raises(EstimationError, match="unlike or unknown scales, expected one scale for the midpoint"):
        map_importance(random_survey(1), codebook_of(5, scale_max=np.nan), crosshair="midpoint")
    with pytest.raises(DataError, match="nobody who answered both questions"):
        map_importance(random_survey(1) * np.nan, codebook_of(5))
