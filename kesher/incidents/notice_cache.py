"""The notices that are said now, read at most once every few seconds in each process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

from django.utils import timezone

from kesher.agencies.models import in_language
from kesher.core.db.agency_scope import current_agency_id
from kesher.incidents.models import Incident

FRESH: Final = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said about an open incident until its end; ``profiles``: by what messages about it are recognised."""

    incident: int
    title: str
    texts: dict[str, str]
    until: datetime
    profiles: tuple[dict[str, Any], ...]

    def text(self, lang: str | None = None) -> str:
        """Return the notice in a language, the reader's by default."""
        return in_language(self.texts, lang)


_read: dict[int, tuple[float, tuple[Notice, ...]]] = {}


def active_notices() -> tuple[Notice, ...]:
    """Return the current agency's notices that have not ended, newest first: for the bot, pages and channels."""
    agency, now = current_agency_id(), monotonic()
    at, found = _read.get(agency, (0.0, ()))
    if agency not in _read or now - at > FRESH:
        found = read_notices()
        _read[agency] = now, found
    return tuple(notice for notice in found if notice.until > timezone.now())


def read_notices() -> tuple[Notice, ...]:
    """Return the notices from the database: one query, and one for the merged incidents of each where there are any."""
    rows = Incident.objects.noticed(timezone.now()).order_by("-notice_at").prefetch_related("absorbed")
    return tuple(
        Notice(
            row.pk,
            row.name,
            row.notice,
            row.notice_until,
            tuple(one.profile for one in (row, *row.absorbed.all()) if one.profile),
        )
        for row in rows
        if row.notice_until is not None
    )


def forget_notices() -> None:
    """Forget what this process read, because a notice changed."""
    _read.clear()
