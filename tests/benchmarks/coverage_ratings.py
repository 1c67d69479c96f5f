"""How often 95 % intervals of rating KPIs, Kano's Better and Worse and the Net Emotional Value cover their truth.

    python tests/benchmarks/coverage_ratings.py --samples 2000 --seed 1

Answers crowd at the top of their scale ("skewed", "crowded": about 80 % at the best answer). Weights: none; spread
independently of the answers (log-normal, Kish's n about 70 % of n); tied to them (80 % of the sample come from half of
the population, which answers better, or worse, than the other half). Beside cemlab's interval stands the textbook one
that it replaces: Kish's effective n for shares and net shares, plain t with n - 1 for means, the percentile bootstrap
for Better and Worse (unweighted only), plain Wald for the difference of two scores.
"""

from __future__ import annotations

import argparse
import os
import time
from multiprocessing import Pool
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit
from scipy.stats import beta

from cemlab import nps_difference, summarize_ces, summarize_csat, summarize_nps
from cemlab.intervals import wilson
from cemlab.kpis.acsi import index_satisfaction
from cemlab.kpis.ratings import net_interval
from cemlab.measures.emotion import score_emotions
from cemlab.measures.kano import classify_kano

HERE = Path(__file__).parent
SIZES = (30, 100, 500)
SHAPES = {"skewed": (3.2, 1.1), "crowded": (4.0, 0.35)}
WEIGHTS = ("none", "independent", "better half", "worse half")
OTHER_HALF = (1.6, 1.4)
KANO = {"skewed": (0.15, 0.20, 0.50, 0.10, 0.03, 0.02), "crowded": (0.02, 0.06, 0.87, 0.03, 0.01, 0.01)}
KANO_OTHER = (0.20, 0.20, 0.25, 0.30, 0.03, 0.02)
PAIRS = ((2, 5), (1, 5), (1, 3), (3, 3), (5, 1), (1, 1))  # answers that fall into M, O, A, I, R, Q
Z = 1.959963984540054


