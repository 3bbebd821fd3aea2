"""The words of which spoken numbers are made, and the words around figures that say what they are."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final, NamedTuple

from kesher.language.normalisation import normalise
from kesher.language.quantities.tokens import Phrasebook, word_set


class Role(Enum):
    """What a word does in a number: adds to it, multiplies what stands before it, or says a part of one."""

    ADDS = "adds"
    MULTIPLIES = "multiplies"
    ONLY_MULTIPLIES = "only_multiplies"  # a plural: "thousands" alone is no number
    PART = "part"


class NumberWord(NamedTuple):
    """A word of a number. ``prefix``: letters glued before it; ``with_and``: whether they say "and"."""

    value: Decimal
    role: Role
    lang: str
    prefix: int = 0
    with_and: bool = False


# A value and its words: genders, construct forms, cases, dialects. Values from 1000 on are said as one word.
_ADDS: Final = {
    "he": """1 אחת אחד
2 שתיים שתים שניים שתי שני זוג
3 שלוש שלושה שלש שלשה שלושת
4 ארבע ארבעה ארבעת
5 חמש חמישה חמשה חמשת חמישת
6 שש שישה ששה ששת שישת
7 שבע שבעה שבעת
8 שמונה שמונת
9 תשע תשעה תשעת
10 עשר עשרה עשרת
20 עשרים
30 שלושים שלשים
40 ארבעים
50 חמישים חמשים
60 שישים ששים
70 שבעים
80 שמונים
90 תשעים
200 מאתיים מאתים
2000 אלפיים אלפים""",
    "ar": """1 واحد واحدة أحد إحدى
2 اثنا اثنتا اثني اثنتي اثنان اثنين اثنتان اثنتين تنين ثنتين تنتين
3 ثلاثة ثلاث تلاتة تلات تلت ثلث
4 أربعة أربع
5 خمسة خمس
6 ستة ست
7 سبعة سبع
8 ثمانية ثماني ثمان تمانية تمان تمن ثمن
9 تسعة تسع
10 عشرة عشر
11 حداشر احداشر حدعش احدعش
12 اتناشر اطناشر طنعش اثناعش تناعش اطنعش اثنعش
13 تلتاشر تلطاشر تلطعش ثلطعش تلتعش ثلاثطعش
14 أربعتاشر أربعطاشر أربعطعش أربعتعش
15 خمستاشر خمسطاشر خمسطعش خمستعش
16 ستاشر سطاشر ستعش سطعش ستطعش
17 سبعتاشر سبعطاشر سبعطعش سبعتعش
18 تمنتاشر تمنطاشر تمنطعش ثمنطعش تمنتعش
19 تسعتاشر تسعطاشر تسعطعش تسعتعش
20 عشرون عشرين
30 ثلاثون ثلاثين تلاتين
40 أربعون أربعين
50 خمسون خمسين
60 ستون ستين
70 سبعون سبعين
80 ثمانون ثمانين تمانين
90 تسعون تسعين
200 مئتان مئتين مائتان مائتين ميتين متين
300 ثلاثمئة ثلاثمائة ثلاثمية تلاتمية تلتمية ثلثمية
400 أربعمئة أربعمائة أربعمية
500 خمسمئة خمسمائة خمسمية
600 ستمئة ستمائة ستمية
700 سبعمئة سبعمائة سبعمية
800 ثمانمئة ثمانمائة ثمانمية تمانمية تمنمية
900 تسعمئة تسعمائة تسعمية
2000 ألفان ألفين
2000000 مليونان مليونين""",
    "ru": """1 один одна одно одного одной одну одному одним одном
1.5 полтора полторы полутора
2 два две двух двум двумя двое двоих двоим
3 три трех трем тремя трое троих троим
4 четыре четырех четырем четырьмя четверо четверых
5 пять пяти пятью пятеро пятерых
6 шесть шести шестью шестеро шестерых
7 семь семи семеро семерых
8 восемь восьми восемью восьмью
9 девять девяти девятью
10 десять десяти десятью десяток
11 одиннадцать одиннадцати
12 двенадцать двенадцати
13 тринадцать тринадцати
14 четырнадцать четырнадцати
15 пятнадцать пятнадцати
16 шестнадцать шестнадцати
17 семнадцать семнадцати
18 восемнадцать восемнадцати
19 девятнадцать девятнадцати
20 двадцать двадцати двадцатью
30 тридцать тридцати тридцатью
40 сорок сорока
50 пятьдесят пятидесяти
60 шестьдесят шестидесяти
70 семьдесят семидесяти
80 восемьдесят восьмидесяти
90 девяносто девяноста
100 сто ста
150 полтораста
200 двести двухсот
300 триста трехсот
400 четыреста четырехсот
500 пятьсот пятисот
600 шестьсот шестисот
700 семьсот семисот
800 восемьсот восьмисот
900 девятьсот девятисот""",
    "en": """1 one
