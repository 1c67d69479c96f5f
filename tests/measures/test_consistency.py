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
from cemlab.measures.channels import OTHER_CONSTRUCTS
from cemlab.measures.consistency import LINKED, NOT_TESTED, check_consistency
from cemlab.measures.equivalence import BEYOND, UNDECIDED, WITHIN, compare_pairs
from cemlab.measures.spread import largest_sd, linked_anova, spread_interval, welch_anova
from cemlab.measures.within_customers import FEW, NOBODY, absolute_agreement, compare_within

CHANNELS = ("shop", "web", "phone")
SKEWED = stats.norm.ppf([0.03, 0.1, 0.25, 0.5])


def codebook_of(names=CHANNELS, low: float = 1, high: float = 5) -> pd.DataFrame:
    return pd.DataFrame(
        {"item": [f"q_{name}" for name in names], "role": "perception", "channel": names, "construct": "ease",
         "scale_min": float(low), "scale_max": float(high)}
    )  # fmt: skip


def survey_of(scores: np.ndarray, names=CHANNELS) -> pd.DataFrame:
    return pd.DataFrame(scores, columns=[f"q_{name}" for name in names])


def separate(groups: list[np.ndarray]) -> np.ndarray:
    """Everybody rates one channel."""
    scores = np.full((sum(map(len, groups)), len(groups)), np.nan)
    start = 0
    for column, group in enumerate(groups):
        scores[start : start + len(group), column] = group
        start += len(group)
    return scores


def random_ratings(seed: int, n: int = 60, k: int = 3, answered: float = 0.7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    latent = 0.7 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, k)) - 0.2 * np.arange(k)
    scores = np.digitize(latent, SKEWED) + 1.0
    scores[rng.random((n, k)) > answered] = np.nan
    return scores


# truth: methods.md section 14 [V]: three channels 4.2 / 3.9 / 3.1 on 1 to 5
def test_methods_14_three_channels_sd_max_consistency_and_range() -> None:
    scores = np.array([[4.2, 3.9, 3.1]]) + np.array([[-0.5], [0.5]])
    result = check_consistency(survey_of(scores), codebook_of(), margin=0.5)
    table = result.table.set_index("term")
    assert np.std([4.2, 3.9, 3.1]) == pytest.approx(0.46428, abs=5e-6)
    assert largest_sd(3, 1, 5) == pytest.approx(1.88562, abs=5e-6)
    assert table.loc["consistency", "estimate"] == pytest.approx(0.75378, abs=5e-6)
    assert table.loc["range", "estimate"] == pytest.approx(1.1, abs=1e-12)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6])
def test_largest_sd_is_the_largest_over_all_corners_of_the_scale(k: int) -> None:
    corners = np.array(np.meshgrid(*[[1.0, 7.0]] * k)).reshape(k, -1)
    assert largest_sd(k, 1, 7) == pytest.approx(corners.std(axis=0).max(), abs=1e-12)


def test_welch_anova_is_that_of_pingouin_and_statsmodels() -> None:
    import pingouin as pg
    from statsmodels.stats.oneway import anova_oneway

    rng = np.random.default_rng(3)
    groups = [rng.integers(1, 6, n).astype(float) for n in (25, 40, 13)]
    groups[2] = np.minimum(groups[2] + 1, 5)
    row = check_consistency(survey_of(separate(groups)), codebook_of(), margin=0.5).tests.iloc[0]
    frame = pd.DataFrame({"x": np.concatenate(groups), "g": np.repeat(CHANNELS, [25, 40, 13])})
    outside = pg.welch_anova(frame, dv="x", between="g").iloc[0]
    other = anova_oneway(groups, use_var="unequal", welch_correction=True)
    assert [row["statistic"], row["df"], row["df_error"]] == pytest.approx(
        [outside["F"], outside["ddof1"], outside["ddof2"]], rel=1e-10
    )
    assert [row["statistic"], row["p_value"]] == pytest.approx([other.statistic, other.pvalue], rel=1e-10)
    assert row["effect_size"] == pytest.approx(2 * (row["statistic"] - 1) / (2 * (row["statistic"] - 1) + 78))
    assert row["note"] == ""


