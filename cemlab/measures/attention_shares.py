"""Importance and attention as shares of 1 over the same attributes, and resamples of the customers' side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.measures.asked import answers_to, items_by_attribute
from cemlab.resampling import bootstrap_counts

Matrix = NDArray[np.float64]
CELLS = 2**22  # numbers that one batch of resamples may hold in its largest array
DIGITS = 12  # shares that differ less are equal


def importance_above_lowest(survey: pd.DataFrame, codebook: pd.DataFrame, role: str) -> tuple[list[str], Matrix]:
    """Attributes and, per respondent, what each rating has above the lowest answer."""
    book = (
        codebook.assign(attribute=codebook["construct"]) if role == "points" and "construct" in codebook else codebook
    )
    items = items_by_attribute(book, role)
    if len(items) < 2:
        raise EstimationError(
            f"codebook: found {len(items)} attributes with an item of role {role}, expected two or more. Add them."
        )
    answers = answers_to(survey, items["item"])
    if role == "points":
        return [str(name) for name in items.index], answers
    lowest = items["scale_min"].to_numpy(dtype=float)
    if np.isnan(lowest).any():
        raise EstimationError(
            f"codebook: found no scale_min for {', '.join(items.index[np.isnan(lowest)][:5])}, expected the lowest "
            "answer of every rating. Write it into the codebook."
        )
    return [str(name) for name in items.index], answers - lowest


def firm_shares(attention: Mapping[str, float] | pd.Series, attributes: list[str]) -> Matrix:
    """The firm's shares of attention, in the order of the attributes."""
    given = {str(name): float(value) for name, value in dict(attention).items()}
    absent, unknown = ([n for n in a if n not in b] for a, b in ((attributes, given), (given, attributes)))
    missing, strange = (", ".join(names[:5]) or "none" for names in (absent, unknown))
    if absent or unknown:
        raise DataError(
            f"attention: found no value for {missing}, and unknown {strange}; expected a number for each attribute. "
            "Write 0 where the firm gives none."
        )
    values = np.array([given[name] for name in attributes])
    if not (np.isfinite(values).all() and (values >= 0).all() and values.sum() > 0):
        raise EstimationError(
            f"attention: found {values.tolist()[:8]}, expected numbers of at least 0 and one above. Correct it."
        )
    return values / values.sum()


def kinds_of(kinds: Mapping[str, str] | pd.Series, attributes: Sequence[str]) -> list[str]:
    """The kind of each attribute, in the order of the attributes."""
    given = {str(name): str(kind) for name, kind in dict(kinds).items()}
    absent = [name for name in attributes if name not in given]
    if absent:
        raise DataError(f"kinds: found none for {', '.join(absent[:5])}, expected one for each attribute. Add it.")
    return [given[name] for name in attributes]


def resample_shares(above: Matrix, weights: Matrix, n_boot: int, rng: np.random.Generator) -> Matrix:
    """Importance shares in each resample of respondents, shape (n_boot, n_attributes)."""
    batch = max(1, CELLS // max(1, len(above)))
    parts = []
    for start in range(0, n_boot, batch):
        totals = (bootstrap_counts(len(above), min(batch, n_boot - start), rng) * weights) @ above
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(totals / totals.sum(axis=1, keepdims=True))
    return np.concatenate(parts) if parts else np.zeros((0, above.shape[1]))


def rank_correlations(shares: Matrix, firm: Matrix) -> Matrix:
    """Spearman's correlation of each row of shares with the firm's; mean ranks of ties; NaN where a side has no order.

    Examples
    --------
    >>> rank_correlations(np.array([[0.5, 0.3, 0.2]]), np.array([0.2, 0.3, 0.5])).round(6).tolist()
    [-1.0]
    """
    ranks, own = _ranks(shares), _ranks(firm[None])
    a, b = (side - side.mean(axis=1, keepdims=True) for side in (ranks, own))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a @ b.T)[:, 0] / np.sqrt((a**2).sum(axis=1) * (b**2).sum())


def _ranks(rows: Matrix) -> Matrix:
    values = rows.round(DIGITS)
    less = (values[:, None, :] < values[:, :, None]).sum(axis=2)
    same = (values[:, None, :] == values[:, :, None]).sum(axis=2)
    return less + (same + 1) / 2
