from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.kpis import wave_changes, wave_samples
from cemlab.kpis.csat import summarize_csat
from cemlab.kpis.nps import nps_difference, summarize_nps
from cemlab.kpis.waves import UNWEIGHTED, WavesResult, track_waves
from cemlab.languages import Words

FEW = settings(max_examples=30, deadline=None)


def two_waves(before, after, *, shared: int, **options) -> WavesResult:
    """Track two waves whose first `shared` respondents are the same people."""
    n, m = len(before), len(after)
    people = [*range(n), *range(shared), *range(10**6, 10**6 + m - shared)]
    return track_waves([*before, *after], wave=[1] * n + [2] * m, respondent=people, **options)


def panel(seed: int, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first = rng.choice([1, 2, 3, 4, 5], n, p=[0.03, 0.07, 0.15, 0.35, 0.40]).astype(float)
    return first, np.clip(first + rng.choice([-1, 0, 0, 1], n), 1, 5)


# truth
def test_everybody_in_both_waves_is_the_paired_t_of_scipy() -> None:
    before, after = panel(1)
    row = two_waves(before, after, shared=40).changes.iloc[0]
    truth = stats.ttest_rel(after, before)
    assert [row["statistic"], row["df"], row["p_value"]] == pytest.approx([truth.statistic, truth.df, truth.pvalue])
    interval = truth.confidence_interval(0.95)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([interval.low, interval.high])
    assert row["n_repeated"] == 40


@pytest.mark.parametrize("sizes", [(40, 40), (17, 40)])
def test_nobody_in_both_waves_is_the_welch_t_of_scipy(sizes) -> None:
    before, after = panel(2)
    before = before[: sizes[0]]
    truth = stats.ttest_ind(after, before, equal_var=False)
    row = two_waves(before, after, shared=0).changes.iloc[0]
    assert [row["statistic"], row["df"], row["p_value"]] == pytest.approx([truth.statistic, truth.df, truth.pvalue])
    interval = truth.confidence_interval(0.95)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([interval.low, interval.high])


def test_part_in_both_waves_gives_the_p_of_derrick_toher_white_2017_example() -> None:
    # The Quantitative Methods in Psychology 13(2), 120-126: p = .026 (pooled variances, equal sizes)
    paired_a, only_a = [14, 15, 18, 20, 11, 19, 14, 15], [20, 21, 16, 18, 14, 12, 14, 17]
    paired_b, only_b = [15, 10, 15, 17, 13, 19, 12, 13], [10, 16, 18, 16, 15, 14, 13, 10]
    row = two_waves([*paired_a, *only_a], [*paired_b, *only_b], shared=8).changes.iloc[0]
    assert row["estimate"] == -2.0
    assert row["p_value"] == pytest.approx(0.026, abs=5e-4)
    # degrees of freedom written out from the paper: T_new2
    v1, v2 = np.var([*paired_a, *only_a], ddof=1) / 16, np.var([*paired_b, *only_b], ddof=1) / 16
    welch = (v1 + v2) ** 2 / ((v1**2 + v2**2) / 15)
    assert row["df"] == pytest.approx(7 + (welch - 7) / 32 * 16)


def test_covariance_of_shared_respondents_is_unbiased() -> None:
    # by hand: E of the product of deviations from two means that share c people is cov (1 - 1/n - 1/m + c / nm)
    before, after = np.array([1.0, 2.0, 4.0, 5.0]), np.array([2.0, 2.0, 5.0])
    row = two_waves(before, after, shared=2).changes.iloc[0]
    product = (before[:2] - 3) @ (after[:2] - 3) / (4 * 3) / (1 - 1 / 4 - 1 / 3 + 2 / 12)
    truth = np.var(before, ddof=1) / 4 + np.var(after, ddof=1) / 3 - 2 * product
    assert row["std_error"] == pytest.approx(np.sqrt(truth))


def test_share_of_everybody_in_both_waves_is_mcnemar_of_statsmodels() -> None:
    before = np.repeat([1, 1, 0, 0], [30, 12, 5, 13])
    after = np.repeat([1, 0, 1, 0], [30, 12, 5, 13])
    row = two_waves(before, after, shared=60, kind="share").changes.iloc[0]
    truth = mcnemar([[30, 12], [5, 13]], exact=False, correction=False)
    assert row["p_value"] == pytest.approx(truth.pvalue)
    assert row["statistic"] ** 2 == pytest.approx(truth.statistic)
    assert row["estimate"] == pytest.approx(-100 * 7 / 60)
    # unpooled standard error of a paired difference: sqrt(b + c - (b - c)^2 / n) / n
    assert row["std_error"] == pytest.approx(100 * np.sqrt(17 - 49 / 60) / 60)


def test_share_of_nobody_in_both_waves_is_the_z_test_and_newcombe_interval_of_statsmodels() -> None:
    before, after = np.repeat([1, 0], [56, 14]), np.repeat([1, 0], [48, 22])
    row = two_waves(before, after, shared=0, kind="share").changes.iloc[0]
    z, p_value = proportions_ztest([48, 56], [70, 70])
    assert [row["statistic"], row["p_value"]] == pytest.approx([z, p_value])
    truth = confint_proportions_2indep(48, 70, 56, 70, method="newcomb", compare="diff")
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([100 * end for end in truth])


def test_newcombe_1998_paired_interval_example() -> None:
    # Newcombe (1998) Statistics in Medicine 17, 2635-2650, method 8 (phi not corrected): written out from its formula
    counts = {(1, 1): 36, (1, 0): 12, (0, 1): 2, (0, 0): 0}
    before = np.concatenate([np.full(n, pair[0]) for pair, n in counts.items()])
    after = np.concatenate([np.full(n, pair[1]) for pair, n in counts.items()])
    row = two_waves(before, after, shared=50, kind="share").changes.iloc[0]
    l1, u1 = proportion_confint(48, 50, method="wilson")
    l2, u2 = proportion_confint(38, 50, method="wilson")
    phi = (36 * 0 - 12 * 2) / np.sqrt(48 * 2 * 38 * 12)
    p1, p2 = 48 / 50, 38 / 50
    low = p2 - p1 - np.sqrt((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2)
    high = p2 - p1 + np.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([100 * low, 100 * high])


def test_nps_sfo_2017_2018_of_methods_10() -> None:
    # [V] 2017: 1436/968/342 = 39.840, SE 1.334; 2018: 1268/935/447 = 30.981, SE 1.442; difference -8.859, z -4.509
    first, last = [10] * 1436 + [7] * 968 + [3] * 342, [10] * 1268 + [7] * 935 + [3] * 447
    found = two_waves(first, last, shared=0, kind="nps")
    assert found.table["estimate"].tolist() == pytest.approx([39.83976693372178, 30.981132075471695], abs=1e-3)
    assert found.table["std_error"].tolist() == pytest.approx([1.334, 1.442], abs=5e-4)
    row = found.changes.iloc[0]
    assert row["estimate"] == pytest.approx(-8.858634858250081, abs=1e-9)
    assert row["statistic"] == pytest.approx(-4.509001234231293, abs=1e-9)
    assert found.alerts["rule"].tolist() == ["changed since the previous wave"]


def test_weighted_nps_sfo_2017_of_methods_10(real_data) -> None:
    # [V] 40.40 weighted; NETPRO 11 = blank
    raw = pd.read_csv(real_data / "sfo" / "sfo_2017.csv", encoding="latin-1", usecols=["NETPRO", "WEIGHT"])
    ratings = pd.to_numeric(raw["NETPRO"], errors="coerce").replace(11, np.nan)
    row = track_waves(ratings, wave=["2017"] * len(raw), weights=raw["WEIGHT"], kind="nps").table.iloc[0]
    assert row["estimate"] == pytest.approx(40.40, abs=0.005)
    assert row["n"] == 2746


def test_levels_are_those_of_the_kpi_verbs() -> None:
    rng = np.random.default_rng(4)
    ratings, weights = pd.Series(rng.integers(0, 11, 90)), pd.Series(rng.uniform(0.2, 3, 90))
    wave = pd.Series(np.repeat(["a", "b"], 45))
    ends = ["estimate", "std_error", "conf_low", "conf_high", "n_effective"]
    nps = track_waves(ratings, wave=wave, weights=weights, kind="nps").table[ends]
    np.testing.assert_allclose(nps, summarize_nps(ratings, by=wave, weights=weights).table[ends])
    top = (ratings > 8).astype(int)
    share = track_waves(top, wave=wave, weights=weights, kind="share").table[ends]
    truth = summarize_csat(ratings, top=2, scale_min=0, scale_max=10, by=wave, weights=weights).table[ends]
    np.testing.assert_allclose(share, truth)


def test_weighted_change_of_nps_is_that_of_nps_difference() -> None:
    rng = np.random.default_rng(5)
    a, b, wa, wb = rng.integers(0, 11, 50), rng.integers(3, 11, 60), rng.uniform(0.5, 2, 50), rng.uniform(0.5, 2, 60)
    row = track_waves([*a, *b], wave=[1] * 50 + [2] * 60, weights=[*wa, *wb], kind="nps").changes.iloc[0]
    truth = nps_difference(b, a, weights_a=wb, weights_b=wa)
    for column in ("statistic", "p_value", "conf_low", "conf_high"):
        assert row[column] == pytest.approx(getattr(truth, column)), column


def test_weighted_variance_with_repeated_people_by_hand() -> None:
    y, w = np.array([5.0, 3.0, 4.0, 2.0, 4.0, 4.0]), np.array([1.0, 2.0, 1.5, 1.0, 0.5, 3.0])
    row = track_waves(y, wave=[1, 1, 1, 2, 2, 2], respondent=list("abcabd"), weights=w, kind="mean").changes.iloc[0]
    one = w[:3] * (y[:3] - w[:3] @ y[:3] / 4.5) / 4.5
    two = w[3:] * (y[3:] - w[3:] @ y[3:] / 4.5) / 4.5
    covariance = one[:2] @ two[:2] / (1 - 1 / 3 - 1 / 3 + 2 / 9)
    assert row["std_error"] == pytest.approx(np.sqrt(1.5 * (one @ one + two @ two) - 2 * covariance))


def test_interval_of_a_skewed_mean_is_halls_transformation() -> None:
    y = np.array([1.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0, 4.0])
    row = track_waves(y, wave=[1] * 8).table.iloc[0]
    s, skewness = y.std(), stats.skew(y)
    for end, side in (("conf_low", 0.975), ("conf_high", 0.025)):
        # Hall (1992): T = S + a S^2 / 3 + a^2 S^3 / 27 + a / 6 with S = (mean - mu) / error, a = skewness / sqrt(n)
        error, a = s / np.sqrt(7), skewness * (7 / 8) ** 1.5 / np.sqrt(8)
        gap = (y.mean() - row[end]) / error
        assert gap + a * gap**2 / 3 + a**2 * gap**3 / 27 + a / 6 == pytest.approx(stats.t.ppf(side, 7))


def test_p_values_are_adjusted_by_holm_over_all_changes_and_effects_are_cohens() -> None:
    rng = np.random.default_rng(6)
    wave, by = np.tile([1, 2, 3, 4], 60), np.repeat(["x", "y"], 120)
    values = rng.normal(0, 1, 240) + 0.2 * wave
    changes = track_waves(values, wave=wave, by=by).changes
    assert len(changes) == 2 * (3 + 2)
    truth = multipletests(changes["p_value"], method="holm")[1]
    np.testing.assert_allclose(changes["p_adjusted"], truth)
    first, last = values[(wave == 1) & (by == "x")], values[(wave == 2) & (by == "x")]
    d = (last.mean() - first.mean()) / np.sqrt((first.var(ddof=1) + last.var(ddof=1)) / 2)
    assert changes["effect_size"][0] == pytest.approx(d)


# invariants
@FEW
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.sampled_from(["mean", "share", "nps"]))
def test_constant_weights_order_and_scale_change_nothing(seed, weight, kind) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    values = rng.integers(0, {"mean": 6, "share": 2, "nps": 11}[kind], n)
    frame = pd.DataFrame({"v": values, "wave": np.arange(n) % 3, "who": rng.integers(0, 25, n)})
    plain = track_waves(frame["v"], wave=frame["wave"], respondent=frame["who"], kind=kind)
    weighted = track_waves(frame["v"], wave=frame["wave"], respondent=frame["who"], kind=kind, weights=[weight] * n)
    mixed = frame.sample(frac=1, random_state=1)
    shuffled = track_waves(mixed["v"], wave=mixed["wave"], respondent=mixed["who"], kind=kind)
    for other in (weighted, shuffled):
        for name in ("table", "changes"):
            pd.testing.assert_frame_equal(getattr(other, name), getattr(plain, name), rtol=1e-7, atol=1e-9)


@FEW
@given(st.integers(0, 10_000), st.integers(0, 30))
def test_change_turns_its_sign_with_the_waves_and_covers_itself(seed, shared) -> None:
    before, after = panel(seed, 30)
    there, back = (two_waves(*pair, shared=shared).changes.iloc[0] for pair in ((before, after), (after, before)))
    assert there["estimate"] == pytest.approx(-back["estimate"])
    if there["note"] == "":
        assert there["conf_low"] <= there["estimate"] <= there["conf_high"]
        assert there["p_value"] == pytest.approx(back["p_value"])


def test_one_person_answering_twice_in_a_wave_counts_as_one_cluster() -> None:
    values = [1.0, 2.0, 4.0, 5.0]
    doubled = track_waves(values * 2, wave=[1] * 8, respondent=list("abcd") * 2).table.iloc[0]
    once = track_waves(values, wave=[1] * 4, respondent=list("abcd")).table.iloc[0]
    assert [doubled["n"], doubled["n_respondents"]] == [8, 4]
    assert doubled["std_error"] == pytest.approx(once["std_error"])
    assert doubled["conf_low"] == pytest.approx(once["conf_low"])
    share, alone = (
        track_waves([0, 0, 1, 1] * k, wave=[1] * 4 * k, respondent=list("abcd") * k, kind="share").table.iloc[0]
        for k in (2, 1)
    )
    assert [share["conf_low"], share["conf_high"]] == pytest.approx([alone["conf_low"], alone["conf_high"]])
    assert share["std_error"] == pytest.approx(alone["std_error"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([10, 2, 9], ["2", "9", "10"]),
        ([2017.0, 2015.0, 2016.0], ["2015", "2016", "2017"]),
        (["wave 10", "wave 9", "wave 2"], ["wave 2", "wave 9", "wave 10"]),
        (["موج ۱۰", "موج ۹", "موج ۲"], ["موج ۲", "موج ۹", "موج ۱۰"]),
        (pd.to_datetime(["2024-02-01", "2023-12-01", "2024-01-01"]), ["2023-12-01", "2024-01-01", "2024-02-01"]),
        (pd.Categorical(["Feb", "Jan", "Mar"], ["Jan", "Feb", "Mar"], ordered=True), ["Jan", "Feb", "Mar"]),
    ],
)
def test_waves_stand_in_their_order(given, expected) -> None:
    assert track_waves([1, 2, 3], wave=pd.Series(given)).table["wave"].tolist() == expected


def test_eight_waves_get_control_limits_and_their_rules_alert() -> None:
    rng = np.random.default_rng(7)
    wave = np.repeat(np.arange(1, 13), 60)
    values = rng.normal(4, 0.5, 720) - 2.0 * (wave == 12)
    found = track_waves(values, wave=wave)
    levels = found.table["estimate"].to_numpy()
    reach = 3 * np.abs(np.diff(levels)).mean() / 1.128
    assert found.table["limit_high"][0] == pytest.approx(levels.mean() + reach)
    marked = found.alerts[found.alerts["rule"] == "beyond_limits"]
    assert marked["wave"].tolist() == ["12"]
    assert marked["estimate"].item() == pytest.approx(levels[-1] - levels.mean())
    few = track_waves(values[wave < 8], wave=wave[wave < 8])
    assert few.table["center"].isna().all()


def test_smallest_change_silences_alerts_and_inputs_stay() -> None:
    values, wave = pd.Series([1.0, 2, 1, 2, 1, 2, 4, 5, 4, 5, 4, 5]), pd.Series([1] * 6 + [2] * 6)
    before = values.copy()
    assert track_waves(values, wave=wave).alerts["rule"].tolist() == ["changed since the previous wave"]
    assert track_waves(values, wave=wave, smallest_change=4).alerts.empty
    pd.testing.assert_series_equal(values, before)


def test_what_cannot_be_estimated_is_a_row_with_a_note() -> None:
    found = track_waves([1, 2, None, 4, 4, 5], wave=[1, 1, 2, 3, 3, 4])
    assert found.table["note"].tolist()[2:] == [wave_samples.NO_SPREAD, wave_samples.ONE_PERSON]
    assert found.table["note"].tolist()[:2] == ["", wave_samples.NOBODY]
    assert found.changes["note"].tolist()[:3] == [
        wave_changes.NOBODY_THEN,
        wave_changes.NOBODY_THEN,
        wave_samples.ONE_PERSON,
    ]
    assert found.changes["estimate"].isna().tolist()[:2] == [True, True]


def test_same_shift_of_everybody_and_no_variation() -> None:
    row = two_waves([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], shared=3).changes.iloc[0]
    assert row["estimate"] == 1.0
    assert row["note"] == wave_changes.NO_CHANGES_DIFFER
    assert np.isnan(row["p_value"])
    share = two_waves([1, 1, 1], [1, 1, 1], shared=0, kind="share").changes.iloc[0]
    assert share["note"] == wave_changes.NO_TEST
    assert share["conf_low"] < 0 < share["conf_high"]


def test_columns_are_in_the_glossary_and_counts_in_info() -> None:
    found = track_waves([1, 2, 3, 4, None], wave=[1, 1, 2, 2, 2], respondent=["a", None, "a", "b", "c"])
    for table in (found.table, found.changes, found.alerts):
        assert set(table) <= set(GLOSSARY)
    assert found.info["n_obs"] == 4
    assert found.info["n_dropped"] == 1
    assert found.info["n_without_respondent"] == 1
    assert found.info["caution"] == UNWEIGHTED
    assert found.changes["n_repeated"].item() == 1


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("kind", ["mean", "share", "nps"])
def test_plot(language, kind) -> None:
    rng = np.random.default_rng(8)
    values, wave = rng.integers(0, 2, 200), np.arange(200) % 10
    for by in (None, np.repeat(["x", "y"], 100)):
        ax = track_waves(values, wave=wave, by=by, kind=kind).plot(words=Words(language), names={"x": "Shop"})
        assert ax.get_figure() is not None
        assert [tick.get_text().strip("\u200f\u2066\u2069") for tick in ax.get_xticklabels()] == [
            str(k) if language == "en" else chr(0x06F0 + k) for k in range(10)
        ]


def test_plot_rings_alerts_and_draws_limits_of_one_group() -> None:
    values, wave = np.random.default_rng(9).normal(4, 0.5, 720), np.repeat(np.arange(1, 13), 60)
    ax = track_waves(values - 2.0 * (wave == 12), wave=wave).plot()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["All respondents", "Center line", "Control limits", "Marked by a rule"]


# recovery: 200 panels a case, tolerance four Monte-Carlo standard errors
@pytest.mark.parametrize("shared", [0, 30, 60])
def test_interval_of_a_change_covers_and_ignoring_the_panel_does_not(shared) -> None:
    rng = np.random.default_rng(20240611 + shared)
    hits, lost, reps = 0, 0, 200
    for _ in range(reps):
        person = rng.normal(0, 1, 120)
        again = np.r_[person[:shared], person[60 : 120 - shared]]
        waves = [np.clip(np.round(4 + who + rng.normal(0, 0.4, 60)), 1, 5) for who in (person[:60], again)]
        for known in (shared, 0) if shared == 60 else (shared,):
            people = np.arange(60), np.r_[np.arange(known), np.arange(100, 160 - known)]
            before, after = (
                wave_samples.measure_wave(x, np.ones(60), p, kind="mean", conf_level=0.95)
                for x, p in zip(waves, people, strict=True)
            )
            found = wave_changes.compare_waves(before, after, kind="mean", conf_level=0.95)
            covers = found.low <= 0 <= found.high
            hits, lost = hits + (covers and known == shared), lost + (covers and known != shared)
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)
    if shared == 60:
        assert lost / reps > 0.99  # too wide: knowing who answered twice is what makes the change precise


# errors
def test_values_that_cannot_be() -> None:
    with pytest.raises(DataError, match="values: found 'BLANK', expected finite numbers"):
        track_waves([1, "BLANK"], wave=[1, 2])
    with pytest.raises(DataError, match="found 2, expected whole numbers from 0 to 1"):
        track_waves([0, 2], wave=[1, 2], kind="share")
    with pytest.raises(DataError, match="found 11, expected whole numbers from 0 to 10"):
        track_waves([0, 11], wave=[1, 2], kind="nps")
    with pytest.raises(DataError, match="found no answer with a wave, a group and a weight"):
        track_waves([1, 2], wave=[None, None])
    with pytest.raises(DataError, match="found 3 values, expected 2"):
        track_waves([1, 2], wave=[1, 2, 3])
    with pytest.raises(DataError, match="conf_level: found 95"):
        track_waves([1, 2], wave=[1, 2], conf_level=95)


def test_kind_that_is_not_known() -> None:
    with pytest.raises(EstimationError, match="kind: found 'median', expected mean, share or nps"):
        track_waves([1, 2], wave=[1, 2], kind="median")
