"""CRM beside CEM: how far records and words of the same customers agree, and which foretells what comes next.

Agreement is Spearman's rank correlation of each pair of KPIs. Prediction is judged on held-out customers: the records
alone, the words alone, both; what a family adds is the success of both minus that of the other family alone.

References
----------
Bonett, D. G. & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. Psychometrika 65, 23-28. (variance (1 + r²/2) / (n - 3) of Fisher's z)
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.
Peduzzi, P. et al. (1996). A simulation study of the number of events per variable in logistic regression analysis.
    Journal of Clinical Epidemiology 49, 1373-1379.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from cemlab.errors import DataError, EstimationError
from cemlab.intervals import fisher_interval, normal_quantile
from cemlab.languages import ENGLISH, Words
from cemlab.models import prediction as held_out
from cemlab.multiplicity import holm
from cemlab.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW_EVENTS = "Fewer than 10 customers (of the rarer outcome, if it is yes or no) per predictor."
NO_PREDICTOR = "Without predictors: 0 for R², 0.5 for AUC."
CONSTANT = "One of the two does not vary."
TOO_FEW = "Fewer than 4 customers with both."
EVENTS_PER_PREDICTOR = 10  # Peduzzi et al. (1996)
AGREEMENT = ["crm", "cem", "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted", "conf_low", "conf_high",
             "n", "note"]  # fmt: skip
MODELS = {"CRM": ("crm",), "CEM": ("cem",), "CRM + CEM": ("crm", "cem")}
BOTH = "CRM + CEM"


@dataclass(frozen=True, kw_only=True)
class KpiComparisonResult(Result):
    """`table`: rank correlation of each CRM × CEM pair.

    Attributes
    ----------
    prediction : DataFrame
        model, outcome, metric, estimate, std_error, conf_low, conf_high, n, note: success on held-out customers.
    added : DataFrame
        family, outcome, metric, estimate, std_error, conf_low, conf_high, n, note: what a family adds to the other.
    """

    prediction: pd.DataFrame
    added: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, words: Words = ENGLISH, names: Mapping[str, str] | None = None) -> Axes:
        """Success of each set of KPIs on held-out customers, with its interval."""
        from cemlab import plots

        rows = self.prediction[self.prediction["note"].ne(NO_PREDICTOR)]
        metric, outcome = str(rows["metric"].iloc[0]), str(rows["outcome"].iloc[0])
        ax = plots.new_axes(ax, words=words)
        labels = [words(str(model)) for model in rows["model"]]
        plots.intervals(
            ax, labels, rows["estimate"].tolist(), rows["conf_low"].tolist(), rows["conf_high"].tolist(), words=words,
            axis_label=words(metric), reference=0.5 if metric == "AUC" else 0.0,
        )  # fmt: skip
        shown = (names or {}).get(outcome, words(outcome))
        title = words("Which KPIs foretell: {outcome}", outcome=shown)
        caption = words(
            "{n} customers, each predicted by models that had not seen them", n=words.number(rows["n"].max())
        )
        return plots.finish(ax, words=words, title=title, caption=caption)


def compare_kpis(
    customers: pd.DataFrame,
    *,
    crm: Sequence[str],
    cem: Sequence[str],
    outcome: str,
    scale: Literal["log1p", "raw"] = "log1p",
    n_repeats: int = 10,
    n_folds: int = 5,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 1,
) -> KpiComparisonResult:
    """Rank agreement (-1 to 1) of recorded and stated KPIs, and how each family predicts customers it has not seen.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, …)
        A row per customer; KPIs measured before the period of the outcome (`kpis.joined.join_kpis` sees to that).
    crm, cem : sequences of str
        Columns that the organization records, and columns that the customer states.
    outcome : str
        Column to predict. Only 0 and 1: logistic regression and AUC (0.5 = chance). Else least squares and R².
    scale : {"log1p", "raw"}
        How amounts and counts enter the models: "log1p" takes log(1 + x) of each CRM KPI and of a numeric outcome that
        has no negative value, so that a few big buyers do not decide alone, and R² is of log(1 + outcome).
    n_repeats, n_folds : int
        Cross-validation: every customer is predicted `n_repeats` times by models fitted without them.
    conf_level : float
        Of all intervals.
    n_boot : int
        Bootstrap resamples of customers for the intervals of R².
    seed : int
        Of folds and bootstrap; folds go by row order.

    Returns
    -------
    KpiComparisonResult
        `table`: crm, cem, estimate (Spearman), std_error (of Fisher's z), statistic (t), df, p_value, p_adjusted (Holm
        over all pairs), conf_low, conf_high, n, note. `.prediction` and `.added` as the class says. Agreement uses all
        customers with both KPIs, prediction those with every KPI and the outcome (info: n_obs, n_dropped).

    Raises
    ------
    DataError
        Unknown, overlapping or non-numeric columns.
    EstimationError
        An outcome that does not vary, or too few complete customers for the folds.

    References
    ----------
    Bonett & Wright (2000); for held-out success and its intervals see `cemlab.models.prediction`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"n_orders": rng.integers(1, 9, 200), "loyalty": rng.integers(1, 8, 200)})
    >>> frame["outcome_revenue"] = 10 * frame["n_orders"] + rng.integers(0, 30, 200)
    >>> result = compare_kpis(frame, crm=["n_orders"], cem=["loyalty"], outcome="outcome_revenue", n_repeats=2)
    >>> result.prediction["model"].tolist()
    ['baseline', 'CRM', 'CEM', 'CRM + CEM']
    """
    families = {"crm": list(crm), "cem": list(cem)}
    values = _numbers(customers, families, outcome)
    complete = values.dropna()
    _check_outcome(complete, values, families, outcome, n_folds)
    kind = "AUC" if set(complete[outcome].unique()) <= {0.0, 1.0} else "R²"
    ready = complete if scale == "raw" else _logged(complete, [*families["crm"], *([outcome] if kind == "R²" else [])])
    settings = {"n_repeats": n_repeats, "n_folds": n_folds, "conf_level": conf_level, "n_boot": n_boot, "seed": seed}
    prediction, added = _predict(ready, families, outcome, kind, settings)
    info = {
        "n_obs": len(complete),
        "n_dropped": len(values) - len(complete),
        "method": f"Spearman, Fisher z with Bonett-Wright variance; held-out {kind}, approximate intervals "
        f"({'DeLong' if kind == 'AUC' else 'bootstrap'} over customers)",
        "scale": scale,
    } | settings
    return KpiComparisonResult(
        table=_agreement(values, families, conf_level), prediction=prediction, added=added, info=info
    )


def _numbers(customers: pd.DataFrame, families: Mapping[str, list[str]], outcome: str) -> pd.DataFrame:
    """The columns named, as floats."""
    both = [name for name in families["crm"] if name in families["cem"]]
    if both:
        raise DataError(f"compare_kpis: found {both[0]!r} in crm and in cem, expected it in one of them. Take one out.")
    names = [*families["crm"], *families["cem"], outcome]
    for family in ("crm", "cem"):
        if not families[family]:
            raise DataError(f"compare_kpis: found no column in {family}, expected at least one. Name a KPI.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"compare_kpis: found {twice[0]!r} twice, expected each column once. Take one out.")
    for name in names:
        if name not in customers:
            near = difflib.get_close_matches(name, [str(c) for c in customers.columns], n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Known: " + ", ".join(map(str, customers.columns)) + "."
            raise DataError(f"compare_kpis: found no column {name!r}, expected it in customers. {hint}")
        if not (pd.api.types.is_numeric_dtype(customers[name]) or pd.api.types.is_bool_dtype(customers[name])):
            raise DataError(f"compare_kpis: found text in {name!r}, expected numbers. Turn it into codes first.")
    return customers[names].astype(float).replace([np.inf, -np.inf], np.nan)


def _check_outcome(
    complete: pd.DataFrame, values: pd.DataFrame, families: Mapping[str, list[str]], outcome: str, n_folds: int
) -> None:
    k = len(families["crm"]) + len(families["cem"])
    least = max(2 * n_folds, k + 3 + -(-(k + 3) // max(n_folds - 1, 1)))
    if n_folds < 2:
        raise EstimationError(f"n_folds: found {n_folds}, expected 2 or more. Ask for more folds.")
    if len(complete) < least:
        raise EstimationError(
            f"compare_kpis: found {len(complete)} of {len(values)} customers with every KPI and the outcome, "
            f"expected at least {least}. Name fewer KPIs, or gather more answers."
        )
    counts = complete[outcome].value_counts()
    if len(counts) < 2:
        raise EstimationError(
            f"compare_kpis: found {outcome!r} = {float(counts.index[0]):g} for all {len(complete)} customers, "
            "expected it to vary. Choose another outcome or horizon."
        )
    if set(counts.index) == {0.0, 1.0} and counts.min() < n_folds:
        raise EstimationError(
            f"compare_kpis: found {int(counts.min())} customers with the rarer value of {outcome!r}, expected at least "
            f"{n_folds}, one per fold. Choose another horizon or fewer folds."
        )


def _logged(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """log(1 + x) of the named columns that hold no negative value."""
    plain = [name for name in names if (frame[name] >= 0).all()]
    return frame.assign(**{name: np.log1p(frame[name]) for name in plain})


def _agreement(values: pd.DataFrame, families: Mapping[str, list[str]], conf_level: float) -> pd.DataFrame:
    rows = [
        {"crm": a, "cem": b} | _spearman(values[[a, b]].dropna(), conf_level)
        for a in families["crm"]
        for b in families["cem"]
    ]
    table = pd.DataFrame(rows, columns=AGREEMENT)
    table["p_adjusted"] = holm(table["p_value"].to_numpy(dtype=float))
    return table


def _spearman(pairs: pd.DataFrame, conf_level: float) -> dict[str, Any]:
    """Rank correlation with the interval of Bonett & Wright and the t test of no correlation."""
    from scipy.special import stdtr

    n = len(pairs)
    nothing = dict.fromkeys(AGREEMENT[2:10], np.nan) | {"n": n}
    if n < 4:
        return nothing | {"note": TOO_FEW}
    ranks = pairs.rank().to_numpy()
    if (ranks.max(axis=0) == ranks.min(axis=0)).any():
        return nothing | {"note": CONSTANT}
    r = float(np.clip(np.corrcoef(ranks.T)[0, 1], -1, 1))
    error = float(np.sqrt((1 + r**2 / 2) / (n - 3)))
    inside = float(np.clip(r, -1 + 1e-15, 1 - 1e-15))
    low, high = fisher_interval(r, normal_quantile(conf_level) * error)
    t = inside * np.sqrt((n - 2) / (1 - inside**2))
    return {
        "estimate": r, "std_error": error, "statistic": float(t), "df": float(n - 2),
        "p_value": float(2 * stdtr(n - 2, -abs(t))), "conf_low": low, "conf_high": high, "n": n, "note": "",
    }  # fmt: skip


def _predict(
    ready: pd.DataFrame, families: Mapping[str, list[str]], outcome: str, kind: str, settings: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `.prediction` and `.added`."""
    rng = np.random.default_rng(settings["seed"])
    y = ready[outcome].to_numpy()
    columns = {model: [c for part in parts for c in families[part]] for model, parts in MODELS.items()}
    designs = {model: ready[names].to_numpy() for model, names in columns.items()}
    folds = {name: settings[name] for name in ("n_repeats", "n_folds")}
    conf_level = settings["conf_level"]
    if kind == "AUC":
        shares = held_out.held_out_placements(designs, y, **folds, rng=rng)
        success = {m: held_out.auc(shares[m], y, conf_level=conf_level) for m in MODELS}
        gain = {m: held_out.auc(shares[BOTH] - shares[m], y, conf_level=conf_level, cut=False) for m in ("CRM", "CEM")}
        rarer = int(min((y == 1).sum(), (y != 1).sum()))
    else:
        losses = held_out.held_out_losses(designs, y, **folds, rng=rng)
        draw = {"n_boot": settings["n_boot"], "conf_level": conf_level, "rng": rng}
        success = {m: held_out.r_squared(losses, m, "baseline", **draw) for m in MODELS}
        gain = {m: held_out.r_squared(losses, BOTH, m, **draw) for m in ("CRM", "CEM")}
        rarer = len(y)
    about = {"outcome": outcome, "metric": kind, "n": len(y)}
    notes = {m: FEW_EVENTS if rarer < EVENTS_PER_PREDICTOR * len(names) else "" for m, names in columns.items()}
    start = {"model": "baseline", "estimate": 0.5 if kind == "AUC" else 0.0, "note": NO_PREDICTOR}
    rows = [start | about, *({"model": m, "note": notes[m]} | about | success[m]._asdict() for m in MODELS)]
    other = {"CRM": "CEM", "CEM": "CRM"}  # what `both` gains over CRM alone is what CEM adds
    more = [{"family": other[m], "note": notes[BOTH]} | about | gain[m]._asdict() for m in ("CRM", "CEM")]
    order = ["outcome", "metric", "estimate", "std_error", "conf_low", "conf_high", "n", "note"]
    return pd.DataFrame(rows, columns=["model", *order]), pd.DataFrame(more, columns=["family", *order])
