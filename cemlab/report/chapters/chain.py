"""The service–profit chain: which declared links the data support, between people and between units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab import plots
from cemlab.report import sentences
from cemlab.report.blocks import Figure, Heading, Note, Paragraph
from cemlab.report.findings import too_few_people
from cemlab.report.tables import Column, name_of, note_text, show_table
from cemlab.report.vocabulary import level_text
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from cemlab.report.session import Report

LEVELS = {
    "unit": "Between units",
    "respondent": "Between people",
    "panel": "Between and within units over the waves",
    "within": "Within units over the waves",
}
EXPLAINED = {
    "unit": "Here a row is a unit, so n counts units, not people.",
    "panel": "Here a row is a unit in one wave. The slope is that of a model with an intercept for every unit drawn "
    "from one distribution (random intercepts): differences between units and changes within them count together.",
    "within": "Here a row is a unit in one wave, with the unit’s own mean over the waves taken off, so that only "
    "changes within a unit count.",
}
LEFT_OUT = {
    "survey": "Customers’ answers are left out of the chain: there are fewer than {minimum}.",
    "employees": "Employees’ answers are left out of the chain: there are fewer than {minimum}.",
}
FEW_UNITS = 20  # a convention: below it a unit or two decide the slope
LINKS = [
    Column("hypothesis"),
    Column("estimate", "interval", 3, heading="Coefficient [{level} interval]"),
    Column("standardized", "number"),
    Column("p_adjusted", "p"),
    Column("n", "count"),
    Column("n_units", "count"),
    Column("r_squared", "number"),
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
    Column("estimate", "interval", 3, heading="Product [{level} interval]"),
    Column("n", "count"),
    Column("note"),
]


def write(report: Report) -> list[Any]:
    """Sentences, a picture and a table per level, the aggregation gate, indirect associations."""
    words, names, result = report.words, report.names, report.result("chain")
    levels = [level for level in LEVELS if (result.table["level"] == level).any()]
    said = [sentences.chain(result.table, words, level) for level in told_levels(result.table)]
    said.append(sentences.held_within(result.table, words))
    blocks: list[Any] = [Paragraph(text, words, lead=not place) for place, text in enumerate(said) if text]
    blocks.append(
        Note(words("The links are associations: they say what goes together, not what makes what happen."), words)
    )
    for level in levels:
        blocks += _level(report, result.table[result.table["level"] == level], level)
    blocks += [Note(note_text(problem, words), words) for problem in result.problems]
    blocks += _gate(report, result.gate) + _left_out(report)
    paths = result.indirect[~_too_small(report, result.indirect)]
    if len(paths):
        told = [sentences.indirect(paths, words, names, level, report.conf_level) for level in told_levels(paths)]
        blocks += [
            Heading(words("Indirect associations"), words),
            *(Paragraph(text, words) for text in told if text),
            show_table(
                paths,
                INDIRECT,
                words("Indirect associations (products of coefficients)"),
                words=words,
                names=names,
                folded=True,
                level=report.conf_level,
            ),
        ]
    return blocks


def told_levels(table: pd.DataFrame) -> list[str]:
    """The levels that sentences are made of, the best founded first: units, unless there are few of them."""
    few = table.loc[table["level"] == "unit", "n"].max() < FEW_UNITS
    order = ("respondent", "unit", "within") if few else ("unit", "respondent", "within")
    return [level for level in order if (table["level"] == level).any()]


def _too_small(report: Report, rows: pd.DataFrame) -> pd.Series:
    """Rows that rest on fewer people than may be shown."""
    return rows["level"].eq("respondent") & rows["n"].between(1, report.minimum - 1)


def _left_out(report: Report) -> list[Any]:
    """Say whose answers the chain does without, if they are too few to show."""
    words = report.words
    return [Note(words(LEFT_OUT[few], minimum=words.number(report.minimum)), words) for few in too_few_people(report)]


def _level(report: Report, rows: pd.DataFrame, level: str) -> list[Any]:
    words, title = report.words, report.words(LEVELS[level])
    blocks: list[Any] = [Heading(title, words)]
    if level in EXPLAINED:
        blocks.append(Paragraph(words(EXPLAINED[level]), words))
    secret = _too_small(report, rows)
    shown = rows[rows["estimate"].notna() & ~secret]
    if level == "unit" and 0 < rows["n"].max() < FEW_UNITS:
        text = "Only {n} units stand behind these links: the intervals say more than the verdicts."
        blocks.append(Note(words(text, n=words.number(rows["n"].max())), words))
    if len(shown):
        blocks.append(_forest(report, shown, title))
    table = show_table(
        rows, LINKS, words("Links: {level}", level=title), words=words, names=report.names, folded=True,
        hidden=secret.tolist(), level=report.conf_level,
    )  # fmt: skip
    if secret.any():
        blocks.append(Note(sentences.hidden_note(words, int(secret.sum()), report.minimum), words))
    return [*blocks, _verdicts(report, rows[~secret], title), table]


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
        hue_order=[words("supported"), words("not supported"), words("opposite")],
    )
    plots.finish(ax, words=words, title="")
    conf, low, high = level_text(words, report.conf_level), words.number(rows["n"].min()), words.number(rows["n"].max())
    text = "Standardized coefficients with {level} intervals; n from {low} to {high}."
    caption = words(text, low=low, high=high, level=conf)
    if rows["n"].nunique() == 1:
        caption = words("Standardized coefficients with {level} intervals; n = {n}.", n=high, level=conf)
    return Figure(ax, f"{title}. {caption}", caption, words)


def _gate(report: Report, gate: pd.DataFrame) -> list[Any]:
    words = report.words
    gate = gate[~gate["n"].between(1, report.minimum - 1)]
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
