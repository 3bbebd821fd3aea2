"""Search the answers by a query in everyday words; the best answers come first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from kesher.answers.models import Answer, Posting, SearchIndex, SearchText
from kesher.answers.search.query import Query, add_prefix_expansions, parse_query
from kesher.answers.search.ranking import Data, RankedAnswer, group_postings, rerank, score_candidates
from kesher.answers.search.stopwords import find_answer_types
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.prepared_query import Prepared
from kesher.language import words

RESULTS_MAX: Final = 10
SPARE_RESULTS: Final = 3  # also read, since some of the best may not be valid today
QUERY_LENGTH_MAX: Final = 300
# An answer is given without asking back if it is this confident [surely: +28 / -55, falsely: +22 / -3], and its score
# so many times the next one's [surely: +13 / -10, falsely: +3 / 0]. `search/ranking.py` explains the brackets.
SURE_CONFIDENCE, SURE_SCORE_RATIO = 0.65, 1.2
SUGGESTION_COVERAGE: Final = 0.34  # from here on an answer may be suggested [suggested: +4 / -1]
HIGHLIGHT_LIKENESS: Final = 0.55  # from here on an index word is highlighted in an answer


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer that was found.

    ``coverage`` is the part of the query that it covers, ``confidence`` the part that it surely covers (both 0 to 1).
    For the latter a term that no answer has is a part that is not covered.
    """

    answer: Answer
    score: float
    coverage: float
    confidence: float

    @property
    def slug(self) -> str:
        """Return the slug of the answer that was found."""
        return self.answer.slug


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search: the query as understood, the hits, and the words to highlight in them."""

    text: str
    hits: tuple[Hit, ...]
    words: frozenset[str]

    @property
    def sure(self) -> Hit | None:
        """Return the first hit if it is surely the answer, to be given without asking back, else None."""
        if not self.hits or self.hits[0].confidence < SURE_CONFIDENCE:
            return None
        ahead = len(self.hits) == 1 or self.hits[0].score >= SURE_SCORE_RATIO * self.hits[1].score
        return self.hits[0] if ahead else None

    @property
    def best(self) -> Hit | None:
        """Return the first hit if a page should show it in full, or None if what was found may be chance."""
        return self.hits[0] if self.hits and self.hits[0].coverage >= SUGGESTION_COVERAGE else None

    @property
    def suggestions(self) -> tuple[Hit, ...]:
        """Return up to three hits to offer as a choice ("Did you mean one of these?")."""
        if not self.hits:
            return ()
        least = self.hits[0].score / 3
        return tuple(hit for hit in self.hits[:3] if hit.coverage >= SUGGESTION_COVERAGE and hit.score >= least)


NO_RESULT: Final = SearchResult("", (), frozenset())


def search(
    text: str, lang: str = "", *, most: int = RESULTS_MAX, typing: bool = False, retype: bool = True
) -> SearchResult:
    """Search the published answers for a query, and return the result with its hits, best first.

    ``lang`` is the reader's language. It does not narrow the result: an answer in Hebrew helps a reader of Russian,
    too. With ``typing`` the last word may be half written; ``retype``: see `parse_query`. Takes
    eight database queries at most.
    """
    text = text.strip()[:QUERY_LENGTH_MAX]
    index = next(iter(select_index(current_agency_id())), None)
    if not text or index is None or not index.size:
        return NO_RESULT
    query = parse_query(text, index, retype=retype)
    if typing:
        add_prefix_expansions(query)
    ranked = rank_answers(query, index)
    answers = find_public_answers([one.pk for one in ranked[:most]])
    if len(answers) < most:
        answers = answers | find_public_answers([one.pk for one in ranked[most : most + SPARE_RESULTS]])
    hits = [Hit(answers[one.pk], one.score, one.coverage, one.confidence) for one in ranked if one.pk in answers]
    return SearchResult(query.text, tuple(hits[:most]), words_to_highlight(query))


def words_to_highlight(query: Query) -> frozenset[str]:
    """Return the index words to highlight in what was found: all but the doubtful expansions."""
    return frozenset(
        word for term in query.terms for word, alike in term.expansions.items() if alike >= HIGHLIGHT_LIKENESS
    )


def rank_answers(query: Query, index: SearchIndex) -> list[RankedAnswer]:
    """Return the answers that match the query, with scores, best first. Takes two database queries."""
    wanted = {query.word_ids[word] for term in query.terms for word in term.expansions}
    if not wanted:
        return []
    found, weights = score_candidates(query, group_postings(select_postings(list(wanted))), index.size, index.last)
    phrases = dict(select_phrases([one.pk for one in found]))
    return rerank(found, phrases, query.terms, weights, find_answer_types(words(query.text)))


@Prepared.of(int)
def select_index(agency_id: int) -> QuerySet[SearchIndex]:
    """Return the queryset of an agency's search index row."""
    return SearchIndex.objects.filter(agency_id=agency_id)


@Prepared.of(list[int])
def select_postings(words: list[int]) -> QuerySet[Posting, tuple[int, int, Data]]:
    """Return a queryset of (word id, block, data) of the postings of these words."""
    return Posting.objects.filter(word_id__in=words).values_list("word_id", "block", "data")


@Prepared.of(list[int])
def select_phrases(answers: list[int]) -> QuerySet[SearchText, tuple[int, str]]:
    """Return a queryset of (answer id, its phrases) for these answers."""
    return SearchText.objects.filter(pk__in=answers).values_list("pk", "phrases")


@Prepared.of(list[int])
def select_search_texts(answers: list[int]) -> QuerySet[SearchText]:
    """Return a queryset of the search texts of these answers, with the answers and their topics."""
    return SearchText.objects.filter(pk__in=answers).select_related("answer__topic").defer("words", "phrases")


def find_public_answers(pks: list[int]) -> dict[int, Answer]:
    """Return {primary key: answer} of those of these answers that are public today. No query for []."""
    return {row.pk: row.answer for row in select_search_texts(pks) if row.answer.is_public}
