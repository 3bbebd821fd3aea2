"""Parse a search query into terms, with the index words that each may mean, and other keyboard layouts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from django.db.models import QuerySet

from kesher.answers.models.search import SearchIndex, Word, WordKey
from kesher.answers.search.stopwords import remove_stopwords
from kesher.answers.search.synonyms import TERM_LIKENESS, find_synonyms, form_keys
from kesher.core.db.prepared_query import Prepared
from kesher.language import likeness, question_keys, script_of, typed_elsewhere, words

# Likeness is from 0 to 1. `search/ranking.py` explains the brackets.
LIKENESS_MIN: Final = 0.26  # index words that are less alike are no expansions
SURE_LIKENESS: Final = 0.8  # from here on an expansion devalues those that are less alike [falsely: 0 / +2]
KNOWN_LIKENESS, PERHAPS_LIKENESS = 0.68, 0.6  # a term counts in full, or half, for the coverage of the vocabulary
TERMS_MAX: Final = 24
EXPANSIONS_MAX: Final = 24
PREFIX_EXPANSIONS_MAX: Final = 40

StoredWords = dict[str, list[tuple[int, str]]]  # {key: [(row of the word, word), …]}


@dataclass(slots=True)
class QueryTerm:
    """A term of the query. ``expansions`` is {index word: likeness}."""

    word: str
    expansions: dict[str, float] = field(default_factory=dict)

    @property
    def best_likeness(self) -> float:
        """Return the highest likeness (0 to 1) of this term's expansions, 0 if there is none."""
        return max(self.expansions.values(), default=0.0)

    @property
    def same_script_likeness(self) -> float:
        """Return the highest likeness (0 to 1) of the expansions in the term's own script."""
        script = script_of(self.word)
        return max((value for word, value in self.expansions.items() if script_of(word) == script), default=0.0)


@dataclass(slots=True)
class Query:
    """A parsed query. ``text`` is the query as understood: retyped if the keyboard was set to another language."""

    text: str
    terms: list[QueryTerm]
    word_ids: dict[str, int]  # {index word: its row}


def parse_query(text: str, index: SearchIndex, *, retype: bool = True) -> Query:
    """Return the query's terms, each expanded to alike words of the index. Takes four database queries at most.

    ``retype``: whether a text without known words is also read as typed with another keyboard layout.
    """
    first = expand_query(text, index)
    if not retype or vocabulary_coverage(first) >= PERHAPS_LIKENESS:
        return first
    best, most = first, max(vocabulary_coverage(first) + 0.2, 0.5)
    for other in layout_variants(text):
        query = expand_query(other, index)
        if (known := vocabulary_coverage(query, same_script=True)) >= most:
            best, most = query, known
    return best


def layout_variants(text: str) -> Iterable[str]:
    """Return the text as other keyboard layouts would have typed it, if that gives words of letters."""
    script = next((found for word in words(text) if (found := script_of(word))), "")
    for lang, other in typed_elsewhere(text, script).items():
        if any(script_of(word) == lang for word in words(other)):
            yield other


def vocabulary_coverage(query: Query, *, same_script: bool = False) -> float:
    """Return which part of the query's terms the index knows, from 0 to 1.

    A term that only sounds or looks like an index word counts half. With ``same_script``, expansions in other scripts
    count nothing.
    """
    terms = [term for term in query.terms if len(term.word) > 1]
    best = [term.same_script_likeness if same_script else term.best_likeness for term in terms]
    return sum(
        value if value >= KNOWN_LIKENESS else value / 2 if value >= PERHAPS_LIKENESS else 0.0 for value in best
    ) / max(1, len(best))


def query_words(text: str) -> list[str]:
    """Return the content words of a query, each once, without stopwords and one letter repeated ("zzzz")."""
    found = dict.fromkeys(word for word in remove_stopwords(words(text)) if len(set(word)) > 1 or word.isdecimal())
    return list(found)[:TERMS_MAX]


