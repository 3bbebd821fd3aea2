"""Guess whether a text is a question to us, or the answer that a form is waiting for.

Whether there is an answer to it is decided by ``hooks.free_text``.
"""

from __future__ import annotations

from typing import Final

from kesher.language import normalise

MARKS: Final = ("?", "؟")
BEHIND: Final = " !.…)\"'״”»"
# A question without a mark begins with one of these. Words that begin other sentences as well are left out: "ما" and
# "من" in Arabic, "may" and "will" in English.
FIRST: Final = tuple(
    normalise(word) + " "
    for word in (
        *("מתי", "איפה", "היכן", "איך", "כיצד", "למה", "מדוע", "האם", "לאן", "מאיפה", "כמה", "מי", "איזה", "אילו"),
        *("מה", "מהו", "מהי", "מהם", "מהן", "אפשר", "יש לכם"),
        *("متى", "أين", "وين", "كيف", "كم", "لماذا", "ليش", "هل", "ماذا", "شو", "ما هي", "ما هو", "أي"),
        *("когда", "где", "как", "сколько", "почему", "зачем", "куда", "откуда", "кто", "что", "можно", "есть ли"),
        *("какой", "какая", "какое", "какие"),
        *("when", "where", "how", "why", "what", "which", "who", "whose", "is there", "are there", "is the", "are the"),
        *("do i", "do you", "does", "can i", "can you"),
    )
)


def is_question(text: str, *, marked: bool = False) -> bool:
    """Return whether a text looks like a question to us; ``marked``: only one with a question mark counts.

    ``marked``: only a question mark counts, since such answers may begin like a question ("where the school is").
    """
    if text.strip().rstrip(BEHIND).endswith(MARKS):
        return True
    return not marked and normalise(text).startswith(FIRST)


def is_bare_mark(text: str) -> bool:
    """Return whether a text is only a question mark: the person does not know what to write."""
    return any(mark in text for mark in MARKS) and not any(map(str.isalnum, text))
