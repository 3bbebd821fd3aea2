"""Cut a text into words and figures, each with its place in the text and its normalised spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from kesher.language.normalisation import normalise

# Points, harakat, tatweel, joiners, direction marks and quotation marks stand inside words.
_INSIDE: Final = (
    "[^\\W\\d_]|[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0640\u0670\u200b-\u200f\u2060'’`׳״]"
    '|"(?=[^\\W\\d_])'
)
# Thousands with spaces; else a figure with all that is written inside figures, so that no part of one is taken.
_FIGURE: Final = (
    "(?:\\d{1,3}(?:[ \u00a0\u202f]\\d{3})+(?:[.,]\\d{1,2})?(?![.,:/-]?\\d)|\\d(?:[\\d.,:/٬٫،–-]*\\d)?[½¼¾]?|[½¼¾])"
)
# Latin letters that may touch a figure; beside others it is a letter of Arabizi (3endi) or of a code.
_SUFFIXES: Final = "am|pm|st|nd|rd|th|nis|ils|shekels?|usd|kg|g|m|km|cm|l|liters?|h|hrs?|min"
_TOKEN: Final = re.compile(
    f"(?<![\\dA-Za-z])({_FIGURE})(?!\\d)(?=[^A-Za-z]|\\Z|(?i:{_SUFFIXES})\\b)|[^\\W\\d_](?:{_INSIDE})*"
)
_LINKING: Final = frozenset(" \t\u00a0\u202f-־‐‑\u200e\u200f\u2066\u2067\u2068\u2069")
_PAUSE: Final = frozenset('.!?;:\n\r()"״,،؛؟…')


class Token(NamedTuple):
    """A word or a figure. ``before``: what stands between it and the token before it."""

    start: int
    end: int
    plain: str
    is_figure: bool
    before: str

    @property
    def is_joined(self) -> bool:
        """Return whether only spaces or hyphens stand before it, so that it can continue what was said."""
        return _LINKING.issuperset(self.before)

    @property
    def is_apart(self) -> bool:
        """Return whether a mark stands before it that ends a phrase."""
        return not _PAUSE.isdisjoint(self.before)


def tokens(text: str) -> list[Token]:
    """Return the words and figures of a text, in order."""
    found = list(_TOKEN.finditer(text))
    said = [match.group() for match in found]
    plain = normalise("\n".join(said).replace(" ", "\x1f")).split(" ")
    if len(plain) != len(said):  # a sign that normalises to nothing or to several words
        plain = [normalise(word) for word in said]
    end = 0
    result = []
    for match, word in zip(found, plain, strict=True):
        is_figure = match[1] is not None
        start = match.start()
        result.append(Token(start, match.end(), match[1] if is_figure else word, is_figure, text[end:start]))
        end = match.end()
    return result


def word_set(lines: str) -> frozenset[str]:
    """Return the normalised words of a list with blanks between them."""
    return frozenset(map(normalise, lines.split()))


def phrases(lines: str) -> list[tuple[str, ...]]:
    """Return the normalised words of each phrase of a list that has commas between phrases."""
    return [tuple(normalise(phrase).split()) for phrase in lines.split(",") if phrase.strip()]


class Phrasebook[Meaning]:
    """Phrases and what each means, found by their first word: the longest that fits."""

    def __init__(self, entries: Iterable[tuple[str, Meaning]], prefixes: Iterable[str] = ("",)) -> None:
        """Take lists of phrases (with commas between them), each with what they mean.

        `prefixes`: what may stand glued before the first word.
        """
        self._found: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
        starts = tuple(prefixes)
        for lines, meaning in entries:
            for first, *rest in phrases(lines):
                for start in starts:
                    self._found.setdefault(start + first, []).append((tuple(rest), meaning))
        for several in self._found.values():
            several.sort(key=lambda entry: -len(entry[0]))

    @property
    def first_words(self) -> frozenset[str]:
        """Return the words with which its phrases begin."""
        return frozenset(self._found)

    def at(self, said: list[Token], place: int) -> tuple[Meaning, int] | None:
        """Return (what the longest phrase means that begins at a place, the place after it); None for none."""
        if place >= len(said):
            return None
        for rest, meaning in self._found.get(said[place].plain, ()):
            after = place + 1 + len(rest)
            following = said[place + 1 : after]
            if len(following) == len(rest) and all(
                token.plain == word and not token.is_apart for token, word in zip(following, rest, strict=True)
            ):
                return meaning, after
        return None
