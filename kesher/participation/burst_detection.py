"""Detect areas whose signatures or votes grew out of proportion within an hour (likely fraud), and count that hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import exp, log, sqrt
from statistics import median

from kesher.participation.models import Pulse

LEAST = 100  # a burst has at least so many more than expected,
TIMES = 4.0  # at least so many times as many,
SIGMAS = 6.0  # so many standard deviations more than areas differ in this hour,
ENOUGH = 5.0  # areas with a smaller expectation are left out of the median
MANY = 12  # with fewer areas than this, no median is taken
OWN = 2.0  # and so many times its own best hour of the day before: far away people wake at another hour
SPREAD = 0.25  # areas always differ by this much (standard deviation of the logarithm)
NEW = 0.5  # the count that an area without history is taken to have had


@dataclass(frozen=True, slots=True)
class Burst:
    """An area (or source) that grew by ``seen`` where ``expected`` would have been usual."""

    key: str
    seen: int
    expected: float


def find_bursts(
    hour: Mapping[str, int], whole: Mapping[str, int], best: Mapping[str, int] | None = None
) -> list[Burst]:
    """Return the areas (or other keys) whose growth in one hour is out of proportion, worst first.

    ``hour``: the hour's growth by area. ``whole``: what each area had before it. ``best``: each area's best hour of the
    day before, where it is known.
    """
    growth, total = sum(max(n, 0) for n in hour.values()), sum(max(n, 0) for n in whole.values())
    if growth < LEAST or total < LEAST:
        return []
    usual = {key: growth * max(whole.get(key, 0), NEW) / total for key in hour.keys() | whole.keys()}
    logs = [log(max(hour.get(key, 0), 0.5) / expected) for key, expected in usual.items() if expected >= ENOUGH]
    middle, spread = (median(logs), deviation(logs)) if len(logs) >= MANY else (0.0, SPREAD)
    found = []
    for key, seen in hour.items():
        expected = usual[key] * exp(middle)
        limit = max(TIMES, exp(SIGMAS * spread))
        own = OWN * (best or {}).get(key, 0)
        if seen - expected >= max(LEAST, SIGMAS * sqrt(expected)) and seen >= max(limit * expected, own):
            found.append(Burst(key, seen, expected))
    return sorted(found, key=lambda burst: burst.expected - burst.seen)


def deviation(values: list[float]) -> float:
    """Return a robust standard deviation of the values (from the median absolute deviation); at least SPREAD."""
    centre = median(values)
    return max(SPREAD, 1.4826 * median(abs(value - centre) for value in values))


DIMENSIONS = ("minute", "area", "channel", "source", "net")
BOUNDED = ("source", "net")
MAX_KEYS = 200


def hour_of(at: datetime) -> datetime:
    """Return the start of the clock hour in which a moment lies."""
    return at.replace(minute=0, second=0, microsecond=0)


def add_counts(row: Pulse, more: Mapping[str, int]) -> None:
    """Add {key: count} to an hour's row of counts, in memory only; the caller saves it."""
    counts: dict[str, int] = row.counts
    for key, n in more.items():
        counts[key] = counts.get(key, 0) + n
    if row.dimension in BOUNDED and len(counts) > MAX_KEYS:
        least = sorted(counts.values(), reverse=True)[MAX_KEYS]
        row.counts = {key: n - least for key, n in counts.items() if n > least}
        row.dropped += least
