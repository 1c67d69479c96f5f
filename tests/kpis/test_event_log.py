"""Journeys from an event log: counted by hand, against brute force, at the edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cemlab.columns import GLOSSARY
from cemlab.errors import DataError
from cemlab.kpis.absorbing_chain import absorb
from cemlab.kpis.event_log import FEW_STAYS, NO_STAY, trace_journeys
from cemlab.kpis.removal import NO_CONVERSION
from cemlab.languages import Words


def log_of(*paths: str, gap: float = 1.0) -> pd.DataFrame:
    """One customer per path; letters are events, a day apart."""
    rows = [(f"c{i:03d}", name, gap * place) for i, path in enumerate(paths) for place, name in enumerate(path)]
    return pd.DataFrame(rows, columns=["customer", "event", "time"])


def random_log(seed: int, n: int = 80, events: str = "abcd") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    paths = ["".join(rng.choice(list(events), rng.integers(1, 6))) + rng.choice(["$", "", ""]) for _ in range(n)]
    return log_of(*paths)


def brute_force_conversion(shares: np.ndarray, without: int | None = None) -> float:
    """Converted share after very many steps; visits to `without` become stops."""
    n = shares.shape[0] - 1
    whole = np.zeros((n + 3, n + 3))
    whole[: n + 1, 1 : n + 3] = shares
    whole[n + 1, n + 1] = whole[n + 2, n + 2] = 1
    if without is not None:
        whole[:, n + 2] += whole[:, without + 1]
        whole[:, without + 1] = 0
    return float(np.linalg.matrix_power(whole, 4096)[0, n + 1])


# truth
def test_removal_effect_worked_by_hand() -> None:
    """Start to a 1/2, b 1/2; a to b 1/2, $ 1/2; b to $ 1/3, stop 2/3: converts 1/2; without a 1/6; without b 1/4."""
    result = trace_journeys(log_of("ab", "a$", "b$", "b"), end="$", n_boot=50)
    removal = result.removal.set_index("event")
    assert absorb(np.array([[2.0, 2, 0, 0], [0, 1, 1, 0], [0, 0, 1, 2]])).conversion == pytest.approx(1 / 2)
    assert removal.loc["a", "estimate"] == pytest.approx(1 - (1 / 6) / (1 / 2), abs=1e-12)
    assert removal.loc["b", "estimate"] == pytest.approx(1 - (1 / 4) / (1 / 2), abs=1e-12)
    assert removal["attribution"].sum() == pytest.approx(1)
    assert removal["n_journeys"].to_dict() == {"a": 2, "b": 3}


def test_transitions_and_their_wilson_intervals() -> None:
    result = trace_journeys(log_of("aab", "a$b", "b"), end="$", conf_level=0.9, n_boot=20)
    table = result.table.set_index(["from_event", "to_event"])
    assert table["n"].to_dict() == {
        ("(start)", "a"): 2, ("(start)", "b"): 2, ("a", "a"): 1, ("a", "b"): 1, ("a", "$"): 1, ("b", "(stop)"): 3,
    }  # fmt: skip
    assert table.loc[("a", "b"), "estimate"] == pytest.approx(1 / 3)
    low, high = proportion_confint(1, 3, alpha=0.1, method="wilson")
    assert table.loc[("a", "b"), ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high])
    assert (result.info["n_journeys"], result.info["n_obs"], result.info["n_converted"]) == (4, 3, 1)
    square = result.matrix()
    assert list(square.index) == ["(start)", "a", "b"]
    assert list(square.columns) == ["a", "b", "$", "(stop)"]
    assert square.sum(axis=1).tolist() == pytest.approx([1, 1, 1])


def test_conversion_by_step() -> None:
    steps = trace_journeys(log_of("$", "a$", "ab$", "abc"), end="$", n_boot=20).steps
    assert steps["estimate"].tolist() == [0.25, 0.5, 0.75]
    assert steps["n_reached"].tolist() == [4, 3, 2]
    # start: $ 1/4, a 3/4; a: $ 1/3, b 2/3; b: $ 1/2, c 1/2
    assert steps["chain"].tolist() == pytest.approx([1 / 4, 1 / 4 + 3 / 4 / 3, 1 / 4 + 1 / 4 + 3 / 4 * 2 / 3 / 2])


def test_funnel_counts_what_comes_in_order() -> None:
    log = log_of("abc$", "acb", "bac", "xaxbxc$", "cba")
    funnel = trace_journeys(log, end="$", funnel=["a", "b", "c", "$"], n_boot=20).funnel
    assert funnel["n_reached"].tolist() == [5, 3, 2, 2]
    assert funnel["n_journeys"].tolist() == [5, 5, 5, 2]
    assert funnel["estimate"].tolist() == pytest.approx([1, 3 / 5, 2 / 3, 1])
    assert funnel["of_all"].tolist() == pytest.approx([1, 0.6, 0.4, 0.4])


def test_time_in_stage_with_censored_stays() -> None:
    log = pd.DataFrame(
        {
            "customer": ["a"] * 4 + ["b"] * 2 + ["c"],
            "event": ["web", "web", "shop", "$", "web", "shop", "web"],
            "time": pd.to_datetime(["2025-01-01", "2025-01-02", "2025-01-05", "2025-01-05 12:00", "2025-01-01",
                                    "2025-01-03", "2025-02-01"], format="ISO8601"),
        }
    )  # fmt: skip
    result = trace_journeys(log, end="$", n_boot=20)
    rows = result.durations.set_index("event")
    assert result.info["time_unit"] == "days"
    assert rows.loc["web", ["n", "median", "q1", "q3", "n_censored"]].tolist() == [2, 3.0, 2.5, 3.5, 1]
    assert rows.loc["shop", ["n", "median", "n_censored", "note"]].tolist() == [1, 0.5, 1, FEW_STAYS]


def test_interval_of_the_median_is_the_table_of_order_statistics() -> None:
    """n = 10 at 95 %: the 2nd and the 9th value (Conover 1999, 97.9 %)."""
    log = pd.DataFrame({"customer": np.repeat(range(10), 2), "event": ["a", "b"] * 10,
                        "time": np.column_stack([np.zeros(10), np.arange(1, 11)]).ravel()})  # fmt: skip
    row = trace_journeys(log).durations.set_index("event").loc["a"]
    assert (row["conf_low"], row["median"], row["conf_high"]) == (2, 5.5, 9)


def test_what_follows_a_conversion_is_a_new_journey_and_ties_keep_the_order_of_the_log() -> None:
    log = pd.DataFrame({"customer": "x", "event": ["a", "$", "b", "$"], "time": [1, 1, 2, 3]})
    result = trace_journeys(log, end="$", n_boot=20)
    assert (result.info["n_journeys"], result.info["n_ties"]) == (2, 1)
    assert result.removal["estimate"].tolist() == pytest.approx([0.5, 0.5])


# invariants
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_removal_is_that_of_a_chain_without_the_event(seed: int) -> None:
    result = trace_journeys(random_log(seed), end="$", n_boot=2)
    square = result.table.pivot(index="from_event", columns="to_event", values="estimate").fillna(0.0)
    names = [name for name in square.index if name != "(start)"]
    shares = square.reindex(index=["(start)", *names], columns=[*names, "$", "(stop)"], fill_value=0.0).to_numpy()
    whole = brute_force_conversion(shares)
    for place, name in enumerate(names):
        effect = result.removal.set_index("event").loc[name, "estimate"]
        assert effect == pytest.approx(1 - brute_force_conversion(shares, place) / whole, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_shares_add_up_and_the_chain_keeps_the_conversion(seed: int) -> None:
    log = random_log(seed)
    result = trace_journeys(log.sample(frac=1, random_state=seed), end="$", n_boot=2)
    pd.testing.assert_frame_equal(result.table, trace_journeys(log, end="$", n_boot=2).table)
    assert result.table.groupby("from_event")["estimate"].sum().to_numpy() == pytest.approx(1)
    assert result.steps["estimate"].is_monotonic_increasing
    assert result.steps["estimate"].iloc[-1] == pytest.approx(result.info["n_converted"] / result.info["n_journeys"])
    assert result.steps["chain"].iloc[0] == pytest.approx(result.steps["estimate"].iloc[0])
    stays = result.durations
    assert (stays["n"] + stays["n_censored"] > 0).all()
    unconverted = result.info["n_journeys"] - result.info["n_converted"]
    assert stays["n_censored"].sum() == unconverted


def test_any_frame_and_a_stable_seed() -> None:
    log = random_log(1)
    first = trace_journeys(log, end="$", n_boot=40, seed=3)
    second = trace_journeys(pl.from_pandas(log), end="$", n_boot=40, seed=3)
    pd.testing.assert_frame_equal(first.removal, second.removal)
    for table in (first.table, first.steps, first.funnel, first.durations, first.removal):
        assert set(table.columns) <= set(GLOSSARY)
    assert (first.removal["conf_low"] <= first.removal["estimate"]).all()
    assert (first.removal["estimate"] <= first.removal["conf_high"]).all()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_pictures_are_drawn(language: str) -> None:
    result = trace_journeys(random_log(2, events="abcdefghijklmnop"), end="$", n_boot=20)
    assert len(result.plot(words=Words(language)).get_yticklabels()) == 13
    assert len(result.plot_removal(words=Words(language)).patches) == 12


def test_the_interval_of_a_removal_effect_is_expanded_to_that_of_student() -> None:
    """n = 30 at 95 %: t = 2.0452, times sqrt(30 / 29) = 2.0802, so 1.875 % are left on either side."""
    from cemlab.kpis.removal import _expanded

    assert _expanded(0.95, 30) == pytest.approx(1 - 2 * 0.01875, abs=2e-5)


# recovery
def test_the_chain_that_made_the_log_is_found_again() -> None:
    rng = np.random.default_rng(4)
    ways = {"(start)": ("ab", [0.6, 0.4]), "a": ("ab$.", [0.1, 0.4, 0.3, 0.2]), "b": ("ab$.", [0.2, 0.1, 0.1, 0.6])}
    paths = []
    for _ in range(3000):
        path, state = "", "(start)"
        while (state := str(rng.choice(list(ways[state][0]), p=ways[state][1]))) not in "$.":
            path += state
        paths.append(path + state.replace(".", ""))
    shares = np.array([[0.6, 0.4, 0, 0], [0.1, 0.4, 0.3, 0.2], [0.2, 0.1, 0.1, 0.6]])
    removal = trace_journeys(log_of(*paths), end="$", n_boot=200).removal.set_index("event")
    whole = brute_force_conversion(shares)
    for place, name in enumerate("ab"):
        truth = 1 - brute_force_conversion(shares, place) / whole
        half = (removal.loc[name, "conf_high"] - removal.loc[name, "conf_low"]) / 2
        assert removal.loc[name, "estimate"] == pytest.approx(truth, abs=1.6 * half)  # about 3 standard errors


# errors
def test_edges_without_conversions_or_with_single_events() -> None:
    result = trace_journeys(log_of("a", "b", "aa"), end="$", n_boot=20)
    assert result.removal["note"].tolist() == [NO_CONVERSION] * 2
    assert result.removal["estimate"].isna().all()
    assert result.durations["note"].tolist() == [NO_STAY] * 2
    assert result.steps["estimate"].tolist() == [0, 0]
    only = trace_journeys(log_of("$", "$"), end="$", n_boot=20)
    assert only.removal.empty
    assert only.table["estimate"].tolist() == [1.0]
    none = trace_journeys(log_of("ab"))
    assert none.info["ends"] == ()
    assert none.funnel.empty


def test_rows_left_out_are_counted() -> None:
    log = log_of("ab", "b")
    log.loc[0, "event"] = None
    log.loc[1, "customer"] = None
    assert trace_journeys(log).info["n_dropped"] == 2


def test_messages() -> None:
    log = log_of("ab")
    with pytest.raises(DataError, match="events: found no column 'when', expected customer, event and time"):
        trace_journeys(log, time="when")
    with pytest.raises(DataError, match=r"in 'time', expected dates or numbers. Convert the column first"):
        trace_journeys(log.astype({"time": str}))
    with pytest.raises(DataError, match="funnel: found an event twice"):
        trace_journeys(log, funnel=["a", "a"])
    with pytest.raises(DataError, match="found no row with customer, event and time"):
        trace_journeys(log.assign(event=None))
    with pytest.raises(DataError, match="conf_level: found 95"):
        trace_journeys(log, conf_level=95)
