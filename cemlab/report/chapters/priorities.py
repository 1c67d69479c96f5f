"""Priorities: where shortfalls are large and where customers say it matters. A description, not a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Bullets, Note, Paragraph
from cemlab.report.tables import Column, name_of, show_table

if TYPE_CHECKING:
    from cemlab.report.session import Report

LISTED = 5


def write(report: Report) -> list[Any]:
    """The dimensions to look at first, then the questions behind the largest shortfalls."""
    words, names = report.words, report.names
    rows, weighted = ranked(report)
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


def ranked(report: Report) -> tuple[pd.DataFrame, bool]:
    """Dimensions by shortfall, times the importance that customers gave by points where they were asked.

    Only dimensions whose whole interval lies below zero have a shortfall.
    """
    rows = report.result("gaps").dimensions.copy()
    importance = report.find("importance")
    weighted = importance is not None
    if weighted:
        rows["weight"] = rows["dimension"].map(importance)
    rows["shortfall"] = (-rows["estimate"] * (rows["weight"] if weighted else 1.0)).where(rows["conf_high"] < 0, 0.0)
    return rows.sort_values("shortfall", ascending=False, kind="stable"), weighted


def first_priority(report: Report) -> list[str]:
    """One sentence: what to look at first; nothing where there are no gaps."""
    if report.find("gaps") is None:
        return []
    words, (rows, weighted) = report.words, ranked(report)
    first = rows.iloc[0]
    if not first["shortfall"] > 0:
        return [words("No dimension has a shortfall that is clear of zero; there is no place to look at first.")]
    name = name_of(first["dimension"], report.names)
    gap = words.number(first["estimate"], 2)
    if weighted:
        text = "Look first at {name}: the gap is {gap}, and customers give it {weight} of the importance."
        return [words(text, name=name, gap=gap, weight=words.percent(first["weight"]))]
    return [words("Look first at {name}: its gap is the largest ({gap}).", name=name, gap=gap)]
