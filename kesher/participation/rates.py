"""How much may come from one place in ten minutes, before a page asks people to wait: a network, a block of phone
numbers, a mail domain that is not everybody's. Counted in this process's memory: no statement, and no record of anyone.
"""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock

from kesher.contacts.models import Identity
from kesher.core.address import Address
from kesher.participation.sources import network, source_of

WINDOW = 600
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
        window = int(time.time()) // WINDOW
        places = places_of(address, ip)
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
