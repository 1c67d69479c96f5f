"""Which 95 % interval of an indirect effect covers its truth: the candidates side by side on small simulated chains.

    python tests/benchmarks/coverage_indirect.py --samples 400 --seed 1

Each sample is a chain of two or three links in which every construct is also regressed on the first one. Rows are
24, 60 or 200 units, or people in 24 units; errors are normal, or skewed and larger where the source is far from
its mean. All candidates see the same samples and, where they resample, the same resamples. The table is written
beside this script as coverage_indirect.md; `link_chain` takes its default from it.

References
----------
MacKinnon, D. P., Lockwood, C. M. & Williams, J. (2004). Confidence limits for the indirect effect: distribution of the
    product and resampling methods. Multivariate Behavioral Research 39, 99-128.
Preacher, K. J. & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for indirect effects.
    Communication Methods and Measures 6, 77-98.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from cemlab.models.indirect import monte_carlo_coefficients, resampled_coefficients
from cemlab.models.levels import LevelRows
from cemlab.models.links import Equation, Link, build_equation, fit_equation
from cemlab.models.regression import LinearFit
from cemlab.resampling import bca_interval, bootstrap_counts, jackknife_counts, percentile_interval

N_BOOT = 800
SIZES = {"24 units": (24, 1), "60 units": (60, 1), "200 units": (200, 1), "600 people in 24 units": (24, 25)}
SLOPES = {
    "0.3 · 0.3": (0.3, 0.3),
    "0.6 · 0.4": (0.6, 0.4),
    "0.5 · 0.5 · 0.5": (0.5, 0.5, 0.5),
    "0.5 · 0": (0.5, 0.0),
    "0 · 0": (0.0, 0.0),
}
METHODS = [
    "percentile",
    "stretched percentile",
    "BCa",
    "bootstrap-t",
    "Monte Carlo, normal",
    "Monte Carlo, t",
]
HERE = Path(__file__).parent
Array = np.ndarray[Any, np.dtype[np.float64]]


class Fitted(NamedTuple):
    """One equation of the chain with the fit and the place of the path's own coefficient."""

    equation: Equation
    fit: LinearFit
    place: int


def main() -> None:
    """Draw the samples and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage_indirect.md")
    options = parser.parse_args()
    started = time.perf_counter()
    cells = [(size, slopes, skewed) for skewed in (False, True) for slopes in SLOPES for size in SIZES]
    tasks = [(*cell, options.samples, [options.seed, place]) for place, cell in enumerate(cells)]
    with Pool(options.jobs) as pool:
        shares = pool.starmap(judge_cell, tasks, chunksize=1)
    text = table_text(cells, shares, options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def judge_cell(size: str, slopes: str, skewed: bool, samples: int, seed: list[int]) -> list[float]:
    """Share of samples whose interval covers, per method."""
    truth = float(np.prod(SLOPES[slopes]))
    hits = np.zeros(len(METHODS))
    for sample in range(samples):
        rng = np.random.default_rng([*seed, sample])
        ends = intervals(draw_chain(rng, *SIZES[size], SLOPES[slopes], skewed), rng)
        hits += [ends[method][0] <= truth <= ends[method][1] for method in METHODS]
    return [float(x) for x in hits / samples]


def draw_chain(rng: np.random.Generator, n_units: int, per_unit: int, slopes: tuple[float, ...], skewed: bool) -> Any:
    """Constructs c0 → c1 → …; with several people per unit a tenth of each error variance lies between units."""
    units = np.repeat(np.arange(n_units), per_unit)

    def error(source: Array) -> Array:
        own = (rng.chisquare(3, len(units)) - 3) / np.sqrt(6) if skewed else rng.normal(size=len(units))
        own *= np.sqrt((0.5 + 0.5 * source**2) if skewed else 1.0)
        return own if per_unit == 1 else np.sqrt(0.9) * own + np.sqrt(0.1) * rng.normal(size=n_units)[units]

    columns = {"c0": error(np.ones(len(units)))}
    for step, slope in enumerate(slopes, start=1):
        before = columns[f"c{step - 1}"]
        columns[f"c{step}"] = slope * before + error(before) + (0.2 * columns["c0"] if step > 1 else 0.0)
    frame = pd.DataFrame(columns).assign(organization="", unit=np.char.add("u", units.astype(str)), weight=1.0)
    return LevelRows("respondent" if per_unit > 1 else "unit", frame, tuple(columns), per_unit > 1)


def intervals(level: LevelRows, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Ends of the 95 % interval of the product along the chain, per method."""
    chain, codes, n_units = fit_chain(level)
    counts = bootstrap_counts(n_units, N_BOOT, rng)
    draws = np.column_stack([resampled_coefficients(e, codes, counts)[:, place] for e, _, place in chain])
    left_out = np.column_stack([
        resampled_coefficients(e, codes, jackknife_counts(n_units))[:, place] for e, _, place in chain
    ])  # fmt: skip
    point = np.array([fit.coefficients[place] for _, fit, place in chain])
    errors = np.array([fit.std_errors[place] for _, fit, place in chain])
    stretch = errors / draws.std(axis=0, ddof=1)
    product, pivots = point.prod(), studentized(chain, codes, counts, draws, float(point.prod()))
    error = delta_error(point, errors)
    t_low, t_high, _ = percentile_interval(pivots)
    heavy = products([fit for _, fit, _ in chain], chain, rng)
    normal = products([replace(fit, df=np.inf) for _, fit, _ in chain], chain, rng)
    return {
        "percentile": percentile_interval(draws.prod(axis=1))[:2],
        "stretched percentile": percentile_interval((point + (draws - point) * stretch).prod(axis=1))[:2],
        "BCa": bca_interval(draws.prod(axis=1), product, left_out.prod(axis=1))[:2],
        "bootstrap-t": (product - t_high * error, product - t_low * error),
        "Monte Carlo, normal": percentile_interval(normal)[:2],
        "Monte Carlo, t": percentile_interval(heavy)[:2],
    }


