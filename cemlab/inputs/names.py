"""Display names: what a person reads in place of the names of files and codebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cemlab.errors import DataError, StudyError
from cemlab.inputs.entries import text_in
from cemlab.inputs.files import clean_header
from cemlab.inputs.organizations import Organization, read_source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cemlab.inputs.study_folder import StudyFolder


def display_names(study: StudyFolder, organizations: Iterable[Organization], language: str) -> dict[str, str]:
    """Give name -> text in `language`; where two things share a name, the later of this order stands.

    Items and attributes (their text, else in another language, else the name), units, measures, constructs,
    organizations. KPIs and waves are shown as they are.
    """
    names = _item_names(study.codebook, language)
    names |= _unit_names(study, language)
    titles = {name: entry.title for name, entry in (study.config.units.measures if study.config.units else {}).items()}
    titles |= {name: entry.title for name, entry in study.config.constructs.items() if entry.title is not None}
    names |= {name: text_in(title, language) for name, title in titles.items() if title is not None}
    names |= {
        organization.id: organization.title_in(language)
        for organization in organizations
        if organization.title is not None
    }
    return names


def _item_names(codebook: pd.DataFrame, language: str) -> dict[str, str]:
    """Texts of the attributes (of the perception where there is one, else of the first item), then of the items."""
    own, other = ("text_fa", "text_en") if language == "fa" else ("text_en", "text_fa")
    texts = codebook[own].fillna(codebook[other])
    names: dict[str, str] = {}
    is_perception = codebook["role"] == "perception"
    for rows in (codebook[is_perception], codebook[~is_perception]):
        for attribute, text in zip(rows["attribute"], texts[rows.index], strict=True):
            if pd.notna(attribute) and pd.notna(text):
                names.setdefault(str(attribute), str(text))
    items = zip(codebook["item"], texts.fillna(codebook["item"]), strict=True)
    return names | {str(item): str(text) for item, text in items}


def _unit_names(study: StudyFolder, language: str) -> dict[str, str]:
    """Display names in the units file, by the headers that `units.titles` names."""
    source = study.config.units
    if source is None or not source.titles or "unit" not in source.columns:
        return {}
    header = clean_header(source.titles.get(language) or next(iter(source.titles.values())))  # type: ignore[call-overload]
    unit = clean_header(source.columns["unit"])
    try:
        table = read_source(study, source)
    except (DataError, StudyError):
        return {}
    if not {unit, header} <= set(table.columns):
        return {}
    named = table[[unit, header]].dropna().drop_duplicates(unit)
    return dict(zip(named[unit].str.strip(), named[header].str.strip(), strict=True))
