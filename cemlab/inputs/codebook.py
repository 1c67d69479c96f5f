"""The codebook: one row per item, what it asks, of whom, on which scale. CSV or Excel, read as the data files are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.errors import DataError, Problem, StudyError, quote
from cemlab.inputs.codebook_rules import codebook_problems
from cemlab.inputs.codebook_words import AUDIENCES as AUDIENCES
from cemlab.inputs.codebook_words import CODEBOOK_COLUMNS as CODEBOOK_COLUMNS
from cemlab.inputs.codebook_words import RESERVED as RESERVED
from cemlab.inputs.codebook_words import ROLES as ROLES
from cemlab.inputs.codebook_words import SCORING_ROLES as SCORING_ROLES
from cemlab.inputs.codebook_words import TEXT_ROLES as TEXT_ROLES
from cemlab.inputs.codebook_words import UNSCORED_ROLES as UNSCORED_ROLES
from cemlab.inputs.codebook_words import items_of as items_of
from cemlab.inputs.codebook_words import read_labels as read_labels
from cemlab.inputs.codebook_words import split_list as split_list
from cemlab.inputs.configfile import nearest
from cemlab.inputs.entries import latin_digits
from cemlab.inputs.files import read_table
from cemlab.inputs.text import read_number

if TYPE_CHECKING:
    from cemlab.inputs.schema import StudyConfig

_YES = {"yes", "y", "true", "1", "x", "بله", "بلی"}
_NO = {"no", "n", "false", "0", "خیر", "نه"}


def load_codebook(path: str | Path, config: StudyConfig | None = None) -> pd.DataFrame:
    """Give the codebook in a CSV or Excel file: one row per item, every column present, types set.

    Parameters
    ----------
    path : str or Path
        The file; only the columns `item` and `role` are required.
    config : StudyConfig, optional
        The study, for its label sets.

    Returns
    -------
    DataFrame
        item, column, asked_of, attribute, role, construct (text), scale_min, scale_max (float), reverse (bool),
        missing_codes, labels, stage, channel, text_en, text_fa (text); empty cells are <NA>.

    Raises
    ------
    StudyError
        With every problem of the file.
    """
    codebook, problems = read_codebook(Path(path), config)
    severe = [problem for problem in problems if problem.severity == "severe"]
    if severe:
        count = "one problem" if len(severe) == 1 else f"{len(severe)} problems"
        raise StudyError(f"The codebook {Path(path).name} has {count}.", severe)
    return codebook


def read_codebook(path: Path, config: StudyConfig | None = None) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a codebook as far as it can be read, with all its problems and notes."""
    empty = pd.DataFrame(columns=CODEBOOK_COLUMNS)
    if config is not None and not (config.survey or config.employees) and _may_lack_rows(path, config):
        return _typed(empty.astype("str"), path.name)  # a study that asks nobody needs no codebook
    try:
        text = read_table(path)
    except DataError as error:
        said = list(error.problems) or [Problem(path.name, f"the codebook cannot be read: {error.args[0]}", "")]
        return empty, said
    problems = _header_problems(text, path.name)
    if any(problem.severity == "severe" for problem in problems):
        return empty, problems
    text = text.reindex(columns=CODEBOOK_COLUMNS).apply(lambda cells: cells.astype("str").str.strip())
    text = text.mask(text == "")
    codebook, unread = _typed(text, path.name)
    problems += unread + codebook_problems(codebook, path.name, config)
    return codebook.reset_index(drop=True), problems


def _may_lack_rows(path: Path, config: StudyConfig) -> bool:
    """Whether there is no codebook and none is named, or one that is only a header."""
    if not path.exists():
        return "codebook" not in config.model_fields_set
    lines = path.read_bytes().splitlines()[1:] if path.suffix.lower() == ".csv" else [b"unknown"]
    return not any(line.strip(b" ,;\t") for line in lines)


def _header_problems(text: pd.DataFrame, file: str) -> list[Problem]:
    """Find required columns that are missing and columns whose name is nearly one the codebook knows."""
    headers = [str(header) for header in text.columns]
    problems = [
        Problem(file, "the codebook lacks this column.", "It needs at least item and role.", column=name)
        for name in ("item", "role")
        if name not in headers
    ]
    for header in headers:
        if header in CODEBOOK_COLUMNS:
            continue
        advice = nearest(header, CODEBOOK_COLUMNS)
        if advice.startswith("did you mean"):
            problems.append(Problem(file, "unknown column;", advice, column=header))
        else:
            problem = "unknown column; it is not read."
            problems.append(Problem(file, problem, "It does no harm.", column=header, severity="note"))
    if not len(text):
        problems.append(Problem(file, "the codebook has no rows.", "Write one row per question."))
    return problems


def _typed(text: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn scales into numbers and `reverse` into True/False; fill what has a default."""
    codebook = text.copy()
    problems: list[Problem] = []
    for name, read, wanted in (
        ("scale_min", read_number, "a number"),
        ("scale_max", read_number, "a number"),
        ("reverse", _yes_or_no, "yes or no"),
    ):
        values, unread = _read_cells(text[name], read, wanted, file)
        codebook[name] = values
        problems += unread
    codebook["scale_min"] = codebook["scale_min"].astype("float64")
    codebook["scale_max"] = codebook["scale_max"].astype("float64")
    codebook["reverse"] = codebook["reverse"].fillna(False).astype(bool)
    codebook["asked_of"] = codebook["asked_of"].str.lower().fillna("customers")
    codebook["role"] = codebook["role"].str.lower()
    codebook["column"] = codebook["column"].fillna(codebook["item"])
    codebook["attribute"] = codebook["attribute"].fillna(codebook["item"])
    is_points = codebook["role"] == "points"
    codebook.loc[is_points, "scale_min"] = codebook.loc[is_points, "scale_min"].fillna(0.0)
    codebook.loc[is_points, "scale_max"] = codebook.loc[is_points, "scale_max"].fillna(100.0)
    return codebook, problems


def _read_cells(
    cells: pd.Series, read: Callable[[str], Any], wanted: str, file: str
) -> tuple[pd.Series, list[Problem]]:
    read_cells = [None if pd.isna(cell) else read(str(cell)) for cell in cells]
    values = pd.Series(read_cells, index=cells.index, dtype=object)
    name, advice = str(cells.name), "Correct the cell or empty it."
    problems = [
        Problem(file, f"found {quote(cell)}, expected {wanted}.", advice, _row(row), name, cell)
        for row, cell in cells[values.isna() & cells.notna()].items()
    ]
    return values, problems


def _yes_or_no(text: str) -> bool | None:
    word = latin_digits(text).casefold()
    return True if word in _YES else False if word in _NO else None


def _row(row: Any) -> int:
    return int(row)
