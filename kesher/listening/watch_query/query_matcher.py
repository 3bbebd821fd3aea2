"""Match posts against many queries at once, and say why one matches.

The words of all queries are in one index: a post's words are looked up in it, and only queries of which a needed word
was found are evaluated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from kesher.language.normalisation import normalise
from kesher.language.number_words import digits
from kesher.listening.watch_query.query_parser import AllOf, AnyOf, Field, Near, Node, Not, Phrase
from kesher.listening.watch_query.word_forms import query_keys, text_keys

# A quotation mark or apostrophe between letters belongs to the word, as in the query.
WORD: Final = re.compile(r"[^\W_]+(?:[\"'’״׳][^\W_]+)*")
Wanted = tuple[str, bool]  # a normalised word, and whether it is wanted as it stands
Span = tuple[int, int]
WORDS_MOST: Final = 200_000  # words whose forms an index remembers
PLACES_MOST: Final = 200  # of a phrase in one post, that NEAR compares


@lru_cache(maxsize=131_072)
def normal_words(written: str) -> tuple[str, ...]:
    """Return a written word in one spelling: mostly one word; remembered, since posts repeat their words."""
    return tuple(normalise(digits(written)).split())


@dataclass(frozen=True, slots=True)
class PostText:
    """A post as queries see it: its normalised words, where each stands in the text, and its fields."""

    words: tuple[str, ...]
    places: tuple[Span, ...]
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, **fields: str) -> PostText:
        """Return a text with its fields, ready to be matched."""
        words, places = [], []
        for match in WORD.finditer(text):
            for word in normal_words(match[0]):
                words.append(word)
                places.append(match.span())
        return cls(tuple(words), tuple(places), {name: value.lower() for name, value in fields.items()})


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a query matches; where its words stand (start, end); what was missing, and what must not be there."""

    matches: bool
    found: tuple[Span, ...] = ()
    missing: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class WatchQueries:
    """The queries of many watches."""

    def __init__(self, queries: Mapping[int, Node]) -> None:
        """Index the queries; the keys are what `match` returns. ``fields``: which fields of a post they ask for."""
        self.queries = dict(queries)
        self.fields = frozenset(name for node in self.queries.values() for name in used_fields(node))
        self.wanted_by_word: dict[str, tuple[Wanted, ...]] = {}
        self.wanted_by_key: dict[str, set[Wanted]] = defaultdict(set)
        self.queries_by_wanted: dict[Wanted, set[int]] = defaultdict(set)
        for number, node in self.queries.items():
            for wanted in anchors(node):
                self.queries_by_wanted[wanted].add(number)
            for wanted in wanted_words(node):
                for key in query_keys(wanted[0], exact=wanted[1]):
                    self.wanted_by_key[key].add(wanted)

    def match(self, post: PostText) -> list[int]:
        """Return the numbers of the queries that a post matches, in order."""
        hits = self.find_hits(post)
        candidates = {number for wanted in hits for number in self.queries_by_wanted.get(wanted, ())}
        return sorted(number for number in candidates if evaluate(self.queries[number], hits, post.fields))

    def find_hits(self, post: PostText) -> dict[Wanted, list[int]]:
        """Return {wanted word: the numbers of the post's words that are a form of it}."""
        hits: dict[Wanted, list[int]] = defaultdict(list)
        for number, word in enumerate(post.words):
            for wanted in self.find_wanted(word):
                hits[wanted].append(number)
        return hits

    def find_wanted(self, word: str) -> tuple[Wanted, ...]:
        """Return the wanted words of which a post's word is a form; remembered, since posts repeat their words."""
        known = self.wanted_by_word.get(word)
        if known is None:
            index = self.wanted_by_key
            known = tuple({wanted for key in text_keys(word) if key in index for wanted in index[key]})
            if len(self.wanted_by_word) < WORDS_MOST:
                self.wanted_by_word[word] = known
        return known


Hits = Mapping[Wanted, list[int]]


