"""How a search box is read."""

from __future__ import annotations

import pytest

from kesher.core.ui.list_search import LONGEST, WORDS_MOST, interpret_query, join_keys, stored_keys


def texts(asked: str) -> list[str]:
    return [reading.text for reading in interpret_query(asked)]


@pytest.mark.parametrize(("asked", "meant"), [("tupbhho", "אופניים"), ("לןאק", "kite"), ("ишлу", "bike")])
def test_the_keyboard_may_have_been_on_another_language(asked: str, meant: str) -> None:
    assert meant in texts(asked)


def test_words_that_join_others_are_not_looked_for_unless_alone() -> None:
    assert [len(interpret_query(asked)[0].words) for asked in ("the lane of the sea", "של", "בית על הים")] == [2, 1, 2]


@pytest.mark.parametrize("asked", ["", "   ", "?!", "--"])
def test_without_words_there_is_nothing_to_read(asked: str) -> None:
    assert interpret_query(asked) == []


def test_a_long_question_is_cut() -> None:
    found = interpret_query("מילה " * 500 + "x")
    assert len(found[0].text) <= LONGEST
    assert all(len(reading.words) <= WORDS_MOST for reading in interpret_query(" ".join(map(str, range(40)))))


def test_keys_stand_apart_in_their_line() -> None:
    line = join_keys("שני שבילים", "Two lanes")
    assert all(f" {key} " in line for key in stored_keys("two שבילים lane"))
