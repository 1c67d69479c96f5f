"""The five gaps of the service-quality model; each = what is reached - what it is held against, negative = shortfall.

G1 knowledge: managers' view of customers' expectations - customers' expectations. G2 standards: standard set -
managers' view. G3 delivery: service delivered - standard set. G4 communication: service delivered - service promised.
G5 service: customers' perception - customers' expectation. Surveys of customers and managers give G1 and G5; G2 to
G4 need the staff's own ratings (roles standard, delivered, promised) or agreement scales that stand for a gap.

References
----------
Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1985). A conceptual model of service quality. J. Marketing 49, 41-50.
Zeithaml, V. A., Berry, L. L. & Parasuraman, A. (1988). Communication and control processes. J. Marketing 52(2), 35-48.
Zeithaml, V. A., Parasuraman, A. & Berry, L. L. (1990). Delivering Quality Service. Free Press. (scales for G2 to G4)
Welch, B. L. (1947). The generalization of Student's problem. Biometrika 34, 28-35.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError, EstimationError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import answers_to, check_level, groups_and_weights, items_by_attribute, items_of_role
from cemlab.measures.gap_scores import mean_of_parts
from cemlab.measures.gap_tests import Side, paired_by_unit, paired_within, scale_against_midpoint, welch
from cemlab.multiplicity import holm
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CUSTOMERS, MANAGERS, STAFF = "customers", "managers", "contact_staff"


class Gap(NamedTuple):
    """A gap: the role it starts from and the role that is subtracted, each with who may be asked, best first."""

    term: str
    left: tuple[str, tuple[str, ...]]
    right: tuple[str, tuple[str, ...]]
    missing: str  # what to say where it cannot be computed


GAPS = (
    Gap("G1 knowledge", ("expectation", (MANAGERS,)), ("expectation", (CUSTOMERS,)),
        "Needs customers' expectations and managers' view of them for the same attribute."),
    Gap("G2 standards", ("standard", (MANAGERS, STAFF)), ("expectation", (MANAGERS,)),
        "Needs the standards that are set and managers' view of customers' expectations, or a scale on standards."),
    Gap("G3 delivery", ("delivered", (STAFF, MANAGERS)), ("standard", (STAFF, MANAGERS)),
        "Needs the service that contact staff deliver and the standards that are set, or a scale on delivery."),
    Gap("G4 communication", ("delivered", (STAFF, MANAGERS)), ("promised", (STAFF, MANAGERS)),
        "Needs the service that contact staff deliver and what is promised, or a scale on communication."),
    Gap("G5 service", ("perception", (CUSTOMERS,)), ("expectation", (CUSTOMERS,)),
        "Needs customers' expectations and perceptions of the same attribute."),
)  # fmt: skip
SCALES = {"G2 standards": "standards", "G3 delivery": "delivery", "G4 communication": "communication"}
METHOD = (
    "Welch's t between customers and staff; paired t within people and, where one manager answers per unit, between "
    "units; scales: mean - midpoint, t of one sample (cemlab's own definition); Holm over the attributes of a gap"
)
ORDER = (
    *("term", "method", "dimension", "attribute", "n_left", "n_right", "left_mean", "right_mean", "estimate"),
    *("std_error", "statistic", "df", "p_value", "p_adjusted", "effect_size", "conf_low", "conf_high", "note"),
)


@dataclass(frozen=True, kw_only=True)
class FiveGapsResult(Result):
    """The gaps by attribute (`table`) and as a whole (`overall`: a row for each of the five, or why it lacks)."""

    overall: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The five gaps with their intervals; those that cannot be computed stay empty.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the gaps.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        labels = [(names or {}).get(term, words(term)) for term in self.overall["term"]]
        ends = (self.overall[name].tolist() for name in ("estimate", "conf_low", "conf_high"))
        ax = new_axes(ax, words=words)
        intervals(ax, labels, *ends, words=words, axis_label=words("Gap, scale points"), reference=0.0)
        caption = words("Negative = shortfall. {n} customers, {staff} managers and contact staff.",
                        n=words.number(self.info["n_obs"]), staff=words.number(self.info["n_employees"]))  # fmt: skip
        return finish(ax, words=words, title=words("The five gaps"), caption=caption)


def score_five_gaps(
    customers: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    managers: pd.DataFrame | None = None,
    contact_staff: pd.DataFrame | None = None,
    unit: str | None = None,
    scales: Mapping[str, str] | None = None,
    weights: str | ArrayLike | pd.Series | None = None,
    conf_level: float = 0.95,
) -> FiveGapsResult:
    """Gaps 1 to 5 in scale points, what is reached - what it is held against, negative = shortfall, each tested.

    Parameters
    ----------
    customers : DataFrame
        A row a customer, a column an item.
    codebook : DataFrame
        item, attribute, role, asked_of (customers, managers, contact_staff); the sides of a gap share the attribute.
        Roles expectation and perception (customers), expectation and standard (managers), delivered, promised and
        standard (contact staff); agreement with the construct that `scales` names; construct = dimension.
    managers, contact_staff : DataFrame, optional
        A row a person. Items that both are asked are looked for first where the gap's definition expects them.
    unit : str, optional
        Column of customers and of managers or contact staff: where each unit has one of them, the test is paired by
        unit.
    scales : mapping, optional
        Gap -> construct whose agreement items stand for it as a whole; by default standards (G2), delivery (G3) and
        communication (G4). Used where the ratings of both sides are lacking.
    weights : str, Series or array, optional
        Weights of the customers.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    FiveGapsResult
        `table`: term (the gap), method, dimension, attribute, n_left, n_right, left_mean, right_mean, estimate,
        std_error, statistic, df, p_value, p_adjusted, effect_size, conf_low, conf_high, note. `overall`: the same
        without attribute, dimension and p_adjusted, of the mean over the attributes a person (at least half answered).

    Raises
    ------
    DataError
        An item or column that a frame lacks; a scale without scale_min and scale_max.
    EstimationError
        None of the gaps can be computed.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1985). Journal of Marketing 49(4), 41-50.

    Examples
    --------
    >>> codebook = pd.DataFrame({"item": ["e", "p", "m"], "attribute": "speed",
    ...                          "role": ["expectation", "perception", "expectation"],
    ...                          "asked_of": ["customers", "customers", "managers"]})
    >>> customers = pd.DataFrame({"e": [6.0, 7.0, 7.0], "p": [5.0, 5.0, 7.0]})
    >>> result = score_five_gaps(customers, codebook, managers=pd.DataFrame({"m": [5.0, 6.0]}))
    >>> result.overall["estimate"].round(2).tolist()
    [-1.17, nan, nan, nan, -1.0]
    """
    check_level(conf_level)
    _, w = groups_and_weights(customers, None, weights)
    frames = {CUSTOMERS: customers, MANAGERS: managers, STAFF: contact_staff}
    given = {who: frame for who, frame in frames.items() if frame is not None}
    all_weights = {who: w if who == CUSTOMERS else np.ones(len(frame)) for who, frame in given.items()}
    rows, totals = [], []
    for gap in GAPS:
        found = _attributes(gap, codebook, given)
        if found is not None:
            by_attribute, total = _gap_rows(gap, found, given, all_weights, unit, conf_level)
            rows.append(by_attribute)
        else:
            construct = {**SCALES, **(scales or {})}.get(gap.term)
            total = _scale_row(gap, construct, codebook, given, conf_level)
        totals.append(total.assign(term=gap.term))
    overall = pd.concat(totals, ignore_index=True)
    if overall["estimate"].isna().all():
        raise EstimationError(
            "codebook: found the two sides of no gap, expected at least customers' expectations and perceptions. "
            "Give the items of both sides the same attribute and say in asked_of who is asked."
        )
    table = pd.concat(rows, ignore_index=True) if rows else overall.iloc[:0]
    asked = [item for role in ("expectation", "perception") for item in items_of_role(codebook, role)["item"]]
    answered = customers.reindex(columns=asked).notna().any(axis=1).to_numpy() & (w > 0)
    info = {
        "n_obs": int(answered.sum()),
        "n_dropped": int((~answered).sum()),
        "n_employees": sum(len(frame) for who, frame in given.items() if who != CUSTOMERS),
        "not_computed": tuple(overall.loc[overall["estimate"].isna(), "term"]),
        "effect_size": "d_z for paired rows, d with the mean variance of both sides for Welch's",
        "method": METHOD,
        "conf_level": conf_level,
    }
    dropped = ("dimension", "attribute", "p_adjusted")
    return FiveGapsResult(
        table=table.reindex(columns=list(ORDER)),
        overall=overall.reindex(columns=[name for name in ORDER if name not in dropped]),
        info=info,
    )


def _attributes(gap: Gap, codebook: pd.DataFrame, given: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Attributes with both sides: attribute, dimension, left, right (items), left_by, right_by; None without any.

    The same people on both sides are preferred, because then each is compared with himself.
    """
    choices = [(left, right) for left in gap.left[1] for right in gap.right[1] if left in given and right in given]
    for left_by, right_by in sorted(choices, key=lambda pair: pair[0] != pair[1]):
        left = items_by_attribute(codebook, gap.left[0], left_by)
        right = items_by_attribute(codebook, gap.right[0], right_by)
        both = [attribute for attribute in left.index if attribute in right.index]
        if both:
            dimension = right.loc[both, "construct"].where(right.loc[both, "construct"] != "", left["construct"])
            sides = {"left": left.loc[both, "item"].to_numpy(), "right": right.loc[both, "item"].to_numpy()}
            table = pd.DataFrame({"attribute": both, "dimension": dimension.to_numpy(), **sides})
            return table.assign(left_by=left_by, right_by=right_by)
    return None


