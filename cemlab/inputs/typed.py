"""Files whose cells have types, as text: spreadsheets, SPSS, Stata, Parquet.

A whole number has no decimals ("7"), a date is ISO; the codes of SPSS's user-missing values stay, labels stay out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from cemlab.errors import DataError

ROW_COLUMN = "__row__"  # in Parquet: the row numbers of the file the rows came from


def read_sheet(path: Path, sheet: str | None) -> list[list[str]]:
    """Give the rows of a sheet (the first by default) as text, from the sheet's first row on."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise DataError(
            f"{path.name}: found a file that is not a readable spreadsheet ({error}), expected {path.suffix}. "
            "Open it in a spreadsheet program and save it again; a password must be removed."
        ) from error
    names = list(book.sheet_names)
    if sheet is not None and sheet not in names:
        near = get_close_matches(sheet, names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Correct `sheet` in study.yml."
        raise DataError(f"{path.name}: found no sheet {sheet!r}, expected one of {names}. {hint}")
    rows = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    return [[cell_text(value) for value in row] for row in rows]


def cell_text(value: Any) -> str:
    """A typed cell as its text: 7.0 is '7', a date is ISO, a missing value is ''.

    >>> cell_text(7.0), cell_text(2.5), cell_text(datetime(2025, 5, 12)), cell_text(None)
    ('7', '2.5', '2025-05-12', '')
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        midnight = not (value.hour or value.minute or value.second or value.microsecond)
        return value.strftime("%Y-%m-%d") if midnight else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    return str(value)


def read_cases(path: Path, suffix: str, encoding: str | None) -> tuple[pd.Index, list[str], list[pd.Series]]:
    """Give the case numbers, the headers and the columns as text of an SPSS, Stata or Parquet file."""
    typed = _read_parquet(path) if suffix == ".parquet" else _read_statistics(path, suffix, encoding)
    rows = pd.Index(range(1, len(typed) + 1), name="row", dtype="int64")
    if ROW_COLUMN in typed.columns:
        rows = pd.Index(typed.pop(ROW_COLUMN).astype("int64"), name="row")
    columns = [_text_column(typed.iloc[:, place]).set_axis(rows) for place in range(typed.shape[1])]
    return rows, [str(name) for name in typed.columns], columns


def _text_column(values: pd.Series) -> pd.Series:
    codes, distinct = pd.factorize(values.astype(object))
    texts = [text if (text := cell_text(value)).strip() else None for value in distinct] + [None]
    return pd.Series([texts[code] for code in codes], dtype="string")


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path).to_pandas(integer_object_nulls=True, ignore_metadata=True)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, "Parquet", error) from error


def _read_statistics(path: Path, suffix: str, encoding: str | None) -> pd.DataFrame:
    import pyreadstat

    read: Callable[..., Any] = pyreadstat.read_dta if suffix == ".dta" else pyreadstat.read_sav
    try:
        # user_missing keeps the codes of declared missing values; labels stay out of the cells
        typed, _ = read(str(path), encoding=encoding, user_missing=True, apply_value_formats=False)
    except Exception as error:  # pyreadstat raises its own, unexported and bare exceptions
        raise _unreadable(path, "Stata" if suffix == ".dta" else "SPSS", error) from error
    return typed


def _unreadable(path: Path, kind: str, error: Exception) -> DataError:
    return DataError(
        f"{path.name}: found a file that is not readable as {kind} ({' '.join(str(error).split())}), expected one "
        "because of the name. Export it again, or declare its encoding."
    )
