from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.measures.emotion import ONE_SIDE, score_emotions
from cemlab.measures.emotion_scores import NO_ANSWER, NO_SPREAD

FEW = settings(max_examples=40, deadline=None)
CODEBOOK = pd.DataFrame(
    {
        "item": ["happy", "valued", "stressed"],
        "role": ["emotion_positive", "emotion_positive", "emotion_negative"],
        "construct": ["advocacy", "recommendation", "destroying"],
        "stage": ["buying", "waiting", "waiting"],
        "scale_min": 1.0,
        "scale_max": 5.0,
    }
)
NET = "Net Emotional Value, scale 1 to 5"
SHARE = "Net Emotional Value, share of the scale's width"


def survey_of(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["happy", "valued", "stressed"], dtype=float)


SURVEY = survey_of((5, 4, 1), (4, 4, 2), (2, 1, 4), (5, 5, 1))


# truth: by hand; the rule (mean of the positive minus mean of the negative ratings) is Shaw's
def test_net_value_by_hand() -> None:
    table = score_emotions(SURVEY, CODEBOOK).table.set_index("term")["estimate"]
    assert table[NET] == pytest.approx((3.5 + 2.0 - 2.5 + 4.0) / 4)
    assert table[SHARE] == pytest.approx(1.75 / 4)
    assert table["positive emotions"] - table["negative emotions"] == pytest.approx(table[NET])


def test_interval_is_the_t_interval_of_the_logit_by_scipy() -> None:
    from scipy import special, stats

    row = score_emotions(SURVEY, CODEBOOK).table.iloc[0]
    net = np.array([3.5, 2.0, -2.5, 4.0])
    place, error = (net.mean() + 4) / 8, stats.sem(net)
    ends = stats.t.interval(0.95, 3, special.logit(place), error / 8 / (place * (1 - place)))
    assert row["std_error"] == pytest.approx(error)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(8 * special.expit(ends) - 4)


def test_clusters_stages_and_items() -> None:
    found = score_emotions(SURVEY, CODEBOOK)
    clusters = found.clusters.set_index("construct")["estimate"]
    assert clusters.to_dict() == pytest.approx({"advocacy": 4.0, "recommendation": 3.5, "destroying": 2.0})
    stages = found.stages.set_index("stage")
    assert stages.loc["waiting", "estimate"] == pytest.approx(1.5)
    assert np.isnan(stages.loc["buying", "estimate"])
    assert stages.loc["buying", "note"] == ONE_SIDE
    assert found.items.set_index("item").loc["stressed", "estimate"] == pytest.approx(2.0)


# invariants
@FEW
@given(st.lists(st.tuples(*[st.integers(1, 5)] * 3), min_size=2, max_size=30), st.floats(0.1, 100))
def test_bounds_constant_weights_and_turned_roles(rows, weight) -> None:
    survey = survey_of(*rows)
    plain = score_emotions(survey, CODEBOOK).table
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    weighted = score_emotions(survey, CODEBOOK, weights=[weight] * len(rows)).table
    np.testing.assert_allclose(plain[columns].astype(float), weighted[columns].astype(float), atol=1e-9)
    net = plain.iloc[0]
    assert -4 <= net["estimate"] <= 4
    if not np.isnan(net["conf_low"]):
        assert -4 <= net["conf_low"] <= net["estimate"] + 1e-12
        assert net["estimate"] - 1e-12 <= net["conf_high"] <= 4
    turned = CODEBOOK.assign(role=["emotion_negative", "emotion_negative", "emotion_positive"])
    assert score_emotions(survey, turned).table["estimate"][0] == pytest.approx(-net["estimate"])


def test_groups_weights_by_name_and_half_answered() -> None:
    survey = pd.concat([SURVEY, survey_of((np.nan, 4, 2), (np.nan, np.nan, 2), (3, 3, 3))], ignore_index=True)
    survey = survey.assign(unit=["a"] * 5 + ["b", "c"], weight=[1.0, 2, 1, 1, 1, 1, 1])
    before = survey.copy()
    found = score_emotions(survey, CODEBOOK, by="unit", weights="weight")
    net = found.table[found.table["term"] == NET].set_index("group")
    assert net["n"].to_dict() == {"a": 5, "b": 0, "c": 1}
    assert net.loc["a", "estimate"] == pytest.approx((3.5 + 2 * 2.0 - 2.5 + 4.0 + 2.0) / 6)
    assert net["note"].to_dict() == {"a": "", "b": NO_ANSWER, "c": NO_SPREAD}
    assert found.info["n_dropped"] == 1
    pd.testing.assert_frame_equal(survey, before)
    tables = (found.table, found.stages, found.clusters, found.items)
    assert set().union(*tables) <= set(GLOSSARY)
    for language in ("en", "fa"):
        assert found.plot(words=Words(language)) is not None
    plain = score_emotions(SURVEY, CODEBOOK.drop(columns=["stage", "construct"]))
    assert plain.stages.empty
    assert plain.clusters.empty
    assert plain.plot() is not None


# recovery: 400 samples of 60 with most at the ends of the scale, four Monte-Carlo standard errors
def test_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(12)
    shares = np.array([0.02, 0.03, 0.10, 0.35, 0.50])
    positive, negative = (rng.choice([1.0, 2, 3, 4, 5], p=p, size=400 * 60) for p in (shares, shares[::-1]))
    survey = pd.DataFrame({"happy": positive, "valued": positive, "stressed": negative})
    survey["sample"] = np.repeat(np.arange(400), 60)
    table = score_emotions(survey, CODEBOOK, by="sample").table
    table = table[table["term"] == NET]
    truth = shares @ np.arange(1, 6) - shares[::-1] @ np.arange(1, 6)
    covered = ((table["conf_low"] <= truth) & (truth <= table["conf_high"])).mean()
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


# errors
def test_messages() -> None:
    with pytest.raises(EstimationError, match="no item of role emotion_negative"):
        score_emotions(SURVEY, CODEBOOK.iloc[:2])
    mixed = CODEBOOK.assign(scale_max=[5.0, 5.0, 7.0])
    with pytest.raises(EstimationError, match="found the scales 1 to 5; 1 to 7 of emotions, expected one"):
        score_emotions(SURVEY, mixed)
    with pytest.raises(DataError, match="no respondent who answered at least half"):
        score_emotions(survey_of((5, 5, np.nan)), CODEBOOK)
    with pytest.raises(DataError, match="found no column 'shop', expected it for groups"):
        score_emotions(SURVEY, CODEBOOK, by="shop")
