"""The study's people as frames: survey, employees, contacts and units; or every problem of their files at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cemlab.errors import DataError, Problem
from cemlab.inputs.sources import read_answers, read_units

if TYPE_CHECKING:
    from cemlab.inputs.study import Study

__all__ = ["load_employees", "load_interactions", "load_survey", "load_units", "read_answers", "read_units"]


def load_survey(study: Study, organization: str | None = None) -> pd.DataFrame:
    r"""Give the customers' answers, a row per respondent; ratings are float in the direction of their construct.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        The id of one organization; all rows by default.

    Returns
    -------
    DataFrame
        Index 0 to n - 1; respondent, customer, organization, unit, wave (str, missing where the file has none;
        organization = the study's id), date (datetime64), weight (float, 1 by default), then a float column per item;
        items of role text or profile are str. `.attrs`: n_excluded (rows left out by `exclude`), n_invalid (unusable
        cells that became missing).

    Raises
    ------
    DataError
        With every problem of the files: always when one is severe, and on unusable cells unless `on_invalid: missing`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import cemlab
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: small\nsurvey: {file: survey.csv, columns: {wave: year}}\n")
    >>> _ = (folder / "codebook.csv").write_text("item,role,scale_min,scale_max\nq1,agreement,1,5\n")
    >>> _ = (folder / "survey.csv").write_text("year,q1\n2024,4\n")
    >>> cemlab.load_survey(cemlab.load_study(folder))[["organization", "wave", "q1"]].iloc[0].astype(str).tolist()
    ['small', '2024', '4.0']
    """
    return _finish(study, "survey", *read_answers(study, "survey", organization))


def load_employees(study: Study, organization: str | None = None) -> pd.DataFrame:
    r"""Give the employees' answers, a row per respondent, in the columns that `load_survey` describes.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        The id of one organization; all rows by default.

    Returns
    -------
    DataFrame
        As `load_survey`; the items are those asked of employees.

    Raises
    ------
    DataError
        As `load_survey`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import cemlab
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: small\nemployees: {file: employees.csv, columns: {unit: branch}}\n")
    >>> _ = (folder / "codebook.csv").write_text("item,role,scale_min,scale_max,asked_of\nq1,agreement,1,5,employees\n")
    >>> _ = (folder / "employees.csv").write_text("branch,q1\nb7,4\n")
    >>> cemlab.load_employees(cemlab.load_study(folder))[["unit", "q1"]].iloc[0].astype(str).tolist()
    ['b7', '4.0']
    """
    return _finish(study, "employees", *read_answers(study, "employees", organization))


def load_interactions(study: Study, organization: str | None = None) -> pd.DataFrame:
    r"""Give the contacts with customers, a row per contact; cost in the study's currency.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        The id of one organization; all rows by default.

    Returns
    -------
    DataFrame
        customer, organization, unit, wave, date, channel, kind, cost.

    Raises
    ------
    DataError
        As `load_survey`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import cemlab
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text(
    ...     "id: small\ninteractions: {file: interactions.csv, columns: {date: day, cost: euro}}\n"
    ... )
    >>> _ = (folder / "codebook.csv").write_text("item,role,scale_min,scale_max\nq1,agreement,1,5\n")
    >>> _ = (folder / "interactions.csv").write_text("day,euro\n2025-06-30,2.5\n")
    >>> cemlab.load_interactions(cemlab.load_study(folder))[["date", "cost"]].iloc[0].astype(str).tolist()
    ['2025-06-30 00:00:00', '2.5']
    """
    return _finish(study, "interactions", *read_answers(study, "interactions", organization))


def load_units(study: Study, organization: str | None = None) -> pd.DataFrame:
    r"""Give what is known of each unit (and wave), a float column per measure in the measure's own unit.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        The id of one organization; all rows by default.

    Returns
    -------
    DataFrame
        organization, unit, wave, then a column per measure.

    Raises
    ------
    DataError
        As `load_survey`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import cemlab
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text(
    ...     "id: small\nunits: {file: units.csv, columns: {unit: branch}, measures: {profit: {column: eur}}}\n"
    ... )
    >>> _ = (folder / "codebook.csv").write_text("item,role,scale_min,scale_max\nq1,agreement,1,5\n")
    >>> _ = (folder / "units.csv").write_text("branch,eur\nb7,12.5\n")
    >>> cemlab.load_units(cemlab.load_study(folder))[["unit", "profit"]].iloc[0].astype(str).tolist()
    ['b7', '12.5']
    """
    return _finish(study, "units", *read_units(study, organization))


def _finish(study: Study, kind: str, frame: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """Give the frame, or raise with all problems at once."""
    severe = any(problem.severity == "severe" for problem in problems)
    invalid = [problem for problem in problems if problem.severity == "invalid"]
    if severe or (invalid and study.config.on_invalid == "stop"):
        told = [problem for problem in problems if problem.severity != "note"]
        count = "one problem" if len(told) == 1 else f"{len(told)} problems"
        choice = (
            "" if severe else " Correct the cells, or let them count as missing: `on_invalid: missing` in study.yml."
        )
        raise DataError(f"The {kind} of the study {study.id}: found {count}, expected none.{choice}", told)
    frame.attrs["n_invalid"] = len(invalid)
    return frame
