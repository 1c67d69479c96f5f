"""Nothing of one organization stands in a byte of another's folder."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from cemlab import load_study, run_reports

WORD_LENGTH = 6  # shorter values (branch numbers, codes) may stand in any text by chance


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo study's diagnostic reports of two organizations, in both languages."""
    demo = Path(__file__).parents[2] / "data" / "demo"
    folder = tmp_path_factory.mktemp("isolation")
    study = Path(shutil.copytree(demo, folder / "a-place-on-this-machine"))
    table = run_reports(study, ["saffron", "cedar"], languages=("en", "fa"), jobs=2, out=folder / "out", progress=False)
    assert set(table["status"]) == {"done"}, list(table["note"])
    return study, folder / "out" / "demo"


def own_words(study: Path, organization: str) -> set[str]:
    """Every text of an organization's rows and titles: customers, respondents, units, names."""
    loaded = load_study(study)
    words = {organization, *(loaded.organization(organization).title_in(language) for language in ("en", "fa"))}
    for file in ("survey.csv", "employees.csv", "units.csv", "transactions.csv.gz"):
        table = pd.read_csv(study / file, dtype=str, keep_default_na=False)
        rows = table[table["company"] == organization]
        words |= {value for column in rows for value in rows[column].unique()}
    return {word for word in words if len(word) >= (WORD_LENGTH if word.isascii() else 4)}


def texts(folder: Path) -> dict[str, str]:
    """All files of a folder as text, without pictures and fonts (base64): a word may stand in them by chance."""
    pictures = re.compile(r"[A-Za-z0-9+/=]{200,}")
    return {path.name: pictures.sub("", path.read_text(encoding="utf-8")) for path in folder.iterdir()}


def test_no_word_of_the_other(reports: tuple[Path, Path]) -> None:
    study, out = reports
    saffron, cedar = own_words(study, "saffron"), own_words(study, "cedar")
    assert len(saffron - cedar) > 500, "the test must have something to look for"
    for mine, theirs, only_theirs in (("saffron", "cedar", cedar - saffron), ("cedar", "saffron", saffron - cedar)):
        for name, text in texts(out / mine).items():
            words = set(re.findall(r"[\w.@-]+", text))
            assert not words & only_theirs, f"{name} of {mine} holds words of {theirs}"
            assert not [word for word in only_theirs if " " in word and word in text]
            assert mine in text or name.endswith(".html")


def test_raw_bytes_hold_no_name_of_the_other(reports: tuple[Path, Path]) -> None:
    _, out = reports
    for mine, theirs in (("saffron", "cedar"), ("cedar", "saffron")):
        for path in (out / mine).iterdir():
            content = path.read_bytes().lower()
            assert theirs.encode() not in content


def test_no_path_of_this_machine(reports: tuple[Path, Path]) -> None:
    _, out = reports
    places = ["a-place-on-this-machine", str(Path.home()), os.path.realpath(os.sep + "tmp") + os.sep, "site-packages"]
    for organization in ("saffron", "cedar"):
        for name, text in texts(out / organization).items():
            assert not [place for place in places if place in text], name
            assert "papermill" not in text or name.endswith(".html"), name


def test_parameters_cell_shows_the_study_by_its_id(reports: tuple[Path, Path]) -> None:
    _, out = reports
    notebook = json.loads((out / "cedar" / "diagnostic.fa.ipynb").read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert "".join(cell["source"]).splitlines() == ['study = "demo"', 'organization = "cedar"', 'language = "fa"']


def test_the_report_process_sees_one_organization_only(write_study, write_notebook, tmp_path) -> None:
    cell = (
        "import cemlab, pathlib\n"
        "rows = cemlab.load_survey(cemlab.load_study(study))\n"
        "print(sorted(rows['organization'].unique()), sorted(p.name for p in pathlib.Path('.').iterdir()))"
    )
    run_reports(write_study("one", "two"), kind=write_notebook(cell), out=tmp_path / "out", progress=False)
    text = (tmp_path / "out" / "tiny" / "two" / "tiny.en.ipynb").read_text(encoding="utf-8")
    assert "['two'] ['.cemlab-key', 'codebook.csv', 'study.yml', 'survey_1.parquet']" in text
