"""An absorbing Markov chain of journeys: how often each event is visited, and what is lost without it.

With Q the transition shares among events (the start included) and R those into the two ends (converted, stopped), the
fundamental matrix N = (I − Q)⁻¹ gives the expected visits and B = N R where journeys end. A journey ever reaches event
s with probability f = N[start, s] / N[s, s]; without s (its visits becoming stops) the share b[start] of conversions
falls by f b[s], so the removal effect is f b[s] / b[start].

References
----------
Kemeny, J. G. & Snell, J. L. (1960). Finite Markov Chains. Van Nostrand. Chapter III.
Anderl, E., Becker, I., von Wangenheim, F. & Schumann, J. H. (2016). Mapping the customer journey: lessons learned from
    graph-based online attribution modeling. International Journal of Research in Marketing 33, 457-474.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


class Chain(NamedTuple):
    """What a chain implies; leading axes are those of the counts.

    Attributes
    ----------
    visits : array of shape (..., n_events)
        Expected visits of each event per journey.
    conversion : array of shape (...)
        Share of journeys that convert.
    removal : array of shape (..., n_events)
        Share of the conversions lost without the event; NaN where nothing converts.
    """

    visits: Matrix
    conversion: Matrix
    removal: Matrix


def absorb(counts: Matrix) -> Chain:
    """What a chain with these counts of steps implies.

    Parameters
    ----------
    counts : array of shape (..., n_events + 1, n_events + 2)
        Steps from start and events (rows) to events, converted and stopped (columns). Every event that is reached
        must lead to an end somehow.

    Examples
    --------
    >>> steps = np.array([[2.0, 2, 0, 0], [0, 1, 1, 0], [0, 0, 1, 2]])  # start, a, b -> a, b, converted, stopped
    >>> chain = absorb(steps)
    >>> chain.conversion.round(4).item(), chain.removal.round(4).tolist()
    (0.5, [0.6667, 0.5])
    """
    n = counts.shape[-2] - 1
    totals = counts.sum(axis=-1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts, dtype=float), where=totals > 0)
    inside = np.zeros((*counts.shape[:-2], n + 1, n + 1))
    inside[..., :, 1:] = shares[..., :, :n]
    fundamental = np.linalg.inv(np.eye(n + 1) - inside)
    converts: Matrix = np.asarray((fundamental @ shares[..., :, n : n + 1])[..., 0], dtype=np.float64)
    visits: Matrix = np.asarray(fundamental[..., 0, 1:], dtype=np.float64)
    ever = visits / np.diagonal(fundamental, axis1=-2, axis2=-1)[..., 1:]
    all_told = converts[..., :1]
    lost = ever * converts[..., 1:]
    removal = np.divide(lost, all_told, out=np.full_like(lost, np.nan), where=all_told > 0)
    return Chain(visits, converts[..., 0], removal)


def converted_by_step(counts: Matrix, n_steps: int) -> Matrix:
    """Share of journeys that the chain has converted after 1, 2, … `n_steps` events; counts as in `absorb`.

    Examples
    --------
    >>> steps = np.array([[2.0, 2, 0, 0], [0, 1, 1, 0], [0, 0, 1, 2]])
    >>> converted_by_step(steps, 3).round(4).tolist()
    [0.0, 0.4167, 0.5]
    """
    n = counts.shape[-2] - 1
    totals = counts.sum(axis=-1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts, dtype=float), where=totals > 0)
    state, converted, found = shares[0, :n], float(shares[0, n]), []
    for _ in range(n_steps):
        found.append(converted)
        converted += float(state @ shares[1:, n])
        state = state @ shares[1:, :n]
    return np.array(found)
