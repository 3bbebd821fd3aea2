"""Export the rows of a records page as an Excel table and as iCalendar."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import get_language_bidi, pgettext
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from kesher.records.presenters import KIND, STATUS, describe_row
from kesher.records.record_findings import CLOSED_STATUSES, SourceRow

LINE = 75  # octets (RFC 5545, 3.1)
WIDTHS = (18, 14, 34, 16, 22, 12, 12, 9, 12, 12, 12, 60, 40)  # of each column, in letters


def render_excel(held: Iterable[SourceRow], names: Mapping[str, str], site: str) -> bytes:
    """Return the bytes of an Excel file (.xlsx) with a line for each of these records.

    ``names`` are the sources' names, ``site`` is our origin ("https://…"). Days are days, amounts are numbers, texts
    are never formulas; the sheet is right-to-left if the language is.
    """
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("Everything in my name")[:31])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy", "align": "right"})
        money = book.add_format({"num_format": "#,##0.00"})
        if get_language_bidi():
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, column_titles(), bold)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        line = 0
        for line, one in enumerate(held, 1):
            for column, value in enumerate(row_cells(one, names, site)):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, Decimal):
                    sheet.write_number(line, column, float(value), money)
                elif value:
                    sheet.write_string(line, column, value)
        sheet.autofilter(0, 0, max(line, 1), len(WIDTHS) - 1)
    return out.getvalue()


def row_cells(one: SourceRow, names: Mapping[str, str], site: str) -> list[str | date | Decimal | None]:
    """Return the cells of one record in the Excel file, in the order of `column_titles`."""
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


def column_titles() -> list[str]:
    """Return the column titles of the Excel file, in the reader's language."""
    names = (
        _("Source"), pgettext("record", "Kind"), pgettext("record", "What"), pgettext("record", "Number"),
        pgettext("record", "By whom"), pgettext("record", "State"), _("Amount"), _("Currency"),
        pgettext("record", "Due"), pgettext("record", "From"), pgettext("record", "Until"), _("What it is"),
        pgettext("record", "Link"),
    )  # fmt: skip
    return list(names)


def render_calendar(held: Iterable[SourceRow], names: Mapping[str, str], now: datetime) -> str:
    """Return an iCalendar file with an all-day event for each open record that has a day (RFC 5545).

    An alarm rings the day before.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kesher//records//HE", "CALSCALE:GREGORIAN"]
    for one in held:
        day = one.row.due or one.row.ends
        if day is not None and one.row.status not in CLOSED_STATUSES:
            lines += calendar_event(one, day, names.get(one.source, one.source), now)
    return "".join(f"{fold_line(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def calendar_event(one: SourceRow, day: date, source: str, now: datetime) -> list[str]:
    """Return the lines of a record's all-day iCalendar event (VEVENT) on its day."""
    uid = hashlib.sha256(f"{one.source}\0{one.row.key}".encode()).hexdigest()[:32]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@kesher",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escape_text(one.row.title)}",
        f"DESCRIPTION:{escape_text(f'{source} · {describe_row(one.row)}')}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT14H",
        f"DESCRIPTION:{escape_text(one.row.title)}",
        "END:VALARM",
        "END:VEVENT",
    ]


def escape_text(text: str) -> str:
    """Return the text with iCalendar's special characters escaped (RFC 5545, 3.3.11)."""
    kept = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return kept.replace("\n", "\\n").replace("\r", "")


def fold_line(line: str) -> str:
    """Return the iCalendar line folded at 75 octets, without cutting a letter (RFC 5545, 3.1)."""
    out, size = [], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE:
            out.append("\r\n ")
            size = 1
        out.append(letter)
        size += width
    return "".join(out)
