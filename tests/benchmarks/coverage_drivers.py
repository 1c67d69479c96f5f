"""How often 95 % intervals of importance cover the truth, for skewed 5-point answers at n = 30, 100, 500.

    python tests/benchmarks/coverage_drivers.py --studies 300 --seed 1

Six drivers and an outcome are cut from normal variables into answers 1 to 5 (3, 7, 15, 35 and 40 %); five drivers
correlate, the sixth has nothing to do with anything. True importance comes from the exact correlations of the cut
variables. Attention, opportunity and penalty-reward intervals are judged on the same answers. Last comes the time of
LMG with 15 drivers. The table is written beside this script as coverage_drivers.md.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from cemlab.measures.attention import compare_attention
from cemlab.measures.attention_shares import resample_shares
from cemlab.measures.opportunity import score_opportunities
from cemlab.models.correlations import correlation_matrices
from cemlab.models.driver_draws import draw_importance
from cemlab.models.drivers import expanded_level, rank_drivers
from cemlab.models.penalty_reward import contrast_penalties
from cemlab.models.relative_importance import johnson_weights, lmg_importance
from cemlab.resampling import bca_interval, jackknife_counts, percentile_interval

N_BOOT, HERE, SIZES = 500, Path(__file__).parent, (30, 100, 500)
SHARES = np.array([0.03, 0.07, 0.15, 0.35, 0.40])  # of the answers 1 to 5
POINTS = np.arange(1.0, 6)
PATHS = np.array([0.45, 0.30, 0.20, 0.10, 0.05, 0.0])
METHODS = {"lmg": ("LMG", lmg_importance), "johnson": ("Johnson", johnson_weights)}
FIRM = np.array([0.05, 0.10, 0.15, 0.30, 0.40])
NAMES = [f"a{j}" for j in range(5)]
Tallies = dict[tuple[int, str, str], list[float]]


def latent_correlations() -> np.ndarray:
    """Correlations of the normal variables behind the answers: five drivers at .45, one apart, and the outcome."""
    r_xx = np.full((6, 6), 0.45) + 0.55 * np.eye(6)
    r_xx[5, :5] = r_xx[:5, 5] = 0.0
    r_xy = r_xx @ PATHS
    return np.block([[r_xx, r_xy[:, None]], [r_xy[None], np.ones((1, 1))]])


def cut_correlation(r: float) -> float:
    """Correlation of two answers whose normal variables correlate at r."""
    cuts = np.concatenate([[-8.0], ndtri(np.cumsum(SHARES)[:-1]), [8.0]])
    below = np.array([[multivariate_normal.cdf([a, b], cov=[[1, r], [r, 1]]) for b in cuts] for a in cuts])
    cells = np.diff(np.diff(below, axis=0), axis=1)
    mean, square = POINTS @ SHARES, POINTS**2 @ SHARES
    return float((POINTS @ cells @ POINTS - mean**2) / (square - mean**2))


def true_correlations() -> np.ndarray:
    """Correlations of the answers."""
    latent = latent_correlations().round(12)
    known = {r: cut_correlation(r) for r in np.unique(latent) if r < 1}
    return np.array([[known.get(r, 1.0) for r in row] for row in latent])


def draw_answers(n: int, rng: np.random.Generator, root: np.ndarray) -> np.ndarray:
    """Answers 1 to 5 of n people to six drivers and the outcome."""
    return np.searchsorted(ndtri(np.cumsum(SHARES)[:-1]), rng.standard_normal((n, 7)) @ root.T) + 1.0


def judge(seed: list[int], n: int, truth: dict[str, np.ndarray]) -> Tallies:
    """Say of each interval of one study whether it covers."""
    tallies: Tallies = defaultdict(list)
    values = draw_answers(n, np.random.default_rng(seed), np.linalg.cholesky(latent_correlations()))
    for kind in METHODS:
        judge_drivers(values, kind, truth[kind], seed[1], tallies)
    judge_measures(np.random.default_rng([*seed, 1]), n, tallies)
    return dict(tallies)


def judge_drivers(values: np.ndarray, kind: str, true: np.ndarray, seed: int, tallies: Tallies) -> None:
    """Importance as a share of R² and in units of R², by three intervals; the test against random numbers."""
    name, of = METHODS[kind]
    n = len(values)
    draws = draw_importance(values, np.ones(n), kind, n_boot=N_BOOT, seed=seed)
    matrices = correlation_matrices(values, jackknife_counts(n).astype(float))
    left = of(matrices[:, :-1, :-1], matrices[:, :-1, -1])
    p_value = 2 * (np.minimum(*((s * draws.beyond_noise <= 0).sum(axis=0) for s in (1, -1))) + 1) / (N_BOOT + 1)
    tallies[n, f"{name}: p < .05 against random numbers", "driver without importance"].append(float(p_value[5] < 0.05))
    tallies[n, f"{name}: p < .05 against random numbers", "strongest driver"].append(float(p_value[0] < 0.05))
    for unit in ("share of R²", "units of R²"):
        parts = [x / x.sum(axis=-1, keepdims=True) if unit.startswith("share") else x
                 for x in (draws.resampled, draws.raw, left, true)]  # fmt: skip
        boot, raw, jack, value = parts
        ends = {
            "percentile": percentile_interval(boot),
            "BCa": bca_interval(boot, raw, jack),
            "percentile, expanded": percentile_interval(boot, expanded_level(0.95, n, 6)),
        }
        for interval, end in ends.items():
            hit = (end.low <= value) & (value <= end.high)
            tallies[n, f"{name}, {unit}: {interval}", "five drivers"].append(float(hit[:5].mean()))
            tallies[n, f"{name}, {unit}: {interval}", "strongest driver"].append(float(hit[0]))


def judge_measures(rng: np.random.Generator, n: int, tallies: Tallies) -> None:
    """Attention, opportunity and penalty-reward on independent skewed answers."""
    turns = np.array([np.roll(SHARES, shift) for shift in range(5)])
    ratings = pd.DataFrame({name: rng.choice(POINTS, n, p=p) for name, p in zip(NAMES, turns, strict=True)})
    codebook = pd.DataFrame(
        {"item": NAMES, "attribute": NAMES, "role": "importance", "scale_min": 1.0, "scale_max": 5.0}
    )
    above = turns @ (POINTS - 1)
    true = above / above.sum()
    firm = dict(zip(NAMES, FIRM, strict=True))
    result = compare_attention(ratings, codebook, attention=firm, n_boot=N_BOOT)
    tallies[n, "attention: importance - attention", "five attributes"].append(
        float(_hits(result.table, true - FIRM).mean())
    )
    distance = np.abs(true - FIRM).sum() / 2
    tallies[n, "attention: mismatch, shifted percentile", "mismatch"].append(float(_hits(result.overall, distance)[0]))
    shares = resample_shares(ratings.to_numpy() - 1, np.ones(n), N_BOOT, rng)
    low, high, _ = percentile_interval(np.abs(shares - FIRM).sum(axis=1) / 2)
    tallies[n, "attention: mismatch, percentile", "mismatch"].append(float(low <= distance <= high))
    satisfied = pd.DataFrame({"s": rng.choice(POINTS, n, p=SHARES)})
    pair = pd.DataFrame(
        {"item": ["a0", "s"], "attribute": "x", "role": ["importance", "satisfaction"], "scale_max": 5.0}
    )
    for variant, unit in (("mean", POINTS), ("percent", 10.0 * (POINTS >= 4))):
        table = score_opportunities(ratings[["a0"]].join(satisfied), pair, variant=variant).table
        tallies[n, f"opportunity, {variant}: I equals P", "one attribute"].append(float(_hits(table, SHARES @ unit)[0]))
    y = (ratings["a0"] >= 5) - 1.0 * (ratings["a0"] <= 3) + rng.normal(0, 1, n) * (1 + (ratings["a0"] >= 5))
    table = contrast_penalties(ratings.assign(y=y), outcome="y", drivers=["a0"], low=3, high=5, n_boot=2).table
    tallies[n, "penalty-reward: HC3, errors of unequal size", "penalty and reward"].append(
        float(_hits(table, np.array([-1.0, 1.0])).mean())
    )


def _hits(table: pd.DataFrame, true: np.ndarray | float) -> np.ndarray:
    return ((table["conf_low"] <= true) & (true <= table["conf_high"])).to_numpy()


def time_lmg() -> str:
    """CPU seconds of LMG with 15 drivers and 1,000 resamples."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(500, 16)) + rng.normal(size=(500, 1))).rename(columns=str)
    matrix = np.repeat(np.corrcoef(frame.to_numpy().T)[None], 1000, axis=0)
    started = time.process_time()
    lmg_importance(matrix[:, :-1, :-1], matrix[:, :-1, -1])
    alone = time.process_time() - started
    started = time.process_time()
    rank_drivers(frame, outcome="15", drivers=[str(j) for j in range(15)], n_boot=1000)
    whole = time.process_time() - started
    return (
        f"LMG of 15 drivers (32,768 sub-models), one thread: {alone:.1f} s of CPU for 1,000 correlation matrices; "
        f"`rank_drivers` with 1,000 resamples, the random variable among them (65,536 sub-models each): {whole:.1f} s, "
        "n = 500."
    )


