"""The file of transaction lines as a DuckDB table of text: read once, out of core, whatever its format.

UTF-8 text and Parquet are read by DuckDB itself, which keeps on disk what does not fit into memory. Other encodings,
other formats and files that DuckDB refuses go through `read_table`, which says exactly what is wrong with them.
Nothing is downloaded: only what DuckDB has built in is used.

DuckDB passes over blank lines inside a text file, which would put its row numbers wrong below one: such files go
through `read_table` too.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from cemlab.errors import DataError
from cemlab.inputs.delimited import SEPARATORS
from cemlab.inputs.files import ROW_COLUMN, TEXT_SUFFIXES, clean_header, read_table, suffix_of

if TYPE_CHECKING:
    from cemlab.inputs.schema import TransactionSource
    from cemlab.inputs.study import Study

COPY_COLUMN = "__copy__"  # equal for lines that are equal in every column of the file
UTF8_NAMES = (None, "utf-8", "utf8", "utf-8-sig")
HEAD_BYTES = 65536
BLOCK_BYTES = 1 << 22
_BLANK_LINE = re.compile(rb"\n\n+[^\n]")
BLANKS = " \t\r\n\u00a0\u200c\u200e\u200f"  # around a cell, not part of it


def sql_name(header: str) -> str:
    """A header as SQL writes it: quoted, whatever it holds.

    >>> sql_name('order "no"')[:9]
    '"order ""'
    """
    return '"' + header.replace('"', '""') + '"'


def sql_text(value: str) -> str:
    """A text as SQL writes it.

    >>> sql_text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def connect() -> duckdb.DuckDBPyConnection:
    """A database of its own in memory, which spills to the system's folder for temporary files."""
    spill = Path(tempfile.gettempdir()) / f"cemlab-{uuid.uuid4().hex}"
    settings: dict[str, Any] = {
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    return duckdb.connect(":memory:", config=settings)


def named_headers(source: TransactionSource) -> list[str]:
    """The headers that the study names, each once."""
    named = [*source.columns.values(), *([source.cancelled.column] if source.cancelled else [])]
    return list(dict.fromkeys(clean_header(name) for name in named))


def open_lines(study: Study) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """A connection whose table `raw` holds the lines, and the headers of the file.

    Returns
    -------
    connection : DuckDB connection
        Table `raw`: `__row__` (as a person sees it), `__copy__` and the columns that the study names, as text; blank
        = NULL.
    headers : list of str
        All headers of the file.

    Raises
    ------
    DataError
        If the file is missing, empty or not readable.
    """
    source = _source(study)
    path, connection = study.path_of(source.file), connect()
    try:
        headers, relation, row, copy = _scan(connection, path, source)
        _materialize(connection, headers, relation, row, copy, named_headers(source))
    except (duckdb.InvalidInputException, duckdb.IOException):  # a row too short, bytes that are not UTF-8 …
        headers, relation, row, copy = _from_frame(connection, path, source)
        _materialize(connection, headers, relation, row, copy, named_headers(source))
    return connection, headers


def _source(study: Study) -> TransactionSource:
    if study.config.transactions is None:
        raise DataError(
            f"Study {study.id}: found no transactions, expected a `transactions:` section in study.yml. "
            "Name the file and its columns there."
        )
    return study.config.transactions


Scan = tuple[list[str], str, str, str | None]  # headers; what to select from; SQL of the row and of the copy's mark


def _scan(connection: duckdb.DuckDBPyConnection, path: Path, source: TransactionSource) -> Scan:
    suffix = suffix_of(path)
    usual = path.is_file() and path.stat().st_size > 0
    if usual and suffix == ".parquet":
        return _from_parquet(connection, path)
    if usual and suffix in TEXT_SUFFIXES and (source.encoding or "utf-8").lower() in UTF8_NAMES:
        head = _head(path)
        if head is not None and _is_unbroken(path):
            return _from_text(head, path, source)
    return _from_frame(connection, path, source)


def _head(path: Path) -> str | None:
    """The beginning of a UTF-8 text; None where it is something else."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            data = file.read(HEAD_BYTES)
    except (OSError, EOFError):
        return None
    if b"\0" in data:
        return None
    text = data.decode("utf-8-sig", errors="ignore")  # DuckDB refuses what is wrong further down
    return text if "\n" in text or "\r" in text else None


def _is_unbroken(path: Path) -> bool:
    """Whether the file can be read to its end and no blank line stands between others; a block at a time."""
    tail = b""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                text = tail + block.replace(b"\r", b"")
                if _BLANK_LINE.search(text):
                    return False
                tail = text[len(text.rstrip(b"\n")) :]  # line ends whose next line comes with the next block
    except (OSError, EOFError):
        return False
    return True


def _from_text(head: str, path: Path, source: TransactionSource) -> Scan:
    line = head.splitlines()[0]
    separator = source.separator or ("\t" if ".tsv" in suffix_of(path) else max(SEPARATORS, key=line.count))
    record = next(csv.reader(io.StringIO(head, newline=""), delimiter=separator))
    headers = [clean_header(cell) for cell in record]
    if not all(headers) or len(set(headers)) < len(headers):
        raise duckdb.InvalidInputException("a header that read_table explains")
    columns = ", ".join(f"{sql_text(header)}: 'VARCHAR'" for header in headers)
    options = f"header=true, columns={{{columns}}}, delim={sql_text(separator)}, nullstr=''"
    options += ", quote='\"', escape='\"', auto_detect=false, strict_mode=true"
    return headers, f"read_csv({sql_text(str(path))}, {options})", "row_number() OVER () + 1", None


def _from_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> Scan:
    scan = f"read_parquet({sql_text(str(path))}, file_row_number=true)"
    types = {name: str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
    row = sql_name(ROW_COLUMN) if ROW_COLUMN in types else "file_row_number + 1"
    copy = sql_name(COPY_COLUMN) if COPY_COLUMN in types else None
    headers = [name for name in types if name not in (ROW_COLUMN, COPY_COLUMN, "file_row_number")]
    texts = [f"{_as_text(name, types[name])} AS {sql_name(name)}" for name in headers]
    marks = [f"{row} AS {sql_name(ROW_COLUMN)}", *([f"{copy} AS {sql_name(COPY_COLUMN)}"] if copy else [])]
    return headers, f"(SELECT {', '.join([*marks, *texts])} FROM {scan})", sql_name(ROW_COLUMN), copy


def _as_text(header: str, kind: str) -> str:
    name = f"CAST({sql_name(header)} AS VARCHAR)"
    return f"regexp_replace({name}, '\\.0$', '')" if kind in ("DOUBLE", "FLOAT") else name


def _from_frame(connection: duckdb.DuckDBPyConnection, path: Path, source: TransactionSource) -> Scan:
    import pyarrow as pa

    frame = read_table(path, sheet=source.sheet, encoding=source.encoding, separator=source.separator)
    headers = [str(name) for name in frame.columns]
    frame.index.name = ROW_COLUMN
    connection.register("frame", pa.Table.from_pandas(frame.reset_index(), preserve_index=False))
    return headers, "frame", sql_name(ROW_COLUMN), None


def _materialize(
    connection: duckdb.DuckDBPyConnection,
    headers: Sequence[str],
    relation: str,
    row: str,
    copy: str | None,
    named: Sequence[str],
) -> None:
    every = ", ".join(sql_name(header) for header in headers)
    kept = [f"nullif(trim({sql_name(h)}, {sql_text(BLANKS)}), '') AS {sql_name(h)}" for h in named if h in headers]
    marks = [f"{row} AS {sql_name(ROW_COLUMN)}", f"{copy or f'hash({every})'} AS {sql_name(COPY_COLUMN)}"]
    connection.execute(f"CREATE OR REPLACE TABLE raw AS SELECT {', '.join([*marks, *kept])} FROM {relation}")
