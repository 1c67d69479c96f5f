"""One report per organization and language: checked before, made apart, recorded after."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cemlab
from cemlab.errors import DataError, Problem, ReportError, quote
from cemlab.inputs.check import check_study
from cemlab.inputs.slices import slice_study
from cemlab.inputs.study import Study, load_study
from cemlab.languages import LANGUAGES, Words
from cemlab.report import manifest
from cemlab.report.dates import written_date
from cemlab.report.folders import folder_names, inside, sweep
from cemlab.report.manifest import Record
from cemlab.report.notebooks import find_notebook, read_notebook
from cemlab.report.pool import run_tasks
from cemlab.report.recording import Run, now, record_end, record_failure, record_frame, write_index
from cemlab.report.worker import Task, make_report, reason

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("html",)


def run_reports(
    study: Study | str | Path,
    organizations: Sequence[str] | None = None,
    kind: str = "diagnostic",
    languages: Sequence[str] = ("en",),
    formats: Sequence[str] = ("html",),
    jobs: int = 1,
    out: str | Path = "reports",
    *,
    progress: bool = True,
    force: bool = False,
    timeout_seconds: float = 3600,
) -> pd.DataFrame:
    """Make one report per organization and language and an index over them; seconds are of wall time.

    Parameters
    ----------
    study : Study or path
        The study, or its folder.
    organizations : sequence of str, optional
        Ids; all of the study by default.
    kind : str
        The kind of report, or the path of a report notebook (.ipynb) of one's own.
    languages, formats : sequence of str
        "en", "fa"; "html".
    jobs : int
        Reports made at the same time, each in a process of its own that sees one organization's rows only.
    out : path
        Folder for the output; the reports stand in `out`/<study id>/<organization>.
    progress : bool
        Show a progress bar on stderr.
    force : bool
        Make reports again even where nothing changed.
    timeout_seconds : float
        A report that takes longer is stopped and counted as failed.

    Returns
    -------
    DataFrame
        One row per report: organization, language, kind, status (done, unchanged, failed), file, seconds, note.

    Raises
    ------
    StudyError
        If the study is not in order.
    DataError
        If its data have severe problems, or invalid answers that the study does not allow (`on_invalid: stop`).
    ReportError
        If an option or the report's notebook is wrong.

    Examples
    --------
    A report notebook of one's own, here of a single cell, over a study that asks nobody:

    >>> import json, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: shop")
    >>> code = "study = 'shop'; organization = 'shop'; language = 'en'"
    >>> cell = {"cell_type": "code", "id": "a", "source": code, "outputs": [], "execution_count": None}
    >>> cell["metadata"] = {"tags": ["parameters"]}
    >>> book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    >>> _ = (folder / "short.ipynb").write_text(json.dumps(book))
    >>> made = run_reports(folder, kind=str(folder / "short.ipynb"), out=folder / "reports", progress=False)
    >>> made[["organization", "language", "status"]]
      organization language status
    0         shop       en   done
    """
    languages = _known("languages", languages, LANGUAGES)
    formats = _known("formats", formats, FORMATS)
    path = find_notebook(kind)
    notebook = read_notebook(path)
    study = study if isinstance(study, Study) else load_study(study)
    chosen = _chosen(study, organizations)
    _require_sound(study)
    folder = Path(out).resolve() / study.id
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cemlab-", ignore_cleanup_errors=True) as scratch:
        run = Run(
            study=study,
            kind=path.stem,
            languages=languages,
            formats=formats,
            notebook=notebook,
            notebook_hash=manifest.digest(path.read_bytes()),
            folder=folder,
            folders=folder_names([organization.id for organization in study.organizations]),
            force=force,
            scratch=Path(scratch),
            started=now(),
        )
        try:
            _make_all(run, chosen, jobs=jobs, progress=progress, timeout_seconds=timeout_seconds)
        finally:
            write_index(run)
    return record_frame(run, chosen)


def _known(option: str, given: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    given = (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
    unknown = [value for value in given if value not in known]
    if unknown or not given:
        found = ", ".join(quote(value) for value in unknown) or "none"
        raise ReportError(f"{option}: found {found}, expected {', '.join(known)}. Choose among these.")
    return given


def _chosen(study: Study, organizations: Sequence[str] | None) -> list[str]:
    known = [organization.id for organization in study.organizations]
    asked = [organizations] if isinstance(organizations, str) else organizations
    chosen = known if asked is None else list(dict.fromkeys(asked))
    unknown = [id for id in chosen if id not in known]
    if unknown or not chosen:
        found = ", ".join(quote(id) for id in unknown) or "none"
        shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
        raise ReportError(f"organizations: found {found}, expected ids of the study: {shown}. Check the spelling.")
    return chosen


def _require_sound(study: Study) -> None:
    """Refuse a study whose data must not be analyzed as they are."""
    table = check_study(study)
    fatal = ["severe", "invalid"] if study.config.on_invalid == "stop" else ["severe"]
    rows = table[table["severity"].isin(fatal)]
    if rows.empty:
        return
    problems = [Problem(**_filled(row)) for row in rows.to_dict("records")]
    advice = (
        ""
        if set(rows["severity"]) == {"severe"}
        else (
            " Correct the invalid answers, or let the study count them as missing (on_invalid: missing in study.yml)."
        )
    )
    raise DataError(
        f"{study.id}: found {len(problems)} problems in the data, expected none that stop an analysis; no report "
        f"was made.{advice} `cemlab check` lists all of them.",
        problems,
    )


def _filled(row: dict[Any, Any]) -> dict[str, Any]:
    import pandas as pd

    return {str(key): None if pd.isna(value) else value for key, value in row.items()}


def _make_all(run: Run, chosen: list[str], *, jobs: int, progress: bool, timeout_seconds: float) -> None:
    from tqdm import tqdm

    total = len(chosen) * len(run.languages)
    with tqdm(total=total, unit="report", desc=run.study.id, disable=not progress, mininterval=0.5) as bar:
        tasks = _tasks(run, chosen, bar)
        for end in run_tasks(make_report, tasks, jobs=jobs, timeout_seconds=timeout_seconds):
            record_end(run, end)
            bar.update()


def _tasks(run: Run, chosen: list[str], bar: Any) -> Iterator[Task]:
    """The reports that must be made, an organization's slice written just before its first one."""
    for organization in chosen:
        records = [_new_record(run, organization, language) for language in run.languages]
        try:
            tasks = [task for record in records if (task := _prepare(run, record)) is not None]
        except Exception as error:  # this organization's failure, whatever it is
            tasks = []
            for record in records:
                record_failure(run, record, reason(error))
        bar.update(len(records) - len(tasks))
        run.slices[organization] = len(tasks)
        if not tasks:
            shutil.rmtree(_slice_folder(run, organization), ignore_errors=True)
        yield from tasks


