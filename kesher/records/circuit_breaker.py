"""A source that fails again and again is left alone for a while, then tried by one reader (half open).

One person's trouble is not the source's: it takes several people in a row, and no success between them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

FAILURES = 5  # in a row
PEOPLE = 3  # of so many at least
PAUSE, LONGEST = 15.0, 300.0  # seconds: the first rest, and what it grows to


@dataclass(slots=True)
class Breaker:
    """The state of one source in this process. Times are seconds since 1970."""

    failures: int = 0
    people: set[str] = field(default_factory=set)
    open_until: float = 0.0
    pause: float = PAUSE
    probing: bool = False

    def may_ask(self, now: float) -> bool:
        """May somebody ask now? After a rest only the first one may, until it is known how he fared."""
        if self.open_until == 0:
            return True
        if now < self.open_until or self.probing:
            return False
        self.probing = True
        return True

    def good(self) -> None:
        self.failures, self.open_until, self.pause, self.probing = 0, 0.0, PAUSE, False
        self.people.clear()

    def bad(self, person: str, now: float) -> bool:
        """Notes a failure; True where the source is to rest from now on."""
        self.failures += 1
        if len(self.people) <= PEOPLE:
            self.people.add(person)
        tried, self.probing = self.probing, False
        if not tried and (self.failures < FAILURES or len(self.people) < PEOPLE):
            return False
        if tried:
            self.pause = min(self.pause * 2, LONGEST)
        self.open_until = now + self.pause
        return True

    def given_up(self) -> None:
        """The probe ended without an answer, since nobody waits for it any more: the next one may try."""
        self.probing = False


class Breakers:
    """Those of a process, by the source's row."""

    def __init__(self) -> None:
        self.of: dict[int, Breaker] = {}

    def get(self, pk: int, rest_until: float = 0.0) -> Breaker:
        """The source's breaker; where another process saw it fail, this one lets it rest as well."""
        found = self.of.setdefault(pk, Breaker())
        if rest_until > time.time() and rest_until > found.open_until:
            found.open_until = rest_until
        return found


BREAKERS = Breakers()
