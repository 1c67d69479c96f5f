"""Drivers: which ratings go most closely with overall satisfaction. A description, never a lever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Figure, Note, Paragraph
from cemlab.report.tables import Column, name_of, show_table
from cemlab.report.vocabulary import count

if TYPE_CHECKING:
    from cemlab.report.session import Report

LISTED, FEW = 5, 10  # rows shown unfolded; customers a rating below which the order is loose
COLUMNS = [
    Column("driver", "name", heading="Rating"),
    Column("share", "interval", 1, heading="Share in percent [{level} interval]"),
    Column("correlation", "number", heading="Correlation"),
    Column("p_adjusted", "p"),
    Column("n", "count"),
    Column("note"),
]


def write(report: Report) -> list[Any]:
    """The closest rating, the picture, the first five and, folded, all of them."""
    words, names, result = report.words, report.names, report.result("drivers")
    table = result.table.sort_values("estimate", ascending=False, kind="stable")
    table = table.assign(share=100 * table["estimate"], conf_low=100 * table["conf_low"],
                         conf_high=100 * table["conf_high"])  # fmt: skip
    lead = first_sentence(report)
    blocks: list[Any] = [
        Paragraph(lead, words, lead=True),
        Paragraph(_basis(report), words),
        Figure(result.plot(words=words, names=names), lead, "", words),
        show_table(table.head(LISTED), COLUMNS, words("Ratings that go most closely with it"), words=words,
                   names=names, level=report.conf_level),
    ]  # fmt: skip
    if len(table) > LISTED:
        blocks.append(show_table(table, COLUMNS, words("All ratings"), words=words, names=names, folded=True,
                                 level=report.conf_level))  # fmt: skip
    if result.info["n_obs"] < FEW * len(table):
        text = "There are few customers for so many ratings: read the intervals rather than the order."
        blocks.append(Note(words(text), words))
    text = (
        "A share says how closely ratings go together, not what would follow if one of them were changed. p: whether "
        "the rating accounts for more than a column of random numbers."
    )
    return [*blocks, Note(words(text), words)]


def first_sentence(report: Report) -> str:
    """Which rating goes most closely with the outcome."""
    words, result = report.words, report.result("drivers")
    first = result.table.sort_values("estimate", ascending=False, kind="stable").iloc[0]
    text = (
        "Of {all} ratings, “{name}” goes most closely with “{outcome}”: it has {share} of what all of them account for "
        "together ({level} interval {low} to {high})."
    )
    return words(
        text,
        all=words.number(len(result.table)),
        name=name_of(first["driver"], report.names, words),
        outcome=name_of(result.info["outcome"], report.names, words),
        share=words.percent(first["estimate"]),
        level=words.percent(report.conf_level),
        low=words.percent(first["conf_low"]),
        high=words.percent(first["conf_high"]),
    )


def _basis(report: Report) -> str:
    """How much they account for together, and on how many people it rests."""
    words, info = report.words, report.result("drivers").info
    n = count(words, info["n_obs"], "{n} customer", "{n} customers")
    text = (
        "Together they account for {share} of the differences between customers. This rests on {n} who answered all "
        "of it; {dropped} answers that lack a part are not used."
    )
    return words(text, share=words.percent(info["r_squared"]), n=n, dropped=words.number(info["n_dropped"]))
