from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.kpis.ces import summarize_ces
from cemlab.kpis.samples import NO_SPREAD
from cemlab.languages import Words

COUNTS = [2, 3, 5, 10, 20, 35, 25]  # of the answers 1 to 7
ANSWERS = np.repeat(np.arange(1, 8), COUNTS)
FEW = settings(max_examples=40, deadline=None)


# truth: the worked counts
def test_worked_counts() -> None:
    table = summarize_ces(ANSWERS).table.set_index("term")["estimate"]
    assert table["mean"] == pytest.approx(5.48)
    assert table["top 2 share"] == pytest.approx(60)
    assert table["top 3 share"] == pytest.approx(80)
    assert table["net"] == pytest.approx(70)


def test_mean_interval_is_the_t_interval_of_the_logit() -> None:
    from scipy import special, stats

    row = summarize_ces(ANSWERS).table.iloc[0]
    assert row["std_error"] == pytest.approx(stats.sem(ANSWERS), abs=1e-12)
    place = (ANSWERS.mean() - 1) / 6
    ends = stats.t.interval(0.95, 99, special.logit(place), stats.sem(ANSWERS) / 6 / (place * (1 - place)))
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(1 + 6 * special.expit(ends), abs=1e-10)


def test_version_1_by_hand() -> None:
    found = summarize_ces([1, 2, 2, 3, 5], version=1)
    table = found.table.set_index("term")["estimate"]
    assert table.to_dict() == pytest.approx({"mean": 2.6, "bottom 2 share": 60.0, "net": 40.0})
    assert found.info["better"] == "low (little effort)"


# invariants
@FEW
@given(st.lists(st.integers(1, 7), min_size=2, max_size=50))
def test_turning_the_scale_turns_net_and_mean(ratings) -> None:
    straight = summarize_ces(ratings).table.set_index("term")
    turned = summarize_ces([8 - rating for rating in ratings]).table.set_index("term")
    assert turned.loc["net", "estimate"] == pytest.approx(-straight.loc["net", "estimate"], abs=1e-9)
    assert turned.loc["net", "conf_low"] == pytest.approx(-straight.loc["net", "conf_high"], abs=1e-9)
    assert turned.loc["mean", "estimate"] == pytest.approx(8 - straight.loc["mean", "estimate"])


def test_columns_single_answer_and_picture() -> None:
    found = summarize_ces([7, 5, 4, None], by=["a", "b", "b", "c"])
    assert set(found.table) <= set(GLOSSARY)
    single = found.table[(found.table["group"] == "a") & (found.table["term"] == "mean")].iloc[0]
    assert np.isnan(single["conf_low"])
    assert single["note"] == NO_SPREAD
    assert found.table.loc[found.table["group"] == "c", "estimate"].isna().all()
    for version in (1, 2):
        assert summarize_ces([1, 3, 5], version=version).plot(words=Words("fa")) is not None


# recovery: 400 samples, four Monte-Carlo standard errors
def test_interval_of_the_mean_covers_at_its_level() -> None:
    rng = np.random.default_rng(11)
    shares = np.array(COUNTS) / 100
    hits, reps = 0, 400
    for _ in range(reps):
        row = summarize_ces(rng.choice(np.arange(1, 8), 150, p=shares)).table.iloc[0]
        hits += row["conf_low"] <= 5.48 <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_messages() -> None:
    with pytest.raises(DataError, match="version: found 3, expected 1"):
        summarize_ces([1], version=3)
    with pytest.raises(DataError, match="found 6, 7, expected whole numbers from 1 to 5"):
        summarize_ces([6, 7, 1], version=1)
