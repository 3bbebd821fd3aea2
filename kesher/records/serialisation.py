"""Convert readings of record sources to JSON and back, for the encrypted cache."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kesher.records.base import Reading, Row

DAYS = ("due", "starts", "ends")


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """Return a reading (what a source has of a person) as JSON data for the cache."""
    return {
        "rows": [row_to_json(row) for row in reading.rows],
        "missing": list(reading.missing),
        "as_of": reading.as_of.isoformat() if reading.as_of else None,
    }


def row_to_json(row: Row) -> dict[str, str]:
    """Return a record as JSON data, only with the fields that differ from an empty row."""
    blank = Row(key="", title="")
    names = [name for name in Row.__slots__ if getattr(row, name) != getattr(blank, name)]
    return {name: str(getattr(row, name)) for name in names}


def reading_from_json(kept: dict[str, Any]) -> Reading:
    """Return the reading that `reading_to_json` wrote. Raise KeyError or ValueError for other data."""
    as_of = datetime.fromisoformat(kept["as_of"]) if kept["as_of"] else None
    return Reading(tuple(row_from_json(row) for row in kept["rows"]), tuple(kept["missing"]), as_of)


def row_from_json(kept: dict[str, str]) -> Row:
    """Return the record that `row_to_json` wrote."""
    values: dict[str, Any] = dict(kept)
    for name in DAYS:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    if "amount" in values:
        values["amount"] = Decimal(values["amount"])
    return Row(**values)
