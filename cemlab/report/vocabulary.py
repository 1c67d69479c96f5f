"""Words that results hold as data (roles, levels, verdicts, KPI names) and that people read in their language."""

from __future__ import annotations

import re

from cemlab.languages import Words

KPI_NAMES: dict[str, str] = {
    "nps": "Net Promoter Score (NPS)",
    "csat": "Customer satisfaction (CSAT)",
    "ces": "Customer effort (CES)",
    "n_orders": "Number of orders",
    "revenue": "Revenue",
    "average_order_value": "Average order value",
    "days_since_last": "Days since the last purchase",
    "tenure_days": "Days since the first purchase",
    "outcome_revenue": "Revenue in the period after the cutoff",
    "outcome_repurchase": "Repurchase in the period after the cutoff",
    "repurchase": "Repurchase in the period after the cutoff",
    "n_lines": "Transaction lines",
    "n_customers": "Customers",
    "repeat_rate": "Share of customers with more than one order",
    "orders_per_customer": "Orders per customer",
    "top20_share": "Share of revenue from the top fifth of customers",
}
REASONS: dict[str, str] = {  # what a method says (a pattern) -> how a report says it
    r"found (?P<found>\d+) of (?P<all>\d+) customers with every KPI and the outcome, expected at least (?P<least>\d+)":
        "Only {found} of {all} customers have every figure and the outcome; at least {least} are needed.",
    r"compare_kpis: found '.*' = .* for all (?P<all>\d+) customers":
        "All {all} customers have the same outcome; there is nothing to predict.",
    r"compare_kpis: found (?P<found>\d+) customers with the rarer value":
        "Only {found} customers have the rarer outcome, too few to judge a prediction by.",
    r"expected 0 to 10: a score from any other scale":
        "The recommendation question was not asked on a scale from 0 to 10, so there is no Net Promoter Score.",
    r"link_chain: found no values of": "None of what the chain links is measured in these data.",
    r"no answer": "Nobody answered the question.",
}  # fmt: skip
VOCABULARY: tuple[str, ...] = (
    "all",
    "respondent",
    "unit",
    "panel",
    "within",
    "perception",
    "expectation",
    "gap",
    "alpha",
    "omega",
    "omega_total",
    "agreement",
    "satisfaction",
    "minimum",
    "desired",
    "importance",
    "effort",
    "recommend",
    "emotion_positive",
    "emotion_negative",
    "benefit",
    "risk",
    "price",
    "treatment",
    "supported",
    "not supported",
    "opposite",
    "not estimable",
    "baseline",
    "CRM",
    "CEM",
    "CRM + CEM",
    "r2",
    "R²",
    "auc",
    "AUC",
    "backed",
    "partly backed",
    "not backed",
    "mean of items",
    "mean of dimensions",
    "weighted by points, mean of respondents",
    "weighted by points, mean weights x mean gaps",
)


def kpi_names(words: Words) -> dict[str, str]:
    """Display names of the KPIs that cemlab computes."""
    return {name: words(text) for name, text in KPI_NAMES.items()}


def count(words: Words, number: float, one: str, many: str) -> str:
    """A number with its noun, such as '1 answer' or '24 answers'; both forms hold the place {n}.

    >>> from cemlab.languages import ENGLISH
    >>> count(ENGLISH, 1, "{n} answer", "{n} answers")
    '1 answer'
    """
    return words(one if number == 1 else many, n=words.number(number))


def level_text(words: Words, conf_level: float) -> str:
    """A confidence level as a percentage, such as 95% or 97.5%.

    >>> from cemlab.languages import ENGLISH
    >>> level_text(ENGLISH, 0.95), level_text(ENGLISH, 0.975)
    ('95%', '97.5%')
    """
    return words.percent(conf_level, 0 if abs(conf_level * 100 - round(conf_level * 100)) < 1e-9 else 1)


def explain(message: str, words: Words) -> tuple[str, str]:
    """A method's message as a sentence in the language, and what is left to show of the message itself."""
    for pattern, text in REASONS.items():
        found = re.search(pattern, message)
        if found:
            return words(text, **{name: words.number(int(value)) for name, value in found.groupdict().items()}), ""
    return words("The method cannot be used on these data."), message


def enumerate_names(words: Words, parts: list[str]) -> str:
    """'a, b and c' in the language; each part keeps its own direction.

    >>> from cemlab.languages import ENGLISH
    >>> enumerate_names(ENGLISH, ["a", "b", "c"])
    'a, b and c'
    """
    if len(parts) < 2:
        return "".join(parts)
    comma = "، " if words.direction == "rtl" else ", "
    return words("{first} and {last}", first=comma.join(parts[:-1]), last=parts[-1])
