"""Recognise a mail's plain text that only says "please read the HTML version"."""

from __future__ import annotations

import re

SHORT = 600  # letters; a placeholder is a sentence or two
BEGINNING = 60  # letters to find in the HTML
TIMES = 4  # HTML longer than this many plain texts says something else
LETTERS = re.compile(r"[\W_]+")
MARKUP = re.compile(r"\bhtml\b|html[-‐ ]|browser|דפדפן|браузер|متصفح", re.IGNORECASE)


def is_placeholder(plain: str, shaped: str) -> bool:
    """Return whether a plain text only refers its reader to the HTML beside it.

    `shaped` is the text of the HTML. An honest plain text says what the HTML says, so its beginning is there too.
    """
    said, whole = letters(plain), letters(shaped)
    if len(plain.strip()) > SHORT or not whole or said[:BEGINNING] in whole:
        return False
    return bool(MARKUP.search(plain)) or len(whole) > TIMES * len(said)


def letters(text: str) -> str:
    """Return a text reduced to its letters, case-folded, for comparison with another version."""
    return LETTERS.sub("", text).casefold()
