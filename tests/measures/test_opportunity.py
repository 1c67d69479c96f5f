from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.inference import NOBODY, ONE_PERSON
from cemlab.measures.opportunity import UNLIKE, opportunity_score, score_opportunities


def codebook_of(k: int, **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "item": [f"{side}{j}" for side in "is" for j in range(k)],
            "attribute": [f"a{j}" for _ in "is" for j in range(k)],
            "role": ["importance"] * k + ["satisfaction"] * k,
        }
    )
    return frame.assign(**({"scale_min": 1.0, "scale_max": 5.0} | more))


def random_survey(seed: int, n: int = 50, k: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({f"{side}{j}": rng.integers(1, 6, n).astype(float) for side in "is" for j in range(k)})


# truth
def test_ulwicks_worked_number_from_methods_section_5() -> None:
    assert opportunity_score(6.4, 4.8) == pytest.approx(8.0, abs=1e-12)
    assert opportunity_score(4.8, 6.4) == pytest.approx(4.8, abs=1e-12)  # overserved: nothing is added


def test_means_and_shares_by_hand() -> None:
    survey = pd.DataFrame({"i0": [5, 5, 4, 3], "s0": [2, 4, 5, 3]}, dtype=float)
    mean = score_opportunities(survey, codebook_of(1)).table.iloc[0]
    assert [mean["importance"], mean["performance"], mean["estimate"]] == [4.25, 3.5, 5.0]
    percent = score_opportunities(survey, codebook_of(1), variant="percent").table.iloc[0]
    assert [percent["importance"], percent["performance"], percent["estimate"]] == [7.5, 5.0, 10.0]
    top_box = score_opportunities(survey, codebook_of(1), variant="percent", top=1).table.iloc[0]
    assert [top_box["importance"], top_box["performance"], top_box["estimate"]] == [5.0, 2.5, 7.5]


def test_interval_is_the_t_interval_of_the_larger_part_where_they_lie_apart() -> None:
    from scipy import stats

    rng = np.random.default_rng(1)
    i, p = rng.normal(6, 0.3, 40), rng.normal(3, 0.3, 40)
    short = score_opportunities(pd.DataFrame({"i0": i, "s0": p}), codebook_of(1), conf_level=0.9).table.iloc[0]
    expected = stats.t.interval(0.9, 39, (2 * i - p).mean(), stats.sem(2 * i - p))
    assert [short["conf_low"], short["conf_high"]] == pytest.approx(list(expected), abs=1e-10)
    over = score_opportunities(pd.DataFrame({"i0": p, "s0": i}), codebook_of(1), conf_level=0.9).table.iloc[0]
    expected = stats.t.interval(0.9, 39, p.mean(), stats.sem(p))
    assert [over["conf_low"], over["conf_high"]] == pytest.approx(list(expected), abs=1e-10)


def test_pairs_and_weights() -> None:
    survey = pd.DataFrame({"i0": [5, 4, np.nan, 1], "s0": [2, np.nan, 3, 1], "w": [3.0, 1, 1, 1]})
    row = score_opportunities(survey, codebook_of(1), weights="w").table.iloc[0]
    assert row["n"] == 2
    assert row["estimate"] == pytest.approx(4 + (4 - 1.75))


# invariants
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.sampled_from(["mean", "percent"]))
def test_bounds_order_and_scale_of_weights(seed: int, factor: float, variant: str) -> None:
    survey = random_survey(seed, 20)
    weights = pd.Series(np.random.default_rng(seed).uniform(0.5, 2, 20))
    first = score_opportunities(survey, codebook_of(3), variant=variant, weights=weights).table
    second = score_opportunities(survey[::-1], codebook_of(3), variant=variant, weights=weights * factor).table
    pd.testing.assert_frame_equal(first, second)
    assert (first["estimate"] >= first["importance"]).all()
    assert (first["conf_low"] <= first["estimate"]).all()
    assert (first["conf_high"] >= first["estimate"]).all()
    if variant == "percent":
        assert first["estimate"].between(0, 20).all()
        assert first["conf_high"].max() <= 20


def test_input_stays_and_columns_are_known() -> None:
    survey = random_survey(2)
    before = survey.copy()
    assert set(score_opportunities(survey, codebook_of(3)).table) <= set(GLOSSARY)
    pd.testing.assert_frame_equal(survey, before)


def test_unanimous_shares_keep_an_interval_and_edges_are_said() -> None:
    same = pd.DataFrame({"i0": [5.0] * 20, "s0": [5.0] * 20, "i1": [5.0] + [np.nan] * 19, "s1": [5.0] * 20})
    table = score_opportunities(same.assign(i2=np.nan, s2=1.0), codebook_of(3), variant="percent").table
    assert table.loc[0, "conf_high"] - table.loc[0, "conf_low"] > 1
    assert table["note"].tolist() == ["", ONE_PERSON, NOBODY]
    unlike = codebook_of(1).assign(scale_max=[5.0, 7.0])
    assert score_opportunities(same, unlike).table["note"].tolist() == [UNLIKE]
    assert score_opportunities(same, unlike, variant="percent").table["note"].tolist() == [""]


# recovery
@pytest.mark.parametrize(("p", "variant"), [(4.0, "mean"), (3.0, "mean"), (4.0, "percent"), (3.0, "percent")])
def test_interval_covers_apart_and_at_the_kink(p: float, variant: str) -> None:
    rng, hits = np.random.default_rng(3), 0
    shares = {4.0: np.array([0.02, 0.05, 0.13, 0.5, 0.3]), 3.0: np.array([0.1, 0.2, 0.35, 0.25, 0.1])}
    points = np.arange(1.0, 6)
    unit = points if variant == "mean" else 10.0 * (points >= 4)
    true = opportunity_score(float(shares[4.0] @ unit), float(shares[p] @ unit))
    for _ in range(8):
        survey = pd.DataFrame({f"i{j}": rng.choice(points, 40, p=shares[4.0]) for j in range(50)})
        survey = survey.assign(**{f"s{j}": rng.choice(points, 40, p=shares[p]) for j in range(50)})
        table = score_opportunities(survey, codebook_of(50), variant=variant).table
        hits += ((table["conf_low"] <= true) & (true <= table["conf_high"])).sum()
    assert hits / 400 > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 400)


def test_picture_in_both_languages() -> None:
    for variant in ("mean", "percent"):
        for language in ("en", "fa"):
            ax = score_opportunities(random_survey(4), codebook_of(3), variant=variant).plot(words=Words(language))
            assert len(ax.get_yticklabels()) == 3


# errors
def test_messages() -> None:
    survey = random_survey(5)
    with pytest.raises(EstimationError, match="variant='share', expected mean or percent"):
        score_opportunities(survey, codebook_of(3), variant="share")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="found top=2 and 3 items without scale_max"):
        score_opportunities(survey, codebook_of(3, scale_max=np.nan), variant="percent")
    with pytest.raises(DataError, match="nobody who answered both questions"):
        score_opportunities(survey * np.nan, codebook_of(3))
