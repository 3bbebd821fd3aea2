"""Putting answers in order: how much they say of each word of a question, then how well a question or a hidden term of
theirs fits the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kesher.answers.models.search import BLOCK
from kesher.answers.posting_codec import MOST, SATURATION, joined
from kesher.answers.query import Asked, Question
from kesher.answers.stopwords import is_empty, kinds_of, weight

Floats = NDArray[np.float32]
Data = bytes | memoryview
Rows = Mapping[int, Sequence[tuple[int, Data]]]  # word row: [(block, data), …]
CANDIDATES: Final = 18
STRETCH: Final = 128  # divides a block
# What a phrase of an answer adds: for the part of the question that it covers, for being covered itself, for order.
COVERS, COVERED, IN_ORDER = 1.0, 1.0, 0.25
A_HIT: Final = 0.4
NEARLY: Final = 0.06  # a word this little behind the best is as good as it
# Likeness up to here counts nothing for how much of a question is covered, and what is this near to 1 counts in full.
DOUBT: Final = 0.1
# How much an answer keeps that speaks of one word of the question only.
ALONE: Final = 0.4
# How often a word stands in an answer, by the weight that was stored; and how much less a form counts than the word.
COUNT: Final = np.array([SATURATION * w / (MOST - min(w, MOST - 1)) for w in range(MOST + 1)], dtype=np.float32)
FORMS: Final = 4
PLAIN: Final = 0.6  # so alike, a word is taken for the other
LESS, NO_DOUBT = 0.45, 0.85  # how alike words must be to count for being sure at all, and in full
KIND: Final = 0.3  # what is added where a time or a price is asked for, and the answer's question asks for it, too
WHOLE: Final = 5  # an answer may be offered that speaks of so much: who tells a long story does not ask for all of it
WEIGHED: Final = 4  # of so many of the best it is asked how sure they are


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer's row, its score, how much of the question it speaks of, 0 to 1, and how much of that without doubt."""

    pk: int
    score: float
    covered: float
    certain: float


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
    # The least alike first: of two words that one answer has, the better one is written over the other.
    meant = sorted(one.meant.items(), key=itemgetter(1))
    found = [(value, block, data) for word, value in meant for block, data in rows.get(ids[word], ())]
    if not found:
        return says, alike, 0
    best = one.best
    places, weights, counts = joined([data for _value, _block, data in found])
    at = places + np.repeat(np.array([block * BLOCK for _value, block, _data in found], dtype=np.int32), counts)
    values = np.array([value for value, _block, _data in found], dtype=np.float32)
    said = COUNT[weights] * np.repeat((values / np.float32(best)) ** FORMS, counts)
    np.add.at(says, at, said)
    says *= np.float32(best) / (says + np.float32(SATURATION))
    alike[at] = np.repeat(values, counts)
    return says, alike, int(np.count_nonzero(alike >= best - NEARLY))


@dataclass(frozen=True, slots=True)
class Telling:
    """What each word of a question tells: for the order (``rare``), and for being sure (``full``), where a word that
    nobody wrote tells as much as any other: it may be what was asked."""

    rare: list[float]
    full: list[float]


def beyond_doubt(alike: Floats) -> Floats:
    """How much each likeness counts for being sure."""
    found: Floats = np.clip((alike - np.float32(LESS)) / np.float32(NO_DOUBT - LESS), 0, 1)
    return found


