"""The forms in which a word of a query may stand in a text.

A Hebrew word is found with the particles that are written onto it (לעירייה), in plural and construct (עיריות, עיריית),
and with or without optional vowel letters; not where another word has the same stem: עיר is no form of עירייה. So is an
Arabic one with its article, particles and plural. A word of another language is found by its stem.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kesher.language.hebrew import PREFIXES, undouble_vowels
from kesher.language.search_keys import keys

SHORTEST: Final = 3  # a shorter Hebrew word is found as it is, with particles before it
EXACT: Final = "="  # before the key of a word that is wanted as it stands
ARTICLES: Final = ("وبال", "وكال", "ولل", "وال", "بال", "كال", "فال", "لل", "ال")
PARTICLES: Final = ("و", "ب", "ل", "ك", "ف")
OWNERS: Final = ("نا", "ها", "هم", "كم", "ه", "ك", "ي")
# Common words whose first letter is no particle: שבור is broken, not "that a pit"; שמים is the sky, מים no sea.
WHOLE_WORDS: Final = frozenset(
    [
        "מימ",
        "שימ",
        "שבור",
        "שבורה",
        "שבורימ",
        "שבורות",
        "שמימ",
        "שמיימ",
        "מספר",
        "מספרימ",
        "מכתב",
        "מכתבימ",
        "מעבר",
        "מערב",
        "משחק",
        "משחקימ",
        "מאור",
        "מקור",
        "השכלה",
        "הוראה",
        "הודעה",
        "מחול",
        "מגרש",
        "מגרשימ",
        "משטרה",
        "בשמחה",
        "מזמנ",
        "מחשב",
        "מטבע",
        "מכונ",
        "מראה",
        "מרכב",
        "מורה",
        "הגנה",
        "הבנה",
    ]
)
LIGHT_PARTICLES: Final = frozenset("הבלו")  # may stand before a word of two letters: הגן, and not שגן
# (ending of the query's word, the endings that its forms have instead); the first that fits is used.
ENDINGS: Final = (
    ("יות", ("יה", "ית", "יות", "יותי")),  # עיריות, ספריות
    ("יה", ("יה", "ית", "יות", "יותי")),
    ("ית", ("ית", "יות")),  # תוכנית, תוכניות
    ("ות", ("ות", "ה", "ת", "")),  # רחובות, בקשות
    ("ימ", ("ימ", "י", "", "ה")),  # פחים, גנים
    ("ה", ("ה", "ת", "ות")),
    ("ת", ("ת", "ות")),
    ("", ("", "ימ", "י", "ות")),
)


@lru_cache(maxsize=65536)
def text_keys(word: str) -> tuple[str, ...]:
    """Return the keys under which a normalised word of a text is looked up: itself, and its stem or spellings."""
    if is_arabic(word):
        return (EXACT + word, *arabic_readings(word))
    if not is_hebrew(word):
        return (EXACT + word, *keys(word))
    bare = [word]
    if word not in WHOLE_WORDS:
        bare += [word[len(p) :] for p in PREFIXES if word.startswith(p) and may_be_particle(p, len(word) - len(p))]
    return (EXACT + word, *dict.fromkeys(key for form in bare for key in spellings(form)))


def may_be_particle(prefix: str, left: int) -> bool:
    """Return whether letters may be particles before a word with so many letters left."""
    return left >= SHORTEST or (left == SHORTEST - 1 and LIGHT_PARTICLES.issuperset(prefix))


@lru_cache(maxsize=8192)
def query_keys(word: str, *, exact: bool = False) -> frozenset[str]:
    """Return the keys by one of which a normalised word of a query is found."""
    if exact:
        return frozenset({EXACT + word})
    if is_arabic(word):
        return frozenset(arabic_forms(word))
    if not is_hebrew(word):
        return frozenset(keys(word))
    return frozenset(key for form in hebrew_forms(word) for key in spellings(form))


def hebrew_forms(word: str) -> set[str]:
    """Return a Hebrew word with its plural and construct forms, some of which do not exist."""
    word = undouble_vowels(word)
    if len(word) < SHORTEST:
        return {word}
    for ending, others in ENDINGS:
        stem = word.removesuffix(ending)
        if word.endswith(ending) and len(stem) >= SHORTEST - 1:
            least = SHORTEST - (ending == "ימ")  # פחים, but בנות is not בן
            return {word} | {form for other in others if len(form := stem + other) >= least}
    return {word}


def arabic_forms(word: str) -> set[str]:
    """Return an Arabic word, without its article, with its regular plurals; broken plurals are words of their own."""
    word = next(
        (word.removeprefix(part) for part in ARTICLES if word.startswith(part) and len(word) > len(part) + 2), word
    )
    if word.endswith("ه"):
        return {word, word[:-1] + "ات", word[:-1] + "ت"}
    return {word, *(word + ending for ending in ("ات", "ين", "ون", "نا", "ها", "هم", "كم"))}


def arabic_readings(word: str) -> dict[str, None]:
    """Return an Arabic word of a text as it is, without article and particles, and without whose it is (بلديتنا)."""
    found = [word]
    found += [
        word.removeprefix(part)
        for part in (*ARTICLES, *PARTICLES)
        if word.startswith(part) and len(word) > len(part) + 2
    ]
    found += [form.removesuffix(end) for form in found for end in OWNERS if form.endswith("ت" + end) and len(form) > 5]
    return dict.fromkeys(found)


def spellings(form: str) -> set[str]:
    """Return a Hebrew form with its doubled vowels written once, and without the vowel of its first syllable."""
    form = undouble_vowels(form)
    if len(form) > SHORTEST and form[1] in "יו":
        return {form, form[0] + form[2:]}
    return {form}


def is_arabic(word: str) -> bool:
    """Return whether a word is written in Arabic letters."""
    return "\u0620" <= word[:1] <= "\u06ff"


def is_hebrew(word: str) -> bool:
    """Return whether a word is written in Hebrew letters."""
    return "א" <= word[:1] <= "ת"
