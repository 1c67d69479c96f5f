"""An event log as journeys: rows in order, where each journey begins and ends, and its steps from event to event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.errors import DataError

START, STOP = "(start)", "(stop)"
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Paths:
    """Events in the order of journeys; a journey ends with a conversion or with the customer's last event.

    Attributes
    ----------
    names : tuple of str
        Events that are no conversion, by their mean place in the journeys.
    ends : tuple of str
        Conversions.
    event : array of shape (n_rows,)
        Place in `names + ends`.
    journey, customer : array of shape (n_rows,)
        Numbers from 0.
    time : array of shape (n_rows,)
        Days, or the log's own unit where it holds numbers.
    info : dict
        What was counted and left out.
    """

    names: tuple[str, ...]
    ends: tuple[str, ...]
    event: Numbers
    journey: Numbers
    customer: Numbers
    time: NDArray[np.float64]
    info: dict[str, Any]

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Whether a row begins a journey."""
        return np.diff(self.journey, prepend=-1) != 0

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Whether a row ends a journey."""
        return np.append(self.is_first[1:], True)

    @property
    def is_end(self) -> NDArray[np.bool_]:
        """Whether a row is a conversion."""
        return self.event >= len(self.names)

    @property
    def step(self) -> Numbers:
        """Place of each row in its journey, from 1."""
        starts = np.flatnonzero(self.is_first)
        return np.arange(len(self.event)) - starts[self.journey] + 1

    def steps(self) -> tuple[Numbers, Numbers, Numbers]:
        """From, to and customer of every step: from 0 = start, 1 … = names; to = names, ends, then stop."""
        before = np.where(self.is_first, 0, np.append(-1, self.event[:-1]) + 1)
        stops = self.is_last & ~self.is_end
        stop = len(self.names) + len(self.ends)
        return (
            np.append(before, self.event[stops] + 1),
            np.append(self.event, np.full(stops.sum(), stop)),
            np.append(self.customer, self.customer[stops]),
        )


def read_paths(events: Any, customer: str, event: str, time: str, end: str | Sequence[str] | None) -> Paths:
    """Put a log in the order of journeys; rows without a customer, an event or a time are left out and counted.

    Raises
    ------
    DataError
        A column is missing, the time is neither dates nor numbers, or no row is left.
    """
    frame = _frame(events, [customer, event, time])
    times, unit = _times(frame[time], time)
    whole = frame[customer].notna() & frame[event].notna() & times.notna()
    if not whole.any():
        raise DataError(
            f"events: found no row with {customer}, {event} and {time}, expected at least one. Check the columns."
        )
    who, people = pd.factorize(frame.loc[whole, customer].astype(str), sort=True)
    what = frame.loc[whole, event].astype(str).to_numpy()
    when = times[whole].to_numpy(dtype=float)
    order = np.lexsort((np.arange(len(who)), when, who))
    who, what, when = who[order], what[order], when[order]
    ends = () if end is None else (end,) if isinstance(end, str) else tuple(end)
    is_end = np.isin(what, list(ends)) if ends else np.zeros(len(what), dtype=bool)
    begins = np.diff(who, prepend=-1) != 0
    begins[1:] |= is_end[:-1]
    journey = np.cumsum(begins) - 1
    step = np.arange(len(who)) - np.flatnonzero(begins)[journey]
    names = pd.Series(step[~is_end]).groupby(what[~is_end]).mean().sort_values(kind="stable").index
    places = {str(name): place for place, name in enumerate([*names, *ends])}
    info = {
        "n_obs": len(people),
        "n_dropped": int((~whole).sum()),
        "n_events": len(who),
        "n_journeys": int(journey[-1] + 1),
        "n_converted": int(is_end.sum()),
        "n_ties": int(((np.diff(who) == 0) & (np.diff(when) == 0)).sum()),
        "time_unit": unit,
    }
    codes = np.array([places[name] for name in what], dtype=np.int64)
    return Paths(tuple(map(str, names)), ends, codes, journey, who, when, info)


def reach_in_order(paths: Paths, funnel: Sequence[str]) -> tuple[list[int], list[int]]:
    """How many journeys reach each step of a funnel in its order, and how many hold its event at all."""
    places = {name: place for place, name in enumerate([*paths.names, *paths.ends])}
    rows = np.arange(len(paths.event))
    reached = np.full(paths.info["n_journeys"], -1)
    in_order, holding = [], []
    for name in funnel:
        here = paths.event == places.get(name, -1)
        holding.append(len(np.unique(paths.journey[here])))
        later = here & (rows > reached[paths.journey])
        first = np.full(len(reached), len(rows))
        np.minimum.at(first, paths.journey[later], rows[later])
        reached = first
        in_order.append(int((first < len(rows)).sum()))
    return in_order, holding


def stays(paths: Paths) -> pd.DataFrame:
    """Every stay in an event: event, duration (NaN where its end is not known); repeats in a row are one stay."""
    changes = paths.is_first | (np.diff(paths.event, prepend=-1) != 0)
    begin = np.flatnonzero(changes)
    event, journey, time = paths.event[begin], paths.journey[begin], paths.time[begin]
    followed = np.append(journey[1:] == journey[:-1], False)
    duration = np.where(followed, np.append(time[1:], np.nan) - time, np.nan)
    kept = event < len(paths.names)
    return pd.DataFrame({"event": event[kept], "duration": duration[kept]})


def _frame(events: Any, needed: list[str]) -> pd.DataFrame:
    if not isinstance(events, pd.DataFrame):
        lazy = nw.from_native(events).lazy()
        names = lazy.collect_schema().names()
        events = lazy.select([name for name in needed if name in names]).collect("pandas").to_native()
    for name in needed:
        if name not in events:
            raise DataError(f"events: found no column {name!r}, expected customer, event and time. Name the column.")
    return events[needed]


def _times(values: pd.Series, name: str) -> tuple[pd.Series, str]:
    """Times as numbers: days since 1970 of dates, else as they are."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        naive = values.dt.tz_convert(None) if getattr(values.dt, "tz", None) is not None else values
        return (naive - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1), "days"
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("Float64").astype(float), name
    raise DataError(f"events: found {values.dtype} in {name!r}, expected dates or numbers. Convert the column first.")
