"""Importance: what matters to customers against how they rate it, and what is unmet among it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Figure, Note, Paragraph
from cemlab.report.tables import Column, name_of, show_table
from cemlab.report.vocabulary import enumerate_names

if TYPE_CHECKING:
    import pandas as pd

    from cemlab.report.session import Report

MOST_NAMED = 3
FIRST = "concentrate here"


def write(report: Report) -> list[Any]:
    """What stands out, the map, where the lines stand; attributes and opportunity folded."""
    words, names = report.words, report.names
    result = report.result("importance_map")
    table = result.table
    known = table[table["n"] >= report.minimum]
    drawn = replace(result, table=known, ellipses=result.ellipses[table["n"].ge(report.minimum).to_numpy()])
    lead = first_sentence(report, known)
    lines = result.crosshairs.dropna(subset=["importance", "performance"])
    text = (
        "Quadrants depend on where the lines stand; how often resamples of the customers give the same quadrant "
        "(stability) is cemlab’s own addition to the map."
    )
    return [
        Paragraph(lead, words, lead=True),
        Paragraph(_unsettled(report, known), words),
        Figure(drawn.plot(words=words, names=names), f"{words('What matters and how it is rated')}. {lead}", "", words),
        show_table(
            lines,
            [
                Column("crosshair", heading="Lines at"),
                Column("importance", "number", heading="Importance"),
                Column("performance", "number", heading="Performance"),
                Column("n_changed", "count", heading="Attributes in another quadrant"),
                Column("n", "count", heading="Attributes"),
            ],
            words("Where the lines stand"),
            words=words,
            names=names,
        ),
        _attributes(report, table),
        _opportunity(report),
        Note(words(text), words),
        *(Note(words(problem), words) for problem in result.problems),
    ]


def first_sentence(report: Report, table: pd.DataFrame) -> str:
    """The attributes that matter more than others and are rated lower, the largest shortfall first."""
    words = report.words
    first = table[table["quadrant"] == FIRST].sort_values("estimate", kind="stable")
    if first.empty:
        return words("No attribute matters more than the average one and is rated lower.")
    parts = [
        words("{name} ({gap})", name=name_of(row["attribute"], report.names), gap=words.number(row["estimate"], 2))
        for row in first.head(MOST_NAMED).to_dict("records")
    ]
    text = "{n} of {all} attributes matter more than the average one and are rated lower, first of all {names}."
    if len(first) == 1:
        text = "{n} of {all} attributes matters more than the average one and is rated lower: {names}."
    n, every = words.number(len(first)), words.number(len(table))
    return words(text, n=n, all=every, names=enumerate_names(words, parts))


def _unsettled(report: Report, table: pd.DataFrame) -> str:
    """How many attributes stand elsewhere by other lines or in resamples."""
    words = report.words
    kinds = table.filter(like="quadrant_").replace("", None)
    moved = int((kinds.nunique(axis=1) > 1).sum())
    steady = int((table["stability"] >= report.conf_level).sum())
    text = (
        "With lines at the median or the middle of the scale instead of the mean, {moved} of {all} change quadrant; "
        "{steady} stay in theirs in at least {level} of the resamples."
    )
    return words(text, moved=words.number(moved), all=words.number(len(table)), steady=words.number(steady),
                 level=words.percent(report.conf_level))  # fmt: skip


def _attributes(report: Report, table: pd.DataFrame) -> Any:
    words = report.words
    columns = [
        Column("attribute", "name"),
        Column("n", "count"),
        Column("importance", "number", heading="Importance"),
        Column("performance", "number", heading="Performance"),
        Column("estimate", "interval", heading="Gap [{level} interval]"),
        Column("p_adjusted", "p"),
        Column("effect_size", "number", heading="Effect size (d_z)"),
        Column("quadrant", heading="Quadrant"),
        Column("stability", "percent", 0, heading="Stability"),
        Column("quadrant_median", heading="By the median"),
        Column("quadrant_midpoint", heading="By the middle of the scale"),
        Column("note"),
    ]
    hidden = table["n"].between(1, report.minimum - 1)
    cells = ["quadrant", "quadrant_median", "quadrant_midpoint", "note"]
    table = table.assign(**{name: table[name].mask(hidden | (table[name] == ""), None) for name in cells})
    return show_table(table, columns, words("Importance and performance by attribute"), words=words,
                      names=report.names, folded=True, hidden=hidden.tolist(), level=report.conf_level)  # fmt: skip


def _opportunity(report: Report) -> Any:
    """Ulwick's score of each attribute, the largest first."""
    words, table = report.words, report.result("opportunities").table
    table = table.sort_values("estimate", ascending=False, kind="stable")
    columns = [
        Column("attribute", "name"),
        Column("n", "count"),
        Column("importance", "number", heading="Importance"),
        Column("performance", "number", heading="Performance"),
        Column("estimate", "interval", heading="Opportunity [{level} interval]"),
        Column("note"),
    ]
    caption = words("Opportunity: importance plus what performance lacks of it (Ulwick)")
    hidden = table["n"].between(1, report.minimum - 1)
    return show_table(table, columns, caption, words=words, names=report.names, folded=True, hidden=hidden.tolist(),
                      level=report.conf_level)  # fmt: skip
