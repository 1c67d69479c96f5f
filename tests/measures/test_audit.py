"""Audit of published gap tables: finds the wrong t of PMC6131925 and nothing wrong in the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.languages import Words
from cemlab.measures import audit, audit_checks
from cemlab.measures.audit import NOTHING, OVERALL, ROUNDING, SAME_T, T_IS_ODD, audit_gap_table
from cemlab.measures.audit_checks import CENTRE, CORRELATION, DIFFERENCE, MEAN, P_VALUE, SIGN, SPREAD, T_INTERVAL, WHOLE
from cemlab.measures.printed import read_printed

PMC = Path(__file__).parents[1] / "reference/published_gaps/pmc6131925_table2.csv"
FEW = settings(max_examples=40, deadline=None)


def one(**cells: object) -> pd.DataFrame:
    return pd.DataFrame({name: [value] for name, value in cells.items()})


def pmc(*, as_text: bool = True) -> pd.DataFrame:
    return pd.read_csv(PMC, dtype=str if as_text else None)


# truth
@pytest.mark.parametrize("as_text", [True, False])
def test_pmc6131925_has_one_wrong_t(as_text) -> None:
    result = audit_gap_table(pmc(as_text=as_text), scale=(1, 5))
    table = result.table.set_index("dimension")
    assert table["problem"].isna().to_dict() == {
        "Tangible": True,
        "Reliability": True,
        "Responsiveness": True,
        "Assurance": False,
        "Empathy": True,
    }
    assurance = table.loc["Assurance"]
    assert assurance["problem"] == T_INTERVAL
    assert [assurance["t_low"], assurance["implied_t"], assurance["t_high"]] == pytest.approx(
        [6.26, 7.08, 8.08], abs=5e-3
    )
    assert assurance["note"] == f"{T_IS_ODD} {SAME_T}"
    assert table["implied_r"].round(2).tolist() == [0.40, 0.41, 0.41, -0.17, 0.35]
    assert table["unlikely"].notna().tolist() == [False, False, False, True, False]
    assert result.info["n_problems"] == 1


def test_chimborazo_n_320_is_rounding_not_an_error() -> None:
    printed = one(n=320, E_mean="4.34", E_sd=".63", P_mean="3.56", P_sd=".68", gap="-.77", gap_sd=".77")
    row = audit_gap_table(printed, scale=(1, 5)).table.iloc[0]
    assert np.isnan(row["problem"])
    assert row["note"] == ROUNDING
    assert row["implied_r"] == pytest.approx(0.311, abs=5e-4)
    assert row["implied_t"] == pytest.approx(17.889, abs=5e-4)
    exact = audit_gap_table(printed.assign(t="-17.889", p="<0.001")).table.iloc[0]
    assert np.isnan(exact["problem"])


IRANIAN = {
    "Tabriz n 85": one(n=85, E_mean="3.78", E_sd=".73", P_mean="3.02", P_sd=".58", gap="-.76"),
    "Neyshabur n 197": pd.DataFrame(
        {"dimension": ["overall", "tangible", "reliability"], "n": 197, "gap": ["-1.31", "-1.62", "-1.02"]}
    ),
    "Ahvaz rehabilitation n 255": one(n=255, E_mean="3.73", E_sd=".3", P_mean="3.56", P_sd=".5"),
    "Khuzestan": pd.DataFrame({"dimension": ["responsiveness", "empathy"], "gap": ["-.99", "-1.22"]}),
}


@pytest.mark.parametrize("study", IRANIAN)
def test_iranian_studies_have_no_problem(study) -> None:
    table = audit_gap_table(IRANIAN[study], scale=(1, 5)).table
    assert table["problem"].isna().all()
    if "E_mean" not in IRANIAN[study]:
        assert (table["note"] == NOTHING).all()


def test_ahvaz_golestan_totals_have_no_problem() -> None:
    printed = one(n=200, E_mean="99.55", E_sd="5.06", P_mean="92.85", P_sd="5.5")
    assert audit_gap_table(printed, scale=(22, 110)).table["problem"].isna().all()


def test_neyshabur_total_may_be_the_mean_of_its_parts_and_the_meta_analysis_total_may_not() -> None:
    assert audit_gap_table(IRANIAN["Neyshabur n 197"], overall="overall").table["problem"].isna().all()
    printed = pd.DataFrame({"dimension": ["overall", "lowest", "highest"], "gap": ["-1.64", "-1.22", "-1.03"]})
    assert audit_gap_table(printed, overall="overall").table["problem"].iloc[0] == OVERALL


def test_libqual_2002_rows_reproduce_within_rounding() -> None:
    printed = pd.DataFrame(
        {
            "item": ["AS-3, 17 libraries", "AS-7, 17 libraries"],
            "M_mean": ["6.23", "6.60"],
            "D_mean": ["7.93", "8.06"],
            "P_mean": ["6.99", "7.28"],
            "MSA": [".76", ".69"],
            "MSS": ["-.94", "-.78"],
        }
    )
    result = audit_gap_table(printed, scale=(1, 9))
    assert result.table["problem"].isna().all()
    assert result.table["note"].tolist() == ["", ROUNDING]
    assert result.checks["holds"].isin(["yes", "by rounding"]).all()
    below = one(M_mean="6.99", P_mean="6.96", MSA="-.02")  # library F, AS-3: -.02 printed, -.03 from rounded means
    assert audit_gap_table(below).table["problem"].isna().all()


def test_printed_digits_are_read_from_text_and_from_columns() -> None:
    text = read_printed(pd.Series(["4.50", "−.3", "۴٫۵", "< .001", "3,7", "12**", None, "–"]))
    assert [p and (round(p.low, 4), round(p.high, 4)) for p in text] == [
        (4.495, 4.505),
        (-0.35, -0.25),
        (4.45, 4.55),
        (-np.inf, 0.001),
        (3.65, 3.75),
        (11.5, 12.5),
        None,
        None,
    ]
    numbers = read_printed(pd.Series([4.5, 4.44]))
    assert [round(p.low, 4) for p in numbers if p] == [4.495, 4.435]


# invariants: what is computed from data and rounded is never a problem
@FEW
@given(st.integers(0, 100_000), st.integers(8, 400), st.integers(1, 3), st.booleans())
def test_a_truthful_table_passes(seed, n, digits, turned) -> None:
    rng = np.random.default_rng(seed)
    e = rng.integers(1, 6, n).astype(float)
    p = np.clip(e + rng.integers(-3, 3, n), 1, 5)
    if np.ptp(p - e) == 0 or np.ptp(e) == 0 or np.ptp(p) == 0:
        return
    gap = e - p if turned else p - e
    test = stats.ttest_1samp(gap, 0)
    ends = test.confidence_interval(0.95)
    form = f".{digits}f"
    printed = one(
        n=n, E_mean=format(e.mean(), form), E_sd=format(e.std(ddof=1), form), P_mean=format(p.mean(), form),
        P_sd=format(p.std(ddof=1), form), gap=format(gap.mean(), form), gap_sd=format(gap.std(ddof=1), form),
        ci_low=format(ends.low, form), ci_high=format(ends.high, form), t=format(test.statistic, ".2f"),
        p=format(test.pvalue, ".3f"),
    )  # fmt: skip
    result = audit_gap_table(printed, scale=(1, 5), single_items=True)
    assert result.table["problem"].isna().all(), result.checks[result.checks["holds"] == "no"]


def test_columns_and_sentences() -> None:
    result = audit_gap_table(pmc())
    assert set(result.table) | set(result.checks) <= set(GLOSSARY)
    sentences = [
        value
        for module in (audit, audit_checks)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and value.endswith(".")
    ]
    assert len(sentences) > 15
    assert [s for s in sentences if Words("fa")(s) == s] == []
    for language in ("en", "fa"):
        assert result.plot(words=Words(language)) is not None


# recovery: planted errors are found
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"gap": "-.50"}, DIFFERENCE),
        ({"ci_low": "-.40", "ci_high": "-.20"}, CENTRE),
        ({"t": "-2.10"}, T_INTERVAL),
        ({"p": ".210"}, P_VALUE),
        ({"E_mean": "6.20", "gap": "-2.01", "ci_low": "-2.06", "ci_high": "-1.96", "t": "-73.2"}, MEAN),
        ({"P_sd": "2.40"}, SPREAD),
        ({"gap_sd": "1.40"}, CORRELATION),
    ],
)
def test_planted_errors(change, problem) -> None:
    row = {"n": 386, "E_mean": "4.44", "E_sd": ".44", "P_mean": "4.19", "P_sd": ".53", "gap": "-.25", "ci_low": "-.30",
           "ci_high": "-.19", "t": "-9.14", "p": "<.001"}  # fmt: skip
    assert audit_gap_table(one(**row), scale=(1, 5)).table["problem"].isna().all()
    found = audit_gap_table(one(**(row | change)), scale=(1, 5)).checks
    assert problem in found.loc[found["holds"] == "no", "note"].tolist()


def test_sign_of_one_row_and_of_a_whole_table() -> None:
    turned = pmc().assign(gap=lambda t: t["gap"].str.removeprefix("-")).drop(columns=["ci_low", "ci_high", "t"])
    result = audit_gap_table(turned)
    assert result.info["sign"] == "expectation - perception"
    assert result.table["problem"].isna().all()
    assert (result.table["estimate"] < 0).all()
    mixed = turned.assign(gap=["-0.25", *turned["gap"][1:]])
    assert audit_gap_table(mixed).table["problem"].tolist()[0] == SIGN


def test_whole_answers_of_19_people_cannot_have_the_mean_3_44() -> None:
    printed = one(n=19, P_mean="3.44")
    assert audit_gap_table(printed, single_items=True).table["problem"].item() == WHOLE
    assert audit_gap_table(one(n=18, P_mean="3.44"), single_items=True).table["problem"].isna().all()
    assert audit_gap_table(printed).table["problem"].isna().all()


# errors
def test_messages() -> None:
    with pytest.raises(DataError, match=r"found mean_E, expected columns among n, df, E_mean"):
        audit_gap_table(one(mean_E="3"))
    with pytest.raises(DataError, match="found no column of numbers"):
        audit_gap_table(one(dimension="x"))
    with pytest.raises(DataError, match=r"found '3\.4\(\.5\)' in column 'E_mean'"):
        audit_gap_table(one(E_mean="3.4(.5)"))
    with pytest.raises(DataError, match="found no row 'sum'"):
        audit_gap_table(pmc(), overall="sum")
