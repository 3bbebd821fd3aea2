"""Detect by its letters whether a text is Hebrew, Arabic, Russian or English."""

from __future__ import annotations

import re
from typing import Final, Literal

_SCRIPTS: Final = {
    "he": re.compile("[\u05d0-\u05ea\u05ef-\u05f2\ufb1d-\ufb4f]+"),
    "ar": re.compile(
        "[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdff\ufe70-\ufefc]+"
    ),
    "ru": re.compile("[\u0400-\u0481\u048a-\u052f]+"),
}
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+")
# An English sentence has one of these; a brand or a name in another language does not.
_ENGLISH_WORD: Final = re.compile(
    r"\b(?:the|is|are|was|a|an|in|on|at|of|to|for|and|my|your|i|we|you|it|not|no|please|how|what|where|when|who|why)\b",
    re.IGNORECASE,
)
# Words that people type in every language.
_EVERYBODYS: Final = frozenset({"ok", "okay", "k", "lol", "www", "http", "https", "pdf", "sms", "whatsapp"})
_RIGHT_TO_LEFT: Final = frozenset({"he", "iw", "yi", "ar", "fa", "ur"})


def detect(text: str, default: str | None = None) -> str | None:
    """Return "he", "ar", "ru" or "en", the language whose letters prevail in `text`, else `default`.

    Links, addresses and words that everybody types ("ok") do not count. Latin letters among another script count in
    full only if the text has an English function word. Yiddish counts as Hebrew, Persian as Arabic, Ukrainian as
    Russian, and every Latin text as English. If the language is known (a person chose it), do not ask.
    """
    if not text.isascii():
        text = _without_links(text)
        counts = {lang: sum(map(len, script.findall(text))) for lang, script in _SCRIPTS.items()}
        lang = max(counts, key=counts.__getitem__)
        if counts[lang]:
            return "en" if _english_prevails(text, counts[lang]) else lang
    words = _LATIN.findall(_without_links(text))
    foreign = len(words) <= 2 and all(word.lower() in _EVERYBODYS for word in words)
    return default if foreign else "en"


def _without_links(text: str) -> str:
    """Return a text without its web and e-mail addresses."""
    if "://" not in text and "@" not in text and "www." not in text:
        return text
    return " ".join(
        word for word in text.split() if not (word.isascii() and ("://" in word or "@" in word or "www." in word))
    )


def _english_prevails(text: str, others: int) -> bool:
    """Return whether a text that also has `others` letters of another script is mainly English."""
    latin = sum(map(len, _LATIN.findall(text)))
    if latin < others:
        return False
    return latin > 3 * others or _ENGLISH_WORD.search(text) is not None


def direction(lang: str) -> Literal["rtl", "ltr"]:
    """Return "rtl" or "ltr", the direction of a language; the region of "he-IL" does not matter."""
    return "rtl" if lang[:2].lower() in _RIGHT_TO_LEFT else "ltr"
