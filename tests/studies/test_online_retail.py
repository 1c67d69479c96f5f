"""Online Retail (UCI, CC BY 4.0): half a million real lines.

The numbers were counted from the file by an independent pandas script.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cemlab
from cemlab.inputs.transactions import transaction_problems

STUDY = Path(__file__).parent / "online_retail"
FILE = "online_retail_2010_2011.csv.gz"


@cache
def load() -> Any:
    return cemlab.load_transactions(cemlab.load_study(STUDY))


@pytest.fixture
def lines(real_data: Path) -> Any:
    """Give the lines, or skip where the data are not; they are read once."""
    return load()


# truth
def test_counts_of_the_file(lines: Any) -> None:
    info = cemlab.summarize_orders(lines).info
    assert info["n_lines"] == 541_909
    assert info["n_cancelled"] == 9_288
    assert info["n_without_customer"] == 135_080
    assert info["n_nonpositive_quantity"] == 10_624
    assert info["n_nonpositive_price"] == 2_517
    assert info["n_duplicates_kept"] == 5_268
    assert info["n_obs"] == 397_884


def test_orders(lines: Any) -> None:
    table = cemlab.summarize_orders(lines).table.set_index("term")
    estimate = table["estimate"]
    assert estimate["n_lines"] == 397_884
    assert estimate["n_customers"] == 4_338
    assert estimate["n_orders"] == 18_532
    assert estimate["revenue"] == pytest.approx(8_911_407.90, abs=0.005)
    assert estimate["average_order_value"] == pytest.approx(480.866, abs=5e-4)
    assert estimate["repeat_rate"] == pytest.approx(2845 / 4338, abs=1e-12)
    assert estimate["orders_per_customer"] == pytest.approx(4.272, abs=5e-4)
    assert estimate["top20_share"] == pytest.approx(0.7462, abs=5e-5)


def test_orders_by_country_and_month_add_up(lines: Any) -> None:
    for by in ("unit", "month_index"):
        parts = cemlab.summarize_orders(lines, by=by).table.groupby("term")["estimate"].sum()
        assert parts["revenue"] == pytest.approx(8_911_407.90, abs=0.005)
        assert parts["n_orders"] == 18_532


def test_the_cohort_of_december_2010(lines: Any) -> None:
    cohorts = cemlab.summarize_retention(lines).cohorts
    first = cohorts[cohorts["cohort"] == 2010 * 12 + 11]
    expected = [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]
    assert first["n_customers"].tolist() == expected
    assert first["estimate"].iloc[[1, 11]].tolist() == pytest.approx([0.3661, 0.5028], abs=5e-5)
    assert first["is_partial"].tolist() == [False] * 12 + [True]  # the data stop on 9 December 2011
    assert cohorts.loc[cohorts["period"] == 0, "n_customers"].sum() == 4_338


def test_monthly_retention_ends_with_a_partial_month(lines: Any) -> None:
    table = cemlab.summarize_retention(lines).table
    assert table["period"].iloc[[0, -1]].tolist() == ["2011-01", "2011-12"]
    assert table["n"].iloc[0] == 885
    assert table["estimate"].iloc[0] == pytest.approx(324 / 885)
    assert table["is_partial"].tolist() == [False] * 11 + [True]


def test_rfm(lines: Any) -> None:
    result = cemlab.segment_rfm(lines)
    found = result.customers.set_index("customer")[["days_since_last", "n_purchases", "total_spend"]]
    for customer, values in {
        "12346": (325, 1, 77_183.60),
        "12347": (2, 7, 4_310.00),
        "12348": (75, 4, 1_797.24),
    }.items():
        assert tuple(found.loc[customer]) == pytest.approx(values, abs=0.005)
    assert result.info["snapshot_day"] == (pd.Timestamp("2011-12-10") - pd.Timestamp(0)).days
    assert len(result.customers) == 4_338


def test_the_customer_whose_only_order_was_taken_back_is_pointed_out(lines: Any) -> None:
    net = lines.filter(lines_of_12346()).collect("pandas").to_native()["amount"].sum()
    assert net == pytest.approx(0)
    result = cemlab.segment_rfm(lines)
    assert result.info["n_customers_net_zero"] >= 1
    assert "purchases were cancelled in full" in result.info["note"]


def lines_of_12346() -> Any:
    import narwhals as nw

    return nw.col("customer_id") == "12346"


def test_customers_before_and_after_midsummer(lines: Any, real_data: Path) -> None:
    cutoff = (pd.Timestamp("2011-06-30") - pd.Timestamp(0)).days
    table = cemlab.summarize_customers(lines, cutoff_day=cutoff, horizon_days=90).set_index("customer")
    raw = pd.read_csv(real_data / "online_retail" / FILE, dtype={"InvoiceNo": str, "CustomerID": str})
    raw = raw[
        raw["CustomerID"].notna()
        & ~raw["InvoiceNo"].str.startswith("C")
        & (raw["Quantity"] > 0)
        & (raw["UnitPrice"] > 0)
    ]
    raw = raw.assign(amount=raw["Quantity"] * raw["UnitPrice"], date=pd.to_datetime(raw["InvoiceDate"]))
    before = raw[raw["date"] < "2011-07-01"].groupby("CustomerID")
    after = raw[(raw["date"] >= "2011-07-01") & (raw["date"] < "2011-09-29")].groupby("CustomerID")["amount"].sum()
    assert table.index.tolist() == sorted(before.groups)
    assert table["n_orders"].to_dict() == before["InvoiceNo"].nunique().to_dict()
    assert table["revenue"].to_dict() == pytest.approx(before["amount"].sum().to_dict())
    expected = after.reindex(table.index)
    assert table["outcome_repurchase"].tolist() == expected.notna().astype(int).tolist()
    assert table["outcome_revenue"].tolist() == pytest.approx(expected.fillna(0).tolist())


# errors
def test_the_check_notes_what_is_left_out(real_data: Path) -> None:
    problems = transaction_problems(cemlab.load_study(STUDY))
    assert {problem.severity for problem in problems} == {"note"}
    text = "\n".join(map(str, problems))
    assert f"{FILE}, column 'CustomerID': found 135080 lines without a customer." in text
    assert (
        f"{FILE}, column 'Quantity': found 1336 lines with a negative quantity and no mark of a cancellation." in text
    )
    assert f"{FILE}: found 5268 lines equal to an earlier one in every column." in text
