"""Link a message to what it names: a petition, contest or purchase by its titles, an answer by its questions.

A word of the message matches a word of a title by a stem, a concept of the lexicon, its sound or its root, and counts
by how rare it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kesher.understanding.learning.features import CACHE, GROUPS, Floats, Ids, tokens, word_features

# How surely two words mean the same, by what they share.
STRENGTHS: Final = {GROUPS["k"]: 1.0, GROUPS["m"]: 0.8, GROUPS["s"]: 0.6, GROUPS["r"]: 0.35}
SHORTEST: Final = 2  # letters of a word that counts
BALANCE: Final = 0.5  # how much a long title is excused for words that the message leaves out


@dataclass(frozen=True, slots=True)
class Link:
    """How well a message and a document fit. Each figure is from 0 to 1.

    ``number``: the document's; ``of_title`` and ``score``: the part of its best phrase that the message names, and
    how well both fit; ``of_message``: the part of the message that all its phrases have.
    """

    number: int
    score: float
    of_title: float
    of_message: float


@lru_cache(maxsize=CACHE)
def link_keys(word: str) -> tuple[Ids, Floats]:
    """Return the features by which a word is linked, and the strength of each."""
    keys = word_features(word)
    keys = keys[np.isin(keys & 7, list(STRENGTHS))]
    return keys, np.array([STRENGTHS[int(key) & 7] for key in keys], dtype=np.float32)


def content_words(phrase: str | Sequence[str]) -> list[str]:
    """Return the words of a title or message that count, each once: those of two letters or more."""
    said = tokens(phrase) if isinstance(phrase, str) else phrase
    return [word for word in dict.fromkeys(said) if len(word) >= SHORTEST and not word.isdecimal()]


class TextIndex:
    """The words of documents, each of which has several phrases, to be looked up by the words of a message."""

    def __init__(self, documents: Iterable[Sequence[tuple[str, float]]], rarity: Callable[[str], float]) -> None:
        """Index documents, each given as (phrase, strength from 0 to 1) pairs; ``rarity`` is the weight of a word."""
        self.rarity = rarity
        phrases = [
            (number, content_words(phrase), strength)
            for number, document in enumerate(documents)
            for phrase, strength in document
        ]
        self.owners = np.array([number for number, _said, _strength in phrases], dtype=np.int32)
        slots = [(at, word, strength) for at, (_number, said, strength) in enumerate(phrases) for word in said]
        self.phrases = np.array([at for at, _word, _strength in slots], dtype=np.int32)  # of each slot
        self.weights = np.array([rarity(word) for _at, word, _strength in slots], dtype=np.float32)
        self.totals = np.bincount(self.phrases, weights=self.weights, minlength=len(phrases)) + 1e-6
        found = [link_keys(word) for _at, word, _strength in slots]
        keys = np.concatenate([keys for keys, _strengths in found]) if found else np.array([], dtype=np.int32)
        order = np.argsort(keys, kind="stable")
        self.keys = keys[order]
        self.slots = np.repeat(np.arange(len(slots), dtype=np.int32), [len(keys) for keys, _strengths in found])[order]
        own = [strengths * slot[2] for (_keys, strengths), slot in zip(found, slots, strict=True)]
        self.strengths = (np.concatenate(own) if own else np.array([], dtype=np.float32))[order]

    def find(self, said: Sequence[str], most: int) -> list[Link]:
        """Return the documents that the words of a message may name, best first."""
        said = content_words(said)
        rarity = np.array([self.rarity(word) for word in said], dtype=np.float32)
        slots, words, alike = self.look_up(said)
        if not len(slots):
            return []
        total = float(rarity.sum()) or 1.0
        of_title = (
            self.sum_best(slots, alike * self.weights[slots], self.phrases[slots], len(self.totals)) / self.totals
        )
        phrases = self.phrases[slots].astype(np.int64)
        value = alike * rarity[words]
        named = self.sum_best(phrases * len(said) + words, value, phrases, len(self.totals)) / total
        owners = self.owners[phrases].astype(np.int64)
        every = self.sum_best(owners * len(said) + words, value, owners, int(self.owners[-1]) + 1) / total
        scores = of_title ** (1 - BALANCE) * named**BALANCE
        touched = np.unique(phrases)
        best: dict[int, int] = {}
        for phrase in touched[np.argsort(scores[touched], kind="stable")].tolist():
            best[int(self.owners[phrase])] = phrase
        links = [
            Link(number, float(scores[phrase]), float(of_title[phrase]), float(every[number]))
            for number, phrase in best.items()
        ]
        return sorted(links, key=lambda link: (-link.score - link.of_message, link.number))[:most]

    def look_up(self, said: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64], Floats]:
        """Return (slot, number of the message's word, strength) of each match of a key."""
        found = [link_keys(word) for word in said]
        keys = np.array(list(chain.from_iterable(keys for keys, _strengths in found)), dtype=np.int32)
        mine = np.array(list(chain.from_iterable(strengths for _keys, strengths in found)), dtype=np.float32)
        words = np.repeat(np.arange(len(said)), [len(keys) for keys, _strengths in found])
        first, last = np.searchsorted(self.keys, keys, "left"), np.searchsorted(self.keys, keys, "right")
        counts = last - first
        places = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
        return self.slots[places], np.repeat(words, counts), np.minimum(self.strengths[places], np.repeat(mine, counts))

    @staticmethod
    def sum_best(places: NDArray[np.integer], values: Floats, owners: NDArray[np.integer], size: int) -> Floats:
        """Return for each owner the sum over its places of the highest value at each place."""
        order = np.lexsort((-values, places))
        firsts = np.unique(places[order], return_index=True)[1]
        chosen = order[firsts]
        return np.bincount(owners[chosen], weights=values[chosen], minlength=size).astype(np.float32)
