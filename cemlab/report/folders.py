"""Folder names that are safe on every system, whatever an organization is called in a user's file."""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cemlab.errors import ReportError

LONGEST = 60  # characters of a folder's name, its suffix included
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "failures"] + [f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)]
)
TEMPORARY = ".cemlab-"  # what the name of an unfinished file starts with


def folder_names(organizations: Sequence[str]) -> dict[str, str]:
    """A folder's name for each organization: its letters (of any script) and digits, the rest as hyphens.

    Names that would collide (also where capitals do not count), that a system reserves or that lost everything carry
    a short hash of the organization, so that a name depends on nothing but the set of organizations.

    >>> folder_names(["saffron", "../../x", "."])
    {'saffron': 'saffron', '../../x': 'x', '.': 'organization-cdb4ee2a'}
    """
    plain = {organization: _hyphenated(organization) for organization in organizations}
    taken = Counter(name.casefold() for name in plain.values())
    return {
        organization: name if _stands(organization, name, taken) else _marked(organization, name)
        for organization, name in plain.items()
    }


def _hyphenated(text: str) -> str:
    letters = "".join(
        character if unicodedata.category(character)[0] in "LMN" else " "
        for character in unicodedata.normalize("NFC", text)
    )
    return "-".join(letters.split())


def _stands(organization: str, name: str, taken: Counter[str]) -> bool:
    """Whether the plain name may be used as it is."""
    if not name or len(name) > LONGEST or name.casefold() in RESERVED:
        return False
    return taken[name.casefold()] == 1 or name == organization == name.casefold()


def _marked(organization: str, name: str) -> str:
    digest = hashlib.sha256(organization.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{(name or 'organization')[: LONGEST - 9].rstrip('-')}-{digest}"


def inside(folder: Path, name: str) -> Path:
    """`folder`/`name`, refused unless it lies directly inside `folder` after links are followed."""
    place = (folder / name).resolve()
    if place.parent != folder.resolve():
        raise ReportError(
            f"{folder}: found a folder name that leads elsewhere ({name!r}), expected a folder inside. "
            "Remove the link or choose another output folder."
        )
    return place


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file aside and rename it into place: nobody ever sees half of it."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, aside = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(aside).chmod(0o644 & ~_mask())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sweep(folder: Path) -> None:
    """Remove what a killed run left unfinished in a folder."""
    for leftover in folder.glob(f"{TEMPORARY}*"):
        if leftover.is_file():
            leftover.unlink(missing_ok=True)
