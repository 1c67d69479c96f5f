"""Construct scores are means of answered items under the rule of half."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import DataError
from cemlab.inputs.scores import score_constructs

CODEBOOK = pd.DataFrame(
    [
        ("a1", "agreement", "trust", 1.0, 5.0),
        ("a2", "agreement", "trust", 1.0, 5.0),
        ("a3", "agreement", "trust", 1.0, 5.0),
        ("b1", "perception", "care", 1.0, 5.0),
        ("b1_e", "expectation", "care", 1.0, 5.0),
        ("w", "points", "care", 0.0, 100.0),
        ("note", "text", None, np.nan, np.nan),
        ("boss", "agreement", "climate", 1.0, 7.0),
    ],
    columns=["item", "role", "construct", "scale_min", "scale_max"],
)
NAN = np.nan


def answers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a1": [1.0, 2.0, NAN, NAN],
            "a2": [2.0, 4.0, NAN, NAN],
            "a3": [3.0, NAN, 5.0, NAN],
            "b1": [5.0, 5.0, NAN, 1.0],
            "b1_e": [1.0, 1.0, 1.0, 1.0],
            "w": [40.0, 40.0, 40.0, 40.0],
        },
        index=[10, 11, 12, 13],
    )


# truth (by hand)


def test_means_of_answered_items_with_the_rule_of_half() -> None:
    scores = score_constructs(answers(), CODEBOOK)
    assert scores.columns.tolist() == ["trust", "care"]  # no item of climate is there
    assert scores.index.tolist() == [10, 11, 12, 13]
    np.testing.assert_array_equal(scores["trust"], [2.0, 3.0, NAN, NAN])  # 3, 2, 1 and 0 of 3 answered
    np.testing.assert_array_equal(scores["care"], [5.0, 5.0, NAN, 1.0])


def test_composites_are_means_of_constructs() -> None:
    scores = score_constructs(answers(), CODEBOOK, {"quality": ["trust", "care"], "absent": ["trust", "climate"]})
    np.testing.assert_array_equal(scores["quality"], [3.5, 4.0, NAN, 1.0])
    assert "absent" not in scores


def test_input_is_not_changed() -> None:
    before = answers()
    given_frame = before.copy()
    score_constructs(given_frame, CODEBOOK, {"quality": ["trust", "care"]})
    pd.testing.assert_frame_equal(given_frame, before)


# invariants


@settings(max_examples=40, deadline=None)
@given(st.permutations([10, 11, 12, 13]))
def test_permuted_rows_give_permuted_scores(order: list[int]) -> None:
    whole = score_constructs(answers(), CODEBOOK)
    pd.testing.assert_frame_equal(score_constructs(answers().loc[order], CODEBOOK), whole.loc[order])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, NAN]), min_size=3, max_size=3))
def test_scores_stay_on_the_scale(row: list[float]) -> None:
    score = score_constructs(pd.DataFrame([row], columns=["a1", "a2", "a3"]), CODEBOOK)["trust"].iloc[0]
    if sum(value == value for value in row) < 2:
        assert np.isnan(score)
    else:
        assert np.nanmin(row) <= score <= np.nanmax(row)


# errors


def test_unlike_scales_are_refused() -> None:
    codebook = CODEBOOK.assign(scale_max=[5.0, 7.0, 5.0, 5.0, 5.0, 100.0, NAN, 7.0])
    with pytest.raises(DataError, match="construct 'trust': found unlike scales") as caught:
        score_constructs(answers(), codebook)
    assert str(caught.value) == (
        "construct 'trust': found unlike scales 1 to 5 (a1, a3); 1 to 7 (a2), expected one scale. "
        "A mean would mix their units: give the items constructs of their own."
    )


def test_unlike_scales_in_a_composite_are_refused() -> None:
    wide = answers().assign(boss=6.0)
    with pytest.raises(DataError, match=r"construct 'mix': found unlike scales 1 to 5 \(trust\); 1 to 7 \(climate\)"):
        score_constructs(wide, CODEBOOK, {"mix": ["trust", "climate"]})
