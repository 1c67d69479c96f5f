"""Notebooks only call cemlab: one parameters cell, short cells, no logic, no outputs; and each runs on the demo."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOGIC = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try, ast.With)
MAX_CELL_LINES = 8
FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(path for path in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
ids = [str(path.relative_to(FOLDER)) for path in NOTEBOOKS]


def code_cells(path: Path) -> list[dict]:
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]


def test_notebooks_are_found() -> None:
    assert {path.parent.name for path in NOTEBOOKS} == {"reports", "tutorials"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_notebook_is_thin(path: Path) -> None:
    cells = code_cells(path)
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1, "needs exactly one cell tagged `parameters`"
    for cell in cells:
        source = "".join(cell["source"])
        assert not cell["outputs"], "strip outputs before committing"
        assert cell["execution_count"] is None, "strip execution counts before committing"
        assert len(source.splitlines()) <= MAX_CELL_LINES, f"move into cemlab: {source[:60]}"
        logic = [node for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC)]
        assert not logic, f"move into cemlab: {source[:60]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_notebook_runs_on_the_demo(path: Path, tmp_path: Path) -> None:
    """Run in a kernel of its own, in the notebook's folder, as a person would."""
    command = [sys.executable, "-m", "papermill", "--cwd", str(path.parent), "--no-progress-bar"]
    done = subprocess.run(
        [*command, str(path), str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
