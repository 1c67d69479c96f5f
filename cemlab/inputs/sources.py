"""The sources of a study as frames, with every missing column and every unusable cell named.

Several files of one kind are stacked in their order; headers may change from file to file (`rename`, or several
headers in the codebook). An organization's rows are picked before a cell is read: nothing is told of the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cemlab.errors import DataError, Problem, quote
from cemlab.inputs.answers import is_missing, missing_forms, question_of, read_amounts, read_ratings, read_texts
from cemlab.inputs.codebook import AUDIENCES, TEXT_ROLES, items_of, split_list
from cemlab.inputs.configfile import nearest
from cemlab.inputs.files import clean_header, read_table
from cemlab.inputs.roles import ROLES, file_name, lacks, read_role

if TYPE_CHECKING:
    from cemlab.inputs.schema import ContactSource, SurveySource, UnitSource
    from cemlab.inputs.study import Study

    Source = SurveySource | ContactSource | UnitSource

Kind = Literal["survey", "employees", "interactions"]


def read_answers(study: Study, kind: Kind, organization: str | None = None) -> tuple[pd.DataFrame, list[Problem]]:
    """Give the frame of a kind of source and all its problems, whatever they are.

    Several sources are stacked in their order; a column that only some of them have is missing in the others.
    """
    return _read_sources(study, kind, getattr(study.config, kind), organization)


def read_units(study: Study, organization: str | None = None) -> tuple[pd.DataFrame, list[Problem]]:
    """Give the frame of the units and all its problems."""
    units = study.config.units
    return _read_sources(study, "units", (units,) if units else (), organization)


def _read_sources(
    study: Study, kind: str, sources: Iterable[Source], organization: str | None
) -> tuple[pd.DataFrame, list[Problem]]:
    sources = tuple(sources)
    if not sources:
        raise DataError(
            f"study.yml: found no {kind!r}, expected a file with its columns there. Add `{kind}: {{file: …}}`."
        )
    _require_organization(study, organization)
    tables, problems, n_excluded = [], [], 0
    for source in sources:
        table, left_out, lacking = _read_source(study, source)
        problems += lacking
        n_excluded += left_out
        tables.append((source, _rows_of(study, source, table, organization)))
    if organization is not None and all(table.empty for _, table in tables):
        files = ", ".join(dict.fromkeys(file_name(source) for source in sources))
        raise DataError(
            f"{files}: found no rows of the organization {quote(organization)}, expected at least one. "
            "Check how the file writes it, or take it out of `organizations` in study.yml."
        )
    parts = []
    for source, table in tables:
        part, unusable = _read_part(study, kind, source, table)
        parts.append(part)
        problems += unusable
    problems += _items_in_no_source(study, kind, tables)
    frame = pd.concat(parts, ignore_index=True)
    frame.attrs["n_excluded"] = n_excluded
    return frame, problems


# rows


def _require_organization(study: Study, organization: str | None) -> None:
    known = [known.id for known in study.organizations] if organization is not None else []
    if organization is not None and organization not in known:
        raise DataError(
            f"The study {study.id}: found no organization {quote(organization)}, expected one of its own; "
            f"{nearest(organization, known)}"
        )


def _read_source(study: Study, source: Source) -> tuple[pd.DataFrame, int, list[Problem]]:
    """A source's table without the rows it excludes, how many these were, and exclusions that fit no column."""
    table = read_table(
        study.path_of(source.file),
        sheet=source.sheet,
        encoding=source.encoding,
        separator=source.separator,
        header_row=source.header_row,
        first_row=source.first_row,
    )
    problems, gone = [], pd.Series(False, index=table.index)
    for exclusion in source.exclude:
        header = clean_header(exclusion.column)
        if header in table.columns:
            gone |= table[header].str.strip().isin(exclusion.values).fillna(False).astype(bool)
        else:
            problems.append(lacks(source, header, "for exclude", table))
    return table[~gone], int(gone.sum()), problems


def _rows_of(study: Study, source: Source, table: pd.DataFrame, organization: str | None) -> pd.DataFrame:
    """The rows of one organization; all rows where none is asked for."""
    if organization is None:
        return table
    header = clean_header(source.columns.get("organization", ""))
    if header in table.columns:
        return table[table[header].str.strip().eq(organization).fillna(False).astype(bool)]
    return table if source.constants.get("organization", study.id) == organization else table.iloc[:0]


# columns


def _read_part(study: Study, kind: str, source: Source, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """One source as typed columns."""
    problems: list[Problem] = []
    headers = {clean_header(header) for header in getattr(source, "rename", {})}
    problems += [lacks(source, name, "under rename", table) for name in sorted(headers - set(table.columns))]
    columns: dict[str, pd.Series] = {}
    for role in ROLES[kind]:
        columns[role], found = read_role(study, source, table, role)
        problems += found
    if kind == "units":
        measured, found = _read_measures(source, table)
    else:
        measured, found = _read_items(study, kind, source, table)
    return pd.DataFrame(columns | measured, index=table.index), problems + found


def _read_items(
    study: Study, kind: str, source: Any, table: pd.DataFrame
) -> tuple[dict[str, pd.Series], list[Problem]]:
    """The codebook's items of this kind's audience."""
    columns: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    for row in _asked(study, kind).itertuples(index=False):
        header = _header_of(row, source, table)
        question = question_of(row, study.config, source.missing_codes)
        cells = pd.Series(pd.NA, index=table.index, dtype="string") if header is None else table[header]
        if row.role in TEXT_ROLES:
            columns[str(row.item)] = read_texts(cells, question.missing)
        else:
            columns[str(row.item)], found = read_ratings(cells, question, file=file_name(source))
            problems += found
    return columns, problems


def _asked(study: Study, kind: str) -> pd.DataFrame:
    audience = {"survey": AUDIENCES[0], "employees": AUDIENCES[1]}.get(kind, "")
    return items_of(study.codebook, audience)


def _header_of(row: Any, source: Any, table: pd.DataFrame) -> str | None:
    """The header that holds an item in this file: renamed to it, one of the codebook's, or the item's own name."""
    renamed = [clean_header(header) for header, item in source.rename.items() if item == row.item]
    candidates = [*renamed, *(clean_header(header) for header in split_list(row.column)), row.item]
    return next((header for header in candidates if header in table.columns), None)


def _items_in_no_source(study: Study, kind: str, tables: list[tuple[Source, pd.DataFrame]]) -> list[Problem]:
    files = ", ".join(dict.fromkeys(file_name(source) for source, _ in tables))
    known = list(dict.fromkeys(str(header) for _, table in tables for header in table.columns))
    problems = []
    for row in _asked(study, kind).itertuples(index=False):
        if all(_header_of(row, source, table) is None for source, table in tables):
            problem = f"the file lacks the column of the item {quote(row.item)};"
            headers = split_list(row.column)
            problems.append(Problem(files, problem, nearest(headers[0], known), column=str(row.column)))
    return problems


def _read_measures(source: Any, table: pd.DataFrame) -> tuple[dict[str, pd.Series], list[Problem]]:
    columns: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    missing = missing_forms(source.missing_codes)
    for name, measure in source.measures.items():
        header = clean_header(measure.column)
        if header not in table.columns:
            problems.append(lacks(source, header, f"for the measure {name}", table))
            columns[name] = pd.Series(float("nan"), index=table.index)
            continue
        cells = table[header]
        gone = [text for text in cells.dropna().unique() if is_missing(text, missing)]
        cells = cells.mask(cells.isin(gone).astype(bool)) if gone else cells
        columns[name], found = read_amounts(cells, file=file_name(source))
        problems += found
    return columns, problems
