"""Plain texts that only say "read the HTML". Pure."""

from __future__ import annotations

import re

SHORT = 600  # letters; a placeholder is a sentence or two
BEGINNING = 60  # letters that are looked for in the HTML
TIMES = 4  # as long as this many of the plain text is an HTML that says something else
LETTERS = re.compile(r"[\W_]+")
MARKUP = re.compile(r"\bhtml\b|html[-‐ ]|browser|דפדפן|браузер|متصفح", re.IGNORECASE)


def is_placeholder(plain: str, shaped: str) -> bool:
    """Does a plain text only send its reader to the HTML beside it? In: the words of both. An honest plain text says
    what the HTML says, so its beginning stands there, too."""
    said, whole = letters(plain), letters(shaped)
    if len(plain.strip()) > SHORT or not whole or said[:BEGINNING] in whole:
        return False
    return bool(MARKUP.search(plain)) or len(whole) > TIMES * len(said)


def letters(text: str) -> str:
    return LETTERS.sub("", text).casefold()
