"""Total unduplicated reach and frequency (TURF): which few options reach the most people.

Reach of a set = share of respondents who chose at least one option of it; frequency = mean number of its options that
a respondent chose. The best set is the winner among many: its reach in the sample is somewhat too high, and other sets
may reach as many, which `best_share` shows.

References
----------
Miaoulis, G., Free, V. & Parsons, H. (1990). TURF: A new planning approach for product line extensions. Marketing
    Research 2(1), 28-40.
Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978). An analysis of approximations for maximizing submodular set
    functions. Mathematical Programming 14, 265-294. (greedy reaches at least 63 % of the best reach)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cemlab.errors import DataError
from cemlab.languages import ENGLISH, Words
from cemlab.measures.asked import check_level
from cemlab.measures.turf_sets import SetSearch, search_sets
from cemlab.results import Result
from cemlab.weighting import respondent_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

JOINED = " + "
GREEDY_NOTE = "Greedy: each option is the best one to add to the set before; another set may reach more."
TIED = "Another set of the same size reaches as many."
METHOD = "reach: Wilson (percentile intervals over resamples fall short near 1); best_share: resampled respondents"


@dataclass(frozen=True, kw_only=True)
class TurfResult(Result):
    """The best set of each size; `sets`: the next best too; `options`: each option alone."""

    sets: pd.DataFrame
    options: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Reach of the best set of each size, with its interval.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.
        words : Words
            The language.
        names : mapping, optional
            Display names of the options.

        Returns
        -------
        Axes
        """
        from cemlab.plots import finish, intervals, new_axes

        shown = names or {}
        labels = [JOINED.join(shown.get(one, one) for one in part.split(JOINED)) for part in self.table["options"]]
        ends = [(100 * self.table[column]).tolist() for column in ("estimate", "conf_low", "conf_high")]
        ax = new_axes(ax, words=words)
        intervals(ax, labels, *ends, words=words, axis_label=words("Reach: respondents with at least one, percent"))
        caption = words(
            "{n} respondents; intervals at the {level} level.",
            n=words.number(self.info["n_obs"]),
            level=words.percent(self.info["conf_level"]),
        )
        return finish(ax, words=words, title=words("Which few options reach the most people"), caption=caption)


def find_reach(
    choices: pd.DataFrame,
    *,
    max_size: int = 3,
    none: Iterable[str] = (),
    weights: ArrayLike | pd.Series | None = None,
    exact_limit: int = 50_000,
    conf_level: float = 0.95,
    n_boot: int = 1000,
    seed: int = 1,
) -> TurfResult:
    """Reach (0 to 1) of the best set of 1 to `max_size` options, and how often a respondent meets it.

    Every set is compared where there are at most `exact_limit` of a size; above, the best option is added to the best
    set before, and `method` says greedy. Ties go to the higher frequency, then to the order of the columns.

    Parameters
    ----------
    choices : DataFrame of shape (n_respondents, n_options)
        1 or True where the option was chosen, 0 or False where not; respondents with a missing cell are left out.
        `split_choices` makes it from the text of a multi-select.
    max_size : int
        Options in the largest set.
    none : iterable of str
        Options that mean "none of these": left out first, for whoever chose one is not reached by it; the respondents
        stay.
    weights : Series or array, optional
        Survey weights.
    exact_limit : int
        Sets of one size that are all compared.
    conf_level : float
        Level of the intervals.
    n_boot : int
        Resamples of respondents for `best_share`.
    seed : int
        Of the resamples.

    Returns
    -------
    TurfResult
        `table`, a row a size: size, options, estimate (reach), std_error, conf_low, conf_high, frequency, added (reach
        beyond the best set with one option less), best_share, method, n, note. `sets`: size, options, estimate,
        frequency of the ten best sets of each size. `options`: options, estimate (share who chose it), std_error,
        conf_low, conf_high, n.

    Raises
    ------
    DataError
        Cells other than 0 and 1, unknown `none` options, no option or no respondent left, or a `max_size` below 1.

    References
    ----------
    Miaoulis, G., Free, V. & Parsons, H. (1990). Marketing Research 2(1), 28-40.

    Examples
    --------
    >>> choices = split_choices(["web, shop", "shop", "phone", "web, phone"])
    >>> find_reach(choices, max_size=2, n_boot=50).table[["options", "estimate"]].values.tolist()
    [['web', 0.5], ['shop + phone', 1.0]]
    """
    check_level(conf_level)
    left_out = list(none)
    chosen, w, dropped = _chosen(choices, left_out, weights)
    size = min(max_size, chosen.shape[1])
    if size < 1:
        raise DataError(f"max_size: found {max_size}, expected at least 1. Correct it.")
    names = [str(name) for name in choices.columns if name not in left_out]
    found = search_sets(chosen, w, size, exact_limit, conf_level, n_boot, np.random.default_rng(seed))
    info = {
        "n_obs": len(w),
        "n_dropped": dropped,
        "n_options": len(names),
        "none": tuple(left_out),
        "method": METHOD,
        "exact_limit": exact_limit,
        "conf_level": conf_level,
        "n_boot": n_boot,
        "seed": seed,
    }
    return TurfResult(
        table=_table(found, names), sets=_named(found.sets, names), options=_named(found.options, names), info=info
    )


