"""Every problem of every file of a study as one table, before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cemlab.errors import CemlabError, Problem, problems_table, quote
from cemlab.inputs.codebook import read_codebook
from cemlab.inputs.configfile import STUDY_FILE, LineProblem, lines_of, nearest
from cemlab.inputs.organizations import names_organizations, organizations_in_files, read_source
from cemlab.inputs.privacy import KEY_VARIABLE, SHORT_KEY
from cemlab.inputs.study import Study, load_study

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["survey", "employees", "interactions"]
KINDS: tuple[Kind, ...] = ("survey", "employees", "interactions")
SHOWN_UNITS = 20  # units that are missing from the units file and named one by one


def check_study(study: Study | str | Path) -> pd.DataFrame:
    r"""Give every problem and note of a study's files, a row each, sorted by file and row.

    Parameters
    ----------
    study : Study, str or Path
        A study, or its folder.

    Returns
    -------
    DataFrame
        file, row (as a person sees it in the file; <NA> for a whole column or file), column, value, problem, advice,
        severity: "severe" stops every analysis, "invalid" is an unusable answer, "note" stops nothing.

    Raises
    ------
    StudyError
        If study.yml or the codebook cannot be read at all; the error lists their problems.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: small\nsurvey: {file: survey.csv}\n")
    >>> _ = (folder / "codebook.csv").write_text("item,role,scale_min,scale_max\nq1,agreement,1,5\n")
    >>> _ = (folder / "survey.csv").write_text("q1\n4\n44\n")
    >>> check_study(folder)[["file", "row", "column", "value", "problem", "severity"]]
             file  row column value                  problem severity
    0  survey.csv    3     q1    44  found 44, expected 1 to 5.  invalid
    """
    if not isinstance(study, Study):
        study = load_study(study)
    problems: list[Problem] = []
    frames: dict[str, pd.DataFrame] = {}
    problems += _description(study)
    problems += _data(study, frames)
    problems += _organizations(study)
    problems += _units(study, frames)
    table = problems_table(dict.fromkeys(problems))
    return table.sort_values(["file", "row"], na_position="first", kind="stable", ignore_index=True)


def _description(study: Study) -> Iterator[Problem]:
    """Notes on the codebook and on the key."""
    _, problems = read_codebook(study.path_of(study.config.codebook), study.config)
    yield from problems
    privacy = study.config.privacy
    sources = [source for kind in KINDS for source in getattr(study.config, kind)]
    named = any({"respondent", "customer"} & set(source.columns) for source in sources)
    if privacy.identifiers != "hash" or not (named or study.config.transactions):
        return
    if study.key_source == "random":
        problem = "there is no key file, so the codes of customers and respondents change from run to run."
        advice = (
            f"Write a long random text into {privacy.key_file}, or set {KEY_VARIABLE}; keep it out of version control."
        )
        yield Problem(privacy.key_file, problem, advice, severity="note")
    elif len(study.key) < SHORT_KEY:
        problem = f"the key has {len(study.key)} characters and can be guessed."
        advice = f"Use at least {SHORT_KEY} random characters."
        yield Problem(privacy.key_file, problem, advice, severity="note")


def _data(study: Study, frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """What the loaders find in files and cells; the frames they give are kept for later checks."""
    from cemlab.inputs.survey import read_answers, read_units
    from cemlab.inputs.transactions import transaction_problems

    config = study.config
    for kind in KINDS:
        if getattr(config, kind):
            yield from _read(study, kind, partial(read_answers, study, kind), frames)
    if config.units:
        yield from _read(study, "units", partial(read_units, study), frames)
    if config.journey:
        yield from _journey(study, config.journey.file)
    if config.transactions:
        try:
            yield from transaction_problems(study)
        except CemlabError as error:
            yield from as_problems(error, config.transactions.file)


def _journey(study: Study, file: str) -> Iterator[Problem]:
    from cemlab.inputs.journey import read_journey

    try:
        yield from read_journey(study)[1]
    except CemlabError as error:
        yield from as_problems(error, file)


def _read(
    study: Study, kind: str, read: Callable[[], tuple[pd.DataFrame, list[Problem]]], frames: dict[str, pd.DataFrame]
) -> Iterator[Problem]:
    """The problems of a kind of source; of every file that cannot be read where one cannot."""
    sources = getattr(study.config, kind)
    sources = sources if isinstance(sources, tuple) else (sources,)
    unreadable = []
    for source in sources if len(sources) > 1 else ():
        try:
            read_source(study, source)
        except CemlabError as error:
            unreadable += as_problems(error, source.file)
    if unreadable:
        yield from unreadable
        return
    try:
        frames[kind], problems = read()
    except CemlabError as error:
        problems = as_problems(error, sources[0].file)
    yield from problems


def as_problems(error: CemlabError, file: str) -> list[Problem]:
    """Give an error's problems; one made of its message where it lists none."""
    if error.problems:
        return list(error.problems)
    name, message = Path(file).name, str(error.args[0])
    found = re.match(rf"(?:.*/)?{re.escape(name)}(?:, (?:row|line) (\d+))?: ", message)
    row = int(found[1]) if found and found[1] else None
    return [Problem(name, message[found.end() :] if found else message, "", row=row)]


