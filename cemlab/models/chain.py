"""The service–profit chain as a study declares it: each arrow a hypothesis, per level, behind an aggregation gate.

Associations, not causes: rows say what goes with what among the people or units at hand.

References
----------
Heskett, J. L., Jones, T. O., Loveman, G. W., Sasser, W. E. & Schlesinger, L. A. (1994). Putting the service-profit
    chain to work. Harvard Business Review 72(2), 164-174.
MacKinnon, D. P., Lockwood, C. M. & Williams, J. (2004). Confidence limits for the indirect effect: distribution of the
    product and resampling methods. Multivariate Behavioral Research 39, 99-128.
MacKinnon, J. G., Nielsen, M. Ø. & Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
    cluster-robust inference. Journal of Applied Econometrics 38, 671-694.
Podsakoff, P. M., MacKenzie, S. B., Lee, J.-Y. & Podsakoff, N. P. (2003). Common method biases in behavioral research.
    Journal of Applied Psychology 88, 879-903.
Preacher, K. J. & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for indirect effects.
    Communication Methods and Measures 6, 77-98.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cemlab.errors import EstimationError, quote
from cemlab.languages import ENGLISH, Words
from cemlab.models.aggregation import aggregate_units, gate_table
from cemlab.models.indirect import METHODS, Method, indirect_rows, indirect_table
from cemlab.models.levels import PEOPLE, LevelRows, chain_levels
from cemlab.models.links import GATE_FAILS, MISSING, Link, build_equation, equation_rows, finish_table, fit_equation
from cemlab.models.links import missing_row as _missing
from cemlab.models.panel import panel_row
from cemlab.results import Result
from cemlab.thresholds import threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cemlab.inputs.study import Study

FACTS = {
    "method": "least squares per target on all its declared sources; respondent level and within: cluster jackknife "
    "CV3 by unit with t(G - 1), HC3 with t(n - k) without units; unit level: HC3 with t(n - k); panel: random "
    "intercept per link, normal",
    "p_adjusted": "Holm over the hypotheses of a level",
    "units_are_n": "At the unit level n is the number of units, not of people.",
    "reliability": "Coefficients are not corrected for unreliable measures, which draws them towards zero.",
    "common_method": "Both ends of a respondent-level arrow come from one questionnaire: shared method may raise it.",
}
SEVERAL = "Several organizations: each has its own intercept."
WAVES = "Several waves: people of each wave (of an organization) have their own intercept."


@dataclass(frozen=True, kw_only=True)
class ChainResult(Result):
    """A row per hypothesis and level in `table`; `gate`, `indirect` and `units` are further tables.

    Attributes
    ----------
    gate : DataFrame
        Aggregation statistics per construct that people were asked, see `aggregate_units`.
    indirect : DataFrame
        path, level, source, target, estimate, std_error, conf_low, conf_high, standardized, n, n_units, note.
    units : DataFrame
        The unit-level table: organization, unit, one column per construct and measure, n_customers, n_employees.
    """

    gate: pd.DataFrame
    indirect: pd.DataFrame
    units: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Draw each estimable link's standardized coefficient with its interval, a colour per level."""
        from cemlab.plots import finish, intervals, new_axes

        named = dict(names or {})
        rows = self.table[self.table["estimate"].notna()]
        declared = {name: place for place, name in enumerate(dict.fromkeys(self.table["hypothesis"]))}
        rows = rows.sort_values("hypothesis", key=lambda ids: ids.map(declared), kind="stable")
        scale = rows["standardized"] / rows["estimate"].where(rows["estimate"] != 0)
        show = [named.get(name, name) for name in rows["source"]], [named.get(name, name) for name in rows["target"]]
        labels = [
            f"{hypothesis}: {source} {'←' if words.direction == 'rtl' else '→'} {target}"
            for hypothesis, source, target in zip(rows["hypothesis"], *show, strict=True)
        ]
        axes = intervals(
            new_axes(ax, words=words),
            labels,
            rows["standardized"].tolist(),
            (rows["conf_low"] * scale).tolist(),
            (rows["conf_high"] * scale).tolist(),
            words=words,
            axis_label=words("Standardized coefficient"),
            reference=0.0,
            hues=[words(level) for level in rows["level"]],
        )
        caption = words("{level} % intervals.", level=words.number(100 * self.info["conf_level"]))
        return finish(axes, words=words, title=words("Links of the service–profit chain"), caption=caption)


