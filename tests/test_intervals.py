"""Intervals against statsmodels, scipy and published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemlab.errors import DataError
from cemlab.intervals import bounded_interval, fisher_interval, interval_size, normal_quantile, wilson

shares = st.floats(0, 1)
levels = st.floats(0.5, 0.999)


# truth
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998). Two-sided confidence intervals for the single proportion. Statistics in Medicine 17, table I.
    assert wilson(successes / n, n, 0.95) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("conf_level", [0.8, 0.95, 0.99])
def test_wilson_is_that_of_statsmodels(conf_level: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    counts, n = np.arange(0, 41), np.full(41, 40)
    expected = proportion_confint(counts, n, alpha=1 - conf_level, method="wilson")
    for ends, theirs in zip(wilson(counts / n, n, conf_level), expected, strict=True):
        assert ends == pytest.approx(theirs, abs=1e-12)


def test_bounded_interval_is_the_t_interval_of_the_logit() -> None:
    from scipy import stats
    from scipy.special import expit, logit

    place, error = (5.9 - 1) / 6, 0.2 / 6
    spread = error / (place * (1 - place))  # delta method
    expected = 1 + 6 * expit(np.array(stats.t.interval(0.9, 12, loc=logit(place), scale=spread)))
    assert bounded_interval(5.9, 0.2, 12, (1, 7), 0.9) == pytest.approx(tuple(expected))


def test_fisher_interval_is_that_of_scipy() -> None:
    from scipy import stats

    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    found = stats.pearsonr(x, np.array([2.0, 1, 4, 3, 7, 8, 6, 9]))
    expected = found.confidence_interval(0.95)
    half = normal_quantile(0.95) / np.sqrt(len(x) - 3)
    assert fisher_interval(found.statistic, half) == pytest.approx((expected.low, expected.high))


def test_interval_size_is_n_over_the_design_effect() -> None:
    assert interval_size(0.25, 0.05, 400, 400, 0.95) == pytest.approx(100)  # 0.25 / 0.05²


# invariants
@given(share=shares, n=st.floats(0.5, 1e6), conf_level=levels)
def test_wilson_stays_between_0_and_1_around_the_share(share: float, n: float, conf_level: float) -> None:
    low, high = wilson(share, n, conf_level)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


@given(share=shares, n=st.integers(1, 10_000))
def test_wilson_turns_with_the_share(share: float, n: int) -> None:
    low, high = wilson(share, n, 0.95)
    other_low, other_high = wilson(1 - share, n, 0.95)
    assert (1 - other_high, 1 - other_low) == pytest.approx((low, high), abs=1e-9)


@given(mean=st.floats(1.01, 4.99), error=st.floats(0.001, 2), df=st.floats(1, 1000))
def test_bounded_interval_stays_on_the_scale(mean: float, error: float, df: float) -> None:
    low, high = bounded_interval(mean, error, df, (1, 5), 0.95)
    assert 1 <= low <= mean <= high <= 5


def test_arrays_give_what_numbers_give() -> None:
    share, n = np.array([0.0, 0.3, 1.0]), np.array([4, 50, 9.5])
    low, high = wilson(share, n, 0.9)
    assert list(zip(low, high, strict=True)) == [wilson(p, size, 0.9) for p, size in zip(share, n, strict=True)]
    mean, error, low_end = np.array([1.5, 4.0]), np.array([0.2, 0.3]), np.array([1.0, 0.0])
    ends = np.column_stack(bounded_interval(mean, error, 9.0, (low_end, low_end + 5), 0.95))
    single = [bounded_interval(m, e, 9.0, (a, a + 5), 0.95) for m, e, a in zip(mean, error, low_end, strict=True)]
    assert ends == pytest.approx(np.array(single), rel=1e-12)
    sizes = interval_size(np.array([0.2, 0.0]), np.array([0.05, 0.0]), np.array([100, 100]), np.array([80.0, 70]), 0.95)
    assert sizes.tolist() == [interval_size(0.2, 0.05, 100, 80.0, 0.95), 70.0]


def test_what_cannot_be_told_is_missing() -> None:
    assert np.isnan(wilson(np.nan, 0, 0.95)).all()
    assert np.isnan(wilson(np.array([0.5]), np.array([0]), 0.95)).all()
    for mean, error, df in ((5.0, 0.1, 9.0), (1.0, 0.1, 9.0), (3.0, 0.0, 9.0), (3.0, 0.1, 0.0), (np.nan, 0.1, 9.0)):
        assert np.isnan(bounded_interval(mean, error, df, (1, 5), 0.95)).all()


# recovery
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_wilson_covers_about_as_often_as_it_says(share: float) -> None:
    from scipy.stats import binom

    n = 60
    counts = np.arange(n + 1)
    low, high = wilson(counts / n, n, 0.95)
    covered = float(binom.pmf(counts, n, share)[(low <= share) & (share <= high)].sum())
    assert 0.92 < covered < 0.99


# errors
@pytest.mark.parametrize("conf_level", [0, 1, 95, -0.5, float("nan")])
def test_a_level_that_is_no_share_is_refused(conf_level: float) -> None:
    with pytest.raises(DataError, match=r"conf_level: found .*, expected a share such as 0\.95"):
        wilson(0.5, 10, conf_level)
