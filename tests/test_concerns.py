"""What concerns somebody: by topic, by street, by kind; each thing says why, in a number of queries that stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import scope
from kesher.following.models import Following
from kesher.following.presenters import list_concerns
from kesher.petitions.models import Petition
from kesher.reports.models import ServiceRequest
from tests.followings import a_following, herzl, lamp_on, shade

pytestmark = pytest.mark.usefixtures("db")


def whys(following: Following) -> list[tuple[str, str]]:
    """The titles of what concerns somebody, and why."""
    return [(one.title, one.why) for one in list_concerns(following)]


def test_a_petition_concerns_who_follows_a_word_of_its_title(city: Agency, dana: Identity) -> None:
    shade()
    topic = lamp_on("").case.topic
    assert topic is not None
    topic.synonyms = {"he": ["צל"]}
    topic.save()
    following = a_following(dana, topics=[topic.code])
    assert ("צל לגני השעשועים", "אתם עוקבים אחרי הנושא: פנס רחוב") in whys(following)


def test_a_report_on_my_street_says_so_in_my_language(city: Agency, dana: Identity, omar: Identity) -> None:
    herzl()
    lamp_on("הרצל 12")
    lamp_on("ביאליק 3")
    following = a_following(omar, places=[herzl().code], languages=["en"])
    with translation.override("en"):
        assert whys(following) == [("Street light: Herzl", "It is on a street that you follow: Herzl")]


@pytest.mark.parametrize("address", ["12 הרצל, מול הבית של משפחת כהן", "ביאליק 3, דירה 4"])
def test_a_report_shows_its_street_and_nothing_that_was_typed(city: Agency, dana: Identity, address: str) -> None:
    herzl()
    report = lamp_on(address)
    shown = list_concerns(a_following(dana, topics=["all:reports"]))[0].title
    assert shown == ("פנס רחוב: הרצל" if "הרצל" in address else "פנס רחוב")
    ServiceRequest.objects.filter(pk=report.pk).update(published_at=None)  # as before people could follow places
    assert list_concerns(Following.objects.get()) == []


def test_a_report_that_is_not_public_concerns_nobody(city: Agency, dana: Identity) -> None:
    report = lamp_on("הרצל 12", public=False)
    assert report.case.topic is not None
    assert whys(a_following(dana, topics=[report.case.topic.code, "all:reports"], places=[herzl().code])) == []


def test_a_draft_petition_concerns_nobody(city: Agency, dana: Identity) -> None:
    shade(published=False)
    assert whys(a_following(dana, topics=["all:petitions"])) == []


def test_all_of_a_kind_may_be_followed_and_nothing_else_comes(city: Agency, dana: Identity) -> None:
    shade()
    lamp_on("הרצל 12")
    assert [title for title, _why in whys(a_following(dana, topics=["all:petitions"]))] == ["צל לגני השעשועים"]


def test_what_was_there_before_a_moment_is_not_new(city: Agency, dana: Identity) -> None:
    shade()
    following = a_following(dana, topics=["all:petitions"])
    assert list_concerns(following, since=timezone.now() + timedelta(seconds=1)) == []


def test_a_title_is_in_the_best_language_of_its_reader(city: Agency, dana: Identity) -> None:
    shade()
    following = a_following(dana, topics=["all:petitions"], languages=["ru", "en"])
    assert [(one.title, one.lang) for one in list_concerns(following)] == [("Shade for the playgrounds", "en")]


def test_what_another_agency_has_concerns_nobody_here(city: Agency, town: Agency, dana: Identity) -> None:
    with scope(town):
        shade()
        assert Petition.objects.count() == 1
    assert whys(a_following(dana, topics=["all:petitions"])) == []


def test_more_things_need_no_more_queries(
    city: Agency, dana: Identity, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    herzl()
    report = lamp_on("הרצל 1")
    assert report.case.topic is not None
    topics = ["all:petitions", "all:answers", "all:contests", "all:purchases", report.case.topic.code]
    following = a_following(dana, topics=topics, places=[herzl().code])
    for number in range(2, 12):
        lamp_on(f"הרצל {number}")
        shade(code=f"4830{number}" if number < 10 else f"483{number}")
    with django_assert_max_num_queries(11):  # of which two ask whether they are members of something
        assert len(list_concerns(following)) == 21
