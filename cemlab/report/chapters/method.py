"""Method: how each number was made, what may be said against it, and what to repeat it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.report.blocks import Bullets, Heading, Paragraph
from cemlab.report.session import versions
from cemlab.report.tables import Column, show_table
from cemlab.report.vocabulary import level_text
from cemlab.thresholds import threshold

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
CONVENTION = "convention"
RULES: dict[str, tuple[str, str]] = {  # threshold -> the result that it is held against, and its name
    "alpha": ("reliability", "Cronbach’s alpha, at least"),
    "r_wg": ("chain", "Agreement within units r_wg(j), at least"),
    "icc1": ("chain", "Share of the unit in people’s answers ICC(1), at least"),
    "icc2": ("chain", "Reliability of unit means ICC(2), at least"),
    "min_per_unit": ("chain", "People whose mean counts as a unit’s, at least"),
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
    level = level_text(words, report.conf_level)
    text = "All intervals hold with {level} confidence; nothing here shows what makes what happen."
    lead = words(text, level=level)
    blocks: list[Any] = [Paragraph(lead, words, lead=True), Bullets(done, words)]
    if report.find("gaps") is not None:
        blocks += [Heading(words("What may be said against gaps"), words), Paragraph(words(CRITIQUE), words)]
    return [*blocks, *_weights(report), _privacy(report), *_thresholds(report), _versions(report)]


def _weights(report: Report) -> list[Any]:
    words = report.words
    if report.weights is None:
        return []
    text = (
        "Answers are weighted as the study says in gaps, NPS, CSAT, CES and the chain; counts of people, reliability "
        "and agreement within units count every answer once."
    )
    return [Paragraph(words(text), words)]


def _privacy(report: Report) -> Paragraph:
    words = report.words
    text = "Groups of fewer than {minimum} are not shown, nor those from which they could be worked out."
    said = words(text, minimum=words.number(report.minimum))
    config = report.study.config
    if config.privacy.identifiers == "hash" and (config.survey or config.transactions):
        said += " " + words("Codes stand in place of the customers’ identifiers.")
    return Paragraph(said, words)


def _thresholds(report: Report) -> list[Any]:
    """The rules of thumb that this report names."""
    words = report.words
    used = {name: text for name, (result, text) in RULES.items() if report.find(result) is not None}
    if not used:
        return []
    found = [threshold(name) for name in used]
    rules = pd.DataFrame(
        {
            "threshold": [words(text) for text in used.values()],
            "value": [rule.value for rule in found],
            "source": [
                words(rule.source) if rule.source == CONVENTION else words.isolate(rule.source) for rule in found
            ],
        }
    )
    columns = [Column("threshold"), Column("value", "number"), Column("source", "text", heading="Source")]
    return [show_table(rules, columns, words("Rules of thumb and their sources"), words=words, names={}, folded=True)]


def _versions(report: Report) -> Any:
    words = report.words
    facts = {words("Seed of the random numbers"): str(report.study.config.seed)} | versions()
    frame = pd.DataFrame({"name": list(facts), "value": [words.isolate(text) for text in facts.values()]})
    columns = [Column("name"), Column("value", "text")]
    return show_table(frame, columns, words("To repeat it"), words=words, names={}, folded=True)
