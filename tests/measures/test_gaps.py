from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.derived_weights import NEGATIVE_SHARE, TOO_FEW_FOR_SHARES, derived_terms
from cemlab.measures.gap_rows import NO_POINTS
from cemlab.measures.gap_scores import BLOCK
from cemlab.measures.gaps import CRITIQUE, score_gaps
from cemlab.measures.inference import NO_SPREAD, NOBODY, ONE_PERSON, holm, wilcoxon_p

FEW = settings(max_examples=25, deadline=None)
SIZES = {"tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5}
GAPS = np.array([[-0.5, -1.4, -1.0, -0.75, -0.2], [0.25, -0.6, 0.0, 0.5, -0.4]])
POINTS = np.array([[10, 35, 25, 15, 15], [15, 30, 20, 20, 15]])
BY_RESPONDENT = "weighted by points, mean of respondents"
BY_MEANS = "weighted by points, mean weights x mean gaps"


def servqual(gaps: np.ndarray, points: np.ndarray | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """22 pairs whose gaps are those of their dimension."""
    rows, answers = [], {}
    for number, (dimension, size) in enumerate(SIZES.items()):
        for item in range(size):
            attribute = f"{dimension}{item}"
            rows += [(f"e_{attribute}", attribute, "expectation", dimension)]
            rows += [(f"p_{attribute}", attribute, "perception", dimension)]
            answers[f"e_{attribute}"] = np.full(len(gaps), 6.0)
            answers[f"p_{attribute}"] = 6 + gaps[:, number]
        if points is not None:
            rows.append((f"w_{dimension}", None, "points", dimension))
            answers[f"w_{dimension}"] = points[:, number].astype(float)
    codebook = pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"])
    return pd.DataFrame(answers), codebook.assign(scale_max=7.0)


def two_pairs(e: list, p: list) -> tuple[pd.DataFrame, pd.DataFrame]:
    codebook = pd.DataFrame(
        {
            "item": ["e1", "p1", "e2", "p2"],
            "attribute": ["a", "a", "b", "b"],
            "role": ["expectation", "perception"] * 2,
            "construct": "care",
            "scale_max": 7.0,
        }
    )
    return pd.DataFrame({"e1": e, "p1": p, "e2": e, "p2": p}, dtype=float), codebook


def random_survey(seed: int, n: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    survey, codebook = servqual(np.zeros((n, 5)), rng.integers(1, 40, (n, 5)))
    for item in codebook.loc[codebook["role"].isin(["expectation", "perception"]), "item"]:
        survey[item] = rng.integers(1, 8, n).astype(float)
        survey.loc[rng.random(n) < 0.1, item] = np.nan
    return survey, codebook


# truth: the worked case (two respondents)
def test_worked_case_overall() -> None:
    result = score_gaps(*servqual(GAPS, POINTS))
    overall = result.overall.set_index("term")["estimate"]
    assert overall[BY_RESPONDENT] == pytest.approx((-0.9325 - 0.1025) / 2, abs=1e-12)
    assert overall[BY_MEANS] == pytest.approx(-0.5200, abs=1e-12)
    assert overall["mean of dimensions"] == pytest.approx((-0.77 - 0.05) / 2, abs=1e-12)
    assert overall["mean of items"] == pytest.approx((-17 / 22 - 2 / 22) / 2, abs=1e-12)


@pytest.mark.parametrize(
    ("person", "weighted", "dimensions", "items"), [(0, -0.9325, -0.77, -0.7727), (1, -0.1025, -0.05, -0.0909)]
)
def test_worked_case_each_respondent(person, weighted, dimensions, items) -> None:
    only = slice(person, person + 1)
    overall = score_gaps(*servqual(GAPS[only], POINTS[only])).overall.set_index("term")
    assert overall.loc[BY_RESPONDENT, "estimate"] == pytest.approx(weighted, abs=1e-12)
    assert overall.loc[BY_MEANS, "estimate"] == pytest.approx(weighted, abs=1e-12)
    assert overall.loc["mean of dimensions", "estimate"] == pytest.approx(dimensions, abs=1e-12)
    assert overall.loc["mean of items", "estimate"] == pytest.approx(items, abs=5e-5)
    assert (overall["note"] == ONE_PERSON).all()


def test_item_rows_are_those_of_scipy_and_statsmodels() -> None:
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

    survey, codebook = random_survey(5)
    table = score_gaps(survey, codebook, conf_level=0.9).table
    for row in table.itertuples():
        both = survey[[f"e_{row.attribute}", f"p_{row.attribute}"]].dropna()
        e, p = both.iloc[:, 0], both.iloc[:, 1]
        test = stats.ttest_rel(p, e)
        interval = test.confidence_interval(0.9)
        assert row.n == len(both)
        assert [row.expectation, row.perception] == pytest.approx([e.mean(), p.mean()], abs=1e-12)
        assert [row.statistic, row.p_value, row.df] == pytest.approx([test.statistic, test.pvalue, test.df], abs=1e-10)
        assert [row.conf_low, row.conf_high] == pytest.approx([interval.low, interval.high], abs=1e-10)
        assert row.effect_size == pytest.approx((p - e).mean() / (p - e).std(), abs=1e-12)
        signed = stats.wilcoxon(p - e, method="asymptotic")
        assert row.p_wilcoxon == pytest.approx(signed.pvalue, abs=1e-10)
    np.testing.assert_allclose(table["p_adjusted"], multipletests(table["p_value"], method="holm")[1], atol=1e-12)


def test_holm_leaves_out_what_was_not_tested() -> None:
    assert holm(np.array([np.nan, 0.03, 0.02])).tolist() == pytest.approx([np.nan, 0.04, 0.04], nan_ok=True)
    assert np.isnan(wilcoxon_p(np.zeros((5, 1)))).all()


def test_dimension_needs_half_of_its_pairs() -> None:
    survey, codebook = servqual(GAPS, None)
    survey.loc[0, ["p_tangibles0", "p_tangibles1"]] = np.nan  # 2 of 4 left: scored
    survey.loc[1, ["p_tangibles0", "e_tangibles1", "p_tangibles2"]] = np.nan  # 1 of 4 left: not scored
    row = score_gaps(survey, codebook).dimensions.iloc[0]
    assert (row["n"], row["estimate"]) == (1, -0.5)


def test_points_are_rescaled_and_counted() -> None:
    survey, codebook = servqual(np.vstack([GAPS, GAPS]), np.vstack([POINTS, POINTS * 2]))
    survey.loc[1, "w_empathy"] = np.nan
    result = score_gaps(survey, codebook)
    assert result.info["n_points_rescaled"] == 2
    assert result.info["n_without_points"] == 1
    row = result.overall.set_index("term").loc[BY_RESPONDENT]
    assert row["n"] == 3
    assert row["estimate"] == pytest.approx((2 * -0.9325 - 0.1025) / 3, abs=1e-12)


def test_interval_of_mean_weights_x_mean_gaps_is_near_the_jackknife() -> None:
    rng = np.random.default_rng(8)
    gaps, points = rng.normal(-1, 1, (200, 5)), rng.dirichlet(np.ones(5) * 3, 200) * 100
    row = score_gaps(*servqual(gaps, points)).overall.set_index("term").loc[BY_MEANS]
    left_out = [np.delete(points, i, 0).mean(axis=0) @ np.delete(gaps, i, 0).mean(axis=0) / 100 for i in range(200)]
    jackknife = np.sqrt(199 / 200 * ((left_out - np.mean(left_out)) ** 2).sum())
    assert row["estimate"] == pytest.approx(points.mean(axis=0) @ gaps.mean(axis=0) / 100, abs=1e-12)
    assert row["std_error"] == pytest.approx(jackknife, rel=0.02)


def test_survey_weights_by_hand() -> None:
    survey, codebook = two_pairs([6, 6, 6], [5, 3, 6])
    row = score_gaps(survey.assign(weight=[1.0, 2.0, 3.0]), codebook, weights="weight").table.iloc[0]
    w, gap = np.array([1.0, 2, 3]), np.array([-1.0, -3, 0])
    mean = (w * gap).sum() / 6
    assert row["estimate"] == pytest.approx(mean)
    assert row["std_error"] == pytest.approx(np.sqrt(3 / 2 * (w**2 * (gap - mean) ** 2).sum()) / 6)


def test_fractional_gaps_and_many_blocks_are_those_of_scipy() -> None:
    from scipy import stats

    rng = np.random.default_rng(4)
    n = 2 * BLOCK + 7
    survey, codebook = two_pairs(rng.integers(1, 8, n), rng.integers(1, 8, n))
    survey["p2"] += rng.random(n)
    survey.loc[rng.random(n) < 0.2, "e1"] = np.nan
    result = score_gaps(survey, codebook)
    for row, pair in zip(result.table.itertuples(), ("1", "2"), strict=True):
        both = survey[[f"e{pair}", f"p{pair}"]].dropna()
        gap = both[f"p{pair}"] - both[f"e{pair}"]
        test = stats.ttest_1samp(gap, 0)
        assert [row.statistic, row.p_value] == pytest.approx([test.statistic, test.pvalue], rel=1e-9)
        assert row.p_wilcoxon == pytest.approx(stats.wilcoxon(gap, method="asymptotic").pvalue, abs=1e-10)
    gaps = survey[["p1", "p2"]].to_numpy() - survey[["e1", "e2"]].to_numpy()
    mean = np.nanmean(gaps, axis=1)  # one of two is half
    assert result.dimensions["estimate"].item() == pytest.approx(mean.mean(), rel=1e-10)
    assert result.dimensions["sd"].item() == pytest.approx(mean.std(ddof=1), rel=1e-10)


def test_derived_weights_are_shares_of_statsmodels_slopes_and_of_correlations() -> None:
    import statsmodels.api as sm

    survey, codebook, perceived, gaps = judged(3, 400)
    overall = score_gaps(survey, codebook, outcome="overall").overall.set_index("term")
    slopes = sm.OLS(survey["overall"], sm.add_constant(perceived)).fit().params[1:].to_numpy()
    correlations = perceived.corrwith(survey["overall"]).to_numpy()
    for way, weights in (("regression", slopes), ("correlation", correlations)):
        for average in ("mean of respondents", "mean weights x mean gaps"):
            row = overall.loc[f"weighted by derived importance ({way}), {average}"]
            assert row["estimate"] == pytest.approx(gaps.mean().to_numpy() @ weights / weights.sum(), abs=1e-10)


def test_interval_of_derived_weights_is_near_the_jackknife() -> None:
    import statsmodels.api as sm

    survey, codebook, perceived, gaps = judged(4, 150)
    overall = score_gaps(survey, codebook, outcome="overall").overall.set_index("term")
    for way in ("regression", "correlation"):
        left_out = []
        for i in range(150):
            p, g, y = perceived.drop(i), gaps.drop(i), survey["overall"].drop(i)
            w = p.corrwith(y) if way == "correlation" else sm.OLS(y, sm.add_constant(p)).fit().params[1:]
            left_out.append(g.mean().to_numpy() @ (w / w.sum()).to_numpy())
        jackknife = np.sqrt(149 / 150 * ((left_out - np.mean(left_out)) ** 2).sum())
        found = overall.loc[f"weighted by derived importance ({way}), mean of respondents", "std_error"]
        assert found == pytest.approx(jackknife, rel=0.05)


def test_negative_derived_weights_are_no_weights() -> None:
    survey, codebook, perceived, _ = judged(5, 300)
    survey["overall"] = perceived["care"] - 2 * perceived["speed"]
    overall = score_gaps(survey, codebook, outcome="overall").overall.set_index("term")
    row = overall.loc["weighted by derived importance (regression), mean of respondents"]
    assert row["note"] == NEGATIVE_SHARE
    assert np.isnan(row["estimate"])


def judged(seed: int, n: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Two dimensions of two pairs and an overall judgement; perception and gap scores of the dimensions by pandas."""
    rng = np.random.default_rng(seed)
    survey = pd.DataFrame({f"{side}{k}": rng.integers(1, 8, n).astype(float) for side in "ep" for k in range(4)})
    names = {"care": (0, 1), "speed": (2, 3)}
    p, e = (
        pd.DataFrame({d: survey[[f"{side}{k}" for k in parts]].mean(axis=1) for d, parts in names.items()})
        for side in "pe"
    )
    survey["overall"] = p["care"] + 0.5 * p["speed"] + rng.normal(0, 1, n)
    rows = [
        (f"{role[0]}{k}", f"a{k}", role, d)
        for d, parts in names.items()
        for k in parts
        for role in ("expectation", "perception")
    ]
    return survey, pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"]), p, p - e


# invariants
@FEW
@given(st.integers(0, 10_000), st.floats(-3, 3))
def test_adding_a_constant_to_both_sides_leaves_the_gaps(seed, constant) -> None:
    survey, codebook = random_survey(seed, 20)
    sides = codebook.loc[codebook["role"] != "points", "item"]
    moved = survey.copy()
    moved[sides] += constant
    for name in ("table", "dimensions", "overall"):
        first, second = (getattr(score_gaps(s, codebook), name) for s in (survey, moved))
        np.testing.assert_allclose(first["estimate"], second["estimate"], atol=1e-10)
        np.testing.assert_allclose(first["std_error"], second["std_error"], atol=1e-10)


@FEW
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_order_and_scale_of_weights_do_not_matter(seed, factor) -> None:
    survey, codebook = random_survey(seed, 20)
    weights = pd.Series(np.random.default_rng(seed).uniform(0.5, 2, 20))
    first = score_gaps(survey, codebook, weights=weights)
    turned = score_gaps(survey[::-1], codebook, weights=weights * factor)
    equal = score_gaps(survey, codebook, weights=np.full(20, factor))
    plain = score_gaps(survey, codebook)
    for a, b in ((first, turned), (equal, plain)):
        for name in ("table", "dimensions", "overall"):
            left, right = (getattr(r, name)[["estimate", "std_error", "conf_low"]] for r in (a, b))
            np.testing.assert_allclose(left, right, atol=1e-9)


def test_groups_match_their_parts_and_input_stays() -> None:
    survey, codebook = random_survey(2)
    survey["unit"] = ["north", "south"] * 30
    survey["wave"] = [2017.0] * 30 + [2018.0] * 30
    survey.loc[59, "unit"] = None
    before = survey.copy()
    result = score_gaps(survey, codebook, by=["unit", "wave"])
    pd.testing.assert_frame_equal(survey, before)
    assert result.table["group"].unique().tolist() == ["north · 2017", "north · 2018", "south · 2017", "south · 2018"]
    part = score_gaps(survey[(survey["unit"] == "south") & (survey["wave"] == 2018)], codebook)
    own = result.table[result.table["group"] == "south · 2018"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own.drop(columns="group"), part.table.drop(columns="group"))
    assert result.info["n_without_group"] == 1


def test_columns_are_in_the_glossary_and_critique_is_translated() -> None:
    result = score_gaps(*random_survey(1))
    for table in (result.table, result.dimensions, result.overall):
        assert set(table) <= set(GLOSSARY)
    derived = [term for _, term in derived_terms()]
    for sentence in (
        *derived,
        NEGATIVE_SHARE,
        TOO_FEW_FOR_SHARES,
        *CRITIQUE.values(),
        NO_POINTS,
        NOBODY,
        NO_SPREAD,
        ONE_PERSON,
    ):
        assert Words("fa")(sentence) != sentence
    assert result.info["critique"] == tuple(CRITIQUE)


def test_attributes_asked_on_one_side_and_of_employees_are_left_out() -> None:
    survey, codebook = two_pairs([6, 7], [5, 5])
    more = pd.DataFrame(
        {"item": ["e3", "e4", "p4"], "attribute": ["c", "d", "d"], "role": ["expectation", "expectation", "perception"]}
    ).assign(asked_of=["customers", "employees", "employees"])
    result = score_gaps(survey, pd.concat([codebook, more], ignore_index=True))
    assert result.table["attribute"].tolist() == ["a", "b"]
    assert result.info["unpaired"] == ("c",)


def test_ceiling_of_expectations() -> None:
    info = score_gaps(*two_pairs([7, 7, 6, np.nan], [5, 5, 5, 5])).info
    assert info["ceiling"] == pytest.approx(2 / 3)
    assert info["n_all_at_maximum"] == 2
    assert (info["n_obs"], info["n_dropped"]) == (3, 1)


@pytest.mark.parametrize(("e", "p", "note"), [([7, np.nan], [5, 5], ONE_PERSON), ([7, 6, 5], [6, 5, 4], NO_SPREAD)])
def test_no_interval_where_there_is_no_spread(e, p, note) -> None:
    result = score_gaps(*two_pairs(e, p))
    for table in (result.table, result.dimensions):
        assert table["note"].eq(note).all()
        assert table[["std_error", "p_value", "conf_low", "conf_high", "effect_size"]].isna().all(axis=None)
        assert table["estimate"].notna().all()


def test_empty_group_is_a_row_with_a_note() -> None:
    survey, codebook = two_pairs([7, 6, np.nan], [5, 5, 5])
    table = score_gaps(survey.assign(unit=["x", "x", "y"]), codebook, by="unit").table.set_index("group")
    assert (table.loc["y", "note"] == NOBODY).all()
    assert table.loc["y", "estimate"].isna().all()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    survey, codebook = random_survey(1)
    assert score_gaps(survey, codebook).plot(words=Words(language)) is not None


# recovery: 300 samples, tolerance four Monte-Carlo standard errors
def test_intervals_cover_at_their_level() -> None:
    rng = np.random.default_rng(20240611)
    hits, reps, truth = np.zeros(3), 300, -0.6
    for _ in range(reps):
        gaps = truth + rng.normal(0, 1, (40, 1)) + rng.normal(0, 0.5, (40, 5))
        points = rng.dirichlet(np.ones(5) * 3, 40) * 100
        overall = score_gaps(*servqual(gaps, points)).overall.set_index("term")
        rows = overall.loc[["mean of items", BY_RESPONDENT, BY_MEANS]]
        hits += ((rows["conf_low"] <= truth) & (truth <= rows["conf_high"])).to_numpy()
    assert (np.abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)).all(), hits


# errors
def test_messages() -> None:
    survey, codebook = two_pairs([7, 6], [5, 5])
    with pytest.raises(EstimationError, match="found no attribute with both roles"):
        score_gaps(survey, codebook[codebook["role"] == "perception"])
    with pytest.raises(EstimationError, match="found several expectation items for a"):
        score_gaps(survey, codebook.replace({"attribute": {"b": "a"}}))
    with pytest.raises(DataError, match="survey: found no column for p1"):
        score_gaps(survey.drop(columns="p1"), codebook)
    with pytest.raises(DataError, match="found no column 'branch'"):
        score_gaps(survey, codebook, by="branch")
    with pytest.raises(DataError, match=r"codebook: found no column \['role'\]"):
        score_gaps(survey, codebook.drop(columns="role"))
    with pytest.raises(DataError, match="found no respondent who answered both questions"):
        score_gaps(survey * np.nan, codebook)


def test_points_of_unknown_dimension() -> None:
    survey, codebook = servqual(GAPS, POINTS)
    codebook.loc[codebook["item"] == "w_empathy", "construct"] = "empaty"
    with pytest.raises(EstimationError, match=r"points items for .*empaty.*expected one for each of tangibles"):
        score_gaps(survey, codebook)


def test_unknown_outcome() -> None:
    with pytest.raises(DataError, match="found no column 'overall'"):
        score_gaps(*servqual(GAPS, None), outcome="overall")
