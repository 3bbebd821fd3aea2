"""The terms of a post: the stems of its words and hashtags, without links, names and small words."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from kesher.language.normalisation import normalise
from kesher.language.search_keys import keys
from kesher.listening.post_language import word_lists

WORD: Final = re.compile(r"(?:https?://|www\.|@)\S+|[^\W_]+@\S+|#\w+|[^\W_]+(?:[\"'’״׳-][^\W_]+)*")
NO_TERM: Final = re.compile(r"(?:https?:|www\.|\S*@)|\d+\Z|rt\Z", re.IGNORECASE)
SHORTEST: Final = 3
NO_WORDS: Final = re.compile(r"\bRT\b|(?:https?://|www\.|@)\S+")


@cache
def small_words() -> frozenset[str]:
    """Return the words of all languages that say nothing alone, normalised."""
    return frozenset(normalise(word) for words in word_lists("function_words.tsv").values() for word in words)


def find_terms(text: str) -> dict[str, str]:
    """Return {term: the word as it was said}: a post is counted once for each term."""
    found: dict[str, str] = {}
    for word in WORD.findall(text):
        if NO_TERM.match(word):
            continue
        plain = normalise(word.lstrip("#"))
        if len(plain) >= SHORTEST and plain not in small_words():
            for term in keys(plain):
                found.setdefault(term, word)
    return found


def find_text_key(text: str) -> str:
    """Return what is equal in copies of a text: its words alone, without who forwarded it and without links."""
    return " ".join(re.findall(r"[^\W_]+", normalise(NO_WORDS.sub(" ", text))))
