"""Who of the simulated respondents is a known customer, when they answered, and what the customers bought.

Customers who state a loyalty above 4.4 buy more often, those below less: in the year before the cutoff by a little
(so that the records and the answers agree somewhat), after it by a lot. The chance of an order in each of the 26 weeks
after the cutoff (and in one more, beyond the horizon) is

    (FLOOR + HABIT * orders / 52) * (AFTER[0] below, AFTER[1] above, 1 where nothing was stated by the cutoff)

with the customer's own recorded orders, so both families of KPIs tell something that the other does not.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cemlab.inputs.demo_settings import CENTRES, WAVES, items_of, organization_words

START, CUTOFF = datetime.date(2024, 7, 1), datetime.date(2025, 6, 30)  # 52 whole weeks, then the cutoff's day
HORIZON_DAYS, AFTER_WEEKS, WEEKS = 182, 26, 52
FIELDWORK = {"2024": (datetime.date(2024, 11, 4), 26), "2025": (datetime.date(2025, 5, 26), 46)}  # first day, days
RATES = np.array([0.015, 0.03, 0.06, 0.11, 0.20])  # chance of an order per week, a fifth of the customers each
FLOOR, HABIT = 0.03, 0.5
BEFORE, AFTER = (0.75, 1.25), (0.4, 1.6)
KNOWN = 0.75  # share of respondents whose card number is on the questionnaire
CANCELLED, ANONYMOUS, ONLINE = 0.02, 0.02, 0.2


def add_customers(survey: pd.DataFrame, seed: int | Sequence[int], *, n_customers: int) -> pd.DataFrame:
    """Give the survey with `customer` and `date`; a customer answers at most once per wave, some in both."""
    rng = np.random.default_rng([*np.atleast_1d(seed).tolist(), 2])
    result = survey.assign(customer=pd.Series(pd.NA, index=survey.index, dtype="object"))
    names = list(survey["organization"].unique())
    for k, name in enumerate(names):
        codes = np.array([f"C{k + 1}{i:05d}" for i in range(n_customers // len(names))])
        for wave in WAVES:
            rows = survey.index[(survey["organization"] == name) & (survey["wave"] == wave)]
            order = rng.permutation(len(codes))[: len(rows)]
            known = np.flatnonzero(rng.random(len(order)) < KNOWN)
            result.loc[rows[known], "customer"] = codes[order[known]]
    first = result["wave"].map({wave: np.datetime64(day) for wave, (day, _) in FIELDWORK.items()})
    length = result["wave"].map({wave: days for wave, (_, days) in FIELDWORK.items()}).to_numpy()
    days = (rng.random(len(result)) * length).astype(int)
    return result.assign(date=first + pd.to_timedelta(days, unit="D"))


def draw_sales(
    survey: pd.DataFrame, units: pd.DataFrame, seed: int | Sequence[int], *, n_customers: int
) -> pd.DataFrame:
    """Give transaction lines: organization, unit, order, date, product, quantity, price, customer, channel.

    Cancelled orders are repeated with the order's number behind a C and a negative quantity; without a card the
    customer is an empty text.
    """
    names = list(survey["organization"].unique())
    parts = [
        _draw_organization(
            np.random.default_rng([*np.atleast_1d(seed).tolist(), k, 3]),
            k,
            survey[survey["organization"] == name],
            units.loc[units["organization"] == name, "unit"].to_numpy(),
            n_customers // len(names),
        )
        for k, name in enumerate(names)
    ]
    return pd.concat(parts, ignore_index=True)


def stated_loyalty(survey: pd.DataFrame, *, cutoff: datetime.date = CUTOFF) -> pd.Series:
    """Latest observed loyalty score of each known customer by the cutoff (index: customer)."""
    known = survey[survey["customer"].notna() & (survey["date"] <= pd.Timestamp(cutoff))]
    known = known.sort_values(["date", "respondent"], kind="stable").drop_duplicates("customer", keep="last")
    score = np.nanmean(known[items_of("customer_loyalty")].to_numpy(dtype=float), axis=1)
    return pd.Series(score, index=known["customer"].to_numpy())


def _draw_organization(
    rng: np.random.Generator, k: int, survey: pd.DataFrame, units: np.ndarray, n: int
) -> pd.DataFrame:
    codes = np.array([f"C{k + 1}{i:05d}" for i in range(n)])
    loyalty = stated_loyalty(survey).reindex(codes).to_numpy()
    visited = survey.dropna(subset=["customer"]).drop_duplicates("customer").set_index("customer")["unit"]
    home = visited.reindex(codes).to_numpy(dtype=object)
    drawn = units[rng.integers(0, len(units), n)]
    home = np.where(pd.isna(home), drawn, home)

    first = rng.integers(0, 36, n)  # week of the first order
    rate = RATES[rng.integers(0, len(RATES), n)] * _factor(loyalty, BEFORE)
    week = np.arange(WEEKS)
    before = (rng.random((n, WEEKS)) < rate[:, None]) & (week > first[:, None]) | (week == first[:, None])
    chance = (FLOOR + HABIT * before.sum(axis=1) / WEEKS) * _factor(loyalty, AFTER)
    after = rng.random((n, AFTER_WEEKS + 1)) < chance[:, None]

    bought = np.concatenate([before, after], axis=1)
    customer, slot = np.nonzero(bought)
    start = np.where(slot < WEEKS, 7 * slot, (CUTOFF - START).days + 1 + 7 * (slot - WEEKS))
    day = start + rng.integers(0, 7, len(slot))
    orders = pd.DataFrame({"customer": codes[customer], "unit": home[customer], "day": day})
    return _lines(rng, k, orders)


def _factor(loyalty: np.ndarray, below_above: tuple[float, float]) -> np.ndarray:
    """How many times as often a customer of this stated loyalty buys; 1 where none was stated."""
    centre = CENTRES["customer_loyalty"]
    factor = np.where(loyalty > centre, below_above[1], below_above[0])
    return np.where(np.isnan(loyalty), 1.0, factor)


def _lines(rng: np.random.Generator, k: int, orders: pd.DataFrame) -> pd.DataFrame:
    """One to three lines per order, then cancellations, in the order of their dates."""
    words = organization_words(k)
    orders = orders.sort_values(["day", "customer"], kind="stable").reset_index(drop=True)
    n = len(orders)
    orders["order"] = [f"{k + 1}{i + 1:06d}" for i in range(n)]
    orders["channel"] = np.where(rng.random(n) < ONLINE, "online", "shop")
    extra = rng.random(n) < ANONYMOUS
    n_lines = np.array([1, 1, 1, 2, 2, 3])[rng.integers(0, 6, n)]
    at = np.repeat(np.arange(n), n_lines)
    product = rng.integers(0, len(words["products"]), len(at))
    lines = orders.iloc[at].reset_index(drop=True)
    lines["product"] = [words["products"][j][0] for j in product]
    lines["price"] = [float(words["products"][j][1]) for j in product]
    lines["quantity"] = 1 + (rng.random(len(at)) < 0.3) + (rng.random(len(at)) < 0.1)

    anonymous = lines[extra[at]].assign(customer="")  # the same basket once more, without a card
    anonymous["order"] = "9" + anonymous["order"]
    returned = lines[(rng.random(n) < CANCELLED)[at]].copy()
    returned["order"] = "C" + returned["order"]
    returned["quantity"] = -returned["quantity"]
    returned["day"] = returned["day"] + rng.integers(1, 10, len(returned))
    lines = pd.concat([lines, anonymous, returned]).sort_values("day", kind="stable", ignore_index=True)
    lines["date"] = np.datetime64(START) + lines["day"].to_numpy() * np.timedelta64(1, "D")
    lines.insert(0, "organization", words["id"])
    return lines[["organization", "unit", "order", "date", "product", "quantity", "price", "customer", "channel"]]
