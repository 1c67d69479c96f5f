"""The five gaps against scipy, by both pairings, and what is said where one cannot be computed."""

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
from cemlab.measures.five_gaps import GAPS, score_five_gaps
from cemlab.measures.gap_tests import FLAT_SIDE, NO_SIDE, ONE_SIDE

FEW = settings(max_examples=25, deadline=None)
ASKED = {
    "customers": ("expectation", "perception"),
    "managers": ("expectation", "standard"),
    "contact_staff": ("delivered", "promised", "standard"),
}
SIZES = {"customers": 96, "managers": 12, "contact_staff": 20}


def study(seed: int, attributes: tuple[str, ...] = ("a", "b", "c")) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    rng = np.random.default_rng(seed)
    rows, frames = [], {}
    for who, roles in ASKED.items():
        frame = pd.DataFrame(index=range(SIZES[who]))
        for attribute in attributes:
            for role in roles:
                item = f"{who}_{role}_{attribute}"
                rows.append((item, attribute, role, who, "care"))
                frame[item] = rng.integers(2, 8, len(frame)).astype(float)
                frame.loc[rng.random(len(frame)) < 0.05, item] = np.nan
        frames[who] = frame
    frames["customers"]["unit"] = np.arange(96) % 12
    frames["managers"]["unit"] = np.arange(12)
    return frames, pd.DataFrame(rows, columns=["item", "attribute", "role", "asked_of", "construct"])


def score(frames: dict[str, pd.DataFrame], codebook: pd.DataFrame, **options):
    return score_five_gaps(
        frames["customers"],
        codebook,
        managers=frames.get("managers"),
        contact_staff=frames.get("contact_staff"),
        **options,
    )


# truth
def test_gap_1_is_welchs_t_of_scipy() -> None:
    frames, codebook = study(1)
    table = score(frames, codebook).table.set_index(["term", "attribute"])
    for attribute in "abc":
        left = frames["managers"][f"managers_expectation_{attribute}"].dropna()
        right = frames["customers"][f"customers_expectation_{attribute}"].dropna()
        test = stats.ttest_ind(left, right, equal_var=False)
        ends = test.confidence_interval(0.95)
        row = table.loc[("G1 knowledge", attribute)]
        assert row["method"] == "Welch"
        assert row["estimate"] == pytest.approx(left.mean() - right.mean())
        assert [row["statistic"], row["df"], row["p_value"]] == pytest.approx([test.statistic, test.df, test.pvalue])
        assert [row["conf_low"], row["conf_high"]] == pytest.approx([ends.low, ends.high])


def test_gap_1_is_paired_between_units_with_one_manager_each() -> None:
    frames, codebook = study(2)
    table = score(frames, codebook, unit="unit").table.set_index(["term", "attribute"])
    means = frames["customers"].groupby("unit")["customers_expectation_a"].mean()
    left = frames["managers"]["managers_expectation_a"]
    test = stats.ttest_rel(left, means, nan_policy="omit")
    row = table.loc[("G1 knowledge", "a")]
    assert row["method"] == "paired by unit"
    assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue])
    assert row["n_left"] == left.notna().sum()


@pytest.mark.parametrize(
    ("term", "who", "left", "right"),
    [
        ("G2 standards", "managers", "standard", "expectation"),
        ("G3 delivery", "contact_staff", "delivered", "standard"),
        ("G4 communication", "contact_staff", "delivered", "promised"),
        ("G5 service", "customers", "perception", "expectation"),
    ],
)
def test_gaps_within_people_are_the_paired_t_of_scipy(term, who, left, right) -> None:
    frames, codebook = study(3)
    row = score(frames, codebook).table.set_index(["term", "attribute"]).loc[(term, "b")]
    both = frames[who][[f"{who}_{left}_b", f"{who}_{right}_b"]].dropna()
    test = stats.ttest_rel(both.iloc[:, 0], both.iloc[:, 1])
    assert row["method"] == "paired within people"
    assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue])
    assert row["estimate"] == pytest.approx((both.iloc[:, 0] - both.iloc[:, 1]).mean())
    assert row["left_mean"] - row["right_mean"] == pytest.approx(row["estimate"])


def test_gap_3_between_managers_standard_and_staffs_delivery_is_welch() -> None:
    frames, codebook = study(4)
    codebook = codebook[~((codebook["asked_of"] == "contact_staff") & (codebook["role"] == "standard"))]
    row = score(frames, codebook).table.set_index(["term", "attribute"]).loc[("G3 delivery", "a")]
    sides = [frames[who][item].dropna() for who, item in
             (("contact_staff", "contact_staff_delivered_a"), ("managers", "managers_standard_a"))]  # fmt: skip
    assert row["statistic"] == pytest.approx(stats.ttest_ind(*sides, equal_var=False).statistic)


