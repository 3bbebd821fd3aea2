"""Decide whether two proposals are the same word: surely (they are merged) or perhaps (staff are asked).

Surely the same: equal without points, quotation marks and final forms; or when one only adds the vowel letters that
Hebrew may write or leave out (תוכנית, תכנית), or the article. Two spellings with *different* vowel letters are two
words (עשור, עשיר), and so are two words that their authors pointed differently (סֵפֶר, סַפָּר).
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from kesher.language import keys, normalise

CLOSE = 0.78
SHORTEST = 4  # letters; without article or vowel letters, shorter words are too many words at once
WORD = re.compile(r"[^\W_]+")
POINT = re.compile(r"[\u05b0-\u05bc\u05c1\u05c2\u05c7]")


def fold(text: str) -> str:
    """Return a text's words without vowel points, punctuation, final letters or repeated blanks."""
    return " ".join(WORD.findall(normalise(text)))[:200]


def skeleton(text: str) -> str:
    """Return a text without article, inner vowel letters and blanks; equal words have equal skeletons."""
    return "".join(word_skeleton(word) for word in fold(text).split())


def word_skeleton(word: str) -> str:
    """Return one word without its Hebrew article and its inner vowel letters."""
    if not "א" <= word[0] <= "ת":
        return word
    word = without_article(word)
    return word[0] + re.sub("[וי]", "", word[1:-1]) + word[-1] if len(word) >= SHORTEST else word


def without_article(word: str) -> str:
    """Return a word without the Hebrew article, unless too few letters would be left."""
    return word[1:] if word.startswith("ה") and len(word) > SHORTEST else word


def is_same_word(one: str, other: str) -> bool:
    """Return whether two texts are surely spellings of the same word or words."""
    if points_differ(one, other):
        return False
    a, b = fold(one).split(), fold(other).split()
    if "".join(a) == "".join(b):
        return True
    return len(a) == len(b) and all(is_same_form(x, y) for x, y in zip(a, b, strict=True))


def is_same_form(a: str, b: str) -> bool:
    """Return whether two words are equal, or one only adds vowel letters and a Hebrew article."""
    a, b = without_article(a), without_article(b)
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= SHORTEST and word_skeleton(a) == word_skeleton(b) and is_within(short, long)


def is_within(short: str, long: str) -> bool:
    """Return whether ``short`` is a subsequence of ``long``."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def points_differ(one: str, other: str) -> bool:
    """Return whether both texts have Hebrew vowel points, and different ones."""
    a, b = pointed_text(one), pointed_text(other)
    return bool(a and b) and a != b and POINT.sub("", a) == POINT.sub("", b)


def pointed_text(text: str) -> str:
    """Return the text with its vowel points, or "" if it has fewer than two of them."""
    text = unicodedata.normalize("NFD", text)
    return " ".join(text.split()) if len(POINT.findall(text)) > 1 else ""


def closeness(one: str, other: str) -> float:
    """Return how similar two texts are in spelling, from 0 to 1; staff look at pairs from `CLOSE` up."""
    a, b = fold(one), fold(other)
    if not a or not b:
        return 0.0
    alike = SequenceMatcher(None, a, b, autojunk=False).ratio()
    if skeleton(one) == skeleton(other) or keys(one) & keys(other) == keys(one) | keys(other):
        return max(alike, 0.9)
    # Forms of one word, where each text is one word; in a sentence a common word says nothing.
    return max(alike, 0.8) if " " not in a + b and keys(one) & keys(other) else alike


def search_keys(*texts: str) -> str:
    """Return the search keys of all words of these texts, sorted and joined by blanks."""
    return " " + " ".join(sorted(set().union(*(keys(text) for text in texts)))) + " "
