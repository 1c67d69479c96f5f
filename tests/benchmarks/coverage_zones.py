"""How often the 95 % intervals of zones, five gaps, value, value added and service levels cover the truth.

    python tests/benchmarks/coverage_zones.py --samples 600 --seed 1

Skewed 5-point items: correlated normal variables cut at the shares in SHARES. The truth is that of a sample of
400,000. The shares of the dissatisfied, satisfied and delighted are judged twice: at a given tolerance, and at the
default one against the true share at the tolerance that the sample chose and the result prints. The table is written
beside this script as coverage_zones.md.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cemlab.measures.five_gaps import score_five_gaps
from cemlab.measures.service_levels import score_service_levels
from cemlab.measures.value import score_value
from cemlab.measures.value_added import score_value_added
from cemlab.measures.value_answers import COMPONENTS
from cemlab.measures.zones import score_zones

HERE = Path(__file__).parent
SIZES = (30, 100, 500)
LARGE = 400_000
SHARES = {
    "low": (0.2, 0.4, 0.25, 0.1, 0.05),
    "middle": (0.05, 0.1, 0.2, 0.4, 0.25),
    "high": (0.01, 0.03, 0.08, 0.28, 0.6),
}
LEVELS = {"basic": ["a", "b"], "customer-centred": ["c", "d"], "value-added": ["e", "f"]}
CUTS = np.linspace(-1.5, 1.5, 6)
Row = tuple[str, float, float, float]  # quantity, estimate, low, high


def main() -> None:
    """Draw the samples and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage_zones.md")
    options = parser.parse_args()
    started = time.perf_counter()
    truth = {name: estimate for name, estimate, _, _ in judge(np.random.default_rng([options.seed, 0]), LARGE)}
    tasks = [(options.seed, number, n) for n in SIZES for number in range(options.samples)]
    hits: dict[tuple[str, int], list[bool]] = defaultdict(list)
    with Pool(options.jobs) as pool:
        for n, rows in pool.imap_unordered(one_sample, tasks, chunksize=20):
            for name, _, low, high in rows:
                hits[name, n].append(bool(low <= truth[name] <= high))
    text = table_text(hits, truth, options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def one_sample(task: tuple[int, int, int]) -> tuple[int, list[Row]]:
    """Every interval of one sample of n people."""
    seed, number, n = task
    return n, list(judge(np.random.default_rng([seed, number + 1, n]), n))


def judge(rng: np.random.Generator, n: int) -> Iterator[Row]:
    """Every quantity with its interval."""
    yield from zones(rng, n)
    yield from five_gaps(rng, n)
    yield from value(rng, n)
    yield from value_added(rng, n)
    yield from levels(rng, n)


def items(rng: np.random.Generator, n: int, kinds: list[str], correlation: float = 0.4) -> np.ndarray:
    """Correlated 5-point answers, a column a kind."""
    common = rng.normal(0, 1, (n, 1)) * np.sqrt(correlation)
    latent = common + rng.normal(0, 1, (n, len(kinds))) * np.sqrt(1 - correlation)
    cuts = [ndtri(np.cumsum(SHARES[kind])[:-1]) for kind in kinds]
    return np.column_stack([np.searchsorted(c, latent[:, k]) + 1.0 for k, c in enumerate(cuts)])


def rows_of(table: pd.DataFrame, name: str, label: str) -> Iterator[Row]:
    """Quantity and interval of each row of a result table."""
    for row in table.to_dict("records"):
        yield f"{name}, {row[label]}", row["estimate"], row["conf_low"], row["conf_high"]


def zones(rng: np.random.Generator, n: int) -> Iterator[Row]:
    """Adequacy, superiority, width, position; shares of people."""
    roles = ["minimum", "desired", "perception"]
    codebook = pd.DataFrame({"item": roles, "attribute": "x", "role": roles, "construct": ""})
    result = score_zones(pd.DataFrame(items(rng, n, ["low", "high", "middle"]), columns=roles), codebook)
    yield from rows_of(result.table, "zone", "term")
    yield from rows_of(result.states, "share of people, zone", "state")


def five_gaps(rng: np.random.Generator, n: int) -> Iterator[Row]:
    """Gap 1 with 12 managers (Welch), gap 5 (paired)."""
    codebook = pd.DataFrame({"item": ["e", "p", "m"], "attribute": "x"})
    codebook["role"], codebook["asked_of"] = (
        ["expectation", "perception", "expectation"],
        ["customers"] * 2 + ["managers"],
    )
    customers = pd.DataFrame(items(rng, n, ["high", "middle"]), columns=["e", "p"])
    managers = pd.DataFrame(items(rng, 12 if n < LARGE else LARGE, ["middle"]), columns=["m"])
    result = score_five_gaps(customers, codebook, managers=managers).table
    result["term"] = result["term"].replace("G1 knowledge", "G1 with 12 managers")
    yield from rows_of(result, "five gaps", "term")


def value(rng: np.random.Generator, n: int) -> Iterator[Row]:
    """Value, difference, shares at both kinds of tolerance, coefficients of the overall value."""
    survey = value_answers(rng, n)
    names = list(COMPONENTS)
    codebook = pd.DataFrame({"item": names, "role": names, "scale_min": 1.0, "scale_max": 5.0})
    result = score_value(survey, codebook, expected="hoped", overall="overall", tolerance=1.5)
    yield from rows_of(result.table[result.table["term"].isin(["value", "difference"])], "value equation", "term")
    yield from rows_of(result.states, "share of people at tolerance 1.5", "state")
    yield from rows_of(result.weights[result.weights["term"].isin(["benefit", "effort"])], "coefficient", "term")
    rejected = float(result.tests["p_value"].iloc[0] < 0.05)
    yield "joint test of true unit weights keeps them", 0.0, rejected, 1.0
    default = score_value(survey, codebook, expected="hoped")
    limit = default.info["tolerance"]
    true = {"dissatisfied": (differences() < -limit).mean(), "delighted": (differences() > limit).mean()}
    true["satisfied"] = 1 - true["dissatisfied"] - true["delighted"]
    for name, estimate, low, high in rows_of(
        default.states, "share of people minus the true one at its tolerance", "state"
    ):
        own = true[name.rsplit(", ")[-1]]
        yield name, estimate - own, low - own, high - own


def value_answers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Components, an overall value with unit weights and unequal variances, an expected value."""
    survey = pd.DataFrame(items(rng, n, ["high", "low", "low", "middle", "high"], 0.2), columns=list(COMPONENTS))
    sum_of = survey.to_numpy() @ np.array([1.0, -1, -1, -1, 1])
    survey["overall"] = sum_of + rng.normal(0, 1, n) * (1 + survey["effort"] / 2)
    survey["hoped"] = items(rng, n, ["middle"]).ravel() - 3
    return survey


@cache
def differences() -> np.ndarray:
    """Value - expected value of very many people."""
    survey = value_answers(np.random.default_rng(99), LARGE)
    return survey[list(COMPONENTS)].to_numpy() @ np.array([1.0, -1, -1, -1, 1]) - survey["hoped"].to_numpy()


def value_added(rng: np.random.Generator, n: int) -> Iterator[Row]:
    """Ratios of an organization with n raters and two competitors with n each."""
    parts = [items(rng, n, kinds) for kinds in (["high", "middle", "high"], ["middle"] * 3, ["middle", "low", "high"])]
    ratings = pd.DataFrame(np.vstack(parts), columns=["worth", "q1", "q2"])
    ratings["organization"] = np.repeat(["a", "b", "c"], n)
    result = score_value_added(ratings, own="a", worth="worth", quality={"q1": 2.0, "q2": 1.0})
    yield from rows_of(result.table.iloc[:2], "value added", "term")


def levels(rng: np.random.Generator, n: int) -> Iterator[Row]:
    """Coefficients of a nearly cumulative checklist, shares of levels."""
    answers = rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.25, (n, 6)) > CUTS
    result = score_service_levels(pd.DataFrame(answers.astype(float), columns=list("abcdef")), LEVELS)
    yield from rows_of(result.table, "checklist", "coefficient")
    if not result.problems:
        yield from rows_of(result.levels, "share at a level", "service_level")


def table_text(
    hits: dict[tuple[str, int], list[bool]], truth: dict[str, float], options: argparse.Namespace, seconds: float
) -> str:
    """The markdown table."""
    lines = [
        "# Coverage of the intervals of zones, five gaps, value, value added and service levels",
        "",
        f"`python tests/benchmarks/coverage_zones.py --samples {options.samples} --seed {options.seed}`: skewed "
        f"5-point items, {options.samples} samples a size, {seconds:.0f} s with {options.jobs} processes. "
        f"Monte-Carlo standard error {np.sqrt(0.95 * 0.05 / options.samples):.3f}.",
        "",
        "| quantity | truth | " + " | ".join(f"n = {n}" for n in SIZES) + " |",
        "|---|---:|" + "---:|" * len(SIZES),
    ]
    for name in dict.fromkeys(name for name, _ in hits):
        shares = [f"{np.mean(hits[name, n]):.3f}" if hits.get((name, n)) else "–" for n in SIZES]
        lines.append(f"| {name} | {truth[name]:.3f} | " + " | ".join(shares) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