def test_scales_stand_for_gaps_without_ratings() -> None:
    codebook = pd.DataFrame(
        {
            "item": ["e", "p", "s1", "s2"],
            "attribute": ["a", "a", "s1", "s2"],
            "role": ["expectation", "perception", "agreement", "agreement"],
            "asked_of": ["customers", "customers", "contact_staff", "contact_staff"],
            "construct": ["", "", "delivery", "delivery"],
            "scale_min": 1.0,
            "scale_max": 7.0,
        }
    )
    staff = pd.DataFrame({"s1": [3.0, 5.0, 2.0], "s2": [2.0, np.nan, 4.0]})
    customers = pd.DataFrame({"e": [7.0, 6.0, 7.0], "p": [5.0, 5.0, 4.0]})
    result = score_five_gaps(customers, codebook, contact_staff=staff)
    row = result.overall.set_index("term").loc["G3 delivery"]
    test = stats.ttest_1samp([2.5, 5.0, 3.0], 4)
    assert [row["estimate"], row["statistic"]] == pytest.approx([-0.5, test.statistic])
    assert row["method"] == "scale against its midpoint"
    assert result.info["not_computed"] == ("G1 knowledge", "G2 standards", "G4 communication")


def test_what_cannot_be_computed_says_why() -> None:
    frames, codebook = study(5)
    overall = score({"customers": frames["customers"]}, codebook).overall
    assert overall["term"].tolist() == [gap.term for gap in GAPS]
    assert overall["note"].tolist() == [*(gap.missing for gap in GAPS[:4]), ""]
    assert overall["estimate"].isna().tolist() == [True] * 4 + [False]


# invariants
@FEW
@given(st.integers(0, 10_000), st.floats(-2, 2))
def test_moving_the_left_side_moves_the_gap(seed, shift) -> None:
    frames, codebook = study(seed, ("a", "b"))
    moved = {**frames, "managers": frames["managers"] + shift}
    first, second = score(frames, codebook).overall["estimate"], score(moved, codebook).overall["estimate"]
    np.testing.assert_allclose(second.iloc[0] - first.iloc[0], shift, atol=1e-9)
    np.testing.assert_allclose(second.iloc[1:], first.iloc[1:], atol=1e-9)


@pytest.mark.parametrize(
    ("managers", "note"), [([5.0], ONE_SIDE), ([np.nan, np.nan], NO_SIDE), ([5.0, 5.0, 5.0], FLAT_SIDE)]
)
def test_thin_sides_are_noted(managers, note) -> None:
    codebook = pd.DataFrame({"item": ["e", "p", "m"], "attribute": "a"})
    codebook["role"], codebook["asked_of"] = (
        ["expectation", "perception", "expectation"],
        ["customers"] * 2 + ["managers"],
    )
    customers = pd.DataFrame({"e": [6.0, 7.0, 5.0], "p": [5.0, 5.0, 5.0]})
    row = score_five_gaps(customers, codebook, managers=pd.DataFrame({"m": managers})).table.iloc[0]
    assert row["note"] == note
    assert np.isnan(row["p_value"]) == (note != FLAT_SIDE)


def test_columns_words_weights_and_inputs() -> None:
    frames, codebook = study(6)
    copies = {who: frame.copy() for who, frame in frames.items()}
    result = score(frames, codebook, weights=np.full(96, 3.0))
    for who, frame in frames.items():
        pd.testing.assert_frame_equal(frame, copies[who])
    assert set(result.table) | set(result.overall) <= set(GLOSSARY)
    np.testing.assert_allclose(result.overall["conf_low"], score(frames, codebook).overall["conf_low"])
    for sentence in (*(gap.missing for gap in GAPS), *(gap.term for gap in GAPS), ONE_SIDE, NO_SIDE, FLAT_SIDE):
        assert Words("fa")(sentence) != sentence
    for language in ("en", "fa"):
        assert result.plot(words=Words(language)) is not None


# recovery
def test_welchs_interval_covers_with_few_managers_and_unequal_spread() -> None:
    rng, hits, reps = np.random.default_rng(11), 0, 300
    codebook = pd.DataFrame({"item": ["e", "m"], "attribute": "a", "role": "expectation"})
    codebook["asked_of"] = ["customers", "managers"]
    for _ in range(reps):
        customers, managers = rng.normal(6, 0.5, 200), rng.normal(5, 1.5, 8)
        row = score_five_gaps(
            pd.DataFrame({"e": customers}), codebook, managers=pd.DataFrame({"m": managers})
        ).overall.iloc[0]
        hits += row["conf_low"] <= -1 <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_messages() -> None:
    frames, codebook = study(7)
    with pytest.raises(EstimationError, match="found the two sides of no gap"):
        score_five_gaps(frames["customers"], codebook[codebook["role"] == "promised"])
    with pytest.raises(DataError, match="managers: found no column 'branch'"):
        score(frames, codebook, unit="branch")
    with pytest.raises(DataError, match="managers: found no column for managers_expectation_a"):
        score({**frames, "managers": frames["managers"].drop(columns="managers_expectation_a")}, codebook)
