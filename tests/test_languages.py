"""Words, digits and direction."""

import pytest

from cemlab.languages import ENGLISH, LANGUAGES, Words

PERSIAN = Words("fa")


# truth: digits, decimal mark ٫, thousands ٬ and percent ٪ as CLDR writes Persian; the minus is U+2212
@pytest.mark.parametrize(
    ("value", "digits", "sign", "expected"),
    [
        (1234.5, 1, False, "۱٬۲۳۴٫۵"),
        (-0.25, 2, False, "−۰٫۲۵"),
        (3, 0, True, "+۳"),
        (-3, 0, True, "−۳"),
    ],
)
def test_persian_number(value: float, digits: int, sign: bool, expected: str) -> None:
    assert PERSIAN.number(value, digits, sign=sign) == f"\u2066{expected}\u2069"


def test_english_number() -> None:
    assert ENGLISH.number(-1234.5, 1) == "−1,234.5"
    assert ENGLISH.percent(0.123, 1) == "12.3%"


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert ENGLISH.number(-0.001, 2, sign=True) == "0.00"


def test_persian_percent() -> None:
    assert PERSIAN.percent(0.123, 1) == "\u2066۱۲٫۳٪\u2069"


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_number_is_a_dash(language: str) -> None:
    assert Words(language).number(float("nan")) == "–"
    assert Words(language).percent(float("nan")) == "–"


def test_unknown_text_stays_english() -> None:
    assert PERSIAN("Nobody has translated this") == "Nobody has translated this"
    assert [Words(language).direction for language in LANGUAGES] == ["ltr", "rtl"]
