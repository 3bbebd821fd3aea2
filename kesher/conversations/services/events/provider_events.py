"""Store and apply provider events that are no messages of a person: receipts, edits, opt-outs, replies by staff."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from kesher.channels.base import Event, Kind, Status
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import ChannelEvent, Delivery, Intake, IntakeAddress, Message, Route
from kesher.conversations.services.conversation_writer import conversation_of, writing
from kesher.conversations.services.erasure import TEXT_MAX, remove_codes
from kesher.conversations.services.events.author_changes import (
    amend_message,
    is_by_author,
    withdraw_all,
    withdraw_message,
)
from kesher.conversations.services.events.external_ids import OF_AN_ACCOUNT, filter_by_external_id
from kesher.conversations.services.events.message_threads import find_thread
from kesher.conversations.services.events.unreadable_messages import placeholder_text
from kesher.conversations.services.outbound import NotNow, find_route_of, routes_by_preference, say
from kesher.core import hooks
from kesher.core.db.agency_scope import everywhere
from kesher.core.db.batch import CachedInBatch, flush, in_batch
from kesher.core.live.live_events import publish
from kesher.dialogues import services as dialogues
from kesher.dialogues.dialogue_turn import Turn
from kesher.language import detect

SPEECH = frozenset(
    {Kind.MESSAGE, Kind.CHOICE, Kind.STARTED, Kind.COMMENT, Kind.AUTO_REPLY, Kind.CALL, Kind.UNKNOWN, Kind.ECHO}
)
A_DAY = timedelta(days=1)
AMENDED = ("text", "content", "edited_at", "deleted_at")  # columns that an edit, a reaction or a deletion changes
FORGOTTEN = 5000  # rows of a table deleted at a time
RANK = {
    Status.QUEUED: 0,
    "sending": 0,
    "unknown": 0,
    Status.SENT: 1,
    Status.DELIVERED: 2,
    Status.READ: 3,
    Status.FAILED: 4,
}


def record_event(account: Account, event: Event, *, intake: UUID | None = None) -> ChannelEvent | None:
    """Store an event that is not a message, once, and apply it; None for a redelivery.

    A message without a sender is stored as unknown.
    """
    key = hash_event_key(event.dedup_key)
    if ChannelEvent.objects.filter(account=account, dedup_key=key).exists():
        return None
    author = find_identity(event.sender) if event.kind == Kind.EDIT and event.sender else None
    event = remove_codes(event, author.contact) if author else event
    row = ChannelEvent(
        agency_id=account.agency_id,
        account=account,
        dedup_key=key,
        kind=event.kind,
        target=event.target[:200],
        data={"status": event.status, "error": event.error, "text": event.text, **event.data, **name_recipient(event)},
        state=ChannelEvent.State.UNKNOWN if is_unfiled(event) else ChannelEvent.State.IGNORED,
        intake=intake,
    )
    if event.kind in (Kind.STATUS, Kind.BOUNCE, Kind.EDIT, Kind.DELETE, Kind.REACTION):
        row.state = ChannelEvent.State.APPLIED if apply_event(account, row) else ChannelEvent.State.PARKED
    elif event.kind == Kind.ACCOUNT and event.data.get("settle"):
        row.state = ChannelEvent.State.PARKED  # `settlements` does it
    elif event.kind in (Kind.OPT_OUT, Kind.OPT_IN, Kind.IDENTITY_CHANGED) and event.sender is not None:
        row.state = ChannelEvent.State.APPLIED if apply_person_event(event, account) else ChannelEvent.State.IGNORED
    if row.state == ChannelEvent.State.PARKED:
        note_parked(account, row)
    row.save(force_insert=True)
    if row.state == ChannelEvent.State.UNKNOWN:
        publish("channels")
    return row


def name_recipient(event: Event) -> dict[str, int]:
    """Return {"recipient": key of the identity} for a receipt that holds for all that was sent to it up to a time."""
    if event.kind != Kind.STATUS or not event.data.get("until") or event.sender is None:
        return {}
    found = find_identity(event.sender)
    return {"recipient": found.pk} if found else {}


def is_unfiled(event: Event) -> bool:
    """Return whether an event was meant to be read but belongs to no conversation (unknown, or without sender)."""
    return event.kind == Kind.UNKNOWN or (event.kind in SPEECH and event.sender is None)


def hash_event_key(key: str) -> str:
    """Return the keyed hash of an event's deduplication key, which may contain a phone number."""
    return salted_hmac("kesher.event", key, algorithm="sha256").hexdigest()


