"""Score how alike two words are: grammatical forms, spellings, typing errors and sounds.

`word_keys` gives the keys under which a word is found at all (few and cheap, so that they can be stored). `likeness`
then compares two words, 0 to 1. Both are pure: a database stores words and keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import simplemma

from kesher.language.hebrew import PREFIXES, hebrew_readings, hebrew_roots, hebrew_spellings, undouble_vowels
from kesher.language.keyboard_layouts import are_neighbours
from kesher.language.normalisation import normalise
from kesher.language.number_words import digits
from kesher.language.phonetics import consonant_skeletons, spoken_forms, vowel_distance
from kesher.language.stemming import (
    arabic_roots,
    arabic_skeletons,
    arabic_spellings,
    arabic_stems,
    english_family,
    english_stem,
    russian_roots,
    russian_stem,
    russian_verb_stem,
)

_WORD: Final = re.compile(r"[^\W_]+")
_TWICE: Final = re.compile(r"(.)\1+")
_LONGEST: Final = 30
_SLIP_FROM: Final = 4
# The likeness of each kind of match; the same word has 1.
SPELT, FORM, ROOT, SLIP, TWO_SLIPS, SOUND = 0.97, 0.86, 0.42, 0.62, 0.42, 0.76
EASY_SLIP: Final = 0.2  # added for an error that costs nothing, in part for one that costs little
APART: Final = 0.88  # factor for two words of the dictionary with different lemmas
MEANT: Final = 0.75  # factor for a word of the dictionary: it is seldom an error for another, or another's sound
UNHEARD: Final = 0.25  # subtracted for a whole vowel that does not match
_SCRIPTS: Final = (("he", "א", "ת"), ("ar", "\u0620", "\u06ff"), ("ru", "а", "я"), ("en", "a", "z"))


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one word.

    Its readings (key: certainty), the spellings of the whole word with and without its particles, its possible roots,
    its sounds, and whether a dictionary has it as it is.
    """

    word: str
    script: str
    readings: dict[str, float]
    spelt: dict[str, float]
    roots: frozenset[str]
    sounds: frozenset[str]
    known: bool
    lemma: str


def words(text: str) -> list[str]:
    """Return the normalised words of a text, in order; very long words are cut."""
    return [word[:_LONGEST] for word in _WORD.findall(normalise(digits(text)))]


def script_of(word: str) -> str:
    """Return the language of a word's first letter, "he", "ar", "ru" or "en"; "" for digits and other scripts."""
    first = word[:1]
    return next((name for name, low, high in _SCRIPTS if low <= first <= high), "")


@lru_cache(maxsize=65536)
def word_features(word: str) -> Features:
    """Return all by which a word is compared: script, stems, spellings, roots, sounds and dictionary form."""
    script = script_of(word)
    readings: dict[str, float] = {word: 1.0}
    spelt = {word: 1.0}
    roots: frozenset[str] = frozenset()
    if script == "he":
        for form, sure in ((word, 1.0), (lemma(word, "he"), 1.0)):
            for key, cost in hebrew_readings(form).items():
                readings[key] = max(readings.get(key, 0.0), sure * cost)
        spelt, roots = hebrew_spellings(word), hebrew_roots(word)
    elif script == "ar":
        for form in {word, lemma(word, "ar")}:
            for stem in arabic_stems(form):
                readings[stem] = 1.0
                for bare in arabic_skeletons(stem):
                    readings.setdefault(bare, 0.88)
        spelt.update(arabic_spellings(word))
        roots = arabic_roots(word)
    elif script == "ru":
        stem = russian_stem(word).replace("й", "и")
        readings[stem] = 1.0
        readings.setdefault(russian_stem(lemma(word, "ru")).replace("й", "и"), 1.0)
        for form in tuple(readings):
            readings.setdefault(russian_verb_stem(form), 0.9)
        roots = word_beginning(stem) | russian_roots(stem)
    elif script == "en":
        stem = english_stem(word)
        readings.update(dict.fromkeys((stem, english_stem(lemma(word, "en"))), 1.0))
        readings.setdefault(english_family(word), 0.9)
        roots = word_beginning(stem)
    return Features(
        word, script, readings, spelt, roots, consonant_skeletons(word), is_known(word, script), lemma(word, script)
    )


