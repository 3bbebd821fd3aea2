"""The pipeline of a batch: copies share a key, topics and signals are stored, and a restart changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.listening import services
from kesher.listening.bursts.post_terms import find_text_key
from kesher.listening.models import Mention, Signal, Source, Topic, Watch
from kesher.listening.pipeline import pipeline_state
from kesher.listening.pipeline.near_duplicates import NearDuplicates
from kesher.listening.pipeline.topic_clusters import TopicClusters
from kesher.listening.rules import count_authors, is_enough
from kesher.listening.sources.source_adapter import HeardPost
from kesher.listening.tests.factories import a_feed, a_watch

pytestmark = pytest.mark.django_db
CAMPAIGN = "The municipality must reopen the swimming pool in our quarter before the summer begins"


@pytest.fixture
def watch(city: Agency, miriam: Staff) -> Watch:
    return a_watch(miriam, "pool", "pool OR flood")


@pytest.fixture
def feed(city: Agency) -> Source:
    return a_feed()


def said(texts: list[str], *, first: int = 0, author: str = "") -> list[HeardPost]:
    """Return posts of different authors (or of one), a minute apart, in the last hours."""
    began = timezone.now() - timedelta(hours=3)
    return [
        HeardPost(f"p{first + n}", text, began + timedelta(minutes=first + n), author=author or f"person {first + n}")
        for n, text in enumerate(texts)
    ]


def flood(count: int) -> list[str]:
    """Return texts about one thing, each in words of its own."""
    own = ["".join(chr(97 + (n * 7 + at * (n + 3)) % 26) for at in range(40)) for n in range(count)]
    return [f"{row[:9]} {row[9:17]} flood {row[17:24]} {row[24:32]} harbour {row[32:]}" for row in own]


def test_a_copy_with_some_words_changed_is_a_copy_and_another_text_is_not() -> None:
    texts = NearDuplicates()
    first = texts.find_first("a", find_text_key(CAMPAIGN))
    assert texts.find_first("b", find_text_key(CAMPAIGN + " please")) == first == "a"
    assert texts.find_first("c", find_text_key("The pool was closed because the water was too cold for us")) == "c"
    assert texts.find_first("d", "pool") == "d"


def test_copies_share_a_key_when_they_are_stored(feed: Source, watch: Watch) -> None:
    services.hear_posts(feed, said([CAMPAIGN, CAMPAIGN + " now", "a flood"]))
    keys = list(Mention.objects.order_by("external_id").values_list("text_key", flat=True))
    assert (keys[0] == keys[1], keys[2] == keys[0]) == (True, False)


def test_posts_about_one_thing_are_a_topic_and_others_are_not() -> None:
    topics = TopicClusters()
    one = [topics.add({"flood": "flood", "street": "street", f"x{n}": "x"}, n) for n in range(4)]
    assert len({id(cluster) for cluster in one}) == 1
    assert topics.add({"tax": "tax", "bill": "bill"}, 5) is not one[0]
    assert topics.add({}, 6) is None


def test_a_topic_is_stored_from_its_third_post_on_with_all_of_them(feed: Source, watch: Watch) -> None:
    texts = [f"{CAMPAIGN} {word}" for word in ("now", "please", "again", "at last", "today")]
    services.hear_posts(feed, said(texts[:2]))
    assert not Topic.objects.exists()
    services.hear_posts(feed, said(texts[2:], first=2))
    assert list(Topic.objects.values_list("pk", flat=True)) == list(
        Mention.objects.values_list("topic", flat=True).distinct()
    )


def test_a_restart_in_mid_stream_leads_to_the_same_topics_and_signals(feed: Source, watch: Watch) -> None:
    for number, text in enumerate([*flood(12), *[f"{CAMPAIGN} {n}" for n in range(5)]]):
        pipeline_state._states.clear()
        services.hear_posts(feed, said([text], first=number))
    assert (Mention.objects.count(), Signal.objects.count(), Topic.objects.count()) == (17, 1, 1)
    assert Mention.objects.exclude(topic=None).count() == 5


def test_what_many_suddenly_say_is_one_signal_with_its_watch(feed: Source, watch: Watch) -> None:
    services.hear_posts(feed, said(flood(12)))
    services.hear_posts(feed, said(flood(30)[12:], first=12))
    signal = Signal.objects.get()
    assert (signal.authors >= 8, list(signal.watches.all())) == (True, [watch])
    assert "flood" in [word.lower() for word in signal.words]


def test_neither_one_person_nor_a_campaign_is_a_signal(feed: Source, watch: Watch) -> None:
    services.hear_posts(feed, said(flood(30), author="one"))
    services.hear_posts(feed, said([f"{CAMPAIGN} {n}" for n in range(15)], first=40))
    assert not Signal.objects.exists()


def test_what_our_own_accounts_say_is_no_voice(feed: Source, watch: Watch) -> None:
    feed.settings = {**feed.settings, "own_names": "City hall, @city"}
    services.hear_posts(feed, said(flood(30), author="@City"))
    assert (Mention.objects.filter(is_own=True).count(), Signal.objects.exists()) == (30, False)


def test_a_batch_that_fails_leaves_nothing_behind(feed: Source, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    services.hear_posts(feed, said(flood(2)))
    with monkeypatch.context() as broken:
        broken.setattr("kesher.listening.services.post_batches.store_topics", lambda *_given: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            services.hear_posts(feed, said(flood(4)[2:], first=2))
    assert Mention.objects.count() == 2
    assert services.hear_posts(feed, said(flood(4)[2:], first=2)) == 2


def test_five_people_are_enough_and_unknown_ones_are_nobody() -> None:
    assert is_enough(count_authors(["a", "b", "c", "d", "e"]))
    assert not is_enough(count_authors(["a", "b", "c", "d", "d", ""]))
