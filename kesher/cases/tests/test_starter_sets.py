"""Starter sets: topics, teams and ready answers by one press, without changing what is there, and taken back by another."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff, Team
from kesher.cases.models import ReadyAnswer, Topic
from kesher.cases.reply_box import unknown_placeholders
from kesher.cases.services.starter_sets import (
    STARTER_SETS,
    add_starter_set,
    holds_starter_set,
    read_starter_set,
    remove_starter_set,
)
from kesher.core.models import Audit
from kesher.language import LANGUAGES

REPORTABLE_MOST = 10  # as many fit on a phone's screen


@pytest.mark.parametrize("name", STARTER_SETS)
def test_a_set_is_complete_in_four_languages(name: str) -> None:
    content = read_starter_set(name)
    texts = [*content.teams.values(), *(row["names"] for row in [*content.topics, *content.ready_answers])]
    assert all(set(words) == set(LANGUAGES) and all(words.values()) for words in texts)
    assert {row["team"] for row in content.topics} <= set(content.teams)
    assert all(row["answer_hours"] <= row["done_hours"] for row in content.topics)
    assert not [row for row in content.ready_answers for text in row["texts"].values() if unknown_placeholders(text)]


@pytest.mark.parametrize(("name", "size"), [("municipality", 40), ("ministry", 15)])
def test_a_set_has_its_topics_with_few_to_choose_from(name: str, size: int) -> None:
    topics = read_starter_set(name).topics
    assert len({row["code"] for row in topics}) == len(topics) == size
    assert 1 <= sum(row.get("reportable", False) for row in topics) <= REPORTABLE_MOST


def test_dangers_of_the_street_are_dealt_with_around_the_clock() -> None:
    rows = {row["code"]: row for row in read_starter_set("municipality").topics}
    for code in ("electric-hazard", "manhole", "dangerous-building", "public-shelter", "tree-danger", "traffic-light"):
        assert (rows[code]["clock"], rows[code]["answer_hours"]) == ("always", 0.5)
        assert rows[code]["done_hours"] <= 4


def test_one_press_adds_topics_teams_and_ready_answers(miriams: Client, city: Agency) -> None:
    response = miriams.post("/desk/topics/sets/municipality/")
    assert response["Location"] == "/desk/topics/"
    assert (Topic.objects.count(), Team.objects.count(), ReadyAnswer.objects.count()) == (40, 10, 6)
    assert Topic.objects.get(code="street-light").team == Team.objects.get(slug="roads")
    assert Audit.objects.filter(operation="cases.add_starter_set").count() == 1


def test_another_press_says_that_nothing_is_missing(miriams: Client, city: Agency) -> None:
    miriams.post("/desk/topics/sets/ministry/")
    page = miriams.post("/desk/topics/sets/ministry/", follow=True, headers={"accept-language": "en"})
    assert "Everything of this set is here already." in page.text


def test_before_there_are_topics_the_sets_come_first_and_say_what_they_bring(miriams: Client, city: Agency) -> None:
    page = miriams.get("/desk/topics/", headers={"accept-language": "en"}).text
    assert page.index('id="sets-title"') < page.index("There are no topics yet")
    assert "Electrical hazard" in page


def test_what_is_there_by_its_code_is_not_changed(city: Agency, miriam: Staff, team: Team) -> None:
    Topic.objects.create(agency=city, code="pothole", names={"he": "שלנו"}, done_hours=3, team=team)
    add_starter_set("municipality", city, staff=miriam)
    added = add_starter_set("municipality", city, staff=miriam)
    assert added == {"topics": 0, "teams": 0, "answers": 0, "texts": 0}
    assert Topic.objects.get(code="pothole").names == {"he": "שלנו"}
    assert team.names == Team.objects.get(slug="roads").names


def test_both_sets_go_together_and_ready_answers_come_once(city: Agency, miriam: Staff) -> None:
    for name in STARTER_SETS:
        add_starter_set(name, city, staff=miriam)
    assert (Topic.objects.count(), ReadyAnswer.objects.count()) == (54, 6)  # "something else" is in both


def test_a_set_is_taken_back_where_nothing_uses_it(city: Agency, miriam: Staff, ruth: Staff) -> None:
    add_starter_set("municipality", city, staff=miriam)
    Topic.objects.filter(code="noise").update(done_hours=99)
    Team.objects.get(slug="water").members.add(ruth)
    ReadyAnswer.objects.create(agency=city, name="ours", texts={"he": "כן"}, topic=Topic.objects.get(code="bin"))
    remove_starter_set("municipality", staff=miriam)
    assert set(Topic.objects.values_list("code", flat=True)) == {"noise", "bin"}
    assert set(Team.objects.values_list("slug", flat=True)) == {"water", "inspection", "city-looks"}
    assert [row.name for row in ReadyAnswer.objects.all()] == ["ours"]


def test_the_page_offers_to_take_back_only_what_is_held(city: Agency, miriam: Staff, miriams: Client) -> None:
    assert 'name="undo"' not in miriams.get("/desk/topics/").text
    add_starter_set("ministry", city, staff=miriam)
    assert miriams.get("/desk/topics/").text.count('name="undo"') == 1
    asked = miriams.post("/desk/topics/sets/ministry/", {"undo": "1"})
    assert 'name="sure"' in asked.text
    assert holds_starter_set("ministry")
    assert len(asked.context["titles"]) > Topic.objects.count() == 15
    miriams.post("/desk/topics/sets/ministry/", {"undo": "1", "sure": "1"})
    assert not holds_starter_set("ministry")
    assert not Topic.objects.exists()


def test_what_another_set_has_as_well_stays_with_it(city: Agency, miriam: Staff) -> None:
    add_starter_set("municipality", city, staff=miriam)
    before = set(Topic.objects.values_list("code", flat=True))
    add_starter_set("ministry", city, staff=miriam)
    taken, kept = remove_starter_set("ministry", staff=miriam)
    assert (set(Topic.objects.values_list("code", flat=True)), ReadyAnswer.objects.count(), kept) == (before, 6, 0)
    assert len(Audit.objects.get(operation="cases.remove_starter_set").data["taken"]) == taken


def test_ready_answers_come_once_in_whatever_language(city: Agency, miriam: Staff) -> None:
    add_starter_set("municipality", city, staff=miriam)
    city.languages = ["ru", "he"]
    assert add_starter_set("municipality", city, staff=miriam)["answers"] == 0


def test_what_was_changed_is_counted_as_kept(city: Agency, miriam: Staff) -> None:
    add_starter_set("ministry", city, staff=miriam)
    topic = Topic.objects.select_related("team").first()
    Topic.objects.filter(pk=topic.pk).update(done_hours=99)  # type: ignore[union-attr]
    assert remove_starter_set("ministry", staff=miriam)[1] == 2  # the topic, and its team


def test_a_topic_with_the_code_of_the_page_can_be_removed(city: Agency, miriams: Client) -> None:
    Topic.objects.create(agency=city, code="sets", names={"he": "ערכות"})
    miriams.post("/desk/topics/sets/remove/")
    assert not Topic.objects.exists()


def test_a_clerk_may_not_add_a_set(ruths: Client, city: Agency) -> None:
    assert ruths.post("/desk/topics/sets/municipality/").status_code == 403
    assert not Topic.objects.exists()


def test_a_clerk_of_another_town_may_not_add_a_set(sashas: Client, city: Agency) -> None:
    assert sashas.post("/desk/topics/sets/ministry/").status_code == 403
    assert not Topic.objects.exists()


def test_an_unknown_set_is_not_found(miriams: Client) -> None:
    assert miriams.post("/desk/topics/sets/nothing/").status_code == 404
