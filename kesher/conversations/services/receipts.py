"""What arrived that is not a message: receipts, edits, reactions, refusals, and the unknown."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kesher.channels.base import Event, Kind, Status
from kesher.channels.models import Account
from kesher.contacts.services import find_identity
from kesher.conversations.models import ChannelEvent, Delivery, Intake, IntakeAddress, Message
from kesher.conversations.services.contact_events import apply_person_event
from kesher.conversations.services.incoming_codes import TEXT_MAX, without_codes
from kesher.core.live import publish
from kesher.core.scope import everywhere

SPEECH = frozenset(
    {Kind.MESSAGE, Kind.CHOICE, Kind.STARTED, Kind.COMMENT, Kind.AUTO_REPLY, Kind.CALL, Kind.UNKNOWN, Kind.ECHO}
)
A_DAY = timedelta(days=1)
# An account is one agency's. To ask for the agency, too, would lead SQLite to the agency's index: through all rows.
OF_AN_ACCOUNT = "what an event of an account speaks of"
FORGOTTEN = 5000  # rows of a table at a time
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
    """Stores what is not a message, once, and applies it; None for a redelivery. Words that nobody said are unknown."""
    key = digest(event.dedup_key)
    if ChannelEvent.objects.filter(account=account, dedup_key=key).exists():
        return None
    author = find_identity(event.sender) if event.kind == Kind.EDIT and event.sender else None
    event = without_codes(event, author.contact) if author else event
    row = ChannelEvent(
        agency_id=account.agency_id,
        account=account,
        dedup_key=key,
        kind=event.kind,
        target=event.target[:200],
        data={"status": event.status, "error": event.error, "text": event.text, **event.data},
        state=ChannelEvent.State.UNKNOWN if is_lost(event) else ChannelEvent.State.IGNORED,
        intake=intake,
    )
    if event.kind in (Kind.STATUS, Kind.BOUNCE, Kind.EDIT, Kind.DELETE, Kind.REACTION):
        row.state = ChannelEvent.State.APPLIED if apply_event(account, row) else ChannelEvent.State.PARKED
    elif event.kind in (Kind.OPT_OUT, Kind.OPT_IN, Kind.IDENTITY_CHANGED) and event.sender is not None:
        row.state = ChannelEvent.State.APPLIED if apply_person_event(event, account) else ChannelEvent.State.IGNORED
    row.save(force_insert=True)
    if row.state == ChannelEvent.State.UNKNOWN:
        publish("channels")
    return row


def is_lost(event: Event) -> bool:
    """Is this something that somebody should have read, and that can be filed nowhere?"""
    return event.kind == Kind.UNKNOWN or (event.kind in SPEECH and event.sender is None)


def digest(key: str) -> str:
    """By what an event is known again. Its own key has a person's number in it, which is not kept for that."""
    return salted_hmac("kesher.event", key, algorithm="sha256").hexdigest()


def apply_event(account: Account, row: ChannelEvent) -> bool:
    """Applies a receipt, an edit, a reaction or a deletion to its message; False where that is not here yet."""
    if row.kind in (Kind.STATUS, Kind.BOUNCE):
        return apply_status(account, row)
    with everywhere(OF_AN_ACCOUNT):
        message = by_external_id(Message.objects.filter(account=account), row.target).first() if row.target else None
    if message is None:
        return False
    if row.kind == Kind.EDIT and message.edited_at is None:
        message.content = {**message.content, "before": message.text}
    if row.kind == Kind.EDIT:
        message.text, message.edited_at = row.data.get("text", "")[:TEXT_MAX], timezone.now()
    elif row.kind == Kind.DELETE:
        message.deleted_at = timezone.now()
    else:
        message.content = {**message.content, "reaction": row.data.get("text", "")}
    message.save(update_fields=["text", "edited_at", "deleted_at", "content"])
    publish(message.conversation.stream)
    return True


def apply_status(account: Account, row: ChannelEvent) -> bool:
    """Moves a delivery forward, never back; ``failed`` comes only from what was not delivered yet."""
    delivery = spoken_of(account, row)
    if delivery is None:
        return False
    status = row.data.get("status") or Status.FAILED
    if status not in RANK:
        return True
    current = RANK[delivery.state]
    forward = RANK[status] > current if status != Status.FAILED else current <= 1
    if not forward:
        return True
    delivery.state = status
    delivery.error = str(row.data.get("error", ""))[:300]
    delivery.external_id = delivery.external_id or row.target
    delivery.sealed = {}  # it arrived, or never will
    delivery.save(update_fields=["state", "error", "external_id", "sealed"])
    settle(delivery.message)
    return True


def spoken_of(account: Account, row: ChannelEvent) -> Delivery | None:
    """The delivery that a receipt means: by our own reference where the provider gave it back, else by his id."""
    ref = str(row.data.get("ref") or "")
    with everywhere(OF_AN_ACCOUNT):
        deliveries = Delivery.objects.select_related("message__conversation").filter(account=account)
        found = deliveries.filter(ref=ref).first() if is_uuid(ref) else None
        return found or (by_external_id(deliveries, row.target).first() if row.target else None)


def by_external_id[M: Message | Delivery](rows: QuerySet[M], external_id: str) -> QuerySet[M]:
    """Those with the provider's id. Its index leaves out rows without one, and SQLite uses such an index only where
    the query leaves them out in so many words."""
    return rows.filter(external_id=external_id).exclude(external_id="")


def settle(message: Message) -> None:
    """A message is as far as its slowest part; a failed part is a failed message."""
    states = list(Delivery.objects.filter(message=message).values_list("state", flat=True))
    worst = "failed" if "failed" in states else min(states, key=lambda state: RANK[state], default=message.state)
    if worst != message.state:
        message.state = worst
        message.save(update_fields=["state"])
        publish(message.conversation.stream)


def forget_raw() -> int:
    """Drops what arrived long enough ago, worked off or given up: raw requests and events hold personal data, and the
    messages stand for them. Receipts whose message never came are given up after a day. Returns how many rows."""
    before = time.time() - settings.KESHER_RAW_DAYS * 86_400
    over = [Intake.State.DONE, Intake.State.FAILED]
    with everywhere("raw requests past their time"):
        old = Intake.objects.filter(state__in=over, received__lt=before).values_list("pk", flat=True)[:FORGOTTEN]
        past = list(old)
        dropped, _tables = Intake.objects.filter(pk__in=past).delete()
        IntakeAddress.objects.filter(intake__in=past).delete()
        oldest = ChannelEvent.objects.order_by("pk").values_list("pk", "at")[:FORGOTTEN]  # in the order of their times
        told = [pk for pk, at in oldest if at.timestamp() < before]
        dropped += ChannelEvent.objects.filter(pk__in=told).delete()[0]
        waiting = ChannelEvent.objects.filter(state=ChannelEvent.State.PARKED, at__lt=timezone.now() - A_DAY)
        return dropped + waiting.update(state=ChannelEvent.State.IGNORED)


def is_uuid(text: str) -> bool:
    return len(text) in (32, 36) and all(letter in "0123456789abcdef-" for letter in text)


def apply_parked(account: Account, message: Message) -> None:
    """Receipts, edits and deletions that came before their message."""
    if not message.external_id:
        return
    for row in ChannelEvent.objects.filter(account=account, target=message.external_id, state="parked").order_by("id"):
        if apply_event(account, row):
            row.state = ChannelEvent.State.APPLIED
            row.save(update_fields=["state"])