def test_omega_interval_inverts_the_noncentral_f() -> None:
    test = welch_anova(np.array([4.2, 3.9, 3.1]), np.array([0.02, 0.03, 0.01]), np.array([50, 40, 60]), 0.9)
    for end, level in ((test.conf_low, 0.95), (test.conf_high, 0.05)):
        noncentrality = 150 * end / (1 - end)
        assert stats.ncf.cdf(test.statistic, test.df, test.df_error, noncentrality) == pytest.approx(level, abs=1e-8)


def test_equivalence_is_that_of_statsmodels_without_common_customers() -> None:
    from statsmodels.stats.weightstats import ttost_ind

    rng = np.random.default_rng(4)
    a, b = rng.integers(2, 6, 80).astype(float), rng.integers(1, 6, 35).astype(float)
    pair = check_consistency(survey_of(separate([a, b]), CHANNELS[:2]), codebook_of(CHANNELS[:2]), margin=0.6).pairs
    row = pair.iloc[0]
    p, _, _ = ttost_ind(a, b, -0.6, 0.6, usevar="unequal")
    welch = stats.ttest_ind(a, b, equal_var=False)
    interval = welch.confidence_interval(0.95)
    inner = welch.confidence_interval(0.90)
    assert row["p_equivalence"] == pytest.approx(p, rel=1e-10)
    assert [row["statistic"], row["df"], row["p_value"]] == pytest.approx(
        [welch.statistic, welch.df, welch.pvalue], rel=1e-10
    )
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([interval.low, interval.high], rel=1e-10)
    assert [row["equivalence_low"], row["equivalence_high"]] == pytest.approx([inner.low, inner.high], rel=1e-10)


def test_equivalence_is_that_of_statsmodels_when_all_rate_both() -> None:
    from statsmodels.stats.weightstats import ttost_paired

    scores = random_ratings(5, 40, 2, answered=2)
    row = compare_pairs(CHANNELS[:2], scores, np.ones(40), margin=0.5, conf_level=0.95).iloc[0]
    p, _, _ = ttost_paired(scores[:, 0], scores[:, 1], -0.5, 0.5)
    paired = stats.ttest_rel(scores[:, 0], scores[:, 1])
    assert row["p_equivalence"] == pytest.approx(p, rel=1e-10)
    assert [row["statistic"], row["df"]] == pytest.approx([paired.statistic, 39], rel=1e-10)


def test_hotelling_is_the_squared_paired_t_and_the_one_sample_test_of_the_differences() -> None:
    two = random_ratings(6, 30, 2, answered=2)
    survey = survey_of(two, CHANNELS[:2])
    row = check_consistency(survey, codebook_of(CHANNELS[:2]), margin=1).tests.set_index("term").loc["Hotelling"]
    assert row["statistic"] == pytest.approx(stats.ttest_rel(two[:, 0], two[:, 1]).statistic ** 2, rel=1e-10)
    from statsmodels.stats.multivariate import test_mvmean

    three = random_ratings(7, 50, 3, answered=2)
    outside = test_mvmean(three[:, 1:] - three[:, :1], [0, 0])
    test = linked_anova(three.mean(axis=0), np.cov(three.T) / 50, 50, 0.95)
    assert [test.statistic, test.p_value] == pytest.approx([outside.statistic, outside.pvalue], rel=1e-9)


def test_icc_and_mean_absolute_difference() -> None:
    import pingouin as pg

    scores = random_ratings(8, 35, 3, answered=2)
    long = pd.DataFrame(scores).reset_index().melt(id_vars="index")
    outside = pg.intraclass_corr(long, targets="index", raters="variable", ratings="value").set_index("Type")
    assert absolute_agreement(scores) == pytest.approx(outside.loc["ICC(A,1)", "ICC"], rel=1e-10)
    within = check_consistency(survey_of(scores), codebook_of(), margin=0.5).within
    assert within["channel"].tolist() == ["all", "shop", "shop", "web"]
    assert within.loc[0, "icc"] == absolute_agreement(scores)
    by_hand = [np.abs(scores[:, a] - scores[:, b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
    assert within["estimate"].tolist() == pytest.approx([np.mean(by_hand), *by_hand], rel=1e-12)
    z = np.arctanh([absolute_agreement(np.delete(scores, i, 0)) for i in range(35)])
    half = stats.t.ppf(0.975, 34) * np.sqrt(34 / 35 * ((z - z.mean()) ** 2).sum())
    assert within.loc[0, "icc_high"] == pytest.approx(np.tanh(np.arctanh(within.loc[0, "icc"]) + half), rel=1e-10)


def test_shrout_fleiss_1979_icc_2_1_is_29() -> None:
    """Shrout & Fleiss (1979), table 2 and 4: ICC(2,1), here ICC(A,1), is .29."""
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]])
    assert absolute_agreement(ratings) == pytest.approx(0.29, abs=0.005)


