"""Service levels: Guttman errors, coefficients, the gate before any level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures import service_levels
from cemlab.measures.service_levels import FEW_ITEMS, NOT_CUMULATIVE, count_guttman_errors, score_service_levels
from cemlab.thresholds import threshold

QUICK = settings(max_examples=25, deadline=None)
LEVELS = {"basic": ["a", "b"], "customer-centred": ["c", "d"], "value-added": ["e", "f"]}
ITEMS = list("abcdef")


def perfect(counts: list[int]) -> pd.DataFrame:
    """Rows that have as many practices as `counts` says, the lowest first."""
    return pd.DataFrame((np.arange(6) < np.array(counts)[:, None]).astype(int), columns=ITEMS)


def coefficients(checklist: pd.DataFrame) -> pd.Series:
    return score_service_levels(checklist, LEVELS).table.set_index("coefficient")["estimate"]


# truth
def test_guttman_errors_after_goodenough_count_each_misplaced_answer() -> None:
    """A 1 where the ideal pattern has 0 and the 0 it displaced are two errors (Goodenough 1944)."""
    assert count_guttman_errors([[1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0]]).tolist() == [0, 0, 2, 2, 0]


def test_coefficients_by_hand() -> None:
    checklist = perfect([6, 4, 4, 3, 2, 2, 1, 0])
    checklist.loc[0, "f"] = 0  # 5 practices, still cumulative
    checklist.loc[6, ["a", "c"]] = [0, 1]  # one practice, not the commonest: 2 errors
    found = coefficients(checklist)
    assert found["reproducibility"] == pytest.approx(1 - 2 / 48)
    modal = np.maximum(checklist.mean(), 1 - checklist.mean())
    assert found["minimal marginal reproducibility"] == pytest.approx(modal.mean())
    by_items = (8 * (1 - modal)).sum()
    by_rows = np.minimum(checklist.sum(axis=1), 6 - checklist.sum(axis=1)).sum()
    assert found["scalability"] == pytest.approx(1 - 2 / min(by_items, by_rows))


def test_levels_need_every_level_below() -> None:
    checklist = perfect([0, 1, 2, 3, 4, 5, 6, 6, 4, 2] * 3)
    result = score_service_levels(checklist, LEVELS)
    names = ["none", "none", "basic", "basic", "customer-centred", "customer-centred", "value-added", "value-added"]
    assert result.rows["service_level"].tolist()[:8] == names
    assert result.levels.set_index("service_level")["estimate"].to_dict() == pytest.approx(
        {"none": 0.2, "basic": 0.3, "customer-centred": 0.3, "value-added": 0.2}
    )
    half = score_service_levels(checklist, LEVELS, pass_share=0.5)
    assert half.rows["service_level"].tolist()[:4] == ["none", "basic", "basic", "customer-centred"]


def test_no_level_without_scalability() -> None:
    checklist = pd.DataFrame(np.random.default_rng(1).integers(0, 2, (80, 6)), columns=ITEMS)
    result = score_service_levels(checklist, LEVELS)
    assert result.problems == (NOT_CUMULATIVE,)
    assert result.rows["service_level"].isna().all()
    assert result.levels["estimate"].isna().all()
    assert result.levels["note"].eq(NOT_CUMULATIVE).all()
    assert result.table["estimate"].iloc[0] < threshold("reproducibility").value
    assert result.info["n_out_of_order"] > 0


# invariants
@QUICK
@given(st.lists(st.integers(0, 6), min_size=5, max_size=40))
def test_a_perfect_scale_has_no_error(counts) -> None:
    result = score_service_levels(perfect(counts), LEVELS)
    assert (result.rows["n_errors"] == 0).all()
    assert result.table["estimate"].iloc[0] == 1


@QUICK
@given(st.integers(0, 10_000))
def test_errors_are_even_and_rows_may_stand_in_any_order(seed) -> None:
    checklist = pd.DataFrame(np.random.default_rng(seed).integers(0, 2, (30, 6)), columns=ITEMS)
    first, turned = score_service_levels(checklist, LEVELS), score_service_levels(checklist[::-1], LEVELS)
    assert (first.rows["n_errors"] % 2 == 0).all()
    pd.testing.assert_frame_equal(first.table, turned.table)


def test_incomplete_rows_weights_columns_and_pictures() -> None:
    checklist = perfect([0, 2, 3, 5, 6, 1] * 4).astype(float)
    checklist.loc[0, "a"] = np.nan
    before = checklist.copy()
    result = score_service_levels(checklist, LEVELS, weights=np.full(24, 2.0))
    pd.testing.assert_frame_equal(checklist, before)
    assert (result.info["n_obs"], result.info["n_dropped"]) == (23, 1)
    assert result.rows.loc[0].isna().all()
    for name in ("table", "levels", "items", "rows"):
        assert set(getattr(result, name)) <= set(GLOSSARY)
    sentences = [v for k, v in vars(service_levels).items() if k.isupper() and isinstance(v, str) and v.endswith(".")]
    assert sentences
    assert [s for s in sentences if Words("fa")(s) == s] == []
    for language in ("en", "fa"):
        assert result.plot(words=Words(language)) is not None
    three = score_service_levels(checklist, {"basic": ["a"], "value-added": ["f"]})
    assert three.table["note"].iloc[0] == FEW_ITEMS


def test_a_perfect_scale_still_has_an_interval() -> None:
    row = (
        score_service_levels(perfect([0, 2, 3, 5, 6, 1] * 5), LEVELS).table.set_index("coefficient").loc["scalability"]
    )
    assert (row["estimate"], row["conf_high"]) == (1, 1)
    assert 0.4 < row["conf_low"] < 0.9


# recovery
def test_reproducibility_interval_covers_at_its_level() -> None:
    rng, reps, hits = np.random.default_rng(3), 300, 0
    cuts = np.linspace(-1.5, 1.5, 6)

    def sample(n: int) -> pd.DataFrame:
        return pd.DataFrame((rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.5, (n, 6)) > cuts).astype(float), columns=ITEMS)

    truth = score_service_levels(sample(200_000), LEVELS).table["estimate"].iloc[0]
    for _ in range(reps):
        row = score_service_levels(sample(100), LEVELS).table.iloc[0]
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_messages() -> None:
    checklist = perfect([1, 2, 3])
    with pytest.raises(DataError, match="checklist: found 3, expected 0 and 1"):
        score_service_levels(checklist.replace(1, 3), LEVELS)
    with pytest.raises(DataError, match="found a in two places"):
        score_service_levels(checklist, {"basic": ["a"], "more": ["a"]})
    with pytest.raises(EstimationError, match="found 1 level, expected at least two"):
        score_service_levels(checklist, {"basic": ["a"]})
    with pytest.raises(EstimationError, match="found more without items"):
        score_service_levels(checklist, {"basic": ["a"], "more": []})
    with pytest.raises(EstimationError, match="found 1 complete rows"):
        score_service_levels(checklist.iloc[:1], LEVELS)
    with pytest.raises(DataError, match="pass_share: found 0"):
        score_service_levels(checklist, LEVELS, pass_share=0)
    with pytest.raises(DataError, match="checklist: found no column for z"):
        score_service_levels(checklist, {"basic": ["a"], "more": ["z"]})
