"""Publish to browsers that something changed, and sign the tickets with which a browser may listen.

Events are rows, written in the transaction of the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.core import signing
from django.utils import timezone

from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.batch import at_end
from kesher.core.models import LiveEvent

SALT = "kesher.live"
TICKET_SECONDS = 900


def publish(*streams: str, ref: str = "") -> None:
    """Write a live event to each of these streams, so that open pages refresh. Call it inside the transaction."""
    agency_id = current_agency_id()
    at_end(write_events, [(agency_id, stream, ref) for stream in streams])


def write_events(events: Iterable[tuple[int, str, str]]) -> None:
    """Write live events, given as (agency id, stream, ref)."""
    LiveEvent.objects.bulk_create(
        LiveEvent(agency_id=agency_id, stream=stream, ref=ref) for agency_id, stream, ref in events
    )


def sign_live_ticket(streams: Iterable[str]) -> str:
    """Return a signed ticket with which a browser may follow these streams of the agency for fifteen minutes.

    Pages then fetch a new one.
    """
    return signing.dumps([current_agency_id(), *sorted(streams)], salt=SALT, compress=True)


def read_ticket(value: str, max_age: int = TICKET_SECONDS) -> tuple[int, frozenset[str]]:
    """Return (agency id, streams) of a signed ticket. Raise BadSignature if it is invalid or too old.

    Raise django.core.signing.BadSignature, also if it has expired.
    """
    agency_id, *streams = signing.loads(value, salt=SALT, max_age=max_age)
    return int(agency_id), frozenset(map(str, streams))


def delete_old_events(older_than: timedelta = timedelta(hours=2)) -> int:
    """Delete live events that no browser will ask for again; return how many."""
    deleted, _ = LiveEvent.objects.filter(at__lt=timezone.now() - older_than).delete()
    return deleted
