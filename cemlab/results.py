"""The one shape every analysis returns: data with a table, a summary and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.languages import ENGLISH, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class Result:
    """Estimates plus how they were made.

    Attributes
    ----------
    table : DataFrame
        One tidy row per estimate at full precision; columns from `columns.GLOSSARY`.
    info : mapping
        n_obs, n_dropped, method, conf_level and, where they apply, seed and n_boot: what a reader needs to repeat it.
    problems : tuple of str
        Empty means admissible. Otherwise the reasons why the numbers must not be read as they stand.
    """

    table: pd.DataFrame
    info: Mapping[str, Any]
    problems: tuple[str, ...] = field(default=())

    def summary(self, digits: int = 3) -> str:
        """Return (never print) admissibility, provenance and the table as text."""
        lines = [f"NOT ADMISSIBLE: {problem}" for problem in self.problems]
        facts = ", ".join(f"{key}={value}" for key, value in self.info.items())
        lines.append(f"{type(self).__name__} ({facts})")
        lines.append(self.table.round(digits).to_string(index=False, na_rep="–"))
        return "\n".join(lines)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        words: Words = ENGLISH,
        names: Mapping[str, str] | None = None,
    ) -> Axes:
        """Draw the result on `ax` (a new one by default) and return it.

        Parameters
        ----------
        words : Words
            The language of titles, axis labels and digits.
        names : mapping
            Display names of items, constructs, units …; what is not named is shown as it is.
        """
        raise NotImplementedError(f"{type(self).__name__} has no picture yet")

    def _repr_html_(self) -> str:
        notes = "".join(f"<p><b>Not admissible:</b> {escape(p)}</p>" for p in self.problems)
        return notes + self.table.to_html(index=False, na_rep="–", escape=True)
