"""The rows of dialogues: one active a person; parked, resumed, ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BooleanField
from django.urls import reverse
from django.utils import timezone

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact, Merge, MergeEvent
from kesher.contacts.services.merge_journal import record
from kesher.core.arrival import arrived_at
from kesher.core.audit import audit
from kesher.core.unit_of_work import save
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.turn import REGISTRY, Skill, Turn

IDLE = timedelta(hours=24)
FORTNIGHT = timedelta(days=14)
State = DialogueSession.State


@dataclass(slots=True)
class Dialogues:
    """One person's dialogues in a batch: the one that runs, and the forms that he left, the newest last."""

    active: DialogueSession | None = None
    parked: list[DialogueSession] = field(default_factory=list)


_in_hand: ContextVar[dict[int, Dialogues] | None] = ContextVar("kesher_dialogues_in_hand", default=None)


@contextmanager
def dialogues_in_hand(people: Mapping[int, Contact]) -> Iterator[None]:
    """Inside, what these contacts (by their keys) are in the middle of was read once for all of them. For a worker's
    batch, in which nobody else moves their dialogues: their conversations are locked."""
    hands = {pk: Dialogues() for pk in people}
    rows = DialogueSession.objects.filter(contact__in=people, state__in=[State.ACTIVE, State.PARKED])
    for row in rows.filter(updated__gt=timezone.now() - FORTNIGHT).order_by("id"):
        row.contact, hand = people[row.contact_id], hands[row.contact_id]
        if row.state == State.ACTIVE:
            hand.active = row
        else:
            hand.parked.append(row)
    token = _in_hand.set(hands)
    try:
        yield
    finally:
        _in_hand.reset(token)


def in_hand(contact: Contact) -> Dialogues | None:
    return (_in_hand.get() or {}).get(contact.pk)


def let_go(contact: Contact | None = None) -> None:
    """Before dialogues are moved by a query (``contact``: only this person's), or from one person to another."""
    hands = _in_hand.get() or {}
    for pk in list(hands) if contact is None else contact.root().family_ids():
        hands.pop(pk, None)


def find_pickup_codes(codes: Collection[str]) -> set[str]:
    """Return those of ``codes`` by which a form that was begun elsewhere can be picked up now."""
    if not codes:
        return set()
    waiting = DialogueSession.objects.filter(state=State.PARKED, updated__gt=arrived_at() - IDLE)
    return set(waiting.filter(code__in=codes).values_list("code", flat=True))


def active_session(contact: Contact) -> DialogueSession | None:
    """The dialogue that this person is in; one that lay idle for a day is parked first."""
    session = running(contact)
    if session is not None and session.updated < arrived_at() - IDLE:
        park(session)
        return None
    return session


def running(contact: Contact) -> DialogueSession | None:
    hand = in_hand(contact)
    return hand.active if hand else contact.sessions.filter(state=State.ACTIVE).first()


def put(contact: Contact, **fields: Any) -> DialogueSession:
    """A new active session; the one that ran is parked (a bare menu just ends). It is written when it is asked or
    offered something."""
    clear_active(contact)
    session = DialogueSession(agency_id=contact.agency_id, contact=contact, updated=timezone.now(), **fields)
    hand = in_hand(contact)
    if hand:
        hand.active = session
    return session


def clear_active(contact: Contact) -> None:
    session = running(contact)
    if session is not None:
        park(session)


def set_dialogue_aside(contact: Contact) -> None:
    """A clerk takes over: the question that the bot had asked waits, and free words are no answer to it."""
    clear_active(contact.root())


def activate(session: DialogueSession) -> None:
    """A form that was left goes on; whatever else ran makes room."""
    clear_active(session.contact)
    session.state = State.ACTIVE
    hand = in_hand(session.contact)
    if hand:
        hand.parked = [row for row in hand.parked if row is not session]
        hand.active = session


def park(session: DialogueSession) -> None:
    """What was answered so far is kept for later; of a bare menu there is nothing to keep."""
    leave(session, State.PARKED if session.skill else State.DONE)
    save(session, "state", "updated", "misses")


def end(session: DialogueSession, state: str) -> None:
    """The answers went where the verb put them, or nowhere: a form that is over keeps none, least of all of a vote that
    shall lead to nobody."""
    session.prompt, session.answers = {}, {}
    leave(session, state)
    save(session)


def close_forms(contact: Contact, skills: Collection[str], subject: str) -> None:
    """End the forms of these verbs about ``subject``: what they were for was done, through another door."""
    let_go(contact)
    rows = DialogueSession.objects.filter(contact__in=contact.root().family_ids(), skill__in=skills, subject=subject)
    for row in rows.filter(state__in=[State.ACTIVE, State.PARKED]):
        end(row, State.DONE)