def _table(found: SetSearch, names: list[str]) -> pd.DataFrame:
    table = _named(found.best, names)
    greedy = (table["method"] == "greedy").to_numpy()
    tied = table.pop("is_tied").to_numpy(dtype=bool)
    table["note"] = np.select([greedy, tied], [GREEDY_NOTE, TIED], default="")
    return table


def _named(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Places of options replaced by their names."""
    options = [JOINED.join(names[place] for place in places) for places in rows["options"]]
    return rows.assign(options=options)


def _chosen(
    choices: pd.DataFrame, none: list[str], weights: ArrayLike | pd.Series | None
) -> tuple[NDArray[np.bool_], NDArray[np.float64], int]:
    """Cells of complete respondents with a weight, without the `none` options; how many respondents were left out."""
    unknown = [name for name in none if name not in choices]
    if unknown:
        raise DataError(f"none: found {', '.join(unknown)}, expected options of the table. Correct the names.")
    w = respondent_weights(weights, choices.index)
    complete = choices.notna().all(axis=1).to_numpy() & (w > 0)
    cells = choices.drop(columns=none)[complete]
    values = cells.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not values.size:
        raise DataError(
            f"choices: found {cells.shape[1]} options and {len(cells)} respondents without a missing cell, expected at "
            "least one of each. Check the columns."
        )
    if not np.isin(values, (0, 1)).all():
        raise DataError("choices: found cells other than 0 and 1, expected 1 where an option was chosen. Recode them.")
    return values.astype(bool), w[complete], int((~complete).sum())


def split_choices(
    cells: pd.Series | Sequence[str | None], separator: str = ", ", *, options: Sequence[str] = ()
) -> pd.DataFrame:
    """A column of 0.0 and 1.0 for each option of a multi-select whose answers stand in one text.

    Parameters
    ----------
    cells : Series or sequence of str
        For instance "web, shop"; missing or blank = not answered, a row of NaN.
    separator : str
        Between the options; white space around an option is left out.
    options : sequence of str
        Known options; needed where an option contains the separator itself ("shop, city centre"). Others found in the
        text become columns after them.

    Returns
    -------
    DataFrame of shape (n_respondents, n_options)
        Index of `cells`; columns in the order of `options`, then of appearance.

    Examples
    --------
    >>> split_choices(["web, shop", None, "shop"]).fillna(-1).astype(int).values.tolist()
    [[1, 1], [-1, -1], [0, 1]]
    """
    series = cells if isinstance(cells, pd.Series) else pd.Series(list(cells), dtype=object)
    if not separator:
        raise DataError("separator: found nothing, expected the text between two options. Correct it.")
    texts = series.astype("string").str.strip()
    texts = texts.mask(texts == "")
    longest_first = sorted(options, key=len, reverse=True)
    parts = {text: _parts(text, separator, longest_first) for text in texts.dropna().unique()}
    names = list(dict.fromkeys([*options, *(name for part in parts.values() for name in part)]))
    columns = {name: [np.nan if pd.isna(text) else float(name in parts[text]) for text in texts] for name in names}
    return pd.DataFrame(columns, index=series.index, columns=names, dtype=float)


def _parts(text: str, separator: str, known: Sequence[str]) -> list[str]:
    """The options of one answer: known ones that contain the separator first, then the pieces of the rest."""
    found, rest = [], separator + text + separator
    for name in (name for name in known if separator in name):
        piece = separator + name + separator
        if piece in rest:
            found.append(name)
            rest = rest.replace(piece, separator)
    pieces = (piece.strip() for piece in rest.split(separator))
    return [*found, *(piece for piece in pieces if piece)]
