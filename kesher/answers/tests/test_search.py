"""Searching: the word in its forms, slips and sounds, across languages."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.agencies.models import Agency
from kesher.answers.models import SearchText, State
from kesher.answers.search.query import query_words
from kesher.answers.search.search import search
from kesher.answers.services import add_synonym, change_answer, change_answer_state, rebuild_index
from kesher.answers.services.answers import AnswerContent
from kesher.answers.tests.factories import published
from kesher.core.db.agency_scope import scope


def slugs(question: str, lang: str = "he") -> list[str]:
    return [hit.slug for hit in search(question, lang).hits]


@pytest.fixture
def three(city: Agency) -> None:
    published("pay", "איך משלמים ארנונה?", hidden=["שובר"])
    published(
        "dog",
        "איך מוציאים רישיון לכלב?",
        lang="he",
        texts={"en": {"question": "How do I license a dog?", "short": "Online."}},
    )
    published("bin", "לא פינו את הפח שלנו", texts={"ru": {"question": "Не вывезли мусор", "short": "Позвоните 106."}})


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("אַרְנוֹנָה", "pay"),
        ("ולארנונה", "pay"),
        ("תשלום ארנונה", "pay"),
        ("ארנוננה", "pay"),
        ("trbubv", "pay"),
        ("arnona", "pay"),
        ("арнона", "pay"),
        ("أرنونا", "pay"),
        ("רשיונות לכלבים", "dog"),
        ("כלבתי", "dog"),
        ("licensing dogs", "dog"),
        ("פחים", "bin"),
        ("мусора", "bin"),
        ("זבל", "bin"),
    ],
)
@pytest.mark.usefixtures("three")
def test_a_word_is_found_however_it_is_written(question: str, slug: str) -> None:
    assert slugs(question)[:1] == [slug]


@pytest.mark.parametrize("question", ["", "  ", "?!", "xqzwv", "של את"])
@pytest.mark.usefixtures("three")
def test_what_says_nothing_finds_nothing(question: str) -> None:
    assert slugs(question) == []


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("מי בוועד של הבית", "בוועד הבית"), ("מי יושב בראש ועד", "יושב בראש ועד"), ("לימוד שפה", "לימוד שפה"),
        ("שרב כבד", "שרב כבד"), ("איך משנים שם", "משנימ שמ"), ("ערב שירה", "ערב שירה"), ("ערב טוב, יש שירה?", "שירה"),
        ("ואני שזו וכשהוא ומתי", ""), ("ولي أمر", "ولي امر"), ("ومتى وهل", ""),
    ],
)  # fmt: skip
def test_only_what_says_nothing_is_left_out_of_a_question(question: str, about: str) -> None:
    assert query_words(question) == about.split()


@pytest.mark.usefixtures("three")
def test_the_keyboard_of_another_language_is_named() -> None:
    found = search("trbubv", "he")
    assert found.text == "ארנונה"
    assert search("ארנונה", "he").text == "ארנונה"


@pytest.mark.usefixtures("three")
def test_the_beginning_of_a_word_is_enough_while_typing() -> None:
    assert [hit.slug for hit in search("ארנ", "he", typing=True).hits] == ["pay"]
    assert slugs("ארנ") == []


def test_a_draft_may_not_be_found(city: Agency) -> None:
    row = published("secret", "איפה קבור הכלב?")
    change_answer_state(row, "retire", by=None)
    assert slugs("קבור") == []
    change_answer_state(row.again(), "publish", by=None)
    assert slugs("קבור") == ["secret"]


def test_another_body_may_not_find_our_answers(city: Agency, town: Agency) -> None:
    published("ours", "מתי פתוחה הבריכה?")
    with scope(town):
        assert slugs("בריכה") == []
        published("theirs", "מתי סגורה הבריכה?")
        assert slugs("בריכה") == ["theirs"]


def test_a_change_is_found_and_the_old_words_no_more(city: Agency) -> None:
    row = published("hours", "מתי פתוחה הספרייה?")
    change_answer(row, AnswerContent({"he": {"question": "מתי פתוח המוזיאון?", "short": "בבוקר."}}), by=None)
    assert slugs("מוזיאון") == ["hours"]
    assert slugs("ספרייה") == []


def test_an_index_built_anew_finds_the_same(city: Agency) -> None:
    for number in range(30):
        published(f"a{number}", f"שאלה על נושא{number} וגם על ספריות", hidden=["ארנונה"] if number % 2 else [])
    questions = ["ספרייה", "נושא7", "ארנונה", "נושא 7 ספריות"]
    before = [[(hit.slug, round(hit.score, 4)) for hit in search(q, "he").hits] for q in questions]
    assert rebuild_index(words_too=True) == 30
    assert [[(hit.slug, round(hit.score, 4)) for hit in search(q, "he").hits] for q in questions] == before
    assert SearchText.objects.count() == 30


def test_a_synonym_of_the_desk_is_found_at_once(city: Agency) -> None:
    published("net", "איך מתחברים לאינטרנט אלחוטי?")
    assert slugs("וויפי") == []
    add_synonym({"he": ["וויפי", "אלחוטי"]}, by=None)
    assert slugs("וויפי") == ["net"]


def test_an_answer_out_of_its_time_may_not_be_found(city: Agency) -> None:
    row = published("old", "מתי הקרנבל?")
    type(row).objects.filter(pk=row.pk).update(valid_to="2020-01-01")
    assert row.state == State.PUBLISHED
    assert slugs("קרנבל") == []


def test_a_search_asks_few_questions_of_the_database(three: None, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        search("איך משלמים ארנונה על הכלב שנגרר מהפח", "he")


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("heter bniya", "build"),  # a first ה is heard, and a particle is not
        ("knas", "fine"),  # what a word sounds like brings its synonyms
        ("daf3 arnona", "pay"),  # Arabic in Latin letters and figures
        ("רישון", "licence"),  # a vowel letter left out is the least slip
        ("עסקק", "licence"),
    ],
)
def test_a_word_is_heard_through_other_letters_and_slips(city: Agency, question: str, slug: str) -> None:
    published("build", "איך מגישים בקשה להיתר בנייה?")
    published("pay", "איך משלמים ארנונה?", texts={"ar": {"question": "كيف يتم دفع الأرنونا؟", "short": "الموقع."}})
    published("refund", "החזר ארנונה")
    published("licence", "איך מוציאים רישיון עסק?")
    published("fine", "איך משלמים דוח חניה?")
    published("first", "מי היה ראש העיר הראשון?")
    assert slugs(question)[:1] == [slug]


def test_a_slip_is_not_read_as_another_keyboard(city: Agency) -> None:
    """What another layout would only sound like is no word."""
    published("licence", "איך מוציאים רישיון עסק?")
    published("loss", "عند فقدان الهوية", lang="ar")
    assert search("רישון עסקק", "he").text == "רישון עסקק"


@pytest.mark.parametrize("question", ["איך מבטלים מנוי לסלקום", "איך פותחים חשבון בנק", "בדיחה", "how do I cook rice"])
def test_what_no_answer_covers_may_not_be_said_as_if_sure(city: Agency, question: str) -> None:
    published("stop", "איך מפסיקים לקבל הודעות?", hidden=["לבטל מנוי"])
    published("bill", "איך משלמים חשבון מים?")
    published("test", "איך מזמינים בדיקה?")
    assert search(question, "he").sure is None


def test_what_an_answer_says_in_full_is_sure(city: Agency) -> None:
    published("stop", "איך מפסיקים לקבל הודעות?", hidden=["לבטל מנוי"])
    published("bill", "איך משלמים חשבון מים?")
    found = search("משלמים חשבון מים", "he").sure
    assert found is not None
    assert found.slug == "bill"


def test_a_time_is_answered_by_the_answer_that_tells_one(city: Agency) -> None:
    published("late", "לא פינו את הפח", hidden=["פח"])
    published("when", "באיזה יום מפנים את הפח?", hidden=["פח"])
    assert slugs("מתי מפנים פח")[:1] == ["when"]


@pytest.mark.parametrize("said", ["תעזרו לי בבקשה", "אני לא מבין", "please help me", "у меня проблема", "احتاج مساعدة"])
def test_who_asks_for_nothing_in_particular_is_not_answered_as_if_he_did(city: Agency, said: str) -> None:
    published(
        "help",
        "איפה מקבלים עזרה ומי מבין בבעיות של קשישים?",
        texts={
            "en": {"question": "Who can help me with a problem at home?", "short": "We do."},
            "ru": {"question": "Проблема с уходом: кто поможет?", "short": "Мы."},
            "ar": {"question": "احتاج مساعدة في البيت", "short": "نحن"},
        },
    )
    assert search(said).sure is None


@pytest.mark.parametrize("keys", ["zzzz", "אאאא", "ممم", "x", "…"])
def test_one_letter_however_long_finds_nothing(three: None, keys: str) -> None:
    assert search(keys).hits == ()
