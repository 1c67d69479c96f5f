from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.languages import Words
from cemlab.measures.difference_reliability import (
    ALL_PAIRS,
    FEW_COMPLETE,
    ONE_PAIR,
    STILL,
    assess_difference_reliability,
    difference_reliability,
)
from cemlab.measures.reliability import cronbach_alpha

FEW = settings(max_examples=15, deadline=None)
BOOT = {"n_boot": 100}


def study(seed: int, n: int = 200, pairs: int = 4, shared: float = 0.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """True scores of P and E with correlation `shared` and unit variance; items add noise of unit variance."""
    rng = np.random.default_rng(seed)
    e = rng.normal(size=n)
    p = shared * e + np.sqrt(1 - shared**2) * rng.normal(size=n)
    answers, rows = {}, []
    for number in range(pairs):
        for role, true in (("expectation", e), ("perception", p)):
            answers[f"{role[0]}{number}"] = true + rng.normal(size=n)
            rows.append((f"{role[0]}{number}", f"a{number}", role, "care"))
    return pd.DataFrame(answers), pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"])


# truth
def test_formula_by_hand() -> None:
    # s_P = 2, s_E = 1, r = .5: (4 x .9 + 1 x .8 - 2) / (4 + 1 - 2) = 2.4 / 3
    assert difference_reliability(0.9, 0.8, 0.5, 2.0, 1.0) == pytest.approx(0.8)
    # equal spreads: ((r_PP + r_EE) / 2 - r_PE) / (1 - r_PE), the textbook form
    assert difference_reliability(0.85, 0.75, 0.4, 3.0, 3.0) == pytest.approx((0.8 - 0.4) / 0.6)


def test_parts_are_those_of_pandas_and_alpha() -> None:
    survey, codebook = study(1)
    survey.loc[0, "p1"] = np.nan
    row = assess_difference_reliability(survey, codebook, **BOOT).table.iloc[0]
    complete = survey.dropna()
    p, e = (complete[[f"{side}{k}" for k in range(4)]] for side in "pe")
    assert row["n"] == 199
    assert row["alpha_perception"] == pytest.approx(cronbach_alpha(p), abs=1e-10)
    assert row["alpha_expectation"] == pytest.approx(cronbach_alpha(e), abs=1e-10)
    assert row["r_sides"] == pytest.approx(p.mean(axis=1).corr(e.mean(axis=1)), abs=1e-10)
    assert row["sd_perception"] == pytest.approx(p.mean(axis=1).std(), abs=1e-10)
    parts = row[["alpha_perception", "alpha_expectation", "r_sides", "sd_perception", "sd_expectation"]]
    assert row["estimate"] == pytest.approx(difference_reliability(*parts), abs=1e-10)


def test_kiosk_is_below_both_alphas(real_data) -> None:
    from pathlib import Path

    import cemlab

    kiosk = cemlab.load_study(Path(__file__).parents[1] / "studies" / "kiosk")
    table = assess_difference_reliability(cemlab.load_survey(kiosk), kiosk.codebook, **BOOT).table
    row = table.iloc[-1]
    # methods.md section 1: alpha E .87882, P .90652
    assert [row["alpha_expectation"], row["alpha_perception"]] == pytest.approx([0.87882, 0.90652], abs=5e-6)
    assert row["estimate"] < row["alpha_expectation"]


# invariants
@FEW
@given(st.integers(0, 1000), st.floats(0.2, 5), st.floats(-3, 3))
def test_scale_does_not_matter(seed, factor, constant) -> None:
    survey, codebook = study(seed, 40)
    first = assess_difference_reliability(survey, codebook, **BOOT).table
    second = assess_difference_reliability(survey * factor + constant, codebook, **BOOT).table
    shown = ["estimate", "conf_low", "conf_high", "r_sides"]
    np.testing.assert_allclose(first[shown], second[shown], atol=1e-7)


def test_rows_columns_and_sentences() -> None:
    survey, codebook = study(2)
    result = assess_difference_reliability(survey, codebook, **BOOT)
    assert result.table["dimension"].tolist() == ["care", ALL_PAIRS]
    assert set(result.table) <= set(GLOSSARY)
    single = codebook[codebook["attribute"] == "a0"]
    assert assess_difference_reliability(survey, single, **BOOT).table["note"].tolist() == [ONE_PAIR] * 2
    assert assess_difference_reliability(survey.head(2), codebook).table["note"].tolist() == [FEW_COMPLETE] * 2
    still = survey.assign(**{f"e{k}": 5.0 for k in range(4)})
    assert assess_difference_reliability(still, codebook).table["note"].tolist() == [STILL] * 2
    for sentence in (ALL_PAIRS, ONE_PAIR, FEW_COMPLETE, STILL):
        assert Words("fa")(sentence) != sentence


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    result = assess_difference_reliability(*study(3), **BOOT)
    assert result.plot(words=Words(language)) is not None


# recovery: true r_D of the means = (1 + 1 - 2 x .5) / (1 + 1 - 2 x .5 + 2 / 4) = 2/3
def test_true_reliability_is_covered() -> None:
    hits, reps = 0, 80
    for seed in range(reps):
        row = assess_difference_reliability(*study(seed, 150), n_boot=300, seed=seed).table.iloc[0]
        hits += row["conf_low"] <= 2 / 3 <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_messages() -> None:
    with pytest.raises(DataError, match=r"found correlation 1\.2"):
        difference_reliability(0.8, 0.8, 1.2, 1, 1)
    survey, codebook = study(4)
    with pytest.raises(DataError, match="conf_level: found 0"):
        assess_difference_reliability(survey, codebook, conf_level=0)
