"""The value equation: the worked example, states, one scale, the test of the unit weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures import value, value_weights
from cemlab.measures.value import customer_value, score_value, value_state
from cemlab.measures.value_answers import COMPONENTS
from cemlab.measures.value_weights import COLLINEAR, EQUAL, FEW, UNIT, UNITS_DIFFER

QUICK = settings(max_examples=25, deadline=None)
B = np.array([1.0, -1, -1, -1, 1])
CODEBOOK = pd.DataFrame({"item": COMPONENTS, "role": COMPONENTS, "scale_min": 0.0, "scale_max": 10.0})


def draw(seed: int, n: int = 80) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).integers(0, 11, (n, 5)).astype(float), columns=list(COMPONENTS))


# truth
def test_worked_example_of_methods_section_13() -> None:
    assert customer_value(8, 2, 1, 3, 0.5) == 2.5
    survey = pd.DataFrame([[8, 2, 1, 3, 0.5]] * 2, columns=list(COMPONENTS))
    assert score_value(survey, CODEBOOK).table.set_index("term").loc["value", "estimate"] == 2.5


def test_states_and_tolerance() -> None:
    assert [value_state(d, 0.5) for d in (-0.6, -0.5, 0.5, 0.6, np.nan)] == [
        "dissatisfied", "satisfied", "satisfied", "delighted", None,
    ]  # fmt: skip
    survey = draw(1).assign(hoped=0.0)
    result = score_value(survey, CODEBOOK, expected="hoped")
    v = survey[list(COMPONENTS)].to_numpy() @ B
    assert result.info["tolerance"] == pytest.approx(v.std(ddof=1) / 2)
    shares = result.states.set_index("state")["estimate"]
    assert shares["dissatisfied"] == pytest.approx((v < -v.std(ddof=1) / 2).mean())
    assert shares.sum() == pytest.approx(1)
    given_one = score_value(survey, CODEBOOK, expected=-8.0, tolerance=2.0)
    assert given_one.states["estimate"].tolist() == pytest.approx(
        [(v < -10).mean(), ((v >= -10) & (v <= -6)).mean(), (v > -6).mean()]
    )


def test_difference_row_is_the_t_test_of_scipy() -> None:
    survey = draw(2)
    row = score_value(survey, CODEBOOK, expected=-5.0).table.set_index("term").loc["difference"]
    test = stats.ttest_1samp(survey.to_numpy() @ B, -5)
    assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue])


def test_unit_weight_test_is_hc3_by_hand() -> None:
    rng, x = np.random.default_rng(3), draw(3)
    y = x.to_numpy() @ np.array([1.2, -0.8, -1, -1, 0.9]) + rng.normal(0, 2, len(x))
    result = score_value(x.assign(y=y), CODEBOOK, overall="y")
    design = np.column_stack([np.ones(len(x)), x])
    inverse = np.linalg.inv(design.T @ design)
    b = inverse @ design.T @ y
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    scaled = design * ((y - design @ b) / (1 - leverage))[:, None]
    covariance = (inverse @ scaled.T @ scaled @ inverse)[1:, 1:]
    d, df = b[1:] - B, len(x) - 6
    f = d @ np.linalg.solve(covariance, d) / 5
    tests = result.tests.set_index("term")
    assert [tests.loc[UNIT, "statistic"], tests.loc[UNIT, "p_value"]] == pytest.approx([f, stats.f.sf(f, 5, df)])
    e = B[1:] * b[2:] - b[1]  # all weights alike up to their signs
    r = np.column_stack([-np.ones(4), np.diag(B[1:])])
    g = e @ np.linalg.solve(r @ covariance @ r.T, e) / 4
    assert [tests.loc[EQUAL, "statistic"], tests.loc[EQUAL, "p_value"]] == pytest.approx([g, stats.f.sf(g, 4, df)])
    rows = result.weights
    assert rows["estimate"].tolist() == pytest.approx(b[1:].tolist())
    assert rows["std_error"].tolist() == pytest.approx(np.sqrt(np.diag(covariance)).tolist())
    assert rows["p_value"].tolist() == pytest.approx((2 * stats.t.sf(np.abs(d / rows["std_error"]), df)).tolist())


def test_unlike_scales_are_refused_unless_made_one() -> None:
    unlike = CODEBOOK.assign(scale_max=[10.0, 5, 10, 10, 10])
    survey = draw(4).assign(effort=lambda t: t["effort"] / 2)
    with pytest.raises(DataError, match="found unlike scales"):
        score_value(survey, unlike)
    pomp = score_value(survey, unlike, standardize="pomp").table.set_index("term")
    assert pomp.loc["value", "estimate"] == pytest.approx(10 * (draw(4).to_numpy() @ B).mean())
    z = score_value(survey, unlike, standardize="z").table.set_index("term")
    assert z.loc[list(COMPONENTS), "sd"].tolist() == pytest.approx([1.0] * 5)
    hoped = score_value(survey, unlike, standardize="pomp", expected={name: name for name in COMPONENTS})
    assert hoped.respondents["difference"].abs().max() < 1e-9


def test_treatment_may_take_value_away() -> None:
    signed = CODEBOOK.assign(scale_min=[0.0, 0, 0, 0, -10])
    survey = pd.DataFrame([[8, 2, 1, 3, -4.0]] * 3, columns=list(COMPONENTS))
    assert score_value(survey, signed).table.set_index("term").loc["value", "estimate"] == -2.0
    pomp = score_value(survey, signed, standardize="pomp").table.set_index("term")
    assert pomp.loc["value", "estimate"] == pytest.approx(-20.0)


# invariants
@QUICK
@given(st.integers(0, 10_000))
def test_value_is_the_sum_of_its_rows_and_groups_are_parts(seed) -> None:
    survey = draw(seed, 40).assign(unit=["x", "y"] * 20)
    survey.loc[0, "risk"] = np.nan
    result = score_value(survey, CODEBOOK, expected=0.0, tolerance=1.0, by="unit")
    means = result.table.pivot(index="group", columns="term", values="estimate")
    np.testing.assert_allclose(means[list(COMPONENTS)].to_numpy() @ B, means["value"])
    part = score_value(survey[survey["unit"] == "y"], CODEBOOK, expected=0.0, tolerance=1.0)
    own = result.table[result.table["group"] == "y"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own.drop(columns="group"), part.table.drop(columns="group"))
    assert result.info["n_dropped"] == 1


def test_columns_words_and_pictures() -> None:
    survey = draw(5).assign(y=lambda t: t["benefit"])
    result = score_value(survey, CODEBOOK, overall="y")
    for name in ("table", "states", "weights", "tests"):
        assert set(getattr(result, name)) <= set(GLOSSARY)
    sentences = [v for m in (value, value_weights) for k, v in vars(m).items()
                 if k.isupper() and isinstance(v, str) and v.endswith(".")]  # fmt: skip
    assert [s for s in sentences if Words("fa")(s) == s] == []
    ax = score_value(survey, CODEBOOK, expected=1.0).plot(words=Words("fa"))
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    means = survey[list(COMPONENTS)].mean().to_numpy() * B
    ends = np.cumsum(means)
    assert [start for start, _ in bars] == pytest.approx([0, *ends[:4], 0, 0])  # each starts where the last one ended
    assert [width for _, width in bars] == pytest.approx([*means, ends[4], 1.0])
    assert len(result.plot().patches) == 6  # no expected value was given
    assert score_value(survey, CODEBOOK, overall="y", standardize="z").info["weights_note"] == UNITS_DIFFER


def test_what_the_weights_cannot_tell() -> None:
    few = score_value(draw(6, 8).assign(y=1.0), CODEBOOK, overall="y")
    assert few.tests["note"].tolist() == [FEW, FEW]
    same = draw(7).assign(risk=lambda t: t["effort"], y=1.0)
    assert score_value(same, CODEBOOK, overall="y").weights["note"].eq(COLLINEAR).all()


# recovery: the joint test keeps its level under unequal variances
def test_level_of_the_unit_weight_test() -> None:
    rng, reps, rejected = np.random.default_rng(8), 300, 0
    for _ in range(reps):
        x = pd.DataFrame(rng.integers(0, 11, (150, 5)).astype(float), columns=list(COMPONENTS))
        y = x.to_numpy() @ B + rng.normal(0, 1, 150) * (1 + x["benefit"] / 5)
        tests = score_value(x.assign(y=y), CODEBOOK, overall="y").tests
        rejected += tests["p_value"].iloc[0] < 0.05
    assert rejected / reps < 0.05 + 4 * np.sqrt(0.05 * 0.95 / reps)


# errors
def test_messages() -> None:
    survey = draw(9)
    with pytest.raises(EstimationError, match="found no item of role treatment"):
        score_value(survey, CODEBOOK.iloc[:4])
    with pytest.raises(DataError, match="found no scale of the items of benefit"):
        score_value(survey, CODEBOOK.drop(columns=["scale_min", "scale_max"]))
    with pytest.raises(DataError, match="found the column 'effort' beside standardize='z'"):
        score_value(survey, CODEBOOK, expected="effort", standardize="z")
    with pytest.raises(DataError, match="found no column for effort, risk, price, treatment"):
        score_value(survey, CODEBOOK, expected={"benefit": "benefit"})
    with pytest.raises(DataError, match="found 'sd', expected 'z', 'pomp' or None"):
        score_value(survey, CODEBOOK, standardize="sd")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="found -1, expected at least 0"):
        score_value(survey, CODEBOOK, tolerance=-1)
    with pytest.raises(DataError, match="found no respondent who rated all five"):
        score_value(survey.assign(risk=np.nan), CODEBOOK)
