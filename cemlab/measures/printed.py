"""Printed numbers: each stands for an interval of half a unit in its last printed digit to both sides."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import pandas as pd

from cemlab.errors import DataError, quote

_FORMS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫−–—", "01234567890123456789.---")
_NUMBER = re.compile(r"^([<>≤≥=]?)(-?\d*[.]?\d+)[*†‡]*$")
TOLERANCE = 1e-9  # rounding of the computer, not of the printer
MOST_DECIMALS = 8


class Printed(NamedTuple):
    """A printed number and the interval it stands for; `(-inf, x]` and `[x, inf)` where only a bound is printed."""

    value: float
    low: float
    high: float

    def negative(self) -> Printed:
        """The number with the other sign."""
        return Printed(-self.value, -self.high, -self.low)

    def size(self) -> Printed:
        """The absolute value."""
        low = 0.0 if self.low <= 0 <= self.high else min(abs(self.low), abs(self.high))
        return Printed(abs(self.value), low, max(abs(self.low), abs(self.high)))

    def meets(self, other: Printed) -> bool:
        """Whether both may be the same number."""
        slack = TOLERANCE * max(1.0, abs(self.value), abs(other.value))
        return self.low <= other.high + slack and other.low <= self.high + slack

    def cut_to(self, other: Printed) -> Printed:
        """The part of the interval that the other allows; the whole where they do not meet."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Printed(self.value, low, high) if low <= high else self


def difference(left: Printed, right: Printed) -> Printed:
    """What left - right may be.

    Examples
    --------
    >>> difference(Printed(3.56, 3.555, 3.565), Printed(4.34, 4.335, 4.345)).low.__round__(3)
    -0.79
    """
    return Printed(left.value - right.value, left.low - right.high, left.high - right.low)


def quotient(top: Printed, bottom: Printed) -> Printed:
    """What top / bottom may be, both at least 0."""
    low = top.low / bottom.high if bottom.high > 0 else math.inf
    high = top.high / bottom.low if bottom.low > 0 else math.inf
    return Printed(top.value / bottom.value if bottom.value > 0 else math.nan, low, high)


def times(number: Printed, factor: float) -> Printed:
    """The number times a positive constant."""
    return Printed(number.value * factor, number.low * factor, number.high * factor)


def read_printed(cells: pd.Series) -> list[Printed | None]:
    """Printed numbers of a column; None where nothing is printed.

    The digits of a text are those it shows ("4.50" has two decimals). Numbers have lost their closing zeros: they are
    taken to have the most decimals that any number of the column has.

    Parameters
    ----------
    cells : Series
        Texts (also with Persian digits, "< .001", stars) or numbers.

    Raises
    ------
    DataError
        A text that is no number.

    Examples
    --------
    >>> [round(p.low, 4) for p in read_printed(pd.Series(["4.50", "-.3"]))]
    [4.495, -0.35]
    """
    numbers = [cell for cell in cells if not isinstance(cell, str) and pd.notna(cell)]
    decimals = max((_decimals(repr(float(number)).removesuffix(".0")) for number in numbers), default=0)
    return [_read(cell, decimals, str(cells.name)) for cell in cells]


def _read(cell: object, decimals: int, column: str) -> Printed | None:
    if not isinstance(cell, str):
        return _around(float(cell), decimals) if pd.notna(cell) else None  # type: ignore[call-overload, arg-type]
    text = cell.translate(_FORMS).replace("\u200e", "").replace(" ", "")
    if text.strip("-") == "":
        return None
    if "." not in text and re.fullmatch(r"[<>]?-?\d+,\d+", text):
        text = text.replace(",", ".")
    match = _NUMBER.match(text)
    if match is None:
        raise DataError(
            f"table: found {quote(cell)} in column {column!r}, expected a printed number. Correct the cell or empty it."
        )
    sign, digits = match.groups()
    value = float(digits)
    if sign in ("<", "≤"):
        return Printed(value, -math.inf, value)
    if sign in (">", "≥"):
        return Printed(value, value, math.inf)
    return _around(value, _decimals(digits))


def _around(value: float, decimals: int) -> Printed:
    half = 0.5 * 10.0**-decimals
    return Printed(value, value - half, value + half)


def _decimals(text: str) -> int:
    if "e" in text or "n" in text:
        return MOST_DECIMALS
    decimals = text.partition(".")[2]
    return min(len(decimals), MOST_DECIMALS)
