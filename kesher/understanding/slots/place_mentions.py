"""Find the street, area or landmark that a message names, its house number, and what stands beside it.

A name alone is seldom enough: many are words of every day. What is around it adds evidence: "street" before it, a house
number, "corner of", "by the", a preposition. A name counts where the sum is high enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kesher.agencies.models import Place
from kesher.language import FoundNumber, find_numbers, normalise, script_of
from kesher.understanding.slots.place_index import Form, PlaceIndex
from kesher.understanding.slots.slot_words import (
    AND,
    AREA,
    ARTICLES,
    BESIDE,
    BESIDE_TWO,
    CORNER,
    FLAT,
    KINDS,
    LOCATIVE,
    NUMBER,
    OF,
    SQUARE,
    STREET,
    UNITS,
    read_words,
)

CACHE: Final = 16384  # words whose particles are remembered
WORDS_MOST: Final = 160  # of a message that are read
ACCEPTED: Final = 0.34  # evidence from which a name is a place
# What each kind of evidence counts.
ANNOUNCED, HOUSE, CROSSING, NEAR, IN, WITH_ARTICLE = 1.0, 0.7, 0.8, 0.5, 0.35, 0.6
ALONE, SEVERAL, RARE, REPORT = 0.3, 0.4, 0.25, 0.15
ORDINARY: Final = -0.45
ERRORS: Final = 2.0  # how much a doubtful spelling counts against a name
WELL_SPELLED: Final = 0.93  # quality from which a number before a name is its house: "3 boars" is not Brosh street
RARE_LEAST: Final = 7  # letters of a name that is hardly another word
HOUSE_MOST: Final = 3  # digits of a house number
_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+(?:['’׳״\"`´][^\W\d_]+)*['’׳]?")
_HARD: Final = re.compile(r"[;!?\n…—–]|[.:](?:\s|$)")
_SOFT: Final = re.compile(r"[,،]|\s[-–—]\s")
_NOT_HOUSE: Final = re.compile(r"\s*(?:[:/.,]\d|%|₪|[-–]\s?\d|ש[\"״]?ח|שקל|شيكل|шек|nis\b|ils\b)", re.IGNORECASE)
# What is written together with a word, in Hebrew, Arabic, and Hebrew in Latin letters.
_HEBREW: Final = ("", *sorted(read_words("glued_hebrew")))
_ARABIC: Final = ("", *sorted(read_words("glued_arabic")))
_LATIN: Final = ("", *sorted(read_words("glued_latin")))
JOINED: Final = ("ו", "و", "ל")  # "and" in Hebrew and Arabic, and "to" after "between"
IN_LETTERS: Final = frozenset("בלמبلعكف")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or number of a message, with its position in the text; ``number``: as a house number, with its letter."""

    text: str
    plain: str
    start: int
    end: int
    number: str = ""

    @property
    def is_number(self) -> bool:
        """Return whether this is a number."""
        return self.text.isdecimal()


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a message: its first word and the one after its last, its form, and how sure it is that it is meant."""

    first: int
    last: int
    form: Form
    quality: float
    inside: bool  # a preposition is written together with it
    article: bool  # and an article that only a name has there
    score: float = 0.0
    house: Word | None = None
    near: bool = False
    corner: bool = False

    @property
    def place(self) -> Place:
        """Return the place that is named."""
        return self.form.place


def split_words(text: str) -> list[Word]:
    """Return the words and numbers of a text; a letter that is written to a number belongs to it as a house's.

    A number in words ("twenty five") is one, in figures.
    """
    found: list[Word] = []
    spoken = {one.start: one for one in find_numbers(text) if is_spoken(text, one)}
    until = 0
    for match in _TOKEN.finditer(text):
        if len(found) >= WORDS_MOST:
            break
        if match.start() < until:
            continue
        if number := spoken.get(match.start()):
            figures, until = str(int(number.value)), number.end
            found.append(Word(figures, figures, number.start, number.end, figures))
            continue
        said = match.group()
        before = found[-1] if found else None
        if before is not None and before.is_number and before.end == match.start() and len(said) == 1:
            found[-1] = Word(before.text, before.plain, before.start, match.end(), before.text + said)
            continue
        found.append(Word(said, normalise(said), match.start(), match.end(), said if said.isdecimal() else ""))
    return found


def is_spoken(text: str, number: FoundNumber) -> bool:
    """Return whether a number is said in words and may be a house's; "one" and "two" are mostly other words."""
    return not text[number.start].isdecimal() and number.value == int(number.value) and 3 <= number.value < 1000


