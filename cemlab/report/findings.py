"""How each result of a report is made from the organization's data: one small function a result, nothing computed here.

Where the data do not allow a result, `Unavailable` carries the reason in the report's language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cemlab.report.dates import covered_in_part, jalali_months

if TYPE_CHECKING:
    import pandas as pd

    from cemlab.report.session import Report

EPOCH = "1970-01-01"


class Unavailable(Exception):
    """Raised where an organization's data do not allow a result; the text says why, in the report's language."""

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.detail = detail


def enough_answers(report: Report) -> pd.DataFrame:
    """The survey, if the organization has enough answers to show anything."""
    survey, words = report.survey, report.words
    if survey.empty:
        raise Unavailable(words("The study has no customers’ survey for this organization."))
    if len(survey) < report.minimum:
        text = words("Fewer than {minimum} customers answered; nothing is shown, so that nobody can be recognized.",
                     minimum=words.number(report.minimum))  # fmt: skip
        raise Unavailable(text)
    return survey


def _lines(report: Report) -> Any:
    if report.lines is None:
        raise Unavailable(report.words("The study has no transactions."))
    if report.lines.head(1).collect().is_empty():
        raise Unavailable(report.words("There are no transactions of this organization."))
    return report.lines


def _gaps(report: Report, by: str | None = None) -> Any:
    from cemlab.measures.gaps import score_gaps

    survey, words = enough_answers(report), report.words
    asked = report.codebook.loc[report.codebook["asked_of"] == "customers", "role"]
    if not {"expectation", "perception"} <= set(asked):
        raise Unavailable(words("The questionnaire does not ask for both expectations and perceptions."))
    if by is not None and survey[by].nunique() < 2:
        raise Unavailable(words("There is only one group to compare."))
    return score_gaps(survey, report.codebook, by=by, weights=report.weights, conf_level=report.conf_level)


def _importance(report: Report) -> pd.Series:
    """The share of the 100 points that customers gave each dimension, from 0 to 1."""
    survey, words = enough_answers(report), report.words
    book = report.codebook[(report.codebook["role"] == "points") & report.codebook["item"].isin(survey.columns)]
    points = survey[book["item"].tolist()].dropna()
    totals = points.sum(axis=1)
    if points.empty or not (totals > 0).any():
        raise Unavailable(words("Customers were not asked what matters more to them."))
    shares = points.div(totals, axis=0)[totals > 0]
    shares.columns = book["construct"].to_numpy()
    weight = survey.loc[shares.index, "weight"]
    return shares.mul(weight, axis=0).sum() / weight.sum()


def _reliability(report: Report) -> Any:
    from cemlab.measures.reliability import assess_reliability

    return assess_reliability(enough_answers(report), report.codebook, conf_level=report.conf_level)


def _employee_reliability(report: Report) -> Any:
    from cemlab.measures.reliability import assess_reliability

    if len(report.employees) < report.minimum:
        raise Unavailable(
            report.words("There is no employees’ survey of this organization, or it is too small to show.")
        )
    return assess_reliability(report.employees, report.codebook, conf_level=report.conf_level)


def _voice(report: Report, kpi: str, by: str | None = None, weighted: bool = True) -> Any:
    """NPS, CSAT or CES as the study defines it, over everybody or by wave or unit."""
    survey, entry, words = enough_answers(report), getattr(report.study.config.kpis, kpi), report.words
    if entry is None:
        raise Unavailable(words("The study does not name a question for this figure."))
    answered = survey[survey[entry.item].notna()]
    if by is not None and answered[by].nunique() < 2:
        raise Unavailable(words("There is only one group to compare."))
    if len(answered) < report.minimum:
        raise Unavailable(words("Too few customers answered this question to show anything."))
    groups = answered[by] if by is not None else None
    weights = report.weights.loc[answered.index] if weighted and report.weights is not None else None
    return _summary(report, kpi, entry, answered[entry.item], groups, weights)


def _summary(report: Report, kpi: str, entry: Any, ratings: pd.Series, by: Any, weights: Any) -> Any:
    """The figure of a column of ratings, on the scale that the codebook declares."""
    scale, level = report.codebook.set_index("item").loc[entry.item], report.conf_level
    if kpi == "nps":
        from cemlab.kpis.nps import summarize_nps

        ends = scale[["scale_min", "scale_max"]].fillna({"scale_min": 0.0, "scale_max": 10.0})
        return summarize_nps(
            ratings, by=by, weights=weights, conf_level=level, scale_min=ends.iloc[0], scale_max=ends.iloc[1]
        )
    if kpi == "csat":
        from cemlab.kpis.csat import summarize_csat

        top = int(scale["scale_max"])
        return summarize_csat(ratings, top=entry.top, scale_max=top, by=by, weights=weights, conf_level=level)
    from cemlab.kpis.ces import summarize_ces

    return summarize_ces(ratings, version=entry.version, by=by, weights=weights, conf_level=level)


def _plain(report: Report, kpi: str) -> Any:
    """The figure with every answer counted once, where the study weights its answers."""
    if report.weights is None:
        raise Unavailable(report.words("The study does not weight its answers."))
    return _voice(report, kpi, weighted=False)


def _orders(report: Report) -> Any:
    from cemlab.kpis.orders import summarize_orders

    result = summarize_orders(_lines(report))
    n = result.table.set_index("term")["estimate"]["n_customers"]
    if n < report.minimum:
        text = "Fewer than {minimum} customers bought; nothing is shown, so that nobody can be recognized."
        raise Unavailable(report.words(text, minimum=report.words.number(report.minimum)))
    return result


def _retention(report: Report) -> Any:
    """Cohorts by calendar month: Gregorian, or Jalali in a Persian report."""
    from dataclasses import replace

    from cemlab.kpis.clean_lines import clean_lines
    from cemlab.kpis.retention import summarize_retention

    lines = _lines(report)
    if report.words.language != "fa":
        return summarize_retention(lines, period="month", conf_level=report.conf_level)
    result = summarize_retention(jalali_months(lines), period="month", conf_level=report.conf_level)
    clean, cohorts = clean_lines(lines), result.cohorts
    assert clean.first_day is not None  # there would be no result without lines
    assert clean.last_day is not None
    partial = covered_in_part(clean.first_day, clean.last_day)
    months = cohorts["cohort"] + cohorts["period"]
    return replace(result, cohorts=cohorts.assign(is_partial=cohorts["cohort"].isin(partial) | months.isin(partial)))


def _rfm(report: Report) -> Any:
    from cemlab.kpis.rfm import segment_rfm

    return segment_rfm(_lines(report), conf_level=report.conf_level)


def _chain(report: Report) -> Any:
    """The chain without the answers of a group of people too small to show anything of."""
    from dataclasses import replace

    from cemlab.models.chain import link_chain

    config = report.study.config
    if not config.chain.links:
        raise Unavailable(report.words("The study declares no links of a service–profit chain."))
    study, few = report.study, too_few_people(report)
    if few:
        study = replace(study, config=config.model_copy(update=dict.fromkeys(few, ())))
        vars(study)["organizations"] = report.study.organizations  # those of the answers left out, too
    if not (study.config.survey or study.config.employees or study.config.units):
        raise Unavailable(report.words("Too few people answered to show anything of the chain."))
    return link_chain(study, organization=report.organization.id, conf_level=report.conf_level, seed=config.seed)


def too_few_people(report: Report) -> list[str]:
    """Which of the surveys (survey, employees) have answers, but too few to show anything of."""
    return [
        name
        for name in ("survey", "employees")
        if getattr(report.study.config, name) and len(getattr(report, name)) < report.minimum
    ]


def _customers(report: Report) -> pd.DataFrame:
    """CRM and CEM KPIs of the same customers before the cutoff, and their outcomes after it."""
    import pandas as pd

    from cemlab.kpis.customers import summarize_customers
    from cemlab.kpis.joined import join_kpis

    comparison, words = report.study.config.comparison, report.words
    if comparison is None:
        raise Unavailable(words("The study declares no comparison of CRM and CEM."))
    day = (pd.Timestamp(comparison.cutoff) - pd.Timestamp(EPOCH)).days
    customers = summarize_customers(_lines(report), cutoff_day=day, horizon_days=comparison.horizon_days)
    joined = join_kpis(customers, _said(report), cutoff=comparison.cutoff)
    info = joined.attrs["info"]
    if not info["n_matched"]:
        raise Unavailable(words("No answer before the cutoff can be matched with a customer’s transactions."))
    if info["n_matched"] < report.minimum:
        raise Unavailable(words("Too few customers both bought and answered before the cutoff to show anything."))
    matched = joined[joined[joined.columns.difference(customers.columns)].notna().any(axis=1)].reset_index(drop=True)
    matched.attrs["info"] = info
    return matched


def _said(report: Report) -> pd.DataFrame:
    """A row per answered questionnaire: customer, date, the ratings of the KPIs and the constructs' scores."""
    from cemlab.inputs.scores import score_constructs

    survey, study = enough_answers(report), report.study
    composites = {name: list(entry.of) for name, entry in study.config.constructs.items() if entry.of}
    scores = score_constructs(survey, report.codebook, composites)
    for kpi in ("nps", "csat", "ces"):
        entry = getattr(study.config.kpis, kpi)
        if entry is not None:
            scores[kpi] = survey[entry.item]
    return scores.assign(customer=survey["customer"], date=survey["date"])


