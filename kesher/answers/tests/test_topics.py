"""The shelves of answers: a new body builds them, a manager changes, merges and removes them, and nothing falls down."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.search.search import search
from kesher.answers.services import TopicData, add_topic, drop_topic, merge_topic, restore_answer
from kesher.answers.tests.factories import a_checker, published
from kesher.core.errors import Refused
from kesher.core.models import Audit

PAGE = "/desk/knowledge/topics/"


@pytest.fixture
def water(city: Agency) -> AnswerTopic:
    return add_topic("water", TopicData({"he": "מים"}, "activity"), by=None)


def test_a_body_without_topics_builds_its_first_shelf_and_puts_an_answer_on_it(miriams: Client, city: Agency) -> None:
    assert "אין עדיין נושאים" in miriams.get(PAGE).content.decode()
    miriams.post(PAGE, {"code": "Water", "he": "מים", "ru": "Вода", "icon": "activity"})
    miriams.post(PAGE, {"code": "roads", "he": "דרכים", "order": "5"})
    assert list(AnswerTopic.objects.order_by("order").values_list("code", "order")) == [("roads", 5), ("water", 10)]
    topic = AnswerTopic.objects.get(code="water")
    sent = {"slug": "tap", "question_he": "למה אין מים?", "short_he": "מתקנים.", "topic": str(topic.pk)}
    miriams.post("/desk/knowledge/new/", sent)
    assert Answer.objects.get().topic == topic


def test_a_clerk_may_look_and_not_build(ruths: Client, water: AnswerTopic) -> None:
    page = ruths.get(PAGE).content.decode()
    assert "מים" in page
    assert 'name="save"' not in page
    for sent in ({"code": "b", "he": "ב"}, {"id": str(water.pk), "drop": "1"}):
        assert ruths.post(PAGE, sent).status_code == 403
    assert AnswerTopic.objects.get() == water


def test_answers_are_found_by_the_new_name_of_their_shelf(miriams: Client, water: AnswerTopic) -> None:
    published("tap", "למה אין לחץ?", topic=water)
    miriams.post(PAGE, {"id": str(water.pk), "he": "ביוב", "icon": "home", "order": "3", "save": "1"})
    water.refresh_from_db()
    assert (water.code, water.names, water.icon, water.order) == ("water", {"he": "ביוב"}, "home", 3)
    assert [hit.slug for hit in search("ביוב").hits] == ["tap"]


@pytest.mark.parametrize(
    "sent", [{"code": "water", "he": "שוב"}, {"code": "w!", "he": "לא"}, {"code": "new"}, {"code": "b2", "he": "ב", "icon": "dragon"}]
)  # fmt: skip
def test_a_shelf_that_cannot_be_is_refused_with_a_reason(
    miriams: Client, water: AnswerTopic, sent: dict[str, str]
) -> None:
    reply = miriams.post(PAGE, sent)
    assert reply.status_code == 422
    assert 'role="alert"' in reply.content.decode()
    assert AnswerTopic.objects.count() == 1


def test_a_shelf_with_something_on_it_may_not_be_removed(miriams: Client, water: AnswerTopic) -> None:
    row = published("tap", "למה אין לחץ?", topic=water)
    miriams.post(PAGE, {"id": str(water.pk), "drop": "1"})
    assert row.again().topic == water
    Answer.objects.update(topic=None)
    miriams.post(PAGE, {"id": str(water.pk), "drop": "1"})
    assert not AnswerTopic.objects.exists()
    assert Audit.objects.filter(operation="answers.drop_topic").count() == 1


def test_a_checker_keeps_its_shelf_standing(water: AnswerTopic) -> None:
    checker = a_checker()
    checker.topic = water
    checker.save()
    with pytest.raises(Refused):
        drop_topic(water, by=None)


def test_merging_moves_everything_and_an_old_version_finds_its_answer_there(
    miriams: Client, water: AnswerTopic
) -> None:
    roads = add_topic("roads", TopicData({"he": "דרכים"}), by=None)
    row = published("tap", "למה אין לחץ?", topic=water)
    updated = row.updated
    miriams.post(PAGE, {"id": str(water.pk), "merge": "1", "into": str(roads.pk)})
    row = row.again()
    assert (row.topic, row.updated, row.revisions.count()) == (roads, updated, 2)
    assert [hit.slug for hit in search("דרכים").hits] == ["tap"]
    assert restore_answer(row, 1, by=None).topic == roads
    with pytest.raises(Refused):
        merge_topic(roads, roads, by=None)


def test_a_shelf_that_is_gone_since_is_not_found(miriams: Client, water: AnswerTopic) -> None:
    number = str(water.pk)
    drop_topic(water, by=None)
    assert miriams.post(PAGE, {"id": number, "he": "מים"}).status_code == 404
