"""Typed text and the option that was meant: the matching rules in four languages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.dialogues.answer_matching import GLOBALS, find_global_word, find_language, find_pickup_code, match
from kesher.dialogues.small_talk import is_greeting

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "he": [
        {"key": "light", "title": "פנס רחוב", "synonyms": ["תאורה"]},
        {"key": "bin", "title": "פח מלא", "synonyms": ["אשפה", "זבל"]},
        {"key": "road", "title": "בור בכביש", "synonyms": []},
    ],
    "ar": [
        {"key": "light", "title": "إنارة الشارع", "synonyms": ["مصباح"]},
        {"key": "bin", "title": "حاوية ممتلئة", "synonyms": ["نفايات"]},
        {"key": "road", "title": "حفرة في الطريق", "synonyms": []},
    ],
    "ru": [
        {"key": "light", "title": "Уличный фонарь", "synonyms": ["освещение"]},
        {"key": "bin", "title": "Полный мусорный бак", "synonyms": ["мусор"]},
        {"key": "road", "title": "Яма на дороге", "synonyms": []},
    ],
    "en": [
        {"key": "light", "title": "Street light", "synonyms": ["lamp"]},
        {"key": "bin", "title": "Full bin", "synonyms": ["rubbish"]},
        {"key": "road", "title": "Hole in the road", "synonyms": []},
    ],
}
SHOWN = {"1": "light", "2": "bin", "3": "road"}


@pytest.mark.parametrize("text", ["2", "2.", "(2)", " 2 ", "٢", "۲", "2️⃣", "②", "שתיים", "שניים", "اثنين", "два", "two"])
def test_a_number_in_every_script_and_word_is_the_key_that_was_shown(text: str) -> None:
    assert match(text, SHOWN, OPTIONS["he"]) == "bin"


@pytest.mark.parametrize(
    ("lang", "text", "key"),
    [
        ("he", "פנס רחוב", "light"),  # the title
        ("he", "פַּנָס רחוב!", "light"),  # with points, and a mark behind it
        ("he", "זבל", "bin"),  # a synonym
        ("he", "בור", "road"),  # how it begins
        ("he", "פנס רחונ", "light"),  # one slip
        ("ar", "إنارة الشارع", "light"),
        ("ar", "انارة الشارع", "light"),  # alef without its hamza
        ("ar", "نفايات", "bin"),
        ("ar", "حفرة", "road"),
        ("ar", "مصبح", "light"),
        ("ru", "уличный фонарь", "light"),
        ("ru", "МУСОР", "bin"),
        ("ru", "яма", "road"),
        ("ru", "фонарь уличный", None),
        ("ru", "освешение", "light"),
        ("en", "street light", "light"),
        ("en", "lamp", "light"),
        ("en", "hole", "road"),
        ("en", "rubish", "bin"),
    ],
)
def test_the_ladder_in_four_languages(lang: str, text: str, key: str | None) -> None:
    assert match(text.rstrip("!"), SHOWN, OPTIONS[lang]) == key


@pytest.mark.parametrize("text", ["", " ", "!", "4", "0", "22", "-1", "st", "something quite different"])
def test_what_fits_nothing_is_nothing(text: str) -> None:
    assert match(text, SHOWN, OPTIONS["en"]) is None


def test_what_fits_two_is_nothing() -> None:
    options = [{"key": "a", "title": "Street light"}, {"key": "b", "title": "Street sign"}]
    assert match("street", {}, options) is None
    assert match("street l", {}, options) == "a"


def test_a_stricter_rung_decides_before_a_looser_one() -> None:
    options = [{"key": "a", "title": "Road"}, {"key": "b", "title": "Road works"}]
    assert match("road", {}, options) == "a"


def test_a_key_means_what_was_shown_and_not_the_place_in_the_list() -> None:
    assert match("1", {"1": "road", "9": "__more__"}, OPTIONS["en"]) == "road"
    assert match("9", {"1": "road", "9": "__more__"}, OPTIONS["en"]) == "__more__"


@given(st.text(max_size=40))
def test_whatever_is_typed_chooses_an_option_or_nothing(text: str) -> None:
    assert match(text, SHOWN, OPTIONS["he"]) in {"light", "bin", "road", None}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("menu", ["menu", "תפריט", "القائمة", "меню", "עזרה"]),
        ("back", ["back", "חזרה", "رجوع", "назад", "#"]),
        ("cancel", ["cancel", "ביטול", "إلغاء", "отмена", "CANCEL"]),
        ("agent", ["agent", "נציג", "נציגה", "موظف", "оператор"]),
        ("stop", ["stop", "הסר", "הסירו", "إيقاف", "стоп", "STOP", "הפסק", "עצור", "توقف", "отписка"]),
        ("stop_all", ["stop all", "הסר הכל", "إيقاف الكل", "стоп все"]),
        ("language", ["language", "שפה", "لغة", "язык"]),
        ("continue", ["continue", "המשך", "متابعة", "продолжить"]),
        ("skip", ["skip", "דלג", "تخطي", "пропустить"]),
    ],
)
def test_some_words_are_understood_always(word: str, said: list[str]) -> None:
    assert [find_global_word(text) for text in said] == [word] * len(said)


def test_every_word_that_is_always_understood_is_there_in_four_languages() -> None:
    for name, words in GLOBALS.items():
        scripts = {script(letter) for text in words for letter in text if letter.isalpha()}
        assert scripts == {"latin", "hebrew", "arabic", "cyrillic"}, name


def script(letter: str) -> str:
    for name, first, last in (("hebrew", "א", "ת"), ("arabic", "ء", "ي"), ("cyrillic", "А", "ё")):
        if first <= letter <= last:
            return name
    return "latin"


def test_no_word_means_two_things() -> None:
    words = [text for texts in GLOBALS.values() for text in texts]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "text",
    [
        *("אני רוצה לדבר עם נציג", "אפשר לדבר עם מישהו?", "תנו לי נציג בבקשה"),
        *("I want to talk to a person", "can I speak to a real human please?"),
        *("хочу поговорить с человеком", "можно позвать оператора"),
        *("بدي احكي مع حدا", "أريد التحدث مع موظف من فضلكم"),
    ],
)
def test_who_asks_for_a_person_in_a_sentence_gets_one(text: str) -> None:
    assert find_global_word(text) == "agent"


@pytest.mark.parametrize(
    "text",
    [
        *("אני רוצה לדבר עם ראש העיר", "נציג דיירים", "מישהו חוסם לי את החניה", "לדבר", "אנושי", "אני פקידה"),
        *("Let the people talk", "שיחה עם אנשים", "We the people can talk", "real people, real talk"),
        *("I talk to people about parking", "somebody", "хочу поговорить с мэром", "حدا مسكر الشارع"),
    ],
)
def test_who_speaks_of_somebody_does_not_ask_for_a_person(text: str) -> None:
    assert find_global_word(text) is None


@pytest.mark.parametrize("text", ["please stop the noise", "back door", "אני רוצה לבטל את הפגישה", "הסר את הפח"])
def test_a_sentence_is_no_command(text: str) -> None:
    assert find_global_word(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("continue AB3CD4E", "AB3CD4E"), ("המשך ab3cd4e", "ab3cd4e"), ("continue", None), ("AB3CD4E", None), ("", None)],
)
def test_a_form_is_picked_up_by_its_code(text: str, code: str | None) -> None:
    assert find_pickup_code(text) == code


@pytest.mark.parametrize(("text", "lang"), [("עברית", "he"), ("arabic", "ar"), ("Русский", "ru"), ("אנגלית", "en")])
def test_a_language_is_named_in_any_language(text: str, lang: str) -> None:
    assert find_language(text) == lang
    assert find_language(f"I do not speak {text}") is None


@pytest.mark.parametrize("text", ["שלום", "Hello!", "السلام عليكم", "Здравствуйте", "/start"])
def test_a_greeting_is_a_greeting(text: str) -> None:
    assert is_greeting(text)
    assert not is_greeting(f"{text} 1234")
