"""What a clerk does around a case: he opens a person's page, answers, and sends a lost request round again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.services.cases import answered, refresh_waiting, take_case
from kesher.channels.models import Account
from kesher.contacts.models import Contact
from kesher.contacts.services.merge_journal import record
from kesher.conversations.intake.replay import replay
from kesher.conversations.models import Conversation, Intake, Message
from kesher.conversations.services import assign, conversation_of, reply, take_back
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish

REPLAY_SECONDS = 10.0


@transaction.atomic
def view_person(contact: Contact, *, staff: Staff) -> Conversation:
    """A clerk opens a person's page: the log says so, since reading about people is a deed, too. Returns the
    conversation, made at first need."""
    conversation = conversation_of(contact)
    audit("contacts.view", by=Actor("staff", staff.pk, "desk"), subject=conversation.contact)
    return conversation


@transaction.atomic
def answer(conversation: Conversation, text: str, *, staff: Staff, **how: Any) -> Message:
    """A clerk's answer (see `conversations.reply` for ``how`` and what it raises), and what it means for the cases.
    While it may still be taken back, it remembers who waited until it was written."""
    rows = Case.objects.filter(conversation__contact__in=conversation.contact.family_ids(), waiting_since__isnull=False)
    waited = [[row.pk, row.waiting_since.isoformat(), row.answered_at is None] for row in rows if row.waiting_since]
    message = reply(conversation, text, staff=staff, hold=settings.KESHER_UNDO_SECONDS, **how)
    answered(conversation, staff=staff, message=message)
    if waited:
        message.content["waited"] = waited
        message.save(update_fields=["content"])
    return message


@transaction.atomic
def undo_answer(message: Message, *, staff: Staff) -> None:
    """A clerk's second thought (see `conversations.take_back` for what it raises): nothing goes out, and whoever waited
    waits again, since when he did. A case that the answer brought into work stays there: somebody is at it."""
    take_back(message, staff=staff)
    for pk, since, was_first in message.content.get("waited", ()):
        found = Case.objects.filter(pk=pk, closed_at=None, waiting_since=None)
        found.update(waiting_since=since, **({"answered_at": None} if was_first else {}))
    to = message.identity.contact if message.identity else message.conversation.contact
    record(to, "take_back", message=message.pk)
    refresh_waiting(message.conversation)
    publish("cases")


@transaction.atomic
def hand_over(conversation: Conversation, to: Staff | None, *, expected: Staff | None, staff: Staff) -> bool:
    """Takes a person, hands him over, or lays him down: the conversation, and with it those of his open cases that are
    with the same colleague. False, and nothing done, where somebody was quicker."""
    if not assign(conversation, to, expected=expected, staff=staff):
        return False
    rows = Case.objects.filter(conversation__contact__in=conversation.contact.family_ids(), assignee=expected).open()
    for case in rows:
        take_case(case, to, expected=expected, staff=staff)
    return True


@transaction.atomic
def hand_over_case(case: Case, to: Staff | None, *, expected: Staff | None, staff: Staff) -> bool:
    """The same for one case. The conversation goes along where the same colleague had it (or nobody), so that whoever
    has the case finds it among his own."""
    if not take_case(case, to, expected=expected, staff=staff):
        return False
    assign(conversation_of(case.conversation.contact), to, expected=expected, staff=staff)
    return True


@transaction.atomic
def retry_intake(row: Intake, *, staff: Staff) -> None:
    """A stored request that could not be read goes round again. Raises Refused where it is not ours, or not failed."""
    ours = Account.objects.filter(pk=row.account_id).first()
    if ours is None or not Intake.objects.filter(pk=row.pk, state=Intake.State.FAILED).update(
        state=Intake.State.NEW, tries=0, error=""
    ):
        raise Refused(_("This request is under way already. Reload the page to see how it went."))
    audit("channels.retry_intake", by=Actor("staff", staff.pk, "desk"), subject=ours, intake=str(row.pk))
    publish("channels")


def replay_intake(*, staff: Staff) -> tuple[int, int]:
    """Read again what could not be read, as long as a page may take. Returns how many requests are read now, and how
    many still are not. (`replay` writes the audit.)"""
    by = Actor("staff", staff.pk, "desk")
    rows = list(replay(agency_id=staff.agency_id, seconds=REPLAY_SECONDS, by=by))
    read = sum(row.is_changed for row in rows)
    return read, len(rows) - read
