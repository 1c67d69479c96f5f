"""The command line: new, check, report, lab. Nobody who uses it ever sees a traceback.

Exit codes: 0 all well; 1 a report failed, or `check` found what stops an analysis; 2 wrong usage, or a study that is
not in order; 70 an error of cemlab itself; 130 interrupted.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cemlab
from cemlab.errors import CemlabError, ReportError

if TYPE_CHECKING:
    import pandas as pd

FAILED, WRONG, BROKEN, INTERRUPTED = 1, 2, 70, 130
SHOWN = 40  # problems of one severity that `check` prints


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line by default.
    """
    _print_whatever_the_terminal_can()
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except CemlabError as error:
        print(f"cemlab {options.command}: {_printable(str(error))}", file=sys.stderr)
        return _traced(options, WRONG)
    except KeyboardInterrupt:
        print("\nInterrupted. What is finished stays; run the same command again to resume.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        sys.stderr.close()
        return FAILED
    except Exception as error:
        message = f"unexpected error, please report it: {type(error).__name__}: {error}"
        print(f"cemlab {options.command}: {_printable(message)}", file=sys.stderr)
        print("Run the command again with --traceback for the details a report needs.", file=sys.stderr)
        return _traced(options, BROKEN)


def _print_whatever_the_terminal_can() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _printable(text: str) -> str:
    """Text from a user's files without what could steer a terminal or turn the line around."""
    return "".join(c if c == "\n" or c.isprintable() or c in "\u200c\u200d" else "\ufffd" for c in text)


def _traced(options: argparse.Namespace, code: int) -> int:
    if options.traceback:
        import traceback

        traceback.print_exc()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cemlab", description="From a study folder to one customer-experience report per organization."
    )
    parser.add_argument("--version", action="version", version=f"cemlab {cemlab.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for add in (_add_new, _add_check, _add_report, _add_lab):
        command = add(commands)
        command.add_argument("--traceback", action="store_true", help="show where an error arose (for developers)")
    return parser


def _add_new(commands: Any) -> argparse.ArgumentParser:
    command = commands.add_parser("new", help="write a small study to start from")
    command.add_argument("folder", help="a new or empty folder")
    command.set_defaults(run=_new)
    return command


def _add_check(commands: Any) -> argparse.ArgumentParser:
    command = commands.add_parser("check", help="list every problem in a study's files")
    command.add_argument("study", help="the study's folder")
    command.add_argument(
        "--out",
        help="also write the problems to this .csv or .xlsx file (texts that a spreadsheet would take for a formula "
        "get an apostrophe in front)",
    )
    command.set_defaults(run=_check)
    return command


def _add_report(commands: Any) -> argparse.ArgumentParser:
    command = commands.add_parser("report", help="make one report per organization, and an index over them")
    command.add_argument("study", help="the study's folder")
    command.add_argument("--organization", action="append", metavar="ID", help="only this one (repeatable)")
    command.add_argument("--kind", default="diagnostic", help="kind of report, or a report notebook of your own")
    command.add_argument(
        "--language", action="append", choices=["en", "fa"], help="repeatable; as in study.yml by default"
    )
    command.add_argument("--format", action="append", choices=["html"], help="as in study.yml by default")
    command.add_argument("--jobs", type=_positive, default=1, metavar="N", help="reports made at the same time")
    command.add_argument("--out", default="reports", metavar="DIR", help="output folder (default: reports)")
    command.add_argument("--force", action="store_true", help="make reports again even where nothing changed")
    command.add_argument("--quiet", action="store_true", help="no progress bar")
    command.set_defaults(run=_report)
    return command


def _add_lab(commands: Any) -> argparse.ArgumentParser:
    command = commands.add_parser("lab", help="open JupyterLab with the study and the tutorials")
    command.add_argument("study", help="the study's folder")
    command.add_argument("--no-browser", action="store_true", help="only print the address")
    command.set_defaults(run=_lab)
    return command


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1")
    return int(text)


def _new(options: argparse.Namespace) -> int:
    from cemlab.report.starter import write_starter

    folder = write_starter(options.folder)
    print(f"A small study stands in {folder}. Next: cemlab check {folder}   then: cemlab report {folder}")
    return 0


def _check(options: argparse.Namespace) -> int:
    study = cemlab.load_study(options.study)
    problems = cemlab.check_study(study)
    _print_problems(problems)
    if options.out:
        write_problems(problems, Path(options.out))
        print(f"All of them are in {options.out}.")
    fatal = {"severe", "invalid"} if study.config.on_invalid == "stop" else {"severe"}
    return FAILED if fatal & set(problems["severity"]) else 0


_MEANING = {
    "severe": "stops every analysis",
    "invalid": "an unusable answer",
    "note": "worth knowing, stops nothing",
}


def _print_problems(problems: pd.DataFrame) -> None:
    if problems.empty:
        print("No problems found.")
    for severity, meaning in _MEANING.items():
        rows = problems[problems["severity"] == severity]
        if rows.empty:
            continue
        print(f"{severity} ({meaning}): {len(rows)}")
        print("\n".join(_line(row) for row in rows.head(SHOWN).itertuples()))
        if len(rows) > SHOWN:
            print(f"  … and {len(rows) - SHOWN} more; --out problems.csv writes all of them.")
    if not problems.empty:
        counts = problems["severity"].value_counts()
        print("In all: " + ", ".join(f"{counts.get(severity, 0)} {severity}" for severity in _MEANING) + ".")


def _line(row: Any) -> str:
    import pandas as pd

    place = str(row.file)
    place += "" if pd.isna(row.row) else f", row {row.row}"
    place += "" if pd.isna(row.column) else f", column {row.column!r}"
    return _printable(f"  {place}: {row.problem} {row.advice}".replace("\n", " "))


def write_problems(problems: pd.DataFrame, path: Path) -> None:
    """Write the problems as .csv or .xlsx; texts from a user's file cannot run as formulas there.

    Raises
    ------
    ReportError
        If the name ends otherwise or the file cannot be written.
    """
    safe = problems.map(_no_formula)
    try:
        if path.suffix == ".csv":
            safe.to_csv(path, index=False, encoding="utf-8-sig")
        elif path.suffix == ".xlsx":
            safe.to_excel(path, index=False)
        else:
            raise ReportError(f"--out: found {path.name!r}, expected a name that ends with .csv or .xlsx. Rename it.")
    except OSError as error:
        raise ReportError(f"{path}: cannot be written ({error.strerror}). Choose another place.") from error


def _no_formula(cell: Any) -> Any:
    """A text that starts as a formula does gets an apostrophe in front; what Excel cannot hold is left out."""
    if not isinstance(cell, str):
        return cell
    cell = "".join(c for c in cell if c in "\t\n" or ord(c) >= 32)
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\n"} else cell


def _report(options: argparse.Namespace) -> int:
    study = cemlab.load_study(options.study)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    table = cemlab.run_reports(
        study,
        options.organization,
        kind=options.kind,
        languages=options.language or study.config.report.languages,
        formats=options.format or study.config.report.formats,
        jobs=options.jobs,
        out=options.out,
        progress=not options.quiet,
        force=options.force,
    )
    counts = table["status"].value_counts()
    print(", ".join(f"{counts.get(status, 0)} {status}" for status in ("done", "unchanged", "failed")) + ".")
    failed = table[table["status"] == "failed"]
    for row in failed.itertuples():
        print(_printable(f"failed: {row.organization} ({row.language}): {row.note}"), file=sys.stderr)
    print(f"Index: {Path(options.out) / study.id / 'index.html'}")
    return FAILED if len(failed) else 0


def _lab(options: argparse.Namespace) -> int:
    from cemlab.report.starter import copy_tutorials, open_lab

    study = cemlab.load_study(options.study)
    copy_tutorials(study.folder)
    return open_lab(study.folder, browser=not options.no_browser)
