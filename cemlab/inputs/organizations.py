"""Which organizations a study has: those it declares, else those that its files name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from cemlab.errors import DataError, StudyError
from cemlab.inputs.entries import Text, text_in
from cemlab.inputs.files import clean_header, read_table

if TYPE_CHECKING:
    from cemlab.inputs.schema import ContactSource, SurveySource, UnitSource
    from cemlab.inputs.study_folder import StudyFolder


@dataclass(frozen=True)
class Organization:
    """What one report is about. `id` is its value in the data files and may be any text."""

    id: str
    title: Text | None = None

    def title_in(self, language: str) -> str:
        """Give the display name in `language`; the id where there is none."""
        return text_in(self.title, language, otherwise=self.id)


def find_organizations(study: StudyFolder) -> tuple[Organization, ...]:
    """Give the declared organizations in order, else the files' in order of appearance, else the study itself."""
    declared = study.config.organizations
    if declared:
        return tuple(Organization(entry.id, entry.title) for entry in declared)
    found = dict.fromkeys(name for names in organizations_in_files(study).values() for name in names or ())
    if found:
        return tuple(Organization(id) for id in found)
    return (Organization(study.id, study.config.title),)


def organizations_in_files(study: StudyFolder) -> dict[str, list[str] | None]:
    """Give the organizations that each kind of source names, in order of appearance.

    Kinds that do not say whose their rows are are absent; None stands where a file cannot be read or lacks the column:
    `check_study` says what is wrong with it.
    """
    config = study.config
    kinds: dict[str, Iterable[SurveySource | ContactSource | UnitSource]] = {
        "survey": config.survey,
        "employees": config.employees,
        "interactions": config.interactions,
        "units": (config.units,) if config.units else (),
    }
    found: dict[str, list[str] | None] = {}
    for kind, sources in kinds.items():
        named = [_named_in(study, source) for source in sources if names_organizations(source)]
        if named:
            known = [names for names in named if names is not None]
            found[kind] = list(dict.fromkeys(chain.from_iterable(known))) if len(known) == len(named) else None
    if config.transactions and names_organizations(config.transactions):
        found["transactions"] = _in_transactions(study)
    return found


def names_organizations(source: object) -> bool:
    """Whether a source says whose its rows are: by a column or a constant."""
    columns, constants = getattr(source, "columns", {}), getattr(source, "constants", {})
    return "organization" in columns or "organization" in constants


def _named_in(study: StudyFolder, source: SurveySource | ContactSource | UnitSource) -> list[str] | None:
    if "organization" in source.constants:
        return [source.constants["organization"]]
    try:
        table = read_source(study, source)
    except (DataError, StudyError):
        return None
    header = clean_header(source.columns["organization"])
    if header not in table.columns:
        return None
    names = table[header].dropna().str.strip().unique()
    return [str(name) for name in names if name not in source.missing_codes]


def read_source(study: StudyFolder, source: SurveySource | ContactSource | UnitSource) -> pd.DataFrame:
    """Read a source's file as text, without the rows that it excludes."""
    table = read_whole(study, source)
    return table[~excluded_rows(source, table)]


def read_whole(study: StudyFolder, source: SurveySource | ContactSource | UnitSource) -> pd.DataFrame:
    """Read a source's file as text; the frame is shared between callers and must not be changed."""
    path = study.path_of(source.file)
    state = path.stat() if path.is_file() else None
    version = (state.st_mtime_ns, state.st_size) if state else (0, 0)
    how = (source.sheet, source.encoding, source.separator, source.header_row, source.first_row)
    return _read_version(path, version, how)


@lru_cache(maxsize=4)  # a run cuts the same few files for one organization after another
def _read_version(path: Path, version: tuple[int, int], how: tuple[Any, ...]) -> pd.DataFrame:  # noqa: ARG001
    sheet, encoding, separator, header_row, first_row = how
    return read_table(
        path, sheet=sheet, encoding=encoding, separator=separator, header_row=header_row, first_row=first_row
    )


def excluded_rows(source: SurveySource | ContactSource | UnitSource, table: pd.DataFrame) -> pd.Series:
    """Which rows the source's `exclude` leaves out."""
    gone = pd.Series(False, index=table.index)
    for rule in source.exclude:
        header = clean_header(rule.column)
        if header in table.columns:
            gone |= table[header].str.strip().isin(rule.values).fillna(False).astype(bool)
    return gone


def _in_transactions(study: StudyFolder) -> list[str] | None:
    from cemlab.inputs.transactions import transaction_organizations

    try:
        return list(dict.fromkeys(name.strip() for name in transaction_organizations(cast("Any", study))))
    except (DataError, StudyError):
        return None
