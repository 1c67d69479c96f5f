from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.kpis.journey_owners import NO_OWNER, NO_STAGE
from cemlab.kpis.recoveries import TIES, RecoveriesResult, find_recoveries
from cemlab.languages import Words

PEOPLE = pd.DataFrame(
    {
        "customer": list("abcdefgh"),
        "rating": [1, 1, 2, 5, 4, 3, np.nan, 1],
        "revenue": [100.0, 900.0, 900.0, 900.0, 20.0, 30.0, 999.0, np.nan],
        "stage": ["pay", "deliver", "pay", "pay", None, "order", "pay", "pay"],
        "channel": ["web", "shop", "phone", "web", "web", "web", "web", "web"],
    }
)
SHEET = pd.DataFrame(
    {
        "stage": ["pay", "pay", "deliver"],
        "channel": ["web", "", "web"],
        "owner": ["Ada", "Bea", "Cem"],
        "action": ["call", None, "visit"],
    }
)


def find(people: pd.DataFrame = PEOPLE, **options) -> RecoveriesResult:
    return find_recoveries(people, experience="rating", value="revenue", **options)


# truth: by hand
def test_low_experience_and_high_value_in_order() -> None:
    found = find(experience_cut=2, value_cut=100)
    assert found.table["customer"].tolist() == ["b", "c", "a"]
    assert found.table["rank"].tolist() == [1, 2, 3]
    # six customers have both; better than b: c d e f = 4, tied: a; lower than b: a e f = 3, tied: c d
    urgency = (4 + 0.5) / 5 * (3 + 1) / 5
    assert found.table["estimate"][0] == pytest.approx(urgency)
    # a: value lower: e f = 2
    assert found.table["estimate"][2] == pytest.approx(4.5 / 5 * 2 / 5)


def test_shares_become_thresholds_that_ties_may_widen() -> None:
    found = find(low_share=0.25, high_share=0.25)
    assert found.info["experience_cut"] == 1.0  # the smallest rating that a quarter of six do not exceed
    assert found.info["value_cut"] == 900.0
    assert found.info["n_at_experience_cut"] == 2
    assert found.info["n_at_value_cut"] == 3
    assert found.info["high_share"] == pytest.approx(3 / 6)
    assert found.info["caution"] == TIES
    assert found.table["customer"].tolist() == ["b"]


def test_owner_comes_from_the_sheet_by_channel_then_by_stage() -> None:
    table = find(owners=SHEET, experience_cut=4, value_cut=0).table.set_index("customer")
    assert table.loc["a", ["owner", "action"]].tolist() == ["Ada", "call"]
    assert table.loc["c", "owner"] == "Bea"  # no row for the phone: the stage's own
    assert pd.isna(table.loc["c", "action"])
    assert table.loc["b", "note"] == NO_OWNER  # only the web is owned at deliver
    assert table.loc["e", "note"] == NO_STAGE
    assert pd.isna(table.loc["b", "owner"])
    assert table.loc["a", "note"] == ""


def test_missing_values_and_codes_are_counted() -> None:
    people = pd.concat([PEOPLE, pd.DataFrame({"customer": [None], "rating": [1], "revenue": [5000.0]})])
    info = find(people, experience_cut=2, value_cut=0).info
    assert [info["n_obs"], info["n_dropped"]] == [6, 3]
    counts = [info[f"n_without_{what}"] for what in ("customer", "experience", "value")]
    assert counts == [1, 1, 1]


def test_segments_are_shares_with_wilsons_interval_of_statsmodels() -> None:
    found = find(experience_cut=2, value_cut=500)
    parts = found.segments.set_index("term")
    assert parts["n"].tolist() == [2, 1, 1, 2]
    low, high = proportion_confint(2, 6, method="wilson")
    row = parts.loc["low experience, high value"]
    assert [row["estimate"], row["conf_low"], row["conf_high"]] == pytest.approx([100 / 3, 100 * low, 100 * high])
    assert row["total_value"] == 1800


