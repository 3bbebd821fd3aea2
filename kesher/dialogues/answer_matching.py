"""Match what a person typed to one of the options offered, and recognise global words ("menu", "stop")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kesher.language import digits, distance_at_most_one, normalise, number_word, words

# Understood at any point, in four languages.
GLOBALS: dict[str, tuple[str, ...]] = {
    "menu": (
        *("menu", "help", "תפריט", "עזרה"),
        *("القائمة", "قائمة", "مساعدة", "меню", "помощь"),
    ),
    "back": ("back", "חזרה", "אחורה", "חזור", "رجوع", "للخلف", "назад", "#"),
    "cancel": ("cancel", "quit", "ביטול", "בטל", "לבטל", "إلغاء", "الغاء", "отмена", "отменить"),
    "agent": (
        *("agent", "person", "human", "נציג", "נציגה", "נציג/ה", "לדבר עם נציג", "מענה אנושי"),
        *("موظف", "موظفة", "التحدث مع موظف", "оператор", "сотрудник", "человек"),
    ),
    "stop": (
        *("stop", "stopall", "unsubscribe", "opt out", "optout", "end", "revoke"),
        *("סטופ", "הסר", "הסרה", "הסירו", "להסיר"),
        *("הפסק", "הפסיקו", "להפסיק", "עצור", "עצרו"),
        *("إيقاف", "ايقاف", "أوقف", "أوقفوا", "توقف", "وقف", "وقفوا", "إلغاء الاشتراك"),
        *("стоп", "отписаться", "отпишите", "отписка"),
    ),
    # It takes a "stop" back; otherwise it shows the menu.
    "start": (
        *("start", "unstop", "התחל", "התחלה", "להתחיל"),
        *("ابدأ", "البدء", "старт", "начать"),
    ),
    "stop_all": ("stop all", "הסר הכל", "הסר הכול", "إيقاف الكل", "стоп все"),
    "language": ("language", "lang", "שפה", "לשנות שפה", "لغة", "اللغة", "язык"),
    "continue": ("continue", "המשך", "להמשיך", "متابعة", "продолжить"),
    "skip": ("skip", "דלג", "דילוג", "تخطي", "пропустить"),
}
# What carriers take for "start" after a "stop" (CTIA, Short Code Monitoring Handbook).
CARRIER_START = frozenset({"yes"})
LANGUAGE_NAMES = {
    "he": ("עברית", "hebrew", "иврит", "العبرية"),
    "ar": ("العربية", "عربي", "arabic", "ערבית", "арабский"),
    "ru": ("русский", "russian", "רוסית", "الروسية", "по-русски"),
    "en": ("english", "אנגלית", "الإنجليزية", "английский"),
}
# A sentence that asks for a person: a word of wanting, a word for a person (or a word of talking and one for anybody),
# and nothing else. It is strict because a form may wait for text, and a slogan may mention people who talk.
_PERSON = """
נציג נציגה פקיד פקידה אנושי agent human operator representative موظف موظفة مندوب
оператор оператором оператора сотрудник сотрудником сотрудника
"""
_ANYBODY = """
מישהו מישהי אדם בנאדם someone somebody person حدا شخص انسان человек человеком человека кемнибудь
"""
_TALK = """
לדבר דבר נדבר לשוחח תעבירו העבירו להעביר talk speak chat connect transfer احكي احكى اتحدث التحدث اتكلم نحكي
поговорить говорить связаться соединить соедините позовите позвать переключите переведите
"""
_WANT = """
אפשר אוכל רוצה רוצים מבקש מבקשת צריך צריכה חייב חייבת תנו תן תני תעבירו העבירו can could may want like need connect
transfer put بدي بدنا اريد نريد ممكن لازم хочу хотел хотела можно нужно надо соедините позовите переключите переведите
"""
_AROUND = """
אני אנחנו אל עם אותי לי כאן פה בבקשה נא שלום היי בן אמיתי אמיתית i we would to with a an real live please hi hello me
through انا مع الى من فضلك فضلكم لو سمحت سمحتم مرحبا я мы с со к на мне меня нас живым живой пожалуйста здравствуйте
"""
_person, _anybody, _talk, _want, _around = (
    frozenset(map(normalise, several.split())) for several in (_PERSON, _ANYBODY, _TALK, _WANT, _AROUND)
)

ASKING_MOST = 80
PICKUP_START = "c-"  # how a deep link carries a pick-up code (t.me/…?start=c-ABC2345)

_globals = {normalise(word): name for name, words in GLOBALS.items() for word in words}
_languages = {normalise(word): code for code, words in LANGUAGE_NAMES.items() for word in words}


def find_global_word(text: str) -> str | None:
    """Return which global command ("menu", "back", "stop" …) a text is; None if it is none."""
    found = _globals.get(normalise(text)) or ("back" if text.strip() == "#" else None)
    return found or ("agent" if asks_for_person(text) else None)


def is_carrier_start(text: str) -> bool:
    """Return whether a text is a word that phone carriers treat as "start messages again"."""
    return normalise(text) in CARRIER_START


def asks_for_person(text: str) -> bool:
    """Return whether a sentence asks for a human instead of the bot, and nothing else.

    "I want to talk to somebody", "תנו לי נציג".
    """
    said = set(words(text)) if len(text) < ASKING_MOST else set()
    asked = bool(said & _person) or bool(said & _talk and said & _anybody)
    return asked and bool(said & _want) and said <= _person | _anybody | _talk | _want | _around


def find_pickup_code(text: str) -> str | None:
    """Return the code by which a form begun elsewhere is continued ("continue …", a link's "c-…"), or None."""
    if text.startswith(PICKUP_START):
        return text.removeprefix(PICKUP_START).strip() or None
    first, _space, rest = text.strip().partition(" ")
    return rest.strip() if rest.strip() and _globals.get(normalise(first)) == "continue" else None


def find_language(text: str) -> str | None:
    """Return the code of the language that this text names; None if it names none."""
    return _languages.get(normalise(text))


def match(
    text: str, shown: Mapping[str, str], options: Sequence[Mapping[str, object]], *, loose: bool = True
) -> str | None:
    """Return the key of the option that a typed text means (number, title or synonym); None if none or two match.

    ``shown``: {typed key: option key}; ``options``: [{key, title, synonyms}]. The order of rules: shown key, number
    word, exact title or synonym, unique beginning, one typing error (the last two only if ``loose``).
    """
    typed = digits(text).strip().strip(".)( ").strip()
    if typed in shown:
        return shown[typed]
    number = number_word(text)
    if number is not None and str(number) in shown:
        return shown[str(number)]
    wanted = normalise(text)
    if not wanted:
        return None
    names = {str(option["key"]): option_words(option) for option in options}
    for test in (is_exact, is_beginning, is_misspelt) if loose else (is_exact,):
        found = [key for key, words in names.items() if test(wanted, words)]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def option_words(option: Mapping[str, object]) -> list[str]:
    """Return the normalised title and synonyms of an option, each of which chooses it."""
    synonyms = option.get("synonyms") or ()
    assert isinstance(synonyms, list | tuple)
    return [normalise(str(word)) for word in (option["title"], *synonyms)]


def is_exact(wanted: str, words: list[str]) -> bool:
    """Return whether one of the words is the text that was typed."""
    return wanted in words


def is_beginning(wanted: str, words: list[str]) -> bool:
    """Return whether one of the words begins with the typed text (of 3 letters or more)."""
    return len(wanted) >= 3 and any(word.startswith(wanted) for word in words)


def is_misspelt(wanted: str, words: list[str]) -> bool:
    """Return whether one of the words is one typing error away from the typed text (of 4 letters or more)."""
    return len(wanted) >= 4 and any(len(word) >= 4 and distance_at_most_one(wanted, word) for word in words)