def expand_query(text: str, index: SearchIndex) -> Query:
    """Return the query of a text taken literally, each term expanded to alike words of the index."""
    terms = [QueryTerm(word) for word in query_words(text)]
    synonyms = {term.word: find_synonyms(term.word, index.agency_id, index.synonyms) for term in terms}
    keys = {term.word: question_keys(term.word) for term in terms}
    synonym_keys = {synonym: form_keys(synonym) for several in synonyms.values() for synonym in several}
    compounds = {f"f{a.word}{b.word}": a.word for a, b in pairwise(terms)}
    stored = find_index_words(
        {*compounds, *(key for several in (*keys.values(), *synonym_keys.values()) for key in several)}
    )
    word_ids = {word: pk for found in stored.values() for pk, word in found}
    for term in terms:
        term.expansions = find_expansions(term.word, keys[term.word], stored)
        for synonym, weight in synonyms[term.word].items():
            add_synonym_expansions(term, synonym, weight, synonym_keys[synonym], stored)
        for key, first in compounds.items():
            if first == term.word:
                term.expansions |= {word: 0.9 for _pk, word in stored.get(key, ()) if f"f{word}" == key}
        best_first = sorted(term.expansions.items(), key=lambda item: (-item[1], item[0]))
        term.expansions = dict(best_first[:EXPANSIONS_MAX])
    return split_compounds(Query(text, terms, word_ids))


def find_index_words(keys: set[str]) -> StoredWords:
    """Return {key: [(row id, word)]} of the index words that have these spelling keys. One query."""
    found: StoredWords = defaultdict(list)
    for key, pk, word in select_word_keys(list(keys)):
        found[key].append((pk, word))
    return found


@Prepared.of(list[str])
def select_word_keys(keys: list[str]) -> QuerySet[WordKey, tuple[str, int, str]]:
    """Return a queryset of (key, id of the word's row, word) for these spelling keys."""
    return WordKey.objects.filter(key__in=keys).values_list("key", "word_id", "text")


def find_expansions(word: str, keys: frozenset[str], stored: StoredWords) -> dict[str, float]:
    """Return {index word: likeness} of what a query word may mean; a sure one devalues doubtful ones."""
    near = {other for key in keys for _pk, other in stored.get(key, ())}
    found = {other: alike for other in near if (alike := likeness(word, other)) >= LIKENESS_MIN}
    best = max(found.values(), default=0.0)
    if best < SURE_LIKENESS:
        return found
    devalued = {
        other: alike if alike >= best - 0.15 else alike * (0.8 if alike >= 0.7 else 0.5)
        for other, alike in found.items()
    }
    return {other: alike for other, alike in devalued.items() if alike >= LIKENESS_MIN}


def add_synonym_expansions(term: QueryTerm, synonym: str, weight: float, keys: list[str], stored: StoredWords) -> None:
    """Add the index words that are forms of a synonym, at the synonym's weight."""
    for key in keys:
        for _pk, word in stored.get(key, ()):
            alike = likeness(synonym, word)
            if alike >= TERM_LIKENESS:
                term.expansions[word] = max(alike * weight, term.expansions.get(word, 0.0))


def split_compounds(query: Query) -> Query:
    """Replace a long unknown term by its two halves if both are index words ("streetlamp", "фотоаппарат").

    Takes one database query. Hebrew does not write compounds in one word.
    """
    unknown = [
        term
        for term in query.terms
        if term.best_likeness < PERHAPS_LIKENESS and len(term.word) >= 7 and script_of(term.word) != "he"
    ]
    halves = {term.word: [(term.word[:at], term.word[at:]) for at in range(3, len(term.word) - 2)] for term in unknown}
    wanted = {half for pairs in halves.values() for pair in pairs for half in pair}
    if not wanted:
        return query
    known = dict(Word.objects.filter(text__in=wanted).values_list("text", "pk"))
    terms: list[QueryTerm] = []
    for term in query.terms:
        pair = next((pair for pair in halves.get(term.word, ()) if pair[0] in known and pair[1] in known), None)
        terms += [QueryTerm(half, {half: SURE_LIKENESS}) for half in pair] if pair else [term]
    return Query(query.text, terms, {**query.word_ids, **known})


def add_prefix_expansions(query: Query) -> None:
    """Expand the last term by the index words that begin with it. Takes one database query."""
    if not query.terms or len(query.terms[-1].word) < 2:
        return
    last = query.terms[-1]
    rows = Word.objects.filter(text__gte=last.word, text__lt=f"{last.word}\U0010ffff").order_by("text")
    for pk, word in rows.values_list("pk", "text")[:PREFIX_EXPANSIONS_MAX]:
        weight = SURE_LIKENESS * (len(last.word) / len(word)) ** 0.5
        last.expansions[word] = max(weight, last.expansions.get(word, 0.0))
        query.word_ids[word] = pk
