"""The demo's recent conversations as data: who wrote, where, when, the replies and the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HOUR, DAY = 60, 1440


@dataclass(frozen=True, slots=True)
class Line:
    """One message.

    ``ago``: minutes before now. ``who``: "in" (the person), "bot", a clerk's user name, "event", or "note:<user name>".
    ``channel``: where it differs from the conversation's. ``state``: of an outbound message.
    """

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
    """The case of a conversation, opened at its line ``line``.

    ``state``: as in the table of states. ``street``: the report's place, an index of `town.STREETS`.
    """

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
    """One person's conversation. ``addresses``: {channel: address}; ``waits``: minutes waited for a clerk."""

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
        """Return the channel of the first address."""
        return next(iter(self.addresses))
