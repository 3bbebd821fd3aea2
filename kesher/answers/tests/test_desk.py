"""The editors' pages: who may write and publish, what is kept, and what comes back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localdate

from kesher.agencies.models import Agency, Staff
from kesher.answers.models import Answer, Fact, Miss, Revision, State, Synonym
from kesher.answers.search.search import search
from kesher.answers.services import add_synonym, change_answer_state, record_miss, set_fact
from kesher.answers.services.answers import AnswerContent, change_answer, create_answer, restore_answer
from kesher.answers.tests.factories import published
from kesher.core.errors import Refused
from kesher.core.models import Audit


@pytest.fixture
def draft(city: Agency) -> Answer:
    return create_answer("pool", AnswerContent({"he": {"question": "מתי פתוחה הבריכה?", "short": "בקיץ."}}), by=None)


def form(answer: Answer, **changed: str) -> dict[str, str]:
    """What the edit form sends."""
    return {"question_he": "מתי פתוחה הבריכה?", "short_he": "בקיץ.", "seen": str(answer.revisions.count()), **changed}


def test_a_clerk_writes_a_draft_and_a_manager_publishes_it(ruths: Client, miriams: Client, city: Agency) -> None:
    ruths.post("/desk/knowledge/new/", {"slug": "pool", "question_he": "מתי פתוחה הבריכה?", "short_he": "בקיץ."})
    assert Answer.objects.get().state == State.DRAFT
    assert ruths.post("/desk/knowledge/pool/move/", {"verb": "publish"}).status_code == 403
    ruths.post("/desk/knowledge/pool/move/", {"verb": "submit"})
    miriams.post("/desk/knowledge/pool/move/", {"verb": "publish"})
    assert Answer.objects.get().state == State.PUBLISHED
    assert [hit.slug for hit in search("בריכה").hits] == ["pool"]
    assert Audit.objects.filter(operation="answers.move").count() == 2


def test_a_clerk_may_not_change_what_is_published(ruths: Client, city: Agency) -> None:
    row = published("pool", "מתי פתוחה הבריכה?")
    assert ruths.post("/desk/knowledge/pool/", form(row, short_he="אחרת", how="now")).status_code == 403
    assert row.again().texts["he"]["short"] == "תשובה קצרה."


def test_a_change_is_kept_beside_what_was_and_can_be_undone(miriams: Client, draft: Answer) -> None:
    miriams.post(
        "/desk/knowledge/pool/", form(draft, short_he="כל השנה.", short_ru="Круглый год.", question_ru="Бассейн?")
    )
    newest = Revision.objects.first()
    assert newest is not None
    assert (newest.number, newest.changed, str(newest.by)) == (
        2,
        ["he.short", "ru.question", "ru.short"],
        "מרים אזולאי",
    )
    miriams.post("/desk/knowledge/pool/restore/", {"number": "1"})
    assert draft.again().texts == {"he": {"question": "מתי פתוחה הבריכה?", "short": "בקיץ."}}
    assert [row.number for row in Revision.objects.all()] == [3, 2, 1]


def test_who_was_slower_may_not_overwrite(miriams: Client, draft: Answer) -> None:
    change_answer(draft, AnswerContent({"he": {"question": "מתי פתוחה הבריכה?", "short": "בסתיו."}}), by=None)
    reply = miriams.post("/desk/knowledge/pool/", form(draft, short_he="כל השנה.", seen="1"))
    assert reply.status_code == 422
    assert draft.again().texts["he"]["short"] == "בסתיו."


@pytest.mark.parametrize("short", ["א" * 281, "א" * 275 + "{{fact:phone}}", "{{fact:nobody}}"])
def test_a_short_answer_is_short_with_its_facts_and_they_exist(draft: Answer, short: str) -> None:
    set_fact("phone", {"he": "03-555-0120"}, by=None)
    with pytest.raises(Refused):
        change_answer(draft, AnswerContent({"he": {"question": "מתי?", "short": short}}), by=None)


def test_a_fact_may_not_make_an_answer_too_long(city: Agency) -> None:
    set_fact("phone", {"he": "106"}, by=None)
    published("a", "מתי?", "א" * 270 + "{{fact:phone}}")
    with pytest.raises(Refused):
        set_fact("phone", {"he": "03-555-0120, שלוחה 14"}, by=None)
    assert Fact.objects.get().words == {"he": "106"}


def test_a_fact_is_changed_once_and_found_everywhere(miriams: Client, city: Agency) -> None:
    set_fact("place", {"he": "רחוב הגפן"}, by=None)
    published("a", "איפה הספרייה?", "ב{{fact:place}}.")
    miriams.post("/desk/knowledge/facts/", {"name": "place", "he": "שדרות הים"})
    assert [hit.slug for hit in search("שדרות").hits] == ["a"]
    assert search("הגפן").hits == ()


@pytest.mark.parametrize("page", ["facts/", "synonyms/", "misses/"])
def test_a_clerk_may_look_and_not_change_what_everybody_finds(ruths: Client, city: Agency, page: str) -> None:
    record_miss("וויפי בגן", "he")
    assert ruths.get(f"/desk/knowledge/{page}").status_code == 200
    sent = {"name": "a_fact", "he": "מילה, אחרת", "id": str(Miss.objects.get().pk)}
    assert ruths.post(f"/desk/knowledge/{page}", sent).status_code == 403


def test_what_was_not_found_becomes_a_synonym(miriams: Client, miriam: Staff, city: Agency) -> None:
    published("net", "איך מתחברים לאינטרנט?")
    record_miss("וויפי", "he")
    miriams.post("/desk/knowledge/synonyms/", {"he": "וויפי, אינטרנט"})
    assert [hit.slug for hit in search("וויפי").hits] == ["net"]
    miriams.post("/desk/knowledge/misses/", {"id": str(Miss.objects.get().pk)})
    assert Miss.objects.get().handled
    miriams.post("/desk/knowledge/synonyms/", {"id": str(Synonym.objects.get().pk), "drop": "1"})
    assert search("וויפי").hits == ()


def test_a_question_that_found_nothing_stands_in_its_own_language(miriams: Client, city: Agency) -> None:
    record_miss("где бассейн", "ru")
    page = miriams.get("/desk/knowledge/misses/").content.decode()
    links = [unescape(link) for link in re.findall(r'href="([^"]+\?q=[^"]+)"', page)]
    assert len(links) == 2
    for link, field in zip(links, ("question_ru", "ru"), strict=True):
        form = miriams.get(link).context["form"]
        assert [form[name].value() for name in form.fields if form[name].value()] == [form[field].value()]


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("new/", {"slug": "pool", "question_ru": "Где бассейн?", "short_ru": "У моря."}),
        ("synonyms/", {"ru": "бассейн, море"}),
    ],
)
def test_what_was_not_found_leaves_the_list_with_what_is_made_of_it(
    miriams: Client, city: Agency, page: str, sent: dict[str, str]
) -> None:
    miss = record_miss("где бассейн", "ru")
    assert miss is not None
    place = f"/desk/knowledge/{page}?lang=ru&miss={miss.pk}"
    assert miriams.post(place, {"slug": "pool"}).status_code == 422
    assert not miss.again().handled
    assert miriams.post(place, sent).status_code == 302
    assert (miss.again().handled, miss.again().answer) == (True, Answer.objects.first())


def test_a_clerk_writes_and_may_not_take_words_off_the_list(ruths: Client, city: Agency) -> None:
    miss = record_miss("בריכה", "he")
    assert miss is not None
    ruths.post(f"/desk/knowledge/new/?miss={miss.pk}", {"slug": "pool", "question_he": "מתי?", "short_he": "בקיץ."})
    assert Answer.objects.exists()
    assert not miss.again().handled


@pytest.mark.parametrize("number", ["", "x", "0", "999", "99999999999999999999"])
def test_an_answer_is_written_whatever_number_led_to_it(miriams: Client, city: Agency, number: str) -> None:
    sent = {"slug": "pool", "question_he": "מתי?", "short_he": "בקיץ."}
    assert miriams.post(f"/desk/knowledge/new/?lang=xx&miss={number}", sent).status_code == 302


def days_ahead(days: int) -> date:
    return localdate() + timedelta(days=days)


def test_an_answer_whose_time_is_over_is_to_be_looked_at(miriams: Client, city: Agency) -> None:
    over = published("over", "מתי?", valid_to=days_ahead(-1))
    published("last", "מתי?", valid_to=days_ahead(0))
    published("ahead", "מתי?", valid_from=days_ahead(1))
    assert list(Answer.objects.to_review()) == [over]
    assert "/desk/knowledge/over/" in miriams.get("/desk/knowledge/?state=due").content.decode()
    change_answer_state(over, "retire", by=None)
    assert not Answer.objects.to_review().exists()


@pytest.mark.parametrize(
    ("days", "kinds"),
    [({"valid_to": -1}, ["", "bad"]), ({"valid_from": 1}, ["", "wait"]), ({"valid_from": 0, "valid_to": 0}, ["good"])],
)
def test_the_desk_says_whether_the_public_reads_it_today(
    miriams: Client, client: Client, city: Agency, days: dict[str, int], kinds: list[str]
) -> None:
    fields: dict[str, Any] = {name: days_ahead(count) for name, count in days.items()}
    published("pool", "מתי?", **fields)
    assert client.get("/answers/pool/").status_code == (200 if kinds == ["good"] else 404)
    lists, page = (miriams.get(f"/desk/knowledge/{place}").content.decode() for place in ("", "pool/"))
    badge = re.compile(r'<span class="badge (\w*)">')
    assert badge.findall(lists)[: len(kinds)] == badge.findall(page)[: len(kinds)] == kinds
    assert len(badge.findall(page)) == len(kinds)


def test_one_word_alone_is_no_synonym(city: Agency) -> None:
    with pytest.raises(Refused):
        add_synonym({"he": ["לבד", " "]}, by=None)


def test_the_list_says_which_language_lacks_what(miriams: Client, draft: Answer) -> None:
    page = miriams.get("/desk/knowledge/").content.decode()
    assert "חסרה שאלה או תשובה קצרה" in page
    assert "pool" in miriams.get("/desk/knowledge/?gap=ru").content.decode()
    assert "/desk/knowledge/pool/" not in miriams.get("/desk/knowledge/?gap=he").content.decode()


@pytest.mark.parametrize("asked", ["הבריכה", "שחייה", 'בי"ס', "הַבריכה", "מגבת", "ПЛАВАНИЕ", "poo"])
def test_the_list_is_searched_by_words_in_every_script(miriams: Client, city: Agency, asked: str) -> None:
    russian = {"ru": {"question": "Когда плавание?", "short": "Летом."}}
    published("pool", 'מתי פתוחה הבריכה בבי"ס?', "קחו מגבת.", hidden=["שחייה"], texts=russian)
    published("dog", "איך מוציאים רישיון לכלב?")
    page = miriams.get("/desk/knowledge/", {"q": asked}).content.decode()
    assert "/desk/knowledge/pool/" in page
    assert "/desk/knowledge/dog/" not in page


def test_what_lacks_a_language_is_found_behind_the_first_page(
    miriams: Client, draft: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kesher.answers.desk.PAGE_SIZE", 2)
    for slug in ("b", "c"):
        published(slug, "מתי?", texts={"ru": {"question": "Когда?", "short": "Летом."}})
    page = miriams.get("/desk/knowledge/", {"gap": "ru"}).content.decode()
    assert "/desk/knowledge/pool/" in page
    assert "/desk/knowledge/b/" not in page


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"state": "published"}, "?state=published&amp;page=2"),
        ({"gap": "ru"}, "?gap=ru&amp;page=2"),
        ({"q": "מתי", "topic": ""}, "page=2"),
    ],
)
def test_the_list_goes_on_behind_its_end_and_keeps_the_filters(
    miriams: Client, city: Agency, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], word: str
) -> None:
    monkeypatch.setattr("kesher.answers.desk.PAGE_SIZE", 2)
    for slug in ("one", "two", "three"):
        published(slug, "מתי?")
    first = miriams.get("/desk/knowledge/", query).content.decode()
    second = miriams.get("/desk/knowledge/", {**query, "page": "2"}).content.decode()
    assert word in first
    assert ["/desk/knowledge/one/" in page for page in (first, second)] == [False, True]
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("page", ["9", "99999999999999999999", "-1", "x"])
def test_a_page_that_is_not_there_leads_to_the_first(miriams: Client, draft: Answer, page: str) -> None:
    reply = miriams.get("/desk/knowledge/", {"page": page, "state": "draft"}, follow=True)
    assert "/desk/knowledge/pool/" in reply.content.decode()


def test_a_version_that_is_not_there_may_not_be_brought_back(draft: Answer) -> None:
    with pytest.raises(Refused):
        restore_answer(draft, 9, by=None)
