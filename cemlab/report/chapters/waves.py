"""Waves: how the gap, NPS and CSAT changed from wave to wave; customers who answered twice are matched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Figure, Heading, Note, Paragraph
from cemlab.report.findings import Unavailable
from cemlab.report.tables import Column, name_of, show_table
from cemlab.report.vocabulary import KPI_NAMES, level_text

if TYPE_CHECKING:
    from cemlab.report.session import Report

FIGURES = ("gap", "nps", "csat")
DIGITS = {"gap": 2, "nps": 1, "csat": 1}


def write(report: Report) -> list[Any]:
    """A sentence a figure, then a picture and a table each; levels folded."""
    words = report.words
    found = [figure for figure in FIGURES if report.find(f"waves_{figure}") is not None]
    if not found:
        if report.survey["wave"].nunique() > 1:
            raise Unavailable(words("This was not asked of enough customers in two waves or more."))
        report.result("waves_csat" if report.study.config.kpis.csat else "waves_gap")  # says why
    said = {figure: last_change(report, figure) for figure in found}
    lead, *more = said.values()
    blocks: list[Any] = [Paragraph(lead, words, lead=True), *(Paragraph(text, words) for text in more)]
    for figure in found:
        blocks += _one(report, figure, said[figure])
    return [*blocks, *_matched(report, found)]


def figure_name(report: Report, figure: str) -> str:
    """The figure's name in the report's language."""
    return report.words("The mean gap") if figure == "gap" else report.words(KPI_NAMES[figure])


def unit(report: Report, figure: str) -> str:
    """What the figure's changes are counted in."""
    words = report.words
    if figure == "csat":
        return words("percentage points")
    return words("scale points") if figure == "gap" else words("points")


def last_change(report: Report, figure: str) -> str:
    """Say how the figure changed from the last wave but one to the last."""
    words, names = report.words, report.names
    changes = report.result(f"waves_{figure}").changes
    row = changes[changes["term"] == "previous wave"].iloc[-1]
    digits = DIGITS[figure]
    low, change, high = (words.number(row[name], digits, sign=True) for name in ("conf_low", "estimate", "conf_high"))
    text = "{name}: no clear change from {since} to {wave}: {change} {unit} ({level} interval {low} to {high})."
    if row["conf_low"] > 0:
        text = "{name}: higher in {wave} than in {since}, by {change} {unit} ({level} interval {low} to {high})."
    elif row["conf_high"] < 0:
        text = "{name}: lower in {wave} than in {since}, by {change} {unit} ({level} interval {low} to {high})."
    elif not math.isfinite(row["conf_low"]):
        text = "{name}: the change from {since} to {wave} has no interval."
    since, wave = (name_of(row[place], names, words) for place in ("since", "wave"))
    return words(text, name=figure_name(report, figure), since=since, wave=wave, change=change, low=low, high=high,
                 unit=unit(report, figure), level=level_text(words, report.conf_level))  # fmt: skip


def _one(report: Report, figure: str, said: str) -> list[Any]:
    words, result, name = report.words, report.result(f"waves_{figure}"), figure_name(report, figure)
    names = {wave: name_of(wave, report.names, words) for wave in result.table["wave"]}
    digits = DIGITS[figure]
    changes = [
        Column("wave", "name"),
        Column("since", "name", heading="Compared with"),
        Column("estimate", "interval", digits, heading="Change [{level} interval]"),
        Column("p_adjusted", "p"),
        Column("effect_size", "number"),
        Column("n", "count"),
        Column("n_before", "count", heading="n before"),
        Column("n_repeated", "count", heading="In both waves"),
        Column("note"),
    ]
    levels = [
        Column("wave", "name"),
        Column("estimate", "interval", digits, heading="Estimate [{level} interval]"),
        Column("n", "count"),
        Column("note"),
    ]
    unique = result.changes.drop_duplicates(["wave", "since"])
    named = report.names | names
    hidden = unique["n_repeated"].between(1, report.minimum - 1)
    unique = unique.assign(n_repeated=unique["n_repeated"].astype(float).mask(hidden))
    level, caption = report.conf_level, words("{name}: level of each wave", name=name)
    return [
        Heading(name, words),
        Figure(result.plot(words=words, names=named), said, "", words),
        show_table(unique, changes, words("{name}: change between waves", name=name), words=words, names=named,
                   level=level),
        show_table(result.table, levels, caption, words=words, names=named, folded=True, level=level),
    ]  # fmt: skip


def _matched(report: Report, found: list[str]) -> list[Any]:
    """Whether answers of the same customers are known to be theirs."""
    words, info = report.words, report.result(f"waves_{found[0]}").info
    if info["respondents"] == "matched":
        text = "Customers who answered in several waves are known by the study and matched; p is adjusted (Holm)."
        return [Note(words(text), words)]
    text = (
        "The study does not tell which customers answered in several waves: all answers count as those of different "
        "people; p is adjusted (Holm)."
    )
    return [Note(words(text), words)]
