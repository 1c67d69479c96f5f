"""CRM beside CEM: agreement against scipy, models against statsmodels, success on held-out customers, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemlab import compare_kpis
from cemlab.columns import GLOSSARY
from cemlab.errors import DataError, EstimationError
from cemlab.languages import Words
from cemlab.models.comparison import FEW_EVENTS, NO_PREDICTOR
from cemlab.models.prediction import _logistic, auc, fold_numbers, held_out_losses, placements, r_squared


def customers(n: int = 300, seed: int = 1, crm: float = 1.0, cem: float = 1.0) -> pd.DataFrame:
    """Customers whose outcome rises with recorded orders and stated loyalty by the slopes given."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "n_orders": rng.integers(1, 12, n).astype(float), "days_since_last": rng.integers(0, 200, n).astype(float),
        "loyalty": rng.normal(4, 1, n), "nps": rng.integers(0, 11, n).astype(float),
    })  # fmt: skip
    latent = crm * (np.log1p(frame["n_orders"]) - 1.8) + cem * (frame["loyalty"] - 4)
    frame["outcome_revenue"] = np.expm1(np.maximum(2 + latent + rng.normal(0, 1, n), 0))
    frame["outcome_repurchase"] = (rng.random(n) < 1 / (1 + np.exp(-latent))).astype(float)
    return frame


CRM, CEM = ["n_orders", "days_since_last"], ["loyalty", "nps"]


# truth


def test_agreement_is_scipys_spearman_with_the_interval_of_bonett_and_wright() -> None:
    from scipy import stats

    frame = customers()
    frame.loc[[3, 8], "nps"] = np.nan
    table = compare_kpis(frame, crm=CRM, cem=CEM, outcome="outcome_revenue", n_repeats=1).table
    for row in table.itertuples():
        pair = frame[[row.crm, row.cem]].dropna()
        expected = stats.spearmanr(pair[row.crm], pair[row.cem])
        assert row.estimate == pytest.approx(expected.statistic, abs=1e-12)
        assert row.p_value == pytest.approx(expected.pvalue, abs=1e-10)
        half = stats.norm.ppf(0.975) * np.sqrt((1 + row.estimate**2 / 2) / (len(pair) - 3))
        ends = np.tanh(np.arctanh(row.estimate) + np.array([-half, half]))
        assert [row.conf_low, row.conf_high] == pytest.approx(ends.tolist(), abs=1e-12)
        assert row.n == len(pair)


def test_adjusted_p_values_are_holms_of_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    table = compare_kpis(customers(), crm=CRM, cem=CEM, outcome="outcome_revenue", n_repeats=1).table
    expected = multipletests(table["p_value"], method="holm")[1]
    np.testing.assert_allclose(table["p_adjusted"], expected, atol=1e-12)


def test_held_out_losses_are_those_of_statsmodels_fitted_fold_by_fold() -> None:
    import statsmodels.api as sm

    frame = customers(60)
    x, y = frame[CRM + CEM].to_numpy(), frame["outcome_revenue"].to_numpy()
    losses = held_out_losses({"all": x}, y, n_repeats=1, n_folds=4, rng=np.random.default_rng(3))
    folds = fold_numbers(y, 4, np.random.default_rng(3), stratify=False)
    for fold in range(4):
        test = folds == fold
        fit = sm.OLS(y[~test], sm.add_constant(x[~test])).fit()
        expected = (y[test] - fit.predict(sm.add_constant(x[test]))) ** 2
        np.testing.assert_allclose(losses["all"][test], expected, rtol=1e-8)
        np.testing.assert_allclose(losses["baseline"][test], (y[test] - y[~test].mean()) ** 2)


def test_logistic_coefficients_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    frame = customers(400)
    x = sm.add_constant(frame[["n_orders", "loyalty"]].to_numpy())
    y = frame["outcome_repurchase"].to_numpy()
    # 1e-4: our Newton steps carry a ridge of 1e-6 per row
    np.testing.assert_allclose(_logistic(x, y), sm.Logit(y, x).fit(disp=0).params, rtol=1e-3, atol=1e-4)