def word_beginning(stem: str) -> frozenset[str]:
    """Return a set with the first five letters of a stem, empty if it is shorter."""
    return frozenset({stem[:5]}) if len(stem) >= 5 else frozenset()


def lemma(word: str, lang: str) -> str:
    """Return the dictionary form of a word, normalised; without a language the word itself.

    Hebrew is looked up with final letters, as people write it.
    """
    if not lang:
        return word
    found = simplemma.lemmatize(_with_final(word) if lang == "he" else word, lang=lang)
    return normalise(found).replace(" ", "") or word


def is_known(word: str, lang: str) -> bool:
    """Return whether the language's dictionary has this form of a word."""
    return bool(lang) and simplemma.is_known(_with_final(word) if lang == "he" else word, lang=lang)


def _with_final(word: str) -> str:
    """Return a Hebrew word whose last letter has its final form (מ becomes ם)."""
    return word[:-1] + word[-1].translate(_FINALS)


_FINALS: Final = str.maketrans("כמנפצ", "ךםןףץ")


@lru_cache(maxsize=65536)
def word_keys(word: str) -> frozenset[str]:
    """Return the keys under which a word is indexed: stems, roots, sounds and one-letter deletions."""
    return _keys(word_features(word), 1)


def question_keys(word: str) -> frozenset[str]:
    """Return the keys by which to look up a question's word, also behind two particles."""
    squeezed = _TWICE.sub(r"\1", word)  # a key held too long
    held = {f"f{squeezed}"} if squeezed != word and len(squeezed) >= _SLIP_FROM - 1 else set()
    return _keys(word_features(word), 2) | held


def _keys(found: Features, particles: int) -> frozenset[str]:
    """Return the index keys of a word's features, with deletions of one letter, also behind this many particles."""
    keys = {f"f{key}" for key in found.readings} | {f"r{root}" for root in found.roots}
    keys |= {f"s{sound}" for sound in found.sounds}
    for base, _sure in without_particles(found.word, particles):
        keys |= {f"d{part}" for part in one_letter_deletions(base)}
    return frozenset(keys)


def one_letter_deletions(word: str) -> set[str]:
    """Return the word, and the word without each of its letters, to find words within one typing error.

    (Symmetric deletes: W. Garbe, SymSpell.)
    """
    if len(word) < _SLIP_FROM or not word.isalpha():
        return set()
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


@lru_cache(maxsize=65536)
def without_particles(word: str, most: int) -> tuple[tuple[str, float], ...]:
    """Return the word with and without particles before it (Hebrew and Arabic), each with its certainty.

    `most` is the number of letters of particles. Doubled vowel letters are written once.
    """
    script = script_of(word)
    found = {undouble_vowels(word): 1.0}
    if script == "he":
        for prefix in PREFIXES:
            if len(prefix) <= most and word.startswith(prefix) and len(word) - len(prefix) >= _SLIP_FROM:
                found.setdefault(undouble_vowels(word[len(prefix) :]), 0.9)
    elif script == "ar" and len(word) > _SLIP_FROM + 1:
        bare = word.removeprefix("ال") if word.startswith("ال") else word[1:] if word[0] in "وبلكف" else word
        found.setdefault(bare, 0.9)
    return tuple(found.items())


@lru_cache(maxsize=65536)
def likeness(asked: str, stored: str) -> float:
    """Return how alike two words are, 0 to 1: by stem, spelling, typing error, sound or root."""
    if asked == stored:
        return 1.0
    a, b = word_features(asked), word_features(stored)
    if a.script != b.script:
        return sound_likeness(a, b) if a.script and b.script else 0.0
    best = FORM * max((sure * b.readings[key] for key, sure in a.readings.items() if key in b.readings), default=0.0)
    if a.known and b.known and a.lemma != b.lemma:
        best *= APART
    best = max(best, SPELT * max((sure * b.spelt[s] for s, sure in a.spelt.items() if s in b.spelt), default=0.0))
    if best < SLIP:
        best = max(best, slip_likeness(asked, stored) * (MEANT if a.known else 1.0))
    if best < ROOT and a.roots & b.roots:
        best = max(best, root_likeness(a, b))
    return best


