"""What people's files really hold, from the command line: a message, never a traceback; nothing outside `out`."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from cemlab.cli import main

HEAD = "id,org,branch,q1,q2"
GOOD = "\n".join([HEAD, *(f"{i},a,x,{1 + i % 5},{1 + (i + 1) % 5}" for i in range(12))]) + "\n"


def command(*arguments: str) -> tuple[int, str]:
    """Run a command; give its exit code and everything it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(list(arguments))
    text = out.getvalue()
    assert "Traceback" not in text
    assert "unexpected error" not in text
    return code, text


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def report(study: Path, kind: str, folder: Path) -> tuple[int, str]:
    """Run a report; whatever happens, the study is as it was and nothing new stands outside `out`."""
    before = files(folder)
    code, text = command("report", str(study), "--kind", kind, "--out", str(folder / "out"), "--quiet")
    after = {name: content for name, content in files(folder).items() if not name.startswith("out/")}
    assert after == before
    return code, text


# errors: what stops everything

BROKEN: dict[str, tuple[str, str | bytes, list[str]]] = {
    "unknown key": ("study.yml", "id: tiny\nsurvay: {file: survey.csv}\n", ["survay", "survey", "study.yml"]),
    "missing column": ("survey.csv", "id,org,branch,q1\n1,a,x,3\n", ["survey.csv", "q2"]),
    "empty file": ("survey.csv", "", ["survey.csv", "empty"]),
    "only a header": ("survey.csv", HEAD + "\n", ["survey.csv"]),
    "binary file": ("survey.csv", bytes(range(256)) * 20, ["survey.csv"]),
    "wrong encoding": ("survey.csv", GOOD.replace(",x,", ",شعبه,").encode("cp1256"), ["survey.csv", "encoding"]),
    "text in a number column": ("survey.csv", GOOD + "77,a,x,often,3\n", ["survey.csv", "row 14", "q1", "often"]),
    "value out of scale": ("survey.csv", GOOD + "77,a,x,9,3\n", ["survey.csv", "row 14", "q1", "9", "1 to 5"]),
    "no codebook": ("codebook.csv", "", ["codebook.csv"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files(case: str, write_study: Callable, write_notebook: Callable, tmp_path: Path) -> None:
    name, content, words = BROKEN[case]
    study, kind = write_study(survey=GOOD), write_notebook()
    (study / name).write_bytes(content.encode() if isinstance(content, str) else content)
    code, text = report(study, kind, tmp_path)
    assert code == 2, text
    assert not (tmp_path / "out").exists()
    checked, also = command("check", str(study))
    assert checked in {1, 2}, also
    for word in words:
        assert word in text, text
        assert word in also, also


def test_a_missing_file(write_study: Callable, write_notebook: Callable, tmp_path: Path) -> None:
    study, kind = write_study(survey=GOOD), write_notebook()
    (study / "survey.csv").unlink()
    code, text = report(study, kind, tmp_path)
    assert code == 2
    assert "survey.csv" in text


# what is hard but must give a report


@pytest.mark.parametrize(
    "survey",
    [HEAD + "\n1,a,x,3,4\n", HEAD + "\n" + "".join(f"{i},a,x,3,3\n" for i in range(12))],
    ids=["one respondent", "zero variance"],
)
def test_thin_data_give_a_report(survey: str, write_study: Callable, tmp_path: Path) -> None:
    code, text = report(write_study(survey=survey), "diagnostic", tmp_path)
    assert code == 0, text
    page = (tmp_path / "out" / "tiny" / "a" / "diagnostic.en.html").read_text(encoding="utf-8")
    assert "nan" not in page.lower().replace("finance", "").split("<main")[1].split("base64,")[0]


def test_an_organization_without_transactions(write_study: Callable, tmp_path: Path) -> None:
    study = write_study("a", "b")
    text = (study / "study.yml").read_text(encoding="utf-8")
    columns = "{customer: who, order: order, date: date, amount: amount, organization: org}"
    (study / "study.yml").write_text(f"{text}transactions:\n  file: sales.csv\n  columns: {columns}\n")
    lines = "".join(f"c{i % 4},o{i},2024-0{1 + i % 9}-01,{10 + i},a\n" for i in range(20))
    (study / "sales.csv").write_text("who,order,date,amount,org\n" + lines)
    code, text = report(study, "diagnostic", tmp_path)
    assert code == 0, text
    assert (tmp_path / "out" / "tiny" / "b" / "diagnostic.en.html").is_file()


HOSTILE = [
    "../../x",
    "<script>alert(1)</script>",
    "..",
    "con",
    "=1+1",
    "\u202eevil",
    "a" * 200,
    "بازار زعفران",
    "{x}",
    "%s",
]


def test_hostile_names_of_organizations(write_study: Callable, write_notebook: Callable, tmp_path: Path) -> None:
    study, kind = write_study(*HOSTILE), write_notebook()
    code, text = report(study, kind, tmp_path)
    assert code == 0, text
    folder = tmp_path / "out" / "tiny"
    assert len([path for path in folder.iterdir() if path.is_dir()]) == len(HOSTILE)
    for page in folder.rglob("*.html"):
        content = page.read_text(encoding="utf-8")
        assert "<script" not in content
        assert page.resolve().is_relative_to(folder.resolve())
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in index
    assert "../../x" in index


def test_hostile_name_in_the_diagnostic(write_study: Callable, tmp_path: Path) -> None:
    study = write_study("<script>alert(1)</script>", "../../x")
    code, text = report(study, "diagnostic", tmp_path)
    assert code == 0, text
    for page in (tmp_path / "out").rglob("*.html"):
        assert "<script" not in page.read_text(encoding="utf-8")