2 two
3 three
4 four
5 five
6 six
7 seven
8 eight
9 nine
10 ten
11 eleven
12 twelve
13 thirteen
14 fourteen
15 fifteen
16 sixteen
17 seventeen
18 eighteen
19 nineteen
20 twenty
30 thirty
40 forty fourty
50 fifty
60 sixty
70 seventy
80 eighty
90 ninety""",
}
_MULTIPLIES: Final = {
    "he": "12 תריסר\n100 מאה\n1000 אלף\n1000000 מיליון מליון",
    "ar": "100 مية مئة مائة\n1000 ألف الف\n1000000 مليون",
    "ru": "12 дюжина дюжину\n1000 тысяча тысячу тыща тыщу тыс\n1000000 миллион млн",
    "en": "12 dozen\n100 hundred\n1000 thousand\n1000000 million",
}
_ONLY_MULTIPLIES: Final = {
    "he": "100 מאות\n1000 אלפים אלפי\n1000000 מיליוני",
    "ar": "1000 آلاف تلاف الاف\n1000000 ملايين",
    "ru": "12 дюжины дюжин\n1000 тысячи тысяч тысячам тысячами тыщ\n1000000 миллиона миллионов",
    "en": "",
}
_PARTS: Final = {
    "he": "0.5 חצי\n0.25 רבע",
    "ar": "0.5 نص نصف\n0.25 ربع",
    "ru": "0.5 половина половину половиной пол\n0.25 четверть четвертью",
    "en": "0.5 half\n0.25 quarter",
}
# Prefixes that may be glued before a number, and whether they say "and".
_PREFIXES: Final = {
    "he": {"": 0, "ו": 1, "ב": 0, "ל": 0, "מ": 0, "כ": 0, "ה": 0, "וב": 1, "ול": 1, "ומ": 1, "וכ": 1},
    "ar": {"": 0, "و": 1, "ب": 0, "ل": 0, "ال": 0, "وب": 1, "ول": 1, "وال": 1, "بال": 0, "لل": 0, "عال": 0},
    "ru": {"": 0},
    "en": {"": 0},
}
# "The second", "the century", "is united", "she laughed at".
_NEVER: Final = word_set(
    "השני השתי המאה כאחד האחד מאחד מרבע ומחצי المية بالمية الواحد الست والست للست الأحد والأحد بالأحد للأحد"
)


def _words() -> dict[str, NumberWord]:
    """Return {normalised word with its prefix: what it does in a number}; a word without a prefix comes first."""
    found: dict[str, NumberWord] = {}
    tables = (
        (Role.ADDS, _ADDS),
        (Role.MULTIPLIES, _MULTIPLIES),
        (Role.ONLY_MULTIPLIES, _ONLY_MULTIPLIES),
        (Role.PART, _PARTS),
    )
    for whole_words in (True, False):
        for role, table in tables:
            for lang, lines in table.items():
                for line in lines.splitlines():
                    value, *words = line.split()
                    for prefix, says_and in _PREFIXES[lang].items():
                        for word in words:
                            entry = NumberWord(Decimal(value), role, lang, len(prefix), bool(says_and))
                            plain = prefix + normalise(word)
                            if (prefix == "") == whole_words and plain not in _NEVER:
                                found.setdefault(plain, entry)
    return found


NUMBER_WORDS: Final = _words()
# אלפים is both "two thousand" without its second yod and "thousands": after a number it multiplies.
BOTH_DUAL_AND_PLURAL: Final = normalise("אלפים")
# The Arabic dual of feminine nouns says "two" without a word for it (تذكرتين); participles and times look alike.
DUAL: Final = "تين"
DUAL_LEAST: Final = 5  # letters
NO_DUALS: Final = word_set("ساكتين فايتين ثابتين مرتين ساعتين سنتين جمعتين بايتين صامتين ملفتين شامتين بسكوتين")
GLUED_HALF: Final = "пол"  # полмиллиона
ARTICLES: Final = frozenset({"a", "an"})
AND: Final = frozenset(map(normalise, ("and", "ו", "و", "с"))) | ARTICLES
# Arabic مية is also water, نص a text, ربع a circle of friends; quarter and пол are other things, too.
# Alone, they are numbers only before a unit.
NEEDS_UNIT: Final = word_set("مية نص ربع ثلث أحد إحدى اثنا اثني quarter пол четверть רבע اثنين الاثنين")
UNITS: Final = word_set("""שקל שקלים שקלי שקלא ש״ח שח אג׳ אגורות דולר דולרים יורו אירו קילו ק״ג קג גרם טון
ליטר מטר מטרים מ׳ ס״מ קמ ק״מ
        קילומטר דונם חדרים שעה שעות שעתיים דקה דקות ימים יום שבוע שבועות חודש חודשים שנה שנים מיליון אלף אלפים
        שח׳ מ״ר מ״ק ק״מ אחוז אחוזים נפש איש אנשים
        شيكل شيقل شيكلات شواكل شاقل دولار يورو كيلو كغم غرام طن لتر متر أمتار كيلومتر كم دونم ساعة ساعات
        دقيقة دقائق دقايق
        يوم أيام أسبوع شهر سنة مليون ألف بالمئة زلمة شخص
        шекель шекеля шекелей шекелях шек ш доллар долларов евро руб рублей кило кг грамм тонна литр литра литров метр
        метра метров км м см час часа часов минута минут день дня дней неделя недели месяц месяца год года лет
        миллиона тысячи процент процента процентов человек
        shekel shekels nis ils dollar dollars euro euros usd kilo kilos kg gram grams ton tons liter liters
        litre litres
        meter meters metre metres m km cm hour hours hrs minute minutes min day days week weeks month months
        year years
        million percent people mile miles""")
ABBREVIATION_MOST: Final = 4  # letters of a word that ends in a full stop before its number: "кв. 4", "no. 12"
MONEY_SIGNS: Final = frozenset("₪$€")
# A number after one of these is a name of something: a case, a bus, a flat, a floor, an age, a year.
_NAMES: Final = """פנייה פניה פנייתי פנייתכם תיק קוד מספר מס׳ טלפון טל׳ קו אוטובוס דירה קומה כניסה בניין גיל
בן בת כיתה סעיף חלקה
גוש מגרש עמדה חדר תור שנת שנה״ל ת״ז זהות פקס אסמכתא קבלה חשבונית גרסה כביש טופס דלפק אשנב נכס משלם ועדה תב״ע
رقم طلب كود رمز خط باص شقة طابق عمر عمره عمرها صف بند قسيمة حوض سنة هوية تلفون هاتف فاكس معاملة
номер номером номеру № обращение обращения обращении заявка заявки заявке дело код коду автобус автобуса маршрут
квартира квартире кв этаж этаже возраст класс статья паспорт тел телефон факс форма форму шоссе кабинет
строение корпус подъезд
number no nr case request ticket code bus line apartment apt flat floor room age aged year gate phone tel fax id
version ref reference receipt invoice route unit section counter form road highway grade article building"""
_NAME_PREFIXES: Final = ("", "ה", "ב", "ל", "מ", "ש", "ו", "של", "ال", "ب", "ل", "بال", "لل", "و")
NAMES: Final = frozenset(
    prefix + normalise(name)
    for name in _NAMES.split()
    for prefix in (_NAME_PREFIXES if not name.isascii() and name[0] not in "номобзкдавэстпфш№" else ("",))
)
# "No one", "every one", "each other": no count. And words that only look like a number after another one.
_NOT_ONE: Final = word_set(
    "אף ואף שאף כל וכל לכל שום אחד אחת no any every each this that which another the ни каждый ещё ولا كل أي"
)
_DAYS: Final = [prefix + word for word in ("יום", "ימי", "ימים") for prefix in ("", "ב", "ל", "מ", "ה", "כל", "בכל")]
NOT_AFTER: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        map(normalise, ("אחד", "אחת", "one", "один", "одна", "одного", "одной", "واحد", "واحدة")), _NOT_ONE
    ),
    normalise("שבע"): frozenset(map(normalise, ("באר", "בבאר", "לבאר", "מבאר", "הבאר"))),
    normalise("שני"): frozenset(map(normalise, [*_DAYS, "צד", "מצד", "דבר", "חלק", "פעם", "מקום", "כיוון"])),
}
NEEDS_PLURAL: Final = frozenset(map(normalise, ("שני", "בשני", "לשני", "משני", "זוג", "לזוג")))
PLURAL_ENDINGS: Final = (normalise("ים"), "ות", "י")
# Endings of ordinals after a figure, and signs that make it something other than a quantity.
ORDINAL_ENDINGS: Final = word_set("st nd rd th й я е го ой му м ый ая ого ом ей")
# "An hour and a half": a unit alone stands for one.
ONE_AND_A_PART: Final = Phrasebook(
    [
        ("וחצי, ونص, ونصف, و نص, و نصف, and a half, с половиной", Decimal("1.5")),
        ("ורבע, وربع, و ربع, and a quarter, с четвертью", Decimal("1.25")),
    ]
)
