"""Seconds of the first report and of each further one, with one process and with two, on the demo study.

python tests/benchmarks/bench_reports.py > tests/benchmarks/reports.md
"""

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = [
    ("one report", ["--organization", "saffron", "--language", "en"], 1),
    ("six reports, one process", ["--language", "en", "--language", "fa"], 6),
    ("six reports, two processes", ["--language", "en", "--language", "fa", "--jobs", "2"], 6),
]


def seconds(arguments: list[str], out: Path) -> float:
    """Seconds of a whole command in a fresh interpreter: start, check, slices, reports, index."""
    command = [sys.executable, "-m", "cemlab", "report", str(ROOT / "data" / "demo"), "--quiet", "--out", str(out)]
    before = os.times()
    subprocess.run([*command, *arguments], check=True, capture_output=True, cwd=ROOT)
    return os.times().elapsed - before.elapsed


def main() -> None:
    """Print the table."""
    print("# Seconds of `cemlab report data/demo`\n")
    print(
        f"`python tests/benchmarks/bench_reports.py`, Python {platform.python_version()}, {os.cpu_count()} processors\n"
    )
    print("| what | seconds | seconds per further report |\n|---|---|---|")
    first = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, arguments, count) in enumerate(RUNS):
            took = seconds(arguments, Path(folder) / str(number))
            first = first or took
            further = "" if count == 1 else f"{(took - first) / (count - 1):.1f}"
            print(f"| {name} | {took:.1f} | {further} |")
        print(f"| six reports, nothing changed | {seconds(RUNS[2][1], Path(folder) / '2'):.1f} | |")


if __name__ == "__main__":
    main()
