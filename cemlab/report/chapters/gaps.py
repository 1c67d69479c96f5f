"""Gaps: what customers expect against what they perceive, by dimension, question, wave and unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab import plots
from cemlab.report import sentences
from cemlab.report.blocks import Figure, Heading, Note, Paragraph
from cemlab.report.suppression import hidden_rows
from cemlab.report.tables import Column, name_of, show_table
from cemlab.report.vocabulary import count, level_text

if TYPE_CHECKING:
    from cemlab.report.session import Report

ESTIMATES = [
    Column("n", "count"),
    Column("expectation", "number"),
    Column("perception", "number"),
    Column("estimate", "interval", heading="Gap [{level} interval]"),
    Column("p_adjusted", "p"),
    Column("effect_size", "number", heading="Effect size (d_z)"),
    Column("note"),
]
OVERALL_TERMS = ["mean of dimensions", "mean of items"]


def write(report: Report) -> list[Any]:
    """Sentences, the dimensions' picture, tables by dimension, question, wave and unit."""
    words, names, gaps = report.words, report.names, report.result("gaps")
    lead, (parts, column) = sentences.overall_gap(gaps.overall, words, report.conf_level), compared_parts(gaps)
    more = [sentences.largest_shortfalls(parts, words, names, column)]
    more.append(sentences.narrowest_gap(parts, words, names, column))
    blocks: list[Any] = [
        Paragraph(lead, words, lead=True),
        Paragraph(" ".join(text for text in more if text), words),
        _picture(report, gaps),
        Paragraph(
            words("The gap is perception minus expectation: below zero customers get less than they expect."), words
        ),
        show_table(
            gaps.dimensions.sort_values("estimate", kind="stable"),
            [Column("dimension", "name"), *ESTIMATES],
            words("Gaps by dimension"),
            words=words,
            names=names,
            level=report.conf_level,
        ),
        show_table(
            gaps.table,
            [Column("attribute", "name"), *ESTIMATES],
            words("Gaps by question"),
            words=words,
            names=names,
            folded=True,
            level=report.conf_level,
        ),
        show_table(
            gaps.overall,
            [Column("term"), Column("n", "count"), ESTIMATES[3]],
            words("The overall gap, computed in several ways"),
            words=words,
            names=names,
            folded=True,
            level=report.conf_level,
        ),
    ]
    return blocks + _compared(report, "wave") + _compared(report, "unit")


def _picture(report: Report, gaps: Any) -> Figure:
    words, (parts, column) = report.words, compared_parts(gaps)
    rows = parts.sort_values("estimate", kind="stable")
    labels = [name_of(name, report.names, words) for name in rows[column]]
    ax = plots.new_axes(words=words)
    plots.dumbbells(
        ax,
        labels,
        rows["expectation"],
        rows["perception"],
        words=words,
        start_label=words("Expectation"),
        end_label=words("Perception"),
        axis_label=words("Mean rating (scale points)"),
    )
    n = count(words, rows["n"].max(), "{n} answer", "{n} answers")
    caption = words("Largest shortfall on top. Based on {n}.", n=n)
    text = "Expectation and perception by dimension"
    if column == "attribute":
        text = "Expectation and perception by question"
    title = words(text)
    plots.finish(ax, words=words, title=title)
    return Figure(ax, f"{title}. {sentences.largest_shortfalls(parts, words, report.names, column)}", caption, words)


def compared_parts(gaps: Any) -> tuple[pd.DataFrame, str]:
    """The rows that are set side by side, and the column that names them: dimensions, or questions of a single one."""
    if len(gaps.dimensions.dropna(subset=["estimate"])) > 1:
        return gaps.dimensions, "dimension"
    return gaps.table, "attribute"


def _compared(report: Report, by: str) -> list[Any]:
    """The mean gap of each wave or unit, in a picture and a table; small groups are hidden."""
    words, names, result = report.words, report.names, report.find(f"gaps_by_{by}")
    if result is None:
        return []
    rows = one_term(result.overall, OVERALL_TERMS)
    rows = rows[(rows["group"] != "all") & (rows["n"] > 0)]
    if len(rows) < 2:
        return []
    secret = hidden_rows(rows, report.minimum)
    shown = rows[~secret.to_numpy()]
    title = words("Mean gap by wave") if by == "wave" else words("Mean gap by unit")
    blocks: list[Any] = [Heading(title, words)]
    if by == "unit":
        shown = shown.sort_values("estimate", kind="stable")
    if len(shown):
        blocks.append(forest(report, shown, title, words("Mean gap (scale points)"), reference=everybody(report)))
    columns = [Column("group", "name", heading="Wave" if by == "wave" else "Unit"), Column("n", "count"), ESTIMATES[3]]
    blocks.append(show_table(rows, columns, title, words=words, names=names, hidden=secret.tolist(), folded=True,
                             level=report.conf_level))  # fmt: skip
    if secret.any():
        blocks.append(Note(sentences.hidden_note(words, int(secret.sum()), report.minimum), words))
    return blocks


def everybody(report: Report) -> float | None:
    """The mean gap of all respondents together."""
    row = sentences.first_row(report.result("gaps").overall, "term", *OVERALL_TERMS)
    return float(row["estimate"]) if row else None


def one_term(overall: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """The rows of the first of `terms` that the table has."""
    if "term" not in overall:
        return overall
    for term in terms:
        if (overall["term"] == term).any():
            return overall[overall["term"] == term]
    return overall.iloc[:0]


def forest(report: Report, rows: pd.DataFrame, title: str, axis_label: str, reference: float | None = None) -> Figure:
    """Estimates of groups with their intervals."""
    words = report.words
    labels = [name_of(group, report.names, words) for group in rows["group"]]
    ax = plots.new_axes(words=words)
    plots.intervals(
        ax,
        labels,
        rows["estimate"],
        rows["conf_low"],
        rows["conf_high"],
        words=words,
        axis_label=axis_label,
        reference=reference,
    )
    plots.finish(ax, words=words, title="")
    low, high = rows["n"].min(), rows["n"].max()
    level = level_text(words, report.conf_level)
    text = "Points are estimates, lines their {level} intervals; {low} to {high} answers a group."
    caption = words(text, low=words.number(low), high=words.number(high), level=level)
    if low == high:
        text = "Points are estimates, lines their {level} intervals; {n} answers a group."
        caption = words(text, n=words.number(low), level=level)
    if reference is not None:
        caption += " " + words("The dashed line is the figure for everybody.")
    return Figure(ax, f"{title}. {caption}", caption, words)