def apply_event(account: Account, row: ChannelEvent) -> bool:
    """Apply a receipt, edit, reaction or deletion to its message; return False if that has not arrived."""
    if row.kind in (Kind.STATUS, Kind.BOUNCE):
        return apply_status(account, row)
    if row.kind == Kind.DELETE and row.data.get("all"):
        return withdraw_all(account, row)
    with everywhere(OF_AN_ACCOUNT):
        message = (
            filter_by_external_id(Message.objects.filter(account=account), row.target).first() if row.target else None
        )
    if message is None:
        return False
    if not is_by_author(message, row) or is_void(message, row):
        row.data = {**row.data, "text": ""}
        return True
    if row.kind == Kind.DELETE and message.direction == "in" and (message.public or row.data.get("erase")):
        withdraw_message(message)
        return True
    before = message.text
    if row.kind == Kind.EDIT and message.edited_at is None and not message.public:
        message.content = {**message.content, "before": message.text}
    if row.kind == Kind.EDIT:
        message.text, message.edited_at = row.data.get("text", "")[:TEXT_MAX], timezone.now()
    elif row.kind == Kind.DELETE:
        message.deleted_at = timezone.now()
    else:
        message.content = {**message.content, "reaction": row.data.get("text", "")}
    message.save(update_fields=["text", "edited_at", "deleted_at", "content"])
    if row.kind == Kind.EDIT and message.public:
        amend_message(message, before)
    publish(message.conversation.stream)
    return True


def is_void(message: Message, row: ChannelEvent) -> bool:
    """Return whether an event changes nothing: of what was erased, and of public messages, which many readers like."""
    erased = message.deleted_at is not None and (message.public or not message.text)
    return erased or (message.public and row.kind == Kind.REACTION)


def apply_status(account: Account, row: ChannelEvent) -> bool:
    """Apply a receipt to its delivery, and to earlier ones if it holds for them; return False if there is none yet."""
    if row.data.get("until"):
        apply_watermark(account, row)
    delivery = find_delivery(account, row)
    if delivery is not None:
        advance_delivery(delivery, row)
    return delivery is not None or bool(row.data.get("until") and not row.target)


def apply_watermark(account: Account, row: ChannelEvent) -> None:
    """Apply a receipt to all that was sent to its recipient in private up to its time.

    What counts is when a request began: the provider may have received it before it answered us.
    """
    before = datetime.fromisoformat(row.data["until"]).timestamp()
    with everywhere(OF_AN_ACCOUNT):
        sent = Delivery.objects.select_related("message__conversation").filter(
            account=account,
            identity=row.data.get("recipient"),
            message__public=False,
            state__in=[Delivery.State.SENT, Delivery.State.DELIVERED],
            leased_at__lte=before,
        )
        rows = list(sent.order_by("pk"))
    for delivery in rows:
        advance_delivery(delivery, row)


def advance_delivery(delivery: Delivery, row: ChannelEvent) -> None:
    """Move a delivery's state forward to that of a receipt, never back; "failed" applies only before delivery."""
    status = row.data.get("status") or Status.FAILED
    if status not in RANK:
        return
    current = RANK[delivery.state]
    forward = RANK[status] > current if status != Status.FAILED else current <= 1
    if not forward:
        return
    delivery.state = status
    delivery.error = str(row.data.get("error", ""))[:300]
    delivery.external_id = delivery.external_id or row.target
    delivery.sealed = {}  # it is final
    delivery.save(update_fields=["state", "error", "external_id", "sealed"])
    name_message(delivery)
    update_message_state(delivery.message)


