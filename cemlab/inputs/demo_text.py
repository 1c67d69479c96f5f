"""The simulated study as the texts of its files: how people write, their slips, the codebook, study.yml."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemlab.inputs.demo_sales import CUTOFF, HORIZON_DAYS
from cemlab.inputs.demo_settings import EXPECTED, demo_words, organization_words
from cemlab.inputs.demo_truth import links

PERSIAN_DIGITS = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")
ENGLISH, PERSIAN, DIGITS = range(3)  # how the first, second and third organization's answers were recorded
MISSING_CODE = "99"  # recorded by the third organization where a single question was left out
# what is written, how the organization writes, what kind of item it stands at
SLIPS = (
    ("55", ENGLISH, "rating"),
    ("fuor", ENGLISH, "rating"),
    ("0", ENGLISH, "rating"),
    ("Stongly agree", ENGLISH, "agreement"),
    ("۹", PERSIAN, "rating"),
    ("۶۶", PERSIAN, "rating"),
    ("موافغم", PERSIAN, "agreement"),
    ("9", DIGITS, "rating"),
    ("8", DIGITS, "agreement"),
    ("five", DIGITS, "rating"),
)
STAFF_SLIPS = (("Agre", ENGLISH, "agreement"), ("44", DIGITS, "agreement"))
CODEBOOK_COLUMNS = [
    "item",
    "column",
    "asked_of",
    "attribute",
    "role",
    "construct",
    "scale_min",
    "scale_max",
    "reverse",
    "missing_codes",
    "labels",
    "stage",
    "channel",
    "text_en",
    "text_fa",
]


def codebook_rows() -> list[dict[str, str]]:
    """One row per question, all values as text."""
    words = demo_words()
    rows = [*_gap_rows(words), *_construct_rows(words)]
    for item, entry in words["kpi_items"].items():
        low, high = entry["scale"]
        rows.append(_row(item, entry["role"], low, high, entry, missing_codes=MISSING_CODE))
    for d, part in words["dimensions"].items():
        what = {lang: words["frames"]["points"][lang].format(what=part["title"][lang]) for lang in ("en", "fa")}
        rows.append(_row(f"points_{d}", "points", 0, 100, what, construct=d))
    age = {"en": "How old are you?", "fa": "چند سال دارید؟"}
    return [*rows, _row("age_group", "profile", "", "", age)]


def _gap_rows(words: dict[str, Any]) -> Iterable[dict[str, str]]:
    for role, mark in (("expectation", "e"), ("perception", "p")):
        for d, part in words["dimensions"].items():
            for attribute, what in part["attributes"].items():
                text = {lang: words["frames"][role][lang].format(what=what[lang]) for lang in ("en", "fa")}
                if role == "perception":  # the plain wording is also the attribute's display name
                    text = {lang: what[lang][0].upper() + what[lang][1:] for lang in ("en", "fa")}
                yield _row(f"{mark}_{attribute}", role, 1, 7, text, attribute=attribute, construct=d)


def _construct_rows(words: dict[str, Any]) -> Iterable[dict[str, str]]:
    for construct, entry in words["constructs"].items():
        high = len(words["label_sets"][entry["labels"]])
        for item, what in entry["items"].items():
            more = {"labels": entry["labels"], "construct": construct}
            if entry["asked_of"] == "employees":
                more["asked_of"] = "employees"
            if what.get("reverse"):
                more["reverse"] = "yes"
            yield _row(item, entry["role"], 1, high, what, **more)


def _row(item: str, role: str, low: Any, high: Any, text: dict[str, str], **more: str) -> dict[str, str]:
    row = dict.fromkeys(CODEBOOK_COLUMNS, "") | {"item": item, "role": role, "asked_of": "customers"}
    return row | {"scale_min": str(low), "scale_max": str(high), "text_en": text["en"], "text_fa": text["fa"]} | more


def answers_as_text(
    frame: pd.DataFrame, rows: Sequence[dict[str, str]], slips: Sequence[tuple[str, int, str]], rng: np.random.Generator
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Give the answers as each organization's people wrote them, and the planted slips with their rows (header = 1).

    A slip is written where an answer is missing, so that it takes no answer away.
    """
    names = list(frame["organization"].unique())
    style = frame["organization"].map({name: k % 3 for k, name in enumerate(names)}).to_numpy()
    text = frame.astype(object).where(frame.notna(), "")
    for row in rows:
        if row["item"] in frame and row["role"] != "profile":
            text[row["item"]] = _written(frame[row["item"]].to_numpy(dtype=float), row, style, rng)
    return text, _plant(text, frame, rows, style, slips, rng)


