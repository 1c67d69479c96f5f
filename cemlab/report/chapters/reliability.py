"""Reliability: how consistently the questions of one scale are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report import sentences
from cemlab.report.blocks import Note, Paragraph
from cemlab.report.tables import Column, show_table
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from cemlab.report.session import Report

COLUMNS = [
    Column("construct", "name"),
    Column("role", "text"),
    Column("coefficient", "text"),
    Column("estimate", "interval", heading="Estimate [{level} interval]"),
    Column("n", "count"),
    Column("n_items", "count"),
    Column("note"),
]


def write(report: Report) -> list[Any]:
    """A sentence, the rule of thumb with its source, tables for customers and employees."""
    words, result, rule = report.words, report.result("reliability"), threshold("alpha")
    blocks: list[Any] = [
        Paragraph(sentences.reliability(result.table, words, rule.value), words, lead=True),
        Paragraph(
            words("Alpha and omega say how consistently people answer the questions of one scale, from 0 to 1."), words
        ),
        show_table(
            result.table,
            COLUMNS,
            words("Reliability of the customers’ scales"),
            words=words,
            names=report.names,
            folded=True,
            level=report.conf_level,
        ),
    ]
    employees = report.find("employee_reliability")
    if employees is not None:
        caption = words("Reliability of the employees’ scales")
        blocks.append(show_table(employees.table, COLUMNS, caption, words=words, names=report.names, folded=True,
                                 level=report.conf_level))  # fmt: skip
    text = words(
        "Rule of thumb: {value}. Source: {source}", value=words.number(rule.value, 2), source=words.isolate(rule.source)
    )
    if report.weights is not None:
        text += " " + words("Every answer counts once here; the weights of the answers are not used.")
    return [*blocks, Note(text, words)]