def name_message(delivery: Delivery) -> None:
    """Store the provider's id of a message's first part with the message, by which replies and reactions name it."""
    if delivery.part == 0 and delivery.external_id and not delivery.message.external_id:
        Message.objects.filter(pk=delivery.message_id).update(external_id=delivery.external_id)


def find_delivery(account: Account, row: ChannelEvent) -> Delivery | None:
    """Return the delivery that a receipt is about, by our reference, else by the provider's id; or None."""
    ref = str(row.data.get("ref") or "")
    with everywhere(OF_AN_ACCOUNT):
        deliveries = Delivery.objects.select_related("message__conversation").filter(account=account)
        found = deliveries.filter(ref=ref).first() if is_uuid(ref) else None
        return found or (filter_by_external_id(deliveries, row.target).first() if row.target else None)


def update_message_state(message: Message) -> None:
    """Set a message's state to that of its slowest delivery; a failed one makes it failed."""
    states = list(Delivery.objects.filter(message=message).values_list("state", flat=True))
    worst = "failed" if "failed" in states else min(states, key=lambda state: RANK[state], default=message.state)
    if worst != message.state:
        message.state = worst
        message.save(update_fields=["state"])
        publish(message.conversation.stream)
        if worst == "failed" and message.author_id is not None:
            hooks.undelivered(message=message)


def forget_raw() -> int:
    """Delete raw requests and events past their retention; return how many rows.

    They hold personal data, and the messages are stored. Receipts whose message never came are given up after a day.
    """
    before = time.time() - settings.KESHER_RAW_DAYS * 86_400
    over = [Intake.State.DONE, Intake.State.FAILED]
    with everywhere("raw requests past their time"):
        old = Intake.objects.filter(state__in=over, received__lt=before).values_list("pk", flat=True)[:FORGOTTEN]
        past = list(old)
        dropped, _tables = Intake.objects.filter(pk__in=past).delete()
        IntakeAddress.objects.filter(intake__in=past).delete()
        oldest = ChannelEvent.objects.order_by("pk").values_list("pk", "at")[:FORGOTTEN]  # key order is time order
        told = [pk for pk, at in oldest if at.timestamp() < before]
        dropped += ChannelEvent.objects.filter(pk__in=told).delete()[0]
        waiting = ChannelEvent.objects.filter(state=ChannelEvent.State.PARKED, at__lt=timezone.now() - A_DAY)
        return dropped + waiting.update(state=ChannelEvent.State.IGNORED)


def is_uuid(text: str) -> bool:
    """Return whether a text looks like a UUID."""
    return len(text) in (32, 36) and all(letter in "0123456789abcdef-" for letter in text)


@CachedInBatch
def find_parked(account_id: int, target: str) -> list[ChannelEvent]:
    """Return the events of an account that wait for the message with this id, oldest first."""
    return list(ChannelEvent.objects.filter(account=account_id, target=target, state="parked").order_by("id"))


def note_parked(account: Account, row: ChannelEvent) -> None:
    """Let the message for which a new event waits find it, if it comes in the same batch."""
    if in_batch():
        find_parked.fill({(account.pk, row.target): [*find_parked(account.pk, row.target), row]})


def apply_parked(account: Account, external_id: str) -> bool:
    """Apply the receipts, edits and deletions that came before the message or delivery with this provider's id.

    Return whether there were any: then the caller's message has other columns (`AMENDED`) than its row.
    """
    parked = find_parked(account.pk, external_id) if external_id else []
    for row in parked:
        if apply_event(account, row):
            row.state = ChannelEvent.State.APPLIED
            row.save(update_fields=["state"])
    return bool(parked)


