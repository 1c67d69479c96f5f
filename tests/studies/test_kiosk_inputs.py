"""The kiosk study loads as methods' reference numbers need it: 207 people, 24 pairs, 29 Kano pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cemlab

STUDY = Path(__file__).parent / "kiosk"
ATTRIBUTES = [f"q{number:02d}" for number in range(1, 25)]


@pytest.fixture
def survey(real_data: Path):
    return cemlab.load_survey(cemlab.load_study(STUDY))


# truth: the gaps that stand, computed elsewhere from the same file


def test_gaps_by_hand(survey) -> None:
    gaps = np.array([survey[f"{name}_p"] - survey[f"{name}_e"] for name in ATTRIBUTES])
    assert gaps.shape == (24, 207)
    assert gaps.mean() == pytest.approx(-1.1020531400966183, abs=1e-12)
    item = dict(zip(ATTRIBUTES, gaps.mean(axis=1), strict=True))
    assert item["q01"] == pytest.approx(-0.5458937198067633, abs=1e-12)
    assert item["q05"] == pytest.approx(0.00966183574879227, abs=1e-12)
    assert item["q23"] == pytest.approx(-1.9806763285024154, abs=1e-12)
    # 8 and 9 are exchanged in the file
    assert item["q08"] == pytest.approx(-1.0628019323671498, abs=1e-12)
    assert item["q09"] == pytest.approx(-0.7294685990338164, abs=1e-12)


def test_importance_and_satisfaction_by_hand(survey) -> None:
    assert survey["q01_i"].mean() == pytest.approx(6.613526570048309, abs=1e-12)
    assert survey["q24_s"].mean() == pytest.approx(4.478260869565218, abs=1e-12)


def test_kano_labels_by_hand(survey) -> None:
    """Counts of pairs 1 and 2 by the usual evaluation table (Kano et al. 1984)."""
    functional, dysfunctional = survey["k02_f"], survey["k02_d"]
    assert ((functional == 1) & (dysfunctional == 5)).sum() == 62  # one-dimensional
    assert (functional.isin([2, 3, 4]) & (dysfunctional == 5)).sum() == 117  # must-be
    assert ((survey["k01_f"] == 1) & survey["k01_d"].isin([2, 3, 4])).sum() == 43  # attractive


def test_the_four_who_never_used_one_are_left_out_and_counted(survey) -> None:
    assert survey.attrs == {"n_excluded": 4, "n_invalid": 0}
    rated = survey.select_dtypes("float").drop(columns="weight")
    assert rated.shape == (207, 158)
    assert rated.notna().all().all()


def test_nothing_is_wrong_with_the_file(real_data: Path) -> None:
    problems = cemlab.check_study(STUDY)
    assert problems.loc[problems["severity"] != "note"].empty
