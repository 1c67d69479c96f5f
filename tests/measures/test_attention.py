from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.attention import FEW, NO_ORDER, attention_mismatch, compare_attention
from cemlab.measures.attention_shares import rank_correlations

IMPORTANCE = np.array([0.35, 0.25, 0.20, 0.12, 0.08])
ATTENTION = np.array([0.10, 0.20, 0.40, 0.20, 0.10])
NAMES = [f"a{j}" for j in range(5)]
FIRM = dict(zip(NAMES, ATTENTION * 250, strict=True))  # thousands spent
KINDS = dict(zip(NAMES, ["emotional", "emotional", "functional", "functional", "functional"], strict=True))
POINTS = pd.DataFrame({"item": NAMES, "construct": NAMES, "role": "points"})


def codebook_of(k: int = 5, scale_min: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame({"item": NAMES[:k], "attribute": NAMES[:k], "role": "importance", "scale_min": scale_min})


def random_ratings(seed: int, n: int = 60, k: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.integers(1, 6, (n, k)).astype(float), columns=NAMES[:k])


# truth
def test_worked_case_of_methods_section_9() -> None:
    assert attention_mismatch(IMPORTANCE, ATTENTION) == pytest.approx(0.30, abs=1e-12)
    assert rank_correlations(IMPORTANCE[None], ATTENTION)[0] == pytest.approx(0.0, abs=1e-12)


def test_the_verb_gives_the_worked_case() -> None:
    survey = pd.DataFrame([IMPORTANCE * 100] * 4, columns=NAMES)
    result = compare_attention(survey, POINTS, attention=FIRM, importance="points", kinds=KINDS, n_boot=50)
    overall = result.overall.set_index("term")["estimate"]
    assert overall["mismatch"] == pytest.approx(0.30, abs=1e-12)
    assert overall["rank correlation"] == pytest.approx(0.0, abs=1e-12)
    assert result.table["estimate"].tolist() == pytest.approx([0.25, 0.05, -0.20, -0.08, -0.02])
    kinds = result.kinds.set_index("kind")
    assert kinds.loc["emotional", ["importance", "attention", "estimate"]].tolist() == pytest.approx([0.6, 0.3, 0.3])
    assert kinds.loc["functional", ["importance", "attention", "estimate"]].tolist() == pytest.approx([0.4, 0.7, -0.3])


def test_aligned_is_0_and_disjoint_is_1() -> None:
    assert attention_mismatch([2, 4], [1, 2]) == 0
    assert attention_mismatch([1, 0, 0], [0, 3, 5]) == 1


def test_rank_correlation_equals_scipy_with_ties() -> None:
    from scipy.stats import spearmanr

    rows = np.random.default_rng(1).integers(1, 4, (20, 6)).astype(float)
    firm = np.array([1.0, 1, 2, 3, 3, 5])
    expected = [spearmanr(row, firm).statistic for row in rows]
    assert rank_correlations(rows, firm) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_ratings_count_from_the_lowest_answer_and_weights_enter() -> None:
    survey = pd.DataFrame({"a0": [5.0, 3], "a1": [1.0, 2], "w": [1.0, 3]})
    table = compare_attention(survey, codebook_of(2), attention={"a0": 1, "a1": 1}, weights="w", n_boot=20).table
    above = np.array([(4 + 3 * 2) / 4, (0 + 3 * 1) / 4])
    assert table["importance"].to_numpy() == pytest.approx(above / above.sum(), abs=1e-12)


# invariants
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_mismatch_is_a_distance_without_unit(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.random(6), rng.random(6)
    found = attention_mismatch(a, b)
    assert 0 <= found <= 1
    assert found == pytest.approx(attention_mismatch(b, a * factor), abs=1e-12)
    turn = rng.permutation(6)
    assert found == pytest.approx(attention_mismatch(a[turn], b[turn]), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50))
def test_differences_sum_to_zero_and_units_do_not_matter(seed: int, factor: float) -> None:
    survey = random_ratings(seed, 30)
    weights = np.random.default_rng(seed).uniform(0.5, 2, 30)
    first = compare_attention(survey, codebook_of(), attention=FIRM, weights=weights, n_boot=40)
    scaled = {name: value * factor for name, value in FIRM.items()}
    second = compare_attention(survey, codebook_of(), attention=scaled, weights=weights * factor, n_boot=40)
    assert first.table["estimate"].sum() == pytest.approx(0, abs=1e-12)
    for name in ("table", "overall"):
        numbers = getattr(first, name).select_dtypes("number").columns
        np.testing.assert_allclose(getattr(first, name)[numbers], getattr(second, name)[numbers], atol=1e-9)
    mismatch = first.overall.iloc[0]
    assert 0 <= mismatch["conf_low"] <= mismatch["estimate"] <= mismatch["conf_high"] <= 1


def test_input_stays_columns_are_known_and_the_firm_has_no_interval() -> None:
    survey = random_ratings(3)
    before = survey.copy()
    result = compare_attention(survey, codebook_of(), attention=pd.Series(FIRM), kinds=KINDS, n_boot=50)
    pd.testing.assert_frame_equal(survey, before)
    for name in ("table", "overall", "kinds"):
        assert set(getattr(result, name)) <= set(GLOSSARY)
    assert "without an interval" in result.info["firm"]
    assert result.table["attention"].to_numpy() == pytest.approx(ATTENTION)


def test_respondents_with_a_gap_are_left_out_and_counted() -> None:
    survey = random_ratings(4)
    survey.loc[:9, "a2"] = np.nan
    result = compare_attention(survey, codebook_of(), attention=FIRM, n_boot=20)
    assert (result.info["n_obs"], result.info["n_dropped"]) == (50, 10)
    assert (result.table["n"] == 50).all()
    assert result.kinds.empty


def test_notes_where_ranks_say_little() -> None:
    survey = random_ratings(5)
    flat = compare_attention(survey, codebook_of(), attention=dict.fromkeys(NAMES, 1), n_boot=20).overall
    assert flat["note"].tolist() == ["", NO_ORDER]
    few = {name: FIRM[name] for name in NAMES[:3]}
    assert compare_attention(survey, codebook_of(3), attention=few, n_boot=20).overall["note"].tolist() == ["", FEW]


# recovery
@pytest.mark.parametrize("n", [40, 150])
def test_intervals_cover(n: int) -> None:
    rng, points = np.random.default_rng(6), np.arange(1.0, 6)
    shares = np.array([[1, 1, 2, 6, 10], [1, 2, 5, 8, 4], [2, 4, 6, 5, 3], [4, 6, 6, 3, 1], [1, 2, 4, 7, 6]]) / 20
    above = shares @ (points - 1)
    truth, hits = above / above.sum(), []
    for seed in range(120):
        survey = pd.DataFrame({name: rng.choice(points, n, p=p) for name, p in zip(NAMES, shares, strict=True)})
        result = compare_attention(survey, codebook_of(), attention=FIRM, n_boot=300, seed=seed)
        own, whole = result.table, result.overall.iloc[0]
        mismatch = np.abs(truth - ATTENTION).sum() / 2
        each = (own["conf_low"] <= truth - ATTENTION) & (truth - ATTENTION <= own["conf_high"])
        hits.append([each.mean(), whole["conf_low"] <= mismatch <= whole["conf_high"]])
    assert (np.mean(hits, axis=0) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 120)).all()


