"""Build the template contexts of the records page: sections, findings, and sources that failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from kesher.records.formatting import format_day, format_money, join_words
from kesher.records.models import RecordSource
from kesher.records.record_access import Access
from kesher.records.record_findings import (
    CLOSED_STATUSES,
    COVER_KINDS,
    Finding,
    SourceRow,
    find_insights,
    is_overdue,
    sum_due,
)
from kesher.records.sources.base import Row
from kesher.records.sources.readings import SHOWN_STATUSES, Envelope

STATUS = {
    "open": (pgettext_lazy("record", "open"), "info"),
    "paid": (pgettext_lazy("record", "paid"), "good"),
    "due": (pgettext_lazy("record", "to be paid"), "wait"),
    "overdue": (pgettext_lazy("record", "overdue"), "bad"),
    "active": (pgettext_lazy("record", "in force"), "good"),
    "ended": (pgettext_lazy("record", "ended"), ""),
    "waiting": (pgettext_lazy("record", "waiting"), "wait"),
    "missing": (pgettext_lazy("record", "missing"), "bad"),
}
KIND = {
    "bill": pgettext_lazy("record", "Bill"),
    "fine": pgettext_lazy("record", "Fine"),
    "insurance": pgettext_lazy("record", "Insurance"),
    "permit": pgettext_lazy("record", "Permit"),
    "loan": pgettext_lazy("record", "Loan"),
    "booking": pgettext_lazy("record", "Booking"),
    "request": pgettext_lazy("record", "Request"),
    "petition": pgettext_lazy("record", "Petition"),
    "purchase": pgettext_lazy("record", "Purchase"),
    "benefit": pgettext_lazy("record", "Benefit"),
}
FINDING = {
    "overdue": (pgettext_lazy("record", "Overdue"), "bad", "alert"),
    "missing": (pgettext_lazy("record", "Missing"), "bad", "x"),
    "duplicate": (pgettext_lazy("record", "Twice the same"), "wait", "copy"),
    "expiring": (pgettext_lazy("record", "Soon"), "wait", "clock"),
    "overlapping": (pgettext_lazy("record", "Overlapping"), "info", "merge"),
}


def local_today() -> date:
    """Return today's date in the agency's time zone."""
    return timezone.localdate()


def section_context(source: RecordSource, envelope: Envelope, access: Access | None) -> dict[str, Any]:
    """Return the template context of a source's section with its rows (``records/_section.html``).

    ``access`` None is the desk, which only looks.
    """
    rows = [row_context(source, row, access) for row in envelope.rows]
    return {
        "source": source,
        "name": source.name,
        "status": envelope.status,
        "rows": rows,
        "as_of": envelope.as_of if envelope.status in SHOWN_STATUSES else None,
        "busy": envelope.status == "waiting" or not envelope.final,
        "missing": len(envelope.missing),
        "again_url": access.url("everything", again=source.code) if access else "",
        "consent_url": access.url("consents") if access and access.may_agree else "",
        "level": source.level,
        "capped": access.mandate if access and access.exceeds_mandate(source.level) else None,
        "page": access.url("mine") if access else "",
    }


def waiting_section(source: RecordSource, access: Access) -> dict[str, Any]:
    """Return the template context of a source's section before the source answered."""
    return section_context(source, Envelope(source.code, "waiting"), access)


def row_context(source: RecordSource, row: Row, access: Access | None) -> dict[str, Any]:
    """Return the template context of one record (``row``): its texts, badge and links."""
    words, kind = STATUS.get(row.status, ("", ""))
    if is_overdue(row, local_today()):
        words, kind = STATUS["overdue"]
    return {
        "anchor": row_anchor(source.code, row.key),
        "title": row.title,
        "kind": KIND.get(row.kind, "" if row.kind == "other" else row.kind),
        "status": words,
        "badge": kind,
        "amount": format_money(row.amount, row.currency),
        "when": row_date(row),
        "provider": row.provider,
        "number": row.number,
        "url": row.url,
        "explanation": row.explanation,
        "ask_url": access.url("ask", source.code, row=row.key) if access else "",
        "remind_url": access.url("remind", source.code, row=row.key) if access and has_future_day(row) else "",
    }


def has_future_day(row: Row) -> bool:
    """Return whether a reminder makes sense: the row is open and has a day in the future."""
    last = row.due or row.ends
    return row.status not in CLOSED_STATUSES and last is not None and last > local_today()


def row_anchor(code: str, key: str) -> str:
    """Return a record's HTML id: the source's code and the letters, digits and hyphens of the record's key."""
    return f"r-{code}-" + "".join(letter if letter.isalnum() else "-" for letter in key)


