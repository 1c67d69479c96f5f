from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cemlab.weighting import each_group, group_labels, weighted_means


# truth
def test_weighted_mean_and_error_are_those_of_statsmodels() -> None:
    """A weighted mean is WLS on a constant; its HC1 error is the linearised one with n / (n - 1)."""
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    x, w = rng.normal(5, 2, 80), rng.uniform(0.2, 3, 80)
    fit = sm.WLS(x, np.ones(80), weights=w).fit(cov_type="HC1")
    found = weighted_means(x[:, None], w)
    assert found.mean[0] == pytest.approx(fit.params[0], abs=1e-12)
    assert found.std_error[0] == pytest.approx(fit.bse[0], abs=1e-12)


def test_equal_weights_give_s_over_root_n() -> None:
    x = np.array([1.0, 2, 4, 8, np.nan])
    found = weighted_means(x[:, None], np.full(5, 2.5))
    assert found.std_error[0] == pytest.approx(np.std(x[:4], ddof=1) / 2, abs=1e-14)
    assert found.n[0] == 4
    assert found.n_effective[0] == pytest.approx(4)


# invariants
def test_groups_whole_floats_several_columns_and_missing() -> None:
    by = pd.DataFrame({"wave": [2017.0, 2018.0, 2017.0, np.nan], "unit": ["A", "A", "A", "B"]})
    labels = group_labels(by, by.index)
    assert labels[:3].tolist() == ["2017 · A", "2018 · A", "2017 · A"]
    assert {name: where.tolist() for name, where in each_group(labels)} == {"2017 · A": [0, 2], "2018 · A": [1]}


def test_no_answer_is_nan_and_a_constant_has_no_spread() -> None:
    found = weighted_means(np.array([[np.nan, 0.1], [np.nan, 0.1], [np.nan, 0.1]]), np.ones(3))
    assert np.isnan(found.mean[0])
    assert found.std_error[1] == 0
