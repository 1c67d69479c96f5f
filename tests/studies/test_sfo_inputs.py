"""Three years of airport passengers load as one survey: headers that change, codes that are not answers."""

from __future__ import annotations

from pathlib import Path

import pytest

import cemlab

STUDY = Path(__file__).parent / "sfo"
CORE = ["Q7ART", "Q7FOOD", "Q7STORE", "Q7SIGN", "Q7WALKWAYS", "Q7SCREENS", "Q7WIFI"]


@pytest.fixture
def survey(real_data: Path):
    return cemlab.load_survey(cemlab.load_study(STUDY))


# truth: the project's checked numbers, computed elsewhere from the same files


def test_promoters_passives_detractors_of_2017(survey) -> None:
    ratings = survey.loc[survey["wave"] == "2017", "NETPRO"].dropna()
    counts = [(ratings >= 9).sum(), ratings.between(7, 8).sum(), (ratings <= 6).sum()]
    assert counts == [1436, 968, 342]
    assert len(ratings) == 2746
    assert survey.loc[survey["wave"] != "2017", "NETPRO"].isna().all()


def test_weighted_score_of_2017(survey) -> None:
    answered = survey[(survey["wave"] == "2017") & survey["NETPRO"].notna()]
    votes = (answered["NETPRO"] >= 9).astype(int) - (answered["NETPRO"] <= 6).astype(int)
    weighted = 100 * (votes * answered["weight"]).sum() / answered["weight"].sum()
    assert weighted == pytest.approx(40.39843551170742, abs=1e-9)


def test_complete_answers_of_2017(survey) -> None:
    year = survey[survey["wave"] == "2017"]
    assert year[[*CORE, "Q7ALL"]].notna().all(axis=1).sum() == 1548
    assert year["Q7ALL"].mean() == pytest.approx(4.064360119047619, abs=1e-12)


def test_rows_units_and_weights(survey) -> None:
    assert survey["wave"].value_counts().to_dict() == {"2016": 3087, "2015": 2958, "2017": 2831}
    assert sorted(survey["unit"].unique()) == list("ABCDEFG")
    assert survey.groupby("wave")["weight"].mean().to_numpy() == pytest.approx([1, 1, 1], abs=1e-6)
    assert survey["respondent"].notna().all()
    assert survey.attrs == {"n_excluded": 0, "n_invalid": 0}


def test_without_their_missing_codes_the_files_have_many_invalid_cells(real_data: Path, tmp_path: Path) -> None:
    """What the codes would do to the score if nobody had named them: 84 blanks (11) stop the load."""
    (tmp_path / "study.yml").write_text(
        "id: sfo\nsurvey: {file: '${CEMLAB_REAL_DATA}/sfo/sfo_2017.csv', constants: {wave: '2017'}}\n"
    )
    (tmp_path / "codebook.csv").write_text(
        "item,role,scale_min,scale_max\nNETPRO,recommend,0,10\nQ7ALL,satisfaction,1,5\n"
    )
    with pytest.raises(cemlab.DataError) as caught:
        cemlab.load_survey(cemlab.load_study(tmp_path))
    found = caught.value.table
    assert found["column"].value_counts().to_dict() == {"Q7ALL": 143, "NETPRO": 84}
    assert set(found.loc[found["column"] == "NETPRO", "problem"]) == {"found 11, expected 0 to 10."}
    assert set(found.loc[found["column"] == "Q7ALL", "problem"]) == {"found 'Blank', expected a number 1 to 5."}


def test_nothing_is_wrong_with_the_files(real_data: Path) -> None:
    problems = cemlab.check_study(STUDY)
    assert problems.loc[problems["severity"] != "note"].empty
