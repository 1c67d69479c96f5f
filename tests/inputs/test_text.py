"""Spellings of one answer are equal; numbers are read in every script and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemlab.inputs.text import fold, nearest_text, read_number

ZWNJ = "\u200c"

# truth


@pytest.mark.parametrize(
    "spelling",
    [
        "كاملاً موافقم",
        "کاملا موافقم",
        f"کاملا{ZWNJ}موافقم",
        "  کاملاً   موافقم. ",
        "کـامـلا موافقم",
        "\u200fکاملاً موافقم",
        "کامِلاً مُوافِقَم",
    ],
)
def test_spellings_of_one_persian_answer_are_equal(spelling: str) -> None:
    assert fold(spelling) == fold("کاملاً موافقم")


@pytest.mark.parametrize(("one", "other"), [("خیلي زیاد", "خیلی زیاد"), ("می‌پسندم", "می پسندم"), ("مسئله", "مسئلة")])
def test_arabic_letters_are_persian_ones(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("موافقم", "مخالفم"), ("agree", "disagree"), ("마음에 든다", "마음에 안 든다")]
)
def test_different_answers_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("۵", 5),
        ("٥", 5),
        ("۳٫۵", 3.5),
        ("۱۲٬۵۰۰", 12500),
        ("۸۰٪", 80),
        ("80 %", 80),
        ("7.", 7),
        (" −2 ", -2),
        ("1e-3", 0.001),
    ],
)
def test_numbers_in_three_scripts(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["3,5", "1,234", "five", "", "nan", "inf", "5/7", "--1", "1 2", "²", "1_000", "۳/۵"])
def test_no_number_is_guessed(text: str) -> None:
    assert read_number(text) is None


def test_nearest_text() -> None:
    assert nearest_text("موافقمم", ["مخالفم", "موافقم"]) == "موافقم"
    assert nearest_text("xyz", ["agree"]) is None


# invariants


@given(st.text())
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.sampled_from("abکیآأؤئۀة ًُِّٔ" + ZWNJ), max_size=12))
def test_fold_of_persian_leaves_no_marks_or_spaces(text: str) -> None:
    assert not set(fold(text)) & set(" ًُِّٔيكة" + ZWNJ)


@given(st.floats(-1e6, 1e6), st.sampled_from(["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "0123456789"]))
def test_numbers_survive_every_script(value: float, digits: str) -> None:
    text = f"{value:.4f}".translate(str.maketrans("0123456789.", digits + "٫"))
    assert read_number(text) == pytest.approx(round(value, 4), abs=1e-9)
