"""Dates of a file as day numbers: whole days since 1970-01-01, whichever calendar the file is written in.

The year comes first, with `-`, `/` or `.` between the parts or none (20240611); a time of day behind it is allowed and
ignored, its zone too: the day stays the one that the file shows. Digits may be Latin, Persian or Arabic.

References
----------
ISO 8601-1:2019. Jalali dates are converted by persiantools (arithmetic of the official calendar, years 1 to 1500 or
so).
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

EPOCH = date(1970, 1, 1).toordinal()
# The same expression is used by RE2 (DuckDB) and by Python: keep to what both know.
DATE_PATTERN = r"^\s*([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T\s].*[0-9]{1,2}:[0-9]{2}.*)?\s*$"
COMPACT_PATTERN = r"^\s*([0-9]{4})([0-9]{2})([0-9]{2})\s*$"
JALALI_YEARS = range(1200, 1501)
EXPECTED = {
    "gregorian": "a date such as 2025-06-30, year first, with or without a time of day",
    "jalali": "a Jalali date such as 1404-04-09, year first, with or without a time of day",
}


def parse_days(cells: pd.Series, calendar: Literal["gregorian", "jalali"] = "gregorian") -> tuple[pd.Series, pd.Series]:
    """Days since 1970-01-01 of date texts, and which cells hold something that is no date.

    Parameters
    ----------
    cells : Series of str
        Cells of a file; <NA> or blank = missing.
    calendar : {"gregorian", "jalali"}
        What the year of the file counts.

    Returns
    -------
    days : Series of Int64
        <NA> where the cell is missing or no date; index and name of `cells`.
    bad : Series of bool
        Cells that are neither missing nor a date of that calendar.

    Examples
    --------
    >>> import pandas as pd
    >>> days, bad = parse_days(pd.Series(["1404/04/09 10:30", "31.12.2025", None]), "jalali")
    >>> days.tolist(), bad.tolist()
    ([20269, <NA>, <NA>], [False, True, False])
    """
    import pandas as pd

    texts = cells.astype("str")
    known = {text: _day_of(text, calendar) for text in texts.dropna().unique()}
    days = texts.map(known).astype("Int64")
    blank = texts.isna() | texts.str.strip().eq("").fillna(True).astype(bool)
    return pd.Series(days, index=cells.index, name=cells.name), days.isna() & ~blank


def day_number(year: int, month: int, day: int, calendar: str = "gregorian") -> int | None:
    """Days since 1970-01-01 of one date; None where the calendar has no such date.

    >>> day_number(1970, 1, 2), day_number(2025, 2, 29), day_number(1348, 10, 11, "jalali")
    (1, None, 0)
    """
    try:
        if calendar == "gregorian":
            return date(year, month, day).toordinal() - EPOCH
        if year not in JALALI_YEARS:
            return None
        from persiantools.jdatetime import JalaliDate

        return JalaliDate(year, month, day).to_gregorian().toordinal() - EPOCH
    except ValueError:
        return None


def _day_of(text: str, calendar: str) -> int | None:
    from cemlab.inputs.privacy import latin_digits

    plain = latin_digits(text)
    found = re.match(DATE_PATTERN, plain) or re.match(COMPACT_PATTERN, plain)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    return day_number(year, month, day, calendar)
