"""List which staff viewed or changed a person's data, in words for that person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Staff, in_language
from kesher.cases.contact_panel import reason_words
from kesher.core.models import Audit

WORDS: dict[str, Any] = {
    "contacts.view": _("opened your conversation"),
    "records.look": _("looked at your records"),
    "contacts.rename": _("changed your name"),
    "contacts.set_status": _("blocked you, or let you in again"),
    "contacts.merge": _("joined two records of you"),
    "contacts.erase": _("erased your data"),
    "contacts.refuse_erasure": _("decided that your data stays for now"),
}
# Why, where the page that was opened says it.
REASONS: dict[str, Any] = {"contacts.view": _("to handle your request")}
MOST = 200


@dataclass(frozen=True, slots=True)
class Access:
    """An operation by staff, or the last of several alike on one day.

    ``who`` is a team and a role; the clerk's name is only in the audit log.
    """

    at: datetime
    who: str
    words: str
    why: str
    times: int = 1


def list_accesses(ids: Sequence[int]) -> list[Access]:
    """Return who viewed these contacts' data, newest first, with alike operations of one day as one."""
    rows = Audit.objects.filter(subject_type="contacts.contact", subject_id__in=[str(pk) for pk in ids])
    found = list(rows.filter(actor_kind="staff", operation__in=WORDS).order_by("-id")[:MOST])
    people = Staff.objects.filter(pk__in={row.actor_id for row in found}).prefetch_related("teams")
    desks = {staff.pk: desk_of(staff) for staff in people}
    days: dict[tuple[date, str, str, str], Access] = {}
    for row in found:
        why = access_reason(row)
        look = Access(row.at, desks.get(row.actor_id or 0, ""), str(WORDS[row.operation]), why)
        key = (timezone.localdate(row.at), look.who, look.words, why)
        seen = days.get(key)
        days[key] = replace(seen, times=seen.times + 1) if seen else look
    return list(days.values())


def access_reason(row: Audit) -> str:
    """Return in words why a clerk viewed the data: as entered, or the text for a stored code."""
    why = str(row.data.get("reason") or row.data.get("why") or REASONS.get(row.operation, ""))
    return reason_words(why) if row.operation == "contacts.merge" else why


def desk_of(staff: Staff) -> str:
    """Return team and role of a member of staff, such as "Roads · Clerk"."""
    teams = ", ".join(in_language(team.names) for team in staff.teams.all())
    return " · ".join(filter(None, (teams, str(staff.get_role_display()))))
