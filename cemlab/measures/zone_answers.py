"""What each respondent says of the zone of tolerance: adequacy, superiority, width per attribute; arrays only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.measures.asked import answers_to, items_by_attribute
from cemlab.measures.gap_scores import mean_of_parts

Matrix = NDArray[np.float64]
LEVELS = ("minimum", "desired", "perception")
DIRECT = ("adequacy", "superiority")
THREE, RATED = "three columns", "direct ratings"


@dataclass(frozen=True)
class ZoneAnswers:
    """Columns are attributes (or dimensions); NaN where a respondent did not answer what the column needs.

    Attributes
    ----------
    names : DataFrame
        dimension, attribute, method (the format), a row a column.
    adequacy, superiority, width : array of shape (n_respondents, n_columns)
        Scale points; `width` is NaN for inversions.
    inverted : array of bool
        The minimum lies above the desired level.
    levels : dict
        minimum, desired, perception as answered; NaN for direct ratings.
    asked : dict
        Term -> which columns the questions were asked for.
    """

    names: pd.DataFrame
    adequacy: Matrix
    superiority: Matrix
    width: Matrix
    inverted: NDArray[np.bool_]
    levels: dict[str, Matrix]
    asked: dict[str, NDArray[np.bool_]]

    def of(self, where: NDArray[np.int64]) -> ZoneAnswers:
        """The same for some respondents."""
        levels = {role: values[where] for role, values in self.levels.items()}
        parts = {name: getattr(self, name)[where] for name in ("adequacy", "superiority", "width", "inverted")}
        return replace(self, **parts, levels=levels)

    def answered(self) -> NDArray[np.bool_]:
        """Which respondents have an attribute that can be scored."""
        return np.asarray((~(np.isnan(self.adequacy) & np.isnan(self.superiority))).any(axis=1), dtype=bool)

    def without_inversions(self) -> ZoneAnswers:
        """The same with every answer of an inverted zone taken out, still counted in `inverted`."""
        adequacy, superiority = (np.where(self.inverted, np.nan, side) for side in (self.adequacy, self.superiority))
        levels = {role: np.where(self.inverted, np.nan, values) for role, values in self.levels.items()}
        return replace(self, adequacy=adequacy, superiority=superiority, levels=levels)

    def by_dimension(self) -> ZoneAnswers:
        """Means over a dimension's attributes, where at least half are answered; no column without dimensions."""
        own = self.names["dimension"].to_numpy(dtype=object)
        wholes = list(dict.fromkeys(name for name in own if name))
        columns = [np.flatnonzero(own == name) for name in wholes]

        def means(values: Matrix) -> Matrix:
            return _stack([mean_of_parts(values[:, of]) for of in columns], len(values))

        adequacy, superiority = means(self.adequacy), means(self.superiority)
        asked = {
            term: np.array([flags[of].any() for of in columns], dtype=bool).reshape(len(columns))
            for term, flags in self.asked.items()
        }
        width, inverted = _widths(adequacy, superiority)
        names = pd.DataFrame({"dimension": wholes, "attribute": "", "method": ""}, dtype=object)
        levels = {role: means(values) for role, values in self.levels.items()}
        return ZoneAnswers(names, adequacy, superiority, width, inverted, levels, asked)


def read_zones(survey: pd.DataFrame, codebook: pd.DataFrame) -> ZoneAnswers:
    """Answers to every attribute that the codebook asks in one of the formats.

    Raises
    ------
    DataError
        The survey lacks an item, or a direct rating has no scale.
    EstimationError
        No attribute has the roles of a format, or an attribute has several items of one role.
    """
    items = {role: items_by_attribute(codebook, role) for role in (*LEVELS, *DIRECT)}
    names = _formats(items)
    n = len(survey)
    level_answers, direct_answers = [], []
    for attribute, method in zip(names["attribute"], names["method"], strict=True):
        roles = [role for role in LEVELS if method != RATED and attribute in items[role].index]
        columns = answers_to(survey, [str(items[role].at[attribute, "item"]) for role in roles])
        columns[np.isnan(columns).any(axis=1)] = np.nan  # available cases are complete cases of an attribute
        level_answers.append({role: columns[:, k] for k, role in enumerate(roles)})
        direct_answers.append(_direct(survey, items, attribute) if method == RATED else {})
    nothing = np.full(n, np.nan)
    levels = {role: _stack([given.get(role, nothing) for given in level_answers], n) for role in LEVELS}
    rated = {term: _stack([given.get(term, nothing) for given in direct_answers], n) for term in DIRECT}
    adequacy = np.where(np.isnan(rated["adequacy"]), levels["perception"] - levels["minimum"], rated["adequacy"])
    short = levels["perception"] - levels["desired"]
    superiority = np.where(np.isnan(rated["superiority"]), short, rated["superiority"])
    width, inverted = _widths(adequacy, superiority)
    full = names["method"].isin([THREE, RATED]).to_numpy()
    asked = {
        "adequacy": full | (names["method"] == "minimum and perceived").to_numpy(),
        "superiority": full | (names["method"] == "desired and perceived").to_numpy(),
        "width": full,
    }
    return ZoneAnswers(names, adequacy, superiority, width, inverted, levels, asked)


def _widths(adequacy: Matrix, superiority: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    """Width without inversions, and which answers are inverted; a width that is only rounding is zero."""
    width = adequacy - superiority
    width = np.where(np.abs(width) < 1e-12, 0.0, width)
    inverted = width < 0
    return np.where(inverted, np.nan, width), inverted


def _formats(items: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Attributes in the codebook's order with the format that they are asked in."""
    rows = []
    for attribute in dict.fromkeys([*items["perception"].index, *items["adequacy"].index]):
        has = {role for role, part in items.items() if attribute in part.index}
        method = _format_of(has)
        if method:
            part = items["perception" if method != RATED else "adequacy"]
            rows.append((part.at[attribute, "construct"], attribute, method))
    if not rows:
        raise EstimationError(
            "codebook: found no attribute with perceived and minimum or desired service, nor with direct ratings of "
            "adequacy and superiority, expected at least one. Give the items of an attribute the same attribute."
        )
    return pd.DataFrame(rows, columns=["dimension", "attribute", "method"], dtype=object)


def _format_of(has: set[str]) -> str:
    if has >= set(LEVELS):
        return THREE
    if has >= set(DIRECT):
        return RATED
    for role in ("minimum", "desired"):
        if has >= {role, "perception"}:
            return f"{role} and perceived"
    return ""


def _direct(survey: pd.DataFrame, items: dict[str, pd.DataFrame], attribute: str) -> dict[str, Matrix]:
    """Direct ratings as distances from the midpoint of their scale, complete on both."""
    own = pd.DataFrame([items[term].loc[attribute] for term in DIRECT])
    middle = ((own["scale_min"] + own["scale_max"]) / 2).to_numpy(dtype=float)
    if np.isnan(middle).any():
        raise DataError(
            f"codebook: found no scale for the direct ratings of {attribute!r}, expected scale_min and scale_max: "
            "their midpoint means that the service is the same. Add them."
        )
    answers = answers_to(survey, own["item"]) - middle
    answers[np.isnan(answers).any(axis=1)] = np.nan
    return dict(zip(DIRECT, answers.T, strict=True))


def _stack(columns: list[Matrix], n: int) -> Matrix:
    return np.column_stack(columns) if columns else np.empty((n, 0))
