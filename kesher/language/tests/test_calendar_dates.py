from datetime import date

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from kesher.language import find_dates
from kesher.language.quantities import hebrew_calendar

TODAY = date(2026, 11, 28)  # a Saturday, 18 Kislev 5787
# A text and its dates, with commas between them.
CASES = """
אתמול | 2026-11-27
מאתמול בלילה | 2026-11-27
היום בבוקר | 2026-11-28
ביום ראשון בבוקר | 2026-11-29
ביום א' הקרוב | 2026-11-29
מיום ראשון שעבר | 2026-11-22
ביום ד | 2026-12-02
יום חמישי הבא | 2026-12-03
עד ה-5.12 | 2026-12-05
עד ה 5 לדצמבר | 2026-12-05
ב5.12.26 | 2026-12-05
5/12 | 2026-12-05
05.12.2026 | 2026-12-05
ב-1 בינואר | 2027-01-01
בראשון לינואר | 2027-01-01
ראשון בינואר | 2027-01-01
עשרים בדצמבר | 2026-12-20
ה־31 בדצמבר 2026 | 2026-12-31
לפני 4 ימים | 2026-11-24
לפני חמישה ימים | 2026-11-23
לפני שלושה שבועות | 2026-11-07
בעוד עשרה ימים | 2026-12-08
בעוד שבועיים | 2026-12-12
עוד יומיים | 2026-11-30
תוך שבוע |
כ"ד בכסלו | 2026-12-04
י"ט כסלו | 2026-11-29
א' בטבת | 2026-12-11
ל' בכסלו | 2026-12-10
י׳ בטבת תשפ״ז | 2026-12-20
ה בטבת | 2026-12-15
ז' באדר | 2027-03-16
ט"ו באב | 2027-08-18
אמצע השבוע |
сегодня | 2026-11-28
завтра утром | 2026-11-29
вчера вечером | 2026-11-27
в воскресенье | 2026-11-29
с воскресенья | 2026-11-22
со среды | 2026-11-25
прошлой пятницы | 2026-11-27
в следующий четверг | 2026-12-03
в эту среду | 2026-12-02
3 дня назад | 2026-11-25
три дня назад | 2026-11-25
через 10 дней | 2026-12-08
через две недели | 2026-12-12
месяц назад | 2026-10-28
5 декабря | 2026-12-05
пятого декабря | 2026-12-05
к 1 января | 2027-01-01
5.12 | 2026-12-05
до 15.12.2026 | 2026-12-15
двадцать пятого ноября | 2026-11-25
на этой неделе |
اليوم الصبح | 2026-11-28
مبارح بالليل | 2026-11-27
امبارح | 2026-11-27
إمبارح | 2026-11-27
اول مبارح | 2026-11-26
بكره | 2026-11-29
بعد بكره | 2026-11-30
غداً | 2026-11-29
بعد غد | 2026-11-30
من الأحد | 2026-11-22
يوم الثلاثاء الماضي | 2026-11-24
التلات اللي فات | 2026-11-24
يوم الخميس القادم | 2026-12-03
نهار الجمعة | 2026-12-04
قبل ٣ أيام | 2026-11-25
قبل ثلاثة أيام | 2026-11-25
قبل أسبوع | 2026-11-21
من أسبوعين | 2026-11-14
بعد اسبوعين | 2026-12-12
كمان يومين | 2026-11-30
٥ كانون الأول | 2026-12-05
5 ديسمبر 2026 | 2026-12-05
٥/١٢ | 2026-12-05
٥/١٢/٢٠٢٦ | 2026-12-05
الخامس من ديسمبر | 2026-12-05
خمسة كانون أول | 2026-12-05
25 كانون الأول | 2026-12-25
الأسبوع اللي فات | 2026-11-21
since yesterday | 2026-11-27
last night | 2026-11-27
on Tuesday | 2026-12-01
next Tuesday | 2026-12-01
last Friday | 2026-11-27
this Thursday | 2026-12-03
since last Monday | 2026-11-23
three days ago | 2026-11-25
a week ago | 2026-11-21
a month ago | 2026-10-28
in ten days | 2026-12-08
in two weeks' time | 2026-12-12
two days from now | 2026-11-30
5 Dec | 2026-12-05
Dec 5 | 2026-12-05
December the fifth | 2026-12-05
the fifth of December | 2026-12-05
5th December 2026 | 2026-12-05
on the 5th of December | 2026-12-05
by 5.12 | 2026-12-05
5/12/2026 | 2026-12-05
Sunday 6.12 | 2026-12-06
Sunday the 6th | 2026-12-06
tomorrow at 8 | 2026-11-29
a fortnight ago | 2026-11-14
the other day |
25th of Kislev | 2026-12-05
15 Shvat | 2027-01-23
15 в швате |
3.12 | 2026-12-03
ב-3/12/26 | 2026-12-03
3.12.2026 | 2026-12-03
ב3.12 בבוקר | 2026-12-03
3 בדצמבר | 2026-12-03
ה-3 בדצמבר 2027 | 2027-12-03
3 декабря | 2026-12-03
третьего декабря | 2026-12-03
двадцать третьего декабря | 2026-12-23
December 3rd | 2026-12-03
Dec 3, 2026 | 2026-12-03
the 3rd of December | 2026-12-03
3 December | 2026-12-03
٣ كانون الأول | 2026-12-03
٣ ديسمبر | 2026-12-03
3 كانون الثاني | 2027-01-03
2026-12-03 | 2026-12-03
today | 2026-11-28
tomorrow morning | 2026-11-29
yesterday | 2026-11-27
the day after tomorrow | 2026-11-30
day before yesterday | 2026-11-26
in a week | 2026-12-05
in three days | 2026-12-01
two weeks ago | 2026-11-14
last week | 2026-11-21
מחר | 2026-11-29
מחרתיים | 2026-11-30
שלשום | 2026-11-26
אתמול בערב | 2026-11-27
בעוד שבוע | 2026-12-05
בעוד שלושה ימים | 2026-12-01
לפני שבועיים | 2026-11-14
לפני יומיים | 2026-11-26
שבוע שעבר | 2026-11-21
בעוד חודש | 2026-12-28
مبارح | 2026-11-27
أول مبارح | 2026-11-26
بكرا | 2026-11-29
بعد بكرا | 2026-11-30
بعد أسبوع | 2026-12-05
قبل يومين | 2026-11-26
من تلات تيام | 2026-11-25
الأسبوع الماضي | 2026-11-21
позавчера | 2026-11-26
послезавтра | 2026-11-30
через неделю | 2026-12-05
через три дня | 2026-12-01
две недели назад | 2026-11-14
неделю назад | 2026-11-21
на прошлой неделе | 2026-11-21
since Sunday | 2026-11-22
last Tuesday | 2026-11-24
next Thursday | 2026-12-03
on Monday | 2026-11-30
ביום ראשון האחרון | 2026-11-22
ביום שני | 2026-11-30
מיום שלישי | 2026-11-24
ביום ג׳ | 2026-12-01
בחמישי הקרוב | 2026-12-03
בחמישי | 2026-12-03
בשני המקרים |
בראשון לציון |
в прошлый вторник | 2026-11-24
со вторника | 2026-11-24
в среду | 2026-12-02
من يوم الأحد | 2026-11-22
الأحد الماضي | 2026-11-22
يوم الخميس | 2026-12-03
الخميس الجاي | 2026-12-03
כ״ה בכסלו | 2026-12-05
כ"ה בכסלו | 2026-12-05
ט״ו בשבט תשפ״ז | 2027-01-23
ט״ו בשבט | 2027-01-23
בי״ד באדר | 2027-03-23
25 Kislev | 2026-12-05
25 кислева | 2026-12-05
Sunday, December 6 | 2026-12-06
ביום ראשון ה-6.12 | 2026-12-06
next week on Tuesday | 2026-12-01
ביום שלישי בשבוע הבא | 2026-12-01
во вторник на следующей неделе | 2026-12-01
גרסה 3.12 |
3.12 ₪ |
3.50 |
הרצל 12/3 |
24/7 |
1.5 מטר |
20417 |
12-14 |
לפני יום שני | 2026-11-30
כל יום שני |
every Sunday |
ב-3 לחודש | 2026-12-03
3 числа | 2026-12-03
on the 3rd | 2026-12-03
the 3rd floor |
כל היום |
3.11.2 |
28.11.2026 12:30 | 2026-11-28
3.12-5.12 | 2026-12-03,2026-12-05
10/12/2026 | 2026-12-10
12/25/2026 | 2026-12-25
בשבת | 2026-12-05
אין אב |
may 5 people come |
May 5 | 2027-05-05
ב-3 ל-12 | 2026-12-03
שלושה בדצמבר | 2026-12-03
31.2.2027 |
ב-15/9 | 2026-09-15
a couple of days ago | 2026-11-26
شباط ٢٠٢٧ |
عشرة كانون الثاني | 2027-01-10
в понедельник 30 ноября | 2026-11-30
מחר, יום ראשון | 2026-11-29
מוצ״ש הזה | 2026-11-28
لمسرحية ٥/١٢ | 2026-12-05
не опорожнили 24/11 | 2026-11-24
Herzl 5/12 |
Tu BiShvat | 2027-01-23
לפני חצי שנה | 2026-05-28
בת 3 בספטמבר |
בין 8 ל12 |
this Saturday | 2026-11-28
next Saturday | 2026-12-05
מוצאי שבת הקרוב | 2026-12-05
7mar |
30 באדר א׳ תשפ״ז | 2027-03-09
ל׳ באדר ב׳ תשפ״ז |
"""


