"""Which items of a codebook ask for a role, and what a verb reads of a survey beside them: groups, weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.weighting import group_labels, respondent_weights


def items_of_role(codebook: pd.DataFrame, role: str, audience: str = "customers") -> pd.DataFrame:
    """Give the items that ask `audience` for `role`: item, attribute, construct, scale_min, scale_max, in their order.

    Parameters
    ----------
    codebook : DataFrame
        Needs item and role; the other columns are empty where it lacks them.
    role : str
        A role of the codebook.
    audience : str
        Who is asked; items that name nobody are asked of customers.

    Raises
    ------
    DataError
        The codebook has no column item or role.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["m1", "d1"], "role": ["minimum", "desired"], "attribute": "speed"})
    >>> items_of_role(codebook, "desired")["item"].tolist()
    ['d1']
    """
    missing = [name for name in ("item", "role") if name not in codebook]
    if missing:
        raise DataError(f"codebook: found no column {missing}, expected item and role. Add them.")
    asked = codebook["asked_of"].fillna("customers") if "asked_of" in codebook else "customers"
    part = codebook[(codebook["role"] == role) & (asked == audience)]
    text = {
        name: part[name].astype(object).where(part[name].notna(), "") if name in part else ""
        for name in ("item", "attribute", "construct")
    }
    ends = {
        name: pd.to_numeric(part[name]).astype(float) if name in part else np.nan for name in ("scale_min", "scale_max")
    }
    return pd.DataFrame({**text, **ends}, index=part.index).reset_index(drop=True)


def items_by_attribute(codebook: pd.DataFrame, role: str, audience: str = "customers") -> pd.DataFrame:
    """Give the items of `items_of_role` by attribute (the index): item, construct, scale_min, scale_max.

    Raises
    ------
    EstimationError
        An attribute has several items of the role.
    """
    part = items_of_role(codebook, role, audience)
    part = part[part["attribute"] != ""]
    twice = sorted(set(part.loc[part["attribute"].duplicated(), "attribute"].astype(str)))
    if twice:
        raise EstimationError(
            f"codebook: found several {role} items for {', '.join(twice[:5])}, expected one an attribute. "
            "Give each its own attribute."
        )
    return part.set_index("attribute")


def answers_to(frame: pd.DataFrame, items: Iterable[str], what: str = "survey") -> NDArray[np.float64]:
    """Answers as floats, shape (n_respondents, n_items), NaN where missing.

    Raises
    ------
    DataError
        The frame lacks an item.
    """
    names = list(items)
    absent = [name for name in names if name not in frame]
    if absent:
        raise DataError(
            f"{what}: found no column for {', '.join(absent[:8])}, expected every item of the codebook that is needed. "
            "Load the answers with this codebook."
        )
    return frame[names].to_numpy(dtype=float, na_value=np.nan, copy=True)


def groups_and_weights(
    survey: pd.DataFrame,
    by: str | Sequence[str] | None,
    weights: str | ArrayLike | pd.Series | None,
) -> tuple[pd.Series, NDArray[np.float64]]:
    """Group labels and weights along the survey; `by` and `weights` may name its columns.

    Raises
    ------
    DataError
        A column that the survey lacks, or unusable weights.
    """
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    groups = pd.DataFrame({name: column_of(survey, name, "groups") for name in names}, index=survey.index)
    labels = group_labels(groups if names else None, survey.index)
    values = column_of(survey, weights, "weights") if isinstance(weights, str) else weights
    return labels, respondent_weights(values, survey.index)


def column_of(frame: pd.DataFrame, name: str, use: str, what: str = "survey") -> pd.Series:
    """A named column of a frame.

    Raises
    ------
    DataError
        The frame lacks it.
    """
    if name not in frame:
        raise DataError(f"{what}: found no column {name!r}, expected it for {use}. Correct the name.")
    return frame[name]


def check_level(conf_level: float) -> None:
    """Refuse a level of confidence that is no share.

    Raises
    ------
    DataError
        It is not between 0 and 1.
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
