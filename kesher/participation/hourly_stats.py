"""Count an hour's participations by area, channel, source and network, for trends and burst detection.

Minutes, areas and channels are counted in full, since there are few. Sources (the first digits of a phone number, the
domain of an e-mail address) and networks may be hundreds of thousands in an hour. Of these only the most frequent are
kept, by the summary of Misra and Gries ("Finding repeated elements", 1982) in the mergeable form of Agarwal et al.
(2012): a key that came more than N/MAX_KEYS times is present for certain, and its count is too low by at most
``dropped``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kesher.participation.models import Pulse

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
