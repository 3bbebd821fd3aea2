"""Make the search keys of a text: forms of one word share a key."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from kesher.language.hebrew import hebrew_keys
from kesher.language.normalisation import normalise
from kesher.language.number_words import digits
from kesher.language.stemming import arabic_stems, english_stem, russian_stem

_WORD: Final = re.compile(r"[^\W_]+")
# A longer "word" is noise (an encoded file, a held key): it is its own key and does not fill the cache.
_LONGEST_WORD: Final = 40


def keys(text: str) -> set[str]:
    """Return the stems by which a text is indexed or searched, each word's in the language of its letters.

    A text matches a query if each word of the query shares a key with the text.
    """
    found: set[str] = set()
    for word in _WORD.findall(normalise(digits(text))):
        found |= _word_keys(word) if len(word) <= _LONGEST_WORD else {word}
    return found


@lru_cache(maxsize=65536)
def _word_keys(word: str) -> frozenset[str]:
    """Return the stems of one word, by the language of its letters."""
    if "א" <= word[0] <= "ת":
        return frozenset(hebrew_keys(word))
    if "\u0620" <= word[0] <= "\u06ff":
        return frozenset(arabic_stems(word))
    if "а" <= word[0] <= "я":
        return frozenset({russian_stem(word)})
    if "a" <= word[0] <= "z":
        return frozenset({english_stem(word)})
    return frozenset({word})