def test_effort_turns_the_direction() -> None:
    people = PEOPLE.assign(rating=6 - PEOPLE["rating"])
    turned = find(people, experience_cut=4, value_cut=100, high_is_good=False)
    plain = find(experience_cut=2, value_cut=100)
    assert turned.table["customer"].tolist() == plain.table["customer"].tolist()
    assert turned.info["experience_cut"] == 4
    by_share = find(people, high_is_good=False)
    assert by_share.info["experience_cut"] == 5.0
    assert by_share.table["customer"].tolist() == ["b"]


# invariants
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9)), min_size=2, max_size=40), st.randoms())
def test_order_of_rows_and_unit_of_value_change_nothing(pairs, random) -> None:
    people = pd.DataFrame(pairs, columns=["rating", "revenue"]).assign(customer=[f"k{i}" for i in range(len(pairs))])
    mixed = people.sample(frac=1, random_state=random.randrange(10**6))
    plain, other = find(people), find(mixed.assign(revenue=mixed["revenue"] * 1000.0))
    ranks, others = (found.table.set_index("customer")["rank"].sort_index() for found in (plain, other))
    pd.testing.assert_series_equal(ranks, others)
    assert plain.table["rank"].is_monotonic_increasing
    assert plain.segments["n"].sum() == len(people)
    assert plain.segments["n"][0] == len(plain.table)


def test_equal_customers_share_a_rank_and_keep_their_order() -> None:
    people = pd.DataFrame({"customer": ["z", "y", "x"], "rating": [1, 1, 1], "revenue": [5, 5, 1]})
    table = find(people, experience_cut=1, value_cut=1).table
    assert table[["customer", "rank"]].values.tolist() == [["z", 1], ["y", 1], ["x", 3]]


def test_nobody_to_call_back_is_an_empty_table_and_inputs_stay() -> None:
    people, sheet = PEOPLE.copy(), SHEET.copy()
    found = find(people, owners=sheet, experience_cut=0, value_cut=100)
    assert found.table.empty
    assert set(found.table) | set(found.segments) | set(found.placed) <= set(GLOSSARY)
    assert found.info["n_selected"] == 0
    pd.testing.assert_frame_equal(people, PEOPLE)
    pd.testing.assert_frame_equal(sheet, SHEET)
    assert "customer" not in found.placed


def test_codes_are_handed_back_as_given() -> None:
    people = PEOPLE.assign(customer=[f"0{i}" for i in range(8)])
    assert find(people, experience_cut=1, value_cut=900).table["customer"].tolist() == ["01"]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot_names_nobody(language) -> None:
    words = Words(language)
    ax = find(experience_cut=2, value_cut=100).plot(words=words, names={"rating": "Rating"})
    shown = {text.get_text().strip("\u200f") for text in ax.get_legend().get_texts()}
    assert shown == {words("Other customers"), words("To call back")}
    assert not ax.texts


# errors
def test_tables_that_do_not_fit() -> None:
    with pytest.raises(DataError, match="customers: found no column 'revenue'"):
        find(PEOPLE.drop(columns="revenue"))
    with pytest.raises(DataError, match="customers: found 1 customers with several rows, expected one a customer"):
        find(pd.concat([PEOPLE, PEOPLE.iloc[:1]]))
    with pytest.raises(DataError, match="customers: found nobody with a code, rating and revenue"):
        find(PEOPLE.iloc[6:])
    with pytest.raises(DataError, match="rating: found 'bad', expected finite numbers"):
        find(PEOPLE.astype({"rating": object}).assign(rating=["bad", *range(7)]))


def test_thresholds_and_sheets_that_cannot_be() -> None:
    with pytest.raises(DataError, match="low_share: found 25, expected a share between 0 and 1"):
        find(low_share=25)
    with pytest.raises(DataError, match="owners: found no column owner, expected stage and owner"):
        find(owners=SHEET.drop(columns="owner"))
    two = pd.concat([SHEET, pd.DataFrame({"stage": ["pay"], "channel": ["web"], "owner": ["Dan"], "action": ["call"]})])
    with pytest.raises(DataError, match="owners: found several owners or actions for stage 'pay', channel 'web'"):
        find(owners=two)
