"""The same keys on another keyboard layout: "trbubv" is ארנונה typed with the wrong language switched on.

Tables by the position of a key on a US keyboard (ANSI), letters and the punctuation that carries a letter elsewhere.
Source: the standard layouts of Israel (SI-1452), Russia (ЙЦУКЕН) and Arabic (101).
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
    return {ord(a): b for a, b in zip(_LAYOUTS[source], _LAYOUTS[target], strict=True)}


_TABLES: Final = {
    (source, target): _table(source, target) for source in _LAYOUTS for target in _LAYOUTS if source != target
}


def typed_elsewhere(text: str, source: str) -> dict[str, str]:
    """The text as the same keys would write it in each other layout. In: what was typed, and in which language's
    letters; out: {language: text}. An unknown language has no layout: {}."""
    if source not in _LAYOUTS:
        return {}
    lowered = text.lower()
    return {
        target: lowered.translate(_TABLES[source, target]).replace("ﻻ", "لا") for target in _LAYOUTS if target != source
    }


def neighbours(a: str, b: str) -> bool:
    """Are two letters of one layout next to each other on the keyboard?"""
    for layout in _LAYOUTS.values():
        if a in layout and b in layout:
            (row_a, column_a), (row_b, column_b) = _place(layout.index(a)), _place(layout.index(b))
            return abs(row_a - row_b) <= 1 and abs(column_a - column_b) <= 1
    return False


def _place(index: int) -> tuple[int, float]:
    """Row and column of a key; the rows are shifted as on a real keyboard."""
    if index < 12:
        return 0, index
    if index < 23:
        return 1, index - 12 + 0.25
    return 2, index - 23 + 0.75
