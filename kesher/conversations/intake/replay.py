"""Parse stored webhook requests again with today's adapters, and file what could not be read before.

Safe beside the worker, which takes only new rows: each row is claimed by a conditional update in its own transaction,
and what is stored already is recognised by its key, so that a second run changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from uuid import UUID

from django.db import transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from kesher.channels.base import Event, Kind
from kesher.channels.event_json import iso_utc
from kesher.channels.models import Account
from kesher.contacts.services import find_identity
from kesher.conversations.intake.worker import Worker
from kesher.conversations.models import ChannelEvent, Conversation, Intake, Message
from kesher.conversations.services.erasure import note_addresses
from kesher.conversations.services.events.lookups import Arrival
from kesher.conversations.services.events.provider_events import SPEECH, hash_event_key
from kesher.conversations.services.events.unreadable_messages import UNREAD
from kesher.conversations.services.late_content.recovered_messages import (
    dismiss_placeholder,
    replace_placeholder,
    settle_intake,
)
from kesher.conversations.services.receive import receive, respond
from kesher.core import hooks
from kesher.core.audit import SYSTEM, Actor
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.literal_sql_condition import LiteralCondition
from kesher.core.http.arrival_time import arrival

log = logging.getLogger("kesher.replay")

YOUNG = timedelta(hours=24)  # the bot answers nothing older
FAILED = "failed"
LINKED = ("conversations", "0004_what_came_in_which_request")  # since this migration, rows name their request
OVER = [Intake.State.DONE, Intake.State.FAILED]
CHUNK = 500

type Kinds = list[str] | str


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of reading one request again.

    ``before`` and ``after`` are the kinds of its events, or "failed"; ``delivered_to`` names the conversations of its
    messages.
    """

    intake: str
    channel: str
    received: str
    before: Kinds
    after: Kinds
    delivered_to: str | None

    @property
    def is_changed(self) -> bool:
        """Return whether a replayed request could be read, and gave other events than before."""
        return self.after not in (self.before, FAILED)


@dataclass(slots=True)
class Placeholders:
    """The placeholders of a request that could not be read."""

    messages: list[Message] = field(default_factory=list)
    events: list[ChannelEvent] = field(default_factory=list)

    def pop_message(self, account: Account, event: Event) -> Message | None:
        """Remove and return the placeholder of this event, found by its id, else by its sender; or None."""
        for fits in (same_id, same_sender):
            for message in self.messages:
                if message.account_id == account.pk and fits(message, event):
                    self.messages.remove(message)
                    return message
        return None


def same_id(message: Message, event: Event) -> bool:
    """Return whether message and event have the same id from the provider."""
    return bool(event.external_id) and message.external_id == event.external_id[:200]


def same_sender(message: Message, event: Event) -> bool:
    """Return whether the message came from the identity that is the event's sender."""
    identity = find_identity(event.sender) if event.sender else None
    return identity is not None and message.identity_id == identity.pk


def replay(
    *,
    channel: str = "",
    since_days: float | None = None,
    dry_run: bool = False,
    agency_id: int | None = None,
    seconds: float | None = None,
    by: Actor = SYSTEM,
) -> Iterator[Replayed]:
    """Process again stored requests that could not be read, and yield what changed for each, oldest first.

    ``seconds``: start no request after this time, and look only at those known to be stuck. ``dry_run`` writes nothing
    and yields what would change.
    """
    began = time.monotonic()
    worker = Worker()
    worker.accounts.refresh()
    accounts = {
        pk: account
        for pk, account in worker.accounts.by_id.items()
        if channel in ("", account.channel) and agency_id in (None, account.agency_id)
    }
    since = time.time() - since_days * 86_400 if since_days is not None else 0.0
    for pk, is_stuck in find_candidates(accounts, since):
        if seconds is not None and (not is_stuck or time.monotonic() - began > seconds):
            continue
        row = Intake.objects.filter(pk=pk, state__in=OVER).first()
        by_whom = None if dry_run else by
        line = read_again(worker, row, accounts[row.account_id], by=by_whom, is_stuck=is_stuck) if row else None
        if line is not None:
            yield line


