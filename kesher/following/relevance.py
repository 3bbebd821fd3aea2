"""Find out why an item concerns somebody: by their topics and places, in any form of the words and any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

from kesher.agencies.models import Place
from kesher.following.feeds import Feed, Item, Wanted
from kesher.language import keys, words
from kesher.understanding.slots.slot_words import AREA, SQUARE, STREET

NAMES_KEPT: Final = (
    32_768  # all names of a large city's places: whoever names twenty would else have them read 20 times
)
TYPES: Final = STREET | AREA | SQUARE  # words that say what a place is, and are no part of its name


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item concerns somebody: a kind (topic, street, area, landmark, feed), and the name of what they follow."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return the reason in the reader's language."""
        return {
            "topic": _("You follow this topic: %(name)s"),
            "street": _("It is on a street that you follow: %(name)s"),
            "area": _("It is in an area that you follow: %(name)s"),
            "landmark": _("It is at a place that you follow: %(name)s"),
            "feed": _("You follow everything of this kind: %(name)s"),
        }[self.kind] % {"name": self.name}


def explain(item: Item, feed: Feed, wanted: Wanted) -> list[Reason]:
    """Return why an item of a feed concerns somebody: the nearest reason first; [] where it does not."""
    titles = [keys(title) for title in item.titles.values()]
    said = [keys(item.place), *titles] if item.place else titles
    found = [
        Reason(place.kind, str(place))
        for place in wanted.places
        if any(has_name(text, name) for text in said for name in every_name(place))
    ]
    for code, topic in wanted.topics.items():
        if code in item.topics or any(has_name(text, name) for text in titles for name in topic.names):
            found.append(Reason("topic", topic.title))
    if feed.name in wanted.feeds:
        found.append(Reason("feed", str(feed.kind)))
    return found


def every_name(place: Place) -> Iterator[str]:
    """Yield all names of a place, in every language."""
    yield from place.names.values()
    for names in place.other_names.values():
        yield from names


def has_name(text: Iterable[str], name: str) -> bool:
    """Return whether a text, given as its search keys, has each word of a name in some form."""
    asked = name_keys(name)
    return bool(asked) and all(not word.isdisjoint(text) for word in asked)


@lru_cache(maxsize=4096)
def name_keys(name: str) -> tuple[frozenset[str], ...]:
    """Return the search keys of each word of a name, without "street" and the like."""
    return tuple(frozenset(keys(word)) for word in plain_words(name))


def find_within(text: str, places: Iterable[Place]) -> Place | None:
    """Return the street that an address names, else the area; None for neither.

    A name without letters is passed over: it would be found in every address with this house number.
    """
    said, plain = keys(text), set(words(text))
    best: tuple[tuple[bool, bool, int], Place] | None = None
    for place in places:
        for name in every_name(place):
            if (name.isascii() and not any(sign.isalpha() for sign in name)) or not has_name(said, name):
                continue
            score = (place.kind == Place.Kind.STREET, set(words(name)) - TYPES <= plain, len(name_keys(name)))
            if place.kind != Place.Kind.LANDMARK and (best is None or score > best[0]):
                best = (score, place)
    return best[1] if best is not None else None


def find_named(text: str, places: Iterable[Place]) -> list[Place]:
    """Return the places that a short text names: those whose name it is, else those that have all of its words."""
    asked = set(plain_words(text))
    known = [(place, name) for place in places for name in (*every_name(place), place.code)]
    exact = {place.pk: place for place, name in known if asked == set(plain_words(name))}
    return list((exact or {place.pk: place for place, name in known if has_name(keys_of(name), text)}).values())


@lru_cache(maxsize=NAMES_KEPT)
def plain_words(name: str) -> tuple[str, ...]:
    """Return the words of a place's name, without "street" and the like."""
    found = tuple(words(name))
    return tuple(word for word in found if word not in TYPES) or found


@lru_cache(maxsize=NAMES_KEPT)
def keys_of(name: str) -> frozenset[str]:
    """Return the search keys of a place's name."""
    return frozenset(keys(name))
