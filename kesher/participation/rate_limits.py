"""Limit how often one address, or an anonymous visitor, may try from one network in ten minutes.

A carrier, a school or an office is one IP address with many people behind it, so tries are counted for each address
*from* there. How many new addresses there may be is decided where messages are sent
(`contacts.services.unverified_addresses`).
"""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock

from django.http import HttpRequest

from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.http.client_ip import allow_from, client_prefix, ip_of
from kesher.participation.models import Action

WINDOW = 600
TRIES = 30
MAX_COUNTERS = 100_000  # limits the memory that a robot with ever new addresses can fill: then counting restarts


class Rates:
    """The counters of one process for the current window, in memory only: no query, and no record of anyone."""

    def __init__(self) -> None:
        """Begin a window in which nothing was counted yet."""
        self.window = 0
        self.counts: Counter[tuple[object, str]] = Counter()
        self.lock = Lock()

    def allow(self, where: object, key: str, limit: int) -> bool:
        """Count one try at ``where`` under ``key``, and return whether it is within the limit."""
        window = int(time.time()) // WINDOW
        with self.lock:
            if window != self.window or len(self.counts) > MAX_COUNTERS:
                self.window = window
                self.counts.clear()
            self.counts[where, key] += 1
            return self.counts[where, key] <= limit


RATES = Rates()


def may_try(request: HttpRequest, what: str) -> bool:
    """Return whether this request's IP address may do ``what`` again within ten minutes."""
    return allow_from(request, what, TRIES, WINDOW)


def may_ask(request: HttpRequest, where: object, what: str, address: Address) -> bool:
    """Return whether this address may be used at ``where`` (an action) again, from this IP, within ten minutes."""
    ip = client_prefix(ip_of(request))
    key = f"{current_agency_id()}:{what}:{ip}:{address.scheme}:{address.address}"
    return RATES.allow(where.secret if isinstance(where, Action) else where, key, TRIES)
