"""Sources: feeds and our own comments are read once each, from where reading stopped; a broken one waits longer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.conversations.models import Message
from kesher.conversations.tests.test_public_events import comment, page
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.listening import services
from kesher.listening.models import Mention, Source, Watch
from kesher.listening.services import source_updates as service
from kesher.listening.sources.feed.adapter import read_feed
from kesher.listening.sources.source_adapter import Get, SourceError, source_adapters
from kesher.listening.tests.factories import a_feed, a_watch

pytestmark = pytest.mark.django_db
FIXTURES = Path(service.__file__).parents[1] / "sources" / "feed" / "fixtures"
assert page
assert comment


@pytest.fixture
def watch(city: Agency, miriam: Staff) -> Watch:
    """A watch for the municipality."""
    return a_watch(miriam)


@pytest.fixture
def feed(city: Agency) -> Source:
    return a_feed()


def answers(name: str, status: int = 200, asked: list[Mapping[str, str]] | None = None) -> Get:
    """Return what gets a fixture for any URL, and notes the headers."""

    def get(_url: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Return the fixture."""
        if asked is not None:
            asked.append(headers)
        return status, {"etag": '"1"'}, (FIXTURES / name).read_bytes()

    return get


def test_a_feed_is_read_as_plain_words() -> None:
    found = read_feed((FIXTURES / "rss.xml").read_bytes())
    assert [(post.external_id, post.url) for post in found] == [("n-2", ""), ("n-1", "https://news.example/1")]
    assert found[1].text == "העירייה סגרה את רחוב הגפן\nעבודות ביוב & כביש עד יום שישי. פרטים: 050-5550142"
    assert found[1].said_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
    [entry] = read_feed((FIXTURES / "atom.xml").read_bytes())
    assert (entry.text, entry.author) == ("Why is the municipality silent?\nNo answer for weeks.", "A. Writer")


@pytest.mark.parametrize("body", [b"", b"<html>no feed</html>", b"\x00\xff", b"<rss", b"{}"])
def test_what_is_no_feed_is_an_error(body: bytes) -> None:
    with pytest.raises(SourceError):
        read_feed(body)


def test_a_feed_is_read_once_and_only_what_a_watch_matches_is_stored_masked(
    feed: Source, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, str]] = []
    monkeypatch.setattr(service, "get_url", answers("rss.xml", asked=asked))
    assert (services.fetch_source(feed), services.fetch_source(feed)) == (1, 0)
    mention = Mention.objects.get()
    assert "050" not in mention.text
    assert (mention.masked, mention.language, list(mention.watches.all())) == (["phone"], "he", [watch])
    assert asked == [{}, {"If-None-Match": '"1"'}]


def test_a_feed_that_did_not_change_costs_nothing(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "get_url", answers("rss.xml", status=304))
    assert services.fetch_source(feed) == 0
    assert feed.failure == ""


def test_a_source_that_fails_is_asked_less_and_less_and_says_why(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "get_url", answers("rss.xml", status=500))
    services.fetch_source(feed)
    first = feed.due_at - timezone.now()
    services.fetch_source(feed)
    assert "500" in feed.failure
    assert feed.due_at - timezone.now() > first > timedelta(minutes=9)


def test_our_own_fault_stops_no_other_source(feed: Source, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    services.save_source(
        None, kind="feed", name="בלוג", settings={"url": "https://b.example/"}, is_active=True, by=SYSTEM
    )

    def broken(url: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Fail for the first feed only."""
        if "news" in url:
            raise ZeroDivisionError
        return answers("atom.xml")(url, headers)

    monkeypatch.setattr(service, "get_url", broken)
    assert services.fetch_due_sources() == 1
    assert [bool(row.failure) for row in Source.objects.order_by("pk")] == [True, False]


def test_comments_on_our_own_channels_are_heard_and_forgotten_with_their_deletion(
    comment: Message, watch: Watch
) -> None:
    Message.objects.filter(pk=comment.pk).update(text="המדרכה שבורה")
    source = services.save_source(None, kind="comments", name="תגובות", settings={}, is_active=True, by=SYSTEM)
    assert (services.fetch_source(source), services.fetch_source(source)) == (1, 0)
    Message.objects.filter(pk=comment.pk).update(text="", deleted_at=timezone.now())
    services.fetch_source(source)
    mention = Mention.objects.get()
    assert (mention.text, mention.author_hash, mention.deleted_at is None) == ("", "", False)


def test_a_private_message_is_never_heard(comment: Message, watch: Watch) -> None:
    Message.objects.filter(pk=comment.pk).update(text="המדרכה שבורה", public=False)
    source = services.save_source(None, kind="comments", name="תגובות", settings={}, is_active=True, by=SYSTEM)
    assert services.fetch_source(source) == 0


@pytest.mark.parametrize("url", ["", "news.example", "ftp://news.example/", "https://user:pw@news.example/"])
def test_an_address_that_is_none_is_refused(city: Agency, url: str) -> None:
    with pytest.raises(Refused):
        services.save_source(None, kind="feed", name="x", settings={"url": url}, is_active=True, by=SYSTEM)
    assert not Source.objects.exists()


def test_every_kind_of_source_has_a_title_and_fixtures_where_it_reads_the_network() -> None:
    assert set(source_adapters()) == {"comments", "feed"}
    assert all(str(adapter.title) for adapter in source_adapters().values())
