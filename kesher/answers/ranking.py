"""Putting answers in order: how much they say of each word of a question, then how well a question or a hidden term of
theirs fits the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kesher.answers.empty import is_empty
from kesher.answers.models.search import BLOCK
from kesher.answers.postings import MOST, unpacked
from kesher.answers.reading import Asked, Question

Floats = NDArray[np.float32]
Rows = Mapping[int, Sequence[tuple[int, bytes]]]  # word row: [(block, data), …]
CANDIDATES: Final = 18
# What a phrase of an answer adds: for the part of the question that it covers, for being covered itself, for order.
COVERS, COVERED, IN_ORDER = 1.0, 1.0, 0.25
A_HIT: Final = 0.4
NEARLY: Final = 0.06  # a word this little behind the best is as good as it
# Likeness up to here counts nothing for how much of a question is covered, and what is this near to 1 counts in full.
DOUBT: Final = 0.1
# How much an answer keeps that speaks of one word of the question only.
ALONE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer's row, its score, and how much of the question it speaks of, 0 to 1."""

    pk: int
    score: float
    covered: float


def rarity(count: int, size: int) -> float:
    """A word that few answers have tells more. Spärck Jones (1972), in the form of BM25. A word that none has is as
    much a part of the question as a middling one."""
    if not count:
        return log(1 + size / 0.5) / 2
    return log(1 + max(size - count, 0) / (count + 0.5) + 0.5 / (count + 0.5))


def gathered(one: Asked, ids: Mapping[str, int], rows: Rows, room: int) -> tuple[Floats, Floats, int]:
    """For one word: what each answer says of it, how alike its best word is, and how many answers have a word that is
    as good as the best."""
    says = np.zeros(room, dtype=np.float32)
    alike = np.zeros(room, dtype=np.float32)
    found = [(value, block, data) for word, value in one.meant.items() for block, data in rows.get(ids[word], ())]
    if not found:
        return says, alike, 0
    parts = [(value, block, *unpacked(data)) for value, block, data in found]
    at = np.concatenate([places.astype(np.int32) + block * BLOCK for _value, block, places, _weights in parts])
    np.maximum.at(says, at, np.concatenate([weights * np.float32(value / MOST) for value, _b, _p, weights in parts]))
    values = np.array([value for value, *_rest in parts], dtype=np.float32)
    np.maximum.at(alike, at, np.repeat(values, [len(places) for _v, _b, places, _w in parts]))
    return says, alike, int(np.count_nonzero(alike >= one.best - NEARLY))


def candidates(question: Question, rows: Rows, size: int, last: int) -> tuple[list[Ranked], list[float]]:
    """The best answers by their words alone, and how rare each word of the question is."""
    first = min((block for several in rows.values() for block, _data in several), default=0)
    room = (last // BLOCK + 1 - first) * BLOCK
    shifted = {word: [(block - first, data) for block, data in several] for word, several in rows.items()}
    score = np.zeros(room, dtype=np.float32)
    mass = np.zeros(room, dtype=np.float32)
    rare: list[float] = []
    for one in question.asked:
        says, alike, count = gathered(one, question.ids, shifted, room)
        rare.append(rarity(count, size))
        score += says * np.float32(rare[-1])
        mass += np.clip((alike - np.float32(DOUBT)) / np.float32(1 - 2 * DOUBT), 0, 1) * np.float32(rare[-1])
    total = sum(rare) or 1.0
    score *= np.float32(ALONE) + np.float32(1 - ALONE) * mass / np.float32(total)
    some = np.flatnonzero(score)
    if len(some) > CANDIDATES:
        some = some[np.argpartition(score[some], -CANDIDATES)[-CANDIDATES:]]
    found = [Ranked(int(at) + first * BLOCK, float(score[at]), float(mass[at]) / total) for at in some]
    return sorted(found, key=lambda one: -one.score), rare


def reordered(
    found: Iterable[Ranked], phrases: Mapping[int, str], asked: list[Asked], rare: list[float]
) -> list[Ranked]:
    """The candidates, those first that have a phrase which fits the question as a whole."""
    known = {word for one in asked for word in one.meant}
    lifted = []
    for one in found:
        split = (phrase.split() for phrase in phrases.get(one.pk, "").splitlines())
        best = max((fit(phrase, asked, rare) for phrase in split if not known.isdisjoint(phrase)), default=0.0)
        lifted.append(Ranked(one.pk, one.score * (1 + best), one.covered))
    return sorted(lifted, key=lambda one: (-one.score, one.pk))


def fit(phrase: list[str], asked: list[Asked], rare: list[float]) -> float:
    """How well a phrase fits: the part of the question that it covers, how much of itself is covered, and the order."""
    own = [word for word in phrase if not is_empty(word)] or phrase
    total = sum(rare) or 1.0
    covers, ordered, before = 0.0, 0.0, -2
    hit: set[int] = set()
    for one, weight in zip(asked, rare, strict=True):
        best, at = 0.0, -1
        for place, word in enumerate(own):
            value = one.meant.get(word, 0.0)
            if value > best:
                best, at = value, place
        covers += weight * best
        if best >= A_HIT:
            hit.add(at)
            ordered += weight * best if at == before + 1 else 0.0
            before = at
    covers /= total
    return covers * (COVERS + COVERED * len(hit) / max(1, len(own))) + IN_ORDER * ordered / total


def by_word(rows: Iterable[tuple[int, int, bytes | memoryview]]) -> dict[int, list[tuple[int, bytes]]]:
    found: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for word, block, data in rows:
        found[word].append((block, bytes(data)))
    return found
