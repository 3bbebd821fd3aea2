"""Rows to take away: a table for Excel, iCalendar for a calendar."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import get_language_bidi, pgettext
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from kesher.records.insights import OVER, Held
from kesher.records.presenters import KIND, STATUS, about

LINE = 75  # octets (RFC 5545, 3.1)
WIDTHS = (18, 14, 34, 16, 22, 12, 12, 9, 12, 12, 12, 60, 40)  # in letters, a column each


def table_of(held: Iterable[Held], names: Mapping[str, str], site: str) -> bytes:
    """In: rows, the sources' names, and where our own pages are ("https://…"). Out: an Excel file (.xlsx): days are
    days, amounts are numbers, words are words and never formulas; from right to left where the language is."""

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("Everything in my name")[:31])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy", "align": "right"})
        money = book.add_format({"num_format": "#,##0.00"})
        if get_language_bidi():
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, heads(), bold)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        line = 0
        for line, one in enumerate(held, 1):
            for column, value in enumerate(cells(one, names, site)):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # a day
                elif isinstance(value, Decimal):
                    sheet.write_number(line, column, float(value), money)
                elif value:
                    sheet.write_string(line, column, value)
        sheet.autofilter(0, 0, max(line, 1), len(WIDTHS) - 1)
    return out.getvalue()


def cells(one: Held, names: Mapping[str, str], site: str) -> list[str | date | Decimal | None]:
    """What stands under `heads`."""
    row = one.row
    return [
        names.get(one.source, one.source),
        str(KIND.get(row.kind, row.kind)),
        row.title,
        row.number,
        row.provider,
        str(STATUS[row.status][0]) if row.status in STATUS else "",
        row.amount,
        row.currency if row.amount is not None else "",
        row.due,
        row.starts,
        row.ends,
        row.explanation,
        site + row.url if row.url.startswith("/") else row.url,
    ]


def heads() -> list[str]:
    names = (
        _("Source"), pgettext("record", "Kind"), pgettext("record", "What"), pgettext("record", "Number"),
        pgettext("record", "By whom"), pgettext("record", "State"), _("Amount"), _("Currency"),
        pgettext("record", "Due"), pgettext("record", "From"), pgettext("record", "Until"), _("What it is"),
        pgettext("record", "Link"),
    )  # fmt: skip
    return list(names)


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
