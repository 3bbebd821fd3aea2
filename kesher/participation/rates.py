"""How much may come from one place in ten minutes, before a page asks people to wait.

A carrier, a school, an office is one address of the internet with a crowd behind it, and a robot is one with many
addresses that it made up. So each address may try so often from one place (TRIES), and the crowd is measured by where
it comes from: a network (NET_MOST in one action; one address of the internet in all of them), a block of phone numbers,
a mail domain that is not everybody's.

All but the number of one internet address is counted in this process's memory: no statement, and no record of anyone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from threading import Lock

from django.http import HttpRequest

from kesher.contacts.models import Identity
from kesher.core.address import Address
from kesher.core.network import allow_from, host, ip_of
from kesher.participation.models import Action
from kesher.participation.sources import network, source_of

WINDOW = 600
TRIES = 30
NET_MOST, TEL_MOST, MAIL_MOST = 300, 100, 200
# Domains that half a country shares: a crowd from there says nothing.
COMMON = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com"),
        *("icloud.com", "me.com", "proton.me", "protonmail.com", "walla.co.il", "walla.com", "bezeqint.net"),
        *("netvision.net.il", "012.net.il", "zahav.net.il", "mail.ru", "yandex.ru", "bk.ru", "list.ru", "inbox.ru"),
    )
)


class Rates:
    """One process's counters of the window that runs."""

    def __init__(self) -> None:
        self.window = 0
        self.counts: Counter[tuple[object, str]] = Counter()
        self.lock = Lock()

    def allow(self, where: object, address: Address, ip: str) -> bool:
        """Counts one try at ``where`` (an action) from an address and a network; False where one of them is over its
        limit."""
        return self.count(where, places_of(address, ip))

    def count(self, where: object, places: Sequence[tuple[str, int]]) -> bool:
        """Counts one try at ``where`` from each of these places, (name, how many may come); False where it is one too
        many of any."""
        window = int(time.time()) // WINDOW
        with self.lock:
            if window != self.window:
                self.window = window
                self.counts.clear()
            for place, _most in places:
                self.counts[where, place] += 1
            return all(self.counts[where, place] <= most for place, most in places)


def places_of(address: Address, ip: str) -> list[tuple[str, int]]:
    """Where a try comes from, and how many may come from there."""
    found: list[tuple[str, int]] = [(f"net:{prefix}", NET_MOST)] if (prefix := network(ip)) else []
    source = source_of(Identity(scheme=address.scheme, address=address.address))
    kind, _colon, rest = source.partition(":")
    if kind == "tel":
        found.append((source, TEL_MOST))
    elif kind == "mail" and rest not in COMMON:
        found.append((source, MAIL_MOST))
    return found


RATES = Rates()


def may_try(request: HttpRequest, what: str) -> bool:
    """For what needs no address, or is no crowd's: is it within what one internet address may do in ten minutes?"""
    return allow_from(request, what, TRIES, WINDOW)


def may_ask(request: HttpRequest, action: Action, what: str, address: Address) -> bool:
    """For what each does for himself (a code that comes back, taking back): so many tries for one address from here,
    and no more addresses from here than a crowd has."""
    ip = host(ip_of(request))
    mine = (f"{what}:{ip}:{address.scheme}:{address.address}", TRIES)
    # The shared limit first: what it refuses leaves nothing in this process's memory.
    return allow_from(request, f"{what}:many", NET_MOST, WINDOW) and RATES.count(action.secret, [mine])


def may_come(request: HttpRequest, action: Action, what: str, address: Address) -> bool:
    """For whoever comes anew (a signature, a vote, a proposal, a pledge): the same, and within what may come to this
    action from one network, block of numbers or mail domain."""
    return may_ask(request, action, what, address) and RATES.allow(action.secret, address, ip_of(request))
