from decimal import Decimal

from kesher.language import find_numbers

# A text and its numbers, with commas between them.
CASES = """
מאתיים חמישים שקל | 250
שלושת אלפים וחמש מאות שקלים | 3500
חמש מאות | 500
עשרים וחמש | 25
עשרים וחמישה פנסים | 25
שלוש עשרה כיסאות | 13
מאה ועשרים | 120
אלף מאתיים | 1200
שני פנסים שרופים | 2
ביום שני |
חצי שעה | 0.5
שעה וחצי | 1.5
חצי מיליון שקל | 500000
מיליון וחצי | 1500000
שלוש וחצי | 3.5
3 וחצי קילו | 3.5
מאתיים אלף | 200000
שבע מאות וחמישים אלף | 750000
שניים או שלושה | 2,3
בעשרים שקל | 20
באר שבע |
אף אחד לא בא |
ב-20 שקל | 20
ב20 שקל | 20
1,250.00 ₪ | 1250
12 345 678 ₪ | 12345678
1 250 шекелей | 1250
פנייה 20417 |
20417 |
גרסה 3.11.2 |
הרצל 12-14 |
050-1234567 |
0501234567 |
250ש״ח | 250
12א |
49.90 | 49.9
قديش خمسة وعشرين شيكل | 25
ميتين وخمسين | 250
مية وخمسة وعشرين | 125
ما في مية بالبيت |
مية شيكل | 100
ثلاثة آلاف | 3000
تلات تلاف وخمسمية | 3500
ألف وميتين | 1200
واحد وعشرين | 21
خمستاشر | 15
٢٥ شيكل | 25
١٬٢٥٠ | 1250
نص مليون | 500000
ثلاثة ونص | 3.5
خمس مية | 500
أحد عشر |
أربعة عشر | 14
сто двадцать | 120
двадцати пяти | 25
тысяча двести | 1200
две тысячи пятьсот | 2500
полтора миллиона | 1500000
полтора | 1.5
полмиллиона | 500000
три с половиной | 3.5
час с половиной | 1.5
полторы тысячи | 1500
5 тысяч | 5000
автобус 25 |
twenty five | 25
twenty-five | 25
one hundred and twenty | 120
two thousand five hundred | 2500
half a million | 500000
two and a half | 2.5
an hour and a half | 1.5
a dozen chairs | 12
no one came |
fifteen hundred | 1500
50% |
3rd |
three hundred forty two thousand six hundred eleven | 342611
2½ | 2.5
12 שקלים ו50 אגורות | 12,50
zero five two one two three |
אפס חמש שתיים ארבע שש |
5-10 אנשים |
חמישה עשר אלף | 15000
שניים עשר | 12
שתי עשרה | 12
عشرين ألف | 20000
مئة ألف | 100000
אלפיים חמש מאות | 2500
עשרת אלפים | 10000
תשעים ותשע אלף תשע מאות תשעים ותשע | 99999
מיליון | 1000000
קומה שלוש |
ב־3 פחים | 3
$50 | 50
two or three | 2,3
עשרים שלושים איש | 20,30
двое детей | 2
בן 12 |
кв. 4 |
quarter |
الواحد |
half a dozen mattresses | 6
two dozen chairs | 24
زوج |
זוג כרטיסים | 2
תריסר פחים | 12
حاويتين زبالة | 2
ساكتين |
3endi kalbeen |
кв. 4 |
number five |
кварталов двадцать | 20
שני ביום |
"""


def test_a_text_says_these_numbers() -> None:
    wrong = {}
    for text, _bar, values in (line.rpartition(" |") for line in CASES.strip().splitlines()):
        found = [one.value for one in find_numbers(text)]
        if found != [Decimal(value) for value in values.split(",") if value.strip()]:
            wrong[text] = found
    assert not wrong


def test_a_number_has_its_place_without_the_prefix_before_it() -> None:
    text = "קניתי בעשרים וחמישה שקל ו־3 לחמניות"
    assert [text[found.start : found.end] for found in find_numbers(text)] == ["עשרים וחמישה", "3"]


def test_words_may_be_limited_to_one_language() -> None:
    text = "three дома 4"
    assert [found.value for found in find_numbers(text, "ru")] == [4]
    assert [found.value for found in find_numbers(text, "en")] == [3, 4]


def test_harakat_and_direction_marks_do_not_hide_a_number() -> None:
    assert [found.value for found in find_numbers("خَمْسَة\u200f وعشرين")] == [25]
