"""Every report on its own: what fails, dies or hangs is one organization's loss; what is done is not done again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from cemlab import DataError, ReportError, StudyError, run_reports

FAIL_B = 'if organization == "b":\n    raise {error}'


def run(study: Path, kind: str, out: Path, **options) -> pd.DataFrame:
    return run_reports(study, kind=kind, out=out, progress=False, **options)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# invariants


def test_one_report_per_organization_and_language(write_study, write_notebook, tmp_path) -> None:
    out = tmp_path / "out"
    table = run(write_study("a", "b"), write_notebook(), out, languages=("en", "fa"), jobs=2)
    assert list(table.columns) == ["organization", "language", "kind", "status", "file", "seconds", "note"]
    assert list(zip(table["organization"], table["language"], strict=True)) == [
        ("a", "en"), ("a", "fa"), ("b", "en"), ("b", "fa")]  # fmt: skip
    assert set(table["status"]) == {"done"}
    assert sorted(path.name for path in (out / "tiny").iterdir()) == ["a", "b", "index.html", "manifest.json"]
    assert sorted(path.name for path in (out / "tiny" / "a").iterdir()) == [
        "manifest.json", "tiny.en.html", "tiny.en.ipynb", "tiny.fa.html", "tiny.fa.ipynb"]  # fmt: skip
    assert 'dir="rtl"' in (out / "tiny" / "a" / "tiny.fa.html").read_text(encoding="utf-8")


def test_unchanged_reports_are_not_made_again(write_study, write_notebook, tmp_path) -> None:
    study, kind, out = write_study("a", "b"), write_notebook(), tmp_path / "out"
    run(study, kind, out)
    before = tree(out / "tiny" / "a")
    assert set(run(study, kind, out)["status"]) == {"unchanged"}
    survey = (study / "survey.csv").read_text(encoding="utf-8").splitlines()
    (study / "survey.csv").write_text("\n".join([*survey, "new,b,z,1,1"]) + "\n", encoding="utf-8")
    assert list(run(study, kind, out)["status"]) == ["unchanged", "done"], "only b's rows have changed"
    assert tree(out / "tiny" / "a") == before
    assert list(run(study, kind, out, force=True)["status"]) == ["done", "done"]
    write_notebook("1 + 1")
    assert list(run(study, kind, out)["status"]) == ["done", "done"], "the notebook has changed"


def test_one_failure_leaves_the_others(write_study, write_notebook, tmp_path) -> None:
    out = tmp_path / "out"
    error = 'cemlab.DataError("survey.csv: found nothing, expected rows. Add rows.")'
    table = run(write_study("a", "b", "c"), write_notebook("import cemlab", FAIL_B.format(error=error)), out)
    assert list(table["status"]) == ["done", "failed", "done"]
    assert table["note"][1] == "survey.csv: found nothing, expected rows. Add rows."
    assert "found nothing, expected rows" in (out / "tiny" / "index.html").read_text(encoding="utf-8")
    assert not list((out / "tiny" / "b").iterdir()), "nothing half made"
    assert "Traceback" in (out / "tiny" / "failures" / "b.tiny.en.txt").read_text(encoding="utf-8")


def test_a_failed_report_keeps_the_earlier_file(write_study, write_notebook, tmp_path) -> None:
    study, out = write_study("a", "b"), tmp_path / "out"
    run(study, write_notebook(), out)
    earlier = tree(out / "tiny" / "b")
    table = run(study, write_notebook(FAIL_B.format(error="KeyError(3)")), out)
    assert list(table["status"]) == ["done", "failed"]
    assert table["note"][1].startswith("Unexpected error in the notebook's cell `if organization")
    assert table["note"][1].endswith("KeyError: 3 The file is from an earlier run.")
    assert tree(out / "tiny" / "b") == earlier


def test_a_killed_or_hanging_process_is_its_own_loss(write_study, write_notebook, tmp_path) -> None:
    cell = (
        "import os, time\n"
        "if organization == 'b':\n    os.kill(os.getpid(), 9)\n"
        "if organization == 'c':\n    time.sleep(600)"
    )
    study, kind = write_study("a", "b", "c", "d"), write_notebook(cell)
    table = run(study, kind, tmp_path / "out", jobs=2, timeout_seconds=12)
    assert list(table["status"]) == ["done", "failed", "failed", "done"]
    assert "Its process ended before it was done (killed by signal 9" in table["note"][1]
    assert table["note"][2] == "It took longer than 12 seconds and was stopped."


def test_earlier_reports_stay_in_the_index(write_study, write_notebook, tmp_path) -> None:
    study, kind, out = write_study("a", "b"), write_notebook(), tmp_path / "out"
    run(study, kind, out, organizations=["a"])
    table = run(study, kind, out, organizations=["b"])
    assert list(table["organization"]) == ["b"]
    manifest = json.loads((out / "tiny" / "manifest.json").read_text(encoding="utf-8"))
    assert [(r["organization"], r["status"]) for r in manifest["reports"]] == [("a", "done"), ("b", "done")]


def test_a_script_without_a_main_guard_works(write_study, write_notebook, tmp_path) -> None:
    """A fresh process must not run the caller's script again."""
    script = tmp_path / "script.py"
    study, kind = write_study("a"), write_notebook()
    call = f"cemlab.run_reports({str(study)!r}, kind={kind!r}, out='o')"
    script.write_text(f"print('started')\nimport cemlab\nprint({call}['status'][0])\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path,
                          check=False, env=environment())  # fmt: skip
    assert done.stdout.split() == ["started", "done"], done.stderr


