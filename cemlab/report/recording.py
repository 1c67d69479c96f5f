"""What becomes of each report: its record, the manifests, and the index over all of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cemlab
from cemlab.inputs.study import Study
from cemlab.languages import LANGUAGES
from cemlab.report import manifest
from cemlab.report.folders import inside, write_whole
from cemlab.report.index import index_page
from cemlab.report.manifest import Record
from cemlab.report.pool import Ended
from cemlab.report.worker import Made, Task

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["organization", "language", "kind", "status", "file", "seconds", "note"]
EARLIER = "The file is from an earlier run."
FAILURES = "failures"  # folder of developers' traces, beside the organizations' folders


@dataclass
class Run:
    """What all reports of a run share, and the records as they come."""

    study: Study
    kind: str
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    notebook: Any
    notebook_hash: str
    folder: Path
    folders: dict[str, str]
    force: bool
    scratch: Path
    started: str
    records: dict[tuple[str, str, str], Record] = field(default_factory=dict)
    slices: dict[str, int] = field(default_factory=dict)  # reports that still need an organization's slice


def record_end(run: Run, end: Ended) -> None:
    """Enter how a report's process ended, and remove what it needed."""
    task: Task = end.task
    record = run.records[task.organization, task.kind, task.language]
    record.seconds = round(end.seconds, 2)
    made: Made = end.value or Made({}, note=end.failure)
    if made.files:
        _finish(record, task, made)
    else:
        record_failure(run, record, made.note)
        _keep_trace(run, task, made.trace)
    shutil.rmtree(task.scratch, ignore_errors=True)
    run.slices[task.organization] -= 1
    if not run.slices[task.organization]:
        shutil.rmtree(task.slice_folder, ignore_errors=True)


def _finish(record: Record, task: Task, made: Made) -> None:
    facts = {**record.facts, "files": made.files, "made": now(), "seconds": record.seconds}
    manifest.add_report(task.target, task.organization, task.stem, facts)
    record.status, record.file = "done", f"{record.folder}/{task.stem}.html"


def record_failure(run: Run, record: Record, note: str) -> None:
    """Enter a failure; the file of an earlier run stays and is named as such."""
    file = f"{record.folder}/{run.kind}.{record.language}.html"
    there = (run.folder / file).is_file()
    record.status, record.file = "failed", file if there else None
    record.note = f"{note} {EARLIER}" if there else note


def _keep_trace(run: Run, task: Task, trace: str) -> None:
    """A developer's trace, beside the organizations' folders, never in one."""
    if trace:
        folder = inside(run.folder, FAILURES)
        folder.mkdir(exist_ok=True)
        write_whole(folder / f"{run.folders[task.organization]}.{task.stem}.txt", trace)


def write_index(run: Run) -> None:
    """The study's manifest and index, over this run's reports and those of earlier runs that still stand."""
    study = run.study
    order = [organization.id for organization in study.organizations]
    earlier = {record.key: record for record in manifest.records_of(manifest.read(run.folder))}
    records = [r for r in ({**earlier, **run.records}).values() if r.organization in order and _stands(run, r)]
    records.sort(key=lambda record: (order.index(record.organization), record.kind, record.language))
    content = {
        "study": study.id,
        "seed": study.config.seed,
        "options": {"kind": run.kind, "languages": run.languages, "formats": run.formats, "force": run.force},
        "notebook": run.notebook_hash,
        "started": run.started,
        "ended": now(),
        "versions": manifest.versions(),
        "reports": manifest.record_table(records),
    }
    manifest.write(run.folder, content)
    languages = [language for language in LANGUAGES if language in {record.language for record in records}]
    languages = languages or list(run.languages)
    titles = {o.id: {language: o.title_in(language) for language in languages} for o in study.organizations}
    facts = {"Made": run.started[:16].replace("T", " ") + " UTC", "cemlab": cemlab.__version__}
    names = {language: study.title_in(language) for language in languages}
    write_whole(run.folder / "index.html", index_page(names, titles, records, languages, facts))


def _stands(run: Run, record: Record) -> bool:
    """Whether a record is worth a row: of this run and ended, or its file is still there."""
    if record.key in run.records:
        return record.status != "failed" or bool(record.note)
    return record.file is not None and (run.folder / record.file).is_file()


def record_frame(run: Run, chosen: list[str]) -> pd.DataFrame:
    """Give this run's records as a DataFrame, in the order asked for."""
    import pandas as pd

    records = [run.records[id, run.kind, language] for id in chosen for language in run.languages]
    shown = [replace(r, file=str(run.folder / r.file) if r.file else None) for r in records]
    return pd.DataFrame([[getattr(r, column) for column in COLUMNS] for r in shown], columns=COLUMNS)


def now() -> str:
    """Give the present time (UTC) as text."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"
