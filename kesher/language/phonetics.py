"""Compare words by sound across scripts: "arnona", «арнона» and ארנונה have the same consonants.

It matches a word of one script with words of another. Vowels are dropped, and letters that sound alike are one. If a
letter has two sounds, both skeletons are kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final

_HEBREW: Final = {
    "א": "", "ב": "b", "ג": "g", "ד": "d", "ה": "", "ו": "", "ז": "z", "ח": "h", "ט": "t", "י": "", "כ": "kh", "ל": "l",
    "מ": "m", "נ": "n", "ס": "s", "ע": "", "פ": "p", "צ": "c", "ק": "k", "ר": "r", "ש": "s", "ת": "t",
}  # fmt: skip
_CYRILLIC: Final = {
    "б": "b", "в": "b", "г": "g", "д": "d", "ж": "z", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n", "п": "p",
    "р": "r", "с": "s", "т": "t", "ф": "p", "х": "h", "ц": "c", "ч": "c", "ш": "s", "щ": "s",
}  # fmt: skip
_ARABIC: Final = {
    "ب": "b", "ت": "t", "ث": "ts", "ج": "g", "ح": "h", "خ": "h", "د": "d", "ذ": "d", "ر": "r", "ز": "z", "س": "s",
    "ش": "s", "ص": "sc", "ض": "d", "ط": "t", "ظ": "z", "غ": "g", "ف": "p", "ق": "k", "ك": "kh", "ل": "l", "م": "m",
    "ن": "n", "پ": "p", "چ": "c",
}  # fmt: skip
_LATIN: Final = {
    "b": "b", "c": "k", "d": "d", "f": "p", "g": "g", "j": "g", "k": "k", "l": "l", "m": "m", "n": "n", "p": "p",
    "q": "k", "r": "r", "s": "s", "t": "t", "v": "b", "x": "h", "z": "zc",
}  # fmt: skip
# Two letters with one sound, replaced first. An upper-case letter is a final sound.
_PAIRS: Final = (
    *(("tch", "C"), ("sch", "S"), ("tz", "C"), ("ts", "C"), ("ch", "H"), ("kh", "H"), ("sh", "S"), ("ph", "P")),
    *(("ck", "K"), ("th", "T"), ("تس", "C"), ("дж", "G"), ("тс", "C"), ("кх", "H")),
)
_SOUNDS: Final = {**_HEBREW, **_CYRILLIC, **_ARABIC, **_LATIN}
_MOST: Final = 4
_TRIPLE: Final = re.compile(r"(.)\1{2,}")


@lru_cache(maxsize=65536)
def consonant_skeletons(word: str) -> frozenset[str]:
    """Return how a normalised word may sound, as strings of Latin consonants; each has at least two.

    A word in another script is also read as Hebrew: without a particle and without a plural ending.
    """
    return frozenset(skeleton for form, _distance in spoken_forms(word) for skeleton in _skeletons(form))


@lru_cache(maxsize=65536)
def spoken_forms(word: str) -> tuple[tuple[str, float], ...]:
    """Return the word and its forms without Hebrew particles and endings, each with its distance from the word."""
    found = {word: 0.0}
    if word[:1].isalpha() and not "\u0590" <= word[0] <= "\u06ff" and len(word) >= 5:
        before, behind = _SPOKEN_LATIN if word[0].isascii() else _SPOKEN_CYRILLIC
        found |= {word[len(part) :]: 0.5 for part in before if word.startswith(part) and len(word) - len(part) >= 4}
        found |= {word[: -len(part)]: 0.6 for part in behind if word.endswith(part) and len(word) - len(part) >= 3}
    elif "א" <= word[:1] <= "ת":
        found |= {word[: -len(part)]: 0.5 for part in ("ות", "ימ", "ת") if word.endswith(part) and len(word) >= 5}
        if word[0] in "הבלמוש" and len(word) >= 4:
            found[word[1:]] = 0.3
    return tuple(found.items())


_SPOKEN_LATIN: Final = (
    ("ha", "ba", "la", "be", "le", "me", "ve", "she", "mi", "b", "l", "m"),
    ("oth", "ot", "im", "it"),
)
_SPOKEN_CYRILLIC: Final = (("ха", "ба", "ла", "бе", "ле", "ме", "ве", "ше", "а"), ("от", "им", "ит", "у", "е", "ы"))


def _skeletons(word: str) -> frozenset[str]:
    """Return the consonant skeletons of one form of a word, at most `_MOST`."""
    word = _with_single_sounds(word)
    if not word.isalpha():
        return frozenset()
    choices = [_possible_sounds(letter, at, len(word)) for at, letter in enumerate(word)]
    found: set[str] = set()
    for parts in product(*choices):
        found.add(_squeeze("".join(parts)))
        if len(found) >= _MOST:
            break
    return frozenset(skeleton for skeleton in found if len(skeleton) >= 2)


# Arabic in Latin letters uses similar digits for letters that Latin lacks: daf3, 7adiqa.
_FIGURES: Final = str.maketrans({"2": "a", "3": "a", "5": "H", "6": "t", "7": "H", "8": "k", "9": "s"})
# Doubled letters with one sound: hasser, bassein, and Hebrew vowel letters.
_TWICE: Final = re.compile(r"([b-df-hj-np-tv-zбвгджзклмнпрстфхцчшщוי])\1")


@lru_cache(maxsize=65536)
def _with_single_sounds(word: str) -> str:
    """Return a word in which each pair of letters for one sound ("sh") is one upper-case letter."""
    if word[:1].isascii() and not word.isalpha() and sum(map(str.isalpha, word)) >= 2:
        word = word.translate(_FIGURES)
    word = _TWICE.sub(r"\1", word)
    for pair, sound in _PAIRS:
        word = word.replace(pair, sound)
    return word


# Vowels by their sounds; a letter may have two, or none.
_VOWELS: Final = {
    **dict.fromkeys("aаяا", "a"), **dict.fromkeys("eеэ", "e"), **dict.fromkeys("iyиыйي", "i"), "י": "ie",
    **dict.fromkeys("oо", "o"), **dict.fromkeys("uwуюو", "u"), "ו": "ou", "א": "a",
    **dict.fromkeys("העهع", "a"),
}  # fmt: skip
# The cost of a vowel that the other word does not write; Hebrew and Arabic omit most.
_SILENT: Final = {"a": 0.1, "e": 0.1, "i": 0.35, "o": 0.3, "u": 0.3}


@lru_cache(maxsize=65536)
def vowel_distance(a: str, b: str) -> float:
    """Return how far apart the vowels of two words with one skeleton are: 0 they fit, 1 a whole vowel off.

    Between two consonants each side has some vowels or none.
    """
    return min(
        (
            min(2.0, sum(_pairing_cost(x, y) for x, y in zip(ours, theirs, strict=True)))
            for ours in _vowel_readings(a)
            for theirs in _vowel_readings(b)
            if len(ours) == len(theirs)
        ),
        default=1.0,
    )


def _vowel_readings(word: str) -> list[list[list[str]]]:
    """Return the groups of vowels around a word's consonants, in two readings if it begins with ה."""
    return [_vowel_groups(word, False), _vowel_groups(word, True)] if word[:1] == "ה" else [_vowel_groups(word, True)]


