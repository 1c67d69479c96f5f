"""Airport passengers of 2017: the score, weighted and not, from the loaded survey (truth: computed separately)."""

from __future__ import annotations

from pathlib import Path

import pytest

import cemlab

STUDY = Path(__file__).parent / "sfo"


# truth
def test_score_of_2017(real_data: Path) -> None:
    study = cemlab.load_study(STUDY)
    survey = cemlab.load_survey(study)
    year = survey[survey["wave"] == "2017"]
    plain = cemlab.summarize_nps(year["NETPRO"]).table.iloc[0]
    assert plain["n"] == 2746
    assert plain["estimate"] == pytest.approx(39.83976693372178, abs=1e-10)
    assert plain["std_error"] == pytest.approx(1.3341371334870167, abs=1e-10)
    weighted = cemlab.summarize_nps(year["NETPRO"], weights=year["weight"]).table.iloc[0]
    assert weighted["estimate"] == pytest.approx(40.39843551170742, abs=1e-10)
    assert weighted["design_effect"] > 1
    by_wave = cemlab.summarize_nps(survey["NETPRO"], by=survey["wave"]).table.set_index("group")
    assert by_wave.loc["2017", "estimate"] == pytest.approx(39.83976693372178, abs=1e-10)
    assert by_wave.loc["2015", "note"] == "No answer in this group."
