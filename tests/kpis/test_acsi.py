from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.kpis.acsi import UNANSWERED, index_satisfaction
from cemlab.kpis.samples import NO_ANSWER, NO_SPREAD
from cemlab.languages import Words

FEW = settings(max_examples=40, deadline=None)
ITEMS = ["CUSA1", "CUSA2", "CUSA3"]
OHIO = dict(zip(ITEMS, [0.3885, 0.3190, 0.2925], strict=True))  # State of Ohio, Verint (2013)
MEANS_8_7_75 = pd.DataFrame({"CUSA1": [8, 8], "CUSA2": [6, 8], "CUSA3": [7, 8]})


# truth
def test_means_8_7_and_7_5_with_equal_and_ohio_weights() -> None:
    assert index_satisfaction(MEANS_8_7_75).table["estimate"].item() == pytest.approx(72.222, abs=5e-4)
    assert index_satisfaction(MEANS_8_7_75, weights=OHIO).table["estimate"].item() == pytest.approx(72.608, abs=5e-4)


def test_mobi_equal_ohio_and_pls_weights_of_a_separate_computation(real_data: Path) -> None:
    items = pd.read_csv(real_data / "ecsi_mobile" / "mobi.csv")[ITEMS]
    found = index_satisfaction(items)
    assert found.table["estimate"].item() == pytest.approx(71.97037037037038, abs=1e-10)
    assert found.items["estimate"].tolist() == pytest.approx([7.988, 7.128, 7.316], abs=1e-10)
    ohio = index_satisfaction(items, weights=OHIO)
    assert ohio.table["estimate"].item() == pytest.approx(72.41222222222223, abs=1e-10)
    assert ohio.info["weights"] == pytest.approx(OHIO)
    outer = pd.Series([0.3772, 0.3816, 0.4411], index=ITEMS) / items.std()  # mode A weights, unstandardized
    assert index_satisfaction(items, weights=outer.to_dict()).table["estimate"].item() == pytest.approx(
        72.5428, abs=5e-4
    )


def test_complete_answers_give_the_t_interval_of_the_logit_of_their_own_index() -> None:
    from scipy import special, stats

    rng = np.random.default_rng(2)
    items = pd.DataFrame(rng.integers(5, 11, (40, 3)), columns=ITEMS)
    row = index_satisfaction(items, weights=OHIO).table.iloc[0]
    own = 100 * (items - 1).to_numpy() @ np.array(list(OHIO.values())) / 9
    assert row["estimate"] == pytest.approx(own.mean())
    assert row["std_error"] == pytest.approx(stats.sem(own))
    place = own.mean() / 100
    ends = stats.t.interval(0.95, 39, special.logit(place), stats.sem(own) / 100 / (place * (1 - place)))
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(100 * special.expit(ends))


def test_missing_answers_linearised_error_is_the_bootstraps() -> None:
    rng = np.random.default_rng(4)
    latent = rng.normal(size=(400, 1))
    values = np.clip(np.round(7 + 1.5 * latent + rng.normal(size=(400, 3))), 1, 10)
    values[rng.random((400, 3)) < [0.0, 0.2, 0.4]] = np.nan
    row = index_satisfaction(pd.DataFrame(values, columns=ITEMS), weights=OHIO).table.iloc[0]
    v = np.array(list(OHIO.values()))
    assert row["estimate"] == pytest.approx(100 * (np.nanmean(values, axis=0) - 1) @ v / 9)
    drawn = values[rng.integers(0, 400, (2000, 400))]
    draws = 100 * (np.nanmean(drawn, axis=1) - 1) @ v / 9
    assert row["std_error"] == pytest.approx(draws.std(ddof=1), rel=4 / np.sqrt(2 * 2000))


# invariants
@FEW
@given(st.lists(st.tuples(*[st.integers(1, 10)] * 3), min_size=2, max_size=30), st.floats(0.1, 50))
def test_bounds_proportional_weights_and_turned_scale(rows, factor) -> None:
    items = pd.DataFrame(rows, columns=ITEMS)
    row = index_satisfaction(items, weights=OHIO).table.iloc[0]
    scaled = index_satisfaction(items, weights={name: factor * value for name, value in OHIO.items()}).table.iloc[0]
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(row[columns].astype(float), scaled[columns].astype(float), atol=1e-9)
    turned = index_satisfaction(11 - items, weights=OHIO).table.iloc[0]
    assert turned["estimate"] == pytest.approx(100 - row["estimate"], abs=1e-9)
    if row["note"] == "":
        assert 0 <= row["conf_low"] <= row["estimate"] <= row["conf_high"] <= 100
        assert turned["conf_low"] == pytest.approx(100 - row["conf_high"], abs=1e-9)


def test_groups_differences_notes_and_pictures() -> None:
    items = pd.DataFrame({"a": [9, 8, 3, 4, 5, None], "b": [7, 6, None, None, 5, None]})
    by = ["x", "x", "y", "y", "z", "w"]
    found = index_satisfaction(items, by=by, respondent_weights=[1, 3, 1, 1, 1, 1])
    table = found.table.set_index("group")
    assert table["note"].to_dict() == {"w": NO_ANSWER, "x": "", "y": UNANSWERED, "z": NO_SPREAD}
    assert table.loc["x", "estimate"] == pytest.approx(100 * ((33 / 4 - 1) + (25 / 4 - 1)) / 18)
    assert table.loc["y", "n"] == 2
    assert len(found.differences) == 6
    assert set(found.table) | set(found.items) | set(found.differences) <= set(GLOSSARY)
    for language in ("en", "fa"):
        assert found.plot(words=Words(language)) is not None


# recovery: 400 samples of 60, answers crowded at the top, four Monte-Carlo standard errors
def test_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(8)
    shares = np.array([0, 0, 0, 0.01, 0.02, 0.03, 0.06, 0.13, 0.25, 0.50])
    values = rng.choice(np.arange(1, 11), p=shares, size=(400 * 60, 2))
    table = index_satisfaction(pd.DataFrame(values, columns=["a", "b"]), by=np.repeat(np.arange(400), 60)).table
    truth = 100 * (shares @ np.arange(1, 11) - 1) / 9
    covered = ((table["conf_low"] <= truth) & (truth <= table["conf_high"])).mean()
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


# errors
def test_messages() -> None:
    with pytest.raises(DataError, match="weights: found CUSA1, expected one for each of CUSA1, CUSA2, CUSA3"):
        index_satisfaction(MEANS_8_7_75, weights={"CUSA1": 1.0})
    with pytest.raises(DataError, match=r"weights: found \[-1.0, 1.0, 1.0\]"):
        index_satisfaction(MEANS_8_7_75, weights=dict(zip(ITEMS, [-1, 1, 1], strict=True)))
    with pytest.raises(DataError, match="weights: found 'pls', expected 'equal' or a mapping"):
        index_satisfaction(MEANS_8_7_75, weights="pls")
    with pytest.raises(DataError, match="found 8, expected whole numbers from 1 to 7"):
        index_satisfaction(MEANS_8_7_75, scale=(1, 7))
    with pytest.raises(DataError, match="found no column"):
        index_satisfaction(pd.DataFrame(index=[0]))