def _comparison(report: Report, outcome: str) -> Any:
    from cemlab.models.comparison import compare_kpis

    comparison = report.study.config.comparison
    customers = report.result("customers")
    assert comparison is not None  # `customers` would not exist
    if outcome not in comparison.outcomes:
        raise Unavailable(report.words("The study does not ask for this outcome."))
    return compare_kpis(
        customers, crm=list(comparison.crm), cem=list(comparison.cem), outcome=f"outcome_{outcome}",
        conf_level=report.conf_level, seed=report.study.config.seed,
    )  # fmt: skip


MAKERS: dict[str, Callable[[Report], Any]] = {
    "gaps": _gaps,
    "gaps_by_wave": lambda report: _gaps(report, by="wave"),
    "gaps_by_unit": lambda report: _gaps(report, by="unit"),
    "importance": _importance,
    "reliability": _reliability,
    "employee_reliability": _employee_reliability,
    "orders": _orders,
    "retention": _retention,
    "rfm": _rfm,
    "chain": _chain,
    "customers": _customers,
    "comparison_revenue": lambda report: _comparison(report, "revenue"),
    "comparison_repurchase": lambda report: _comparison(report, "repurchase"),
    "nps": lambda report: _voice(report, "nps"),
    "csat": lambda report: _voice(report, "csat"),
    "ces": lambda report: _voice(report, "ces"),
    "nps_plain": lambda report: _plain(report, "nps"),
    "csat_plain": lambda report: _plain(report, "csat"),
    "ces_plain": lambda report: _plain(report, "ces"),
    "nps_by_wave": lambda report: _voice(report, "nps", "wave"),
    "csat_by_wave": lambda report: _voice(report, "csat", "wave"),
    "ces_by_wave": lambda report: _voice(report, "ces", "wave"),
    "nps_by_unit": lambda report: _voice(report, "nps", "unit"),
    "csat_by_unit": lambda report: _voice(report, "csat", "unit"),
    "ces_by_unit": lambda report: _voice(report, "ces", "unit"),
}
