"""The public's pages and the machines' door."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.answers.fact_placeholders import fill_facts
from kesher.answers.models import Answer, Feedback, Miss
from kesher.answers.services import change_answer_state, import_topics, set_fact
from kesher.answers.tests.factories import published


@pytest.fixture
def pay(city: Agency) -> Answer:
    import_topics({"taxes": {"he": "מסים", "en": "Taxes"}})
    set_fact("phone", {"he": "03-555-0120"}, by=None)
    texts = {
        "he": {
            "question": "איך משלמים ארנונה?", "short": "באתר או בטלפון {{fact:phone}}.", "steps": ["נכנסים לאתר", "משלמים"],
            "bring": ["תעודת זהות"], "cost": "ללא עמלה", "body": "עוד <b>דבר</b>.\n- אחד\n- שניים",
        }
    }  # fmt: skip
    return published("pay", "", texts=texts, topic=None, start_url="https://pay.example/")


def test_an_answer_says_its_facts_steps_and_cost(client: Client, pay: Answer) -> None:
    page = client.get("/answers/pay/").content.decode()
    phone = '<bdi class="whole" dir="ltr">03-555-0120</bdi>'
    for words in (f"באתר או בטלפון {phone}.", "נכנסים לאתר", "תעודת זהות", "ללא עמלה", "https://pay.example/"):
        assert words in page
    assert "<b>דבר</b>" not in page


def test_a_telephone_number_keeps_its_order_among_arabic_letters() -> None:
    facts = {"phone": {"he": "03-555-0120"}, "fee": {"he": "30 ₪"}}
    assert fill_facts("اتصلوا {{fact:phone}}", facts, "ar") == "اتصلوا \u200e03-555-0120"
    assert fill_facts("התקשרו {{fact:phone}}", facts, "he") == "התקשרו 03-555-0120"
    assert fill_facts("الرسوم {{fact:fee}}", facts, "ar") == "الرسوم 30 ₪"


def test_search_engines_read_the_question_as_data(client: Client, pay: Answer) -> None:
    page = client.get("/answers/pay/").content.decode()
    assert 'itemtype="https://schema.org/FAQPage"' in page
    assert re.search(r'itemprop="name">איך משלמים ארנונה\?<', page)
    assert re.search(r'itemprop="text">באתר או בטלפון <bdi[^>]*>03-555-0120</bdi>\.<', page)
    assert "/answers/pay/" in client.get("/answers/sitemap.xml").content.decode()


def test_the_best_answer_comes_first_with_its_words_marked(client: Client, pay: Answer) -> None:
    page = client.get("/answers/", {"q": "תשלום ארנונה"}).content.decode()
    assert "<mark>ארנונה</mark>" in page
    assert client.get("/search/", {"q": "תשלום ארנונה"}).content.decode().count("<mark>") >= 2


@pytest.mark.parametrize("page", ["/answers/", "/search/"])
def test_what_may_be_meant_is_offered_where_no_answer_is_the_best(client: Client, pay: Answer, page: str) -> None:
    reply = client.get(page, {"q": "ארנונה גמבורים טורקיז ברווזון"})
    assert 'id="perhaps"' in reply.content.decode()
    assert "<mark>ארנונה</mark>" in reply.content.decode()


def test_the_front_search_says_that_it_found_nothing_only_where_nothing_is_near(client: Client, pay: Answer) -> None:
    nothing = "לא מצאנו"
    assert nothing not in client.get("/search/", {"q": "ארנונה גמבורים טורקיז ברווזון"}).content.decode()
    page = client.get("/search/", {"q": "גמבורים טורקיז ברווזון"}).content.decode()
    assert nothing in page
    assert 'id="perhaps"' not in page


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "'\"><img src=x>"])
def test_the_words_of_a_question_may_not_become_markup(client: Client, pay: Answer, words: str) -> None:
    page = client.get("/answers/", {"q": words}).content.decode()
    assert words not in page


def test_what_found_nothing_is_written_down_once_with_its_count(client: Client, pay: Answer) -> None:
    for _time in range(3):
        client.get("/answers/", {"q": "גמבורים כחולים 050-555-0142"})
    row = Miss.objects.get()
    assert row.times == 3
    assert "0142" not in row.query


def test_a_draft_and_a_retired_answer_may_not_be_read(client: Client, pay: Answer) -> None:
    change_answer_state(pay, "retire", by=None)
    assert client.get("/answers/pay/").status_code == 404
    assert client.get("/api/v1/answers/pay/").status_code == 404
    assert client.get("/answers/sitemap.xml").content.decode().count("/answers/pay/") == 0


def test_useful_is_kept_with_the_question_that_led_here(client: Client, pay: Answer) -> None:
    reply = client.post("/answers/pay/useful/", {"useful": "no", "q": "איפה משלמים", "comment": "אין שעות"})
    assert reply.status_code == 302
    kept = Feedback.objects.get()
    assert (kept.useful, kept.query, kept.comment, kept.door) == (False, "איפה משלמים", "אין שעות", "web")


def test_a_machine_asks_and_reads(client: Client, pay: Answer) -> None:
    found = client.get("/api/v1/answers/", {"q": "ארנונה", "lang": "he"}).json()
    assert [row["slug"] for row in found["data"]] == ["pay"]
    whole = client.get("/api/v1/answers/pay/").json()
    assert whole["details"]["steps"] == ["נכנסים לאתר", "משלמים"]
    assert whole["short"] == "באתר או בטלפון 03-555-0120."
    assert [row["slug"] for row in client.get("/api/v1/answers/").json()["data"]] == ["pay"]


def test_another_language_gets_what_there_is_and_is_told(client: Client, pay: Answer) -> None:
    client.cookies["django_language"] = "ru"
    page = client.get("/answers/pay/").content.decode()
    assert "איך משלמים ארנונה?" in page
    assert "пока нет на вашем языке" in page


def test_suggestions_come_while_typing(client: Client, pay: Answer) -> None:
    assert "/answers/pay/" in client.get("/answers/suggest/", {"q": "ארנ"}).content.decode()
    assert client.get("/answers/suggest/", {"q": "א"}).content.decode().strip() == ""


def test_pages_ask_few_questions_of_the_database(
    client: Client, pay: Answer, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        client.get("/answers/", {"q": "ארנונה"})
    with django_assert_max_num_queries(14):
        client.get("/answers/pay/")
    with django_assert_max_num_queries(6):
        client.get("/answers/")
