"""What people ask about a thing while its form runs ("when does it end?", "how many signed?"), and the answers.

A skill names its facts (`Entry.facts`), each with the ways in which people ask for it: those below that are common, or
its own. All words of one way must be in the question, in any order and form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kesher.language import likeness, normalise, words

ALIKE: Final = 0.8  # likeness from which two words are forms of one
ASKED_MOST: Final = 14  # words of a question; a longer text tells something


@dataclass(frozen=True, slots=True)
class Fact:
    """The answer to a question about a thing.

    ``keys``: ways to ask for it in any language, each the words that it must contain; ``words``: the answer, in the
    reader's language.
    """

    keys: Sequence[str]
    words: str


ENDS: Final = (
    *("end", "ends", "until when", "how long", "deadline", "last day", "when close", "when over"),
    *("נגמר", "מסתיים", "מסתיימת", "נסגר", "נסגרת", "עד מתי", "תאריך אחרון", "יום אחרון", "כמה זמן"),
    *("ينتهي", "تنتهي", "بتخلص", "بيخلص", "حتى متى", "لايمتى", "لحد متى", "آخر موعد", "آخر يوم", "كم باقي"),
    *("заканчивается", "закончится", "кончается", "до какого", "до когда", "крайний срок", "последний день"),
)
COUNT: Final = (
    *("how many signed", "how many people", "how many already", "how many voted", "how many joined", "how many far"),
    *("כמה חתמו", "כמה חתימות", "כמה אנשים", "כמה הצביעו", "כמה הצטרפו", "כמה כבר", "כמה משתתפים"),
    *("كم وقع", "كم وقعوا", "كم توقيع", "كم شخص", "كم واحد", "كم صوت", "كم صوتوا", "كم انضم", "كم مشارك"),
    *("сколько подписали", "сколько подписей", "сколько человек", "сколько людей", "сколько проголосовали"),
    *("сколько уже", "сколько присоединились", "сколько участников"),
)
GOAL: Final = (
    *("how many need", "how many needed", "how many signatures", "what happens", "what then", "what next", "goal"),
    *("כמה צריך", "כמה חתימות צריך", "מה יקרה", "מה קורה", "ומה אז", "מה היעד", "מה המטרה"),
    *("كم لازم", "كم توقيع لازم", "ماذا يحدث", "شو بصير", "ماذا بعد", "شو بعدين", "ما الهدف", "شو الهدف"),
    *("сколько нужно", "сколько надо", "что будет", "что дальше", "что потом", "какая цель"),
)
PRICE: Final = (
    *("how much", "price", "cost", "costs"),
    *("כמה עולה", "כמה זה עולה", "מה המחיר", "מחיר", "כמה כסף", "עלות"),
    *("بكم", "قديش", "كم السعر", "كم سعر", "السعر", "كم التكلفة", "كم بكلف"),
    *("сколько стоит", "какая цена", "цена", "почём", "стоимость"),
)
AUTHOR: Final = (
    *("who started", "who wrote", "who organises", "who organizes", "who is behind", "whose petition", "who made"),
    *("מי פתח", "מי כתב", "מי יזם", "מי מארגן", "מי מארגנת", "מי עומד", "מי התחיל"),
    *("مين كتب", "من كتب", "مين بدأ", "من بدأ", "مين نظم", "من ينظم", "مين وراء", "من وراء", "مين صاحب"),
    *("кто написал", "кто начал", "кто организует", "кто автор", "кто создал", "кто стоит", "кто организатор"),
)
PRIVACY: Final = (
    *("who sees", "who can see", "see my name", "is it secret", "secret", "anonymous", "anonymously", "my number"),
    *("מי רואה", "יראו", "השם שלי", "סודי", "חסוי", "אנונימי", "בעילום שם", "מספר שלי"),
    *("مين بشوف", "من يرى", "مين رح يشوف", "سري", "سرية", "مجهول", "بدون اسم", "اسمي", "رقمي"),
    *("кто видит", "кто увидит", "увидят", "тайно", "тайное", "анонимно", "моё имя", "мой номер"),
)
UNDO: Final = (
    *("take it back", "change my mind", "cancel later", "withdraw later", "undo", "change my vote"),
    *("להתחרט", "לבטל אחר כך", "לחזור בי", "לקחת בחזרה", "לשנות אחר כך", "לשנות את ההצבעה", "למשוך"),
    *("أتراجع", "اتراجع", "التراجع", "أسحب", "اسحب", "اغير رأيي", "ألغي بعدين", "اغير صوتي"),
    *("передумать", "передумаю", "отозвать", "отменить потом", "забрать назад", "изменить голос"),
)
CHOICES: Final = (
    *("what options", "which options", "what choices", "what are the options", "what can choose", "between what"),
    *("מה האפשרויות", "אילו אפשרויות", "איזה אפשרויות", "בין מה", "ממה בוחרים"),
    *("ما الخيارات", "شو الخيارات", "أي خيارات", "بين شو", "بين ماذا"),
    *("какие варианты", "из чего", "между чем", "какой выбор"),
)
PICKUP: Final = (
    *("where pick", "where collect", "where get", "when pick", "when collect", "when delivered", "delivery", "pickup"),
    *("איפה אוספים", "מאיפה אוספים", "מתי אוספים", "איפה מקבלים", "מתי מקבלים", "איסוף", "משלוח", "מתי מגיע"),
    *("وين الاستلام", "أين الاستلام", "متى الاستلام", "من وين استلم", "وين بستلم", "التوصيل", "متى بوصل"),
    *("где забирать", "где забрать", "когда забирать", "где получить", "когда получу", "доставка", "самовывоз"),
)


_ABOUT: Final = tuple(
    normalise(words)
    for words in (
        *("what about", "how is", "what is happening with", "what happened to", "what became of", "where does"),
        *("מה עם", "מה קורה עם", "מה קרה עם", "מה המצב של", "מה המצב עם", "איפה עומדת", "מה עלה בגורל"),
        *("شو صار ب", "شو صار مع", "شو وضع", "ما وضع", "ماذا حدث", "ماذا عن", "شو اخبار", "وين وصلت"),
        *("что с", "что там с", "как дела с", "как там", "что стало с", "в каком состоянии"),
    )
)


def asks_about(text: str) -> bool:
    """Return whether a text asks how it is with a thing, and for nothing in particular ("what about the petition?")."""
    return normalise(text).startswith(_ABOUT)


def find_fact(text: str, facts: Sequence[Fact]) -> Fact | None:
    """Return the fact for which a text asks; None if it asks for none of them, or tells something.

    Of several, the one of the way with the most words: "how many need to sign" before "how many".
    """
    said = words(text)
    if not said or len(said) > ASKED_MOST:
        return None
    best, most = None, 0
    for fact in facts:
        for key in fact.keys:
            wanted = words(key)
            if len(wanted) > most and all(any(likeness(want, one) >= ALIKE for one in said) for want in wanted):
                best, most = fact, len(wanted)
    return best
