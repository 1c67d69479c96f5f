"""Respondents: who answered, how much is missing, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Note, Paragraph
from cemlab.report.findings import Unavailable
from cemlab.report.sentences import hidden_note
from cemlab.report.tables import Column, hidden_groups, show_table
from cemlab.report.vocabulary import count

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """Counts by wave and unit, missing answers by question, invalid answers."""
    words, survey = report.words, report.survey
    if survey.empty:
        raise Unavailable(words("The study has no customers’ survey for this organization."))
    rated = _rated_items(report)
    share = float(survey[rated].notna().to_numpy().mean()) if rated else 1.0
    lead = words(
        "{n} answered; {share} of the rating questions put to them have an answer.",
        n=count(words, len(survey), "{n} customer", "{n} customers"),
        share=words.percent(share),
    )
    blocks: list[Any] = [Paragraph(lead, words, lead=True)]
    for by, caption in (("wave", words("Customers by wave")), ("unit", words("Customers by unit"))):
        blocks += _counts(report, by, caption)
    return blocks + _missing(report, rated) + _invalid(report)


def _rated_items(report: Report) -> list[str]:
    book = report.codebook[(report.codebook["asked_of"] == "customers") & report.codebook["scale_min"].notna()]
    return [item for item in book["item"] if item in report.survey]


def _counts(report: Report, by: str, caption: str) -> list[Any]:
    """One table of counts; groups too small to show are marked."""
    words = report.words
    sizes = report.survey[by].dropna().astype(str).value_counts(sort=False).sort_index()
    if len(sizes) < 2:
        return []
    secret = hidden_groups(sizes, report.minimum)
    frame = pd.DataFrame({by: sizes.index, "n": sizes.to_numpy()})
    columns = [Column(by, "name"), Column("n", "count", heading="Customers")]
    table = show_table(
        frame, columns, caption, words=words, names=report.names, hidden=secret.tolist(), folded=len(frame) > 12
    )
    note = [Note(hidden_note(words, int(secret.sum()), report.minimum), words)] if secret.any() else []
    return [table, *note]


def _missing(report: Report, rated: list[str]) -> list[Any]:
    """Missing answers by question, the most skipped first."""
    words, survey = report.words, report.survey
    if not rated:
        return []
    frame = pd.DataFrame(
        {"item": rated, "n": survey[rated].notna().sum().to_numpy(), "missing": survey[rated].isna().mean().to_numpy()}
    )
    frame = frame.sort_values("missing", ascending=False, kind="stable")
    columns = [Column("item", "name"), Column("n", "count", heading="Answers"), Column("missing", "percent", 1)]
    caption = words("Missing answers by question")
    return [show_table(frame, columns, caption, words=words, names=report.names, folded=True)]


def _invalid(report: Report) -> list[Any]:
    """How many answers could not be used, and what the study has decided about them."""
    words, found = report.words, report.problems
    number = int((found["severity"] == "invalid").sum())
    if not number:
        return [Note(words("No answer in the study’s files is unreadable or outside its scale."), words)]
    text = count(
        words,
        number,
        "{n} answer in the study’s files is unreadable or outside its scale; it counts as missing.",
        "{n} answers in the study’s files are unreadable or outside their scales; they count as missing.",
    )
    return [Note(text, words)]
