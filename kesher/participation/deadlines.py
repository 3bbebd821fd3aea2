"""Decide when a petition, vote or purchase may be closed, and explain to people that they were late.

What was sent in time counts as in time. A service compares its deadline with `core.http.arrival_time.arrived_at()`.
This module holds how long a close waits for messages that arrived before the end and are not handled yet, and what a
late sender is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kesher.core.http.arrival_time import arrived_at

LONGEST = timedelta(minutes=20)


def may_close(
    end: datetime, now: datetime, *, last_code: datetime | None, has_unprocessed: Callable[[datetime], bool]
) -> bool:
    """Return whether an action that ended at ``end`` may be closed at ``now``, or waits for codes or messages.

    Not before the last code that was asked for in time (``last_code``) has expired, nor while a message that arrived
    before then is unprocessed (``has_unprocessed(moment)``), but at most LONGEST after the end.
    """
    if now >= end + LONGEST:
        return True
    until = max(end, last_code or end)
    return until <= now and not has_unprocessed(until)


def describe_lateness(end: datetime | None, zone: str) -> str:
    """Return a sentence for a late sender, with the end and the time of arrival; "" if they were in time.

    ``zone``: the agency's time zone.
    """
    reached = arrived_at()
    if end is None or reached < end:
        return ""
    known = {"end": format_moment(end, reached, zone), "reached": format_moment(reached, end, zone)}
    return " " + _("It ended on %(end)s; this reached us on %(reached)s.") % known


def format_moment(moment: datetime, other: datetime, zone: str) -> str:
    """Return a moment in words, to the minute, or as precisely as it takes to tell it from ``other``.

    With seconds where both lie in one minute, with milliseconds where both lie in one second.
    """
    here, there = (when.astimezone(ZoneInfo(zone)) for when in (moment, other))
    day = date_format(here, "SHORT_DATE_FORMAT")
    if here.strftime("%c") == there.strftime("%c"):
        return f"{day}, {here:%H:%M:%S}.{here.microsecond // 1000:03d}"
    same_minute = here.replace(second=0, microsecond=0) == there.replace(second=0, microsecond=0)
    return f"{day}, {here:%H:%M:%S}" if same_minute else f"{day}, {here:%H:%M}"


def counting_notice() -> str:
    """Return the text shown between an action's end and its close: what was sent in time is being counted."""
    return _("Closed for what is new; counting what was sent in time.")