def _written(values: np.ndarray, row: dict[str, str], style: np.ndarray, rng: np.random.Generator) -> list[str]:
    low, high = float(row["scale_min"]), float(row["scale_max"])
    as_asked = low + high - values if row["reverse"] == "yes" else values
    labels = demo_words()["label_sets"].get(row["labels"], {})
    careless = rng.random(len(values))
    return [
        _cell(value, how, labels, chance, row) for value, how, chance in zip(as_asked, style, careless, strict=True)
    ]


def _cell(value: float, how: int, labels: dict[int, list[str]], chance: float, row: dict[str, str]) -> str:
    if np.isnan(value):
        return MISSING_CODE if how == DIGITS and row["missing_codes"] else ""
    if labels and how == ENGLISH:
        return labels[int(value)][0]
    if labels and how == PERSIAN:
        return _careless(labels[int(value)][1], chance)
    digits = f"{value:g}"
    return digits.translate(PERSIAN_DIGITS) if how == PERSIAN else digits


def _careless(label: str, chance: float) -> str:
    """A Persian label as people type it: some without tanwin, some with a space for the zero-width non-joiner."""
    if chance < 0.3:
        label = label.replace("\u064b", "")
    if 0.15 < chance < 0.45:
        label = label.replace("\u200c", " ")
    return label


