"""The rows of dialogues: one active a person; parked, resumed, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kesher.contacts.models import Contact
from kesher.core.audit import audit
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.turn import Skill, Turn

IDLE = timedelta(hours=24)
State = DialogueSession.State


def active_session(contact: Contact) -> DialogueSession | None:
    """The dialogue that this person is in; one that lay idle for a day is parked first."""
    return still_active(contact.sessions.filter(state=State.ACTIVE).first())


def still_active(session: DialogueSession | None) -> DialogueSession | None:
    """The session, unless it lay idle for a day: then it is parked, and None."""
    if session is not None and session.updated < timezone.now() - IDLE:
        park(session)
        return None
    return session


def put(contact: Contact, **fields: Any) -> DialogueSession:
    """A new active session; the one that ran is parked (a bare menu just ends)."""
    clear_active(contact)
    return DialogueSession.objects.create(agency_id=contact.agency_id, contact=contact, **fields)


def clear_active(contact: Contact) -> None:
    running = DialogueSession.objects.filter(contact=contact, state=State.ACTIVE)
    running.filter(skill="").update(state=State.DONE)
    running.exclude(skill="").update(state=State.PARKED)


def park(session: DialogueSession) -> None:
    session.state = State.PARKED if session.skill else State.DONE
    session.save(update_fields=["state", "updated", "misses"])


def end(session: DialogueSession, state: str) -> None:
    session.state = state
    session.prompt = {}
    session.save()


def parked_session(contact: Contact) -> DialogueSession | None:
    """The newest unfinished form of this person, not older than a fortnight."""
    since = timezone.now() - timedelta(days=14)
    return contact.sessions.filter(state=State.PARKED, updated__gt=since).order_by("-id").first()


def continue_url(session: DialogueSession) -> str:
    """A link that opens this one form as a page; it merges nobody and ends with the form."""
    return settings.KESHER_PUBLIC_URL.rstrip("/") + reverse("dialogues:continue", args=[session.key])


@transaction.atomic
def keep_for_later(
    contact: Contact, skill: Skill, *, subject: str, answers: Mapping[str, Any], door: str
) -> DialogueSession:
    """A form begun on a page, parked with the code that another channel picks it up by."""
    session = DialogueSession.objects.create(
        agency_id=contact.agency_id,
        contact=contact,
        skill=skill.name,
        subject=subject,
        answers=dict(answers),
        door=door,
        state=State.PARKED,
    )
    audit("dialogues.keep_for_later", by=Turn(contact, door).actor, subject=session)
    return session


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool) -> None:
    """Of two running dialogues the newer stays with the person, the other is parked."""
    if undone:
        return
    running = list(
        DialogueSession.objects.filter(contact__in=[kept, absorbed], state=State.ACTIVE).order_by("-updated")
    )
    for older in running[1:]:
        park(older)
    DialogueSession.objects.filter(contact=absorbed, state__in=[State.ACTIVE, State.PARKED]).update(contact=kept)
