"""Every verb keeps the contract of results: glossary columns, provenance, a summary, a picture, inputs untouched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

import cemlab
from cemlab.columns import GLOSSARY
from cemlab.kpis.joined import join_kpis
from cemlab.languages import Words

ORGANIZATION = "saffron"
# Tables that are data rather than estimates: their columns are the user's own constructs and KPIs.
DATA_TABLES = {("link_chain", "units"), ("aggregate_units", "units")}


@pytest.fixture(scope="module")
def study():
    return cemlab.load_study(Path(__file__).parents[1] / "data" / "demo")


@pytest.fixture(scope="module")
def survey(study) -> pd.DataFrame:
    return cemlab.load_survey(study, ORGANIZATION)


@pytest.fixture(scope="module")
def lines(study) -> pd.DataFrame:
    return cemlab.load_transactions(study, ORGANIZATION).collect("pandas").to_native()


def customers(lines: pd.DataFrame, survey: pd.DataFrame) -> pd.DataFrame:
    cutoff = (pd.Timestamp("2025-06-30") - pd.Timestamp("1970-01-01")).days
    known = cemlab.summarize_customers(lines, cutoff_day=cutoff, horizon_days=182)
    answers = survey[["customer", "date", "recommend", "overall"]]
    return join_kpis(known, answers, cutoff="2025-06-30")


VERBS: dict[str, Callable] = {
    "score_gaps": lambda study, survey, lines: cemlab.score_gaps(survey, study.codebook, by="wave"),
    "assess_reliability": lambda study, survey, lines: cemlab.assess_reliability(survey, study.codebook),
    "summarize_nps": lambda study, survey, lines: cemlab.summarize_nps(survey["recommend"], by=survey["unit"]),
    "summarize_csat": lambda study, survey, lines: cemlab.summarize_csat(survey["overall"], by=survey["wave"]),
    "summarize_ces": lambda study, survey, lines: cemlab.summarize_ces(survey["effort"]),
    "summarize_orders": lambda study, survey, lines: cemlab.summarize_orders(lines),
    "summarize_retention": lambda study, survey, lines: cemlab.summarize_retention(lines),
    "segment_rfm": lambda study, survey, lines: cemlab.segment_rfm(lines),
    "aggregate_units": lambda study, survey, lines: cemlab.aggregate_units(survey, study.codebook),
    "link_chain": lambda study, survey, lines: cemlab.link_chain(study, organization=ORGANIZATION, n_boot=200),
    "compare_kpis": lambda study, survey, lines: cemlab.compare_kpis(
        customers(lines, survey),
        crm=["n_orders", "revenue"],
        cem=["recommend", "overall"],
        outcome="outcome_revenue",
        n_repeats=2,
        n_boot=200,
    ),
}


@pytest.fixture(scope="module", params=VERBS)
def made(request, study, survey, lines) -> tuple[str, cemlab.Result]:
    before = survey.copy(), lines.copy()
    result = VERBS[request.param](study, survey, lines)
    pd.testing.assert_frame_equal(survey, before[0])
    pd.testing.assert_frame_equal(lines, before[1])
    return request.param, result


def tables(name: str, result: cemlab.Result) -> Mapping[str, pd.DataFrame]:
    found = {field.name: getattr(result, field.name) for field in fields(result)}
    return {
        key: value for key, value in found.items() if isinstance(value, pd.DataFrame) and (name, key) not in DATA_TABLES
    }


def test_columns_are_in_the_glossary(made) -> None:
    name, result = made
    assert isinstance(result, cemlab.Result)
    for key, table in tables(name, result).items():
        assert set(map(str, table.columns)) <= set(GLOSSARY), (name, key, set(table.columns) - set(GLOSSARY))


def test_info_says_how_it_was_made(made) -> None:
    _, result = made
    assert {"n_obs", "n_dropped", "method"} <= set(result.info)
    assert all(isinstance(problem, str) for problem in result.problems)


def test_summary_and_html(made) -> None:
    _, result = made
    assert type(result).__name__ in result.summary()
    assert "<table" in result._repr_html_()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_picture(made, study, language: str) -> None:
    _, result = made
    axes = result.plot(words=Words(language), names=study.names(language))
    axes.figure.draw_without_rendering()
    assert axes.has_data()


def test_every_public_verb_is_here() -> None:
    """A new verb enters this test in the same commit."""
    verbs = ("score_", "assess_", "summarize_", "segment_", "aggregate_", "link_", "compare_")
    public = {name for name in cemlab.__all__ if name.startswith(verbs)} - {"score_constructs", "summarize_customers"}
    assert public <= set(VERBS)
