"""Do these words say that somebody is in danger of life now? A small, exact list in four languages.

The list is `dangers.txt`. In Hebrew and Arabic a word may carry its particles ("והאש"). What uses the same words
and means no danger ("fire department") is taken out first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Final

from kesher.language.normalisation import normalise
from kesher.language.word_matching import words

FILE: Final = Path(__file__).with_name("dangers.txt")
TEXT_MOST: Final = 2000  # letters of a message that are looked at
GAP, BETWEEN = "…", 2
HEBREW: Final = frozenset("ושהבלמכ")
ARABIC: Final = ("و", "ف", "ب", "ل", "ك", "س", "ال", "لل", "وال", "بال", "فال", "كال", "ولل", "وب")
Spellings = tuple[str, ...]  # of one word of a line
Lines = tuple[tuple[Spellings, ...], ...]


@cache
def lists() -> tuple[Lines, Lines]:
    """Return what names a danger, and what is harmless."""
    rows = iter(FILE.read_text(encoding="utf-8").splitlines())
    dangers = takewhile(lambda row: not row.startswith("=="), rows)
    return read(dangers), read(rows)


def read(rows: Iterable[str]) -> Lines:
    return tuple(
        tuple(tuple(map(folded, place.split("|"))) for place in row.split())
        for row in rows
        if row and not row.startswith("#")
    )


def folded(spelling: str) -> str:
    if spelling == GAP:
        return GAP
    return normalise(spelling.removesuffix("*")) + "*" * spelling.endswith("*")


@lru_cache(maxsize=16384)
def forms(word: str) -> frozenset[str]:
    """Return a word as it stands, and without its particles."""
    count = next((at for at, letter in enumerate(word) if letter not in HEBREW), len(word))
    bare = {word[at:] for at in range(1, min(count, 3, len(word) - 2) + 1)}
    bare |= {word.removeprefix(particle) for particle in ARABIC if len(word) >= len(particle) + 3}
    return frozenset({word, *bare})


def is_one(word: str, spellings: Spellings) -> bool:
    said = forms(word)
    return any(
        any(form.startswith(spelling[:-1]) for form in said) if spelling.endswith("*") else spelling in said
        for spelling in spellings
    )


def span(said: Sequence[str], at: int, phrase: Sequence[Spellings]) -> set[int]:
    """Return the places of the words of a phrase that begins at ``at``; none where it does not."""
    taken: set[int] = set()
    reach = 1
    for spellings in phrase:
        if spellings == (GAP,):
            reach = 1 + BETWEEN
            continue
        end = min(at + reach, len(said))
        found = next((place for place in range(at, end) if is_one(said[place], spellings)), None)
        if found is None:
            return set()
        taken.add(found)
        at, reach = found + 1, 1
    return taken


def without_harmless(said: list[str], phrases: Lines) -> list[str]:
    for phrase in phrases:
        gone = {place for at in range(len(said)) for place in span(said, at, phrase)}
        said = [word for place, word in enumerate(said) if place not in gone]
    return said


def names_danger(text: str) -> bool:
    """Return whether this text says that somebody is in danger of life now."""
    said = words(text[:TEXT_MOST])
    return is_said(said) and is_said(without_harmless(said, lists()[1]))


def is_said(said: Iterable[str]) -> bool:
    """Return whether all words of some line of the list are there."""
    found = set().union(*map(places, said))
    lines = {line for line, _place in found}
    return any(all((line, place) in found for place in range(len(lists()[0][line]))) for line in lines)


@lru_cache(maxsize=16384)
def places(word: str) -> frozenset[tuple[int, int]]:
    """Return where in the list a word stands: the line, and the place in it."""
    return frozenset(
        (number, place)
        for number, line in enumerate(lists()[0])
        for place, spellings in enumerate(line)
        if is_one(word, spellings)
    )
