"""One organization's part of a study as a study of its own: what a report may see and nothing else.

The cells stay the text that was read (a Parquet file per source, with the row numbers of the original file in
`__row__`), so that loading the slice gives what loading the organization from the whole study gives.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from ruamel.yaml import YAML

from cemlab.errors import ReportError
from cemlab.inputs.codebook import AUDIENCES, CODEBOOK_COLUMNS, items_of, split_list
from cemlab.inputs.configfile import STUDY_FILE
from cemlab.inputs.files import ROW_COLUMN, clean_header
from cemlab.inputs.journey import JOURNEY_COLUMNS, header_of
from cemlab.inputs.organizations import excluded_rows, names_organizations, read_source, read_whole
from cemlab.inputs.privacy import write_key
from cemlab.inputs.schema import Exclusion, OrganizationEntry, StudyConfig
from cemlab.inputs.study import load_study

if TYPE_CHECKING:
    from cemlab.inputs.schema import ContactSource, JourneySource, SurveySource, TransactionSource, UnitSource
    from cemlab.inputs.study import Organization, Study

    Source = SurveySource | ContactSource | UnitSource

CODEBOOK_FILE, KEY_FILE = "codebook.csv", ".cemlab-key"
KEPT_COLUMN = "__kept__"  # "yes" on all rows where some hold no named cell, lest they vanish; "no": stands for no rows
_READ_AS_PARQUET = {
    "sheet": None,
    "encoding": None,
    "separator": None,
    "header_row": 1,
    "first_row": None,
}


def slice_study(study: Study, organization: str | Organization, folder: str | Path) -> Study:
    """Write a study folder that holds one organization's rows and only the columns that the study names.

    Parameters
    ----------
    study : Study
        The whole study.
    organization : str or Organization
        The organization, or its id.
    folder : str or Path
        A new or empty folder; only its owner can open it.

    Returns
    -------
    Study
        The slice. Its answers, units, transactions and codes of identifiers are those of the whole study.

    Raises
    ------
    StudyError
        If the study has no such organization.
    ReportError
        If the folder is not empty.
    DataError
        If a file of the study cannot be read.
    """
    chosen = study.organization(organization if isinstance(organization, str) else organization.id)
    folder = _new_folder(Path(folder))
    try:
        _write_description(study, _write_data(study, chosen, folder), folder)
        return load_study(folder)
    except BaseException:  # half a slice must not be taken for a whole one
        shutil.rmtree(folder)
        raise


def _write_data(study: Study, chosen: Organization, folder: Path) -> StudyConfig:
    """Write the organization's part of every source; give the config that reads them back."""
    config, id = study.config, chosen.id
    changes: dict[str, Any] = {
        "codebook": CODEBOOK_FILE,
        "privacy": config.privacy.model_copy(update={"key_file": KEY_FILE}),
        "organizations": (OrganizationEntry(id=id, title=chosen.title),),
    }
    for kind, audience in (("survey", AUDIENCES[0]), ("employees", AUDIENCES[1]), ("interactions", None)):
        headers = _item_headers(study, audience)
        sources = enumerate(getattr(config, kind), start=1)
        changes[kind] = tuple(_slice(study, s, id, headers, folder / f"{kind}_{i}.parquet") for i, s in sources)
    if config.units is not None:
        changes["units"] = _slice(study, config.units, id, _unit_headers(config.units), folder / "units.parquet")
    if config.journey is not None:
        changes["journey"] = _slice_journey(study, config.journey, id, folder / "journey.parquet")
    if config.transactions is not None:
        # lines that do not say whose they are belong to no one among several
        is_told = names_organizations(config.transactions) or len(study.organizations) == 1
        changes["transactions"] = _slice_transactions(study, id, folder / "transactions.parquet") if is_told else None
    return config.model_copy(update=changes)


def _new_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ReportError(f"{folder}: found files, expected a new or empty folder. Name another one.")
    folder.chmod(0o700)
    return folder


def _item_headers(study: Study, audience: str | None) -> list[str]:
    """Headers of the codebook's items; an item's own name too, since a header may be renamed to it."""
    if audience is None:
        return []
    items = items_of(study.codebook, audience)
    return [*(header for cell in items["column"] for header in split_list(cell)), *items["item"]]


def _unit_headers(source: UnitSource) -> list[str]:
    return [*source.titles.values(), *(measure.column for measure in source.measures.values())]


