from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.kpis.ces import summarize_ces
from cemlab.kpis.csat import summarize_csat
from cemlab.kpis.differences import EMPTY_GROUP, MOST_GROUPS, NO_TEST, holm
from cemlab.kpis.nps import nps_difference, summarize_nps
from cemlab.kpis.ratings import interval_size

FEW = settings(max_examples=40, deadline=None)


def answers(promoters: int, passives: int, detractors: int) -> list[float]:
    return [10.0] * promoters + [7.0] * passives + [3.0] * detractors


# truth
def test_sfo_2018_minus_2017_from_the_published_counts() -> None:
    ratings = answers(1436, 968, 342) + answers(1268, 935, 447)
    row = summarize_nps(ratings, by=["2017"] * 2746 + ["2018"] * 2650).differences.iloc[0]
    assert [row["group"], row["reference"]] == ["2018", "2017"]
    assert row["estimate"] == pytest.approx(-8.858634858250081, abs=1e-10)
    assert row["statistic"] == pytest.approx(-4.509001234231293, abs=1e-10)
    assert [row["n"], row["n_reference"]] == [2650, 2746]
    pair = nps_difference(answers(1268, 935, 447), answers(1436, 968, 342))
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([pair.conf_low, pair.conf_high], abs=1e-12)


def test_adjusted_wald_interval_of_a_difference_by_hand() -> None:
    """Half of Rocks' additions (3/8, 3/8, 3/2) to each sample."""
    found = nps_difference(answers(6, 2, 2), answers(3, 3, 4))
    up, down, n = np.array([6.375, 3.375]), np.array([2.375, 4.375]), np.array([11.5, 11.5])
    net = (up - down) / n
    variance = ((up + down) / n - net**2) / n
    middle, half = net[0] - net[1], 1.959963984540054 * np.sqrt(variance.sum())
    assert [found.conf_low, found.conf_high] == pytest.approx([100 * (middle - half), 100 * (middle + half)])


def test_shares_are_those_of_statsmodels() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_effectsize, proportions_ztest

    ratings, by = [5] * 30 + [2] * 20 + [5] * 55 + [1] * 15, ["a"] * 50 + ["b"] * 70
    row = summarize_csat(ratings, by=by).differences.iloc[0]
    z, p_value = proportions_ztest([55, 30], [70, 50])
    assert [row["statistic"], row["p_value"]] == pytest.approx([z, p_value])
    low, high = confint_proportions_2indep(55, 70, 30, 50, method="newcomb", compare="diff")
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([100 * low, 100 * high])
    assert row["effect_size"] == pytest.approx(proportion_effectsize(55 / 70, 30 / 50))


def test_means_are_welchs_of_scipy() -> None:
    from scipy import stats

    rng = np.random.default_rng(3)
    a, b = rng.integers(1, 8, 30), rng.integers(3, 8, 45)
    found = summarize_ces(np.concatenate([a, b]), by=["a"] * 30 + ["b"] * 45).differences
    row = found[found["term"] == "mean"].iloc[0]
    test = stats.ttest_ind(b, a, equal_var=False)
    assert [row["statistic"], row["p_value"], row["df"]] == pytest.approx([test.statistic, test.pvalue, test.df])
    spread = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    assert row["effect_size"] == pytest.approx((b.mean() - a.mean()) / spread)


def test_holm_is_that_of_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(1).uniform(0, 0.2, 12)
    assert holm(p_values).tolist() == pytest.approx(multipletests(p_values, method="holm")[1].tolist())
    ratings = np.random.default_rng(2).integers(0, 11, 200)
    table = summarize_nps(ratings, by=np.arange(200) % 4).differences
    assert table["p_adjusted"].tolist() == pytest.approx(multipletests(table["p_value"], method="holm")[1].tolist())


