"""News of communities: in the one digest of a person, with the reason, and only what they may read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.communities import services
from kesher.communities.tests.factories import a_community, a_member, a_post, call_of
from kesher.contacts.models import Identity
from kesher.contacts.services import find_consent
from kesher.conversations.models import Delivery
from kesher.conversations.services import expand_broadcasts
from kesher.conversations.tests.talk import DANA, hear
from kesher.discussions import services as discussions
from kesher.discussions.news import find_news
from kesher.following.models import Digest, Following
from kesher.following.services import send_digests

MORNING = datetime(2026, 11, 25, 9, tzinfo=ZoneInfo("Asia/Jerusalem"))


def titles(who: Identity, since: timedelta = timedelta(hours=1)) -> list[str]:
    return [item.title for item in find_news(who.contact, timezone.now() - since)]


def test_what_others_write_is_news_and_ones_own_is_not(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    a_post(community, dana, "איפה יש צל?")
    assert titles(dana) == []
    assert titles(tamar) == ["נועה: איפה יש צל?"]


def test_an_answer_to_what_somebody_wrote_comes_first_and_says_so(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    post = a_post(community, dana)
    discussions.reply(post, call_of(tamar), text="בגן הגפן.")
    services.post_to_community(community, call_of(tamar), text="מי בא לגינה?")
    found = sorted(find_news(dana.contact, timezone.now() - timedelta(hours=1)), key=lambda item: -item.weight)
    assert found[0].title == "תמר: בגן הגפן."
    assert "תשובה למה שכתבתם" in found[0].why
    assert "מי בא לגינה?" in found[1].title


def test_an_answer_to_somebody_else_is_no_news_unless_it_is_official(
    dana: Identity, tamar: Identity, ruth: Staff
) -> None:
    community = a_community()
    a_member(community, dana)
    a_member(community, tamar, "תמר")
    post = a_post(community, dana)
    discussions.reply(post, call_of(dana), text="עוד שאלה.")
    discussions.answer_officially(community.discussion, "הצל יותקן במאי.", staff=ruth, parent=post)
    assert [title.partition(": ")[2] for title in titles(tamar)] == ["הצל יותקן במאי.", post.text]


@pytest.mark.parametrize("how", ["never joined", "left", "removed", "deleted", "held"])
def test_nobody_reads_in_a_digest_what_they_may_not_read(
    how: str, dana: Identity, tamar: Identity, ruth: Staff
) -> None:
    community = a_community()
    a_member(community, dana)
    place = a_member(community, tamar, "תמר") if how != "never joined" else None
    post = a_post(community, dana, "התקשרו אלי 050-5550177" if how == "held" else "שלום לכולם")
    if how == "left":
        services.leave_community(community, call_of(tamar))
    elif how == "removed" and place is not None:
        discussions.remove_participant(place, "ספאם", staff=ruth)
    elif how == "deleted":
        discussions.delete_post(post, call_of(dana))
    assert titles(tamar) == []


def test_who_joins_chooses_how_often_and_gets_one_digest_for_all(
    sms: Account, dana: Identity, tamar: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(sms, DANA, "שלום")
    clock = [MORNING - timedelta(days=1)]
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock[0].astimezone(UTC))
    for code in ("31415", "31423"):
        community = a_community(code=code)
        services.join_community(community, call_of(dana), name="דנה", frequency="daily")
        a_member(community, tamar, "תמר")
        clock[0] += timedelta(minutes=10)
        a_post(community, tamar, f"מה חדש ב־{code}?")
    clock[0] = MORNING
    assert [send_digests(), send_digests()] == [1, 0]
    expand_broadcasts()
    text = Delivery.objects.latest("pk").message.text
    assert "31415" in text
    assert "31423" in text
    assert Digest.objects.get().items == 2


def test_who_is_not_asked_or_says_never_gets_nothing_and_agrees_to_nothing(dana: Identity, tamar: Identity) -> None:
    community = a_community()
    services.join_community(community, call_of(dana), name="דנה")
    services.join_community(community, call_of(tamar), name="תמר", frequency="never")
    assert not Following.objects.exists()
    assert find_consent(dana.contact, "information") is None


def test_joining_changes_nothing_of_what_somebody_follows(dana: Identity) -> None:
    Following.objects.create(agency=dana.agency, contact=dana.contact, topics=["all:petitions"], places=["north"])
    services.join_community(a_community(), call_of(dana), name="דנה", frequency="weekly")
    row = Following.objects.get()
    assert (row.topics, row.places, row.frequency) == (["all:petitions"], ["north"], "weekly")


def test_news_take_four_queries_however_much_there_is(
    dana: Identity, tamar: Identity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for code in ("31415", "31423", "31431"):
        community = a_community(code=code)
        a_member(community, dana)
        a_member(community, tamar, "תמר")
        for number in range(5):
            a_post(community, tamar, f"שאלה {number} של {code}")
    with django_assert_num_queries(4):
        assert len(titles(dana)) == 15
