"""The built wheel works outside the clone: the report notebooks, words, fonts and label sets travel in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it to a folder that shadows the linked package."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_holds_what_reports_need(installed: Path) -> None:
    files = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert "cemlab/notebooks/reports/diagnostic.ipynb" in files
    assert any(name.startswith("cemlab/locales/fa/") for name in files)
    assert "cemlab/report/assets/report.css" in files
    assert not any(name.startswith(("tests/", "data/", "reports/")) for name in files)


def test_wheel_reports_outside_the_clone(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "-c", "import cemlab; print(cemlab.__file__)")
    assert Path(where.strip()).is_relative_to(installed)
    run(installed, tmp_path, "-m", "cemlab", "new", "study")
    run(installed, tmp_path, "-m", "cemlab", "report", "study", "--language", "fa", "--out", "out", "--quiet")
    (page,) = (tmp_path / "out").rglob("diagnostic.fa.html")
    assert 'dir="rtl"' in page.read_text(encoding="utf-8")
