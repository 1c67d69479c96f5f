"""The kinds of values that stand in study.yml: names, texts in several languages, lists that may be single, dates."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

_DIGITS = {ord(digit): str(i % 10) for i, digit in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}
JALALI_YEARS = range(1200, 1600)  # a cutoff in these years is a Jalali date


def latin_digits(text: str) -> str:
    """Write Persian and Arabic digits as 0–9.

    >>> latin_digits("۰۹۱۲")
    '0912'
    """
    return text.translate(_DIGITS)


def read_text(value: Any) -> Any:
    """Accept a text, or a non-empty mapping language -> text."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, Mapping) and value and all(isinstance(v, str) and v.strip() for v in value.values()):
        return dict(value)
    raise ValueError("expected a text, or one text per language such as {en: Branch, fa: شعبه}")


def one_or_many(value: Any) -> Any:
    """Put a single entry into a list."""
    return [value] if isinstance(value, Mapping | str | BaseModel) else value


def organization_entry(value: Any) -> Any:
    """Read a bare organization id as {id: …}."""
    return {"id": value} if isinstance(value, str) else value


def gregorian_day(value: Any) -> Any:
    """Turn a Jalali date (years 1200 to 1599) into the Gregorian date of the same day."""
    if not isinstance(value, str):
        return value
    text = latin_digits(value.strip()).replace("/", "-")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        if year in JALALI_YEARS:
            from persiantools.jdatetime import JalaliDate

            return JalaliDate(year, month, day).to_gregorian()
        return datetime.date(year, month, day)
    except ValueError:
        raise ValueError("expected a date such as 2025-06-30 (or, Jalali, 1404-04-09)") from None


def _not_empty(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError("expected a text that is not empty")
    return value


Name = Annotated[str, AfterValidator(_not_empty)]
Text = Annotated[str | dict[str, str], BeforeValidator(read_text)]
Names = Annotated[tuple[Name, ...], BeforeValidator(one_or_many)]


class Entry(BaseModel):
    """A mapping of study.yml: its keys are closed; a key without a value counts as not written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {k: v for k, v in values.items() if v is not None or k not in cls.model_fields}


def text_in(text: str | Mapping[str, str] | None, language: str, otherwise: str = "") -> str:
    """Give a Text in `language`, else in the first language it has, else `otherwise`.

    >>> text_in({"en": "Branch", "fa": "شعبه"}, "fa")
    'شعبه'
    >>> text_in("Branch", "fa")
    'Branch'
    """
    if not text:
        return otherwise
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()))
