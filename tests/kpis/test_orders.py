"""Orders against a plain pandas count, on every back end."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cemlab.errors import DataError, EstimationError
from cemlab.kpis.clean_lines import NOTHING
from cemlab.kpis.orders import summarize_orders
from cemlab.languages import Words


def estimates(result: Any, group: str = "all") -> pd.Series:
    table = result.table
    return table[table["group"] == group].set_index("term")["estimate"]


def clean(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[
        lines["customer_id"].notna() & ~lines["is_cancellation"] & (lines["quantity"] > 0) & (lines["price"] > 0)
    ]


# truth
def test_terms_match_a_plain_count(lines: pd.DataFrame) -> None:
    kept = clean(lines)
    found = estimates(summarize_orders(lines))
    per_customer = kept.groupby("customer_id").agg(orders=("order_id", "nunique"), revenue=("amount", "sum"))
    top = per_customer["revenue"].nlargest(int(np.ceil(0.2 * len(per_customer)))).sum()
    assert found["n_lines"] == len(kept)
    assert found["n_customers"] == kept["customer_id"].nunique()
    assert found["n_orders"] == per_customer["orders"].sum()
    assert found["revenue"] == pytest.approx(kept["amount"].sum(), rel=1e-12)
    assert found["average_order_value"] == pytest.approx(
        kept.groupby(["customer_id", "order_id"])["amount"].sum().mean()
    )
    assert found["repeat_rate"] == pytest.approx((per_customer["orders"] >= 2).mean())
    assert found["orders_per_customer"] == pytest.approx(per_customer["orders"].mean())
    assert found["top20_share"] == pytest.approx(top / kept["amount"].sum())


def test_rules_are_counted(lines: pd.DataFrame) -> None:
    info = summarize_orders(lines).info
    assert info["n_lines"] == len(lines)
    assert info["n_without_customer"] == lines["customer_id"].isna().sum()
    assert info["n_cancelled"] == lines["is_cancellation"].sum()
    assert info["n_nonpositive_quantity"] == (lines["quantity"] <= 0).sum()
    assert info["n_nonpositive_price"] == (lines["price"] <= 0).sum()
    assert info["n_obs"] == len(clean(lines))
    assert info["n_dropped"] == len(lines) - len(clean(lines))
    bought = lines[lines["customer_id"].isin(clean(lines)["customer_id"])]
    assert info["n_customers_net_zero"] == (bought.groupby("customer_id")["amount"].sum() <= NOTHING).sum()


def test_order_value_has_the_clustered_error_of_a_mean_over_orders(lines: pd.DataFrame) -> None:
    orders = clean(lines).groupby(["customer_id", "order_id"], as_index=False)["amount"].sum()
    row = summarize_orders(lines).table.set_index("term").loc["average_order_value"]
    n, groups = len(orders), orders["customer_id"].nunique()
    fit = smf.ols("amount ~ 1", orders).fit(cov_type="cluster", cov_kwds={"groups": orders["customer_id"]})
    # statsmodels' small-sample factor is G / (G - 1) * (n - 1) / (n - k); with k = 1 the second part is 1
    assert row["std_error"] == pytest.approx(fit.bse.iloc[0], rel=1e-10)
    assert row["n"] == n
    assert groups > 1


def test_repeat_rate_has_wilsons_interval(lines: pd.DataFrame) -> None:
    row = summarize_orders(lines, conf_level=0.9).table.set_index("term").loc["repeat_rate"]
    low, high = proportion_confint(round(row["estimate"] * row["n"]), row["n"], alpha=0.1, method="wilson")
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high), abs=1e-10)


def test_without_order_codes_a_day_is_an_order() -> None:
    lines = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "day": [1, 1, 2, 1], "amount": [1.0, 2.0, 3.0, 4.0]})
    assert estimates(summarize_orders(lines))["n_orders"] == 3


# invariants
def test_every_back_end_gives_the_same(lines: pd.DataFrame, on_backend: Callable[[pd.DataFrame], Any]) -> None:
    for by in (None, "unit", "month_index"):
        expected, found = summarize_orders(lines, by=by), summarize_orders(on_backend(lines), by=by)
        pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-12)
        assert found.info == expected.info


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_lines_does_not_matter_and_parts_add_up(draw: Callable[..., pd.DataFrame], seed: int) -> None:
    lines = draw(seed, 120)
    before = lines.copy()
    whole = summarize_orders(lines)
    shuffled = summarize_orders(lines.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(shuffled.table, whole.table, rtol=1e-12)
    for by in ("unit", "organization", "month_index"):
        parts = summarize_orders(lines, by=by).table.groupby("term")["estimate"].sum()
        for term in ("n_lines", "revenue"):
            assert parts[term] == pytest.approx(estimates(whole)[term], rel=1e-12)
    pd.testing.assert_frame_equal(lines, before)


def test_months_are_labelled(lines: pd.DataFrame) -> None:
    groups = summarize_orders(lines, by="month_index").table["group"].unique()
    assert groups[0] == "2024-01"
    assert len(groups) == 11


@pytest.mark.parametrize("language", ["en", "fa"])
def test_picture(lines: pd.DataFrame, language: str) -> None:
    words = Words(language)
    ax = summarize_orders(lines, by="unit").plot(words=words, names={"u1": "Harbour"})
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert [label.endswith(end) for label, end in zip(labels, ["Harbour", "u2", "u3"], strict=True)] == [True] * 3
    months = summarize_orders(lines, by="month_index").plot(words=words)
    first = "۲۰۲۴-۰۱" if language == "fa" else "2024-01"
    assert first in months.get_yticklabels()[0].get_text()


# recovery
def test_intervals_cover_the_means_of_the_population() -> None:
    rng = np.random.default_rng(7)
    hits = {"average_order_value": 0, "orders_per_customer": 0, "top20_share": 0}
    # orders 1 + Poisson(2), spend an order gamma with a customer's own level; the truth from a large sample
    big = estimates(summarize_orders(_population(np.random.default_rng(1), 100_000)))
    repetitions = 150
    for _ in range(repetitions):
        table = summarize_orders(_population(rng, 300)).table.set_index("term")
        for term in hits:
            hits[term] += table.loc[term, "conf_low"] <= big[term] <= table.loc[term, "conf_high"]
    for term, count in hits.items():
        assert count / repetitions > 0.95 - 4 * np.sqrt(0.95 * 0.05 / repetitions), term


def _population(rng: np.random.Generator, n: int) -> pd.DataFrame:
    orders = 1 + rng.poisson(2, n)
    customer = np.repeat(np.arange(n), orders)
    amount = rng.gamma(3, 10, len(customer)) * np.repeat(rng.gamma(4, 0.25, n), orders)
    day = np.arange(len(customer))
    return pd.DataFrame({"customer_id": customer.astype(str), "day": day, "amount": amount})


# errors
def test_missing_columns_are_named(lines: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="found no column day, expected customer_id, day, amount"):
        summarize_orders(lines.drop(columns="day"))
    with pytest.raises(DataError, match="found no column unit, expected customer_id, day, amount, unit"):
        summarize_orders(lines.drop(columns="unit"), by="unit")


def test_unknown_level_is_refused(lines: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="by: found 'shop', expected unit, organization or month_index"):
        summarize_orders(lines, by="shop")  # type: ignore[arg-type]


def test_nothing_to_count_is_said_not_raised(lines: pd.DataFrame) -> None:
    table = summarize_orders(lines.iloc[:0]).table
    assert set(table["note"]) == {"No line counts here."}
    assert table.set_index("term")["estimate"].isna().sum() == 4


def test_one_customer_has_no_interval() -> None:
    table = summarize_orders(pd.DataFrame({"customer_id": ["a"], "day": [1], "amount": [5.0]})).table.set_index("term")
    assert table.loc["average_order_value", "estimate"] == 5
    assert np.isnan(table.loc["average_order_value", "conf_low"])
    assert table.loc["average_order_value", "note"] == "One customer: no interval."
