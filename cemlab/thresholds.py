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
    Threshold(
        "reproducibility",
        0.90,
        "Guttman (1950), in Stouffer et al., Measurement and Prediction, 60-90",
        "Coefficient of reproducibility below which items do not form a cumulative scale.",
    ),
    Threshold(
        "scalability",
        0.60,
        "Menzel (1953), Public Opinion Quarterly 17, 268-280",
        "Coefficient of scalability: reproducibility beyond what the items' marginals alone bring.",
    ),
    Threshold(
        "side_correlation_low",
        0.10,
        "convention",
        "Expectations and perceptions of the same people seldom correlate less than this.",
    ),
    Threshold(
        "side_correlation_high",
        0.70,
        "convention",
        "Expectations and perceptions of the same people seldom correlate more than this.",
    ),
    Threshold(
        "value_tolerance",
        0.50,
        "convention",
        "Tolerance around the expected value, in standard deviations of the value; cemlab's own definition.",
    ),
    Threshold(
        "dummy_share",
        0.05,
        "convention",
        "A low or high cell of a penalty-reward contrast with a smaller share of the rows is flagged.",
    ),
    Threshold(
        "impact_asymmetry",
        0.20,
        "Mikulić & Prebežac (2008), Managing Service Quality 18, 559-576",
        "Beyond it an attribute is called basic or excitement, within it performance; quoted from memory of the paper.",
    ),
    Threshold(
        "kano_fong",
        1.65,
        "Fong (1996), Center for Quality of Management Journal 5(2)",
        "Standard errors by which the two largest Kano counts must differ; 90 % two-sided.",
    ),
    Threshold(
        "questionable_share",
        0.05,
        "convention",
        "Share of contradictory Kano answers above which the wording of a pair should be looked at.",
    ),
    Threshold(
        "control_periods",
        8,
        "convention",
        "A control chart of fewer periods than this gets no limits.",
    ),
    Threshold(
        "control_periods_firm",
        20,
        "Montgomery (2013), Introduction to Statistical Quality Control, 7th ed., chapter 6",
        "Limits that rest on fewer periods are provisional; the book asks for 20 to 25.",
    ),
    Threshold(
        "norm_organizations",
        5,
        "US Department of Justice & Federal Trade Commission (1996), Antitrust Enforcement Policy in Health Care, "
        "statement 6",
        "Fewest other organizations behind a norm, each weighing the same, so that none can be told from it.",
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
