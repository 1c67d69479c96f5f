"""Chapters on the customers' experience: importance, Kano, drivers, waves and journey, on data drawn here."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemlab.inputs.study import Study, load_study
from cemlab.report.blocks import Figure, Note, Paragraph, Table
from cemlab.report.experience import EXPERIENCE, mean_gaps
from cemlab.report.session import Report, open_report

CHAPTERS = ("importance", "kano", "drivers", "zones", "value", "emotion", "waves", "journey")
CAUSAL = r"\b(caus\w*|because|leads? to|led to|impact\w*|influenc\w*|due to|results? in|thanks to)\b"
STUDY = """\
id: shop
seed: 5
survey:
  file: survey.csv
  columns: {respondent: id, customer: person, wave: wave}
journey: journey.csv
kpis:
  nps: {item: recommend}
  csat: {item: overall, top: 2}
"""
ATTRIBUTES = {"speed": ("buy", "web"), "price": ("buy", "shop"), "care": ("after", "web"), "trust": ("after", "shop")}
PARTS = {"benefit": 1, "effort": -1, "risk": -1, "price": -1, "treatment": 1}  # part of value -> its sign
SIDES = ("expectation", "perception", "importance", "minimum", "desired")


def codebook() -> pd.DataFrame:
    rows = [
        {"item": f"{attribute}_{role}", "attribute": attribute, "role": role, "construct": f"part_{attribute[0]}",
         "stage": stage, "channel": channel, "scale_min": 1, "scale_max": 7}
        for attribute, (stage, channel) in ATTRIBUTES.items() for role in SIDES
    ]  # fmt: skip
    rows += [
        {"item": f"{attribute}_{side}", "attribute": f"kano_{attribute}", "role": f"kano_{side}",
         "scale_min": 1, "scale_max": 5}
        for attribute in ("speed", "price") for side in ("functional", "dysfunctional")
    ]  # fmt: skip
    rows += [{"item": name, "role": f"emotion_{kind}", "scale_min": 1, "scale_max": 5}
             for name, kind in (("happy", "positive"), ("hurried", "negative"))]  # fmt: skip
    rows += [{"item": f"v_{part}", "role": part, "scale_min": 0, "scale_max": 10} for part in PARTS]
    rows.append({"item": "recommend", "role": "recommend", "scale_min": 0, "scale_max": 10})
    rows.append({"item": "overall", "role": "satisfaction", "scale_min": 1, "scale_max": 5})
    return pd.DataFrame(rows)


def answers(n: int = 120) -> pd.DataFrame:
    """Two waves; forty people answer in both; overall satisfaction follows `care` closely, the others loosely."""
    rng = np.random.default_rng(11)
    data = {"id": [f"r{i}" for i in range(n)], "wave": ["w1"] * (n // 2) + ["w2"] * (n - n // 2)}
    data["person"] = [f"p{i if i < n // 2 else i - n // 2 if i < n // 2 + 40 else i}" for i in range(n)]
    frame = pd.DataFrame(data)
    for place, attribute in enumerate(ATTRIBUTES):
        frame[f"{attribute}_expectation"] = rng.integers(5, 8, n)
        frame[f"{attribute}_perception"] = rng.integers(2 + place % 2, 7, n)
        frame[f"{attribute}_importance"] = rng.integers(3 + place, 8, n)
        frame[f"{attribute}_minimum"] = 1 if attribute == "speed" else 7  # of four parts, three are below
        frame[f"{attribute}_desired"] = 7
    frame["happy"], frame["hurried"] = rng.integers(4, 6, n), rng.integers(1, 3, n)
    for part, sign in PARTS.items():
        frame[f"v_{part}"] = rng.integers(5, 11, n) if sign > 0 else rng.integers(0, 4, n)
    care = frame["care_perception"] - 4
    frame["overall"] = np.clip(3 + np.rint(0.8 * care + rng.normal(0, 0.5, n)), 1, 5).astype(int)
    frame["recommend"] = rng.integers(0, 11, n)
    frame["speed_functional"], frame["speed_dysfunctional"] = rng.choice([2, 3], n), 5  # must-be
    frame["price_functional"], frame["price_dysfunctional"] = 1, rng.choice([3, 4], n)  # attractive
    return frame


def write(folder: Path, survey: pd.DataFrame) -> Study:
    folder.mkdir(exist_ok=True)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    codebook().to_csv(folder / "codebook.csv", index=False)
    survey.to_csv(folder / "survey.csv", index=False)
    sheet = (
        "stage,channel,owner,intended\nbuy,web,Sales,6\nbuy,shop,Stores,6\nafter,web,Service,6\nafter,shop,Stores,6\n"
    )
    (folder / "journey.csv").write_text(sheet, encoding="utf-8")
    return load_study(folder)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write(tmp_path_factory.mktemp("experience"), answers())


@pytest.fixture(scope="module", params=["en", "fa"])
def report(study: Study, request: pytest.FixtureRequest) -> Report:
    return open_report(study, "shop", request.param)


def visible(html: str) -> str:
    without = re.sub(r"<bdi[^>]*>.*?</bdi>|src=\"[^\"]*\"", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", without)


def lead(report: Report, chapter: str) -> str:
    return next(b.text for b in report.show(chapter).blocks if isinstance(b, Paragraph) and b.lead)


# truth
@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_leads_with_a_sentence_a_picture_and_folded_details(report: Report, name: str) -> None:
    blocks = report.show(name).blocks
    assert isinstance(blocks[0], Paragraph)
    assert blocks[0].lead
    assert any(isinstance(block, Figure) and len(block.alt) > 10 for block in blocks)
    assert any(isinstance(block, Table) and not block.folded for block in blocks)
    assert name == "drivers" or any(isinstance(block, Table) and block.folded for block in blocks)
    assert "nan" not in re.findall(r"[a-z]+", visible(report.show(name)._repr_html_()).lower())


def test_gap_of_a_wave_is_that_of_the_gaps_chapter(study: Study) -> None:
    report = open_report(study, "shop", "en")
    by_wave = report.result("gaps_by_wave").overall
    expected = by_wave[(by_wave["term"] == "mean of dimensions") & (by_wave["group"] != "all")]
    found = report.result("waves_gap").table.set_index("wave")["estimate"]
    assert found.to_dict() == pytest.approx(expected.set_index("group")["estimate"].to_dict())


def test_satisfied_are_those_of_the_csat_chapter(study: Study) -> None:
    report = open_report(study, "shop", "en")
    overall, wave = report.survey["overall"], report.survey["wave"]
    expected = (overall >= 4).groupby(wave).mean() * 100
    found = report.result("waves_csat").table.set_index("wave")["estimate"]
    assert found.to_dict() == pytest.approx(expected.to_dict())


def test_kano_lead_counts_the_categories(study: Study) -> None:
    text = lead(open_report(study, "shop", "en"), "kano")
    assert text.startswith("Of 2 attributes, 1 are taken for granted (must-be), 0 are")
    assert text.endswith("1 are welcome without being missed (attractive).")


def test_parts_below_the_least_accepted_are_counted(study: Study) -> None:
    text = lead(open_report(study, "shop", "en"), "zones")
    assert text.startswith("Of 4 parts of the service, 3 lie below the least that customers accept, 1 between")


def test_net_emotional_value_is_the_difference_of_the_means(study: Study) -> None:
    report = open_report(study, "shop", "en")
    expected = report.survey["happy"].mean() - report.survey["hurried"].mean()
    text = lead(report, "emotion")
    said = re.match(r"Good feelings outweigh bad ones: Net Emotional Value \+([0-9.]+) ", text)
    assert said
    assert float(said[1]) == pytest.approx(expected, abs=0.00501)


def test_value_is_what_is_got_minus_what_is_given(study: Study) -> None:
    report = open_report(study, "shop", "en")
    expected = sum(sign * report.survey[f"v_{part}"].mean() for part, sign in PARTS.items())
    said = re.match(r"Customers get more than they give: value \+([0-9.]+) ", lead(report, "value"))
    assert said
    assert float(said[1]) == pytest.approx(expected, abs=0.00501)


def test_journey_names_who_answers_for_the_cell(study: Study) -> None:
    report = open_report(study, "shop", "en")
    table = next(b for b in report.show("journey").blocks if isinstance(b, Table) and b.folded)
    assert table.frame["Who answers for it"].tolist() == ["Sales", "Stores", "Service", "Stores"]
    row = report.result("journey").table.sort_values("estimate").iloc[0]
    assert report.words.number(row["estimate"], 2) in lead(report, "journey")


# invariants
def test_customers_of_both_waves_are_matched(study: Study) -> None:
    report = open_report(study, "shop", "en")
    assert report.result("waves_nps").changes["n_repeated"].tolist()[0] == 40
    notes = [b.text for b in report.show("waves").blocks if isinstance(b, Note)]
    assert any("known by the study and matched" in note for note in notes)


def test_one_number_a_respondent(study: Study) -> None:
    report = open_report(study, "shop", "en")
    pairs = [report.survey[f"{a}_perception"] - report.survey[f"{a}_expectation"] for a in ATTRIBUTES]
    parts = {a[0]: [] for a in ATTRIBUTES}
    for attribute, pair in zip(ATTRIBUTES, pairs, strict=True):
        parts[attribute[0]].append(pair)
    expected = pd.concat([pd.concat(own, axis=1).mean(axis=1) for own in parts.values()], axis=1).mean(axis=1)
    np.testing.assert_allclose(mean_gaps(report), expected)


def test_nothing_is_said_to_make_something_happen(study: Study) -> None:
    report = open_report(study, "shop", "en")
    for name in CHAPTERS:
        assert not re.search(CAUSAL, visible(report.show(name)._repr_html_()), re.IGNORECASE), name


def test_every_heading_is_translated(study: Study) -> None:
    report = open_report(study, "shop", "fa")
    for name in CHAPTERS:
        for table in (b for b in report.show(name).blocks if isinstance(b, Table)):
            assert [c for c in table.frame.columns if re.search("[A-Za-z]{2,}", c) and "d_z" not in c] == [], name


def test_few_answers_on_an_attribute_are_not_shown(tmp_path: Path) -> None:
    survey = answers()
    survey.loc[7:, "care_importance"] = np.nan
    survey.loc[7:, "speed_dysfunctional"] = np.nan
    report = open_report(write(tmp_path, survey), "shop", "en")
    assert "care" not in set(report.result("importance_map").table["attribute"])
    assert report.result("kano").table["attribute"].tolist() == ["kano_price"]


def test_few_complete_pairs_are_hidden_in_table_and_picture(tmp_path: Path) -> None:
    survey = answers()
    survey.loc[64:, "care_importance"] = np.nan
    survey.loc[:59, "care_perception"] = np.nan  # both were answered by 60, together by 4
    report = open_report(write(tmp_path, survey), "shop", "en")
    blocks = report.show("importance").blocks
    (table,) = [b for b in blocks if isinstance(b, Table) and "Importance and performance" in b.caption]
    row = table.frame[table.frame["Question"] == "care"].iloc[0]
    assert set(row.drop(["Question", "Quadrant", "By the median", "By the middle of the scale"])) == {"*"}
    assert set(row[["Quadrant", "By the median", "By the middle of the scale"]]) == {"–"}
    (figure,) = [b for b in blocks if isinstance(b, Figure)]
    assert not any("care" in text.get_text() for text in figure.picture.texts)


def test_waves_that_are_too_small_are_left_out(tmp_path: Path) -> None:
    survey = answers()
    survey.loc[:5, "wave"], survey.loc[40:59, "wave"] = "w0", "w3"
    report = open_report(write(tmp_path, survey), "shop", "en")
    text = visible(report.show("waves")._repr_html_())
    assert {wave for wave in ("w0", "w1", "w2", "w3") if wave in text} == {"w1", "w2"}  # w3 would give w0 away


# errors
def test_what_is_not_asked_is_left_out_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "study.yml").write_text("id: shop\nsurvey: {file: survey.csv, columns: {respondent: id}}\n")
    (tmp_path / "codebook.csv").write_text("item,role,scale_min,scale_max\nq1,agreement,1,5\n")
    rows = [f"r{i},{1 + i % 5}" for i in range(30)]
    (tmp_path / "survey.csv").write_text("\n".join(["id,q1", *rows]) + "\n")
    report = open_report(load_study(tmp_path), "shop", "en")
    reasons = report.left_out()
    assert set(CHAPTERS) <= set(reasons)
    assert reasons["importance"].startswith("The questionnaire does not ask how much each attribute matters")
    assert reasons["kano"] == "The questionnaire has no pairs of Kano questions."
    assert reasons["drivers"] == "The questionnaire does not ask for overall satisfaction."
    assert reasons["zones"].startswith("The questionnaire does not ask for the least that customers accept")
    assert reasons["value"].startswith("The questionnaire does not ask for benefit")
    assert reasons["emotion"] == "The questionnaire does not ask for good and bad feelings."
    assert reasons["waves"] == "There is only one wave."
    assert reasons["journey"] == "The codebook names no stages of the customer journey."
    for name in CHAPTERS:
        assert report.show(name, omit=True)._repr_html_() == ""


def test_too_few_answers_show_nothing(study: Study) -> None:
    report = open_report(study, "shop", "en")
    report.survey = report.survey.head(4)
    for name in EXPERIENCE:
        assert report.find(name) is None, name
