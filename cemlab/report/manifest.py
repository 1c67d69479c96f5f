"""What a run and a report record of themselves, so that an unchanged report is not made again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cemlab
from cemlab.report.folders import write_whole

FILE = "manifest.json"
LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "pingouin", "matplotlib", "seaborn", "duckdb", "nbconvert")


@dataclass
class Record:
    """One report: what it was made from, and what became of it."""

    organization: str
    language: str
    kind: str
    folder: str
    status: str = "failed"  # done, unchanged or failed
    seconds: float = 0.0
    note: str = ""
    file: str | None = None  # the page, relative to the study's output folder
    facts: dict[str, Any] = field(default_factory=dict)  # what the organization's own manifest says of it

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a report one and the same from run to run."""
        return self.organization, self.kind, self.language


def digest(content: bytes) -> str:
    """SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digests(folder: Path, skip: Iterable[str] = ()) -> dict[str, str]:
    """SHA-256 of every file of a folder, by its path inside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in set(skip))
    return {path.relative_to(folder).as_posix(): digest(path.read_bytes()) for path in files}


@cache
def versions() -> dict[str, str]:
    """Python's, cemlab's and the libraries' versions, and a hash of cemlab's own files."""
    found = {"python": platform.python_version(), "cemlab": cemlab.__version__, "cemlab_files": _own_files()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _own_files() -> str:
    """A hash of the package's files: while it is being changed, its version alone says too little."""
    package = Path(cemlab.__file__).parent
    suffixes = {".py", ".po", ".css", ".woff2", ".ttf", ".yml", ".csv"}
    found = {
        path.relative_to(package).as_posix(): digest(path.read_bytes())
        for path in sorted(package.rglob("*"))
        if path.suffix in suffixes
    }
    return digest(_text(found).encode())[:16]


def inputs_hash(facts: Mapping[str, Any]) -> str:
    """One hash over everything a report is made from."""
    return digest(_text(facts).encode())


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; empty where there is none that can be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest whole."""
    write_whole(folder / FILE, _text(content) + "\n")


def is_unchanged(folder: Path, report: str, inputs: str) -> bool:
    """Whether a report was finished from the very same inputs and its files are still the ones written then."""
    entry = read(folder).get("reports", {}).get(report, {})
    if entry.get("inputs") != inputs or not entry.get("files"):
        return False
    return all(
        (folder / name).is_file() and digest((folder / name).read_bytes()) == wanted
        for name, wanted in entry["files"].items()
    )


def add_report(folder: Path, organization: str, report: str, facts: Mapping[str, Any]) -> None:
    """Enter a finished report into its organization's own manifest, which holds no other organization's facts."""
    content = read(folder)
    reports = {**content.get("reports", {}), report: dict(facts)}
    write(folder, {"organization": organization, "reports": reports})


def record_table(records: Iterable[Record]) -> list[dict[str, Any]]:
    """The records as the study's manifest keeps them."""
    return [{key: value for key, value in asdict(record).items() if key != "facts"} for record in records]


def records_of(content: Mapping[str, Any]) -> list[Record]:
    """The records of an earlier run's manifest; what cannot be read is left out."""
    known = set(Record.__dataclass_fields__) - {"facts"}
    rows = content.get("reports", [])
    rows = rows if isinstance(rows, list) else []
    return [Record(**row) for row in rows if isinstance(row, dict) and set(row) == known]


def _text(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1)
