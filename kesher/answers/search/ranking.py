"""Rank the answers that a search found, by their words (BM25F) and by their best matching phrase.

A phrase is a question or a hidden term of an answer. The order of a word's evidence is: idf × saturated term frequency
× likeness.
"""

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
from kesher.answers.search.posting_codec import IMPACT_MAX, SATURATION, join_postings
from kesher.answers.search.query import Query, QueryTerm
from kesher.answers.search.stopwords import find_answer_types, is_stopword, word_weight

Floats = NDArray[np.float32]
Data = bytes | memoryview
Postings = Mapping[int, Sequence[tuple[int, Data]]]  # {row of the word: [(block, data), …]}
CANDIDATES_MAX: Final = 18
STRETCH: Final = 128  # answers whose best score is taken together; divides a block

# The constants here and in `query`, `search`, `synonyms` and `stopwords` were tuned on the open halves of tests/judged.
# In brackets: the judged figures that move if a constant is made 30 % smaller / larger, measured with 256 open queries
# (right at 1: 233, at 3: 248, surely given: 159, suggested: 243) and 166 that no answer covers (falsely sure: 3). A
# figure that moved by no more than 1 is left out.

# What the best phrase of an answer adds to its score: for the part of the query that it covers (recall), for the part
# of it that the query covers (precision), and for terms in the same order. [recall: at 3: 0 / +2]
PHRASE_RECALL_BOOST, PHRASE_PRECISION_BOOST, PHRASE_ORDER_BOOST = 1.0, 1.0, 0.25
PHRASE_HIT_LIKENESS: Final = 0.4  # from here on a word of a phrase counts as hit by a term
# A word this little behind the best one counts for the document frequency. [at 1: +2 / +1]
BEST_LIKENESS_MARGIN: Final = 0.06
COVERAGE_MARGIN: Final = 0.1  # likeness up to here covers nothing of a term, and from 1 minus this all of it
SINGLE_TERM_SHARE: Final = 0.4  # the share of the score kept by an answer that covers next to nothing [at 3: 0 / +2]
LIKENESS_EXPONENT: Final = 4  # how much less a form counts than the word itself [at 1: -1 / -2]
CONFIDENT_MATCH: Final = 0.6  # an answer is only sure with a content word this alike in a phrase [surely: 0 / -2]
# Likeness counts for confidence from here [surely: +10 / -15, falsely: +2 / 0], and in full [+13 / -72, +4 / -3].
CONFIDENT_LIKENESS_MIN, CONFIDENT_LIKENESS_FULL = 0.45, 0.85
ANSWER_TYPE_BOOST: Final = 0.3  # if a time or a price is asked for, and the phrases of the answer name one
COVERAGE_TERMS: Final = 5  # coverage is measured against so many terms: a long story is not asked for as a whole
CONFIDENCE_DEPTH: Final = 4  # the confidence of so many of the best answers is computed
# The term frequency, decoded from the impact that was stored.
TERM_FREQUENCY: Final = np.array(
    [SATURATION * w / (IMPACT_MAX - min(w, IMPACT_MAX - 1)) for w in range(IMPACT_MAX + 1)], dtype=np.float32
)


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    """An answer's row, its score, the part of the query that it covers (0 to 1), and the part it surely covers."""

    pk: int
    score: float
    coverage: float
    confidence: float


def inverse_document_frequency(count: int, size: int) -> float:
    """Return the weight of a term (its idf) that ``count`` of ``size`` answers have.

    Spärck Jones (1972), in the form of BM25. A term that no answer has counts like one of middling frequency.
    """
    if not count:
        return log(1 + size / 0.5) / 2
    return log(1 + max(size - count, 0) / (count + 0.5) + 0.5 / (count + 0.5))


