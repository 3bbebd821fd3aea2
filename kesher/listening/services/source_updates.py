"""Store sources, and read those that are due: each at its own pace, so that a broken or noisy one slows nobody."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.channels.base import ChannelError
from kesher.channels.services.provider_calls import call_provider
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id, everywhere, scope
from kesher.core.errors import Refused
from kesher.listening.models import Source
from kesher.listening.pipeline.stage_clock import StageClock
from kesher.listening.services.post_batches import hear_posts
from kesher.listening.sources.source_adapter import Fetched, SourceError, source_adapters

log = logging.getLogger("kesher.listening")

PERIOD: Final = timedelta(minutes=5)  # between two rounds of a source
PAUSE_MOST: Final = timedelta(hours=6)  # after many failures
POSTS_A_ROUND: Final = 200
SOURCES_A_ROUND: Final = 20
SECONDS_A_ROUND: Final = 8.0
SIZE_MOST: Final = 3_000_000  # bytes of an answer


@transaction.atomic
def save_source(
    source: Source | None, *, kind: str, name: str, settings: Mapping[str, str], is_active: bool, by: Actor
) -> Source:
    """Store a source; None creates one. Raise Refused for a name that another has, or for wrong settings."""
    problem = source_adapters()[kind].check(settings)
    if problem:
        raise Refused(problem)
    saved = source or Source(agency_id=current_agency_id(), kind=kind)
    if saved.settings != settings:
        saved.cursor = {}
    saved.name, saved.settings, saved.is_active = name, dict(settings), is_active
    saved.due_at, saved.failure, saved.failures = timezone.now(), "", 0
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise Refused(_("Another source has this name.")) from error
    audit(
        "listening.save_source", by=by, subject=saved, name=name, kind=kind, settings=dict(settings), active=is_active
    )
    return saved


@transaction.atomic
def remove_source(source: Source, *, by: Actor) -> None:
    """Delete a source with its mentions."""
    audit("listening.remove_source", by=by, subject=source, name=source.name, kind=source.kind)
    source.mentions.all().delete()
    source.delete()


@transaction.atomic
def hasten_source(source: Source, *, by: Actor) -> None:
    """Let a source be read in the next round, whatever its pause is."""
    source.due_at = timezone.now()
    source.save(update_fields=["due_at"])
    audit("listening.hasten_source", by=by, subject=source, name=source.name)


def fetch_due_sources() -> int:
    """Read the sources that are due, the longest waiting first; return how many mentions are new."""
    now = timezone.now()
    with everywhere("sources that are due"):
        due = Source.objects.filter(is_active=True, due_at__lte=now).order_by("due_at", "pk")
        rows = list(due.select_related("agency")[:SOURCES_A_ROUND])
    found, began = 0, monotonic()
    for row in rows:
        if monotonic() - began > SECONDS_A_ROUND:
            break  # other jobs wait on the same thread; the rest is due in the next round
        with scope(row.agency):
            found += fetch_source(row)
    return found


def fetch_source(source: Source) -> int:
    """Read a source once; return how many mentions are new.

    What was read and how far are stored together, so a process that dies reads the same again and stores it once. A
    source that fails is asked less and less often.
    """
    adapter = source_adapters().get(source.kind)
    if adapter is None:
        return note_failure(source, _("This kind of source is not installed."))
    try:
        fetched = adapter.fetch(source.settings, source.cursor, get_url, POSTS_A_ROUND)
        new = store_fetched(source, fetched)
    except SourceError as error:
        return note_failure(source, str(error))
    except Exception as error:
        log.exception("source %s cannot be read", source.pk)
        return note_failure(source, repr(error))
    return new


def store_fetched(source: Source, fetched: Fetched, clock: StageClock | None = None) -> int:
    """Store what was read and how far, in one transaction; return how many mentions are new."""
    with transaction.atomic():
        new = hear_posts(source, fetched.posts, clock)
        source.cursor = fetched.cursor
        source.succeeded_at = timezone.now()
        more = len(fetched.posts) >= POSTS_A_ROUND
        source.due_at = source.succeeded_at if more else source.succeeded_at + PERIOD
        source.failure, source.failures = "", 0
        source.save(update_fields=["cursor", "succeeded_at", "due_at", "failure", "failures"])
    return new


def note_failure(source: Source, words: str) -> int:
    """Store why a source could not be read, and when it is tried again; return 0."""
    source.failures = min(source.failures + 1, 100)
    source.failure = words[:300]
    source.due_at = timezone.now() + min(PAUSE_MOST, PERIOD * 2 ** min(source.failures, 10))
    source.save(update_fields=["failures", "failure", "due_at"])
    return 0


def get_url(url: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
    """Return status, headers and body of a URL, asked for through the guard. Raise SourceError."""
    try:
        return call_provider(lambda client: client.request("GET", url, headers=dict(headers), cap=SIZE_MOST))
    except ChannelError as error:
        raise SourceError(str(error)) from error
