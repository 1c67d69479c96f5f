"""Gaps of a million respondents: `score_gaps` beside the same in plain pandas and pingouin, one run, one thread.

Run: python -m tests.benchmarks.bench_gaps

The peer takes pingouin.ttest in a loop over items, dimensions and totals, pandas for the scores (half of the parts
answered), scipy for the signed ranks (pingouin's own needs n x n memory) and pingouin.multicomp for Holm. Both give the
same numbers, which is checked. Peak memory counts the survey itself and is what tracemalloc sees of numpy and pandas
while the gaps are scored.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cemlab.measures.gaps import GapsResult, score_gaps

SIZES = {"tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5}
ROWS, TIMES, MEMORY = 1_000_000, 10.0, 2.0
COMPARED = ["n", "expectation", "perception", "estimate", "sd", "statistic", "df", "p_value", "conf_low", "conf_high"]


def simulate(rows: int, missing: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers to 22 pairs of items on 1 to 7, whole numbers, correlated within a respondent."""
    rng = np.random.default_rng(1)
    answers, book = {}, []
    mood = rng.normal(0, 0.7, rows)
    for dimension, size in SIZES.items():
        for number in range(size):
            name = f"{dimension}{number}"
            for role, centre in (("expectation", 6.0), ("perception", 5.2)):
                values = np.clip(np.rint(centre + mood + rng.normal(0, 1, rows)), 1, 7)
                if missing:
                    values[rng.random(rows) < missing] = np.nan
                answers[f"{role[0]}_{name}"] = values
                book.append((f"{role[0]}_{name}", name, role, dimension, 7.0))
    codebook = pd.DataFrame(book, columns=["item", "attribute", "role", "construct", "scale_max"])
    return pd.DataFrame(answers), codebook


def plain_gaps(survey: pd.DataFrame, *, ranks: bool = True) -> dict[str, pd.DataFrame]:
    """Items, dimensions and totals with pingouin and pandas; `ranks` with the signed-rank test of each item."""
    import pingouin as pg
    from scipy import stats

    items, dimensions, gaps, scores = [], [], {}, {}
    for dimension, size in SIZES.items():
        names = [f"{dimension}{number}" for number in range(size)]
        for name in names:
            e, p = survey[f"e_{name}"], survey[f"p_{name}"]
            items.append(_row(pg, e, p))
            gaps[name] = p - e
            if ranks:
                items[-1]["p_wilcoxon"] = stats.wilcoxon(gaps[name].dropna(), method="asymptotic").pvalue
        answered = pd.DataFrame({name: gaps[name].notna() for name in names})
        for side in ("e", "p"):
            part = survey[[f"{side}_{name}" for name in names]].where(answered.to_numpy())
            scores[side, dimension] = part.mean(axis=1).where(answered.mean(axis=1) >= 0.5)
        dimensions.append(_row(pg, scores["e", dimension], scores["p", dimension]))
    for rows in (items, dimensions):
        adjusted = pg.multicomp([row["p_value"] for row in rows], method="holm")[1]
        for row, value in zip(rows, adjusted, strict=True):
            row["p_adjusted"] = value
    answered = pd.DataFrame({name: gap.notna() for name, gap in gaps.items()})
    totals = []
    wholes = [survey[[f"{side}_{name}" for name in gaps]].where(answered.to_numpy()).mean(axis=1) for side in "ep"]
    totals.append(_row(pg, *(whole.where(answered.mean(axis=1) >= 0.5) for whole in wholes)))
    tables = [pd.DataFrame({d: scores[side, d] for d in SIZES}) for side in "ep"]
    totals.append(_row(pg, *(table.mean(axis=1).where(table.notna().mean(axis=1) >= 0.5) for table in tables)))
    return {"table": pd.DataFrame(items), "dimensions": pd.DataFrame(dimensions), "overall": pd.DataFrame(totals)}


def _row(pg: Any, e: pd.Series, p: pd.Series) -> dict[str, float]:
    test = pg.ttest(p, e, paired=True).iloc[0]
    both = (p - e).dropna()
    known = both.index
    low, high = test["CI95"] if "CI95" in test else test["CI95%"]
    return {
        "n": len(both),
        "expectation": e[known].mean(),
        "perception": p[known].mean(),
        "estimate": both.mean(),
        "sd": both.std(),
        "statistic": test["T"],
        "df": test["dof"],
        "p_value": test["p_val"] if "p_val" in test else test["p-val"],
        "conf_low": low,
        "conf_high": high,
    }


def check_same(ours: GapsResult, plain: dict[str, pd.DataFrame]) -> None:
    """Both give the same rows; pingouin rounds intervals to two digits."""
    for name, table in plain.items():
        own = getattr(ours, name)
        for column in [c for c in [*COMPARED, "p_adjusted", "p_wilcoxon"] if c in table and c in own]:
            digits = 0.0051 if column.startswith("conf") else 1e-8
            np.testing.assert_allclose(
                own[column].astype(float),
                table[column].astype(float),
                rtol=1e-8,
                atol=digits,
                err_msg=f"{name} {column}",
            )


def measure(rows: int, missing: float) -> dict[str, float]:
    """Seconds of both and the peak memory over the survey's."""
    survey, codebook = simulate(rows, missing)
    score_gaps(survey.head(100), codebook), plain_gaps(survey.head(100))  # imports
    seconds, ours = _timed(lambda: score_gaps(survey, codebook), repeats=3)
    with_ranks, plain = _timed(lambda: plain_gaps(survey))
    check_same(ours, plain)
    without_ranks, _ = _timed(lambda: plain_gaps(survey, ranks=False))
    data = float(survey.memory_usage(index=False).sum())
    tracemalloc.start()
    score_gaps(survey, codebook)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "missing": missing,
        "seconds": seconds,
        "plain": with_ranks,
        "times": with_ranks / seconds,
        "plain_without_ranks": without_ranks,
        "times_without_ranks": without_ranks / seconds,
        "memory": (data + peak) / data,
    }


def _timed(call: Any, repeats: int = 1) -> tuple[float, Any]:
    """The shortest of some runs."""
    found, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        found.append(time.perf_counter() - start)
    return min(found), result


def test_gaps_are_fast_and_small() -> None:
    found = measure(200_000, 0.05)
    assert found["times"] > TIMES / 2  # the bound is loose: machines differ
    assert found["memory"] < MEMORY


def main() -> None:
    """Measure with and without missing answers and write the table beside this script."""
    lines = [
        "# Gaps of a million respondents",
        "",
        f"`python -m tests.benchmarks.bench_gaps`: {ROWS:,} respondents × 44 items (22 pairs, five dimensions), one",
        f"thread, Python {sys.version_info.major}.{sys.version_info.minor}; gaps by item, dimension and overall with "
        "t intervals, tests, Holm and signed ranks.",
        "Plain: the same numbers (checked) by pingouin.ttest in a loop, pandas scores and scipy.stats.wilcoxon.",
        "",
        "| missing answers | score_gaps, s | plain, s | times | plain without signed ranks, s | times | "
        "peak memory / data |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for missing in (0.0, 0.05):
        row = measure(ROWS, missing)
        lines.append(
            f"| {row['missing']:.0%} | {row['seconds']:.2f} | {row['plain']:.1f} | {row['times']:.0f} | "
            f"{row['plain_without_ranks']:.1f} | {row['times_without_ranks']:.0f} | {row['memory']:.2f} |"
        )
    lines += [
        "",
        "score_gaps always gives the signed ranks: the shortest of three runs; the plain loop: one run.",
    ]
    text = "\n".join(lines) + "\n"
    Path(__file__).with_name("bench_gaps.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
