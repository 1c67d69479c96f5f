from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures import coefficients
from cemlab.measures.coefficients import feldt_interval
from cemlab.measures.one_factor import fit_omega
from cemlab.measures.reliability import assess_reliability, cronbach_alpha, omega_total

FEW = settings(max_examples=30, deadline=None)
PSYCH = json.loads((Path(__file__).parents[1] / "reference/psych/mobi/alpha_omega.json").read_text())
SCALES = {
    "PERQ1_PERQ7": [f"PERQ{i}" for i in range(1, 8)],
    "IMAG1_IMAG5": [f"IMAG{i}" for i in range(1, 6)],
    "CUSA1_CUSA3": ["CUSA1", "CUSA2", "CUSA3"],
    "CUSL1_CUSL3": ["CUSL1", "CUSL2", "CUSL3"],
    "CUEX1_CUEX3": ["CUEX1", "CUEX2", "CUEX3"],
}


def one_factor(n: int, loadings: list[float], rng: np.random.Generator) -> np.ndarray:
    lam = np.array(loadings)
    return rng.normal(size=(n, 1)) * lam + rng.normal(size=(n, len(lam))) * np.sqrt(1 - lam**2)


def exact(covariance: np.ndarray, n: int = 50) -> np.ndarray:
    """Data whose sample covariance matrix is exactly the given one."""
    raw = np.random.default_rng(1).normal(size=(n, len(covariance)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return white @ np.linalg.cholesky(covariance).T


# truth: closed form, then R's psych 2.2.9
def test_alpha_of_equal_correlations_is_spearman_brown() -> None:
    k, r = 4, 0.3
    data = exact(np.full((k, k), r) + (1 - r) * np.eye(k))
    assert cronbach_alpha(data) == pytest.approx(k * r / (1 + (k - 1) * r), abs=1e-12)


def test_omega_of_an_exact_one_factor_matrix() -> None:
    lam = np.array([0.8, 0.7, 0.6, 0.5])
    r = np.outer(lam, lam)
    np.fill_diagonal(r, 1)
    truth = lam.sum() ** 2 / r.sum()
    assert omega_total(exact(r), standardized=True) == pytest.approx(truth, abs=1e-8)
    sds = np.array([1.0, 2.0, 0.5, 3.0])
    raw = (sds @ lam) ** 2 / (sds @ r @ sds)
    assert omega_total(exact(r * np.outer(sds, sds))) == pytest.approx(raw, abs=1e-8)


@pytest.mark.parametrize("name", SCALES)
def test_alpha_interval_and_items_are_those_of_psych(real_data: Path, name: str) -> None:
    items = pd.read_csv(real_data / "ecsi_mobile" / "mobi.csv")[SCALES[name]]
    codebook = pd.DataFrame({"item": SCALES[name], "role": "agreement", "construct": "x"})
    result, expected = assess_reliability(items, codebook), PSYCH[name]
    row = result.table.iloc[0]
    assert row["estimate"] == pytest.approx(expected["raw_alpha"], abs=1e-10)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(expected["feldt"], abs=1e-10)
    assert result.items["item_rest"].tolist() == pytest.approx(expected["item_rest"], abs=1e-10)
    assert result.items["alpha_without"].tolist() == pytest.approx(expected["alpha_without"], abs=1e-10)


def test_omega_is_that_of_psych(real_data: Path) -> None:
    """Iterative in both programs: 1e-6."""
    items = pd.read_csv(real_data / "ecsi_mobile" / "mobi.csv")[SCALES["PERQ1_PERQ7"]]
    assert omega_total(items, standardized=True) == pytest.approx(PSYCH["PERQ_omega_total_standardized"], abs=1e-6)


@pytest.mark.parametrize("standardized", [True, False])
def test_error_of_omega_is_near_the_jackknife(standardized) -> None:
    data = one_factor(300, [0.8, 0.7, 0.6, 0.5], np.random.default_rng(4))
    found = fit_omega(data, standardized=standardized)
    left_out = np.array([fit_omega(np.delete(data, i, 0), standardized=standardized).estimate for i in range(300)])
    jackknife = np.sqrt(299 / 300 * ((left_out - left_out.mean()) ** 2).sum())
    assert found.std_error == pytest.approx(jackknife, rel=0.05)


# invariants
@FEW
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-5, 5))
def test_scale_shift_and_order_leave_both_coefficients(seed, factor, shift) -> None:
    data = one_factor(60, [0.8, 0.7, 0.6, 0.6], np.random.default_rng(seed))
    moved = (data * factor + shift)[::-1, ::-1]
    assert cronbach_alpha(moved) == pytest.approx(cronbach_alpha(data), abs=1e-9)
    assert omega_total(moved) == pytest.approx(omega_total(data), abs=1e-6, nan_ok=True)


