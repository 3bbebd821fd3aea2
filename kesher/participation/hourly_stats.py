"""One hour of an action in a few small rows, whatever the load: what trends, charts and the watch for bursts read.

Minutes, areas and channels are counted in full, there are few of them. Sources (the first digits of a phone number, the
domain of an e-mail address) and networks may be hundreds of thousands in an hour: of them the heaviest are kept by
Misra and Gries's summary ("Finding repeated elements", 1982), in the mergeable form of Agarwal et al. (2012): a key
that came more than N/KEPT times is there for certain, and its count is too low by at most ``dropped``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kesher.participation.models import Pulse

DIMENSIONS = ("minute", "area", "channel", "source", "net")
BOUNDED = ("source", "net")
KEPT = 200


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def add_counts(row: Pulse, more: Mapping[str, int]) -> None:
    """More of the same hour into a row (the caller saves it)."""
    counts: dict[str, int] = row.counts
    for key, n in more.items():
        counts[key] = counts.get(key, 0) + n
    if row.dimension in BOUNDED and len(counts) > KEPT:
        least = sorted(counts.values(), reverse=True)[KEPT]
        row.counts = {key: n - least for key, n in counts.items() if n > least}
        row.dropped += least
