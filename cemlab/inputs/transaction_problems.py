"""What may be wrong with transaction lines, found in the database: one query per kind, rows as a person sees them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cemlab.errors import Problem, quote
from cemlab.inputs.configfile import nearest
from cemlab.inputs.dates import EPOCH, EXPECTED, day_number
from cemlab.inputs.files import ROW_COLUMN, clean_header
from cemlab.inputs.transaction_files import named_headers

if TYPE_CHECKING:
    import duckdb

    from cemlab.inputs.schema import TransactionSource

LISTED = 1000  # problems of one kind
FUTURE_DAYS = 366  # a line may be dated so far ahead (orders for later), not farther
FIRST_YEAR = 1900


@dataclass(frozen=True)
class Kind:
    """One way in which a cell makes its line unusable."""

    role: str
    condition: str  # SQL over `lines`
    text: str  # column of `lines` that holds the cell
    problem: str  # {value} is the cell
    advice: str


def column_problems(source: TransactionSource, headers: Sequence[str]) -> list[Problem]:
    """The columns that the study names and the file lacks, each with the nearest header."""
    file = Path(source.file).name
    return [
        Problem(
            file,
            f"found no such column, expected one because study.yml names it; {nearest(header, list(headers))}",
            "Correct `columns` or `cancelled` under `transactions:` in study.yml, or the header of the file.",
            column=header,
        )
        for header in named_headers(source)
        if header not in headers
    ]


def validity(source: TransactionSource) -> str:
    """SQL that is true for the lines of the table `lines` that can be used."""
    return " AND ".join(f"NOT coalesce({kind.condition}, false)" for kind in kinds(source))


def kinds(source: TransactionSource) -> list[Kind]:
    """The ways in which a cell of this file can make its line unusable."""
    latest = datetime.date.today().toordinal() - EPOCH + FUTURE_DAYS
    earliest = day_number(FIRST_YEAR, 1, 1)
    hint = "Write dates so, or correct the cell."
    if source.calendar == "gregorian":
        hint += " If years are Jalali (13xx, 14xx), say `calendar: jalali` under `transactions:`."
    found = [
        Kind("date", "date_text IS NOT NULL AND day IS NULL", "date_text",
             f"found {{value}}, expected {EXPECTED[source.calendar]}.", hint),
        Kind("date", "date_text IS NULL", "date_text", "found an empty cell, expected a date.", "Fill in the date."),
        Kind("date", f"day < {earliest}", "date_text", f"found {{value}}, expected a date after {FIRST_YEAR}.", hint),
        Kind("date", f"day > {latest}", "date_text", "found {value}, expected a date not far in the future.", hint),
    ]  # fmt: skip
    needed = ("amount",) if "amount" in source.columns else ("quantity", "price")
    for role in ("amount", "quantity", "price"):
        if role not in source.columns:
            continue
        text = f"{role}_text"
        unreadable = f"{text} IS NOT NULL AND {role} IS NULL"
        found.append(Kind(role, unreadable, text, "found {value}, expected a number such as 12.50.",
                          "Write it without a currency and with a decimal point."))  # fmt: skip
        if role in needed:
            found.append(Kind(role, f"{text} IS NULL", text, "found an empty cell, expected a number.", "Fill it in."))
    return found


def line_problems(connection: duckdb.DuckDBPyConnection, source: TransactionSource) -> list[Problem]:
    """Unusable cells one by one, and what is worth knowing about the file, with counts."""
    file = Path(source.file).name
    problems = [problem for kind in kinds(source) for problem in _of_kind(connection, source, file, kind)]
    return [*problems, *_notes(connection, source, file)]


def _of_kind(
    connection: duckdb.DuckDBPyConnection, source: TransactionSource, file: str, kind: Kind
) -> Iterator[Problem]:
    header = clean_header(source.columns[kind.role])  # type: ignore[index]
    query = f"SELECT {ROW_COLUMN}, {kind.text} FROM lines WHERE {kind.condition} ORDER BY 1 LIMIT {LISTED}"
    rows = connection.execute(query).fetchall()
    for row, value in rows:
        shown = None if value is None else quote(value)
        problem = kind.problem.format(value=shown)
        yield Problem(file, problem, kind.advice, row=row, column=header, value=value, severity="invalid")
    if len(rows) == LISTED:
        count = _count(connection, kind.condition)
        if count > LISTED:
            problem = f"found {count} cells of this kind, of which the first {LISTED} are listed."
            yield Problem(file, problem, "Look for their common cause.", column=header, severity="note")


def _notes(connection: duckdb.DuckDBPyConnection, source: TransactionSource, file: str) -> Iterator[Problem]:
    customer = clean_header(source.columns["customer"])
    blank = _count(connection, "customer IS NULL")
    if blank:
        yield Problem(file, f"found {_lines(blank)} without a customer.", "Analyses of customers leave them out.",
                      column=customer, severity="note")  # fmt: skip
    if "quantity" in source.columns:
        negative = _count(connection, "quantity < 0 AND NOT is_cancellation")
        if negative:
            advice = "Analyses leave them out. If they are returns, say how to know them: `cancelled` in study.yml."
            yield Problem(file, f"found {_lines(negative)} with a negative quantity and no mark of a cancellation.",
                          advice, column=clean_header(source.columns["quantity"]), severity="note")  # fmt: skip
    copies = _count(connection, "is_duplicate")
    if copies:
        advice = "They are kept: two equal sales cannot be told from one recorded twice."
        yield Problem(file, f"found {_lines(copies)} equal to an earlier one in every column.", advice, severity="note")


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _count(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM lines WHERE {condition}").fetchone()
    assert found is not None
    return int(found[0])
