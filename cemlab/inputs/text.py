"""Text as people type it: letters that look alike, three scripts of digits, marks that are written or not.

Persian is typed with Arabic keyboards (ي and ك for ی and ک), with or without the zero-width non-joiner and the
short vowels; numbers come in Persian, Arabic or Latin digits. `fold` gives spellings of one answer one form, for
comparing only: no text that a person sees is ever folded.

References
----------
Unicode Standard Annex 15 (normalization forms); Unicode Technical Standard 39 (confusable characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_DIGITS = {ord(digit): str(i % 10) for i, digit in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}
_LETTERS = dict(zip(map(ord, "يىكةەہھ"), "ییکهههه", strict=True))
_MARKS = "\u064b-\u065f\u0670"  # tanwin, short vowels, shadda, hamza and madda above a letter
_INVISIBLE = "\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # tatweel, joiners, marks of direction
_DROPPED = re.compile(f"[{_MARKS}{_INVISIBLE}\\s]")
_STOPS = ".…。۔!؟?،,؛;"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_SIGNS = {ord("٫"): ".", ord("٬"): None, ord("−"): "-", ord("٪"): "%", **_DIGITS}


def fold(text: str) -> str:
    """Give the form in which two spellings of one answer are equal.

    Letters and digits of one shape, no marks, no white space, lower case, no stop at the end.

    >>> fold("كاملاً موافقم.") == fold("کاملا‌موافقم")
    True
    >>> fold(" N/A ")
    'n/a'
    """
    before = None
    while text != before:  # case folding can make letters that decompose again
        before = text
        plain = unicodedata.normalize("NFKD", text).translate(_DIGITS).translate(_LETTERS)
        text = unicodedata.normalize("NFKC", _DROPPED.sub("", plain).casefold().rstrip(_STOPS))
    return text


def read_number(text: str) -> float | None:
    """Give the number that a text is, or None: any script's digits, ٫ as decimal point, one percent sign, a final stop.

    A comma is never guessed to be a decimal or a thousands mark.

    >>> read_number("۳٫۵"), read_number("80%"), read_number("7."), read_number("3,5"), read_number("five")
    (3.5, 80.0, 7.0, None, None)
    """
    plain = _drop_invisible(text).translate(_SIGNS).strip()
    plain = plain.removesuffix("%").strip()
    return float(plain) if _NUMBER.fullmatch(plain) else None


def nearest_text(text: str, known: Iterable[str]) -> str | None:
    """Give the known text that is spelled most alike, or None.

    >>> nearest_text("Agre", ["Disagree strongly", "Agree"])
    'Agree'
    """
    by_form = {fold(name): name for name in known}
    found = get_close_matches(fold(text), list(by_form), n=1)
    return by_form[found[0]] if found else None


def _drop_invisible(text: str) -> str:
    return re.sub(f"[{_INVISIBLE}]", "", text)
