"""Find the date, hour, amount of money and count that a message says; a number is at most one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from kesher.language import FoundNumber, find_dates, find_hours, find_numbers
from kesher.understanding.slots.place_words import FLAT, word_set

Span = tuple[int, int]

_CURRENCY_AFTER: Final = re.compile(
    r"\s*(?:₪|ש[\"״'׳]{0,2}ח\b|שח\b|שקל|שקלים|שקלי|شيكل|شيقل|شاقل|شواكل|شيكلات|шек|₪|nis\b|ils\b|shekel|shekalim|sheqel|shkalim)",
    re.IGNORECASE,
)
_CURRENCY_BEFORE: Final = re.compile(r"(?:₪|nis|ils|ש[\"״]ח)\s*$", re.IGNORECASE)
_BEFORE: Final = re.compile(r"([^\W\d_]+(?:['’׳״\"][^\W\d_]+)*)[\s:,.'’-]*$")
_AFTER: Final = re.compile(r"\s*[-–]?\s*([^\W\d_]+(?:['’׳״\"][^\W\d_]+)*)")
_LETTER: Final = re.compile(r"[^\W\d_](?![^\W_])")
_IS: Final = re.compile(r"\b(?:i|she|he|they|we)(?:['’]?m|['’]s|['’]re| am| is| are)\s*$", re.IGNORECASE)
# Words after a number that make it a time, a measure or an age, and no count of pieces or people.
MEASURES: Final = word_set("""
יום ימים יומיים שבוע שבועות חודש חודשים שנה שנים שנתיים שעה שעות דקה דקות רגע מטר מטרים סנטימטר קילו קילומטר קמ אחוז אחוזים
מעלות פעם פעמים בבוקר בערב בלילה בצהריים אחהצ לחודש ליטר דונם אלף
يوم ايام اسبوع اسابيع شهر اشهر شهور سنة سنين سنوات ساعة ساعات دقيقة دقايق دقائق متر امتار سنتي كيلو كم بالمية مرة مرات
الصبح المسا مساء صباحا العصر الظهر الفجر بالليل درجات
день дня дней сутки суток неделя недели недель неделю месяц месяца месяцев год года лет час часа часов минута минуты минут
метр метра метров см кг км процент процентов раз раза утра вечера ночи градусов
day days week weeks month months year years yrs yo hour hours hr hrs min mins minute minutes metre metres meter meters km
cm kg percent times am pm oclock degrees st nd rd th
""")
# Words before a number that is the number of something.
NAMES: Final = FLAT | word_set("""
שגיאה משלם כיתה גן חוזר תקנה סעיף גיל קוד סיסמה ספרות שנת
خطأ روضة الصف
ошибка код садик школа
error class grade school kindergarten code password version channel
""")
PAID: Final = word_set("""
שילמתי שילמנו שולם לשלם חויבתי חייב חייבת בסך סכום מחיר עולה עלה קנס החזר תשלום גבו
دفعت دفعنا ادفع بسعر سعر مبلغ المبلغ غرامة كلفني
заплатил заплатила заплатили оплатил оплатила сумма сумму цена стоит штраф
paid pay charged cost costs fee price amount fine owe refund
""")
PAST: Final = word_set("""
היה היתה הייתה היו שילמתי שילמנו פניתי כתבתי דיברתי התקשרתי קיבלתי נפל נפלה פינו שכחתי השארתי איבדתי הגשתי הזמנתי אמרו
كان كانت دفعت دفعنا وقعت وقع حكيت اتصلت قدمت نسيت تركت ضيعت صار صارت
был была было были заплатил заплатила оплатил оплатила подал подала подали звонил звонила писал писала упал упала забыл забыла
was were paid left lost fell called wrote submitted had forgot applied
""")
WANTED: Final = word_set("""
רוצה רוצים אפשר אפשרי מבקש מבקשת אבקש צריך צריכה תרשמו לרשום להזמין הזמנה תור פגישה כרטיס כרטיסים אשמח נרצה לבטל תבטלו לקבוע מחר
بدي بدنا بدك ممكن لازم موعد حجز احجز احجزولي تذكرة تذاكر تذكرتين سجلوني الغاء إلغاء عنا بكرا
хочу хотим можно нужна нужен нужно запишите запись встреча билет билета билетов отмените прошу хотел хотела завтра
want would like need book booking ticket tickets reserve meeting appointment cancel register can could please tomorrow
""")


def find_quantities(
    text: str, houses: Sequence[Span], today: date, *, report: bool
) -> tuple[dict[str, str], list[Span]]:
    """Return {date, hour, amount, count} of a text, without what it does not say, and where it says moments.

    ``houses``: where house numbers stand, which are no counts; ``report``: whether it reports what happened.
    """
    days = find_dates(text, today, past=tells_of_past(text, report=report))
    hours = find_hours(text)
    numbers = [one for one in find_numbers(text) if not overlaps(one, houses)]
    moments = [(one.start, one.end) for one in (*days, *hours)]
    amounts = [one for one in numbers if is_amount(text, one, moments)]
    taken = [*moments, *((one.start, one.end) for one in amounts)]
    counts = [one for one in numbers if not overlaps(one, taken) and is_count(text, one)]
    found = {}
    if days:
        found["date"] = days[0].date.isoformat()
    if hours:
        found["hour"] = f"{hours[0].time:%H:%M}"
    if amounts:
        found["amount"] = plain_number(amounts[0].value)
    if counts:
        found["count"] = plain_number(counts[0].value)
    return found, moments


def tells_of_past(text: str, *, report: bool) -> bool:
    """Return whether a text tells of what happened, by its words; where they say nothing, whether it is a report."""
    said = word_set(" ".join(re.findall(r"[^\W\d_]+", text)))
    past, wanted = bool(said & PAST), bool(said & WANTED)
    return past if past != wanted else report


def overlaps(one: FoundNumber, spans: Iterable[Span]) -> bool:
    """Return whether a number shares a character with one of these spans."""
    return any(one.start < end and start < one.end for start, end in spans)


def is_amount(text: str, one: FoundNumber, moments: Sequence[Span]) -> bool:
    """Return whether a number is an amount of money: beside a currency, or alone after a word of paying."""
    if one.value <= 0:
        return False
    if _CURRENCY_AFTER.match(text, one.end) or _CURRENCY_BEFORE.search(text[: one.start]):
        return True
    if overlaps(one, moments) or word_after(text, one.end):
        return False
    return word_before(text, one.start) in PAID


def is_count(text: str, one: FoundNumber) -> bool:
    """Return whether a number counts pieces or people: a whole one, before a word that is no measure."""
    said = text[one.start : one.end]
    figure = said[:1].isdigit()
    if one.value != int(one.value) or one.value < (1 if figure else 2):
        return False
    if figure and (len(said) > 1 and said[0] == "0" or _LETTER.match(text, one.end) or text[: one.start].endswith("#")):
        return False
    if word_before(text, one.start) in NAMES or _IS.search(text[: one.start]) and not counted(text, one.end):
        return False
    after = word_after(text, one.end)
    return after not in MEASURES and bool(after or not figure)


def counted(text: str, end: int) -> bool:
    """Return whether a word that may be counted follows: "we are 12 families"."""
    after = word_after(text, end)
    return bool(after) and after not in MEASURES and after not in CONNECTING


CONNECTING: Final = word_set("and or but with in on at from live years ו עם و и с")


def word_before(text: str, start: int) -> str:
    """Return the normalised word right before a place in a text; "" for none."""
    found = _BEFORE.search(text[max(0, start - 40) : start])
    return next(iter(word_set(found[1]))) if found else ""


def word_after(text: str, end: int) -> str:
    """Return the normalised word right after a place in a text; "" for none."""
    found = _AFTER.match(text, end)
    return next(iter(word_set(found[1])), "") if found else ""


def plain_number(value: Decimal) -> str:
    """Return a number in plain digits: whole, or with two decimals."""
    return str(int(value)) if value == int(value) else f"{value:.2f}"
