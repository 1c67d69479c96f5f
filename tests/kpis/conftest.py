"""Transaction lines for the tests of the KPIs, on every back end."""

from collections.abc import Callable
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

MONTH_STARTS = (np.arange("2024-01", "2025-01", dtype="datetime64[M]").astype("datetime64[D]")).astype(int)


def draw_lines(seed: int, n: int = 400) -> pd.DataFrame:
    """Lines as they come: blank customers, cancelled lines, negative quantities, gifts, orders of several lines."""
    rng = np.random.default_rng(seed)
    day = rng.integers(MONTH_STARTS[0], MONTH_STARTS[-1], n)
    dates = day.astype("datetime64[D]")
    quantity = rng.choice([-1.0, 0.0, 1.0, 2.0, 5.0], n, p=[0.05, 0.02, 0.5, 0.3, 0.13])
    price = rng.choice([0.0, 0.5, 2.25, 10.0, 99.0], n, p=[0.03, 0.27, 0.3, 0.3, 0.1])
    customer = rng.choice([f"c{i:02d}" for i in range(40)], n).astype(object)
    customer[rng.random(n) < 0.08] = None
    return pd.DataFrame(
        {
            "customer_id": pd.Series(customer, dtype="str"),
            "order_id": pd.Series([f"o{d % 97}-{c}" for d, c in zip(day, customer, strict=True)], dtype="str"),
            "day": day,
            "month_index": dates.astype("datetime64[M]").astype(int) + 1970 * 12,
            "amount": quantity * price,
            "quantity": quantity,
            "price": price,
            "unit": pd.Series(rng.choice(["u1", "u2", "u3"], n), dtype="str"),
            "organization": "shop",
            "is_cancellation": rng.random(n) < 0.05,
            "is_duplicate": False,
        }
    )


def _duckdb(frame: pd.DataFrame) -> Any:
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("CREATE TABLE lines AS SELECT * FROM frame")
    return nw.from_native(connection.table("lines"))


BACKENDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "narwhals on pandas": lambda frame: nw.from_native(frame),
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "duckdb": _duckdb,
}


@pytest.fixture(params=list(BACKENDS))
def on_backend(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame], Any]:
    """Turn a pandas frame into another back end's."""
    return BACKENDS[request.param]


@pytest.fixture(scope="session")
def draw() -> Callable[..., pd.DataFrame]:
    """Give the generator of lines: seed, n -> frame."""
    return draw_lines


@pytest.fixture
def lines() -> pd.DataFrame:
    """Give some lines."""
    return draw_lines(20240611)
