"""What arrived that is not a message: receipts, edits, reactions, refusals, and the unknown."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kesher.channels.base import Event, Kind, Status
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.conversations.models import ChannelEvent, Delivery, Intake, Message
from kesher.core.live import publish
from kesher.core.scope import everywhere
from kesher.dialogues.turn import Turn

TEXT_MAX = 20_000
A_DAY = timedelta(days=1)
RANK = {
    Status.QUEUED: 0,
    "sending": 0,
    "unknown": 0,
    Status.SENT: 1,
    Status.DELIVERED: 2,
    Status.READ: 3,
    Status.FAILED: 4,
}


def record_event(account: Account, event: Event) -> ChannelEvent | None:
    """Stores what is not a message, once, and applies it; None for a redelivery."""
    key = event.dedup_key[:180]
    if ChannelEvent.objects.filter(account=account, dedup_key=key).exists():
        return None
    row = ChannelEvent(
        agency_id=account.agency_id,
        account=account,
        dedup_key=key,
        kind=event.kind,
        target=event.target[:200],
        data={"status": event.status, "error": event.error, "text": event.text, **event.data},
        state=ChannelEvent.State.UNKNOWN if event.kind == Kind.UNKNOWN else ChannelEvent.State.IGNORED,
    )
    if event.kind in (Kind.STATUS, Kind.BOUNCE, Kind.EDIT, Kind.DELETE, Kind.REACTION):
        row.state = ChannelEvent.State.APPLIED if apply_event(account, row) else ChannelEvent.State.PARKED
    elif event.kind in (Kind.OPT_OUT, Kind.OPT_IN, Kind.IDENTITY_CHANGED) and event.sender is not None:
        apply_person_event(event, account)
        row.state = ChannelEvent.State.APPLIED
    row.save(force_insert=True)
    if row.state == ChannelEvent.State.UNKNOWN:
        publish("channels")
    return row


def apply_event(account: Account, row: ChannelEvent) -> bool:
    """Applies a receipt, an edit, a reaction or a deletion to its message; False where that is not here yet."""
    if row.kind in (Kind.STATUS, Kind.BOUNCE):
        return apply_status(account, row)
    message = Message.objects.filter(account=account, external_id=row.target).first() if row.target else None
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
    ref = str(row.data.get("ref") or "")
    found = Q(external_id=row.target) if row.target else Q(pk__in=[])
    if is_uuid(ref):
        found |= Q(ref=ref)
    delivery = Delivery.objects.select_related("message__conversation").filter(found, account=account).first()
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
    delivery.save(update_fields=["state", "error", "external_id"])
    settle(delivery.message)
    return True


def settle(message: Message) -> None:
    """A message is as far as its slowest part; a failed part is a failed message."""
    states = list(Delivery.objects.filter(message=message).values_list("state", flat=True))
    worst = "failed" if "failed" in states else min(states, key=lambda state: RANK[state], default=message.state)
    if worst != message.state:
        message.state = worst
        message.save(update_fields=["state"])
        publish(message.conversation.stream)


def forget_raw() -> int:
    """Drops what was worked off long enough ago: raw requests hold personal data, and the messages stand for them.
    Receipts whose message never came are given up after a day. Returns how many rows."""
    before = time.time() - settings.KESHER_RAW_DAYS * 86_400
    with everywhere("raw requests past their time"):
        old = Intake.objects.filter(state=Intake.State.DONE, received__lt=before).values_list("pk", flat=True)[:5000]
        dropped, _tables = Intake.objects.filter(pk__in=list(old)).delete()
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


def apply_person_event(event: Event, account: Account) -> None:
    """A refusal (or its end) given to the provider, and a number that changed hands."""
    assert event.sender is not None
    identity = contacts.know(event.sender)
    actor = Turn(identity.contact.root(), account.channel).actor
    if event.kind == Kind.OPT_OUT:
        contacts.stop(identity.contact.root(), everything=False, source=account.channel, by=actor)
    elif event.kind == Kind.IDENTITY_CHANGED:
        identity.assurance = 0
        identity.evidence = {"changed": str(timezone.now().date())}
        identity.save(update_fields=["assurance", "evidence"])