def test_picture_in_both_languages() -> None:
    result = compare_attention(random_ratings(7), codebook_of(), attention=FIRM, n_boot=20)
    for language in ("en", "fa"):
        assert len(result.plot(words=Words(language)).get_yticklabels()) == 5


# errors
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"attention": {"a0": 1.0}},
            DataError,
            r"no value for a1, a2, a3, a4, and unknown none; expected a number for each",
        ),
        ({"attention": FIRM | {"b": 1}}, DataError, "no value for none, and unknown b"),
        ({"attention": FIRM | {"a0": -1}}, EstimationError, "expected numbers of at least 0 and one above"),
        ({"attention": dict.fromkeys(NAMES, 0)}, EstimationError, "expected numbers of at least 0 and one above"),
        ({"kinds": {"a0": "emotional"}}, DataError, "kinds: found none for a1, a2, a3, a4"),
        ({"importance": "desired"}, EstimationError, "found 0 attributes with an item of role desired"),
        ({"conf_level": 1}, DataError, "conf_level: found 1"),
    ],
)
def test_message(change, error, message) -> None:
    with pytest.raises(error, match=message):
        compare_attention(random_ratings(1), codebook_of(), **({"attention": FIRM} | change))


def test_more_messages() -> None:
    with pytest.raises(EstimationError, match="found no scale_min for a0, a1"):
        compare_attention(random_ratings(1), codebook_of(scale_min=np.nan), attention=FIRM)
    with pytest.raises(DataError, match="found 0 respondents who rated every attribute"):
        compare_attention(random_ratings(1) * np.nan, codebook_of(), attention=FIRM)
    with pytest.raises(EstimationError, match=r"shapes \(2,\) and \(3,\)"):
        attention_mismatch([1, 2], [1, 2, 3])
    with pytest.raises(EstimationError, match="found importance"):
        attention_mismatch([-1, 2], [1, 2])
