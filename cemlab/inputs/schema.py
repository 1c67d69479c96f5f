"""What study.yml may say, as frozen pydantic models: data only, every key known, every default written here."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from cemlab.inputs.entries import Entry, Name, Names, Text, gregorian_day, one_or_many, organization_entry
from cemlab.inputs.entries import text_in as text_in

Language = Literal["en", "fa"]
Calendar = Literal["gregorian", "jalali"]
SurveyRole = Literal["respondent", "customer", "organization", "unit", "wave", "date", "weight"]
ContactRole = Literal[SurveyRole, "channel", "kind", "cost"]
UnitRole = Literal["organization", "unit", "wave"]
JourneyRole = Literal["organization", "stage", "stage_order", "channel", "owner", "action", "intended"]
SaleRole = Literal["customer", "order", "date", "amount", "quantity", "price", "product"]
TransactionRole = Literal[SaleRole, "channel", "organization", "unit"]
Outcome = Literal["revenue", "repurchase"]


class OrganizationEntry(Entry):
    """An organization: `id` is its value in the data files."""

    id: Name
    title: Text | None = None


class Exclusion(Entry):
    """Rows to leave out: those whose `column` holds one of `values`."""

    column: Name
    values: Annotated[tuple[str, ...], BeforeValidator(one_or_many)]


class DataFile(Entry):
    """A data file and how to read it as text."""

    file: Name
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None


class Table(DataFile):
    """A data file that may begin below its first row and may hold rows to leave out."""

    header_row: int = Field(default=1, ge=1)
    first_row: int | None = Field(default=None, ge=2)
    exclude: tuple[Exclusion, ...] = ()
    missing_codes: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()

    @model_validator(mode="after")
    def _rows_in_order(self) -> Table:
        if self.first_row is not None and self.first_row <= self.header_row:
            raise ValueError("expected a first_row below header_row")
        return self


class PeopleTable(Table):
    """A file about people: some headers may be renamed to items, dates have a calendar."""

    rename: dict[str, Name] = Field(default_factory=dict)
    calendar: Calendar = "gregorian"


class SurveySource(PeopleTable):
    """Answers of customers or employees: which header of the file plays which role."""

    columns: dict[SurveyRole, Name] = Field(default_factory=dict)
    constants: dict[SurveyRole, str] = Field(default_factory=dict)


class ContactSource(PeopleTable):
    """Contacts between customers and the organization."""

    columns: dict[ContactRole, Name] = Field(default_factory=dict)
    constants: dict[ContactRole, str] = Field(default_factory=dict)


class Measure(Entry):
    """A number known per unit (and wave): the header that holds it and its display name."""

    column: Name
    title: Text | None = None


class UnitSource(Table):
    """What is known of each unit."""

    columns: dict[UnitRole, Name] = Field(default_factory=dict)
    constants: dict[UnitRole, str] = Field(default_factory=dict)
    titles: dict[Language, Name] = Field(default_factory=dict)
    measures: dict[str, Measure] = Field(default_factory=dict)


class Cancelled(Entry):
    """How a cancelled transaction line is known: its `column` starts with a text or holds one of `values`."""

    column: Name
    starts_with: str | None = None
    values: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()

    @model_validator(mode="after")
    def _one_rule(self) -> Cancelled:
        if bool(self.starts_with) == bool(self.values):
            raise ValueError("expected either starts_with or values")
        return self


class TransactionSource(DataFile):
    """Transaction lines: `amount`, or `quantity` and `price`."""

    columns: dict[TransactionRole, Name]
    constants: dict[Literal["organization", "unit", "channel"], str] = Field(default_factory=dict)
    cancelled: Cancelled | None = None
    calendar: Calendar = "gregorian"

    @model_validator(mode="after")
    def _enough_columns(self) -> TransactionSource:
        named = set(self.columns)
        lacking = [role for role in ("customer", "date") if role not in named]
        if "amount" not in named and not {"quantity", "price"} <= named:
            lacking.append("amount (or quantity and price)")
        if lacking:
            raise ValueError(f"expected columns to name {', '.join(lacking)}")
        return self


class JourneySource(Table):
    """The journey sheet: a row per stage × channel; `columns` says which header holds what, by default its name."""

    columns: dict[JourneyRole, Name] = Field(default_factory=dict)


def journey_entry(value: Any) -> Any:
    """Read a bare file name as {file: …}."""
    return {"file": value} if isinstance(value, str) else value


class Construct(Entry):
    """A construct's display name; `of` makes it a composite, the mean of the constructs named."""

    of: Names = ()
    title: Text | None = None


