"""Services of the staff's page of a person: open it, reply, hand over, retry a failed request."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.services.cases import record_answer, refresh_waiting, take_case
from kesher.cases.states import State
from kesher.channels.models import Account
from kesher.contacts.models import Contact
from kesher.contacts.services.merges import record_merge_event
from kesher.conversations.intake.replay import replay
from kesher.conversations.models import Conversation, Intake, Message
from kesher.conversations.services import assign, conversation_of, invite_to_private, reply, send_again, take_back
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish

REPLAY_SECONDS = 10.0


@transaction.atomic
def view_person(contact: Contact, *, staff: Staff) -> Conversation:
    """Audit that a clerk opened a person's page, and return the person's conversation, created when first needed."""
    conversation = conversation_of(contact)
    audit("contacts.view", by=Actor("staff", staff.pk, "desk"), subject=conversation.contact)
    return conversation


@transaction.atomic
def answer(conversation: Conversation, text: str, *, staff: Staff, **how: Any) -> Message:
    """Send a clerk's answer to the person, update the person's open cases, and return the message.

    For ``how`` and exceptions see `conversations.reply`.

    Until it can no longer be taken back, the message stores who was waiting.
    """
    rows = Case.objects.filter(conversation__contact__in=conversation.contact.family_ids(), waiting_since__isnull=False)
    waited = [[row.pk, row.waiting_since.isoformat(), row.answered_at is None] for row in rows if row.waiting_since]
    message = reply(conversation, text, staff=staff, hold=settings.KESHER_UNDO_SECONDS, **how)
    record_answer(conversation, staff=staff, message=message)
    if waited:
        message.content["waited"] = waited
        message.save(update_fields=["content"])
    return message


@transaction.atomic
def continue_privately(asked: Message, *, staff: Staff) -> Message:
    """Send the author of a public message a link to continue privately, and update the case of its thread.

    Return what was sent. Raise Refused if nothing can be sent there.
    """
    sent = invite_to_private(asked, staff=staff)
    record_answer(asked.conversation, staff=staff, message=asked)
    return sent


@transaction.atomic
def undo_answer(message: Message, *, staff: Staff) -> None:
    """Withdraw a clerk's unsent answer; a person who waited for it waits again since the same time.

    A case that the answer had started stays in progress: a clerk is working on it.
    """
    take_back(message, staff=staff)
    let_wait_again(message)


def on_undelivered(*, message: Message) -> None:
    """Let the person whom a clerk's message did not reach wait again, since the same time."""
    audit("cases.undelivered", by=SYSTEM, subject=message)
    let_wait_again(message)


def let_wait_again(message: Message) -> None:
    """Restore who waited before a clerk's message that the person did not get."""
    for pk, since, was_first in message.content.get("waited", ()):
        found = Case.objects.filter(pk=pk, closed_at=None, waiting_since=None)
        found.update(waiting_since=since, **({"answered_at": None} if was_first else {}))
    to = message.identity.contact if message.identity else message.conversation.contact
    record_merge_event(to, "take_back", message=message.pk)
    refresh_waiting(message.conversation)
    publish("cases")


@transaction.atomic
def send_answer_again(message: Message, *, staff: Staff) -> None:
    """Queue a clerk's message that failed once more; whoever waits for it waits no more. Raise Refused."""
    send_again(message, by=Actor("staff", staff.pk, "desk"))
    if message.author_id is not None:
        record_answer(message.conversation, staff=staff, message=message)


@transaction.atomic
def hand_over(conversation: Conversation, to: Staff | None, *, expected: Staff | None, staff: Staff) -> bool:
    """Assign a conversation to ``to`` (None: to nobody), with the person's open cases of the same assignee.

    Return False, and change nothing, if it changed hands meanwhile.
    """
    if not assign(conversation, to, expected=expected, staff=staff):
        return False
    rows = Case.objects.filter(conversation__contact__in=conversation.contact.family_ids(), assignee=expected).open()
    for case in rows:
        take_case(case, to, expected=expected, staff=staff)
    return True


def held_conversations(staff: Staff) -> QuerySet[Conversation]:
    """Return the conversations of a clerk that need somebody: held, waiting, or with an open case of theirs."""
    own = Case.objects.filter(conversation=OuterRef("pk"), assignee=staff).open()
    return Conversation.objects.filter(Q(held=True) | Q(waiting_since__isnull=False) | Exists(own), assignee=staff)


@transaction.atomic
def release_ended(staff: Staff, *, by: Staff) -> None:
    """Take a clerk's name off conversations that need nobody and off solved cases: whoever writes again is new."""
    rows = Conversation.objects.filter(assignee=staff).update(assignee=None, held=False)
    solved = Case.objects.filter(assignee=staff, state=State.SOLVED)
    cases = solved.update(assignee=None, version=F("version") + 1)
    audit("cases.release_ended", by=Actor("staff", by.pk, "desk"), subject=staff, conversations=rows, cases=cases)
    publish(INBOX, "cases")


@transaction.atomic
def hand_over_case(case: Case, to: Staff | None, *, expected: Staff | None, staff: Staff) -> bool:
    """Assign a case to ``to`` (None: to nobody); return False if it changed meanwhile.

    The conversation follows if the same clerk (or nobody) had it, so that the case's new holder finds it among their
    own.
    """
    if not take_case(case, to, expected=expected, staff=staff):
        return False
    assign(conversation_of(case.conversation.contact), to, expected=expected, staff=staff)
    return True


@transaction.atomic
def retry_intake(row: Intake, *, staff: Staff) -> None:
    """Queue a failed stored request to be processed once more; raise Refused if it did not fail or is not ours."""
    ours = Account.objects.filter(pk=row.account_id).first()
    if ours is None or not Intake.objects.filter(pk=row.pk, state=Intake.State.FAILED).update(
        state=Intake.State.NEW, tries=0, error=""
    ):
        raise Refused(_("This request is under way already. Reload the page to see how it went."))
    audit("channels.retry_intake", by=Actor("staff", staff.pk, "desk"), subject=ours, intake=str(row.pk))
    publish("channels")


def replay_intake(*, staff: Staff) -> tuple[int, int]:
    """Read once more the raw requests that nobody could read, within the time that a page may take.

    Return how many requests can be read now, and how many still cannot. (`replay` writes the audit.)
    """
    by = Actor("staff", staff.pk, "desk")
    rows = list(replay(agency_id=staff.agency_id, seconds=REPLAY_SECONDS, by=by))
    read = sum(row.is_changed for row in rows)
    return read, len(rows) - read