def _organizations(study: Study) -> Iterator[Problem]:
    """Organizations that study.yml and the files do not both know; organizations without some kind of data."""
    told = organizations_in_files(study)
    in_files = {kind: ids for kind, ids in told.items() if ids is not None}
    in_any = list(dict.fromkeys(id for ids in in_files.values() for id in ids))
    declared = [entry.id for entry in study.config.organizations]
    if len(in_files) == len(told):  # else the missing ones may stand in the file that cannot be read
        yield from _without_rows(study, declared, in_any or [study.id])
    for id in in_any if declared else ():
        if id not in declared:
            kind = next(kind for kind, ids in in_files.items() if id in ids)
            problem = f"the organization {quote(id)} is not among the organizations of {STUDY_FILE}; it gets no report."
            advice = "Add it there if it should."
            yield Problem(_file(study, kind), problem, advice, value=id, severity="note")
    yield from _of_no_one(study, declared or in_any)
    for kind in ("employees", "transactions"):
        if kind in in_files:
            yield from _without(study, kind, set(in_files[kind]), declared or in_any)


def _without_rows(study: Study, declared: list[str], known: list[str]) -> Iterator[Problem]:
    path = study.folder / STUDY_FILE
    lines = lines_of(path) if declared and path.is_file() else {}
    for i, id in enumerate(declared):
        if id not in known:
            problem = f"no row of any file belongs to the organization {quote(id)};"
            line = lines.get(("organizations", i))
            yield LineProblem(STUDY_FILE, problem, nearest(id, known), line, value=id)


def _of_no_one(study: Study, ids: list[str]) -> Iterator[Problem]:
    transactions = study.config.transactions
    if transactions and not names_organizations(transactions) and len(ids) > 1:
        problem = f"the file does not say to which of {len(ids)} organizations its lines belong."
        advice = "Name its column under transactions.columns.organization; without it no report may use the lines."
        yield Problem(_file(study, "transactions"), problem, advice)


def _without(study: Study, kind: str, known: set[str], wanted: list[str]) -> Iterator[Problem]:
    for id in wanted:
        if id not in known:
            problem = f"the organization {quote(id)} has no {kind}."
            advice = "What rests on them is left out of its report."
            yield Problem(_file(study, kind), problem, advice, value=id, severity="note")


def _file(study: Study, kind: str) -> str:
    source: Any = getattr(study.config, kind)
    return Path((source[0] if isinstance(source, tuple) else source).file).name


def _units(study: Study, frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Units of the answers that the units file does not know."""
    units = frames.get("units")
    if units is None or "unit" not in units or study.config.units is None:
        return
    known = {str(unit) for unit in units["unit"].dropna()}
    for kind in ("survey", "employees"):
        frame = frames.get(kind)
        if frame is None or "unit" not in frame:
            continue
        unknown = [str(unit) for unit in frame["unit"].dropna().unique() if str(unit) not in known]
        for unit in unknown[:SHOWN_UNITS]:
            problem = f"the unit {quote(unit)} is not in {_file(study, 'units')};"
            yield Problem(_file(study, kind), problem, nearest(unit, list(known)), value=unit, severity="note")
        if len(unknown) > SHOWN_UNITS:
            problem = f"{len(unknown) - SHOWN_UNITS} more units are not in {_file(study, 'units')}."
            yield Problem(_file(study, kind), problem, "Check how the units are written.", severity="note")
