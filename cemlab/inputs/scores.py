"""Scores of constructs: the mean of a respondent's answered items.

References
----------
Likert, R. (1932). A technique for the measurement of attitudes. Archives of Psychology 140.
Schafer, J. L., & Graham, J. W. (2002). Missing data: our view of the state of the art. Psychological Methods 7(2),
147-177 (averaging the available items, at least half of them, p. 158).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cemlab.errors import DataError
from cemlab.inputs.codebook import SCORING_ROLES

MIN_ANSWERED = 0.5  # share of the items that must be answered


def score_constructs(
    answers: pd.DataFrame,
    codebook: pd.DataFrame,
    constructs: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Mean of the answered items per respondent and construct, in scale points of the items.

    The score is NaN where fewer than half of the construct's items are answered (rule of half). An item enters with the
    direction in which it was loaded: `load_survey` has turned the reversed ones. Items of the roles expectation,
    minimum, desired, importance, attention, points, kano_functional, kano_dysfunctional, text and profile do not enter.

    Parameters
    ----------
    answers : DataFrame
        A row per respondent, a float column per item, as `load_survey` or `load_employees` gives it.
    codebook : DataFrame
        A row per item with item, role, construct, scale_min, scale_max.
    constructs : mapping, optional
        Composite -> the constructs it is the mean of; the rule of half holds for it too.

    Returns
    -------
    DataFrame
        Index of `answers`; a column per construct of which `answers` has an item, in the order of the codebook, then a
        column per composite all of whose constructs are there.

    Raises
    ------
    DataError
        If the items of a construct, or the constructs of a composite, have unlike scales.

    References
    ----------
    Schafer & Graham (2002), Psychological Methods 7(2), 147-177.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["a", "b"], "role": "agreement", "construct": "trust"})
    >>> codebook = codebook.assign(scale_min=1.0, scale_max=5.0)
    >>> score_constructs(pd.DataFrame({"a": [1.0, 4.0], "b": [2.0, None]}), codebook)["trust"].tolist()
    [1.5, 4.0]
    """
    scored = codebook[codebook["role"].isin(SCORING_ROLES) & codebook["construct"].notna()]
    scored = scored[scored["item"].isin(list(answers.columns))]
    scores: dict[str, pd.Series] = {}
    scales: dict[str, tuple[float, float]] = {}
    for construct, items in scored.groupby("construct", sort=False):
        name = str(construct)
        scales[name] = _one_scale(name, zip(items["item"], items["scale_min"], items["scale_max"], strict=True))
        scores[name] = _mean_of_half(answers[list(items["item"])])
    for composite, parts in (constructs or {}).items():
        if all(part in scales for part in parts):
            _one_scale(composite, ((part, *scales[part]) for part in parts))
            scores[composite] = _mean_of_half(pd.DataFrame({part: scores[part] for part in parts}))
    return pd.DataFrame(scores, index=answers.index)


def _mean_of_half(items: pd.DataFrame) -> pd.Series:
    answered = items.notna().mean(axis=1)
    return items.mean(axis=1).where(answered >= MIN_ANSWERED).astype("float64")


def _one_scale(construct: str, items: object) -> tuple[float, float]:
    """The scale that all of (name, low, high) share."""
    scales: dict[str, list[str]] = {}
    found: list[tuple[float, float]] = []
    for name, low, high in items:  # type: ignore[attr-defined]
        scales.setdefault(f"{low:g} to {high:g}", []).append(str(name))
        found.append((float(low), float(high)))
    if len(scales) > 1:
        shown = "; ".join(f"{scale} ({', '.join(names)})" for scale, names in scales.items())
        raise DataError(
            f"construct {construct!r}: found unlike scales {shown}, expected one scale. "
            "A mean would mix their units: give the items constructs of their own."
        )
    return found[0]
