"""Customers' records beside what the same customers said, with no answer from after the cutoff.

An indicator measured after the outcome period has begun may know the outcome: predicting with it looks ahead. So
only answers dated on or before the cutoff are joined; an answer without a date cannot be shown to be earlier and is
left out.
"""

from __future__ import annotations

import datetime

import pandas as pd

from cemlab.errors import DataError


def join_kpis(customers: pd.DataFrame, answers: pd.DataFrame, *, cutoff: datetime.date | str) -> pd.DataFrame:
    """Each customer's row with the KPIs of their latest answers dated on or before the cutoff.

    Parameters
    ----------
    customers : DataFrame
        A row per customer with the column `customer`, such as `summarize_customers` gives.
    answers : DataFrame
        A row per answered questionnaire: `customer`, `date` and one column per KPI.
    cutoff : date or str
        Last day on which an answer counts.

    Returns
    -------
    DataFrame
        The rows of `customers` in their order, with the KPIs beside them (NaN without a usable answer).
        `attrs["info"]` counts: n_answers, n_without_customer, n_undated, n_later (after the cutoff), n_superseded (an
        earlier answer of the same customer), n_unmatched (of nobody in `customers`), n_matched.

    Raises
    ------
    DataError
        If a column is missing, a KPI stands in both frames, or a customer in two rows.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": ["a", "b"], "n_orders": [3, 1]})
    >>> dates = pd.to_datetime(["2025-01-10", "2025-03-02", "2025-09-01"])
    >>> answers = pd.DataFrame({"customer": ["a", "a", "b"], "date": dates, "nps": [6.0, 9.0, 10.0]})
    >>> joined = join_kpis(customers, answers, cutoff="2025-06-30")
    >>> joined["nps"].tolist(), joined.attrs["info"]["n_later"]
    ([9.0, nan], 1)
    """
    kpis = _check(customers, answers)
    day = pd.Timestamp(cutoff)
    known = answers["customer"].notna()
    dates = pd.to_datetime(answers["date"]).dt.normalize()
    undated, later = known & dates.isna(), known & (dates > day)
    usable = answers[["customer", *kpis]].assign(_date=dates)[known & (dates <= day)]
    latest = usable.sort_values("_date", kind="stable").drop_duplicates("customer", keep="last").drop(columns="_date")
    matched = latest["customer"].isin(customers["customer"])
    joined = customers.merge(latest, on="customer", how="left", validate="one_to_one")
    joined.attrs["info"] = dict(customers.attrs.get("info", {})) | {
        "n_answers": len(answers),
        "n_without_customer": int((~known).sum()),
        "n_undated": int(undated.sum()),
        "n_later": int(later.sum()),
        "n_superseded": len(usable) - len(latest),
        "n_unmatched": int((~matched).sum()),
        "n_matched": int(matched.sum()),
        "cutoff": day.date().isoformat(),
    }
    return joined


def _check(customers: pd.DataFrame, answers: pd.DataFrame) -> list[str]:
    """Columns of `answers` that are KPIs, once both frames are seen to be what they should."""
    for name, frame, needed in (("customers", customers, ("customer",)), ("answers", answers, ("customer", "date"))):
        missing = [column for column in needed if column not in frame]
        if missing:
            raise DataError(f"{name}: found no column {missing[0]!r}, expected one. Name the column so.")
    kpis = [str(column) for column in answers.columns if column not in ("customer", "date")]
    both = [name for name in kpis if name in customers]
    if both:
        raise DataError(
            f"answers: found {both[0]!r}, which is a column of customers too, expected KPIs of another name. "
            "Rename or leave out one of the two."
        )
    twice = customers["customer"].duplicated()
    if twice.any():
        code = str(customers.loc[twice, "customer"].iloc[0])
        raise DataError(
            f"customers: found the customer {code!r} in more than one row, expected one row per customer. "
            "Summarize each customer's lines first."
        )
    return kpis
