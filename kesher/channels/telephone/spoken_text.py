"""Prepare a text for text-to-speech: without links and marks, with long numbers and receipts read sign by sign."""

from __future__ import annotations

import re

# A link with the words that lead to it: "Your rights: https://…".
LINK = re.compile(r"(?:(?<=[.!?\n])[^.!?:\n]{0,80}:)?\s*https?://\S+")
# Direction marks, emphasis and bullets; a voice reads some of them aloud.
MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069*_~`•#]")
# Characters that XML 1.0 does not allow, besides the surrogates.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
TOKEN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
DIGITS = re.compile(r"[0-9]+")
SPELT_FROM = 5  # digits; a year is read as a number, a request's number is not
ENDS = (".", "?", "!", ":", ",", "؟", "…", ";")


def make_speakable(text: str) -> str:
    """Return a text as a voice should read it: one paragraph, each line ended by a full stop."""
    plain = MARKS.sub("", CONTROL.sub(" ", LINK.sub("", text)))
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    ended = [line if line.endswith(ENDS) else f"{line}." for line in lines if line]
    return spell_numbers(" ".join(ended))


def spell_numbers(text: str) -> str:
    """Return a text in which long numbers, and codes of letters and digits, are written with spaces between signs."""
    return TOKEN.sub(lambda found: spell_token(found[0]), text)


def spell_token(token: str) -> str:
    """Return a word of Latin letters and digits with spaces between its signs if it is a code or a long number."""
    mixed = any(sign.isdecimal() for sign in token) and any(sign.isalpha() for sign in token)
    long = any(len(run) >= SPELT_FROM for run in DIGITS.findall(token))
    return " ".join(token.replace("-", "")) if mixed or long else token
