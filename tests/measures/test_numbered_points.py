"""Numbers beside points: on nothing else, near their own point, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab.languages import Words
from cemlab.measures.numbered_points import BOX, DOT, PLANE, RADII, free_offsets, number_points
from cemlab.plots import new_axes


# truth
def test_two_points_apart_get_the_same_place() -> None:
    found = free_offsets(np.array([[50.0, 50.0], [200.0, 200.0]]))
    assert found[0] == pytest.approx(found[1])


def test_the_key_names_each_number_in_the_digits_of_the_language() -> None:
    ax = new_axes(words=Words("fa"))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    number_points(ax, [0.2, 0.8], [0.2, 0.8], ["سرعت", "قیمت"], words=Words("fa"))
    shown = [text.get_text().strip("\u200f").translate(dict.fromkeys(map(ord, "\u2066\u2069"))) for text in ax.texts]
    assert shown == ["۱  سرعت", "۲  قیمت", "۱", "۲"]


def test_no_number_covers_another_or_a_point_with_29_attributes() -> None:
    points = np.random.default_rng(1).uniform(0.05, 0.6, (29, 2)) * PLANE
    centers = points + free_offsets(points)
    apart = np.abs(centers[:, None] - centers[None]) >= np.array(BOX) - 1e-9
    assert (apart.any(axis=2) | np.eye(29, dtype=bool)).all()
    clear = np.abs(centers[:, None] - points[None]) >= np.array(BOX) / 2 + DOT - 1e-9
    assert clear.any(axis=2).all()


# invariants
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_places_are_near_and_repeatable(seed: int, n: int) -> None:
    points = np.random.default_rng(seed).uniform(0, 1, (n, 2)) * PLANE
    found = free_offsets(points)
    assert found.shape == (n, 2)
    assert (np.hypot(*found.T) <= max(RADII) + 1e-9).all()
    np.testing.assert_array_equal(found, free_offsets(points))
