"""Columns that say who a row is about, where and when: respondent, customer, organization, unit, wave, date, weight."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.errors import Problem, quote
from cemlab.inputs.answers import is_missing, missing_forms, read_amounts, read_texts
from cemlab.inputs.configfile import nearest
from cemlab.inputs.dates import EXPECTED, parse_days
from cemlab.inputs.files import clean_header
from cemlab.inputs.privacy import code_identifiers

if TYPE_CHECKING:
    from cemlab.inputs.schema import ContactSource, SurveySource, UnitSource
    from cemlab.inputs.study import Study

    Source = SurveySource | ContactSource | UnitSource

ROLES = {
    "survey": ("respondent", "customer", "organization", "unit", "wave", "date", "weight"),
    "employees": ("respondent", "customer", "organization", "unit", "wave", "date", "weight"),
    "interactions": ("customer", "organization", "unit", "wave", "date", "channel", "kind", "cost"),
    "units": ("organization", "unit", "wave"),
}
FIRST_GREGORIAN = pd.Timestamp("1700-01-01")  # an earlier Gregorian date in a survey is a Jalali one
_DAY_ZERO = pd.Timestamp("1970-01-01")


def file_name(source: Source) -> str:
    """Give the file's name as messages show it."""
    return Path(source.file).name


def lacks(source: Source, header: str, place: str, table: pd.DataFrame) -> Problem:
    """Give the problem of a header that study.yml names and the file does not have."""
    problem = f"the file lacks this column, which study.yml names {place};"
    return Problem(file_name(source), problem, nearest(header, [str(name) for name in table.columns]), column=header)


def read_role(study: Study, source: Source, table: pd.DataFrame, role: str) -> tuple[pd.Series, list[Problem]]:
    """The column of a role: from the file, from a constant, or its default."""
    header = clean_header(source.columns.get(role, ""))  # type: ignore[call-overload]
    cells = pd.Series(pd.NA, index=table.index, dtype="string", name=role)
    is_given, problems = header in table.columns, []
    if is_given:
        cells = table[header]
    elif header:
        problems.append(lacks(source, header, f"for {role}", table))
    constant = source.constants.get(role, study.id if role == "organization" and not header else None)  # type: ignore[call-overload]
    if constant is not None:
        is_given, cells = True, pd.Series(constant, index=table.index, dtype="string", name=role)
    values, found = _read_role_cells(study, source, cells, role, is_given)
    return values, problems + found


def _read_role_cells(
    study: Study, source: Source, cells: pd.Series, role: str, is_given: bool
) -> tuple[pd.Series, list[Problem]]:
    file = file_name(source)
    if role == "weight":
        if not is_given:
            return pd.Series(1.0, index=cells.index), []
        return read_amounts(cells, file=file, positive=True)
    if role == "cost":
        return read_amounts(cells, file=file)
    if role == "date":
        return _read_dates(cells, source, file)
    texts = read_texts(cells, missing_forms(source.missing_codes))
    if role in ("respondent", "customer"):
        return code_identifiers(texts, study), []
    if role == "organization" and is_given:
        advice = "Write its organization, or leave the row out with `exclude`."
        return texts, [
            Problem(file, "the row names no organization.", advice, int(row), str(cells.name), None, "invalid")
            for row in texts.index[texts.isna()]
        ]
    return texts, []


def _read_dates(cells: pd.Series, source: Any, file: str) -> tuple[pd.Series, list[Problem]]:
    """Dates as datetime64 of the day; a Jalali year where Gregorian is declared is a problem, not the Middle Ages."""
    missing = missing_forms(source.missing_codes)
    gone = [text for text in cells.dropna().unique() if is_missing(text, missing)]
    days, bad = parse_days(cells.mask(cells.isin(gone).astype(bool)) if gone else cells, source.calendar)
    early = (days < (FIRST_GREGORIAN - _DAY_ZERO).days).fillna(False).astype(bool)
    problems = []
    for row in cells.index[bad | early]:
        found = str(cells[row])
        problem = f"found {quote(found)}, expected {EXPECTED[source.calendar]}."
        advice = "Correct the cell, or write the dates of the file year first."
        if early[row]:
            advice = "It looks like a Jalali date: set `calendar: jalali` for this source in study.yml."
        problems.append(Problem(file, problem, advice, int(row), str(cells.name), found, "invalid"))
    since = pd.to_timedelta(days.mask(early).astype("float64"), unit="D")
    return (_DAY_ZERO + since).astype("datetime64[us]"), problems
