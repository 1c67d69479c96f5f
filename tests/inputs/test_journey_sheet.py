"""The journey sheet: what it gives, what it says is wrong, and that a slice holds nothing of the others."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import DataError, StudyError
from cemlab.inputs.check import check_study
from cemlab.inputs.journey import JOURNEY_COLUMNS, journey_names, load_journey
from cemlab.inputs.slices import slice_study
from cemlab.inputs.study import Study, load_study

CODEBOOK = """item,attribute,role,scale_min,scale_max,stage,channel
e1,quick,expectation,1,5,buy,shop
p1,quick,perception,1,5,buy,shop
p2,clear,perception,1,5,buy,web
p3,kind,perception,1,5,after,shop
"""
SHEET = """stage,stage_order,channel,owner,action,intended,stage_title_en,stage_title_fa,secret
after,۲,shop,Care,call back,۴٫۵,After the sale,پس از خرید,x
buy,1,shop,Sales,shorten the queue,5,Purchase,خرید,y
buy,,web,,,,,,z
"""


def study_with(folder: Path, sheet: str = SHEET, described: str = "journey.csv", extra: str = "") -> Study:
    folder.mkdir(exist_ok=True)
    (folder / "study.yml").write_text(f"id: demo\njourney: {described}\n{extra}", encoding="utf-8")
    (folder / "codebook.csv").write_text(CODEBOOK, encoding="utf-8")
    (folder / "journey.csv").write_text(sheet, encoding="utf-8")
    return load_study(folder)


def notes(study: Study) -> list[str]:
    table = check_study(study)
    found = table[table["file"] == "journey.csv"]
    return [f"{row.row}|{row.column}|{row.problem} {row.advice}|{row.severity}" for row in found.itertuples()]


# truth
def test_the_sheet_in_stage_order_with_persian_numbers(tmp_path: Path) -> None:
    sheet = load_journey(study_with(tmp_path / "s"))
    assert tuple(sheet.columns) == JOURNEY_COLUMNS
    assert sheet["stage"].tolist() == ["buy", "buy", "after"]
    assert sheet["stage_order"].tolist() == [1, 1, 2]
    assert sheet["intended"].tolist() == pytest.approx([5.0, float("nan"), 4.5], nan_ok=True)
    assert sheet["owner"].isna().tolist() == [False, True, False]
    assert journey_names(sheet, "fa") == {"buy": "خرید", "after": "پس از خرید"}
    assert journey_names(sheet, "en")["buy"] == "Purchase"


def test_own_headers_and_an_excel_sheet(tmp_path: Path) -> None:
    study_with(tmp_path / "s")
    frame = pd.DataFrame({"مرحله": ["buy"], "کانال": ["web"], "مسئول": ["فروش"], "intended": [4]})
    frame.to_excel(tmp_path / "s" / "journey.xlsx", sheet_name="map", index=False)
    columns = "{stage: مرحله, channel: کانال, owner: مسئول}"
    text = f"id: demo\njourney: {{file: journey.xlsx, sheet: map, columns: {columns}}}\n"
    (tmp_path / "s" / "study.yml").write_text(text, encoding="utf-8")
    row = load_journey(load_study(tmp_path / "s")).iloc[0]
    assert (row["stage"], row["channel"], row["owner"], row["intended"]) == ("buy", "web", "فروش", 4.0)


def test_stages_without_a_place_come_last_as_they_appear(tmp_path: Path) -> None:
    sheet = load_journey(study_with(tmp_path / "s", "stage,channel,stage_order\nc,w,\nb,w,\na,w,7\n"))
    assert sheet["stage"].tolist() == ["a", "c", "b"]
    assert sheet["stage_order"].tolist() == [1, 2, 3]


def test_an_organizations_own_row_goes_before_the_general_one(tmp_path: Path) -> None:
    text = "organization,stage,channel,owner\n,buy,shop,All\nx,buy,shop,X\n,buy,web,All\ny,after,shop,Y\n"
    study = study_with(tmp_path / "s", text)
    assert load_journey(study, "x")["owner"].tolist() == ["X", "All"]
    assert load_journey(study, "z")["owner"].tolist() == ["All", "All"]
    assert len(load_journey(study)) == 4


def test_a_slice_holds_the_sheet_without_the_rows_of_others(tmp_path: Path) -> None:
    text = "organization,stage,channel,owner,phone\n,buy,shop,All,1\nx,buy,shop,Xavier,2\ny,after,shop,Yasmin,3\n"
    survey = "survey: {file: a.csv, columns: {organization: org}}\norganizations: [x, y]\n"
    study = study_with(tmp_path / "s", text, extra=survey)
    (tmp_path / "s" / "a.csv").write_text("org,p1,e1\nx,4,5\ny,3,5\n", encoding="utf-8")
    part = slice_study(study, "x", tmp_path / "x")
    pd.testing.assert_frame_equal(load_journey(part), load_journey(study, "x"), check_dtype=False)
    written = pq.read_table(tmp_path / "x" / "journey.parquet")
    assert "phone" not in written.column_names
    assert "Yasmin" not in written.to_pandas().to_string()


def test_a_slice_of_an_organization_without_rows_has_no_sheet(tmp_path: Path) -> None:
    survey = "survey: {file: a.csv, columns: {organization: org}}\norganizations: [x, y]\n"
    study = study_with(tmp_path / "s", "organization,stage,channel\ny,buy,shop\n", extra=survey)
    (tmp_path / "s" / "a.csv").write_text("org,p1,e1\nx,4,5\ny,3,5\n", encoding="utf-8")
    assert slice_study(study, "x", tmp_path / "x").config.journey is None


# invariants
@settings(max_examples=15, deadline=None)
@given(orders=st.permutations(range(1, 6)))
def test_rows_follow_the_places_whatever_their_order(tmp_path_factory, orders: list[int]) -> None:
    lines = "".join(f"s{place},w,{place}\n" for place in orders)
    sheet = load_journey(study_with(tmp_path_factory.mktemp("s"), f"stage,channel,stage_order\n{lines}"))
    assert sheet["stage"].tolist() == ["s1", "s2", "s3", "s4", "s5"]


# errors
def test_no_sheet(tmp_path: Path) -> None:
    study = study_with(tmp_path / "s", described="")
    with pytest.raises(StudyError, match=r"names no journey sheet. Add the line `journey: journey.csv`"):
        load_journey(study)


def test_missing_columns_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 'channel': the sheet lacks this column.*did you mean 'chanel'"):
        load_journey(study_with(tmp_path / "s", "stage,chanel\nbuy,web\n"))
    study = study_with(tmp_path / "t", described="journy.csv")
    with pytest.raises(DataError, match=r"Did you mean 'journey.csv'"):
        load_journey(study)
    assert check_study(study)["severity"].tolist() == ["severe"]


def test_every_severe_problem_is_named_with_its_row(tmp_path: Path) -> None:
    text = "stage,channel,stage_order,intended\nbuy,shop,1,9\nbuy,shop,2,\n,web,3,\nafter,shop,x,high\n"
    with pytest.raises(DataError) as caught:
        load_journey(study_with(tmp_path / "s", text))
    said = [str(problem) for problem in caught.value.problems]
    assert [p.row for p in caught.value.problems] == [2, 3, 3, 4, 5, 5]
    assert "found 9, expected 1 to 5, the scale on which customers answer." in said[0]
    assert "the cell 'buy × shop' stands in an earlier row too." in said[1] + said[2]
    assert "found 2 for the stage 'buy', expected 1 as above." in said[1] + said[2]
    assert "the row names no stage." in said[3]
    assert "found 'x', expected a number." in said[4]
    assert "found 'high', expected a number." in said[5]


def test_unknown_stages_and_channels_are_notes(tmp_path: Path) -> None:
    found = notes(study_with(tmp_path / "s", "stage,channel\nbuy,wbe\nbuy,shop\n"))
    assert (
        "2|channel|no item of the codebook asks about the channel 'wbe', so its cells hold no answers; "
        "did you mean 'web'?|note" in found
    )
    assert any("the sheet lacks the stage 'after' of the codebook" in note for note in found)
    assert len(found) == 3


def test_an_unknown_key_of_the_entry(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="journey"):
        study_with(tmp_path / "s", described="{file: journey.csv, colums: {stage: a}}")