def link_chain(
    study_or_frames: Study | Mapping[str, pd.DataFrame],
    *,
    organization: str | None = None,
    links: Sequence[Mapping[str, str]] | None = None,
    min_per_unit: int | None = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 1,
    indirect_method: Method = "monte_carlo",
) -> ChainResult:
    """Estimate every declared link, in units of the target per unit of the source; positive = they rise together.

    Where people answered in several waves, each wave has its own intercept at the respondent level: a shift between
    waves is not read as a link.

    Parameters
    ----------
    study_or_frames : Study or mapping
        A study with a chain in study.yml, or frames: "customers", "employees" (a row per person: scores by construct,
        optionally organization, unit, weight) and "units" (a row per unit and wave: measures).
    organization : str, optional
        Only this organization of the study.
    links : sequence of mappings, optional
        id, source, target and sign ("+" or "-"); needed with frames, else the study's own.
    min_per_unit : int, optional
        People below which a unit's mean is left out; by default the convention in `thresholds`.
    conf_level : float
        Of all intervals; 1 - conf_level is also the level of the verdicts.
    n_boot : int
        Draws or resamples of the indirect effects.
    seed : int
        Of the draws or resamples.
    indirect_method : {"monte_carlo", "percentile"}
        Intervals of the indirect effects. "monte_carlo": the links' coefficients are drawn from the t distribution of
        their robust covariance; held 95 % best of six methods (tests/benchmarks/coverage_indirect.md), cautious where
        all links of a path are zero. "percentile": bootstrap, whose intervals are too short with few units.

    Returns
    -------
    ChainResult
        table: hypothesis, level (respondent, unit, panel, within), source, target, expected_sign, estimate, std_error,
        statistic, df, p_value, p_adjusted, conf_low, conf_high, standardized, n, n_units, r_squared, verdict, note.

    Raises
    ------
    EstimationError
        There are no links, nothing that they name was measured, or there is no such method.

    References
    ----------
    Heskett et al. (1994); MacKinnon, Nielsen & Webb (2023); of the indirect effects MacKinnon, Lockwood & Williams
    (2004), Preacher & Selig (2012).

    Examples
    --------
    >>> units = pd.DataFrame({"unit": list("abcdefgh"), "quality": [1, 2, 3, 4, 5, 6, 7, 8.0],
    ...                       "profit": [2.1, 3.9, 6.2, 8.0, 9.8, 12.1, 14.2, 15.9]})
    >>> hypothesis = {"id": "H1", "source": "quality", "target": "profit", "sign": "+"}
    >>> result = link_chain({"units": units}, links=[hypothesis])
    >>> result.table[["level", "verdict"]].values.tolist()
    [['unit', 'supported']]
    """
    if isinstance(study_or_frames, Mapping):
        frames, gate = dict(study_or_frames), _gate(dict(study_or_frames))
        declared: Sequence[Any] = links or ()
    else:
        from cemlab.models.chain_study import study_frames

        frames, gate = study_frames(study_or_frames, organization)
        declared = links or [link.model_dump() for link in study_or_frames.config.chain.links]
    known = [Link(str(x["id"]), str(x["source"]), str(x["target"]), str(x.get("sign", "+"))) for x in declared]
    smallest = int(threshold("min_per_unit").value) if min_per_unit is None else min_per_unit
    return estimate_links(
        frames, known, gate=gate, min_per_unit=smallest, conf_level=conf_level, n_boot=n_boot, seed=seed,
        indirect_method=indirect_method,
    )  # fmt: skip


