"""Light stemmers for Arabic, Russian and English: remove the endings of a word, without a dictionary."""

from __future__ import annotations

from typing import Final

_ARABIC_ARTICLES: Final = ("عال", "هال", "وبال", "وكال", "ولل", "وال", "بال", "كال", "فال", "لل", "ال")
_ARABIC_PARTICLES: Final = ("و", "ب", "ل", "ك", "ف")
_ARABIC_ENDINGS: Final = (
    *("يات", "تها", "تهم", "تكم", "تنا", "ات", "ها", "هم", "كم", "نا"),
    *("ون", "ين", "ان", "يه", "ه", "ي", "ا"),
)

_RUSSIAN_NOUNS: Final = (
    "ами ями иями ией иям ием иях ов ев ей ам ям ах ях ом ем ой ою ею ия ья ие ье ию ью ии ьи а е и о у ы ь ю я й"
)
_RUSSIAN_ADJECTIVES: Final = (
    "ого его ому ему ыми ими ый ий ая яя ое ее ые ие ую юю ых их ым им ейше вший вшая вшее вшие"
)
_RUSSIAN_VERBS: Final = (
    "ать ять еть ить ыть уть ала ыла ила ела али ыли или ели ал ил ел ыл "
    "ает яет ует ют ут ят ит ишь ешь ете ите аем яем"
)
_RUSSIAN_ENDINGS: Final = sorted(
    {*_RUSSIAN_NOUNS.split(), *_RUSSIAN_ADJECTIVES.split(), *_RUSSIAN_VERBS.split()},
    key=lambda ending: (-len(ending), ending),
)
_RUSSIAN_LEAST: Final = 3
_SIBILANTS: Final = ("ses", "xes", "zes", "ches", "shes")


def arabic_stems(word: str) -> set[str]:
    """Return the stems of an Arabic word; a first letter that may be a particle is kept in one, removed in another."""
    for article in _ARABIC_ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= 3:
            return {_arabic_stem(word[len(article) :])}
    stems = {_arabic_stem(word)}
    if word.startswith(_ARABIC_PARTICLES) and len(word) >= 5:
        stems.add(_arabic_stem(word[1:]))
    return stems


def arabic_spellings(word: str) -> dict[str, float]:
    """Return {the word without its article: certainty} for an Arabic word; {} if it has no article."""
    article = next((part for part in _ARABIC_ARTICLES if word.startswith(part) and len(word) - len(part) >= 3), "")
    return {word[len(article) :]: 0.97 if article == "ال" else 0.93} if article else {}


def arabic_skeletons(stem: str) -> set[str]:
    """Return the consonants that an Arabic stem shares with its broken plural.

    كلب and كلاب, شارع and شوارع, شجر and اشجار share consonants.
    """
    found = {stem[:1] + "".join(letter for letter in stem[1:] if letter not in "اوي")}
    if stem.startswith("ا") and len(stem) >= 5:
        found.add("".join(letter for letter in stem[1:] if letter not in "اوي"))
    return {bare for bare in found if len(bare) >= 3}


def _arabic_stem(word: str) -> str:
    """Return an Arabic word without its ending."""
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


_ARABIC_ROOT_BEFORE: Final = "است يست مست بت بي بن من ان ال م ت ي ن ا ب ل و"
_ARABIC_BEFORE: Final = (*_ARABIC_ROOT_BEFORE.split(), "")
_ARABIC_BEHIND: Final = ("تها", "ات", "ون", "ين", "ها", "هم", "وا", "نا", "كم", "ني", "ه", "ي", "ت", "ا", "و", "")


def arabic_roots(word: str) -> frozenset[str]:
    """Return groups of three letters that may be an Arabic word's root: تسجيل, بسجله and سجل share سجل.

    It is a guess, as in Hebrew.
    """
    if len(word) < 4:
        return frozenset({word}) if len(word) == 3 else frozenset()
    found = set()
    for before in _ARABIC_BEFORE:
        for behind in _ARABIC_BEHIND:
            if word.startswith(before) and word.endswith(behind) and len(word) - len(before) - len(behind) >= 3:
                rest = word[len(before) : len(word) - len(behind)]
                bare = rest[0] + "".join(letter for letter in rest[1:] if letter not in "اوي")
                if len(bare) == 3:
                    found.add(bare)
    return frozenset(found)


def russian_stem(word: str) -> str:
    """Return a Russian word without reflexive particle and ending, at least three letters long."""
    if word.endswith(("ся", "сь")) and len(word) >= 6:
        word = word[:-2]
    for ending in _RUSSIAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _RUSSIAN_LEAST:
            return word[: -len(ending)]
    return word


_RUSSIAN_DOINGS: Final = ("ован", "ан", "ян", "ен", "ов", "ив", "ыв", "к")


def russian_verb_stem(stem: str) -> str:
    """Return the stem of a Russian verb from the stem of its noun, or from a longer verb.

    обжалование, обжаловать; подключение, подключить; парковка, парковать.
    """
    for ending in _RUSSIAN_DOINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= 4:
            return stem[: -len(ending)]
    return stem


def english_stem(word: str) -> str:
    """Return an English word without plural, "-ed", "-ing" and silent "e": "reported" becomes "report"."""
    word = _singular(word)
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and any(vowel in stem for vowel in "aeiouy"):
            word = stem[:-1] if stem[-1] == stem[-2] and stem[-1] not in "lsz" else stem
            break
    if len(word) >= 4 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) >= 4 and word.endswith("y") else word


_FAMILY_ENDINGS: Final = ("ments", "ment", "ations", "ation", "ions", "ion", "als", "al", "ances", "ance", "ers", "er")
_ONE_SPELLING: Final = (("our", "or"), ("tre", "ter"), ("nce", "nse"), ("yse", "yze"), ("ise", "ize"))


def english_family(word: str) -> str:
    """Return the stem of the verb from which an English noun is made, British spelling made American.

    removal, remove; payment, pay; collection, collect; licence, license.
    """
    for ending in _FAMILY_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    for british, american in _ONE_SPELLING:
        if word.endswith(british):
            word = word[: -len(british)] + american
    return english_stem(word)


def _singular(word: str) -> str:
    """Return the singular of an English word."""
    if len(word) >= 5 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) >= 5 and word.endswith(_SIBILANTS):
        return word[:-2]
    if len(word) >= 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_RUSSIAN_BEFORE: Final = "пере при вы за на об от по до раз рас про у о с"


def russian_roots(stem: str) -> frozenset[str]:
    """Return the first four letters of a Russian stem without verb prefixes: оплатить and платить share плат."""
    found = {stem[len(prefix) :][:4] for prefix in ("", *_RUSSIAN_BEFORE.split()) if stem.startswith(prefix)}
    return frozenset(f"+{root}" for root in found if len(root) == 4)
