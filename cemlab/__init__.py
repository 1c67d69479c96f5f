"""cemlab: measure the customer experience, test the service-profit chain, compare CRM with CEM.

The public names, in the order of the flow. Each is imported when it is first used, so that `import cemlab` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    # inputs: from a study folder to frames
    "simulate_study": "inputs.simulate",
    "load_study": "inputs.study",
    "check_study": "inputs.check",
    "load_survey": "inputs.survey",
    "load_employees": "inputs.survey",
    "load_interactions": "inputs.survey",
    "load_units": "inputs.survey",
    "load_transactions": "inputs.transactions",
    "load_journey": "inputs.journey",
    "score_constructs": "inputs.scores",
    # kpis: what the organization records and counts
    "net_promoter_score": "kpis.nps",
    "nps_difference": "kpis.nps",
    "summarize_nps": "kpis.nps",
    "summarize_csat": "kpis.csat",
    "summarize_ces": "kpis.ces",
    "summarize_orders": "kpis.orders",
    "summarize_retention": "kpis.retention",
    "segment_rfm": "kpis.rfm",
    "summarize_customers": "kpis.customers",
    "index_satisfaction": "kpis.acsi",
    "trace_journeys": "kpis.event_log",
    "track_waves": "kpis.waves",
    "chart_control": "kpis.control_chart",
    "find_recoveries": "kpis.recoveries",
    # measures: what the customer experienced
    "score_gaps": "measures.gaps",
    "cronbach_alpha": "measures.reliability",
    "omega_total": "measures.reliability",
    "assess_reliability": "measures.reliability",
    "compare_gap_forms": "measures.forms",
    "fit_polynomial_gap": "measures.polynomial",
    "assess_difference_reliability": "measures.difference_reliability",
    "compare_norms": "measures.norms",
    "audit_gap_table": "measures.audit",
    "score_zones": "measures.zones",
    "score_five_gaps": "measures.five_gaps",
    "score_value": "measures.value",
    "score_value_added": "measures.value_added",
    "score_service_levels": "measures.service_levels",
    "map_importance": "measures.importance",
    "score_opportunities": "measures.opportunity",
    "compare_attention": "measures.attention",
    "classify_kano": "measures.kano",
    "find_reach": "measures.turf",
    "split_choices": "measures.turf",
    "score_emotions": "measures.emotion",
    "map_journey": "measures.journey",
    "check_consistency": "measures.consistency",
    # models: how it hangs together
    "aggregate_units": "models.aggregation",
    "link_chain": "models.chain",
    "compare_kpis": "models.comparison",
    "rank_drivers": "models.drivers",
    "contrast_penalties": "models.penalty_reward",
    # report: one per organization
    "open_report": "report.session",
    "run_reports": "report.runner",
    # foundations
    "Result": "results",
    "CemlabError": "errors",
    "StudyError": "errors",
    "DataError": "errors",
    "EstimationError": "errors",
    "ReportError": "errors",
    "CemlabWarning": "errors",
}
__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cemlab' has no attribute {name!r}")
    value = getattr(import_module(f"cemlab.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
