"""Removal effects of the events of journeys, with intervals by resampling customers.

References
----------
Anderl, E., Becker, I., von Wangenheim, F. & Schumann, J. H. (2016). Mapping the customer journey: lessons learned from
    graph-based online attribution modeling. International Journal of Research in Marketing 33, 457-474.
Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American Statistician 69, 371-386.
    (expanded percentile interval: the plain one is too short with few customers)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cemlab.kpis.absorbing_chain import absorb
from cemlab.kpis.journey_paths import Paths
from cemlab.resampling import bootstrap_counts, percentile_interval

Matrix = NDArray[np.float64]
NO_CONVERSION = "No journey converts: there is no removal effect."
CELLS_AT_ONCE = 10_000_000  # numbers of one block of resamples: bounds the memory


def count_steps(paths: Paths) -> Matrix:
    """Counts of steps as `absorb` takes them: start and events in rows; events, converted, stopped in columns."""
    source, target = _in_chain(paths)
    n = len(paths.names)
    return np.bincount(source * (n + 2) + target, minlength=(n + 1) * (n + 2)).reshape(n + 1, n + 2).astype(float)


def _in_chain(paths: Paths) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    source, target, _ = paths.steps()
    n = len(paths.names)
    stop = n + len(paths.ends)
    return source, np.where(target < n, target, np.where(target == stop, n + 1, n))


def removal_effects(paths: Paths, *, conf_level: float, n_boot: int, seed: int) -> pd.DataFrame:
    """Every event with the share of conversions that the chain loses without it, the largest first.

    Returns
    -------
    DataFrame
        event, n_journeys (that hold it), estimate, conf_low, conf_high (expanded percentile, customers resampled),
        attribution (share of the sum of all effects), note.
    """
    n = len(paths.names)
    holding = np.bincount(np.unique(paths.journey * (n + len(paths.ends)) + paths.event) % (n + len(paths.ends)),
                          minlength=n)[:n]  # fmt: skip
    table = pd.DataFrame({"event": list(paths.names), "n_journeys": holding, "estimate": np.nan})
    table[["conf_low", "conf_high", "attribution"]] = np.nan
    if not paths.is_end.any():
        return table.assign(note=NO_CONVERSION)
    table["estimate"] = absorb(count_steps(paths)).removal
    if n:
        draws = np.vstack([absorb(block).removal for block in _resampled(paths, n_boot, seed)])
        table["conf_low"], table["conf_high"], _ = percentile_interval(
            draws, _expanded(conf_level, paths.info["n_obs"])
        )
        total = table["estimate"].sum()
        table["attribution"] = table["estimate"] / (total if total > 0 else np.nan)
    return table.assign(note="").sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def _expanded(conf_level: float, n: int) -> float:
    """The level of a percentile interval that is as wide as Student's t with n - 1 degrees of freedom would have it."""
    from scipy.special import ndtr, stdtrit

    if n < 2:
        return conf_level
    return float(2 * ndtr(stdtrit(n - 1, (1 + conf_level) / 2) * np.sqrt(n / (n - 1))) - 1)


def _resampled(paths: Paths, n_boot: int, seed: int) -> Iterator[Matrix]:
    """Counts of steps in resamples of customers, in blocks that fit the memory."""
    from scipy.sparse import csr_array

    source, target = _in_chain(paths)
    n, people = len(paths.names), paths.info["n_obs"]
    cells = source * (n + 2) + target
    own = csr_array((np.ones(len(cells)), (paths.steps()[2], cells)), shape=(people, (n + 1) * (n + 2)))
    rng, size = np.random.default_rng(seed), max(1, CELLS_AT_ONCE // max(people, (n + 1) * (n + 2)))
    for start in range(0, n_boot, size):
        drawn = bootstrap_counts(people, min(size, n_boot - start), rng).astype(float)
        yield np.asarray(drawn @ own).reshape(-1, n + 1, n + 2)
