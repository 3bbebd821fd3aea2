"""Recognise texts that report danger to life, by exact lists of phrases in four languages.

The list is `dangers.txt`. In Hebrew and Arabic a word may have its particles ("והאש"). Phrases that use the same words
without danger ("fire department") are removed first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Final

from kesher.language.normalisation import normalise
from kesher.language.word_matching import words

FILE: Final = Path(__file__).with_name("dangers.txt")
TEXT_MOST: Final = 2000  # most characters of a message that are read
GAP, BETWEEN = "…", 2
HEBREW: Final = frozenset("ושהבלמכ")
ARABIC: Final = ("و", "ف", "ب", "ل", "ك", "س", "ال", "لل", "وال", "بال", "فال", "كال", "ولل", "وب")
Spellings = tuple[str, ...]  # of one word of a phrase
Lines = tuple[tuple[Spellings, ...], ...]
Places = Mapping[str, AbstractSet[tuple[int, int]]]


@cache
def load_lists() -> tuple[Lines, Lines]:
    """Return two lists of phrases from the file: those that name a danger, and harmless ones with the same words."""
    rows = iter(FILE.read_text(encoding="utf-8").splitlines())
    dangers = takewhile(lambda row: not row.startswith("=="), rows)
    return parse_lines(dangers), parse_lines(rows)


def parse_lines(rows: Iterable[str]) -> Lines:
    """Return the phrases of a list, each as a tuple with the possible spellings of each of its words."""
    return tuple(
        tuple(tuple(map(fold_spelling, place.split("|"))) for place in row.split())
        for row in rows
        if row and not row.startswith("#")
    )


def fold_spelling(spelling: str) -> str:
    """Return a spelling normalised for matching; a final "*" stands for any ending."""
    if spelling == GAP:
        return GAP
    return normalise(spelling.removesuffix("*")) + "*" * spelling.endswith("*")


@lru_cache(maxsize=16384)
def word_forms(word: str) -> frozenset[str]:
    """Return a word as written, and each form that is left without the particles before it."""
    count = next((at for at, letter in enumerate(word) if letter not in HEBREW), len(word))
    bare = {word[at:] for at in range(1, min(count, 3, len(word) - 2) + 1)}
    bare |= {word.removeprefix(particle) for particle in ARABIC if len(word) >= len(particle) + 3}
    return frozenset({word, *bare})


def matches_spelling(word: str, spellings: Spellings) -> bool:
    """Return whether a word, with or without particles, has one of these spellings."""
    said = word_forms(word)
    return any(
        any(form.startswith(spelling[:-1]) for form in said) if spelling.endswith("*") else spelling in said
        for spelling in spellings
    )


def match_phrase(said: Sequence[str], at: int, phrase: Sequence[Spellings]) -> set[int]:
    """Return the positions of the words that match a phrase from position `at` on; an empty set if they do not."""
    taken: set[int] = set()
    reach = 1
    for spellings in phrase:
        if spellings == (GAP,):
            reach = 1 + BETWEEN
            continue
        end = min(at + reach, len(said))
        found = next((place for place in range(at, end) if matches_spelling(said[place], spellings)), None)
        if found is None:
            return set()
        taken.add(found)
        at, reach = found + 1, 1
    return taken


def without_harmless(said: list[str], phrases: Lines) -> list[str]:
    """Return the words of a text without those that form harmless phrases ("fire department")."""
    for phrase in phrases:
        gone = {place for at in range(len(said)) for place in match_phrase(said, at, phrase)}
        said = [word for place, word in enumerate(said) if place not in gone]
    return said


def names_danger(text: str) -> bool:
    """Return whether a text says that somebody is in danger of life now."""
    said = words(text[:TEXT_MOST])
    return has_danger_line(said) and has_danger_line(without_harmless(said, load_lists()[1]))


def has_danger_line(said: Iterable[str]) -> bool:
    """Return whether these words include, in any order, all words of some phrase of the danger list."""
    found = set().union(*map(find_places, said))
    lines = {line for line, _place in found}
    return any(all((line, place) in found for place in range(len(load_lists()[0][line]))) for line in lines)


@lru_cache(maxsize=16384)
def find_places(word: str) -> frozenset[tuple[int, int]]:
    """Return where a word occurs in the danger list, as (index of the phrase, position in it)."""
    exact, beginnings = index_spellings()
    found: set[tuple[int, int]] = set()
    for form in word_forms(word):
        found |= exact.get(form, frozenset())
        for size in range(1, len(form) + 1):
            found |= beginnings.get(form[:size], frozenset())
    return frozenset(found)


@cache
def index_spellings() -> tuple[Places, Places]:
    """Return where each spelling of the danger list occurs: whole words, and beginnings that any ending may follow."""
    exact: dict[str, set[tuple[int, int]]] = {}
    beginnings: dict[str, set[tuple[int, int]]] = {}
    for number, line in enumerate(load_lists()[0]):
        for place, spellings in enumerate(line):
            for spelling in spellings:
                index = beginnings if spelling.endswith("*") else exact
                index.setdefault(spelling.removesuffix("*"), set()).add((number, place))
    return exact, beginnings
