from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.errors import EstimationError
from cemlab.models.relative_importance import (
    explained_share,
    johnson_weights,
    lmg_importance,
    repeated_driver,
    sample_orders,
    sampled_lmg,
)

FOLDER = Path(__file__).parents[1] / "reference" / "relaimpo"
TRUTH = json.loads((FOLDER / "importance.json").read_text())
WITH_MATRIX = [name for name, case in TRUTH.items() if "matrix" in case]


def correlations(name: str) -> tuple[np.ndarray, np.ndarray]:
    case = TRUTH[name]
    if "matrix" in case:
        matrix, outcome = np.array(case["matrix"]), case["outcome"]
        kept = np.delete(np.arange(len(matrix)), outcome)
        return matrix[np.ix_(kept, kept)], matrix[kept, outcome]
    data = pd.read_csv(FOLDER / f"{name}.csv")[[*case["drivers"], case["outcome"]]]
    matrix = np.corrcoef(data.to_numpy().T)
    return matrix[:-1, :-1], matrix[:-1, -1]


def random_correlations(seed: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = np.corrcoef((rng.normal(size=(60, p + 1)) + 0.8 * rng.normal(size=(60, 1))).T)
    return matrix[:-1, :-1], matrix[:-1, -1]


# truth: closed form, 1e-10
@pytest.mark.parametrize("name", ["swiss", "mtcars", "iopsych"])
def test_lmg_equals_the_reference(name: str) -> None:
    assert lmg_importance(*correlations(name)) == pytest.approx(TRUTH[name]["lmg"], abs=1e-10)


@pytest.mark.parametrize("name", ["swiss", "mtcars", *WITH_MATRIX])
def test_johnson_equals_the_reference(name: str) -> None:
    found = johnson_weights(*correlations(name))
    assert found == pytest.approx(TRUTH[name]["johnson"], abs=1e-10)
    assert found.sum() == pytest.approx(TRUTH[name]["r_squared"], abs=1e-10)


@pytest.mark.parametrize("name", ["swiss", "mtcars", *WITH_MATRIX])
def test_explained_share_equals_the_reference(name: str) -> None:
    assert explained_share(*correlations(name)) == pytest.approx(TRUTH[name]["r_squared"], abs=1e-10)


def test_lmg_equals_the_average_over_all_orders_of_regressions() -> None:
    data = pd.read_csv(FOLDER / "swiss.csv").to_numpy()
    y, x = data[:, 0], data[:, 1:]

    def r_squared(columns: tuple[int, ...]) -> float:
        design = np.column_stack([np.ones(len(y)), x[:, list(columns)]])
        left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return float(1 - left @ left / ((y - y.mean()) @ (y - y.mean())))

    orders = list(permutations(range(5)))
    expected = np.zeros(5)
    for order in orders:
        for place, driver in enumerate(order):
            expected[driver] += (r_squared(order[: place + 1]) - r_squared(order[:place])) / len(orders)
    assert lmg_importance(*correlations("swiss")) == pytest.approx(expected, abs=1e-10)


def test_uncorrelated_drivers_get_their_squared_correlations() -> None:
    r_xy = np.array([0.5, -0.4, 0.1])
    for method in (lmg_importance, johnson_weights):
        assert method(np.eye(3), r_xy) == pytest.approx(r_xy**2, abs=1e-12)


# invariants
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_importance_sums_to_r_squared_and_follows_the_order_of_drivers(seed: int, p: int) -> None:
    r_xx, r_xy = random_correlations(seed, p)
    turn = np.random.default_rng(seed).permutation(p)
    for method in (lmg_importance, johnson_weights):
        found = method(r_xx, r_xy)
        assert found.sum() == pytest.approx(explained_share(r_xx, r_xy), abs=1e-9)
        assert (found >= -1e-12).all()
        assert method(r_xx[np.ix_(turn, turn)], r_xy[turn]) == pytest.approx(found[turn], abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_sign_of_a_driver_does_not_matter(seed: int) -> None:
    r_xx, r_xy = random_correlations(seed, 4)
    sign = np.array([1, -1, 1, -1])
    for method in (lmg_importance, johnson_weights):
        assert method(r_xx * np.outer(sign, sign), r_xy * sign) == pytest.approx(method(r_xx, r_xy), abs=1e-9)


def test_a_batch_equals_its_matrices_one_by_one() -> None:
    cases = [random_correlations(seed, 5) for seed in range(7)]
    r_xx, r_xy = (np.array(part) for part in zip(*cases, strict=True))
    for method in (lmg_importance, johnson_weights):
        assert method(r_xx, r_xy) == pytest.approx(np.array([method(*case) for case in cases]), abs=1e-12)


def test_a_singular_matrix_in_a_batch_is_nan_and_leaves_the_others() -> None:
    r_xx, r_xy = random_correlations(1, 3)
    same = np.array([[1, 1, 0.2], [1, 1, 0.2], [0.2, 0.2, 1]])
    for method in (lmg_importance, johnson_weights):
        found = method(np.array([r_xx, same, np.full((3, 3), np.nan)]), np.array([r_xy, [0.3, 0.3, 0.1], r_xy]))
        assert np.isfinite(found[0]).all()
        assert np.isnan(found[1:]).all()
    assert np.isnan(
        sampled_lmg(same, np.array([0.3, 0.3, 0.1]), sample_orders(3, 9, np.random.default_rng(1)))[0]
    ).all()


# recovery
def test_sampled_orders_are_right_within_their_monte_carlo_error() -> None:
    r_xx, r_xy = random_correlations(3, 10)
    exact = lmg_importance(r_xx, r_xy)
    distance = []
    for seed in range(40):
        found = sampled_lmg(r_xx, r_xy, sample_orders(10, 200, np.random.default_rng(seed)))
        assert found.estimate.sum() == pytest.approx(exact.sum(), abs=1e-10)
        distance.append((found.estimate - exact) / found.monte_carlo_error)
    # 400 standardized distances: unbiased, and as spread out as the error claims.
    assert abs(np.mean(distance)) < 4 / np.sqrt(400)
    assert 0.85 < np.std(distance) < 1.15


def test_the_repeated_driver_is_found_with_those_it_repeats() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(50, 3))
    x = np.column_stack([x, x[:, 0] + x[:, 2]])
    assert repeated_driver(np.corrcoef(x.T)) == (3, [0, 2])
    assert repeated_driver(np.corrcoef(x[:, :3].T)) is None


# errors
def test_too_many_drivers_for_all_orders() -> None:
    with pytest.raises(EstimationError, match=r"found 17 drivers, expected at most 16. Use sampled_lmg"):
        lmg_importance(np.eye(17), np.zeros(17))
