"""Customer value added: ratios, their intervals, the value map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.value_added import NO_RATIO, ONE_ANSWER, WIDE, customer_value_added, score_value_added

QUICK = settings(max_examples=25, deadline=None)


def draw(seed: int, sizes: tuple[int, ...] = (30, 40, 50)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"organization": np.repeat(list("abcdef"[: len(sizes)]), sizes)})
    for name in ("worth", "q1", "q2"):
        frame[name] = rng.integers(4, 11, len(frame)).astype(float)
    return frame.assign(price=rng.normal(100, 10, len(frame)))


# truth
def test_ratio_and_relative_quality_by_hand() -> None:
    ratings = pd.DataFrame(
        {
            "organization": ["us"] * 2 + ["x"] * 2 + ["y"] * 4,
            "worth": [9.0, 8, 8, 7, 9, 9, 8, 8],
            "q1": [8.0, 8, 6, 6, 8, 8, 8, 8],
            "q2": [6.0, 7, 7, 7, 6, 6, 6, 6],
        }
    )
    result = score_value_added(ratings, own="us", worth="worth", quality={"q1": 3, "q2": 1})
    rows = result.table.set_index("term")["estimate"]
    assert rows["customer value added"] == pytest.approx(8.5 / ((7.5 + 8.5) / 2))
    assert rows["relative quality"] == pytest.approx(0.75 * 8 / 7 + 0.25 * 6.5 / 6.5)
    assert result.map.set_index("organization").loc["x", "quality_ratio"] == pytest.approx(
        0.75 * 6 / 8 + 0.25 * 7 / 6.25
    )
    assert customer_value_added([9, 8], [8, 7]) == pytest.approx(8.5 / 7.5)


def test_interval_holds_the_ratios_that_welchs_test_does_not_reject() -> None:
    """Fieller's interval inverts the test of own - ratio x competitor: with one competitor scipy's Welch."""
    ratings = draw(1, (30, 40))
    own, other = (ratings.loc[ratings["organization"] == name, "worth"] for name in "ab")
    row = score_value_added(ratings, own="a", worth="worth").table.iloc[0]

    def excess(ratio: float) -> float:
        return stats.ttest_ind(own, ratio * other, equal_var=False).pvalue - 0.05

    ends = [optimize.brentq(excess, row["estimate"], row["estimate"] + step) for step in (-0.5, 0.5)]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(ends, abs=1e-3)  # df are taken at the estimate


def test_fair_value_line_by_weights_and_fitted() -> None:
    ratings = draw(2)
    options = {"own": "a", "worth": "worth", "quality": ["q1", "q2"], "price": {"a": 90.0, "b": 100.0, "c": 110.0}}
    table = score_value_added(ratings, quality_weight=0.6, **options).map
    np.testing.assert_allclose(table["fair_price"], 1 + 1.5 * (table["quality_ratio"] - 1))
    np.testing.assert_allclose(table["price_ratio"], [90 / 105, 1.0, 110 / 95])
    np.testing.assert_allclose(table["estimate"], table["price_ratio"] - table["fair_price"])
    fitted = score_value_added(ratings, **options).map
    x, y = fitted["quality_ratio"] - 1, fitted["price_ratio"] - 1
    slope = np.linalg.lstsq(x.to_numpy()[:, None], y, rcond=None)[0].item()
    np.testing.assert_allclose(fitted["fair_price"], 1 + slope * x)


# invariants
@QUICK
@given(st.integers(0, 10_000), st.floats(0.1, 20))
def test_units_and_order_do_not_matter(seed, factor) -> None:
    ratings = draw(seed)
    options = {"own": "a", "worth": "worth", "quality": {"q1": 1.0, "q2": 2.0}, "price": "price"}
    first = score_value_added(ratings, **options).table
    scaled = ratings[::-1].assign(worth=lambda t: t["worth"] * factor, q1=lambda t: t["q1"] * factor)
    second = score_value_added(scaled, weights=np.full(len(ratings), factor), **options).table
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(first[columns].astype(float), second[columns].astype(float), atol=1e-9)


def test_people_who_rate_several_count_together() -> None:
    rng = np.random.default_rng(4)
    person = rng.normal(0, 1.5, 60)
    ratings = pd.DataFrame({"organization": np.repeat(["a", "b"], 60), "who": np.tile(np.arange(60), 2)})
    ratings["worth"] = 6 + np.tile(person, 2) + rng.normal(0, 0.3, 120)
    apart = score_value_added(ratings, own="a", worth="worth").table.iloc[0]
    together = score_value_added(ratings, own="a", worth="worth", respondent="who").table.iloc[0]
    assert together["estimate"] == apart["estimate"]
    assert together["std_error"] < apart["std_error"] / 3


def test_columns_notes_and_pictures() -> None:
    ratings = draw(5)
    result = score_value_added(ratings, own="a", worth="worth", quality=["q1"], price="price")
    assert set(result.table) | set(result.map) <= set(GLOSSARY)
    for note in (NO_RATIO, ONE_ANSWER, WIDE):
        assert Words("fa")(note) != note
    for language in ("en", "fa"):
        assert result.plot(words=Words(language)) is not None
        assert score_value_added(ratings, own="a", worth="worth").plot(words=Words(language)) is not None
    thin = pd.DataFrame({"organization": ["a", "b", "b"], "worth": [5.0, 6.0, 7.0], "q1": [np.nan, 5.0, 6.0]})
    rows = score_value_added(thin, own="a", worth="worth", quality=["q1"]).table.set_index("term")
    assert rows["note"].to_dict() == {
        "customer value added": ONE_ANSWER, "relative quality": NO_RATIO, "quality": NO_RATIO,
    }  # fmt: skip


# recovery
def test_intervals_cover_at_their_level() -> None:
    rng, hits, reps = np.random.default_rng(6), np.zeros(2), 300
    for _ in range(reps):
        sizes = (20, 60)
        ratings = pd.DataFrame({"organization": np.repeat(["a", "b"], sizes)})
        for name, own in (("worth", 0.7), ("q1", 0.8), ("q2", 0.6)):
            ratings[name] = 1 + np.concatenate([rng.binomial(9, own, 20), rng.binomial(9, 0.7, 60)])
        rows = score_value_added(ratings, own="a", worth="worth", quality=["q1", "q2"]).table.set_index("term")
        truth = {"customer value added": 1.0, "relative quality": (8.2 + 6.4) / 7.3 / 2}
        hits += [rows.loc[t, "conf_low"] <= v <= rows.loc[t, "conf_high"] for t, v in truth.items()]
    assert (np.abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)).all(), hits / reps


# errors
def test_messages() -> None:
    ratings = draw(7)
    with pytest.raises(EstimationError, match="found a, b, c with ratings of worth, expected 'z' and at least one"):
        score_value_added(ratings, own="z", worth="worth")
    with pytest.raises(EstimationError, match="found a with ratings of worth"):
        score_value_added(ratings[ratings["organization"] == "a"], own="a", worth="worth")
    with pytest.raises(DataError, match=r"quality: found \{'q1': -1\}"):
        score_value_added(ratings, own="a", worth="worth", quality={"q1": -1})
    with pytest.raises(DataError, match="quality_weight: found 1, expected a share"):
        score_value_added(ratings, own="a", worth="worth", quality_weight=1)
    with pytest.raises(DataError, match="ratings: found no column for value"):
        score_value_added(ratings, own="a", worth="value")
