"""Zone of tolerance: published means, formats, inversions, intervals."""

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
from cemlab.measures.ratios import fieller, share_rows, wilson
from cemlab.measures.zones import (
    NO_ANSWERS,
    NO_ZONE,
    NOT_ASKED,
    UNSETTLED,
    WIDE_POSITION,
    score_zones,
    zone_position,
    zone_state,
)

FEW = settings(max_examples=25, deadline=None)
ROLES = ("minimum", "desired", "perception")


def book(attributes: list[str], roles: tuple[str, ...] = ROLES, dimension: str = "care") -> pd.DataFrame:
    rows = [(f"{role}_{a}", a, role, dimension) for a in attributes for role in roles]
    frame = pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"])
    return frame.assign(scale_min=1.0, scale_max=9.0)


def answers(minimum: list, desired: list, perception: list, attribute: str = "a") -> pd.DataFrame:
    columns = zip(ROLES, (minimum, desired, perception), strict=True)
    return pd.DataFrame({f"{role}_{attribute}": values for role, values in columns}, dtype=float)


def draw(seed: int, n: int = 60, attributes: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(index=range(n))
    for a in attributes:
        low = rng.integers(3, 7, n).astype(float)
        frame[f"minimum_{a}"], frame[f"perception_{a}"] = low, rng.integers(2, 10, n).astype(float)
        frame[f"desired_{a}"] = np.minimum(9, low + rng.integers(-1, 4, n))
        frame.loc[rng.random(n) < 0.1, f"perception_{a}"] = np.nan
    return frame


# truth
@pytest.mark.parametrize(
    ("levels", "adequacy", "superiority", "width", "position"),
    [((6.23, 7.93, 6.99), 0.76, -0.94, 1.70, 0.447), ((6.60, 8.06, 7.28), 0.68, -0.78, 1.46, 0.466)],
)
def test_libqual_2002_means_of_17_libraries(levels, adequacy, superiority, width, position) -> None:
    """Spread people evenly around the printed means: their means are the printed ones."""
    low, high, given_level = ([value - 1, value, value + 1] for value in levels)
    rows = score_zones(answers(low, high, given_level), book(["a"])).table.set_index("term")
    assert rows["estimate"].round(2).tolist()[:3] == [adequacy, superiority, width]
    assert rows.loc["position", "estimate"] == pytest.approx(position, abs=5e-4)
    assert zone_position(*levels) == pytest.approx(position, abs=5e-4)
    assert zone_state(adequacy, superiority) == "in"


def test_adequacy_and_superiority_rows_are_those_of_scipy() -> None:
    survey = draw(3)
    table = score_zones(survey, book(["a", "b"]), conf_level=0.9).table.set_index(["attribute", "term"])
    for a in ("a", "b"):
        own = survey[[f"{role}_{a}" for role in ROLES]].dropna()
        for term, role in (("adequacy", "minimum"), ("superiority", "desired")):
            test = stats.ttest_rel(own[f"perception_{a}"], own[f"{role}_{a}"])
            row, interval = table.loc[(a, term)], test.confidence_interval(0.9)
            assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue], abs=1e-10)
            assert [row["conf_low"], row["conf_high"]] == pytest.approx([interval.low, interval.high], abs=1e-10)
            assert row["n"] == len(own)


def test_shares_of_respondents_have_wilson_intervals_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    survey = answers([5] * 40, [7] * 40, [4] * 9 + [6] * 30 + [8])
    states = score_zones(survey, book(["a"])).states.set_index("state")
    assert states["estimate"].tolist() == [9 / 40, 30 / 40, 1 / 40]
    for state, count in (("below", 9), ("in", 30), ("above", 1)):
        expected = proportion_confint(count, 40, method="wilson")
        assert states.loc[state, ["conf_low", "conf_high"]].tolist() == pytest.approx(expected, abs=1e-10)


