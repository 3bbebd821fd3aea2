"""Rows to take away: CSV for Excel, iCalendar for a calendar."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kesher.records.findings import OVER, Held
from kesher.records.showing import KIND, STATUS, about

BOM = "\ufeff"  # Excel takes a CSV for UTF-8 only with it
LINE = 75  # octets (RFC 5545, 3.1)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(held: Iterable[Held], names: Mapping[str, str]) -> str:
    """In: rows and the sources' names. Amounts have a point and days are ISO 8601, so that every Excel reads them."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads())
    for one in held:
        row = one.row
        status = str(STATUS[row.status][0]) if row.status in STATUS else ""
        words = [
            names.get(one.source, one.source),
            str(KIND.get(row.kind, row.kind)),
            row.title,
            row.number,
            row.provider,
        ]
        days = [day.isoformat() if day else "" for day in (row.due, row.starts, row.ends)]
        amount = "" if row.amount is None else f"{row.amount:f}"
        rest = [row.explanation, row.url]
        writer.writerow([*map(plain, words), status, amount, row.currency, *days, *map(plain, rest)])
    return out.getvalue()


def heads() -> list[str]:
    names = (
        _("Source"), pgettext("record", "Kind"), pgettext("record", "What"), pgettext("record", "Number"),
        pgettext("record", "By whom"), pgettext("record", "State"), _("Amount"), _("Currency"),
        pgettext("record", "Due"), pgettext("record", "From"), pgettext("record", "Until"), _("What it is"),
        pgettext("record", "Link"),
    )  # fmt: skip
    return list(names)


def plain(text: str) -> str:
    """A text that no table program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def calendar_of(held: Iterable[Held], names: Mapping[str, str], now: datetime) -> str:
    """An all-day event for each row that has a day to keep (RFC 5545); the day before, it rings."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kesher//records//HE", "CALSCALE:GREGORIAN"]
    for one in held:
        day = one.row.due or one.row.ends
        if day is not None and one.row.status not in OVER:
            lines += event(one, day, names.get(one.source, one.source), now)
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def event(one: Held, day: date, source: str, now: datetime) -> list[str]:
    uid = hashlib.sha256(f"{one.source}\0{one.row.key}".encode()).hexdigest()[:32]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@kesher",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escaped(one.row.title)}",
        f"DESCRIPTION:{escaped(f'{source} · {about(one.row)}')}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT14H",
        f"DESCRIPTION:{escaped(one.row.title)}",
        "END:VALARM",
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    """RFC 5545, 3.3.11."""
    kept = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return kept.replace("\n", "\\n").replace("\r", "")


def folded(line: str) -> str:
    """No line longer than 75 octets, and no letter cut in two."""
    out, size = [], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE:
            out.append("\r\n ")
            size = 1
        out.append(letter)
        size += width
    return "".join(out)
