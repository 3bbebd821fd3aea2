"""Store what is suddenly said by many: a signal is a group of bursts whose posts are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kesher.listening.bursts import Burst, BurstGroup
from kesher.listening.models import Signal, Watch
from kesher.listening.pipeline.pipeline_state import to_time
from kesher.listening.rules import count_authors, is_enough

WATCH_SHARE = 0.3  # of a burst's posts; a watch that matched fewer has little to do with it

type Noticed = tuple[BurstGroup, Burst, bool]  # a burst, the group that it is in, and whether that began with it


def store_signals(agency_id: int, noticed: Sequence[Noticed]) -> list[Signal]:
    """Store the bursts of a batch that enough people made; return the signals that are new."""
    new = []
    for group, burst, _is_new in noticed:
        authors = count_authors(post.author for post in burst.posts)
        if not is_enough(authors):
            continue
        values = {
            "words": said_by_many(group.label(), burst),
            "profile": {term: round(share, 4) for term, share in group.profile.items()},
            "hours": round(burst.window / 3600),
            "posts": burst.total,
            "expected": burst.expected,
            "authors": authors,
            "last_at": to_time(burst.at),
        }
        if group.row is None:
            row = Signal.objects.create(agency_id=agency_id, began_at=to_time(group.began_at), **values)
            group.row = row.pk
            new.append(row)
        else:
            Signal.objects.filter(pk=group.row).update(**values)
            row = Signal.objects.get(pk=group.row)
        row.watches.add(*find_watches(burst))
    return new


def said_by_many(words: Sequence[str], burst: Burst) -> list[str]:
    """Return the words that enough people of a burst said, so that one person's own words are in no label."""
    voices: dict[str, set[str]] = {word: set() for word in words}
    for post in burst.posts:
        for word in voices.keys() & set(post.terms.values()):
            voices[word].add(post.author)
    return [word for word in words if is_enough(count_authors(voices[word]))]


def find_watches(burst: Burst) -> list[Watch]:
    """Return the watches that matched many of a burst's posts."""
    counts = Counter(watch for post in burst.posts for watch in post.watches)
    many = [watch for watch, count in counts.items() if count >= WATCH_SHARE * len(burst.posts)]
    return list(Watch.objects.filter(pk__in=many))
