"""A new body makes its first topic, and takes its first report."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff, Team
from kesher.cases.models import Case, Topic
from kesher.cases.tests.factories import waits
from kesher.channels.models import Account
from kesher.core.models import Audit

LAMP = {
    "name_he": "פנס רחוב לא דולק", "name_en": "Street light", "words_he": "פנס, תאורה,פנס", "reportable": "on",
    "needs_place": "on", "clock": "working", "answer_hours": "4", "done_hours": "16", "order": "", "is_active": "on",
}  # fmt: skip


def test_a_body_without_topics_makes_one_and_takes_a_report(city: Agency, miriams: Client, team: Team) -> None:
    stranger = Client()
    assert "עדיין אי אפשר לדווח" in stranger.get("/report/").content.decode()
    assert miriams.post("/desk/topics/new/", LAMP | {"team": team.pk}).status_code == 302
    topic = Topic.objects.get(code="street-light")
    assert (topic.team, topic.synonyms, topic.done_hours) == (team, {"he": ["פנס", "תאורה"]}, 16)
    sent = stranger.post("/report/", {"topic": topic.code, "place": "הגפן 4", "words": "חשוך לגמרי כאן"})
    assert sent.status_code == 302
    assert Case.objects.get().topic == topic


def test_the_page_of_a_topic_says_when_a_request_would_be_due(city: Agency, miriams: Client) -> None:
    miriams.post("/desk/topics/new/", LAMP)
    assert "על פנייה שתתקבל" in miriams.get("/desk/topics/street-light/").content.decode()


def test_a_topic_is_changed_and_taken_out_of_use(city: Agency, miriams: Client) -> None:
    miriams.post("/desk/topics/new/", LAMP)
    changed = {name: value for name, value in LAMP.items() if name != "is_active"} | {"clock": "always"}
    miriams.post("/desk/topics/street-light/", changed)
    assert (Topic.objects.get().clock, Topic.objects.get().is_active) == ("always", False)
    assert Audit.objects.filter(operation="cases.save_topic").count() == 2


@pytest.mark.parametrize(
    "wrong", [{"name_he": "", "name_en": ""}, {"done_hours": "1"}, {"answer_hours": "0"}, {"clock": "never"}]
)
def test_a_topic_that_cannot_be_is_refused(city: Agency, miriams: Client, wrong: dict[str, str]) -> None:
    assert miriams.post("/desk/topics/new/", LAMP | wrong).status_code == 422
    assert not Topic.objects.exists()


def test_no_clerk_and_no_other_body_makes_topics(city: Agency, ruths: Client, sashas: Client) -> None:
    for browser in (ruths, sashas):
        assert browser.post("/desk/topics/new/", LAMP).status_code == 403
    assert not Topic.objects.exists()


def test_a_topic_with_requests_stays_and_one_without_goes(city: Agency, miriams: Client, whatsapp: Account) -> None:
    miriams.post("/desk/topics/new/", LAMP)
    topic, case = Topic.objects.get(), waits(whatsapp)
    Case.objects.filter(pk=case.pk).update(topic=topic)
    miriams.post("/desk/topics/street-light/remove/")
    assert Topic.objects.filter(pk=topic.pk).exists()
    Case.objects.filter(pk=case.pk).update(topic=None)
    miriams.post("/desk/topics/street-light/remove/")
    assert not Topic.objects.exists()


def test_a_request_may_be_opened_before_its_topic_is_clear(
    city: Agency, whatsapp: Account, ruth: Staff, ruths: Client
) -> None:
    case = waits(whatsapp)
    Topic.objects.create(agency=city, code="pothole", names={"he": "בור"})
    ruths.post(f"/desk/people/{case.conversation.contact.key}/open/", {"title": "בדיקת חיוב ארנונה", "topic": ""})
    assert Case.objects.latest("pk").topic is None


def test_a_team_that_has_a_topic_stays(city: Agency, miriams: Client, team: Team) -> None:
    Topic.objects.create(agency=city, code="light", names={"he": "פנס"}, team=team)
    page = miriams.post(f"/desk/teams/{team.slug}/remove/", follow=True).content.decode()
    assert Team.objects.filter(pk=team.pk).exists()
    assert "לצוות הזה יש נושאים" in page
