"""Voice of the customer: NPS, CSAT and CES, over everybody and by wave and unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report import sentences
from cemlab.report.blocks import Heading, Note, Paragraph
from cemlab.report.chapters.gaps import forest
from cemlab.report.findings import Unavailable
from cemlab.report.suppression import hidden_rows
from cemlab.report.tables import Column, name_of, show_table
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
    said = [sentence(report, kpi) for kpi in found]
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


def sentence(report: Report, kpi: str) -> str:
    """The figure in words, and what it would be without the study's weights."""
    words, row, level = report.words, report.result(kpi).table.iloc[0].to_dict(), report.conf_level
    if kpi == "nps":
        said = sentences.nps(row, words, level)
    elif kpi == "csat":
        said = sentences.csat(row, words, level)
    else:
        entry = report.study.config.kpis.ces
        said = sentences.ces(row, words, entry.version if entry else 2, level)
    plain = report.find(f"{kpi}_plain")
    if plain is None:
        return said
    return f"{said} {sentences.unweighted(float(plain.table['estimate'].iloc[0]), words, DIGITS[kpi])}"


def _asked_once(report: Report, kpi: str) -> list[Any]:
    """Where several waves were asked, but this question in one of them only: say in which."""
    words, item = report.words, getattr(report.study.config.kpis, kpi).item
    waves = report.survey.loc[report.survey[item].notna(), "wave"].dropna().unique()
    if len(waves) != 1 or report.survey["wave"].nunique() < 2:
        return []
    text = "{name}: asked in {wave} only."
    return [Note(words(text, name=words(KPI_NAMES[kpi]), wave=name_of(waves[0], report.names, words)), words)]


def _compared(report: Report, kpi: str, by: str) -> list[Any]:
    words, result = report.words, report.find(f"{kpi}_by_{by}")
    if result is None:
        return _asked_once(report, kpi) if by == "wave" else []
    rows = main_figure(result.table)
    rows = rows[(rows["group"] != "all") & (rows["n"] > 0)]
    secret = hidden_rows(rows, report.minimum)
    shown = rows[~secret.to_numpy()]
    name = words(KPI_NAMES[kpi])
    title = words("{name} by wave", name=name) if by == "wave" else words("{name} by unit", name=name)
    blocks: list[Any] = []
    if by == "unit":
        shown = shown.sort_values("estimate", ascending=False, kind="stable")
    total = report.result(kpi).table["estimate"].iloc[0]
    if len(shown) and (by == "wave" or kpi == found_first(report)):
        blocks.append(Heading(title, words))
        blocks.append(forest(report, shown, title, words(AXES[kpi]), reference=float(total)))
    columns = [
        Column("group", "name", heading="Wave" if by == "wave" else "Unit"),
        Column("n", "count"),
        Column("estimate", "interval", DIGITS[kpi], heading="Estimate [{level} interval]"),
        Column("promoters", "percent", 0),
        Column("passives", "percent", 0),
        Column("detractors", "percent", 0),
        Column("note"),
    ]
    blocks.append(
        show_table(
            rows,
            columns,
            title,
            words=words,
            names=report.names,
            folded=True,
            hidden=secret.tolist(),
            level=report.conf_level,
        )
    )
    if secret.any():
        blocks.append(Note(sentences.hidden_note(words, int(secret.sum()), report.minimum), words))
    return blocks
