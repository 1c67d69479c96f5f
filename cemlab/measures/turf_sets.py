"""Reach of sets of options: all sets of a size where they are few, one option after the other where they are many."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.measures.ratios import share_rows
from cemlab.resampling import bootstrap_counts

Array = NDArray[np.float64]
SETS_SHOWN = 10
SETS_RESAMPLED = 2000  # the best of a size whose rank is followed through the resamples
CHUNK = 2000  # sets, or resamples, at a time
CLOSE = 1e-12


class SetSearch(NamedTuple):
    """Rows a size, rows a set and rows an option; `options` holds places of columns."""

    best: pd.DataFrame
    sets: pd.DataFrame
    options: pd.DataFrame


class _Ranked(NamedTuple):
    """Sets of one size from the best to the worst."""

    sets: NDArray[np.int64]
    reach: Array
    frequency: Array


def search_sets(
    chosen: NDArray[np.bool_],
    weights: Array,
    max_size: int,
    exact_limit: int,
    conf_level: float,
    n_boot: int,
    rng: np.random.Generator,
) -> SetSearch:
    """Best set of every size from 1 to `max_size`.

    Parameters
    ----------
    chosen : array of shape (n_respondents, n_options)
        True where chosen.
    weights : array of shape (n_respondents,)
        All above 0.
    max_size, exact_limit : int
        Options of the largest set; sets of a size that are all compared.
    conf_level, n_boot, rng
        Of the intervals and the resamples.
    """
    n, k = chosen.shape
    patterns, place = np.unique(chosen, axis=0, return_inverse=True)
    share = np.bincount(place.ravel(), weights=weights) / weights.sum()
    counts = _resampled(n, place.ravel(), weights, len(patterns), n_boot, rng)
    best, shown = [], []
    before, last = np.zeros(0, dtype=np.int64), 0.0
    for size in range(1, max_size + 1):
        exact = comb(k, size) <= exact_limit
        sets = _all_sets(k, size) if exact else _one_more(before, k)
        ranked = _rank(patterns, share, sets)
        before = ranked.sets[0]
        reached = chosen[:, before].any(axis=1).astype(float)
        cells = share_rows(reached[:, None], weights, conf_level).iloc[0]
        best.append(
            {
                "size": size,
                "options": tuple(sorted(before)),
                "estimate": cells["estimate"],
                "std_error": cells["std_error"],
                "conf_low": cells["conf_low"],
                "conf_high": cells["conf_high"],
                "frequency": ranked.frequency[0],
                "added": ranked.reach[0] - last,
                "best_share": _best_share(patterns, counts, ranked.sets[:SETS_RESAMPLED]) if exact else np.nan,
                "method": "exact" if exact else "greedy",
                "n": n,
                "is_tied": len(ranked.reach) > 1 and ranked.reach[1] >= ranked.reach[0] - CLOSE,
            }
        )
        last = ranked.reach[0]
        shown += [
            {"size": size, "options": tuple(sorted(one)), "estimate": reach, "frequency": often}
            for one, reach, often in zip(*(part[:SETS_SHOWN] for part in ranked), strict=True)
        ]
    alone = share_rows(chosen.astype(float), weights, conf_level)
    alone.insert(0, "options", pd.Series([(number,) for number in range(k)]))
    return SetSearch(pd.DataFrame(best), pd.DataFrame(shown), alone)


def _all_sets(k: int, size: int) -> NDArray[np.int64]:
    return np.array(list(combinations(range(k), size)), dtype=np.int64)


def _one_more(before: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    others = np.setdiff1d(np.arange(k), before)
    return np.column_stack([np.tile(before, (len(others), 1)), others])


def _reached(patterns: NDArray[np.bool_], sets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a pattern of choices (row) holds an option of a set (column)."""
    reached = np.zeros((len(patterns), len(sets)), dtype=bool)
    for column in sets.T:
        reached |= patterns[:, column]
    return reached


def _rank(patterns: NDArray[np.bool_], share: Array, sets: NDArray[np.int64]) -> _Ranked:
    """Sets by reach, then frequency, then the order of the columns."""
    starts = range(0, len(sets), CHUNK)
    reach = np.concatenate([share @ _reached(patterns, sets[start : start + CHUNK]) for start in starts])
    frequency = (share @ patterns)[sets].sum(axis=1)
    order = np.lexsort((np.arange(len(sets)), -frequency.round(12), -reach.round(12)))
    return _Ranked(sets[order], reach[order], frequency[order])


def _resampled(
    n: int, place: NDArray[np.int64], weights: Array, n_patterns: int, n_boot: int, rng: np.random.Generator
) -> Array:
    """Weighted number of respondents of each pattern in each resample: shape (n_boot, n_patterns)."""
    counts = np.zeros((n_boot, n_patterns))
    for start in range(0, n_boot, CHUNK // 10):
        drawn = bootstrap_counts(n, min(CHUNK // 10, n_boot - start), rng) * weights
        for row, one in enumerate(drawn, start):
            counts[row] = np.bincount(place, weights=one, minlength=n_patterns)
    return counts


def _best_share(patterns: NDArray[np.bool_], counts: Array, sets: NDArray[np.int64]) -> float:
    """Share of resamples in which none of the sets reaches more than the first."""
    if not len(counts):
        return float("nan")
    most = np.zeros(len(counts))
    for start in range(0, len(sets), CHUNK):
        most = np.maximum(most, (counts @ _reached(patterns, sets[start : start + CHUNK])).max(axis=1))
    first = counts @ _reached(patterns, sets[:1])[:, 0]
    return float((first >= most * (1 - CLOSE)).mean())