def test_interrupted_run_keeps_what_is_done_and_resumes(write_study, write_notebook, tmp_path) -> None:
    study, out = write_study("a", "b"), tmp_path / "out"
    stop = tmp_path / "stop"
    stop.touch()
    cell = f"import os, time\nif organization == 'b' and os.path.exists({str(stop)!r}):\n    time.sleep(600)"
    kind = write_notebook(cell)
    command = [sys.executable, "-m", "cemlab", "report", str(study), "--kind", kind, "--out", str(out), "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())
    wait_for(out / "tiny" / "a" / "manifest.json")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert "run the same command again to resume" in process.stderr.read()
    process.stderr.close()
    assert (out / "tiny" / "index.html").is_file()
    stop.unlink()
    resumed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert resumed.stdout.startswith("1 done, 1 unchanged, 0 failed."), resumed.stderr


def environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}


def wait_for(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.1)


# errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organizations": ["z"]}, "organizations: found 'z', expected ids of the study: a, b. Check the spelling."),
        ({"organizations": []}, "organizations: found none, expected ids"),
        ({"languages": ("de",)}, "languages: found 'de', expected en, fa. Choose among these."),
        ({"formats": ("pdf",)}, "formats: found 'pdf', expected html. Choose among these."),
    ],
)
def test_wrong_options(write_study, write_notebook, tmp_path, options, message) -> None:
    with pytest.raises(ReportError) as caught:
        run(write_study("a", "b"), write_notebook(), tmp_path / "out", **options)
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_unknown_kind(write_study, tmp_path) -> None:
    with pytest.raises(ReportError, match=r"kind: found 'diagnosis', expected one of: .*diagnostic"):
        run(write_study("a"), "diagnosis", tmp_path / "out")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (None, "found 0 cells tagged `parameters`, expected exactly one"),
        ('study = "x"\nlanguage = "en"', "parameters cell: found no assignment to `organization`"),
        (
            "study: str\nif True:\n    language = organization = 1",
            "no assignment to `study`, `organization`, `language`",
        ),
    ],
)
def test_notebook_must_take_the_parameters(write_study, write_notebook, tmp_path, parameters, message) -> None:
    with pytest.raises(ReportError) as caught:
        run(write_study("a"), write_notebook(parameters=parameters), tmp_path / "out")
    assert message in str(caught.value)


def test_a_file_that_is_no_notebook(write_study, tmp_path) -> None:
    (tmp_path / "x.ipynb").write_bytes(b"\x00\x01")
    with pytest.raises(ReportError, match=r"x\.ipynb: found a file that is not a notebook"):
        run(write_study("a"), str(tmp_path / "x.ipynb"), tmp_path / "out")


def test_problems_stop_before_any_report(write_study, write_notebook, tmp_path) -> None:
    study = write_study("a", survey="id,org,branch,q1,q2\n1,a,x,1,9\n2,a,x,many,5\n")
    with pytest.raises(DataError, match="found 2 problems in the data") as caught:
        run(study, write_notebook(), tmp_path / "out")
    assert {problem.row for problem in caught.value.problems} == {2, 3}
    assert not (tmp_path / "out").exists()
    text = (study / "study.yml").read_text(encoding="utf-8")
    (study / "study.yml").write_text(text + "on_invalid: missing\n", encoding="utf-8")
    assert list(run(study, write_notebook(), tmp_path / "out")["status"]) == ["done"]


def test_no_study(write_notebook, tmp_path) -> None:
    with pytest.raises(StudyError, match="there is no folder of this name"):
        run(tmp_path / "nothing", write_notebook(), tmp_path / "out")


def test_another_organizations_folder_is_not_overwritten(write_study, write_notebook, tmp_path) -> None:
    out = tmp_path / "out"
    (out / "tiny" / "a").mkdir(parents=True)
    (out / "tiny" / "a" / "manifest.json").write_text('{"organization": "someone"}')
    table = run(write_study("a"), write_notebook(), out)
    assert "found another organization's reports in this folder" in table["note"][0]