def _gap_rows(
    gap: Gap,
    found: pd.DataFrame,
    given: Mapping[str, pd.DataFrame],
    weights: Mapping[str, NDArray[np.float64]],
    unit: str | None,
    conf_level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows by attribute and the row of the mean over attributes."""
    sides = []
    for name in ("left", "right"):
        who = str(found[f"{name}_by"].iloc[0])
        frame = given[who]
        if unit is not None and unit not in frame and found["left_by"].iloc[0] != found["right_by"].iloc[0]:
            raise DataError(f"{who}: found no column {unit!r}, expected it for pairing by unit. Correct `unit`.")
        units = frame[unit].to_numpy(dtype=object) if unit is not None and unit in frame else None
        sides.append(Side(answers_to(frame, found[name], who), weights[who], units))
    left, right = sides
    test = welch
    if found["left_by"].iloc[0] == found["right_by"].iloc[0]:
        test = paired_within
    elif left.one_per_unit() and right.units is not None:
        test = paired_by_unit
    by_attribute = test(left, right, conf_level)
    by_attribute["p_adjusted"] = holm(by_attribute["p_value"].to_numpy(dtype=float))
    wholes = _complete_pairs(left, right) if test is paired_within else (left, right)
    whole_left, whole_right = (side.as_mean(mean_of_parts(side.answers)) for side in wholes)
    total = test(whole_left, whole_right, conf_level)
    return by_attribute.assign(term=gap.term, dimension=found["dimension"], attribute=found["attribute"]), total


def _complete_pairs(left: Side, right: Side) -> tuple[Side, Side]:
    """Both sides without the answers whose other side is missing."""
    lacking = np.isnan(left.answers) | np.isnan(right.answers)
    first, second = (side._replace(answers=np.where(lacking, np.nan, side.answers)) for side in (left, right))
    return first, second


def _scale_row(
    gap: Gap, construct: str | None, codebook: pd.DataFrame, given: Mapping[str, pd.DataFrame], conf_level: float
) -> pd.DataFrame:
    """The gap by an agreement scale of the staff; else the row that says what is lacking."""
    for who in (MANAGERS, STAFF):
        items = items_of_role(codebook, "agreement", who)
        items = items[items["construct"] == construct] if construct else items.iloc[:0]
        if len(items) and who in given:
            ends = items[["scale_min", "scale_max"]].drop_duplicates()
            if len(ends) > 1 or ends.isna().any(axis=None):
                raise DataError(
                    f"codebook: found no common scale of the items of {construct!r}, expected one scale_min and "
                    "scale_max. Complete them: the gap is held against the scale's midpoint."
                )
            scores = mean_of_parts(answers_to(given[who], items["item"], who))
            return scale_against_midpoint(scores, float(ends.to_numpy().mean()), conf_level)
    return pd.DataFrame({"estimate": [np.nan], "n_left": [0], "n_right": [0], "note": [gap.missing]})
