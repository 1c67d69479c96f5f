"""RFM: values counted by hand, fifths of equal size, scores that follow the values."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cemlab.errors import EstimationError
from cemlab.kpis.rfm import SEGMENTS, segment_rfm
from cemlab.languages import Words

TEN = pd.DataFrame(
    {
        "customer_id": list("abcdefghij"),
        "day": [100, 90, 80, 70, 60, 50, 40, 30, 20, 10],
        "amount": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    }
)


# truth
def test_values_counted_by_hand() -> None:
    lines = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "c"],
            "order_id": ["1", "1", "2", "3", "4"],
            "day": [10, 10, 20, 30, 28],
            "amount": [5.0, 7.0, 1.0, 2.0, 9.0],
            "is_cancellation": [False, False, False, True, False],
        }
    )
    result = segment_rfm(lines)
    assert result.info["snapshot_day"] == 31  # the day after the last line, though that one is cancelled
    first = result.customers.iloc[0]
    assert (first["days_since_last"], first["n_purchases"], first["total_spend"]) == (10, 2, 13.0)
    assert result.customers["customer"].tolist() == ["a", "c"]


def test_fifths_of_ten() -> None:
    customers = segment_rfm(TEN).customers
    assert customers["r_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert customers["m_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_ties_as_stated() -> None:
    # all ten bought once: "first" spreads them over the fifths by code, the others keep equals together
    assert segment_rfm(TEN).customers["f_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert set(segment_rfm(TEN, ties="average").customers["f_score"]) == {3}  # rank 5.5 of 10
    assert set(segment_rfm(TEN, ties="max").customers["f_score"]) == {5}  # rank 10 of 10


def test_lines_from_the_snapshot_on_are_left_out() -> None:
    customers = segment_rfm(TEN, snapshot_day=50).customers
    assert customers["customer"].tolist() == ["g", "h", "i", "j"]
    assert customers["days_since_last"].tolist() == [9, 19, 29, 39]


def test_customers_whose_purchases_were_cancelled_are_pointed_out() -> None:
    back = pd.DataFrame({"customer_id": ["a"], "day": [100], "amount": [-1.0], "is_cancellation": [True]})
    lines = pd.concat([TEN.assign(is_cancellation=False), back])
    result = segment_rfm(lines)
    assert result.info["n_customers_net_zero"] == 1
    assert "purchases were cancelled in full" in result.info["note"]
    assert "purchases were cancelled in full" in result.table["note"].iloc[0]
    assert segment_rfm(TEN).table["note"].iloc[0] == ""


# invariants
def test_segments_cover_every_score() -> None:
    scores = [(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)]
    for score in scores:
        assert any(
            all(low <= value <= high for value, (low, high) in zip(score, ranges, strict=True))
            for _, *ranges in SEGMENTS
        ), score


def test_every_back_end_gives_the_same(lines: pd.DataFrame, on_backend: Callable[[pd.DataFrame], Any]) -> None:
    expected, found = segment_rfm(lines), segment_rfm(on_backend(lines))
    pd.testing.assert_frame_equal(found.customers, expected.customers, check_dtype=False, rtol=1e-12)
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), ties=st.sampled_from(["first", "average", "max"]))
def test_scores_follow_the_values(draw: Callable[..., pd.DataFrame], seed: int, ties: Any) -> None:
    lines = draw(seed, 150)
    result = segment_rfm(lines, ties=ties)
    shuffled = segment_rfm(lines.sample(frac=1, random_state=seed), ties=ties)
    pd.testing.assert_frame_equal(shuffled.customers, result.customers)
    for value, score, sign in (
        ("days_since_last", "r_score", -1),
        ("n_purchases", "f_score", 1),
        ("total_spend", "m_score", 1),
    ):
        ordered = result.customers.assign(value=sign * result.customers[value].round(9))
        reach = ordered.groupby("value")[score].agg(["min", "max"])
        assert (reach["min"].iloc[1:].to_numpy() >= reach["max"].iloc[:-1].to_numpy()).all()
        assert ordered[score].between(1, 5).all()
        if ties == "first":
            sizes = ordered[score].value_counts().reindex(range(1, 6), fill_value=0)
            assert sizes.max() - sizes.min() <= 1
        else:
            assert (reach["min"] == reach["max"]).all()


def test_segments_add_up_to_all_customers(lines: pd.DataFrame) -> None:
    result = segment_rfm(lines)
    assert result.table["n"].sum() == len(result.customers)
    assert result.table["estimate"].sum() == pytest.approx(1)
    assert result.table["revenue_share"].sum() == pytest.approx(1)
    assert result.table["revenue"].sum() == pytest.approx(result.customers["total_spend"].sum())
    row = result.table.iloc[0]
    low, high = proportion_confint(row["n"], len(result.customers), method="wilson")
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high), abs=1e-10)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_picture_names_the_segments_in_the_language(lines: pd.DataFrame, language: str) -> None:
    words = Words(language)
    ax = segment_rfm(lines).plot(words=words)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    for label, (name, *_) in zip(labels, SEGMENTS, strict=True):
        assert words(name) in label
        assert (words(name) == name) == (language == "en")


# errors
def test_nothing_before_the_snapshot_is_refused() -> None:
    with pytest.raises(EstimationError, match="RFM: found no transaction line that counts before the snapshot"):
        segment_rfm(TEN, snapshot_day=5)
    with pytest.raises(EstimationError, match="RFM: found no transaction line"):
        segment_rfm(TEN.iloc[:0])


def test_unknown_rule_of_ties_is_refused() -> None:
    with pytest.raises(EstimationError, match="ties: found 'min', expected first, average or max"):
        segment_rfm(TEN, ties="min")  # type: ignore[arg-type]
