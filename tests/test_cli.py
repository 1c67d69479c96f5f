"""The command line: exit codes, messages, files that cannot run as formulas."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cemlab
from cemlab.cli import main, write_problems
from cemlab.errors import Problem, ReportError, problems_table

ROOT = Path(__file__).parents[1]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    assert main(["new", str(tmp_path / "study")]) == 0
    return tmp_path / "study"


def spoil(study: Path, cell: str) -> None:
    """Put a cell into the first answer of the survey."""
    lines = (study / "survey.csv").read_text(encoding="utf-8-sig").splitlines()
    first = lines[1].split(",")
    first[3] = cell
    lines[1] = ",".join(first)
    (study / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


# truth


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"cemlab {cemlab.__version__}\n"


def test_new_study_passes_check_and_reports(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(study)]) == 0
    assert "No problems found." in capsys.readouterr().out
    assert main(["report", str(study), "--language", "fa", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert f"Index: {tmp_path / 'out' / 'my-study' / 'index.html'}" in capsys.readouterr().out
    (page,) = (tmp_path / "out").rglob("diagnostic.fa.html")
    assert 'lang="fa" dir="rtl"' in page.read_text(encoding="utf-8")


def test_new_studies_differ_in_their_key_only(study: Path, tmp_path: Path) -> None:
    main(["new", str(tmp_path / "other")])
    for path in study.iterdir():
        same = path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()
        assert same == (path.name != ".cemlab-key"), path.name


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX notion")
def test_the_key_is_for_its_owner_only(study: Path) -> None:
    assert (study / ".cemlab-key").stat().st_mode & 0o077 == 0


def test_check_counts_and_exits_1(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(study, "=1+2")
    assert main(["check", str(study), "--out", str(tmp_path / "problems.csv")]) == 1
    out = capsys.readouterr().out
    assert "survey.csv, row 2" in out
    assert "1 invalid" in out
    table = pd.read_csv(tmp_path / "problems.csv", dtype=str)
    assert list(table["value"]) == ["'=1+2"]


def test_check_under_missing_exits_0(study: Path) -> None:
    spoil(study, "9")
    text = (study / "study.yml").read_text(encoding="utf-8")
    (study / "study.yml").write_text(text.replace("on_invalid: stop", "on_invalid: missing"), encoding="utf-8")
    assert main(["check", str(study)]) == 0


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\x00=1"])
def test_cells_cannot_run_as_formulas(suffix: str, cell: str, tmp_path: Path) -> None:
    problems = problems_table([Problem(cell, f"{cell} problem", "advice", 2, cell, cell)])
    path = tmp_path / f"problems{suffix}"
    write_problems(problems, path)
    if suffix == ".csv":
        read = pd.read_csv(path, dtype=str, keep_default_na=False)
    else:
        read = pd.read_excel(path, dtype=str, engine="openpyxl")
    for column in ("file", "column", "value", "problem"):
        assert read[column][0].startswith("'"), column
    assert read["row"][0] == "2"


def test_lab_copies_tutorials_and_never_overwrites(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda c, **_: commands.append(c) or subprocess.CompletedProcess(c, 3))
    assert main(["lab", str(study), "--no-browser"]) == 3
    assert commands[0][1:3] == ["-m", "jupyterlab"]
    assert commands[0][-1] == "--no-browser"
    copies = sorted((study / "notebooks").glob("*.ipynb"))
    assert [p.name for p in copies] == [p.name for p in sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))]
    assert all("data/demo" not in copy.read_text(encoding="utf-8") for copy in copies)
    copies[0].write_text("mine")
    assert main(["lab", str(study)]) == 3
    assert copies[0].read_text() == "mine"


# errors


def test_new_refuses_a_folder_with_files(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in study.iterdir()}
    assert main(["new", str(study)]) == 2
    assert "found something there, expected a new or empty folder. Choose another name." in capsys.readouterr().err
    assert {path: path.read_bytes() for path in study.iterdir()} == before


def test_no_study_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "report", "lab"):
        assert main([command, str(tmp_path / "nothing")]) == 2
        error = capsys.readouterr().err
        assert "there is no folder of this name" in error
        assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments", [[], ["reprot"], ["report"], ["report", "x", "--jobs", "0"], ["report", "x", "--language", "de"]]
)
def test_wrong_usage_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: cemlab" in capsys.readouterr().err


def test_unexpected_errors_are_told_without_a_traceback(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(vars(cemlab), "check_study", lambda _: 1 / 0)
    assert main(["check", str(study)]) == 70
    error = capsys.readouterr().err
    assert "unexpected error, please report it: ZeroDivisionError: division by zero" in error
    assert "Traceback" not in error
    assert main(["check", str(study), "--traceback"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_interruption_exits_130(study: Path, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(vars(cemlab), "check_study", interrupted)
    assert main(["check", str(study)]) == 130
    assert "run the same command again to resume" in capsys.readouterr().err


def test_problems_go_to_csv_or_xlsx_only(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"found 'problems\.txt', expected a name that ends with \.csv or \.xlsx"):
        write_problems(problems_table([]), tmp_path / "problems.txt")


def test_a_terminal_that_knows_no_persian(study: Path) -> None:
    spoil(study, "نه")
    done = subprocess.run(
        [sys.executable, "-m", "cemlab", "check", str(study)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert b"survey.csv, row 2" in done.stdout
    assert done.stderr == b""
