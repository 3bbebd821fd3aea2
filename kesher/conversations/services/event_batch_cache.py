"""Prefetch and create contacts and conversations for a batch of incoming events, one query a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Q, prefetch_related_objects

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import ChannelEvent, Conversation, Message, Route
from kesher.conversations.services.conversation_writer import Writer
from kesher.core.contact_address import Address
from kesher.core.person_names import name_or_empty
from kesher.language import detect

Arrival = tuple[Account, Event]
Key = tuple[int, str, str]


class MergeCounter:
    """A counter of the merges and new address owners in this process; each may change who is who."""

    seen = 0


@dataclass(slots=True)
class BatchCache:
    """Rows read in advance for a batch.

    What is missing here was queried and does not exist, so it is not queried again. What the batch itself writes is
    added.
    """

    known: set[tuple[int, str]] = field(default_factory=set)
    identities: dict[Key, Identity] = field(default_factory=dict)
    names: set[Key] = field(default_factory=set)  # aliases that the batch itself has stored
    routes: dict[tuple[int, int], Route] = field(default_factory=dict)
    parked: set[tuple[int, str]] = field(default_factory=set)
    people: dict[int, Contact] = field(default_factory=dict)
    writers: dict[int, Writer] = field(default_factory=dict)
    merges: int = field(default_factory=lambda: MergeCounter.seen)

    @property
    def is_current(self) -> bool:
        """Return whether the cached rows still hold: no contact merged, no address with a new owner since."""
        return self.merges == MergeCounter.seen

    def knows_all(self, account: Account, names: Iterable[Address]) -> bool:
        """Return whether all these other names of a sender belong to identities in the cache."""
        return all(
            key in self.identities or key in self.names for key in (identity_key(account, name) for name in names)
        )


def identity_key(account: Account, address: Address) -> Key:
    """Return the cache key of a normalised address: (agency id, scheme, address)."""
    return account.agency_id, address.scheme, address.address


def read_batch(arrivals: Sequence[Arrival]) -> BatchCache:
    """Return the rows that a batch of events needs, in a cache; contacts of new senders are created.

    Runs inside the batch's transaction, in the scope of all agencies. Conversations are locked here, in the order of
    their keys, for the whole batch.
    """
    cache = BatchCache()
    accounts = {account.pk for account, _event in arrivals}
    keys = [event.dedup_key[:180] for _account, event in arrivals]
    stored = Message.objects.filter(account__in=accounts, dedup_key__in=keys)
    cache.known = {(account, key or "") for account, key in stored.values_list("account_id", "dedup_key") if account}
    targets = [event.external_id for _account, event in arrivals if event.external_id]
    parked = ChannelEvent.objects.filter(account__in=accounts, target__in=targets, state="parked")
    cache.parked = set(parked.values_list("account_id", "target"))
    said = [(account, event, normalize_address(event.sender)) for account, event in arrivals if event.sender]
    if said:
        names = [name for _account, event, sender in said for name in (sender, *map(normalize_address, event.aliases))]
        find_identities(cache, names, {account.agency_id for account, _event, _sender in said})
        create_contacts(cache, said)
        lock_conversations(cache, {account.agency_id: account for account, _event, _sender in said})
        known = [identity.pk for identity in cache.identities.values()]
        for route in Route.objects.filter(identity__in=known, account__in=accounts):
            cache.routes[route.identity_id, route.account_id] = route
    return cache


def find_identities(cache: BatchCache, names: Iterable[Address], agencies: set[int]) -> None:
    """Read into the cache the identities of these addresses, in these agencies."""
    by_scheme: dict[str, list[str]] = {}
    for name in names:
        by_scheme.setdefault(name.scheme, []).append(name.address)
    wanted = reduce(or_, (Q(scheme=scheme, address__in=found) for scheme, found in by_scheme.items()))
    for identity in Identity.objects.filter(wanted, agency__in=agencies).select_related("contact__merged_into"):
        cache.identities[identity.agency_id, identity.scheme, identity.address] = identity


def create_contacts(cache: BatchCache, said: Iterable[tuple[Account, Event, Address]]) -> None:
    """Create a contact and an identity for each sender whose address is new, and put them into the cache.

    Those with aliases are left to `get_or_create_identity`, which finds the owner of the aliases. An address that is
    created elsewhere at the same time violates a constraint and fails the batch; its rows are then processed one by
    one.
    """
    fresh: dict[Key, tuple[Account, Event, Address]] = {}
    for account, event, sender in said:
        key = identity_key(account, sender)
        if key not in cache.identities and not event.aliases and (account.pk, event.dedup_key[:180]) not in cache.known:
            fresh.setdefault(key, (account, event, sender))
    people = Contact.objects.bulk_create(
        Contact(
            agency_id=account.agency_id,
            name=name_or_empty(sender.display),
            language=event.lang or detect(event.text) or "",
        )
        for account, event, sender in fresh.values()
    )
    made = Identity.objects.bulk_create(
        Identity(
            agency_id=account.agency_id,
            contact=contact,
            scheme=sender.scheme,
            address=sender.address,
            display=sender.display[:120],
            assurance=account.capabilities().assurance,
        )
        for contact, (account, _event, sender) in zip(people, fresh.values(), strict=True)
    )
    cache.identities |= dict(zip(fresh, made, strict=True))


def lock_conversations(cache: BatchCache, accounts: dict[int, Account]) -> None:
    """Lock the conversation of every sender in the cache, creating the missing ones."""
    roots = {root.pk: root for root in (identity.contact.root() for identity in cache.identities.values())}
    cache.people = roots
    prefetch_related_objects(list(roots.values()), "absorbed")  # most have none, which is then known
    rows = list(Conversation.objects.select_for_update(no_key=True).filter(contact__in=roots).order_by("pk"))
    missing = roots.keys() - {row.contact_id for row in rows}
    rows += Conversation.objects.bulk_create(
        Conversation(agency_id=roots[pk].agency_id, contact=roots[pk]) for pk in sorted(missing)
    )
    for row in rows:
        row.contact = roots[row.contact_id]
        row.agency = accounts[row.agency_id].agency
        cache.writers[row.pk] = Writer(row)
