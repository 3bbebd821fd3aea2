"""Circuit breaker for record sources: one that fails repeatedly is not asked for a while.

It takes several failures in a row, of several people: one person's trouble is not the source's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

FAILURES = 5  # in a row
PEOPLE_MIN = 3  # different people at least
PAUSE, LONGEST_PAUSE = 15.0, 300.0  # seconds: the first pause, and the longest


@dataclass(slots=True)
class Breaker:
    """The state of one source in this process. Times are seconds since 1970."""

    failures: int = 0
    people: set[str] = field(default_factory=set)
    open_until: float = 0.0
    pause: float = PAUSE
    probing: bool = False

    def may_ask(self, now: float) -> bool:
        """Return whether the source may be asked now; after its pause, one reader only until that result is known."""
        if self.open_until == 0:
            return True
        if now < self.open_until or self.probing:
            return False
        self.probing = True
        return True

    def record_success(self) -> None:
        """Close the breaker and forget the failures: the source answered."""
        self.failures, self.open_until, self.pause, self.probing = 0, 0.0, PAUSE, False
        self.people.clear()

    def record_failure(self, person: str, now: float) -> bool:
        """Count a failed read for this person. Return True if the source is paused from now on."""
        self.failures += 1
        if len(self.people) <= PEOPLE_MIN:
            self.people.add(person)
        tried, self.probing = self.probing, False
        if not tried and (self.failures < FAILURES or len(self.people) < PEOPLE_MIN):
            return False
        if tried:
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        self.open_until = now + self.pause
        return True

    def cancel_probe(self) -> None:
        """Let the next reader probe the source, because this one was cancelled without a result."""
        self.probing = False


class Breakers:
    """The breakers of a process, by the source's row."""

    def __init__(self) -> None:
        """Start without breakers; `get` creates one for each source."""
        self.of: dict[int, Breaker] = {}

    def get(self, pk: int, rest_until: float = 0.0) -> Breaker:
        """Return the breaker of the source ``pk``, open if another process opened its own until ``rest_until``."""
        found = self.of.setdefault(pk, Breaker())
        if rest_until > time.time() and rest_until > found.open_until:
            found.open_until = rest_until
        return found


BREAKERS = Breakers()
