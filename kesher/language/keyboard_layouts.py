"""Convert text typed with the wrong keyboard layout: "trbubv" is ארנונה.

The tables are by the position of a key on a US keyboard (ANSI): letters, and punctuation whose key has a letter
elsewhere. Source: the standard layouts of Israel (SI-1452), Russia (ЙЦУКЕН) and Arabic (101).
"""

from __future__ import annotations

from typing import Final

_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`"
_LAYOUTS: Final = {
    "en": _KEYS,
    "he": "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ.;",
    "ru": "йцукенгшщзхъфывапролджэячсмитьбю.ё",
    "ar": "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرﻻىةوزظذ",
}


def _table(source: str, target: str) -> dict[int, str]:
    """Return the `str.translate` table from the letters of one keyboard layout to those of another."""
    return {ord(a): b for a, b in zip(_LAYOUTS[source], _LAYOUTS[target], strict=True)}


_TABLES: Final = {
    (source, target): _table(source, target) for source in _LAYOUTS for target in _LAYOUTS if source != target
}


def typed_elsewhere(text: str, source: str) -> dict[str, str]:
    """Return {language: what the same keys would have typed in its layout} for each other layout.

    `source` is the language of the typed letters; {} for an unknown one.
    """
    if source not in _LAYOUTS:
        return {}
    lowered = text.lower()
    return {
        target: lowered.translate(_TABLES[source, target]).replace("ﻻ", "لا") for target in _LAYOUTS if target != source
    }


def are_neighbours(a: str, b: str) -> bool:
    """Return whether two letters of one layout are next to each other on the keyboard."""
    for layout in _LAYOUTS.values():
        if a in layout and b in layout:
            (row_a, column_a), (row_b, column_b) = _place(layout.index(a)), _place(layout.index(b))
            return abs(row_a - row_b) <= 1 and abs(column_a - column_b) <= 1
    return False


def _place(index: int) -> tuple[int, float]:
    """Return (row, column) of the key at this index of a layout; rows are shifted as on a real keyboard."""
    if index < 12:
        return 0, index
    if index < 23:
        return 1, index - 12 + 0.25
    return 2, index - 23 + 0.75