def test_a_row_per_contact_gives_what_a_column_per_channel_gives() -> None:
    scores = random_ratings(9, 40)
    scores = scores[~np.isnan(scores).all(axis=1)]
    names = tuple(sorted(CHANNELS))
    wide = check_consistency(survey_of(scores, names), codebook_of(names), margin=0.5)
    long = pd.DataFrame(scores, columns=names).rename_axis("customer").reset_index().melt(id_vars="customer")
    long.columns = ["customer", "where", "q"]
    one = pd.DataFrame({"item": ["q"], "role": "perception", "scale_min": 1.0, "scale_max": 5.0})
    other = check_consistency(long, one, margin=0.5, channel="where")
    pd.testing.assert_frame_equal(wide.pairs, other.pairs)
    pd.testing.assert_frame_equal(wide.table, other.table)
    alone = check_consistency(long.assign(customer=None), one, margin=0.5, channel="where")
    assert alone.info["n_several"] == 0
    assert alone.tests["term"].tolist() == ["Welch"]


def test_absence_of_significance_is_not_consistency() -> None:
    rng = np.random.default_rng(1)
    few = survey_of(separate([rng.integers(1, 6, 6).astype(float) for _ in range(3)]))
    result = check_consistency(few, codebook_of(), margin=0.5)
    assert result.tests["p_value"].iloc[0] > 0.05
    assert result.info["verdict"] == UNDECIDED
    many = survey_of(separate([np.tile([3.0, 4, 4, 5], 200) for _ in range(3)]))
    assert check_consistency(many, codebook_of(), margin=0.5).info["verdict"] == WITHIN
    far = survey_of(separate([np.tile([3.0, 4, 4, 5], 200) - shift for shift in (0, 0, 1.5)]))
    assert check_consistency(far, codebook_of(), margin=0.5).info["verdict"] == BEYOND


# invariants
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 4), shift=st.floats(-3, 3))
def test_results_do_not_depend_on_the_origin_or_the_order_of_people(seed: int, k: int, shift: float) -> None:
    names = tuple(f"c{i}" for i in range(k))
    scores = random_ratings(seed, 40, k)
    first = check_consistency(survey_of(scores, names), codebook_of(names), margin=0.4)
    rng = np.random.default_rng(seed)
    moved = survey_of(scores[rng.permutation(40)] + shift, names)
    second = check_consistency(moved, codebook_of(names, 1 + shift, 5 + shift), margin=0.4)
    columns = ["estimate", "conf_low", "conf_high"]
    np.testing.assert_allclose(first.table[columns].to_numpy(float), second.table[columns].to_numpy(float), atol=1e-6)
    assert first.info["verdict"] == second.info["verdict"]
    main = first.table.iloc[0]
    assert 0 <= main["conf_low"] <= main["estimate"] <= 1
    assert main["conf_low"] <= main["conf_high"] <= 1


def test_equal_weights_change_nothing_and_weights_repeat_rows() -> None:
    survey = survey_of(random_ratings(10))
    plain = check_consistency(survey, codebook_of(), margin=0.5)
    weighted = check_consistency(survey.assign(w=2.5), codebook_of(), margin=0.5, weights="w")
    columns = ["estimate", "std_error", "df", "p_equivalence"]
    np.testing.assert_allclose(plain.pairs[columns], weighted.pairs[columns], rtol=1e-10)
    counts = np.random.default_rng(2).integers(1, 4, 60)
    repeated = check_consistency(survey.loc[survey.index.repeat(counts)], codebook_of(), margin=0.5)
    weighted = check_consistency(survey, codebook_of(), margin=0.5, weights=pd.Series(counts))
    np.testing.assert_allclose(repeated.channels["estimate"], weighted.channels["estimate"], rtol=1e-12)


