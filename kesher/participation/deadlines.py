"""Deadlines: what was sent in time counts as in time, and a close waits for it. Pure rules and their words.

A verb compares its deadline with `core.arrival.arrived_at()`. What is kept here is how long a close waits for what
reached us before the end and was not handled yet, and what somebody is told who was late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kesher.core.arrival import arrived_at

LONGEST = timedelta(minutes=20)


def may_close(
    end: datetime, now: datetime, *, last_code: datetime | None, has_unprocessed: Callable[[datetime], bool]
) -> bool:
    """May what ended at ``end`` be closed ``now``? Not before the last code has expired that was asked for in time, and
    not while anything waits to be processed that reached us before then (``has_unprocessed(moment)``); but at most
    twenty minutes after the end."""
    if now >= end + LONGEST:
        return True
    until = max(end, last_code or end)
    return until <= now and not has_unprocessed(until)


def describe_lateness(end: datetime | None, zone: str) -> str:
    """Return both times for whoever was late, beginning with a blank; "" for who was not. ``zone``: the agency's."""
    reached = arrived_at()
    if end is None or reached < end:
        return ""
    known = {"end": format_moment(end, reached, zone), "reached": format_moment(reached, end, zone)}
    return " " + _("It ended on %(end)s; this reached us on %(reached)s.") % known


def format_moment(moment: datetime, other: datetime, zone: str) -> str:
    """A moment in words: with seconds where both lie in one minute, with thousandths where they lie in one second."""
    here, there = (when.astimezone(ZoneInfo(zone)) for when in (moment, other))
    day = date_format(here, "SHORT_DATE_FORMAT")
    if here.strftime("%c") == there.strftime("%c"):
        return f"{day} {here:%H:%M:%S}.{here.microsecond // 1000:03d}"
    same_minute = here.replace(second=0, microsecond=0) == there.replace(second=0, microsecond=0)
    return f"{day} {here:%H:%M:%S}" if same_minute else f"{day} {here:%H:%M}"


def counting_notice() -> str:
    """What everybody is told between the end and the close."""
    return _("Closed for what is new; counting what was sent in time.")