def _slice(study: Study, source: Source, id: str, headers: Iterable[str], path: Path) -> Any:
    """Write a source's rows and named columns of one organization; give the source that reads them back.

    Of rows that the study excludes only the number travels: as blank rows that the slice excludes. A table needs a row,
    so one of these stands where there is none.
    """
    table = read_whole(study, source)
    rules = tuple(rule for rule in source.exclude if clean_header(rule.column) not in table.columns)
    table = table[_rows_of(study, source, table, id)]
    rename: dict[str, str] = getattr(source, "rename", {})
    named = {clean_header(header) for header in (*headers, *source.columns.values(), *rename)}
    is_kept = ~excluded_rows(source, table)
    written = table[[name for name in table.columns if name in named]].astype(object)
    written = written.where(written.notna() & is_kept.to_numpy()[:, None], None)
    if study.config.privacy.identifiers == "drop":
        people = {clean_header(name) for role, name in source.columns.items() if role in ("respondent", "customer")}
        written[[name for name in written.columns if name in people]] = None
    if not len(written):
        written = written.reindex([0])
        is_kept = pd.Series(False, index=[0])
    is_blank = written.isna().all(axis=1) & is_kept
    if is_blank.any() or not is_kept.all():
        written[KEPT_COLUMN] = is_kept.map({True: "yes", False: "no"})
    if not is_kept.all():
        rules = (*rules, Exclusion(column=KEPT_COLUMN, values=("no",)))
    written[ROW_COLUMN] = written.index.astype("int64")
    _write_parquet(written, path)
    changes = {"file": path.name, "exclude": rules, "constants": _constants(source, id), **_READ_AS_PARQUET}
    return source.model_copy(update=changes)


def _constants(source: Source | TransactionSource, id: str) -> dict[Any, str]:
    """The source's constants; a source of another organization has no rows here, and its name does not travel."""
    constants: dict[Any, str] = dict(source.constants)
    return constants | {"organization": id} if "organization" in constants else constants


def _rows_of(study: Study, source: Source, table: pd.DataFrame, id: str) -> pd.Series:
    """Which rows are the organization's; without an organization column all rows are the study's own."""
    header = clean_header(source.columns.get("organization", ""))
    if header and header in table.columns:
        return table[header].str.strip().eq(id).fillna(False).astype(bool)
    constant = source.constants.get("organization")
    return pd.Series(id == (constant if constant is not None else study.id), index=table.index)


def _write_parquet(written: pd.DataFrame, path: Path) -> None:
    """Write text columns and the row numbers; no pandas metadata, so that nothing else travels along."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        str(name): pa.array(written[name], type=pa.int64() if name == ROW_COLUMN else pa.string())
        for name in written.columns
    }
    pq.write_table(pa.table(columns), path)


def _slice_transactions(study: Study, id: str, path: Path) -> Any:
    from cemlab.inputs.transactions import write_transactions_slice

    source = study.config.transactions
    assert source is not None
    write_transactions_slice(study, id, path)
    changes: dict[str, Any] = {"file": path.name, "sheet": None, "encoding": None, "separator": None}
    return source.model_copy(update={**changes, "constants": _constants(source, id)})


def _slice_journey(study: Study, source: JourneySource, id: str, path: Path) -> Any:
    """Write the sheet's rows of the organization and those that name none; no sheet where none is left."""
    sheet: Any = source
    table = read_source(study, sheet)
    headers = {header_of(source, name) for name in JOURNEY_COLUMNS}
    owner = header_of(source, "organization")
    if owner in table.columns:
        theirs = table[owner].str.strip()
        table = table[(theirs.isna() | (theirs == id)).fillna(True).astype(bool)]
    written = table[[name for name in table.columns if name in headers]].astype(object)
    if not written.notna().any(axis=None):
        return None
    written[ROW_COLUMN] = written.index.astype("int64")
    _write_parquet(written.where(written.notna(), None), path)
    return source.model_copy(update={"file": path.name, "exclude": (), **_READ_AS_PARQUET})


def _write_description(study: Study, config: StudyConfig, folder: Path) -> None:
    """Write study.yml, the codebook and the key."""
    write_config(config, folder / STUDY_FILE)
    codebook = study.codebook[CODEBOOK_COLUMNS].copy()
    codebook["reverse"] = codebook["reverse"].map({True: "yes", False: "no"})
    codebook.to_csv(folder / CODEBOOK_FILE, index=False)
    write_key(folder / KEY_FILE, study.key)


def write_config(config: StudyConfig, path: Path) -> None:
    """Write a StudyConfig as study.yml; what stands at its default is left out.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "study.yml"
    >>> write_config(StudyConfig(id="small", language="fa"), file)
    >>> print(file.read_text(encoding="utf-8"))
    id: small
    language: fa
    """
    content = json.loads(config.model_dump_json(exclude_defaults=True, exclude_none=True))
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
