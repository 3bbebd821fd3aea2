"""Find what an event needs: for one event, or for a batch with one query a table (`read_ahead`).

`read_ahead` fills the functions under `CachedInBatch`; each also finds by itself what is not filled in. What was looked
for and does not exist is filled in as missing, so that it is not looked for again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product

from django.db.models import QuerySet, prefetch_related_objects

from kesher.agencies.models import Agency
from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import ChannelEvent, Conversation, Message, Route
from kesher.conversations.services.conversation_writer import Writer, get_or_create_conversation, lock_conversation
from kesher.conversations.services.events.provider_events import find_parked
from kesher.conversations.services.outbound import find_route_of
from kesher.core.contact_address import Address
from kesher.core.db.batch import CachedInBatch
from kesher.core.db.prepared_query import Prepared
from kesher.core.i18n.person_names import name_or_empty
from kesher.dialogues.services import fill_open_sessions
from kesher.language import detect

Arrival = tuple[Account, Event]
Key = tuple[int, str, str]  # agency id, scheme, address
Said = tuple[Account, Event, list[Key]]


def read_ahead(arrivals: Sequence[Arrival]) -> None:
    """Read into the batch the rows that these events need; contacts of new senders are created.

    Runs in the scope of all agencies. Conversations are locked here, in the order of their keys, for the whole batch.
    """
    accounts = {account.pk: account for account, _event in arrivals}
    fill_parked(arrivals)
    stored = fill_stored(arrivals)
    said = [(account, event, sender_keys(account.agency_id, event)) for account, event in arrivals if event.sender]
    if not said:
        return
    identities = read_identities(key for _account, _event, keys in said for key in keys)
    identities |= create_contacts(
        item for item in said if stored_as(*item[:2]) not in stored and item[2][0] not in identities
    )
    find_sender.fill({key: identities.get(key) for _account, _event, keys in said for key in keys})
    fill_open_sessions(read_people(identities.values(), accounts))


def read_recipients(identities: Sequence[Identity]) -> None:
    """Read into the batch what writing to these addresses needs; runs in the scope of all agencies.

    Their contacts' roots were read with them.
    """
    agencies = {identity.agency_id for identity in identities}
    rows = Account.objects.filter(agency__in=agencies, is_active=True).select_related("agency")
    read_people(identities, {row.pk: row for row in rows})


def read_people(identities: Collection[Identity], accounts: Mapping[int, Account]) -> dict[int, Contact]:
    """Read the conversations of these addresses' owners, locked, and their routes; return the owners by key."""
    people = {root.pk: root for root in (identity.contact.root() for identity in identities)}
    prefetch_related_objects(list(people.values()), "absorbed")  # most have none, which is then known
    lock_conversations(people, {account.agency_id: account.agency for account in accounts.values()})
    ids = [identity.pk for identity in identities]
    routes: dict[tuple[int, int], Route | None] = dict.fromkeys(product(ids, accounts))
    rows = query_routes(ids, list(accounts))
    find_route_of.fill(routes | {(row.identity_id, row.account_id): row for row in rows})
    return people


def fill_stored(arrivals: Sequence[Arrival]) -> set[tuple[int, str]]:
    """Fill in which of these events are stored, and return their keys."""
    keys = [stored_as(*arrival) for arrival in arrivals]
    accounts, names = {account for account, _name in keys}, [name for _account, name in keys]
    stored = {(account or 0, name or "") for account, name in query_stored(list(accounts), names)}
    is_stored.fill({key: key in stored for key in keys})
    return stored


def fill_parked(arrivals: Sequence[Arrival]) -> None:
    """Fill in which receipts and edits wait for these messages."""
    parked: dict[tuple[int, str], list[ChannelEvent]] = {(one.pk, event.external_id): [] for one, event in arrivals}
    accounts, targets = {account for account, _target in parked}, [target for _account, target in parked if target]
    for row in query_parked(list(accounts), targets):
        parked.setdefault((row.account_id, row.target), []).append(row)
    find_parked.fill(parked)


def read_identities(keys: Iterable[Key]) -> dict[Key, Identity]:
    """Return the known ones of these senders by key."""
    wanted = set(keys)
    agencies, schemes, addresses = (list(dict.fromkeys(some)) for some in zip(*sorted(wanted), strict=True))
    rows = {(row.agency_id, row.scheme, row.address): row for row in query_identities(agencies, schemes, addresses)}
    return {key: row for key, row in rows.items() if key in wanted}


