"""Cells of a questionnaire as numbers: labels, missing codes, scales, reversed items. Vectorized over values.

A cell is, in this order: blank; a missing code of the item (as text or as number: "6", "6.0", "۶"); a label of
the item; a number on the item's scale. Anything else is a problem with its row and column, and the number is missing;
nothing is clipped or guessed ("نظری ندارم" is the middle, or no answer, only where a label or a missing code says so).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.errors import Problem, quote
from cemlab.inputs.codebook import read_labels, split_list
from cemlab.inputs.text import fold, nearest_text, read_number

if TYPE_CHECKING:
    from cemlab.inputs.schema import StudyConfig


@dataclass(frozen=True)
class Question:
    """How the cells of one item are read.

    Attributes
    ----------
    low, high : float
        Ends of the scale; NaN = no scale is checked.
    labels : mapping
        Folded label -> code.
    missing : frozenset
        Missing codes: folded texts, and floats for those that are numbers.
    spellings : tuple of str
        The labels as the study writes them, for advice.
    """

    item: str
    role: str = "agreement"
    low: float = float("nan")
    high: float = float("nan")
    reverse: bool = False
    labels: Mapping[str, float] | None = None
    missing: frozenset[str | float] = frozenset()
    spellings: tuple[str, ...] = ()

    @property
    def scale(self) -> str:
        """The scale as a message names it: '1 to 5'."""
        return f"{self.low:g} to {self.high:g}"

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are answers."""
        return self.role != "points" and float(self.low).is_integer() and float(self.high).is_integer()


def question_of(row: Any, config: StudyConfig | None = None, missing_codes: Iterable[str] = ()) -> Question:
    """Give the Question of a codebook row (a named tuple or Series); `missing_codes` are the source's own."""
    labels = read_labels(row.labels, config.label_sets if config else {}) if pd.notna(row.labels) else {}
    return Question(
        item=str(row.item),
        role=str(row.role),
        low=float(row.scale_min),
        high=float(row.scale_max),
        reverse=bool(row.reverse),
        labels={fold(label): code for label, code in labels.items()},
        missing=missing_forms([*split_list(row.missing_codes), *missing_codes]),
        spellings=tuple(labels),
    )


def missing_forms(codes: Iterable[str]) -> frozenset[str | float]:
    """Missing codes in the forms they are compared in: folded text, and number where the code is one.

    >>> sorted(missing_forms(["6", "BLANK"]), key=str)
    ['6', 6.0, 'blank']
    """
    forms: set[str | float] = set()
    for code in codes:
        number = read_number(code)
        forms |= {fold(code)} if number is None else {fold(code), number}
    return frozenset(forms)


def read_ratings(cells: pd.Series, item: Question, *, file: str = "") -> tuple[pd.Series, list[Problem]]:
    """Give the answers as numbers, in the direction of the construct (reversed items turned), and what is unusable.

    Parameters
    ----------
    cells : Series of str
        Cells of one column; index = row number in the file, name = the header.
    item : Question
        Its scale, labels and missing codes.
    file : str
        The file's name, for the problems.

    Returns
    -------
    numbers : Series of float
        NaN where the answer is missing or a problem.
    problems : list of Problem
        One per unusable cell, severity "invalid", in the order of the rows.

    Examples
    --------
    >>> cells = pd.Series(["۵", "Agree", "9", None], index=[2, 3, 4, 5], name="Q1", dtype="string")
    >>> likert = Question("q1", low=1, high=5, labels={"agree": 4}, spellings=("Agree",))
    >>> numbers, problems = read_ratings(cells, likert, file="answers.csv")
    >>> numbers.tolist(), str(problems[0])[:61]
    ([5.0, 4.0, nan, nan], "answers.csv, row 4, column 'Q1': found 9, expected 1 to 5. If")
    """
    codes, distinct = pd.factorize(cells)
    read = [_read_answer(str(text), item) for text in distinct]
    values = np.array([*(value for value, _ in read), np.nan])
    numbers = pd.Series(values[codes], index=cells.index, name=item.item, dtype="float64")
    if item.reverse:
        numbers = item.low + item.high - numbers
    wrong = {k: complaint for k, (_, complaint) in enumerate(read) if complaint}
    problems = [
        Problem(file, *wrong[codes[i]], int(cells.index[i]), str(cells.name), str(distinct[codes[i]]), "invalid")
        for i in (np.flatnonzero(np.isin(codes, list(wrong))).tolist() if wrong else ())
    ]
    return numbers, problems


