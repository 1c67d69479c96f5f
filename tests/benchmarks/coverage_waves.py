"""How often the 95 % intervals of levels and changes over waves cover the truth: skewed 5-point items, panels, weights.

    python tests/benchmarks/coverage_waves.py --repeats 2000 --seed 1

Two waves of n respondents, of whom a share answers both times (correlation of the latent answers 0.6). First wave
3, 4, 8, 25, 60 % on the five points; second wave 5, 10, 20, 35, 30 %, or the same again for the test of no change.
Shares count answers of 4 and 5, Net Promoter Scores take 5 as promoter and 1 to 3 as detractor. With weights, three
in ten respondents belong to a group whose answers are lower and who count 3.5 times as much. "Plain" is what the
textbook gives: the t or Wald interval of a level, and the change as if all respondents were different people.
The table is written beside this script as coverage_waves.md.
"""

from __future__ import annotations

import argparse
import os
import time
from itertools import product
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from cemlab.kpis.wave_changes import compare_waves
from cemlab.kpis.wave_samples import Kind, Wave, measure_wave

FIRST, SECOND = (0.03, 0.04, 0.08, 0.25, 0.60), (0.05, 0.10, 0.20, 0.35, 0.30)
KINDS: tuple[Kind, ...] = ("mean", "share", "nps")
SCORES = {"mean": (1, 2, 3, 4, 5), "share": (0, 0, 0, 1, 1), "nps": (-1, -1, -1, 0, 1)}
GROUP_SHARE, GROUP_SHIFT, GROUP_WEIGHT = 0.3, -0.6, 3.5
SAME_PERSON = 0.6
HERE = Path(__file__).parent
Cell = tuple[Kind, int, float, bool]


def main() -> None:
    """Run all cells and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage_waves.md")
    options = parser.parse_args()
    started = time.perf_counter()
    cells: list[Cell] = list(product(KINDS, (30, 100, 500), (0.0, 0.5, 1.0), (False, True)))
    with Pool(options.jobs) as pool:
        tasks = [(cell, options.repeats, [options.seed, place]) for place, cell in enumerate(cells)]
        shares = pool.starmap(judge_cell, tasks, chunksize=1)
    text = table_text(cells, shares, options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def judge_cell(cell: Cell, repeats: int, seed: list[int]) -> NDArray[np.float64]:
    """Shares of: level covered, plainly covered, change covered, plainly covered, no change rejected."""
    kind, n, overlap, weighted = cell
    rng = np.random.default_rng(seed)
    truth = [_truth(points, kind, weighted) for points in (FIRST, SECOND)]
    hits = np.zeros(5)
    for _ in range(repeats):
        draw = _draw(rng, n, round(n * overlap), weighted)
        first, second, same = (
            _measure(kind, points, *draw, wave) for points, wave in ((FIRST, 0), (SECOND, 1), (FIRST, 1))
        )
        change = compare_waves(first, second, kind=kind, conf_level=0.95)
        plain = compare_waves(first, second._replace(people=second.people + 10 * n), kind=kind, conf_level=0.95)
        reject = compare_waves(first, same, kind=kind, conf_level=0.95).p_value < 0.05
        low, high = _textbook(first, kind)
        moved = truth[1] - truth[0]
        hits += [
            first.low <= truth[0] <= first.high,
            low <= truth[0] <= high,
            change.low <= moved <= change.high,
            plain.low <= moved <= plain.high,
            reject,
        ]
    return hits / repeats


def _draw(
    rng: np.random.Generator, n: int, shared: int, weighted: bool
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.int64]], NDArray[np.float64]]:
    """Latent answers and people of both waves, and each person's weight."""
    in_group = rng.random(2 * n) < GROUP_SHARE if weighted else np.zeros(2 * n, dtype=bool)
    person = rng.normal(0, 1, 2 * n)
    again = SAME_PERSON * person + np.sqrt(1 - SAME_PERSON**2) * rng.normal(0, 1, 2 * n)
    people = [np.arange(n), np.r_[np.arange(shared), np.arange(n, 2 * n - shared)]]
    latent = [answers[who] + GROUP_SHIFT * in_group[who] for answers, who in zip((person, again), people, strict=True)]
    return latent, people, np.where(in_group, GROUP_WEIGHT, 1.0)


def _measure(
    kind: Kind,
    points: tuple[float, ...],
    latent: list[NDArray[np.float64]],
    people: list[NDArray[np.int64]],
    weights: NDArray[np.float64],
    wave: int,
) -> Wave:
    answers = np.searchsorted(ndtri(np.cumsum(points)[:-1]), latent[wave])
    values = np.array(SCORES[kind], dtype=float)[answers]
    return measure_wave(values, weights[people[wave]], people[wave], kind=kind, conf_level=0.95)


def _truth(points: tuple[float, ...], kind: Kind, weighted: bool) -> float:
    """The level in the population that the weights stand for."""
    cuts = np.r_[-np.inf, ndtri(np.cumsum(points)[:-1]), np.inf]
    levels = [float(np.diff(ndtr(cuts - shift)) @ SCORES[kind]) for shift in (0.0, GROUP_SHIFT)]
    mass = GROUP_SHARE * GROUP_WEIGHT / (GROUP_SHARE * GROUP_WEIGHT + 1 - GROUP_SHARE) if weighted else 0.0
    return (1 - mass) * levels[0] + mass * levels[1]


def _textbook(wave: Wave, kind: Kind) -> tuple[float, float]:
    quantile = stdtrit(wave.n - 1, 0.975) if kind == "mean" else ndtri(0.975)
    half = quantile * np.sqrt(wave.variance)
    return wave.estimate - half, wave.estimate + half


def table_text(
    cells: list[Cell], shares: list[NDArray[np.float64]], options: argparse.Namespace, seconds: float
) -> str:
    """Give the table in markdown."""
    error = np.sqrt(0.95 * 0.05 / options.repeats)
    lines = [
        "# Coverage of intervals over waves",
        "",
        f"`python tests/benchmarks/coverage_waves.py --repeats {options.repeats} --seed {options.seed}`: "
        f"{options.repeats} pairs of waves a row, {seconds:.0f} s with {options.jobs} processes; Monte-Carlo SE of a "
        f"share of 95 %: {error:.3f}. What is drawn stands at the top of the script.",
        "",
        "| measure | n | both waves | weights | level | level, plain | change | change, as if no panel | "
        "no change rejected |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for (kind, n, overlap, weighted), row in zip(cells, shares, strict=True):
        figures = " | ".join(f"{share:.3f}" for share in row)
        lines.append(f"| {kind} | {n} | {overlap:.0%} | {'yes' if weighted else 'no'} | {figures} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
