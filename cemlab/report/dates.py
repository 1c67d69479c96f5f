"""Dates as a report writes them: Gregorian in English, Jalali in Persian, in the language's digits, isolated.

The conversion follows the arithmetic 33-year leap cycle, which agrees with the official calendar of Iran for the years
1244 to 1472 (Borkowski 1996, The Persian calendar for 3000 years, Earth, Moon, and Planets 74, 223-230).
"""

from __future__ import annotations

import datetime
from typing import Any

from cemlab.languages import LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE, Words

CYCLE_DAYS, CYCLE_YEARS = 12053, 33
FOUR_YEARS = 1461
CYCLE_START = -1595  # the year before the first of the cycles counted, whose first day is ordinal -OFFSET
OFFSET = 356032
EPOCH_ORDINAL = 719163  # 1970-01-01


def to_jalali(day: datetime.date) -> tuple[int, int, int]:
    """Year, month and day in the Jalali calendar.

    >>> to_jalali(datetime.date(2025, 3, 21)), to_jalali(datetime.date(2025, 3, 20))
    ((1404, 1, 1), (1403, 12, 30))
    """
    cycles, rest = divmod(day.toordinal() + OFFSET, CYCLE_DAYS)
    fours, rest = divmod(rest, FOUR_YEARS)
    year = CYCLE_START + CYCLE_YEARS * cycles + 4 * fours
    if rest > 365:
        years, rest = divmod(rest - 1, 365)
        year += years
    if rest < 186:
        return year, 1 + rest // 31, 1 + rest % 31
    return year, 7 + (rest - 186) // 30, 1 + (rest - 186) % 30


def written_date(day: datetime.date, words: Words) -> str:
    """A date, year first.

    >>> from cemlab.languages import ENGLISH
    >>> written_date(datetime.date(2025, 3, 21), ENGLISH)
    '2025-03-21'
    """
    if words.language != "fa":
        return words.isolate(f"{day:%Y-%m-%d}")
    year, month, number = to_jalali(day)
    return in_digits(f"{year}/{month:02}/{number:02}", words)


def jalali_months(lines: Any) -> Any:
    """Transaction lines (a lazy frame) whose month_index counts Jalali months: year * 12 + month - 1."""
    import narwhals as nw

    place = nw.col("day") + (EPOCH_ORDINAL + OFFSET)
    rest = place % CYCLE_DAYS
    in_four = rest % FOUR_YEARS
    late = in_four > 365
    years = nw.when(late).then((in_four - 1) // 365).otherwise(0)
    day = nw.when(late).then((in_four - 1) % 365).otherwise(in_four)
    month = nw.when(day < 186).then(day // 31).otherwise(6 + (day - 186) // 30)
    year = CYCLE_START + CYCLE_YEARS * (place // CYCLE_DAYS) + 4 * (rest // FOUR_YEARS) + years
    return lines.with_columns(month_index=year * 12 + month)


def covered_in_part(first_day: int, last_day: int) -> set[int]:
    """The Jalali months (year * 12 + month - 1) that days counted from 1970-01-01 begin or end amid.

    >>> covered_in_part(20168, 20200)  # 2025-03-21 (1404/1/1) to 2025-04-22 (1404/2/2)
    {16849}
    """
    first, last = (datetime.date.fromordinal(day + EPOCH_ORDINAL) for day in (first_day, last_day))
    partial = set()
    if to_jalali(first)[2] > 1:
        partial.add(_month_index(first))
    if to_jalali(last + datetime.timedelta(days=1))[2] > 1:
        partial.add(_month_index(last))
    return partial


def _month_index(day: datetime.date) -> int:
    year, month, _ = to_jalali(day)
    return year * 12 + month - 1


def in_digits(text: str, words: Words) -> str:
    """A text of digits and signs in the digits of the language, isolated."""
    shown = "".join(words.number(int(c)) if c in "0123456789" else c for c in text)
    return words.isolate(shown.replace(LEFT_TO_RIGHT_ISOLATE, "").replace(POP_ISOLATE, ""))
