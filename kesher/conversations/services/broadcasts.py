"""Send one message to many people: one row a person, so that each gets it once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kesher.agencies.business_hours import is_quiet, quiet_until
from kesher.agencies.models import Agency, Staff
from kesher.channels.base import Say
from kesher.channels.secret_redaction import redact
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import find_consent
from kesher.conversations.models import Broadcast, BroadcastRow, Delivery, Message, Route
from kesher.conversations.services.conversation_writer import conversation_of, writing
from kesher.conversations.services.identity_linkage import find_account_for, write_to
from kesher.conversations.services.outbound import NotNow, routes_by_preference, say, verdict
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id, everywhere, scope
from kesher.core.errors import Refused

BATCH = 50


@dataclass(frozen=True, slots=True)
class Way:
    """How a message would reach a person now, or why it would not.

    ``outcome``: queued, refused, unreachable or quiet; ``route``: None where an address is written to first.
    """

    outcome: str
    route: Route | None = None
    channel: str = ""


@transaction.atomic
def broadcast(
    audience: Iterable[Contact],
    *,
    name: str,
    texts: Mapping[str, str],
    purpose: str,
    topic: str = "",
    staff: Staff | None = None,
    secrets: Collection[str] = (),
) -> Broadcast:
    """Queue a message to each person of an audience (merged contacts get it once), and return the broadcast.

    ``texts`` is {language: text}; ``purpose`` (information, promotion, opinion) decides whose consent it needs;
    ``topic`` is its subject, for people who muted it. ``secrets``: the parts of the texts that only the reader may see
    (a private link); see `Say.secrets`.
    """
    agency_id = current_agency_id()
    row = Broadcast.objects.create(
        agency_id=agency_id,
        name=name,
        purpose=purpose,
        topic=topic,
        texts={lang: redact(text, secrets) for lang, text in texts.items()},
        sealed={"texts": dict(texts), "secrets": list(secrets)} if secrets else {},
        by=staff,
    )
    people = {contact.root().pk: contact.root() for contact in audience}
    BroadcastRow.objects.bulk_create(
        (BroadcastRow(agency_id=agency_id, broadcast=row, contact=contact) for contact in people.values()),
        batch_size=500,
    )
    by = Actor("staff", staff.pk, "desk") if staff else SYSTEM
    audit("conversations.broadcast", by=by, subject=row, people=len(people), purpose=purpose)
    return row


def expand_broadcasts() -> int:
    """Send the next rows of every broadcast, each in its own transaction; return how many are done.

    An agency in its quiet hours, or one that holds back what goes out to many, waits and does not delay others.
    """
    with everywhere("broadcast rows"):
        waiting = BroadcastRow.objects.filter(state="waiting")
        agencies = Agency.objects.filter(pk__in=waiting.values("agency").distinct(), outgoing_held_at=None)
        awake = [agency for agency in agencies if not is_quiet(agency, timezone.now())]
        due = waiting.filter(Q(not_before=None) | Q(not_before__lte=timezone.now()), agency__in=awake).order_by("id")
        rows = list(due.select_related("broadcast", "contact", "agency")[:BATCH])
    settled = 0
    for row in rows:
        with scope(row.agency), transaction.atomic():
            settled += send_row(row)
    return settled


def send_row(row: BroadcastRow) -> int:
    """Send a broadcast to one recipient by the best open route; return 1 if the row is done, 0 if it is delayed."""
    contact = row.contact.root()
    purpose = row.broadcast.purpose
    if row.broadcast.topic and row.broadcast.topic in contact.prefs.get("muted", []):
        row.state = "refused"
        row.save(update_fields=["state"])
        return 1
    until = quiet_hours_end(row.agency, contact, timezone.now()) if purpose != Consent.Purpose.SERVICE else None
    if until is not None:
        row.not_before = until
        row.save(update_fields=["not_before"])
        return 0
    outcome, heard = "unreachable", was_received(row, contact)
    lang = contact.language if contact.language in row.broadcast.texts else next(iter(row.broadcast.texts))
    sealed = row.broadcast.sealed
    words = sealed.get("texts", row.broadcast.texts)[lang]
    what = Say(words, lang=lang, secrets=tuple(sealed.get("secrets", ())))
    failed: set[int] = set()  # routes on which it cannot be sent although the check let it pass
    while not heard:
        way = choose_way(contact, purpose, row.agency, without=failed)
        if way.outcome == "quiet":
            return 0
        outcome = way.outcome
        if way.route is None:
            if outcome == "queued":
                row.message = write_first(contact, what)
                outcome = "queued" if row.message is not None else "unreachable"
            break
        try:
            with writing(conversation_of(contact)) as writer:
                row.message = say(writer, way.route, what, lane=Delivery.Lane.BROADCAST, purpose=purpose)
            break
        except NotNow:
            failed.add(way.route.pk)
    row.state = outcome
    row.save(update_fields=["state", "message"])
    if sealed and not row.broadcast.rows.filter(state="waiting").exists():
        Broadcast.objects.filter(pk=row.broadcast_id).update(sealed={})
    return 1


def choose_way(contact: Contact, purpose: str, agency: Agency, *, without: Collection[int] = ()) -> Way:
    """Return how a broadcast reaches this person now: by their best open route, else by a first message.

    ``without``: the ids of routes that are not to be used.
    """
    outcome = "unreachable"
    for route in routes_by_preference(contact):
        if route.pk in without:
            continue
        can = route.account.capabilities()
        checked = verdict(route, capabilities=can, purpose=purpose, now=timezone.now(), agency=agency)
        if checked.code == "quiet":
            return Way("quiet")
        if checked.ok:
            return Way("queued", route, route.account.channel)
        outcome = "refused" if checked.code in ("refused", "consent") else outcome
    if outcome == "unreachable" and purpose == Consent.Purpose.SERVICE:
        for identity in first_addresses(contact):
            account = find_account_for(identity.scheme)
            return Way("queued", channel=account.channel if account else "")
    return Way(outcome)


def first_addresses(contact: Contact) -> list[Identity]:
    """Return the proved addresses that may be written to about the person's own affair without an open conversation.

    For example, a number that wrote on WhatsApp gets an SMS. [] if the person refused.
    """
    if find_consent(contact, Consent.Purpose.SERVICE) is False:
        return []
    rows = Identity.objects.filter(contact__in=contact.family_ids(), assurance__gte=1).select_related("contact")
    return [row for row in rows.order_by("-assurance", "id") if find_account_for(row.scheme) is not None]


def write_first(contact: Contact, what: Say) -> Message | None:
    """Write to the first of these addresses that can be written to, and return the message; None for none."""
    for identity in first_addresses(contact):
        with suppress(Refused), transaction.atomic():
            return write_to(identity, what, lane=Delivery.Lane.BROADCAST)
    return None


def quiet_hours_end(agency: Agency, contact: Contact, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that this person chose; None if they may be written to now."""
    quiet = contact.prefs.get("quiet") or {}
    if not quiet:
        return None
    return quiet_until(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"]), agency.timezone, now)


def was_received(row: BroadcastRow, contact: Contact) -> bool:
    """Return whether this person got the broadcast already, as another contact that was merged since."""
    others = BroadcastRow.objects.filter(broadcast=row.broadcast, contact__in=contact.family_ids(), state="queued")
    return others.exclude(pk=row.pk).exists()
