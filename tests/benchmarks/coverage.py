"""How often 95 % intervals cover the truth of simulated studies, and how often planted null links are called supported.

    python tests/benchmarks/coverage.py --studies 200 --seed 1

Each study is drawn like the demo study (three organizations, 72 branches, 1800 respondents), with a seed of its
own. Gaps and NPS are judged per organization, links and indirect effects once for one organization (24 branches)
and once for all (72). The Monte-Carlo standard error is taken over studies, because the intervals of one study
depend on each other. The waves of the studies have their own intercepts among respondents. The table is written
beside this script as coverage.md.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from itertools import pairwise
from math import prod
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from cemlab import link_chain, load_study, score_constructs, score_gaps, simulate_study, summarize_nps
from cemlab.inputs.simulate import draw_frames

N_BOOT = 1000
HERE = Path(__file__).parent
Tallies = dict[tuple[str, str], list[bool]]


def main() -> None:
    """Run the studies and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "coverage.md")
    options = parser.parse_args()
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        simulate_study(folder, seed=1, n_units=4, n_respondents=120, n_customers=120)
        codebook = load_study(folder).codebook
    tasks = [([options.seed, i], codebook) for i in range(options.studies)]
    with Pool(options.jobs) as pool:
        tallies = pool.starmap(judge_study, tasks, chunksize=2)
    text = table_text(tallies, options, time.perf_counter() - started)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


def judge_study(seed: list[int], codebook: pd.DataFrame) -> Tallies:
    """Simulate one study and say of each of its intervals whether it covers."""
    people, truth = draw_frames(seed, n_organizations=3, n_respondents=1800)
    tallies: Tallies = defaultdict(list)
    _judge_gaps(people.survey, codebook, truth["organizations"], tallies)
    frames = _scored(people, codebook)
    one = {name: frame[frame["organization"] == "saffron"].reset_index(drop=True) for name, frame in frames.items()}
    for scope, given in (("24 branches", one), ("72 branches", frames)):
        _judge_links(given, truth["links"], scope, tallies)
    return dict(tallies)


def _judge_gaps(survey: pd.DataFrame, codebook: pd.DataFrame, truth: dict[str, Any], tallies: Tallies) -> None:
    gaps = score_gaps(survey, codebook, by="organization")
    for row in gaps.table.itertuples():
        tallies["gap of an item", "95 % interval covers"].append(
            _covers(row, truth[row.group]["attributes"][row.attribute]["gap"])
        )
    for row in gaps.dimensions.itertuples():
        tallies["gap of a dimension", "95 % interval covers"].append(
            _covers(row, truth[row.group]["dimensions"][row.dimension])
        )
    for row in gaps.overall.itertuples():
        overall = truth[row.group]["overall"]
        tallies[f"overall gap, {row.term}", "95 % interval covers"].append(
            _covers(row, overall["weighted by points" if row.term.startswith("weighted") else row.term])
        )
    for row in summarize_nps(survey["recommend"], by=survey["organization"]).table.itertuples():
        tallies["NPS", "95 % interval covers"].append(_covers(row, truth[row.group]["nps"]["score"]))


def _judge_links(frames: dict[str, pd.DataFrame], truth: list[dict[str, Any]], scope: str, tallies: Tallies) -> None:
    known = {link["id"]: link for link in truth}
    links = [{"id": x["id"], "source": x["source"], "target": x["target"], "sign": x["expected_sign"]} for x in truth]
    result = link_chain(frames, links=links, n_boot=N_BOOT)
    for row in result.table[result.table["estimate"].notna()].itertuples():
        link, where = known[row.hypothesis], f"{row.level} level, {scope}"
        tallies[f"link, {where}", "95 % interval covers"].append(_covers(row, link[row.level]))
        if link["null"]:
            tallies[f"null link, {where}", "called supported"].append(row.verdict == "supported")
            tallies[f"null link, {where}", "called supported or opposite"].append(
                row.verdict in ("supported", "opposite")
            )
        else:
            right = "supported" if link["true_verdict"] == "as expected" else "opposite"
            tallies[f"true link, {where}", "verdict right"].append(row.verdict == right)
    slopes = {(x["source"], x["target"]): x["unit"] for x in truth}
    for row in result.indirect[result.indirect["estimate"].notna()].itertuples():
        steps = row.path.split(" → ")
        effect = prod(slopes[pair] for pair in pairwise(steps))
        kind = "null indirect effect" if effect == 0 else "indirect effect"
        where = f"{kind}, {row.level} level, {scope}"
        tallies[where, "95 % interval covers"].append(_covers(row, effect))
        clear = not _covers(row, 0.0)
        if effect:
            tallies[where, "interval lies clear of zero"].append(clear)
        else:
            tallies["null indirect effect, all levels", "interval lies clear of zero"].append(clear)


def _scored(people: Any, codebook: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The frames that link_chain takes."""
    dimensions = ["tangibles", "reliability", "responsiveness", "assurance", "empathy"]
    asked = codebook["asked_of"]
    customers = score_constructs(people.survey, codebook[asked == "customers"], {"service_quality": dimensions})
    staff = score_constructs(people.employees, codebook[asked == "employees"])
    keys = ["organization", "unit"]
    return {
        "customers": people.survey[[*keys, "wave"]].join(customers),
        "employees": people.employees[keys].join(staff),
        "units": people.units,
    }


def _covers(row: Any, value: float) -> bool:
    return bool(row.conf_low <= value <= row.conf_high)


def table_text(tallies: list[Tallies], options: argparse.Namespace, seconds: float) -> str:
    """The table as Markdown: shares over all intervals of a kind, with the Monte-Carlo standard error over studies."""
    lines = [
        "# Coverage of intervals over simulated studies",
        "",
        f"`python tests/benchmarks/coverage.py --studies {options.studies} --seed {options.seed}`: {options.studies} "
        f"studies drawn like the demo study, {seconds:.0f} s with {options.jobs} processes, "
        f"{N_BOOT} draws of the indirect effects.",
        "",
        "| quantity | what is counted | judged | share | Monte-Carlo SE |",
        "|---|---|---:|---:|---:|",
    ]
    for quantity, what in sorted({key for tally in tallies for key in tally}, key=_order):
        shares = np.array([np.mean(tally[quantity, what]) for tally in tallies if (quantity, what) in tally])
        judged = sum(len(tally.get((quantity, what), ())) for tally in tallies)
        error = shares.std(ddof=1) / np.sqrt(len(shares)) if len(shares) > 1 else float("nan")
        lines.append(f"| {quantity} | {what} | {judged} | {shares.mean():.3f} | {error:.3f} |")
    return "\n".join(lines) + "\n"


def _order(key: tuple[str, str]) -> tuple[int, tuple[str, str]]:
    kinds = [
        "gap of an item",
        "gap of a dimension",
        "overall gap",
        "NPS",
        "link",
        "indirect",
        "null indirect",
        "null",
        "true",
    ]
    return next(i for i, kind in enumerate(kinds) if key[0].startswith(kind)), key


if __name__ == "__main__":
    main()
