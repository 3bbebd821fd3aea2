"""What the page shows: an envelope as a section, the findings in words, and the one notice of what failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from kesher.records.access import Sight
from kesher.records.base import Row
from kesher.records.formatting import day, listed, money
from kesher.records.insights import COVERS, OVER, Finding, Held, findings, is_late, owed
from kesher.records.lookup_results import SHOWN, Envelope
from kesher.records.models import RecordSource

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


def today() -> date:
    return timezone.localdate()


def section(source: RecordSource, envelope: Envelope, sight: Sight | None) -> dict[str, Any]:
    """The context of a source's section (``records/_section.html``). ``sight`` None: for the desk, which looks only."""
    rows = [shown_row(source, row, sight) for row in envelope.rows]
    return {
        "source": source,
        "name": source.name,
        "status": envelope.status,
        "rows": rows,
        "as_of": envelope.as_of if envelope.status in SHOWN else None,
        "busy": envelope.status == "waiting" or not envelope.final,
        "missing": len(envelope.missing),
        "again_url": sight.url("everything", again=source.code) if sight else "",
        "consent_url": sight.url("consents") if sight and sight.may_agree else "",
        "level": source.level,
        "capped": sight.mandate if sight and sight.outreaches(source.level) else None,
        "page": sight.url("mine") if sight else "",
    }


def waiting_section(source: RecordSource, sight: Sight) -> dict[str, Any]:
    """The same before anything came."""
    return section(source, Envelope(source.code, "waiting"), sight)


def shown_row(source: RecordSource, row: Row, sight: Sight | None) -> dict[str, Any]:
    words, kind = STATUS.get(row.status, ("", ""))
    if is_late(row, today()):
        words, kind = STATUS["overdue"]
    return {
        "anchor": anchor(source.code, row.key),
        "title": row.title,
        "kind": KIND.get(row.kind, "" if row.kind == "other" else row.kind),
        "status": words,
        "badge": kind,
        "amount": money(row.amount, row.currency),
        "when": when(row),
        "provider": row.provider,
        "number": row.number,
        "url": row.url,
        "explanation": row.explanation,
        "ask_url": sight.url("ask", source.code, row=row.key) if sight else "",
        "remind_url": sight.url("remind", source.code, row=row.key) if sight and is_ahead(row) else "",
    }


def is_ahead(row: Row) -> bool:
    """Has it a day that is still to come?"""
    last = row.due or row.ends
    return row.status not in OVER and last is not None and last > today()


def anchor(code: str, key: str) -> str:
    """A place on the page: letters, digits and hyphens of the source's own key."""
    return f"r-{code}-" + "".join(letter if letter.isalnum() else "-" for letter in key)


def when(row: Row) -> str:
    """The day that matters about a row."""
    if row.due is not None:
        return day(row.due) if row.status in OVER else _("by %(day)s") % {"day": day(row.due)}
    if row.ends is not None:
        return (_("until %(day)s") if row.ends >= today() else _("ended on %(day)s")) % {"day": day(row.ends)}
    return _("since %(day)s") % {"day": day(row.starts)} if row.starts is not None else ""


def about(row: Row) -> str:
    """A row in one line, as a clerk or a calendar reads it."""
    parts = [row.title, row.number, row.provider, money(row.amount, row.currency), when(row)]
    return " · ".join(part for part in parts if part)


def held_of(envelopes: Iterable[Envelope]) -> list[Held]:
    return [Held(one.code, row) for one in envelopes if one.status in SHOWN for row in one.rows]


def summary(envelopes: Sequence[Envelope], sources: dict[str, RecordSource], sight: Sight) -> dict[str, Any]:
    """What stands above the sections when all is in (``#summary``): what is owed, the findings, what failed."""
    held = held_of(envelopes)
    total, due = owed(held)
    ahead = [one.row.due for one in due if one.row.due and one.row.due >= today()]
    failed = [one for one in envelopes if one.status in ("error", "waiting", "stale", "partial")]
    closed = [one for one in envelopes if one.status == "no_consent"]
    return {
        "total": money(total) if due else "",
        "count": len(due),
        "next": day(ahead[0]) if ahead else "",
        "findings": [shown_finding(one) for one in findings(held, today())],
        "rows": len(held),
        "who": sight.contact.shown_name,
        "today": day(today()),
        "read": any(one.status in SHOWN for one in envelopes),
        "failed": [shown_failure(one, sources[one.code], sight) for one in failed],
        "closed": [sources[one.code].name for one in closed] if sight.may_agree else [],
        "closed_names": listed(sources[one.code].name for one in closed),
        "consent_url": sight.url("consents"),
        "answered": len([one for one in envelopes if one.status in SHOWN]),
        "all": len([one for one in envelopes if one.status in (*SHOWN, "error", "waiting")]),
    }


def shown_failure(envelope: Envelope, source: RecordSource, sight: Sight) -> dict[str, str]:
    words = {
        "error": _("did not answer"),
        "waiting": _("has not answered yet"),
        "stale": _("did not answer; what you see is of %(day)s")
        % {"day": day(timezone.localtime(envelope.as_of).date()) if envelope.as_of else ""},
        "partial": _("answered in part"),
    }
    return {
        "name": source.name,
        "code": source.code,
        "words": words[envelope.status],
        "url": sight.url("everything", again=source.code),
    }


def shown_finding(finding: Finding) -> dict[str, Any]:
    title, kind, icon = FINDING[finding.kind]
    rows = [(one.row.title, anchor(one.source, one.row.key)) for one in finding.held]
    return {"title": title, "kind": kind, "icon": icon, "words": words_of(finding), "rows": rows}


def words_of(finding: Finding) -> str:
    """A finding as a neighbour would say it."""
    first = finding.held[0].row
    providers = listed(dict.fromkeys(one.row.provider for one in finding.held if one.row.provider))
    values = {
        "title": first.title,
        "day": day(finding.day),
        "count": len(finding.held),
        "providers": providers,
        "sum": money(finding.amount, first.currency),
    }
    if finding.kind == "overdue":
        return (_("%(title)s was due on %(day)s.") if finding.day else _("%(title)s is overdue.")) % values
    if finding.kind == "missing":
        if first.status == "missing":
            return _("%(title)s is missing.") % values
        return _("%(title)s ended on %(day)s, and nothing follows it.") % values
    if finding.kind == "duplicate":
        return duplicate(finding) % values
    if finding.kind == "overlapping":
        return _("%(title)s: from %(day)s two of them hold at the same time.") % values
    if first.kind in COVERS:
        return _("%(title)s ends on %(day)s.") % values
    return _("%(title)s is due on %(day)s.") % values


def duplicate(finding: Finding) -> str:
    if finding.held[0].row.kind not in COVERS:
        return _("%(title)s stands here %(count)d times. Pay it once.")
    if finding.amount is not None:
        return _("%(title)s: you have %(count)d (%(providers)s) and pay %(sum)s together. One may be enough.")
    return _("%(title)s: you have %(count)d (%(providers)s). One may be enough.")