def _vowel_groups(word: str, breath: bool) -> list[list[str]]:
    """Return the vowels before, between and after a word's consonants; `breath`: a first "h" is a consonant."""
    found: list[list[str]] = [[]]
    for at, letter in enumerate(_with_single_sounds(word)):
        if at == 0 and letter in "הh" and breath:
            found.append([])
        elif letter in _VOWELS:
            found[-1].append(_VOWELS[letter])
        elif _SOUNDS.get(letter) or letter.isupper():
            found.append([])
    return found


def _pairing_cost(x: list[str], y: list[str]) -> float:
    """Return the cost of pairing two short groups of vowels: each vowel without an equal adds to it."""
    left = list(y)
    cost = 0.0
    for vowel in x:
        pair = next((other for other in left if set(vowel) & set(other)), None)
        if pair is None:
            cost += _SILENT[vowel[0]]
        else:
            left.remove(pair)
    return cost + sum(_SILENT[vowel[0]] for vowel in left)


def _possible_sounds(letter: str, at: int, length: int) -> tuple[str, ...]:
    """Return the Latin consonants for which a letter at this position may stand; "" where it is silent."""
    if letter.isupper():
        return (letter.lower(),)
    if letter == "h":  # dropped, or ח in a careless spelling
        return ("", "h") if at < length - 1 else ("",)
    if letter == "ה" and at == 0:  # the article, or a consonant of the word: היתר is "heter"
        return ("", "h")
    if letter == "ו" and (at == 0 or at == length - 1):
        return ("", "b")
    if letter == "כ" and at == 0:
        return ("k", "h")
    heard = _SOUNDS.get(letter, "")
    return tuple(heard) if len(heard) > 1 else (heard,)


def _squeeze(skeleton: str) -> str:
    """Return a consonant skeleton without the third and further repetitions of a consonant in a row.

    ארנונה has two, so a doubled one stays.
    """
    return _TRIPLE.sub(r"\1\1", skeleton)
