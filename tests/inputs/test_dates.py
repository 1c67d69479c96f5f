"""Dates as day numbers, in both calendars."""

import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from cemlab.inputs.dates import day_number, parse_days

EPOCH = datetime.date(1970, 1, 1)


# truth
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1970-01-01", 0),
        ("2000-02-29", 11016),  # date -d 2000-02-29 +%s / 86400
        ("2011/12/09", 15317),
        ("2011.12.9", 15317),
        ("20111209", 15317),
        (" 2011-12-09 12:50:00 ", 15317),
        ("2011-12-09T23:59:59+03:30", 15317),
        ("2011/12/09 11:59:59 PM GMT+3:30", 15317),
        ("۲۰۱۱/۱۲/۰۹", 15317),
    ],
)
def test_gregorian_dates_are_read(text: str, day: int) -> None:
    days, bad = parse_days(pd.Series([text]))
    assert days.tolist() == [day]
    assert not bad.any()


@pytest.mark.parametrize(
    ("text", "gregorian"),
    [
        ("1357/11/22", "1979-02-11"),  # printed in both calendars in any history of that day
        ("1403-12-30", "2025-03-20"),  # 1403 is a leap year
        ("۱۴۰۴/۰۱/۰۱ ۰۸:۳۰", "2025-03-21"),
        ("14040101", "2025-03-21"),
    ],
)
def test_jalali_dates_are_read(text: str, gregorian: str) -> None:
    days, bad = parse_days(pd.Series([text]), "jalali")
    assert EPOCH + datetime.timedelta(days=int(days.iloc[0])) == datetime.date.fromisoformat(gregorian)
    assert not bad.any()


# invariants
@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)))
def test_day_numbers_count_days(date: datetime.date) -> None:
    days, _ = parse_days(pd.Series([date.isoformat(), f"{date.year}/{date.month}/{date.day} 3:04"]))
    assert days.tolist() == [(date - EPOCH).days] * 2


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2060, 12, 31)))
def test_both_calendars_name_the_same_day(date: datetime.date) -> None:
    jalali = JalaliDate.to_jalali(date)
    assert day_number(jalali.year, jalali.month, jalali.day, "jalali") == (date - EPOCH).days


def test_index_name_and_missing_cells_are_kept() -> None:
    cells = pd.Series(["2020-01-01", pd.NA, "  "], index=[5, 7, 9], name="answered", dtype="string")
    days, bad = parse_days(cells)
    assert days.index.tolist() == [5, 7, 9]
    assert days.name == "answered"
    assert days.isna().tolist() == [False, True, True]
    assert not bad.any()


# errors
@pytest.mark.parametrize(
    ("text", "calendar"),
    [
        ("31.12.2025", "gregorian"),
        ("12/31/2025", "gregorian"),
        ("2025-02-30", "gregorian"),
        ("2025-06-30 or so", "gregorian"),
        ("soon", "gregorian"),
        ("45000", "gregorian"),
        ("1404-12-30", "jalali"),  # not a leap year
        ("2025-06-30", "jalali"),  # no Jalali year
    ],
)
def test_what_is_no_date_is_bad(text: str, calendar: str) -> None:
    days, bad = parse_days(pd.Series([text]), calendar)
    assert bad.tolist() == [True]
    assert days.isna().tolist() == [True]
