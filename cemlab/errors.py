"""Everything cemlab raises or warns, and the one record a data problem is kept in. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

PROBLEM_COLUMNS = ["file", "row", "column", "value", "problem", "advice", "severity"]
SHOWN_PROBLEMS = 12  # in a message; the whole table is in `.problems`
SHOWN_VALUE = 60  # characters of a cell that a message quotes


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a user's file, in the words of that file.

    `row` is the row a person sees in the file (the header is row 1), or None for a whole column or file.
    `severity`: "severe" stops every analysis; "invalid" is one unusable answer, whose fate is the study's choice
    (`on_invalid`); "note" is worth knowing and stops nothing.
    """

    file: str
    problem: str
    advice: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Literal["severe", "invalid", "note"] = "severe"

    def __str__(self) -> str:
        place = self.file
        place += f", row {self.row}" if self.row is not None else ""
        place += f", column {self.column!r}" if self.column is not None else ""
        return f"{place}: {self.problem} {self.advice}"


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """Problems as a DataFrame: file, row, column, value, problem, advice, severity."""
    import pandas as pd

    table = pd.DataFrame([asdict(problem) for problem in problems], columns=PROBLEM_COLUMNS)
    return table.astype({"row": "Int64"})


def quote(value: object) -> str:
    """A value as a message shows it: one line, cut at a readable length."""
    text = " ".join(str(value).split())
    return repr(text if len(text) <= SHOWN_VALUE else text[: SHOWN_VALUE - 1] + "…")


class CemlabError(Exception):
    """Base class: catch this to catch every cemlab error.

    `problems` lists every problem found, not only the first; `str()` shows the first dozen.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)

    def __str__(self) -> str:
        lines = [str(self.args[0])]
        lines += [f"  - {problem}" for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"  … and {len(self.problems) - SHOWN_PROBLEMS} more.")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[type[CemlabError], tuple[str, tuple[Problem, ...]]]:
        # Exceptions travel between processes; the default would lose `problems`.
        return type(self), (self.args[0], self.problems)

    @property
    def table(self) -> pd.DataFrame:
        """The problems as a DataFrame: file, row, column, value, problem, advice, severity."""
        return problems_table(self.problems)


class StudyError(CemlabError, ValueError):
    """The study's own description (study.yml, codebook) is wrong or does not fit its files."""


class DataError(CemlabError, ValueError):
    """The data do not fit the study: wrong codes, missing columns, no rows."""


class EstimationError(CemlabError, ValueError):
    """A method cannot be run at all on what it was given."""


class ReportError(CemlabError, RuntimeError):
    """A report could not be made or written."""


class CemlabWarning(UserWarning):
    """Something a reader of the numbers should know."""
