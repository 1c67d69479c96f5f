"""Kano: what customers take for granted, what they welcome, and what leaves them cold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from cemlab.languages import Words
from cemlab.report.blocks import Figure, Note, Paragraph
from cemlab.report.tables import Column, show_table

if TYPE_CHECKING:
    from cemlab.report.session import Report


def write(report: Report) -> list[Any]:
    """How many attributes fall into each category, the plane, the counts; the attributes folded."""
    words, names, result = report.words, report.names, report.result("kano")
    table = result.table
    known = table[table["n"] >= report.minimum]
    lead = first_sentence(known, words)
    drawn = replace(result, table=known)
    text = (
        "Better and Worse are shares of customers: those whose satisfaction goes with the attribute where it is there, "
        "and those whose dissatisfaction goes with it where it is not. Stability: in how many resamples of the "
        "customers the category is the same; it is cemlab’s own addition."
    )
    return [
        Paragraph(lead, words, lead=True),
        Paragraph(_unclear(known, words), words),
        Figure(drawn.plot(words=words, names=names), f"{words('Kano: better and worse')}. {lead}", "", words),
        show_table(
            _counts(known, words),
            [Column("category", heading="Category"), Column("n", "count", heading="Attributes"),
             Column("meaning", heading="What it says")],
            words("Attributes by category"), words=words, names=names,
        ),
        _attributes(report, table),
        Note(words(text), words),
    ]  # fmt: skip


def categories(words: Words) -> dict[str, tuple[str, str]]:
    """Each category's name and what it says."""
    return {
        "M": (words("Must-be"), words("Taken for granted: its absence goes with dissatisfaction.")),
        "O": (words("One-dimensional"), words("The more the better: its absence goes with dissatisfaction.")),
        "A": (words("Attractive"), words("Welcome: its presence goes with satisfaction, its absence is not missed.")),
        "I": (words("Indifferent"), words("Neither its presence nor its absence goes with a feeling.")),
        "R": (words("Reverse"), words("Customers want the opposite.")),
        "Q": (words("Questionable"), words("The two answers contradict each other.")),
    }


def first_sentence(table: pd.DataFrame, words: Words) -> str:
    """How many attributes are must-be, one-dimensional and attractive."""
    n = table["category"].value_counts()
    text = (
        "Of {all} attributes, {must} are taken for granted (must-be), {more} are the more welcome the more there is of "
        "them (one-dimensional), and {attractive} are welcome without being missed (attractive)."
    )
    must, more, attractive = (words.number(int(n.get(letter, 0))) for letter in "MOA")
    return words(text, all=words.number(len(table)), must=must, more=more, attractive=attractive)


def _unclear(table: pd.DataFrame, words: Words) -> str:
    unclear = int((table["is_clear"] == False).sum())  # noqa: E712
    text = "For {n} of the {all} attributes the largest category is not clear of the next one (Fong’s test)."
    return words(text, n=words.number(unclear), all=words.number(len(table)))


def _counts(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    n = table["category"].value_counts()
    rows = [{"category": name, "n": int(n[letter]), "meaning": meaning}
            for letter, (name, meaning) in categories(words).items() if letter in n.index]  # fmt: skip
    return pd.DataFrame(rows, columns=["category", "n", "meaning"])


def _attributes(report: Report, table: pd.DataFrame) -> Any:
    """Each attribute with its category, Better and Worse with their intervals."""
    words, wide = report.words, report.result("kano").coefficients
    shown = table[["attribute", "n", "mode_share"]].copy()
    hidden = table["n"].between(1, report.minimum - 1).to_numpy()
    names = {letter: name for letter, (name, _) in categories(words).items()}
    shown["category"] = table["category"].map(names).mask(hidden, None)
    shown["note"] = table["note"].mask(hidden, "")
    for term in ("better", "worse"):
        part = wide[wide["term"] == term].set_index("attribute").loc[table["attribute"]]
        for column in ("estimate", "conf_low", "conf_high"):
            shown[f"{term}_{column}"] = 100 * part[column].to_numpy()
    columns = [
        Column("attribute", "name"), Column("n", "count"), Column("category", heading="Category"),
        Column("mode_share", "percent", 0, heading="Stability"),
        Column("better_estimate", "number", 0, heading="Better, percent"),
        Column("better_conf_low", "number", 0, heading="Better: {level} interval from"),
        Column("better_conf_high", "number", 0, heading="Better: to"),
        Column("worse_estimate", "number", 0, heading="Worse, percent"),
        Column("worse_conf_low", "number", 0, heading="Worse: {level} interval from"),
        Column("worse_conf_high", "number", 0, heading="Worse: to"), Column("note"),
    ]  # fmt: skip
    return show_table(shown, columns, words("Category, Better and Worse by attribute"), words=words,
                      names=report.names, folded=True, hidden=hidden.tolist(), level=report.conf_level)  # fmt: skip