def find_candidates(accounts: dict[int, Account], since: float) -> list[tuple[UUID, bool]]:
    """Return (id, whether it is known to be unread) of the stored requests to read again, oldest first.

    For requests older than the link between messages and requests, only reading them shows it.
    """
    kept = Intake.objects.filter(account_id__in=accounts, received__gte=since)
    with everywhere("what nobody could read"):
        unread = Message.objects.filter(LiteralCondition(Q(state=UNREAD)), account__in=accounts, intake__isnull=False)
        unknown = ChannelEvent.objects.filter(
            LiteralCondition(Q(state="unknown")), account__in=accounts, intake__isnull=False
        )
        linked_to = [*unread.values_list("intake", flat=True), *unknown.values_list("intake", flat=True)]
        wanted = {pk for pk in linked_to if pk is not None}
    stuck = set(kept.filter(state=Intake.State.FAILED).values_list("pk", flat=True))
    for some in batched(sorted(wanted), CHUNK):
        stuck |= set(kept.filter(pk__in=some, state=Intake.State.DONE).values_list("pk", flat=True))
    linked = MigrationRecorder.Migration.objects.filter(app=LINKED[0], name=LINKED[1]).values_list("applied", flat=True)
    before = max((at.timestamp() for at in linked), default=0.0)
    unlinked = set(kept.filter(state=Intake.State.DONE, received__lt=before).values_list("pk", flat=True))
    return sorted([*((pk, True) for pk in stuck), *((pk, False) for pk in unlinked - stuck)])


def read_again(worker: Worker, row: Intake, account: Account, *, by: Actor | None, is_stuck: bool) -> Replayed | None:
    """Read one stored request again and store what was lost; return what changed, None if nothing was lost."""
    head = str(row.pk), account.channel, iso_utc(datetime.fromtimestamp(row.received, UTC))
    try:
        arrivals = worker.parse_events(row)
    except Exception:
        log.exception("intake %s cannot be read", row.pk)
        return Replayed(*head, previous_kinds(row, [], find_placeholders(row)), FAILED, None) if is_stuck else None
    after: Kinds = [str(event.kind) for _account, event in arrivals]
    before: Kinds = []
    try:
        with transaction.atomic() if by else nullcontext():
            if by and not claim_row(row):
                return None  # it is being processed again
            stuck = find_placeholders(row)
            missing = [item for item in arrivals if is_missing(*item)]
            before = previous_kinds(row, arrivals, stuck)
            if not (missing or is_stuck):
                return None
            if by:
                file_all(row, arrivals, missing, stuck, by=by)
    except Exception:
        log.exception("intake %s failed again", row.pk)
        after = FAILED
    return Replayed(*head, before, after, conversation_streams(row, arrivals))


def claim_row(row: Intake) -> bool:
    """Lock a processed request against other processes; return False if it is being processed again."""
    return Intake.objects.select_for_update().filter(pk=row.pk, state__in=OVER).values_list("pk").first() is not None


def find_placeholders(row: Intake) -> Placeholders:
    """Return the messages and events that stand for what could not be read of a request."""
    with everywhere("what stands for a request"):
        messages = Message.objects.filter(LiteralCondition(Q(state=UNREAD)), intake=row.pk)
        events = ChannelEvent.objects.filter(LiteralCondition(Q(state="unknown")), intake=row.pk)
        related = ("conversation__contact__merged_into", "identity__contact", "account__agency")
        return Placeholders(list(messages.select_related(*related).order_by("id")), list(events.order_by("id")))


def is_speech(event: Event) -> bool:
    """Return whether an event is a message (of any kind) from a known sender, not a receipt or the like."""
    return event.kind in SPEECH and event.sender is not None


def find_message(account: Account, event: Event) -> Message | None:
    """Return the stored message of a provider's event; None if there is none."""
    with scope(account.agency_id):
        rows = Message.objects.select_related("conversation__contact__merged_into", "identity__contact", "account")
        return rows.filter(account=account, dedup_key=event.dedup_key[:180]).first()


def find_event(account: Account, event: Event) -> ChannelEvent | None:
    """Return the stored row of a provider's event that is no message; None if there is none."""
    with scope(account.agency_id):
        return ChannelEvent.objects.filter(account=account, dedup_key=hash_event_key(event.dedup_key)).first()