# invariants
@FEW
@given(
    st.lists(st.integers(0, 10), min_size=2, max_size=40),
    st.lists(st.integers(0, 10), min_size=2, max_size=40),
    st.floats(0.1, 100),
)
def test_turned_samples_turn_the_difference_and_constant_weights_change_nothing(a, b, weight) -> None:
    there, back = np.array(nps_difference(a, b)), np.array(nps_difference(b, a))
    weighted = nps_difference(a, b, weights_a=[weight] * len(a), weights_b=[weight] * len(b))
    np.testing.assert_allclose(weighted, there, atol=1e-7)
    np.testing.assert_allclose(there[[0, 2]], -back[[0, 2]], atol=1e-9)
    np.testing.assert_allclose(there[[4, 5]], -back[[5, 4]], atol=1e-9)
    assert -200 <= there[4] <= there[5] <= 200


def test_pairs_notes_and_columns() -> None:
    ratings = [10, 3, 9, 9, np.nan, 8, 2, 10]
    found = summarize_nps(ratings, by=["a", "a", "b", "b", "c", "d", "d", "d"]).differences
    assert list(zip(found["group"], found["reference"], strict=True)) == [
        *(("b", "a"), ("c", "a"), ("d", "a"), ("c", "b"), ("d", "b"), ("d", "c")),
    ]
    assert found["note"].tolist() == [NO_TEST, EMPTY_GROUP, "", EMPTY_GROUP, NO_TEST, EMPTY_GROUP]
    assert np.isfinite(found.loc[0, "conf_low"])
    assert set(found) <= set(GLOSSARY)
    for alone in (summarize_nps([1, 2]), summarize_csat([1, 2]), summarize_ces([1, 2])):
        assert alone.differences.empty
        assert {"group", "reference", "estimate"} <= set(alone.differences)
    many = MOST_GROUPS + 1
    assert summarize_nps(np.arange(many) % 11, by=np.arange(many)).differences.empty


def test_terms_of_effort_are_families_of_their_own() -> None:
    ratings = np.random.default_rng(1).integers(1, 8, 90)
    found = summarize_ces(ratings, by=np.arange(90) % 3).differences
    assert found["term"].unique().tolist() == ["mean", "top 3 share", "top 2 share", "net"]
    for _, part in found.groupby("term"):
        assert part["p_adjusted"].tolist() == pytest.approx(holm(part["p_value"].to_numpy()).tolist())


# recovery
def test_design_effect_and_interval_follow_weights_that_go_with_the_answers() -> None:
    """80 % of the sample from a half of the population that answers better: Kish's n is too large for this score."""
    rng = np.random.default_rng(6)
    n, reps = 300, 500
    first = rng.random(n * reps) < 0.8
    hits = np.where(first, rng.random(n * reps) < 0.95, rng.random(n * reps) < 0.6)
    table = summarize_csat(
        np.where(hits, 5, 1), by=np.repeat(np.arange(reps), n), weights=np.where(first, 0.5 / 0.8, 0.5 / 0.2)
    ).table
    truth = 100 * (0.95 + 0.6) / 2
    covered = ((table["conf_low"] <= truth) & (truth <= table["conf_high"])).mean()
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)
    assert table["design_effect"].mean() > 1.1 * (table["n"] / table["n_effective"]).mean()


def test_difference_covers_at_its_level() -> None:
    rng = np.random.default_rng(9)
    shares, others = [0.7, 0.2, 0.1], [0.5, 0.3, 0.2]
    covered = []
    for _ in range(300):
        found = nps_difference(rng.choice([10, 8, 3], 60, p=shares), rng.choice([10, 8, 3], 90, p=others))
        covered.append(found.conf_low <= 30 <= found.conf_high)
    assert abs(np.mean(covered) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 300)


# errors
def test_interval_size_never_counts_more_answers_than_there_are() -> None:
    assert interval_size(0.2, 0.01, 100, 100, 0.95) == pytest.approx(100)
    assert interval_size(0.0, 0.0, 100, 70.0, 0.95) == 70.0
    assert interval_size(0.2, 0.1, 100, 50, 0.95) < 20
    assert pd.isna(interval_size(float("nan"), float("nan"), 0, float("nan"), 0.95))
