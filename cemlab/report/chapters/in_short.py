"""In short: the report in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report import sentences
from cemlab.report.blocks import Bullets, Note
from cemlab.report.chapters.priorities import first_priority

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """Three to six sentences: shortfalls, loyalty, chain, prediction, where to look first."""
    words = report.words
    said = [*_gaps(report), *_loyalty(report), *_chain(report), *_next(report), *first_priority(report)]
    if not said:
        return [Note(words("These data do not allow any of the analyses; each chapter says why."), words)]
    return [Bullets(tuple(text for text in said if text), words)]


def _gaps(report: Report) -> list[str]:
    gaps = report.find("gaps")
    if gaps is None:
        return []
    overall = sentences.overall_gap(gaps.overall, report.words)
    shortfalls = sentences.largest_shortfalls(gaps.dimensions, report.words, report.names)
    return [f"{overall} {shortfalls}"]


def _loyalty(report: Report) -> list[str]:
    result = report.find("nps")
    if result is not None:
        return [sentences.nps(result.table.iloc[0].to_dict(), report.words)]
    result = report.find("csat")
    return [] if result is None else [sentences.csat(result.table.iloc[0].to_dict(), report.words)]


def _chain(report: Report) -> list[str]:
    result = report.find("chain")
    if result is None:
        return []
    levels = [level for level in ("unit", "respondent") if (result.table["level"] == level).any()]
    said = [sentences.chain(result.table, report.words, level) for level in levels[:1]]
    if len(result.indirect):
        said.append(sentences.indirect(result.indirect, report.words, report.names))
    return [" ".join(said)]


def _next(report: Report) -> list[str]:
    for outcome in ("repurchase", "revenue"):
        result = report.find(f"comparison_{outcome}")
        if result is not None:
            return [sentences.prediction(result.prediction, report.words, outcome)]
    return []
