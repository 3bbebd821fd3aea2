"""Is it a question to us, or the answer that a form waits for? By the look of the words alone; whether we have an
answer to it is for whoever listens to ``hooks.free_text``."""

from __future__ import annotations

from typing import Final

from kesher.language import normalise

MARKS: Final = ("?", "؟")
BEHIND: Final = " !.…)\"'״”»"
# With these a question begins in which nobody wrote the mark. What begins other sentences as well is left out: "ما" and
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
    """Do these words look like a question? ``marked``: only the mark at the end says so, since such answers may begin
    like one ("where the school is")."""
    if text.strip().rstrip(BEHIND).endswith(MARKS):
        return True
    return not marked and normalise(text).startswith(FIRST)


def is_bare_mark(text: str) -> bool:
    """A question mark and nothing else: somebody does not know what to write."""
    return any(mark in text for mark in MARKS) and not any(map(str.isalnum, text))
