"""The few sentences of a call that no dialogue says: choice of language, silence, waiting, farewell."""

from __future__ import annotations

from collections.abc import Mapping

from kesher.channels.telephone.gather import Prompt

# In the order of their keys: 1 is Hebrew.
CHOOSE_LANGUAGE = (
    Prompt("לעברית הקישו 1.", "he"),
    Prompt("للعربية اضغطوا 2.", "ar"),
    Prompt("Для русского нажмите 3.", "ru"),
    Prompt("For English press 4.", "en"),
)
LANGUAGES = tuple(prompt.lang for prompt in CHOOSE_LANGUAGE)
GREETING = {
    "he": "שלום, הגעתם אל {body}.",
    "ar": "مرحبًا، لقد اتصلتم بـ{body}.",
    "ru": "Здравствуйте! Вы позвонили: {body}.",
    "en": "Hello, you have reached {body}.",
}
NOT_HEARD = {
    "he": "לא שמענו תשובה. לשיחה עם נציגות הקישו 0, ולתפריט הקישו כוכבית.",
    "ar": "لم نسمع إجابة. للتحدث مع موظف اضغطوا 0، وللقائمة اضغطوا النجمة.",
    "ru": "Мы не услышали ответа. Чтобы поговорить с сотрудником, нажмите 0, для меню нажмите звёздочку.",
    "en": "We did not hear an answer. To talk to a person press 0, for the menu press star.",
}
RECORD = {
    "he": "נא לענות אחרי הצליל, ולסיום להקיש סולמית.",
    "ar": "يرجى الإجابة بعد النغمة، وللإنهاء اضغطوا المربع.",
    "ru": "Ответьте после сигнала и в конце нажмите решётку.",
    "en": "Please answer after the tone, and press the hash key at the end.",
}
ANYTHING_ELSE = {
    "he": "אפשר לומר עכשיו דבר נוסף, לחזור לתפריט בהקשת כוכבית, או לנתק.",
    "ar": "يمكنكم الآن قول شيء آخر، أو العودة إلى القائمة بالضغط على النجمة، أو إنهاء المكالمة.",
    "ru": "Теперь можно сказать что-то ещё, вернуться в меню звёздочкой или положить трубку.",
    "en": "You can say something else now, press star for the menu, or hang up.",
}
NOTED = {
    "he": "הדברים נרשמו ויגיעו לצוות. תודה ולהתראות.",
    "ar": "سُجّل ما قلتم وسيصل إلى الموظفين. شكرًا وإلى اللقاء.",
    "ru": "Ваши слова записаны и дойдут до сотрудников. Спасибо, до свидания.",
    "en": "What you said is noted and reaches our staff. Thank you, and goodbye.",
}
GOODBYE = {
    "he": "תודה ולהתראות.",
    "ar": "شكرًا وإلى اللقاء.",
    "ru": "Спасибо, до свидания.",
    "en": "Thank you, goodbye.",
}


def greet(names: Mapping[str, str]) -> tuple[Prompt, ...]:
    """Return the words by which a public body answers the telephone, in its first language; () without a name."""
    known = next((lang for lang in names if lang in GREETING), "")
    return (Prompt(GREETING[known].format(body=names[known]), known),) if known else ()


def speak(texts: dict[str, str], lang: str) -> Prompt:
    """Return a sentence of this module in a language, in English if it has no such."""
    known = lang if lang in texts else "en"
    return Prompt(texts[known], known)
