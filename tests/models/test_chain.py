"""The chain: levels, joint models, gate, verdicts."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.models import aggregation, chain, indirect, panel
from cemlab.models import links as notes
from cemlab.models.chain import link_chain
from cemlab.models.links import verdict

LINKS = [
    {"id": "H1", "source": "care", "target": "mood", "sign": "+"},
    {"id": "H2", "source": "mood", "target": "quality", "sign": "+"},
    {"id": "H3", "source": "quality", "target": "loyalty", "sign": "+"},
    {"id": "H4", "source": "ads", "target": "loyalty", "sign": "+"},
    {"id": "H5", "source": "loyalty", "target": "profit", "sign": "+"},
]
TRUTH = {"H1": 0.6, "H2": 0.5, "H3": 0.7, "H4": 0.0, "H5": 0.8}


def _frames(seed: int, n_units: int = 40, n_people: int = 12) -> dict[str, pd.DataFrame]:
    """A chain whose respondent-level links hold at the level of units and of people alike."""
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(n_units), n_people)

    def draw(spread: float) -> np.ndarray:
        return spread * rng.normal(size=n_units)[units] + rng.normal(size=len(units))

    care = draw(1.0)
    mood = 0.6 * care + draw(0.4)
    unit_mood = pd.Series(mood).groupby(units).mean().to_numpy()
    quality, ads = 0.5 * unit_mood[units] + draw(0.4), draw(0.5)
    loyalty = 0.7 * quality + draw(0.4)
    unit_loyalty = pd.Series(loyalty).groupby(units).mean().to_numpy()
    profit = 0.8 * unit_loyalty + 0.3 * rng.normal(size=n_units)
    names = np.array([f"u{unit:02d}" for unit in range(n_units)])
    return {
        "employees": pd.DataFrame({"unit": names[units], "care": care, "mood": mood}),
        "customers": pd.DataFrame({"unit": names[units], "quality": quality, "ads": ads, "loyalty": loyalty}),
        "units": pd.DataFrame({"unit": names, "profit": profit}),
    }


# truth: statsmodels on the same rows
def test_unit_level_is_one_joint_regression_with_hc3() -> None:
    frames = _frames(1)
    result = link_chain(frames, links=LINKS, n_boot=0)
    means = frames["customers"].groupby("unit").mean()
    reference = sm.OLS(means["loyalty"], sm.add_constant(means[["quality", "ads"]])).fit(cov_type="HC3", use_t=True)
    rows = result.table.query("level == 'unit' and target == 'loyalty'").set_index("source")
    for name in ("quality", "ads"):
        assert rows.loc[name, "estimate"] == pytest.approx(reference.params[name], rel=1e-9)
        assert rows.loc[name, "std_error"] == pytest.approx(reference.bse[name], rel=1e-9)
        assert rows.loc[name, "p_value"] == pytest.approx(reference.pvalues[name], rel=1e-7)
        ends = rows.loc[name, ["conf_low", "conf_high"]].to_numpy(dtype=float)
        assert ends == pytest.approx(reference.conf_int().loc[name].to_numpy(), rel=1e-9)
    assert (rows["n"] == 40).all()
    assert (rows["df"] == 37).all()


def test_several_organizations_have_their_own_intercepts() -> None:
    people = _frames(2)["customers"]
    people["organization"] = np.where(people["unit"] < "u20", "west", "east")
    people.loc[people["organization"] == "west", ["quality", "loyalty"]] += 5
    result = link_chain({"customers": people}, links=LINKS[2:4], n_boot=0)
    dummies = pd.get_dummies(people["organization"], drop_first=True, dtype=float)
    reference = sm.OLS(people["loyalty"], sm.add_constant(people[["quality", "ads"]].join(dummies))).fit()
    row = result.table.query("level == 'respondent' and hypothesis == 'H3'").iloc[0]
    assert row["estimate"] == pytest.approx(reference.params["quality"], rel=1e-9)
    assert "own intercept" in result.info["organizations"]


def test_weights_are_honoured_at_the_respondent_level() -> None:
    people = _frames(3)["customers"].drop(columns="unit")
    people["weight"] = np.random.default_rng(3).uniform(0.3, 3, len(people))
    row = link_chain({"customers": people}, links=LINKS[2:3], n_boot=0).table.iloc[0]
    design = sm.add_constant(people[["quality"]])
    reference = sm.WLS(people["loyalty"], design, weights=people["weight"]).fit(cov_type="HC3", use_t=True)
    assert (row["estimate"], row["std_error"]) == pytest.approx(
        (reference.params["quality"], reference.bse["quality"]), rel=1e-9
    )


@pytest.mark.parametrize(
    ("estimate", "p_value", "sign", "expected"),
    [
        (0.3, 0.01, "+", "supported"),
        (-0.3, 0.01, "-", "supported"),
        (-0.3, 0.01, "+", "opposite"),
        (0.3, 0.05, "+", "not supported"),
        (np.nan, np.nan, "+", "not estimable"),
    ],
)
def test_verdict(estimate: float, p_value: float, sign: str, expected: str) -> None:
    assert verdict(estimate, p_value, sign, 0.95) == expected


def _waves(seed: int, shift: float, n: int = 300) -> pd.DataFrame:
    """Quality and loyalty unrelated inside each wave; both move by `shift` from the first wave to the second."""
    rng = np.random.default_rng(seed)
    wave = rng.random(n) < 0.5
    frame = pd.DataFrame(rng.normal(size=(n, 2)), columns=["quality", "loyalty"]) + shift * wave[:, None]
    return frame.assign(wave=np.where(wave, "2025", "2024"), unit=[f"u{i % 24:02d}" for i in range(n)])


def test_waves_have_their_own_intercepts_among_respondents() -> None:
    people = _waves(4, 2.0)
    result = link_chain({"customers": people}, links=LINKS[2:3], n_boot=0)
    design = sm.add_constant(people[["quality"]].assign(second=(people["wave"] == "2025").astype(float)))
    reference = sm.OLS(people["loyalty"], design).fit()
    row = result.table.query("level == 'respondent'").iloc[0]
    assert row["estimate"] == pytest.approx(reference.params["quality"], rel=1e-9)
    assert "own intercept" in result.info["waves"]
    assert "waves" not in link_chain({"customers": people.assign(wave="2025")}, links=LINKS[2:3], n_boot=0).info


def test_waves_of_organizations_shift_apart() -> None:
    people = _waves(5, 1.0)
    people["organization"] = np.where(people["unit"] < "u12", "west", "east")
    people.loc[(people["organization"] == "west") & (people["wave"] == "2025"), ["quality", "loyalty"]] -= 3
    result = link_chain({"customers": people}, links=LINKS[2:3], n_boot=0)
    dummies = pd.get_dummies(people["organization"] + people["wave"], drop_first=True, dtype=float)
    reference = sm.OLS(people["loyalty"], sm.add_constant(people[["quality"]].join(dummies))).fit()
    row = result.table.query("level == 'respondent'").iloc[0]
    assert row["estimate"] == pytest.approx(reference.params["quality"], rel=1e-9)


# invariants
def test_levels_hold_each_hypothesis_once_and_say_why_not() -> None:
    result = link_chain(_frames(4), links=LINKS, n_boot=50)
    assert result.table.groupby("level")["hypothesis"].apply(list).to_dict() == {
        "respondent": ["H1", "H2", "H3", "H4", "H5"],
        "unit": ["H1", "H2", "H3", "H4", "H5"],
    }
    apart = result.table.query("level == 'respondent'").set_index("hypothesis").loc[["H2", "H5"]]
    assert set(apart["note"]) == {notes.NOT_SAME_PEOPLE}
    assert set(apart["verdict"]) == {"not estimable"}
    assert result.table.query("level == 'unit'")["estimate"].notna().all()
    assert "care → mood → quality → loyalty → profit" in set(result.indirect["path"])
    assert set(result.indirect["level"]) == {"unit"}  # at the respondent level no two links follow one another


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_order_of_rows_does_not_matter_and_input_is_unchanged(seed: int) -> None:
    frames = _frames(seed, 15, 5)
    before = {name: frame.copy() for name, frame in frames.items()}
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in frames.items()}
    first, second = (link_chain(each, links=LINKS, n_boot=0).table for each in (frames, shuffled))
    pd.testing.assert_frame_equal(first, second, rtol=1e-7)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_small_units_are_left_out_and_counted() -> None:
    frames = _frames(5)
    kept = frames["customers"]["unit"] != "u00"
    frames["customers"] = frames["customers"][kept | (frames["customers"].groupby("unit").cumcount() < 2)]
    result = link_chain(frames, links=LINKS, n_boot=0)
    assert result.info["units_below_3_customers"] == 1
    assert result.table.query("level == 'unit'").set_index("hypothesis")["n"].to_dict() == {
        "H1": 40, "H2": 39, "H3": 39, "H4": 39, "H5": 39,
    }  # fmt: skip


def test_a_failing_gate_stands_in_the_note_of_unit_rows_only() -> None:
    frames = _frames(6)
    frames["customers"]["ads"] = np.random.default_rng(6).normal(size=len(frames["customers"]))
    result = link_chain(frames, links=LINKS, n_boot=0)
    assert result.gate.set_index("construct").loc["ads", "verdict_gate"] != "backed"
    rows = result.table.set_index(["level", "hypothesis"])["note"]
    assert notes.GATE_FAILS in rows["unit", "H4"]
    assert notes.GATE_FAILS not in rows["respondent", "H4"]


def test_no_causal_words() -> None:
    result = link_chain(_frames(7), links=LINKS, n_boot=50)
    text = result.summary() + result.indirect.to_string() + " ".join(map(str, result.info.values()))
    assert not any(word in text.lower() for word in ("cause", "leads to", "impact", "drives"))


def test_every_column_is_in_the_glossary() -> None:
    result = link_chain(_frames(12), links=LINKS, n_boot=50)
    for table in (result.table, result.gate, result.indirect):
        assert set(table) <= set(GLOSSARY), set(table) - set(GLOSSARY)


@pytest.mark.parametrize("module", [notes, aggregation, chain, indirect, panel], ids=lambda m: m.__name__)
def test_every_note_has_a_persian_sentence(module: ModuleType) -> None:
    sentences = [value for name, value in vars(module).items() if name.isupper() and str(value).endswith(".")]
    assert sentences
    assert [text for text in sentences if Words("fa")(text) == text] == []


# recovery
def test_links_are_covered_and_the_null_link_is_rarely_supported() -> None:
    reps, hits, wrong = 80, dict.fromkeys(("H1", "H3", "H4"), 0), 0
    for seed in range(reps):
        rows = link_chain(_frames(100 + seed, 20, 8), links=LINKS, n_boot=0).table.query("level == 'respondent'")
        for row in rows.set_index("hypothesis").loc[list(hits)].itertuples():
            hits[row.Index] += row.conf_low <= TRUTH[row.Index] <= row.conf_high
        wrong += rows.set_index("hypothesis").loc["H4", "verdict"] in ("supported", "opposite")
    band = 4 * np.sqrt(0.95 * 0.05 / reps)
    assert all(abs(count / reps - 0.95) < band for count in hits.values()), hits
    assert wrong / reps <= 0.05 + band


def test_a_shift_between_waves_is_not_read_as_a_link() -> None:
    reps, wrong = 30, 0
    for seed in range(reps):
        table = link_chain({"customers": _waves(500 + seed, 1.5)}, links=LINKS[2:3], n_boot=0).table
        wrong += table.query("level == 'respondent'").iloc[0]["verdict"] != "not supported"
    assert wrong / reps <= 0.05 + 4 * np.sqrt(0.95 * 0.05 / reps)


# errors, and what is not estimable
def test_a_constant_source_and_few_units_say_so() -> None:
    frames = _frames(8, n_units=4)
    frames["customers"]["ads"] = 3.0
    rows = link_chain(frames, links=LINKS, n_boot=0).table.set_index(["level", "hypothesis"])
    assert rows.loc[("respondent", "H4"), "note"] == notes.CONSTANT
    assert notes.WITHOUT_SOURCES in rows.loc[("respondent", "H3"), "note"]
    assert rows.loc[("unit", "H1"), "note"] == notes.TOO_FEW_UNITS
    assert np.isnan(rows.loc[("unit", "H1"), "estimate"])


def test_a_source_that_only_differs_between_waves_says_so() -> None:
    people = _waves(6, 1.0)
    people["quality"] = np.where(people["wave"] == "2025", 5.0, 3.0)
    rows = link_chain({"customers": people}, links=LINKS[2:3], n_boot=0).table.set_index("level")
    assert rows.loc["respondent", "note"] == notes.FLAT_INSIDE


def test_sources_that_repeat_one_another_say_so() -> None:
    frames = _frames(9)
    frames["customers"]["ads"] = 2 * frames["customers"]["quality"] + 1
    rows = link_chain(frames, links=LINKS, n_boot=0).table.query("target == 'loyalty'")
    assert set(rows["note"]) == {notes.COLLINEAR}


def test_one_respondent_is_not_estimable() -> None:
    rows = link_chain({"customers": _frames(1)["customers"].head(1)}, links=LINKS[2:3], n_boot=0).table
    assert set(rows["verdict"]) == {"not estimable"}


def test_one_unit_takes_respondents_as_independent() -> None:
    people = _frames(10, n_units=1, n_people=60)["customers"]
    row = link_chain({"customers": people}, links=LINKS[2:3], n_boot=0).table.iloc[0]
    assert row["note"] == notes.ONE_UNIT
    assert (row["df"], row["n_units"]) == (58, 1)


def test_no_links_is_an_error() -> None:
    with pytest.raises(EstimationError, match=r"found no links, expected at least one. Declare them under chain"):
        link_chain(_frames(1))


def test_unmeasured_names_are_an_error() -> None:
    with pytest.raises(EstimationError, match="found no values of a, b, expected them among customers"):
        link_chain(_frames(1), links=[{"id": "H", "source": "a", "target": "b", "sign": "+"}])


def test_a_name_measured_twice_is_an_error() -> None:
    frames = _frames(1)
    frames["employees"]["quality"] = 1.0
    with pytest.raises(DataError, match="found 'quality' measured by employees and by customers"):
        link_chain(frames, links=LINKS)


def test_plot_shows_each_estimable_link() -> None:
    axes = link_chain(_frames(11), links=LINKS, n_boot=0).plot(names={"quality": "Service quality"})
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == 8
    assert any("Service quality" in label for label in labels)
