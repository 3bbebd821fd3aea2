"""Things that the worker does again and again: a table of functions with a period, filled from each app's tasks.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A function that the worker calls every ``every`` seconds, outside any scope; returns how much it did."""

    name: str
    every: float
    run: Callable[[], int]


JOBS: dict[str, Job] = {}


def job(every: float) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Registers a periodic job: it must be idempotent, and return the number of things done (0: rest)."""

    def register(run: Callable[[], int]) -> Callable[[], int]:
        name = f"{run.__module__}.{run.__name__}"
        JOBS[name] = Job(name, every, run)
        return run

    return register
