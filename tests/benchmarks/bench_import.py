"""How long `import cemlab` takes in a fresh interpreter, beside `import pandas`, and what it pulls in.

python tests/benchmarks/bench_import.py > tests/benchmarks/import.md
"""

import platform
import statistics
import subprocess
import sys

RUNS = 15
SNIPPET = "import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"


def seconds(module: str) -> list[float]:
    """Seconds of each of RUNS imports, each in an interpreter of its own; the first (cold disk) is dropped."""
    command = [sys.executable, "-c", SNIPPET.format(module=module)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(RUNS + 1)]
    return [float(run.stdout) for run in runs[1:]]


def main() -> None:
    """Print the table."""
    print("# Seconds of `import`\n")
    print(f"`python tests/benchmarks/bench_import.py`, {RUNS} runs each, Python {platform.python_version()}\n")
    print("| import | median | fastest | slowest |\n|---|---|---|---|")
    for module in ("cemlab", "pandas"):
        runs = seconds(module)
        print(f"| `{module}` | {statistics.median(runs):.4f} | {min(runs):.4f} | {max(runs):.4f} |")


if __name__ == "__main__":
    main()
