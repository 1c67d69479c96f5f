"""What a codebook must hold to: its rows by themselves, against each other and against the study's label sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.errors import Problem, quote
from cemlab.inputs.codebook_words import (
    AUDIENCES,
    RESERVED,
    ROLES,
    SCORING_ROLES,
    TEXT_ROLES,
    read_labels,
)
from cemlab.inputs.configfile import nearest

if TYPE_CHECKING:
    from cemlab.inputs.schema import StudyConfig


def codebook_problems(codebook: pd.DataFrame, file: str, config: StudyConfig | None) -> list[Problem]:
    """Find everything wrong with a typed codebook whose index is the row number of the file."""
    named = codebook["item"].notna()
    problems = [
        Problem(file, "the item has no name.", "Name it, or delete the row.", int(row), "item")
        for row in codebook.index[~named]
    ]
    codebook = codebook[named]
    rules: Iterable[Iterator[Problem]] = (
        _names(codebook, file),
        _roles(codebook, file),
        _scales(codebook, file),
        _labels(codebook, file, config),
        _pairs(codebook, file),
        _constructs(codebook, file),
    )
    return problems + [problem for rule in rules for problem in rule]


def _names(codebook: pd.DataFrame, file: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row, item in codebook["item"].items():
        if item in first:
            problem = f"the item {quote(item)} stands in row {first[item]} too."
            yield Problem(file, problem, "Give each item a name of its own.", _row(row), "item", item)
        elif item in RESERVED:
            advice = "Rename the item and name its header under column."
            yield Problem(file, f"{quote(item)} is a reserved name.", advice, _row(row), "item", item)
        first.setdefault(item, _row(row))
    twice = codebook[codebook.duplicated(["asked_of", "column"], keep=False) & ~codebook.duplicated("item")]
    for _, rows in twice.groupby(["asked_of", "column"], sort=False):
        items = ", ".join(str(item) for item in rows["item"])
        if len(rows) > 1:
            problem = f"the items {items} are read from the same column."
            column = str(rows["column"].iloc[0])
            yield Problem(file, problem, "Check that this is meant.", _row(rows.index[1]), "column", column, "note")


def _roles(codebook: pd.DataFrame, file: str) -> Iterator[Problem]:
    for name, known in (("role", ROLES), ("asked_of", AUDIENCES)):
        for row, value in codebook[name].items():
            if pd.isna(value):
                advice = "Known are: " + ", ".join(known) + "."
                yield Problem(file, f"the item has no {name}.", advice, _row(row), name)
            elif value not in known:
                advice = nearest(value, known)
                yield Problem(file, f"unknown {name} {quote(value)};", advice, _row(row), name, value)
    for row in codebook.index[(codebook["role"] == "points") & codebook["construct"].isna()]:
        advice = "Name the dimension that the points are given to."
        yield Problem(file, "an item of role points has no construct.", advice, _row(row), "construct")


def _scales(codebook: pd.DataFrame, file: str) -> Iterator[Problem]:
    rated = codebook["role"].isin([role for role in ROLES if role not in TEXT_ROLES])
    is_text = codebook["role"].isin(TEXT_ROLES)
    for row, low, high in codebook.loc[rated, ["scale_min", "scale_max"]].itertuples():
        if pd.isna(low) or pd.isna(high):
            advice = "Write the lowest and the highest code of its scale."
            column = "scale_min" if pd.isna(low) else "scale_max"
            yield Problem(file, "a rated item has no scale.", advice, _row(row), column)
        elif low >= high:
            problem = f"the scale runs from {low:g} to {high:g}; the lowest code must be below the highest."
            advice = "Exchange them; an item whose low codes mean much is reverse = yes."
            yield Problem(file, problem, advice, _row(row), "scale_min", f"{low:g}")
    for row in codebook.index[codebook["reverse"] & is_text]:
        problem = "a text item cannot be reversed."
        yield Problem(file, problem, "Empty the cell.", _row(row), "reverse")


def _labels(codebook: pd.DataFrame, file: str, config: StudyConfig | None) -> Iterator[Problem]:
    sets = config.label_sets if config is not None else {}
    rows = codebook.loc[codebook["labels"].notna(), ["labels", "scale_min", "scale_max", "role"]]
    for row, text, low, high, role in rows.itertuples():
        if config is None and "=" not in text:
            continue  # a label set of a study that was not given
        try:
            codes = read_labels(text, sets)
        except ValueError as error:
            advice = 'Write "1=Never|2=Seldom" or the name of a label set of study.yml.'
            yield Problem(file, f"{error}.".replace("?.", "?").replace("..", "."), advice, _row(row), "labels", text)
            continue
        outside = sorted({code for code in codes.values() if not low <= code <= high})
        if role not in TEXT_ROLES and outside and pd.notna(low) and pd.notna(high):
            shown = ", ".join(f"{code:g}" for code in outside)
            problem = f"labels stand for {shown}, outside the scale {low:g} to {high:g}."
            advice = "Correct the scale, or list the code under missing_codes and take its label out."
            yield Problem(file, problem, advice, _row(row), "labels", text)


def _pairs(codebook: pd.DataFrame, file: str) -> Iterator[Problem]:
    """An attribute is asked at most once per role and audience; an expectation needs its perception."""
    paired = codebook[codebook["role"].isin(["expectation", "perception", "minimum", "desired", "importance"])]
    keys = ["asked_of", "role", "attribute"]
    for row, item, role, attribute in paired.loc[paired.duplicated(keys), ["item", "role", "attribute"]].itertuples():
        problem = f"{quote(item)} is a second item of role {role} for the attribute {quote(attribute)}."
        advice = "Give each attribute one item per role."
        yield Problem(file, problem, advice, _row(row), "attribute", attribute)
    perceived = set(paired.loc[paired["role"] == "perception", "attribute"])
    for row, item, role, attribute in paired[["item", "role", "attribute"]].itertuples():
        if role in ("expectation", "minimum", "desired") and attribute not in perceived:
            problem = f"{quote(item)} has no perception beside it (attribute {quote(attribute)})."
            advice = "Without one it enters no gap: " + nearest(attribute, list(perceived))
            yield Problem(file, problem, advice, _row(row), "attribute", attribute, "note")


def _constructs(codebook: pd.DataFrame, file: str) -> Iterator[Problem]:
    scored = codebook[codebook["role"].isin(SCORING_ROLES) & codebook["construct"].notna()]
    for construct, rows in scored.groupby("construct", sort=False):
        scales = rows[["scale_min", "scale_max"]].dropna()
        unlike = scales.ne(scales.iloc[0]).any(axis=1) if len(scales) else pd.Series(dtype=bool)
        if unlike.any():
            row = scales.index[unlike][0]
            ends = [float(end) for end in (*scales.iloc[0], *scales.loc[row])]
            shown = "{:g} to {:g} and {:g} to {:g}".format(*ends)
            problem = f"the items of {quote(str(construct))} have unlike scales: {shown}."
            advice = "Their mean would mix units: give them constructs of their own."
            yield Problem(file, problem, advice, _row(row), "construct", str(construct))
        if rows["asked_of"].nunique() > 1:
            row = rows.index[rows["asked_of"].ne(rows["asked_of"].iloc[0])][0]
            problem = f"the construct {quote(str(construct))} is asked of customers and of employees."
            advice = "Name two constructs: the chain could not tell them apart."
            yield Problem(file, problem, advice, _row(row), "construct", str(construct))


def _row(row: Any) -> int:
    return int(row)
