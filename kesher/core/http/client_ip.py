"""Find the client's IP address, and the network by which tries are counted and work is attributed.

An IP address is personal data. It is stored only in the key of a throttle, which is deleted with its window.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address

from django.http import HttpRequest

from kesher.core.http.throttle import allow, uncount_try

STAFF = "staff"
_cause: ContextVar[str] = ContextVar("kesher_cause", default="")


@contextmanager
def caused_by(who: str) -> Iterator[None]:
    """Record inside the block who or what causes the work: a network, a contact or `STAFF`."""
    before = _cause.set(who)
    try:
        yield
    finally:
        _cause.reset(before)


def current_cause() -> str:
    """Return who or what causes the current work; "" if nobody asked for it (a job)."""
    return _cause.get()


def ip_of(request: HttpRequest) -> str:
    """Return the IP address of the browser, or of the network that it is behind."""
    return str(request.META.get("REMOTE_ADDR", ""))


def client_prefix(address: str) -> str:
    """Return the part of an IP address by which tries are counted: all of an IPv4 one, the /64 of an IPv6 one.

    That is the whole address in version 4, and the /64 in version 6, which one household has. Anything else is returned
    unchanged.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None) or found
    return str(mapped) if mapped.version == 4 else f"{type(mapped)(int(mapped) >> 64 << 64)}/64"


def network_prefix(address: str) -> str:
    """Return the network of an IP address or network: its /24, or /48 in version 6.

    Return "" for anything else.
    """
    try:
        found = ip_address(address.partition("/")[0].strip())
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None) or found
    kept, whole = (24, 32) if mapped.version == 4 else (48, 128)
    first = int(mapped) >> whole - kept << whole - kept
    return f"{type(mapped)(first)}/{kept}"


def allow_from(request: HttpRequest, what: str, limit: int, seconds: int) -> bool:
    """Count one try of `what` by the IP address of this request, and return whether it is within the limit.

    Without a known address nothing is counted: one client could otherwise block all others.
    """
    place = client_prefix(ip_of(request))
    return not place or allow(f"{what}:{place}", limit, seconds)


def uncount_try_from(request: HttpRequest, what: str, seconds: int) -> None:
    """Subtract one try of `what` from the address of this request, because it was a correct one."""
    if place := client_prefix(ip_of(request)):
        uncount_try(f"{what}:{place}", seconds)
