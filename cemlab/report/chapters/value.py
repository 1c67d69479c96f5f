"""Value: what customers get for what they give, in one number of cemlab's own definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Figure, Note, Paragraph
from cemlab.report.tables import Column, show_table
from cemlab.report.vocabulary import count, level_text

if TYPE_CHECKING:
    from cemlab.report.session import Report

PARTS = ("benefit", "effort", "risk", "price", "treatment")
COLUMNS = [Column("part", heading="Part"), Column("n", "count"), Column("estimate", "interval"), Column("note")]


def write(report: Report) -> list[Any]:
    """The value in words, the waterfall, the value; its five parts folded."""
    words, names, result = report.words, report.names, report.result("value")
    lead = first_sentence(report)
    titles = {
        "benefit": words("Benefit"), "effort": words("Effort (taken off)"), "risk": words("Risk (taken off)"),
        "price": words("Price (taken off)"), "treatment": words("Treatment"), "value": words("Value to the customer"),
    }  # fmt: skip
    table = result.table.assign(part=result.table["term"].map(titles))
    text = "Value = benefit − effort − risk − price + treatment is cemlab’s own definition; all parts weigh the same."
    blocks: list[Any] = [
        Paragraph(lead, words, lead=True),
        Figure(result.plot(words=words, names=names), lead, "", words),
        show_table(table[table["term"] == "value"], COLUMNS, words("Value to the customer"), words=words, names={},
                   level=report.conf_level),
        show_table(table[table["term"].isin(PARTS)], COLUMNS, words("The parts of value"), words=words, names={},
                   folded=True, level=report.conf_level),
        Note(words(text), words),
    ]  # fmt: skip
    if result.info["standardize"] is not None:
        text = "The parts were asked on unlike scales: each is taken as percent of its scale."
        blocks.append(Note(words(text), words))
    return blocks


def first_sentence(report: Report) -> str:
    """Say whether what customers get outweighs what they give."""
    words, table = report.words, report.result("value").table
    row = table[table["term"] == "value"].iloc[0]
    value, low, high = (words.number(row[name], 2, sign=True) for name in ("estimate", "conf_low", "conf_high"))
    text = "What customers get and what they give are balanced: value {value} ({level} interval {low} to {high}), {n}."
    if row["conf_low"] > 0:
        text = "Customers get more than they give: value {value} ({level} interval {low} to {high}), {n}."
    elif row["conf_high"] < 0:
        text = "Customers give more than they get: value {value} ({level} interval {low} to {high}), {n}."
    n = count(words, row["n"], "{n} customer", "{n} customers")
    return words(text, value=value, low=low, high=high, n=n, level=level_text(words, report.conf_level))
