"""Who is responsible for a customer's stage and channel, looked up in the journey sheet."""

from __future__ import annotations

import pandas as pd

from cemlab.errors import DataError

NO_SHEET = ""
NO_STAGE = "The customer's stage is not known: no owner."
NO_OWNER = "The journey sheet names no owner for this stage and channel."


def with_owners(customers: pd.DataFrame, owners: pd.DataFrame | None) -> pd.DataFrame:
    """Customers (stage, channel) with owner, action and a note where there is no owner.

    Parameters
    ----------
    customers : DataFrame
        stage and channel, missing where not known.
    owners : DataFrame or None
        stage, owner; channel and action where present. Without a sheet owner and action are missing.

    Raises
    ------
    DataError
        The sheet lacks a column, or names two owners or actions for one place.

    Examples
    --------
    >>> sheet = pd.DataFrame({"stage": ["pay", "pay"], "channel": ["web", None], "owner": ["Ada", "Bea"]})
    >>> people = pd.DataFrame({"stage": ["pay", "pay"], "channel": ["web", "shop"]}, dtype="string")
    >>> with_owners(people, sheet)["owner"].tolist()
    ['Ada', 'Bea']
    """
    if owners is None:
        nobody = pd.Series(pd.NA, index=customers.index, dtype="string")
        return customers.assign(owner=nobody, action=nobody, note=NO_SHEET)
    places = _places(owners)
    general = {stage: found for (stage, channel), found in places.items() if channel == ""}
    stages, channels = (customers[c].astype("string").str.strip().fillna("") for c in ("stage", "channel"))
    found = [places.get(pair, general.get(pair[0], (pd.NA, pd.NA))) for pair in zip(stages, channels, strict=True)]
    owner = pd.Series([one[0] for one in found], index=customers.index, dtype="string")
    note = pd.Series("", index=customers.index, dtype=object)
    note[owner.isna()] = NO_OWNER
    note[owner.isna() & (stages == "")] = NO_STAGE
    action = pd.Series([one[1] for one in found], index=customers.index, dtype="string")
    return customers.assign(owner=owner, action=action, note=note)


def _places(owners: pd.DataFrame) -> dict[tuple[str, str], tuple[object, object]]:
    """(stage, channel) -> (owner, action); a missing channel is ''."""
    absent = [column for column in ("stage", "owner") if column not in owners]
    if absent:
        raise DataError(
            f"owners: found no column {', '.join(absent)}, expected stage and owner (and channel, action). "
            "Add them to the journey sheet."
        )
    sheet = pd.DataFrame(index=owners.index)
    for column in ("stage", "channel", "owner", "action"):
        given = owners[column] if column in owners else pd.Series(pd.NA, index=owners.index)
        texts = given.astype("string").str.strip()
        sheet[column] = texts.mask(texts == "")
    sheet["channel"] = sheet["channel"].fillna("")
    sheet = sheet.dropna(subset=["stage"]).dropna(subset=["owner", "action"], how="all").drop_duplicates()
    twice = sheet[sheet.duplicated(["stage", "channel"], keep=False)]
    if len(twice):
        stage, channel = twice.iloc[0][["stage", "channel"]]
        place = f"stage {stage!r}" + (f", channel {channel!r}" if channel else "")
        raise DataError(
            f"owners: found several owners or actions for {place}, expected one. Keep one row a stage and channel."
        )
    return {(str(r.stage), str(r.channel)): (r.owner, r.action) for r in sheet.itertuples()}
