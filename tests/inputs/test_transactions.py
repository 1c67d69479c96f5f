"""Transaction lines: every format the same lines, problems with their rows, nothing of other organizations."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from cemlab.errors import DataError
from cemlab.inputs.study import Study, load_study
from cemlab.inputs.transactions import (
    load_transactions,
    transaction_organizations,
    transaction_problems,
    write_transactions_slice,
)

COLUMNS = "{customer: who, order: bill, date: on, quantity: pieces, price: each, organization: shop}"
TEXT = """who,bill,on,pieces,each,shop,remark
ann,1,2024-01-31 23:30:00,2,"1,250.50",north,"two
lines"
bob,2,2024/02/01,۳,۴٫۵,north,
,3,2024-02-02,1,1.0,south,
ann,C4,2024-02-03,-2,1250.50,north,
ann,5,2024-02-04,-1,2,south,
bob,2,2024/02/01,۳,۴٫۵,north,
"""


def study_in(
    folder: Path, text: str | bytes = TEXT, name: str = "t.csv", more: str = "", columns: str = COLUMNS
) -> Study:
    """A study of transactions only, with this file."""
    (folder / "study.yml").write_text(
        f"id: shops\nprivacy: {{identifiers: keep}}\n{more}\ntransactions:\n  file: {name}\n  columns: {columns}\n"
        + ("  cancelled: {column: bill, starts_with: C}\n" if "bill" in columns else ""),
        encoding="utf-8",
    )
    (folder / "codebook.csv").write_text("item,role\nage,profile\n", encoding="utf-8")
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return load_study(folder)


def read(study: Study, organization: str | None = None) -> pd.DataFrame:
    frame = load_transactions(study, organization).collect("pandas").to_native()
    return frame.sort_values(["day", "is_duplicate"], ignore_index=True)


def messages(study: Study) -> list[str]:
    return [str(problem) for problem in transaction_problems(study)]


# truth
def test_lines_come_in_canonical_columns(tmp_path: Path) -> None:
    lines = read(study_in(tmp_path))
    assert lines["customer_id"].fillna("").tolist() == ["ann", "bob", "bob", "", "ann", "ann"]
    assert lines["day"].tolist() == [19753, 19754, 19754, 19755, 19756, 19757]
    assert lines["month_index"].tolist() == [2024 * 12, *[2024 * 12 + 1] * 5]
    assert lines["amount"].tolist() == [2501.0, 13.5, 13.5, 1.0, -2501.0, -2.0]
    assert lines["is_cancellation"].tolist() == [False, False, False, False, True, False]
    assert lines["is_duplicate"].tolist() == [False, False, True, False, False, False]
    assert lines["channel"].isna().all()


def test_jalali_days(tmp_path: Path) -> None:
    study = study_in(
        tmp_path, "who,on,sum\nann,1403/12/30,5\n", columns="{customer: who, date: on, amount: sum}\n  calendar: jalali"
    )
    assert read(study)["day"].tolist() == [(pd.Timestamp("2025-03-20") - pd.Timestamp(0)).days]


# invariants
@pytest.mark.parametrize("name", ["t.csv.gz", "t.tsv", "t.parquet", "t.xlsx", "cp1256.csv", "semicolon.csv"])
def test_every_format_gives_the_same_lines(tmp_path: Path, name: str) -> None:
    expected = read(study_in(tmp_path))
    table = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    other = tmp_path / "other"
    other.mkdir()
    columns = COLUMNS + ("\n  encoding: cp1256" if name == "cp1256.csv" else "")
    if name == "t.parquet":
        table.to_parquet(other / name)
    elif name == "t.xlsx":
        table.to_excel(other / name, index=False)
    elif name == "cp1256.csv":
        table = table.map(lambda cell: cell.replace("۳", "3").replace("۴٫۵", "4.5"))
        table.to_csv(other / name, index=False, encoding="cp1256")
    elif name == "t.csv.gz":
        (other / name).write_bytes(gzip.compress(TEXT.encode()))
    else:
        table.to_csv(other / name, index=False, sep="\t" if name == "t.tsv" else ";")
    study = study_in(other, (other / name).read_bytes(), name, columns=columns)
    pd.testing.assert_frame_equal(read(study), expected, check_dtype=False)


def test_the_time_zone_of_the_machine_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    study = study_in(tmp_path)
    expected = read(study)["day"].tolist()
    for zone in ("Asia/Tehran", "Pacific/Kiritimati"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert read(study)["day"].tolist() == expected
    monkeypatch.undo()
    time.tzset()


def test_codes_stand_for_customers_unless_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEMLAB_KEY", "a key that is long enough")
    study = study_in(tmp_path)
    (tmp_path / "study.yml").write_text((tmp_path / "study.yml").read_text().replace("keep", "hash"))
    kept, hashed = read(study), read(load_study(tmp_path))
    assert hashed["customer_id"].isna().tolist() == kept["customer_id"].isna().tolist()
    assert hashed["customer_id"].nunique() == 2
    assert not set(hashed["customer_id"].dropna()) & {"ann", "bob"}


def test_an_organization_sees_only_its_lines(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    assert transaction_organizations(study) == ["north", "south"]
    parts = [read(study, name) for name in ("north", "south")]
    assert [set(part["organization"]) for part in parts] == [{"north"}, {"south"}]
    assert sum(map(len, parts)) == len(read(study))
    assert read(study, "it's not there").empty


def test_a_slice_loads_like_its_organization(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    part = tmp_path / "part"
    part.mkdir()
    write_transactions_slice(study, "north", part / "t.parquet")
    written = pd.read_parquet(part / "t.parquet")
    assert set(written["shop"]) == {"north"}
    assert "remark" not in written.columns
    assert written["__row__"].tolist() == [2, 3, 5, 7]
    again = study_in(part, (part / "t.parquet").read_bytes(), "t.parquet")
    pd.testing.assert_frame_equal(read(again), read(study, "north"))


NOBODYS = "{customer: who, order: bill, date: on, quantity: pieces, price: each}"


def test_a_file_without_organizations_belongs_to_the_only_one(tmp_path: Path) -> None:
    study = study_in(tmp_path, columns=NOBODYS, more="organizations: [{id: north}]")
    assert set(read(study)["organization"]) == {"north"}
    assert len(read(study, "north")) == 6


def test_a_file_without_organizations_is_not_handed_to_one_of_several(tmp_path: Path) -> None:
    study = study_in(tmp_path, columns=NOBODYS, more="organizations: [{id: north}, {id: south}]")
    with pytest.raises(DataError, match=r"t\.csv: found no column of organizations, .* has 2 organizations\. Name it"):
        load_transactions(study, "north")
    with pytest.raises(DataError, match="found no column of organizations"):
        write_transactions_slice(study, "north", tmp_path / "north.parquet")
    assert not (tmp_path / "north.parquet").exists()


# errors
def test_notes_are_counted(tmp_path: Path) -> None:
    notes = messages(study_in(tmp_path))
    assert "t.csv, column 'who': found 1 line without a customer. Analyses of customers leave them out." in notes
    assert any(
        "column 'pieces': found 1 line with a negative quantity and no mark of a cancellation" in note for note in notes
    )
    assert any("t.csv: found 1 line equal to an earlier one in every column." in note for note in notes)
    assert len(notes) == 3


BROKEN = """who,bill,on,pieces,each,shop
ann,1,31.12.2023,1,1,north
ann,2,,1,1,north
ann,3,1403/10/11,1,1,north
ann,4,2924-01-01,1,1,north
ann,5,2024-01-05,one,1,north
ann,6,2024-01-06,1,"1,5",north
ann,7,2024-01-07,1,,north
ann,8,2024-01-08,1,nan,north
ann,9,2024-01-09,1,9,north
"""


def test_each_unusable_cell_is_named_with_its_row(tmp_path: Path) -> None:
    study = study_in(tmp_path, BROKEN)
    found = {(p.row, p.column) for p in transaction_problems(study) if p.severity == "invalid"}
    assert found == {(2, "on"), (3, "on"), (4, "on"), (5, "on"), (6, "pieces"), (7, "each"), (8, "each"), (9, "each")}
    text = "\n".join(messages(study))
    assert "row 2, column 'on': found '31.12.2023', expected a date such as 2025-06-30, year first" in text
    assert "row 4, column 'on': found '1403/10/11', expected a date after 1900." in text
    assert "say `calendar: jalali` under `transactions:`" in text
    assert "row 5, column 'on': found '2924-01-01', expected a date not far in the future." in text
    assert "row 6, column 'pieces': found 'one', expected a number such as 12.50." in text
    assert "row 7, column 'each': found '1,5', expected a number such as 12.50." in text
    assert "row 8, column 'each': found an empty cell, expected a number." in text


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize("block", [1 << 22, 3])
def test_rows_are_counted_through_blank_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, block: int
) -> None:
    monkeypatch.setattr("cemlab.inputs.transaction_files.BLOCK_BYTES", block)
    text = "who,on,sum\r\nann,2025-01-01,5\r\n\r\n\r\nbob,2025-01-02,much\r\n\r\n"
    data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    study = study_in(tmp_path, data, name, columns="{customer: who, date: on, amount: sum}")
    (problem,) = [p for p in transaction_problems(study) if p.severity == "invalid"]
    assert (problem.row, problem.value) == (5, "much")


def test_unusable_lines_stop_or_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"t\.csv: the transaction lines cannot be used as they are.*on_invalid: missing"
    ) as error:
        load_transactions(study_in(tmp_path, BROKEN))
    assert len(error.value.problems) == 8
    assert read(study_in(tmp_path, BROKEN, more="on_invalid: missing"))["order_id"].tolist() == ["9"]


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    study = study_in(tmp_path, TEXT.replace("pieces", "piece"), more="on_invalid: missing")
    with pytest.raises(DataError, match=r"column 'pieces': found no such column.*did you mean 'piece'\?"):
        load_transactions(study)


def test_no_file_and_an_empty_file(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    (tmp_path / "t.csv").write_bytes(b"")
    with pytest.raises(DataError, match=r"t\.csv: found an empty file"):
        load_transactions(study)
    (tmp_path / "t.csv").unlink()
    with pytest.raises(DataError, match=r"t\.csv: found no such file"):
        load_transactions(study)


def test_a_binary_file_and_a_wrong_encoding(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    (tmp_path / "t.csv").write_bytes(b"PK\x03\x04\x00\x00rubbish\n")
    with pytest.raises(DataError, match=r"t\.csv: this looks like an Excel file"):
        load_transactions(study)
    (tmp_path / "t.csv").write_bytes("who,bill,on,pieces,each,shop\nAndré,1,2024-01-01,1,1,n\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"t\.csv, line 2: found bytes that are not UTF-8"):
        load_transactions(study)


def test_many_problems_of_a_kind_are_cut_with_a_count(tmp_path: Path) -> None:
    rows = "".join(f"ann,{i},never,1,1,north\n" for i in range(1200))
    problems = transaction_problems(study_in(tmp_path, "who,bill,on,pieces,each,shop\n" + rows))
    assert sum(problem.severity == "invalid" for problem in problems) == 1000
    assert any("found 1200 cells of this kind, of which the first 1000 are listed." in str(p) for p in problems)


def test_a_study_without_transactions(tmp_path: Path) -> None:
    (tmp_path / "study.yml").write_text("id: none\n")
    (tmp_path / "codebook.csv").write_text("item,role\nage,profile\n")
    study = load_study(tmp_path)
    assert transaction_problems(study) == []
    assert transaction_organizations(study) == []
    with pytest.raises(DataError, match="found no transactions, expected a `transactions:` section"):
        load_transactions(study)
