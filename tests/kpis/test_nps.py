from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.kpis.nps import net_promoter_score, nps_difference, summarize_nps
from cemlab.kpis.samples import NO_ANSWER, ONE_CLASS
from cemlab.languages import Words

FEW = settings(max_examples=40, deadline=None)
RATINGS = st.lists(st.integers(0, 10), min_size=2, max_size=60)


def answers(promoters: int, passives: int, detractors: int) -> pd.Series:
    return pd.Series([10.0] * promoters + [7.0] * passives + [3.0] * detractors)


# truth: checked numbers of a separate computation (promoters, passives, detractors -> score, SE, adjusted interval)
@pytest.mark.parametrize(
    ("counts", "score", "std_error", "low", "high"),
    [
        ((60, 25, 15), 45.0, 7.399324293474371, 29.34311120173409, 58.03552957496494),
        ((19, 11, 6), 36.111111111111114, 12.517135032033124, 9.672301530319011, 56.99436513634766),
        ((10, 0, 0), 100.0, 0.0, 47.5035515447902, 100.0),  # 106.34 cut at 100
        ((1436, 968, 342), 39.83976693372178, 1.3341371334870167, 37.18236071697378, 42.4102184027061),
    ],
)
def test_score_error_and_interval(counts, score, std_error, low, high) -> None:
    row = summarize_nps(answers(*counts)).table.iloc[0]
    assert row["estimate"] == pytest.approx(score, abs=1e-10)
    assert row["std_error"] == pytest.approx(std_error, abs=1e-10)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([low, high], abs=1e-10)
    assert row["n"] == sum(counts)


def test_difference_of_two_years() -> None:
    found = nps_difference(answers(1268, 935, 447), answers(1436, 968, 342))
    assert found.estimate == pytest.approx(-8.858634858250081, abs=1e-10)
    assert found.statistic == pytest.approx(-4.509001234231293, abs=1e-10)
    assert found.p_value == pytest.approx(6.513353001420438e-06, rel=1e-8)


def test_weighted_error_matches_a_ratio_of_sums_by_hand() -> None:
    ratings, weights = pd.Series([10, 8, 3, 9]), pd.Series([1.0, 2.0, 3.0, 4.0])
    row = summarize_nps(ratings, weights=weights).table.iloc[0]
    votes, w = np.array([1.0, 0, -1, 1]), weights.to_numpy()
    score = (w * votes).sum() / 10
    assert row["estimate"] == pytest.approx(100 * score)
    assert row["std_error"] == pytest.approx(100 * np.sqrt((w**2 * (votes - score) ** 2).sum()) / 10)
    assert row["n_effective"] == pytest.approx(100 / 30)


# invariants
@FEW
@given(RATINGS, st.floats(0.01, 1000))
def test_constant_weights_change_nothing(ratings, weight) -> None:
    plain = summarize_nps(ratings).table.iloc[0].drop(["group", "note"]).astype(float)
    weighted = summarize_nps(ratings, weights=[weight] * len(ratings)).table.iloc[0].drop(["group", "note"])
    np.testing.assert_allclose(weighted.astype(float), plain, atol=1e-9)


@FEW
@given(RATINGS, st.randoms())
def test_order_does_not_matter_and_bounds_hold(ratings, random) -> None:
    mixed = random.sample(ratings, len(ratings))
    assert net_promoter_score(mixed) == pytest.approx(net_promoter_score(ratings), abs=1e-12)
    row = summarize_nps(ratings).table.iloc[0]
    assert -100 <= row["conf_low"] <= row["conf_high"] <= 100
    assert row[["promoters", "passives", "detractors"]].sum() == pytest.approx(1)


def test_groups_are_aligned_by_index_and_match_their_parts() -> None:
    ratings = pd.Series([10, 9, 3, 7], index=[4, 2, 9, 1])
    by = pd.Series(["b", "a", "a", "b"], index=[1, 2, 9, 4])
    before = ratings.copy()
    table = summarize_nps(ratings, by=by).table.set_index("group")
    assert table.loc["a", "estimate"] == net_promoter_score([9, 3])
    assert table.loc["b", "estimate"] == net_promoter_score([10, 7])
    pd.testing.assert_series_equal(ratings, before)


def test_group_without_answers_is_a_row_with_a_note() -> None:
    found = summarize_nps(pd.Series([10, None]), by=["a", "b"])
    row = found.table.set_index("group").loc["b"]
    assert np.isnan(row["estimate"])
    assert np.isnan(row["conf_low"])
    assert row["n"] == 0
    assert row["note"] == NO_ANSWER
    assert found.info["n_dropped"] == 1


def test_one_class_says_so_and_columns_are_in_the_glossary() -> None:
    table = summarize_nps([10] * 10).table
    assert table["note"].item() == ONE_CLASS
    assert set(table) <= set(GLOSSARY)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    ax = summarize_nps([10, 3, 8, 9], by=["x", "x", "y", "y"]).plot(words=Words(language), names={"x": "Shop"})
    assert ax.get_figure() is not None


# recovery: 400 samples, tolerance four Monte-Carlo standard errors
@pytest.mark.parametrize("weighted", [False, True])
def test_interval_covers_at_its_level(weighted) -> None:
    rng = np.random.default_rng(20240611)
    hits, reps = 0, 400
    for _ in range(reps):
        ratings = rng.choice([3, 8, 10], 300, p=[0.25, 0.35, 0.40])
        weights = rng.uniform(0.5, 1.5, 300) if weighted else None
        row = summarize_nps(ratings, weights=weights).table.iloc[0]
        hits += row["conf_low"] <= 15 <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_values_off_the_scale_are_listed() -> None:
    with pytest.raises(DataError, match=r"found 7.5, 11, 99, expected whole numbers from 0 to 10"):
        summarize_nps([10, 99, 11, 7.5])
    with pytest.raises(DataError, match="missing_codes"):
        net_promoter_score([10, -1])
    with pytest.raises(DataError, match="found BLANK"):
        net_promoter_score(pd.Series(["10", "BLANK"], dtype="string"))


def test_other_scales_are_refused() -> None:
    with pytest.raises(DataError, match=r"found a scale from 1 to 5, expected 0 to 10.*not a Net Promoter Score"):
        summarize_nps([1, 5], scale_min=1, scale_max=5)


def test_nothing_answered() -> None:
    with pytest.raises(DataError, match="found no answer"):
        summarize_nps(pd.Series([np.nan, np.nan]))


def test_weights_that_cannot_be() -> None:
    with pytest.raises(DataError, match=r"weights: found \[-1.0\]"):
        summarize_nps([1, 2], weights=[1, -1])
    with pytest.raises(DataError, match="weights: found 3 values, expected 2"):
        summarize_nps([1, 2], weights=[1, 1, 1])
    with pytest.raises(DataError, match="no weight above 0"):
        summarize_nps([1, 2], weights=[0, 0])
    with pytest.raises(DataError, match="by: found an index"):
        summarize_nps(pd.Series([1, 2]), by=pd.Series(["a", "b"], index=[5, 6]))
    with pytest.raises(DataError, match="found no answer of a respondent with a group and a weight"):
        summarize_nps([1, 2], by=[None, None])
    with pytest.raises(DataError, match="conf_level: found 95"):
        summarize_nps([1, 2], conf_level=95)