def test_wilson_interval_of_72_in_90_methods_section_11() -> None:
    low, high = wilson(np.array([0.8]), np.array([90.0]), 0.95)
    assert [low.item(), high.item()] == pytest.approx([0.7059, 0.8696], abs=5e-5)


def test_fieller_interval_holds_the_ratios_that_a_t_test_does_not_reject() -> None:
    covariance, quantile = np.array([[0.04, 0.01], [0.01, 0.09]]), 2.0
    for ratio in fieller(2.0, 3.0, covariance, quantile):
        contrast = np.array([1.0, -ratio])
        assert abs(contrast @ [2.0, 3.0]) / np.sqrt(contrast @ covariance @ contrast) == pytest.approx(quantile)
    assert np.isnan(fieller(1.0, 0.5, np.diag([0.1, 0.1]), 2.0)).all()


def test_inversions_are_counted_and_leave_width_and_states() -> None:
    survey = answers([5, 6, 8, 5], [7, 6, 6, 9], [6, 7, 7, 7])
    result = score_zones(survey, book(["a"]))
    rows, zone = result.table.set_index("term"), result.zones.iloc[0]
    assert (zone["n_inverted"], zone["n_no_width"], zone["n"]) == (1, 1, 4)
    assert rows["n"].to_dict() == {"adequacy": 4, "superiority": 4, "width": 3, "position": 3}
    assert rows.loc["adequacy", "estimate"] == (1 + 1 - 1 + 2) / 4
    assert rows.loc["width", "estimate"] == (2 + 0 + 4) / 3
    assert rows.loc["position", "estimate"] == (1 + 1 + 2) / 6
    assert result.states["n"].tolist() == [3, 3, 3]
    assert result.info["n_inverted"] == 1
    dropped = score_zones(survey, book(["a"]), drop_inversions=True).table.set_index("term")
    assert (dropped.loc["adequacy", "n"], dropped.loc["adequacy", "estimate"]) == (3, 4 / 3)


def test_direct_ratings_are_held_against_the_midpoint() -> None:
    codebook = book(["a"], ("adequacy", "superiority"))
    survey = pd.DataFrame({"adequacy_a": [7.0, 6.0, 5.0], "superiority_a": [4.0, 5.0, 3.0]})
    result = score_zones(survey, codebook)
    assert result.table["estimate"].round(6).tolist() == [1.0, -1.0, 2.0, 0.5]
    assert result.zones[["minimum", "desired", "perception"]].isna().all(axis=None)
    assert result.info["formats"] == ("direct ratings",)


def test_two_columns_say_only_what_they_can() -> None:
    survey = answers([5, 6, 7], [0, 0, 0], [6, 6, 7])
    codebook = book(["a"], ("minimum", "perception"))
    rows = score_zones(survey, codebook).table.set_index("term")
    assert rows.loc["adequacy", "estimate"] == pytest.approx(1 / 3)
    assert rows["note"].to_dict() == {"adequacy": "", **dict.fromkeys(("superiority", "width", "position"), NOT_ASKED)}


# invariants
@FEW
@given(st.integers(0, 10_000))
def test_width_is_adequacy_minus_superiority_and_shares_sum_to_one(seed) -> None:
    result = score_zones(draw(seed), book(["a", "b"]), drop_inversions=True)
    terms = result.table.pivot(index="attribute", columns="term", values="estimate")
    np.testing.assert_allclose(terms["width"], terms["adequacy"] - terms["superiority"], atol=1e-10)
    np.testing.assert_allclose(terms["position"], terms["adequacy"] / terms["width"], atol=1e-10)
    np.testing.assert_allclose(result.states.groupby("attribute")["estimate"].sum(), 1.0)
    assert (result.states["conf_low"] <= result.states["estimate"]).all()


