"""The words of dates: months, weekdays, relative days, and what stands beside them, in four languages."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from kesher.language.normalisation import normalise
from kesher.language.quantities import hebrew_calendar as hebrew
from kesher.language.quantities.number_vocabulary import NUMBER_WORDS
from kesher.language.quantities.tokens import Phrasebook, word_set


class Span(NamedTuple):
    """A length of time in days and months. ``is_week``: that a whole week is meant, in which a weekday may lie."""

    days: int = 0
    months: int = 0
    is_week: bool = False


class Weekday(NamedTuple):
    """A weekday (Monday is 0). ``since``: that its prefix says since when, so that it lies in the past."""

    number: int
    since: bool = False


class Side(Enum):
    """Which of two weekdays is meant."""

    PAST = "past"
    NEXT = "next"
    THIS = "this"  # today, or the next one


# The names of a month in a line; Arabic ones are Levantine, Egyptian and Maghribi.
_MONTHS: Final = """ינואר, كانون الثاني, كانون ثاني, يناير, ينايير, январь, января, январе, янв, january, jan
פברואר, شباط, فبراير, февраль, февраля, феврале, фев, february, feb
מרץ, מרס, آذار, اذار, مارس, март, марта, марте, march, mar
אפריל, نيسان, أبريل, ابريل, إبريل, апрель, апреля, апреле, апр, april, apr
מאי, أيار, ايار, مايو, май, мая, мае, may
יוני, حزيران, يونيو, يونيه, июнь, июня, июне, june, jun
יולי, تموز, يوليو, يوليه, июль, июля, июле, july, jul
אוגוסט, آب, أغسطس, август, августа, августе, авг, august, aug
ספטמבר, أيلول, ايلول, سبتمبر, сентябрь, сентября, сентябре, сен, сент, september, sep, sept
אוקטובר, تشرين الأول, تشرين أول, أكتوبر, октябрь, октября, октябре, окт, october, oct
נובמבר, تشرين الثاني, تشرين ثاني, نوفمبر, ноябрь, ноября, ноябре, ноя, november, nov
דצמבר, كانون الأول, كانون أول, ديسمبر, декабрь, декабря, декабре, дек, december, dec"""
MONTHS: Final = Phrasebook(
    [(line, month) for month, line in enumerate(_MONTHS.splitlines(), 1)], ("", "ב", "ל", "ב-", "ב־", "ل")
)
# Verbs, too: a month only with a capital letter or beside an ordinal.
OTHER_WORDS: Final = frozenset({"may", "march", "mar", "jan"})
HEBREW_MONTHS: Final = Phrasebook(
    [
        ("ניסן, nisan, nissan, нисан, нисана", hebrew.NISAN),
        ("אייר, איר, iyar, iyyar, ияр, ияра", hebrew.IYAR),
        ("סיוון, סיון, sivan, сиван, сивана", hebrew.SIVAN),
        ("תמוז, tammuz, tamuz, таммуз, таммуза, тамуза", hebrew.TAMMUZ),
        ("אב, מנחם אב, av, ав, ава", hebrew.AV),
        ("אלול, elul, элул, элула, элуля", hebrew.ELUL),
        ("תשרי, tishrei, tishri, тишрей, тишрея", hebrew.TISHRI),
        ("חשוון, חשון, מרחשוון, מרחשון, cheshvan, heshvan, хешван, хешвана", hebrew.HESHVAN),
        ("כסלו, כסליו, kislev, кислев, кислева", hebrew.KISLEV),
        ("טבת, tevet, teves, тевет, тевета", hebrew.TEVET),
        ("שבט, shevat, shvat, sh’vat, шват, швата, шеват, шевата", hebrew.SHEVAT),
        ("אדר א, אדר ראשון, adar i, adar a, adar rishon, адара 1, адар ришон", hebrew.ADAR),
        ("אדר, אדר ב, אדר שני, adar, adar ii, adar sheni, адар, адара", hebrew.ADAR_SECOND),
    ],
    ("", "ב", "ל"),
)
# Days that are named after their date.
FEASTS: Final = Phrasebook(
    [
        ("tu bishvat, tu b’shvat, tu b shvat, tu beshvat", (hebrew.SHEVAT, 15)),
        ("ту бишват, ту би шват, ту-бишват, طو بشفاط", (hebrew.SHEVAT, 15)),
        ("tu b’av, tu bav, ту бе-ав, ту бе ав", (hebrew.AV, 15)),
        ("ל״ג בעומר, lag baomer, lag ba’omer, лаг баомер, лаг ба омер", (hebrew.IYAR, 18)),
    ],
    ("", "ב", "ל"),
)
_TENS: Final = ("", "י", "כ", "ל")
_ONES: Final = ("", *"אבגדהוזחט")
HEBREW_DAYS: Final = {
    **{normalise(_TENS[day // 10] + _ONES[day % 10]): day for day in range(1, 31)},
    normalise("טו"): 15,
    normalise("טז"): 16,
}
HEBREW_FIGURES: Final = {
    **{letter: number for number, letter in enumerate("אבגדהוזחט", 1)},
    **{letter: number * 10 for number, letter in enumerate("יכלמנסעפצ", 1)},
    **{letter: number * 100 for number, letter in enumerate("קרשת", 1)},
}
_WEEKDAYS: Final = """שני, ב | الاثنين, الإثنين, الاتنين, التنين | понедельник, понедельника, понедельнику | monday
שלישי, ג | الثلاثاء, الثلاثا, التلاتا, التلات, الثلاث | вторник, вторника, вторнику | tuesday
רביעי, ד | الأربعاء, الأربعا, الاربع | среда, среду, среды, среде | wednesday
חמישי, ה | الخميس | четверг, четверга, четвергу | thursday
שישי, ששי, ו | الجمعة | пятница, пятницу, пятницы, пятнице | friday
שבת, ש | السبت | суббота, субботу, субботы, субботе | saturday
ראשון, א | الأحد | воскресенье, воскресенья, воскресенью | sunday"""
_SHORT_ENGLISH: Final = ("mon", "tue, tues", "wed", "thu, thur, thurs", "fri", "sat", "sun")
_SHORT_CUES: Final = ("on", "since", "last", "next", "this", "by", "until")


def _weekdays() -> list[tuple[str, Weekday]]:
    """Return the phrases of each weekday; in Hebrew with "day" or a preposition, since "second" is no Monday."""
    found = []
    for number, line in enumerate(_WEEKDAYS.splitlines()):
        hebrew_names, *others = line.split(" | ")
        found += [(other, Weekday(number)) for other in others]
        names = hebrew_names.split(", ")
        long = names[0]
        for start in ("יום", "ביום", "ליום", "שביום", "וביום"):
            found += [(f"{start} {name}", Weekday(number)) for name in names]
        found += [(f"{start} {name}", Weekday(number, since=True)) for start in ("מיום", "מאז יום") for name in names]
        found += [(f"ב{long}", Weekday(number)), (f"מ{long}", Weekday(number, since=True))]
        found += [(name, Weekday(number)) for name in (long, f"ל{long}", f"ה{long}")]
        for arabic in others[0].split(", "):
            stem = arabic.removeprefix("ال")
            found += [(f"{day} {arabic}", Weekday(number)) for day in ("يوم", "اليوم", "نهار", "ليوم", "بيوم")]
            found += [(f"لل{stem}, ب{arabic}, و{arabic}", Weekday(number))]
        if long == "שבת":
            found += [("מוצ״ש, במוצ״ש, מוצאי שבת, במוצאי שבת", Weekday(number))]
        short = _SHORT_ENGLISH[number]
        found += [(f"{cue} {name}", Weekday(number)) for cue in _SHORT_CUES[:1] for name in short.split(", ")]
        found += [(f"since {name}, last {name}", Weekday(number, since=True)) for name in short.split(", ")]
        found += [(f"next {name}, this {name}", Weekday(number)) for name in short.split(", ")]
    return found


WEEKDAYS: Final = Phrasebook(_weekdays())
_HEBREW_NAMES: Final = ("ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי")
# "In the first case": these words are weekdays unless a noun follows; bare only before "next" or "last".
WITHOUT_DAY: Final = frozenset(normalise(prefix + name) for prefix in "במ" for name in _HEBREW_NAMES)
BARE: Final = frozenset(normalise(prefix + name) for prefix in ("", "ה", "ל") for name in [*_HEBREW_NAMES, "שבת"])
EVERY: Final = word_set("כל בכל every each каждый каждую каждое каждой كل")
BEFORE: Final = Phrasebook(
    [
        ("since, last, this past, past, ever since, מאז", Side.PAST),
        ("прошлый, прошлая, прошлую, прошлое, прошлой, прошлого", Side.PAST),
        ("минувший, минувшую, минувшее, с прошлой, с прошлого, с, со, من, منذ", Side.PAST),
        ("next, this coming, coming, следующий, следующую, следующее, следующей, ближайший, ближайшую", Side.NEXT),
        ("ближайшее, будущий, будущую", Side.NEXT),
        ("this, эту, этот, هاد, هذا, هاي", Side.THIS),
    ]
)
AFTER: Final = Phrasebook(
    [
        ("האחרון, האחרונה, שעבר, שעברה, שחלף, שחלפה", Side.PAST),
        ("الماضي, الماضية, اللي فات, اللي فاتت, الي فات, الفائت", Side.PAST),
        ("اللي مضى, اللي راح, last, прошлый, прошлая", Side.PAST),
        ("הבא, הבאה, הקרוב, הקרובה, الجاي, الجاية, القادم, القادمة, المقبل, المقبلة, اللي جاي, الجايه", Side.NEXT),
        ("next, следующий", Side.NEXT),
        ("הזה, הזאת, هاد, هذا", Side.THIS),
    ]
)
_PREFIXES: Final = ("", "ל", "מ", "ש", "ו", "ב", "ול", "כש", "و", "ل", "ب", "من")
RELATIVE: Final = Phrasebook(
    [
        ("היום, הערב, הלילה, הבוקר, اليوم, النهارده, النهاردة, الليلة, هالليلة, هاليوم", Span(0)),
        ("сегодня, today, tonight, this morning, this evening, this afternoon", Span(0)),
        ("מחר, בכרה, بكرا, بكرة, بكره, باكر, غدا, غدًا, الغد, يوم الغد, завтра, завтрашний", Span(1)),
        ("tomorrow, tommorow, tomorow, tommorrow, tmrw, tmr", Span(1)),
        ("מחרתיים, מחרתים, בעוד יומיים, بعد بكرا, بعد بكرة, بعد بكره, بعد غد, بعد الغد, послезавтра", Span(2)),
        ("day after tomorrow, the day after tomorrow, overmorrow", Span(2)),
        ("אתמול, אמש, مبارح, امبارح, إمبارح, أمس, امس, البارح, البارحة, вчера, yesterday, last night", Span(-1)),
        ("שלשום, أول مبارح, اول امبارح, أول امبارح, أولمبارح, قبل مبارح, أول أمس, أمس الأول, اول البارح", Span(-2)),
        ("позавчера, day before yesterday, the day before yesterday, לפני יומיים", Span(-2)),
        ("שבוע שעבר, השבוע שעבר, בשבוע שעבר, בשבוע שחלף, الأسبوع الماضي, الأسبوع اللي فات", Span(-7, 0, True)),
        ("الاسبوع الفائت, на прошлой неделе, прошлой неделе, с прошлой недели, last week", Span(-7, 0, True)),
        ("שבוע הבא, בשבוע הבא, השבוע הבא, الأسبوع القادم, الأسبوع الجاي, الأسبوع المقبل", Span(7, 0, True)),
        ("على الأسبوع الجاي, на следующей неделе, на будущей неделе, next week", Span(7, 0, True)),
    ],
    _PREFIXES,
)
# "All day", "the whole day", "hours of the day": the same words, and no date.
NOT_TODAY_AFTER: Final = word_set("כל בכל במשך לאורך שעות באמצע מהלך טוב كل طول نفس مثل the whole all")
# What comes before or after a length of time, and its sign.
OPENS: Final = Phrasebook(
    [
        ("בעוד, עוד, בעוד כ, بعد, كمان, через, in, in about", 1),
        ("לפני, לפני כ, כבר לפני, قبل, من قبل, من", -1),
    ],
    ("", "ש", "ו", "و"),
)
OPENS_A_DAY: Final = frozenset({"בעוד"})
CITIES: Final = frozenset({normalise("לציון")})  # ראשון לציון
CLOSES: Final = Phrasebook(
    [("ago, back, назад, тому назад", -1), ("from now, from today, later, time", 1)],
)
LENGTHS: Final = Phrasebook(
    [
        ("יום, ימים, يوم, أيام, ايام, تيام, день, дня, дней, денек, day, days, days’", Span(1)),
        ("יומיים, يومين", Span(2)),
        ("שבוע, שבועות, أسبوع, أسابيع, اسابيع, جمعة, неделя, неделю, недели, недель, недельку", Span(7)),
        ("week, weeks, week’s, weeks’, wk, wks", Span(7)),
        ("שבועיים, أسبوعين, جمعتين, fortnight", Span(14)),
        ("חודש, חודשים, شهر, أشهر, شهور, تشهر, месяц, месяца, месяцев, month, months", Span(0, 1)),
        ("חודשיים, شهرين", Span(0, 2)),
        ("полгода, חצי שנה, نص سنة, نصف سنة, half a year", Span(0, 6)),
        ("שנה, שנים, سنة, سنين, سنوات, عام, год, года, лет, year, years", Span(0, 12)),
        ("שנתיים, سنتين, عامين", Span(0, 24)),
    ],
    ("", "כ"),
)
COUNTS: Final = Phrasebook([("a couple of, couple of, пару, пару-тройку, זוג", 2), ("a few", 3), ("a, an", 1)])
DAY_ARTICLES: Final = frozenset(map(normalise, ("the", "ה", "ב", "ל", "מ", "ب", "ال", "يوم", "в", "on")))
BETWEEN: Final = frozenset(map(normalise, ("of", "לחודש", "בחודש", "ל", "ב", "חודש", "شهر", "من", "من شهر", "месяца")))
OF_THE_MONTH: Final = Phrasebook([("לחודש, בחודש, числа, число, الشهر, بالشهر, of the month, of this month", True)])
# Words after which "3/12" is a date; after others it is a flat ("Herzl 12/3") or a fraction.
DATE_CUES: Final = word_set("""ב ל מ ה עד בתאריך תאריך מתאריך לתאריך יום ביום מיום ליום שני שלישי רביעי חמישי
שישי שבת ראשון מאז מה בין לבין
        on by until till from since to date dated of after before between and monday tuesday wednesday thursday friday
        saturday sunday due в на с со до от к после перед числа дата понедельник вторник среду четверг пятницу субботу
        воскресенье в يوم تاريخ بتاريخ من لـ ل ب في حتى لغاية الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة
        السبت قبل بعد""")
# Words before which "3 ל-12" is a day and a month, and those after which "3 בספטמבר" is an age and a month.
SAYS_A_DAY: Final = word_set("ב ה עד תאריך בתאריך לתאריך יום ביום")
SAYS_AN_AGE: Final = word_set("בן בת בני בנות לבן לבת כבן כבת aged age turns")
NOT_DATES: Final = frozenset({"24/7", "1/2", "1/3", "2/3", "1/4", "3/4", "7/24"})
_RUSSIAN_ORDINALS: Final = """перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат
тринадцат четырнадцат
пятнадцат шестнадцат семнадцат восемнадцат девятнадцат двадцат"""
_ENGLISH_ORDINALS: Final = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh
twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
_ARABIC_ORDINALS: Final = "الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر"
# "The fifth-tenth", "the fifth and twentieth".
_TAILS: Final = (("عشر", 10), ("والعشرين", 20), ("والعشرون", 20), ("والثلاثين", 30))
ORDINAL_TAILS: Final = {normalise(word): days for word, days in _TAILS}
_HEBREW_ORDINALS: Final = "ראשון שני שלישי רביעי חמישי שישי שביעי שמיני תשיעי עשירי"
ORDINALS: Final = {
    **{
        normalise(stem + ending): day
        for day, stem in [*enumerate(_RUSSIAN_ORDINALS.split(), 1), (30, "тридцат")]
        for ending in (("ьего", "ье", "ьему") if stem == "трет" else ("ого", "ое", "ому"))
    },
    **{word: day for day, word in [*enumerate(_ENGLISH_ORDINALS.split(), 1), (30, "thirtieth")]},
    **{normalise(word): day for day, word in enumerate(_ARABIC_ORDINALS.split(), 1)},
    **{normalise(word): day for word, day in (("الحادي", 1), ("العشرين", 20), ("العشرون", 20), ("الثلاثين", 30))},
    **{
        prefix + normalise(word): day
        for day, word in enumerate(_HEBREW_ORDINALS.split(), 1)
        for prefix in ("", "ה", "ב", "ל")
    },
}
_LETTER_PREFIXES: Final = ("", *"בלמהוש")
LETTER_DAYS: Final = {
    prefix + letters: day for prefix in reversed(_LETTER_PREFIXES) for letters, day in HEBREW_DAYS.items()
}
_BOOKS: Final = (MONTHS, FEASTS, RELATIVE, OPENS, COUNTS, LENGTHS, WEEKDAYS)
FIRST_WORDS: Final = frozenset({*ORDINALS, *LETTER_DAYS, *NUMBER_WORDS}.union(*(book.first_words for book in _BOOKS)))
