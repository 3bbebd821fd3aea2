"""What a member of staff does in a conversation: reply, note, assign to a colleague, give back to the bot."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.base_url import base_url
from kesher.agencies.models import Staff
from kesher.channels.base import Media, Say
from kesher.channels.models import Template
from kesher.contacts.services.merges import record_merge_event
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services.conversation_writer import INBOX, writing
from kesher.conversations.services.outbound import NotNow, best_route, fill_template, say
from kesher.conversations.services.public_messages.thread_answers import in_thread
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.core.models import Attachment
from kesher.dialogues.services import set_dialogue_aside

TAKEN_BACK = "taken_back"


class Stale(Refused):
    """Raised if something newer came while the clerk wrote."""


def staff_actor(staff: Staff) -> Actor:
    """Return a clerk as the actor whom the audit log names."""
    return Actor("staff", staff.pk, "desk")


@transaction.atomic
def reply(
    conversation: Conversation,
    text: str,
    *,
    staff: Staff,
    seen_seq: int | None = None,
    route: Route | None = None,
    template: Template | None = None,
    params: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
    answers: Message | None = None,
    hold: float = 0,
) -> Message:
    """Send a clerk's answer to the person, on the route that they used last (or on ``route``), and return it.

    ``answers``: a public message, under which it is then said for everybody; the bot goes on answering in private.
    Raise Stale if there is something newer than ``seen_seq``, NotNow (with offers) if it cannot be sent there, Refused
    if there is no route. ``hold``: seconds before it is sent, in which it can be taken back.
    """
    if not text.strip() and not template and not attachments:
        raise Refused(_("Write something first."))
    contact = conversation.contact.root()
    chosen = find_route_under(answers) if answers else route or last_used_route(conversation)
    if chosen is None:
        raise Refused(_("There is no open way to this person."))
    words = (
        fill_template(template, params)
        if template
        else Say(text.strip(), lang=contact.language or "he", media=to_media(attachments))
    )
    with writing(conversation) as writer:  # its lock makes the second of two clicks see the message of the first
        if seen_seq is not None and messages_since(conversation, seen_seq).exists():
            raise Stale(_("There is something newer in this conversation. Read it, then send."))
        if answers is not None:
            words = in_thread(words, answers)
        elif not writer.conversation.held:
            set_dialogue_aside(contact)
        message = say(writer, chosen, words, lane=Delivery.Lane.AGENT, author=staff, template=template)
        if attachments:
            message.attachments.set(attachments)
        if hold:
            queued = Delivery.objects.filter(message=message, state=Delivery.State.QUEUED)
            queued.update(not_before=time.time() + hold)
        if answers is None:
            writer.set(waiting_since=None, possible_at=None, held=True, assignee=writer.conversation.assignee or staff)
    if answers is None:
        record_merge_event(chosen.identity.contact, "answer", message=message.pk, staff=staff.pk)
    audit(
        "conversations.reply", by=staff_actor(staff), subject=conversation, message=message.pk, channel=message.channel
    )
    return message


def find_route_under(answered: Message) -> Route | None:
    """Return the route to the author of a public message; raise Refused if they deleted it."""
    if not answered.public or answered.deleted_at is not None:
        raise Refused(_("The author deleted this message. There is nothing left to answer in public."))
    routes = Route.objects.select_related("identity__contact", "account", "conversation__contact__merged_into")
    return routes.filter(identity=answered.identity, account=answered.account, account__is_active=True).first()


def messages_since(conversation: Conversation, seq: int) -> QuerySet[Message]:
    """Return the messages after number ``seq`` that the person or colleagues wrote."""
    said = Q(direction="in") | Q(direction="out", author__isnull=False)
    return Message.objects.filter(said, conversation=conversation, seq__gt=seq).order_by("seq")


@transaction.atomic
def take_back(message: Message, *, staff: Staff) -> None:
    """Withdraw a clerk's answer before it is sent; raise Refused if it was sent or is not theirs.

    Raise Refused if any part was sent or another clerk wrote it. The sender's lease and this are both conditional on
    the row's state: only one of them succeeds.
    """
    queued = Delivery.objects.filter(message=message, state=Delivery.State.QUEUED, tries=0)
    if message.author_id != staff.pk or not queued.exists():
        raise Refused(_("It went out already. Write once more to put it right."))
    queued.delete()
    if Delivery.objects.filter(message=message).exists():
        raise Refused(_("It went out already. Write once more to put it right."))
    Message.objects.filter(pk=message.pk).update(state=TAKEN_BACK, deleted_at=timezone.now())
    audit("conversations.take_back", by=staff_actor(staff), subject=message.conversation, message=message.pk)
    publish(INBOX, message.conversation.stream)


def last_used_route(conversation: Conversation) -> Route | None:
    """Return the route on which the person wrote last, even if closed; else the best one, or None."""
    rows = Route.objects.filter(conversation__contact__in=conversation.contact.family_ids(), account__is_active=True)
    rows = rows.select_related("identity", "account", "conversation__contact__merged_into")
    return rows.filter(last_in_at__isnull=False).order_by("-last_in_at").first() or best_route(
        conversation.contact, automatic=False
    )


def to_media(attachments: Sequence[Attachment]) -> tuple[Media, ...]:
    """Return attachments as media to send: each as a link that cannot be guessed.

    Pictures are sent as JPEG: we store WebP, which not every provider accepts as a picture.
    """
    base = base_url()
    return tuple(
        Media("image", "image/jpeg", url=f"{base}/files/{item.key}.jpg", name=item.name)
        if item.is_picture
        else Media("document", item.mime, url=f"{base}/files/{item.key}", name=item.name)
        for item in attachments
    )


@transaction.atomic
def add_note(conversation: Conversation, text: str, *, staff: Staff) -> Message:
    """Add a private note of staff to a conversation and return it; it is never sent."""
    if not text.strip():
        raise Refused(_("Write something first."))
    with writing(conversation) as writer:
        message = writer.add("note", text=text.strip(), author=staff, state="kept")
    audit("conversations.note", by=staff_actor(staff), subject=conversation, message=message.pk)
    return message


@transaction.atomic
def assign(conversation: Conversation, to: Staff | None, *, expected: Staff | None, staff: Staff) -> bool:
    """Assign a conversation that ``expected`` still has to ``to``; return False if it changed meanwhile."""
    if to is not None and not conversation.held:
        set_dialogue_aside(conversation.contact)
    changed = Conversation.objects.filter(pk=conversation.pk, assignee=expected).update(
        assignee=to, held=to is not None
    )
    if changed:
        record_merge_event(conversation.contact, "assign", to=to.pk if to else None)
        audit("conversations.assign", by=staff_actor(staff), subject=conversation, to=to.pk if to else None)
        publish(INBOX, conversation.stream)
    return bool(changed)


@transaction.atomic
def release(conversation: Conversation, *, staff: Staff) -> None:
    """End a clerk's hold on a conversation, so that the bot answers again."""
    Conversation.objects.filter(pk=conversation.pk).update(held=False)
    record_merge_event(conversation.contact, "release")
    audit("conversations.release", by=staff_actor(staff), subject=conversation)
    publish(INBOX, conversation.stream)


@transaction.atomic(savepoint=False)
def set_waiting(conversation: Conversation, since: datetime | None) -> None:
    """Store since when a person waits here for a clerk; None: they do not wait. An earlier time stays."""
    with writing(conversation) as writer:
        if since is None or writer.conversation.waiting_since is None:
            writer.set(waiting_since=since)


__all__ = [
    "NotNow",
    "Stale",
    "add_note",
    "assign",
    "messages_since",
    "release",
    "reply",
    "set_waiting",
    "take_back",
]
