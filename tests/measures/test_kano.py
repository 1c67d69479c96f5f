from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab import load_study, load_survey
from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.kano import classify_kano
from cemlab.measures.kano_counts import NO_PAIR, ONLY_REVERSE, QUESTIONABLE, REVERSE

TESTS = Path(__file__).parents[1]
FEW = settings(max_examples=30, deadline=None)
PAIRS = {"M": (2, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}
CODEBOOK = pd.DataFrame({"item": ["f", "d"], "attribute": "speed", "role": ["kano_functional", "kano_dysfunctional"]})


def survey_of(**counts: int) -> pd.DataFrame:
    rows = [PAIRS[letter] for letter, count in counts.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["f", "d"], dtype=float)


# truth
def test_kiosk_29_attributes_of_a_separate_computation(real_data: Path) -> None:
    study = load_study(TESTS / "studies" / "kiosk")
    table = classify_kano(load_survey(study), study.codebook, n_boot=200).table
    truth = json.loads((TESTS / "reference" / "kiosk" / "kano.json").read_text(encoding="utf-8"))
    assert len(table) == len(truth) == 29
    for row in table.to_dict("records"):
        known = truth[str(int(row["attribute"].removeprefix("k")))]
        assert {letter: row[letter] for letter in "AOMIRQ"} == {letter: known[letter] for letter in "AOMIRQ"}
        assert row["n"] == known["n"]
        assert row["category"] == known["mode"]
        assert row["better"] == pytest.approx(known["better"], abs=1e-12)
        assert row["worse"] == pytest.approx(known["worse"], abs=1e-12)
        assert row["is_clear"] == known["fong_sig"]


def test_evaluation_table_of_berger_cell_by_cell() -> None:
    berger = {1: "QAAAO", 2: "RIIIM", 3: "RIIIM", 4: "RIIIM", 5: "RRRRQ"}
    for functional, row in berger.items():
        for dysfunctional, letter in enumerate(row, 1):
            survey = pd.DataFrame({"f": [float(functional)], "d": [float(dysfunctional)]})
            assert classify_kano(survey, CODEBOOK, n_boot=2).table["category"].item() == letter


def test_variant_calls_must_be_twice_questionable() -> None:
    survey = pd.DataFrame({"f": [2.0, 2.0, 1.0], "d": [2.0, 2.0, 5.0]})
    assert classify_kano(survey, CODEBOOK, n_boot=2).table["I"].item() == 2
    assert classify_kano(survey, CODEBOOK, table="variant", n_boot=2).table["Q"].item() == 2


def test_better_interval_is_wilson_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    found = classify_kano(survey_of(A=20, O=10, M=5, I=5, R=2, Q=1), CODEBOOK, n_boot=2).coefficients.set_index("term")
    ends = {"better": (30, 40), "total strength": (35, 43)}
    for term, (hits, n) in ends.items():
        row = found.loc[term]
        assert [row["conf_low"], row["conf_high"]] == pytest.approx(proportion_confint(hits, n, method="wilson"))
        assert row["n"] == n
    low, high = proportion_confint(15, 40, method="wilson")
    assert [found.loc["worse", "conf_low"], found.loc["worse", "conf_high"]] == pytest.approx([-high, -low])


def test_ties_go_to_must_be_then_one_dimensional_then_attractive() -> None:
    counts = {"M": 4, "O": 4, "A": 4, "I": 4}
    for letter in "MOAI":
        assert classify_kano(survey_of(**counts), CODEBOOK, n_boot=2).table["category"].item() == letter
        del counts[letter]


# invariants
@FEW
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40), st.floats(0.1, 50))
def test_counts_add_up_and_constant_weights_change_nothing(pairs, weight) -> None:
    survey = pd.DataFrame(pairs, columns=["f", "d"], dtype=float)
    plain = classify_kano(survey, CODEBOOK, n_boot=20)
    weighted = classify_kano(survey, CODEBOOK, weights=np.full(len(survey), weight), n_boot=20)
    row = plain.table.iloc[0]
    assert row[list("AOMIRQ")].sum() == row["n"] == len(pairs)
    assert row["category"] == weighted.table["category"].item()
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    left, right = (result.coefficients[columns].to_numpy(float) for result in (plain, weighted))
    np.testing.assert_allclose(left, right, atol=1e-9)
    shares = plain.coefficients[plain.coefficients["term"].isin(["better", "total strength"])][columns]
    assert ((shares.isna()) | ((shares >= 0) & (shares <= 1))).all(axis=None)