@lru_cache(maxsize=CACHE)
def without_particles(plain: str) -> tuple[tuple[str, str], ...]:
    """Return (word, particles) for the ways to take off what Hebrew, Arabic and Arabizi write together with a word."""
    script = script_of(plain)
    particles = {"he": _HEBREW, "ar": _ARABIC}.get(script or "", _LATIN if plain.isascii() else ("",))
    least = 5 if particles is _LATIN else 2
    return tuple(
        (plain[len(particle) :], particle)
        for particle in particles
        if plain.startswith(particle) and (not particle or len(plain) - len(particle) >= least)
    )


@lru_cache(maxsize=CACHE)
def bare_forms(plain: str) -> frozenset[str]:
    """Return a word with and without its particles."""
    return frozenset(bare for bare, _particle in without_particles(plain))


def is_one_of(word: Word, words: frozenset[str]) -> bool:
    """Return whether a word, or what follows its particles, is one of a set."""
    return not words.isdisjoint(bare_forms(word.plain))


def find_mentions(
    text: str, words: Sequence[Word], index: PlaceIndex, knows: Callable[[str], bool], *, reports: bool
) -> list[Mention]:
    """Return the places that a message names, in its order. ``knows``: whether a word is one of every day."""
    found = [weigh(one, text, words, reports=reports) for one in candidates(words, index, knows)]
    accepted: list[Mention] = []
    for one in sorted(found, key=lambda one: (-one.form.size * (1 if one.quality > 0.7 else 0.5), -one.score)):
        if one.score >= ACCEPTED and not any(one.first < other.last and other.first < one.last for other in accepted):
            accepted.append(one)
    accepted.sort(key=lambda one: one.first)
    return add_crossings(text, words, accepted, found)


def candidates(words: Sequence[Word], index: PlaceIndex, knows: Callable[[str], bool]) -> list[Mention]:
    """Return all names that the words of a message may be, with the quality of each."""
    spelled = [look_up(words, at, index, knows) for at in range(len(words))]
    found: dict[tuple[int, int, str], Mention] = {}
    for first in range(len(words)):
        for (number, at), (quality, particle, word) in spelled[first].items():
            if at:
                continue
            form = index.forms[number]
            end, quality = follow(words, spelled, first, number, form, quality)
            if not end:
                continue
            inside = bool(particle) and particle[-1] in IN_LETTERS
            one = Mention(
                first, end, form, quality * form.quality, inside, inside and word[:1] == "ה" and script_of(word) == "he"
            )
            key = (first, end, form.place.code)
            if key not in found or one.quality - 0.1 * form.weak > found[key].quality - 0.1 * found[key].form.weak:
                found[key] = one
    return list(found.values())


type Spelled = dict[tuple[int, int], tuple[float, str, str]]


def look_up(words: Sequence[Word], at: int, index: PlaceIndex, knows: Callable[[str], bool]) -> Spelled:
    """Return {(form, number of its word): (quality, particles, word)} for one word of a message."""
    word = words[at]
    if word.is_number or len(word.plain) < 2:
        return {}
    announced = at > 0 and is_one_of(words[at - 1], STREET | AREA | SQUARE)
    fuzzy = announced or not knows(word.plain)
    found: Spelled = {}
    for bare, particle in without_particles(word.plain):
        cost = 0.001 if particle else 0.0  # of two readings, the one without particles
        for key, quality in index.find(bare, fuzzy=fuzzy and len(bare) >= 3).items():
            if quality - cost > found.get(key, (0.0,))[0]:
                found[key] = (quality - cost, particle, bare)
    return found


