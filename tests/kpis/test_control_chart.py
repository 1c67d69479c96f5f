from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.kpis.control_chart import NO_VALUE, SMALL_COUNTS, chart_control
from cemlab.kpis.control_limits import NO_VARIATION, PROVISIONAL, TOO_FEW
from cemlab.kpis.control_rules import RULES, apply_rules
from cemlab.languages import Words

# Montgomery, Introduction to Statistical Quality Control: cost of processing mortgage loan applications
LOANS = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
# ibid.: nonconforming cans of frozen orange juice concentrate, 30 samples of 50
JUICE = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
# ibid.: purchase orders with an error, varying sample size
ORDERS = [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9]
ORDER_SIZES = [100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120, 120, 110, 80, 80, 80, 90, 100, 100, 100,
               100, 90, 90]  # fmt: skip


def marked(z: list[float], rule: str) -> list[int]:
    return np.flatnonzero(apply_rules(np.array(z, dtype=float), [rule])[rule]).tolist()


# truth
def test_individuals_chart_of_loan_costs_montgomery() -> None:
    # mean 300.5, mean moving range 7.79, limits 321.22 and 279.78, as the book prints them
    found = chart_control(LOANS)
    first = found.table.iloc[0]
    assert first["center"] == pytest.approx(300.5)
    assert [first["limit_high"], first["limit_low"]] == pytest.approx([321.22, 279.78], abs=0.005)
    assert first["limit_high"] == pytest.approx(300.5 + 2.66 * 148 / 19, rel=1e-4)
    assert found.signals.empty


def test_p_chart_of_orange_juice_montgomery() -> None:
    # p 0.2313, limits 0.4102 and 0.0524; samples 15 and 23 above the upper limit
    found = chart_control(JUICE, kind="p", sizes=[50] * 30, rules=["beyond_limits"])
    first = found.table.iloc[0]
    assert [first["center"], first["limit_high"], first["limit_low"]] == pytest.approx([23.13, 41.02, 5.24], abs=0.005)
    assert found.signals["period"].tolist() == ["15", "23"]


def test_p_chart_of_varying_size_purchase_orders_montgomery() -> None:
    # p = 234 / 2450 = 0.0955; sample 11 is above its limit
    found = chart_control(ORDERS, kind="p", sizes=ORDER_SIZES, rules=["beyond_limits"])
    table, p = found.table, 234 / 2450
    assert table["center"][0] == pytest.approx(100 * p)
    for place in (0, 1, 10):
        reach = 3 * np.sqrt(p * (1 - p) / ORDER_SIZES[place])
        assert table["limit_high"][place] == pytest.approx(100 * (p + reach))
        assert table["limit_low"][place] == pytest.approx(100 * max(p - reach, 0))
    assert found.signals["period"].tolist() == ["11"]


def test_laney_limits_by_hand() -> None:
    # z of each share, sigma_z = mean moving range of z / 1.128 (Laney 2002)
    cases, sizes = np.array([40, 62, 35, 70, 44, 66, 38, 61.0]), np.array([400, 500, 420, 510, 450, 500, 410, 480.0])
    p = cases.sum() / sizes.sum()
    sigma = np.sqrt(p * (1 - p) / sizes)
    z = (cases / sizes - p) / sigma
    sigma_z = np.abs(np.diff(z)).mean() / 1.128
    assert sigma_z > 1
    table = chart_control(cases, kind="p", sizes=sizes, overdispersion="laney").table
    np.testing.assert_allclose(table["limit_high"], 100 * (p + 3 * sigma * sigma_z))
    np.testing.assert_allclose(table["limit_low"], 100 * np.maximum(p - 3 * sigma * sigma_z, 0))
    np.testing.assert_allclose(table["statistic"], z / sigma_z)


@pytest.mark.parametrize(
    ("rule", "z", "expected"),
    [
        ("beyond_limits", [0, 3.01, -3.01, 2.99], [1, 2]),
        ("run_of_8", [-1, *[0.2] * 9, -1], [8, 9]),
        ("run_of_8", [*[0.2] * 7, -0.1, *[0.2] * 7], []),
        ("run_of_8", [*[0.2] * 7, 0.0, 0.2], []),  # a point on the line is on neither side
        ("run_of_9", [-0.2] * 10, [8, 9]),
        ("trend_of_6", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.4], [5]),
        ("trend_of_6", [0.5, 0.4, 0.3, 0.2, 0.1, -0.1, -0.2], [5, 6]),
        ("trend_of_6", [0, 0.1, 0.2, 0.2, 0.3, 0.4, 0.5], []),  # equal neighbours do not rise
        ("alternating_14", [1, -1] * 7, [13]),
        ("alternating_14", [1, -1] * 6 + [1, 1, -1], []),
        ("two_of_3", [2.1, 0, 2.1, 0, 0, -2.1, 2.1], [2]),
        ("four_of_5", [1.1, 1.1, 0, 1.1, 1.1, 1.1, 0], [4, 5]),
        ("fifteen_within_1", [0.9, -0.9] * 8, [14, 15]),
        ("eight_outside_1", [1.1, -1.1] * 4, [7]),
        ("eight_outside_1", [1.1, -1.1] * 3 + [0.5, 1.1], []),
    ],
)
def test_rules_mark_the_point_that_completes_the_pattern(rule, z, expected) -> None:
    assert marked(z, rule) == expected


def test_trend_looks_at_values_where_sigma_varies() -> None:
    values = np.array([5.0, 6, 7, 8, 9, 10])
    z = np.array([-2.0, -1, 0, 0.5, 0.4, 0.3])
    assert apply_rules(z, ["trend_of_6"], values=values)["trend_of_6"].tolist() == [False] * 5 + [True]


