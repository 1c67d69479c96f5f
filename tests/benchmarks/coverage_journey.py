"""How often the 95 % intervals of the journey map, of channel consistency and of event logs cover the truth.

    python tests/benchmarks/coverage_journey.py --draws 400 --seed 1

Answers are skewed on five points (3, 7, 15, 25 and 50 % of the answers from 1 to 5, before the channels are set
apart), of the same people in several channels or of different ones. n is the number of people in each channel, cell or
log. The table is written beside this script as coverage_journey.md.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from itertools import product
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.stats import norm

from cemlab.kpis.absorbing_chain import absorb
from cemlab.kpis.event_log import trace_journeys
from cemlab.measures.consistency import check_consistency
from cemlab.measures.journey import map_journey
from cemlab.measures.spread import largest_sd
from cemlab.measures.within_customers import absolute_agreement

HERE = Path(__file__).parent
CUTS = norm.ppf([0.03, 0.10, 0.25, 0.50])
SIZES = (30, 100, 500)
NAMES = ("shop", "web", "phone")
SHIFTS = {"equal channels": np.zeros(3), "unequal channels": np.array([0.0, 0.2, 0.6])}
CHANNELS = pd.DataFrame(
    {"item": [f"q_{n}" for n in NAMES], "role": "perception", "channel": NAMES, "scale_min": 1.0, "scale_max": 5.0}
)
CELL = pd.DataFrame(
    {"item": ["e", "p"], "attribute": "a", "role": ["expectation", "perception"], "stage": "buy", "channel": "shop",
     "scale_min": 1.0, "scale_max": 5.0}
)  # fmt: skip
STEPS = np.array([[0.5, 0.3, 0.2, 0, 0], [0.1, 0.3, 0.1, 0.2, 0.3], [0.1, 0, 0.2, 0.1, 0.6], [0, 0.2, 0, 0.5, 0.3]])
Tally = dict[tuple[str, int], list[bool]]


def main() -> None:
    """Draw, judge and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    truth = true_values(np.random.default_rng([options.seed, 0]))
    tasks = [([options.seed, i + 1], n, truth) for n, i in product(SIZES, range(options.draws))]
    with Pool(options.jobs) as pool:
        found = pool.starmap(judge, tasks, chunksize=10)
    tally: Tally = defaultdict(list)
    for one in found:
        for key, covers in one.items():
            tally[key].append(covers)
    text = table_text(tally, options, time.perf_counter() - started)
    (HERE / "coverage_journey.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


def answers(rng: np.random.Generator, n: int, shifts: np.ndarray, loading: float = 0.7) -> np.ndarray:
    """Skewed five-point answers of n people, a column per shift."""
    mood = rng.normal(size=(n, 1))
    latent = loading * mood + np.sqrt(1 - loading**2) * rng.normal(size=(n, len(shifts))) - shifts
    return np.digitize(latent, CUTS) + 1.0


def true_values(rng: np.random.Generator) -> dict[str, float]:
    """What a million people say; the removal effects from the chain itself."""
    truth: dict[str, float] = {}
    for name, shifts in SHIFTS.items():
        drawn = answers(rng, 1_000_000, shifts)
        means = drawn.mean(axis=0)
        truth |= {f"consistency, {name}": 1 - means.std() / largest_sd(3, 1, 5), f"range, {name}": np.ptp(means)}
        pairs = [np.abs(drawn[:, a] - drawn[:, b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
        truth |= {f"mean absolute difference, {name}": np.mean(pairs), f"ICC(A,1), {name}": absolute_agreement(drawn)}
        truth |= {f"difference, {name}": means[0] - means[2]}
        if name == "equal channels":  # no true spread: known without drawing
            truth |= {f"consistency, {name}": 1.0, f"range, {name}": 0.0, f"difference, {name}": 0.0}
    cell = answers(rng, 1_000_000, np.array([-0.6, 0.2, 0.0]))
    impact = np.corrcoef(cell[:, 1], cell[:, 2])[0, 1]
    gap = cell[:, 1].mean() - cell[:, 0].mean()
    truth |= {"gap of a cell": gap, "impact of a cell": impact, "priority of a cell": impact * max(-gap, 0)}
    truth |= {f"removal effect of {e}": float(v) for e, v in zip("abc", absorb(STEPS).removal, strict=True)}
    return truth


def judge(seed: list[int], n: int, truth: dict[str, float]) -> dict[tuple[str, int], bool]:
    """Which intervals of one draw cover."""
    rng = np.random.default_rng([*seed, n])
    covers: dict[tuple[str, int], bool] = {}

    def note(key: str, value: float, low: float, high: float) -> None:
        covers[key, n] = bool(low - 1e-9 <= value <= high + 1e-9)

    for name, shifts in SHIFTS.items():
        drawn = answers(rng, n, shifts)
        apart = np.full((3 * n, 3), np.nan)
        for column in range(3):
            apart[column * n : (column + 1) * n, column] = answers(rng, n, shifts)[:, column]
        for people, scores in (("same people", drawn), ("different people", apart)):
            survey = pd.DataFrame(scores, columns=CHANNELS["item"])
            result = check_consistency(survey, CHANNELS, margin=0.5)
            for row in result.table.itertuples():
                if np.isfinite(row.conf_low) and (people == "same people" or row.term in ("consistency", "range")):
                    note(f"{row.term}, {name}, {people}", truth[f"{row.term}, {name}"], row.conf_low, row.conf_high)
            row = result.pairs.iloc[1]
            note(f"difference, {name}, {people}", truth[f"difference, {name}"], row.conf_low, row.conf_high)
    cell = pd.DataFrame(answers(rng, n, np.array([-0.6, 0.2, 0.0])), columns=["e", "p", "overall"])
    result = map_journey(cell, CELL, impact="overall", n_boot=500, seed=int(rng.integers(1 << 30)))
    row, moment = result.table.iloc[0], result.moments.iloc[0]
    note("gap of a cell", truth["gap of a cell"], row.conf_low, row.conf_high)
    note("impact of a cell", truth["impact of a cell"], moment.conf_low, moment.conf_high)
    note("priority of a cell", truth["priority of a cell"], row.priority_low, row.priority_high)
    log = trace_journeys(draw_log(rng, n), end="$", n_boot=300, seed=int(rng.integers(1 << 30)))
    for row in log.removal.dropna(subset=["conf_low"]).itertuples():
        note(f"removal effect of {row.event}", truth[f"removal effect of {row.event}"], row.conf_low, row.conf_high)
    return covers


def draw_log(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Journeys of n customers from the chain."""
    rows, cumulated = [], STEPS.cumsum(axis=1)
    for person in range(n):
        state, place = 0, 0
        while state < 4:
            state = int(np.searchsorted(cumulated[state], rng.random(), side="right")) + 1
            if state < 5:
                rows.append((person, "abc$"[state - 1], place))
            place += 1
    return pd.DataFrame(rows, columns=["customer", "event", "time"])


def table_text(tally: Tally, options: argparse.Namespace, seconds: float) -> str:
    """The table as Markdown: shares of intervals that cover, by n."""
    error = np.sqrt(0.95 * 0.05 / options.draws)
    lines = [
        "# Coverage of the intervals of journey map, consistency and event log",
        "",
        f"`python tests/benchmarks/coverage_journey.py --draws {options.draws} --seed {options.seed}`: {options.draws} "
        f"draws for each n, {seconds:.0f} s with {options.jobs} processes; Monte-Carlo standard error {error:.3f}.",
        "The interval of the range holds for all pairs at once and is meant to cover at least 95 %.",
        "",
        "| 95 % interval of | " + " | ".join(f"n = {n}" for n in SIZES) + " |",
        "|---|" + "---:|" * len(SIZES),
    ]
    for name in sorted({key for key, _ in tally}):
        shares = " | ".join(f"{np.mean(tally[name, n]):.3f}" if tally.get((name, n)) else "–" for n in SIZES)
        lines.append(f"| {name} | {shares} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
