from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.inputs.files import read_table
from cemlab.languages import Words
from cemlab.measures.turf import GREEDY_NOTE, TIED, find_reach, split_choices

FEW = settings(max_examples=30, deadline=None)
NEVER = "사용한 적 없음"  # "never used"
KINDS_HEADER = "거래형 키오스크 중 사용 경험이 있는 종류에 모두 선택해주세요."


# truth: counts and reach of a separate computation from the raw file (211 people, the four who never used one included)
def test_kiosk_reach_with_never_used_left_out_first(real_data: Path) -> None:
    cells = read_table(real_data / "kiosk" / "kiosk.csv", encoding="cp949")[KINDS_HEADER]
    choices = split_choices(cells)
    assert len(choices) == 211
    assert choices.sum().to_dict() == {
        "패스트 푸드점 키오스크": 196,
        "영화관 키오스크": 181,
        "음식점 키오스크": 171,
        "ATM": 143,
        "카페 키오스크": 128,
        NEVER: 4,
        "공항": 2,
        "마트 키오스크": 2,
        "버스표 구매": 1,
    }
    table = find_reach(choices, none=[NEVER], n_boot=200).table
    assert table["estimate"].tolist()[:2] == pytest.approx([0.9289099526066351, 0.9620853080568721], abs=1e-12)
    assert table["frequency"].tolist()[1] == pytest.approx(1.7867298578199051, abs=1e-12)
    assert set(table["options"][1].split(" + ")) == {"영화관 키오스크", "패스트 푸드점 키오스크"}
    assert table["note"][1] == TIED
    assert NEVER not in table["options"][2]
    trapped = find_reach(choices, n_boot=20).table
    assert trapped["estimate"][2] == pytest.approx(0.981042654028436, abs=1e-12)
    assert NEVER in trapped["options"][2]


def test_reach_interval_is_wilson_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    row = find_reach(pd.DataFrame({"a": [1] * 36 + [0] * 4}), n_boot=2).table.iloc[0]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(proportion_confint(36, 40, method="wilson"))


# invariants
@FEW
@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=25), st.integers(0, 10**6))
def test_best_sets_are_those_of_plain_counting(rows, seed) -> None:
    choices = pd.DataFrame(rows, columns=list("abcde"))
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(rows))
    table = find_reach(choices, weights=weights, n_boot=2).table
    share = weights / weights.sum()
    for size, row in enumerate(table.to_dict("records"), 1):
        best = max(share @ choices[list(one)].any(axis=1) for one in combinations("abcde", size))
        assert row["estimate"] == pytest.approx(best, abs=1e-12)
        own = choices[row["options"].split(" + ")]
        assert share @ own.any(axis=1) == pytest.approx(best, abs=1e-12)
        assert row["frequency"] == pytest.approx(share @ own.sum(axis=1), abs=1e-12)
    assert (table["added"] >= -1e-12).all()


def test_greedy_says_so_and_reaches_its_guarantee() -> None:
    rng = np.random.default_rng(1)
    choices = pd.DataFrame(rng.random((200, 12)) < rng.uniform(0.05, 0.4, 12)).add_prefix("o")
    exact, greedy = (find_reach(choices, max_size=4, exact_limit=limit, n_boot=20).table for limit in (1000, 20))
    assert exact["method"].tolist() == ["exact"] * 4
    assert greedy["method"].tolist() == ["exact", "greedy", "greedy", "greedy"]
    assert greedy["note"][3] == GREEDY_NOTE
    assert np.isnan(greedy["best_share"][3])
    assert (greedy["estimate"] <= exact["estimate"] + 1e-12).all()
    assert (greedy["estimate"] >= (1 - 1 / np.e) * exact["estimate"]).all()


def test_resamples_follow_the_best_set() -> None:
    clear = pd.DataFrame({"a": [1] * 60 + [0] * 40, "b": [0] * 60 + [1] * 10 + [0] * 30})
    table = find_reach(clear, max_size=1, n_boot=300).table
    assert table["best_share"].item() == 1
    close = pd.DataFrame({"a": [1] * 50 + [0] * 50, "b": [0] * 51 + [1] * 49})
    assert 0.3 < find_reach(close, max_size=1, n_boot=300).table["best_share"].item() < 0.8
    pd.testing.assert_frame_equal(table, find_reach(clear, max_size=1, n_boot=300).table)


def test_missing_cells_columns_and_pictures() -> None:
    choices = pd.DataFrame({"a": [1, 0, None], "b": [0, 1, 1]})
    before = choices.copy()
    found = find_reach(choices, n_boot=5)
    assert (found.info["n_obs"], found.info["n_dropped"]) == (2, 1)
    assert set(found.table) | set(found.sets) | set(found.options) <= set(GLOSSARY)
    assert found.options["estimate"].tolist() == [0.5, 0.5]
    pd.testing.assert_frame_equal(choices, before)
    for language in ("en", "fa"):
        assert found.plot(words=Words(language), names={"a": "Web"}) is not None


def test_splitting_keeps_options_that_hold_the_separator() -> None:
    cells = pd.Series(["web, shop, city centre", "shop, city centre", None, " ", "web, other"], index=[3, 1, 4, 5, 9])
    split = split_choices(cells, options=["web", "shop, city centre"])
    assert list(split) == ["web", "shop, city centre", "other"]
    assert split.index.tolist() == [3, 1, 4, 5, 9]
    assert split.loc[[3, 1, 9]].to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert split.loc[[4, 5]].isna().all(axis=None)
    assert split_choices(["a;b ; a"], ";").to_numpy().tolist() == [[1, 1]]


# recovery: 400 samples of 100, four Monte-Carlo standard errors
def test_reach_of_a_given_set_is_covered_at_its_level() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        weights = rng.uniform(0.5, 1.5, 100)
        row = find_reach(pd.DataFrame({"a": rng.random(100) < 0.7}), weights=weights, n_boot=0).table.iloc[0]
        hits += row["conf_low"] <= 0.7 <= row["conf_high"]
    assert abs(hits / 400 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


# errors
def test_messages() -> None:
    choices = pd.DataFrame({"a": [1, 0], "b": [0, 1]})
    with pytest.raises(DataError, match="none: found c, expected options of the table"):
        find_reach(choices, none=["c"])
    with pytest.raises(DataError, match="cells other than 0 and 1"):
        find_reach(choices * 2)
    with pytest.raises(DataError, match="found 0 options"):
        find_reach(choices, none=["a", "b"])
    with pytest.raises(DataError, match="max_size: found 0"):
        find_reach(choices, max_size=0)
    with pytest.raises(DataError, match="separator: found nothing"):
        split_choices(["a"], "")
