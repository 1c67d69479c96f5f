"""CRM beside CEM: what the organization records of its customers, and what the same customers say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab import plots
from cemlab.report import sentences
from cemlab.report.blocks import Figure, Heading, Note, Paragraph
from cemlab.report.dates import written_date
from cemlab.report.findings import Unavailable
from cemlab.report.tables import Column, name_of, show_table
from cemlab.report.vocabulary import count

if TYPE_CHECKING:
    from cemlab.report.session import Report

OUTCOMES = ("repurchase", "revenue")
HEADINGS = {"estimate": "Estimate [{level} interval]"}
PREDICTION = [
    Column("model", "text"),
    Column("metric", "text"),
    Column("estimate", "interval", heading="Estimate [{level} interval]"),
    Column("n", "count"),
    Column("note"),
]


def write(report: Report) -> list[Any]:
    """How the customers were matched, which family predicts what comes next, how far the two agree."""
    words = report.words
    customers = report.result("customers")
    found = {o: r for o in OUTCOMES if (r := report.find(f"comparison_{o}")) is not None}
    if not found:
        report.result("comparison_repurchase")  # says why
        raise Unavailable(words("The study does not ask for this outcome."))
    said = []
    for outcome, result in found.items():
        said += [
            sentences.prediction(result.prediction, words, outcome),
            sentences.added(result.added, words, report.conf_level),
        ]
    blocks: list[Any] = [Paragraph(said[0], words, lead=True), *(Paragraph(text, words) for text in said[1:] if text)]
    blocks.append(_matched(report, len(customers), customers.attrs["info"]))
    for outcome, result in found.items():
        blocks += _predicted(report, outcome, result)
    return blocks + _agreement(report, next(iter(found.values())))


def _matched(report: Report, n: int, info: dict[str, Any]) -> Note:
    words, comparison = report.words, report.study.config.comparison
    assert comparison is not None  # the chapter is made only of a declared comparison
    text = words(
        "{n} both bought and answered up to {cutoff}. Everything that predicts was known by that day; "
        "what is predicted "
        "happened in the {days} days after it. Success is measured on customers that the model had not seen.",
        n=count(words, n, "{n} customer", "{n} customers"),
        cutoff=written_date(comparison.cutoff, words),
        days=words.number(comparison.horizon_days),
    )
    later = "{n} later answers are not used, nor {undated} without a date."
    if not info["n_undated"]:
        later = "{n} later answers are not used."
    unused = words(later, n=words.number(info["n_later"]), undated=words.number(info["n_undated"]))
    return Note(f"{text} {unused}", words)


def _predicted(report: Report, outcome: str, result: Any) -> list[Any]:
    words = report.words
    title = words("Who buys again?") if outcome == "repurchase" else words("Who brings how much revenue?")
    rows = result.prediction[result.prediction["estimate"].notna()]
    caption = words("Success on customers the model had not seen; n = {n} customers.", n=words.number(rows["n"].max()))
    blocks: list[Any] = [Heading(title, words)]
    for metric in list(dict.fromkeys(rows["metric"]))[:1]:
        part = rows[rows["metric"] == metric]
        ax = plots.new_axes(words=words)
        plots.intervals(
            ax,
            [words(str(model)) for model in part["model"]],
            part["estimate"],
            part["conf_low"],
            part["conf_high"],
            words=words,
            axis_label=sentences.metric_name(str(metric), words),
            reference=0.5 if "auc" in str(metric).lower() else 0.0,
        )
        plots.finish(ax, words=words, title="")
        blocks.append(Figure(ax, f"{title} {sentences.prediction(part, words, outcome)}", caption, words))
    blocks.append(show_table(result.prediction, PREDICTION, title, words=words, names=report.names, folded=True,
                             level=report.conf_level))  # fmt: skip
    added = [Column(c, k, heading=HEADINGS.get(c)) for c, k in _added_columns(result.added)]
    blocks.append(
        show_table(
            result.added,
            added,
            words("What each family adds to the other"),
            words=words,
            names=report.names,
            folded=True,
            level=report.conf_level,
        )
    )
    return blocks


def _added_columns(added: pd.DataFrame) -> list[tuple[str, Any]]:
    worded = [(c, "text") for c in ("family", "model", "term", "metric") if c in added]
    return [
        *worded,
        ("estimate", "interval"),
        *[(c, "p") for c in ("p_value",) if c in added],
        ("n", "count"),
        ("note", "text"),
    ]


def _agreement(report: Report, result: Any) -> list[Any]:
    """How far what is recorded and what is said rank the same customers alike."""
    words, table = report.words, result.table
    ends = [c for c in ("crm", "cem") if c in table]
    columns = [
        *(Column(c, "name") for c in ends),
        Column("estimate", "interval", heading="Correlation [{level} interval]"),
        Column("n", "count"),
        Column("note"),
    ]
    blocks: list[Any] = [Heading(words("Do records and words agree?"), words)]
    if table["estimate"].notna().any():
        blocks.append(_heatmap(report, table))
    caption = words("Correlations of recorded and stated figures")
    return [*blocks, show_table(table, columns, caption, words=words, names=report.names, folded=True,
                                level=report.conf_level)]  # fmt: skip


def _heatmap(report: Report, table: pd.DataFrame) -> Figure:
    words, names = report.words, report.names
    wide = table.pivot_table(index="crm", columns="cem", values="estimate", sort=False)
    wide.index = pd.Index([name_of(name, names, words) for name in wide.index])
    wide.columns = pd.Index([name_of(name, names, words) for name in wide.columns])
    title = words("Correlations of recorded and stated figures")
    ax = plots.new_axes(words=words, size=(8.0, 4.0))
    plots.heatmap(
        ax,
        wide,
        words=words,
        value_format="number",
        digits=2,
        limits=(-1.0, 1.0),
        row_label=words("CRM"),
        column_label=words("CEM"),
    )
    plots.finish(ax, words=words, title="")
    caption = words("Rank correlations of the same customers; n = {n} customers.", n=words.number(table["n"].max()))
    return Figure(ax, title, caption, words)
