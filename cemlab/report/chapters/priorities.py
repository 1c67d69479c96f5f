"""Priorities: where shortfalls are large and where customers say it matters. A description, not a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Bullets, Note, Paragraph
from cemlab.report.chapters.gaps import compared_parts
from cemlab.report.tables import Column, name_of, show_table
from cemlab.report.vocabulary import enumerate_names

if TYPE_CHECKING:
    from cemlab.report.session import Report

LISTED = 5
MOST_NAMED, CLOSE = 3, 0.9  # how many are named together, and how close to the largest they come


def write(report: Report) -> list[Any]:
    """The dimensions to look at first, then the questions behind the largest shortfalls."""
    words, names = report.words, report.names
    rows, weighted, column = ranked(report)
    items = report.result("gaps").table
    short = items[items["conf_high"] < 0].sort_values("estimate", kind="stable").head(LISTED)
    blocks: list[Any] = [Paragraph(" ".join(first_priority(report)), words, lead=True)]
    if len(short):
        listed = tuple(
            words(
                "{name}: {gap} scale points",
                name=name_of(row["attribute"], names),
                gap=words.number(row["estimate"], 2),
            )
            for row in short.to_dict("records")
        )
        blocks += [
            Paragraph(words("The questions with the largest shortfalls:"), words),
            Bullets(listed, words, numbered=True),
        ]
    if column == "dimension":
        columns = [
            Column("dimension", "name"),
            Column("estimate", "number", heading="Gap"),
            Column("weight", "percent", 0),
            Column("shortfall", "number", heading="Shortfall × importance" if weighted else "Shortfall"),
        ]
        blocks.append(show_table(rows, columns, words("Dimensions in order of priority"), words=words, names=names))
    text = words(
        "The order describes where expectations and perceptions lie apart. Whether a change there would be "
        "followed by other ratings or purchases, these data alone cannot say."
    )
    return [*blocks, Note(text, words)]


def ranked(report: Report) -> tuple[pd.DataFrame, bool, str]:
    """Dimensions by shortfall, times the importance that customers gave by points where they were asked.

    Only those whose whole interval lies below zero have a shortfall. Where there is one dimension only, its questions
    are ranked. The third value is the column with the names.
    """
    parts, column = compared_parts(report.result("gaps"))
    rows, importance = parts.copy(), report.find("importance")
    weighted = importance is not None and column == "dimension"
    if weighted:
        rows["weight"] = rows["dimension"].map(importance)
    rows["shortfall"] = (-rows["estimate"] * (rows["weight"] if weighted else 1.0)).where(rows["conf_high"] < 0, 0.0)
    return rows.sort_values("shortfall", ascending=False, kind="stable"), weighted, column


def first_priority(report: Report) -> list[str]:
    """One sentence: what to look at first, and what comes close to it; nothing where there are no gaps."""
    if report.find("gaps") is None:
        return []
    words, (rows, weighted, column) = report.words, ranked(report)
    largest = rows["shortfall"].max()
    if not largest > 0:
        return [words("No shortfall is clear of zero; there is no place to look at first.")]
    close = rows[rows["shortfall"] >= CLOSE * largest].head(MOST_NAMED)
    parts = [
        words("{name} ({gap})", name=name_of(row[column], report.names), gap=words.number(row["estimate"], 2))
        for row in close.to_dict("records")
    ]
    text = "Look first at {names}: there the shortfall is the largest."
    if weighted:
        text = "Look first at {names}: there the shortfall times the importance that customers give it is the largest."
    return [words(text, names=enumerate_names(words, parts))]
