"""Mark the words of a search query in the text of an answer."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kesher.language import words

# A word as written: letters with their points, and the quotation mark of an abbreviation.
_WORD: Final = re.compile(r"\w[\w\u0591-\u05c7\u064b-\u0652]*(?:[\"'״׳’]\w+)*")


def highlight_words(text: str, matches: AbstractSet[str]) -> SafeString:
    """Return the text, escaped, with the words of ``matches`` (in normalised spelling) in ``<mark>``."""
    parts, end = [], 0
    for match in _WORD.finditer(text):
        if matches.isdisjoint(words(match[0])):
            continue
        parts += [escape(text[end : match.start()]), format_html("<mark>{}</mark>", match[0])]
        end = match.end()
    # Safe: every part went through escape() or format_html().
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308
