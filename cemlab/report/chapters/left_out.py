"""Not in this report: the chapters that the data do not allow, with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cemlab.report.blocks import Bullets
from cemlab.report.vocabulary import enumerate_names

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """One line a reason; nothing where the report is whole."""
    from cemlab.report.session import TITLES

    words, chapters = report.words, report.left_out()
    lines = []
    for reason in dict.fromkeys(chapters.values()):
        titles = [words("“{name}”", name=words(TITLES[name])) for name, why in chapters.items() if why == reason]
        lines.append(words("{name}: {text}", name=enumerate_names(words, titles), text=reason))
    return [Bullets(tuple(lines), words)] if lines else []
