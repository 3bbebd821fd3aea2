"""When two words are one."""

from __future__ import annotations

import pytest

from kesher.contests.duplicate_proposals import CLOSE, closeness, is_same_word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("קְלִיט", "קליט"),  # points
        ("תוכנית", "תכנית"),  # vowel letters
        ("המגדלור", "מגדלור"),  # the article
        ("ניקיון", "נקיון"),
        ("«סופית»", "סופית"),
        ("דו-שיח", "דו שיח"),
        ("Spoiler", "spoiler"),
        ("הרס־סוף", "הרס סוף"),
    ],
)
def test_the_same_word_is_the_same(one: str, other: str) -> None:
    assert is_same_word(one, other)
    assert is_same_word(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("עשיר", "עשור"),  # other vowel letters
        ("שיר", "שר"),  # too short to tell
        ("סֵפֶר", "סַפָּר"),  # pointed as two words
        ("הרים", "רים"),  # what looks like an article is the root
        ("מקלקל", "קלקלן"),
        ("מגדלור", "מגדלורים"),
    ],
)
def test_another_word_may_not_be_swallowed(one: str, other: str) -> None:
    assert not is_same_word(one, other)


def test_close_words_are_shown_to_a_person_and_far_ones_are_not() -> None:
    assert closeness("סופן", "סופנית") >= CLOSE
    assert closeness("מגדלור", "מגדלורים") >= CLOSE
    assert closeness("עשיר", "עשור") >= CLOSE
    assert closeness("מקלקל", "הרסוף") < CLOSE
