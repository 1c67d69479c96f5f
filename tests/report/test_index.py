"""The index names every report, says what failed and why, and lets no name break out."""

from __future__ import annotations

from cemlab.languages import Words
from cemlab.report.index import index_page
from cemlab.report.manifest import Record

RECORDS = [
    Record("a", "en", "diagnostic", "a", "done", 2.5, "", "a/diagnostic.en.html"),
    Record(
        "<b>", "fa", "diagnostic", "شعبه ۱", "failed", 0.4, "<script>alert(1)</script>", "شعبه ۱/diagnostic.fa.html"
    ),
    Record("c", "en", "diagnostic", "c", "failed", 0.0, "no file", None),
]
TITLES = {"a": {"en": "Alpha", "fa": "آلفا"}, "<b>": {"en": "<b>", "fa": "<b>"}, "c": {"en": "C", "fa": "ث"}}


def page(*languages: str) -> str:
    study = {"en": "The <study>", "fa": "مطالعه"}
    return index_page(study, TITLES, RECORDS, languages, {"Made": "2026-01-02", "cemlab": "1"})


def test_index_tells_what_failed_and_what_to_do() -> None:
    text = page("en")
    assert "3 reports, 2 failed." in text
    assert "What to do: correct what the note names" in text
    assert "Do not hand it over" in text
    assert 'href="a/diagnostic.en.html"' in text
    assert 'href="%D8%B4%D8%B9%D8%A8%D9%87%20%DB%B1/diagnostic.fa.html"' in text
    assert text.count("href=") == 2


def test_names_and_notes_are_escaped() -> None:
    text = page("en", "fa")
    assert "<script" not in text
    assert "<b>" not in text
    assert "The &lt;study&gt;" in text


def test_a_block_per_language() -> None:
    text = page("fa", "en")
    assert '<html lang="fa" dir="rtl">' in text
    assert '<section lang="en" dir="ltr">' in text
    assert "آلفا" in text
    assert "Alpha" in text
    assert Words("fa").number(3) + " گزارش" in text
