"""Codes instead of identifiers: keyed hashes that are equal for equal identifiers and tell nothing without the key.

HMAC-SHA256 (RFC 2104, FIPS 198-1), cut to 64 bits. A hash without a key would not protect: a phone number has so few
possibilities that all can be tried.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cemlab.errors import Problem, StudyError
from cemlab.inputs.entries import latin_digits as latin_digits
from cemlab.inputs.study_folder import KeySource, StudyFolder

if TYPE_CHECKING:
    import pandas as pd

CODE_LENGTH = 16  # hexadecimal digits: 64 bits; among a million customers two share a code with p = 3e-8
SHORT_KEY = 16  # bytes; a shorter key can be guessed
KEY_VARIABLE = "CEMLAB_KEY"


def find_key(folder: Path, key_file: str) -> tuple[bytes, KeySource]:
    """Give the study's key and where it stands: CEMLAB_KEY, else the key file, else random for this load.

    Raises
    ------
    StudyError
        If the key file is there but empty or unreadable.
    """
    named = os.environ.get(KEY_VARIABLE, "").strip()
    if named:
        return named.encode(), "environment"
    path = folder / key_file
    if not path.exists():
        return secrets.token_hex(32).encode(), "random"
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        _refuse(key_file, f"the key file cannot be read ({error.strerror or error}).")
    if not key:
        _refuse(key_file, "the key file is empty.")
    return key, "file"


def write_key(path: Path, key: bytes | None = None) -> None:
    """Write `key` (a new random one by default) where only its owner can read it; a file that is there stays."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key if key is not None else secrets.token_hex(32).encode())


def code(identifier: str, key: bytes) -> str:
    """Give an identifier's code: 16 hexadecimal digits.

    Spaces around it and the script of its digits do not matter.

    >>> code(" ۰۹۱۲ ", b"key") == code("0912", b"key")
    True
    """
    return hmac.new(key, _plain(identifier).encode(), sha256).hexdigest()[:CODE_LENGTH]


def code_identifiers(values: pd.Series, study: StudyFolder) -> pd.Series:
    """Replace identifiers (str, <NA> = missing) as the study's `privacy.identifiers` says.

    hash: by their codes; keep: by themselves, trimmed, in Latin digits; drop: by <NA>. Missing stays missing.
    """
    import pandas as pd

    choice = study.config.privacy.identifiers
    if choice == "drop":
        return pd.Series(pd.NA, index=values.index, dtype="str", name=values.name)
    known = values.dropna().unique()
    codes = {v: code(v, study.key) if choice == "hash" else _plain(v) for v in known}
    return values.map(codes, na_action="ignore").astype("str")


def _plain(identifier: str) -> str:
    return latin_digits(identifier.strip())


def _refuse(key_file: str, problem: str) -> NoReturn:
    advice = f"Write a key into it, delete it, or set {KEY_VARIABLE}."
    raise StudyError("The study's key cannot be used.", [Problem(key_file, problem, advice)])
