"""Build the timeline on a petition's page: published, milestones, news, the answer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kesher.core.db.prepared_query import Prepared
from kesher.core.templatetags.ui import number
from kesher.petitions.models import Petition, PetitionEvent
from kesher.petitions.models.policy import Promise, proof_of
from kesher.petitions.rejection_reasons import reason_of

EventKind = PetitionEvent.Kind
# kind of event → (picture, colour)
LOOKS: dict[str, tuple[str, str]] = {
    EventKind.STARTED: ("edit", ""),
    EventKind.SUPPORTED: ("users", "good"),
    EventKind.SUBMITTED: ("arrow-end", ""),
    EventKind.CHANGES: ("undo", "wait"),
    EventKind.PUBLISHED: ("globe", "good"),
    EventKind.REJECTED: ("x", "bad"),
    EventKind.TAKEN_DOWN: ("x", "bad"),
    EventKind.LAPSED: ("clock", ""),
    EventKind.REACHED: ("star", "good"),
    EventKind.LOST: ("undo", "wait"),
    EventKind.EDITED: ("edit", "wait"),
    EventKind.UPDATE: ("megaphone", ""),
    EventKind.RESPONSE: ("check-circle", "good"),
    EventKind.DISCUSSED: ("message", "good"),
    EventKind.EXTENDED: ("calendar", ""),
    EventKind.CLOSED: ("lock", ""),
    EventKind.REOPENED: ("refresh", ""),
    EventKind.NOTE: ("edit", ""),
    EventKind.ANONYMISED: ("lock", ""),
}


def build_timeline(petition: Petition, *, everything: bool = False) -> list[dict[str, Any]]:
    """Return the petition's timeline, newest first; ``everything``: with the desk's notes and refusals."""
    if everything:
        rows = petition.events.order_by("-at", "-id").select_related("by")
        return [timeline_item(petition, row) | {"author": row.by.name if row.by else ""} for row in rows]
    return [timeline_item(petition, row) for row in query_public_events(petition.pk)]


@Prepared.of(int)
def query_public_events(petition: int) -> QuerySet[PetitionEvent]:
    """Return a queryset of a petition's public events, newest first."""
    return PetitionEvent.objects.filter(petition=petition, public=True).order_by("-at", "-id")


def timeline_item(petition: Petition, row: PetitionEvent) -> dict[str, Any]:
    """Return one event of a petition as an item of components/timeline.html."""
    icon, kind = LOOKS.get(row.verb, ("check", ""))
    return {
        "title": title_of(petition, row),
        "text": petition.words(row.words),
        "at": row.at,
        "icon": icon,
        "kind": kind,
    }


def title_of(petition: Petition, row: PetitionEvent) -> str:
    """Return in a few words what happened in this event of a petition."""
    data = row.data
    if row.verb in (EventKind.REACHED, EventKind.LOST):
        words = _("%(count)s signatures") if row.verb == EventKind.REACHED else _("Below %(count)s signatures again")
        proof = proof_of(data.get("level", 1))
        return " ".join(part for part in (words % {"count": number(data.get("count", 0))}, proof) if part)
    if row.verb == EventKind.UPDATE:
        return _("News from the author") if data.get("by") == "author" else _("News from us")
    if row.verb == EventKind.EDITED and row.words:
        return _("The words were corrected. Before:")
    if row.verb == EventKind.RESPONSE:
        return _("The answer was changed") if data.get("again") else _("The answer was published")
    if row.verb == EventKind.DISCUSSED:
        return str(Promise(data["promise"]).label) if data.get("promise") in Promise.values else _("Discussed")
    if row.verb in (EventKind.REJECTED, EventKind.TAKEN_DOWN) and (reason := reason_of(petition.reason)):
        return f"{EventKind(row.verb).label}: {reason.title}"
    if row.verb == EventKind.CLOSED and petition.closed_by:
        return str(Petition.ClosedBy(petition.closed_by).label)
    return str(EventKind(row.verb).label)
