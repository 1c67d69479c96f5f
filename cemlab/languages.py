"""Words, digits and direction of the languages a report speaks.

Sentences are written in English in the code and looked up in `locales/<language>/*.po` (gettext catalogs, one per
layer, read by Babel).
Numbers and dates are formatted by Babel. Nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fa")
RIGHT_TO_LEFT = frozenset({"fa"})
OWN_DIGITS = {"fa": str.maketrans("0123456789%", "۰۱۲۳۴۵۶۷۸۹٪")}
FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE = "\u2068", "\u2066", "\u2069"


@dataclass(frozen=True)
class Words:
    """How one language writes: call it with an English text to get that text in the language.

    >>> ENGLISH("Gap")
    'Gap'
    >>> ENGLISH("{n} answers", n=ENGLISH.number(1234))
    '1,234 answers'
    """

    language: str = "en"

    def __call__(self, text: str, /, **values: object) -> str:
        """Translate `text`, then put `values` into its {places}."""
        translated = _catalog(self.language).get(text, text)
        return translated.format(**values) if values else translated

    @property
    def direction(self) -> str:
        """'rtl' or 'ltr'."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def number(self, value: float, digits: int = 0, *, sign: bool = False) -> str:
        """A number with the language's digits and separators; '–' where there is none.

        The result is isolated in right-to-left text, so that a minus or a range stays where it belongs.
        """
        from babel.numbers import format_decimal

        if value != value:  # NaN
            return "–"
        decimals = "." + "0" * digits if digits else ""
        pattern = f"#,##0{decimals}"
        if round(value, digits) == 0:  # "−0.00" would claim a direction that the shown digits do not have
            value = 0.0
        elif sign:
            pattern = f"+{pattern};-{pattern}"
        text = format_decimal(value, format=pattern, locale=self.language, numbering_system="default")
        return self.isolate(self._own_digits(text))

    def percent(self, share: float, digits: int = 0) -> str:
        """A share (0 to 1) as a percentage in the language's digits."""
        from babel.numbers import format_percent

        if share != share:
            return "–"
        decimals = "." + "0" * digits if digits else ""
        text = format_percent(share, format=f"#,##0{decimals}%", locale=self.language, numbering_system="default")
        return self.isolate(self._own_digits(text))

    def _own_digits(self, text: str) -> str:
        """Finish what Babel formats: it sets a language's separators but leaves the digits Latin."""
        text = text.replace("\u200e", "").replace("-", "\u2212")  # the isolate keeps the order, no mark is needed
        return text.translate(OWN_DIGITS.get(self.language, {}))

    def isolate(self, text: str) -> str:
        """Keep a number, date, range or name in its own direction inside right-to-left text."""
        if self.language not in RIGHT_TO_LEFT:
            return text
        return f"{LEFT_TO_RIGHT_ISOLATE}{text}{POP_ISOLATE}"


@cache
def _catalog(language: str) -> dict[str, str]:
    """English text -> text of the language; empty for English."""
    if language == "en":
        return {}
    from babel.messages.pofile import read_po

    folder = files("cemlab") / "locales" / language
    translated: dict[str, str] = {}
    for part in sorted((p for p in folder.iterdir() if p.name.endswith(".po")), key=lambda p: p.name):
        with part.open("rb") as file:
            catalog = read_po(file, locale=language)
        translated |= {str(m.id): str(m.string) for m in catalog if m.id and m.string}
    return translated


ENGLISH = Words("en")
