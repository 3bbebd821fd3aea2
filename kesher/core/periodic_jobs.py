"""Registry of periodic jobs: the decorator `job` for functions in the `tasks.py` of each app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A function that is called every `every` seconds, outside any scope, and returns how much it did.

    A job that is `apart` may compute for seconds: it runs in the sending process on its own thread, so that no message
    waits for it.
    """

    name: str
    every: float
    run: Callable[[], int]
    apart: bool = False


JOBS: dict[str, Job] = {}


def job(every: float, *, apart: bool = False) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Return a decorator that registers a job to run every `every` seconds; it is idempotent and returns a count."""

    def register(run: Callable[[], int]) -> Callable[[], int]:
        """Add the function to the registry of jobs, and return it."""
        name = f"{run.__module__}.{run.__name__}"
        JOBS[name] = Job(name, every, run, apart)
        return run

    return register
