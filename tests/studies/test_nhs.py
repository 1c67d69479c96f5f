"""Hospital trusts: the study in tests/studies/nhs reproduces methods.md sections 0.4 and 16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cemlab
from cemlab.models.chain import ChainResult
from cemlab.models.indirect import sobel_test
from cemlab.models.regression import fit_least_squares

STUDY = Path(__file__).parent / "nhs"


@pytest.fixture
def result(real_data: Path) -> ChainResult:
    return cemlab.link_chain(cemlab.load_study(STUDY))


def test_between_trusts_path(result: ChainResult) -> None:
    rows = result.table.query("level == 'unit'").set_index("hypothesis")
    assert rows.loc["H1", "estimate"] == pytest.approx(1.392, abs=5e-4)
    assert rows.loc["H3", "estimate"] == pytest.approx(-0.191, abs=5e-4)
    assert (rows["n"] == 144).all()
    assert rows.loc["H1", "standardized"] == pytest.approx(0.433, abs=5e-4)
    assert rows.loc["H2", "standardized"] == pytest.approx(-0.369, abs=5e-4)
    path = result.indirect.query("level == 'unit' and path == 'engagement → recommend_care → mortality'").iloc[0]
    assert path["estimate"] == pytest.approx(-0.265, abs=5e-4)
    # HC3 and the bootstrap do not assume one error variance: their errors are larger than lavaan's .067.
    assert path["std_error"] > 0.067
    assert path["conf_high"] < 0


def test_lavaans_errors_and_standardization_follow_from_its_assumptions(result: ChainResult) -> None:
    """The reference errors are ML: one error variance, stress and recommendation unrelated given engagement."""
    units = result.units.dropna(subset=["engagement"])
    columns = ["recommend_care", "engagement", "work_stress"]
    n, ones = len(units), np.ones(len(units))
    a, stress = (
        fit_least_squares(units[y], np.column_stack([ones, units["engagement"]]), covariance="ML")
        for y in ("recommend_care", "work_stress")
    )
    b = fit_least_squares(units["mortality"], np.column_stack([ones, units[columns]]), covariance="ML")
    assert a.std_errors[1] == pytest.approx(0.242, abs=6e-4)
    implied = np.cov(units[columns].T, ddof=0)
    implied[0, 2] = implied[2, 0] = a.coefficients[1] * stress.coefficients[1] * implied[1, 1]
    error = units["mortality"] - np.column_stack([ones, units[columns]]) @ b.coefficients
    se_b = float(np.sqrt(error.var(ddof=0) / n * np.linalg.inv(implied)[0, 0]))
    assert se_b == pytest.approx(0.035, abs=5e-4)
    product = sobel_test(a.coefficients[1], a.std_errors[1], b.coefficients[1], se_b)
    assert product.std_error == pytest.approx(0.067, abs=5e-4)
    slopes = b.coefficients[1:]
    sd = np.sqrt(slopes @ implied @ slopes + error.var(ddof=0))
    scale = np.sqrt(np.diag(implied)) / sd
    indirect = a.coefficients[1] * slopes[0] * scale[1]
    total = (a.coefficients[1] * slopes[0] + slopes[1] + stress.coefficients[1] * slopes[2]) * scale[1]
    assert slopes[0] * scale[0] == pytest.approx(-0.401, abs=5e-4)
    assert (indirect, total - indirect, total) == pytest.approx((-0.174, -0.062, -0.236), abs=6e-4)


def test_the_panel_says_otherwise(result: ChainResult) -> None:
    row = result.table.query("level == 'panel' and hypothesis == 'H4'").iloc[0]
    assert (row["estimate"], row["std_error"]) == pytest.approx((-0.016, 0.024), abs=5e-4)
    assert row["statistic"] == pytest.approx(-0.69, abs=5e-3)
    assert (row["n"], row["n_units"], row["verdict"]) == (1071, 144, "not supported")


def test_the_unit_table_equals_the_reference_means(result: ChainResult, real_data: Path) -> None:
    file = real_data.parent / "reference" / "nhs_trust_means.csv"
    if not file.is_file():
        pytest.skip("no reference folder beside the real data")
    means = pd.read_csv(file).set_index("Code").rename_axis("unit")
    ours = result.units.dropna(subset=["engagement"]).set_index("unit").loc[means.index]
    for name, column in [("engagement", "Engagement.Index"), ("mortality", "SHMI.Index")]:
        assert ours[name].to_numpy() == pytest.approx(means[column].to_numpy(), abs=1e-12)
