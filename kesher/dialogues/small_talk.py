"""Recognise greetings, thanks and emoji, which need no answer and reopen no request; and questions to us."""

from __future__ import annotations

from typing import Final

from kesher.language import normalise, words

GREETINGS = (
    *("hi", "hello", "hey", "good morning", "good evening", "good afternoon", "good day", "start"),
    *("שלום", "היי", "הי", "אהלן", "הלו", "בוקר טוב", "ערב טוב", "לילה טוב", "צהריים טובים", "שבת שלום", "שבוע טוב"),
    *("مرحبا", "السلام عليكم", "سلام", "اهلا", "أهلا", "هلا", "صباح الخير", "مساء الخير", "صباح النور"),
    *(
        "привет",
        "здравствуйте",
        "здравствуй",
        "добрый день",
        "доброе утро",
        "добрый вечер",
        "доброго дня",
        "приветствую",
    ),
)
THANKS = (
    *("thanks", "thank you", "thank", "thx", "many thanks", "cheers", "much appreciated"),
    *("תודה", "תודות", "רב תודות", "המון תודה", "אלף תודות", "יישר כוח", "תנקס"),
    *("شكرا", "شكراً", "مشكور", "مشكورة", "مشكورين", "يسلمو", "يعطيكم العافية", "الف شكر"),
    *("спасибо", "благодарю", "большое спасибо", "спс", "спасибочки"),
)
_AROUND = """
there to you all everyone dear team again so very much a lot for your the help kind service quick answer and
לכם לך לכולם וברכה רבה מאוד מראש על העזרה עזרה השירות התשובה המהירה צוות יקר יקרים גם שוב ענקית גדולה באמת לכולכם
لكم لك جميعا كثيرا جزيلا وسهلا وسهلًا ورحمة الله وبركاته عليكم على المساعدة و يا جدا وعليكم السلام
вам тебе всем огромное большое за помощь ответ очень и команда ещё раз вас
"""
_greetings, _thanks = (tuple(tuple(words(phrase)) for phrase in phrases) for phrases in (GREETINGS, THANKS))
_AROUND_WORDS = frozenset(map(normalise, _AROUND.split()))
_known = {word for phrase in (*_greetings, *_thanks) for word in phrase} | _AROUND_WORDS


def begins_politely(text: str, phrases: tuple[tuple[str, ...], ...]) -> bool:
    """Return whether a text is one of these phrases and, after it, only polite words."""
    said = words(text)
    if not any(tuple(said[: len(phrase)]) == phrase for phrase in phrases):
        return False
    return all(word in _known for word in said)


def is_greeting(text: str) -> bool:
    """Return whether a text is only a greeting."""
    return begins_politely(text, _greetings)


def is_thanks(text: str) -> bool:
    """Return whether a text is only thanks."""
    return begins_politely(text, _thanks)


def is_wordless(text: str) -> bool:
    """Return whether a text has no letter or digit, but signs: an emoji, dots, a question mark."""
    return bool(text.strip()) and not any(map(str.isalnum, text))


def is_small_talk(text: str) -> bool:
    """Return whether a text is a greeting, thanks or without words."""
    return is_greeting(text) or is_thanks(text) or is_wordless(text)


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
