"""The service–profit chain: which declared links the data support, between people and between units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab import plots
from cemlab.report import sentences
from cemlab.report.blocks import Figure, Heading, Note, Paragraph
from cemlab.report.tables import Column, name_of, show_table
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from cemlab.report.session import Report

LEVELS = {
    "unit": "Between units",
    "respondent": "Between people",
    "panel": "Between and within units over the waves",
    "within": "Within units over the waves",
}
LINKS = [
    Column("hypothesis"),
    Column("source", "name"),
    Column("target", "name"),
    Column("expected_sign"),
    Column("estimate", "interval", heading="Coefficient [95% interval]"),
    Column("standardized", "number"),
    Column("p_adjusted", "p"),
    Column("n", "count"),
    Column("n_units", "count"),
    Column("r_squared", "number"),
    Column("verdict", "text"),
    Column("note"),
]
GATE = [
    Column("construct", "name"),
    Column("icc1", "number"),
    Column("icc2", "number"),
    Column("r_wg_median", "number", heading="r_wg(j), median"),
    Column("n", "count"),
    Column("n_units", "count"),
    Column("verdict_gate", "text"),
    Column("note"),
]
INDIRECT = [
    Column("path", "path"),
    Column("level", "text"),
    Column("estimate", "interval", heading="Product [95% interval]"),
    Column("n", "count"),
    Column("note"),
]


def write(report: Report) -> list[Any]:
    """Sentences, a picture and a table per level, the aggregation gate, indirect associations."""
    words, names, result = report.words, report.names, report.result("chain")
    levels = [level for level in LEVELS if (result.table["level"] == level).any()]
    said = [sentences.chain(result.table, words, level) for level in levels if level in ("unit", "respondent")]
    blocks: list[Any] = [Paragraph(text, words, lead=not place) for place, text in enumerate(said)]
    blocks.append(
        Note(words("The links are associations: they say what goes together, not what makes what happen."), words)
    )
    for level in levels:
        blocks += _level(report, result.table[result.table["level"] == level], level)
    blocks += [Note(problem_text, words) for problem_text in (words(problem) for problem in result.problems)]
    blocks += _gate(report, result.gate)
    if len(result.indirect):
        blocks += [
            Heading(words("Indirect associations"), words),
            Paragraph(sentences.indirect(result.indirect, words, names), words),
            show_table(
                result.indirect,
                INDIRECT,
                words("Indirect associations (products of coefficients, bootstrap intervals)"),
                words=words,
                names=names,
                folded=True,
            ),
        ]
    return blocks


def _level(report: Report, rows: pd.DataFrame, level: str) -> list[Any]:
    words, title = report.words, report.words(LEVELS[level])
    blocks: list[Any] = [Heading(title, words)]
    if level == "unit":
        blocks.append(Paragraph(words("Here a row is a unit, so n counts units, not people."), words))
    shown = rows[rows["estimate"].notna()]
    if len(shown):
        blocks.append(_forest(report, shown, title))
    table = show_table(rows, LINKS, words("Links: {level}", level=title), words=words, names=report.names, folded=True)
    return [*blocks, _verdicts(report, rows, title), table]


def _verdicts(report: Report, rows: pd.DataFrame, title: str) -> Any:
    columns = [
        Column("hypothesis"),
        Column("source", "name"),
        Column("target", "name"),
        Column("expected_sign"),
        Column("standardized", "number"),
        Column("verdict", "text"),
    ]
    caption = report.words("Hypotheses: {level}", level=title)
    return show_table(rows, columns, caption, words=report.words, names=report.names)


def _forest(report: Report, rows: pd.DataFrame, title: str) -> Figure:
    """Standardized coefficients, so that links in different units can stand on one scale."""
    words = report.words
    arrow = "←" if words.direction == "rtl" else "→"
    labels = [
        f"{name_of(row['source'], report.names)} {arrow} {name_of(row['target'], report.names)}"
        for row in rows.to_dict("records")
    ]
    scale = rows["standardized"] / rows["estimate"].where(rows["estimate"] != 0)
    ax = plots.new_axes(words=words, size=(7.6, 4.0))
    plots.intervals(
        ax,
        labels,
        rows["standardized"],
        rows["conf_low"] * scale,
        rows["conf_high"] * scale,
        words=words,
        axis_label=words("Standardized coefficient"),
        reference=0.0,
        hues=[words(v) for v in rows["verdict"]],
    )
    plots.finish(ax, words=words, title="")
    caption = words(
        "Standardized coefficients with 95% intervals; n from {low} to {high}.",
        low=words.number(rows["n"].min()),
        high=words.number(rows["n"].max()),
    )
    if rows["n"].nunique() == 1:
        caption = words("Standardized coefficients with 95% intervals; n = {n}.", n=words.number(rows["n"].max()))
    return Figure(ax, f"{title}. {caption}", caption, words)


def _gate(report: Report, gate: pd.DataFrame) -> list[Any]:
    words = report.words
    if gate.empty:
        return []
    backed = int((gate["verdict_gate"] == "backed").sum())
    text = words(
        "Before people’s answers are averaged into unit means, three figures say whether people of one unit agree. "
        "For {backed} of {all} constructs they fully back unit means.",
        backed=words.number(backed),
        all=words.number(len(gate)),
    )
    cuts = words(
        "Rules of thumb: ICC(1) {icc1}, ICC(2) {icc2}, r_wg(j) {r_wg}; they are conventions.",
        **{name: words.number(threshold(name).value, 2) for name in ("icc1", "icc2", "r_wg")},
    )
    return [
        Heading(words("May answers be averaged by unit?"), words),
        Paragraph(text, words),
        Note(cuts, words),
        show_table(gate, GATE, words("Agreement within units"), words=words, names=report.names, folded=True),
    ]
