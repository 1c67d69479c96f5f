"""Holm's adjustment against statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.multitest import multipletests

from cemlab.multiplicity import holm

families = arrays(float, st.integers(1, 30), elements=st.floats(0, 1))


# truth
@given(families)
def test_holm_is_that_of_statsmodels(p_values: np.ndarray) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-15)


# invariants
@given(families, st.data())
def test_missing_p_values_do_not_count(p_values: np.ndarray, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(p_values)))
    found = holm(np.insert(p_values, place, np.nan))
    assert np.isnan(found[place])
    assert np.delete(found, place).tolist() == holm(p_values).tolist()


@given(families)
def test_adjusted_p_values_are_larger_and_in_the_same_order(p_values: np.ndarray) -> None:
    given_before, found = p_values.copy(), holm(p_values)
    assert (p_values == given_before).all()
    assert (found >= p_values).all()
    assert (found <= 1).all()
    assert (np.diff(found[np.argsort(p_values, kind="stable")]) >= 0).all()


@pytest.mark.parametrize(("p_values", "expected"), [([], []), ([np.nan], [np.nan]), ([0.03], [0.03])])
def test_small_families(p_values: list[float], expected: list[float]) -> None:
    assert holm(p_values).tolist() == pytest.approx(expected, nan_ok=True)


# recovery
def test_any_false_rejection_is_as_rare_as_the_level() -> None:
    p_values = np.random.default_rng(1).uniform(size=(4000, 8))
    rejected = np.mean([holm(row).min() < 0.05 for row in p_values])
    assert rejected == pytest.approx(0.05, abs=0.012)


# errors
def test_text_is_no_p_value() -> None:
    with pytest.raises(ValueError, match="could not convert string to float"):
        holm(["small"])
