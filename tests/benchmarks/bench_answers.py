"""Reading ratings: 100,000 rows × 50 items in about a second on one thread.

Run: python -m tests.benchmarks.bench_answers
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from cemlab.inputs.answers import Question, missing_forms, read_ratings

ROWS, ITEMS, SECONDS = 100_000, 50, 5.0  # the bound is loose: machines differ


def seconds() -> float:
    """Seconds for all items; cells are Persian and Latin digits, labels and missing codes."""
    rng = np.random.default_rng(1)
    cells = ["1", "2", "3", "4", "5", "۱", "۵", "6", "موافقم", "کاملاً موافقم"]
    frame = pd.DataFrame({f"q{i}": rng.choice(cells, ROWS) for i in range(ITEMS)}, dtype="string")
    item = Question(
        "q", low=1, high=5, labels={"موافقم": 4, "کاملاموافقم": 5}, missing=missing_forms(["6"]), spellings=()
    )
    start = time.perf_counter()
    for name in frame:
        _, problems = read_ratings(frame[name], item)
        assert not problems
    return time.perf_counter() - start


def test_ratings_are_read_fast() -> None:
    assert seconds() < SECONDS


if __name__ == "__main__":
    print(f"{ROWS} rows x {ITEMS} items: {seconds():.2f} s")
