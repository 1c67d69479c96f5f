"""Which items of a codebook ask one attribute both as expectation and as perception, and which hold the points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError, EstimationError

SIDES = ("expectation", "perception")


@dataclass(frozen=True)
class Pairs:
    """Attributes with both items, in the codebook's order, and their dimensions in order of appearance.

    Attributes
    ----------
    table : DataFrame
        attribute, dimension, expectation, perception (item names), scale_max (of the expectation item).
    dimensions : tuple of str
        Dimensions that at least one pair belongs to.
    points : dict
        dimension -> item that holds its share of the 100 points.
    unpaired : tuple of str
        Attributes asked on one side only.
    """

    table: pd.DataFrame
    dimensions: tuple[str, ...]
    points: dict[str, str]
    unpaired: tuple[str, ...]

    def membership(self) -> NDArray[np.float64]:
        """1 where a pair (row) belongs to a dimension (column)."""
        column = self.table["dimension"].to_numpy(dtype=object)
        return np.array([[1.0 if own == name else 0.0 for name in self.dimensions] for own in column]).reshape(
            len(column), len(self.dimensions)
        )


def find_pairs(codebook: pd.DataFrame, survey: pd.DataFrame) -> Pairs:
    """Pair the expectation and the perception item of every attribute that customers are asked about.

    Parameters
    ----------
    codebook : DataFrame
        Needs item, attribute and role; construct names the dimension; asked_of and scale_max are used where present.
    survey : DataFrame
        Must hold every paired item.

    Raises
    ------
    DataError
        The codebook lacks a column, or the survey an item.
    EstimationError
        An attribute has two items on one side, or no attribute has both sides.
    """
    missing = [name for name in ("item", "attribute", "role") if name not in codebook]
    if missing:
        raise DataError(f"codebook: found no column {missing}, expected item, attribute and role. Add them.")
    asked = codebook
    if "asked_of" in codebook:
        asked = codebook[codebook["asked_of"].fillna("customers") == "customers"]
    sides = {role: _one_side(asked, role) for role in SIDES}
    expected, perceived = sides["expectation"], sides["perception"]
    both = [name for name in expected.index if name in perceived.index]
    if not both:
        raise EstimationError(
            "codebook: found no attribute with both roles, expected an expectation and a perception item a pair. "
            "Give both items of a pair the same attribute."
        )
    one_sided = [*expected.index.difference(both, sort=False), *perceived.index.difference(both, sort=False)]
    dimension = perceived["construct"].where(
        perceived["construct"] != "", expected["construct"].reindex(perceived.index)
    )
    table = pd.DataFrame(
        {
            "attribute": both,
            "dimension": dimension.loc[both].fillna("").to_numpy(dtype=object),
            "expectation": expected.loc[both, "item"].to_numpy(dtype=object),
            "perception": perceived.loc[both, "item"].to_numpy(dtype=object),
            "scale_max": expected.loc[both, "scale_max"].to_numpy(dtype=float),
        }
    )
    dimensions = tuple(dict.fromkeys(name for name in table["dimension"] if name))
    points = _points(asked, dimensions)
    _require(survey, [*table["expectation"], *table["perception"], *points.values()])
    return Pairs(table, dimensions, points, tuple(map(str, one_sided)))


def _one_side(codebook: pd.DataFrame, role: str) -> pd.DataFrame:
    """Items of one role by attribute: item, construct, scale_max."""
    part = codebook[(codebook["role"] == role) & codebook["attribute"].notna()]
    part = part[part["attribute"].astype(str) != ""]
    twice = sorted(set(part.loc[part["attribute"].duplicated(), "attribute"].astype(str)))
    if twice:
        raise EstimationError(
            f"codebook: found several {role} items for {', '.join(twice[:5])}, expected one an attribute. "
            "Give each pair its own attribute."
        )
    construct = part["construct"] if "construct" in part else pd.Series("", index=part.index)
    scale_max = part["scale_max"] if "scale_max" in part else pd.Series(np.nan, index=part.index)
    return pd.DataFrame(
        {
            "item": part["item"].astype(str).to_numpy(dtype=object),
            "construct": construct.astype(object).where(construct.notna(), "").to_numpy(dtype=object),
            "scale_max": pd.to_numeric(scale_max).to_numpy(dtype=float, na_value=np.nan),
        },
        index=pd.Index(part["attribute"].astype(str), name="attribute"),
    )


def _points(codebook: pd.DataFrame, dimensions: tuple[str, ...]) -> dict[str, str]:
    """Items of role points by dimension; empty unless each dimension has exactly one."""
    if "construct" not in codebook:
        return {}
    part = codebook[codebook["role"] == "points"]
    found = dict(zip(part["construct"].astype(str), part["item"].astype(str), strict=True))
    if not found:
        return {}
    if set(found) != set(dimensions) or len(part) != len(found):
        raise EstimationError(
            f"codebook: found points items for {', '.join(sorted(found))}, expected one for each of "
            f"{', '.join(dimensions)}. Name the dimension of each in `construct`."
        )
    return {name: found[name] for name in dimensions}


def _require(survey: pd.DataFrame, items: list[str]) -> None:
    absent = [item for item in items if item not in survey]
    if absent:
        raise DataError(
            f"survey: found no column for {', '.join(absent[:8])}, expected every paired item of the codebook. "
            "Load the survey with this codebook."
        )
