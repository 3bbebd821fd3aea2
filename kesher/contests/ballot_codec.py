"""Encode an answer of a pairwise or opinion vote as short text and back: "12+" agrees, "3>7" prefers.

"12+" agrees with statement 12, "12-" disagrees, "12=" passes. "3>7" prefers 3 to 7 where 3 was shown first, "3<7"
prefers 7, "3=7" could not decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kesher.contests.models import Proposal

STATEMENT = re.compile(r"(\d{1,6})([-=+])")
PAIR = re.compile(r"(\d{1,6})([<=>])(\d{1,6})")
KEY = re.compile(r"(\d{1,6})(?:[:<=>](\d{1,6}))?")
VALUES = {"-": -1, "=": 0, "+": 1, "<": -1, ">": 1}

Given = tuple[Proposal, Proposal | None, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about a statement, or about a pair.

    ``other`` is None for a statement. ``one`` and ``other`` are proposal numbers in the order in which they were shown.
    """

    one: int
    other: int | None
    value: int

    @property
    def key(self) -> tuple[int, int | None]:
        """Return the number of the statement, or both of a pair with the smaller first, that this answers."""
        if self.other is None:
            return self.one, None
        return min(self.one, self.other), max(self.one, self.other)

    def __str__(self) -> str:
        """Return the answer as it is stored: "12+", "12-", "12=", or "3>7" for a pair."""
        if self.other is None:
            return f"{self.one}{'-=+'[self.value + 1]}"
        return f"{self.one}{'<=>'[self.value + 1]}{self.other}"


def parse_answer(text: str) -> Answer | None:
    """Return the answer that a word such as "12+" or "3<7" means, or None if it is not well-formed."""
    if found := STATEMENT.fullmatch(text):
        return Answer(int(found[1]), None, VALUES[found[2]])
    if (found := PAIR.fullmatch(text)) and found[1] != found[3]:
        return Answer(int(found[1]), int(found[3]), VALUES[found[2]])
    return None


def parse_answers(words: Sequence[str]) -> list[Answer]:
    """Return the answers among these words; of two about the same statement or pair, the later one."""
    found = {answer.key: answer for answer in map(parse_answer, words) if answer is not None}
    return list(found.values())


def parse_key(word: str) -> tuple[int, int | None] | None:
    """Return the key that `format_key` wrote ("12", or "3:7" for a pair), or None."""
    found = KEY.fullmatch(word.strip())
    if found is None:
        return None
    return Answer(int(found[1]), int(found[2]) if found[2] else None, 0).key


def format_key(key: tuple[int, int | None]) -> str:
    """Return a key as text: "12", or "3:7" for a pair."""
    one, other = key
    return str(one) if other is None else f"{one}:{other}"


def answers_with_proposals(answers: Sequence[Answer], rows: Mapping[int, Proposal]) -> list[Given]:
    """Return (proposal, other of a pair, value) of each answer whose proposals are still listed."""
    return [
        (rows[answer.one], rows[answer.other] if answer.other is not None else None, answer.value)
        for answer in answers
        if answer.one in rows and (answer.other is None or answer.other in rows)
    ]
