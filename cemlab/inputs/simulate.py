"""A simulated study whose truth is known, written as a study folder.

Three retailers, their branches, employees, customers and sales. What is drawn, and why its truth is exact on the
scale that is observed, stands in `demo_draw` (people) and `demo_sales` (customers and orders); how it is written,
in `demo_text`. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cemlab.errors import DataError
from cemlab.inputs.demo_draw import DrawnPeople, draw_people
from cemlab.inputs.demo_sales import add_customers, draw_sales
from cemlab.inputs.demo_settings import organization_words
from cemlab.inputs.demo_text import (
    CODEBOOK_COLUMNS,
    SLIPS,
    STAFF_SLIPS,
    answers_as_text,
    codebook_rows,
    csv_text,
    study_text,
    yaml_text,
)
from cemlab.inputs.demo_truth import true_values

AGES = ("18-29", "30-44", "45-59", "60+")
HEADERS = {
    "respondent": "id",
    "customer": "card_no",
    "organization": "company",
    "unit": "branch",
    "date": "answered_on",
}


def simulate_study(
    folder: str | Path,
    *,
    seed: int = 20240611,
    n_organizations: int = 3,
    n_units: int = 24,
    n_respondents: int = 1800,
    n_employees_per_unit: int = 8,
    n_customers: int = 2700,
    null_links: bool = True,
) -> dict[str, Any]:
    """Write a simulated study into `folder` and give its truth (slopes in scale points per scale point).

    Parameters
    ----------
    folder : str or Path
        Made where it is missing; files of the study that stand there are written anew.
    seed : int
        The same arguments give the same bytes.
    n_organizations, n_units : int
        Organizations, and branches of each.
    n_respondents, n_customers : int
        Questionnaires and buyers of all organizations together; not every buyer answers.
    n_employees_per_unit : int
        Answering employees per branch on average (3 less to 3 more in each), at least 5.
    null_links : bool
        Whether the study also states hypotheses whose true slope is zero.

    Returns
    -------
    dict
        What truth.yml holds: links, gaps and NPS per organization, what predicts the next period, the planted slips.

    Raises
    ------
    DataError
        Where a number asked for is too small to simulate with.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     truth = simulate_study(folder, n_units=4, n_respondents=120, n_customers=200)
    >>> truth["links"][0]["unit"]
    0.55
    """
    _check_sizes(n_organizations, n_units, n_respondents, n_employees_per_unit, n_customers)
    people = draw_people(
        seed,
        n_organizations=n_organizations,
        n_units=n_units,
        n_respondents=n_respondents,
        n_employees_per_unit=n_employees_per_unit,
    )
    survey = add_customers(people.survey, seed, n_customers=n_customers)
    sales = draw_sales(survey, people.units, seed, n_customers=n_customers)
    files, slips = _survey_files(survey, people, seed)
    truth = {"seed": seed} | true_values(people, null_links=null_links) | {"slips": slips}
    files["study.yml"] = study_text(seed=seed, n_organizations=n_organizations, null_links=null_links)
    files["codebook.csv"] = csv_text(CODEBOOK_COLUMNS, [list(row.values()) for row in codebook_rows()])
    files["units.csv"] = _units_text(people.units)
    files["truth.yml"] = "# What the simulation was told; estimates should come close to it.\n" + yaml_text(truth)
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / name).write_bytes(text.encode("utf-8"))
    (path / "transactions.csv.gz").write_bytes(_zipped(_sales_text(sales)))
    return truth


def _check_sizes(
    n_organizations: int, n_units: int, n_respondents: int, n_employees_per_unit: int, n_customers: int
) -> None:
    least = {
        "n_organizations": (n_organizations, 1),
        "n_units": (n_units, 2),
        "n_employees_per_unit": (n_employees_per_unit, 5),
        "n_respondents": (n_respondents, 10 * n_organizations),
        "n_customers": (n_customers, 10 * n_organizations),
    }
    for name, (found, expected) in least.items():
        if found < expected:
            raise DataError(f"{name}: found {found}, expected at least {expected}. Ask for more.")


def _survey_files(survey: pd.DataFrame, people: DrawnPeople, seed: int) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """survey.csv and employees.csv as text, and the slips planted in them."""
    rng = np.random.default_rng([seed, 4])
    rows = codebook_rows()
    front = ["respondent", "customer", "organization", "unit", "wave", "date"]
    items = [c for c in survey.columns if c not in front]
    frame = survey[front + items].assign(date=survey["date"].dt.strftime("%Y-%m-%d"))
    frame["age_group"] = np.array(AGES)[rng.integers(0, len(AGES), len(frame))]
    files, slips = {}, []
    for name, table, planted in (("survey.csv", frame, SLIPS), ("employees.csv", people.employees, STAFF_SLIPS)):
        text, found = answers_as_text(table, rows, planted, rng)
        files[name] = csv_text([HEADERS.get(c, c) for c in text.columns], text.to_numpy().tolist())
        slips += [{"file": name} | slip for slip in found]
    return files, slips


def _units_text(units: pd.DataFrame) -> str:
    places: dict[str, list[list[str]]] = {}
    for k, name in enumerate(units["organization"].unique()):
        places[name] = organization_words(k)["places"]
    rows, seen = [], dict.fromkeys(places, 0)
    for name, unit, profit, staff in units[["organization", "unit", "profit", "headcount"]].itertuples(index=False):
        number, named = seen[name], places[name]
        seen[name] += 1
        english, persian = named[number % len(named)]
        again = f" {number // len(named) + 1}" if number >= len(named) else ""
        rows.append([name, unit, english + again, persian + again, f"{profit:.6f}", int(staff)])
    return csv_text(["company", "branch", "title_en", "title_fa", "profit_index", "staff"], rows)


def _sales_text(sales: pd.DataFrame) -> str:
    columns = ["company", "branch", "invoice", "date", "product", "quantity", "unit_price", "card_no", "channel"]
    frame = sales.assign(date=sales["date"].dt.strftime("%Y-%m-%d"), price=sales["price"].map("{:.2f}".format))
    return csv_text(columns, frame.to_numpy().tolist())


def _zipped(text: str) -> bytes:
    """Text compressed without a time stamp, so that the same text gives the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as file:
        file.write(text.encode("utf-8"))
    return buffer.getvalue()


def draw_frames(
    seed: int | Sequence[int], *, n_organizations: int = 1, n_units: int = 24, n_respondents: int = 600
) -> tuple[DrawnPeople, dict[str, Any]]:
    """Give the people of one simulated study as numeric frames, with the truth, without any file."""
    people = draw_people(seed, n_organizations=n_organizations, n_units=n_units, n_respondents=n_respondents)
    return people, true_values(people)
