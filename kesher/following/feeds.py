"""Registry of the feeds: what each feature has that may concern people who follow a topic or a place, or are members.

A feature registers in its ``apps.py:ready()``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kesher.agencies.models import Place
from kesher.contacts.models import Contact

ALL: Final = "all:"  # before a feed's name: everything that it has
FEED_MOST: Final = 100  # items of one feed that are read


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that the public may see. ``titles``: {language: text}; ``url``: its path; ``at``: when it became public.

    ``topics``: the codes of topics that it has; ``place``: in which words it says where it is. Its titles are searched
    for names of topics and places, too.
    """

    titles: Mapping[str, str]
    url: str
    at: datetime
    topics: frozenset[str] = frozenset()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody follows, with all names of it. ``feeds``: the names of feeds of which they follow everything."""

    topics: Mapping[str, TopicNames] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    feeds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TopicNames:
    """A topic's name for a reader, and its names and synonyms in all languages."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feature has. ``everything``: the lazy title of the choice to follow all of it; ``kind``: of one item.

    ``find`` returns what became public after a moment, newest first, at most `FEED_MOST`, with a number of queries that
    does not grow with the items. A feed that has too many may leave out what is not wanted.
    """

    name: str
    everything: Any
    kind: Any
    find: Callable[[Wanted, datetime], Iterable[Item]]
    order: int = 50


@dataclass(frozen=True, slots=True)
class OwnItem:
    """A thing that concerns one person, whatever they follow. ``why``: the reason, in words.

    ``title`` is in ``lang``. ``weight``: 0 for what is merely new; what has more is shown first.
    """

    title: str
    lang: str
    url: str
    at: datetime
    why: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class OwnFeed:
    """What a feature has for one person: of what they joined. ``kind``: the lazy title of one item.

    ``find`` returns what came after a moment, at most `FEED_MOST`, with a number of queries that does not grow.
    """

    name: str
    kind: Any
    find: Callable[[Contact, datetime], Iterable[OwnItem]]


FEEDS: dict[str, Feed] = {}
OWN_FEEDS: dict[str, OwnFeed] = {}


def register(feed: Feed) -> None:
    """Register a feed; it replaces one of the same name."""
    FEEDS[feed.name] = feed


def register_own(feed: OwnFeed) -> None:
    """Register a feed of what people joined; it replaces one of the same name."""
    OWN_FEEDS[feed.name] = feed


def sorted_feeds() -> list[Feed]:
    """Return the feeds in the order in which people choose among them."""
    return sorted(FEEDS.values(), key=lambda feed: (feed.order, feed.name))
