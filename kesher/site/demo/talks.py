"""The conversations of the last days, as data: who wrote, where, when, what was answered and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HOUR, DAY = 60, 1440


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``ago``: minutes before now. ``who``: "in" (the person), "bot", a clerk's user name, "event", or
    "note:<user name>". ``channel`` where it is not the talk's own; ``state`` of what went out."""

    ago: float
    who: str
    text: str
    channel: str = ""
    options: tuple[str, ...] = ()
    picture: Callable[[], bytes] | None = None
    street: int | None = None
    state: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """The case of a talk, opened at its line ``line``. ``state`` as in the table of states; ``street``: a report's
    place (an index of `town.STREETS`), with the words of that line and its picture."""

    topic: str
    state: str = "new"
    kind: str = "report"
    assignee: str = ""
    line: int = 0
    street: int | None = None
    solved: float | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """One person's conversation. ``addresses``: {channel: address}; ``waits``: minutes for which a clerk is awaited."""

    name: str
    lang: str
    addresses: dict[str, str]
    lines: tuple[Line, ...]
    matter: Matter | None = None
    waits: float | None = None
    assignee: str = ""
    held: bool = False
    refused: bool = False
    blocked: bool = False

    @property
    def channel(self) -> str:
        return next(iter(self.addresses))
