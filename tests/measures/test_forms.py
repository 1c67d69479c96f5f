from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.forms import CONSTANT_FORM, FORMS, NO_IMPORTANCE, compare_gap_forms

FEW = settings(max_examples=10, deadline=None)
BOOT = {"n_boot": 60, "seed": 1}


def study(
    seed: int, n: int = 300, *, slope_e: float = 0.0, importance: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four pairs in two dimensions on 1 to 7; the judgement is perception + slope_e x expectation + noise."""
    rng = np.random.default_rng(seed)
    answers, rows = {}, []
    for number in range(4):
        for role in ("expectation", "perception", "importance")[: 3 if importance else 2]:
            answers[f"{role[0]}{number}"] = rng.integers(1, 8, n).astype(float)
            rows.append((f"{role[0]}{number}", f"a{number}", role, "care" if number < 2 else "speed"))
    survey = pd.DataFrame(answers)
    p = survey[[f"p{k}" for k in range(4)]].mean(axis=1)
    e = survey[[f"e{k}" for k in range(4)]].mean(axis=1)
    survey["overall"] = p + slope_e * e + rng.normal(0, 0.5, n)
    codebook = pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"])
    return survey, codebook.assign(scale_min=1.0, scale_max=7.0)


def scores(survey: pd.DataFrame) -> pd.DataFrame:
    """The predictors, by pandas."""
    sides = {role: survey[[f"{role}{k}" for k in range(4)]].to_numpy() for role in "epi"}
    frame = pd.DataFrame({"p": sides["p"].mean(axis=1) - 4, "e": sides["e"].mean(axis=1) - 4, "y": survey["overall"]})
    frame["g"] = frame["p"] - frame["e"]
    frame["wp"] = (sides["i"] * sides["p"]).mean(axis=1)
    frame["wg"] = (sides["i"] * (sides["p"] - sides["e"])).mean(axis=1)
    return frame


# truth: statsmodels as another implementation
def test_every_form_is_that_of_statsmodels() -> None:
    import statsmodels.formula.api as smf

    survey, codebook = study(1)
    table = compare_gap_forms(survey, codebook, outcome="overall", **BOOT).table.set_index("term")
    formulas = {
        "SERVPERF": "y ~ p",
        "SERVQUAL": "y ~ g",
        "weighted SERVPERF": "y ~ wp",
        "weighted SERVQUAL": "y ~ wg",
        "perception and expectation": "y ~ p + e",
        "polynomial": "y ~ p + e + I(p**2) + I(p*e) + I(e**2)",
    }
    frame = scores(survey)
    for form, formula in formulas.items():
        fit = smf.ols(formula, frame).fit()
        row = table.loc[form]
        assert [row["estimate"], row["r_squared_adjusted"]] == pytest.approx(
            [fit.rsquared, fit.rsquared_adj], abs=1e-10
        )
        press = fit.get_influence().resid_press
        others = (frame["y"].sum() - frame["y"]) / (len(frame) - 1)
        assert row["r_squared_out"] == pytest.approx(
            1 - (press**2).sum() / ((frame["y"] - others) ** 2).sum(), abs=1e-10
        )
        constant = len(frame) * (np.log(2 * np.pi) + 1)
        assert row["bic"] == pytest.approx(fit.bic - constant, abs=1e-8)
        assert row["n_predictors"] == fit.df_model


def test_constraints_are_those_of_anova_lm_and_wald_test() -> None:
    import statsmodels.formula.api as smf
    from statsmodels.stats.anova import anova_lm

    survey, codebook = study(2, slope_e=-0.4)
    found = compare_gap_forms(survey, codebook, outcome="overall", **BOOT).constraints.set_index(["term", "method"])
    frame = scores(survey)
    full = "y ~ p + e + I(p**2) + I(p*e) + I(e**2)"
    nested = {
        "perception = -expectation, in P + E": ("y ~ g", "y ~ p + e"),
        "no curvature, in the polynomial": ("y ~ p + e", full),
        "difference score, in the polynomial": ("y ~ g", full),
    }
    for term, (small, large) in nested.items():
        test = anova_lm(smf.ols(small, frame).fit(), smf.ols(large, frame).fit()).iloc[1]
        row = found.loc[(term, "nested F")]
        assert row[["statistic", "df_numerator", "p_value"]].tolist() == pytest.approx(
            test[["F", "df_diff", "Pr(>F)"]].tolist(), rel=1e-8
        )
    robust = smf.ols(full, frame).fit(cov_type="HC3", use_t=True)
    wald = robust.wald_test("p + e = 0, I(p ** 2) = 0, I(p * e) = 0, I(e ** 2) = 0", use_f=True, scalar=True)
    row = found.loc[("difference score, in the polynomial", "Wald F, HC3")]
    assert [row["statistic"], row["p_value"]] == pytest.approx([float(wald.statistic), float(wald.pvalue)], rel=1e-8)


def test_points_weigh_the_dimensions() -> None:
    survey, codebook = study(3, importance=False)
    points = pd.DataFrame({"item": ["w1", "w2"], "role": "points", "construct": ["care", "speed"]})
    rng = np.random.default_rng(3)
    survey["w1"] = rng.integers(1, 99, len(survey)).astype(float)
    survey["w2"] = 100 - survey["w1"]
    result = compare_gap_forms(survey, pd.concat([codebook, points]), outcome="overall", **BOOT)
    care, speed = survey[["p0", "p1"]].mean(axis=1), survey[["p2", "p3"]].mean(axis=1)
    by_hand = (survey["w1"] * care + survey["w2"] * speed) / 100
    row = result.table.set_index("term").loc["weighted SERVPERF"]
    assert result.info["importance"] == "points"
    assert row["estimate"] == pytest.approx(np.corrcoef(by_hand, survey["overall"])[0, 1] ** 2, abs=1e-10)


def test_kiosk_perceptions_go_with_recommending_more_than_gaps_do(real_data) -> None:
    from pathlib import Path

    import cemlab

    kiosk = cemlab.load_study(Path(__file__).parents[1] / "studies" / "kiosk")
    survey = cemlab.load_survey(kiosk)
    table = compare_gap_forms(survey, kiosk.codebook, outcome="recommend_others", **BOOT).table.set_index("term")
    pairs = [f"q{k:02d}" for k in range(1, 25)]
    p, e = (survey[[f"{name}_{side}" for name in pairs]].mean(axis=1) for side in "pe")
    for form, score in (("SERVPERF", p), ("SERVQUAL", p - e)):
        assert table.loc[form, "estimate"] == pytest.approx(score.corr(survey["recommend_others"]) ** 2, abs=1e-10)
    assert table.loc["SERVPERF", "estimate"] > table.loc["SERVQUAL", "estimate"]


# invariants
@FEW
@given(st.integers(0, 1000), st.floats(0.2, 5), st.floats(-3, 3))
def test_scale_of_the_judgement_does_not_matter(seed, factor, constant) -> None:
    survey, codebook = study(seed, 60)
    first = compare_gap_forms(survey, codebook, outcome="overall", **BOOT)
    moved = survey.assign(overall=survey["overall"] * factor + constant)
    second = compare_gap_forms(moved, codebook, outcome="overall", **BOOT)
    shown = ["estimate", "conf_low", "conf_high", "r_squared_adjusted", "r_squared_out"]
    np.testing.assert_allclose(first.table[shown], second.table[shown], atol=1e-7)
    np.testing.assert_allclose(first.constraints["statistic"], second.constraints["statistic"], rtol=1e-6)


def test_more_predictors_have_the_larger_r_squared_and_columns_are_known() -> None:
    survey, codebook = study(5)
    before = survey.copy()
    result = compare_gap_forms(survey, codebook, outcome="overall", **BOOT)
    pd.testing.assert_frame_equal(survey, before)
    r = result.table.set_index("term")["estimate"]
    assert r["polynomial"] >= r["perception and expectation"] >= max(r["SERVPERF"], r["SERVQUAL"])
    for table in (result.table, result.differences, result.constraints):
        assert set(table) <= set(GLOSSARY)
    assert result.table["term"].tolist() == list(FORMS)
    for sentence in (NO_IMPORTANCE, CONSTANT_FORM, *list(FORMS)[2:]):
        assert Words("fa")(sentence) != sentence


def test_forms_share_their_respondents_and_lacking_importance_is_said() -> None:
    survey, codebook = study(6, importance=False)
    survey.loc[:9, "overall"] = np.nan
    survey.loc[10:19, ["p0", "p1", "p2"]] = np.nan  # one pair of four: not scored
    result = compare_gap_forms(survey, codebook, outcome="overall", **BOOT)
    assert set(result.table["n"]) == {280}
    assert (result.info["n_obs"], result.info["n_dropped"]) == (280, 20)
    weighted = result.table[result.table["term"].str.startswith("weighted")]
    assert (weighted["note"] == NO_IMPORTANCE).all()
    assert weighted["estimate"].isna().all()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    result = compare_gap_forms(*study(7, 60), outcome="overall", **BOOT)
    assert result.plot(words=Words(language)) is not None


# recovery
def test_the_planted_form_is_found() -> None:
    assert compare_gap_forms(*study(8), outcome="overall", **BOOT).info["best"] == "SERVPERF"
    gap = compare_gap_forms(*study(8, slope_e=-1.0), outcome="overall", **BOOT)
    assert gap.info["best"] in ("SERVQUAL", "perception and expectation")
    tests = gap.constraints.set_index(["term", "method"])["p_value"]
    assert tests["difference score, in the polynomial", "nested F"] > 0.001
    perceived = compare_gap_forms(*study(8), outcome="overall", **BOOT).constraints
    assert (perceived.loc[perceived["term"].str.startswith(("perc", "diff")), "p_value"] < 1e-10).all()


# errors
def test_messages() -> None:
    survey, codebook = study(9, 30)
    with pytest.raises(DataError, match="found no column 'satisfaction', expected the overall judgement"):
        compare_gap_forms(survey, codebook, outcome="satisfaction")
    with pytest.raises(DataError, match="found 'stated', expected 'importance', 'points' or numbers"):
        compare_gap_forms(survey, codebook, outcome="overall", importance="stated")
    with pytest.raises(DataError, match="expected one for each attribute or for each dimension"):
        compare_gap_forms(survey, codebook, outcome="overall", importance={"care": 1.0})
    with pytest.raises(EstimationError, match="found no points item"):
        compare_gap_forms(survey, codebook, outcome="overall", importance="points")
    with pytest.raises(EstimationError, match="found 5 respondents"):
        compare_gap_forms(survey.head(5), codebook, outcome="overall")
    with pytest.raises(EstimationError, match="found 0 scales"):
        compare_gap_forms(survey, codebook.drop(columns="scale_min"), outcome="overall")
    with pytest.raises(DataError, match="found 'sped', expected one of care, speed"):
        compare_gap_forms(survey, codebook, outcome="overall", dimension="sped")
