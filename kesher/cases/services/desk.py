"""What a clerk does around a case: he opens a person's page, answers, and sends a lost request round again."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.services.cases import answered, take_case
from kesher.channels.models import Account
from kesher.contacts.models import Contact
from kesher.conversations.models import Conversation, Intake, Message
from kesher.conversations.services import assign, conversation_of, reply
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish


@transaction.atomic
def view_person(contact: Contact, *, staff: Staff) -> Conversation:
    """A clerk opens a person's page: the log says so, since reading about people is a deed, too. Returns the
    conversation, made at first need."""
    conversation = conversation_of(contact)
    audit("contacts.view", by=Actor("staff", staff.pk, "desk"), subject=conversation.contact)
    return conversation


@transaction.atomic
def answer(conversation: Conversation, text: str, *, staff: Staff, **how: Any) -> Message:
    """A clerk's answer (see `conversations.reply` for ``how`` and what it raises), and what it means for the cases."""
    message = reply(conversation, text, staff=staff, **how)
    answered(conversation, staff=staff)
    return message


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
