"""Any table file as text cells: delimited text, spreadsheets, SPSS, Stata, Parquet.

Nothing is interpreted here: "None", "NA", "007" and ۱۲ stay what they are; only a blank cell is missing. The index is
the row number that a person sees in the file, so that every later message can say where to look:

- delimited text: the row a spreadsheet shows when it opens the file. A quoted answer with line breaks is one row, an
  empty line is a row. The header row counts.
- spreadsheets: the row number at the left margin.
- SPSS, Stata and Parquet: the number of the case (the first is 1); a Parquet column `__row__` goes before.

Rows whose cells are all blank are left out; the numbers of the others do not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from cemlab.errors import DataError, Problem, quote
from cemlab.inputs.delimited import read_records
from cemlab.inputs.typed import ROW_COLUMN, read_cases, read_sheet

__all__ = ["ROW_COLUMN", "clean_header", "column_letter", "read_table", "suffix_of"]
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
SHEET_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")


def read_table(
    path: str | Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    header_row: int = 1,
    first_row: int | None = None,
) -> pd.DataFrame:
    r"""Read a table file as text: a column per header, cells of dtype string, <NA> where a cell is blank.

    Parameters
    ----------
    path : path
        .csv, .tsv, .txt (each also .gz), .xlsx, .xlsm, .xls, .ods, .sav, .dta or .parquet.
    sheet : str
        Name of the spreadsheet's sheet; the first one by default.
    encoding : str
        Of delimited text and SPSS files. By default UTF-8 (with or without a byte-order mark), then UTF-16 where a
        byte-order mark says so; nothing else is guessed.
    separator : str
        Of delimited text; by default the one of , ; tab | that splits header and first rows into equally many cells.
    header_row, first_row : int
        Rows (the first is 1) of the column names and of the first data; data follow the header by default.

    Returns
    -------
    DataFrame
        Headers with runs of white space made one space; index `row`: the row number a person sees in the file.

    Raises
    ------
    DataError
        The file is missing, empty, not what its name says or not decodable; headers blank or double; a row too long.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = file.write_text("id;q1\n007;۵\n\n008;NA\n", encoding="utf-8")
    >>> read_table(file)
          id  q1
    row
    2    007   ۵
    4    008  NA
    """
    path = Path(path)
    _require_file(path)
    suffix = suffix_of(path)
    if suffix in TEXT_SUFFIXES:
        tab = "\t" if ".tsv" in suffix else None
        records = read_records(path, encoding, separator or tab, header_row)
    elif suffix in SHEET_SUFFIXES:
        records = read_sheet(path, sheet)
    elif suffix in (".sav", ".zsav", ".dta", ".parquet"):
        return _tidy(path, _frame_of_cases(path, suffix, encoding))
    else:
        known = ", ".join((*TEXT_SUFFIXES[:4], *SHEET_SUFFIXES, ".sav", ".dta", ".parquet"))
        raise DataError(
            f"{path.name}: found the file type {suffix or 'without an ending'!r}, expected one of {known}. "
            "Export the table in one of these formats."
        )
    return _tidy(path, _frame_of(path, records, header_row, first_row or header_row + 1))


def suffix_of(path: Path) -> str:
    """The ending in lower case, both parts where the file is gzipped: '.csv.gz'."""
    endings = [ending.lower() for ending in path.suffixes]
    if endings[-1:] == [".gz"]:
        return "".join(endings[-2:])
    return endings[-1] if endings else ""


def clean_header(text: str) -> str:
    r"""A column name on one line: runs of white space are one space.

    >>> clean_header(" How satisfied\n are you? ")
    'How satisfied are you?'
    """
    return " ".join(text.split())


def column_letter(number: int) -> str:
    """The letter a spreadsheet shows for a column (the first is 1).

    >>> column_letter(1), column_letter(27)
    ('A', 'AA')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise DataError(f"{path.name}: found a folder, expected a file. Name the file inside it.")
    if not path.exists():
        near = []
        if path.parent.is_dir():
            near = get_close_matches(path.name, sorted(p.name for p in path.parent.iterdir() if p.is_file()), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Check the name and the folder."
        raise DataError(f"{path}: found no such file, expected a table. {hint}")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: found an empty file, expected a header and rows. Export it again.")


def _frame_of_cases(path: Path, suffix: str, encoding: str | None) -> pd.DataFrame:
    rows, headers, columns = read_cases(path, suffix, encoding)
    names = _check_headers(path, headers, range(1, len(headers) + 1))
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=rows)


