"""Voice of the customer: NPS, CSAT and CES, over everybody and by wave and unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report import sentences
from cemlab.report.blocks import Heading, Note, Paragraph
from cemlab.report.chapters.gaps import forest
from cemlab.report.findings import Unavailable
from cemlab.report.tables import Column, hidden_rows, show_table
from cemlab.report.vocabulary import KPI_NAMES

if TYPE_CHECKING:
    from cemlab.report.session import Report

KPIS = ("nps", "csat", "ces")
AXES = {
    "nps": "Net Promoter Score (−100 to 100)",
    "csat": "Satisfied customers (percent)",
    "ces": "Mean effort score",
}
DIGITS = {"nps": 1, "csat": 1, "ces": 2}


def write(report: Report) -> list[Any]:
    """A sentence for each figure, then a picture and a table by wave and unit."""
    words = report.words
    found = [kpi for kpi in KPIS if report.find(kpi) is not None]
    if not found:
        report.result("nps")  # says why
        raise Unavailable(words("The study does not name a question for this figure."))
    said = [_sentence(report, kpi) for kpi in found]
    blocks: list[Any] = [Paragraph(said[0], words, lead=True), *(Paragraph(text, words) for text in said[1:])]
    for kpi in found:
        for by in ("wave", "unit"):
            blocks += _compared(report, kpi, by)
    return blocks


def main_figure(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the figure that the study asks for; CES comes with further ways of counting."""
    return table[table["term"] == table["term"].iloc[0]] if "term" in table and len(table) else table


def found_first(report: Report) -> str:
    """The figure whose units are drawn; those of the others stand in tables."""
    return next(kpi for kpi in KPIS if report.find(kpi) is not None)


def _sentence(report: Report, kpi: str) -> str:
    words, row = report.words, report.result(kpi).table.iloc[0].to_dict()
    if kpi == "nps":
        return sentences.nps(row, words)
    if kpi == "csat":
        return sentences.csat(row, words)
    entry = report.study.config.kpis.ces
    return sentences.ces(row, words, entry.version if entry else 2)


def _compared(report: Report, kpi: str, by: str) -> list[Any]:
    words, result = report.words, report.find(f"{kpi}_by_{by}")
    if result is None:
        return []
    rows = main_figure(result.table)
    rows = rows[rows["group"] != "all"]
    secret = hidden_rows(rows, report.minimum)
    shown = rows[~secret.to_numpy()]
    name = words(KPI_NAMES[kpi])
    title = words("{name} by wave", name=name) if by == "wave" else words("{name} by unit", name=name)
    blocks: list[Any] = [Heading(title, words)]
    if by == "unit":
        shown = shown.sort_values("estimate", ascending=False, kind="stable")
    total = report.result(kpi).table["estimate"].iloc[0]
    if len(shown) and (by == "wave" or kpi == found_first(report)):
        blocks.append(forest(report, shown, title, words(AXES[kpi]), reference=float(total)))
    columns = [
        Column("group", "name", heading="Wave" if by == "wave" else "Unit"),
        Column("n", "count"),
        Column("estimate", "interval", DIGITS[kpi], heading="Estimate [95% interval]"),
        Column("promoters", "percent", 0),
        Column("passives", "percent", 0),
        Column("detractors", "percent", 0),
        Column("note"),
    ]
    blocks.append(
        show_table(rows, columns, title, words=words, names=report.names, folded=True, hidden=secret.tolist())
    )
    if secret.any():
        blocks.append(Note(sentences.hidden_note(words, int(secret.sum()), report.minimum), words))
    return blocks