def test_a_text_says_these_dates() -> None:
    wrong = {}
    for text, _bar, days in (line.rpartition(" |") for line in CASES.strip().splitlines()):
        found = ",".join(str(one.date) for one in find_dates(text, TODAY))
        if found != days.strip():
            wrong[text] = found
    assert not wrong


@pytest.mark.parametrize(
    ("text", "past", "day"),
    [
        ("ביום שלישי", False, date(2026, 12, 1)),
        ("ביום שלישי", True, date(2026, 11, 24)),
        ("on Friday", True, date(2026, 11, 27)),
        ("next Friday", True, date(2026, 12, 4)),
        ("15.8", True, date(2026, 8, 15)),
        ("15.8", False, date(2027, 8, 15)),
        ("5 числа", True, date(2026, 11, 5)),
    ],
)
def test_a_report_means_the_past_and_a_request_the_future(text: str, past: bool, day: date) -> None:
    assert [found.date for found in find_dates(text, TODAY, past=past)] == [day]


def test_a_date_has_its_place() -> None:
    text = "נפגש ביום ראשון, 6 בדצמבר, או בעוד שבועיים"
    assert [text[found.start : found.end] for found in find_dates(text, TODAY)] == [
        "ביום ראשון, 6 בדצמבר",
        "בעוד שבועיים",
    ]


def test_the_hebrew_calendar_agrees_with_the_holidays_of_israel() -> None:
    for year in range(2000, 2051):
        names = country_holidays("IL", years=year, language="en_US", observed=False)
        days = {name: day for day, name in names.items()}
        assert hebrew_calendar.to_date(year + 3760, hebrew_calendar.NISAN, 15) == days["Pesach"]
        assert hebrew_calendar.to_date(year + 3761, hebrew_calendar.TISHRI, 10) == days["Yom Kippur"]


@given(st.integers(5700, 5900))
def test_the_months_of_a_hebrew_year_fill_it(year: int) -> None:
    months = range(1, 13 + hebrew_calendar.is_leap(year))
    first = hebrew_calendar.to_date(year, hebrew_calendar.TISHRI, 1)
    after = hebrew_calendar.to_date(year + 1, hebrew_calendar.TISHRI, 1)
    assert first is not None
    assert after is not None
    assert sum(hebrew_calendar.month_length(year, month) for month in months) == (after - first).days
    assert hebrew_calendar.year_of(first) == year


@given(st.text() | st.text(alphabet="0123456789./-: אבגדהתשכ״׳ב יום שני in a week", max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for found in find_dates(text, TODAY):
        assert 0 <= found.start < found.end <= len(text)