# invariants
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=8, max_size=30), st.floats(0.1, 9), st.floats(-50, 50))
def test_unit_and_origin_change_no_mark(values, scale, shift) -> None:
    x = np.array(values, dtype=float)
    plain, moved = chart_control(x).table, chart_control(scale * x + shift).table
    if plain["note"][0] == NO_VARIATION:
        assert moved["note"][0] == NO_VARIATION
        return
    np.testing.assert_allclose(moved["limit_high"], scale * plain["limit_high"] + shift, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(moved["statistic"], plain["statistic"], atol=1e-6)


def test_baseline_periods_alone_make_the_limits() -> None:
    x = [*LOANS, 400, 500]
    found = chart_control(pd.Series(x, index=pd.period_range("2023-01", periods=22, freq="M")), baseline=20)
    assert found.table["center"].iloc[-1] == pytest.approx(300.5)
    assert found.signals["period"].tolist() == ["2024-09", "2024-10"]
    assert found.info["n_baseline"] == 20


def test_missing_period_keeps_its_row_and_ends_patterns() -> None:
    x = [1, 2, 1, 2, 1, 2, 1, 2, None, 2, 1]
    table = chart_control(x).table
    assert table["note"][8] == NO_VALUE
    assert table["n"].tolist() == [1] * 8 + [0, 1, 1]
    assert table["limit_high"][0] == pytest.approx(1.5 + 3 / 1.128)  # the pairs beside the gap are left out
    assert marked([0.2] * 7 + [np.nan] + [0.2] * 7, "run_of_8") == []


def test_few_periods_and_constant_values_get_no_limits_but_a_note() -> None:
    few = chart_control([1, 2, 3, 4, 5, 6, 7])
    assert few.table["limit_high"].isna().all()
    assert set(few.table["note"]) == {TOO_FEW}
    assert few.signals.empty
    assert set(chart_control([5] * 9).table["note"]) == {NO_VARIATION}
    assert set(chart_control([0] * 9, kind="p", sizes=[10] * 9).table["note"]) == {NO_VARIATION}
    assert set(chart_control([1, 2] * 5).table["note"]) == {PROVISIONAL}
    assert set(chart_control([1, 2] * 10).table["note"]) == {""}


def test_small_expected_counts_are_noted_and_empty_periods_have_no_share() -> None:
    table = chart_control([1, 0, 2, 1, 1, 0, 1, 2, 0], kind="p", sizes=[20] * 8 + [0]).table
    assert table["note"].tolist() == [SMALL_COUNTS] * 8 + [NO_VALUE]
    assert table["n"].tolist() == [20] * 8 + [0]


def test_signals_are_sorted_by_period_and_columns_are_in_the_glossary() -> None:
    found = chart_control([*[10, 11] * 6, 30, *[9, 8] * 6], rules=list(RULES))
    places = [int(period) for period in found.signals["period"]]
    assert places == sorted(places)
    assert set(found.table) | set(found.signals) <= set(GLOSSARY)
    assert "beyond_limits" in found.table["rule"][12]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    words = Words(language)
    ax = chart_control(JUICE, kind="p", sizes=[50] * 30).plot(words=words)
    shown = [text.get_text().strip("\u200f") for text in ax.get_legend().get_texts()]
    expected = ["Share of cases, percent", "Center line", "Control limits", "Marked by a rule"]
    assert sorted(shown) == sorted(words(text) for text in expected)
    assert chart_control([1, 2, 3]).plot(words=words).get_figure() is not None


# recovery: 4000 charts of 25 periods at rest; the limits of known sigma mark 0.27 % of points (normal distribution)
def test_false_alarms_of_known_limits_are_27_in_10000() -> None:
    z = np.random.default_rng(20240611).normal(0, 1, 100_000)
    share = len(marked(z.tolist(), "beyond_limits")) / len(z)
    assert abs(share - 0.0027) < 4 * np.sqrt(0.0027 / len(z))


def test_a_shift_of_four_sigma_is_found() -> None:
    x = np.random.default_rng(1).normal(0, 1, 40) + 4.0 * (np.arange(40) >= 30)
    found = chart_control(x, baseline=30, rules=["beyond_limits"])
    marked_after = found.signals["period"].astype(int) > 30
    assert marked_after.sum() >= 6  # of ten; a normal value four sigma off is beyond three in 84 %


# errors
def test_counts_and_sizes_that_cannot_be() -> None:
    with pytest.raises(DataError, match="values: found 12 cases of 10 in period 2, expected 0 to the size"):
        chart_control([1, 12], kind="p", sizes=[10, 10])
    with pytest.raises(DataError, match="sizes: found none, expected one a period"):
        chart_control([1, 2], kind="p")
    with pytest.raises(DataError, match="sizes: found 1, expected 2"):
        chart_control([1, 2], kind="p", sizes=[10])
    with pytest.raises(DataError, match="sizes: found sizes of single values"):
        chart_control([1, 2], sizes=[10, 10])
    with pytest.raises(DataError, match="values: found 'many', expected finite numbers"):
        chart_control([1, "many"])


def test_options_that_are_not_known() -> None:
    with pytest.raises(EstimationError, match="kind: found 'u', expected individuals or p"):
        chart_control([1, 2], kind="u")
    with pytest.raises(EstimationError, match="overdispersion: found 'yes', expected none or laney"):
        chart_control([1, 2], overdispersion="yes")
    with pytest.raises(EstimationError, match=r"rules: found \['run'\], expected a list of names among beyond_limits"):
        chart_control([1, 2], rules=["run"])
    with pytest.raises(EstimationError, match="rules: found 'run_of_8', expected a list"):
        chart_control([1, 2], rules="run_of_8")
    with pytest.raises(EstimationError, match="baseline: found 9, expected a number of periods from 1 to 2"):
        chart_control([1, 2], baseline=9)