def _frame_of(path: Path, records: Sequence[Sequence[str]], header_row: int, first_row: int) -> pd.DataFrame:
    if not any(cell.strip() for record in records for cell in record):
        raise DataError(f"{path.name}: found only blank cells, expected a header and rows. Export it again.")
    header = list(records[header_row - 1]) if header_row <= len(records) else []
    if not any(cell.strip() for cell in header):
        raise DataError(
            f"{path.name}, row {header_row}: found a blank row, expected the column names. "
            "Say which row holds them: `header_row` in study.yml."
        )
    numbers = [n for n in range(first_row, len(records) + 1) if "".join(records[n - 1]).strip()]
    kept = [records[n - 1] for n in numbers]
    width = max(map(_filled_width, kept), default=0) if not header[-1].strip() else len(header)
    while len(header) > width and not header[-1].strip():
        header.pop()  # empty columns that the export appended
    _require_no_long_rows(path, zip(numbers, kept, strict=True), len(header))
    columns = list(zip(*(_exactly(record, len(header)) for record in kept), strict=True)) or [()] * len(header)
    places = [i for i, name in enumerate(header) if name.strip() or "".join(columns[i]).strip()]
    headers = _check_headers(path, [header[i] for i in places], [i + 1 for i in places])
    texts = {
        name: pd.array([cell if cell and not cell.isspace() else None for cell in columns[place]], dtype="string")
        for name, place in zip(headers, places, strict=True)
    }
    return pd.DataFrame(texts, index=pd.Index(numbers, name="row", dtype="int64"))


def _exactly(record: Sequence[str], width: int) -> Sequence[str]:
    """A record cut or filled up with blanks to `width` cells."""
    return record if len(record) == width else [*record[:width], *[""] * (width - len(record))]


def _filled_width(record: Sequence[str]) -> int:
    width = len(record)
    while width and not record[width - 1].strip():
        width -= 1
    return width


def _require_no_long_rows(path: Path, rows: Iterable[tuple[int, Sequence[str]]], width: int) -> None:
    problems = [
        Problem(
            path.name,
            f"found {_filled_width(record)} cells, expected {width} as in the header.",
            "A cell that holds the separator must stand in quotation marks.",
            row=number,
            value=quote(record[width]),
        )
        for number, record in rows
        if len(record) > width and _filled_width(record) > width
    ]
    if problems:
        raise DataError(f"{path.name}: found {len(problems)} rows with more cells than the header.", problems)


def _check_headers(path: Path, headers: Sequence[str], places: Iterable[int]) -> list[str]:
    """The headers on one line each; blank and double ones raise, named with their column letters."""
    names = [clean_header(header) for header in headers]
    letters: dict[str, list[str]] = {}
    for name, place in zip(names, places, strict=True):
        letters.setdefault(name, []).append(column_letter(place))
    problems = [
        Problem(
            path.name,
            f"found {'no name' if not name else 'the same name'} in the header of "
            f"{'columns' if len(where) > 1 else 'column'} {', '.join(where)}, expected a name for each.",
            "Name the columns in the file, or say which row holds the names (`header_row`).",
            column=name or None,
        )
        for name, where in letters.items()
        if not name or len(where) > 1
    ]
    if problems:
        raise DataError(f"{path.name}: the header cannot be used.", problems)
    return names


def _tidy(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    kept = frame[frame.notna().any(axis=1)]
    if kept.empty:
        raise DataError(
            f"{path.name}: found a header with {frame.shape[1]} columns and no rows, expected rows of data below it. "
            "Export it again with its answers."
        )
    return kept
