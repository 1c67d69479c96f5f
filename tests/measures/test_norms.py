from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.languages import Words
from cemlab.measures.norms import (
    FIXED,
    NOT_PUBLISHED,
    OTHERS,
    OWN_MISSING,
    PUBLISHED,
    TOO_FEW_OTHERS,
    TOTAL,
    compare_norms,
)

FEW = settings(max_examples=10, deadline=None)


def study(seed: int, organizations: int = 7, n: int = 30, spread: float = 0.3) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    names = [f"firm{k}" for k in range(organizations)]
    level = rng.normal(-1, spread, organizations)
    survey = pd.DataFrame({"organization": np.repeat(names, n)})
    rows = []
    for number in range(4):
        survey[f"e{number}"] = 6.0
        survey[f"p{number}"] = 6.0 + np.repeat(level, n) + rng.normal(0, 1, organizations * n)
        for role in ("expectation", "perception"):
            rows.append((f"{role[0]}{number}", f"a{number}", role, "care" if number < 2 else "speed"))
    return survey, pd.DataFrame(rows, columns=["item", "attribute", "role", "construct"])


def gaps_by_hand(survey: pd.DataFrame, items: list[int]) -> pd.Series:
    gaps = survey[[f"p{k}" for k in items]].mean(axis=1) - 6
    return gaps.groupby(survey["organization"])


# truth: by hand, and Welch's test of scipy
def test_norm_is_the_mean_of_the_others() -> None:
    survey, codebook = study(1)
    row = compare_norms(survey, codebook, organization="firm2").table.set_index("dimension").loc["care"]
    groups = gaps_by_hand(survey, [0, 1])
    means, errors = groups.mean(), groups.sem()
    others = [name for name in means.index if name != "firm2"]
    assert row["left_mean"] == pytest.approx(means["firm2"])
    assert row["right_mean"] == pytest.approx(means[others].mean())
    assert row["std_error"] == pytest.approx(np.sqrt(errors["firm2"] ** 2 + (errors[others] ** 2).sum() / 36))
    assert row["effect_size"] == pytest.approx(row["estimate"] / means[others].std())
    from scipy import stats

    distance = row["estimate"] / (means[others].std() * np.sqrt(1 + 1 / 6))  # Crawford & Howell (1998)
    assert row["p_typical"] == pytest.approx(2 * stats.t.sf(abs(distance), 5))


def test_published_row_is_welch_from_statistics() -> None:
    from scipy import stats

    survey, codebook = study(2)
    published = pd.DataFrame({"dimension": ["care"], "estimate": [-0.8], "sd": [0.9], "n": [120]})
    table = compare_norms(survey, codebook, organization="firm0", published=published).table
    row = table[table["term"] == PUBLISHED].set_index("dimension").loc["care"]
    own = gaps_by_hand(survey, [0, 1]).get_group("firm0")
    test = stats.ttest_ind_from_stats(own.mean(), own.std(), len(own), -0.8, 0.9, 120, equal_var=False)
    assert [row["statistic"], row["p_value"]] == pytest.approx([test.statistic, test.pvalue])


def test_published_number_without_spread_is_exact() -> None:
    from scipy import stats

    survey, codebook = study(3)
    published = pd.DataFrame({"dimension": ["care"], "estimate": [-0.8]})
    table = compare_norms(survey, codebook, organization="firm0", published=published).table
    rows = table[table["term"] == PUBLISHED].set_index("dimension")
    test = stats.ttest_1samp(gaps_by_hand(survey, [0, 1]).get_group("firm0"), -0.8)
    assert rows.loc["care", "statistic"] == pytest.approx(test.statistic)
    assert rows.loc["care", "note"] == FIXED
    assert rows.loc["speed", "note"] == NOT_PUBLISHED


# invariants
def test_fewer_than_five_others_are_no_norm() -> None:
    survey, codebook = study(4, organizations=5)
    table = compare_norms(survey, codebook, organization="firm0").table
    assert (table["note"] == TOO_FEW_OTHERS).all()
    assert table[["right_mean", "estimate", "effect_size", "std_error"]].isna().all(axis=None)
    enough = compare_norms(*study(4, organizations=6), organization="firm0").table
    assert (enough["n_units"] == 5).all()
    assert enough["estimate"].notna().all()


def test_small_organizations_do_not_count_in_the_norm() -> None:
    survey, codebook = study(5, organizations=6)
    small = survey[(survey["organization"] != "firm5") | (survey.groupby("organization").cumcount() < 9)]
    assert (compare_norms(small, codebook, organization="firm0").table["note"] == TOO_FEW_OTHERS).all()


@FEW
@given(st.integers(0, 1000), st.integers(0, 6), st.floats(-1.5, 1.5))
def test_no_single_other_is_in_the_result(seed, which, moved) -> None:
    """Moving two others against each other leaves the norm: it tells of their sum only."""
    survey, codebook = study(seed)
    own, first, second = (f"firm{(which + k) % 7}" for k in range(3))
    other = survey.copy()
    for name, sign in ((first, 1), (second, -1)):
        other.loc[other["organization"] == name, ["p0", "p1", "p2", "p3"]] += sign * moved
    tables = [compare_norms(s, codebook, organization=own).table for s in (survey, other)]
    shown = ["left_mean", "right_mean", "estimate", "std_error", "conf_low"]
    np.testing.assert_allclose(tables[0][shown], tables[1][shown], atol=1e-10)
    assert not tables[0].astype(str).apply(lambda column: column.str.contains("firm")).any(axis=None)


def test_columns_and_sentences() -> None:
    survey, codebook = study(6)
    result = compare_norms(survey, codebook, organization="firm1")
    assert set(result.table) <= set(GLOSSARY)
    assert result.table["dimension"].tolist() == ["care", "speed", TOTAL]
    assert result.info["n_obs"] == 30
    for text in (OTHERS, PUBLISHED, TOO_FEW_OTHERS, OWN_MISSING, FIXED, NOT_PUBLISHED, TOTAL):
        assert Words("fa")(text) != text
    lonely = survey[(survey["organization"] != "firm1") | (survey.groupby("organization").cumcount() < 1)]
    assert (compare_norms(lonely, codebook, organization="firm1").table["note"] == OWN_MISSING).all()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_plot(language) -> None:
    published = pd.DataFrame({"dimension": ["care"], "estimate": [-0.8]})
    result = compare_norms(*study(7), organization="firm0", published=published)
    assert result.plot(words=Words(language)) is not None


# recovery: 60 studies, tolerance four Monte-Carlo standard errors
def test_intervals_cover_the_difference() -> None:
    hits, reps = 0, 60
    for seed in range(reps):
        survey, codebook = study(seed, spread=0.0)
        row = compare_norms(survey, codebook, organization="firm0").table.iloc[2]
        hits += row["conf_low"] <= 0 <= row["conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors
def test_messages() -> None:
    survey, codebook = study(8)
    with pytest.raises(DataError, match="found no respondent of 'firm9' in column 'organization'"):
        compare_norms(survey, codebook, organization="firm9")
    with pytest.raises(DataError, match="min_others: found 2, expected at least 5"):
        compare_norms(survey, codebook, organization="firm0", min_others=2)
    with pytest.raises(DataError, match=r"published: found columns \['gap'\]"):
        compare_norms(survey, codebook, organization="firm0", published=pd.DataFrame({"gap": [1]}))
    twice = pd.DataFrame({"dimension": ["care", "care"], "estimate": [1, 2]})
    with pytest.raises(DataError, match="found several rows for care"):
        compare_norms(survey, codebook, organization="firm0", published=twice)
