"""Normalise a text for comparison: one spelling for letters that differ only in form; one typing error apart."""

from __future__ import annotations

import unicodedata
from typing import Final

# Removed before matching: vowel points, accents, tatweel, direction marks, joiners, quotation marks.
_DROPPED: Final = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x0591, 0x05BD),  # Hebrew accents and points; U+05BE, the maqaf, is a hyphen
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0xFB1E, 0xFB1E),
    (0x0610, 0x061A),  # Arabic signs
    (0x061C, 0x061C),  # Arabic letter mark
    (0x0640, 0x0640),  # tatweel
    (0x064B, 0x065F),  # harakat
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0x08D3, 0x08E1),
    (0x08E3, 0x08FF),
    (0x200B, 0x200F),  # zero-width space, joiners, direction marks
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),
)
_QUOTES: Final = "\"'`´«»‘’‚‛“”„‟′″‹›׳״＂＇"
_FOLDED: Final = {
    "ך": "כ",
    "ם": "מ",
    "ן": "נ",
    "ף": "פ",
    "ץ": "צ",
    "װ": "וו",  # the Yiddish ligatures are typed as two letters elsewhere
    "ױ": "וי",
    "ײ": "יי",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ئ": "ي",
    "ی": "ي",
    "ؤ": "و",
    "ة": "ه",
    "ۀ": "ه",
    "ک": "ك",
    "ё": "е",
    "Ё": "е",
    "־": "-",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
}
_HAMZA_BEFORE_WAW: Final = ("ئو", "ءو")  # مسئول is مسؤول as Egyptians spell it
_TABLE: Final[dict[int, str | None]] = {
    **{point: None for first, last in _DROPPED for point in range(first, last + 1)},
    **{ord(char): None for char in _QUOTES},
    **{ord(char): folded for char, folded in _FOLDED.items()},
}


def normalise(text: str) -> str:
    """Return the spelling that all texts share which a reader takes for the same; for matching, not for display.

    NFKC and case folding. Points, accents, tatweel, direction marks and quotation marks (with geresh and gershayim) are
    dropped; final letters, Arabic alef, ya and ta marbuta, ё and hyphens are folded; white space becomes single spaces.
    Idempotent. Source: Unicode Standard, section 5.18 (folding is repeated until nothing changes).
    """
    folded = _fold(text)
    while folded != text:
        folded, text = _fold(folded), folded
    return folded


def _fold(text: str) -> str:
    """Return a text after one pass of the replacements that `normalise` repeats until nothing changes."""
    for spelled in _HAMZA_BEFORE_WAW:
        text = text.replace(spelled, "وو")
    text = text.translate(_TABLE)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def distance_at_most_one(a: str, b: str) -> bool:
    """Return whether two texts are equal or one edit (insertion, deletion, exchange) apart.

    An error is a letter added, missing or replaced, or two neighbours exchanged.
    """
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    same = 0
    while same < len(a) and a[same] == b[same]:
        same += 1
    if len(a) < len(b):
        return a[same:] == b[same + 1 :]
    if a[same + 1 :] == b[same + 1 :]:
        return True
    return a[same : same + 2] == b[same : same + 2][::-1] and a[same + 2 :] == b[same + 2 :]
