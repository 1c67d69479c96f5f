"""What all tests share: the real data beside the project, the demo study, quiet plotting."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("MPLBACKEND", "agg")
ROOT = Path(__file__).parents[1]


def real_data_folder() -> Path | None:
    """Return the folder of real data: CEMLAB_REAL_DATA, or `shared/data` beside the project."""
    candidates = [Path(os.environ["CEMLAB_REAL_DATA"])] if os.environ.get("CEMLAB_REAL_DATA") else []
    candidates.append(ROOT.parent / "shared" / "data")
    return next((folder.resolve() for folder in candidates if (folder / "README.md").is_file()), None)


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of real data, or skip: it is not part of the project (licences differ)."""
    folder = real_data_folder()
    if folder is None:
        pytest.skip("no real data: set CEMLAB_REAL_DATA or put it in ../shared/data")
    monkeypatch.setenv("CEMLAB_REAL_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def demo() -> Path:
    """Give the folder of the committed demo study."""
    return ROOT / "data" / "demo"
