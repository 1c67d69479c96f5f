"""What an importance-performance map reads: the paired answers of each attribute, their scales, means and gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import EstimationError
from cemlab.measures.asked import answers_to, items_by_attribute
from cemlab.measures.inference import paired_rows
from cemlab.multiplicity import holm
from cemlab.weighting import weighted_means

Matrix = NDArray[np.float64]
UNLIKE_SCALES = "Importance and performance have unlike scales: no gap and no diagonal."
SAME_IMPORTANCE = "Everybody gave the same importance."


def paired_answers(
    survey: pd.DataFrame, codebook: pd.DataFrame, importance: str, performance: str
) -> tuple[list[str], tuple[Matrix, Matrix], dict[str, pd.DataFrame]]:
    """Attributes with both roles, their answers (NaN in both where one is missing) and the items' scales."""
    items = {role: items_by_attribute(codebook, role) for role in (importance, performance)}
    both = [name for name in items[importance].index if name in items[performance].index]
    if not both:
        raise EstimationError(
            f"codebook: found no attribute with both roles, expected items of role {importance} and {performance} "
            "for each. Give both items of a pair the same attribute."
        )
    scales = {role: part.loc[both] for role, part in items.items()}
    sides = [answers_to(survey, scales[role]["item"]) for role in (importance, performance)]
    incomplete = np.isnan(sides[0]) | np.isnan(sides[1])
    for side in sides:
        side[incomplete] = np.nan
    return [str(name) for name in both], (sides[0], sides[1]), scales


def shared_midpoint(items: pd.DataFrame) -> float:
    """The middle of the scale that all items share, else NaN."""
    ends = items[["scale_min", "scale_max"]].drop_duplicates()
    return float(ends.iloc[0].mean(skipna=False)) if len(ends) == 1 else float("nan")


def same_scale(first: pd.DataFrame, second: pd.DataFrame) -> Matrix:
    """1 where both items of an attribute have the same scale, or none is known."""
    ends = [part[["scale_min", "scale_max"]].to_numpy(dtype=float) for part in (first, second)]
    return ((ends[0] == ends[1]) | (np.isnan(ends[0]) & np.isnan(ends[1]))).all(axis=1).astype(float)


def attribute_rows(
    attributes: list[str], sides: tuple[Matrix, Matrix], w: Matrix, conf_level: float, like: Matrix
) -> pd.DataFrame:
    """Means with t intervals and the gap of each attribute."""
    from scipy.special import stdtrit

    rows = paired_rows((sides[1] - sides[0]) * np.where(like == 1, 1.0, np.nan), w, conf_level)
    note = np.where(like == 1, rows["note"], UNLIKE_SCALES)
    for name, side in zip(("importance", "performance"), sides, strict=True):
        found = weighted_means(side, w)
        error = np.where(found.n > 1, found.std_error, np.nan)
        half = stdtrit(np.maximum(found.n - 1.0, 1.0), (1 + conf_level) / 2) * error
        rows[name], rows[f"{name}_low"], rows[f"{name}_high"] = found.mean, found.mean - half, found.mean + half
        rows["n"] = found.n
        if name == "importance":
            note = np.where((note == "") & (found.n > 1) & (found.sd == 0), SAME_IMPORTANCE, note)
    rows["note"], rows["p_adjusted"] = note, holm(rows["p_value"].to_numpy())
    rows["above_diagonal"] = (rows["estimate"] < 0).astype("boolean").mask(rows["estimate"].isna())
    rows.insert(0, "attribute", attributes)
    return rows