def apply_person_event(event: Event, account: Account) -> bool:
    """Apply a provider's opt-out, opt-in or change of a number's owner; return whether anything changed."""
    assert event.sender is not None
    identity = contacts.get_or_create_identity(event.sender)
    contact = identity.contact.root()
    if event.kind == Kind.OPT_OUT:
        contacts.refuse_messages(
            identity.contact, everything=False, source=account.channel, by=Turn(contact, account.channel).actor
        )
        return True
    if event.kind == Kind.OPT_IN:
        return apply_opt_in(account, identity, contact)
    identity.assurance = 0
    identity.evidence = {"changed": str(timezone.now().date())}
    identity.save(update_fields=["assurance", "evidence"])
    return True


def apply_opt_in(account: Account, identity: Identity, contact: Contact) -> bool:
    """Undo a person's opt-out and reopen their route, and send them what they will get; return if it changed."""
    opened = Route.objects.filter(identity=identity, account=account, closed=True).update(closed=False)
    lang = contact.language or "he"
    with translation.override(lang):
        said = dialogues.start(Turn(contact, account.channel, lang, identity))
        route = next(
            (way for way in routes_by_preference(contact) if (way.identity, way.account) == (identity, account)), None
        )
        if said and route is not None:
            with writing(conversation_of(contact)) as writer:
                try:
                    for what in said:
                        say(writer, route, what, answering=True)
                except NotNow:
                    pass  # the opt-out is taken back all the same
    return bool(said or opened)


SENT_ELSEWHERE = "sent_elsewhere"  # in a message's content: staff wrote it in another application


def is_own_message(event: Event) -> bool:
    """Return whether an event is a message that our own account sent, not its edit, deletion or reaction."""
    return event.kind == Kind.ECHO and event.sender is not None and not event.data.get("of")


def restore_event_kind(event: Event) -> Event:
    """Return an echo of an edit or a deletion as an event of that kind; any other event unchanged."""
    deed = event.data.get("of")
    return replace(event, kind=Kind(deed)) if deed in (Kind.EDIT, Kind.DELETE) and event.target else event


@transaction.atomic(savepoint=False)
def receive_echo(
    account: Account, event: Event, identity: Identity, *, received: datetime, intake: UUID | None = None
) -> Message | None:
    """Store a message that our account sent from another application, as one that is not sent again.

    If staff wrote it, and the person has written nothing since, a clerk holds the conversation from then on and nothing
    waits. Return None if we sent it ourselves.
    """
    if event.data.get("own") or was_sent_by_us(account, event.external_id):
        record_event(account, event, intake=intake)
        return None
    text = event.text or ("" if event.media or event.location else placeholder_text(event, account.agency))
    with writing(conversation_of(identity.contact)) as writer:
        talk = writer.conversation
        by_staff = not event.data.get("automatic")
        is_answer = by_staff and (talk.last_in_at is None or talk.last_in_at <= received)
        message = writer.add(
            "out",
            text=text[:TEXT_MAX],
            received=received,
            said_at=event.at,
            account=account,
            identity=identity,
            channel=account.channel,
            dedup_key=event.dedup_key[:180],
            external_id=event.external_id[:200],
            reply_to=event.reply_to[:200],
            public=event.is_public,
            thread=find_thread(account, event),
            lang=event.lang or detect(text) or "",
            state="sent",
            intake=intake,
            content={SENT_ELSEWHERE: True} if by_staff else {},
        )
        if is_answer:
            writer.set(waiting_since=None, **({} if message.public else {"held": True}))
        if find_route_of(identity.pk, account.pk) is None:
            route = Route.objects.create(
                agency_id=talk.agency_id, conversation=talk, identity=identity, account=account
            )
            find_route_of.fill({(identity.pk, account.pk): route})
    if is_answer:
        flush()  # the hook needs its key
        hooks.answered(message=message)
    return message


def was_sent_by_us(account: Account, external_id: str) -> bool:
    """Return whether a message with this id was sent from here. Some providers echo everything."""
    if not external_id:
        return False
    with everywhere(OF_AN_ACCOUNT):
        return any(
            filter_by_external_id(rows.filter(account=account), external_id).exists()
            for rows in (Message.objects, Delivery.objects)
        )
