"""Make one report. This runs in a process of its own, which sees one organization's slice of a study only."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cemlab.errors import CemlabError
from cemlab.languages import Words
from cemlab.report.folders import write_whole
from cemlab.report.manifest import digest
from cemlab.report.notebooks import tidy, translate_markdown, without

CEMLAB_ERRORS = ("StudyError", "DataError", "EstimationError", "ReportError", "CemlabError")


@dataclass(frozen=True)
class Task:
    """Everything the process of one report is told."""

    organization: str
    language: str
    kind: str
    notebook: Any
    study_id: str
    slice_folder: Path
    scratch: Path
    target: Path  # the organization's output folder
    stem: str  # of its files: <kind>.<language>
    title: str
    made: str
    brand: str | None = None


@dataclass(frozen=True)
class Made:
    """What came of it: the hashes of the files written, or the reason in one line and the whole trace."""

    files: dict[str, str]
    note: str = ""
    trace: str = ""


def make_report(task: Task) -> Made:
    """Run the notebook on the slice and write the page and the notebook; a failure is returned, never raised."""
    tempfile.tempdir = str(task.scratch)
    os.environ["MPLBACKEND"] = "agg"
    os.chdir(task.slice_folder)
    hidden = {str(task.slice_folder): task.study_id, str(task.scratch): "", str(Path.home()): "~"}
    try:
        return Made(files=_write(task, _run(task), hidden))
    except Exception as error:
        return Made({}, note=without(reason(error), hidden), trace=without(traceback.format_exc(), hidden))


def _run(task: Task) -> Any:
    from cemlab.report.engine import execute

    notebook = translate_markdown(task.notebook, task.language)
    parameters = {
        "study": str(task.slice_folder),
        "organization": task.organization,
        "language": task.language,
    }
    return execute(notebook, parameters)


def _write(task: Task, executed: Any, hidden: dict[str, str]) -> dict[str, str]:
    import nbformat

    from cemlab.report.export import export_html

    clean = tidy(executed, hidden)
    words = Words(task.language)
    page = export_html(clean, title=task.title, words=words, made=task.made, brand=task.brand)
    contents = {f"{task.stem}.html": page, f"{task.stem}.ipynb": nbformat.writes(clean) + "\n"}
    for name, content in contents.items():
        write_whole(task.target / name, content)
    return {name: digest(content.encode("utf-8")) for name, content in contents.items()}


def reason(error: BaseException) -> str:
    """Why a report failed, in the words a person needs: cemlab's own message, else what went wrong and where."""
    name, message = type(error).__name__, str(error)
    place = ""
    if hasattr(error, "ename"):  # papermill's: it says which cell of the notebook failed
        cell: Any = error
        name, message = cell.ename, cell.evalue
        place = f" in the notebook's cell `{(cell.source.strip().splitlines() or [''])[0]}`"
    if isinstance(error, CemlabError) or name in CEMLAB_ERRORS:
        return _plain(message)
    return _plain(f"Unexpected error{place}: {name}: {message}")


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()
