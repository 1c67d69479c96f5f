"""HC3 against statsmodels."""

import numpy as np
import pytest

from cemlab.least_squares import hc3_covariance


def fitted(design: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inverse = np.linalg.inv(design.T @ design)
    return y - design @ (inverse @ design.T @ y), inverse


# truth
@pytest.mark.parametrize("weighted", [False, True])
def test_hc3_is_that_of_statsmodels(weighted: bool) -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    y = design @ [1.0, 0.5, -0.3] + rng.normal(size=40) * (1 + np.abs(design[:, 1]))
    w = rng.uniform(0.5, 2, 40) if weighted else np.ones(40)
    root = np.sqrt(w)
    residuals, inverse = fitted(design * root[:, None], y * root)
    expected = sm.WLS(y, design, weights=w).fit(cov_type="HC3").cov_params()
    assert hc3_covariance(design * root[:, None], residuals, inverse) == pytest.approx(expected)


# invariants
def test_a_row_that_fits_itself_has_no_say() -> None:
    design = np.array([[1.0, 0], [1, 0], [1, 0], [1, 1]])
    found = hc3_covariance(design, *fitted(design, np.array([1.0, 2, 3, 9])))
    alone = hc3_covariance(design[:3, :1], *fitted(design[:3, :1], np.array([1.0, 2, 3])))
    assert np.isfinite(found).all()
    assert found[0, 0] == pytest.approx(alone[0, 0])


def test_units_of_y_come_squared() -> None:
    rng = np.random.default_rng(4)
    design, y = np.column_stack([np.ones(20), rng.normal(size=20)]), rng.normal(size=20)
    once, hundred = (hc3_covariance(design, *fitted(design, unit * y)) for unit in (1, 100))
    assert hundred == pytest.approx(1e4 * once)
