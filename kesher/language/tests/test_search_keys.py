import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.language import keys

# Every line: forms of one word, as people write them.
SAME = """ארנונה הארנונה לארנונה שהארנונה
עירייה עיריה העירייה לעירייה ובעירייה עיריית עיריות
מדרכה מדרכות ובמדרכות המדרכה
חנייה חניה החנייה בחנייה חניות
תאורה תאורת התאורה
פח פחים הפחים
רחוב ברחוב שברחוב רחובות ברחובות רחובותיה
תוכנית תכנית התוכניות תכניות
ניקיון נקיון הניקיון
רישיון רשיון רישיונות
ספרייה ספריה בספריות
כביש כבישים שהכביש כבישינו
אזרח אזרחים לאזרחים אזרחית אזרחיו
שכונה שכונות בשכונת שכונתנו
דו"ח דוח דו״ח
بلدية البلدية للبلدية بالبلدية والبلدية بلديات
شارع الشارع بالشارع
مدرسة المدرسة مدرستها
حفرة الحفرة حفره
дорога дороги дорогу дорог дорогами
улица улицы улице улицу
фонарь фонари фонаря
мусор мусора мусором
ёлка елки
light lights lighting lighted
tax taxes taxed
city cities
report reports reported reporting
street streets"""

OTHER = """ארנונה תאורה מדרכה חנייה ספרייה כביש רחוב פח גינה ביוב
حفرة شارع مدرسة ماء كهرباء بلدية
дорога улица мусор фонарь вода школа
street light water school park bus library tax""".replace("\n", " ")


PAIRS = [pair for line in SAME.splitlines() for pair in itertools.pairwise(line.split())]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_forms_of_one_word_share_a_key(a: str, b: str) -> None:
    assert keys(a) & keys(b)


def test_different_words_share_no_key() -> None:
    pairs = itertools.combinations(OTHER.split(), 2)
    assert [(a, b) for a, b in pairs if keys(a) & keys(b)] == []


@pytest.mark.parametrize(("a", "b"), [("עשיר", "עושר"), ("חודש", "חדש"), ("בחור", "בחיר"), ("ידיד", "ידוד")])
def test_words_that_differ_by_a_vowel_letter_stay_apart(a: str, b: str) -> None:
    assert not keys(a) & keys(b)


def test_a_text_has_the_keys_of_all_its_words() -> None:
    assert keys("תאורה ברחוב, street-lights 12") == keys("תאורה") | keys("ברחוב") | keys("street") | keys("lights") | {
        "12"
    }


def test_points_and_figures_of_other_scripts_do_not_matter() -> None:
    assert keys("רְחוֹב ٤٨") == keys("רחוב 48")


@pytest.mark.parametrize("text", ["", " ", "?!", "👍", "״"])
def test_a_text_without_words_has_no_keys(text: str) -> None:
    assert keys(text) == set()


@given(st.text())
def test_any_text_at_all_gets_whole_keys(text: str) -> None:
    assert all(keys(text))


def test_a_held_key_is_one_word() -> None:
    assert keys("א" * 5000) == {"א" * 5000}
