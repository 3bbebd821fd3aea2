"""Record which people a stored webhook request names, so that their erasure deletes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import batched
from uuid import UUID

from django.utils.crypto import salted_hmac

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Identity
from kesher.conversations.models import ChannelEvent, Intake, IntakeAddress, Message
from kesher.core.contact_address import Address

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
