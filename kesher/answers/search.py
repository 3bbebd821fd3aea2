"""Searching the answers: a question in anybody's words, the best answers first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from kesher.answers.models import Answer, Posting, SearchIndex, SearchText
from kesher.answers.query import Question, begun, read
from kesher.answers.ranking import Data, Ranked, by_word, candidates, reordered
from kesher.answers.stopwords import kinds_of
from kesher.core.prepared_query import Prepared
from kesher.core.scope import current_agency_id
from kesher.language import words

SHOWN: Final = 10
SPARE: Final = 3  # some of the best may be out of their time today
LONGEST: Final = 300
# A question that an answer speaks of in full, and no other nearly as well: it is said without asking back.
SURE_CERTAIN, SURE_AHEAD = 0.65, 1.2
PERHAPS_COVERED: Final = 0.34
MARKED: Final = 0.55


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer that was found. ``covered``: how much of the question it speaks of, 0 to 1; ``certain``: how much
    beyond doubt, where a word that none of our answers has is a part of the question that is not covered."""

    answer: Answer
    score: float
    covered: float
    certain: float

    @property
    def slug(self) -> str:
        return self.answer.slug


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: ``text`` is the question as it was understood, ``words`` what to mark in an answer."""

    text: str
    hits: tuple[Hit, ...]
    words: frozenset[str]

    @property
    def sure(self) -> Hit | None:
        """The one answer that may be given at once."""
        if not self.hits or self.hits[0].certain < SURE_CERTAIN:
            return None
        ahead = len(self.hits) == 1 or self.hits[0].score >= SURE_AHEAD * self.hits[1].score
        return self.hits[0] if ahead else None

    @property
    def best(self) -> Hit | None:
        """The answer that a page shows in full; None where what was found may be chance."""
        return self.hits[0] if self.hits and self.hits[0].covered >= PERHAPS_COVERED else None

    @property
    def perhaps(self) -> tuple[Hit, ...]:
        """Up to three answers from which a person may choose."""
        if not self.hits:
            return ()
        least = self.hits[0].score / 3
        return tuple(hit for hit in self.hits[:3] if hit.covered >= PERHAPS_COVERED and hit.score >= least)


NOTHING: Final = Found("", (), frozenset())


def search(text: str, lang: str = "", *, most: int = SHOWN, typing: bool = False) -> Found:
    """The published answers that fit a question, the best first. ``lang`` is the reader's: it does not narrow what is
    found, since one who asks in Russian is helped by an answer in Hebrew, too. ``typing``: the last word may be half
    written. Eight queries at most."""
    text = text.strip()[:LONGEST]
    index = next(iter(index_of(current_agency_id())), None)
    if not text or index is None or not index.size:
        return NOTHING
    question = read(text, index)
    if typing:
        begun(question)
    ranked = rank(question, index)
    answers = visible([one.pk for one in ranked[:most]])
    if len(answers) < most:
        answers = answers | visible([one.pk for one in ranked[most : most + SPARE]])
    hits = [Hit(answers[one.pk], one.score, one.covered, one.certain) for one in ranked if one.pk in answers]
    return Found(question.text, tuple(hits[:most]), shown_words(question))


def shown_words(question: Question) -> frozenset[str]:
    """The words that may be marked in an answer: not the doubtful ones."""
    return frozenset(word for one in question.asked for word, alike in one.meant.items() if alike >= MARKED)


def rank(question: Question, index: SearchIndex) -> list[Ranked]:
    """Rows of answers in order. Two queries."""
    wanted = {question.ids[word] for one in question.asked for word in one.meant}
    if not wanted:
        return []
    found, telling = candidates(question, by_word(postings(list(wanted))), index.size, index.last)
    phrases = dict(phrases_of([one.pk for one in found]))
    return reordered(found, phrases, question.asked, telling, kinds_of(words(question.text)))


@Prepared.of(int)
def index_of(agency_id: int) -> QuerySet[SearchIndex]:
    return SearchIndex.objects.filter(agency_id=agency_id)


@Prepared.of(list[int])
def postings(words: list[int]) -> QuerySet[Posting, tuple[int, int, Data]]:
    return Posting.objects.filter(word_id__in=words).values_list("word_id", "block", "data")


@Prepared.of(list[int])
def phrases_of(answers: list[int]) -> QuerySet[SearchText, tuple[int, str]]:
    return SearchText.objects.filter(pk__in=answers).values_list("pk", "phrases")


@Prepared.of(list[int])
def with_answers(answers: list[int]) -> QuerySet[SearchText]:
    return SearchText.objects.filter(pk__in=answers).select_related("answer__topic").defer("words", "phrases")


def visible(pks: list[int]) -> dict[int, Answer]:
    """Of these the answers that the public may read today. No query for none."""
    return {row.pk: row.answer for row in with_answers(pks) if row.answer.is_public}
