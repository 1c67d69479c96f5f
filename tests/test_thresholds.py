"""Rules of thumb are data with a source."""

from __future__ import annotations

import pytest

from cemlab.errors import EstimationError
from cemlab.thresholds import THRESHOLDS, threshold


# truth: the cuts as the field quotes them
@pytest.mark.parametrize(("name", "value"), [("r_wg", 0.7), ("icc1", 0.05), ("icc2", 0.7), ("alpha", 0.7)])
def test_cut(name: str, value: float) -> None:
    assert threshold(name).value == value


# invariants
@pytest.mark.parametrize("name", sorted(THRESHOLDS))
def test_each_has_a_source_and_a_note(name: str) -> None:
    item = THRESHOLDS[name]
    assert item.name == name
    assert len(item.source) >= len("convention")
    assert item.note.endswith(".")


# errors
def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(EstimationError, match=r"found 'rwg', expected one of .*r_wg.*Correct the name"):
        threshold("rwg")
