"""Split text into grapheme clusters: the characters that a person sees, whatever their code points.

Source: Unicode Standard Annex #29, section 3.1. Indic conjuncts are joined by their virama a little more often than the
annex asks: a missing break is harmless, a break inside a character is not.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_JOINER: Final = "\u200d"
_PREPENDED: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd")
_HALF_WIDTH_MARKS: Final = frozenset("\uff9e\uff9f")
_VIRAMA: Final = 9
# Which Hangul kinds may follow which: rules GB6, GB7 and GB8 of the annex.
_HANGUL: Final = {
    "L": frozenset({"L", "V", "LV", "LVT"}),
    "LV": frozenset({"V", "T"}),
    "V": frozenset({"V", "T"}),
    "LVT": frozenset({"T"}),
    "T": frozenset({"T"}),
}


def graphemes(text: str) -> list[str]:
    """Return the grapheme clusters (what a reader sees as one character) of a text; joined, they are the text."""
    if text.isascii() and "\r" not in text:
        return list(text)
    clusters: list[str] = []
    start = 0
    flags = 0
    for index in range(1, len(text)):
        before, char = text[index - 1], text[index]
        # A flag is a pair of regional indicators: after an even number of them a new flag starts here.
        flags = flags + 1 if _kind(before) == "regional" else 0
        if not _joined(before, char, flags):
            clusters.append(text[start:index])
            start = index
    if text:
        clusters.append(text[start:])
    return clusters


def _joined(before: str, char: str, flags: int) -> bool:
    """Return whether two neighbouring characters belong to one grapheme cluster."""
    left, right = _kind(before), _kind(char)
    if left == "control" or right == "control":
        return before == "\r" and char == "\n"
    if right in ("extend", "joiner") or left == "prepend":
        return True
    if left == "high":
        return right == "low"
    if left == "regional" and right == "regional":
        return flags % 2 == 1
    if left == "joiner":
        return not char.isspace()
    if unicodedata.combining(before) == _VIRAMA:
        return unicodedata.category(char) == "Lo"
    return right in _HANGUL.get(left, ())


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """Return the class of a character that decides how it joins its neighbours, as in Unicode's rules."""
    point = ord(char)
    if char == _JOINER:
        return "joiner"
    if _extends(char, point):
        return "extend"
    if char in _PREPENDED:
        return "prepend"
    if 0xD800 <= point <= 0xDFFF:
        return "high" if point < 0xDC00 else "low"
    if 0x1F1E6 <= point <= 0x1F1FF:
        return "regional"
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"):
        return "control"
    return _hangul(point)


def _extends(char: str, point: int) -> bool:
    """Return whether a character is drawn on the one before it: a mark, skin tone, variation selector or tag."""
    if point < 0x300:
        return False
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char == "\u200c"
        or char in _HALF_WIDTH_MARKS
        or 0x1F3FB <= point <= 0x1F3FF
        or 0xE0020 <= point <= 0xE007F
    )


def _hangul(point: int) -> str:
    """Return the Hangul syllable type of a code point ("L", "V" …), or "other"."""
    if 0x1100 <= point <= 0x115F or 0xA960 <= point <= 0xA97C:
        return "L"
    if 0x1160 <= point <= 0x11A7 or 0xD7B0 <= point <= 0xD7C6:
        return "V"
    if 0x11A8 <= point <= 0x11FF or 0xD7CB <= point <= 0xD7FB:
        return "T"
    if 0xAC00 <= point <= 0xD7A3:
        return "LV" if (point - 0xAC00) % 28 == 0 else "LVT"
    return "other"
