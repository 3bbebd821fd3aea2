"""Mentions: only what a watch matches, once, masked, for its time; what is edited or deleted there changes here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.listening import services
from kesher.listening.models import Mention, Source, Watch
from kesher.listening.sources.source_adapter import HeardPost
from kesher.listening.tests.factories import a_watch
from kesher.listening.watch_query import QueryError

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def source(city: Agency) -> Source:
    return services.save_source(None, kind="comments", name="תגובות", settings={}, is_active=True, by=SYSTEM)


@pytest.fixture
def water(miriam: Staff) -> Watch:
    return a_watch(miriam, "מים", "מים OR water")


def post(number: int, text: str | None, author: str = "a") -> HeardPost:
    """Return a post."""
    return HeardPost(f"p{number}", text, NOW, author=author)


def test_what_no_watch_asks_for_is_not_stored(source: Source, water: Watch) -> None:
    assert services.hear_posts(source, [post(1, "אין מים ברחוב"), post(2, "מזג אוויר נאה")]) == 1
    assert Mention.objects.get().external_id == "p1"


def test_a_post_is_stored_once_however_often_it_is_read(source: Source, water: Watch) -> None:
    for _round in range(3):
        services.hear_posts(source, [post(1, "אין מים"), post(1, "אין מים")])
    assert Mention.objects.count() == 1


def test_a_post_that_two_watches_match_is_one_mention(source: Source, water: Watch, miriam: Staff) -> None:
    a_watch(miriam, "רחוב", "רחוב")
    services.hear_posts(source, [post(1, "אין מים ברחוב")])
    assert Mention.objects.get().watches.count() == 2


def test_an_edited_post_is_changed_and_one_that_does_not_match_any_more_is_emptied(
    source: Source, water: Watch
) -> None:
    services.hear_posts(source, [post(1, "אין מים"), post(2, "water?")])
    services.hear_posts(source, [post(1, "יש שוב מים"), post(2, "all is well")])
    assert list(Mention.objects.order_by("external_id").values_list("text", flat=True)) == ["יש שוב מים", ""]


def test_what_was_deleted_does_not_come_back(source: Source, water: Watch) -> None:
    services.hear_posts(source, [post(1, "אין מים")])
    services.hear_posts(source, [post(1, None)])
    services.hear_posts(source, [post(1, "אין מים")])
    mention = Mention.objects.get()
    assert (mention.text, mention.author_hash, mention.text_key) == ("", "", "")


def test_authors_are_counted_and_not_named(source: Source, water: Watch) -> None:
    services.hear_posts(source, [post(1, "מים", "דנה לוי"), post(2, "מים", "דנה לוי"), post(3, "מים", "עומר")])
    hashes = list(Mention.objects.order_by("external_id").values_list("author_hash", flat=True))
    assert (hashes[0] == hashes[1] != hashes[2], "דנה" in str(hashes)) == (True, False)


def test_what_is_personal_is_masked_before_it_is_stored(source: Source, water: Watch) -> None:
    services.hear_posts(source, [post(1, "אין מים, התקשרו 050-5550142")])
    mention = Mention.objects.get()
    assert ("5550142" in mention.text, mention.masked) == (False, ["phone"])


def test_a_mention_is_forgotten_after_the_longest_time_of_its_watches(
    source: Source, water: Watch, miriam: Staff
) -> None:
    a_watch(miriam, "רחוב", "רחוב", retention_days=90)
    services.hear_posts(source, [post(1, "אין מים"), post(2, "אין מים ברחוב")])
    Mention.objects.update(heard_at=NOW - timedelta(days=40))
    assert services.forget_mentions() == 1
    assert Mention.objects.get().external_id == "p2"


def test_a_watch_takes_its_mentions_with_it(source: Source, water: Watch, miriam: Staff) -> None:
    street = a_watch(miriam, "רחוב", "רחוב")
    services.hear_posts(source, [post(1, "אין מים"), post(2, "אין מים ברחוב")])
    assert services.remove_watch(water, by=SYSTEM) == 1
    assert list(Mention.objects.get().watches.all()) == [street]


def test_a_switched_off_watch_hears_nothing(source: Source, miriam: Staff) -> None:
    a_watch(miriam, "מים", "מים", is_active=False)
    assert services.hear_posts(source, [post(1, "אין מים")]) == 0


def test_a_watch_needs_a_query_that_can_be_read_and_a_name_of_its_own(water: Watch, miriam: Staff) -> None:
    with pytest.raises(QueryError):
        a_watch(miriam, "שגוי", "(מים")
    with pytest.raises(Refused):
        a_watch(miriam, "מים", "מים")
    assert (Watch.objects.count(), Audit.objects.filter(operation="listening.save_watch").count()) == (1, 1)
