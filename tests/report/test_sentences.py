"""Sentences: the right case of each, the numbers of the tables, no causal words."""

import inspect
import re

import pandas as pd
import pytest

from cemlab.languages import ENGLISH, Words
from cemlab.report import sentences, vocabulary
from cemlab.report.chapters import method, priorities

FA = Words("fa")
CAUSAL = (
    r"\b(caus\w*|because|leads? to|led to|impact\w*|influenc\w*|driv(e|es|en|er|ers)\b|due to|results? in|thanks to)"
)


def overall(estimate: float, low: float, high: float, n: int = 2) -> pd.DataFrame:
    return pd.DataFrame(
        {"term": ["mean of dimensions"], "estimate": [estimate], "conf_low": [low], "conf_high": [high], "n": [n]}
    )


def dimensions(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["dimension", "estimate", "conf_high"])


# truth
@pytest.mark.parametrize(
    ("row", "start"),
    [((-1.0, -1.2, -0.8), "On average customers get less"), ((0.5, 0.2, 0.8), "On average customers get more"),
     ((0.1, -0.1, 0.3), "On average perceptions are close")],
)  # fmt: skip
def test_overall_gap_reads_its_sign_from_the_interval(row: tuple[float, float, float], start: str) -> None:
    assert sentences.overall_gap(overall(*row), ENGLISH).startswith(start)


def test_overall_gap_holds_estimate_interval_and_n() -> None:
    text = sentences.overall_gap(overall(-1.10205, -1.2166, -0.9874, 207), ENGLISH)
    assert "−1.10 (95% interval −1.22 to −0.99) scale points, based on 207 answers." in text
    assert "based on 1 answer." in sentences.overall_gap(overall(-1, -2, -0.5, 1), ENGLISH)


def test_shortfalls_are_the_three_largest_that_are_clear_of_zero() -> None:
    table = dimensions(("a", -1.0, -0.5), ("b", -2.0, -1.5), ("c", -0.2, 0.1), ("d", -0.7, -0.1), ("e", -0.6, -0.1))
    text = sentences.largest_shortfalls(table, ENGLISH, {"b": "Reliability"})
    assert text == "The largest shortfalls are in Reliability (−2.00), a (−1.00) and d (−0.70)."
    one = sentences.largest_shortfalls(dimensions(("a", -1.0, -0.5), ("c", 0.2, 0.3)), ENGLISH, {})
    assert one == "The largest shortfall is in a (−1.00)."
    assert sentences.largest_shortfalls(dimensions(("c", 0.2, 0.3)), ENGLISH, {}).startswith("In no dimension")


def test_nps_sentence() -> None:
    # Airport passengers of 2017 (methods: 1436/968/342 of 2,746): 39.84, SE 1.334.
    row = {"estimate": 39.840, "conf_low": 37.2, "conf_high": 42.4, "n": 2746}
    row |= {"promoters": 1436 / 2746, "detractors": 342 / 2746}
    expected = (
        "The Net Promoter Score is 39.8 (95% interval 37.2 to 42.4): "
        "52% of 2,746 customers are promoters and 12% are detractors."
    )
    assert sentences.nps(row, ENGLISH) == expected
    assert "cannot be estimated" in sentences.nps(row | {"estimate": float("nan")}, ENGLISH)


def test_chain_counts_hypotheses_of_the_level_only() -> None:
    table = pd.DataFrame(
        {"hypothesis": ["H1", "H2", "H3", "H1"], "level": ["unit"] * 3 + ["respondent"],
         "verdict": ["supported", "not supported", "not estimable", "opposite"],
         "n": [24, 24, 0, 500]}
    )  # fmt: skip
    assert sentences.chain(table, ENGLISH, "unit") == (
        "Between units (n = 24), the data support 1 of 3 links of the declared chain; "
        "1 not supported and 1 not estimable."
    )
    assert sentences.chain(table, ENGLISH, "respondent").endswith("; 1 with the opposite sign.")


def test_prediction_names_each_family() -> None:
    table = pd.DataFrame({"model": ["baseline", "CRM", "CEM", "CRM + CEM"], "metric": "AUC", "n": 310,
                          "estimate": [0.5, 0.64, 0.77, 0.8]})  # fmt: skip
    text = sentences.prediction(table, ENGLISH, "repurchase")
    assert (
        "is 0.64 with recorded figures (CRM), 0.77 with what customers say (CEM), and 0.80 with both (310 customers)"
        in text
    )


# invariants
def test_no_sentence_says_that_one_thing_makes_another_happen() -> None:
    sources = [inspect.getsource(module) for module in (sentences, vocabulary, method, priorities)]
    said = re.findall(r'"([^"\n]{12,})"', "\n".join(sources))
    assert len(said) > 50
    assert [text for text in said if re.search(CAUSAL, text, re.IGNORECASE)] == []


def test_persian_sentences_hold_no_latin_digits() -> None:
    text = sentences.overall_gap(overall(-1.1, -1.2, -1.0, 207), FA)
    assert not re.search("[0-9]", text)
    assert "۲۰۷" in text


def test_singular_and_plural() -> None:
    assert vocabulary.count(ENGLISH, 1, "{n} unit", "{n} units") == "1 unit"
    assert vocabulary.count(ENGLISH, 0, "{n} unit", "{n} units") == "0 units"
    assert vocabulary.enumerate_names(ENGLISH, ["a"]) == "a"
    assert vocabulary.enumerate_names(FA, ["الف", "ب", "پ"]) == "الف، ب و پ"


def test_one_path_of_several_is_not_told_as_the_whole() -> None:
    # Hospital trusts: two paths with opposite signs that add up to nothing.
    table = pd.DataFrame(
        {"path": ["a → b → d", "a → c → d", "a → … → d"], "level": "unit", "source": "a", "target": "d",
         "estimate": [-0.27, 0.26, 0.0], "conf_low": [-0.47, 0.13, -0.19], "conf_high": [-0.12, 0.41, 0.13]}
    )  # fmt: skip
    assert sentences.indirect(table, ENGLISH, {}, "unit").startswith("Between units, no indirect association")
    assert sentences.indirect(table, ENGLISH, {}, "within") == ""
    one = sentences.indirect(table.head(1), ENGLISH, {"a": "A"}, "unit", 0.9)
    assert one == (
        "Between units, A is indirectly associated with d along the chain: −0.27 (90% interval −0.47 to −0.12)."
    )


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_methods_message_is_said_in_the_readers_words(language: str) -> None:
    words = Words(language)
    message = "compare_kpis: found 12 of 30 customers with every KPI and the outcome, expected at least 14. Name fewer."
    text, rest = vocabulary.explain(message, words)
    assert rest == ""
    assert [words.number(n) in text for n in (12, 30, 14)] == [True] * 3
    assert vocabulary.explain("something else", words)[1] == "something else"