def test_halves_are_counted_and_do_not_count() -> None:
    survey = survey_of(A=3, M=2)
    survey.loc[5] = [1.0, np.nan]
    survey.loc[6] = [np.nan, np.nan]
    before = survey.copy()
    found = classify_kano(survey, CODEBOOK, n_boot=10)
    assert found.table[["n", "n_incomplete"]].values.tolist() == [[5, 1]]
    assert found.info["n_dropped"] == 2
    pd.testing.assert_frame_equal(survey, before)


def test_notes_of_what_to_bear_in_mind() -> None:
    assert classify_kano(survey_of(A=18, Q=2), CODEBOOK, n_boot=2).table["note"].item() == QUESTIONABLE
    reverse = classify_kano(survey_of(R=5), CODEBOOK, n_boot=2)
    assert reverse.table["note"].item() == REVERSE
    better = reverse.coefficients.set_index("term").loc["better"]
    assert np.isnan(better["estimate"])
    assert better["note"] == ONLY_REVERSE


def test_groups_weights_and_resamples() -> None:
    survey = pd.concat([survey_of(A=30, I=2), survey_of(M=9, O=8), pd.DataFrame({"f": [1.0], "d": [np.nan]})])
    survey = survey.reset_index(drop=True).assign(unit=["a"] * 32 + ["b"] * 17 + ["c"])
    found = classify_kano(survey, CODEBOOK, by="unit", n_boot=500)
    table = found.table.set_index("group")
    assert table["category"].tolist() == ["A", "M", None]
    assert table.loc["a", "mode_share"] == 1
    assert 0.4 < table.loc["b", "mode_share"] < 0.8
    assert table.loc["c", "note"] == NO_PAIR
    assert table.loc["b", "category"] == "M"
    heavy = np.where((survey["f"] == 1) & (survey["d"] == 5), 3.0, 1.0)
    assert (
        classify_kano(survey, CODEBOOK, by="unit", weights=heavy).table.set_index("group").loc["b", "category"] == "O"
    )
    pd.testing.assert_frame_equal(found.table, classify_kano(survey, CODEBOOK, by="unit", n_boot=500).table)
    assert set(found.table) | set(found.coefficients) <= set(GLOSSARY)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    found = classify_kano(survey_of(A=5, O=2, M=1), CODEBOOK, n_boot=2)
    ax = found.plot(words=Words(language), names={"speed": "Speed"})
    assert ax.get_xlim() == (-0.02, 1.02)
    assert "Speed" in ax.texts[0].get_text()


# recovery: 400 samples of 60, four Monte-Carlo standard errors
def test_better_and_worse_cover_at_their_level() -> None:
    rng = np.random.default_rng(3)
    letters, shares = list(PAIRS), np.array([0.15, 0.2, 0.5, 0.1, 0.03, 0.02])
    drawn = rng.choice(6, p=shares, size=400 * 60)
    survey = pd.DataFrame(np.array([PAIRS[letter] for letter in letters], dtype=float)[drawn], columns=["f", "d"])
    survey["sample"] = np.repeat(np.arange(400), 60)
    found = classify_kano(survey, CODEBOOK, by="sample", n_boot=2).coefficients
    for term, truth in (("better", 0.7 / 0.95), ("worse", -0.35 / 0.95)):
        part = found[found["term"] == term]
        covered = ((part["conf_low"] <= truth) & (truth <= part["conf_high"])).mean()
        assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


# errors
def test_messages() -> None:
    survey = survey_of(A=2)
    with pytest.raises(EstimationError, match="table: found 'berger', expected kano or variant"):
        classify_kano(survey, CODEBOOK, table="berger")
    with pytest.raises(EstimationError, match="no attribute with both roles"):
        classify_kano(survey, CODEBOOK.iloc[:1])
    with pytest.raises(DataError, match="found the answers 0, 6, expected the Kano codes 1"):
        classify_kano(pd.DataFrame({"f": [1.0, 6.0], "d": [0.0, 2.0]}), CODEBOOK)
    with pytest.raises(DataError, match="no respondent who answered both questions"):
        classify_kano(pd.DataFrame({"f": [1.0], "d": [np.nan]}), CODEBOOK)
    with pytest.raises(DataError, match="found no column for d"):
        classify_kano(survey[["f"]], CODEBOOK)
    with pytest.raises(DataError, match="conf_level: found 95"):
        classify_kano(survey, CODEBOOK, conf_level=95)
