"""Codes instead of identifiers."""

from __future__ import annotations

import hashlib
import hmac
import stat
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemlab.errors import StudyError
from cemlab.inputs.privacy import code, code_identifiers, find_key, write_key
from cemlab.inputs.study import Study, load_study


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CEMLAB_KEY", raising=False)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "study.yml").write_text("id: x\n")
    (tmp_path / "codebook.csv").write_text("item,role\nage,profile\n")
    (tmp_path / ".cemlab-key").write_text("a long random text\n")
    return load_study(tmp_path)


# truth


def test_a_code_is_hmac_sha256_cut_to_64_bits() -> None:
    # RFC 4231, test case 2 (key "Jefe"): HMAC-SHA-256 begins 5bdcc146bf60754e.
    assert code("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60754e"


def test_the_key_comes_from_the_environment_then_the_file_then_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, source = find_key(tmp_path, ".cemlab-key")
    assert (source, len(first)) == ("random", 64)
    assert find_key(tmp_path, ".cemlab-key")[0] != first
    (tmp_path / ".cemlab-key").write_text(" in the file\n")
    assert find_key(tmp_path, ".cemlab-key") == (b"in the file", "file")
    monkeypatch.setenv("CEMLAB_KEY", "from outside")
    assert find_key(tmp_path, ".cemlab-key") == (b"from outside", "environment")
    monkeypatch.setenv("CEMLAB_KEY", " ")
    assert find_key(tmp_path, ".cemlab-key") == (b"in the file", "file")


def test_a_written_key_is_its_owners_and_is_never_overwritten(tmp_path: Path) -> None:
    write_key(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(FileExistsError):
        write_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before
    assert find_key(tmp_path, "key") == (before, "file")


def test_the_studys_choice_is_kept(study: Study) -> None:
    values = pd.Series([" ۱۲ ", None, "12"], index=[5, 6, 7], dtype="str", name="customer")
    hashed = code_identifiers(values, study)
    assert hashed.tolist()[0] == hashed.tolist()[2] == code("12", study.key)
    assert hashed.isna().tolist() == [False, True, False]
    assert hashed.index.equals(values.index)
    for choice, expected in (("keep", ["12", None, "12"]), ("drop", [None, None, None])):
        privacy = study.config.privacy.model_copy(update={"identifiers": choice})
        changed = replace(study, config=study.config.model_copy(update={"privacy": privacy}))
        given_back = code_identifiers(values, changed)
        assert [None if pd.isna(v) else v for v in given_back] == expected
    assert values.tolist()[0] == " ۱۲ "


# invariants


@given(st.text(), st.binary(min_size=1), st.binary(min_size=1))
def test_equal_under_one_key_and_different_between_keys(text: str, key: bytes, other: bytes) -> None:
    assert code(text, key) == code(text, key)
    assert len(code(text, key)) == 16
    # HMAC pads a short key with zeros, so keys that differ only in trailing zeros are the same key.
    if key.rstrip(b"\0") != other.rstrip(b"\0") and max(len(key), len(other)) <= 64:
        assert code(text, key) != code(text, other)


@given(st.lists(st.integers(0, 10**11), unique=True, max_size=50))
def test_different_numbers_have_different_codes(numbers: list[int]) -> None:
    assert len({code(str(number), b"key") for number in numbers}) == len(numbers)


def test_a_code_is_not_the_unkeyed_hash() -> None:
    assert code("0912", b"key") != hashlib.sha256(b"0912").hexdigest()[:16]
    assert hmac.compare_digest(code("0912", b"key"), code("۰۹۱۲", b"key"))


# errors


def test_an_empty_key_file_is_refused(study: Study) -> None:
    (study.folder / ".cemlab-key").write_text(" \n")
    with pytest.raises(StudyError) as error:
        load_study(study.folder)
    assert str(error.value.problems[0]) == (
        ".cemlab-key: the key file is empty. Write a key into it, delete it, or set CEMLAB_KEY."
    )


def test_a_key_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(StudyError, match="The study's key cannot be used"):
        find_key(tmp_path, "key")


def test_the_key_is_not_shown(study: Study) -> None:
    assert "a long random text" not in repr(study)
