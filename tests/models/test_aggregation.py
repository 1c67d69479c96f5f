"""Agreement, intraclass correlation and the aggregation gate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cemlab.errors import DataError, EstimationError
from cemlab.models.aggregation import ALL_SINGLE, NEGATIVE, NO_ITEMS, NO_SPREAD, NO_UNITS, aggregate_units
from cemlab.models.agreement import expected_variance, intraclass, r_wg, r_wg_j

REFERENCE = Path(__file__).parents[1] / "reference" / "multilevel"
TOY = {"a": [4, 4, 5, 3, 4], "b": [2, 5, 1, 4, 3]}


def _codebook(items: list[str], construct: str = "lead") -> pd.DataFrame:
    rows = pd.DataFrame({"item": items, "role": "agreement", "construct": construct})
    return rows.assign(scale_min=1.0, scale_max=5.0, asked_of="employees")


def _lq2002(real_data: Path) -> pd.DataFrame:
    data = pd.read_csv(real_data / "units" / "lq2002.csv")
    return data.rename(columns={"COMPID": "unit"})


# truth: methods.md section 15 (toy) and the R package multilevel (lq2002)
def test_toy_agreement() -> None:
    assert r_wg(TOY["a"], 5) == pytest.approx(0.75)
    assert r_wg(TOY["b"], 5) == 0
    assert r_wg(TOY["b"], 5, clip=False) == pytest.approx(-0.25)
    assert r_wg_j(0.5 / 2, 5) == pytest.approx(0.9375)


def test_toy_intraclass() -> None:
    result = intraclass(TOY["a"] + TOY["b"], list("aaaaabbbbb"))
    assert result.icc1 == pytest.approx(0.117647, abs=5e-7)
    assert result.icc2 == pytest.approx(0.4)
    reference = stats.f_oneway(TOY["a"], TOY["b"])
    assert (result.f_statistic, result.p_value) == pytest.approx((reference.statistic, reference.pvalue))


@pytest.mark.parametrize(
    ("name", "icc1", "icc2"),
    [("LEAD", 0.0879562, 0.8007544), ("TSIG", 0.0803840, 0.7846078), ("HOSTILE", 0.0540049, 0.7040592)],
)
def test_intraclass_of_49_companies(real_data: Path, name: str, icc1: float, icc2: float) -> None:
    data = _lq2002(real_data)
    result = intraclass(data[name], data["unit"])
    assert (result.icc1, result.icc2) == pytest.approx((icc1, icc2), abs=5e-7)  # printed digits
    assert (result.n, result.n_units) == (2042, 49)
    if name == "LEAD":
        assert result.f_statistic == pytest.approx(5.018931, abs=5e-6)


def test_agreement_of_49_companies(real_data: Path) -> None:
    data = _lq2002(real_data)
    single = pd.read_csv(REFERENCE / "lq2002_rwg_LEAD.csv").set_index("grpid")["rwg"]
    ours = data.groupby("unit")["LEAD"].apply(lambda part: r_wg(part, 5))
    assert ours.loc[single.index].to_numpy() == pytest.approx(single.to_numpy(), abs=1e-10)
    items = [f"LEAD{i:02d}" for i in range(1, 12)]
    multi = pd.read_csv(REFERENCE / "lq2002_rwgj.csv").set_index("grpid")["rwg.j"]
    variances = data.groupby("unit")[items].var().mean(axis=1)
    assert r_wg_j(variances.loc[multi.index].to_numpy() / 2, 11) == pytest.approx(multi.to_numpy(), abs=1e-10)
    row = aggregate_units(data[["unit", *items]], _codebook(items)).table.iloc[0]
    assert row["r_wg"] == pytest.approx(0.8678, abs=5e-5)
    assert row["r_wg_median"] == pytest.approx(multi.median(), abs=1e-10)
    assert row["verdict_gate"] == "backed"


@pytest.mark.parametrize(
    ("null", "shares"),
    [
        ("slight_skew", [0.05, 0.15, 0.20, 0.35, 0.25]),
        ("moderate_skew", [0, 0.10, 0.15, 0.40, 0.35]),
        ("heavy_skew", [0, 0, 0.10, 0.40, 0.50]),
        ("uniform", [0.2] * 5),
    ],
)
def test_nulls_have_the_variance_of_their_distributions(null: str, shares: list[float]) -> None:
    points = np.arange(1, 6)
    variance = np.dot(shares, points**2) - np.dot(shares, points) ** 2
    assert expected_variance(5, null) == pytest.approx(variance)  # type: ignore[arg-type]


# invariants
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 10))
def test_icc_has_no_unit_and_no_order(seed: int, shift: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    units = rng.integers(0, 6, 50)
    values = rng.normal(size=50) + 0.4 * units
    order = rng.permutation(50)
    first = intraclass(values, units)
    second = intraclass(shift + scale * values[order], units[order])
    assert np.allclose(first[:7], second[:7], rtol=1e-6)
    assert first.icc1 <= 1
    assert first.conf_low <= first.icc1 <= first.conf_high


def test_both_conventions_for_k_agree_on_equal_units() -> None:
    values, units = np.random.default_rng(1).normal(size=30), np.repeat(np.arange(6), 5)
    assert np.allclose(intraclass(values, units)[:7], intraclass(values, units, k="k0")[:7])


def test_k0_of_unequal_units() -> None:
    units = np.repeat([0, 1, 2], [2, 3, 5])
    result = intraclass(np.random.default_rng(2).normal(size=10), units, k="k0")
    assert result.k == pytest.approx((10 - 38 / 10) / 2)


def test_units_of_two_organizations_are_not_merged_and_input_is_unchanged() -> None:
    answers = pd.DataFrame({"organization": list("xxyy"), "unit": ["1", "1", "1", "1"], "score": [1.0, 2, 4, 5]})
    before = answers.copy()
    result = aggregate_units(answers)
    assert result.table["n_units"].item() == 2
    assert result.units[["organization", "score", "n"]].to_numpy().tolist() == [["x", 1.5, 2], ["y", 4.5, 2]]
    pd.testing.assert_frame_equal(answers, before)


def test_unit_means_honour_weights_and_missing_answers() -> None:
    answers = pd.DataFrame({"unit": list("aaab"), "weight": [1.0, 3, 1, 1], "score": [1.0, 5, np.nan, 2]})
    assert aggregate_units(answers).units["score"].tolist() == pytest.approx([4.0, 2.0])
    assert aggregate_units(answers).units["n"].tolist() == [3, 1]


# recovery
def test_interval_of_icc1_covers() -> None:
    rng, reps, truth = np.random.default_rng(5), 300, 0.2
    units = np.repeat(np.arange(25), 8)
    hits = 0
    for _ in range(reps):
        values = np.sqrt(truth) * rng.normal(size=25)[units] + np.sqrt(1 - truth) * rng.normal(size=200)
        result = intraclass(values, units)
        hits += result.conf_low <= truth <= result.conf_high
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors, and what is not estimable
@pytest.mark.parametrize(
    ("units", "scores", "note"),
    [
        ("aaaa", [1.0, 2, 3, 4], NO_UNITS),
        ("abcd", [1.0, 2, 3, 4], ALL_SINGLE),
        ("aabb", [3.0, 3, 3, 3], NO_SPREAD),
        ("aabb", [1.0, 5, 1, 5], f"{NEGATIVE} {NO_ITEMS}"),
    ],
)
def test_note_says_what_is_wrong(units: str, scores: list[float], note: str) -> None:
    row = aggregate_units(pd.DataFrame({"unit": list(units), "score": scores})).table.iloc[0]
    assert row["note"] == note
    assert (row["icc1"] < 0) if note.startswith(NEGATIVE) else np.isnan(row["icc1"])
    assert row["verdict_gate"] == ("not backed" if note.startswith(NEGATIVE) else "not estimable")


def test_one_answer_has_no_agreement() -> None:
    assert np.isnan(r_wg([4.0, np.nan], 5))


def test_missing_unit_column_is_named() -> None:
    with pytest.raises(DataError, match="found no column 'branch', expected one that says whose unit"):
        aggregate_units(pd.DataFrame({"score": [1.0]}), unit="branch")


def test_skewed_null_for_other_than_five_options_is_refused() -> None:
    with pytest.raises(EstimationError, match=r"null 'slight_skew' with 7 options.*Use null='uniform'"):
        expected_variance(7, "slight_skew")
