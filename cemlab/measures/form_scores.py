"""One perception and one expectation score a respondent, from complete pairs, and the scale they stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.measures.asked import items_by_attribute
from cemlab.measures.gap_scores import mean_of_parts
from cemlab.measures.pairs import SIDES, Pairs, find_pairs

Matrix = NDArray[np.float64]


def chosen_pairs(survey: pd.DataFrame, codebook: pd.DataFrame, dimension: str | None) -> Pairs:
    """All pairs, or those of one dimension."""
    pairs = find_pairs(codebook, survey)
    if dimension is None:
        return pairs
    if dimension not in pairs.dimensions:
        raise DataError(
            f"dimension: found {dimension!r}, expected one of {', '.join(pairs.dimensions) or 'none'}. "
            "Correct the name."
        )
    table = pairs.table[pairs.table["dimension"] == dimension].reset_index(drop=True)
    return Pairs(table, (dimension,), {}, pairs.unpaired)


def sides_of(survey: pd.DataFrame, pairs: Pairs) -> tuple[Matrix, Matrix]:
    """Expectation and perception of every respondent and pair; NaN where one of the two is missing."""
    sides = [survey[list(pairs.table[side])].to_numpy(dtype=float, na_value=np.nan, copy=True) for side in SIDES]
    incomplete = np.isnan(sides[0]) | np.isnan(sides[1])
    for side in sides:
        side[incomplete] = np.nan
    return sides[0], sides[1]


def judgement(survey: pd.DataFrame, outcome: str) -> Matrix:
    """The overall judgement as floats."""
    if outcome not in survey:
        raise DataError(f"survey: found no column {outcome!r}, expected the overall judgement. Correct the name.")
    return survey[outcome].to_numpy(dtype=float, na_value=np.nan)


def scale_midpoint(codebook: pd.DataFrame, pairs: Pairs, midpoint: float | None) -> float:
    """The middle of the scale that all paired items share."""
    if midpoint is not None:
        return float(midpoint)
    ends = {"scale_min", "scale_max"} & set(codebook)
    items = [*pairs.table["expectation"], *pairs.table["perception"]]
    rows = codebook[codebook["item"].astype(str).isin(items)]
    found = rows[["scale_min", "scale_max"]].astype(float).drop_duplicates() if len(ends) == 2 else pd.DataFrame()
    if len(found) != 1 or found.isna().any(axis=None):
        raise EstimationError(
            f"codebook: found {len(found)} scales of the paired items, expected one with scale_min and scale_max. "
            "Complete the codebook, or give the midpoint to centre at."
        )
    return float(found.to_numpy().mean())


def importance_of(
    survey: pd.DataFrame, codebook: pd.DataFrame, pairs: Pairs, importance: str | Mapping[str, float] | None
) -> tuple[Matrix | None, str]:
    """Importance of every pair to every respondent (n_respondents, n_pairs), and where it comes from.

    Points are spread over the pairs of their dimension, so that the mean over dimensions is what is weighted. Given
    numbers are of attributes, or of dimensions and spread likewise.
    """
    if isinstance(importance, Mapping):
        return np.broadcast_to(_given(pairs, importance), (len(survey), len(pairs.table))), "given numbers"
    items = items_by_attribute(codebook, "importance")
    has_items = not items.empty and set(pairs.table["attribute"]) <= set(items.index)
    if importance == "importance" or (importance is None and has_items):
        if not has_items:
            raise EstimationError("codebook: found no importance item for each pair, expected one. Add them.")
        names = list(items.loc[list(pairs.table["attribute"]), "item"])
        return _columns(survey, names), "importance items"
    if importance == "points" or (importance is None and pairs.points):
        if not pairs.points:
            raise EstimationError("codebook: found no points item, expected one for each dimension. Add them.")
        points = _columns(survey, [pairs.points[name] for name in pairs.dimensions])
        usable = (points >= 0).all(axis=1) & (points.sum(axis=1) > 0)
        shares = np.where(usable[:, None], points, np.nan) / np.where(usable, points.sum(axis=1), 1.0)[:, None]
        return _spread(shares, pairs), "points"
    if importance is not None:
        raise DataError(
            f"importance: found {importance!r}, expected 'importance', 'points' or numbers by attribute or dimension. "
            "Correct it."
        )
    return None, "none"


def _columns(survey: pd.DataFrame, names: list[str]) -> Matrix:
    absent = [name for name in names if name not in survey]
    if absent:
        raise DataError(f"survey: found no column for {', '.join(absent[:8])}, expected every importance item. Add it.")
    return survey[names].to_numpy(dtype=float, na_value=np.nan)


def _given(pairs: Pairs, importance: Mapping[str, float]) -> Matrix:
    attributes = list(pairs.table["attribute"])
    numbers = {str(name): float(value) for name, value in importance.items()}
    if any(not np.isfinite(value) or value < 0 for value in numbers.values()) or not any(numbers.values()):
        raise DataError("importance: found a negative or missing number, expected numbers of at least 0. Correct it.")
    if set(attributes) <= set(numbers):
        return np.array([[numbers[name] for name in attributes]])
    if pairs.dimensions and set(pairs.dimensions) <= set(numbers):
        return _spread(np.array([[numbers[name] for name in pairs.dimensions]]), pairs)
    raise DataError(
        f"importance: found numbers for {', '.join(sorted(numbers)[:5])}, expected one for each attribute or for each "
        "dimension. Complete them."
    )


def _spread(shares: Matrix, pairs: Pairs) -> Matrix:
    """Shares of dimensions over their pairs, scaled so that the mean over pairs is the weighted mean of dimensions."""
    member = pairs.membership()
    return (shares / member.sum(axis=0)) @ member.T * len(member)


def weighted_score(values: Matrix, importance: Matrix) -> Matrix:
    """Mean of importance x value over the pairs; NaN where fewer than half are known."""
    return mean_of_parts(values * importance)


def complete_rows(*columns: Any) -> NDArray[np.bool_]:
    """Respondents with every number."""
    return ~np.isnan(np.column_stack(columns)).any(axis=1)
