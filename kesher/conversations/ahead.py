"""What a batch of events will need, read with one query a table instead of one a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Q

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.contacts.addresses import tidy
from kesher.contacts.models import Identity
from kesher.conversations.models import ChannelEvent, Message, Route
from kesher.core.address import Address

Arrival = tuple[Account, Event]


class Merges:
    """How many merges this process has seen."""

    seen = 0


@dataclass(slots=True)
class Ahead:
    """Rows at hand for a batch. What is not in here was looked for and is not there, so nobody looks again; what the
    batch itself writes is put in as it goes."""

    known: set[tuple[int, str]] = field(default_factory=set)
    identities: dict[tuple[int, str, str], Identity] = field(default_factory=dict)
    routes: dict[tuple[int, int], Route] = field(default_factory=dict)
    parked: set[tuple[int, str]] = field(default_factory=set)
    merges: int = field(default_factory=lambda: Merges.seen)

    @property
    def fresh(self) -> bool:
        """No two people turned out to be one since we looked: who is whom may have changed with that."""
        return self.merges == Merges.seen


def look_ahead(arrivals: Sequence[Arrival]) -> Ahead:
    """Reads for a batch: inside the batch's transaction, in the scope of all agencies."""
    ahead = Ahead()
    keys = [event.dedup_key[:180] for _account, event in arrivals]
    accounts = {account.pk for account, _event in arrivals}
    stored = Message.objects.filter(account__in=accounts, dedup_key__in=keys)
    ahead.known = {(account, key or "") for account, key in stored.values_list("account_id", "dedup_key") if account}
    addresses = {tidy(event.sender): account.agency_id for account, event in arrivals if event.sender}
    if addresses:
        wanted = reduce(or_, (Q(scheme=scheme, address__in=found) for scheme, found in by_scheme(addresses).items()))
        for identity in Identity.objects.filter(wanted).select_related("contact__merged_into"):
            ahead.identities[identity.agency_id, identity.scheme, identity.address] = identity
        for route in Route.objects.filter(
            identity__in=[row.pk for row in ahead.identities.values()], account__in=accounts
        ):
            ahead.routes[route.identity_id, route.account_id] = route
    targets = [event.external_id for _account, event in arrivals if event.external_id]
    ahead.parked = set(
        ChannelEvent.objects.filter(account__in=accounts, target__in=targets, state="parked").values_list(
            "account_id", "target"
        )
    )
    return ahead


def by_scheme(addresses: dict[Address, int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address in addresses:
        found.setdefault(address.scheme, []).append(address.address)
    return found