def test_auc_is_mann_whitneys_share_of_pairs() -> None:
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(2)
    score, y = rng.integers(0, 9, 80).astype(float), (rng.random(80) < 0.4).astype(float)
    u = mannwhitneyu(score[y == 1], score[y == 0]).statistic
    expected = u / ((y == 1).sum() * (y == 0).sum())
    assert auc(placements(score, y), y, conf_level=0.95).estimate == pytest.approx(expected, abs=1e-12)


# invariants


def test_columns_are_in_the_glossary_and_input_stays() -> None:
    frame = customers()
    before = frame.copy()
    result = compare_kpis(frame, crm=CRM, cem=CEM, outcome="outcome_repurchase", n_repeats=1)
    for table in (result.table, result.prediction, result.added):
        assert set(table.columns) <= set(GLOSSARY)
    pd.testing.assert_frame_equal(frame, before)


def test_same_seed_same_numbers_other_seed_other_folds() -> None:
    frame = customers()
    call = {"crm": CRM, "cem": CEM, "outcome": "outcome_revenue", "n_repeats": 2}
    first, again, other = (compare_kpis(frame, **call, seed=seed).prediction["estimate"] for seed in (4, 4, 5))
    assert first.tolist() == again.tolist() != other.tolist()


def test_what_a_family_adds_is_the_difference_of_the_two_successes() -> None:
    for outcome in ("outcome_revenue", "outcome_repurchase"):
        result = compare_kpis(customers(), crm=CRM, cem=CEM, outcome=outcome, n_repeats=2)
        success = result.prediction.set_index("model")["estimate"]
        added = result.added.set_index("family")["estimate"]
        assert added["CEM"] == pytest.approx(success["CRM + CEM"] - success["CRM"], abs=1e-12)
        assert added["CRM"] == pytest.approx(success["CRM + CEM"] - success["CEM"], abs=1e-12)


@given(st.floats(0.1, 50), st.floats(0.1, 50))
@settings(max_examples=15, deadline=None)
def test_raw_scale_does_not_depend_on_units(a: float, b: float) -> None:
    frame = customers(80)
    call = {"crm": CRM, "cem": CEM, "outcome": "outcome_revenue", "n_repeats": 1, "n_boot": 50, "scale": "raw"}
    other = frame.assign(n_orders=frame["n_orders"] * a, outcome_revenue=frame["outcome_revenue"] * b)
    first, second = (compare_kpis(x, **call).prediction["estimate"] for x in (frame, other))
    np.testing.assert_allclose(first, second, atol=1e-8)


def test_folds_are_even_within_classes() -> None:
    y = np.array([1.0] * 13 + [0.0] * 40)
    folds = fold_numbers(y, 5, np.random.default_rng(1), stratify=True)
    assert np.ptp(np.bincount(folds[y == 1], minlength=5)) <= 1
    assert np.ptp(np.bincount(folds, minlength=5)) <= 1


def test_incomplete_customers_are_counted() -> None:
    frame = customers()
    frame.loc[:49, "loyalty"] = np.nan
    info = compare_kpis(frame, crm=CRM, cem=CEM, outcome="outcome_revenue", n_repeats=1).info
    assert (info["n_obs"], info["n_dropped"]) == (250, 50)


def test_constant_kpi_has_no_agreement_and_few_events_are_noted() -> None:
    frame = customers(60).assign(nps=5.0)
    result = compare_kpis(frame, crm=CRM, cem=CEM, outcome="outcome_repurchase", n_repeats=1)
    flat = result.table[result.table["cem"] == "nps"]
    assert flat["estimate"].isna().all()
    assert set(flat["note"]) == {"One of the two does not vary."}
    notes = result.prediction.set_index("model")["note"]
    assert notes["baseline"] == NO_PREDICTOR
    assert notes["CRM + CEM"] == FEW_EVENTS
    assert notes["CRM"] == ""


def test_plot_is_drawn_in_both_languages() -> None:
    for outcome in ("outcome_revenue", "outcome_repurchase"):
        result = compare_kpis(customers(120), crm=CRM, cem=CEM, outcome=outcome, n_repeats=1)
        for language in ("en", "fa"):
            ax = result.plot(words=Words(language))
            ax.figure.canvas.draw()
            assert len(ax.get_yticklabels()) == 3


# recovery


