"""Bursts: what many people suddenly say is noticed once; one person or one copied text is not many people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import bursts as bench
from kesher.listening.bursts import Burst, BurstDetector, BurstGroups, Post
from kesher.listening.bursts.burst_detector import HOUR, count_voices, score
from kesher.listening.bursts.post_terms import find_terms, find_text_key

NO_WATER = ("אין מים בגבעה", "המים נפסקו בגבעה", "מישהו יודע למה אין מים", "שוב בלי מים", "נגמרו המים ברחוב שלנו")
FIRE = ("שריפה גדולה ביער", "עשן ושריפה ליד היער", "ראיתי שריפה ביער", "כל היער בשריפה", "השריפה מתקרבת")


def said(texts: tuple[str, ...], count: int, *, begin: float = 0.0, step: float = 60.0, author: str = "") -> list[Post]:
    """Return posts, one a minute, each with a number of its own so that none is a copy of another."""
    return [
        Post(begin + step * at, find_terms(text), author or f"a{begin}{at}", f"{text} {at}")
        for at, text in ((at, texts[at % len(texts)]) for at in range(count))
    ]


def bursts(posts: list[Post], detector: BurstDetector | None = None) -> list[Burst]:
    """Return all bursts of posts in order."""
    detector = detector or BurstDetector()
    return [burst for post in posts for burst in detector.add(post)]


def test_what_many_people_suddenly_say_is_noticed_at_the_eighth() -> None:
    """A term that nobody said before bursts inside the open hour, not at its end."""
    found = [burst for burst in bursts(said(NO_WATER, 20)) if burst.term == "מימ"]
    assert (found[0].window, found[0].total) == (HOUR, 8)
    assert found[0].at < 20 * 60


def test_seven_people_are_not_many() -> None:
    """Below the least count nothing is said."""
    assert bursts(said(("אין מים",), 7)) == []


def test_a_burst_is_reported_once_a_day() -> None:
    """A term rests after it burst, in each window."""
    found = bursts(said(("אין מים",), 300))
    assert len({(burst.term, burst.window) for burst in found}) == len(found)


def test_what_is_always_said_is_no_burst() -> None:
    """Ten times an hour for a month is what is usual; ninety in an hour is not."""
    detector = BurstDetector()
    usual = [post for hour in range(24 * 30) for post in said(("תודה רבה",), 10, begin=hour * HOUR)]
    assert [burst for burst in bursts(usual, detector) if burst.at > 24 * HOUR * 7] == []
    assert bursts(said(("תודה רבה",), 90, begin=24 * 30 * HOUR, step=30), detector)


@given(st.integers(1, 400), st.integers(1, 7))
def test_few_people_never_make_a_burst(posts: int, people: int) -> None:
    """However often seven people write, they are seven."""
    stream = [Post(at, {"מים": "מים"}, f"a{at % people}", f"text {at}") for at in map(float, range(0, posts * 5, 5))]
    assert bursts(stream) == []


def test_a_campaign_of_copies_is_no_burst() -> None:
    """A hundred accounts that send one text are hardly more than one voice."""
    copies = [Post(10.0 * at, find_terms(FIRE[0]), f"a{at}", find_text_key(FIRE[0])) for at in range(100)]
    assert bursts(copies) == []
    assert count_voices(copies) < 6


def test_two_things_at_once_are_two_groups() -> None:
    """Water in one quarter and a fire in another are told apart, and each has one group with its words."""
    posts = sorted(said(NO_WATER, 40) + said(FIRE, 40, begin=30.0))
    groups = BurstGroups()
    for burst in bursts(posts):
        groups.add(burst)
    assert len(groups.current) == 2
    water, fire = (set(group.label()) for group in groups.current)
    assert water & {"מים", "המים"}
    assert fire & {"שריפה", "השריפה"}
    assert not water & fire


def test_a_group_ends_after_two_silent_days() -> None:
    """The same words a week later are a new thing."""
    detector, groups = BurstDetector(), BurstGroups()
    new = [groups.add(burst)[1] for burst in bursts(said(NO_WATER, 40), detector)]
    later = [groups.add(burst)[1] for burst in bursts(said(NO_WATER, 40, begin=7 * 24 * HOUR), detector)]
    assert new.count(True) == later.count(True) == 1


def test_terms_are_words_without_links_names_and_small_words() -> None:
    """Forms of a word share a term; a hashtag is its word."""
    assert find_terms("RT @someone: there is no water! https://example.org/x 2026 a@example.org") == {"water": "water"}
    assert find_terms("#מים").keys() & find_terms("במים").keys()
    assert find_text_key("RT @a No water https://example.org/1") == find_text_key("no WATER!  https://example.org/2")


def test_a_score_is_in_standard_deviations() -> None:
    """What is expected has the score nought."""
    assert score(4, 4) == 0
    assert score(8, 0) > 11


@pytest.mark.slow
@pytest.mark.skipif(
    not bench.FOLDER.exists(), reason="posts of crises: ../shared/data/listening/crisislext26 is absent"
)
def test_crises_are_noticed_in_time() -> None:
    """Seven sudden ones within half an hour, fourteen of all within seven, and at most two groups a day."""
    noticed = bench.measure(bench.load())
    sudden = [hours for event, hours in noticed.hours.items() if any(name in event for name in bench.SUDDEN)]
    assert len(sudden) == len(bench.SUDDEN)
    assert max(sudden) <= 0.5
    assert sum(hours <= 7 for hours in noticed.hours.values()) >= 14
    assert noticed.groups <= 2 * noticed.days
