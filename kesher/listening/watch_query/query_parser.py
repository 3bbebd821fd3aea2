"""Read the query of a watch.

``road works`` both words; ``road OR street``; ``"road works"`` next to each other in this order; ``road NEAR/4 closed``
at most four words apart; ``-bus`` or ``NOT bus`` without it; ``=road`` as it stands, without other forms; ``lang:ar``
and ``source:news`` are fields of the post; brackets as usual. AND is closer than OR.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from kesher.language.normalisation import normalise
from kesher.language.number_words import digits

FIELDS: Final = ("lang", "source")
LANGUAGE_CODES: Final = ("he", "ar", "ru", "en", "he-latn", "ar-latn", "other")
DEEPEST = 20
LONGEST = 2000  # letters of a query
NEAR_MOST = 50
# A quotation mark between letters belongs to the word: תב"ע.
TOKEN: Final = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<phrase>[\"“”„][^\"“”„]*[\"“”„])|(?P<near>NEAR(?:/(?P<far>\d+))?(?=[\s(]|\Z))"
    r"|(?P<operator>(?:AND|OR|NOT)(?=[\s(]|\Z)|\|)|(?P<minus>-(?=\S))|(?P<field>[a-z]+):(?P<value>[\w-]+)"
    r"|(?P<word>=?[^\W_](?:[\w]|[\"'’״׳-](?=\w))*)|(?P<space>\s+)|(?P<odd>.)",
    re.DOTALL,
)
WORD: Final = re.compile(r"[^\W_]+")
MESSAGES: Final[dict[str, Any]] = {
    "empty": _("Write at least one word that a post must contain."),
    "negative": _("This query has only exclusions. Add a word that a post must contain."),
    "open": _("A bracket is opened and not closed."),
    "close": _("A bracket is closed that was not opened."),
    "quote": _("A quotation mark is opened and not closed."),
    "odd": _("This sign has no meaning in a query."),
    "missing": _("A word is missing here."),
    "near": _("NEAR stands between two words or phrases, with at most 50 words between: road NEAR/4 closed."),
    "lang": _("The languages are he, ar, ru, en, he-Latn, ar-Latn and other."),
    "field": _("There is no such field. The fields are lang and source."),
    "deep": _("Too many brackets within brackets."),
    "long": _("A query has at most 2,000 letters."),
}


class QueryError(ValueError):
    """A query that cannot be read: a code of MESSAGES, and at which letter (from 0)."""

    def __init__(self, code: str, at: int) -> None:
        """Keep the code and the position."""
        super().__init__(code)
        self.code, self.at = code, at

    @property
    def message(self) -> Any:
        """Return what is wrong, in the reader's language."""
        return MESSAGES[self.code]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other, or one word; `exact`: as they stand, without other forms."""

    words: tuple[str, ...]
    shown: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """Two phrases with at most `distance` words between them, in any order."""

    left: Phrase
    right: Phrase
    distance: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the post with this value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be in a post."""

    part: Node


@dataclass(frozen=True, slots=True)
class AllOf:
    """AllOf parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts."""

    parts: tuple[Node, ...]


type Node = Phrase | Near | Field | Not | AllOf | AnyOf


def parse_query(text: str) -> Node:
    """Return the tree of a query. Raise QueryError."""
    if len(text) > LONGEST:
        raise QueryError("long", LONGEST)
    tree = _Parser(text).read()
    if not has_anchor(tree):
        raise QueryError("negative", 0)
    return tree


def has_anchor(node: Node) -> bool:
    """Return whether every post that matches contains one of the query's words."""
    if isinstance(node, AllOf):
        return any(map(has_anchor, node.parts))
    if isinstance(node, AnyOf):
        return all(map(has_anchor, node.parts))
    return isinstance(node, Phrase | Near)


class _Parser:
    """Reads the tokens of one query from left to right."""

    def __init__(self, text: str) -> None:
        """Begin before the first token."""
        self.text = text
        self.tokens = list(_tokens(text))
        self.place = 0

    def read(self) -> Node:
        """Return the whole query's tree."""
        if not self.tokens:
            raise QueryError("empty", 0)
        tree = self.any_of(0)
        if self.place < len(self.tokens):
            raise QueryError("close", self.at)
        return tree

    @property
    def at(self) -> int:
        """Return where the next token begins, or the query's end."""
        return self.tokens[self.place].start() if self.place < len(self.tokens) else len(self.text)

    def peek(self) -> str:
        """Return the kind of the next token, "OR" for both its signs, or "" at the end."""
        if self.place >= len(self.tokens):
            return ""
        token = self.tokens[self.place]
        if token.lastgroup == "operator" or token["operator"]:
            return "OR" if token[0] == "|" else token[0]
        return next(name for name in ("open", "close", "phrase", "near", "minus", "field", "word") if token[name])

    def any_of(self, depth: int) -> Node:
        """Return parts with OR between them."""
        if depth > DEEPEST:
            raise QueryError("deep", self.at)
        parts = [self.all_of(depth)]
        while self.peek() == "OR":
            self.place += 1
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self, depth: int) -> Node:
        """Return parts side by side, with or without AND."""
        parts = [self.one(depth)]
        while (kind := self.peek()) and kind not in ("OR", "close"):
            if kind == "AND":
                self.place += 1
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def one(self, depth: int) -> Node:
        """Return one part: negated, in brackets, a field, or a phrase with what is near it."""
        kind, at = self.peek(), self.at
        if kind in ("NOT", "minus"):
            self.place += 1
            return Not(self.one(depth))
        if kind == "open":
            self.place += 1
            inner = self.any_of(depth + 1)
            if self.peek() != "close":
                raise QueryError("open", at)
            self.place += 1
            if self.peek() == "near":
                raise QueryError("near", self.at)
            return inner
        if kind == "field":
            return self.field()
        left = self.phrase()
        if self.peek() != "near":
            return left
        token, near_at = self.tokens[self.place], self.at
        self.place += 1
        distance = int(token["far"] or 5)
        if distance > NEAR_MOST or self.peek() not in ("word", "phrase"):
            raise QueryError("near", near_at)
        return Near(left, self.phrase(), distance)

    def field(self) -> Field:
        """Return a field, if there is one of this name."""
        token, at = self.tokens[self.place], self.at
        if token["field"] not in FIELDS:
            raise QueryError("field", at)
        if token["field"] == "lang" and token["value"].lower() not in LANGUAGE_CODES:
            raise QueryError("lang", at)
        self.place += 1
        return Field(token["field"], token["value"].lower())

    def phrase(self) -> Phrase:
        """Return a word or a phrase."""
        if self.peek() == "near":
            raise QueryError("near", self.at)
        if self.peek() not in ("word", "phrase"):
            raise QueryError("missing", self.at)
        token, at = self.tokens[self.place], self.at
        shown = token[0].strip('"“”„=')
        words = tuple(WORD.findall(normalise(digits(shown))))
        if not words:
            raise QueryError("missing", at)
        self.place += 1
        return Phrase(words, shown, exact=token[0].startswith("="))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the tokens of a query. Raise QueryError at a sign without meaning."""
    for token in TOKEN.finditer(text):
        if token["odd"]:
            raise QueryError("quote" if token[0] in '"“”„' else "odd", token.start())
        if not token["space"]:
            yield token