def root_likeness(a: Features, b: Features) -> float:
    """Return how alike, 0 to 1, two words are that share a root: a fixed value, or by their common beginning."""
    if a.script in ("ru", "en"):
        same = common_beginning(a.word, b.word)
        return ROOT * 1.25 * same / max(len(a.word), len(b.word))
    return ROOT


def common_beginning(a: str, b: str) -> int:
    """Return how many letters two words have in common at the beginning."""
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same


def sound_likeness(a: Features, b: Features) -> float:
    """Return how alike, 0 to 1, two words of different scripts sound.

    Two shared consonants may be chance; then the vowels must fit. Our answers have Hebrew words of their own, so what a
    Hebrew word only sounds like is worth little.
    """
    if not a.sounds & b.sounds:
        return 0.0
    alike = SOUND - UNHEARD * min(
        vowel_distance(form, other) + apart + away
        for form, apart in spoken_forms(a.word)
        for other, away in spoken_forms(b.word)
    )
    if max(map(len, a.sounds & b.sounds)) < 3:
        alike *= 0.85 if alike > SOUND - UNHEARD * 0.4 else 0.5
    return max(0.0, alike * (0.5 if a.script == "he" else MEANT if a.known else 1.0))


def slip_likeness(asked: str, stored: str) -> float:
    """Return how alike, 0 to 1, two words are that differ by one or two typing errors, also behind particles."""
    best = 0.0
    for mine, sure in without_particles(asked, 2):
        for yours, worth in without_particles(stored, 1):
            least = min(len(mine), len(yours))
            if least < _SLIP_FROM - 1 or sure * worth * (SLIP + EASY_SLIP) <= best:
                continue
            away = slip_distance(mine, yours)
            if away <= 1:
                near = SLIP + (1 - away) * EASY_SLIP
                best = max(best, sure * worth * near * (1.0 if least >= 5 else 0.8))
            elif away <= 2 and least >= 6:
                best = max(best, sure * worth * TWO_SLIPS)
    return best


# Letters that sound alike, or nearly, from school lists of spelling mistakes.
_ALIKE: Final = (
    *("טת", "כק", "חכ", "אע", "אה", "עה", "סש", "בו", "оа", "еи", "иы", "эе", "дт", "гк", "бп", "вф", "зс", "жш", "щш"),
    *("صس", "طت", "ضد", "ظض", "ذد", "ثت", "قك", "هح", "اع", "ck", "ie", "ea", "sz", "cs", "ou", "yi", "ae"),
)
HEARD_ALIKE: Final = {pair: 0.6 for a, b in _ALIKE for pair in ((a, b), (b, a))}
_SPARED: Final = frozenset("ויاوي")


def omission_cost(word: str, at: int) -> float:
    """Return the cost, 0 to 1, of omitting the letter at `at`: less for an optional vowel letter or a doubled one."""
    if at and word[at] == word[at - 1]:
        return 0.6
    return 0.5 if at and word[at] in _SPARED else 1.0


def slip_distance(a: str, b: str, most: float = 2.0) -> float:
    """Return the number of typing errors between two words, weighted; `most` + 1 if it is above `most`.

    An error is a letter added, missing or replaced, or two exchanged. It costs less than 1 for a neighbour on the
    keyboard, a letter that sounds alike, an optional vowel letter, or a letter written twice. Optimal string alignment.
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[float] = []
    row = [0.0]
    for at in range(len(b)):
        row.append(row[-1] + omission_cost(b, at))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [row[0] + omission_cost(a, i - 1)]
        for j, y in enumerate(b, 1):
            change = 0.0 if x == y else HEARD_ALIKE.get((x, y)) or (0.9 if are_neighbours(x, y) else 1.0)
            more, less = omission_cost(a, i - 1), omission_cost(b, j - 1)
            cost = min(before[j] + more, row[j - 1] + less, before[j - 1] + change)
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
