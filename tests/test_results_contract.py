"""Every verb keeps the contract of results: glossary columns, provenance, a summary, a picture, inputs untouched."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import experience_frames as drawn
import pandas as pd
import pytest
from matplotlib.text import Text

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
    "compare_gap_forms": lambda study, survey, lines: cemlab.compare_gap_forms(
        survey, study.codebook, outcome="overall", n_boot=60
    ),
    "fit_polynomial_gap": lambda study, survey, lines: cemlab.fit_polynomial_gap(
        survey, study.codebook, outcome="overall", n_boot=60
    ),
    "assess_difference_reliability": lambda study, survey, lines: cemlab.assess_difference_reliability(
        survey, study.codebook, n_boot=60
    ),
    "index_satisfaction": lambda study, survey, lines: cemlab.index_satisfaction(
        survey[SATISFACTION], scale=(1, 5), by=survey["wave"]
    ),
    "track_waves": lambda study, survey, lines: cemlab.track_waves(
        survey["overall"], wave=survey["wave"], respondent=survey["customer"]
    ),
    "find_recoveries": lambda study, survey, lines: cemlab.find_recoveries(
        customers(lines, survey), experience="recommend", value="revenue"
    ),
    "rank_drivers": lambda study, survey, lines: cemlab.rank_drivers(
        cemlab.score_constructs(survey, study.codebook).assign(overall=survey["overall"]),
        outcome="overall",
        drivers=["tangibles", "reliability", "responsiveness", "assurance", "empathy"],
        n_boot=60,
    ),
}
SATISFACTION = ["overall", "last_visit", "decision"]
# Verbs whose questions the demo does not ask: what they are given, and the call with it.
DRAWN: dict[str, tuple[Callable[[], Any], Callable[[Any], cemlab.Result]]] = {
    "compare_norms": (
        drawn.chain_of_shops, lambda given: cemlab.compare_norms(*given, organization="firm2"),
    ),
    "audit_gap_table": (
        drawn.printed, lambda given: cemlab.audit_gap_table(given, scale=(1, 5)),
    ),
    "score_zones": (drawn.zones, lambda given: cemlab.score_zones(*given)),
    "score_five_gaps": (
        drawn.five_gaps,
        lambda given: cemlab.score_five_gaps(
            given[0]["customers"], given[1], managers=given[0]["managers"], contact_staff=given[0]["contact_staff"]
        ),
    ),
    "score_value": (
        drawn.values, lambda given: cemlab.score_value(*given, expected="hoped", overall="worth"),
    ),
    "score_value_added": (
        drawn.worths,
        lambda given: cemlab.score_value_added(
            given, own="saffron", worth="worth", quality=["help", "range"], price="cost", quality_weight=0.6
        ),
    ),
    "score_service_levels": (drawn.levels, lambda given: cemlab.score_service_levels(*given)),
    "map_importance": (
        drawn.importances, lambda given: cemlab.map_importance(*given, outcome="overall", n_boot=60),
    ),
    "score_opportunities": (drawn.importances, lambda given: cemlab.score_opportunities(*given)),
    "compare_attention": (
        drawn.importances,
        lambda given: cemlab.compare_attention(
            *given, attention={name: 1.0 + place for place, name in enumerate(drawn.ATTRIBUTES)}, n_boot=60
        ),
    ),
    "classify_kano": (drawn.kano, lambda given: cemlab.classify_kano(*given, n_boot=60)),
    "find_reach": (drawn.choices, lambda given: cemlab.find_reach(given, n_boot=60)),
    "score_emotions": (drawn.emotions, lambda given: cemlab.score_emotions(*given)),
    "map_journey": (
        drawn.journey,
        lambda given: cemlab.map_journey(*given, journey=drawn.sheet(), impact="overall", n_boot=60),
    ),
    "check_consistency": (drawn.journey, lambda given: cemlab.check_consistency(*given, margin=0.5)),
    "trace_journeys": (
        drawn.events,
        lambda given: cemlab.trace_journeys(given, end="buy", funnel=["advert", "web", "buy"], n_boot=60),
    ),
    "contrast_penalties": (
        lambda: drawn.importances()[0],
        lambda given: cemlab.contrast_penalties(
            given,
            outcome="overall",
            drivers=[f"customers_satisfaction_{name}" for name in drawn.ATTRIBUTES[:4]],
            low=3,
            high=6,
            n_boot=60,
        ),
    ),
    "chart_control": (drawn.complaints, lambda given: cemlab.chart_control(given, baseline=18)),
}  # fmt: skip


@pytest.fixture(scope="module", params=[*VERBS, *DRAWN])
def made(request, study, survey, lines) -> tuple[str, cemlab.Result]:
    if request.param in DRAWN:
        make, call = DRAWN[request.param]
        given = make()
        result = call(given)
        assert_same(given, make())
    else:
        before = survey.copy(), lines.copy(), study.codebook.copy()
        result = VERBS[request.param](study, survey, lines)
        assert_same((survey, lines, study.codebook), before)
    return request.param, result


def assert_same(given: Any, expected: Any) -> None:
    """The same tables with the same values, in whatever they are kept."""
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(given, expected)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(given, expected)
    elif isinstance(expected, dict):
        assert_same(tuple(given.items()), tuple(expected.items()))
    elif isinstance(expected, tuple | list):
        assert len(given) == len(expected)
        for one, other in zip(given, expected, strict=True):
            assert_same(one, other)
    else:
        assert given == expected


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
    assert re.search(r"\d", axes.figure.get_supxlabel())  # the caption says how many
    if language == "fa":
        texts = [text.get_text() for text in axes.figure.findobj(Text)]
        assert [text for text in texts if re.search(r"(?<![A-Za-z0-9(])[0-9]", text)] == []  # H1 and ICC(1) are names


def test_every_public_verb_is_here() -> None:
    """A new verb enters this test in the same commit: whatever is said to return a Result."""
    public = {name for name in cemlab.__all__ if inspect.isfunction(getattr(cemlab, name))}
    verbs = {name for name in public if returns_result(getattr(cemlab, name))}
    assert verbs == {*VERBS, *DRAWN}


def returns_result(function: Callable) -> bool:
    """Whether the return annotation names a subclass of Result; other annotations are not looked up."""
    kind = getattr(sys.modules[function.__module__], str(function.__annotations__.get("return")), None)
    return isinstance(kind, type) and issubclass(kind, cemlab.Result)
