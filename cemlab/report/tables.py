"""From result tables to tables for reading: chosen columns, human headings, formatted numbers, small groups hidden."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from cemlab.languages import LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE, Words
from cemlab.report.blocks import Table
from cemlab.report.dates import in_digits
from cemlab.report.vocabulary import level_text

Kind = Literal["text", "name", "path", "count", "number", "signed", "percent", "p", "interval"]
HIDDEN = "*"
SMALLEST_P = 0.001

HEADINGS: dict[str, str] = {
    "term": "Measure", "group": "Group", "item": "Question", "attribute": "Question", "dimension": "Dimension",
    "construct": "Construct", "role": "Kind of question", "unit": "Unit", "wave": "Wave", "n": "n",
    "expectation": "Expectation", "perception": "Perception", "gap": "Gap", "estimate": "Estimate",
    "interval": "Estimate [{level} interval]", "p_value": "p", "p_adjusted": "p (adjusted)",
    "effect_size": "Effect size",
    "coefficient": "Coefficient", "n_items": "Items", "promoters": "Promoters", "passives": "Passives",
    "detractors": "Detractors", "hypothesis": "Hypothesis", "level": "Level", "source": "From", "target": "To",
    "expected_sign": "Expected sign", "standardized": "Standardized", "n_units": "Units", "verdict": "Verdict",
    "r_squared": "R²", "path": "Path", "icc1": "ICC(1)", "icc2": "ICC(2)", "r_wg": "r_wg(j)",
    "verdict_gate": "Unit means", "segment": "Segment", "n_customers": "Customers", "revenue": "Revenue",
    "model": "Predictors", "metric": "Measure of success", "outcome": "What is predicted", "weight": "Importance",
    "missing": "Not answered", "invalid": "Unreadable or out of scale", "note": "Remark", "name": "What",
    "value": "Value", "problem": "Problem", "advice": "What to do", "file": "File", "column": "Column",
    "threshold": "Rule of thumb", "shortfall": "Shortfall", "family": "Family",
    "kpi": "Measure", "crm": "CRM", "cem": "CEM",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column to show: which one of the result, how it is written, with how many decimals, under which heading."""

    name: str
    kind: Kind = "text"
    digits: int = 2
    heading: str | None = None

    def title(self, words: Words, level: float = 0.95) -> str:
        """The heading in the language; {level} in it becomes the confidence level."""
        heading = self.heading or HEADINGS.get(self.name, self.name)
        return words(heading, level=level_text(words, level)) if "{level}" in heading else words(heading)


def show_table(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    caption: str,
    *,
    words: Words,
    names: Mapping[str, str],
    folded: bool = False,
    hidden: Sequence[bool] | None = None,
    level: float = 0.95,
) -> Table:
    """A Table block of the chosen columns that the frame has, in the given order.

    Parameters
    ----------
    frame : DataFrame
        A result's table at full precision.
    columns : sequence of Column
        What to show; columns that the frame lacks are left out.
    caption : str
        In the language already.
    words : Words
        The language.
    names : mapping
        Display names of items, constructs, units …
    folded : bool
        Whether the table stands behind its caption.
    hidden : sequence of bool, optional
        Rows whose numbers must not be shown.
    level : float
        Confidence level of the intervals, named in their headings.

    Returns
    -------
    Table
    """
    present = [column for column in columns if column.name in frame.columns or column.kind == "interval"]
    concealed = list(hidden) if hidden is not None else [False] * len(frame)
    shown: dict[str, list[str]] = {}
    for column in present:
        texts = [_cell(row, column, words, names) for row in frame.to_dict("records")]
        if column.name == "note" and not any(texts):
            continue
        if column.kind not in ("text", "name", "path"):
            texts = [HIDDEN if secret else text for text, secret in zip(texts, concealed, strict=True)]
        shown[column.title(words, level)] = texts
    titles = {c.title(words, level): c.kind for c in present}
    worded = tuple(title for title in shown if titles[title] in ("text", "name", "path"))
    caption = words("Table: {name}", name=caption) if folded else caption
    return Table(pd.DataFrame(shown), caption, words, folded, worded)


def name_of(value: Any, names: Mapping[str, str], words: Words | None = None) -> str:
    """The display name of a value, the value itself where it has none, '–' where there is no value."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    text = str(value)
    if text in names:
        return names[text]
    if words and text and not text.strip("0123456789./-–"):
        return in_digits(text, words)
    return words(text) if words else text


def note_text(note: Any, words: Words) -> str:
    """A result's remark in the language: looked up as a whole, else sentence by sentence."""
    if note is None or (not isinstance(note, str) and pd.isna(note)):
        return ""
    whole = words(str(note))
    return whole if whole != note else " ".join(words(part) for part in re.split(r"(?<=\.) ", str(note)))


def p_text(value: float, words: Words) -> str:
    """A p value as journals print it: three decimals, '<.001' below that; English drops the zero before the point.

    >>> from cemlab.languages import ENGLISH
    >>> p_text(0.0321, ENGLISH), p_text(1e-9, ENGLISH)
    ('.032', '<.001')
    """
    if not math.isfinite(value):
        return "–"
    number = _bare(words.number(max(value, SMALLEST_P), 3)).removeprefix("0" if value < 0.9995 else "")
    return words.isolate(f"<{number}" if value < SMALLEST_P else number)


def interval_text(estimate: float, low: float, high: float, words: Words, digits: int = 2, sign: bool = False) -> str:
    """An estimate and its interval as one isolated text, such as −1.20 [−1.50, −0.90]."""
    number = _bare(words.number(round(estimate, digits) + 0.0, digits, sign=sign))
    if not (math.isfinite(low) and math.isfinite(high)):
        return words.isolate(number) if math.isfinite(estimate) else "–"
    ends = [_bare(words.number(round(end, digits) + 0.0, digits)) for end in (low, high)]
    comma = "،\u00a0" if words.direction == "rtl" else ",\u00a0"
    return words.isolate(f"{number}\u00a0[{comma.join(ends)}]")


def _bare(text: str) -> str:
    return text.replace(LEFT_TO_RIGHT_ISOLATE, "").replace(POP_ISOLATE, "")


def _cell(row: Mapping[Any, Any], column: Column, words: Words, names: Mapping[str, str]) -> str:
    if column.kind == "interval":
        ends = [_number(row.get(end)) for end in (column.name, "conf_low", "conf_high")]
        return interval_text(ends[0], ends[1], ends[2], words, column.digits)
    value = row[column.name]
    if column.kind == "path":
        arrow = " ← " if words.direction == "rtl" else " → "
        return arrow.join(name_of(part.strip(), names, words) for part in str(value).replace("->", "→").split("→"))
    if column.name == "note":
        return note_text(value, words)
    if column.kind in ("text", "name"):
        return "−" if value == "-" else name_of(value, names, words)
    return _formatted(_number(value), column, words)


def _formatted(value: float, column: Column, words: Words) -> str:
    if not math.isfinite(value):
        return "–"
    if column.kind == "p":
        return p_text(value, words)
    if column.kind == "percent":
        return words.percent(value, column.digits)
    digits = 0 if column.kind == "count" else column.digits
    return words.number(round(value, digits) + 0.0, digits, sign=column.kind == "signed")


def _number(value: Any) -> float:
    return float(value) if value is not None and pd.notna(value) else math.nan
