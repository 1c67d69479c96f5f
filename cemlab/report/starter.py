"""What `cemlab new` and `cemlab lab` put into a folder: a small simulated study, the tutorial notebooks."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from cemlab.errors import ReportError
from cemlab.inputs.privacy import write_key
from cemlab.report.folders import write_whole
from cemlab.report.notebooks import notebooks_folder

SEED = 7
N_CUSTOMERS = 120
BRANCHES = ("north", "centre", "south", "east")
DIMENSIONS = {"reliability": ("promise", "accuracy", "in_time"), "courtesy": ("polite", "listens", "explains")}
TEXTS = {
    "promise": ("The promised time is kept", "زمان وعده‌داده‌شده رعایت می‌شود"),
    "accuracy": ("The bill is right", "صورت‌حساب درست است"),
    "in_time": ("Orders arrive on the agreed day", "سفارش در روز مقرر می‌رسد"),
    "polite": ("Staff are polite", "کارکنان مؤدب هستند"),
    "listens": ("Staff listen", "کارکنان گوش می‌دهند"),
    "explains": ("Staff explain clearly", "کارکنان روشن توضیح می‌دهند"),
}
FIGURES = {
    "overall": ("satisfaction", 1, 7, "All in all, I am satisfied", "در مجموع راضی هستم"),
    "recommend": ("recommend", 0, 10, "I would recommend the shop", "این فروشگاه را توصیه می‌کنم"),
}

_STUDY_LINE = re.compile(r'"(study(?:_folder)?) = \\"[^"\\]*\\"')  # in a notebook's JSON

STUDY = """\
# A study is a folder: this file says what the files beside it hold. The data are simulated; put yours in their place.
# این پرونده می‌گوید هر یک از پرونده‌های کنار آن چیست. پاسخ‌ها شبیه‌سازی شده‌اند؛ داده‌های خود را جایگزین کنید.
id: my-study
title: {en: My first study (simulated), fa: نخستین مطالعه‌ی من (شبیه‌سازی‌شده)}
language: en            # the language of reports, unless another is asked for
currency: EUR
seed: 1                 # of everything drawn at random in an analysis

# An answer outside its scale stops every analysis (stop), or counts as missing with a count in the report (missing).
on_invalid: stop

# Codes of people are hashed with a secret key (file .cemlab-key, never to be shared); small groups are not shown.
# شناسه‌ی افراد با کلیدی محرمانه درهم می‌شود و گروه‌های کوچک نشان داده نمی‌شوند.
privacy: {identifiers: hash, min_group_size: 10}

# Which header of a file plays which role. Add `organization: <header>` for one report per organization.
# The questions themselves are in codebook.csv, one row each.
survey:
  file: survey.csv
  columns: {respondent: id, customer: customer, unit: branch}
transactions:
  file: transactions.csv
  columns: {customer: customer, order: order, date: date, amount: amount}

# Display names of what several questions measure together.
constructs:
  reliability: {title: {en: Reliability, fa: قابلیت اطمینان}}
  courtesy: {title: {en: Courtesy, fa: ادب و توجه}}

kpis:                   # which question is the recommendation, which the satisfaction
  nps: {item: recommend}
  csat: {item: overall, top: 2}

report: {languages: [en, fa]}
"""


def write_starter(folder: str | Path) -> Path:
    """Write a small, commented study that passes `cemlab check`; give its folder.

    Parameters
    ----------
    folder : str or Path
        A new or empty folder.

    Raises
    ------
    ReportError
        If the folder holds anything or cannot be made.
    """
    folder = Path(folder)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ReportError(f"{folder}: found something there, expected a new or empty folder. Choose another name.")
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(SEED)
        _write_rows(folder / "codebook.csv", _codebook())
        _write_rows(folder / "survey.csv", _survey(rng))
        _write_rows(folder / "transactions.csv", _transactions(rng))
        write_key(folder / ".cemlab-key")
        write_whole(folder / "study.yml", STUDY)
    except OSError as error:
        raise ReportError(f"{folder}: cannot be written ({error.strerror}). Choose another place.") from error
    return folder


def _write_rows(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _codebook() -> list[list[object]]:
    head = ["item", "attribute", "role", "construct", "scale_min", "scale_max", "text_en", "text_fa"]
    rows: list[list[object]] = [list(head)]
    for role, letter in (("expectation", "e"), ("perception", "p")):
        for dimension, attributes in DIMENSIONS.items():
            rows += [[f"{letter}_{a}", a, role, dimension, 1, 7, *TEXTS[a]] for a in attributes]
    rows += [[item, "", role, "", low, high, en, fa] for item, (role, low, high, en, fa) in FIGURES.items()]
    return rows


def _survey(rng: np.random.Generator) -> list[list[object]]:
    """Answers from a known truth: perceptions fall short of expectations, of reliability more than of courtesy."""
    attributes = [(a, 1.2 if d == "reliability" else 0.5) for d, names in DIMENSIONS.items() for a in names]
    names = [a for a, _ in attributes]
    head = ["id", "customer", "branch", *(f"e_{a}" for a in names), *(f"p_{a}" for a in names), *FIGURES]
    rows: list[list[object]] = [list(head)]
    for number in range(1, N_CUSTOMERS + 1):
        liking = rng.normal(0, 0.8)
        hoped = [_answer(rng.normal(6.0, 0.7), 1, 7) for _ in attributes]
        seen = [_answer(rng.normal(6.0 - short + liking, 0.8), 1, 7) for _, short in attributes]
        overall = _answer(rng.normal(np.mean(seen), 0.6), 1, 7)
        recommend = _answer(rng.normal(1.5 * overall - 0.5, 1.2), 0, 10)
        branch = BRANCHES[number % len(BRANCHES)]
        rows.append([number, f"C{number:04d}", branch, *hoped, *seen, overall, recommend])
    return rows


def _answer(value: float, low: int, high: int) -> int:
    return int(np.clip(round(value), low, high))


def _transactions(rng: np.random.Generator) -> list[list[object]]:
    """Orders of the same customers over a year; each comes back at a pace of its own."""
    start = np.datetime64("2024-01-01")
    rows: list[list[object]] = [["customer", "order", "date", "amount"]]
    for number in range(1, N_CUSTOMERS + 1):
        days = np.sort(rng.choice(365, size=1 + rng.poisson(rng.gamma(2.0, 1.5)), replace=False))
        for day in days:
            rows.append([f"C{number:04d}", f"O{len(rows):05d}", start + day, f"{rng.lognormal(3.4, 0.5):.2f}"])
    return rows


def copy_tutorials(folder: Path) -> list[Path]:
    """Copy the tutorial notebooks into `folder`/notebooks, pointed at the study there; never over another file."""
    target = folder / "notebooks"
    target.mkdir(exist_ok=True)
    copied = []
    for source in sorted((notebooks_folder() / "tutorials").glob("*.ipynb")):
        if not (target / source.name).exists():
            text = source.read_text(encoding="utf-8")
            write_whole(target / source.name, _STUDY_LINE.sub(r'"\1 = \\"..\\"', text))
            copied.append(target / source.name)
    return copied


def open_lab(folder: Path, *, browser: bool = True) -> int:
    """Start JupyterLab in a folder and wait until it ends; give its exit code."""
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder.resolve()}"]
    return subprocess.run(command + ([] if browser else ["--no-browser"]), check=False).returncode
