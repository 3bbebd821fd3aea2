"""A loop in one test fails as loudly as a thousand tests."""

from __future__ import annotations

import pytest

from kesher.core.tests.each import each


def test_each_runs_all_cases_and_names_those_that_failed() -> None:
    seen = []

    @each("number,word", [(1, "a"), (2, "b"), (3, "c")])
    def check(number: int, word: str) -> None:
        seen.append(word)
        assert number == 2

    with pytest.raises(AssertionError, match=r"2 of 3:\n\(1, 'a'\)") as caught:
        check()
    assert seen == ["a", "b", "c"]
    assert "(3, 'c')" in str(caught.value)


def test_each_of_nothing_fails() -> None:
    with pytest.raises(AssertionError, match="no cases"):
        each("number", [])(lambda number: None)()


@each("number", [1, 2])
def test_each_leaves_the_fixtures_to_pytest(number: int, tmp_path: object) -> None:
    assert number
    assert tmp_path