def read_texts(cells: pd.Series, missing: frozenset[str | float] = frozenset()) -> pd.Series:
    """Give text answers trimmed (dtype str), missing codes as missing."""
    texts = cells.astype("str").str.strip()
    gone = [text for text in texts.dropna().unique() if is_missing(text, missing)]
    return texts.mask(texts.isin(gone)) if gone else texts


def is_missing(text: str, missing: frozenset[str | float]) -> bool:
    """Whether a text is one of the missing codes, as text or as number."""
    return bool(missing) and (fold(text) in missing or read_number(text) in missing)


def read_amounts(cells: pd.Series, *, file: str = "", positive: bool = False) -> tuple[pd.Series, list[Problem]]:
    """Give numbers without a scale (weights, costs, measures of units); blank is missing.

    With `positive`, a blank cell and a number that is not above zero are problems: a weight cannot be either.
    """
    codes, distinct = pd.factorize(cells)
    read = [read_number(str(text)) for text in distinct]
    fine = [value is not None and (value > 0 or not positive) for value in read] + [not positive]
    values = np.array(
        [value if good and value is not None else np.nan for value, good in zip(read, fine, strict=False)]
    )
    numbers = pd.Series(np.append(values, np.nan)[codes], index=cells.index, dtype="float64")
    expected = "a number above 0" if positive else "a number"
    problems = []
    for i in np.flatnonzero(~np.array(fine)[codes]).tolist():
        found = str(distinct[codes[i]]) if codes[i] >= 0 else None
        shown = "a blank cell" if found is None else found if read[codes[i]] is not None else quote(found)
        advice = "Correct the cell: digits without thousands marks, a point as decimal mark."
        problem = f"found {shown}, expected {expected}."
        problems.append(Problem(file, problem, advice, int(cells.index[i]), str(cells.name), found, "invalid"))
    return numbers, problems


def _read_answer(text: str, item: Question) -> tuple[float, tuple[str, str] | None]:
    """The number of one distinct cell, or NaN and what to say about it (problem, advice)."""
    form, number = fold(text), read_number(text)
    if form in item.missing or (number is not None and number in item.missing):
        return np.nan, None
    label = (item.labels or {}).get(form)
    number = label if label is not None else number
    if number is None:
        return np.nan, _unreadable(text, item)
    if label is not None and number in item.missing:
        return np.nan, None
    if number < item.low or number > item.high:
        shown = " ".join(text.split())
        advice = f"If {shown} marks a missing answer, list it under missing_codes of the codebook."
        return np.nan, (f"found {shown}, expected {item.scale}.", advice)
    if item.is_whole and not float(number).is_integer():
        return np.nan, (f"found {text.strip()}, expected a whole number {item.scale}.", "Correct the cell.")
    return float(number), None


def _unreadable(text: str, item: Question) -> tuple[str, str]:
    labels = item.labels or {}
    scale = "a number" if np.isnan(item.low) else f"a number {item.scale}"
    near = nearest_text(text, item.spellings)
    if near is not None:
        advice = (
            f"Did you mean {near!r} ({labels[fold(near)]:g})? Correct the cell, or add this spelling to the labels."
        )
    elif labels:
        advice = "Correct the cell, add it to the labels, or list it under missing_codes of the codebook."
    else:
        advice = "Correct the cell, give the item labels, or list it under missing_codes of the codebook."
    return f"found {quote(text)}, expected {scale}{' or one of the labels' if labels else ''}.", advice
