"""Random-intercept slopes and centred rows over unit × wave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.models.chain import link_chain
from cemlab.models.links import NOT_IN_PANEL, TOO_FEW_UNITS
from cemlab.models.panel import fit_random_intercept

LINK = [{"id": "H", "source": "x", "target": "y", "sign": "+"}]


def _panel(seed: int, n_units: int = 30, waves: int = 4, *, within: float = 0.3, between: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(n_units), waves)
    level = rng.normal(size=n_units)[units]
    change = rng.normal(size=len(units))
    change -= pd.Series(change).groupby(units).transform("mean").to_numpy()
    y = between * level + within * change + 0.5 * rng.normal(size=n_units)[units] + 0.7 * rng.normal(size=len(units))
    wave = np.tile(np.arange(waves), n_units)
    return pd.DataFrame({"unit": units, "wave": wave, "x": level + change, "y": y})


# truth
def test_slope_of_mortality_on_engagement(real_data: Path) -> None:
    """methods.md, section 0.4: -.016 (SE .024, t -.69), n = 1 071 rows complete in the four measures."""
    columns = ["Engagement.Index", "RecommendCare.Index", "WorkStress.Index", "SHMI.Index"]
    data = pd.read_csv(real_data / "nhs" / "nhs_wellbeing_2012_2019.csv").dropna(subset=columns)
    design = np.column_stack([np.ones(len(data)), data["Engagement.Index"]])
    for reml in (True, False):
        fit = fit_random_intercept(data["SHMI.Index"].to_numpy(), design, data["Code"].to_numpy(), reml=reml)
        assert len(data) == 1071
        assert fit.estimate == pytest.approx(-0.016, abs=5e-4)
        assert fit.std_error == pytest.approx(0.024, abs=5e-4)
        assert fit.estimate / fit.std_error == pytest.approx(-0.69, abs=5e-3)


def test_within_equals_regression_with_a_dummy_per_unit() -> None:
    data = _panel(1)
    dummies = pd.get_dummies(data["unit"], dtype=float)
    reference = sm.OLS(data["y"], pd.concat([data[["x"]], dummies], axis=1)).fit()
    row = link_chain({"units": data}, links=LINK).table.query("level == 'within'").iloc[0]
    assert row["estimate"] == pytest.approx(reference.params["x"], rel=1e-9)
    assert (row["n"], row["n_units"], row["df"]) == (120, 30, 29)


# invariants
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 100), st.sampled_from([1e-3, 1.0, 1e3]))
def test_slope_follows_the_unit_of_the_outcome(seed: int, factor: float) -> None:
    data = _panel(seed)
    design = np.column_stack([np.ones(len(data)), data["x"]])
    first = fit_random_intercept(data["y"].to_numpy(), design, data["unit"].to_numpy())
    second = fit_random_intercept(factor * data["y"].to_numpy(), design, data["unit"].to_numpy())
    assert second.estimate == pytest.approx(factor * first.estimate, rel=1e-5)
    assert second.std_error == pytest.approx(factor * first.std_error, rel=1e-4)


# recovery: between and within links of opposite sign are told apart
def test_between_and_within_are_told_apart() -> None:
    table = link_chain({"units": _panel(3, 60, 6, within=0.5, between=-1.0)}, links=LINK).table.set_index("level")
    assert list(table.index) == ["unit", "panel", "within"]
    assert table.loc["within", "verdict"] == "supported"
    assert table.loc["unit", "verdict"] == "opposite"
    assert table.loc["within", "conf_low"] < 0.5 < table.loc["within", "conf_high"]


def test_within_interval_covers() -> None:
    reps, hits = 150, 0
    for seed in range(reps):
        rows = link_chain({"units": _panel(1000 + seed, 25, 3)}, links=LINK, n_boot=0).table.set_index("level")
        hits += rows.loc["within", "conf_low"] <= 0.3 <= rows.loc["within", "conf_high"]
    assert abs(hits / reps - 0.95) < 4 * np.sqrt(0.95 * 0.05 / reps)


# errors: what cannot be estimated
def test_two_waves_are_no_panel() -> None:
    assert set(link_chain({"units": _panel(4, waves=2)}, links=LINK).table["level"]) == {"unit"}


def test_few_units_are_not_estimable() -> None:
    rows = link_chain({"units": _panel(5, n_units=3)}, links=LINK).table.query("level in ['panel', 'within']")
    assert rows["note"].tolist() == [TOO_FEW_UNITS, TOO_FEW_UNITS]
    assert rows["verdict"].tolist() == ["not estimable", "not estimable"]


def test_a_link_to_what_people_were_asked_is_not_in_the_panel() -> None:
    people = pd.DataFrame({"unit": np.repeat(np.arange(30), 5), "s": np.random.default_rng(6).normal(size=150)})
    links = [*LINK, {"id": "K", "source": "s", "target": "y", "sign": "+"}]
    table = link_chain({"units": _panel(6), "customers": people}, links=links, n_boot=0).table
    assert table.query("hypothesis == 'K' and level == 'panel'")["note"].item() == NOT_IN_PANEL
