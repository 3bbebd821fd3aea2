"""List the channels (SMS, WhatsApp, voice …) by which a one-time code can reach a telephone number.

The list is the same for every visitor: it does not show whether the number is known, or what its owner uses.
"""

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
class CodeChannel:
    """A kind of channel. ``always``: it reaches every number, also one that never wrote to us."""

    channel: str
    title: str
    always: bool


def list_code_channels() -> list[CodeChannel]:
    """Return the channels that can bring a code to a phone number, those that reach every number first.

    Return [] if no channel reaches every number. Two providers of one kind are listed once.
    """
    found: dict[str, CodeChannel] = {}
    for account in Account.objects.filter(is_active=True).order_by("order", "id"):
        channel = find_code_channel(account)
        if channel is not None and not (channel.title in found and found[channel.title].always):
            found[channel.title] = channel
    ranked = sorted(found.values(), key=lambda channel: not channel.always)
    return ranked if ranked and ranked[0].always else []


def find_code_channel(account: Account) -> CodeChannel | None:
    """Return this account's channel if it can bring codes to phones; None for e-mail, chat, calls and tests."""
    try:
        adapter = account.adapter
    except KeyError:
        return None  # the package of this channel is not installed any more
    can = account.capabilities()
    if can.hosted or can.public or can.voice or "mailto" in can.schemes or adapter.stand_in:
        return None
    always = PHONE in can.schemes and can.direct and can.window_hours is None
    return CodeChannel(account.channel, channel_title(account.channel), always)


def choose_code_route(identity: Identity, channel: str) -> tuple[Identity, Account | None]:
    """Return (identity, account) that a code for this phone number is sent by, on the chosen channel if possible.

    If that channel cannot bring one now, or none was chosen, return the number itself and None: the default way.
    """
    if identity.scheme != PHONE or not channel:
        return identity, None
    accounts = Account.objects.filter(is_active=True, channel=channel).order_by("order", "id")
    account = next((row for row in accounts if (kind := find_code_channel(row)) is not None and kind.always), None)
    if account is not None:
        return identity, account
    route = route_open_to(identity, channel)
    return (route.identity, route.account) if route is not None else (identity, None)


def route_open_to(identity: Identity, channel: str) -> Route | None:
    """Return the open conversation with the owner of this number on this channel, or None.

    It is with the number itself, or with a linked address of another kind, never with another number of theirs.
    """
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