def estimate_links(
    frames: Mapping[str, pd.DataFrame],
    links: Sequence[Link],
    *,
    gate: pd.DataFrame,
    min_per_unit: int,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 1,
    indirect_method: Method = "monte_carlo",
) -> ChainResult:
    """Estimate `links` on frames of scores; see `link_chain`, which prepares both."""
    if indirect_method not in METHODS:
        raise EstimationError(
            f"link_chain: found indirect_method {quote(indirect_method)}, expected one of: {', '.join(METHODS)}. "
            "Choose one."
        )
    if not links:
        raise EstimationError(
            "link_chain: found no links, expected at least one. Declare them under chain in study.yml."
        )
    names = list(dict.fromkeys(name for link in links for name in (link.source, link.target)))
    levels, facts = chain_levels(frames, names, min_per_unit=min_per_unit)
    if not levels:
        raise EstimationError(
            f"link_chain: found no values of {', '.join(names)}, expected them among customers, employees or units. "
            "Check the names in the chain and the data."
        )
    rows, indirect = [], []
    for place, level_name in enumerate(MISSING):
        own = [level for level in levels if level.level == level_name]
        if own:
            rows += _level_rows(own, links, conf_level)
            rng = np.random.default_rng([seed, place])
            for level in own if level_name != "panel" else ():
                fitted = [(e, fit) for e in _equations(level, links) if (fit := fit_equation(e)) is not None]
                indirect += indirect_rows(fitted, conf_level=conf_level, n_boot=n_boot, rng=rng, method=indirect_method)
    table = _with_gate(finish_table(rows, links, conf_level), gate)
    people = sum(len(frames[kind]) for kind in PEOPLE if frames.get(kind) is not None)
    units = next((level.frame.drop(columns="weight") for level in levels if level.level == "unit"), pd.DataFrame())
    info = {
        "n_obs": people or len(frames.get("units", ())),
        "n_dropped": _dropped(levels),
        "n_units": len(units),
        "min_per_unit": min_per_unit,
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
        "indirect_method": METHODS[indirect_method],
        **facts,
        **FACTS,
        **_intercepts(levels),
    }
    return ChainResult(table=table, info=info, gate=gate, indirect=indirect_table(indirect), units=units)


def _intercepts(levels: Sequence[LevelRows]) -> dict[str, str]:
    """What `info` says of intercepts beyond the common one."""
    people = [level.frame for level in levels if level.level == "respondent"]
    said = {}
    if any(level.frame["organization"].nunique() > 1 for level in levels):
        said["organizations"] = SEVERAL
    if any(frame["wave"].nunique() > 1 for frame in people):
        said["waves"] = WAVES
    return said


def _equations(level: LevelRows, links: Sequence[Link]) -> list[Any]:
    """One equation per target, on all of its sources."""
    targets = dict.fromkeys(link.target for link in links)
    return [build_equation(level, target, [link for link in links if link.target == target]) for target in targets]


def _level_rows(levels: Sequence[LevelRows], links: Sequence[Link], conf_level: float) -> list[dict[str, Any]]:
    """A row per link: from whichever frame of the level holds both its ends, else the reason why none does."""
    name = levels[0].level
    if name == "panel":
        return [panel_row(levels[0], link, conf_level) for link in links]
    rows: dict[str, dict[str, Any]] = {}
    reasons: dict[str, str] = {}
    for level in levels:
        for equation in _equations(level, links):
            for row in equation_rows(equation, fit_equation(equation), conf_level):
                rows[row["hypothesis"]] = row
            for hypothesis, reason in equation.reasons.items():
                if reasons.get(hypothesis, MISSING[name]) == MISSING[name]:
                    reasons[hypothesis] = reason
    return [rows.get(link.id) or _missing(link, name, reasons[link.id]) for link in links]


def _gate(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The gate of frames of scores, which have no items."""
    return gate_table([
        aggregate_units(frames[kind])
        for kind in PEOPLE
        if frames.get(kind) is not None and "unit" in frames[kind] and frames[kind]["unit"].notna().any()
    ])  # fmt: skip


def _with_gate(table: pd.DataFrame, gate: pd.DataFrame) -> pd.DataFrame:
    weak = set(gate.loc[gate["verdict_gate"] != "backed", "construct"])
    touched = table["level"].eq("unit") & table["estimate"].notna() & table[["source", "target"]].isin(weak).any(axis=1)
    table.loc[touched, "note"] = (table.loc[touched, "note"] + " " + GATE_FAILS).str.strip()
    return table


def _dropped(levels: Sequence[LevelRows]) -> int:
    """People none of whose answers belongs to the chain."""
    people = (level for level in levels if level.level == "respondent")
    return sum(int(level.frame[list(level.names)].isna().all(axis=1).sum()) for level in people)
