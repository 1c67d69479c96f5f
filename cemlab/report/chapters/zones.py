"""Zones: what customers get against the least they accept and what they wish for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Figure, Paragraph
from cemlab.report.tables import Column, show_table

if TYPE_CHECKING:
    from cemlab.report.session import Report

DIFFERENCES = [
    Column("attribute", "name"), Column("side", heading="Difference"), Column("n", "count"),
    Column("estimate", "interval"), Column("p_adjusted", "p"),
    Column("effect_size", "number", heading="Effect size (d_z)"), Column("note"),
]  # fmt: skip


def write(report: Report) -> list[Any]:
    """How many lie below the zone, the picture, levels; adequacy and superiority folded."""
    words, names, result = report.words, report.names, report.result("zones")
    by = "dimension" if len(result.zones_of_dimensions) else "attribute"
    table = result.zones_of_dimensions if by == "dimension" else result.zones
    known = table[table["n"] >= report.minimum]
    drawn = replace(result, zones_of_dimensions=known) if by == "dimension" else replace(result, zones=known)
    lead = first_sentence(report, known)
    columns = [
        Column(by, "name"), Column("n", "count"), Column("minimum", "number", heading="Least accepted"),
        Column("perception", "number"), Column("desired", "number", heading="Desired"),
        Column("place", heading="Where it lies"), Column("note"),
    ]  # fmt: skip
    folded = result.table[result.table["term"].isin(["adequacy", "superiority"])]
    sides = {"adequacy": words("found − least accepted"), "superiority": words("found − desired")}
    folded = folded.assign(side=folded["term"].map(sides))
    hidden = folded["n"].between(1, report.minimum - 1)
    return [
        Paragraph(lead, words, lead=True),
        Figure(drawn.plot(words=words, names=names), lead, "", words),
        show_table(known.assign(place=known["state"].map(places(report))), columns, words("The zone of tolerance"),
                   words=words, names=names),
        show_table(folded, DIFFERENCES, words("Adequacy and superiority by attribute"), words=words, names=names,
                   folded=True, hidden=hidden.tolist(), level=report.conf_level),
    ]  # fmt: skip


def places(report: Report) -> dict[str, str]:
    """The states of a mean in the report's language."""
    words = report.words
    return {"below": words("below the zone"), "in": words("in the zone"), "above": words("above the zone")}


def first_sentence(report: Report, table: pd.DataFrame) -> str:
    """How many lie below the least that customers accept."""
    words, n = report.words, table["state"].value_counts()
    text = (
        "Of {all} parts of the service, {below} lie below the least that customers accept, {within} between that and "
        "what they wish for, and {above} above it."
    )
    below, within, above = (words.number(int(n.get(state, 0))) for state in ("below", "in", "above"))
    return words(text, all=words.number(len(table)), below=below, within=within, above=above)