def row_date(row: Row) -> str:
    """Return the day that matters about a record in words ("by …", "until …", "since …"), "" without one."""
    if row.due is not None:
        return format_day(row.due) if row.status in CLOSED_STATUSES else _("by %(day)s") % {"day": format_day(row.due)}
    if row.ends is not None:
        return (_("until %(day)s") if row.ends >= local_today() else _("ended on %(day)s")) % {
            "day": format_day(row.ends)
        }
    return _("since %(day)s") % {"day": format_day(row.starts)} if row.starts is not None else ""


def describe_row(row: Row) -> str:
    """Return a record as one line of text, for a clerk or a calendar."""
    parts = [row.title, row.number, row.provider, format_money(row.amount, row.currency), row_date(row)]
    return " · ".join(part for part in parts if part)


def list_rows(envelopes: Iterable[Envelope]) -> list[SourceRow]:
    """Return the rows of all sources whose result can be shown, each with its source's code."""
    return [SourceRow(one.code, row) for one in envelopes if one.status in SHOWN_STATUSES for row in one.rows]


def summary_context(envelopes: Sequence[Envelope], sources: dict[str, RecordSource], access: Access) -> dict[str, Any]:
    """Return the context above the sections (``#summary``): sum to pay, findings, failed sources."""
    held = list_rows(envelopes)
    total, due = sum_due(held)
    ahead = [one.row.due for one in due if one.row.due and one.row.due >= local_today()]
    failed = [one for one in envelopes if one.status in ("error", "waiting", "stale", "partial")]
    closed = [one for one in envelopes if one.status == "no_consent"]
    return {
        "total": format_money(total) if due else "",
        "count": len(due),
        "next": format_day(ahead[0]) if ahead else "",
        "findings": [finding_context(one) for one in find_insights(held, local_today())],
        "rows": len(held),
        "who": access.contact.shown_name,
        "today": format_day(local_today()),
        "read": any(one.status in SHOWN_STATUSES for one in envelopes),
        "failed": [failure_context(one, sources[one.code], access) for one in failed],
        "closed": [sources[one.code].name for one in closed] if access.may_agree else [],
        "closed_names": join_words(sources[one.code].name for one in closed),
        "consent_url": access.url("consents"),
        "answered": len([one for one in envelopes if one.status in SHOWN_STATUSES]),
        "all": len([one for one in envelopes if one.status in (*SHOWN_STATUSES, "error", "waiting")]),
    }


def failure_context(envelope: Envelope, source: RecordSource, access: Access) -> dict[str, str]:
    """Return the template context of a source that failed: name, what happened, URL to try again."""
    words = {
        "error": _("did not answer"),
        "waiting": _("has not answered yet"),
        "stale": _("did not answer; what you see is of %(day)s")
        % {"day": format_day(timezone.localtime(envelope.as_of).date()) if envelope.as_of else ""},
        "partial": _("answered in part"),
    }
    return {
        "name": source.name,
        "code": source.code,
        "words": words[envelope.status],
        "url": access.url("everything", again=source.code),
    }


def finding_context(finding: Finding) -> dict[str, Any]:
    """Return the template context of a finding: its sentence, its kind and links to its rows."""
    title, kind, icon = FINDING[finding.kind]
    rows = [(one.row.title, row_anchor(one.source, one.row.key)) for one in finding.held]
    return {"title": title, "kind": kind, "icon": icon, "words": describe_finding(finding), "rows": rows}


def describe_finding(finding: Finding) -> str:
    """Return a finding (overdue, expiring, duplicate …) as one plain sentence for the person."""
    first = finding.held[0].row
    providers = join_words(dict.fromkeys(one.row.provider for one in finding.held if one.row.provider))
    values = {
        "title": first.title,
        "day": format_day(finding.day),
        "count": len(finding.held),
        "providers": providers,
        "sum": format_money(finding.amount, first.currency),
    }
    if finding.kind == "overdue":
        return (_("%(title)s was due on %(day)s.") if finding.day else _("%(title)s is overdue.")) % values
    if finding.kind == "missing":
        if first.status == "missing":
            return _("%(title)s is missing.") % values
        return _("%(title)s ended on %(day)s, and nothing follows it.") % values
    if finding.kind == "duplicate":
        return duplicate_text(finding) % values
    if finding.kind == "overlapping":
        return _("%(title)s: from %(day)s two of them hold at the same time.") % values
    if first.kind in COVER_KINDS:
        return _("%(title)s ends on %(day)s.") % values
    return _("%(title)s is due on %(day)s.") % values


def duplicate_text(finding: Finding) -> str:
    """Return the sentence of a duplicate (a bill or cover held twice), with %-placeholders to fill in."""
    if finding.held[0].row.kind not in COVER_KINDS:
        return _("%(title)s is listed here %(count)d times. Pay it once.")
    if finding.amount is not None:
        return _("%(title)s: you have %(count)d (%(providers)s) and pay %(sum)s together. One may be enough.")
    return _("%(title)s: you have %(count)d (%(providers)s). One may be enough.")
