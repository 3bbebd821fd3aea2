"""Tell in which language a post is written, also Hebrew and Arabic in Latin letters, and whether it asks something."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from kesher.language import detect

DATA: Final = Path(__file__).with_name("data")
LETTERS: Final = {
    "he": re.compile("[\u05d0-\u05ea]"),
    "ar": re.compile("[\u0620-\u064a\u066e-\u06d3]"),
    "ru": re.compile("[\u0400-\u052f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f]"),
    "other": re.compile("[^\\W\\d_A-Za-z\u00c0-\u024f\u05d0-\u05ea\u0620-\u06ff\u0400-\u052f]"),
}
# Languages that share a script with one of ours: signs that ours does not have.
STRANGERS: Final = {
    "he": re.compile("[\u05f0-\u05f2\ufb1f\ufb2e\ufb2f]|\\b(?:איז|און|נישט|האָט|זיי|פֿון|פון די)\\b"),  # Yiddish
    "ar": re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc\u0679\u0688\u06ba\u06be\u06d2]"),  # Persian, Urdu
    "ru": re.compile("[\u0456\u0457\u0454\u0491\u045e\u0458\u0459\u045a\u0452\u045b\u0406\u0407\u0404\u0490]"),
}
STRANGE_LEAST: Final = 2  # such signs, so that one name does not decide
LINK: Final = re.compile(r"https?://|www\.|[@#]|[^@]+@", re.IGNORECASE)  # how such a word begins
TRANSLITERATED: Final = ("he-Latn", "ar-Latn")
LATIN_WORD: Final = re.compile(r"[a-z\u00e0-\u024f0-9'’`]+")
# In Arabic chat, digits stand for letters that Latin has not: 7ofra, 3ala, share3, 2albi.
ARABIZI: Final = re.compile(r"[a-z]*[23579][a-z]+[23579]?[a-z]*|[a-z]{2,}[37]")
UNIT: Final = re.compile(r"\d(?:st|nd|rd|th|am|pm|km|kg|cm|mm|min|mb|gb|[a-z])|[a-z]\d[a-z]|mp[34]")


@cache
def word_lists(file: str) -> dict[str, frozenset[str]]:
    """Return {language: words} of a file of the folder `data`."""
    rows = (line.split("\t") for line in (DATA / file).read_text(encoding="utf-8").splitlines())
    return {language: frozenset(words.split()) for language, words in rows}


def without_links(text: str) -> str:
    """Return a text without its links, mentions, hashtags and mail addresses."""
    return " ".join(word for word in text.split() if not LINK.match(word))


def post_language(text: str) -> str:
    """Return "he", "ar", "ru", "en", "he-Latn", "ar-Latn" (in Latin letters), or "other"."""
    plain = without_links(text)
    counts = {script: len(pattern.findall(plain)) for script, pattern in LETTERS.items()}
    script = max(counts, key=counts.__getitem__)
    if not counts[script] or script == "other":
        return "other"
    if script == "latin":
        return latin_language(plain.lower())
    if len(STRANGERS[script].findall(plain)) >= STRANGE_LEAST:
        return "other"
    return detect(plain) or script


def latin_language(text: str) -> str:
    """Return the language of a text in Latin letters: the one whose small words it has most.

    A tie is English, and else no language of ours.
    """
    said = LATIN_WORD.findall(text.replace("’", "'"))
    found = {code: sum(word in words for word in said) for code, words in word_lists("function_words.tsv").items()}
    found["ar-Latn"] += 2 * sum(bool(ARABIZI.fullmatch(word)) for word in said if not UNIT.fullmatch(word))
    best = max(found, key=lambda code: (found[code], code == "en", code not in TRANSLITERATED))
    return best if best in ("en", *TRANSLITERATED) or not found[best] else "other"


def is_question(text: str, language: str) -> bool:
    """Return whether a text asks something: by its question mark, or by its first word."""
    plain = without_links(text)
    if any(mark in plain for mark in "?؟"):
        return True
    said = re.findall(r"[^\W_]+", plain.lower())
    return bool(said) and said[0] in word_lists("question_words.tsv").get(language, frozenset())
