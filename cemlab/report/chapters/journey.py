"""Journey: where on their way customers find less than they want, by stage and channel, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.measures.journey_cells import ANY_CHANNEL
from cemlab.report.blocks import Figure, Note, Paragraph
from cemlab.report.findings import Unavailable
from cemlab.report.sentences import hidden_note
from cemlab.report.tables import Column, interval_text, name_of, show_table
from cemlab.report.vocabulary import level_text

if TYPE_CHECKING:
    from cemlab.report.session import Report

LISTED = 5


def write(report: Report) -> list[Any]:
    """The cell with the largest shortfall, the map, the first cells; the whole map and the moments folded."""
    words, result = report.words, report.result("journey")
    names = journey_names(report)
    small = result.table["n"].between(1, report.minimum - 1)
    table = result.table[~small]
    if not (table["n"] >= report.minimum).any():
        raise Unavailable(words("Too few customers answered about any stage to show anything."))
    lead = first_sentence(report, table)
    drawn = replace(result, table=table).plot(words=words, names=names)
    text = (
        "Priority is cemlab’s own figure: the shortfall times how closely ratings of the cell go with overall "
        "satisfaction (a correlation). It sets an order; it says nothing of what would follow from a change."
    )
    if result.info["impact"] == "none":
        text = "Priority is cemlab’s own figure: here the shortfall alone, every cell counting the same."
    first = table[table["priority"] > 0].sort_values("priority", ascending=False, kind="stable").head(LISTED)
    blocks: list[Any] = [
        Paragraph(lead, words, lead=True),
        Figure(drawn, f"{words('Where on the journey customers find less than they desire')}. {lead}", "", words),
    ]
    if len(first):
        blocks.append(_cells(report, first, words("The first cells by priority"), names, folded=False))
    blocks.append(_cells(report, table, words("The whole map"), names, folded=True))
    if small.any():
        blocks.append(Note(hidden_note(words, int(small.sum()), report.minimum), words))
    return [*blocks, Note(words(text), words), *(Note(words(problem), words) for problem in result.problems)]


def journey_names(report: Report) -> Mapping[str, str]:
    """Display names of stages, channels and owners: the study's, else those of the journey sheet."""
    titles = report.result("journey").titles.get(report.words.language, {})
    return {ANY_CHANNEL: report.words("any channel")} | dict(titles) | report.names


def first_sentence(report: Report, table: pd.DataFrame) -> str:
    """Where customers get least of what they want; where that was not asked, where ratings are lowest."""
    words, names = report.words, journey_names(report)
    column = "estimate" if table["estimate"].notna().any() else "current"
    row = table.sort_values(column, kind="stable").iloc[0]
    place = words("{stage} ({channel})", stage=name_of(row["stage"], names), channel=name_of(row["channel"], names))
    if column == "current":
        text = "On the journey, ratings are lowest at {place}: {rating} on average."
        return words(text, place=place, rating=words.number(row["current"], 2))
    if not row["conf_high"] < 0:
        return words("Nowhere on the journey do customers clearly find less than they want.")
    text = (
        "On the journey, customers find least of what they want at {place}: the gap is {gap} scale points ({level} "
        "interval {low} to {high})."
    )
    gap, low, high = (words.number(row[name], 2) for name in ("estimate", "conf_low", "conf_high"))
    return words(text, place=place, gap=gap, low=low, high=high, level=level_text(words, report.conf_level))


def _cells(report: Report, table: pd.DataFrame, caption: str, names: Mapping[str, str], *, folded: bool) -> Any:
    columns = [
        Column("stage", "name", heading="Stage"),
        Column("channel", "name", heading="Channel"),
        Column("owner", "name", heading="Who answers for it"),
        Column("n", "count"),
        Column("desired", "number", heading="Desired"),
        Column("current", "number", heading="Found"),
        Column("estimate", "interval", heading="Gap [{level} interval]"),
        Column("p_adjusted", "p"),
        Column("impact", "number", heading="Correlation with overall satisfaction"),
        Column("order", heading="Priority [{level} interval]"),
        Column("note"),
    ]
    if report.result("journey").info["impact"] == "none":
        columns = [column for column in columns if column.name != "impact"]
    if table["owner"].isna().all():
        columns = [column for column in columns if column.name != "owner"]
    ends = table[["priority", "priority_low", "priority_high"]].astype(float).to_numpy()
    table = table.assign(order=[interval_text(value, low, high, report.words) for value, low, high in ends])
    return show_table(table, columns, caption, words=report.words, names=names, folded=folded, level=report.conf_level)
