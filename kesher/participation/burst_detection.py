"""Which areas grew out of proportion in an hour: each one's share of the hour's growth against its share of the whole.

The measure is robust: what is usual comes from the median of all areas' ratios and from how far they lie from it, so
that a burst cannot hide by lifting the mean, and so that an hour in which all the world but one is awake is no burst.
(The pattern: how 30,000 false signatures were found in 2016, by correlating each constituency with the national curve.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import median

LEAST = 100  # so many more than expected, or nobody is disturbed
TIMES = 4.0  # and so many times as many
SIGMAS = 6.0  # and so far outside of how areas differ in this hour
ENOUGH = 5.0  # areas of which fewer are expected tell nothing of how areas differ
MANY = 12  # fewer areas than this tell nothing either
OWN = 2.0  # and so many times its own best hour of the day before: who lives far away wakes at another hour
SPREAD = 0.25  # areas always differ by this much (standard deviation of the logarithm)
NEW = 0.5  # what an area without any history is taken to have had


@dataclass(frozen=True, slots=True)
class Burst:
    """An area (or source) that grew by ``seen`` where ``expected`` would have been usual."""

    key: str
    seen: int
    expected: float


def find_bursts(
    hour: Mapping[str, int], whole: Mapping[str, int], best: Mapping[str, int] | None = None
) -> list[Burst]:
    """The areas of one hour that grew out of proportion, the worst first. In: the hour's growth by area, what each had
    before it, and each one's best hour of the day before (where that is known)."""
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
    """The standard deviation that the median absolute deviation stands for; at least SPREAD."""
    centre = median(values)
    return max(SPREAD, 1.4826 * median(abs(value - centre) for value in values))
