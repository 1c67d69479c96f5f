"""Journeys from an event log: transitions, conversion by step and by funnel, time in stage, removal effects.

A removal effect says what the model of the order of events loses without an event; it is no experiment.

References
----------
Anderl, E., Becker, I., von Wangenheim, F. & Schumann, J. H. (2016). Mapping the customer journey: lessons learned from
    graph-based online attribution modeling. International Journal of Research in Marketing 33, 457-474.
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
Conover, W. J. (1999). Practical Nonparametric Statistics, 3rd ed. Wiley. Section 3.2. (interval of a median)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError
from cemlab.intervals import wilson
from cemlab.kpis.absorbing_chain import converted_by_step
from cemlab.kpis.journey_paths import START, STOP, Paths, reach_in_order, read_paths, stays
from cemlab.kpis.removal import count_steps, removal_effects
from cemlab.languages import ENGLISH, Words
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = NDArray[np.float64]
FEW_STAYS = "Too few stays for an interval."
NO_STAY = "No stay in this event ends in the data."
SHOWN, LONGEST = 12, 20  # events in a picture; rows of the table of steps


@dataclass(frozen=True, kw_only=True)
class EventLogResult(Result):
    """Transitions (`table`), conversion by step (`steps`) and by funnel, time in stage, removal effects."""

    steps: pd.DataFrame
    funnel: pd.DataFrame
    durations: pd.DataFrame
    removal: pd.DataFrame

    def matrix(self, value: str = "estimate") -> pd.DataFrame:
        """The transitions as a square: from in rows, to in columns; NaN where no step was seen."""
        wide = self.table.pivot(index="from_event", columns="to_event", values=value)
        rows = list(dict.fromkeys(self.table["from_event"]))
        targets = set(self.table["to_event"])
        order = [name for name in rows if name in targets]
        ends = [name for name in self.info["ends"] if name in targets] + ([STOP] if STOP in targets else [])
        return wide.reindex(index=rows, columns=[*order, *ends])

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """The transitions as a heat map, of the most frequent events.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of events.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, heatmap, new_axes

        wide = self.matrix()
        often = self.table.groupby("from_event")["n"].sum().drop(START, errors="ignore").nlargest(SHOWN).index
        kept = [name for name in wide.columns if name in often or name not in wide.index]
        wide = wide.loc[[name for name in wide.index if name in often or name == START], kept]
        shown = {START: words("(start)"), STOP: words("(stop)"), **(names or {})}
        labelled = wide.rename(index=lambda name: shown.get(name, name), columns=lambda name: shown.get(name, name))
        ax = new_axes(ax, words=words, size=(max(7.0, 0.75 * wide.shape[1] + 2.5), 4.0))
        heatmap(ax, labelled, words=words, row_label=words("Event before"), column_label=words("Event after"))
        caption = words(
            "Share of the steps that leave the event of the row. {n} journeys of {people} customers.",
            n=words.number(self.info["n_journeys"]),
            people=words.number(self.info["n_obs"]),
        )
        return finish(ax, words=words, title=words("From one event to the next"), caption=caption)

    def plot_removal(
        self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None
    ) -> Axes:
        """Removal effects with their intervals, the largest first.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of events.

        Returns
        -------
        Axes
        """
        from cemlab.plots import bars, finish, new_axes

        table, shown = self.removal.dropna(subset=["estimate"]).head(SHOWN), names or {}
        ax = new_axes(ax, words=words)
        bars(ax, [shown.get(name, name) for name in table["event"]], table["estimate"], low=table["conf_low"],
             high=table["conf_high"], words=words, axis_label=words("Conversions lost without the event"),
             value_format="percent")  # fmt: skip
        caption = words(
            "Share of the conversions lost in the model without the event. A model of the order of events, not an "
            "experiment. {n} journeys.",
            n=words.number(self.info["n_journeys"]),
        )
        return finish(ax, words=words, title=words("Removal effect"), caption=caption)