def is_missing(account: Account, event: Event) -> bool:
    """Return whether a provider's event is not stored yet, or only as a placeholder.

    A stored message without any content counts as missing if the event has text.
    """
    if not is_speech(event):
        return find_event(account, event) is None
    message = find_message(account, event)
    if message is None:
        other = find_event(account, event) if event.kind == Kind.ECHO else None
        return other is None or other.state == ChannelEvent.State.UNKNOWN  # otherwise it was our own message
    return bool(event.text.strip()) and is_blank(message)


def is_blank(message: Message) -> bool:
    """Return whether a message has no text, content or files, and not because its author deleted it."""
    with scope(message.agency_id):
        bare = not message.text and not message.content and message.deleted_at is None
        return bare and not message.attachments.exists()


def previous_kinds(row: Intake, arrivals: list[Arrival], stuck: Placeholders) -> Kinds:
    """Return the kinds of what has been stored of a request so far; FAILED if its processing failed."""
    if row.state == Intake.State.FAILED:
        return FAILED
    kinds, keys = [], set()
    for account, event in arrivals:
        message, other = find_message(account, event), find_event(account, event)
        if message is not None:
            kinds.append(str(message.content.get("kind", "unknown" if message.state == UNREAD else Kind.MESSAGE)))
        elif other is not None:
            kinds.append(other.kind)
        keys |= {event.dedup_key[:180], hash_event_key(event.dedup_key)}
    stand_for_it = [one.dedup_key for one in stuck.messages] + [one.dedup_key for one in stuck.events]
    return [*kinds, *("unknown" for key in stand_for_it if key not in keys)] or ["unknown"]


def file_all(row: Intake, arrivals: list[Arrival], missing: list[Arrival], stuck: Placeholders, *, by: Actor) -> None:
    """Store the missing events of a request, and replace or close its placeholders."""
    note_addresses((row.pk, account, event) for account, event in arrivals)
    keys = {key for _account, event in arrivals for key in (event.dedup_key[:180], hash_event_key(event.dedup_key))}
    stuck.messages = [message for message in stuck.messages if message.dedup_key not in keys]
    for account, event in missing:
        with scope(account.agency_id):
            file_one(row, account, event, stuck)
    for message in stuck.messages:
        with scope(message.agency_id):
            dismiss_placeholder(message, ", ".join(sorted({str(event.kind) for _account, event in arrivals})) or "-")
    filed = {hash_event_key(event.dedup_key) for _account, event in arrivals if is_speech(event)}
    lost = {hash_event_key(event.dedup_key) for _account, event in arrivals} - filed
    read = [event.pk for event in stuck.events if event.dedup_key not in lost]
    if missing or stuck.messages or read or row.state == Intake.State.FAILED:
        settle_intake(row, read, filed, by=by)


def file_one(row: Intake, account: Account, event: Event, stuck: Placeholders) -> None:
    """Store one event at its own time; the bot answers it if it is recent, else a clerk sees it."""
    moment = datetime.fromtimestamp(row.received, UTC)
    is_young = datetime.now(UTC) - moment < YOUNG
    with arrival(moment):
        blank = find_message(account, event) if is_speech(event) else None
        stood = blank or (
            stuck.pop_message(account, event) if is_speech(event) and event.kind != Kind.UNKNOWN else None
        )
        if stood is not None:
            message: Message | None = replace_placeholder(stood, account, event)
        else:
            message = receive(account, event, received=moment, intake=row.pk)
        if message is None:
            return
        if is_young and blank is None:
            respond(message)
        elif stood is None or blank is not None:
            hooks.inbound(message=message, wants_person=event.kind != Kind.AUTO_REPLY)


def conversation_streams(row: Intake, arrivals: list[Arrival]) -> str | None:
    """Return the names of the conversations that a request's messages belong to; None if none."""
    found: dict[str, None] = {}
    for account, event in arrivals:
        with scope(account.agency_id):
            message = find_message(account, event)
            if message is not None:
                found[message.conversation.stream] = None
            elif is_speech(event) and (talk := find_conversation(event)) is not None:
                found[talk.stream] = None
    return ", ".join(found) or None


def find_conversation(event: Event) -> Conversation | None:
    """Return the conversation of an event's sender; None if the sender is not known."""
    identity = find_identity(event.sender) if event.sender else None
    return Conversation.objects.filter(contact=identity.contact.root()).first() if identity else None