def follow(
    words: Sequence[Word], spelled: Sequence[Spelled], first: int, number: int, form: Form, quality: float
) -> tuple[int, float]:
    """Return the index after the last word of a name that begins here, and its quality; (0, 0) where there is none."""
    at, end = 1, first + 1
    length = form.length
    while at < length:
        if end < len(words) and words[end].plain in ARTICLES and end + 1 < len(words):
            end += 1
        hit = spelled[end].get((number, at)) if end < len(words) else None
        if hit is None:
            return 0, 0.0
        quality = min(quality, hit[0]) * 0.99
        at, end = at + 1, end + 1
    return end, quality


def weigh(one: Mention, text: str, words: Sequence[Word], *, reports: bool) -> Mention:
    """Return a mention with its score, by what stands around it."""
    before = previous_words(text, words, one.first)
    announced = announcement(one, before, text, words)
    house = house_beside(text, words, one, announced=bool(announced))
    near = is_near(before)
    corner = any(is_one_of(word, CORNER) for word in before[:2]) or (
        one.last < len(words) and is_one_of(words[one.last], CORNER) and not is_hard(text, words, one.last)
    )
    inside = one.inside or bool(before and before[0].plain in LOCATIVE)
    alone = stands_alone(text, words, one)
    score = (
        (one.quality - 1) * ERRORS
        + ANNOUNCED * announced
        + HOUSE * (house is not None)
        + CROSSING * corner
        + NEAR * near
        + IN * inside
        + WITH_ARTICLE * one.article
        + ALONE * alone
        + SEVERAL * (one.form.size > 1 and not one.form.part)
        + REPORT * reports
        + RARE * is_rare(one, words)
        + doubt(one, near=near)
    )
    return Mention(
        one.first, one.last, one.form, one.quality, one.inside, one.article, score, house, near, corner
    )  # fmt: skip


def doubt(one: Mention, *, near: bool) -> float:
    """Return how much it counts against a name that it also means something else."""
    if not one.form.weak:
        return 0.0
    return ORDINARY if one.place.kind != Place.Kind.LANDMARK else 0.0 if near else ORDINARY / 3


def is_rare(one: Mention, words: Sequence[Word]) -> bool:
    """Return whether a name is long and written without an error, so that it hardly means anything else."""
    return one.quality > 0.9 and not one.form.weak and len(words[one.first].plain) >= RARE_LEAST


def previous_words(text: str, words: Sequence[Word], first: int) -> list[Word]:
    """Return up to three words before this one, the nearest first, without articles, within its clause."""
    found = []
    for at in range(first - 1, max(-1, first - 5), -1):
        if is_hard(text, words, at + 1):
            break
        if words[at].plain not in ARTICLES:
            found.append(words[at])
    return found[:3]


def is_hard(text: str, words: Sequence[Word], at: int) -> bool:
    """Return whether a clause ends before this word; a point after a short word ("ул.") ends none."""
    gap = text[words[at - 1].end : words[at].start] if at else "\n"
    return bool(_HARD.search(gap)) and not (gap.startswith(".") and len(words[at - 1].text) <= 4)


def announcement(one: Mention, before: Sequence[Word], text: str, words: Sequence[Word]) -> float:
    """Return 1 where a word announces a place of this kind, a negative number where it announces another kind."""
    if one.form.announced:
        return 1.0
    near = [*before[:1], *(before[1:2] if before and before[0].plain in OF else [])]
    if one.first and is_soft(text, words, one.first):
        near = []
    if one.last < len(words) and words[one.last].plain.isascii() and not is_hard(text, words, one.last):
        near.append(words[one.last])
    for word in near:
        for said, kind in KINDS:
            if is_one_of(word, said):
                return 1.0 if kind == one.place.kind else -1.0
    return 0.0


def is_near(before: Sequence[Word]) -> bool:
    """Return whether the words before a name say that something is beside it."""
    near = before[:3] if any(word.plain in LOCATIVE | OF for word in before[:2]) else before[:2]
    return any(is_one_of(word, BESIDE) or word.plain in BESIDE_TWO for word in near)


