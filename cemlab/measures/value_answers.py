"""The five components of value a respondent, on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.measures.asked import answers_to, items_of_role
from cemlab.measures.gap_scores import mean_of_parts
from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
Standardize = Literal["z", "pomp"]
COMPONENTS = ("benefit", "effort", "risk", "price", "treatment")
SIGNS = {"benefit": 1.0, "effort": -1.0, "risk": -1.0, "price": -1.0, "treatment": 1.0}


@dataclass(frozen=True)
class Scaling:
    """How answers become points of the one scale: (answer - start) / unit, a component each; `overall` likewise.

    Attributes
    ----------
    start, unit : array of shape (5,)
        In the order of `COMPONENTS`.
    kind : str or None
        z, pomp or None (answers as they are).
    scales : DataFrame
        item -> scale_min, scale_max of every item of the codebook, for POMP of the overall value.
    weights : array of shape (n_respondents,)
        Survey weights, for standard scores of the overall value.
    """

    start: Matrix
    unit: Matrix
    kind: Standardize | None
    scales: pd.DataFrame
    weights: Matrix

    def of_components(self, answers: Matrix) -> Matrix:
        """Answers of shape (n_respondents, 5) in points of the one scale."""
        return (answers - self.start) / self.unit

    def of_overall(self, answers: pd.Series, name: str) -> Matrix:
        """The overall value as rated, standardized in the same way."""
        values = answers.to_numpy(dtype=float, na_value=np.nan)
        if self.kind == "z":
            found = weighted_means(values[:, None], self.weights)
            return (values - found.mean) / found.sd
        if self.kind is None:
            return values
        if name not in self.scales.index or self.scales.loc[name].isna().any():
            raise DataError(
                f"codebook: found no scale of {name!r}, expected one for POMP. Add its scale_min, scale_max."
            )
        low, high = self.scales.loc[name, ["scale_min", "scale_max"]].to_numpy(dtype=float)
        return 100 * (values - low) / (high - low)


def read_components(
    survey: pd.DataFrame, codebook: pd.DataFrame, weights: Matrix, standardize: Standardize | None
) -> tuple[Matrix, Scaling]:
    """The components on one scale, shape (n_respondents, 5), NaN where not scored, and how they came there.

    Raises
    ------
    DataError
        Unlike scales without `standardize`; no scale where one is needed; a component that does not vary, for z.
    EstimationError
        A component has no item.
    """
    if standardize not in (None, "z", "pomp"):
        raise DataError(f"standardize: found {standardize!r}, expected 'z', 'pomp' or None. Correct it.")
    items = {name: items_of_role(codebook, name) for name in COMPONENTS}
    lacking = [name for name, part in items.items() if part.empty]
    if lacking:
        raise EstimationError(
            f"codebook: found no item of role {', '.join(lacking)}, expected at least one of each of "
            f"{', '.join(COMPONENTS)}. Without all five the equation is another one."
        )
    ends = pd.DataFrame({name: _ends(name, part, standardize) for name, part in items.items()}, index=["low", "high"])
    answers = np.column_stack([mean_of_parts(answers_to(survey, part["item"])) for part in items.values()])
    low, high = (ends.loc[name].to_numpy(dtype=float, copy=True) for name in ("low", "high"))
    start: Matrix = np.zeros(5)
    unit: Matrix = np.ones(5)
    if standardize is None:
        _refuse_unlike(ends)
    elif standardize == "pomp":
        start, unit = low, (high - low) / 100
        treatment = COMPONENTS.index("treatment")
        if low[treatment] < 0 < high[treatment]:  # from -m to m: keep its zero, a full m is 100
            start[treatment], unit[treatment] = 0.0, high[treatment] / 100
    else:
        found = weighted_means(answers, weights)
        flat = [name for name, sd in zip(COMPONENTS, found.sd, strict=True) if not sd > 0]
        if flat:
            raise DataError(f"survey: found no spread in {', '.join(flat)}, expected some for z scores. Use 'pomp'.")
        start, unit = found.mean, found.sd
    scales = codebook.set_index("item").reindex(columns=["scale_min", "scale_max"]).astype(float)
    scaling = Scaling(start, unit, standardize, scales, weights)
    return scaling.of_components(answers), scaling


def _ends(name: str, part: pd.DataFrame, standardize: Standardize | None) -> list[float]:
    """The scale that the items of a component share."""
    scales = part[["scale_min", "scale_max"]].drop_duplicates()
    if len(scales) > 1:
        raise DataError(
            f"codebook: found unlike scales among the items of {name}, expected one: their mean would mix units. "
            "Give them one scale."
        )
    if standardize != "z" and scales.isna().any(axis=None):
        raise DataError(
            f"codebook: found no scale of the items of {name}, expected scale_min and scale_max: the components are "
            "added up, which needs one scale. Add them, or standardize='z'."
        )
    return [float(end) for end in scales.to_numpy()[0]]


def _refuse_unlike(ends: pd.DataFrame) -> None:
    low, high = ends.loc["low"], ends.loc["high"]
    rated = [name for name in COMPONENTS if name != "treatment"]
    same = low[rated].nunique() == 1 and high[rated].nunique() == 1
    signed = low["treatment"] == -high["treatment"] and low["benefit"] == 0
    fits = high["treatment"] == high["benefit"] and (low["treatment"] == low["benefit"] or signed)
    if not (same and fits):
        shown = ", ".join(f"{name} {low[name]:g} to {high[name]:g}" for name in COMPONENTS)
        raise DataError(
            f"codebook: found unlike scales ({shown}), expected one scale: a sum over unlike units means nothing. "
            "Choose standardize='pomp' (percent of the maximum possible) or standardize='z'."
        )
