"""How often one address, or one who gives none, may try from one place in ten minutes.

A carrier, a school, an office is one address of the internet with a crowd behind it, so tries are counted for each
address *from* there. How many addresses may be new there is decided where messages are sent
(`contacts.services.unverified_addresses`).
"""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock

from django.http import HttpRequest

from kesher.core.address import Address
from kesher.core.client_ip import allow_from, client_prefix, ip_of
from kesher.participation.models import Action

WINDOW = 600
TRIES = 30
KEPT = 100_000  # a robot with ever new addresses fills no memory: then counting begins anew


class Rates:
    """One process's counters of the window that runs: no statement, and no record of anyone."""

    def __init__(self) -> None:
        self.window = 0
        self.counts: Counter[tuple[object, str]] = Counter()
        self.lock = Lock()

    def allow(self, where: object, key: str, limit: int) -> bool:
        """Counts one try at ``where`` under ``key``; False where it is one too many."""
        window = int(time.time()) // WINDOW
        with self.lock:
            if window != self.window or len(self.counts) > KEPT:
                self.window = window
                self.counts.clear()
            self.counts[where, key] += 1
            return self.counts[where, key] <= limit


RATES = Rates()


def may_try(request: HttpRequest, what: str) -> bool:
    """For what needs no address: is it within what one internet address may do in ten minutes?"""
    return allow_from(request, what, TRIES, WINDOW)


def may_ask(request: HttpRequest, action: Action, what: str, address: Address) -> bool:
    """For what each does for himself: is it within the tries for one address from here?"""
    ip = client_prefix(ip_of(request))
    return RATES.allow(action.secret, f"{what}:{ip}:{address.scheme}:{address.address}", TRIES)
