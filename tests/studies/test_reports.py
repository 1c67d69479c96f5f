"""Reports on data that nobody here made: every chapter is made, in both languages, with the published figures in it."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

import pytest

from cemlab.inputs.study import load_study
from cemlab.languages import LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE
from cemlab.report.blocks import Note
from cemlab.report.session import CHAPTERS, Report, open_report

HERE = Path(__file__).parent
STUDIES = ("kiosk", "sfo", "online_retail", "nhs")
FIGURES = {  # study -> figures of methods.md (0.4, 1, 10, 17) as the English and the Persian page print them
    "kiosk": (("−1.10", "207"), ("−۱٫۱۰", "۲۰۷")),
    "sfo": (("40.4", "39.8", "2,746"), ("۴۰٫۴", "۳۹٫۸", "۲٬۷۴۶")),
    "online_retail": (("4,338", "18,532", "65.6%"), ("۴٬۳۳۸", "۱۸٬۵۳۲", "۶۵٫۶٪")),
    "nhs": (("−0.016", "1,071"), ("−۰٫۰۱۶", "۱٬۰۷۱")),
}
EXPERIENCE = {"importance", "kano", "drivers", "zones", "value", "emotion", "waves", "journey"}
LEFT_OUT = {
    "kiosk": {"zones", "value", "emotion", "waves", "behaviour", "comparison", "journey"},
    "sfo": {
        "gaps",
        "importance",
        "kano",
        "zones",
        "value",
        "emotion",
        "behaviour",
        "comparison",
        "journey",
        "priorities",
    },
    "online_retail": {"respondents", "gaps", "reliability", "voice", "chain", "comparison", "priorities"} | EXPERIENCE,
    "nhs": {"respondents", "gaps", "reliability", "voice", "behaviour", "comparison", "priorities"} | EXPERIENCE,
}
# What a Persian reader meets in Latin letters: names of figures, packages, authors and sources, currencies.
NAMES = {"CRM", "CEM", "NPS", "CSAT", "CES", "AUC", "RFM", "ICC", "r_wg", "p", "d_z", "t", "R", "j", "H", "GBP", "KRW"}


@cache
def opened(study: str, language: str) -> Report:
    """Give a report whose results the tests share."""
    loaded = load_study(HERE / study)
    return open_report(loaded, loaded.organizations[0].id, language)


@cache
def text_of(study: str, language: str, chapter: str) -> str:
    """Give what a reader reads in a chapter, the pictures' descriptions too."""
    page = opened(study, language).show(chapter)._repr_html_()
    page = re.sub(r'<img [^>]*?alt="([^"]*)"[^>]*>', r"<p>\1</p>", page)
    shown = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return shown.replace(LEFT_TO_RIGHT_ISOLATE, "").replace(POP_ISOLATE, "")


def without_names(text: str, report: Report) -> str:
    """The text without what the study itself names: items, constructs, units, organization; longest names first."""
    own = {*report.names.values(), *report.names, *report.codebook["attribute"].dropna()}
    for name in sorted(own | {*report.survey["unit"].dropna()}, key=len, reverse=True):
        text = text.replace(str(name), " ") if len(str(name)) > 1 else text
    return text


# truth
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("study", STUDIES)
def test_key_figures_are_on_the_page(study: str, language: str, real_data: Path) -> None:
    assert real_data.is_dir()
    page = " ".join(text_of(study, language, name) for name in CHAPTERS)
    assert [figure for figure in FIGURES[study][language == "fa"] if figure not in page] == []


@pytest.mark.parametrize("study", STUDIES)
def test_what_the_data_do_not_allow_is_left_out_and_listed(study: str, real_data: Path) -> None:
    assert real_data.is_dir()
    report = opened(study, "en")
    assert set(report.left_out()) == LEFT_OUT[study]
    for name in CHAPTERS[1:-1]:
        assert (report.show(name, omit=True)._repr_html_() == "") == (name in LEFT_OUT[study]), name
    assert len(report.show("left_out").blocks[0].items) == len(set(report.left_out().values()))


def test_weighted_and_plain_figures_stand_beside_each_other(real_data: Path) -> None:
    # methods.md 10: San Francisco 2017, NPS 39.840 unweighted and 40.40 weighted.
    assert real_data.is_dir()
    report = opened("sfo", "en")
    assert report.result("nps_plain").table["estimate"].iloc[0] == pytest.approx(39.840, abs=5e-4)
    assert report.result("nps").table["estimate"].iloc[0] == pytest.approx(40.40, abs=5e-3)
    assert "the weights of the answers are not used" in text_of("sfo", "en", "reliability")
    assert "asked in 2017 only" in text_of("sfo", "en", "voice")


def test_links_between_trusts_are_not_sold_as_changes_within_them(real_data: Path) -> None:
    assert real_data.is_dir()
    page = text_of("nhs", "en", "in_short")
    assert "Within units over the waves" in page
    assert "no indirect association lies clear of zero once all paths are added up" in page


# invariants
@pytest.mark.parametrize("study", STUDIES)
def test_every_chapter_is_made_in_both_languages(study: str, real_data: Path) -> None:
    assert real_data.is_dir()
    for language in ("en", "fa"):
        report = opened(study, language)
        for name in CHAPTERS:
            chapter = report.show(name)
            failed = report.words("The method cannot be used on these data.")
            assert failed not in [block.text for block in chapter.blocks if isinstance(block, Note)], (language, name)
            assert "nan" not in re.findall(r"[a-z]+", text_of(study, language, name).lower()), (language, name)


@pytest.mark.parametrize("study", STUDIES)
def test_no_english_is_left_in_persian_chapters(study: str, real_data: Path) -> None:
    assert real_data.is_dir()
    report = opened(study, "fa")
    for name in CHAPTERS:
        if name == "method":  # cites papers and lists packages by their names
            continue
        text = without_names(text_of(study, "fa", name), report)
        text = re.sub(r"(?<=: )[A-Z][\w ,.&()-]+\d\w* ed\.|Nunnally[^.]*\.", " ", text)  # sources of rules of thumb
        left = set(re.findall(r"[A-Za-z_]{2,}", text)) - NAMES
        assert left == set(), name


@pytest.mark.parametrize("study", ["kiosk", "nhs"])
def test_persian_chapters_have_persian_digits(study: str, real_data: Path) -> None:
    assert real_data.is_dir()
    report = opened(study, "fa")
    for name in ("cover", "in_short", "gaps", *EXPERIENCE, "voice", "priorities", "left_out"):
        assert not re.search(r"(?<![A-Za-z])[0-9]", without_names(text_of(study, "fa", name), report)), name