def score_term(
    term: QueryTerm, word_ids: Mapping[str, int], postings: Postings, length: int
) -> tuple[Floats, Floats, int]:
    """Return (each answer's score for one term, likeness of its best word, the term's document frequency).

    ``length`` is that of the arrays. The frequency counts the answers with a word that is as good as the best.
    """
    score = np.zeros(length, dtype=np.float32)
    alike = np.zeros(length, dtype=np.float32)
    # The least alike first: of two words that one answer has, the better one is written over the other.
    expansions = sorted(term.expansions.items(), key=itemgetter(1))
    found = [(value, block, data) for word, value in expansions for block, data in postings.get(word_ids[word], ())]
    if not found:
        return score, alike, 0
    best = term.best_likeness
    places, impacts, counts = join_postings([data for _value, _block, data in found])
    at = places + np.repeat(np.array([block * BLOCK for _value, block, _data in found], dtype=np.int32), counts)
    values = np.array([value for value, _block, _data in found], dtype=np.float32)
    frequency = TERM_FREQUENCY[impacts] * np.repeat((values / np.float32(best)) ** LIKENESS_EXPONENT, counts)
    np.add.at(score, at, frequency)
    score *= np.float32(best) / (score + np.float32(SATURATION))
    alike[at] = np.repeat(values, counts)
    return score, alike, int(np.count_nonzero(alike >= best - BEST_LIKENESS_MARGIN))


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The weights of a query's terms: ``idf`` for the order, ``confidence`` for being sure.

    In the latter a term that no answer has counts as much as any other: it may be what was asked.
    """

    idf: list[float]
    confidence: list[float]


def confident_likeness(alike: Floats) -> Floats:
    """Return for each likeness how far it counts towards a confident match, from 0 to 1."""
    span = np.float32(CONFIDENT_LIKENESS_FULL - CONFIDENT_LIKENESS_MIN)
    found: Floats = np.clip((alike - np.float32(CONFIDENT_LIKENESS_MIN)) / span, 0, 1)
    return found


def score_candidates(query: Query, postings: Postings, size: int, last: int) -> tuple[list[RankedAnswer], TermWeights]:
    """Return (best answers by their words alone, best first; the weights of the query's terms).

    ``size`` is how many answers the index has, ``last`` the highest row of an answer in it.
    """
    first = min((block for several in postings.values() for block, _data in several), default=0)
    length = (last // BLOCK + 1 - first) * BLOCK
    if first:
        postings = {word: [(block - first, data) for block, data in several] for word, several in postings.items()}
    score = np.zeros(length, dtype=np.float32)
    covered = np.zeros(length, dtype=np.float32)
    confidence = np.zeros(length, dtype=np.float32)
    weights = TermWeights([], [])
    for term in query.terms:
        term_score, alike, count = score_term(term, query.word_ids, postings, length)
        idf = inverse_document_frequency(count, size) * word_weight(term.word)
        full = idf if count else inverse_document_frequency(1, size) * word_weight(term.word)
        weights.idf.append(idf)
        weights.confidence.append(full)
        if not count:
            continue
        score += term_score * np.float32(idf)
        part = (alike - np.float32(COVERAGE_MARGIN)) / np.float32(1 - 2 * COVERAGE_MARGIN)
        covered += np.clip(part, 0, 1) * np.float32(idf)
        confidence += confident_likeness(alike) * np.float32(full)
    total, full_total = sum(weights.idf) or 1.0, sum(weights.confidence) or 1.0
    score *= np.float32(SINGLE_TERM_SHARE) + np.float32(1 - SINGLE_TERM_SHARE) * covered / np.float32(total)
    main_terms = sum(sorted(weights.idf, reverse=True)[:COVERAGE_TERMS]) or 1.0
    found = [
        RankedAnswer(
            int(at) + first * BLOCK,
            float(score[at]),
            min(1.0, float(covered[at]) / main_terms),
            float(confidence[at]) / full_total,
        )
        for at in find_top_scores(score)
    ]
    return sorted(found, key=lambda answer: -answer.score), weights


def find_top_scores(score: Floats) -> NDArray[np.intp]:
    """Return the array indexes of the CANDIDATES_MAX highest scores, unordered.

    The best of each stretch of answers gives a lower bound, so that few scores are sorted.
    """
    peaks = score.reshape(-1, STRETCH).max(axis=1)
    least = np.partition(peaks, -CANDIDATES_MAX)[-CANDIDATES_MAX] if len(peaks) > CANDIDATES_MAX else np.float32(0)
    some = np.flatnonzero((score >= least) & (score > 0))
    return (
        some if len(some) <= CANDIDATES_MAX else some[np.argpartition(score[some], -CANDIDATES_MAX)[-CANDIDATES_MAX:]]
    )


def rerank(
    candidates: Iterable[RankedAnswer],
    phrases: Mapping[int, str],
    terms: list[QueryTerm],
    weights: TermWeights,
    answer_types: frozenset[int] = frozenset(),
) -> list[RankedAnswer]:
    """Return the candidates reordered by their best-fitting phrase; the first ones get a confidence.

    ``phrases`` is {row: phrases, one a line}; ``answer_types`` are those that the query asks for.
    """
    known = {word for term in terms for word in term.expansions}
    lifted = []
    for answer in candidates:
        lines = (phrase.split() for phrase in phrases.get(answer.pk, "").splitlines())
        best = max(
            (phrase_fit(phrase, terms, weights.idf) for phrase in lines if not known.isdisjoint(phrase)), default=0.0
        )
        best += ANSWER_TYPE_BOOST if answer_types & find_answer_types(phrases.get(answer.pk, "").split()) else 0.0
        lifted.append(replace(answer, score=answer.score * (1 + best)))
    lifted.sort(key=lambda answer: (-answer.score, answer.pk))
    return [
        *(
            replace(answer, confidence=compute_confidence(answer, phrases.get(answer.pk, ""), terms, weights))
            for answer in lifted[:CONFIDENCE_DEPTH]
        ),
        *(replace(answer, confidence=0.0) for answer in lifted[CONFIDENCE_DEPTH:]),
    ]


def compute_confidence(answer: RankedAnswer, phrases: str, terms: list[QueryTerm], weights: TermWeights) -> float:
    """Return the part of the query that an answer surely covers, from 0 to 1: half for its text, half for its phrases.

    Return 0 if its phrases share only words with the query that may be said of anything ("I need help").
    """
    phrase_words = set(phrases.split())
    alike = [
        max((value for word, value in term.expansions.items() if word in phrase_words), default=0.0) for term in terms
    ]
    if not any(
        value >= CONFIDENT_MATCH and word_weight(term.word) == 1 for value, term in zip(alike, terms, strict=True)
    ):
        return 0.0
    named = float(np.dot(np.array(weights.confidence), confident_likeness(np.array(alike, dtype=np.float32))))
    return (answer.confidence + named / (sum(weights.confidence) or 1.0)) / 2


def phrase_fit(phrase: list[str], terms: list[QueryTerm], idf: list[float]) -> float:
    """Return how well a phrase fits the query: by recall, precision and order of the terms."""
    content = [word for word in phrase if not is_stopword(word)] or phrase
    content_weights = [word_weight(word) for word in content]
    total = sum(idf) or 1.0
    matched = [0.0] * len(content)  # the idf matched by each word of the phrase: two terms do not count twice
    ordered, before = 0.0, -2
    hit: set[int] = set()
    for term, weight in zip(terms, idf, strict=True):
        best, at = 0.0, -1
        for place, word in enumerate(content):
            value = term.expansions.get(word, 0.0)
            if value > best:
                best, at = value, place
        if best:
            matched[at] = max(matched[at], weight * best)
        if best >= PHRASE_HIT_LIKENESS:
            hit.add(at)
            ordered += weight * best if at == before + 1 else 0.0
        before = at if best >= PHRASE_HIT_LIKENESS else -2
    recall = min(1.0, sum(matched) / total)
    precision = sum(content_weights[at] for at in hit) / sum(content_weights)
    return recall * (PHRASE_RECALL_BOOST + PHRASE_PRECISION_BOOST * precision) + PHRASE_ORDER_BOOST * ordered / total


def group_postings(rows: Iterable[tuple[int, int, Data]]) -> dict[int, list[tuple[int, Data]]]:
    """Return the rows (word id, block, data) grouped by word: {word id: [(block, data), …]}."""
    found: dict[int, list[tuple[int, Data]]] = defaultdict(list)
    for word, block, data in rows:
        found[word].append((block, data))
    return found