@FEW
@given(st.integers(0, 10_000), st.floats(0.1, 50))
def test_equal_weights_do_not_matter_nor_does_order(seed, factor) -> None:
    survey = draw(seed)
    first = score_zones(survey, book(["a", "b"]))
    other = score_zones(survey[::-1], book(["a", "b"]), weights=np.full(len(survey), factor))
    for name in ("table", "dimensions", "states"):
        columns = ["estimate", "conf_low", "conf_high"]
        np.testing.assert_allclose(getattr(first, name)[columns], getattr(other, name)[columns], atol=1e-9)


def test_groups_are_their_parts_and_columns_are_known() -> None:
    survey = draw(1).assign(unit=["north", "south"] * 30)
    before = survey.copy()
    result = score_zones(survey, book(["a", "b"]), by="unit")
    pd.testing.assert_frame_equal(survey, before)
    part = score_zones(survey[survey["unit"] == "south"], book(["a", "b"]))
    for name in ("table", "dimensions", "zones", "zones_of_dimensions", "states"):
        table = getattr(result, name)
        own = table[table["group"] == "south"].reset_index(drop=True).drop(columns="group")
        pd.testing.assert_frame_equal(own, getattr(part, name).drop(columns="group"))
        assert set(table) <= set(GLOSSARY)
    for language in ("en", "fa"):
        assert result.plot(words=Words(language)) is not None
    for note in (NO_ANSWERS, NO_ZONE, NOT_ASKED, UNSETTLED, WIDE_POSITION):
        assert Words("fa")(note) != note


def test_no_width_at_all_has_no_position() -> None:
    rows = score_zones(answers([5, 6, 7], [5, 6, 7], [6, 6, 8]), book(["a"])).table.set_index("term")
    assert (rows.loc["position", "note"], np.isnan(rows.loc["position", "estimate"])) == (NO_ZONE, True)


# recovery
def test_position_and_share_intervals_cover_at_their_level() -> None:
    rng, hits, reps = np.random.default_rng(5), np.zeros(2), 300
    for _ in range(reps):
        low = rng.normal(5, 1, 40)
        survey = answers(list(low), list(low + 2 + rng.normal(0, 0.4, 40)), list(low + rng.normal(0.6, 1, 40)))
        result = score_zones(survey, book(["a"]))
        row = result.table.set_index("term").loc["position"]
        below = result.states.iloc[0]
        hits += [
            row["conf_low"] <= 0.3 <= row["conf_high"],
            below["conf_low"] <= stats.norm.cdf(-0.6) <= below["conf_high"],
        ]
    assert (np.abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)).all(), hits / reps


def test_shares_between_zero_and_one_use_their_own_spread() -> None:
    halves = share_rows(np.full((50, 1), 0.5) + np.tile([[0.1], [-0.1]], (25, 1)), np.ones(50), 0.95)
    assert halves["conf_high"].item() - halves["conf_low"].item() < 0.07  # a whole answer each would give 0.27


# errors
def test_messages() -> None:
    survey = draw(1)
    with pytest.raises(EstimationError, match="found no attribute with perceived and minimum or desired service"):
        score_zones(survey, book(["a"], ("minimum",)))
    with pytest.raises(EstimationError, match="found several minimum items for a"):
        score_zones(survey, pd.concat([book(["a"]), book(["a"])]))
    with pytest.raises(DataError, match="found no column for minimum_c"):
        score_zones(survey, book(["c"]))
    with pytest.raises(DataError, match="found no scale for the direct ratings of 'a'"):
        score_zones(survey, book(["a"], ("adequacy", "superiority")).assign(scale_max=np.nan))
    with pytest.raises(DataError, match="found no respondent who answered every question"):
        score_zones(answers([np.nan], [5], [5]), book(["a"]))
    with pytest.raises(DataError, match="found 95, expected a share"):
        score_zones(survey, book(["a"]), conf_level=95)
    with pytest.raises(DataError, match="found no column 'branch'"):
        score_zones(survey, book(["a"]), by="branch")
