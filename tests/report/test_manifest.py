"""A report counts as unchanged only if its inputs and its files are the recorded ones."""

from __future__ import annotations

from pathlib import Path

from cemlab.report.manifest import Record, add_report, digest, is_unchanged, read, record_table, records_of, write

# truth


def test_digest_is_sha256() -> None:
    # FIPS 180-2, appendix B.1
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# invariants


def test_unchanged_needs_inputs_and_files(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(b"abc")
    add_report(tmp_path, "org", "diagnostic.en", {"inputs": "i1", "files": {"page.html": digest(b"abc")}})
    assert is_unchanged(tmp_path, "diagnostic.en", "i1")
    assert not is_unchanged(tmp_path, "diagnostic.en", "i2")
    assert not is_unchanged(tmp_path, "diagnostic.fa", "i1")
    page.write_bytes(b"abd")
    assert not is_unchanged(tmp_path, "diagnostic.en", "i1")
    page.unlink()
    assert not is_unchanged(tmp_path, "diagnostic.en", "i1")


def test_reports_of_an_organization_stand_side_by_side(tmp_path: Path) -> None:
    add_report(tmp_path, "org", "diagnostic.en", {"inputs": "i1", "files": {}})
    add_report(tmp_path, "org", "diagnostic.fa", {"inputs": "i2", "files": {}})
    assert set(read(tmp_path)["reports"]) == {"diagnostic.en", "diagnostic.fa"}


def test_records_come_back(tmp_path: Path) -> None:
    records = [Record("بازار", "fa", "diagnostic", "بازار", "done", 1.5, "", "x.html")]
    write(tmp_path, {"reports": record_table(records)})
    assert records_of(read(tmp_path)) == records


# errors


def test_a_broken_manifest_counts_as_none(tmp_path: Path) -> None:
    for content in ("", "{", "[1]", '{"reports": 3}', '{"reports": [{"a": 1}, 4]}'):
        (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
        assert records_of(read(tmp_path)) == []
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe\x00")
    assert not is_unchanged(tmp_path, "diagnostic.en", "i1")