def create_contacts(said: Iterable[Said]) -> dict[Key, Identity]:
    """Create a contact and an identity for each of these unknown senders, and return the identities by key.

    Those with aliases are left to `get_or_create_identity`, which finds the owner of the aliases. An address that is
    created elsewhere at the same time violates a constraint and fails the batch; its rows are then processed one by
    one.
    """
    fresh: dict[Key, tuple[Account, Event]] = {}
    for account, event, (key, *aliases) in said:
        if not aliases:
            fresh.setdefault(key, (account, event))
    names = [event.sender.display if event.sender else "" for _account, event in fresh.values()]
    people = Contact.objects.bulk_create(
        Contact(agency_id=account.agency_id, name=name_or_empty(name), language=event.lang or detect(event.text) or "")
        for name, (account, event) in zip(names, fresh.values(), strict=True)
    )
    made = Identity.objects.bulk_create(
        Identity(
            agency_id=agency,
            contact=contact,
            scheme=scheme,
            address=address,
            display=name[:120],
            assurance=account.capabilities().assurance,
        )
        for contact, name, ((agency, scheme, address), (account, _event)) in zip(
            people, names, fresh.items(), strict=True
        )
    )
    return dict(zip(fresh, made, strict=True))


def lock_conversations(people: dict[int, Contact], agencies: dict[int, Agency]) -> None:
    """Lock the conversations of these root contacts, creating the missing ones."""
    rows = query_to_lock(list(people))
    missing = people.keys() - {row.contact_id for row in rows}
    rows += Conversation.objects.bulk_create(
        Conversation(agency_id=people[pk].agency_id, contact=people[pk]) for pk in sorted(missing)
    )
    for row in rows:
        row.contact, row.agency = people[row.contact_id], agencies[row.agency_id]
    get_or_create_conversation.fill({(row.contact,): row for row in rows})
    lock_conversation.fill({(row,): Writer(row) for row in rows})


@Prepared.of(list[int], list[str])
def query_stored(accounts: list[int], dedup_keys: list[str]) -> QuerySet[Message, tuple[int | None, str | None]]:
    """Return a queryset of (account id, deduplication key) of those of these messages that are stored."""
    rows = Message.objects.filter(account__in=accounts, dedup_key__in=dedup_keys)
    return rows.values_list("account_id", "dedup_key")


@Prepared.of(list[int], list[str])
def query_parked(accounts: list[int], targets: list[str]) -> QuerySet[ChannelEvent]:
    """Return a queryset of the receipts and edits that wait for these messages, in their order."""
    return ChannelEvent.objects.filter(account__in=accounts, target__in=targets, state="parked").order_by("id")


@Prepared.of(list[int], list[str], list[str])
def query_identities(agencies: list[int], schemes: list[str], addresses: list[str]) -> QuerySet[Identity]:
    """Return a queryset of the identities of one of these agencies, schemes and addresses, with their contacts."""
    rows = Identity.objects.filter(agency__in=agencies, scheme__in=schemes, address__in=addresses)
    return rows.select_related("contact__merged_into")


@Prepared.of(list[int], list[int])
def query_routes(identities: list[int], accounts: list[int]) -> QuerySet[Route]:
    """Return a queryset of the routes from these accounts to these identities."""
    return Route.objects.filter(identity__in=identities, account__in=accounts)


@Prepared.of(list[int])
def query_to_lock(contacts: list[int]) -> QuerySet[Conversation]:
    """Return a queryset of these contacts' conversations, locked in the order of their keys."""
    return Conversation.objects.select_for_update(no_key=True).filter(contact__in=contacts).order_by("pk")


def stored_as(account: Account, event: Event) -> tuple[int, str]:
    """Return (account id, deduplication key) of the message that an event becomes."""
    return account.pk, event.dedup_key[:180]


def sender_keys(agency_id: int, event: Event) -> list[Key]:
    """Return the arguments of `find_sender` for all addresses of an event's sender, the main one first."""
    names = map(normalize_address, (event.sender, *event.aliases) if event.sender else ())
    return [(agency_id, name.scheme, name.address) for name in names]


@CachedInBatch
def is_stored(account_id: int, dedup_key: str) -> bool:
    """Return whether an event was stored before as a message, perhaps earlier in the same batch."""
    return Message.objects.filter(account=account_id, dedup_key=dedup_key).exists()


@CachedInBatch
def find_sender(_agency_id: int, scheme: str, address: str) -> Identity | None:
    """Return the identity of a normalised address in the agency in scope, or None."""
    return contacts.find_identity(Address(scheme, address))


def get_or_create_sender(agency_id: int, event: Event, level: int) -> Identity:
    """Return the identity of an event's sender, with at least this assurance and with the event's aliases."""
    assert event.sender is not None
    keys = sender_keys(agency_id, event)
    found = find_sender(*keys[0])
    if found is not None and found.assurance >= level and all(find_sender(*key) for key in keys[1:]):
        return found
    language = event.lang or detect(event.text) or ""
    found = contacts.get_or_create_identity(
        event.sender, assurance=level, aliases=event.aliases, language=language, absent=found is None
    )
    find_sender.fill({keys[0]: found} | {key: contacts.find_identity(Address(*key[1:])) for key in keys[1:]})
    return found
