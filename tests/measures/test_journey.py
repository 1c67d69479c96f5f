from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.impact import correlate_columns, draw_correlations, priority_intervals
from cemlab.measures.journey import (
    DIFFERENT_SCALES,
    GIVEN_IMPACT,
    NO_ESTIMATE,
    NO_IMPACT,
    NOT_INTENDED,
    map_journey,
)
from cemlab.measures.journey_cells import ANY_CHANNEL, MIXED_SCALES, NOT_ASKED, NOTHING_DESIRED

CELLS = (("buy", "shop"), ("buy", "web"), ("after", "shop"))


def study(seed: int = 1, n: int = 80) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two attributes in each of three cells, expectation and perception; an overall item."""
    rng = np.random.default_rng(seed)
    mood, rows, answers = rng.normal(size=n), [], {}
    for place, (stage, channel) in enumerate(CELLS):
        for name in "xy":
            attribute = f"{stage}_{channel}_{name}"
            rows += [(f"e_{attribute}", attribute, "expectation", stage, channel)]
            rows += [(f"p_{attribute}", attribute, "perception", stage, channel)]
            answers[f"e_{attribute}"] = rng.integers(3, 6, n).astype(float)
            noisy = 3.4 - 0.3 * place + (1 - 0.3 * place) * mood + rng.normal(size=n)
            answers[f"p_{attribute}"] = np.clip(np.round(noisy), 1, 5)
    answers["overall"] = np.clip(np.round(3.5 + mood), 1, 5)
    codebook = pd.DataFrame(rows, columns=["item", "attribute", "role", "stage", "channel"])
    survey = pd.DataFrame(answers)
    survey = survey.mask(rng.random(survey.shape) < 0.1)
    return survey, codebook.assign(scale_min=1.0, scale_max=5.0)


def sheet_of(**columns: list) -> pd.DataFrame:
    base = {
        "stage": ["after", "buy", "buy", "after"],
        "channel": ["shop", "web", "shop", "web"],
        "stage_order": [2, 1, 1, 2],
        "owner": ["Care", "Digital", "Sales", "Digital"],
        "action": ["call", None, "staff the tills", None],
        "intended": [4.5, np.nan, 5.0, 4.0],
        "stage_title_fa": ["پس از خرید", "خرید", "خرید", "پس از خرید"],
    }
    return pd.DataFrame(base | columns)


# truth
def test_a_cell_by_hand() -> None:
    codebook = pd.DataFrame(
        {
            "item": ["e1", "e2", "p1", "p2"],
            "attribute": ["a", "b", "a", "b"],
            "role": ["expectation", "expectation", "perception", "perception"],
            "stage": "buy",
            "channel": "shop",
        }
    )
    survey = pd.DataFrame({"e1": [5, 5, 4.0], "e2": [4, np.nan, 4], "p1": [3, 4, 4.0], "p2": [3, 1, 2.0]})
    row = map_journey(survey, codebook, impact=pd.Series({"a": 0.2, "b": 0.4})).table.iloc[0]
    gaps = np.array([3 - 4.5, 4 - 5, 3 - 4])  # the second respondent's b has no expectation
    assert (row["n"], row["desired"], row["current"]) == (3, pytest.approx(13.5 / 3), pytest.approx(10 / 3))
    assert row["estimate"] == pytest.approx(gaps.mean())
    interval = stats.ttest_1samp(gaps, 0).confidence_interval(0.95)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([interval.low, interval.high])
    assert row["impact"] == pytest.approx(0.3)
    assert row["priority"] == pytest.approx(0.3 * -gaps.mean())
    assert row["priority_low"] == pytest.approx(0.3 * max(0, -interval.high))
    assert row["priority_high"] == pytest.approx(0.3 * -interval.low)


def test_rows_are_those_of_scipy_and_priority_has_its_definition() -> None:
    survey, codebook = study()
    result = map_journey(survey, codebook, impact="overall", n_boot=300)
    for row in result.table.itertuples():
        sides = {}
        for letter in "ep":
            sides[letter] = survey[[f"{letter}_{row.stage}_{row.channel}_{name}" for name in "xy"]].to_numpy()
        both = ~np.isnan(sides["e"]) & ~np.isnan(sides["p"])
        e, p = (np.where(both, sides[letter], np.nan) for letter in "ep")
        used = both.any(axis=1)
        e, p = np.nanmean(e[used], axis=1), np.nanmean(p[used], axis=1)
        test = stats.ttest_rel(p, e)
        assert (row.n, row.statistic, row.p_value) == (
            len(e),
            pytest.approx(test.statistic),
            pytest.approx(test.pvalue),
        )
        level = pd.DataFrame(sides["p"]).mean(axis=1)
        assert row.impact == pytest.approx(level.corr(survey["overall"]))
        assert row.priority == pytest.approx(row.impact * max(row.desired - row.current, 0))
    assert result.table["rank"].tolist() == result.table["priority"].rank(ascending=False).tolist()


def test_the_firms_intention_against_the_customers_desire() -> None:
    survey, codebook = study()
    firm = map_journey(survey, codebook, journey=sheet_of()).firm.set_index(["stage", "channel"])
    row = firm.loc[("buy", "shop")]
    names = ["buy_shop_x", "buy_shop_y"]
    e, p = (survey[[f"{letter}_{name}" for name in names]].to_numpy() for letter in "ep")
    desired = pd.DataFrame(np.where(np.isnan(e) | np.isnan(p), np.nan, e)).mean(axis=1).dropna()
    test = stats.ttest_1samp(5.0 - desired, 0)
    assert row["estimate"] == pytest.approx(5 - desired.mean())
    assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue])
    assert firm.loc[("buy", "web"), "note"] == NOT_INTENDED
    assert firm.loc[("after", "web"), "note"] == NOT_ASKED


def test_the_sheet_orders_the_map_and_names_owners() -> None:
    result = map_journey(*study(), journey=sheet_of())
    grid = result.grid("owner")
    assert list(grid.columns) == ["buy", "after"]
    assert list(grid.index) == ["shop", "web"]
    assert grid.loc["shop"].tolist() == ["Sales", "Care"]
    assert result.table["note"].iloc[-1] == NOT_ASKED
    assert result.titles["fa"]["buy"] == "خرید"
    plain = map_journey(*study())
    assert list(plain.grid().columns) == ["buy", "after"]
    assert plain.table["owner"].isna().all()


def test_moments_that_matter_are_ranked_with_their_stability() -> None:
    survey, codebook = study(2, 400)
    moments = map_journey(survey, codebook, impact="overall", n_boot=400).moments
    assert moments["rank"].tolist() == [1, 2, 3]
    assert moments["estimate"].is_monotonic_decreasing
    assert moments.loc[0, ["stage", "channel"]].tolist() == ["buy", "shop"]
    assert (moments["rank_low"] <= moments["rank"]).all()
    assert (moments["rank"] <= moments["rank_high"]).all()
    assert moments["top_share"].tolist() == [1, 1, 1]
    assert map_journey(survey, codebook).moments["note"].eq(NO_IMPACT).all()


def test_resampled_correlations_are_those_of_numpy() -> None:
    rng = np.random.default_rng(5)
    scores, outcome = rng.normal(size=(30, 2)), rng.normal(size=30)
    scores[3, 0] = outcome[7] = np.nan
    correlations = draw_correlations(scores, outcome, np.ones(30), n_boot=5, seed=2)
    counts = np.random.default_rng(2).multinomial(30, np.full(30, 1 / 30), size=5)
    for draw in range(5):
        rows = np.repeat(np.arange(30), counts[draw])
        frame = pd.DataFrame(scores[rows]).assign(y=outcome[rows])
        assert correlations[draw] == pytest.approx(frame.corr()["y"].to_numpy()[:2], abs=1e-10)


def test_standard_errors_of_impact_and_priority_are_near_the_jackknife() -> None:
    rng = np.random.default_rng(8)
    n, mood = 150, rng.normal(size=150)
    x, y, short = mood + rng.normal(size=n), mood + rng.normal(size=n), 1 + rng.normal(size=n) - 0.5 * mood

    def both(keep: np.ndarray) -> tuple[float, float]:
        r = np.corrcoef(x[keep], y[keep])[0, 1]
        return r, r * short[keep].mean()

    left_out = np.array([both(np.arange(n) != i) for i in range(n)])
    jackknife = np.sqrt((n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    found = correlate_columns(x[:, None], y, np.ones(n), 0.95).iloc[0]
    assert found["std_error"] == pytest.approx(jackknife[0], rel=0.03)
    low, high = priority_intervals(x[:, None], y, short[:, None], np.ones(n), 0.95)
    assert (high - low).item() / 2 / stats.t.ppf(0.975, n - 2) == pytest.approx(jackknife[1], rel=0.03)
    assert (high + low).item() / 2 == pytest.approx(both(np.ones(n, dtype=bool))[1])


def test_the_interval_of_a_priority_ends_at_none_where_there_may_be_no_shortfall() -> None:
    rng = np.random.default_rng(9)
    mood = rng.normal(size=80)
    x, y = mood + 0.3 * rng.normal(size=80), mood + 0.3 * rng.normal(size=80)
    short = np.column_stack([rng.normal(size=80), rng.normal(-3, 1, 80)])
    low, high = priority_intervals(np.column_stack([x, x]), y, short, np.ones(80), 0.95)
    assert low.tolist() == [0, 0]
    assert high[0] > 0
    assert high[1] == 0


def test_items_take_the_cell_of_their_attribute_and_items_without_one_stay_off_the_map() -> None:
    survey, codebook = study()
    codebook.loc[codebook["role"] == "expectation", ["stage", "channel"]] = None
    pd.testing.assert_frame_equal(map_journey(survey, codebook).table, map_journey(*study()).table)
    codebook.loc[codebook["attribute"] == "buy_web_x", "stage"] = None
    result = map_journey(survey, codebook)
    assert result.info["n_items_off_map"] == 2
    no_channels = map_journey(survey, codebook.drop(columns="channel"))
    assert list(no_channels.grid().index) == [ANY_CHANNEL]


def test_a_row_of_the_sheet_without_a_channel_stands_for_any_channel() -> None:
    survey, codebook = study()
    sheet = pd.DataFrame(
        {"stage": ["buy", "after", None], "channel": [None, None, "web"], "owner": ["Ada", "Bea", "Cy"]}
    )
    table = map_journey(survey, codebook.drop(columns="channel"), journey=sheet).table
    assert table[["stage", "channel", "owner"]].to_numpy().tolist() == [
        ["buy", ANY_CHANNEL, "Ada"],
        ["after", ANY_CHANNEL, "Bea"],
    ]


def test_desired_goes_after_expectation_and_other_roles_may_be_named() -> None:
    survey, codebook = study()
    extra = codebook[codebook["role"] == "expectation"].assign(role="desired", item=lambda t: "d" + t["item"])
    both = survey.join(survey.filter(regex="^e_").add_prefix("d") - 1)
    whole = pd.concat([codebook, extra], ignore_index=True)
    pd.testing.assert_frame_equal(map_journey(both, whole).table, map_journey(survey, codebook).table)
    wished = map_journey(both, whole, desired=("desired", "expectation")).table
    assert wished["estimate"].to_numpy() == pytest.approx(map_journey(survey, codebook).table["estimate"] + 1)


# invariants
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 9))
def test_weights_all_alike_and_the_order_of_people_change_nothing(seed: int, factor: float) -> None:
    survey, codebook = study(seed, 40)
    first = map_journey(survey, codebook, impact="overall", n_boot=5)
    mixed = survey.assign(w=factor).sample(frac=1, random_state=seed)
    second = map_journey(mixed, codebook, impact="overall", weights="w", n_boot=5)
    columns = ["n", "desired", "current", "estimate", "conf_low", "conf_high", "impact", "priority"]
    np.testing.assert_allclose(first.table[columns], second.table[columns].astype(float), rtol=1e-9)
    moments = [r.moments[["estimate", "conf_low", "conf_high"]].to_numpy() for r in (first, second)]
    np.testing.assert_allclose(*moments, rtol=1e-9)
    assert (first.table["priority_low"] <= first.table["priority_high"]).all()


def test_columns_stand_in_the_glossary_and_inputs_stay() -> None:
    survey, codebook = study()
    sheet = sheet_of()
    before = survey.copy(), codebook.copy(), sheet.copy()
    result = map_journey(survey, codebook, journey=sheet, impact="overall", n_boot=20)
    for table in (result.table, result.firm, result.moments):
        assert set(table.columns) <= set(GLOSSARY)
    for now, then in zip((survey, codebook, sheet), before, strict=True):
        pd.testing.assert_frame_equal(now, then)
    assert result.problems == ()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_picture_holds_gaps_owners_and_what_is_not_measured(language: str) -> None:
    result = map_journey(*study(), journey=sheet_of(), impact="overall", n_boot=20)
    ax = result.plot(words=Words(language))
    said = " ".join(text.get_text() for text in ax.texts)
    assert said.count("Digital") == 2
    assert Words(language)("not measured") in said
    assert len(ax.patches) == 3
    stages = [label.get_text().replace("\u200f", "") for label in ax.get_xticklabels()]
    assert stages == (["پس از خرید", "خرید"] if language == "fa" else ["خرید", "پس از خرید"])


def test_two_stages_of_one_display_name_are_told_apart() -> None:
    ax = map_journey(*study()).plot(names={"buy": "Same", "after": "Same"}, words=Words("fa"))
    assert sorted(label.get_text()[1:] for label in ax.get_xticklabels()) == ["Same (after)", "Same (buy)"]


# recovery
def test_intervals_of_the_impact_cover_where_the_textbook_interval_does_not() -> None:
    rng = np.random.default_rng(6)
    cuts = stats.norm.ppf([0.03, 0.1, 0.25, 0.5])

    def answers(n: int) -> np.ndarray:
        mood = rng.normal(size=(n, 1))
        return np.digitize(0.9 * mood + np.sqrt(0.19) * rng.normal(size=(n, 2)), cuts) + 1.0

    truth = np.corrcoef(answers(1_000_000).T)[0, 1]
    covered, textbook = 0, 0
    for _ in range(600):
        drawn = answers(60)
        row = correlate_columns(drawn[:, :1], drawn[:, 1], np.ones(60), 0.95).iloc[0]
        covered += row["conf_low"] <= truth <= row["conf_high"]
        half = 1.96 / np.sqrt(57)
        textbook += abs(np.arctanh(row["estimate"]) - np.arctanh(truth)) <= half
    assert covered / 600 == pytest.approx(0.955, abs=0.027)  # 3 Monte-Carlo standard errors
    assert textbook / 600 < 0.93


# errors
def test_messages() -> None:
    survey, codebook = study()
    with pytest.raises(DataError, match=r"survey: found no column 'overal', expected it for the overall judgement"):
        map_journey(survey, codebook, impact="overal")
    with pytest.raises(DataError, match=r"impact: found price, expected attributes of the map"):
        map_journey(survey, codebook, impact=pd.Series({"price": 1.0}))
    with pytest.raises(DataError, match=r"journey: found the cell after × shop in more than one row, expected one"):
        map_journey(survey, codebook, journey=pd.concat([sheet_of(), sheet_of()]))
    with pytest.raises(DataError, match=r"journey: found no column \['channel'\]"):
        map_journey(survey, codebook, journey=sheet_of().drop(columns="channel"))
    with pytest.raises(EstimationError, match="found no item of role perception that names a stage"):
        map_journey(survey, codebook.assign(stage=None))
    with pytest.raises(DataError, match="found no column for p_buy_web_x"):
        map_journey(survey.drop(columns="p_buy_web_x"), codebook)
    with pytest.raises(DataError, match="grid: found 'gap', expected a column of the map"):
        map_journey(survey, codebook).grid("gap")


def test_what_cannot_be_estimated_says_why() -> None:
    survey, codebook = study()
    mixed = codebook.assign(scale_max=[7.0, 7, *[5.0] * 10])
    result = map_journey(survey, mixed)
    assert result.table["note"].tolist() == [MIXED_SCALES, "", ""]
    other = map_journey(survey, codebook.assign(scale_max=[7.0] * 4 + [5.0] * 8))
    assert other.problems == (DIFFERENT_SCALES,)
    alone = map_journey(survey, codebook[codebook["role"] == "perception"])
    assert alone.table["note"].eq(NOTHING_DESIRED).all()
    assert alone.table["current"].notna().all()
    assert alone.table["priority"].isna().all()
    alone.plot().get_figure(root=True).canvas.draw()
    given = map_journey(survey, codebook, impact=pd.Series({"buy_web_x": 0.5}))
    assert given.table["impact"].tolist() == pytest.approx([np.nan, 0.5, np.nan], nan_ok=True)
    assert given.moments["note"].eq(GIVEN_IMPACT).all()
    flat = map_journey(survey.assign(overall=3.0), codebook, impact="overall", n_boot=10)
    assert flat.moments["note"].eq(NO_ESTIMATE).all()
