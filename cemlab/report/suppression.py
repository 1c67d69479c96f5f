"""Which groups and cells must not be shown, so that nobody is recognized in a small one or worked out from a total.

Primary suppression of small counts, then complementary suppression along the margins that are shown.

References
----------
Willenborg, L. & de Waal, T. (2001). Elements of Statistical Disclosure Control. Springer. (chapter on tables)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def hidden_groups(sizes: pd.Series, minimum: int) -> pd.Series:
    """Which groups must not be shown: the small ones, and as many more as keep those from being worked out.

    A group with nobody in it hides nobody; it is neither hidden nor counted as cover.

    A total that is shown gives away a single hidden group, and hidden groups that are together still too small: the
    next smallest are hidden too until there are two and together they have at least `minimum` answers.

    Parameters
    ----------
    sizes : Series
        n by group; the groups together make the total.
    minimum : int
        The smallest n that may be shown.

    Returns
    -------
    Series of bool
        Same index as `sizes`.

    Examples
    --------
    >>> hidden_groups(pd.Series({"a": 4, "b": 50, "c": 20}), 10).tolist()
    [True, False, True]
    """
    counts = sizes.fillna(0)
    secret = (counts > 0) & (counts < minimum)
    for group in counts[~secret & (counts > 0)].sort_values(kind="stable").index:
        if not secret.any() or (secret.sum() > 1 and counts[secret].sum() >= minimum):
            break
        secret[group] = True
    return secret


def hidden_rows(frame: pd.DataFrame, minimum: int, *, by: str = "group", n: str = "n") -> pd.Series:
    """The same for the rows of a result table: a group is as large as its largest n; 'all' is the total."""
    largest = frame.groupby(by, sort=False, dropna=False)[n].max()
    parts = largest.drop(index=["all"], errors="ignore")
    secret = hidden_groups(parts, minimum) if len(parts) else (largest > 0) & (largest < minimum)
    small_total = frame[n].fillna(0).between(1, minimum - 1)
    return frame[by].map(secret).fillna(False).astype(bool) | small_total


def hidden_cells(counts: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Which cells of a table of counts must not be shown when its row and column totals are.

    First as `hidden_groups` does in every row and column. Then, as long as the totals fix a hidden cell's count (the
    equations of the margins have one solution for it), the smallest shown cell of its row or column is hidden too.

    Parameters
    ----------
    counts : DataFrame
        Groups by groups, such as units by waves.
    minimum : int
        The smallest count that may be shown.

    Returns
    -------
    DataFrame of bool
        Same index and columns.

    Examples
    --------
    >>> counts = pd.DataFrame({"first": [4, 30, 25], "second": [20, 40, 50]}, index=["a", "b", "c"])
    >>> hidden_cells(counts, 10).to_numpy().tolist()
    [[True, True], [False, False], [True, True]]
    """
    values = counts.to_numpy()
    secret = _covered((values > 0) & (values < minimum), values, minimum)
    while open_cells := _worked_out(secret):
        row, column = open_cells[0]
        near = [(row, c) for c in range(values.shape[1])] + [(r, column) for r in range(values.shape[0])]
        shown = [place for place in near if not secret[place] and values[place] > 0]
        if not shown:
            secret = values > 0  # nothing is left to hide behind
            break
        secret[min(shown, key=lambda place: int(values[place]))] = True
        secret = _covered(secret, values, minimum)
    return pd.DataFrame(secret, index=counts.index, columns=counts.columns)


def _covered(secret: Any, values: Any, minimum: int) -> Any:
    """More cells hidden until every row and column hides none, or two or more with `minimum` answers together."""
    hidden, before = secret.copy(), -1
    while before != hidden.sum():
        before = hidden.sum()
        for lines, sizes in ((hidden, values), (hidden.T, values.T)):
            for line, size in zip(lines, sizes, strict=True):
                _cover(line, size, lines.any(axis=0), minimum)
    return hidden


def _cover(line: Any, size: Any, crossed: Any, minimum: int) -> None:
    """Hide more cells of a row or column, in place, until its hidden ones cover each other.

    Those whose crossing line hides something already come first, so that few lines are touched; then the smallest.
    """
    for place in sorted(range(len(size)), key=lambda place: (not crossed[place], size[place])):
        if not line.any() or (line.sum() > 1 and size[line].sum() >= minimum):
            return
        line[place] = line[place] or size[place] > 0


def _worked_out(secret: Any) -> list[tuple[int, int]]:
    """Hidden cells whose count follows from the totals: those no solution of the margins' equations can move."""
    places = [(int(r), int(c)) for r, c in np.argwhere(secret)]
    if not places:
        return []
    margins = np.zeros((sum(secret.shape), len(places)))
    for number, (row, column) in enumerate(places):
        margins[row, number] = margins[secret.shape[0] + column, number] = 1.0
    _, values, directions = np.linalg.svd(margins)
    free = directions[int((values > 1e-9).sum()) :]
    return [place for number, place in enumerate(places) if not len(free) or np.abs(free[:, number]).max() < 1e-9]
