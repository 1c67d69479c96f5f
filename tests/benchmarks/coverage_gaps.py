"""How often 95 % t intervals of gaps cover the truth for skewed 5-point items: items, dimensions and every total.

    python tests/benchmarks/coverage_gaps.py --samples 300 --seed 1

Answers to 22 pairs (five dimensions) are cut from correlated normal variables at fixed shares of the five answers, so
that expectations crowd at 5. Points over the dimensions go with the gaps (who cares is less pleased); the overall
judgement is a 5-point answer too. The truth of each row is the row of 400,000 respondents. A sample in which a row has
no interval (no spread, or a negative derived weight) is left out and counted. The Monte-Carlo standard error is
taken over samples. The table is written beside this script.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from functools import cache
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cemlab.measures.gaps import score_gaps

HERE = Path(__file__).parent
SIZES = {"tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5}
SHARES = {  # of the answers 1 to 5: expectation, perception
    "skewed: 70 % expect 5, 50 % perceive 5": ([0.01, 0.02, 0.05, 0.22, 0.70], [0.03, 0.05, 0.12, 0.30, 0.50]),
    "at the top: 85 % and 70 %": ([0.005, 0.01, 0.02, 0.115, 0.85], [0.02, 0.03, 0.05, 0.20, 0.70]),
    "nearly all at the top: 95 % and 90 %": ([0.002, 0.003, 0.01, 0.035, 0.95], [0.02, 0.02, 0.02, 0.04, 0.90]),
}
SAMPLE_SIZES = (30, 100, 500)
ROWS_OF_TRUTH = 400_000
Judged = dict[str, tuple[float, float]]


def draw(case: str, n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A survey and its codebook."""
    cuts = [ndtri(np.cumsum(shares)[:-1]) for shares in SHARES[case]]
    mood = rng.standard_normal((n, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9165]])
    answers, book, perceived = {}, [], []
    for dimension, size in SIZES.items():
        own = 0.6 * mood + 0.8 * rng.standard_normal((n, 2))
        perceived.append(own[:, 1])
        for number in range(size):
            name = f"{dimension}{number}"
            latent = 0.7 * own + 0.7141 * rng.standard_normal((n, 2))
            for column, role in enumerate(("expectation", "perception")):
                answers[f"{role[0]}_{name}"] = 1.0 + np.searchsorted(cuts[column], latent[:, column])
                book.append((f"{role[0]}_{name}", name, role, dimension))
        answers[f"w_{dimension}"] = np.exp(0.4 * rng.standard_normal(n) - 0.3 * own[:, 1])
        book.append((f"w_{dimension}", None, "points", dimension))
    overall = np.column_stack(perceived) @ [0.1, 0.35, 0.2, 0.2, 0.15] + 0.7 * rng.standard_normal(n)
    answers["overall"] = 1.0 + np.searchsorted([-1.6, -1.1, -0.5, 0.1], overall)
    return pd.DataFrame(answers), pd.DataFrame(book, columns=["item", "attribute", "role", "construct"])


def rows(case: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Kind, estimate, conf_low and conf_high of each row."""
    result = score_gaps(*draw(case, n, rng), outcome="overall")
    tables = (
        result.table.assign(kind="item"),
        result.dimensions.assign(kind="dimension"),
        result.overall.assign(kind=result.overall["term"]),
    )
    return pd.concat([table[["kind", "estimate", "conf_low", "conf_high"]] for table in tables], ignore_index=True)


@cache
def truth(case: str) -> np.ndarray:
    """The rows of very many respondents."""
    return rows(case, ROWS_OF_TRUTH, np.random.default_rng(99))["estimate"].to_numpy()


def judge(case: str, n: int, seed: list[int]) -> Judged:
    """Of one sample: share of rows of a kind whose interval covers, and share that have an interval."""
    found = rows(case, n, np.random.default_rng(seed))
    known = found["conf_low"].notna()
    covers = (found["conf_low"] <= truth(case)) & (truth(case) <= found["conf_high"])
    judged = {}
    for kind, part in found.groupby("kind", sort=False):
        has = known[part.index]
        judged[str(kind)] = (float(covers[part.index][has].mean()) if has.any() else np.nan, float(has.mean()))
    return judged


def main() -> None:
    """Simulate and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage_gaps.md")
    options = parser.parse_args()
    started = time.perf_counter()
    tasks = [
        (case, n, [options.seed, number, n, sample])
        for number, case in enumerate(SHARES)
        for n in SAMPLE_SIZES
        for sample in range(options.samples)
    ]
    with Pool(options.jobs) as pool:
        found = pool.starmap(judge, tasks, chunksize=options.samples // 2 or 1)
    tallies = defaultdict(list)
    for (case, n, _), judged in zip(tasks, found, strict=True):
        for kind, value in judged.items():
            tallies[case, kind, n].append(value)
    text = table_text(tallies, options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def table_text(tallies: dict, options: argparse.Namespace, seconds: float) -> str:
    """The table as Markdown; a cell is coverage ± Monte-Carlo standard error."""
    lines = [
        "# Coverage of 95 % intervals of gaps, skewed 5-point items",
        "",
        f"`python tests/benchmarks/coverage_gaps.py --samples {options.samples} --seed {options.seed}`: "
        f"{options.samples} samples a cell, {seconds:.0f} s with {options.jobs} processes. "
        "Share of intervals that cover ± Monte-Carlo standard error over samples; in brackets the share of rows that "
        "have an interval, where it is below 1.",
    ]
    for case in SHARES:
        lines += ["", f"## {case}", "", "| gap | " + " | ".join(f"n = {n}" for n in SAMPLE_SIZES) + " |"]
        lines.append("|---|" + "---|" * len(SAMPLE_SIZES))
        for kind in dict.fromkeys(kind for name, kind, _ in tallies if name == case):
            cells = [_cell(np.array(tallies[case, kind, n])) for n in SAMPLE_SIZES]
            lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(values: np.ndarray) -> str:
    share = values[~np.isnan(values[:, 0]), 0]
    if len(share) < 2:
        return "–"
    known = values[:, 1].mean()
    bracket = "" if known > 0.9995 else f" ({known:.3f})"
    return f"{share.mean():.3f} ± {share.std(ddof=1) / np.sqrt(len(share)):.3f}{bracket}"


if __name__ == "__main__":
    main()
