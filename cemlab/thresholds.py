"""Rules of thumb as data, each with the paper it is taken from.

They are conventions: values that a field has agreed to quote, not results. Nothing in cemlab calls a number good
because it passes one; a result says which threshold it was held against.
"""

from __future__ import annotations

from dataclasses import dataclass

from cemlab.errors import EstimationError


@dataclass(frozen=True, slots=True)
class Threshold:
    """A cut and where it comes from.

    Attributes
    ----------
    name : str
        What `threshold(name)` finds it by.
    value : float
        The cut, in the unit of what is cut.
    source : str
        The paper, or "convention" where nobody can be named.
    note : str
        What the cut is for and what to bear in mind.
    """

    name: str
    value: float
    source: str
    note: str


_ALL = (
    Threshold(
        "r_wg",
        0.70,
        "Lance, Butts & Michels (2006), Organizational Research Methods 9, 202-220",
        "Convention for within-unit agreement; the paper traces how weakly it is founded.",
    ),
    Threshold(
        "icc1",
        0.05,
        "Bliese (2000), in Klein & Kozlowski, Multilevel Theory, Research and Methods in Organizations, 349-381",
        "Convention: the lower end of what field studies of units usually find.",
    ),
    Threshold(
        "icc1_medium",
        0.10,
        "LeBreton & Senter (2008), Organizational Research Methods 11, 815-852",
        "Convention: a medium effect of the unit.",
    ),
    Threshold(
        "icc2",
        0.70,
        "Bliese (2000), in Klein & Kozlowski, Multilevel Theory, Research and Methods in Organizations, 349-381",
        "Convention for the reliability of unit means; grows with respondents per unit.",
    ),
    Threshold(
        "alpha",
        0.70,
        "Nunnally (1978), Psychometric Theory, 2nd ed.",
        "Convention for early research; Nunnally asks for more where decisions hang on it.",
    ),
    Threshold(
        "answered_share",
        0.50,
        "convention",
        "A construct is scored for a person who answered at least this share of its items.",
    ),
    Threshold(
        "min_per_unit",
        3,
        "convention",
        "A unit mean of fewer people than this is left out of the unit level and counted.",
    ),
    Threshold(
        "spare_units",
        3,
        "convention",
        "A regression needs at least its coefficients plus this many rows or units.",
    ),
    Threshold(
        "panel_waves",
        3,
        "convention",
        "A units file with at least this many waves is also analysed as a panel.",
    ),
    Threshold(
        "alpha_level",
        0.05,
        "convention",
        "Level of the F test that units differ, in the aggregation gate.",
    ),
)
THRESHOLDS: dict[str, Threshold] = {item.name: item for item in _ALL}


def threshold(name: str) -> Threshold:
    """The threshold called `name`.

    Raises
    ------
    EstimationError
        No threshold has that name.

    Examples
    --------
    >>> threshold("icc2").value
    0.7
    """
    if name not in THRESHOLDS:
        raise EstimationError(
            f"threshold: found {name!r}, expected one of {', '.join(sorted(THRESHOLDS))}. Correct the name."
        )
    return THRESHOLDS[name]
