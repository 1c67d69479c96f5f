"""Dates as a report writes them: Gregorian in English, Jalali in Persian, in the language's digits, isolated.

The conversion follows the arithmetic 33-year leap cycle, which agrees with the official calendar of Iran for the years
1244 to 1472 (Borkowski 1996, The Persian calendar for 3000 years, Earth, Moon, and Planets 74, 223-230).
"""

from __future__ import annotations

import datetime

from cemlab.languages import LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE, Words

CYCLE_DAYS, CYCLE_YEARS = 12053, 33
FOUR_YEARS = 1461
CYCLE_START = -1595  # the year before the first of the cycles counted, whose first day is ordinal -OFFSET
OFFSET = 356032


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


def in_digits(text: str, words: Words) -> str:
    """A text of digits and signs in the digits of the language, isolated."""
    shown = "".join(words.number(int(c)) if c in "0123456789" else c for c in text)
    return words.isolate(shown.replace(LEFT_TO_RIGHT_ISOLATE, "").replace(POP_ISOLATE, ""))
