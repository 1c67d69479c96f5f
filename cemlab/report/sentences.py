"""What the numbers say in plain words. Sentences are put together from result tables; nothing is computed again here.

They describe: no sentence says that one thing makes another happen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cemlab.languages import Words
from cemlab.report.tables import name_of
from cemlab.report.vocabulary import count, enumerate_names, level_text

Row = Mapping[str, Any]
MOST_NAMED = 3


def overall_gap(overall: pd.DataFrame, words: Words, level: float = 0.95) -> str:
    """Say how far perceptions lie from expectations on average."""
    row = first_row(overall, "term", "mean of dimensions", "mean of items")
    if row is None:
        return words("The mean gap cannot be estimated from these answers.")
    interval, n = _interval(row, words, 2, level), _answers(words, row["n"])
    if row["conf_high"] < 0:
        text = "On average customers get less than they expect: the mean gap is {interval} scale points, based on {n}."
        return words(text, interval=interval, n=n)
    if row["conf_low"] > 0:
        text = "On average customers get more than they expect: the mean gap is {interval} scale points, based on {n}."
        return words(text, interval=interval, n=n)
    text = "On average perceptions are close to expectations: the mean gap is {interval} scale points, based on {n}."
    return words(text, interval=interval, n=n)


def largest_shortfalls(
    dimensions: pd.DataFrame, words: Words, names: Mapping[str, str], column: str = "dimension"
) -> str:
    """Name the dimensions (or questions) with the largest shortfalls, those whose whole interval lies below zero."""
    short = dimensions[dimensions["conf_high"] < 0].sort_values("estimate", kind="stable").head(MOST_NAMED)
    if short.empty and column == "attribute":
        return words("In no question do perceptions lie clearly below expectations.")
    if short.empty:
        return words("In no dimension do perceptions lie clearly below expectations.")
    parts = [
        words("{name} ({gap})", name=name_of(row[column], names), gap=words.number(row["estimate"], 2))
        for row in short.to_dict("records")
    ]
    if len(parts) == 1:
        return words("The largest shortfall is in {names}.", names=parts[0])
    return words("The largest shortfalls are in {names}.", names=enumerate_names(words, parts))


def narrowest_gap(dimensions: pd.DataFrame, words: Words, names: Mapping[str, str], column: str = "dimension") -> str:
    """Name the dimension (or question) that comes closest to what customers expect, or exceeds it most."""
    known = dimensions.dropna(subset=["estimate"])
    if len(known) < 2:
        return ""
    best = known.sort_values("estimate", kind="stable").iloc[-1]
    text = "Customers are closest to getting what they expect in {name} ({gap})."
    if best["conf_low"] > 0:
        text = "Customers get more than they expect in {name} ({gap})."
    return words(text, name=name_of(best[column], names), gap=words.number(best["estimate"], 2, sign=True))


def nps(row: Row, words: Words, level: float = 0.95) -> str:
    """Say the Net Promoter Score with its shares."""
    if not math.isfinite(row["estimate"]):
        return words("The Net Promoter Score cannot be estimated from these answers.")
    return words(
        "The Net Promoter Score is {interval}: {promoters} of {n} are promoters and {detractors} are detractors.",
        interval=_interval(row, words, 1, level),
        promoters=words.percent(row["promoters"]),
        detractors=words.percent(row["detractors"]),
        n=_customers(words, row["n"]),
    )


def csat(row: Row, words: Words, level: float = 0.95) -> str:
    """Say the share of satisfied customers, in percent."""
    if not math.isfinite(row["estimate"]):
        return words("The share of satisfied customers cannot be estimated from these answers.")
    text = "Of {n}, {share} percent say that they are satisfied ({level} interval {low} to {high})."
    low, share, high = (words.number(row[name], 1) for name in ("conf_low", "estimate", "conf_high"))
    n = _customers(words, row["n"])
    return words(text, share=share, low=low, high=high, n=n, level=level_text(words, level))


def ces(row: Row, words: Words, version: int, level: float = 0.95) -> str:
    """Say the mean effort with the direction of its scale."""
    if not math.isfinite(row["estimate"]):
        return words("The customers’ effort cannot be estimated from these answers.")
    text = "The mean effort score of {n} is {interval}; on this scale more is easier."
    if version == 1:
        text = "The mean effort score of {n} is {interval}; on this scale more is harder."
    return words(text, interval=_interval(row, words, 2, level), n=_customers(words, row["n"]))


def unweighted(estimate: float, words: Words, digits: int) -> str:
    """Say what a weighted figure is when every answer counts once."""
    text = "Answers are weighted; with every answer counted once the figure is {estimate}."
    return words(text, estimate=words.number(estimate, digits))


def orders(table: pd.DataFrame, words: Words, currency: str) -> str:
    """Say how many customers ordered how often and for how much."""
    value = table.set_index("term")["estimate"]
    return words(
        "{customers} placed {orders}; {repeat} of them ordered more than once, "
        "and an order is worth {amount} {currency} on average.",
        customers=_customers(words, value["n_customers"]),
        orders=count(words, value["n_orders"], "{n} order", "{n} orders"),
        repeat=words.percent(value["repeat_rate"], 1),
        amount=words.number(value["average_order_value"], 2),
        currency=words.isolate(currency),
    )


def reliability(table: pd.DataFrame, words: Words, cut: float) -> str:
    """Say how many scales reach the rule of thumb for alpha."""
    alphas = table[table["coefficient"].astype(str).str.startswith("alpha")].dropna(subset=["estimate"])
    if alphas.empty:
        return words("The consistency of the scales cannot be estimated from these answers.")
    reached = int((alphas["estimate"] >= cut).sum())
    text = "{reached} of {all} scales reach the usual rule of thumb for Cronbach’s alpha ({cut})."
    return words(text, reached=words.number(reached), all=words.number(len(alphas)), cut=words.number(cut, 2))


def chain(table: pd.DataFrame, words: Words, level: str) -> str:
    """Say how many declared links the data support at a level, and on how many rows that rests."""
    rows = table[table["level"] == level]
    total, verdicts = rows["hypothesis"].nunique(), rows["verdict"].value_counts()
    supported = int(verdicts.get("supported", 0))
    sizes = rows.loc[rows["n"] > 0, "n"] if "n" in rows else rows["hypothesis"].iloc[:0]
    n = words("n = {n}" if sizes.nunique() == 1 else "n up to {n}", n=words.number(sizes.max())) if len(sizes) else "–"
    start = words(LEVELS[level], n=n, supported=words.number(supported), all=words.number(total))
    others = [
        words(phrase, n=words.number(int(verdicts[verdict])))
        for verdict, phrase in _OTHER_VERDICTS.items()
        if verdicts.get(verdict, 0)
    ]
    return start + (words("; {others}.", others=enumerate_names(words, others)) if others else words("."))


def held_within(table: pd.DataFrame, words: Words) -> str:
    """Say how many links that hold between units also hold within units over the waves; nothing without waves."""
    supported = {
        level: set(table.loc[(table["level"] == level) & (table["verdict"] == "supported"), "hypothesis"])
        for level in ("unit", "within")
    }
    if not supported["unit"] or not (table["level"] == "within").any():
        return ""
    text = (
        "Of the {all} links supported between units, {held} are also supported where only changes within the same "
        "unit count."
    )
    held = len(supported["unit"] & supported["within"])
    return words(text, all=words.number(len(supported["unit"])), held=words.number(held))


LEVELS = {
    "unit": "Between units ({n}), the data support {supported} of {all} links of the declared chain",
    "respondent": "Between people ({n}), the data support {supported} of {all} links of the declared chain",
    "panel": "Over units and waves together ({n}), the data support {supported} of {all} links of the declared chain",
    "within": "Within units over the waves ({n}), the data support {supported} of {all} links of the declared chain",
}
INDIRECT = {
    "unit": "Between units, {source} is indirectly associated with {target} along the chain: {interval}.",
    "respondent": "Between people, {source} is indirectly associated with {target} along the chain: {interval}.",
    "within": "Within units over the waves, {source} is indirectly associated with {target} along the chain: "
    "{interval}.",
}
NO_INDIRECT = {
    "unit": "Between units, no indirect association lies clear of zero once all paths are added up.",
    "respondent": "Between people, no indirect association lies clear of zero once all paths are added up.",
    "within": "Within units over the waves, no indirect association lies clear of zero once all paths are added up.",
}
_OTHER_VERDICTS = {
    "not supported": "{n} not supported",
    "opposite": "{n} with the opposite sign",
    "not estimable": "{n} not estimable",
}


def indirect(table: pd.DataFrame, words: Words, names: Mapping[str, str], level: str, conf_level: float = 0.95) -> str:
    """Name the longest indirect association of a level that lies clear of zero, with all its paths added up."""
    rows = table[(table["level"] == level) & table["estimate"].notna()]
    if rows.empty:
        return ""
    total = rows["path"].astype(str).str.contains("…")
    ends = rows["source"].astype(str) + "\x1f" + rows["target"].astype(str)
    whole = rows[total | ~ends.isin(set(ends[total]))]  # one path of several would tell a part of the story
    clear = whole[(whole["conf_low"] > 0) | (whole["conf_high"] < 0)]
    if clear.empty:
        return words(NO_INDIRECT[level])
    steps = [max(str(path).count("→") for path in rows.loc[ends == ends[place], "path"]) for place in clear.index]
    row = {str(key): cell for key, cell in clear.iloc[steps.index(max(steps))].to_dict().items()}
    return words(
        INDIRECT[level],
        source=name_of(row["source"], names),
        target=name_of(row["target"], names),
        interval=_interval(row, words, 2, conf_level),
    )


def prediction(table: pd.DataFrame, words: Words, outcome: str) -> str:
    """Say how well each family of KPIs predicts what customers did next, on customers held out."""
    rows = {str(row["model"]): row for row in table.to_dict("records")}
    if not {"CRM", "CEM", "CRM + CEM"} <= set(rows):
        return words("What predicts the next purchases cannot be estimated from these data.")
    metric = str(rows["CRM"]["metric"])
    text = (
        "For {outcome}, {metric} is {crm} with recorded figures (CRM), {cem} with what customers say (CEM), "
        "and {both} with both ({n})."
    )
    figures = {
        place: words.number(float(rows[model]["estimate"]), 2)
        for place, model in {"crm": "CRM", "cem": "CEM", "both": "CRM + CEM"}.items()
    }
    return words(
        text,
        outcome=words(OUTCOMES.get(outcome, outcome)),
        metric=metric_name(metric, words),
        n=_customers(words, rows["CRM"]["n"]),
        **figures,
    )


def added(table: pd.DataFrame, words: Words, level: float = 0.95) -> str:
    """Say what each family of KPIs adds to the other, with its interval."""
    rows: dict[str, Any] = {str(row["family"]): row for row in table.to_dict("records")}
    if not {"CRM", "CEM"} <= set(rows):
        return ""
    text = "What customers say adds {cem} to the records; the records add {crm} to what customers say."
    return words(text, cem=_interval(rows["CEM"], words, 2, level), crm=_interval(rows["CRM"], words, 2, level))


def metric_name(metric: str, words: Words) -> str:
    """What is measured on customers that the model had not seen, in plain words."""
    return words(METRICS.get(metric.lower(), metric))


OUTCOMES = {"repurchase": "buying again", "revenue": "later revenue"}
METRICS = {
    "auc": "the chance of ranking a customer who comes back above one who does not (AUC; 0.5 is guessing)",
    "r²": "the share of its variation that is foretold (R²; 0 is guessing the mean)",
}
METRICS["r2"] = METRICS["r²"]


def first_row(table: pd.DataFrame, column: str, *values: str) -> dict[str, Any] | None:
    """Give the first row that holds one of `values` (tried in order) and has an estimate."""
    for value in values:
        found = table[(table[column] == value) & table["estimate"].notna()]
        if len(found):
            return {str(key): cell for key, cell in found.iloc[0].to_dict().items()}
    return None


def hidden_note(words: Words, number: int, minimum: int) -> str:
    """Say that groups are not shown, and why."""
    if number == 1:
        text = "One group is not shown: it has fewer than {minimum} answers."
        return words(text, minimum=words.number(minimum))
    text = "{n} groups are not shown: they have fewer than {minimum} answers, or would give such a group away."
    return words(text, n=words.number(number), minimum=words.number(minimum))


def _interval(row: Row, words: Words, digits: int, level: float) -> str:
    """An estimate with its interval, in words."""
    ends: list[float] = [
        float(row[name]) if pd.notna(row[name]) else math.nan for name in ("estimate", "conf_low", "conf_high")
    ]
    number, low, high = (words.number(round(end, digits) + 0.0, digits) for end in ends)
    if not (math.isfinite(ends[1]) and math.isfinite(ends[2])):
        return number
    text = "{estimate} ({level} interval {low} to {high})"
    return words(text, estimate=number, low=low, high=high, level=level_text(words, level))


def _answers(words: Words, n: float) -> str:
    return count(words, n, "{n} answer", "{n} answers")


def _customers(words: Words, n: float) -> str:
    return count(words, n, "{n} customer", "{n} customers")