def stands_alone(text: str, words: Sequence[Word], one: Mention) -> bool:
    """Return whether a name stands between the ends of clauses."""
    begins = one.first == 0 or is_hard(text, words, one.first) or is_soft(text, words, one.first)
    ends = one.last >= len(words) or is_hard(text, words, one.last) or is_soft(text, words, one.last)
    return begins and ends


def is_soft(text: str, words: Sequence[Word], at: int) -> bool:
    """Return whether a comma or a dash stands before this word."""
    return bool(_SOFT.search(text[words[at - 1].end : words[at].start]))


def house_beside(text: str, words: Sequence[Word], one: Mention, *, announced: bool) -> Word | None:
    """Return the house number after a street's name, else the one before it in Latin letters; None for none."""
    if one.place.kind != Place.Kind.STREET:
        return None
    at = one.last
    if at + 1 < len(words) and is_one_of(words[at], BESIDE) and is_one_of(words[at + 1], NUMBER):
        at += 1  # "opposite number 3"
    while at < len(words) and at < one.last + 3 and (is_one_of(words[at], NUMBER) or is_one_of(words[at], STREET)):
        at += 1
    if at < len(words) and (found := house_at(text, words, at)) and not is_hard(text, words, one.last):
        return found
    at = one.first - 1
    while at > 0 and (words[at].plain in STREET or words[at].plain in ARTICLES):
        at -= 1
    latin = words[one.first].plain.isascii() and one.quality >= WELL_SPELLED
    if at >= 0 and (latin or at < one.first - 1) and at + 1 < len(words):
        gap = text[words[at].end : words[at + 1].start]
        if not gap.strip(" ,") and (at == 0 or not is_one_of(words[at - 1], FLAT)):
            return house_at(text, words, at, before=True)
    return None


def house_at(text: str, words: Sequence[Word], at: int, *, before: bool = False) -> Word | None:
    """Return the number at this word if it may be a house's; None otherwise."""
    word = words[at]
    if not word.is_number or len(word.text) > HOUSE_MOST or not int(word.text):
        return None
    if before:
        return word
    after = words[at + 1] if at + 1 < len(words) else None
    if _NOT_HOUSE.match(text, word.end) and not re.match(r"[/.,-]\d", text[word.end :]):
        return None
    if after is not None and after.plain in UNITS and not is_soft(text, words, at + 1):
        return None
    return word


def add_crossings(text: str, words: Sequence[Word], accepted: list[Mention], found: Sequence[Mention]) -> list[Mention]:
    """Return the accepted places with those streets that only the crossing with an accepted one makes sure."""
    for one in sorted(found, key=lambda one: -one.score):
        if one.score + CROSSING < ACCEPTED or one.form.part or one.place.kind != Place.Kind.STREET:
            continue
        if any(one.first < other.last and other.first < one.last for other in accepted):
            continue
        if any(is_crossing(text, words, other, one) for other in accepted):
            accepted.append(one)
    return sorted(accepted, key=lambda one: one.first)


def is_crossing(text: str, words: Sequence[Word], one: Mention, other: Mention) -> bool:
    """Return whether two streets are named as a crossing: nothing but "and", "corner of" or a sign is between them."""
    first, second = (one, other) if one.first < other.first else (other, one)
    kinds = {first.place.kind, second.place.kind}
    if kinds != {Place.Kind.STREET.value} or first.place == second.place:
        return False
    gap = words[first.last : second.first]
    sign = text[words[first.last - 1].end : words[second.first].start]
    joined = bool(re.fullmatch(r"\s*[-–/&+]\s*", sign)) or words[second.first].plain.startswith(JOINED)
    linked = any(word.plain in AND or is_one_of(word, CORNER) for word in gap)
    fillers = all(
        word.plain in AND or word.plain in OF or is_one_of(word, CORNER) or is_one_of(word, STREET) or word.is_number
        for word in gap
    )
    return len(gap) <= 4 and fillers and (linked or joined) and not is_hard(text, words, second.first)