def trace_journeys(
    events: Any,
    *,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    end: str | Sequence[str] | None = None,
    funnel: Sequence[str] = (),
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> EventLogResult:
    """Shares of steps from event to event (0 to 1), conversion by step, time in stage and removal effects of a log.

    A journey is a customer's events up to a conversion, or up to the last event; what follows a conversion is a new
    journey. Events of one customer at the same time keep the order of the log and are counted (`n_ties`).

    Parameters
    ----------
    events : DataFrame
        One row an event; any frame that Narwhals reads.
    customer, event, time : str
        Columns: whose event, what happened (or in which channel, at which stage), when (dates or numbers).
    end : str or sequence of str, optional
        Events that are conversions. Without them nothing converts.
    funnel : sequence of str
        Events in the order in which a conversion is wanted to come about.
    conf_level : float
        Level of the intervals.
    n_boot, seed : int
        Resamples of customers behind the intervals of the removal effects.

    Returns
    -------
    EventLogResult
        `table`: from_event, to_event ("(start)", "(stop)" at the ends), n, n_from, estimate (share of the steps that
        leave from_event), conf_low, conf_high (Wilson). `steps`: step, n_reached, estimate (share of all journeys
        converted with at most that many events), conf_low, conf_high, chain (what a first-order chain implies).
        `funnel`: step, event, n_reached, n_journeys (that hold the event in any order), estimate (share of those at the
        step before), conf_low, conf_high, of_all. `durations`: event, n (stays whose end is known), median, conf_low,
        conf_high, q1, q3, n_censored, note; days, or the log's unit (`info["time_unit"]`). Leaving out what is censored
        makes stays look short. `removal`: event, n_journeys, estimate (share of conversions lost without the event),
        conf_low, conf_high, attribution, note.

    Raises
    ------
    DataError
        A column is missing, times are neither dates nor numbers, no usable row, or a funnel that repeats an event.

    References
    ----------
    Anderl, Becker, von Wangenheim & Schumann (2016).

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["a", "a", "a", "b", "b"], "event": ["ad", "shop", "buy", "ad", "shop"],
    ...                     "time": [1, 2, 5, 1, 4]})
    >>> trace_journeys(log, end="buy").table[["from_event", "to_event", "n", "estimate"]]
      from_event to_event  n  estimate
    0    (start)       ad  2       1.0
    1         ad     shop  2       1.0
    2       shop      buy  1       0.5
    3       shop   (stop)  1       0.5
    """
    if not 0 < conf_level < 1:
        raise DataError(f"conf_level: found {conf_level}, expected a share such as 0.95. Correct it.")
    if len(set(funnel)) < len(funnel):
        raise DataError(f"funnel: found an event twice in {list(funnel)}, expected each once. Correct it.")
    paths = read_paths(events, customer, event, time, end)
    info = {
        **paths.info,
        "ends": paths.ends,
        "method": "Wilson intervals; the median's by order statistics; removal effect of the absorbing chain by its "
        "fundamental matrix, expanded percentile bootstrap of customers",
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    return EventLogResult(
        table=_transitions(paths, conf_level),
        steps=_steps(paths, conf_level),
        funnel=_funnel(paths, funnel, conf_level),
        durations=_durations(paths, conf_level),
        removal=removal_effects(paths, conf_level=conf_level, n_boot=n_boot, seed=seed),
        info=info,
    )


def _transitions(paths: Paths, conf_level: float) -> pd.DataFrame:
    source, target, _ = paths.steps()
    width = len(paths.names) + len(paths.ends) + 1
    cells, n = np.unique(source * width + target, return_counts=True)
    departures = np.bincount(source)[cells // width]
    low, high = wilson(n / departures, departures, conf_level)
    sources, targets = np.array([START, *paths.names]), np.array([*paths.names, *paths.ends, STOP])
    return pd.DataFrame(
        {
            "from_event": sources[cells // width],
            "to_event": targets[cells % width],
            "n": n,
            "n_from": departures,
            "estimate": n / departures,
            "conf_low": low,
            "conf_high": high,
        }
    )


def _steps(paths: Paths, conf_level: float) -> pd.DataFrame:
    longest = min(int(paths.step.max()), LONGEST)
    total = paths.info["n_journeys"]
    reached = np.bincount(np.minimum(paths.step, longest + 1), minlength=longest + 2)[1 : longest + 1]
    converting = paths.step[paths.is_end]
    converted = np.array([(converting <= step).sum() for step in range(1, longest + 1)])
    low, high = wilson(converted / total, total, conf_level)
    return pd.DataFrame(
        {
            "step": range(1, longest + 1),
            "n_reached": reached,
            "estimate": converted / total,
            "conf_low": low,
            "conf_high": high,
            "chain": converted_by_step(count_steps(paths), longest),
        }
    )


def _funnel(paths: Paths, funnel: Sequence[str], conf_level: float) -> pd.DataFrame:
    reached, holding = reach_in_order(paths, funnel)
    before = [paths.info["n_journeys"], *reached][: len(reached)]
    table = pd.DataFrame({"step": range(1, len(reached) + 1), "event": list(funnel), "n_reached": reached})
    table["n_journeys"] = holding
    table["estimate"] = table["n_reached"] / pd.Series(before, dtype=float).replace(0, np.nan)
    table["conf_low"], table["conf_high"] = wilson(table["estimate"], before, conf_level)
    table["of_all"] = table["n_reached"] / paths.info["n_journeys"]
    return table


def _durations(paths: Paths, conf_level: float) -> pd.DataFrame:
    found = stays(paths)
    rows = []
    for place, name in enumerate(paths.names):
        all_stays = found.loc[found["event"] == place, "duration"]
        known = np.sort(all_stays.dropna().to_numpy())
        low, high = _median_interval(known, conf_level)
        q1, median, q3 = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else [np.nan] * 3
        note = NO_STAY if not len(known) else FEW_STAYS if np.isnan(low) else ""
        rows.append((name, len(known), median, low, high, q1, q3, int(all_stays.isna().sum()), note))
    columns = ["event", "n", "median", "conf_low", "conf_high", "q1", "q3", "n_censored", "note"]
    return pd.DataFrame(rows, columns=columns)


def _median_interval(ordered: Matrix, conf_level: float) -> tuple[float, float]:
    """Order statistics that hold the median between them at this level or more; NaN where too few."""
    from scipy.special import bdtr

    n = len(ordered)
    below = bdtr(np.arange(n // 2 + 1, dtype=float), n, 0.5) if n else np.array([1.0])
    rank = int((below <= (1 - conf_level) / 2).sum()) - 1
    return (float(ordered[rank]), float(ordered[n - 1 - rank])) if rank >= 0 else (float("nan"), float("nan"))
