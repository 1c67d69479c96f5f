"""Method: how each number was made, what may be said against it, and what to repeat it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Bullets, Heading, Paragraph
from cemlab.report.session import versions
from cemlab.report.tables import Column, show_table
from cemlab.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from cemlab.report.session import Report

STEPS: dict[str, str] = {
    "gaps": "Gaps: perception minus expectation of the same person and question, averaged; paired t intervals, "
    "p values adjusted by Holm’s method. Every row uses all answers it can (available cases).",
    "nps": "NPS: the share of ratings 9 and 10 minus the share of ratings 0 to 6, with an interval of its "
    "own variance.",
    "csat": "CSAT: the share of the highest answers, with Wilson’s interval.",
    "ces": "CES: the mean of the effort question, with a t interval.",
    "reliability": "Reliability: Cronbach’s alpha and McDonald’s omega of each scale.",
    "orders": "Orders: cancelled lines and lines without a customer are left out and counted.",
    "chain": "Chain: per level, one regression for each target on all its declared sources; robust intervals, p values "
    "adjusted by Holm’s method over the hypotheses of a level. Unit means are held against "
    "agreement within units first.",
    "comparison_repurchase": "CRM and CEM: all predictors date from before the cutoff; success is measured by repeated "
    "cross-validation.",
}
CRITIQUE = (
    "Difference scores are disputed: a gap is usually less reliable than the two answers it is made of "
    "(Peter, Churchill & Brown 1993), its dimensions differ from study to study (Babakus & Boller "
    "1992; Carman 1990), and "
    "perceptions alone often predict satisfaction better (Cronin & Taylor 1992)."
)


def write(report: Report) -> list[Any]:
    """How, with which caveats, rules of thumb, seed and versions."""
    words = report.words
    done = tuple(words(text) for name, text in STEPS.items() if report.find(name) is not None)
    lead = words("All intervals hold with 95% confidence unless stated; nothing here shows what makes what happen.")
    blocks: list[Any] = [Paragraph(lead, words, lead=True), Bullets(done, words)]
    if report.find("gaps") is not None:
        blocks += [Heading(words("What may be said against gaps"), words), Paragraph(words(CRITIQUE), words)]
    return [*blocks, _privacy(report), _thresholds(report), _versions(report)]


def _privacy(report: Report) -> Paragraph:
    words = report.words
    text = words(
        "Groups of fewer than {minimum} are not shown, nor those from which they could be worked out. Customers stand "
        "in the data as codes only.",
        minimum=words.number(report.minimum),
    )
    return Paragraph(text, words)


def _thresholds(report: Report) -> Any:
    words = report.words
    rules = pd.DataFrame(
        {
            "threshold": list(THRESHOLDS),
            "value": [rule.value for rule in THRESHOLDS.values()],
            "source": [words.isolate(rule.source) for rule in THRESHOLDS.values()],
        }
    )
    columns = [Column("threshold"), Column("value", "number"), Column("source", "text", heading="Source")]
    return show_table(rules, columns, words("Rules of thumb and their sources"), words=words, names={}, folded=True)


def _versions(report: Report) -> Any:
    words = report.words
    facts = {words("Seed of the random numbers"): str(report.study.config.seed)} | versions()
    frame = pd.DataFrame({"name": list(facts), "value": [words.isolate(text) for text in facts.values()]})
    columns = [Column("name"), Column("value", "text")]
    return show_table(frame, columns, words("To repeat it"), words=words, names={}, folded=True)
