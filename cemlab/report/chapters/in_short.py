"""In short: the report in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report import sentences
from cemlab.report.blocks import Bullets, Note
from cemlab.report.chapters.chain import told_levels
from cemlab.report.chapters.gaps import compared_parts
from cemlab.report.chapters.priorities import first_priority
from cemlab.report.chapters.voice import KPIS, sentence

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """Three to six sentences: shortfalls, loyalty, chain, prediction, where to look first."""
    words = report.words
    said = [*_gaps(report), *_loyalty(report), *_orders(report), *_chain(report), *_next(report)]
    if report.find("importance") is not None:  # else the largest shortfalls have said it
        said += first_priority(report)
    if not said:
        return [Note(words("These data do not allow any of the analyses; the end of the report says why."), words)]
    return [Bullets(tuple(text for text in said if text), words)]


def _gaps(report: Report) -> list[str]:
    gaps = report.find("gaps")
    if gaps is None:
        return []
    overall = sentences.overall_gap(gaps.overall, report.words, report.conf_level)
    parts, column = compared_parts(gaps)
    shortfalls = sentences.largest_shortfalls(parts, report.words, report.names, column)
    return [f"{overall} {shortfalls}"]


def _loyalty(report: Report) -> list[str]:
    found = next((kpi for kpi in KPIS if report.find(kpi) is not None), None)
    return [sentence(report, found)] if found else []


def _orders(report: Report) -> list[str]:
    result = report.find("orders")
    if result is None:
        return []
    return [sentences.orders(result.table, report.words, report.study.config.currency)]


def _chain(report: Report) -> list[str]:
    result = report.find("chain")
    if result is None:
        return []
    words, levels = report.words, told_levels(result.table)
    said = [sentences.chain(result.table, words, level) for level in levels]
    said.append(sentences.held_within(result.table, words))
    said += [sentences.indirect(result.indirect, words, report.names, level, report.conf_level) for level in levels[:1]]
    return [" ".join(text for text in said if text)]


def _next(report: Report) -> list[str]:
    for outcome in ("repurchase", "revenue"):
        result = report.find(f"comparison_{outcome}")
        if result is not None:
            return [sentences.prediction(result.prediction, report.words, outcome)]
    return []
