"""Database side of sending: lease due deliveries to one sender, and record how each attempt ended."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from kesher.channels.base import AccountInfo, Address, Capabilities, Channel, ChannelError, Payload, Receipt
from kesher.channels.registry import pulled_channels
from kesher.channels.secret_redaction import redact
from kesher.channels.services import note_error
from kesher.contacts import services as contacts
from kesher.contacts.models import Consent
from kesher.conversations.delivery.call_replies import fail_unheard
from kesher.conversations.models import Delivery, Intake, Route
from kesher.conversations.services.events.provider_events import apply_parked, name_message, update_message_state
from kesher.conversations.services.events.reply_tokens import reply_token, stop_url
from kesher.conversations.services.outgoing_hold import HELD
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.live.live_events import publish

State = Delivery.State
LEASE = 32
UNSEEN_ENDS = 3  # requests with an unknown outcome before we give up
UNDER_WAY = (State.QUEUED, State.SENDING)
LOST = "lost: what was to be sent cannot be read any more"
EXPIRED = "expired: it was not good any more when it could have gone out"


@dataclass(frozen=True, slots=True)
class Job:
    """One provider request to make."""

    pk: int
    agency_id: int
    identity_id: int
    account_id: int
    tries: int
    adapter: Channel
    info: AccountInfo
    capabilities: Capabilities
    payload: Payload
    secrets: tuple[str, ...] = field(default=(), repr=False)  # parts of the payload that no log or error may show


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one request: a receipt or an error."""

    job: Job
    receipt: Receipt | None = None
    error: ChannelError | None = None


