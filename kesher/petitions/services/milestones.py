"""Record when a petition reaches a promised number of signatures, falls below it again, or gets what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.petitions.models import Milestone, Petition, Threshold
from kesher.petitions.models.policy import Promise
from kesher.petitions.services.events import EventKind, append_event, tell_author

State, Response = Milestone.State, Petition.Response
# The threshold where a body has set none.
DEFAULT_COUNT = 1000


@transaction.atomic
def set_milestones(petition: Petition, *, threshold: int | None = None, goals: Mapping[str, str] | None = None) -> None:
    """Copy the agency's thresholds to a petition, the first with this count and these words if given.

    What was reached or done already stays.
    """
    wanted = [
        Milestone(kind=row.kind, names=row.names, count=row.count, level=row.level, days=row.days)
        for row in Threshold.objects.all()
    ]
    if not any(row.kind == Promise.RESPONSE for row in wanted):
        wanted.insert(0, Milestone(kind=Promise.RESPONSE, count=threshold or DEFAULT_COUNT))
    first = min((row for row in wanted if row.kind == Promise.RESPONSE), key=lambda row: row.count)
    first.count = threshold or first.count
    first.names = dict(goals) if goals else first.names
    kept = petition.milestones.exclude(state=State.AHEAD)
    there = {(row.kind, row.count) for row in kept}
    petition.milestones.filter(state=State.AHEAD).delete()
    for row in wanted:
        if (row.kind, row.count) not in there and not (row is first and any(kind == row.kind for kind, _n in there)):
            there.add((row.kind, row.count))
            row.agency_id, row.petition = petition.agency_id, petition
            row.save()
    petition.threshold, petition.goals = first.count, first.names
    petition.save(update_fields=["threshold", "goals"])


def first_promise(petition: Petition) -> Milestone | None:
    """Return the petition's lowest milestone that promises a written answer, or None."""
    return petition.milestones.filter(kind=Promise.RESPONSE).order_by("count", "id").first()


@transaction.atomic
def change_promise(petition: Petition) -> None:
    """Set the petition's first promise of an answer to its new threshold and goals, unless reached already.

    Everything else that was promised stays, whatever the body promises to others now.
    """
    first = first_promise(petition)
    if first is None:
        return
    others = petition.milestones.filter(kind=Promise.RESPONSE).exclude(pk=first.pk)
    count = first.count if others.filter(count=petition.threshold).exists() else petition.threshold
    ahead = Milestone.objects.filter(pk=first.pk, state=State.AHEAD)
    if ahead.update(count=count, names=petition.goals or first.names):
        first = first_promise(petition) or first
    petition.threshold, petition.goals = first.count, first.names
    petition.save(update_fields=["threshold", "goals"])


def note_thresholds() -> int:
    """Save which milestones of all petitions were reached, or lost again; return how many changed.

    Return how many moved.
    """
    with everywhere("petitions at their thresholds"):
        rows = list(Milestone.objects.moved().select_related("petition__action", "petition__author")[:400])
    for row in rows:
        with scope(row.agency_id):
            note_milestone(row)
    return len(rows)


@transaction.atomic
def note_milestone(row: Milestone) -> None:
    """Save that a milestone was reached or lost, set when its promise is due, and write to the author."""
    before, now = row.state, timezone.now()
    reached = before == State.AHEAD
    row.state = State.REACHED if reached else State.AHEAD
    row.reached_at = now if reached else None
    row.due_at = now + timedelta(days=row.days) if reached else None
    changes = {"state": row.state, "reached_at": row.reached_at, "due_at": row.due_at}
    if not Milestone.objects.filter(pk=row.pk, state=before).update(**changes):
        return
    petition = row.petition
    if row.kind == Promise.RESPONSE:
        note_response(petition, row)
    kind = EventKind.REACHED if reached else EventKind.LOST
    append_event(petition, kind, words=row.names, promise=row.kind, count=row.count, level=row.level)
    audit("petitions.threshold", by=SYSTEM, subject=petition, before=before, after=row.state, count=row.count)
    publish(petition.action.stream)
    tell_author(petition, "reached" if reached else "lost", milestone=row)


def note_response(petition: Petition, row: Milestone) -> None:
    """Set whether and since when the petition's answer is due, by its milestones, until one is given."""
    rows = petition.milestones.filter(kind=Promise.RESPONSE, state=State.REACHED)
    due = rows.order_by("due_at").first()
    if petition.response == Response.GIVEN:
        return
    petition.response = Response.DUE if due else Response.NONE
    petition.due_at = due.reached_at if due else None
    petition.save(update_fields=["response", "due_at", "changed"])


@transaction.atomic
def record_promise_done(row: Milestone, *, staff: Staff, words: Mapping[str, str]) -> None:
    """Record that a milestone's promise was fulfilled, with words for all to read. Raise Refused."""
    if row.state != State.REACHED:
        raise Refused(_("This threshold was not reached, or its promise was kept already."))
    if not any(text.strip() for text in words.values()):
        raise Refused(_("Write what was done."))
    now = timezone.now()
    Milestone.objects.filter(pk=row.pk, state=State.REACHED).update(state=State.DONE, done_at=now)
    append_event(row.petition, EventKind.DISCUSSED, staff=staff, words=words, promise=row.kind, count=row.count)
    audit("petitions.keep_promise", by=staff_actor(staff), subject=row.petition, promise=row.kind, count=row.count)
    publish(row.petition.action.stream)
    tell_author(row.petition, "discussed", milestone=row)


def mark_answers_done(petition: Petition) -> None:
    """Mark every milestone that promises an answer as fulfilled, because the body has answered."""
    rows = petition.milestones.filter(kind=Promise.RESPONSE).exclude(state=State.DONE)
    rows.update(state=State.DONE, done_at=timezone.now())
