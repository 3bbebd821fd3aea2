"""Store forms in progress: one active for each person; others are parked or finished."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms import BooleanField
from django.urls import reverse
from django.utils import timezone

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact, Merge, MergeEvent
from kesher.contacts.services.merges import record_merge_event
from kesher.core.audit import audit
from kesher.core.db.batch import CachedInBatch, outside_batch, save
from kesher.core.db.prepared_query import Prepared
from kesher.core.http.arrival_time import arrived_at
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill

IDLE = timedelta(hours=24)
FORTNIGHT = timedelta(days=14)
State = DialogueSession.State


@CachedInBatch
def open_sessions(contact: Contact) -> list[DialogueSession]:
    """Return this person's active session and the parked forms used within a fortnight, oldest first."""
    return list(filter_open(contact.sessions.all(), arrived_at() - FORTNIGHT))


def fill_open_sessions(people: Mapping[int, Contact]) -> None:
    """Read the open sessions of these contacts into the batch, in one query."""
    found: dict[int, list[DialogueSession]] = {pk: [] for pk in people}
    for row in query_open(list(people), arrived_at() - FORTNIGHT):
        row.contact = people[row.contact_id]
        found[row.contact_id].append(row)
    open_sessions.fill({(people[pk],): rows for pk, rows in found.items()})


@Prepared.of(list[int], datetime)
def query_open(contacts: list[int], used_since: datetime) -> QuerySet[DialogueSession]:
    """Return a queryset of the open sessions of these contacts."""
    return filter_open(DialogueSession.objects.filter(contact__in=contacts), used_since)


def filter_open(rows: QuerySet[DialogueSession], used_since: datetime) -> QuerySet[DialogueSession]:
    """Return the active ones of these sessions and the parked forms used since then, oldest first."""
    recent = Q(state=State.PARKED, updated__gt=used_since)
    return rows.filter(recent | Q(state=State.ACTIVE)).order_by("id")


def find_pickup_codes(codes: Collection[str]) -> set[str]:
    """Return those of ``codes`` by which an unfinished form can be continued now."""
    if not codes:
        return set()
    waiting = DialogueSession.objects.filter(state=State.PARKED, updated__gt=arrived_at() - IDLE)
    return set(waiting.filter(code__in=codes).values_list("code", flat=True))


def active_session(contact: Contact) -> DialogueSession | None:
    """Return this person's active dialogue session; one unused for a day is parked, and None returned."""
    session = find_running_session(contact)
    if session is not None and session.updated < arrived_at() - IDLE:
        park_session(session)
        return None
    return session


def find_running_session(contact: Contact) -> DialogueSession | None:
    """Return this person's active session, however old; None if there is none."""
    return next((row for row in open_sessions(contact) if row.state == State.ACTIVE), None)


def new_session(contact: Contact, **fields: Any) -> DialogueSession:
    """Return a new, unsaved active session, after parking the one before (a plain menu is ended instead).

    It is saved when something is asked or offered.
    """
    session = DialogueSession(agency_id=contact.agency_id, contact=contact, updated=timezone.now(), **fields)
    rows = open_sessions(contact)
    for row in rows:
        if row.state == State.ACTIVE:
            park_session(row)
    rows.append(session)
    return session


def park_active_session(contact: Contact) -> None:
    """Set this person's active session aside with its answers, if there is one."""
    session = find_running_session(contact)
    if session is not None:
        park_session(session)


def set_dialogue_aside(contact: Contact) -> None:
    """Park the person's active session when a clerk takes over, so that free text answers no question."""
    park_active_session(contact.root())


def activate_session(session: DialogueSession) -> None:
    """Make a parked form the person's active session, after parking the one before."""
    park_active_session(session.contact)
    session.state = State.ACTIVE


def park_session(session: DialogueSession) -> None:
    """Set a session aside with its answers, to be continued later; a plain menu ends instead."""
    session.state = State.PARKED if session.skill else State.DONE
    changed = ["prompt"] if session.prompt.pop("opening", None) else []  # a sentence, which no form needs any more
    save(session, "state", "updated", "misses", *changed)


def end_session(session: DialogueSession, state: str) -> None:
    """End a session and delete its answers: its skill stored what it needed, or the form was cancelled.

    This matters most for a secret vote.
    """
    session.prompt, session.answers, session.state = {}, {}, state
    save(session)


def end_open_sessions(contact: Contact, *, door: str) -> None:
    """End what a person has begun at this door, and delete the answers."""
    rows = open_sessions(contact)
    for row in [row for row in rows if row.door == door]:
        end_session(row, State.CANCELLED)
        rows.remove(row)


@outside_batch()
def close_forms(contact: Contact, skills: Collection[str], subject: str) -> None:
    """End the contact's forms of these skills about ``subject``, because it was done by another way."""
    rows = DialogueSession.objects.filter(contact__in=contact.root().family_ids(), skill__in=skills, subject=subject)
    for row in rows.filter(state__in=[State.ACTIVE, State.PARKED]):
        end_session(row, State.DONE)


@outside_batch()
def close_code_question(skill: str, subject: str, address: str = "") -> None:
    """End the form in which a conversation asks for a code that came back by another way.

    Whoever asked may be another contact than the owner of the ``address`` to which the code went. No index helps: call
    this only where a conversation asked.
    """
    rows = DialogueSession.objects.filter(skill=skill, subject=subject, state__in=[State.ACTIVE, State.PARKED])
    for row in rows.filter(answers__address=address) if address else rows:
        end_session(row, State.DONE)


