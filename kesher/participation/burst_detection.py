"""Detect areas whose signatures or votes grew out of proportion within an hour (likely fraud).

An area's share of the hour's growth is compared with its share of the whole. The measure is robust: the usual ratio is
the median of all areas' ratios, and the tolerance follows from their median absolute deviation. A burst can then not
hide by raising the mean, and an hour in which all the world but one area sleeps is no burst. Source of the pattern: in
2016, 30,000 false signatures were found by correlating each constituency with the national curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import median

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