def lease_deliveries(limit: int = LEASE) -> list[Job]:
    """Lock due deliveries to be sent and return them as jobs: one for each person and account, oldest first.

    A conditional update decides between two senders.
    """
    now = time.time()
    with everywhere("deliveries that are due"), transaction.atomic():
        earlier = Delivery.objects.filter(
            account=OuterRef("account"),
            identity=OuterRef("identity"),
            id__lt=OuterRef("id"),
            state__in=[State.QUEUED, State.SENDING],
        ).exclude(HELD)
        good = Q(expires=None) | Q(expires__gt=datetime.fromtimestamp(now, UTC))
        due = Delivery.objects.filter(good, ~Exists(earlier), state=State.QUEUED, not_before__lte=now)
        due = due.exclude(HELD).exclude(account__channel__in=pulled_channels()).order_by("lane", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows = list(due.select_related("account", "agency", "message", "identity")[:limit])
        if not rows:
            return []
        rows = [row for row in rows if not discard_if_lost(row)]
        Delivery.objects.filter(pk__in=[row.pk for row in rows], state=State.QUEUED).update(
            state=State.SENDING, leased_at=now
        )
        return [make_job(row) for row in rows]


def discard_if_lost(row: Delivery) -> bool:
    """Return whether a delivery has nothing left to send; if so, mark it as failed.

    The person was erased, or the key to the sealed content is gone.
    """
    if "body" in (row.sealed or row.payload):
        return False
    Delivery.objects.filter(pk=row.pk).update(state=State.FAILED, sealed={}, error=LOST)
    with scope(row.agency_id):
        update_message_state(row.message)
    return True


def make_job(row: Delivery) -> Job:
    """Return a delivery as a job for the sender: its content decrypted, and for a mail with its reply address."""
    info = row.account.info(row.agency.public_url)
    adapter = row.account.adapter
    request = row.sealed or row.payload
    body = dict(request["body"])
    if row.identity.scheme == "mailto":
        with scope(row.agency_id):
            body |= mail_addresses(row)
    payload = Payload(Address(**row.payload["to"]), body, request.get("text", ""), str(row.ref))
    return Job(
        row.pk,
        row.agency_id,
        row.identity_id,
        row.account_id,
        row.tries,
        adapter,
        info,
        adapter.capabilities(info),
        payload,
        tuple(request.get("secrets", ())),
    )


def mail_addresses(row: Delivery) -> dict[str, Any]:
    """Return {"thread_token": …, "unsubscribe_url": …} for a mail that is about to be sent.

    Anyone who has them can use them, so they are made when the mail is sent and stored nowhere.
    """
    route = Route.objects.filter(identity=row.identity_id, account=row.account_id).first()
    made: dict[str, Any] = {"thread_token": reply_token(route)} if route else {}
    if row.message.purpose != Consent.Purpose.SERVICE:
        made["unsubscribe_url"] = stop_url(row.identity)
    return made


def record_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Store the outcomes of a batch of provider requests, in one transaction."""
    with transaction.atomic():
        for outcome in outcomes:
            with scope(outcome.job.agency_id):
                record_outcome(outcome)


def record_outcome(outcome: Outcome) -> None:
    """Store the outcome of one provider request on its delivery and message."""
    job = outcome.job
    row = Delivery.objects.select_related("message__conversation", "identity__contact", "account").get(pk=job.pk)
    if row.state != State.SENDING:
        note_first_receipt(row, outcome)
        return
    unseen = outcome.error is not None and outcome.error.unknown
    row.tries += not unseen  # the sweep counts unknown outcomes, whether or not the process died
    if outcome.receipt is not None:
        row.state = outcome.receipt.status or State.SENT
        row.external_id = outcome.receipt.external_id[:200]
        row.sent_at = datetime.now(UTC)
        row.error = ""
    elif outcome.error is not None:
        record_failure(row, outcome.error, redact(str(outcome.error), job.secrets))
    if row.state not in UNDER_WAY:
        row.sealed = {}
    row.save(update_fields=["state", "tries", "external_id", "sent_at", "error", "not_before", "sealed"])
    name_message(row)
    update_message_state(row.message)
    if outcome.receipt is not None and job.capabilities.receipts:
        apply_parked(row.account, row.external_id)


def note_first_receipt(row: Delivery, outcome: Outcome) -> None:
    """Complete a delivery whose receipt came before the provider's answer: its id, and when it was sent."""
    if outcome.receipt is None or row.sent_at is not None:
        return
    row.external_id = row.external_id or outcome.receipt.external_id[:200]
    row.sent_at = datetime.now(UTC)
    row.save(update_fields=["external_id", "sent_at"])
    name_message(row)


def record_failure(row: Delivery, error: ChannelError, words: str) -> None:
    """Schedule another try of a failed delivery after a growing pause, or mark it failed with ``words``."""
    row.error = words[:300]
    pauses = settings.KESHER_RETRY_PAUSES
    if error.unknown:
        return  # stays "sending": the sweep decides by what the channel promises
    if error.permanent or row.tries > len(pauses):
        row.state = State.FAILED
        note_error(row.account, words)
    else:
        row.state = State.QUEUED
        row.not_before = time.time() + (error.retry_after or pauses[row.tries - 1])
    if error.stopped:
        Route.objects.filter(identity=row.identity, account=row.account).update(closed=True)
        contacts.refuse_messages(row.identity.contact, everything=False, source=row.account.channel, by=SYSTEM)
    publish(row.message.conversation.stream)


def sweep_deliveries(held: Collection[int] = ()) -> int:
    """Retry or give up deliveries whose outcome was never recorded (a process died, a response never came).

    What the channel promises decides: they are made again, a few times, or shown as unknown for a clerk to decide.
    Where the channel promises a report, no report counts only once everything that came in that time was read: it may
    wait in the journal. ``held``: deliveries that this process still waits for; they are left alone. Return how many
    were examined.
    """
    patience = settings.KESHER_LEASE_SECONDS
    now = time.time()
    unread = Intake.objects.filter(
        account_id=OuterRef("account"), state=Intake.State.NEW, received__lt=OuterRef("leased_at") + patience
    )
    with everywhere("deliveries that were left"):
        if held:
            still = Delivery.objects.filter(pk__in=held, state=State.SENDING, leased_at__lt=now - patience / 2)
            still.update(leased_at=now)
        rows = list(
            Delivery.objects.filter(state=State.SENDING, leased_at__lt=now - patience)
            .select_related("account", "message__conversation")
            .annotate(unread=Exists(unread))
            .order_by("id")[:200]
        )
    for row in rows:
        promise = row.account.capabilities().after_unknown
        if promise == "receipt" and row.unread:
            continue
        given_up = promise == "ask" or row.tries + 1 >= UNSEEN_ENDS
        change: dict[str, Any] = {"state": State.UNKNOWN, "sealed": {}} if given_up else {"state": State.QUEUED}
        with scope(row.agency_id), transaction.atomic():
            if Delivery.objects.filter(pk=row.pk, state=State.SENDING).update(
                not_before=0, tries=F("tries") + 1, **change
            ):
                update_message_state(row.message)
    return len(rows) + expire_codes() + fail_unheard()


def expire_codes() -> int:
    """Mark queued deliveries with expired codes as failed and delete their content; return how many."""
    with everywhere("codes that are too old to be sent"):
        late = Delivery.objects.filter(state=State.QUEUED, expires__lte=datetime.now(UTC))
        rows = list(late.select_related("message__conversation").order_by("id")[:200])
    for row in rows:
        with scope(row.agency_id), transaction.atomic():
            queued = Delivery.objects.filter(pk=row.pk, state=State.QUEUED)
            if queued.update(state=State.FAILED, sealed={}, error=EXPIRED):
                update_message_state(row.message)
    return len(rows)


def count_queued(account_id: int) -> int:
    """Return how many deliveries of an account are queued or being sent (at most 1000)."""
    return len(Delivery.objects.filter(Q(state=State.QUEUED) | Q(state=State.SENDING), account=account_id)[:1000])
