"""The words of a codebook: its columns, roles and audiences, and how its cells list labels and codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cemlab.errors import quote
from cemlab.inputs.configfile import nearest
from cemlab.inputs.text import read_number

CODEBOOK_COLUMNS = [
    "item",
    "column",
    "asked_of",
    "attribute",
    "role",
    "construct",
    "scale_min",
    "scale_max",
    "reverse",
    "missing_codes",
    "labels",
    "stage",
    "channel",
    "text_en",
    "text_fa",
]
ROLES = (
    "expectation",
    "perception",
    "minimum",
    "desired",
    "adequacy",  # perceived against the minimum, rated directly (two- and one-column zone of tolerance)
    "superiority",  # perceived against the desired, rated directly
    "standard",  # the service standard that is set
    "delivered",  # the service that contact staff deliver
    "promised",  # the service that is promised to customers
    "importance",
    "satisfaction",
    "agreement",
    "recommend",
    "effort",
    "emotion_positive",
    "emotion_negative",
    "benefit",
    "risk",
    "price",
    "treatment",
    "kano_functional",
    "kano_dysfunctional",
    "attention",
    "points",
    "text",
    "profile",
)
TEXT_ROLES = ("text", "profile")  # their answers stay text
UNSCORED_ROLES = (  # rated, but no part of a construct's score
    "expectation",
    "minimum",
    "desired",
    "adequacy",
    "superiority",
    "standard",
    "delivered",
    "promised",
    "importance",
    "kano_functional",
    "kano_dysfunctional",
    "attention",
    "points",
)
SCORING_ROLES = tuple(role for role in ROLES if role not in (*TEXT_ROLES, *UNSCORED_ROLES))
AUDIENCES = ("customers", "employees", "managers", "contact_staff")
STAFF = AUDIENCES[1:]  # whose answers stand in the sources of employees
# Columns that every loaded frame has beside the items.
RESERVED = ("respondent", "customer", "organization", "unit", "wave", "date", "weight")


def read_labels(text: str, label_sets: Mapping[str, Mapping[float, tuple[str, ...]]]) -> dict[str, float]:
    """Give label -> code for a codebook's `labels`: the name of a label set, or "1=Never|2=Seldom".

    Raises
    ------
    ValueError
        If it is neither, or a label stands for two codes.

    Examples
    --------
    >>> read_labels("1=No|2=Yes|2=بله", {})
    {'No': 1.0, 'Yes': 2.0, 'بله': 2.0}
    """
    if text in label_sets:
        pairs = [(label, code) for code, labels in label_sets[text].items() for label in labels]
    elif "=" in text:
        pairs = [_pair(part) for part in text.split("|") if part.strip()]
    else:
        advice = nearest(text, list(label_sets))
        raise ValueError(f"there is no label set {quote(text)}; {advice}")
    codes: dict[str, float] = {}
    for label, code in pairs:
        if codes.setdefault(label, code) != code:
            raise ValueError(f"the label {quote(label)} stands for {codes[label]:g} and for {code:g}")
    return codes


def split_list(text: Any) -> tuple[str, ...]:
    """Give the parts of "6|0|BLANK"; none where the cell is empty.

    >>> split_list("6 | 0|BLANK")
    ('6', '0', 'BLANK')
    """
    if pd.isna(text):
        return ()
    return tuple(part.strip() for part in str(text).split("|") if part.strip())


def items_of(codebook: pd.DataFrame, audience: str) -> pd.DataFrame:
    """Give the codebook's rows that are asked of "customers" or "employees" (managers and contact staff too)."""
    asked = STAFF if audience == "employees" else (audience,)
    return codebook[codebook["asked_of"].isin(asked)].reset_index(drop=True)


def _pair(part: str) -> tuple[str, float]:
    code, _, label = part.partition("=")
    number = read_number(code)
    if number is None or not label.strip():
        raise ValueError(f"{quote(part.strip())} is not code=label")
    return label.strip(), number
