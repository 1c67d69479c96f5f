"""How each result of a report is made from the organization's data: one small function a result, nothing computed here.

Where the data do not allow a result, `Unavailable` carries the reason in the report's language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from cemlab.report.session import Report

EPOCH = "1970-01-01"


class Unavailable(Exception):
    """Raised where an organization's data do not allow a result; the text says why, in the report's language."""

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.detail = detail


def _answers(report: Report) -> pd.DataFrame:
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

    survey, words = _answers(report), report.words
    asked = report.codebook.loc[report.codebook["asked_of"] == "customers", "role"]
    if not {"expectation", "perception"} <= set(asked):
        raise Unavailable(words("The questionnaire does not ask for both expectations and perceptions."))
    if by is not None and survey[by].nunique() < 2:
        raise Unavailable(words("There is only one group to compare."))
    return score_gaps(survey, report.codebook, by=by, weights=report.weights)


def _importance(report: Report) -> pd.Series:
    """The share of the 100 points that customers gave each dimension, from 0 to 1."""
    survey, words = _answers(report), report.words
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

    return assess_reliability(_answers(report), report.codebook)


def _employee_reliability(report: Report) -> Any:
    from cemlab.measures.reliability import assess_reliability

    if len(report.employees) < report.minimum:
        raise Unavailable(
            report.words("There is no employees’ survey of this organization, or it is too small to show.")
        )
    return assess_reliability(report.employees, report.codebook)


def _voice(report: Report, kpi: str, by: str | None = None) -> Any:
    """NPS, CSAT or CES as the study defines it, over everybody or by wave or unit."""
    survey, entry, words = _answers(report), getattr(report.study.config.kpis, kpi), report.words
    if entry is None:
        raise Unavailable(words("The study does not name a question for this figure."))
    if by is not None and survey[by].nunique() < 2:
        raise Unavailable(words("There is only one group to compare."))
    ratings, groups = survey[entry.item], survey[by] if by is not None else None
    if kpi == "nps":
        from cemlab.kpis.nps import summarize_nps

        return summarize_nps(ratings, by=groups, weights=report.weights)
    if kpi == "csat":
        from cemlab.kpis.csat import summarize_csat

        scale = report.codebook.set_index("item").loc[entry.item]
        return summarize_csat(
            ratings, top=entry.top, scale_max=int(scale["scale_max"]), by=groups, weights=report.weights
        )
    from cemlab.kpis.ces import summarize_ces

    return summarize_ces(ratings, version=entry.version, by=groups, weights=report.weights)


def _orders(report: Report) -> Any:
    from cemlab.kpis.orders import summarize_orders

    return summarize_orders(_lines(report))


def _retention(report: Report) -> Any:
    from cemlab.kpis.retention import summarize_retention

    return summarize_retention(_lines(report), period="month")


def _rfm(report: Report) -> Any:
    from cemlab.kpis.rfm import segment_rfm

    return segment_rfm(_lines(report))


def _chain(report: Report) -> Any:
    from cemlab.models.chain import link_chain

    if not report.study.config.chain.links:
        raise Unavailable(report.words("The study declares no links of a service–profit chain."))
    return link_chain(report.study, organization=report.organization.id, seed=report.study.config.seed)


def _customers(report: Report) -> pd.DataFrame:
    """CRM and CEM KPIs of the same customers before the cutoff, and their outcomes after it."""
    import pandas as pd

    from cemlab.kpis.customers import summarize_customers

    comparison, words = report.study.config.comparison, report.words
    if comparison is None:
        raise Unavailable(words("The study declares no comparison of CRM and CEM."))
    cutoff = pd.Timestamp(comparison.cutoff)
    day = (cutoff - pd.Timestamp(EPOCH)).days
    lines = _lines(report)
    customers = summarize_customers(lines, cutoff_day=day, horizon_days=comparison.horizon_days)
    said = _said_before(report, cutoff)
    return customers.merge(said, on="customer", how="inner")


def _said_before(report: Report, cutoff: pd.Timestamp) -> pd.DataFrame:
    """What each customer last said up to the cutoff: the ratings of the KPIs and the constructs' scores."""
    from cemlab.inputs.scores import score_constructs

    survey, study = _answers(report), report.study
    composites = {name: list(entry.of) for name, entry in study.config.constructs.items() if entry.of}
    scores = score_constructs(survey, report.codebook, composites)
    for kpi in ("nps", "csat", "ces"):
        entry = getattr(study.config.kpis, kpi)
        if entry is not None:
            scores[kpi] = survey[entry.item]
    answered = survey["customer"].notna()
    if survey["date"].notna().any():
        answered &= survey["date"] <= cutoff
    said = scores.assign(customer=survey["customer"], date=survey["date"])[answered]
    if said.empty:
        raise Unavailable(report.words("No answer before the cutoff can be matched with a customer’s transactions."))
    return said.sort_values("date", kind="stable").groupby("customer", as_index=False).last().drop(columns="date")


def _comparison(report: Report, outcome: str) -> Any:
    from cemlab.models.comparison import compare_kpis

    comparison = report.study.config.comparison
    customers = report.result("customers")
    assert comparison is not None  # `customers` would not exist
    if outcome not in comparison.outcomes:
        raise Unavailable(report.words("The study does not ask for this outcome."))
    return compare_kpis(
        customers, crm=list(comparison.crm), cem=list(comparison.cem), outcome=f"outcome_{outcome}",
        seed=report.study.config.seed,
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
    "nps_by_wave": lambda report: _voice(report, "nps", "wave"),
    "csat_by_wave": lambda report: _voice(report, "csat", "wave"),
    "ces_by_wave": lambda report: _voice(report, "ces", "wave"),
    "nps_by_unit": lambda report: _voice(report, "nps", "unit"),
    "csat_by_unit": lambda report: _voice(report, "csat", "unit"),
    "ces_by_unit": lambda report: _voice(report, "ces", "unit"),
}
