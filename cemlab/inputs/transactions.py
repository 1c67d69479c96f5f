"""Transaction lines in canonical columns, from files that may be larger than memory.

The file is read once into an embedded database (DuckDB), as text; everything is parsed there. A day is an integer, days
since 1970-01-01, and a month is year · 12 + month − 1: no time zone can move them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from cemlab.errors import DataError, Problem
from cemlab.inputs.dates import DATE_PATTERN, parse_days
from cemlab.inputs.files import ROW_COLUMN, clean_header
from cemlab.inputs.transaction_files import COPY_COLUMN, open_lines, sql_name, sql_text
from cemlab.inputs.transaction_problems import column_problems, line_problems, validity

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from cemlab.inputs.schema import Cancelled, TransactionSource
    from cemlab.inputs.study import Study

CANONICAL_COLUMNS = (
    "customer_id", "order_id", "day", "month_index", "amount", "quantity", "price", "product", "channel", "unit",
    "organization", "is_cancellation", "is_duplicate",
)  # fmt: skip
_NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_THOUSANDS = r"^[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"
_FOREIGN = "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫٬−"
_LATIN = "01234567890123456789.,-"


def load_transactions(study: Study, organization: str | None = None) -> nw.LazyFrame[Any]:
    r"""Transaction lines of a study in canonical columns, lazily: amounts in the study's currency, days as integers.

    Parameters
    ----------
    study : Study
        From `load_study`.
    organization : str, optional
        Only this organization's lines. A file that does not say whose its lines are belongs to the study's only
        organization; where there are several it is refused.

    Returns
    -------
    narwhals LazyFrame
        On DuckDB: customer_id, order_id, day (days since 1970-01-01), month_index (year · 12 + month − 1), amount (the
        column's, else quantity × price), quantity, price, product, channel, unit, organization, is_cancellation,
        is_duplicate (equal to another line in every column of the file, the first of them excepted). Customers are
        coded as `privacy.identifiers` says; a blank one is null, as are columns that the study lacks.

    Raises
    ------
    DataError
        The file or a column is missing, or lines of several organizations cannot be told apart; or lines are unusable
        and the study says `on_invalid: stop`. Under
        `on_invalid: missing` such lines are left out; `check_study` lists them.

    Examples
    --------
    >>> import tempfile
    >>> from cemlab import load_study
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.yml").write_text('''
    ... id: shop
    ... privacy: {identifiers: keep}
    ... transactions: {file: t.csv, columns: {customer: who, date: on, amount: sum}}
    ... ''')
    >>> _ = (folder / "codebook.csv").write_text("item,role\nage,profile\n")
    >>> _ = (folder / "t.csv").write_text("who,on,sum\nann,1970-01-03,9.5\n")
    >>> load_transactions(load_study(folder)).select("customer_id", "day", "amount").collect("pandas").to_native()
      customer_id  day  amount
    0         ann    2     9.5
    """
    source, connection, problems = _read(study, organization)
    severe = [problem for problem in problems if problem.severity == "severe"]
    stopping = severe or ([p for p in problems if p.severity == "invalid"] if _stops(study) else [])
    if stopping:
        advice = "" if severe else " Correct them, or leave such lines out with `on_invalid: missing` in study.yml."
        raise DataError(
            f"{Path(source.file).name}: the transaction lines cannot be used as they are.{advice}", stopping
        )
    _code_customers(connection, study)
    columns = ", ".join(CANONICAL_COLUMNS)
    valid = f"SELECT * FROM lines WHERE {validity(source)}"
    relation = connection.sql(f"SELECT {columns} FROM ({valid}) LEFT JOIN codes USING (customer)")
    return nw.from_native(relation)


def transaction_problems(study: Study) -> list[Problem]:
    """Every problem of the study's transaction file; none where the study has no transactions.

    Kinds that occur often are listed up to a limit, with a note of their number.

    Raises
    ------
    DataError
        If the file cannot be read at all.
    """
    return _read(study, None)[2] if study.config.transactions else []


def transaction_organizations(study: Study) -> list[str]:
    """The organizations that the transaction file names, in order of appearance."""
    source = study.config.transactions
    if source is None:
        return []
    if "organization" in source.constants:
        return [source.constants["organization"]]
    connection, headers = open_lines(study)
    header = clean_header(source.columns.get("organization", ""))
    if header not in headers:
        return []
    name = sql_name(header)
    query = f"SELECT {name} FROM raw WHERE {name} IS NOT NULL GROUP BY {name} ORDER BY min({ROW_COLUMN})"
    return [row[0] for row in connection.execute(query).fetchall()]


def write_transactions_slice(study: Study, organization: str, path: Path) -> None:
    """Write one organization's lines as the text that was read, only in the columns that the study names, to Parquet.

    `__row__` keeps the row of the original file, `__copy__` which lines are equal in all of its columns. A file
    that does not say whose its lines are is written whole, if the study has only one organization.
    """
    source = study.config.transactions
    if source is None:
        return
    _require_owner(study, source)
    connection, headers = open_lines(study)
    condition = _organization_condition(source, headers, organization)
    query = f"SELECT * FROM raw WHERE {condition} ORDER BY {ROW_COLUMN}"
    connection.execute(f"COPY ({query}) TO {sql_text(str(path))} (FORMAT parquet)")


def _stops(study: Study) -> bool:
    return study.config.on_invalid == "stop"


def _read(study: Study, organization: str | None) -> tuple[TransactionSource, duckdb.DuckDBPyConnection, list[Problem]]:
    """The connection with the table `lines`, every line and whether its cells could be read, and all problems."""
    connection, headers = open_lines(study)
    source = study.config.transactions
    assert source is not None
    problems = column_problems(source, headers)
    if problems:
        return source, connection, problems
    if organization is not None:
        _require_owner(study, source)
        connection.execute(f"DELETE FROM raw WHERE NOT ({_organization_condition(source, headers, organization)})")
    _parse(connection, study, source, organization)
    return source, connection, line_problems(connection, source)


def _require_owner(study: Study, source: TransactionSource) -> None:
    """Refuse to hand the lines of all organizations to one of them."""
    if "organization" in source.columns or "organization" in source.constants or len(study.organizations) == 1:
        return
    raise DataError(
        f"{Path(source.file).name}: found no column of organizations, expected one because the study has "
        f"{len(study.organizations)} organizations. Name it in study.yml: `transactions: columns: {{organization: …}}`."
    )


def _organization_condition(source: TransactionSource, headers: list[str], organization: str) -> str:
    """SQL that is true for the lines of an organization and never NULL."""
    if "organization" in source.constants:
        return "true" if source.constants["organization"] == organization else "false"
    header = clean_header(source.columns.get("organization", ""))
    return f"{sql_name(header)} IS NOT DISTINCT FROM {sql_text(organization)}" if header in headers else "true"


def _parse(
    connection: duckdb.DuckDBPyConnection, study: Study, source: TransactionSource, organization: str | None
) -> None:
    """Make the table `lines` from `raw`: a canonical column per role, beside the texts that they came from."""
    _map_days(connection, source)
    whose = organization or (study.organizations[0].id if _has_one(study) else study.id)
    texts = {role: _text(source, role) for role in ("customer", "order", "date", "product", "channel", "unit")}
    numbers = {role: _text(source, role) for role in ("amount", "quantity", "price")}
    values = {role: _number(text) for role, text in numbers.items()}
    amount = values["amount"] if "amount" in source.columns else f"({values['quantity']}) * ({values['price']})"
    connection.execute(f"""
        CREATE TABLE lines AS SELECT {ROW_COLUMN}, {texts["customer"]} AS customer, {texts["order"]} AS order_id,
            {texts["date"]} AS date_text, days.day, days.month_index, {amount} AS amount,
            {values["quantity"]} AS quantity, {values["price"]} AS price,
            {numbers["amount"]} AS amount_text, {numbers["quantity"]} AS quantity_text, {numbers["price"]} AS
            price_text, {texts["product"]} AS product, {texts["channel"]} AS channel, {texts["unit"]} AS unit,
            coalesce({_text(source, "organization")}, {sql_text(whose)}) AS organization,
            {_cancelled(source.cancelled)} AS is_cancellation,
            row_number() OVER (PARTITION BY {COPY_COLUMN} ORDER BY {ROW_COLUMN}) > 1 AS is_duplicate
        FROM raw LEFT JOIN days ON days.key = {_date_key(texts["date"])}
    """)


def _has_one(study: Study) -> bool:
    return len(study.config.organizations) == 1


def _text(source: TransactionSource, role: str) -> str:
    """SQL of the text in a role's column: a constant where the study says so, NULL where it has neither."""
    constants: dict[str, str] = dict(source.constants)  # type: ignore[arg-type]
    if role in constants:
        return sql_text(constants[role])
    columns: dict[str, str] = dict(source.columns)  # type: ignore[arg-type]
    return sql_name(clean_header(columns[role])) if role in columns else "CAST(NULL AS VARCHAR)"


def _number(text: str) -> str:
    """SQL of a text as a number, NULL where it is none; 1,234.5 and Persian digits are numbers, 1,5 is not."""
    plain = f"translate({text}, '{_FOREIGN}', '{_LATIN}')"
    plain = f"CASE WHEN regexp_matches({plain}, '{_THOUSANDS}') THEN replace({plain}, ',', '') ELSE {plain} END"
    careful = f"CASE WHEN regexp_matches({plain}, '{_NUMBER}') THEN TRY_CAST({plain} AS DOUBLE) END"
    direct = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN isfinite({direct}) THEN {direct} ELSE {careful} END"


def _date_key(text: str) -> str:
    """SQL of a date text without its time of day; what is no date stays as it is."""
    return f"regexp_replace(translate({text}, '{_FOREIGN}', '{_LATIN}'), '{DATE_PATTERN}', '\\1-\\2-\\3')"


def _map_days(connection: duckdb.DuckDBPyConnection, source: TransactionSource) -> None:
    """Make the table `days`: the distinct dates of the file with their day and month; one parser for every calendar."""
    import pandas as pd
    import pyarrow as pa

    keys = connection.execute(f"SELECT DISTINCT {_date_key(_text(source, 'date'))} AS key FROM raw").fetchall()
    found = pd.Series([key for (key,) in keys if key is not None], dtype="str")
    days, _ = parse_days(found, source.calendar)
    dates = pd.Series(days.astype("float").to_numpy().astype("datetime64[D]"))
    months = (dates.dt.year * 12 + dates.dt.month - 1).astype("Int64")
    table = {
        "key": pa.array(found.tolist(), pa.string()),
        "day": pa.array([None if pd.isna(day) else int(day) for day in days], pa.int64()),
        "month_index": pa.array([None if pd.isna(month) else int(month) for month in months], pa.int64()),
    }
    connection.register("known_days", pa.table(table))
    connection.execute("CREATE TABLE days AS SELECT * FROM known_days")


def _cancelled(rule: Cancelled | None) -> str:
    if rule is None:
        return "false"
    column = sql_name(clean_header(rule.column))
    if rule.starts_with:
        return f"coalesce(starts_with({column}, {sql_text(rule.starts_with)}), false)"
    values = ", ".join(sql_text(value) for value in rule.values)
    return f"coalesce({column} IN ({values}), false)"


def _code_customers(connection: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make the table `codes`: the distinct customers of the file and what stands for them."""
    import pyarrow as pa

    from cemlab.inputs.privacy import code_identifiers

    found = connection.execute("SELECT DISTINCT customer FROM lines WHERE customer IS NOT NULL").df()
    customers: pd.Series = found["customer"]
    codes = code_identifiers(customers.astype("str"), study)
    table = {"customer": customers.tolist(), "customer_id": codes.astype(object).where(codes.notna(), None).tolist()}
    connection.register("known_codes", pa.table({name: pa.array(v, pa.string()) for name, v in table.items()}))
    connection.execute("CREATE TABLE codes AS SELECT * FROM known_codes")