def main() -> None:
    """Draw the samples and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage_ratings.md")
    options = parser.parse_args()
    started = time.perf_counter()
    cells = [(shape, weighting, n) for n in SIZES for shape in SHAPES for weighting in WEIGHTS]
    tasks = [(cell, options.samples, [options.seed, i]) for i, cell in enumerate(cells)]
    with Pool(options.jobs) as pool:
        rows = [row for part in pool.starmap(judge, tasks, chunksize=1) for row in part]
    text = table_text(pd.DataFrame(rows), options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def judge(cell: tuple[str, str, int], samples: int, seed: list[int]) -> list[dict[str, Any]]:
    """Coverage of every quantity in one cell."""
    shape, weighting, n = cell
    rng = np.random.default_rng(seed)
    sample = Draw(shape, weighting, n, samples, rng)
    found = [_nps(sample), _csat(sample), *_ces(sample), _acsi(sample), _emotions(sample), *_kano(sample)]
    if weighting == "none":
        found.append(_nps_difference(sample))
    return [
        {"quantity": name, "shape": shape, "weights": weighting, "n": n, "cemlab": covered, "textbook": textbook}
        for name, covered, textbook in found
    ]


class Draw:
    """Many samples of one kind: who is in which half of the population, and with what weight."""

    def __init__(self, shape: str, weighting: str, n: int, samples: int, rng: np.random.Generator) -> None:
        self.shape, self.weighting, self.n, self.samples, self.rng = shape, weighting, n, samples, rng
        size = n * samples
        self.by = np.repeat(np.arange(samples), n)
        self.tied = weighting.endswith("half")
        first = rng.random(size) < 0.8
        self.half = np.where(first, 0, 1) if self.tied else np.zeros(size, dtype=int)
        self.weights = np.exp(rng.normal(0, 0.65, size)) if weighting == "independent" else np.ones(size)
        if self.tied:
            self.weights = np.where(first, 0.5 / 0.8, 0.5 / 0.2)

    def halves(self, own: Any, other: Any) -> list[Any]:
        """What the first and the second half of the population answer with."""
        return [other, own] if self.weighting == "worse half" else [own, other]

    def population(self, halves: list[np.ndarray]) -> np.ndarray:
        """Shares of the answers in the population."""
        return (halves[0] + halves[1]) / 2 if self.tied else halves[0]

    def items(self, options: int, k: int, *, low: bool = False) -> tuple[np.ndarray, float]:
        """Answers 1 to `options` to k items that go together, and the population mean."""
        edges = np.linspace(0, 1, options + 1)
        shares = [np.diff(beta.cdf(edges, *ends)) for ends in self.halves(SHAPES[self.shape], OTHER_HALF)]
        shares = [part[::-1] if low else part for part in shares]
        size = len(self.by)
        if not hasattr(self, "latent"):
            self.latent = self.rng.normal(size=(size, 1))
        sign = -1 if low else 1
        u = ndtr(0.7 * sign * self.latent + np.sqrt(0.51) * self.rng.normal(size=(size, k)))
        cuts = np.array([np.cumsum(part)[:-1] for part in shares])[self.half]
        answers = 1.0 + (u[:, :, None] > cuts[:, None, :]).sum(axis=2)
        return answers, float(self.population(shares) @ np.arange(1, options + 1))

    def shares(self, options: int) -> np.ndarray:
        """Population shares of the answers to one item."""
        edges = np.linspace(0, 1, options + 1)
        return self.population(
            [np.diff(beta.cdf(edges, *ends)) for ends in self.halves(SHAPES[self.shape], OTHER_HALF)]
        )


def _covers(table: pd.DataFrame, truth: float) -> float:
    return float(((table["conf_low"] <= truth + 1e-9) & (truth - 1e-9 <= table["conf_high"])).mean())


def _plain_t(table: pd.DataFrame, truth: float) -> float:
    half = stdtrit(table["n"] - 1, 0.975) * table["std_error"]
    return float(((table["estimate"] - truth).abs() <= half).mean())


def _nps(sample: Draw) -> tuple[str, float, float]:
    ratings, shares = sample.items(11, 1)[0][:, 0] - 1, sample.shares(11)
    truth = 100 * (shares[9:].sum() - shares[:7].sum())
    table = summarize_nps(ratings, by=sample.by, weights=sample.weights).table
    ends = [net_interval(*row, 0.95) for row in table[["promoters", "detractors", "n_effective"]].to_numpy()]
    kish = table.assign(conf_low=[100 * low for low, _ in ends], conf_high=[100 * high for _, high in ends])
    return "NPS", _covers(table, truth), _covers(kish, truth)


def _nps_difference(sample: Draw) -> tuple[str, float, float]:
    """Against a second sample of the same size whose answers are those of the other half of the population."""
    count = min(sample.samples, 1000)
    ratings = sample.items(11, 1)[0][:, 0].reshape(-1, sample.n)[:count] - 1
    edges = np.linspace(0, 1, 12)
    shares = [np.diff(beta.cdf(edges, *ends)) for ends in (SHAPES[sample.shape], (2.4, 1.2))]
    nets = [100 * (part[9:].sum() - part[:7].sum()) for part in shares]
    others = sample.rng.choice(11, p=shares[1], size=(count, sample.n))
    found = pd.DataFrame([nps_difference(a, b) for a, b in zip(ratings, others, strict=True)])
    truth = nets[0] - nets[1]
    wald = ((found["estimate"] - truth).abs() <= Z * found["std_error"]).mean()
    return "NPS, difference of two", _covers(found, truth), float(wald)


def _csat(sample: Draw) -> tuple[str, float, float]:
    ratings, truth = sample.items(5, 1)[0][:, 0], 100 * sample.shares(5)[3:].sum()
    table = summarize_csat(ratings, by=sample.by, weights=sample.weights).table
    ends = [wilson(share / 100, size, 0.95) for share, size in table[["estimate", "n_effective"]].to_numpy()]
    kish = table.assign(conf_low=[100 * low for low, _ in ends], conf_high=[100 * high for _, high in ends])
    return "CSAT, top 2 of 5", _covers(table, truth), _covers(kish, truth)


def _ces(sample: Draw) -> list[tuple[str, float, float]]:
    answers, mean = sample.items(7, 1)
    table = summarize_ces(answers[:, 0], by=sample.by, weights=sample.weights).table
    part = table[table["term"] == "mean"]
    return [("CES, mean of 1 to 7", _covers(part, mean), _plain_t(part, mean))]


def _acsi(sample: Draw) -> tuple[str, float, float]:
    answers, mean = sample.items(10, 3)
    frame = pd.DataFrame(answers, columns=["a", "b", "c"])
    table = index_satisfaction(frame, by=sample.by, respondent_weights=sample.weights).table
    truth = 100 * (mean - 1) / 9
    return "ACSI type, 3 items", _covers(table, truth), _plain_t(table, truth)


def _emotions(sample: Draw) -> tuple[str, float, float]:
    good, mean_good = sample.items(5, 2)
    bad, mean_bad = sample.items(5, 3, low=True)
    names = ["p1", "p2", "n1", "n2", "n3"]
    roles = ["emotion_positive"] * 2 + ["emotion_negative"] * 3
    codebook = pd.DataFrame({"item": names, "role": roles, "scale_min": 1, "scale_max": 5})
    survey = pd.DataFrame(np.column_stack([good, bad]), columns=names).assign(group=sample.by, w=sample.weights)
    table = score_emotions(survey, codebook, by="group", weights="w").table
    table = table[table["term"].str.contains("scale 1 to 5")]
    return "Net Emotional Value", _covers(table, mean_good - mean_bad), _plain_t(table, mean_good - mean_bad)


def _kano(sample: Draw) -> list[tuple[str, float, float]]:
    halves = [np.array(part) for part in sample.halves(KANO[sample.shape], KANO_OTHER)]
    cuts = np.array([np.cumsum(part)[:-1] for part in halves])[sample.half]
    place = (sample.rng.random((len(sample.by), 1)) > cuts).sum(axis=1)
    survey = pd.DataFrame(np.array(PAIRS, dtype=float)[place], columns=["f", "d"])
    survey = survey.assign(group=sample.by, w=sample.weights)
    codebook = pd.DataFrame({"item": ["f", "d"], "attribute": "a", "role": ["kano_functional", "kano_dysfunctional"]})
    shares = sample.population(halves)
    table = classify_kano(survey, codebook, by="group", weights="w", n_boot=2).coefficients
    rows = []
    for term, parts, sign in (("better", [1, 2], 1), ("worse", [0, 1], -1)):
        truth, part = sign * shares[parts].sum() / shares[:4].sum(), table[table["term"] == term]
        boot = (
            np.nan
            if sample.weighting != "none"
            else _percentile(sample, np.abs(part["estimate"]), part["n"], abs(truth))
        )
        rows.append((f"Kano, {term}", _covers(part, truth), boot))
    return rows


def _percentile(sample: Draw, share: pd.Series, counted: pd.Series, truth: float) -> float:
    """Percentile interval over resampled respondents: how many count, and how many of those, drawn anew."""
    count, size = min(len(share), 1000), 999
    n = sample.rng.binomial(sample.n, (counted / sample.n).to_numpy()[:count, None], size=(count, size))
    draws = sample.rng.binomial(n, share.to_numpy()[:count, None]) / np.maximum(n, 1)
    low, high = np.quantile(draws, [0.025, 0.975], axis=1)
    return float(((low <= truth) & (truth <= high)).mean())


def table_text(rows: pd.DataFrame, options: argparse.Namespace, seconds: float) -> str:
    """A row a quantity, shape and n; a column a kind of weights: cemlab (textbook)."""
    text = [
        "# Coverage of the intervals of ratings",
        "",
        f"`python tests/benchmarks/coverage_ratings.py --samples {options.samples} --seed {options.seed}`: "
        f"{options.samples} samples a cell, {seconds:.0f} s with {options.jobs} processes; nominal level 0.95; "
        f"Monte-Carlo standard error {np.sqrt(0.95 * 0.05 / options.samples):.3f}. In parentheses the textbook "
        "interval that cemlab's replaces (see the script).",
        "",
        "| quantity | answers | n | " + " | ".join(f"weights: {name}" for name in WEIGHTS) + " |",
        "|---|---|---:|" + "---:|" * len(WEIGHTS),
    ]
    for (name, shape, n), part in rows.groupby(["quantity", "shape", "n"], sort=False):
        by = part.set_index("weights")
        cells = [_cell(by.loc[weights]) if weights in by.index else "" for weights in WEIGHTS]
        text.append(f"| {name} | {shape} | {n} | " + " | ".join(cells) + " |")
    own = rows["cemlab"]
    close = ((own >= 0.93) & (own <= 0.97)).mean()
    text += ["", f"From {own.min():.3f} to {own.max():.3f}; {close:.0%} of the cells lie between 0.93 and 0.97."]
    return "\n".join(text) + "\n"


def _cell(row: pd.Series) -> str:
    return f"{row['cemlab']:.3f}" + ("" if np.isnan(row["textbook"]) else f" ({row['textbook']:.3f})")


if __name__ == "__main__":
    main()
