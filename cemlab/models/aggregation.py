"""May people's answers be averaged to units? Agreement and ICC per construct, and the table of unit means.

References
----------
James, L. R., Demaree, R. G. & Wolf, G. (1984). Estimating within-group interrater reliability with and without response
    bias. Journal of Applied Psychology 69, 85-98.
Bliese, P. D. (2000). Within-group agreement, non-independence, and reliability. In Klein & Kozlowski (eds), Multilevel
    Theory, Research, and Methods in Organizations, 349-381. Jossey-Bass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.models.agreement import Null, expected_variance, intraclass, r_wg_j
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLE_COLUMNS = ("respondent", "customer", "organization", "unit", "wave", "date", "weight")
NO_UNITS = "Fewer than two units have answers."
NO_ITEMS = "Agreement needs the items and their scales; only scores were given."
NO_SPREAD = "Everyone gave the same answer."
ALL_SINGLE = "No unit has more than one answer."
NEGATIVE = "Units differ less than people within them: ICC(1) is below zero and is not cut off."


@dataclass(frozen=True, kw_only=True)
class AggregationResult(Result):
    """One row per construct; `units` is the table of unit means (organization, unit, constructs, n)."""

    units: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Draw the share of each construct's variance that lies between units, with its interval."""
        from cemlab.plots import finish, intervals, new_axes

        rows = self.table[self.table["icc1"].notna()].sort_values("icc1", ascending=False, kind="stable")
        named = dict(names or {})
        axes = intervals(
            new_axes(ax, words=words),
            [named.get(str(name), str(name)) for name in rows["construct"]],
            rows["icc1"].tolist(),
            rows["conf_low"].tolist(),
            rows["conf_high"].tolist(),
            words=words,
            axis_label=words("ICC(1): share of the variance that lies between units"),
            reference=0.0,
        )
        caption = words("{n} units.", n=words.number(int(self.table["n_units"].max())))
        return finish(axes, words=words, title=words("How much units differ"), caption=caption)


def aggregate_units(
    answers: pd.DataFrame,
    codebook: pd.DataFrame | None = None,
    *,
    unit: str = "unit",
    constructs: Mapping[str, Sequence[str]] | None = None,
    null: Null = "uniform",
    k: Literal["mean", "k0"] = "mean",
    conf_level: float = 0.95,
) -> AggregationResult:
    """Agreement and reliability of unit means, per construct; shares from 0 to 1.

    Parameters
    ----------
    answers : DataFrame
        A row per person: `unit`, optionally `organization` and `weight`, and a column per item (with `codebook`) or
        per score (without).
    codebook : DataFrame, optional
        The study's codebook; without it every other numeric column is taken as a score and r_wg(j) cannot be had.
    unit : str
        The column that holds the unit; units of two organizations are never merged.
    constructs : mapping, optional
        Composite -> its constructs, as in `score_constructs`.
    null : str
        Distribution without agreement, see `expected_variance`.
    k : {"mean", "k0"}
        Respondents per unit in ICC(1), see `intraclass`.
    conf_level : float
        Of the interval of ICC(1).

    Returns
    -------
    AggregationResult
        table: construct, r_wg, r_wg_median, icc1, conf_low, conf_high (of icc1), icc2, f_statistic, p_value, n,
        n_units, n_per_unit, verdict_gate, note. units: organization (if given), unit, one mean per construct, n.

    Raises
    ------
    DataError
        The unit column is missing.

    References
    ----------
    James, Demaree & Wolf (1984); Bliese (2000).

    Examples
    --------
    >>> scores = pd.DataFrame({"unit": list("aaaaabbbbb"), "climate": [4, 4, 5, 3, 4, 2, 5, 1, 4, 3.0]})
    >>> aggregate_units(scores).table[["construct", "icc1", "icc2"]].round(3).values.tolist()
    [['climate', 0.118, 0.4]]
    """
    if unit not in answers:
        raise DataError(
            f"aggregate_units: found no column {unit!r}, expected one that says whose unit each answer is of. "
            "Name it with unit=… or in study.yml under columns."
        )
    keys = (["organization"] if "organization" in answers and unit != "organization" else []) + [unit]
    known = answers.dropna(subset=[unit]).copy()
    labels = zip(*(known[key].astype(str) for key in keys), strict=True)
    groups = pd.Series(list(labels), index=known.index, dtype=object)
    scores, items = _scores_and_items(known, codebook, constructs, unit)
    options = _n_options(codebook)
    rows = []
    for name in scores:
        named = items.get(str(name), [])
        variances = [expected_variance(options[item], null) for item in named]
        asked = known[named].astype(float) if named else None
        rows.append({"construct": name, **_gate_row(scores[name], asked, variances, groups, k, conf_level)})
    table = pd.DataFrame(rows, columns=_COLUMNS)
    info = {
        "n_obs": len(known),
        "n_dropped": len(answers) - len(known),
        "method": f"r_wg(j) against the {null} null; ICC from one-way analysis of variance, k = {k}",
        "conf_level": conf_level,
        "thresholds": ", ".join(f"{name} {threshold(name).value:g}" for name in ("r_wg", "icc1", "icc2")),
    }
    weights = known.get("weight")
    return AggregationResult(table=table, info=info, units=unit_means(known[keys], scores, weights))