def test_columns_stand_in_the_glossary_and_inputs_stay() -> None:
    survey, codebook = survey_of(random_ratings(11)), codebook_of()
    before = survey.copy(), codebook.copy()
    result = check_consistency(survey, codebook, margin=0.5)
    for table in (result.table, result.channels, result.tests, result.pairs, result.within):
        assert set(table.columns) <= set(GLOSSARY)
    pd.testing.assert_frame_equal(survey, before[0])
    pd.testing.assert_frame_equal(codebook, before[1])


@pytest.mark.parametrize("language", ["en", "fa"])
def test_pictures_are_drawn(language: str) -> None:
    result = check_consistency(survey_of(random_ratings(12)), codebook_of(), margin=0.5)
    for draw in (result.plot, result.plot_pairs):
        ax = draw(words=Words(language), names={"shop": "فروشگاه" if language == "fa" else "Shop"})
        ax.get_figure(root=True).canvas.draw()
        assert len(ax.get_yticklabels()) == 3


# recovery
def test_interval_of_the_spread_covers_it_and_reaches_down_to_none() -> None:
    rng = np.random.default_rng(13)
    for means in (np.zeros(3), np.array([0.0, 0.1, 0.3])):
        truth, covered = means.std(), 0
        for _ in range(400):
            low, high = spread_interval(means + rng.normal(0, 0.1, 3), np.eye(3) * 0.01, 300, 0.95)
            covered += low <= truth <= high
        assert covered / 400 == pytest.approx(0.95, abs=0.035)  # 3 Monte-Carlo standard errors


# errors
def test_unusable_margin_scales_and_channels() -> None:
    survey = survey_of(random_ratings(14))
    with pytest.raises(DataError, match=r"margin: found 0, expected scale points above 0"):
        check_consistency(survey, codebook_of(), margin=0)
    with pytest.raises(EstimationError, match=r"found the scales 1 to 5, 1 to 7, expected one for all channels"):
        check_consistency(survey, codebook_of().assign(scale_max=[5.0, 7, 5]), margin=0.5)
    with pytest.raises(EstimationError, match="found 1 channels with items of role perception, expected at least 2"):
        check_consistency(survey, codebook_of().assign(channel="web"), margin=0.5)
    with pytest.raises(EstimationError, match="found no item of role effort"):
        check_consistency(survey, codebook_of(), margin=0.5, role="effort")
    with pytest.raises(DataError, match="found no column 'channel', expected the channel of each item"):
        check_consistency(survey, codebook_of().drop(columns="channel"), margin=0.5)
    with pytest.raises(DataError, match="found no column 'were', expected it for the channel of each row"):
        check_consistency(survey, codebook_of(), margin=0.5, channel="were")
    with pytest.raises(EstimationError, match="found ratings of 1 channels"):
        check_consistency(survey.assign(q_web=np.nan, q_phone=np.nan), codebook_of(), margin=0.5)


def test_what_cannot_be_estimated_says_why() -> None:
    scores = separate([np.array([4.0, 5, 3]), np.array([2.0, 3, 4]), np.array([1.0])])
    result = check_consistency(survey_of(scores), codebook_of(), margin=0.5)
    assert result.tests["note"].tolist() == [NOT_TESTED]
    assert result.within["note"].tolist() == [NOBODY] * 4
    assert result.pairs["note"].tolist()[0] == ""
    assert result.pairs["estimate"].notna().all()
    assert np.isnan(result.table.loc[0, "conf_low"])
    linked = check_consistency(survey_of(random_ratings(15)), codebook_of(), margin=0.5)
    assert linked.tests.loc[0, "note"] == LINKED
    two = compare_within(("a", "b"), np.array([[1.0, 2.0], [2.0, np.nan]]), np.ones(2), 0.95)
    assert two["note"].tolist() == [FEW]
    other = check_consistency(
        survey_of(random_ratings(16)), codebook_of().assign(construct=["a", "b", "b"]), margin=0.5
    )
    assert other.problems == (OTHER_CONSTRUCTS,)