def test_intervals_of_rank_correlations_cover() -> None:
    rho = 0.5
    truth = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's of a bivariate normal
    covered = []
    for seed in range(300):
        a, b, c = np.random.default_rng([1, seed]).normal(size=(3, 80))
        frame = pd.DataFrame({"a": a, "b": rho * a + np.sqrt(1 - rho**2) * b, "y": c})
        row = compare_kpis(frame, crm=["a"], cem=["b"], outcome="y", n_repeats=1, n_folds=2, n_boot=2).table.iloc[0]
        covered.append(row["conf_low"] <= truth <= row["conf_high"])
    assert abs(np.mean(covered) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 300)


@pytest.mark.parametrize("outcome", ["outcome_revenue", "outcome_repurchase"])
def test_a_family_that_adds_nothing_is_rarely_said_to_add(outcome: str) -> None:
    said = []
    for seed in range(120):
        frame = customers(200, seed=seed, cem=0.0)
        added = compare_kpis(frame, crm=CRM, cem=CEM, outcome=outcome, n_repeats=3, n_boot=300).added
        said.append(added.set_index("family").loc["CEM", "conf_low"] > 0)
    # one-sided 2.5 % plus 3 Monte-Carlo standard errors
    assert np.mean(said) <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 120)


def test_intervals_of_held_out_r_squared_cover_the_models_success_on_new_people() -> None:
    covered = []
    new = customers(20000, seed=999)
    for seed in range(120):
        frame = customers(250, seed=seed)
        x, y = frame[["loyalty"]].to_numpy(), np.log1p(frame["outcome_revenue"]).to_numpy()
        rng = np.random.default_rng(seed)
        losses = held_out_losses({"m": x}, y, n_repeats=3, n_folds=5, rng=rng)
        success = r_squared(losses, "m", "baseline", n_boot=400, conf_level=0.95, rng=rng)
        slope, start = np.polyfit(x[:, 0], y, 1)
        target = np.log1p(new["outcome_revenue"]).to_numpy()
        loss = ((target - start - slope * new["loyalty"]) ** 2).mean()
        truth = 1 - loss / ((target - y.mean()) ** 2).mean()
        covered.append(success.conf_low <= truth <= success.conf_high)
    assert np.mean(covered) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 120)


def test_families_that_predict_are_found_to_add() -> None:
    result = compare_kpis(customers(600), crm=CRM, cem=CEM, outcome="outcome_revenue", n_repeats=3)
    assert (result.added["conf_low"] > 0).all()
    result = compare_kpis(customers(600), crm=CRM, cem=CEM, outcome="outcome_repurchase", n_repeats=3)
    assert (result.added["conf_low"] > 0).all()


# errors


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"crm": ["n_order"]}, DataError,
         "compare_kpis: found no column 'n_order', expected it in customers. Did you mean 'n_orders'?"),
        ({"cem": ["loyalty", "n_orders"]}, DataError,
         "compare_kpis: found 'n_orders' in crm and in cem, expected it in one of them. Take one out."),
        ({"cem": []}, DataError, "compare_kpis: found no column in cem, expected at least one. Name a KPI."),
        ({"crm": ["outcome_revenue"]}, DataError,
         "compare_kpis: found 'outcome_revenue' twice, expected each column once. Take one out."),
        ({"crm": ["name"]}, DataError,
         "compare_kpis: found text in 'name', expected numbers. Turn it into codes first."),
        ({"outcome": "same"}, EstimationError,
         "compare_kpis: found 'same' = 3 for all 300 customers, expected it to vary. "
         "Choose another outcome or horizon."),
        ({"outcome": "rare"}, EstimationError,
         "compare_kpis: found 2 customers with the rarer value of 'rare', expected at least 5, one per fold. "
         "Choose another horizon or fewer folds."),
        ({"cem": ["empty"]}, EstimationError,
         "compare_kpis: found 0 of 300 customers with every KPI and the outcome, expected at least 10. "
         "Name fewer KPIs, or gather more answers."),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(change: dict, error: type[Exception], message: str) -> None:
    frame = customers().assign(name="x", same=3.0, empty=np.nan)
    frame["rare"] = (np.arange(len(frame)) < 2).astype(float)
    call = {"crm": CRM, "cem": CEM, "outcome": "outcome_revenue"} | change
    with pytest.raises(error) as refusal:
        compare_kpis(frame, **call)
    assert str(refusal.value) == message
