"""Record source that returns the rows in its settings, for the demo and for benchmarks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from kesher.records.sources.base import Client, Info, Reading, Source, Subject
from kesher.records.sources.field_mapping import map_rows

SAME_NAMES = {
    name: name
    for name in (
        "key",
        "title",
        "kind",
        "status",
        "amount",
        "currency",
        "due",
        "starts",
        "ends",
        "provider",
        "url",
        "explanation",
        "number",
        "branch",
    )
}


class Adapter(Source):
    """The adapter of demonstration data."""

    titles = {"he": "הדגמה", "ar": "عرض توضيحي", "ru": "Демонстрация", "en": "Demonstration"}
    stand_in = True
    settings = {
        "people": "{address: [rows]}; * stands for everybody. A day may be said as +10 or -3: days from today",
        "delay": "how many seconds it takes",
        "missing": "parts that did not come",
    }

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Return the person's rows in the settings, after the delay."""
        await asyncio.sleep(float(info.settings.get("delay", 0)))
        people = info.settings.get("people") or {}
        mine = [row for one in subject.addresses for row in people.get(one.address, ())]
        rows = [resolve_days(row) for row in (mine or people.get("*", ()))]
        found = map_rows(rows, {"fields": SAME_NAMES}, subject.lang)
        return Reading(found.rows, (*found.missing, *info.settings.get("missing", ())), datetime.now(UTC))


def resolve_days(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with relative days (+10, -3) as dates."""
    today = datetime.now(UTC).date()
    made = dict(row)
    for name in ("due", "starts", "ends"):
        value = str(made.get(name) or "")
        if value[:1] in "+-" and value[1:].isdecimal():
            made[name] = today + timedelta(days=int(value))
    return made
