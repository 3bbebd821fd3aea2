"""Reading a question: its words, the words of our answers that each may mean, and whether the keyboard was set to
another language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from django.db.models import QuerySet

from kesher.answers.models.search import SearchIndex, Word, WordKey
from kesher.answers.stopwords import telling
from kesher.answers.synonyms import NEAR, form_keys, others
from kesher.core.prepared_query import Prepared
from kesher.language import likeness, question_keys, script_of, typed_elsewhere, words

LEAST: Final = 0.26  # less alike than this is no likeness
SURE: Final = 0.8
WORDS_MOST: Final = 24
MEANT_MOST: Final = 24
BEGUN_MOST: Final = 40
KNOWN, HEARD = 0.68, 0.6


@dataclass(slots=True)
class Asked:
    """A word of the question: ``meant`` is {word of ours: how alike}, ``ids`` the rows of those words."""

    word: str
    meant: dict[str, float] = field(default_factory=dict)

    @property
    def best(self) -> float:
        return max(self.meant.values(), default=0.0)

    @property
    def spelt(self) -> float:
        """The best of the words in its own letters."""
        script = script_of(self.word)
        return max((value for word, value in self.meant.items() if script_of(word) == script), default=0.0)


@dataclass(slots=True)
class Question:
    """A question as it was understood. ``text`` is what was meant, where the keyboard was set to another language."""

    text: str
    asked: list[Asked]
    ids: dict[str, int]  # our words: their rows


def read(text: str, index: SearchIndex) -> Question:
    """The question with what each word may mean. Four queries at most."""
    first = understood(text, index)
    if coverage(first) >= HEARD:
        return first
    best, most = first, max(coverage(first) + 0.2, 0.5)
    for other in other_layouts(text):
        question = understood(other, index)
        if (known := coverage(question, spelt=True)) >= most:
            best, most = question, known
    return best


def other_layouts(text: str) -> Iterable[str]:
    """The text as other keyboards would have written it; only those that make words of letters."""
    script = next((found for word in words(text) if (found := script_of(word))), "")
    for lang, other in typed_elsewhere(text, script).items():
        if any(script_of(word) == lang for word in words(other)):
            yield other


def coverage(question: Question, *, spelt: bool = False) -> float:
    """How much of a question is made of words that we know, 0 to 1; a word that only sounds or looks so counts half.
    ``spelt``: what only sounds so, in other letters, counts nothing."""
    asked = [one for one in question.asked if len(one.word) > 1]
    best = [one.spelt if spelt else one.best for one in asked]
    return sum(value if value >= KNOWN else value / 2 if value >= HEARD else 0.0 for value in best) / max(1, len(best))


def content(text: str) -> list[str]:
    """The words that say what it is about, each once. A letter is no word, however often it stands there: "zzzz"."""
    found = dict.fromkeys(word for word in telling(words(text)) if len(set(word)) > 1 or word.isdecimal())
    return list(found)[:WORDS_MOST]


def understood(text: str, index: SearchIndex) -> Question:
    """The words of a text, with what they may mean, as they stand."""
    asked = [Asked(word) for word in content(text)]
    worth = {one.word: others(one.word, index.agency_id, index.synonyms) for one in asked}
    wanted = {one.word: question_keys(one.word) for one in asked}
    targets = {term: form_keys(term) for several in worth.values() for term in several}
    joined = {f"f{a.word}{b.word}": a.word for a, b in pairwise(asked)}
    stored = stored_words({*joined, *(key for keys in (*wanted.values(), *targets.values()) for key in keys)})
    ids = {word: pk for found in stored.values() for pk, word in found}
    for one in asked:
        one.meant = meant(one.word, wanted[one.word], stored)
        for term, value in worth[one.word].items():
            add_synonym(one, term, value, targets[term], stored)
        for key, first in joined.items():
            if first == one.word:
                one.meant |= {word: 0.9 for _pk, word in stored.get(key, ()) if f"f{word}" == key}
        one.meant = dict(sorted(one.meant.items(), key=lambda item: (-item[1], item[0]))[:MEANT_MOST])
    return split_compounds(Question(text, asked, ids))


def stored_words(keys: set[str]) -> dict[str, list[tuple[int, str]]]:
    """The words of our answers behind these keys: {key: [(row, word), …]}. One query."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, pk, word in behind(list(keys)):
        found[key].append((pk, word))
    return found


@Prepared.of(list[str])
def behind(keys: list[str]) -> QuerySet[WordKey, tuple[str, int, str]]:
    return WordKey.objects.filter(key__in=keys).values_list("key", "word_id", "text")


def meant(word: str, keys: frozenset[str], stored: dict[str, list[tuple[int, str]]]) -> dict[str, float]:
    """Which of our words this one may be: a sure likeness makes the doubtful ones worth less."""
    near = {other for key in keys for _pk, other in stored.get(key, ())}
    found = {other: alike for other in near if (alike := likeness(word, other)) >= LEAST}
    best = max(found.values(), default=0.0)
    if best < SURE:
        return found
    doubted = {
        other: alike if alike >= best - 0.15 else alike * (0.8 if alike >= 0.7 else 0.5)
        for other, alike in found.items()
    }
    return {other: alike for other, alike in doubted.items() if alike >= LEAST}


def add_synonym(one: Asked, term: str, worth: float, keys: list[str], stored: dict[str, list[tuple[int, str]]]) -> None:
    for key in keys:
        for _pk, word in stored.get(key, ()):
            alike = likeness(term, word)
            if alike >= NEAR:
                one.meant[word] = max(alike * worth, one.meant.get(word, 0.0))


def split_compounds(question: Question) -> Question:
    """A long word that we do not know, but whose two halves we do: "streetlamp", "фотоаппарат". One query."""
    unknown = [one for one in question.asked if one.best < HEARD and len(one.word) >= 7 and script_of(one.word) != "he"]
    halves = {one.word: [(one.word[:at], one.word[at:]) for at in range(3, len(one.word) - 2)] for one in unknown}
    wanted = {half for pairs in halves.values() for pair in pairs for half in pair}
    if not wanted:
        return question
    known = dict(Word.objects.filter(text__in=wanted).values_list("text", "pk"))
    asked: list[Asked] = []
    for one in question.asked:
        pair = next((pair for pair in halves.get(one.word, ()) if pair[0] in known and pair[1] in known), None)
        asked += [Asked(half, {half: SURE}) for half in pair] if pair else [one]
    return Question(question.text, asked, {**question.ids, **known})


def begun(question: Question) -> None:
    """Takes the last word for the beginning of one, too. One query."""
    if not question.asked or len(question.asked[-1].word) < 2:
        return
    last = question.asked[-1]
    rows = Word.objects.filter(text__gte=last.word, text__lt=f"{last.word}\U0010ffff").order_by("text")
    for pk, word in rows.values_list("pk", "text")[:BEGUN_MOST]:
        worth = SURE * (len(last.word) / len(word)) ** 0.5
        last.meant[word] = max(worth, last.meant.get(word, 0.0))
        question.ids[word] = pk