def _plant(
    text: pd.DataFrame,
    frame: pd.DataFrame,
    rows: Sequence[dict[str, str]],
    style: np.ndarray,
    slips: Sequence[tuple[str, int, str]],
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    kinds = {"rating": ("expectation", "perception"), "agreement": ("agreement",)}
    planted: list[dict[str, Any]] = []
    for written, how, kind in slips:
        items = [r["item"] for r in rows if r["role"] in kinds[kind] and r["item"] in frame]
        free = frame[items].isna().to_numpy() & (text[items] == "").to_numpy() & (style == how)[:, None]
        places = np.argwhere(free)
        if len(places):
            at, item = places[rng.integers(0, len(places))]
            text.loc[text.index[at], items[item]] = written
            planted.append({"row": int(at) + 2, "column": items[item], "value": written})
    return planted


def study_text(*, seed: int, n_organizations: int, null_links: bool) -> str:
    """study.yml with comments that a newcomer can learn from."""
    words = demo_words()
    organizations = [organization_words(k) for k in range(n_organizations)]
    entries = [f"  - {{id: {o['id']}, title: {_titles(o['title'])}}}" for o in organizations]
    constructs = [
        *[f"  {d}: {{title: {_titles(part['title'])}}}" for d, part in words["dimensions"].items()],
        *[f"  {c}: {{title: {_titles(part['title'])}}}" for c, part in words["constructs"].items()],
        f"  service_quality: {{of: [{', '.join(EXPECTED)}], title: {_titles(words['composite']['service_quality'])}}}",
    ]
    labels = [
        f"  {name}:\n"
        + "\n".join(f"    {code}: {json.dumps(texts, ensure_ascii=False)}" for code, texts in codes.items())
        for name, codes in words["label_sets"].items()
    ]
    arrows = [
        f'    - {{id: H{i + 1}, source: {source}, target: {target}, sign: "{sign}"}}'
        for i, (source, target, sign, _) in enumerate(links(null_links=null_links))
    ]
    profit, headcount = (_titles(words["measures"][name]) for name in ("profit", "headcount"))
    return _STUDY.format(
        seed=seed,
        organizations="\n".join(entries),
        constructs="\n".join(constructs),
        labels="\n".join(labels),
        arrows="\n".join(arrows),
        profit=profit,
        headcount=headcount,
        cutoff=CUTOFF.isoformat(),
        horizon=HORIZON_DAYS,
    )


def _titles(title: dict[str, str]) -> str:
    return f"{{en: {json.dumps(title['en'])}, fa: {json.dumps(title['fa'], ensure_ascii=False)}}}"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as comma-separated text, a line feed at the end of each line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def yaml_text(value: Any, depth: int = 0) -> str:
    """Nested mappings, lists and plain values as YAML; numbers with at most six decimals."""
    pad = "  " * depth
    if isinstance(value, dict):
        lines = [
            f"{pad}{json.dumps(key, ensure_ascii=False) if ' ' in str(key) else key}:"
            + (f"\n{yaml_text(v, depth + 1)}" if isinstance(v, dict | list) else f" {_scalar(v)}\n")
            for key, v in value.items()
        ]
        return "".join(lines)
    return "".join(f"{pad}- {{{', '.join(f'{k}: {_scalar(v)}' for k, v in entry.items())}}}\n" for entry in value)


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        return repr(round(value, 6) + 0.0)
    return json.dumps(value, ensure_ascii=False)


_STUDY = """\
# A study is a folder: this file says what the files beside it hold. Everything here is simulated: there are no such
# shops and no such people. What is true of them stands in truth.yml, so that every estimate can be checked.
id: demo
title: {{en: Three retailers (simulated), fa: سه فروشگاه زنجیره‌ای (شبیه‌سازی‌شده)}}
language: en          # of reports, unless another is asked for
currency: EUR
seed: {seed}        # of everything drawn at random in an analysis (bootstrap, folds)

# An answer outside its scale, or a word in a number column, either stops every analysis (stop, the default) or counts
# as missing, with a count in each report (missing). `cemlab check` lists these answers with file, row and column.
on_invalid: missing

# The people are simulated, so their codes may stay as they are. For real people leave this out: codes are then hashed
# with a secret key, and no group smaller than min_group_size is shown.
privacy: {{identifiers: keep, min_group_size: 10}}

# One report is about one organization. `id` is its value in the files.
organizations:
{organizations}

# Which header of a file plays which role. The questions themselves are in codebook.csv, one row each.
survey:
  file: survey.csv
  columns: {{respondent: id, customer: card_no, organization: company, unit: branch, wave: wave, date: answered_on}}
employees:
  file: employees.csv
  columns: {{respondent: id, organization: company, unit: branch}}
units:                # what is known of each branch
  file: units.csv
  columns: {{organization: company, unit: branch}}
  titles: {{en: title_en, fa: title_fa}}
  measures:
    profit: {{column: profit_index, title: {profit}}}
    headcount: {{column: staff, title: {headcount}}}
transactions:         # one row per product of an order; a returned order is repeated with a C before its number
  file: transactions.csv.gz
  columns: {{customer: card_no, order: invoice, date: date, quantity: quantity, price: unit_price, product: product,
    channel: channel, organization: company, unit: branch}}
  cancelled: {{column: invoice, starts_with: C}}

# Display names. A construct with `of` is the mean of other constructs.
constructs:
{constructs}

# Answers written in words: each code with all the ways in which it is written.
label_sets:
{labels}

# The service-profit chain: each arrow is a hypothesis. Some are wrong: truth.yml tells which.
chain:
  links:
{arrows}

kpis:
  nps: {{item: recommend}}
  csat: {{item: overall, top: 2}}      # satisfied = the two highest codes
  ces: {{item: effort, version: 2}}    # agreement that it was easy

# What the organization records (crm) against what the customer says (cem): both up to the cutoff, the outcome after it.
comparison:
  cutoff: {cutoff}
  horizon_days: {horizon}
  crm: [n_orders, revenue, days_since_last]
  cem: [customer_loyalty, service_quality, nps, csat, ces]
  outcomes: [revenue, repurchase]

report:
  languages: [en, fa]
  formats: [html]
  brand: {{color: "#0B6E6E"}}
"""
