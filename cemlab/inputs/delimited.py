"""Delimited text as records: its encoding, its separator, its quotation marks (RFC 4180).

Encodings: the declared one; else UTF-8 (with or without a byte-order mark), then UTF-16 where such a mark says so.
Nothing else is guessed: the legacy code pages decode one another without an error, into other letters.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path

from cemlab.errors import DataError

SEPARATORS = (",", ";", "\t", "|")  # in this order when two fit equally well
SNIFFED_ROWS = 50
LONGEST_CELL = 10_000_000
SIGNATURES = {
    b"PK\x03\x04": "an Excel file (.xlsx) or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"\x1f\x8b": "a gzip archive (.csv.gz)",
    b"PAR1": "a Parquet file (.parquet)",
    b"$FL2": "an SPSS file (.sav)",
    b"$FL3": "a compressed SPSS file (.zsav)",
    b"%PDF": "a PDF document",
}


def read_records(path: Path, encoding: str | None, separator: str | None, header_row: int) -> list[list[str]]:
    """Give the records of a delimited text file: one list of cells per row that a spreadsheet shows."""
    text = _decode(path, _read_bytes(path), encoding)
    separator = separator or _sniff_separator(text, header_row)
    records: list[list[str]] = []
    csv.field_size_limit(LONGEST_CELL)
    try:
        records.extend(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise DataError(
            f"{path.name}, row {len(records) + 1}: found a quotation mark that is not closed where its cell ends "
            f"({error}), expected pairs of quotation marks around a cell. Close it, or double the marks "
            "inside a quoted cell."
        ) from error
    return records


def _read_bytes(path: Path) -> bytes:
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            return file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path.name}: found bytes that are not a whole gzip archive ({error}), expected one because of the name. "
            "Copy the file again, or remove .gz from its name if it is plain text."
        ) from error


def _decode(path: Path, data: bytes, encoding: str | None) -> str:
    for signature, what in SIGNATURES.items():
        if data.startswith(signature):
            raise DataError(
                f"{path.name}: this looks like {what}, expected delimited text because of the name. "
                "Give the file its own ending, or export it as CSV."
            )
    if encoding is not None:
        return _decode_declared(path, data, encoding)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decode_declared(path, data, "utf-16")
    if b"\0" in data[:65536]:
        raise DataError(
            f"{path.name}: found binary data (NUL bytes), expected delimited text because of the name. "
            "Export the table as CSV; if it is UTF-16 text, declare it: `encoding: utf-16-le`."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path.name}, line {line}: found bytes that are not UTF-8 (tried in this order: utf-8-sig, then utf-16 by "
            "its byte-order mark, which the file lacks), expected one of these. Save the file as UTF-8, or declare its "
            "encoding in study.yml, for example `encoding: cp1256` (Persian, Arabic), `encoding: cp949` (Korean) or "
            "`encoding: cp1252` (Western European)."
        ) from error


def _decode_declared(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except LookupError as error:
        raise DataError(
            f"{path.name}: found the encoding {encoding!r}, expected one that exists, "
            "for example utf-8, utf-16, cp1256, cp949 or cp1252. Correct `encoding` in study.yml."
        ) from error
    except UnicodeError as error:
        raise DataError(
            f"{path.name}: found bytes that are not {encoding} ({error}), expected the declared encoding. "
            "Correct `encoding` in study.yml, or remove it if the file is UTF-8."
        ) from error


def _sniff_separator(text: str, header_row: int) -> str:
    """The separator under which most of the first rows are as long as the header; then the one with most cells."""

    def fit(separator: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        widths = []
        try:
            for number, record in enumerate(reader, start=1):
                if number >= header_row and record:
                    widths.append(len(record))
                if len(widths) == SNIFFED_ROWS:
                    break
        except csv.Error:
            return 0.0, 0
        if not widths or widths[0] == 1:
            return 0.0, 1
        return sum(width == widths[0] for width in widths) / len(widths), widths[0]

    return max(SEPARATORS, key=fit)
