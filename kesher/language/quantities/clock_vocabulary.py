"""The words of hours: what announces one, fractions before and after it, parts of the day, in four languages."""

from __future__ import annotations

from datetime import time
from enum import Enum
from typing import Final

from kesher.language.quantities.number_vocabulary import NUMBER_WORDS
from kesher.language.quantities.tokens import Phrasebook, word_set


class Part(Enum):
    """A part of the day; its value: the hour of 24 for each of the hours 1 to 12."""

    MORNING = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0)
    NOON = (13, 14, 15, 16, 17, 18, 19, 20, 9, 10, 11, 12)
    AFTERNOON = (13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 12)
    EVENING = (13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0)
    NIGHT = (1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23, 0)
    NOT_SAID = (13, 14, 15, 16, 17, 18, 7, 8, 9, 10, 11, 12)


PARTS: Final = Phrasebook(
    [
        ("בבוקר, הבוקר, לפנות בוקר, בבקר, לפנה״צ, לפני הצהריים", Part.MORNING),
        ("עם שחר, الصبح, صباحا, صباحًا, في الصباح, الصبحيات", Part.MORNING),
        ("الفجر, فجرا, فجرًا, утра, утром, in the morning, this morning, morning, ص", Part.MORNING),
        ("בצהריים, בצהרים, הצהריים, الظهر, ظهرا, ظهرًا, ع الظهر, عالظهر, днем, дня, after midday", Part.NOON),
        ("אחר הצהריים, אחרי הצהריים, אחר הצהרים, אחה״צ, بعد الظهر, بعد الضهر, العصر, عصرا", Part.AFTERNOON),
        ("in the afternoon, this afternoon, afternoon", Part.AFTERNOON),
        ("בערב, הערב, לפנות ערב, المسا, المساء, مساء, مساءً, بالمسا, في المساء, المغرب, عالمسا", Part.EVENING),
        ("вечера, вечером, in the evening, this evening, evening, م", Part.EVENING),
        ("בלילה, הלילה, כל לילה, בלילות, بالليل, كل ليلة, ليلة, ليلا, ليلًا", Part.NIGHT),
        ("الليل, في الليل, الليلة, ночи, ночью, по ночам, every night, at night, tonight, night", Part.NIGHT),
    ]
)
# "3 дня" is three days unless something says that it is an hour; ص and م are letters.
PARTS_OF_OTHER_SENSE: Final = word_set("дня днем ночи ص م morning night evening afternoon المغرب")
STRONG_CUES: Final = Phrasebook(
    [
        ("בשעה, לשעה, משעה, עד השעה, בסביבות השעה, בסביבות, השעה, שעה, שבשעה, ובשעה", True),
        ("الساعة, الساعه, عالساعة, ساعة, بالساعة, للساعة, والساعة, على الساعة, ع الساعة", True),
    ]
)
WEAK_CUES: Final = Phrasebook(
    [
        ("ב, עד, ל, אחרי, לפני, ع, على, على ال, عال, لل, حتى", True),
        ("at, around, by, until, till, before, after, с, в, к, ко, до, около, после", True),
    ]
)
# Words that may follow an hour of which only "at" says that it is one; another word is what is counted.
FOLLOW: Final = word_set("""עד ועד בדיוק בערך כי ולא אבל until till to sharp exactly and but please ровно до и но тоже
        لل حتى بالضبط بس""")
O_CLOCK: Final = Phrasebook([("o’clock, o clock, oclock, час, часа, часов, часам, ч", True)])
WHOLE: Final = Phrasebook(
    [
        ("noon, midday, полдень, полудня, полудню, 12 בצהריים", time(12)),
        ("חצות וחצי", time(0, 30)),
        ("لنص الليل, بنص الليل, بعد نص الليل, بعد منتصف الليل", time(0)),
        ("midnight, полночь, полуночи, חצות, בחצות, עד חצות, منتصف الليل, نص الليل, نصف الليل", time(0)),
    ]
)
# Fractions before an hour, in minutes added to it; those that a number of minutes opens are in MINUTES_BEFORE.
BEFORE: Final = Phrasebook(
    [
        ("half past, half", 30),
        ("quarter past, a quarter past", 15),
        ("quarter to, a quarter to, quarter till, רבע ל, без четверти", -15),
    ]
)
MINUTES_BEFORE: Final = Phrasebook([("past, after, minutes past", 1), ("to, minutes to, till", -1)])
WITHOUT: Final = frozenset({"без"})
MINUTES: Final = word_set("минут минуты דקות دقائق دقايق minutes")
QUARTER_TO: Final = frozenset({"רבע"})
# Fractions after an hour, in minutes added to it.
AFTER: Final = Phrasebook(
    [
        ("וחצי, ونص, ونصف, والنصف, و نص, و نصف, с половиной", 30),
        ("ורבע, وربع, والربع, و ربع, с четвертью", 15),
        ("وثلث, وتلت, والثلث", 20),
        ("إلا ربع, الا ربع, إلا ربعا, إلا الربع", -15),
        ("إلا ثلث, الا تلت, إلا الثلث", -20),
        ("إلا خمسة, الا خمس, إلا خمس دقائق", -5),
        ("إلا عشرة, الا عشر, إلا عشر دقائق", -10),
        ("ועשרה, ועשר דקות, وعشرة, وعشر دقائق", 10),
        ("וחמישה, וחמש דקות, وخمسة, وخمس دقائق", 5),
        ("ועשרים, ועשרים דקות", 20),
    ]
)
_ARABIC_HOURS: Final = "الواحدة الثانية الثالثة الرابعة الخامسة السادسة السابعة الثامنة التاسعة العاشرة"
HOUR_NAMES: Final = Phrasebook(
    [
        *((name, hour) for hour, name in enumerate(_ARABIC_HOURS.split(), 1)),
        ("الحادية عشرة, الحادية عشر", 11),
        ("الثانية عشرة, الثانية عشر", 12),
        ("час", 1),
        ("وحدة, الوحدة", 1),
    ]
)
_RUSSIAN_ORDINALS: Final = """первого второго третьего четвертого пятого шестого седьмого восьмого девятого десятого
одиннадцатого двенадцатого"""
# "Half of the sixth" is half past five.
HALF_OF: Final = Phrasebook(
    [
        (f"пол{name}, половина {name}, половину {name}, половине {name}", hour - 1 or 12)
        for hour, name in enumerate(_RUSSIAN_ORDINALS.split(), 1)
    ]
)
# Hours that a glued "at" announces; they are feminine in Hebrew, so "in two …" (בשני, בשתי) is never one.
GLUED_HOURS: Final = word_set(
    """באחת בשתיים בשתים בשלוש בארבע בחמש בשש בשבע בשמונה בתשע בעשר
    عالواحدة عالتنتين عالثلاثة عالتلاتة عالأربعة عالخمسة عالستة عالسبعة عالثمانية عالتمانية عالتسعة عالعشرة"""
)
_BOOKS: Final = (STRONG_CUES, WEAK_CUES, WHOLE, BEFORE, HOUR_NAMES, HALF_OF)
FIRST_WORDS: Final = frozenset({*NUMBER_WORDS, *WITHOUT, *QUARTER_TO}.union(*(book.first_words for book in _BOOKS)))
