"""Where a request comes from, as far as tries are counted by it. An internet address is personal data: it is kept in no
record but a throttle's key, which is forgotten with its window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address

from django.http import HttpRequest

from kesher.core.throttle import allow, uncount_try

STAFF = "staff"
_cause: ContextVar[str] = ContextVar("kesher_cause", default="")


@contextmanager
def caused_by(who: str) -> Iterator[None]:
    """Say for what is done inside on whose wish it is done: a network, a person who writes to us, `STAFF`."""
    before = _cause.set(who)
    try:
        yield
    finally:
        _cause.reset(before)


def current_cause() -> str:
    """Return on whose wish something is done now; "" where nobody asked (a job)."""
    return _cause.get()


def ip_of(request: HttpRequest) -> str:
    """The internet address of the browser, or of the network that it sits behind."""
    return str(request.META.get("REMOTE_ADDR", ""))


def client_prefix(address: str) -> str:
    """Whose an internet address is, where tries are counted: of version 6 one household, since it has a whole /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None) or found
    return str(mapped) if mapped.version == 4 else f"{type(mapped)(int(mapped) >> 64 << 64)}/64"


def network_prefix(address: str) -> str:
    """The network (/24, and /48 of version 6) of an internet address, or of a network given as such; "" for anything
    else."""
    try:
        found = ip_address(address.partition("/")[0].strip())
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None) or found
    kept, whole = (24, 32) if mapped.version == 4 else (48, 128)
    first = int(mapped) >> whole - kept << whole - kept
    return f"{type(mapped)(first)}/{kept}"


def allow_from(request: HttpRequest, what: str, limit: int, seconds: int) -> bool:
    """Counts one try of ``what`` from where this request comes from; False where there were more than ``limit`` in this
    window of so many seconds. Where nobody knows that, nothing is counted: a bucket for all would let one of them shut
    out the others."""
    place = client_prefix(ip_of(request))
    return not place or allow(f"{what}:{place}", limit, seconds)


def uncount_try_from(request: HttpRequest, what: str, seconds: int) -> None:
    """Count one try of ``what`` less: it was a right one (see `allow_from`)."""
    if place := client_prefix(ip_of(request)):
        uncount_try(f"{what}:{place}", seconds)
