"""Read several record sources at once, each with its own time limit and circuit breaker: none disturbs another."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from kesher.channels.http_client import GuardedClient
from kesher.records.sources.base import Client, Reading, SourceError, Subject, check_reading
from kesher.records.sources.readings import CachedReading, CachedReadings, Envelope, Order, Outcome, Plan, PlanResult
from kesher.records.sources.registry import get_adapter

# Every read ends within its source's timeout; a busy server may notice it a little later.
MARGIN = 1.0


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


class LazyClient:
    """The guarded HTTP client, opened at the first request: many readings need none."""

    def __init__(self) -> None:
        """Start without an HTTP client: the first request opens it."""
        self.opened: GuardedClient | None = None

    async def request(self, method: str, url: str, **more: Any) -> Any:
        """Open the HTTP client if need be, and send a request, as `GuardedClient.request` does."""
        if self.opened is None:
            self.opened = GuardedClient(allow=settings.KESHER_SSRF_ALLOW)
        return await self.opened.request(method, url, **more)

    async def close(self) -> None:
        """Close the HTTP client if a request opened it."""
        if self.opened is not None:
            await self.opened.aclose()


class Fetcher:
    """Reads sources in one event loop. ``on_outcome`` is called once for each read that ended."""

    def __init__(
        self, on_outcome: Callable[[Outcome], None], *, breakers: Breakers = BREAKERS, client: Client | None = None
    ) -> None:
        """Report each finished read to ``on_outcome``, and send requests by ``client`` (default: opened lazily)."""
        self.on_outcome = on_outcome
        self.breakers = breakers
        self.lazy = LazyClient()
        self.client: Client = client or self.lazy
        self.reading: dict[str, asyncio.Task[Outcome]] = {}
        self.stubborn: set[asyncio.Task[Any]] = set()  # cancelled, but still running

    async def __aenter__(self) -> Self:
        """Return the fetcher itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel all reads that still run, and close the HTTP client."""
        for task in (*self.reading.values(), *self.stubborn):
            task.cancel()
        await self.lazy.close()

    async def stream(
        self, plan: Plan, cached: CachedReadings, *, budget: float | None = None
    ) -> AsyncIterator[Envelope]:
        """Yield the result of each source of the plan as it comes; a cached one may come first.

        A source with a stale cached reading yields that at once (not final), and the new one when it comes. After
        ``budget`` seconds the others are "waiting", while their reads go on. None: as long as the slowest may take.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + (longest_timeout(plan) + MARGIN if budget is None else budget)
        # All reads start before the first yield, so that a slow consumer delays no source.
        begun = [(order, self.start_read(order, plan.subject, cached.get(order.key))) for order in plan.orders]
        waiting: dict[asyncio.Task[Outcome], Order] = {}
        for order, first in begun:
            if isinstance(first, Envelope):
                yield first
            else:
                waiting[first] = order
                if (old := cached.get(order.key)) is not None:
                    yield envelope_from_cache(order, old, final=False)
        while waiting and (left := end - loop.time()) > 0:
            done, _pending = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                order = waiting.pop(task)
                yield envelope_from_outcome(order, task_outcome(task, order), cached.get(order.key))
        for order in waiting.values():
            old = cached.get(order.key)
            yield (
                envelope_from_cache(order, old, why="waiting")
                if old
                else Envelope(order.code, "waiting", why="waiting")
            )

    async def collect(self, plan: Plan, cached: CachedReadings, *, budget: float | None = None) -> list[Envelope]:
        """Return the latest result (envelope) of each source, in the plan's order, within ``budget`` seconds."""
        found: dict[str, Envelope] = {}
        async for envelope in self.stream(plan, cached, budget=budget):
            found[envelope.code] = envelope
        return [found[order.code] for order in plan.orders]

    def start_read(self, order: Order, subject: Subject, old: CachedReading | None) -> Envelope | asyncio.Task[Outcome]:
        """Return a source's result if it is known at once, else the task that reads it, started now or before."""
        if order.gate:
            return Envelope(order.code, order.gate)
        if old is not None and old.fresh:
            return envelope_from_cache(order, old)
        if (running := self.reading.get(order.key)) is not None:
            return running
        if not order.ask and old is not None and not order.failing:
            return envelope_from_cache(order, replace(old, fresh=True))  # not asked now, so it did not fail
        if not order.ask or not self.breakers.get(order.pk, order.rest_until).may_ask(time.time()):
            return (
                envelope_from_cache(order, old, why="resting") if old else Envelope(order.code, "error", why="resting")
            )
        task = asyncio.create_task(self.read(order, subject))
        self.reading[order.key] = task
        task.add_done_callback(lambda _task: self.reading.pop(order.key, None))
        return task

    async def read(self, order: Order, subject: Subject) -> Outcome:
        """Read one source within its timeout, and return the outcome. Raise nothing but CancelledError."""
        breaker, start = self.breakers.get(order.pk), time.monotonic()
        reading, code, error = None, "", ""
        try:
            reading = await self.read_within_timeout(order, subject)
        except SourceError as problem:
            code, error = problem.code, str(problem)
        except asyncio.CancelledError:
            breaker.cancel_probe()
            raise
        except Exception as problem:  # a bug in an adapter or its libraries harms this source only
            code, error = "crash", type(problem).__name__
        rest = 0.0
        if reading is not None:
            breaker.record_success()
        elif breaker.record_failure(order.key, time.time()):
            rest = breaker.open_until
        outcome = Outcome(
            order, datetime.now(UTC), time.monotonic() - start, reading, code, error[:200], rest_until=rest
        )
        self.on_outcome(outcome)
        return outcome

    async def read_within_timeout(self, order: Order, subject: Subject) -> Reading:
        """Return what the source's adapter read, checked. Raise SourceError, or what the adapter raised.

        Not `asyncio.timeout`: that waits until the adapter accepts its cancellation, and one that swallows it would
        hold up the page.
        """
        inner = asyncio.create_task(get_adapter(order.adapter).read(subject, order.info, self.client))
        try:
            await asyncio.wait({inner}, timeout=order.info.timeout)
        finally:
            if not inner.done():
                inner.cancel()
                self.stubborn.add(inner)
                inner.add_done_callback(self.discard_task)
        if not inner.done():
            raise SourceError("it took too long", code="timeout")
        if inner.cancelled():
            raise SourceError("it gave up by itself", code="crash")
        return check_reading(inner.result())

    def discard_task(self, task: asyncio.Task[Any]) -> None:
        """Drop a finished task that had ignored its cancellation, without logging its exception."""
        self.stubborn.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it


