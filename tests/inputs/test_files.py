"""Reading any table file as text cells with the row numbers a person sees."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import DataError
from cemlab.inputs.files import clean_header, column_letter, read_table
from cemlab.inputs.typed import cell_text


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def message(path: Path, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


# truth


def test_cells_stay_text_and_only_blank_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,q\n007,None\n08,NA\n9,null\n10, \n11,۱۲٫۵\n")
    table = read_table(path)
    assert table["id"].tolist() == ["007", "08", "9", "10", "11"]
    assert table["q"].tolist() == ["None", "NA", "null", pd.NA, "۱۲٫۵"]
    assert table["q"].dtype == pd.StringDtype(na_value=pd.NA)


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = 'id,text\r\n1,"two\r\nlines"\r\n\r\n2,plain\r\n,\r\n3,last\r\n\r\n'
    table = read_table(write(tmp_path, "a.csv", text))
    assert table.index.tolist() == [2, 4, 6]
    assert table.loc[2, "text"] == "two\r\nlines"


def test_header_row_and_first_row_skip_the_other_headers(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "Report of May\nid,q1\nRespondent,How satisfied\nx1,5\nx2,4\n")
    table = read_table(path, header_row=2, first_row=4)
    assert table["q1"].to_dict() == {4: "5", 5: "4"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [separator.join(["id", '"a, b; c"', "q"]), separator.join(["1", '"3,5"', "2"])]
    table = read_table(write(tmp_path, "a.csv", "\n".join(lines)))
    assert table.columns.tolist() == ["id", "a, b; c", "q"]
    assert table.iloc[0].tolist() == ["1", "3,5", "2"]


def test_decimal_commas_do_not_split_semicolons(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a.csv", "id;x;y\n1;2,5;3,5\n2;1,5;4,5\n"))
    assert table["y"].tolist() == ["3,5", "4,5"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_encodings_need_no_declaration(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "a.csv", "شناسه,q\n۱,موافقم\n".encode(encoding))
    assert read_table(path).to_dict("list") == {"شناسه": ["۱"], "q": ["موافقم"]}


def test_declared_encodings_and_gzip(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv.gz", gzip.compress("id,q\n1,كاملا موافقم\n".encode("cp1256")))
    assert read_table(path, encoding="cp1256")["q"].tolist() == ["كاملا موافقم"]


def test_excel_cells_are_text_at_their_own_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("answers")
    sheet.append([])
    sheet.append(["id", "phone", "day", "x", "ok"])
    sheet.append(["007", 9121234567, datetime(2025, 5, 12), 2.5, True])
    sheet.append([])
    sheet.append(["NA", 7.0, datetime(2025, 5, 12, 8, 30), None, False])
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", sheet="answers", header_row=2)
    assert table.index.tolist() == [3, 5]
    assert table.loc[3].tolist() == ["007", "9121234567", "2025-05-12", "2.5", "TRUE"]
    assert table.loc[5, ["id", "phone", "day"]].tolist() == ["NA", "7", "2025-05-12 08:30:00"]
    assert pd.isna(table.loc[5, "x"])


def test_spss_keeps_codes_and_user_missing_values(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q": [1.0, 9.0, np.nan], "name": ["a", "b", "c"]})
    labels = {"q": {1.0: "Never", 9.0: "No answer"}}
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(frame, path, variable_value_labels=labels, missing_ranges={"q": [9]})
    table = read_table(path)
    assert table["q"].tolist() == ["1", "9", pd.NA]
    assert table.index.tolist() == [1, 2, 3]


def test_stata_and_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q": [1.0, 2.5], "name": ["a", "b"]})
    frame.to_stata(tmp_path / "a.dta", write_index=False)
    assert read_table(tmp_path / "a.dta")["q"].tolist() == ["1", "2.5"]
    frame.assign(__row__=[4, 9]).to_parquet(tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    assert table.index.tolist() == [4, 9]
    assert table.columns.tolist() == ["q", "name"]


def test_real_exports_are_read(real_data: Path) -> None:
    table = read_table(real_data / "exports" / "qualtrics_sample.csv", first_row=4)
    assert table.index.tolist() == [4]
    assert read_table(real_data / "exports" / "hebrews.sav").shape == (99, 1)
    assert read_table(real_data / "exports" / "sample_missing.sav").shape == (7, 7)


def test_typed_cells_as_text() -> None:
    values = [7.0, -1.5, 3, True, date(2025, 1, 2), None, float("nan"), "07"]
    assert [cell_text(value) for value in values] == ["7", "-1.5", "3", "TRUE", "2025-01-02", "", "", "07"]


# invariants

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
CELL = st.one_of(TEXT, st.sampled_from(["a,b", "x;y", 'say "no"', "two\nlines", "007", "NA"]))


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("round") / "a.csv"
    pd.DataFrame(rows, columns=["one", "two"]).to_csv(path, index=False)
    expected = [tuple(None if cell.isspace() else cell for cell in row) for row in rows]
    numbered = {i: row for i, row in enumerate(expected, start=2) if any(cell is not None for cell in row)}
    if not numbered:
        return
    table = read_table(path, separator=",").astype(object)
    found = {row: tuple(None if pd.isna(cell) else cell for cell in cells) for row, *cells in table.itertuples()}
    assert found == numbered


@given(st.integers(1, 20_000))
def test_column_letters_count_in_base_26(number: int) -> None:
    value = 0
    for letter in column_letter(number):
        value = 26 * value + ord(letter) - 64
    assert value == number


@given(st.text())
def test_clean_header_is_idempotent(text: str) -> None:
    assert clean_header(clean_header(text)) == clean_header(text)


# errors


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "survey.csv", "a,b\n1,2\n")
    assert message(tmp_path / "survy.csv").endswith(
        "survy.csv: found no such file, expected a table. Did you mean 'survey.csv'?"
    )


def test_folder_and_unknown_type(tmp_path: Path) -> None:
    assert message(tmp_path) == f"{tmp_path.name}: found a folder, expected a file. Name the file inside it."
    assert message(write(tmp_path, "a.docx", "x")).startswith(
        "a.docx: found the file type '.docx', expected one of .csv, "
    )


def test_empty_files(tmp_path: Path) -> None:
    said = "a.csv: found an empty file, expected a header and rows. Export it again."
    assert message(write(tmp_path, "a.csv", "")) == said
    said = "b.csv: found only blank cells, expected a header and rows. Export it again."
    assert message(write(tmp_path, "b.csv", "\n , \n")) == said
    said = (
        "c.csv: found a header with 2 columns and no rows, expected rows of data below it. "
        "Export it again with its answers."
    )
    assert message(write(tmp_path, "c.csv", "id,q1\n\n")) == said
    assert "d.csv, row 3: found a blank row, expected the column names." in message(
        write(tmp_path, "d.csv", "id,q1\n1,2\n"), header_row=3
    )


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04rest", "an Excel file (.xlsx) or another zip archive"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel file (.xls)"),
        (b"$FL2rest", "an SPSS file (.sav)"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_binary_files_named_csv_are_recognized(tmp_path: Path, start: bytes, what: str) -> None:
    assert message(write(tmp_path, "a.csv", start)) == (
        f"a.csv: this looks like {what}, expected delimited text because of the name. "
        "Give the file its own ending, or export it as CSV."
    )


def test_nul_bytes(tmp_path: Path) -> None:
    assert message(write(tmp_path, "a.csv", b"id,q\n1,\x00\x01\n")).startswith(
        "a.csv: found binary data (NUL bytes), expected delimited text because of the name."
    )


def test_wrong_encoding_names_what_was_tried(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,q\n1,키오스크\n".encode("cp949"))
    assert message(path) == (
        "a.csv, line 2: found bytes that are not UTF-8 (tried in this order: utf-8-sig, then utf-16 by its byte-order "
        "mark, which the file lacks), expected one of these. Save the file as UTF-8, or declare its encoding in "
        "study.yml, for example `encoding: cp1256` (Persian, Arabic), `encoding: cp949` (Korean) or `encoding: cp1252` "
        "(Western European)."
    )
    assert "found the encoding 'cp9490', expected one that exists" in message(path, encoding="cp9490")
    assert message(path, encoding="ascii").startswith("a.csv: found bytes that are not ascii (")
    assert read_table(path, encoding="cp949")["q"].tolist() == ["키오스크"]


def test_double_and_blank_headers_are_named_with_their_letters(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,q,,q \n1,2,3,4\n")
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert [problem.problem for problem in caught.value.problems] == [
        "found the same name in the header of columns B, D, expected a name for each.",
        "found no name in the header of column C, expected a name for each.",
    ]


def test_empty_columns_without_a_name_do_no_harm(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a.csv", "id,,q,,\n1,,3,,\n2,,4,,\n"))
    assert table.columns.tolist() == ["id", "q"]


def test_long_rows_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(write(tmp_path, "a.csv", "id,q\n1,2,\n2,3,oops\n3,4\n4,5,6\n"))
    assert str(caught.value).splitlines()[:2] == [
        "a.csv: found 2 rows with more cells than the header.",
        "  - a.csv, row 3: found 3 cells, expected 2 as in the header. "
        "A cell that holds the separator must stand in quotation marks.",
    ]
    assert [problem.row for problem in caught.value.problems] == [3, 5]


def test_open_quotation_mark(tmp_path: Path) -> None:
    assert message(write(tmp_path, "a.csv", 'id,q\n1,2\n2,"open\n3,4\n')).startswith(
        "a.csv, row 3: found a quotation mark that is not closed where its cell ends ("
    )


def test_broken_gzip_and_spreadsheets(tmp_path: Path) -> None:
    whole = gzip.compress(b"id,q\n1,2\n" * 100)
    assert "found bytes that are not a whole gzip archive (" in message(write(tmp_path, "a.csv.gz", whole[:-12]))
    assert "found bytes that are not a whole gzip archive (" in message(write(tmp_path, "b.csv.gz", b"id,q\n1,2\n"))
    assert message(write(tmp_path, "a.xlsx", "id,q\n1,2\n")).startswith(
        "a.xlsx: found a file that is not a readable spreadsheet ("
    )
    for name in ("a.sav", "a.dta", "a.parquet"):
        assert message(write(tmp_path, name, "id,q\n1,2\n")).startswith(
            f"{name}: found a file that is not readable as "
        )


def test_unknown_sheet(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "a.xlsx", sheet_name="answers", index=False)
    said = "a.xlsx: found no sheet 'answer', expected one of ['answers']. Did you mean 'answers'?"
    assert message(tmp_path / "a.xlsx", sheet="answer") == said
