"""Things that are done again and again: a table of functions with a period, filled from each app's tasks.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A function that is called every ``every`` seconds, outside any scope; returns how much it did. ``apart``: it may
    reckon for seconds, so it runs in the sending process on a thread of its own, and no message waits for it."""

    name: str
    every: float
    run: Callable[[], int]
    apart: bool = False


JOBS: dict[str, Job] = {}


def job(every: float, *, apart: bool = False) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Registers a periodic job: it must be idempotent, and return the number of things done (0: rest)."""

    def register(run: Callable[[], int]) -> Callable[[], int]:
        name = f"{run.__module__}.{run.__name__}"
        JOBS[name] = Job(name, every, run, apart)
        return run

    return register