def _new_record(run: Run, organization: str, language: str) -> Record:
    record = Record(organization, language, run.kind, run.folders[organization])
    run.records[record.key] = record
    return record


def _slice_folder(run: Run, organization: str) -> Path:
    return run.scratch / run.folders[organization]


def _prepare(run: Run, record: Record) -> Task | None:
    """The task of a report, or None where nothing has changed since it was made."""
    target = inside(run.folder, record.folder)
    target.mkdir(exist_ok=True)
    sweep(target)
    owner = manifest.read(target).get("organization", record.organization)
    if owner != record.organization:
        raise ReportError(
            f"{record.folder}: found another organization's reports in this folder, expected a folder of its own. "
            "Choose another output folder."
        )
    source = _slice_folder(run, record.organization)
    if not source.exists():
        slice_study(run.study, record.organization, source)
    record.facts = _facts(run, record, source)
    stem = f"{run.kind}.{record.language}"
    if not run.force and manifest.is_unchanged(target, stem, record.facts["inputs"]):
        record.status, record.file = "unchanged", f"{record.folder}/{stem}.html"
        return None
    return _task(run, record, source, target, stem)


def _task(run: Run, record: Record, source: Path, target: Path, stem: str) -> Task:
    study = run.study
    title = study.organization(record.organization).title_in(record.language)
    scratch = Path(tempfile.mkdtemp(prefix="work-", dir=run.scratch))
    brand = getattr(getattr(study.config.report, "brand", None), "color", None)
    return Task(
        organization=record.organization,
        language=record.language,
        kind=run.kind,
        notebook=run.notebook,
        study_id=study.id,
        slice_folder=source,
        scratch=scratch,
        target=target,
        stem=stem,
        title=f"{title} · {study.title_in(record.language)}",
        made=_foot(run, record),
        brand=brand,
    )


def _foot(run: Run, record: Record) -> str:
    """When and with what a report was made, and the mark of its inputs."""
    words = Words(record.language)
    return words(
        "Made on {date} with cemlab {version}. Mark of the inputs: {mark}.",
        date=written_date(date.fromisoformat(run.started[:10]), words),
        version=words.isolate(cemlab.__version__),
        mark=words.isolate(record.facts["inputs"][:12]),
    )


def _facts(run: Run, record: Record, source: Path) -> dict[str, Any]:
    """What the organization's own manifest records of a report."""
    skip = [".cemlab-key"]  # never leaves; it changes from run to run where the study keeps none
    facts: dict[str, Any] = {
        "study": run.study.id,
        "kind": run.kind,
        "language": record.language,
        "formats": list(run.formats),
        "seed": run.study.config.seed,
        "notebook": run.notebook_hash,
        "data": manifest.digests(source, skip),
        "versions": manifest.versions(),
    }
    return {**facts, "inputs": manifest.inputs_hash(facts)}
