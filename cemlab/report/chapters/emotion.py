"""Emotion: what customers feel, good against bad, as Net Emotional Value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Figure, Paragraph
from cemlab.report.tables import Column, show_table
from cemlab.report.vocabulary import level_text

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """Net Emotional Value in words, by stage where stages are named; single emotions folded."""
    words, names, result = report.words, report.names, report.result("emotion")
    lead = first_sentence(report)
    stages = result.stages[result.stages["n"] >= report.minimum]
    parts = result.table.assign(term=result.table["term"].replace(result.info["term"], "Net Emotional Value"))
    parts = parts[parts["term"].isin(["Net Emotional Value", "positive emotions", "negative emotions"])]
    items = result.items[result.items["n"] >= report.minimum].sort_values("estimate", ascending=False, kind="stable")
    kinds = {"emotion_positive": words("positive emotions"), "emotion_negative": words("negative emotions")}
    items = items.assign(role=items["role"].map(kinds))
    columns = [Column("n", "count"), Column("estimate", "interval"), Column("note")]
    return [
        Paragraph(lead, words, lead=True),
        Figure(replace(result, stages=stages).plot(words=words, names=names), lead, "", words),
        show_table(parts, [Column("term"), *columns], words("What customers feel"), words=words, names={},
                   level=report.conf_level),
        show_table(items, [Column("item", "name", heading="Emotion"), Column("role", "name"), *columns],
                   words("Each emotion"), words=words, names=names, folded=True, level=report.conf_level),
    ]  # fmt: skip


def first_sentence(report: Report) -> str:
    """Say whether good feelings outweigh bad ones."""
    words, result = report.words, report.result("emotion")
    row = result.table[result.table["term"] == result.info["term"]].iloc[0]
    value, low, high = (words.number(row[name], 2, sign=True) for name in ("estimate", "conf_low", "conf_high"))
    text = "Good and bad feelings are in balance: Net Emotional Value {value} ({level} interval {low} to {high})."
    if row["conf_low"] > 0:
        text = "Good feelings outweigh bad ones: Net Emotional Value {value} ({level} interval {low} to {high})."
    elif row["conf_high"] < 0:
        text = "Bad feelings outweigh good ones: Net Emotional Value {value} ({level} interval {low} to {high})."
    return words(text, value=value, low=low, high=high, level=level_text(words, report.conf_level))
