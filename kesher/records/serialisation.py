"""Readings as JSON and back: as they lie encrypted in the cache."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kesher.records.base import Reading, Row

DAYS = ("due", "starts", "ends")


def to_json(reading: Reading) -> dict[str, Any]:
    """Only what differs from an empty row is written."""
    return {
        "rows": [row_json(row) for row in reading.rows],
        "missing": list(reading.missing),
        "as_of": reading.as_of.isoformat() if reading.as_of else None,
    }


def row_json(row: Row) -> dict[str, str]:
    blank = Row(key="", title="")
    names = [name for name in Row.__slots__ if getattr(row, name) != getattr(blank, name)]
    return {name: str(getattr(row, name)) for name in names}


def from_json(kept: dict[str, Any]) -> Reading:
    """In: what `to_json` made. Raises KeyError or ValueError for anything else."""
    as_of = datetime.fromisoformat(kept["as_of"]) if kept["as_of"] else None
    return Reading(tuple(row_of(row) for row in kept["rows"]), tuple(kept["missing"]), as_of)


def row_of(kept: dict[str, str]) -> Row:
    values: dict[str, Any] = dict(kept)
    for name in DAYS:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    if "amount" in values:
        values["amount"] = Decimal(values["amount"])
    return Row(**values)