class Link(Entry):
    """A hypothesis: an arrow from one construct or measure to another, with the sign expected."""

    id: Name
    source: Name
    target: Name
    sign: Literal["+", "-"] = "+"
    title: Text | None = None


class Chain(Entry):
    """The service-profit chain as the study states it."""

    links: tuple[Link, ...] = ()


class NpsEntry(Entry):
    """Which item is the recommendation question."""

    item: Name


class CsatEntry(NpsEntry):
    """Which item is the satisfaction question; the `top` highest codes count as satisfied."""

    top: int = Field(default=2, ge=1)


class CesEntry(NpsEntry):
    """Which item is the effort question; version 1 (low = good) or 2 (agreement that it was easy)."""

    version: int = Field(default=2, ge=1, le=2)


class Kpis(Entry):
    """The questionnaire's own key performance indicators."""

    nps: NpsEntry | None = None
    csat: CsatEntry | None = None
    ces: CesEntry | None = None


class Comparison(Entry):
    """CRM against CEM: predictors up to `cutoff`, outcomes in the `horizon_days` after it."""

    cutoff: Annotated[datetime.date, BeforeValidator(gregorian_day)]
    horizon_days: int = Field(default=180, ge=1)
    crm: Names = ("n_orders", "revenue", "average_order_value", "days_since_last")
    cem: Names = ()
    outcomes: Annotated[tuple[Outcome, ...], BeforeValidator(one_or_many)] = ("revenue", "repurchase")


class Privacy(Entry):
    """What becomes of respondents' and customers' identifiers, and the smallest group that is shown."""

    identifiers: Literal["hash", "keep", "drop"] = "hash"
    key_file: Name = ".cemlab-key"
    min_group_size: int = Field(default=10, ge=1)


class Brand(Entry):
    """How reports look."""

    color: str = Field(default="#0B6E6E", pattern=r"^#[0-9A-Fa-f]{6}$")


class ReportEntry(Entry):
    """What `cemlab report` makes when nothing else is asked for."""

    languages: Annotated[tuple[Language, ...], BeforeValidator(one_or_many)] = ("en",)
    formats: Annotated[tuple[Literal["html"], ...], BeforeValidator(one_or_many)] = ("html",)
    brand: Brand = Brand()


Sources = Annotated[tuple[SurveySource, ...], BeforeValidator(one_or_many)]


class StudyConfig(Entry):
    """The whole of study.yml."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    title: Text | None = None
    language: Language = "en"
    currency: str = "EUR"
    on_invalid: Literal["stop", "missing"] = "stop"
    codebook: Name = "codebook.csv"
    seed: int = Field(default=1, ge=0)
    privacy: Privacy = Privacy()
    organizations: tuple[Annotated[OrganizationEntry, BeforeValidator(organization_entry)], ...] = ()
    survey: Sources = ()
    employees: Sources = ()
    interactions: Annotated[tuple[ContactSource, ...], BeforeValidator(one_or_many)] = ()
    units: UnitSource | None = None
    transactions: TransactionSource | None = None
    journey: Annotated[JourneySource, BeforeValidator(journey_entry)] | None = None
    constructs: dict[str, Construct] = Field(default_factory=dict)
    label_sets: dict[str, dict[float, Names]] = Field(default_factory=dict)
    chain: Chain = Chain()
    kpis: Kpis = Kpis()
    comparison: Comparison | None = None
    report: ReportEntry = ReportEntry()
