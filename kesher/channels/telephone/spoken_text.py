"""Prepare a text for text-to-speech: without links and marks, with long numbers and receipts read sign by sign."""

from __future__ import annotations

import re

# A link with the words that lead to it, "Your rights: https://…", or with the colon before it.
LINK = re.compile(r"(?:(?<=[.!?\n])[^.!?:\n]{0,80}:|:)?\s*https?://\S+")
# Direction marks, emphasis and bullets; a voice reads some of them aloud.
MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069*_~`•#]")
# Characters that XML 1.0 does not allow, besides the surrogates.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# A Markdown link keeps its words; a heading, quotation or list loses the sign before it.
NAMED_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\)")
LINE_START = re.compile(r"^\s*(?:>\s*|[-+–]\s+)+", re.MULTILINE)
RANGE = re.compile(r"(?<=\d)\s?[–-]\s?(?=\d{1,2}:\d{2}\b)")  # of clock times: 8:00–16:00
UNTIL = {"he": " עד ", "ar": " حتى ", "ru": " до ", "en": " to "}
SHEKELS = re.compile(r"₪\s?([0-9][0-9,.]*[0-9]|[0-9])|([0-9][0-9,.]*[0-9]|[0-9])\s?₪")
SHEKEL_WORDS = {"he": "שקלים", "ar": "شيكل", "ru": "шекелей", "en": "shekels"}
TELEPHONE = re.compile(r"(?<![\w-])(?:\+|0|\*|1-)[0-9]+(?:-[0-9]+)+(?![\w-])")
TOKEN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
DIGITS = re.compile(r"[0-9]+")
# Digits; a year is read as a number, a request's number is not, and no number begins with 0.
SPELT_FROM = 5
ENDS = (".", "?", "!", ":", ",", "؟", "…", ";")


def make_speakable(text: str, lang: str = "en") -> str:
    """Return a text as a voice should read it in a language: one paragraph, each line ended by a full stop."""
    plain = LINK.sub("", LINE_START.sub("", NAMED_LINK.sub(r"\1", CONTROL.sub(" ", text))))
    lines = [" ".join(line.split()) for line in MARKS.sub("", plain).splitlines()]
    ended = [line if line.endswith(ENDS) else f"{line}." for line in lines if line]
    return spell_numbers(name_signs(" ".join(ended), lang))


def name_signs(text: str, lang: str) -> str:
    """Return a text in which a price and the hours from and to are in words, and telephone numbers are spelled."""
    until, shekels = UNTIL.get(lang, UNTIL["en"]), SHEKEL_WORDS.get(lang, SHEKEL_WORDS["en"])
    text = SHEKELS.sub(lambda found: f"{found[1] or found[2]} {shekels}", RANGE.sub(until, text))
    return TELEPHONE.sub(lambda found: " ".join(found[0].replace("-", "")), text)


def spell_numbers(text: str) -> str:
    """Return a text in which long numbers, and codes of letters and digits, are written with spaces between signs."""
    return TOKEN.sub(lambda found: spell_token(found[0]), text)


def spell_token(token: str) -> str:
    """Return a word of Latin letters and digits with spaces between its signs if it is a code or a long number."""
    mixed = any(sign.isdecimal() for sign in token) and any(sign.isalpha() for sign in token)
    long = any(len(run) >= SPELT_FROM or (len(run) > 2 and run[0] == "0") for run in DIGITS.findall(token))
    return " ".join(token.replace("-", "")) if mixed or long else token
