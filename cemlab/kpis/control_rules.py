"""The named rules that say which points of a control chart are unlikely in a process at rest.

Each rule looks back from a point and marks the one that completes its pattern. Every rule that is added raises the
share of false alarms (Champ & Woodall 1987): choose few, before looking at the data.

References
----------
Western Electric (1956). Statistical Quality Control Handbook. (zone rules: 1, 2 of 3, 4 of 5, 8 in a row)
Nelson, L. S. (1984). The Shewhart control chart: tests for special causes. J. Quality Technology 16(4), 237-239.
Champ, C. W. & Woodall, W. H. (1987). Exact results for Shewhart control charts with supplementary runs rules.
Technometrics 29, 393-399.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cemlab.errors import EstimationError

Array = NDArray[np.float64]
Marks = NDArray[np.bool_]


def _window(hits: Marks, length: int, needed: int) -> Marks:
    """Points that are hits themselves and complete `needed` hits among the last `length` points."""
    counts = np.convolve(hits.astype(int), np.ones(length, dtype=int))[: len(hits)]
    return np.asarray(hits & (counts >= needed))


def _one_side(z: Array, beyond: float, length: int, needed: int) -> Marks:
    return _window(z > beyond, length, needed) | _window(z < -beyond, length, needed)


def _beyond_limits(z: Array) -> Marks:
    return np.abs(z) > 3


def _run(length: int) -> Callable[[Array], Marks]:
    def rule(z: Array) -> Marks:
        return _one_side(z, 0.0, length, length)

    return rule


def _trend_of_6(z: Array) -> Marks:
    return _steps(np.diff(z, prepend=np.nan), 5)


def _alternating_14(z: Array) -> Marks:
    steps = np.sign(np.diff(z, prepend=np.nan))
    turned = steps * np.where(np.arange(len(z)) % 2 == 0, 1.0, -1.0)
    return _steps(turned, 13)


def _steps(steps: Array, length: int) -> Marks:
    return _window(steps > 0, length, length) | _window(steps < 0, length, length)


def _two_of_3(z: Array) -> Marks:
    return _one_side(z, 2.0, 3, 2)


def _four_of_5(z: Array) -> Marks:
    return _one_side(z, 1.0, 5, 4)


def _fifteen_within(z: Array) -> Marks:
    return _window(np.abs(z) < 1, 15, 15)


def _eight_outside(z: Array) -> Marks:
    return _window(np.abs(z) > 1, 8, 8)


RULES: dict[str, tuple[str, Callable[[Array], Marks]]] = {
    "beyond_limits": ("one point beyond a control limit (Western Electric 1, Nelson 1)", _beyond_limits),
    "run_of_8": ("eight points in a row on one side of the center line (Western Electric 4)", _run(8)),
    "run_of_9": ("nine points in a row on one side of the center line (Nelson 2)", _run(9)),
    "trend_of_6": ("six points in a row rising or falling (Nelson 3)", _trend_of_6),
    "alternating_14": ("fourteen points in a row alternating up and down (Nelson 4)", _alternating_14),
    "two_of_3": ("two of three points beyond two sigma on one side (Western Electric 2, Nelson 5)", _two_of_3),
    "four_of_5": ("four of five points beyond one sigma on one side (Western Electric 3, Nelson 6)", _four_of_5),
    "fifteen_within_1": ("fifteen points in a row within one sigma (Nelson 7)", _fifteen_within),
    "eight_outside_1": ("eight points in a row beyond one sigma, either side (Nelson 8)", _eight_outside),
}
ON_VALUES = {"trend_of_6", "alternating_14"}  # what rises and falls is the value, not its distance in sigmas
DEFAULT_RULES = ("beyond_limits", "run_of_8", "trend_of_6")


def apply_rules(z: Array, rules: Sequence[str], *, values: Array | None = None) -> dict[str, Marks]:
    """Which points each rule marks.

    Parameters
    ----------
    z : array of shape (n_periods,)
        Distances from the center line in sigmas, in the order of time; NaN (a missing period) ends every pattern.
    rules : sequence of str
        Names from `RULES`.
    values : array of shape (n_periods,), optional
        The values themselves, which the rules of rising and falling look at; needed where sigma varies.

    Returns
    -------
    dict
        Rule -> array of shape (n_periods,), True where the rule's pattern is completed.

    Raises
    ------
    EstimationError
        A rule is not known.

    Examples
    --------
    >>> apply_rules(np.array([0.1, -3.2, 0.4]), ["beyond_limits"])["beyond_limits"].tolist()
    [False, True, False]
    """
    unknown = [name for name in rules if name not in RULES]
    if unknown or isinstance(rules, str):
        raise EstimationError(
            f"rules: found {unknown if not isinstance(rules, str) else repr(rules)}, expected a list of names among "
            f"{', '.join(RULES)}. Correct the names."
        )
    with np.errstate(invalid="ignore"):
        return {name: RULES[name][1](z if values is None or name not in ON_VALUES else values) for name in rules}
