from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.kpis.csat import summarize_csat
from cemlab.languages import Words

FEW = settings(max_examples=40, deadline=None)


# truth
def test_72_of_90() -> None:
    row = summarize_csat([5] * 50 + [4] * 22 + [2] * 18).table.iloc[0]
    assert round(row["estimate"], 2) == 80.00
    assert [round(row["conf_low"], 2), round(row["conf_high"], 2)] == [70.59, 86.96]
    assert row["term"] == "top 2 of 5"


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (5, 5), (1, 30), (333, 1000)])
def test_interval_is_that_of_statsmodels(hits, n) -> None:
    from statsmodels.stats.proportion import proportion_confint

    row = summarize_csat([5] * hits + [1] * (n - hits), conf_level=0.9).table.iloc[0]
    low, high = proportion_confint(hits, n, alpha=0.1, method="wilson")
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([100 * low, 100 * high], abs=1e-10)


def test_weights_by_hand() -> None:
    row = summarize_csat([5, 1, 4, 2], weights=[1, 2, 3, 4]).table.iloc[0]
    assert row["estimate"] == pytest.approx(40)
    assert row["n_effective"] == pytest.approx(100 / 30)
    assert row["n"] == 4


# invariants
@FEW
@given(st.lists(st.integers(1, 7), min_size=1, max_size=50), st.integers(1, 6))
def test_bounds_and_monotony_in_top(ratings, top) -> None:
    table = [summarize_csat(ratings, top=t, scale_max=7).table.iloc[0] for t in (top, min(top + 1, 6))]
    assert 0 <= table[0]["conf_low"] <= table[0]["estimate"] + 1e-9
    assert table[0]["estimate"] <= table[0]["conf_high"] + 1e-9 <= 100 + 1e-6
    assert table[0]["estimate"] <= table[1]["estimate"]


def test_columns_and_picture() -> None:
    found = summarize_csat([5, 3, None, 4], by=["a", "a", "b", "c"])
    assert set(found.table) <= set(GLOSSARY)
    assert np.isnan(found.table.set_index("group").loc["b", "estimate"])
    assert found.plot(words=Words("fa")) is not None


# recovery: 400 samples, four Monte-Carlo standard errors
def test_weighted_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(7)
    hits, reps = 0, 400
    for _ in range(reps):
        ratings = rng.choice([2, 5], 200, p=[0.3, 0.7])
        row = summarize_csat(ratings, weights=rng.uniform(0.5, 1.5, 200)).table.iloc[0]
        hits += row["conf_low"] <= 70 <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_messages() -> None:
    with pytest.raises(DataError, match="found 6, expected whole numbers from 1 to 5"):
        summarize_csat([1, 6])
    with pytest.raises(DataError, match="top: found 5, expected 1 to 4"):
        summarize_csat([1, 5], top=5)
