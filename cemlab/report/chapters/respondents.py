"""Respondents: who answered, how much is missing, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Note, Paragraph, Table
from cemlab.report.findings import enough_answers
from cemlab.report.sentences import hidden_note
from cemlab.report.suppression import hidden_cells, hidden_groups
from cemlab.report.tables import HIDDEN, Column, name_of, show_table
from cemlab.report.vocabulary import count

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """Counts by wave and unit, missing answers by question, invalid answers."""
    words, survey = report.words, report.survey
    enough_answers(report)
    rated = _rated_items(report)
    share = float(survey[rated].notna().to_numpy().mean()) if rated else 1.0
    lead = words(
        "{n} answered; {share} of all their possible ratings were given.",
        n=count(words, len(survey), "{n} customer", "{n} customers"),
        share=words.percent(share),
    )
    blocks: list[Any] = [Paragraph(lead, words, lead=True)]
    for by, caption in (("wave", words("Customers by wave")), ("unit", words("Customers by unit"))):
        blocks += _counts(report, by, caption)
    return blocks + _units_by_wave(report) + _missing(report, rated) + _invalid(report)


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


def _units_by_wave(report: Report) -> list[Any]:
    """Customers by unit and wave; cells that are small, or that the totals would give away, are marked."""
    words = report.words
    known = report.survey.dropna(subset=["unit", "wave"]).astype({"unit": str, "wave": str})
    if known["unit"].nunique() < 2 or known["wave"].nunique() < 2:
        return []
    counts = pd.crosstab(known["unit"], known["wave"])
    secret = hidden_cells(counts, report.minimum)
    frame = counts.map(words.number).mask(secret, HIDDEN)
    frame.index = pd.Index([name_of(unit, report.names, words) for unit in counts.index])
    frame = frame.set_axis([name_of(wave, report.names, words) for wave in counts.columns], axis="columns")
    caption = words("Table: {name}", name=words("Customers by unit and wave"))
    table = Table(
        frame.rename_axis(words("Unit")).reset_index(), caption, words, folded=True, text_columns=(words("Unit"),)
    )
    if not secret.to_numpy().any():
        return [table]
    return [table, Note(hidden_note(words, int(secret.to_numpy().sum()), report.minimum), words)]


def _missing(report: Report, rated: list[str]) -> list[Any]:
    """Missing answers by question, the most skipped first."""
    words, survey = report.words, report.survey
    if not rated:
        return []
    frame = pd.DataFrame(
        {"item": rated, "n": survey[rated].notna().sum().to_numpy(), "missing": survey[rated].isna().mean().to_numpy()}
    )
    roles = report.codebook.set_index("item")["role"]
    frame = frame.assign(role=frame["item"].map(roles).to_numpy())
    frame = frame[frame["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
    if frame.empty:
        return []
    columns = [
        Column("item", "name"),
        Column("role"),
        Column("n", "count", heading="Answers"),
        Column("missing", "percent", 1),
    ]
    caption = words("Missing answers by question")
    text = words("A question that was not put to somebody, or that does not apply to them, counts as not answered.")
    return [show_table(frame, columns, caption, words=words, names=report.names, folded=True), Note(text, words)]


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
