"""The simulated study: reproduced byte for byte, read back as it was drawn, true to its truth."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from cemlab import check_study, load_employees, load_study, load_survey, load_transactions, load_units, simulate_study
from cemlab.errors import DataError
from cemlab.inputs import demo_draw
from cemlab.inputs.demo_draw import draw_people
from cemlab.inputs.demo_sales import CUTOFF, HORIZON_DAYS, add_customers, stated_loyalty
from cemlab.inputs.demo_settings import LINKS, demo_words, items_of
from cemlab.inputs.demo_truth import true_values
from cemlab.inputs.simulate import draw_frames

ROLES = ("respondent", "organization", "unit", "wave")
SMALL = {"n_units": 4, "n_respondents": 120, "n_customers": 150}


def truth_of(folder: Path) -> dict:
    """What truth.yml says."""
    return YAML(typ="safe").load((folder / "truth.yml").read_text(encoding="utf-8"))


# truth


def test_committed_demo_is_what_the_generator_writes(tmp_path: Path, demo: Path) -> None:
    simulate_study(tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(path.name for path in demo.iterdir() if not path.name.startswith("."))
    for name in written:
        new, committed = (tmp_path / name).read_bytes(), (demo / name).read_bytes()
        if name.endswith(".gz") and "ng" in zlib.ZLIB_RUNTIME_VERSION:  # zlib-ng packs the same text into other bytes
            new, committed = gzip.decompress(new), gzip.decompress(committed)
        assert new == committed, name


def test_demo_is_small_and_ends_lines_alike(demo: Path) -> None:
    files = list(demo.iterdir())
    assert sum(path.stat().st_size for path in files) < 3_000_000
    for path in files:
        if path.suffix in (".csv", ".yml"):
            assert b"\r" not in path.read_bytes(), path.name


def test_loaded_answers_are_those_drawn(demo: Path) -> None:
    study, people = load_study(demo), draw_people(truth_of(demo)["seed"])
    for loaded, drawn in ((load_survey(study), people.survey), (load_employees(study), people.employees)):
        items = [name for name in drawn if name not in ROLES]
        pd.testing.assert_frame_equal(loaded[items].astype(float), drawn[items].astype(float))
        assert loaded["unit"].tolist() == drawn["unit"].tolist()
    units = load_units(study)
    np.testing.assert_allclose(units["profit"], people.units["profit"], atol=1e-6)  # written with six decimals


def test_each_planted_slip_is_found_and_nothing_else(demo: Path) -> None:
    problems = check_study(load_study(demo))
    found = problems[problems["severity"] == "invalid"]
    slips = {(slip["file"], slip["row"], slip["column"], slip["value"]) for slip in truth_of(demo)["slips"]}
    assert {(r.file, int(r.row), r.column, r.value) for r in found.itertuples()} == slips
    assert len(slips) == 12
    assert not (problems["severity"] == "severe").any()


def test_transactions_reach_the_end_of_the_horizon(demo: Path) -> None:
    study = load_study(demo)
    for organization in study.organizations:
        lines = load_transactions(study, organization.id).collect().to_pandas()
        last = pd.Timestamp("1970-01-01") + pd.Timedelta(int(lines["day"].max()), unit="D")
        assert last >= pd.Timestamp(CUTOFF) + pd.Timedelta(HORIZON_DAYS, unit="D")
        assert lines["is_cancellation"].any()
        assert lines["customer_id"].isna().any()


def test_both_languages_for_everything_a_person_sees() -> None:
    words = demo_words()
    persian = re.compile("[\u0600-\u06ff]")
    texts = [entry for c in words["constructs"].values() for entry in (c["title"], *c["items"].values())]
    texts += [entry for d in words["dimensions"].values() for entry in (d["title"], *d["attributes"].values())]
    for entry in texts:
        assert persian.search(entry["fa"])
        assert not persian.search(entry["en"])
    assert all(len(o["places"]) == len({p[0] for p in o["places"]}) == 24 for o in words["organizations"])


# invariants


def test_same_arguments_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        simulate_study(tmp_path / name, seed=seed, **SMALL)
    texts = {name: (tmp_path / name / "survey.csv").read_bytes() for name in "abc"}
    assert texts["a"] == texts["b"] != texts["c"]


def test_more_organizations_and_branches_than_there_are_names(tmp_path: Path) -> None:
    simulate_study(tmp_path, n_organizations=4, n_units=30, n_respondents=400, n_customers=400)
    study = load_study(tmp_path)
    assert len({organization.id for organization in study.organizations}) == 4
    names = study.names("fa")
    units = load_units(study)
    shown = units.assign(name=units["unit"].map(names))
    assert not shown.duplicated(["organization", "name"]).any()


def test_without_null_links_every_true_slope_differs_from_zero(tmp_path: Path) -> None:
    truth = simulate_study(tmp_path, null_links=False, **SMALL)
    assert all(link["unit"] != 0 for link in truth["links"])
    assert len(load_study(tmp_path).config.chain.links) == len(LINKS)


def test_latent_values_stay_on_their_scales() -> None:
    for seed in range(40):  # draw_people raises where one does not
        draw_people(seed, n_units=12, n_respondents=900)


def test_no_construct_loses_more_than_one_answer_per_person() -> None:
    survey = draw_people(3).survey
    for construct in ("tangibles", "reliability", "service_value", "customer_loyalty"):
        assert survey[items_of(construct)].isna().sum(axis=1).max() <= 1


# recovery


def test_gaps_and_promoters_centre_on_their_truth() -> None:
    misses: dict[str, list[float]] = {"gap": [], "weighted": [], "promoters": []}
    for seed in range(60):
        people, truth = draw_frames([11, seed], n_respondents=400)
        known = truth["organizations"]["saffron"]
        survey = people.survey
        gap = {a: survey[f"p_{a}"] - survey[f"e_{a}"] for a in known["attributes"]}
        misses["gap"].append(gap["short_queue"].mean() - known["attributes"]["short_queue"]["gap"])
        misses["promoters"].append((survey["recommend"].dropna() >= 9).mean() - known["nps"]["promoters"])
        dimensions = demo_words()["dimensions"]
        points = survey[[f"points_{d}" for d in dimensions]].to_numpy()
        means = np.column_stack([np.nanmean([gap[a] for a in dimensions[d]["attributes"]], axis=0) for d in dimensions])
        weighted = (points * means).sum(axis=1) / points.sum(axis=1)
        misses["weighted"].append(np.nanmean(weighted) - known["overall"]["weighted by points"])
    for name, values in misses.items():
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values)) < 4 * error, name
        assert error < 0.02, name


def test_slopes_of_observed_scores_centre_on_their_truth() -> None:
    slopes: dict[str, list[float]] = {"people": [], "branches": [], "across": [], "profit": []}
    for seed in range(60):
        people, _ = draw_frames([12, seed], n_respondents=600)
        score = {c: people.survey[items_of(c)].mean(axis=1) for c in ("customer_satisfaction", "customer_loyalty")}
        score["unit"] = people.survey["unit"]
        by_unit = pd.DataFrame(score).groupby("unit").mean()
        staff = (
            people.employees[items_of("employee_satisfaction")].mean(axis=1).groupby(people.employees["unit"]).mean()
        )
        dimensions = [people.survey[items_of(d)].mean(axis=1) for d in demo_draw.EXPECTED]
        quality = pd.concat(dimensions, axis=1).mean(axis=1).groupby(people.survey["unit"]).mean()
        profit = people.units.set_index("unit")["profit"]
        for name, x, y in (
            ("people", score["customer_satisfaction"], score["customer_loyalty"]),
            ("branches", by_unit["customer_satisfaction"], by_unit["customer_loyalty"]),
            ("across", staff, quality),
            ("profit", by_unit["customer_loyalty"], profit),
        ):
            slopes[name].append(np.polyfit(x, y, 1)[0])
    for name, expected in (("people", 0.8), ("branches", 0.8), ("across", 0.5), ("profit", 30.0)):
        error = np.std(slopes[name], ddof=1) / np.sqrt(len(slopes[name]))
        assert abs(np.mean(slopes[name]) - expected) < 4 * error, name
        assert error < 0.08 * expected, name


def test_stated_loyalty_ignores_answers_after_the_cutoff() -> None:
    survey = add_customers(draw_people(4).survey, 4, n_customers=2700)
    late = survey["date"] > pd.Timestamp(CUTOFF)
    changed = survey.copy()
    changed.loc[late, items_of("customer_loyalty")] = 1.0
    assert late.sum() > 50
    pd.testing.assert_series_equal(stated_loyalty(survey), stated_loyalty(changed))


def test_truth_of_a_link_is_stated_where_it_can_be_estimated() -> None:
    links = {link["id"]: link for link in true_values(draw_people(1, n_units=3, n_respondents=90))["links"]}
    assert links["H1"]["respondent"] == 0.55  # both ends asked of employees
    assert links["H4"]["respondent"] is None  # employees to customers
    assert links["H6"]["true_verdict"] == "opposite"
    assert links["H10"]["null"]


# errors


def test_too_few_is_refused_by_name() -> None:
    with pytest.raises(DataError) as refusal:
        simulate_study("unused", n_units=1)
    assert str(refusal.value) == "n_units: found 1, expected at least 2. Ask for more."
    assert not Path("unused").exists()
