"""The kiosk survey reproduces the gaps and reliabilities of a separate computation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cemlab

STUDY = Path(__file__).parent / "kiosk"
TRUTH = json.loads((Path(__file__).parents[1] / "reference/kiosk/gaps.json").read_text())


# truth
def test_every_item_and_the_overall_gap(real_data: Path) -> None:
    study = cemlab.load_study(STUDY)
    result = cemlab.score_gaps(cemlab.load_survey(study), study.codebook)
    table = result.table.set_index("attribute")
    assert len(table) == 24
    for number, truth in TRUTH["items"].items():
        row = table.loc[f"q{int(number):02d}"]
        found = row[["expectation", "perception", "estimate", "sd", "statistic", "effect_size"]].tolist()
        assert found == pytest.approx([truth[key] for key in ("E", "P", "gap", "sd", "t", "d")], abs=1e-10)
        assert row["n"] == TRUTH["n"]
    overall = result.overall.set_index("term").loc["mean of items"]
    assert overall["estimate"] == pytest.approx(TRUTH["overall"], abs=1e-12)
    assert overall["statistic"] == pytest.approx(TRUTH["t"], abs=1e-9)
    assert overall["df"] == 206


def test_the_three_alphas(real_data: Path) -> None:
    study = cemlab.load_study(STUDY)
    table = cemlab.assess_reliability(cemlab.load_survey(study), study.codebook).table
    alpha = table[(table["construct"] == "kiosk_quality") & (table["coefficient"] == "alpha")].set_index("role")
    for role, key in (("expectation", "E"), ("perception", "P"), ("gap", "gap")):
        assert alpha.loc[role, "estimate"] == pytest.approx(TRUTH["alpha"][key], abs=1e-12)
        assert alpha.loc[role, "n"] == 207