def longest_timeout(plan: Plan) -> float:
    """Return the timeout of the plan's slowest source, in seconds."""
    return max((order.info.timeout for order in plan.orders if not order.gate), default=0.0)


def task_outcome(task: asyncio.Task[Outcome], order: Order) -> Outcome:
    """Return the outcome of a finished read; a crash if it was cancelled, as when the server stops."""
    if task.cancelled() or task.exception() is not None:
        return Outcome(order, datetime.now(UTC), 0, None, "crash", "")
    return task.result()


def envelope_from_cache(order: Order, old: CachedReading, *, why: str = "", final: bool = True) -> Envelope:
    """Return a source's result from its cached reading. ``why`` says why there is no newer one."""
    status = "partial" if old.reading.missing else "ok"
    reading = old.reading
    if not old.fresh:
        return Envelope(order.code, "stale", reading.rows, old.as_of, reading.missing, why, final)
    return Envelope(order.code, "partial" if status == "partial" else "ok", reading.rows, old.as_of, reading.missing)


def envelope_from_outcome(order: Order, outcome: Outcome, old: CachedReading | None) -> Envelope:
    """Return a source's result from a read; from the older cached reading if the read failed."""
    reading = outcome.reading
    if reading is None:
        why = outcome.code or "error"
        return envelope_from_cache(order, old, why=why) if old is not None else Envelope(order.code, "error", why=why)
    as_of = reading.as_of or outcome.read_at
    return Envelope(order.code, "partial" if reading.missing else "ok", reading.rows, as_of, reading.missing)


def fetch_now(plan: Plan, cached: CachedReadings, *, budget: float | None = None) -> PlanResult:
    """Read the plan's sources from code without an event loop (a WSGI page, the worker). Blocks.

    Not `asyncio.run`: at its end that waits for every thread that a source left behind.
    """

    async def run() -> PlanResult:
        """Return the result of each source, and the outcomes to cache, by a fetcher of its own."""
        found = PlanResult()
        async with Fetcher(found.outcomes.append) as fetcher:
            for envelope in await fetcher.collect(plan, cached, budget=budget):
                found.envelopes[envelope.code] = envelope
        return found

    return asyncio.run_coroutine_threadsafe(run(), background_loop(os.getpid())).result()


@cache
def background_loop(_process: int) -> asyncio.AbstractEventLoop:
    """Return an event loop that runs in a thread as long as the process, started at the first call.

    Two simultaneous first calls may start two, and both work.
    """
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="records-loop", daemon=True).start()
    return loop