def evaluate(node: Node, hits: Hits, fields: Mapping[str, str]) -> bool:
    """Return whether a post with these hits and fields matches."""
    match node:
        case Phrase():
            return bool(phrase_places(node, hits))
        case Near():
            return bool(near_places(node, hits))
        case Field():
            return fields.get(node.name, "") == node.value
        case Not():
            return not evaluate(node.part, hits, fields)
        case AllOf():
            return all(evaluate(part, hits, fields) for part in node.parts)
        case AnyOf():
            return any(evaluate(part, hits, fields) for part in node.parts)


def phrase_places(node: Phrase, hits: Hits) -> list[int]:
    """Return the numbers of the words at which a phrase begins."""
    first, *rest = ((word, node.exact) for word in node.words)
    starts = hits.get(first, [])
    for further, wanted in enumerate(rest, 1):
        at = set(hits.get(wanted, ()))
        starts = [start for start in starts if start + further in at]
    return starts


def near_places(node: Near, hits: Hits) -> list[tuple[int, int]]:
    """Return the pairs of beginnings of two phrases that are near each other and do not overlap."""
    pairs = []
    rights = phrase_places(node.right, hits)[:PLACES_MOST]
    for left in phrase_places(node.left, hits)[:PLACES_MOST]:
        for right in rights:
            between = right - left - len(node.left.words) if right > left else left - right - len(node.right.words)
            if 0 <= between <= node.distance:
                pairs.append((left, right))
    return pairs


def wanted_words(node: Node) -> set[Wanted]:
    """Return all words of a query."""
    match node:
        case Phrase():
            return {(word, node.exact) for word in node.words}
        case Near():
            return wanted_words(node.left) | wanted_words(node.right)
        case Field():
            return set()
        case Not():
            return wanted_words(node.part)
        case AllOf() | AnyOf():
            return set().union(*map(wanted_words, node.parts))


def used_fields(node: Node) -> set[str]:
    """Return the names of the fields of a query."""
    return {part.name for part, _negated in leaves(node) if isinstance(part, Field)}


def anchors(node: Node) -> set[Wanted]:
    """Return words of which every post that matches has at least one; as few as possible."""
    match node:
        case Phrase():
            longest = max(node.words, key=len)
            return {(longest, node.exact)}
        case Near():
            return anchors(node.left)
        case AllOf():
            return min((found for part in node.parts if (found := anchors(part))), key=len, default=set())
        case AnyOf():
            return set().union(*map(anchors, node.parts))
        case Field() | Not():
            return set()


def explain_match(node: Node, post: PostText) -> Explanation:
    """Return why a query matches a post, or why it does not."""
    hits = WatchQueries({0: node}).find_hits(post)
    matches = evaluate(node, hits, post.fields)
    found: list[Span] = []
    missing: list[str] = []
    excluded: list[str] = []
    for part, negated in leaves(node):
        spans = part_spans(part, hits, post)
        held = evaluate(part, hits, post.fields)
        if negated and held:
            excluded.append(describe(part))
        elif not negated and held:
            found += spans
        elif not negated:
            missing.append(describe(part))
    return Explanation(matches, tuple(sorted(set(found))), tuple(missing), tuple(excluded))


def leaves(node: Node, negated: bool = False) -> Iterable[tuple[Phrase | Near | Field, bool]]:
    """Yield the phrases, pairs and fields of a query, and whether each is excluded."""
    match node:
        case Not():
            yield from leaves(node.part, not negated)
        case AllOf() | AnyOf():
            for part in node.parts:
                yield from leaves(part, negated)
        case _:
            yield node, negated


def part_spans(part: Phrase | Near | Field, hits: Hits, post: PostText) -> list[Span]:
    """Return where the words of a part stand in the text."""
    match part:
        case Phrase():
            starts = [(start, part) for start in phrase_places(part, hits)]
        case Near():
            pairs = near_places(part, hits)
            starts = [(left, part.left) for left, _right in pairs] + [(right, part.right) for _left, right in pairs]
        case Field():
            starts = []
    return [(post.places[start][0], post.places[start + len(phrase.words) - 1][1]) for start, phrase in starts]


def describe(part: Phrase | Near | Field) -> str:
    """Return a part as it would be written in a query."""
    match part:
        case Phrase():
            return part.shown
        case Near():
            return f"{part.left.shown} NEAR/{part.distance} {part.right.shown}"
        case Field():
            return f"{part.name}:{part.value}"
