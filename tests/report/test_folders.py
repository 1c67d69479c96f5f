"""Folder names are safe whatever an organization is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemlab.errors import ReportError
from cemlab.report.folders import LONGEST, RESERVED, folder_names, inside, sweep, write_whole

HOSTILE = ["../../x", "x", "X", "<script>alert(1)</script>", "", ".", "..", "con", "COM1", "a" * 300, "\u202etxt.exe",
           "/etc/passwd", "C:\\x", "a\x00b", "a\nb", "failures", "بازار زعفران", "e\u0301", "é", "~"]  # fmt: skip

# truth


def test_names_that_are_fine_stay() -> None:
    names = ["saffron", "Saffron Market", "بازار زعفران", "شعبه‌ی ۲"]
    assert list(folder_names(names).values()) == ["saffron", "Saffron-Market", "بازار-زعفران", "شعبه-ی-۲"]


# invariants


@given(st.lists(st.text(max_size=80), unique=True, max_size=8))
def test_names_are_safe_and_differ(ids: list[str]) -> None:
    check(ids)


def test_hostile_names_are_safe_and_differ(tmp_path: Path) -> None:
    check(HOSTILE)
    for name in folder_names(HOSTILE).values():
        assert inside(tmp_path, name).parent == tmp_path.resolve()


def check(ids: list[str]) -> None:
    names = list(folder_names(ids).values())
    assert len({name.casefold() for name in names}) == len(ids)
    for name in names:
        assert 0 < len(name) <= LONGEST
        assert name.casefold() not in RESERVED
        assert not set(name) & set('./\\<>:"|?*\u202e\0\n ')


@given(st.lists(st.text(max_size=10), unique=True, max_size=6))
def test_a_name_does_not_depend_on_the_order(ids: list[str]) -> None:
    assert folder_names(ids) == folder_names(ids[::-1])


def test_writing_leaves_the_old_file_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "page.html"
    write_whole(file, "old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_whole(file, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert file.read_text(encoding="utf-8") == "old"


def test_sweep_removes_only_what_is_unfinished(tmp_path: Path) -> None:
    (tmp_path / ".cemlab-abc").write_text("half")
    (tmp_path / "kept.html").write_text("whole")
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.html"]


# errors


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "org").symlink_to(tmp_path)
    with pytest.raises(ReportError, match="found a folder name that leads elsewhere"):
        inside(tmp_path / "out", "org")
