import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.language import digits, number_word
from kesher.language.number_words import _WORDS


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("48213", "48213"),
        ("٤٨٢١٣", "48213"),
        ("۴۸۲۱۳", "48213"),
        ("４８２１３", "48213"),
        ("4️⃣8️⃣2️⃣", "482"),
        ("1\u20e3", "1"),
        ("🔟", "10"),
        ("①⑩⑳", "11020"),
        ("𝟗", "9"),
        ("½ שתיים ²", "½ שתיים ²"),
        ("رقم ٣", "رقم 3"),
    ],
)
def test_figures_of_every_script_are_read(text: str, plain: str) -> None:
    assert digits(text) == plain


@given(st.text())
def test_reading_figures_twice_changes_nothing(text: str) -> None:
    assert digits(digits(text)) == digits(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1", 1), ("1.", 1), ("1)", 1), ("(1)", 1), ("#1", 1), (" 1 ", 1), ("1️⃣", 1), ("🔟", 10), ("２", 2), ("٣", 3)),
        *(("01", 1), ("20", 20), ("\u200f2", 2)),
        *(("אחת", 1), ("אחד", 1), ("שתיים", 2), ("שתים", 2), ("שניים", 2), ("שָׁלוֹשׁ", 3), ("חמישה", 5), ("עשרים", 20)),
        *(("אחת עשרה", 11), ("אחת־עשרה", 11), ("שנים עשר", 12), ("שתיים!", 2)),
        *(
            ("واحد", 1),
            ("اثنين", 2),
            ("إثنان", 2),
            ("ثلاثة", 3),
            ("أربعة", 4),
            ("اربعه", 4),
            ("أحد عشر", 11),
            ("عشرون", 20),
        ),
        *(("один", 1), ("ОДНА", 1), ("два", 2), ("две", 2), ("Четыре.", 4), ("двадцать", 20)),
        *(("one", 1), ("Two", 2), ("TWELVE", 12), ("twenty", 20)),
    ],
)
def test_a_number_is_understood_however_it_is_written(text: str, number: int) -> None:
    assert number_word(text) == number


@pytest.mark.parametrize("text", ["", " ", ".", "0", "21", "48213", "1 2", "one more", "שתיים או שלוש", "-", "1a"])
def test_what_is_no_choice_is_no_number(text: str) -> None:
    assert number_word(text) is None


def test_a_language_narrows_the_words_and_never_the_figures() -> None:
    assert number_word("two", "he") is None
    assert number_word("שתיים", "he-IL") == 2
    assert number_word("٢", "he") == 2
    assert number_word("two", "fr") is None


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_every_language_counts_to_twenty(lang: str) -> None:
    assert set(_WORDS[lang].values()) == set(range(1, 21))


@given(st.text())
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert number_word(text) in {None, *range(1, 21)}
