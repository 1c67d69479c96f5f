"""How often 95 % intervals of the forms of service quality cover the truth, for skewed 5-point items.

    python tests/benchmarks/coverage_forms.py --samples 40 --seed 1

Answers are drawn as in coverage_gaps.py. The truth is the row of 200,000 respondents; the difference of adjusted R² is
held against the difference of R² there. The Monte-Carlo standard error is taken over samples.
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
from coverage_gaps import SAMPLE_SIZES, SHARES, draw

from cemlab.measures.difference_reliability import assess_difference_reliability
from cemlab.measures.forms import compare_gap_forms
from cemlab.measures.polynomial import fit_polynomial_gap

CASES = list(SHARES)[:2]
N_BOOT, ROWS_OF_TRUTH = 500, 200_000


def rows(case: str, n: int, rng: np.random.Generator, n_boot: int) -> pd.DataFrame:
    """Kind, estimate, conf_low and conf_high of each row."""
    survey, codebook = draw(case, n, rng)
    codebook = codebook.assign(scale_min=1.0, scale_max=5.0)
    forms = compare_gap_forms(survey, codebook, outcome="overall", n_boot=n_boot)
    surface = fit_polynomial_gap(survey, codebook, outcome="overall", n_boot=n_boot).table
    reliability = assess_difference_reliability(survey, codebook, n_boot=n_boot).table
    tables = (
        forms.table.assign(kind="R², " + forms.table["term"]),
        forms.differences.assign(kind="difference of adjusted R², " + forms.differences["term"]),
        surface.assign(kind=surface["term"]),
        reliability.assign(
            kind=np.where(reliability["dimension"] == "all pairs", "r_D, all pairs", "r_D, a dimension")
        ),
    )
    return pd.concat([table[["kind", "estimate", "conf_low", "conf_high"]] for table in tables], ignore_index=True)


@cache
def truth(case: str) -> np.ndarray:
    """The rows of very many respondents."""
    return rows(case, ROWS_OF_TRUTH, np.random.default_rng(99), 0)["estimate"].to_numpy()


def judge(case: str, n: int, seed: list[int]) -> dict[str, tuple[float, float]]:
    """Of one sample: share of rows of a kind whose interval covers, and share that have an interval."""
    found = rows(case, n, np.random.default_rng(seed), N_BOOT)
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
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    started = time.perf_counter()
    tasks = [(case, n, [options.seed, n, k]) for case in CASES for n in SAMPLE_SIZES for k in range(options.samples)]
    with Pool(options.jobs) as pool:
        found = pool.starmap(judge, tasks, chunksize=max(1, options.samples // 4))
    tallies = defaultdict(list)
    for (case, n, _), judged in zip(tasks, found, strict=True):
        for kind, value in judged.items():
            tallies[case, kind, n].append(value)
    lines = [
        "# Coverage of 95 % intervals of the forms of service quality, skewed 5-point items",
        "",
        f"`python tests/benchmarks/coverage_forms.py --samples {options.samples} --seed {options.seed}`: "
        f"{options.samples} samples a cell, {N_BOOT} resamples, {time.perf_counter() - started:.0f} s with "
        f"{options.jobs} processes. Share of intervals that cover ± Monte-Carlo standard error.",
    ]
    for case in CASES:
        lines += ["", f"## {case}", "", "| row | " + " | ".join(f"n = {n}" for n in SAMPLE_SIZES) + " |"]
        lines.append("|---|" + "---|" * len(SAMPLE_SIZES))
        for kind in dict.fromkeys(kind for name, kind, _ in tallies if name == case):
            cells = [_cell(np.array(tallies[case, kind, n])[:, 0]) for n in SAMPLE_SIZES]
            lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    text = "\n".join(lines) + "\n"
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def _cell(values: np.ndarray) -> str:
    share = values[~np.isnan(values)]
    if len(share) < 2:
        return "–"
    return f"{share.mean():.3f} ± {share.std(ddof=1) / np.sqrt(len(share)):.3f}"


if __name__ == "__main__":
    main()