def fit_chain(level: LevelRows) -> tuple[list[Fitted], np.ndarray[Any, np.dtype[np.int64]], int]:
    """Each construct on the one before it and on the first; which unit each row belongs to; number of units."""
    chain = []
    for before, target in zip(level.names, level.names[1:], strict=False):
        sources = dict.fromkeys([before, level.names[0]])
        equation = build_equation(level, target, [Link(name + target, name, target) for name in sources])
        fit = fit_equation(equation)
        assert fit is not None
        chain.append(Fitted(equation, fit, 1))
    codes = np.arange(len(level.frame)) if chain[0].equation.clusters is None else chain[0].equation.clusters
    return chain, codes, int(codes.max()) + 1


def products(fits: list[LinearFit], chain: list[Fitted], rng: np.random.Generator) -> Array:
    """Draws of the product from the sampling distributions of its coefficients."""
    drawn = [monte_carlo_coefficients(fit, 2 * N_BOOT, rng) for fit in fits]
    return np.prod([part[:, place] for part, (_, _, place) in zip(drawn, chain, strict=True)], axis=0)


def delta_error(points: Array, errors: Array) -> Any:
    """First-order standard error of a product of independent coefficients, over the last axis."""
    others = [np.delete(points, j, axis=-1).prod(axis=-1) for j in range(points.shape[-1])]
    return np.sqrt(sum((other * errors[..., j]) ** 2 for j, other in enumerate(others)))


def studentized(chain: list[Fitted], codes: Any, counts: Any, draws: Array, product: float) -> Array:
    """(product in a resample - product) / its own first-order error in that resample (HC0 or CV0 within it)."""
    errors = np.empty_like(draws)
    for j, (equation, _, place) in enumerate(chain):
        x = equation.design
        coefficients = resampled_coefficients(equation, codes, counts)
        residuals = equation.y - coefficients @ x.T
        parts = np.zeros((counts.shape[1], x.shape[1] ** 2))
        np.add.at(parts, codes, (x[:, :, None] * x[:, None, :]).reshape(len(x), -1))
        normal = (counts.astype(float) @ parts).reshape(-1, x.shape[1], x.shape[1])
        rows = np.linalg.pinv(normal, hermitian=True)[:, place] @ x.T  # influence of each row on the coefficient
        owner = np.zeros((len(x), counts.shape[1]))
        owner[np.arange(len(x)), codes] = 1.0
        scores = (rows * residuals) @ owner
        errors[:, j] = np.sqrt((counts * scores**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        pivots = (draws.prod(axis=1) - product) / delta_error(draws, errors)
    return np.where(np.isfinite(pivots), pivots, np.nan)


def table_text(cells: list[Any], shares: list[list[float]], options: argparse.Namespace, seconds: float) -> str:
    """The table as Markdown: a row per chain and size, a column per method."""
    lines = [
        "# Coverage of 95 % intervals of an indirect effect, by method",
        "",
        f"`python tests/benchmarks/coverage_indirect.py --samples {options.samples} --seed {options.seed}`: "
        f"{options.samples} samples a row, {N_BOOT} resamples or {2 * N_BOOT} draws, {seconds:.0f} s with "
        f"{options.jobs} processes; Monte-Carlo standard error at .95 "
        f"{np.sqrt(0.95 * 0.05 / options.samples):.3f}.",
        "",
        "| slopes | rows | errors | " + " | ".join(METHODS) + " |",
        "|---|---|---|" + "---:|" * len(METHODS),
    ]
    for (size, slopes, skewed), row in zip(cells, shares, strict=True):
        kind = "skewed, unequal" if skewed else "normal"
        lines.append(f"| {slopes} | {size} | {kind} | " + " | ".join(f"{share:.3f}" for share in row) + " |")
    values = np.array(shares)
    real = np.array([0.0 not in SLOPES[slopes] for _, slopes, _ in cells])
    for about, part in (("products that are not zero", values[real]), ("products that are zero", values[~real])):
        lines += [f"| **{about}** | mean | both | " + " | ".join(f"{x:.3f}" for x in part.mean(axis=0)) + " |"]
        lines += [f"| **{about}** | least | both | " + " | ".join(f"{x:.3f}" for x in part.min(axis=0)) + " |"]
        within = ((part >= 0.93) & (part <= 0.97)).sum(axis=0)
        lines += [
            f"| **{about}** | rows of {len(part)} within .93 to .97 | both | "
            + " | ".join(str(int(count)) for count in within) + " |"
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
