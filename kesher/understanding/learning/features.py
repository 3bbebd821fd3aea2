"""Make the features of a short message: hashed n-grams, stems, roots, consonants across scripts, and concepts.

The consonants and the concepts let a message in one language, or in the letters of another one, be like messages in
the others: "kama ani chayav" has the consonants of "כמה אני חייב".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from kesher.language import digits, keys, normalise, script_of
from kesher.language.hebrew import hebrew_roots
from kesher.language.phonetics import consonant_skeletons
from kesher.language.stemming import arabic_roots, arabic_spellings, russian_roots, russian_stem

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]


class Features(NamedTuple):
    """The features of one message: their ids, sorted, and how often each occurs (as a logarithm)."""

    ids: Ids
    counts: Floats


BITS: Final = 26  # of a feature's hash: so many ids that two features seldom share one
TEXT_MOST: Final = 600  # characters of a message that are read for its class
# How much each group of features counts: each group has this length (Euclidean) in a message.
# The order is that of the lowest three bits of an id.
WEIGHTS: Final = {"c": 1.0, "k": 0.8, "r": 0.35, "s": 0.5, "n": 0.7, "m": 0.7, "b": 0.45, "t": 0.3}
GROUPS: Final = {group: at for at, group in enumerate(WEIGHTS)}
SEEDS: Final = {group: crc32(f"{group}\t".encode()) for group in WEIGHTS}
ARABIZI_BEFORE: Final = ("el", "al", "il", "bel", "bil", "lal", "lil", "wel", "wil", "fel", "fil", "3al", "hal")
CACHE: Final = 32768  # words of which the features are remembered
LEXICON: Final = Path(__file__).parent.with_name("data") / "lexicon.tsv"
PHRASE_MOST: Final = 4  # words of a concept's phrase
_THRICE: Final = re.compile(r"(.)\1{2,}")
_NUMBER: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W_]+")


def tokens(text: str) -> list[str]:
    """Return the normalised words of a message; a long number is "9", another one "1"."""
    said = _THRICE.sub(r"\1", normalise(digits(text[:TEXT_MOST])))
    said = _NUMBER.sub(lambda number: " 9 " if len(number.group()) >= 5 else " 1 ", said)
    return [word[:30] for word in _WORD.findall(said)]


def feature_id(group: str, name: str) -> int:
    """Return the number of a feature, the same in every process; its lowest three bits name the group."""
    return crc32(name.encode(), SEEDS[group]) >> (32 - BITS) << 3 | GROUPS[group]


def feature_ids(group: str, names: Iterable[str]) -> list[int]:
    """Return the numbers of several features of a group."""
    seed, number = SEEDS[group], GROUPS[group]
    return [crc32(name.encode(), seed) >> (32 - BITS) << 3 | number for name in names]


@lru_cache(maxsize=CACHE)
def word_grams(word: str) -> Ids:
    """Return the ids of the n-grams of a word."""
    return np.array(feature_ids("c", ngrams(f"<{word}>", 3, 5)), dtype=np.int32)


@lru_cache(maxsize=CACHE)
def word_features(word: str) -> Ids:
    """Return the ids of what a word means, in any spelling: stems, roots, sounds, consonants and concepts."""
    skeletons = find_sounds(word)
    concepts = load_concepts()
    stems = stems_of(word)
    found = [
        *feature_ids("k", stems),
        *feature_ids("r", find_roots(word)),
        *feature_ids("s", skeletons),
        *feature_ids("m", {concept for stem in stems for concept in concepts.get(stem, ())}),
    ]
    if skeletons:
        found += feature_ids("n", ngrams(f"<{skeletons[0]}>", 2, 4))
    return np.array(found, dtype=np.int32)


def find_sounds(word: str) -> list[str]:
    """Return the consonants of a word, in each way that it may sound.

    In Arabic, also in Latin letters, it is read without its article, too; a 2 is a hamza, or a qaf that sounds like it.
    """
    forms = [word]
    if script_of(word) == "ar":
        forms += arabic_spellings(word)
    elif word[:1].isascii():
        forms += (word[len(part) :] for part in ARABIZI_BEFORE if word.startswith(part) and len(word) >= len(part) + 3)
        forms += [form.replace("2", "q") for form in forms if "2" in form]
    return list(dict.fromkeys(one for form in forms for one in sorted(consonant_skeletons(form))))


def ngrams(text: str, least: int, most: int) -> Iterator[str]:
    """Yield all strings of `least` to `most` characters that a text contains."""
    for size in range(least, min(most, len(text)) + 1):
        for at in range(len(text) - size + 1):
            yield text[at : at + size]


def find_roots(word: str) -> frozenset[str]:
    """Return the roots that a word may have, by the language of its letters."""
    match script_of(word):
        case "he":
            return frozenset(hebrew_roots(word))
        case "ar":
            return arabic_roots(word)
        case "ru":
            return russian_roots(russian_stem(word))
    return frozenset()


@cache
def load_concepts() -> dict[str, frozenset[str]]:
    """Return {stem, or stems with a space between: ids of concepts} of the lexicon."""
    found: dict[str, set[str]] = {}
    for line in LEXICON.read_text(encoding="utf-8").splitlines():
        concept, *languages = line.split("\t")
        for phrase in ",".join(languages).split(","):
            for stems in phrase_stems(tokens(phrase)):
                found.setdefault(stems, set()).add(concept)
    return {stems: frozenset(concepts) for stems, concepts in found.items()}


def phrase_stems(said: list[str]) -> Iterable[str]:
    """Return a phrase as the stems of its words; a single word may have several stems."""
    if len(said) == 1:
        return stems_of(said[0])
    return [" ".join(map(shortest_stem, said))] if said else []


@lru_cache(maxsize=CACHE)
def stems_of(word: str) -> frozenset[str]:
    """Return the stems of a word."""
    return frozenset(keys(word))


@lru_cache(maxsize=CACHE)
def shortest_stem(word: str) -> str:
    """Return the shortest stem of a word."""
    return min(sorted(stems_of(word)), key=len, default=word)


def find_concepts(said: list[str]) -> list[str]:
    """Return the ids of the concepts that a message names with several words."""
    concepts = load_concepts()
    shortest = [shortest_stem(word) for word in said]
    phrases = (
        " ".join(shortest[at : at + size])
        for at in range(len(said))
        for size in range(2, min(PHRASE_MOST, len(said) - at) + 1)
    )
    return [concept for phrase in phrases for concept in concepts.get(phrase, ())]


def text_features(text: str, said: list[str] | None = None, *, grams: bool = True) -> Features:
    """Return the features of a message; ``grams``: whether the n-grams of its words are among them."""
    said = tokens(text) if said is None else said
    around = ["<", *(shortest_stem(word) for word in said), ">"]
    beside = feature_ids("b", map(" ".join, pairwise(around)))
    beside += feature_ids("m", find_concepts(said))
    parts = [word_features(word) for word in said]
    if grams:
        beside += feature_ids("t", text_marks(text, said))
        parts += [word_grams(word) for word in said]
    every = np.concatenate([*parts, np.array(beside, dtype=np.int32)])
    every.sort()
    firsts = np.flatnonzero(np.concatenate([[True], every[1:] != every[:-1]])) if len(every) else np.zeros(0, np.intp)
    counts = np.diff(np.append(firsts, len(every)))
    return Features(every[firsts], np.log1p(counts).astype(np.float32))


def text_marks(text: str, said: list[str]) -> Iterator[str]:
    """Yield what a message looks like: its length, a question mark, a number, signs alone."""
    yield f"length {min(len(said), 12) if len(said) < 6 else 6 + min(len(said) // 6, 5)}"
    yield "asks" if "?" in text or "؟" in text else "states"
    if any(word in ("1", "9") for word in said):
        yield "number"
    if "9" in said:
        yield "code"
    if "!" in text:
        yield "exclaims"
    if not said:
        yield "signs"
