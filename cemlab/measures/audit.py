"""Audit of a published gap table: which printed rows cannot be right, and why.

Every printed number stands for an interval of half a unit in its last printed digit. A row is a problem only where no
numbers inside these intervals fit one another; what rounding explains is no problem.

References
----------
Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. Social Psychological and Personality Science 8, 363-369.
Bhatia, R. & Davis, C. (2000). A better bound on the variance. American Mathematical Monthly 107, 353-357.
Nuijten, M. B. et al. (2016). The prevalence of statistical reporting errors. Behavior Research Methods 48.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level
from cemlab.measures.audit_checks import (
    Check,
    Row,
    check_correlations,
    check_differences,
    check_interval,
    check_scale,
    check_tests,
    gap_size,
    implied_r,
    implied_t,
    spreads,
)
from cemlab.measures.printed import Printed, difference, read_printed
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = ("dimension", "attribute", "item", "term")
EXACT = ("n", "df", "scale_min", "scale_max")  # counts and limits, not rounded
NUMBERS = (
    *("n", "df", "E_mean", "E_sd", "P_mean", "P_sd", "gap", "gap_sd", "ci_low", "ci_high", "t", "p"),
    *("M_mean", "M_sd", "D_mean", "D_sd", "MSA", "MSS", "scale_min", "scale_max"),
)
NOTHING = "Too few numbers are printed for a check."
ROUNDING = "The printed means differ by another number than the printed gap; rounding explains it."
SAME_T = "The t is that of the row above: look for a copying error."
T_IS_ODD = "The interval gives a usual correlation of the two sides and the t does not: the t is the likelier error."
OVERALL = "The total lies outside the range of its parts."
SIGNS = {1: "perception - expectation", -1: "expectation - perception", 0: "not told by the table"}
METHOD = (
    "each printed number stands for half a unit in its last digit to both sides; paired t; correlation of the sides "
    "from the standard deviation of the gap; usual correlations .1 to .7 by convention"
)


@dataclass(frozen=True, kw_only=True)
class AuditResult(Result):
    """The printed rows (`table`) and every check that was made of them (`checks`)."""

    checks: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The correlation of the two sides that each printed row implies, over what its rounding allows.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the rows.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = self.table[self.table["implied_r"].notna()]
        labels = [(names or {}).get(label, label) for label in shown["dimension"]]
        ends = (shown[name].clip(-2, 2).tolist() for name in ("implied_r", "r_low", "r_high"))
        hues = [words("cannot be right") if wrong else words("may be right") for wrong in shown["problem"].notna()]
        ax = new_axes(ax, words=words)
        axis_label = words("Implied correlation of expectation and perception")
        intervals(ax, labels, *ends, words=words, axis_label=axis_label, reference=0.0, hues=hues)
        n, wrong = words.number(len(self.table)), words.number(self.info["n_problems"])
        caption = words("{n} printed rows, {wrong} of them cannot be right.", n=n, wrong=wrong)
        return finish(ax, words=words, title=words("What the printed numbers imply"), caption=caption)


def audit_gap_table(
    table: pd.DataFrame,
    *,
    scale: tuple[float, float] | None = None,
    conf_level: float = 0.95,
    single_items: bool = False,
    overall: str | None = None,
) -> AuditResult:
    """Printed rows with `problem` = why their numbers cannot all be right, missing where they can; scale points.

    Checked as far as the columns suffice, always within the rounding: gap = P_mean - E_mean (or, said in info, the
    other way round), MSA = P_mean - M_mean, MSS = P_mean - D_mean; |t| against interval and standard deviation of the
    gap; the interval's centre; p against t; the correlation of the two sides, which must lie in [-1, 1] (`unlikely`
    outside .1 to .7); means and standard deviations against the scale. All as of paired answers of the same n people.

    Parameters
    ----------
    table : DataFrame
        A row a printed row; any of dimension (or attribute, item, term), n, E_mean, E_sd, P_mean, P_sd, gap, gap_sd,
        ci_low, ci_high, t, df, p, M_mean, M_sd, D_mean, D_sd, MSA, MSS, scale_min, scale_max. Text keeps the printed
        digits ("4.50", "< .001"); numbers are taken to have the decimals of their column.
    scale : tuple of float, optional
        Ends of the answers' scale, where the table has no columns for it.
    conf_level : float
        Level of the printed intervals.
    single_items : bool
        Whether each mean is of one item answered in whole numbers: then the mean must be a sum over n.
    overall : str, optional
        Label of the row that is the mean of the others: its gap must lie in their range.

    Returns
    -------
    AuditResult
        `table`: dimension, n, estimate (printed gap turned to perception - expectation), implied_sd, implied_r, r_low,
        r_high, implied_t, t_low, t_high (by the interval or the gap's standard deviation), problem, unlikely, note;
        `checks`: dimension, check, holds (yes, by rounding, unlikely, no), found, low, high, note.

    Raises
    ------
    DataError
        No known column, an unknown one, or a cell that is no number.

    References
    ----------
    Brown & Heathers (2017), Social Psychological and Personality Science 8, 363-369.

    Examples
    --------
    >>> printed = pd.DataFrame({"dimension": ["Assurance"], "n": [386], "gap": ["-.18"], "ci_low": ["-.23"],
    ...                         "ci_high": ["-.13"], "t": ["-4.87"]})
    >>> audit_gap_table(printed).table["problem"].item()
    'The printed t does not belong to the printed interval.'
    """
    check_level(conf_level)
    labels, rows = _read_rows(table, scale)
    sign = _sign(rows)
    made = [_check_row(row, sign or 1, conf_level, single_items) for row in rows]
    if overall is not None:
        _check_overall(labels, rows, made, overall)
    out = pd.DataFrame(
        [
            {"dimension": label, **_implied(row, sign or 1, conf_level), **_said(k, rows, made)}
            for k, (label, row) in enumerate(zip(labels, rows, strict=True))
        ]
    )
    checks = pd.DataFrame(
        [{"dimension": label, **c._asdict()} for label, row in zip(labels, made, strict=True) for c in row],
        columns=["dimension", *Check._fields],
    )
    info = {
        "n_obs": len(rows),
        "n_dropped": 0,
        "n_problems": int(out["problem"].notna().sum()),
        "sign": SIGNS[sign],
        "method": METHOD,
        "conf_level": conf_level,
    }
    return AuditResult(table=out, checks=checks, info=info)


def _read_rows(table: pd.DataFrame, scale: tuple[float, float] | None) -> tuple[list[str], list[dict[str, Printed]]]:
    """Labels and printed numbers, row by row; what is not printed is not in the row."""
    known = [name for name in NUMBERS if name in table]
    unknown = [str(name) for name in table if name not in (*NUMBERS, *LABELS)]
    if unknown or not known:
        raise DataError(
            f"table: found {', '.join(unknown) or 'no column of numbers'}, expected columns among {', '.join(NUMBERS)} "
            f"and one of {', '.join(LABELS)} for the label. Rename the columns and leave out the others."
        )
    label = next((name for name in LABELS if name in table), None)
    labels = [str(text) for text in (table[label] if label else range(1, len(table) + 1))]
    columns = {name: read_printed(table[name]) for name in known}
    rows = [{name: cell for name in known if (cell := columns[name][k]) is not None} for k in range(len(table))]
    for row in rows:
        row.update({name: Printed(row[name].value, row[name].value, row[name].value) for name in EXACT if name in row})
        if scale is not None:
            for name, end in zip(("scale_min", "scale_max"), scale, strict=True):
                row.setdefault(name, Printed(end, end, end))
    return labels, rows


def _sign(rows: list[dict[str, Printed]]) -> int:
    """1 where the printed gaps are perception - expectation, -1 the other way round, 0 where no row tells."""
    votes = 0
    for row in rows:
        if {"gap", "P_mean", "E_mean"} <= set(row):
            means = difference(row["P_mean"], row["E_mean"])
            votes += int(row["gap"].meets(means)) - int(row["gap"].negative().meets(means))
    return int(np.sign(votes))


def _check_row(row: Row, sign: int, conf_level: float, single_items: bool) -> list[Check]:
    known = spreads(row, conf_level)
    return [
        *check_differences(row, sign),
        *check_interval(row),
        *check_tests(row, known, {spread.source: spread.sd for spread in known}),
        *check_correlations(row, known),
        *check_scale(row, single_items=single_items),
    ]


def _check_overall(labels: list[str], rows: list[dict[str, Printed]], made: list[list[Check]], overall: str) -> None:
    """Add the check of the total row: a mean lies between the lowest and the highest of what it is the mean of."""
    if overall not in labels:
        raise DataError(f"table: found no row {overall!r}, expected one of {', '.join(labels[:8])}. Correct `overall`.")
    place = labels.index(overall)
    parts = [row["gap"] for k, row in enumerate(rows) if k != place and "gap" in row]
    if "gap" in rows[place] and parts:
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        total = rows[place]["gap"]
        inside = total.meets(Printed(math.nan, low, high)) if low <= high else False
        made[place].append(Check("total and parts", "yes" if inside else "no", total.value, low, high,
                                 "" if inside else OVERALL))  # fmt: skip


def _implied(row: Row, sign: int, conf_level: float) -> dict[str, Any]:
    """What the printed numbers imply, NaN where they do not tell."""
    known = spreads(row, conf_level)
    nothing = Printed(math.nan, math.nan, math.nan)
    r = implied_r(row, known[0].sd) if known and {"E_sd", "P_sd"} <= set(row) else nothing
    t = implied_t(row, known) or nothing
    gap = row.get("gap")
    size = gap_size(row)
    estimate = sign * gap.value if gap else (math.nan if size is None else row["P_mean"].value - row["E_mean"].value)
    return {
        "n": int(row["n"].value) if "n" in row else None,
        "estimate": estimate,
        "implied_sd": known[0].sd.value if known else math.nan,
        "implied_r": r.value,
        "r_low": r.low,
        "r_high": r.high,
        "implied_t": t.value,
        "t_low": t.low,
        "t_high": t.high,
    }


def _said(place: int, rows: list[dict[str, Printed]], made: list[list[Check]]) -> dict[str, Any]:
    """Problem, unlikely and note of a row."""
    own = {holds: [c for c in made[place] if c.holds == holds] for holds in ("yes", "by rounding", "unlikely", "no")}
    odd = {c.check for c in own["unlikely"] + own["no"]}
    notes = [NOTHING] if not made[place] else []
    notes += [ROUNDING] if own["by rounding"] else []
    usual = {c.check for c in own["yes"]}
    if own["no"] and "correlation by t" in odd and "correlation by the interval" in usual:
        notes.append(T_IS_ODD)
    above = rows[place - 1].get("t") if place else None
    if own["no"] and above is not None and above == rows[place].get("t"):
        notes.append(SAME_T)
    return {
        "problem": " ".join(dict.fromkeys(c.note for c in own["no"])) or np.nan,
        "unlikely": " ".join(dict.fromkeys(c.note for c in own["unlikely"])) or np.nan,
        "note": " ".join(notes),
    }
