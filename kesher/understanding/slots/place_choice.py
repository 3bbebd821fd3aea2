"""Choose the main place of a message, with the crossing street or the landmark beside it, and write it for a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Place, in_language
from kesher.language import script_of
from kesher.understanding.slots.place_index import PlaceIndex
from kesher.understanding.slots.place_mentions import (
    Mention,
    Word,
    find_mentions,
    house_at,
    is_crossing,
    is_hard,
    is_one_of,
    is_soft,
    split_words,
)
from kesher.understanding.slots.slot_words import AREA, ENDS, FLAT, LATIN_TYPES, NUMBER, SQUARE, STREET

NAME_MOST: Final = 3  # words of a place that is not in the list


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """Where a message says that something is: {slot: value}, and the spans of its text that say so.

    ``spans`` are those of names, ``houses`` those of house numbers.
    """

    slots: dict[str, str]
    spans: tuple[tuple[int, int], ...] = ()
    houses: tuple[tuple[int, int], ...] = ()


def find_place(text: str, index: PlaceIndex, knows: Callable[[str], bool], lang: str, *, reports: bool) -> FoundPlace:
    """Return the place that a message names, of the agency's list or, where an announcing word says so, any other.

    ``lang`` is the reader's language; ``knows`` says whether a word is one of every day; ``reports``: whether the
    message reports something.
    """
    words = split_words(text)
    mentions = find_mentions(text, words, index, knows, reports=reports)
    if not mentions:
        return find_announced(text, words, knows)
    main, beside, is_corner = choose(text, words, mentions)
    house = main.house or (beside.house if beside and is_corner else None)
    shown = beside.place if beside and not house else None  # a house number says more, and is read after the place
    slots = {
        "place": describe_place(main.place, shown, lang, corner=is_corner, near=main.near),
        "place_code": main.place.code,
        "cross": beside.place.code if beside else "",
        "house": house.number if house else "",
    }
    spans = tuple((words[one.first].start, words[one.last - 1].end) for one in mentions)
    houses = tuple((one.house.start, one.house.end) for one in mentions if one.house)
    return FoundPlace({name: value for name, value in slots.items() if value}, spans, houses)


def choose(text: str, words: Sequence[Word], mentions: Sequence[Mention]) -> tuple[Mention, Mention | None, bool]:
    """Return the main place, the one at its corner or beside it (or None), and whether that is a crossing."""
    streets = [one for one in mentions if one.place.kind == Place.Kind.STREET]
    for one, other in pairwise(streets):
        if is_crossing(text, words, one, other):
            return one, other, True
    landmarks = [one for one in mentions if one.place.kind == Place.Kind.LANDMARK]
    if streets:
        main = max(streets, key=lambda one: (bool(one.house), one.score))
        return main, landmarks[0] if landmarks else None, False
    if landmarks:
        beside = next((one for one in landmarks[1:] if one.near and one.place != landmarks[0].place), None)
        return landmarks[0], beside, False
    return max(mentions, key=lambda one: one.score), None, False


def describe_place(main: Place, beside: Place | None, lang: str, *, corner: bool, near: bool) -> str:
    """Return a place as people read it in this language: "Herzl corner of Bialik", "Herzl, by the library"."""
    name = in_language(main.names, lang)
    with translation.override(lang):
        if beside is not None:
            pattern = _("%(place)s corner of %(other)s") if corner else _("%(place)s, near %(other)s")
            return pattern % {"place": name, "other": in_language(beside.names, lang)}
        if near and main.kind == Place.Kind.LANDMARK:
            return _("Near %(place)s") % {"place": name}
    return name


def find_announced(text: str, words: Sequence[Word], knows: Callable[[str], bool]) -> FoundPlace:
    """Return the words after one that announces a place, or before "street" in English."""
    for at, word in enumerate(words):
        if word.plain in LATIN_TYPES and at and (name := name_before(words, at)):
            return announced(text, words, at - len(name), at + 1)
        if is_one_of(word, STREET | AREA | SQUARE):
            end = at + 1
            while end < len(words) and end - at <= NAME_MOST and is_name(text, words, end, knows, first=end == at + 1):
                end += 1
            if end > at + 1:
                return announced(text, words, at, end)
    return FoundPlace({})


def name_before(words: Sequence[Word], at: int) -> list[Word]:
    """Return the words with capital letters right before an English "street"."""
    found: list[Word] = []
    for word in reversed(words[max(0, at - NAME_MOST) : at]):
        if not word.text[:1].isupper() or word.plain in ENDS:
            break
        found.insert(0, word)
    return found


def is_name(text: str, words: Sequence[Word], at: int, knows: Callable[[str], bool], *, first: bool) -> bool:
    """Return whether a word may be part of a place's name after the word that announces it."""
    word = words[at]
    if word.is_number or word.plain in ENDS or word.plain in NUMBER or is_one_of(word, FLAT):
        return False
    if is_hard(text, words, at) or is_soft(text, words, at):
        return False
    if script_of(word.plain) not in ("he", "ar"):
        return word.text[:1].isupper()
    if not first and word.plain.startswith(("ו", "و")):
        return False
    number_next = at + 1 < len(words) and words[at + 1].is_number
    return number_next or not knows(word.plain) or (first and word.plain.startswith(("ה", "ال")))


def announced(text: str, words: Sequence[Word], first: int, last: int) -> FoundPlace:
    """Return the place that these words name, without a particle before them, and its house number."""
    start = words[first].start + glued_letters(words[first])
    found = {"place": text[start : words[last - 1].end]}
    at = last
    while at < min(len(words), last + 2) and is_one_of(words[at], NUMBER):
        at += 1
    house = house_at(text, words, at) if at < len(words) and not is_hard(text, words, last) else None
    if not house and first and words[first - 1].is_number:
        house = house_at(text, words, first - 1, before=True)
    if house:
        found["house"] = house.number
    return FoundPlace(found, ((start, words[last - 1].end),), ((house.start, house.end),) if house else ())


def glued_letters(word: Word) -> int:
    """Return how many letters of particles are written together with an announcing word."""
    types = STREET | AREA | SQUARE
    if word.plain in types or word.plain.isascii():
        return 0
    return next((size for size in (1, 2) if word.plain[size:] in types), 0)