def end_duplicate_forms(session: DialogueSession) -> None:
    """End the person's parked forms of the same skill and subject as the form that was just sent."""
    for row in open_sessions(session.contact) if session.subject else []:
        same = (row.skill, row.subject) == (session.skill, session.subject) and row.pk != session.pk
        if same and row.state == State.PARKED:
            end_session(row, State.DONE)


def was_cancelled(contact: Contact, since: datetime) -> bool:
    """Return whether this person cancelled a form since then, also by a "stop"."""
    rows = contact.sessions.filter(state=State.CANCELLED, updated__gt=since)
    return rows.exclude(skill="").exists()


def parked_session(contact: Contact) -> DialogueSession | None:
    """Return this person's newest parked form, used within a fortnight; None if there is none."""
    return next((row for row in reversed(open_sessions(contact)) if row.state == State.PARKED), None)


def find_unfinished_forms(contact: Contact, life: timedelta) -> list[DialogueSession]:
    """Return this person's unfinished forms, begun anywhere and used within ``life``; newest first."""
    rows = DialogueSession.objects.filter(contact__in=contact.family_ids(), state__in=[State.ACTIVE, State.PARKED])
    found = rows.filter(updated__gt=timezone.now() - life).exclude(skill="").order_by("-updated", "-id")
    return [session for session in found[:20] if REGISTRY.get(session.skill) is not None]


@transaction.atomic
def set_session_aside(session: DialogueSession, door: str) -> None:
    """Park a form that is active in a conversation, so that its pick-up code continues it elsewhere."""
    park_session(session)
    audit("dialogues.set_aside", by=Turn(session.contact, door).actor, subject=session)


def valid_answers(skill: Skill, raw: Mapping[str, Any], *, subject: Any, whole: bool = False) -> dict[str, Any]:
    """Return those of a page's posted answers that are valid; the others will be asked again.

    Empty fields are asked again, too, unless the page was sent ``whole``.
    """
    answers = {name: value for name, value in raw.items() if value}
    while True:  # dropping an answer may drop a question that depends on it
        form = skill.form.of(answers, subject=subject, contact=None)
        fitting = {name: value for name, value in answers.items() if is_valid_answer(form, name, value)}
        if fitting == answers:
            empty = [name for name, field in form.base_fields.items() if whole and not field.required]
            return dict.fromkeys(empty, "") | answers
        answers = fitting


def is_valid_answer(form: StepForm, name: str, value: Any) -> bool:
    """Return whether a raw value is a valid answer to the field ``name`` of this form.

    It may be a question that is asked only of somebody with an address. A required yes must be given by the person who
    continues: somebody else may have filled in the page.
    """
    asked = form.fields.get(name) or form.base_fields.get(name)
    if isinstance(asked, BooleanField) and asked.required:
        return False
    if name in form.fields:
        return name not in form.errors
    try:
        return name in form.base_fields and form.base_fields[name].clean(value) is not None
    except ValidationError:
        return False


def continue_url(session: DialogueSession) -> str:
    """Return a link that opens this one unfinished form as a web page."""
    return absolute(reverse("dialogues:continue", args=[session.key]))


@transaction.atomic
def park_form(
    contact: Contact, skill: Skill, *, subject: str, answers: Mapping[str, Any], door: str
) -> DialogueSession:
    """Store a form begun on a page as a parked session, with a code that continues it on another channel."""
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


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Park the older of two active sessions after a merge of contacts; undone, return each to its contact."""
    if undone:
        restore_sessions(absorbed, merge)
        return
    open_ones = DialogueSession.objects.filter(contact=absorbed, state__in=[State.ACTIVE, State.PARKED])
    moved = list(open_ones.values_list("pk", flat=True))
    both = DialogueSession.objects.filter(contact__in=[kept, absorbed], state=State.ACTIVE).order_by("-updated")
    parked = list(both)[1:]
    for older in parked:
        park_session(older)
    DialogueSession.objects.filter(pk__in=moved).update(contact=kept)
    record_merge_event(
        absorbed, "sessions", merge=merge.pk, moved=moved, parked=[row.pk for row in parked if row.skill]
    )


def restore_sessions(absorbed: Contact, merge: Merge) -> None:
    """Return an absorbed contact's sessions after an undone merge, and reactivate the one that it parked.

    Sessions begun since are assigned by their messages, in `conversations`.
    """
    for event in MergeEvent.objects.filter(contact=absorbed, kind="sessions", data__merge=merge.pk):
        theirs = DialogueSession.objects.filter(pk__in=event.data["moved"])
        for row in theirs.filter(state=State.ACTIVE):
            park_older_session(absorbed, row)
        theirs.update(contact=absorbed)
        for row in DialogueSession.objects.filter(pk__in=event.data["parked"], state=State.PARKED):
            if find_running_session(row.contact) is None:
                DialogueSession.objects.filter(pk=row.pk).update(state=State.ACTIVE)


def park_older_session(contact: Contact, coming: DialogueSession) -> None:
    """Park the contact's active session or ``coming``, whichever was used less recently."""
    ran = DialogueSession.objects.filter(contact=contact, state=State.ACTIVE).exclude(pk=coming.pk).first()
    if ran is not None:
        park_session(ran if ran.updated < coming.updated else coming)


def move_session(contact: Contact, session: DialogueSession) -> None:
    """Move a session that began while two people were merged to this contact."""
    if session.state == State.ACTIVE:
        park_older_session(contact, session)
    DialogueSession.objects.filter(pk=session.pk).update(contact=contact)


def find_open_answers() -> set[str]:
    """Return every answer of the forms that may still be finished: some of them are keys of files."""
    rows = DialogueSession.objects.filter(state__in=[State.ACTIVE, State.PARKED]).exclude(answers={})
    return {str(value) for answers in rows.values_list("answers", flat=True).iterator() for value in answers.values()}
