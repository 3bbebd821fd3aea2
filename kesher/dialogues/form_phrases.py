"""What people write in a form besides the answer: that they leave it, want something else, or correct an answer.

Everything is data, in four languages. A phrase is compared word by word, without marks and capitals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kesher.language import normalise, words

Phrases = tuple[tuple[str, ...], ...]


def as_phrases(*several: str) -> Phrases:
    """Return phrases that stand between commas, as words, the longest first."""
    found = {tuple(words(phrase)) for text in several for phrase in text.split(",")}
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


def as_words(*several: str) -> frozenset[str]:
    """Return words that stand between blanks, normalised."""
    return frozenset(normalise(word) for text in several for word in text.split())


# Words before what somebody has to say: "oh wait, …".
FILLERS: Final = as_words(
    "oh ah ok okay well wait hey please sorry hmm um so and then just actually but",
    "אה אוי רגע שניה שנייה טוב נו אוקיי אוקי בבקשה סליחה אז ו פשוט בעצם",
    "اه اوه لحظة طيب يعني بس لو سمحت سمحتم من فضلك فضلكم اسف عفوا استنى",
    "ой ну ладно подождите подожди погодите погоди так хорошо пожалуйста извините простите а и просто",
)
# "Forget it, …": whoever begins so leaves the form.
LEAVING: Final = as_phrases(
    "forget it, forget about it, forget this, forget that, never mind, nevermind, leave it, drop it, not important",
    "changed my mind, i changed my mind, i have changed my mind, doesnt matter, it doesnt matter, scrap that",
    "עזוב, עזבי, עזבו, עזוב את זה, עזבי את זה, עזבו את זה, תשכח מזה, תשכחי מזה, תשכחו מזה, שכח מזה, שכחו מזה",
    "לא משנה, לא חשוב, לא חשוב לי, התחרטתי, שיניתי את דעתי, שיניתי דעתי, ירדתי מזה, ויתרתי, תעזבו, תעזוב, תעזבי",
    "انسى, انسي, انسوا, انسى الموضوع, خلص, خلاص, خليها, خلص خليها, مش مهم, ما بدي, غيرت رايي, بطلت, سيبك, بلاش, لا يهم",
    "забудь, забудьте, забудь об этом, забудьте об этом, неважно, не важно, не надо, оставьте, оставь, передумал",
    "передумала, я передумал, я передумала, ладно неважно, бросьте, уже не нужно, уже не надо",
)
# "I want to …", anywhere in a text: it asks for something, and names no place and no person.
WANTING: Final = as_phrases(
    "i want to, i would like to, id like to, i d like to, i wanna, let me, can i, could i, i need to, how do i",
    "i wish to, i want a, i want my, give me",
    "אני רוצה, רוצה ל, בוא, בואו, בואי, אפשר, אני מבקש, אני מבקשת, ברצוני, אני צריך, אני צריכה, איך אני, תנו לי, תן לי",
    "בא לי, אני מעוניין, אני מעוניינת, אשמח",
    "بدي, بدنا, اريد, أريد, نريد, ممكن, حابب, حابة, عايز, كيف بقدر, كيف فيني, لازم, أود, خلوني, خليني",
    "хочу, я хочу, хотел бы, хотела бы, хотелось бы, мне нужно, мне надо, можно, давайте, давай, дайте, как мне",
)
# What begins a correction: a sure one, and a "no" that is one only where a comma follows or an answer is named.
CORRECTING: Final = as_phrases(
    "i meant, i mean, i meant to say, i meant to write, sorry i meant, correction, my mistake, oops, change it to",
    "change that to, it should be, should be, it is actually, its actually, i was wrong, wrong its",
    "not that its, rather",
    "התכוונתי, התכוונתי ל, אני מתכוון, אני מתכוונת, טעות, טעיתי, תיקון, אופס, צריך להיות, תשנו ל, תשנה ל, לשנות ל",
    "זה בעצם, בעצם זה, לא נכון, לא נכון זה, כלומר, תתקנו ל",
    "قصدي, اقصد, كنت اقصد, انا قصدي, انا اقصد, غلط, غلطت, انا غلطت, تصحيح, بالاحرى, لازم يكون, غيروها ل, بدل",
    "я имел в виду, я имела в виду, имел в виду, имела в виду, имею в виду, я ошибся, я ошиблась, ошибся, ошиблась",
    "поправка, исправление, исправьте на, поменяйте на, точнее, вернее, должно быть, на самом деле, то есть, ой нет",
)
REFUSING: Final = as_phrases("no, nope, not", "לא, לא לא", "لا, لأ, مش", "нет, не, неа")
NO: Final = frozenset(word for phrase in REFUSING for word in phrase)
# "Not Herzl 5 but Herzl 15": what follows is meant.
BUT: Final = as_words("but", "אלא", "بل ولكن", "а")
# What somebody names who wants to answer a question once more: names of slots and fields, and their words.
NAMED: Final[Mapping[str, frozenset[str]]] = {
    "name": as_words("name names", "שם השם שמי", "اسم الاسم اسمي", "имя имени"),
    "place": as_words(
        "place location street address where",
        "מקום המקום רחוב הרחוב כתובת הכתובת מיקום המיקום",
        "مكان المكان شارع الشارع عنوان العنوان موقع الموقع",
        "место улица улицу адрес",
    ),
    "topic": as_words("topic subject", "נושא הנושא", "موضوع الموضوع", "тема тему"),
    "words": as_words("description text", "תיאור התיאור טקסט", "وصف الوصف نص", "описание текст"),
    "photo": as_words("photo picture image", "תמונה התמונה", "صورة الصورة", "фото фотография фотографию снимок"),
    "count": as_words("number quantity", "כמות הכמות מספר", "عدد العدد كمية الكمية", "количество число"),
    "amount": as_words("amount sum price", "סכום הסכום מחיר המחיר", "مبلغ المبلغ سعر السعر", "сумма сумму цена цену"),
    "date": as_words("date day", "תאריך התאריך יום היום", "تاريخ التاريخ يوم اليوم", "дата дату день"),
    "hour": as_words("hour time", "שעה השעה", "ساعة الساعة وقت الوقت", "час время"),
}
# What a form may be about: "the other petition", "not this one".
THINGS: Final = as_words(
    "petition petitions contest contests vote purchase purchases one topic poll competition",
    "עצומה העצומה תחרות התחרות הצבעה ההצבעה רכישה הרכישה קנייה הקנייה משאל",
    "عريضة العريضة مسابقة المسابقة تصويت التصويت شراء الشراء صفقة الصفقة",
    "петиция петицию петиции конкурс конкурса голосование покупка покупку закупка закупку",
)
ANOTHER: Final = as_words(
    "other another different wrong not change again",
    "אחר אחרת השני השנייה השניה לא שונה לשנות תשנו שגוי שגויה טעות נכון נכונה",
    "اخر آخر اخرى أخرى الثاني التاني الثانية التانية ثاني تاني تانية ثانية مش ليس ليست غير غيروا غلط خطأ تغيير",
    "другой другая другую другое не неверное неверный неправильно неправильное поменять изменить сменить исправить",
)
AROUND: Final = FILLERS | as_words(
    "no the a an this that my is it i want to for in give mean meant",
    "לא את ה זה זאת זו הזה הזאת הזו שלי אני רוצה של הוא היא כתבתי ב התכוונתי ל על",
    "لا هذا هذه هاي هاد هذي بدي اريد ال على لي في قصدي مو هو هي",
    "нет это эта эту этот моё мой моя хочу я на в нужно надо мне имя",
    "at on by near of from here there its im i am",
    "כאן פה זה אני ליד מול רח שם",
    "هنا هون عند جنب قرب قبال في انا",
    "здесь тут там у возле около по это я",
)
# "I have no photo": words of lacking, and words around them.
WITHOUT: Final = as_words(
    "no not without none dont havent nope", "אין בלי ללא לא", "لا ما مافي بدون مش ليس معنديش", "нет без не нету"
)
HAVING: Final = as_words(
    "have got one any with me now right have available send t",
    "לי יש עכשיו כרגע שום צילמתי לצרף",
    "عندي معي معاي في هلا هلق حاليا ابعت",
    "у меня есть сейчас пока никакого никакой с собой",
)
# "Yes of course", "no thanks": the answer first, then only such words.
YES: Final = as_words(
    "yes yeah yep yup sure ok okay of course certainly definitely gladly absolutely",
    "כן בטח ברור בוודאי בהחלט כמובן אוקיי אוקי בסדר יאללה סבבה בשמחה",
    "نعم اه آه ايوه أيوه اكيد أكيد طبعا تمام ماشي بالتاكيد بكل سرور",
    "да ага конечно ок окей разумеется безусловно согласен согласна",
)
THANKS: Final = as_words("thanks thank you", "תודה רבה", "شكرا", "спасибо")
MARKS: Final = ",،.-–—:!"


def beginning(said: Sequence[str], phrases: Phrases, before: frozenset[str] = FILLERS) -> int:
    """Return how many first words of a text are one of these phrases, with words of ``before``; 0 without a phrase."""
    for at in range(len(said)):
        for phrase in phrases:
            if phrase and tuple(said[at : at + len(phrase)]) == phrase:
                return at + len(phrase)
        if said[at] not in before:
            break
    return 0


def contains(said: Sequence[str], phrases: Phrases) -> bool:
    """Return whether one of these phrases is in a text."""
    joined = f" {' '.join(said)} "
    return any(f" {' '.join(phrase)} " in joined for phrase in phrases)


def leaves(text: str) -> bool:
    """Return whether a text begins as one that leaves the form ("forget it, …")."""
    return beginning(words(text), LEAVING) > 0


def wants(text: str) -> bool:
    """Return whether a text asks for something ("I want to …"), or leaves the form."""
    said = words(text)
    return contains(said, WANTING) or beginning(said, LEAVING) > 0


def yes_or_no(text: str) -> bool | None:
    """Return whether a text is a yes with polite words, or a no with them; None for any other text."""
    said = words(text)
    if not said:
        return None
    if said[0] in YES and covers(said, YES | THANKS | FILLERS):
        return True
    return False if said[0] in NO and covers(said, NO | THANKS | FILLERS) else None


def asks_for_more(text: str) -> bool:
    """Return whether a text may leave the form, ask for something else or correct an answer."""
    return wants(text) or bool(corrected(text) or named_again(text)) or names_another(text)


def says_without(text: str) -> bool:
    """Return whether a text says that there is no picture ("I have no photo"), and nothing else."""
    said = words(text)
    return not WITHOUT.isdisjoint(said) and covers(said, WITHOUT | HAVING | NAMED["photo"] | AROUND)


def named_again(text: str) -> str:
    """Return the key of `NAMED` of what somebody wants to answer again ("not my name"); "" for nothing."""
    said = words(text)
    if ANOTHER.isdisjoint(said):
        return ""
    for key, nouns in NAMED.items():
        if not nouns.isdisjoint(said) and covers(said, nouns | ANOTHER | AROUND):
            return key
    return ""


def names_another(text: str) -> bool:
    """Return whether a text says that the form is about the wrong thing ("not this petition", "the other one")."""
    said = words(text)
    mentioned = not ANOTHER.isdisjoint(said) and not THINGS.isdisjoint(said)
    return mentioned and covers(said, THINGS | ANOTHER | AROUND)


def covers(said: Iterable[str], known: frozenset[str]) -> bool:
    """Return whether all words of a text are among these."""
    return all(word in known for word in said)


def corrected(text: str, *, strict: bool = False) -> str:
    """Return what a correction puts right, without its opening ("no, Herzl 15": "Herzl 15"); "" if it is none.

    ``strict``: where the answer itself may begin with "no", only a mark after it makes it an opening.
    """
    said = words(text)
    length = beginning(said, CORRECTING, FILLERS | NO)
    if not length and (length := beginning(said, REFUSING)):
        opening, rest = split_words(text, length)
        if strict and opening[-1:] not in MARKS and rest[:1] not in MARKS:
            return ""
    _opening, rest = split_words(text, length)
    behind = next((at for at, word in enumerate(words(rest)) if word in BUT and at), None)
    if behind is not None:
        _before, rest = split_words(rest, behind + 1)
    return rest.strip(f" {MARKS}") if length else ""


def split_words(text: str, count: int) -> tuple[str, str]:
    """Return (the first ``count`` words of a text, the rest), both as they were written."""
    parts = text.split()
    at = 0
    while at < len(parts) and count > 0:
        count -= len(words(parts[at]))
        at += 1
    return " ".join(parts[:at]), " ".join(parts[at:])
