from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kesher.agencies.models import Agency
from kesher.discussions.hold_reasons import EXPLANATIONS, HoldReason
from kesher.discussions.rules import Author, decision_due, find_reasons, has_link, names_others, text_digest
from kesher.discussions.tests.criticisms import criticisms
from kesher.discussions.watched_words import WatchedWords

NOON = datetime(2026, 11, 25, 10, tzinfo=UTC)  # a Wednesday, 12:00 in Jerusalem
WATCHED = WatchedWords(["מטומטם", "אני אהרוג אותך", "سأقتلك", "убью тебя", "i will kill you", "scum"])
CITY = Agency(slug="neve-yam")  # with the opening and quiet hours that a new agency has
NEW = Author(joined=NOON - timedelta(hours=1))
OLD = Author(joined=NOON - timedelta(days=3))


def reasons(text: str, author: Author = OLD) -> list[HoldReason]:
    """Return why a text is held at noon."""
    return find_reasons(text, author, at=NOON, watched=WATCHED, sites=("neve-yam.example.org",))


def test_criticism_of_the_city_is_never_held_not_even_of_new_members() -> None:
    texts = criticisms()
    assert len(set(texts)) == 200
    assert [text for text in texts if reasons(text, NEW)] == []


def test_a_link_is_held_for_the_first_three_days() -> None:
    text = "Look at https://shop.example.com/offer"
    assert reasons(text, NEW) == [HoldReason.NEW_LINK]
    assert reasons(text, Author(joined=NOON - timedelta(days=3) + timedelta(seconds=1))) == [HoldReason.NEW_LINK]
    assert reasons(text, OLD) == []


def test_a_link_to_the_city_itself_is_no_reason() -> None:
    assert reasons("https://neve-yam.example.org/petitions/", NEW) == []
    assert reasons("https://neve-yam.example.org.evil.com/", NEW) == [HoldReason.NEW_LINK]
    assert HoldReason.NEW_LINK in reasons("https://neve-yam.example.org@evil.com/", NEW)


@pytest.mark.parametrize("text", ["www.shop.com", "ב-shop.co.il יש", "HTTP://X.Y", "bit.ly/3abc"])
def test_a_link_is_seen_without_its_scheme(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize(
    "text", ["noa@shop.com", "n.b-c@my-shop.com", "at 12.30 in the park.", "v1.2.3", "סוף.התחלה", "e.g. this"]
)
def test_what_only_looks_like_a_link_is_none(text: str) -> None:
    assert not has_link(text)


def test_the_fourth_equal_text_is_held() -> None:
    assert reasons("Flat for rent", Author(joined=OLD.joined, equal=2)) == []
    assert reasons("Flat for rent", Author(joined=OLD.joined, equal=3)) == [HoldReason.REPEATED]


def test_equal_texts_are_those_of_the_same_words() -> None:
    assert text_digest("Flat for rent!!") == text_digest("  flat, for RENT")
    assert text_digest("דירה להשכרה") == text_digest("דִּירָה להשכרה…")
    assert text_digest("Flat for rent") != text_digest("Flat for rent in June")


@pytest.mark.parametrize("text", ["התקשרו לשכן 054-5550199", "write to omar@example.com", "ת״ז 123456782"])
def test_the_personal_data_of_others_are_held(text: str) -> None:
    assert reasons(text) == [HoldReason.PERSONAL]


def test_people_may_write_their_own_number_in_any_spelling() -> None:
    own = ("+972505550142", "dana@example.com")
    assert not names_others("My stroller is free: 050-555-0142 or Dana@Example.com", own)
    assert names_others("Mine is 050-555-0142, my neighbour's 054-555-0199", own)


def test_a_street_and_a_number_are_no_persons_data() -> None:
    assert reasons("A grey cat was found at Herzl 12, and 3 kittens") == []


@pytest.mark.parametrize("text", ["אתה מטומטם!", "והמטומטם הזה", "I  WILL kill\nyou", "я убью тебя", "سأقتلك"])
def test_slurs_and_threats_of_the_list_are_held(text: str) -> None:
    assert reasons(text) == [HoldReason.WORDS]


@pytest.mark.parametrize("text", ["scumbled paint", "I will kill the engine for you", "אהרוג את הזמן", "убьют время"])
def test_a_part_of_a_listed_word_is_no_reason(text: str) -> None:
    assert reasons(text) == []


def test_an_empty_list_holds_nothing() -> None:
    assert WatchedWords(["", " – "]).find("anything at all") is None


def test_all_reasons_are_told_at_once() -> None:
    text = "scum: www.shop.com, call 054-5550199"
    author = Author(joined=NEW.joined, equal=3)
    assert set(reasons(text, author)) == set(HoldReason) == set(EXPLANATIONS)


def test_a_decision_is_due_in_four_hours_by_day() -> None:
    assert decision_due(CITY, NOON) == NOON + timedelta(hours=4)


def test_what_is_held_in_the_evening_is_due_next_morning() -> None:
    evening = datetime(2026, 11, 25, 18, tzinfo=UTC)  # 20:00; the night is from 21:00 to 08:00
    assert decision_due(CITY, evening) == datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_the_sabbath_does_not_count() -> None:
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert decision_due(CITY, friday) > datetime(2026, 11, 28, 15, tzinfo=UTC)
