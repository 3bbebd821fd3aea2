"""Other words for the same thing: those that ship with the house (`everyday.txt`), and those of the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from kesher.answers.models.feedback import Synonym
from kesher.language import LANGUAGES, likeness, word_keys, words

# How much another word is worth, in the same language and in another one, and how alike a word of a group must be.
SAME, OTHER, NEAR = 0.7, 0.55, 0.75
HEARD, SHORT = 0.66, 3  # how alike a word in other letters must sound, and keys that say too little
PATH: Final = Path(__file__).with_name("everyday.txt")

Group = list[list[str]]  # a list of words for each language


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """Groups of words, found by the keys of each."""

    groups: tuple[Group, ...]
    by_key: dict[str, frozenset[tuple[int, int, str]]]

    def known(self, word: str, kind: str, near: float) -> dict[tuple[int, int], float]:
        """The groups and languages in which it stands, with how alike the word there is."""
        found: dict[tuple[int, int], float] = {}
        for key in keys_of(word, kind):
            for group, lang, term in self.by_key.get(key, ()):
                alike = likeness(word, term)
                if alike >= near:
                    found[group, lang] = max(alike, found.get((group, lang), 0.0))
        return found

    def others(self, word: str) -> dict[str, float]:
        """Other words for this one, each with its worth, 0 to 1."""
        known = self.known(word, "f", NEAR) or self.known(word, "s", HEARD)
        found: dict[str, float] = {}
        for (group, lang), alike in known.items():
            for other, terms in enumerate(self.groups[group]):
                worth = alike * (SAME if other == lang else OTHER)
                found |= {term: max(worth, found.get(term, 0.0)) for term in terms if term != word}
        return found


def keys_of(word: str, kind: str) -> list[str]:
    """The keys of one kind: "f", forms of the word; "s", how it sounds (three consonants or more: two are chance)."""
    return [key for key in word_keys(word) if key[0] == kind and (kind == "f" or len(key) > SHORT)]


def form_keys(word: str) -> list[str]:
    return keys_of(word, "f")


def thesaurus(groups: Iterable[Group]) -> Thesaurus:
    kept = tuple(groups)
    by_key: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
    for number, group in enumerate(kept):
        for lang, terms in enumerate(group):
            for term in terms:
                for key in (*form_keys(term), *keys_of(term, "s")):
                    by_key[key].add((number, lang, term))
    return Thesaurus(kept, {key: frozenset(found) for key, found in by_key.items()})


def single(terms: Iterable[str]) -> list[str]:
    """The terms that are one word, in one spelling."""
    found = (words(term) for term in terms)
    return list(dict.fromkeys(parts[0] for parts in found if len(parts) == 1))


def shipped() -> list[Group]:
    """The groups of `everyday.txt`."""
    lines = PATH.read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.strip() and not line.startswith("#")]
    return [[single(cell.split(",")) for cell in row] for row in rows]


@lru_cache(maxsize=1)
def everyday() -> Thesaurus:
    """The groups that ship with the house."""
    return thesaurus(shipped())


@lru_cache(maxsize=32)
def own(agency_id: int, stamp: int) -> Thesaurus:
    """The groups of an agency's desk; ``stamp`` (SearchIndex.synonyms) moves when one changes."""
    rows = Synonym.objects.values_list("words", flat=True) if stamp else ()
    return thesaurus([single(row.get(lang, [])) for lang in LANGUAGES] for row in rows)


def others(word: str, agency_id: int, stamp: int) -> dict[str, float]:
    """Other words for this one, the desk's before the house's."""
    found = everyday().others(word)
    for term, worth in own(agency_id, stamp).others(word).items():
        found[term] = max(worth, found.get(term, 0.0))
    return found
