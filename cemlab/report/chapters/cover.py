"""Cover: what the report is about, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Bullets, Heading, Paragraph
from cemlab.report.dates import written_date
from cemlab.report.tables import name_of
from cemlab.report.vocabulary import count, enumerate_names

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """Title, organization, waves, dates, numbers."""
    words, survey = report.words, report.survey
    title = report.organization.title_in(words.language)
    facts = [words("{name}: {text}", name=words("Study"), text=report.study.title_in(words.language))]
    facts += _rests_on(report)
    facts += _waves(report)
    if len(survey):
        facts += _dates(report)
    if report.weights is not None:
        facts.append(words("Answers are weighted as the study says."))
    return [
        Heading(title, words, level=1),
        Paragraph(words("Diagnosis of the customer experience"), words, lead=True),
        Bullets(tuple(facts), words),
    ]


def _rests_on(report: Report) -> list[str]:
    words, parts = report.words, []
    if len(report.survey):
        parts.append(count(words, len(report.survey), "{n} customer’s answers", "{n} customers’ answers"))
    if len(report.employees):
        parts.append(count(words, len(report.employees), "{n} employee’s answers", "{n} employees’ answers"))
    orders = report.find("orders")
    if orders is not None:
        n = orders.table.set_index("term")["estimate"]["n_orders"]
        parts.append(count(words, n, "{n} order", "{n} orders"))
    units = max(report.survey["unit"].nunique(), report.units["unit"].nunique())
    if units:
        parts.append(count(words, units, "{n} unit", "{n} units"))
    return [words("{name}: {text}", name=words("Rests on"), text=enumerate_names(words, parts))] if parts else []


def _waves(report: Report) -> list[str]:
    words, rows = report.words, report.survey if len(report.survey) else report.units
    waves = [name_of(w, report.names, words) for w in sorted(rows["wave"].dropna().unique())]
    return [words("{name}: {text}", name=words("Waves"), text=enumerate_names(words, waves))] if waves else []


def _dates(report: Report) -> list[str]:
    words, dates = report.words, report.survey["date"].dropna()
    if dates.empty:
        return []
    first, last = written_date(dates.min().date(), words), written_date(dates.max().date(), words)
    return [words("{name}: {text}", name=words("Answered"), text=words("{first} to {last}", first=first, last=last))]
