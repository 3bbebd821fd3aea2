"""By which of our channels a code can come to a phone number: the kinds that this agency has open, whoever asks.
Whether the number is known here, and what its owner uses, shows in none of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.channel_links import channel_title
from kesher.conversations.models import Route
from kesher.conversations.services import routes_by_preference
from kesher.conversations.services.outbound import verdict

PHONE = "tel"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A kind of channel. ``always``: it reaches every number, and needs no word from there before."""

    channel: str
    title: str
    always: bool


def list_carriers() -> list[Carrier]:
    """What may be chosen for a phone number, what works for most first; empty where no number can be reached at all.
    Two providers of one kind are one to a citizen."""
    found: dict[str, Carrier] = {}
    for account in Account.objects.filter(is_active=True).order_by("order", "id"):
        carrier = carrier_of(account)
        if carrier is not None and not (carrier.title in found and found[carrier.title].always):
            found[carrier.title] = carrier
    ranked = sorted(found.values(), key=lambda carrier: not carrier.always)
    return ranked if ranked and ranked[0].always else []


def carrier_of(account: Account) -> Carrier | None:
    """What this account is to somebody with a phone; None for a mailbox, our chat, what is public, a stand-in."""
    try:
        adapter = account.adapter
    except KeyError:
        return None  # the package that brought this channel is gone
    can = account.capabilities()
    if can.hosted or can.public or "mailto" in can.schemes or adapter.stand_in:
        return None
    always = PHONE in can.schemes and can.direct and can.window_hours is None
    return Carrier(account.channel, channel_title(account.channel), always)


def choose_code_route(identity: Identity, channel: str) -> tuple[Identity, Account | None]:
    """Where a code for this number goes by the channel that was chosen: (its address there, our account). Where that
    channel cannot bring one now, or none was chosen, the number itself and None: the house's own way."""
    if identity.scheme != PHONE or not channel:
        return identity, None
    accounts = Account.objects.filter(is_active=True, channel=channel).order_by("order", "id")
    account = next((row for row in accounts if (kind := carrier_of(row)) is not None and kind.always), None)
    if account is not None:
        return identity, account
    route = route_open_to(identity, channel)
    return (route.identity, route.account) if route is not None else (identity, None)


def route_open_to(identity: Identity, channel: str) -> Route | None:
    """The conversation on this channel that is open to the owner of this number now: with the number itself, or with an
    address of another kind that is linked to it. Another number of his is another number."""
    now = timezone.now()
    for route in routes_by_preference(identity.contact):
        mine = route.identity_id == identity.pk
        linked = route.identity.scheme not in (PHONE, "web") and route.identity.assurance >= 1
        if route.account.channel != channel or not (mine or linked):
            continue
        can = route.account.capabilities()
        if verdict(route, capabilities=can, purpose="service", now=now, answering=True).ok:
            return route
    return None
