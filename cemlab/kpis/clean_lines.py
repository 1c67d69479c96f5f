"""Which transaction lines count, and how many do not: one rule for every KPI on transactions.

Left out are lines without a customer, cancelled lines, and lines whose quantity or amount is not above zero. Exact
duplicates stay: two equal sales cannot be told from one that was recorded twice. A cancellation does not take back
the line it cancels, since files seldom say which one that is; customers whose amounts add up to nothing once their
cancelled lines are counted are reported (`n_customers_net_zero`), because their spend is none.

Everything is a lazy Narwhals expression: the same on pandas, Polars and DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw

from cemlab.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from cemlab.languages import Words

NEEDED = ("customer_id", "day", "amount")
PERSIAN_DIGITS = {ord("0") + i: ord("۰") + i for i in range(10)}
NOTHING = 0.005  # half a cent: what sums of amounts may miss by
NET_ZERO_NOTE = "Some customers' purchases were cancelled in full; their spend still counts here."


@dataclass(frozen=True)
class CleanLines:
    """Lines that count, and what a reader must know of the others.

    Attributes
    ----------
    frame : narwhals LazyFrame
        customer_id, order_key (text), day, month_index, amount and the columns of the input beside them.
    info : dict
        n_lines of the file and how many are left out by which rule (a line may fall under several).
    first_day, last_day : int or None
        The days that the file covers, all lines counted; None without lines.
    """

    frame: nw.LazyFrame[Any]
    info: dict[str, int]
    first_day: int | None
    last_day: int | None


def clean_lines(lines: Any, *, needed: tuple[str, ...] = ()) -> CleanLines:
    """Mark what counts in transaction lines; `needed` are the columns wanted beside customer_id, day and amount.

    Raises
    ------
    DataError
        If a column is missing.
    """
    frame = nw.from_native(lines).lazy()
    columns = frame.collect_schema().names()
    lacking = [name for name in (*NEEDED, *needed) if name not in columns]
    if lacking:
        raise DataError(
            f"Transaction lines: found no column {', '.join(lacking)}, expected {', '.join((*NEEDED, *needed))}. "
            "Rename the columns of the frame, or load it with `load_transactions`."
        )
    flagged = frame.with_columns(**_flags(columns))
    clean = flagged.filter(~nw.any_horizontal(*(nw.col(f"is_{rule}") for rule in RULES), ignore_nulls=True))
    info, first_day, last_day = _counts(flagged, clean)
    return CleanLines(clean.with_columns(order_key=_order_key(columns)), info, first_day, last_day)


RULES = ("without_customer", "cancelled", "nonpositive_quantity", "nonpositive_price", "nonpositive_amount")


def _flags(columns: list[str]) -> dict[str, nw.Expr]:
    """One yes or no a rule; a column that is absent or empty breaks no rule."""

    def nonpositive(column: str) -> nw.Expr:
        return (nw.col(column) <= 0).fill_null(False) if column in columns else nw.lit(False)

    missing_amount = nw.col("amount").is_null()
    yes = nw.lit(True)
    return {
        "is_without_customer": nw.col("customer_id").is_null() | nw.col("day").is_null(),
        "is_cancelled": (nw.col("is_cancellation") == yes).fill_null(False)
        if "is_cancellation" in columns
        else nw.lit(False),
        "is_nonpositive_quantity": nonpositive("quantity"),
        "is_nonpositive_price": nonpositive("price"),
        "is_nonpositive_amount": nonpositive("amount") | missing_amount,
        "is_copy": (nw.col("is_duplicate") == yes).fill_null(False) if "is_duplicate" in columns else nw.lit(False),
    }


def _order_key(columns: list[str]) -> nw.Expr:
    """The order's code; without one, all that a customer buys on a day is one order."""
    day = nw.concat_str(nw.lit("day "), nw.col("day").cast(nw.Int64).cast(nw.String))
    return nw.coalesce(nw.col("order_id").cast(nw.String), day) if "order_id" in columns else day


def _counts(flagged: nw.LazyFrame[Any], clean: nw.LazyFrame[Any]) -> tuple[dict[str, int], int | None, int | None]:
    sums = {f"n_{rule}": nw.col(f"is_{rule}").cast(nw.Int64).sum() for rule in (*RULES, "copy")}
    whole = collect(flagged.select(nw.len().alias("n_lines"), nw.col("day").min().alias("first"),
                                   nw.col("day").max().alias("last"), **sums))  # fmt: skip
    row = whole.iloc[0]
    info = {name: _whole(row[name]) for name in ("n_lines", *sums)}
    info["n_duplicates_kept"] = info.pop("n_copy")
    info["n_obs"] = _whole(collect(clean.select(nw.len().alias("n")))["n"].iloc[0])
    info["n_dropped"] = info["n_lines"] - info["n_obs"]
    info["n_customers_net_zero"] = _net_zero(flagged, clean)
    days = [None if row[name] != row[name] or row[name] is None else int(row[name]) for name in ("first", "last")]
    return info, days[0], days[1]


def _net_zero(flagged: nw.LazyFrame[Any], clean: nw.LazyFrame[Any]) -> int:
    """How many customers with clean lines have amounts that add up to nothing, cancelled lines counted."""
    buyers = clean.select("customer_id").unique()
    net = flagged.join(buyers, on="customer_id").group_by("customer_id").agg(net=nw.col("amount").sum())
    return _whole(collect(net.filter(nw.col("net") <= NOTHING).select(nw.len().alias("n")))["n"].iloc[0])


def collect(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """A lazy frame's rows as a pandas frame."""
    return frame.collect("pandas").to_native().reset_index(drop=True)


def _whole(value: Any) -> int:
    return 0 if value is None or value != value else int(value)


def month_text(month_index: float) -> str:
    """A month as text: year-month.

    >>> month_text(2010 * 12 + 11)
    '2010-12'
    """
    year, month = divmod(int(month_index), 12)
    return f"{year:04d}-{month + 1:02d}"


def written_month(text: str, words: Words) -> str:
    """A month's text in the digits of the language (the year stays Gregorian)."""
    return words.isolate(text.translate(PERSIAN_DIGITS) if words.language == "fa" else text)