def test_rows_with_missing_answers_are_left_out_before_n_is_read() -> None:
    data = one_factor(80, [0.7] * 4, np.random.default_rng(9))
    holes = data.copy()
    holes[::8, 0] = np.nan
    survey = pd.DataFrame(holes, columns=list("abcd"))
    row = assess_reliability(survey, pd.DataFrame({"item": list("abcd"), "role": "agreement", "construct": "x"})).table
    complete = holes[~np.isnan(holes).any(axis=1)]
    assert row["n"].tolist() == [70, 70]
    assert row["estimate"][0] == pytest.approx(cronbach_alpha(complete))
    assert [row["conf_low"][0], row["conf_high"][0]] == pytest.approx(feldt_interval(row["estimate"][0], 70, 4))


def test_roles_and_differences_have_rows_of_their_own() -> None:
    rng = np.random.default_rng(3)
    names = [f"{side}{i}" for side in "ep" for i in range(3)]
    survey = pd.DataFrame(rng.integers(1, 8, (40, 6)).astype(float), columns=names)
    codebook = pd.DataFrame(
        {
            "item": names,
            "attribute": [f"a{i}" for i in range(3)] * 2,
            "role": ["expectation"] * 3 + ["perception"] * 3,
            "construct": "care",
        }
    )
    result = assess_reliability(survey, codebook)
    assert result.table["role"].tolist() == ["expectation"] * 2 + ["perception"] * 2 + ["gap"] * 2
    gap = survey[names[3:]].to_numpy() - survey[names[:3]].to_numpy()
    assert result.table["estimate"][4] == pytest.approx(cronbach_alpha(gap))
    assert set(result.table) | set(result.items) <= set(GLOSSARY)
    assert result.items.loc[result.items["role"] == "gap", "item"].tolist() == ["a0", "a1", "a2"]
    assert result.plot(words=Words("fa")) is not None


@pytest.mark.parametrize(
    ("answers", "notes"),
    [
        ([[1], [2], [3]], [coefficients.SINGLE] * 2),
        ([[1, 2, 3], [1, np.nan, 3]], [coefficients.FEW] * 2),
        ([[1, 2, 3], [1, 3, 4], [1, 5, 4]], [coefficients.CONSTANT] * 2),
        ([[1, 2], [2, 4], [3, 5]], ["", coefficients.TWO_ITEMS]),
    ],
)
def test_what_cannot_be_computed_is_nan_with_the_reason(answers, notes) -> None:
    survey = pd.DataFrame(answers, dtype=float).rename(columns=str)
    codebook = pd.DataFrame({"item": list(survey.columns), "role": "agreement", "construct": "x"})
    table = assess_reliability(survey, codebook).table
    assert table["note"].tolist() == notes
    assert table["estimate"].isna().tolist() == [note != "" for note in notes]
    assert all(Words("fa")(note) != note for note in notes if note)


def test_a_single_item_is_never_one() -> None:
    assert np.isnan(cronbach_alpha([[1], [2], [3]]))
    assert np.isnan(omega_total([[1], [2], [3]]))


def test_items_against_each_other_are_negative_with_a_note() -> None:
    survey = pd.DataFrame(exact(np.array([[1, -0.4], [-0.4, 1]])), columns=["a", "b"])
    row = assess_reliability(survey, pd.DataFrame({"item": ["a", "b"], "role": "agreement", "construct": "x"})).table
    assert row["estimate"][0] == pytest.approx(2 * (1 - 2 / 1.2), abs=1e-10)
    assert row["note"][0] == coefficients.NEGATIVE


# recovery: 300 samples, tolerance four Monte-Carlo standard errors
def test_intervals_cover_at_their_level() -> None:
    rng = np.random.default_rng(20240611)
    lam = np.full(5, 0.7)  # parallel items: alpha and omega have the same truth
    truth = lam.sum() ** 2 / (lam.sum() ** 2 + (1 - lam**2).sum())
    codebook = pd.DataFrame({"item": list("abcde"), "role": "agreement", "construct": "x"})
    hits, reps = np.zeros(2), 300
    for _ in range(reps):
        survey = pd.DataFrame(one_factor(150, list(lam), rng), columns=list("abcde"))
        table = assess_reliability(survey, codebook).table
        hits += ((table["conf_low"] <= truth) & (truth <= table["conf_high"])).to_numpy()
    assert (np.abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)).all(), hits


# errors
def test_messages() -> None:
    with pytest.raises(DataError, match="items: found text"):
        cronbach_alpha(pd.DataFrame({"a": ["x", "y"], "b": ["1", "z"]}))
    with pytest.raises(DataError, match=r"codebook: found no column \['construct'\]"):
        assess_reliability(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"item": ["a"], "role": ["agreement"]}))
    with pytest.raises(EstimationError, match="found no rated item of a construct in the survey"):
        assess_reliability(
            pd.DataFrame({"a": [1.0]}), pd.DataFrame({"item": ["b"], "role": ["agreement"], "construct": ["x"]})
        )
