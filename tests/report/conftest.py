"""A tiny study of two organizations and a tiny report notebook: enough to run the runner in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

STUDY = """\
id: tiny
title: {en: A tiny study, fa: مطالعه‌ی کوچک}
seed: 3
survey:
  file: survey.csv
  columns: {respondent: id, organization: org, unit: branch}
"""
CODEBOOK = "item,role,construct,scale_min,scale_max\nq1,agreement,quality,1,5\nq2,agreement,quality,1,5\n"
PARAMETERS = 'study = "data/demo"\norganization = "somebody-else"\nlanguage = "en"'
COUNT = "import cemlab\nsurvey = cemlab.load_survey(cemlab.load_study(study), organization)\nlen(survey)"


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[..., Path]:
    """Write a study whose organizations are the ids given; each has six rows of its own."""

    def write(*organizations: str, folder: str = "study", survey: str | None = None) -> Path:
        place = tmp_path / folder
        place.mkdir()
        (place / "study.yml").write_text(STUDY, encoding="utf-8")
        (place / "codebook.csv").write_text(CODEBOOK, encoding="utf-8")
        rows = ["id,org,branch,q1,q2"]
        for number, organization in enumerate(organizations):
            cell = '"' + organization.replace('"', '""') + '"'
            mark = hashlib.sha256(organization.encode()).hexdigest()[:6]
            rows += [f"R{mark}{i},{cell},branch-{mark},{1 + (i + number) % 5},{1 + i % 5}" for i in range(6)]
        (place / "survey.csv").write_text(survey or "\n".join(rows) + "\n", encoding="utf-8")
        return place

    return write


@pytest.fixture
def write_notebook(tmp_path: Path) -> Callable[..., str]:
    """Write a report notebook with these code cells after the parameters; give its path as a kind."""

    def write(*cells: str, name: str = "tiny", parameters: str | None = PARAMETERS) -> str:
        first = [new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters is not None else []
        note = new_markdown_cell("only for authors", metadata={"tags": ["note"]})
        body = [new_markdown_cell("# Title"), note, new_markdown_cell("## First"), new_markdown_cell("## Second")]
        notebook = new_notebook(cells=[*first, *body, *(new_code_cell(cell) for cell in cells or [COUNT])])
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return str(path)

    return write
