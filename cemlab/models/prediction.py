"""How well sets of predictors foretell an outcome of people the model has not seen: repeated K-fold cross-validation.

Numeric outcomes: least squares, out-of-sample R² = 1 − Σ loss / Σ loss of the training mean. Outcomes 0/1: logistic
regression, AUC within each held-out fold. Each person's contribution is averaged over the repeats; intervals rest on
the spread of these contributions over people. They take the fitted models as they are, so they are approximate (Bates
et al. show that they can be too narrow where there are few people for the number of predictors).

References
----------
Bates, S., Hastie, T. & Tibshirani, R. (2024). Cross-validation: what does it estimate and how well does it do it?
    Journal of the American Statistical Association 119, 1434-1445.
LeDell, E., Petersen, M. & van der Laan, M. (2015). Computationally efficient confidence intervals for cross-validated
    area under the ROC curve estimates. Electronic Journal of Statistics 9, 1583-1607.
DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated receiver
    operating characteristic curves. Biometrics 44, 837-845.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cemlab.intervals import normal_quantile
from cemlab.resampling import bootstrap_counts, bootstrap_std_error, percentile_interval

Array = NDArray[np.float64]
MAX_STEPS, RIDGE = 30, 1e-6  # of the logistic regression; the ridge only keeps separated classes finite


class Success(NamedTuple):
    """An estimate of success on held-out people, or of a difference of two, with its interval."""

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float


def fold_numbers(outcome: Array, n_folds: int, rng: np.random.Generator, *, stratify: bool) -> NDArray[np.int64]:
    """Fold of each row, 0 to n_folds - 1, at random; sizes differ by at most one (within each class if stratified)."""
    folds = np.empty(len(outcome), dtype=np.int64)
    classes = [outcome == value for value in np.unique(outcome)] if stratify else [np.ones(len(outcome), dtype=bool)]
    start = 0
    for members in classes:
        rows = rng.permutation(np.flatnonzero(members))
        folds[rows] = (start + np.arange(len(rows))) % n_folds
        start += len(rows)
    return folds


def held_out_losses(
    predictors: Mapping[str, Array], outcome: Array, *, n_repeats: int, n_folds: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Squared error of each person when held out, averaged over the repeats; "baseline" = the training mean.

    Parameters
    ----------
    predictors : mapping of str to array of shape (n, k)
        Per model its columns.
    outcome : array of shape (n,)
    """
    losses = {name: np.zeros(len(outcome)) for name in ("baseline", *predictors)}
    for _ in range(n_repeats):
        folds = fold_numbers(outcome, n_folds, rng, stratify=False)
        for fold in range(n_folds):
            test = folds == fold
            train = outcome[~test]
            losses["baseline"][test] += (outcome[test] - train.mean()) ** 2
            for name, x in predictors.items():
                design, new = _standardized(x[~test], x[test])
                beta = np.linalg.lstsq(design, train, rcond=None)[0]
                losses[name][test] += (outcome[test] - new @ beta) ** 2
    return {name: loss / n_repeats for name, loss in losses.items()}


def held_out_placements(
    predictors: Mapping[str, Array], outcome: Array, *, n_repeats: int, n_folds: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Share of the other class in the fold that a held-out person is ranked rightly against, mean of the repeats."""
    shares = {name: np.zeros(len(outcome)) for name in predictors}
    for _ in range(n_repeats):
        folds = fold_numbers(outcome, n_folds, rng, stratify=True)
        for fold in range(n_folds):
            test = folds == fold
            for name, x in predictors.items():
                design, new = _standardized(x[~test], x[test])
                shares[name][test] += placements(new @ _logistic(design, outcome[~test]), outcome[test])
    return {name: share / n_repeats for name, share in shares.items()}


def placements(score: Array, outcome: Array) -> Array:
    """For each person the share of the other class ranked on the right side, ties half; its mean in a class is the AUC.

    Examples
    --------
    >>> placements(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    positive = outcome == 1
    wins = (score[positive][:, None] > score[~positive]) + 0.5 * (score[positive][:, None] == score[~positive])
    result = np.empty(len(score))
    result[positive], result[~positive] = wins.mean(axis=1), wins.mean(axis=0)
    return result


def r_squared(
    losses: Mapping[str, Array], better: str, worse: str, *, n_boot: int, conf_level: float, rng: np.random.Generator
) -> Success:
    """R² of `better` minus that of `worse` (0 for "baseline"), percentile interval by bootstrap over people."""
    gain, base = losses[worse] - losses[better], losses["baseline"]
    counts = bootstrap_counts(len(base), n_boot, rng)
    draws = (counts @ gain) / (counts @ base)
    low, high, _ = percentile_interval(draws, conf_level)
    return Success(float(gain.sum() / base.sum()), bootstrap_std_error(draws), low, high)


def auc(shares: Array, outcome: Array, *, conf_level: float, cut: bool = True) -> Success:
    """Mean of the placements (or, `cut` off, of their differences) with DeLong's standard error, normal interval."""
    positive, negative = shares[outcome == 1], shares[outcome != 1]
    estimate = float(positive.mean())
    error = float(np.sqrt(positive.var(ddof=1) / len(positive) + negative.var(ddof=1) / len(negative)))
    half = normal_quantile(conf_level) * error
    low, high = estimate - half, estimate + half
    return Success(estimate, error, max(low, 0.0) if cut else low, min(high, 1.0) if cut else high)


def _standardized(train: Array, test: Array) -> tuple[Array, Array]:
    """Designs with an intercept; columns in standard deviations of the training rows."""
    mean, sd = train.mean(axis=0), train.std(axis=0)
    sd = np.where(sd > 0, sd, 1.0)
    parts: Sequence[Array] = [np.column_stack([np.ones(len(x)), (x - mean) / sd]) for x in (train, test)]
    return parts[0], parts[1]


def _logistic(x: Array, y: Array) -> Array:
    """Coefficients of a logistic regression by Newton steps."""
    beta = np.zeros(x.shape[1])
    penalty = RIDGE * len(y) * np.eye(x.shape[1])
    for _ in range(MAX_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, x.T @ (y - p) - penalty @ beta)
        beta += np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-8:
            break
    return beta