def candidates(question: Question, rows: Rows, size: int, last: int) -> tuple[list[Ranked], Telling]:
    """The best answers by their words alone, and what each word of the question tells."""
    first = min((block for several in rows.values() for block, _data in several), default=0)
    room = (last // BLOCK + 1 - first) * BLOCK
    if first:
        rows = {word: [(block - first, data) for block, data in several] for word, several in rows.items()}
    score = np.zeros(room, dtype=np.float32)
    mass = np.zeros(room, dtype=np.float32)
    certain = np.zeros(room, dtype=np.float32)
    telling = Telling([], [])
    for one in question.asked:
        says, alike, count = gathered(one, question.ids, rows, room)
        rare = rarity(count, size) * weight(one.word)
        full = rare if count else rarity(1, size) * weight(one.word)
        telling.rare.append(rare)
        telling.full.append(full)
        if not count:
            continue
        score += says * np.float32(rare)
        mass += np.clip((alike - np.float32(DOUBT)) / np.float32(1 - 2 * DOUBT), 0, 1) * np.float32(rare)
        certain += beyond_doubt(alike) * np.float32(full)
    total, all_of_it = sum(telling.rare) or 1.0, sum(telling.full) or 1.0
    score *= np.float32(ALONE) + np.float32(1 - ALONE) * mass / np.float32(total)
    story = sum(sorted(telling.rare, reverse=True)[:WHOLE]) or 1.0
    some = highest(score)
    found = [
        Ranked(
            int(at) + first * BLOCK, float(score[at]), min(1.0, float(mass[at]) / story), float(certain[at]) / all_of_it
        )
        for at in some
    ]
    return sorted(found, key=lambda one: -one.score), telling


def highest(score: Floats) -> NDArray[np.intp]:
    """Where the best CANDIDATES scores are. The best of each stretch of answers tell what one must have at least, so
    that few need be sorted."""
    peaks = score.reshape(-1, STRETCH).max(axis=1)
    least = np.partition(peaks, -CANDIDATES)[-CANDIDATES] if len(peaks) > CANDIDATES else np.float32(0)
    some = np.flatnonzero((score >= least) & (score > 0))
    return some if len(some) <= CANDIDATES else some[np.argpartition(score[some], -CANDIDATES)[-CANDIDATES:]]


def reordered(
    found: Iterable[Ranked],
    phrases: Mapping[int, str],
    asked: list[Asked],
    telling: Telling,
    kinds: frozenset[int] = frozenset(),
) -> list[Ranked]:
    """The candidates, those first that have a phrase which fits the question as a whole."""
    known = {word for one in asked for word in one.meant}
    lifted = []
    for one in found:
        split = (phrase.split() for phrase in phrases.get(one.pk, "").splitlines())
        best = max((fit(phrase, asked, telling.rare) for phrase in split if not known.isdisjoint(phrase)), default=0.0)
        best += KIND if kinds & kinds_of(phrases.get(one.pk, "").split()) else 0.0
        lifted.append(replace(one, score=one.score * (1 + best)))
    lifted.sort(key=lambda one: (-one.score, one.pk))
    return [
        *(replace(one, certain=surely(one, phrases.get(one.pk, ""), asked, telling)) for one in lifted[:WEIGHED]),
        *(replace(one, certain=0.0) for one in lifted[WEIGHED:]),
    ]


def surely(one: Ranked, phrases: str, asked: list[Asked], telling: Telling) -> float:
    """How much of the question an answer speaks of beyond doubt: half of it anywhere, half in what it answers. Nothing
    where what it answers shares only words with the question that may be said of anything: "I need help" """
    said = set(phrases.split())
    alike = [max((value for word, value in each.meant.items() if word in said), default=0.0) for each in asked]
    if not any(value >= PLAIN and weight(each.word) == 1 for value, each in zip(alike, asked, strict=True)):
        return 0.0
    named = float(np.dot(np.array(telling.full), beyond_doubt(np.array(alike, dtype=np.float32))))
    return (one.certain + named / (sum(telling.full) or 1.0)) / 2


def fit(phrase: list[str], asked: list[Asked], rare: list[float]) -> float:
    """How well a phrase fits: the part of the question that it covers, how much of itself is covered, and the order."""
    own = [word for word in phrase if not is_empty(word)] or phrase
    own_weights = [weight(word) for word in own]
    total = sum(rare) or 1.0
    said = [0.0] * len(own)  # what the question says by each word of the phrase: one word is said once
    ordered, before = 0.0, -2
    hit: set[int] = set()
    for one, telling in zip(asked, rare, strict=True):
        best, at = 0.0, -1
        for place, word in enumerate(own):
            value = one.meant.get(word, 0.0)
            if value > best:
                best, at = value, place
        if best:
            said[at] = max(said[at], telling * best)
        if best >= A_HIT:
            hit.add(at)
            ordered += telling * best if at == before + 1 else 0.0
        before = at if best >= A_HIT else -2
    covers = min(1.0, sum(said) / total)
    of_its_own = sum(own_weights[at] for at in hit) / sum(own_weights)
    return covers * (COVERS + COVERED * of_its_own) + IN_ORDER * ordered / total


def by_word(rows: Iterable[tuple[int, int, Data]]) -> dict[int, list[tuple[int, Data]]]:
    found: dict[int, list[tuple[int, Data]]] = defaultdict(list)
    for word, block, data in rows:
        found[word].append((block, data))
    return found