def end_alike(session: DialogueSession) -> None:
    """A form was sent: the same one that this person had left before is over, too."""
    hand = in_hand(session.contact)
    rows = list(hand.parked) if hand else session.contact.sessions.filter(state=State.PARKED, skill=session.skill)
    for row in rows:
        if session.subject and (row.skill, row.subject) == (session.skill, session.subject) and row.pk != session.pk:
            end(row, State.DONE)


def leave(session: DialogueSession, state: str) -> None:
    """The session runs no more."""
    session.state = state
    hand = in_hand(session.contact)
    if hand:
        hand.active = None if hand.active is session else hand.active
        hand.parked = [row for row in hand.parked if row is not session] + [session] * (state == State.PARKED)


def parked_session(contact: Contact) -> DialogueSession | None:
    """The newest unfinished form of this person, not older than a fortnight."""
    hand = in_hand(contact)
    if hand:
        return hand.parked[-1] if hand.parked else None
    since = arrived_at() - FORTNIGHT
    return contact.sessions.filter(state=State.PARKED, updated__gt=since).order_by("-id").first()


def unfinished(contact: Contact, life: timedelta) -> list[DialogueSession]:
    """The forms that this person began anywhere and did not finish, touched within ``life``; the newest first."""
    rows = DialogueSession.objects.filter(contact__in=contact.family_ids(), state__in=[State.ACTIVE, State.PARKED])
    found = rows.filter(updated__gt=timezone.now() - life).exclude(skill="").order_by("-updated", "-id")
    return [session for session in found[:20] if REGISTRY.get(session.skill) is not None]


@transaction.atomic
def set_aside(session: DialogueSession, door: str) -> None:
    """A form that runs in one conversation waits from now on for its code from any other."""
    park(session)
    audit("dialogues.set_aside", by=Turn(session.contact, door).actor, subject=session)


def answers_kept(skill: Skill, raw: Mapping[str, Any], *, subject: Any, whole: bool = False) -> dict[str, Any]:
    """What a page posted, as far as it answers this verb's questions. What would not do is asked again elsewhere; and
    what was left empty, unless the page was sent ``whole``."""
    answers = {name: value for name, value in raw.items() if value}
    while True:  # an answer that falls away may take a question along that hung on it
        form = skill.form.of(answers, subject=subject, contact=None)
        fitting = {name: value for name, value in answers.items() if fits(form, name, value)}
        if fitting == answers:
            empty = [name for name, field in form.base_fields.items() if whole and not field.required]
            return dict.fromkeys(empty, "") | answers
        answers = fitting


def fits(form: StepForm, name: str, value: Any) -> bool:
    """Is that an answer to a question of this form? Also to one that is not asked of a page's reader, but perhaps of
    whoever writes from an address of his own. A yes that must be said is said by whoever goes on: somebody else may
    have filled in the page."""
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
    """A link that opens this one form as a page; it merges nobody and ends with the form."""
    return absolute(reverse("dialogues:continue", args=[session.key]))


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


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Of two running dialogues the newer stays with the person, the other is parked. Undone, each goes back."""
    let_go()
    if undone:
        give_back(absorbed, merge)
        return
    open_ones = DialogueSession.objects.filter(contact=absorbed, state__in=[State.ACTIVE, State.PARKED])
    moved = list(open_ones.values_list("pk", flat=True))
    both = DialogueSession.objects.filter(contact__in=[kept, absorbed], state=State.ACTIVE).order_by("-updated")
    parked = list(both)[1:]
    for older in parked:
        park(older)
    DialogueSession.objects.filter(pk__in=moved).update(contact=kept)
    record(absorbed, "sessions", merge=merge.pk, moved=moved, parked=[row.pk for row in parked if row.skill])


def give_back(absorbed: Contact, merge: Merge) -> None:
    """What was absorbed with its dialogues takes them along; what the merge parked runs again, where nothing else does.
    Those that began since are told apart by their messages, on the floor above."""
    for event in MergeEvent.objects.filter(contact=absorbed, kind="sessions", data__merge=merge.pk):
        theirs = DialogueSession.objects.filter(pk__in=event.data["moved"])
        for row in theirs.filter(state=State.ACTIVE):
            leave_room(absorbed, row)
        theirs.update(contact=absorbed)
        for row in DialogueSession.objects.filter(pk__in=event.data["parked"], state=State.PARKED):
            if running(row.contact) is None:
                DialogueSession.objects.filter(pk=row.pk).update(state=State.ACTIVE)


def leave_room(contact: Contact, coming: DialogueSession) -> None:
    """Of two running dialogues of one contact the older is parked."""
    ran = DialogueSession.objects.filter(contact=contact, state=State.ACTIVE).exclude(pk=coming.pk).first()
    if ran is not None:
        park(ran if ran.updated < coming.updated else coming)


def belong_to(contact: Contact, session: DialogueSession) -> None:
    """A dialogue that began while two people were taken for one is this one's."""
    if session.state == State.ACTIVE:
        leave_room(contact, session)
    DialogueSession.objects.filter(pk=session.pk).update(contact=contact)
