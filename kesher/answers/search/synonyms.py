"""Find search synonyms: those shipped with Kesher (`everyday.txt`) and those of the agency's editors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from kesher.answers.models.feedback import Synonym
from kesher.language import LANGUAGES, likeness, word_keys, words

# The weights of a synonym in the same language [at 1: -3 / +1, surely: -9 / +4, falsely: +1 / +3] and in another one
# [at 1: -2 / -1, surely: 0 / +6]. `search/ranking.py` explains the brackets.
SAME_LANGUAGE_WEIGHT, OTHER_LANGUAGE_WEIGHT = 0.7, 0.55
TERM_LIKENESS: Final = 0.75  # how alike a word must be to a word of a group [at 1: 0 / -2, surely: 0 / -5]
SOUND_LIKENESS, SOUND_KEY_MIN = 0.66, 3  # how alike a word in other letters must sound; shorter keys say too little
PATH: Final = Path(__file__).with_name("everyday.txt")

Group = list[list[str]]  # a list of words for each language


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """Groups of synonyms, and an index of them by the keys of each word."""

    groups: tuple[Group, ...]
    by_key: dict[str, frozenset[tuple[int, int, str]]]

    def find_groups(self, word: str, kind: str, near: float) -> dict[tuple[int, int], float]:
        """Return {(synonym group, language): likeness} of the groups with a word at least this alike.

        ``kind`` is the kind of key to look up, ``near`` the least likeness.
        """
        found: dict[tuple[int, int], float] = {}
        for key in keys_of_kind(word, kind):
            for group, lang, term in self.by_key.get(key, ()):
                alike = likeness(word, term)
                if alike >= near:
                    found[group, lang] = max(alike, found.get((group, lang), 0.0))
        return found

    def synonyms_of(self, word: str) -> dict[str, float]:
        """Return {synonym: weight from 0 to 1} of a word."""
        known = self.find_groups(word, "f", TERM_LIKENESS) or self.find_groups(word, "s", SOUND_LIKENESS)
        found: dict[str, float] = {}
        for (group, lang), alike in known.items():
            for other, terms in enumerate(self.groups[group]):
                worth = alike * (SAME_LANGUAGE_WEIGHT if other == lang else OTHER_LANGUAGE_WEIGHT)
                found |= {term: max(worth, found.get(term, 0.0)) for term in terms if term != word}
        return found


def keys_of_kind(word: str, kind: str) -> list[str]:
    """Return a word's spelling keys of one kind: "f" for its forms, "s" for its sound.

    A sound of fewer than three consonants is left out: it matches by chance.
    """
    return [key for key in word_keys(word) if key[0] == kind and (kind == "f" or len(key) > SOUND_KEY_MIN)]


def form_keys(word: str) -> list[str]:
    """Return a word's spelling keys for its inflected forms."""
    return keys_of_kind(word, "f")


def build_thesaurus(groups: Iterable[Group]) -> Thesaurus:
    """Return a thesaurus of these groups of synonyms, with its index by spelling key."""
    kept = tuple(groups)
    by_key: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
    for number, group in enumerate(kept):
        for lang, terms in enumerate(group):
            for term in terms:
                for key in (*form_keys(term), *keys_of_kind(term, "s")):
                    by_key[key].add((number, lang, term))
    return Thesaurus(kept, {key: frozenset(found) for key, found in by_key.items()})


def single_words(terms: Iterable[str]) -> list[str]:
    """Return those of the synonyms that are one word, in normalised spelling."""
    found = (words(term) for term in terms)
    return list(dict.fromkeys(parts[0] for parts in found if len(parts) == 1))


def read_shipped_groups() -> list[Group]:
    """Return the groups of synonyms in `everyday.txt`, the list that ships with Kesher."""
    lines = PATH.read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.strip() and not line.startswith("#")]
    return [[single_words(cell.split(",")) for cell in row] for row in rows]


@lru_cache(maxsize=1)
def shipped_thesaurus() -> Thesaurus:
    """Return the thesaurus of the synonyms that ship with Kesher, read once a process."""
    return build_thesaurus(read_shipped_groups())


@lru_cache(maxsize=32)
def agency_thesaurus(agency_id: int, stamp: int) -> Thesaurus:
    """Return the thesaurus of synonyms that this agency's editors wrote, cached by ``stamp``.

    ``stamp`` (`SearchIndex.synonyms`) changes when one of the synonyms does.
    """
    rows = Synonym.objects.values_list("words", flat=True) if stamp else ()
    return build_thesaurus([single_words(row.get(lang, [])) for lang in LANGUAGES] for row in rows)


def find_synonyms(word: str, agency_id: int, stamp: int) -> dict[str, float]:
    """Return {synonym: weight} of a word, from the agency's editors and from what ships with Kesher."""
    found = shipped_thesaurus().synonyms_of(word)
    for term, worth in agency_thesaurus(agency_id, stamp).synonyms_of(word).items():
        found[term] = max(worth, found.get(term, 0.0))
    return found
