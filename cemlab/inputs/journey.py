"""The journey sheet: stages, channels, who owns each cell, what is done there and what the firm intends it to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.errors import DataError, Problem, StudyError, quote
from cemlab.inputs.answers import read_amounts
from cemlab.inputs.codebook import items_of
from cemlab.inputs.configfile import nearest
from cemlab.inputs.files import clean_header
from cemlab.inputs.organizations import read_source

if TYPE_CHECKING:
    from cemlab.inputs.schema import JourneySource
    from cemlab.inputs.study_folder import StudyFolder

TITLED = ("stage", "channel", "owner", "action")
TITLES = tuple(f"{what}_title_{language}" for what in TITLED for language in ("en", "fa"))
JOURNEY_COLUMNS = ("organization", "stage", "stage_order", "channel", "owner", "action", "intended", *TITLES)
KEYS = ["organization", "stage", "channel"]


def load_journey(study: StudyFolder, organization: str | None = None) -> pd.DataFrame:
    r"""Give the journey sheet that study.yml names as `journey`, a row per cell (stage × channel), in stage order.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        The id of one organization: its rows, and those that name none where it has no row of its own for the cell.
        All rows by default, unless study.yml names one organization only.

    Returns
    -------
    DataFrame
        organization, stage, stage_order (whole numbers from 1), channel, owner, action (text, missing where blank),
        intended (float: the experience the firm intends, on the scale of the cell's items) and the titles
        stage_title_en, stage_title_fa, channel_title_en … of stages, channels, owners and actions.

    Raises
    ------
    StudyError
        study.yml names no journey sheet.
    DataError
        With every severe problem of the sheet; `check_study` lists the notes too.

    Examples
    --------
    >>> import tempfile
    >>> import cemlab
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text("id: small\njourney: journey.csv\n")
    >>> _ = (folder / "codebook.csv").write_text("item,role,scale_min,scale_max\nq1,perception,1,5\n")
    >>> _ = (folder / "journey.csv").write_text("stage,channel,owner,intended\nbuy,shop,Sales,4.5\n")
    >>> load_journey(cemlab.load_study(folder))[["stage", "channel", "owner", "intended"]]
      stage channel  owner  intended
    0   buy    shop  Sales       4.5
    """
    sheet, problems = read_journey(study, organization)
    severe = [problem for problem in problems if problem.severity == "severe"]
    if severe:
        count = "one problem" if len(severe) == 1 else f"{len(severe)} problems"
        raise DataError(f"The journey sheet has {count}.", severe)
    return sheet.reset_index(drop=True)


def read_journey(study: StudyFolder, organization: str | None = None) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the sheet (index = row in the file) with its problems; the notes on names the codebook lacks too.

    Raises
    ------
    StudyError, DataError
        study.yml names no sheet, or the file cannot be read.
    """
    source, declared = study.config.journey, study.config.organizations
    organization = declared[0].id if organization is None and len(declared) == 1 else organization
    if source is None:
        problem = Problem("study.yml", "names no journey sheet.", "Add the line `journey: journey.csv`.")
        raise StudyError("The study has no journey sheet.", [problem])
    whole: Any = source
    table, file = read_source(study, whole), Path(source.file).name
    lacking = list(_lacking(source, table, file))
    if lacking:
        return pd.DataFrame(columns=list(JOURNEY_COLUMNS)), lacking
    sheet, problems = _read_cells(source, table, file)
    if organization is not None:
        sheet = _rows_for(sheet, organization)
    problems += [*_blank(sheet, file), *_twice(sheet, file), *_orders(sheet, file)]
    problems += [*_unknown(study, sheet, file), *_off_scale(study, sheet, file)]
    return _in_order(sheet), sorted(problems, key=lambda p: p.row or 0)


def header_of(source: JourneySource, name: str) -> str:
    """Give the header that holds a column of the sheet: what `columns` says, else its own name."""
    return clean_header(source.columns.get(name, name))  # type: ignore[call-overload]


def journey_names(sheet: pd.DataFrame, language: str) -> dict[str, str]:
    """Give the display names of the sheet's stages, channels, owners and actions in `language`.

    Examples
    --------
    >>> sheet = pd.DataFrame({"stage": ["buy"], "stage_title_en": ["Purchase"], "stage_title_fa": ["خرید"]})
    >>> journey_names(sheet, "fa")
    {'buy': 'خرید'}
    """
    other = "en" if language == "fa" else "fa"
    names: dict[str, str] = {}
    for what in TITLED:
        for choice in (f"{what}_title_{language}", f"{what}_title_{other}"):
            if what in sheet and choice in sheet:
                for name, title in sheet[[what, choice]].dropna().itertuples(index=False):
                    names.setdefault(str(name), str(title))
    return names


def _rows_for(sheet: pd.DataFrame, organization: str) -> pd.DataFrame:
    """The organization's own rows, and the general ones for cells in which it has none."""
    own = (sheet["organization"] == organization).fillna(False).astype(bool)
    cells = sheet["stage"].fillna("") + "\0" + sheet["channel"].fillna("")
    return sheet[own | (sheet["organization"].isna() & ~cells.isin(cells[own]))]


def _lacking(source: JourneySource, table: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Columns that must be there: stage and channel, and all that `columns` names."""
    for name in dict.fromkeys(("stage", "channel", *source.columns)):
        if header_of(source, name) not in table.columns:
            problem = f"the sheet lacks this column, which holds the {name};"
            advice = nearest(header_of(source, name), [str(header) for header in table.columns])
            yield Problem(file, problem, advice, column=header_of(source, name))


def _read_cells(source: JourneySource, table: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Text cells stripped, numbers read in any script."""
    blank = pd.Series(pd.NA, index=table.index, dtype="string")
    columns, problems = {}, []
    for name in JOURNEY_COLUMNS:
        header = header_of(source, name)
        cells = table[header].str.strip() if header in table.columns else blank
        cells = cells.mask(cells.isin(source.missing_codes).fillna(False).astype(bool))
        if name in ("stage_order", "intended"):
            numbers, found = read_amounts(cells.rename(header), file=file)
            columns[name] = numbers
            problems += [Problem(file, p.problem, p.advice, p.row, p.column, p.value) for p in found]
        else:
            columns[name] = cells
    return pd.DataFrame(columns, index=table.index), problems


def _blank(sheet: pd.DataFrame, file: str) -> Iterator[Problem]:
    for name in ("stage", "channel"):
        for row in sheet.index[sheet[name].isna()]:
            problem, advice = f"the row names no {name}.", "A row is one stage in one channel: name both."
            yield Problem(file, problem, advice, int(row), name)


def _twice(sheet: pd.DataFrame, file: str) -> Iterator[Problem]:
    named = sheet.dropna(subset=["stage", "channel"])
    for row, stage, channel in named.loc[named.duplicated(KEYS), ["stage", "channel"]].itertuples():
        cell = f"{stage} × {channel}"
        yield Problem(file, f"the cell {quote(cell)} stands in an earlier row too.", "Keep one of them.", int(row))


def _orders(sheet: pd.DataFrame, file: str) -> Iterator[Problem]:
    """A stage has one place."""
    for stage, orders in sheet.groupby("stage", sort=False)["stage_order"]:
        given = orders.dropna()
        for row in given.index[given != given.iloc[0]] if len(given) else ():
            problem = f"found {given[row]:g} for the stage {quote(stage)}, expected {given.iloc[0]:g} as above."
            yield Problem(file, problem, "Give each stage one place.", int(row), "stage_order", f"{given[row]:g}")


def _unknown(study: StudyFolder, sheet: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Stages and channels that only one of sheet and codebook knows."""
    asked = items_of(study.codebook, "customers")
    for name in ("stage", "channel"):
        known = [str(value) for value in asked[name].dropna().unique()]
        in_sheet = sheet[name].dropna()
        strange = in_sheet[~in_sheet.isin(known)].drop_duplicates()
        for row, value in zip(strange.index.tolist(), strange.tolist(), strict=True):
            problem = f"no item of the codebook asks about the {name} {quote(value)}, so its cells hold no answers;"
            yield Problem(file, problem, nearest(value, known), int(row), name, str(value), "note")
        for value in known:
            if value not in set(in_sheet):
                problem = f"the sheet lacks the {name} {quote(value)} of the codebook, so its cells have no owner."
                yield Problem(file, problem, "Add a row for it.", None, name, value, "note")


def _off_scale(study: StudyFolder, sheet: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Intended levels that lie outside the scale on which customers answer in the cell."""
    asked = items_of(study.codebook, "customers")
    asked = asked[asked["role"].isin(["perception", "expectation", "desired"])]
    ends = asked.groupby(["stage", "channel"])[["scale_min", "scale_max"]].agg({"scale_min": "min", "scale_max": "max"})
    for row, stage, channel, intended in sheet[["stage", "channel", "intended"]].dropna().itertuples():
        if (stage, channel) not in ends.index:
            continue
        low, high = ends.loc[(stage, channel)]
        if not low <= intended <= high:
            problem = f"found {intended:g}, expected {low:g} to {high:g}, the scale on which customers answer."
            yield Problem(file, problem, "Give it on that scale.", int(row), "intended", f"{intended:g}")


def _in_order(sheet: pd.DataFrame) -> pd.DataFrame:
    """Rows by stage; a stage without a place comes after the others, as it appears."""
    first = sheet.groupby("stage", sort=False)["stage_order"].first()
    order = first.iloc[np.argsort(first.fillna(np.inf).to_numpy(), kind="stable")].index
    place = pd.Series(range(1, len(order) + 1), index=order)
    sheet = sheet.assign(stage_order=sheet["stage"].map(place).astype("Int64"))
    return sheet.sort_values("stage_order", kind="stable")