def main() -> None:
    """Run the studies and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage_drivers.md")
    options = parser.parse_args()
    started = time.perf_counter()
    matrix = true_correlations()
    truth = {kind: of(matrix[:-1, :-1], matrix[:-1, -1]) for kind, (_, of) in METHODS.items()}
    tasks = [([options.seed, i, n], n, truth) for n in SIZES for i in range(options.studies)]
    with Pool(options.jobs) as pool:
        tallies = pool.starmap(judge, tasks, chunksize=8)
    text = table_text(tallies, options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def table_text(tallies: list[Tallies], options: argparse.Namespace, seconds: float) -> str:
    """The table as Markdown."""
    pooled: Tallies = defaultdict(list)
    for one in tallies:
        for key, hits in one.items():
            pooled[key] += hits
    worst = np.sqrt(0.95 * 0.05 / options.studies)
    lines = [
        "# Coverage of the intervals of importance",
        "",
        f"`python tests/benchmarks/coverage_drivers.py --studies {options.studies} --seed {options.seed}`: skewed "
        f"5-point answers, {options.studies} samples of each size, {N_BOOT} resamples, {seconds:.0f} s with "
        f"{options.jobs} processes. Monte-Carlo standard error of a share of .95: {worst:.3f} at most. Shares of "
        "intervals that cover, or of p values below .05.",
        "",
        "| interval or test | of | n = 30 | n = 100 | n = 500 |",
        "|---|---|---:|---:|---:|",
    ]
    for what, of in dict.fromkeys(key[1:] for key in pooled):
        lines.append(f"| {what} | {of} | " + " | ".join(f"{np.mean(pooled[n, what, of]):.3f}" for n in SIZES) + " |")
    return "\n".join([*lines, "", time_lmg()]) + "\n"


if __name__ == "__main__":
    main()
