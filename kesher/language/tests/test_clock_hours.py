from hypothesis import given
from hypothesis import strategies as st

from kesher.language import find_hours, find_numbers

# A text and its hours, with commas between them.
CASES = """
17:30 | 17:30
ב-17:30 | 17:30
09:00-13:30 | 09:00,13:30
5:30 | 05:30
5:30 pm | 17:30
5:30pm | 17:30
8 בערב | 20:00
ב-8 בערב | 20:00
ב8 בבוקר | 08:00
שמונה בבוקר | 08:00
בשמונה וחצי בערב | 20:30
בשמונה | 08:00
בשעה 8 | 08:00
בשעה שמונה וחצי | 08:30
בשעה 17.30 | 17:30
רבע לתשע בערב | 20:45
עשרה לשמונה בבוקר | 07:50
בשמונה ורבע | 08:15
12 בלילה | 00:00
12 בצהריים | 12:00
2 בצהריים | 14:00
3 לפנות בוקר | 03:00
ב-10 בלילה | 22:00
שתיים בלילה | 02:00
חצות | 00:00
half past five | 17:30
quarter to six | 17:45
ten past eight | 08:10
at five thirty | 17:30
at 8 in the evening | 20:00
8 pm | 20:00
8pm | 20:00
8 p.m. | 20:00
7 a.m. | 07:00
seven o'clock | 07:00
at noon | 12:00
midnight | 00:00
at 12 Herzl |
at 7 tomorrow | 07:00
tonight at 8 | 20:00
at 10 | 10:00
в семь вечера | 19:00
в 7 вечера | 19:00
в 17:30 | 17:30
в половине шестого | 17:30
полшестого вечера | 17:30
без четверти шесть | 17:45
без пяти семь утра | 06:55
в час дня | 13:00
в 3 часа дня | 15:00
через 3 дня |
3 дня назад |
в семь тридцать | 07:30
в два часа ночи | 02:00
в полдень | 12:00
в 3 подъезде |
пять раз |
в пять раз |
الساعة ٥ | 17:00
الساعة ٥ ونص | 17:30
الساعة خمسة ونص | 17:30
الساعة 8 الصبح | 08:00
8 المسا | 20:00
الساعة خمسة إلا ربع | 16:45
الساعة الخامسة والنصف مساء | 17:30
الساعة الثانية عشرة ظهرا | 12:00
ثمانية بالليل | 20:00
١٧:٣٠ | 17:30
17.30 ₪ |
3.50 |
3.12.2026 |
12:30:45 |
20417 |
3 פחים |
בשלוש דירות |
בשש | 18:00
בשני בניינים |
הערב ב-7 | 19:00
מחר בבוקר בשעה 9 | 09:00
1:1 |
24/7 |
קו 5 בבוקר |
at 12 percent |
around 9 am | 09:00
by 6 pm | 18:00
at night |
עד 8 בערב | 20:00
בין 8 ל-10 בבוקר | 10:00
כל לילה בשעה 12 וחצי | 00:30
בעד 3 פחים |
10:15 | 10:15
אחרי ארבע | 16:00
до восьми вечера | 20:00
в 17.30 | 17:30
version 17.30 |
"""


def test_a_text_says_these_hours() -> None:
    wrong = {}
    for text, _bar, hours in (line.rpartition(" |") for line in CASES.strip().splitlines()):
        found = ",".join(one.time.strftime("%H:%M") for one in find_hours(text))
        if found != hours.strip():
            wrong[text] = found
    assert not wrong


@given(st.text() | st.text(alphabet="0123456789.:-½٣ apm שמונה וחצי רבע ל половине", max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    places = [(found.start, found.end) for found in find_hours(text)]
    places += [(found.start, found.end) for found in find_numbers(text)]
    assert all(0 <= start < end <= len(text) for start, end in places)
