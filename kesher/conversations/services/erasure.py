"""Erase the content of a person's messages and the stored requests that name them; blank out valid codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.channels.secret_redaction import LEFT_OUT, redact, redact_private_links
from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_open_codes
from kesher.conversations.models import (
    ChannelEvent,
    Conversation,
    Delivery,
    Intake,
    IntakeAddress,
    Message,
    PrivateInvitation,
    Route,
)
from kesher.core.audit import SYSTEM, audit
from kesher.core.contact_address import Address
from kesher.core.db.ids import ALPHABET
from kesher.core.files.attachments import forget_attachments
from kesher.core.models import Attachment
from kesher.dialogues.models import CODE_LETTERS
from kesher.dialogues.services import find_pickup_codes
from kesher.language import digits


def find_files(ids: Sequence[int]) -> list[Attachment]:
    """Return the attachments of messages to and from these contacts."""
    rows = Attachment.objects.filter(messages__conversation__contact__in=ids, state="ready")
    return list(rows.distinct().order_by("pk"))


@transaction.atomic
def erase_stream(ids: Sequence[int]) -> None:
    """Erase the texts, files, queued payloads and routes of these contacts; times and channels stay."""
    forget_requests_of(ids)
    rows = Message.objects.filter(conversation__contact__in=ids)
    outside = list(rows.exclude(external_id="").values_list("external_id", flat=True))
    for start in range(0, len(outside), 500):
        ChannelEvent.objects.filter(target__in=outside[start : start + 500]).update(data={}, target="")
    forget_attachments(find_files(ids))
    Delivery.objects.filter(message__conversation__contact__in=ids).update(
        payload={}, sealed={}, external_id="", error=""
    )
    bare = {"text": "", "content": {}, "sealed": {}, "external_id": "", "reply_to": "", "thread": ""}
    rows.update(**bare, dedup_key=None, intake=None)
    PrivateInvitation.objects.filter(message__conversation__contact__in=ids).delete()
    PrivateInvitation.objects.filter(conversation__contact__in=ids).update(conversation=None, words="")
    Route.objects.filter(conversation__contact__in=ids).update(closed=True, thread={})
    Conversation.objects.filter(contact__in=ids).update(
        last_text="", waiting_since=None, danger_at=None, danger_kind="", possible_at=None, possible_kind=""
    )
    audit("conversations.erase_stream", by=SYSTEM, people=len(ids))


OVER = [Intake.State.DONE, Intake.State.FAILED]
CHUNK = 500


def note_addresses(arrivals: Iterable[tuple[UUID, Account, Event]]) -> None:
    """Store keyed hashes of the addresses in raw requests, so that a person's requests can be found."""
    named = {
        (intake, hash_address(account.agency_id, address))
        for intake, account, event in arrivals
        for address in event_addresses(event)
    }
    rows = [IntakeAddress(intake=intake, key=key) for intake, key in sorted(named)]
    IntakeAddress.objects.bulk_create(rows, ignore_conflicts=True)


def event_addresses(event: Event) -> Iterator[Address]:
    """Yield the normalised addresses of an event's sender and aliases."""
    if event.sender is not None:
        yield normalize_address(event.sender)
    yield from map(normalize_address, event.aliases)


def hash_address(agency_id: int, address: Address) -> str:
    """Return the keyed hash of an address in one agency, by which raw requests are found without storing it."""
    words = repr((agency_id, address.scheme, address.address))
    return salted_hmac("kesher.intake", words, algorithm="sha256").hexdigest()


def forget_requests_of(ids: Collection[int]) -> None:
    """Delete the raw requests of these contacts, and the data of their events.

    A request may contain several people's messages: those are stored already, and nothing reads it again.
    """
    known = Identity.objects.filter(contact__in=ids).values_list("agency", "scheme", "address")
    keys = [hash_address(agency, Address(scheme, address)) for agency, scheme, address in known]
    messages = Message.objects.filter(conversation__contact__in=ids).values_list("intake", flat=True)
    found = {intake for intake in messages if intake is not None}
    for some in batched(keys, CHUNK):
        found |= set(IntakeAddress.objects.filter(key__in=some).values_list("intake", flat=True))
    for intakes in batched(found, CHUNK):
        Intake.objects.filter(pk__in=intakes, state__in=OVER).delete()
        told = ChannelEvent.objects.filter(intake__in=intakes).exclude(state=ChannelEvent.State.PARKED)
        told.update(data={})
        IntakeAddress.objects.filter(intake__in=intakes).delete()


TEXT_MAX = 20_000
CODE = re.compile(r"(?<!\d)\d(?:[ -]?\d){5}(?!\d)")
PICKUP = re.compile(rf"(?<![^\W_])[{ALPHABET}]{{{CODE_LETTERS}}}(?![^\W_])", re.IGNORECASE)
MOST = 20  # codes of each kind that are checked in one message
KEYS = ("full_text", "subject")
CODE_SENT, FORM_SENT = "code", "form"  # values of ``data["secret"]``: what was left out


def remove_codes(event: Event, contact: Contact) -> Event:
    """Return a received event without the valid codes and private links in it, as it may be stored.

    Codes that prove an address, codes that continue a form begun elsewhere, and our private links in a quote.
    """
    beside = {key: str(event.data[key])[:TEXT_MAX] for key in KEYS if event.data.get(key)}
    said = {"text": event.text[:TEXT_MAX], **beside}
    plain = {key: digits(text) for key, text in said.items()}
    typed = {found: re.sub("[ -]", "", found) for text in plain.values() for found in CODE.findall(text)[:MOST]}
    good = find_open_codes(contact, list(dict.fromkeys(typed.values()))) if typed else []
    proofs = [found for found, code in typed.items() if code in good]
    words = {found: found.upper() for text in plain.values() for found in PICKUP.findall(text)[:MOST]}
    open_forms = find_pickup_codes(set(words.values()))
    spellings = [*proofs, *(found for found, code in words.items() if code in open_forms)]
    kept = {key: redact_private_links(cut_codes(text, plain[key], spellings)) for key, text in said.items()}
    if kept == said:
        return event
    data = remove_codes_from_data(event.data, spellings) | {key: text for key, text in kept.items() if key != "text"}
    secret = FORM_SENT if spellings and not proofs else CODE_SENT
    return replace(event, text=kept["text"], data={**data, "secret": secret})


def remove_codes_from_data(value: Any, spellings: list[str]) -> Any:
    """Return a copy of JSON data without these spellings of a code, at any depth."""
    if isinstance(value, dict):
        return {name: remove_codes_from_data(item, spellings) for name, item in value.items()}
    if isinstance(value, list):
        return [remove_codes_from_data(item, spellings) for item in value]
    if isinstance(value, str | int) and not isinstance(value, bool):
        plain = str(value)
        left = cut_codes(plain, digits(plain), spellings)
        return value if left == plain else left
    return value


def cut_codes(text: str, plain: str, spellings: list[str]) -> str:
    """Return ``text`` without these spellings of a code. ``plain``: the same with ASCII digits, of equal length."""
    if not spellings:
        return text
    if len(plain) != len(text):
        return redact(plain, spellings)
    for found in spellings:
        while (start := plain.find(found)) >= 0:
            plain = plain[:start] + LEFT_OUT + plain[start + len(found) :]
            text = text[:start] + LEFT_OUT + text[start + len(found) :]
    return text