_COLUMNS = ["construct", "r_wg", "r_wg_median", "icc1", "conf_low", "conf_high", "icc2", "f_statistic", "p_value", "n",
            "n_units", "n_per_unit", "verdict_gate", "note"]  # fmt: skip
_ICC_COLUMNS = ("icc1", "conf_low", "conf_high", "icc2", "f_statistic", "p_value", "n", "n_units")


def _n_options(codebook: pd.DataFrame | None) -> dict[str, int]:
    """Answers to choose from, per item with a declared scale."""
    if codebook is None:
        return {}
    scaled = codebook.dropna(subset=["scale_min", "scale_max"])
    spans = (scaled["scale_max"] - scaled["scale_min"] + 1).astype(int)
    return dict(zip(scaled["item"], spans.tolist(), strict=True))


def gate_table(results: Sequence[AggregationResult]) -> pd.DataFrame:
    """Tables of several questionnaires (customers, employees) as one; empty with the same columns if there are none."""
    tables = [result.table for result in results if len(result.table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS)


def unit_means(keys: pd.DataFrame, scores: pd.DataFrame, weights: pd.Series | None = None) -> pd.DataFrame:
    """Weighted mean of each score per unit, and n: a row per combination of `keys`."""
    weight = pd.Series(1.0, index=scores.index) if weights is None else weights.astype(float)
    by = [keys[name] for name in keys]
    given = scores.notna()
    totals = scores.fillna(0.0).mul(weight, axis=0).groupby(by, sort=True).sum()
    means = totals / given.mul(weight, axis=0).groupby(by, sort=True).sum().replace(0.0, np.nan)
    means["n"] = scores.assign(n=1.0)["n"].groupby(by, sort=True).sum().astype(int)
    return means.reset_index()


def _scores_and_items(
    answers: pd.DataFrame,
    codebook: pd.DataFrame | None,
    constructs: Mapping[str, Sequence[str]] | None,
    unit: str,
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    if codebook is None:
        numeric = [c for c in answers.select_dtypes("number") if c not in ROLE_COLUMNS and c != unit]
        return answers[numeric].astype(float), {}
    from cemlab.inputs.codebook import SCORING_ROLES
    from cemlab.inputs.scores import score_constructs

    scores = score_constructs(answers, codebook, constructs)
    scored = codebook[codebook["role"].isin(SCORING_ROLES) & codebook["item"].isin(answers.columns)]
    scored = scored[scored["scale_min"].notna() & scored["scale_max"].notna()]
    items = {str(name): part["item"].tolist() for name, part in scored.groupby("construct")}
    for name, parts in (constructs or {}).items():
        items[name] = [item for part in parts for item in items.get(part, [])]
    return scores.loc[:, scores.notna().any()], items


def _gate_row(
    score: pd.Series,
    items: pd.DataFrame | None,
    variances: list[float],
    groups: pd.Series,
    k: Literal["mean", "k0"],
    conf_level: float,
) -> dict[str, Any]:
    icc = intraclass(score, groups, k=k, conf_level=conf_level)
    agreement = np.array([])
    if items is not None and len(items):
        observed = items.groupby(groups).var(ddof=1)
        ratio = (observed / variances).mean(axis=1, skipna=False).to_numpy(dtype=float)
        agreement = r_wg_j(ratio[np.isfinite(ratio)], len(variances))
    row = {
        "r_wg": float(agreement.mean()) if len(agreement) else np.nan,
        "r_wg_median": float(np.median(agreement)) if len(agreement) else np.nan,
        **{name: getattr(icc, name) for name in _ICC_COLUMNS},
        "n_per_unit": icc.k,
    }
    return row | {"verdict_gate": _verdict(row), "note": _note(row, has_items=items is not None)}


def _verdict(row: Mapping[str, float]) -> str:
    """Held against the declared thresholds: backed, partly backed, not backed, not estimable."""
    if np.isnan(row["icc1"]):
        return "not estimable"
    checks = [
        row["icc1"] >= threshold("icc1").value and row["p_value"] < threshold("alpha_level").value,
        row["icc2"] >= threshold("icc2").value,
    ]
    if not np.isnan(row["r_wg_median"]):
        checks.append(row["r_wg_median"] >= threshold("r_wg").value)
    return "backed" if all(checks) else "partly backed" if any(checks) else "not backed"


def _note(row: Mapping[str, float], *, has_items: bool) -> str:
    if row["n_units"] < 2:
        return NO_UNITS
    if np.isnan(row["icc1"]):
        return ALL_SINGLE if row["n"] == row["n_units"] else NO_SPREAD
    notes = [NEGATIVE] if row["icc1"] < 0 else []
    return " ".join(notes if has_items else [*notes, NO_ITEMS])
