"""Behaviour: what the transactions record (orders, retention, segments)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab import plots
from cemlab.report import sentences
from cemlab.report.blocks import Figure, Heading, Paragraph
from cemlab.report.dates import in_digits
from cemlab.report.suppression import hidden_groups
from cemlab.report.tables import Column, name_of, show_table

if TYPE_CHECKING:
    from cemlab.report.session import Report

MONTHS_SHOWN = 12
SHARES = {"repeat_rate", "top20_share"}
AMOUNTS = {"revenue", "average_order_value", "orders_per_customer"}


def write(report: Report) -> list[Any]:
    """Orders in a sentence and a table, retention of the cohorts, RFM segments."""
    words, orders = report.words, report.result("orders")
    lead = sentences.orders(orders.table, words, report.study.config.currency)
    blocks: list[Any] = [Paragraph(lead, words, lead=True)]
    blocks += _retention(report) + _segments(report)
    return [*blocks, _order_table(report, orders.table)]


def _order_table(report: Report, table: pd.DataFrame) -> Any:
    """Measures with the form that each needs: a share, an amount or a count."""
    words = report.words
    texts = [
        words.percent(value, 1) if term in SHARES else words.number(value, 2 if term in AMOUNTS else 0)
        for term, value in zip(table["term"], table["estimate"], strict=True)
    ]
    frame = pd.DataFrame({"term": table["term"], "value": texts})
    columns = [Column("term", "name"), Column("value", "text")]
    return show_table(frame, columns, words("Orders and customers"), words=words, names=report.names, folded=True)


def _retention(report: Report) -> list[Any]:
    result, words = report.find("retention"), report.words
    if result is None or result.cohorts.empty:
        return []
    cohorts = result.cohorts[result.cohorts["period"].between(1, MONTHS_SHOWN)].copy()
    partial = cohorts["is_partial"].astype(bool)
    small = cohorts["n"] < report.minimum
    cohorts.loc[partial | small, "estimate"] = float("nan")
    wide = cohorts.pivot_table(index="cohort", columns="period", values="estimate", dropna=False)
    wide = wide.dropna(how="all").dropna(how="all", axis=1).sort_index()
    if wide.empty:
        return []
    wide.index = pd.Index([month_text(report, int(month)) for month in wide.index])
    wide.columns = pd.Index([words.number(int(period)) for period in wide.columns])
    title = words("Customers who bought again, by month of the first order")
    ax = plots.new_axes(words=words, size=(8.0, 4.0))
    plots.heatmap(
        ax,
        wide,
        words=words,
        row_label=words("Month of the first order"),
        column_label=words("Months since the first order"),
    )
    plots.finish(ax, words=words, title="")
    caption = words(
        "Share of each month’s new customers who ordered in a later month. Months that the data cover only "
        "in part and cohorts of fewer than {minimum} customers are left white.",
        minimum=words.number(report.minimum),
    )
    return [Heading(words("Retention"), words), Figure(ax, title, caption, words)]


def month_text(report: Report, month_index: int) -> str:
    """A month such as 2024-03, or 1403/01 in a Persian report, whose cohorts are Jalali months."""
    year, month = divmod(month_index, 12)
    sign = "/" if report.words.language == "fa" else "-"
    return in_digits(f"{year}{sign}{month + 1:02}", report.words)


def _segments(report: Report) -> list[Any]:
    result, words = report.find("rfm"), report.words
    if result is None:
        return []
    table = result.table[~hidden_groups(result.table["n"], report.minimum)]
    labels = [name_of(segment, report.names, words) for segment in table["segment"]]
    title = words("Customers by recency, frequency and spend")
    ax = plots.new_axes(words=words)
    plots.bars(
        ax,
        labels,
        table["estimate"],
        words=words,
        low=table["conf_low"],
        high=table["conf_high"],
        axis_label=words("Share of customers"),
        value_format="percent",
    )
    plots.finish(ax, words=words, title="")
    caption = words(
        "Segments by fifths of recency, frequency and spend (RFM); {n} customers.",
        n=words.number(result.table["n"].sum()),
    )
    columns = [
        Column("segment", "name"),
        Column("n", "count", heading="Customers"),
        Column("estimate", "percent", 1, heading="Share of customers"),
        Column("revenue", "number", 0),
        Column("revenue_share", "percent", 1, heading="Share of revenue"),
    ]
    return [
        Heading(words("Segments"), words),
        Figure(ax, title, caption, words),
        show_table(table, columns, title, words=words, names=report.names, folded=True),
    ]
