"""The language of a post, also of Hebrew and Arabic in Latin letters, and whether it asks something."""

from __future__ import annotations

from time import process_time

from kesher.listening.post_language import is_question, post_language

WRITTEN = {
    "he": ["יש בור בכביש ליד בית הספר", "הפח מלא כבר שבוע, WhatsApp לא עונה", "תודה"],
    "ar": ["في حفرة كبيرة بالشارع", "الكهرباء مقطوعة من الصبح", "شكرا"],
    "ru": ["На улице Герцля не горит фонарь", "Спасибо за быстрый ответ", "мусор"],
    "en": [
        "The bin was not emptied for a week",
        "Thanks!",
        "Streetlight broken on Herzl St",
        "b2b meeting at 7pm in room 3a",
    ],
    "he-Latn": ["yesh bor anak bakvish", "matai atem metaknim et hateura", "ani lo mevin lama ein mayim"],
    "ar-Latn": ["fi 7ofra kbire bel share3", "leish ma fi kahraba 3anna", "shu sar ma3 el zbale"],
    "other": [
        "je ne sais pas pourquoi il y a des déchets dans la rue",
        "",
        "123 !!",
        "ውሃ የለም",
        "چرا آب نیست؟ گاز هم نیست",
        "Чому немає світла? Її вимкнули",
    ],
}
ASKED = [
    "מתי תתקנו את הבור", "הפח מלא, מי מטפל בזה?", "وين أقرب مركز", "ليش؟", "когда включат воду",
    "Where do I pay", "is it open", "matai zeh yetukan", "wein el markaz", "Closed today? really",
]  # fmt: skip
NOT_ASKED = [
    "הבור תוקן",
    "تم الإصلاح",
    "спасибо",
    "The bin is full",
    "see https://city.example/?page=1",
    "yesh bor",
    "",
]


def test_the_language_is_that_of_most_letters_or_small_words() -> None:
    for language, texts in WRITTEN.items():
        assert {text: post_language(text) for text in texts} == dict.fromkeys(texts, language)


def test_a_very_long_word_takes_no_longer_than_its_length() -> None:
    began = process_time()
    assert post_language("א" * 300_000) == "he"
    assert not is_question("a" * 300_000, "en")
    assert process_time() - began < 3  # seconds; a search at each letter takes minutes


def test_links_and_mentions_do_not_decide() -> None:
    assert post_language("https://www.example.org/a-long-address-in-latin-letters @someone_else בור") == "he"


def test_a_question_has_a_mark_or_begins_with_a_question_word() -> None:
    assert [text for text in ASKED if not is_question(text, post_language(text))] == []
    assert [text for text in NOT_ASKED if is_question(text, post_language(text))] == []
