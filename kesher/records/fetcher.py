"""All sources at once, each with its own time; what came is told as it comes, and nothing that fails harms another.

No database here: what is kept from earlier comes in, what was read goes out through ``kept``. Whoever reads the same
thing for the same person at the same time waits for one read (`Runner.reading`); it goes on when he leaves.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from kesher.channels.http_client import GuardedClient
from kesher.records.base import Client, Reading, SourceError, Subject, sound
from kesher.records.circuit_breaker import BREAKERS, Breakers
from kesher.records.lookup_results import Answered, Envelope, Kept, Order, Outcome, Plan, Shelf
from kesher.records.registry import adapter

# Every read ends by itself within its source's time; a server that is short of breath may tell it a little later.
MARGIN = 1.0


class LazyClient:
    """The guarded HTTP client, opened at the first request: most readings of a small town need none."""

    def __init__(self) -> None:
        self.opened: GuardedClient | None = None

    async def request(self, method: str, url: str, **more: Any) -> Any:
        if self.opened is None:
            self.opened = GuardedClient(allow=settings.KESHER_SSRF_ALLOW)
        return await self.opened.request(method, url, **more)

    async def close(self) -> None:
        if self.opened is not None:
            await self.opened.aclose()


class Runner:
    """Reads sources in one event loop. ``kept`` is called once for each read that ended, whoever waited for it."""

    def __init__(
        self, kept: Callable[[Outcome], None], *, breakers: Breakers = BREAKERS, client: Client | None = None
    ) -> None:
        self.kept = kept
        self.breakers = breakers
        self.lazy = LazyClient()
        self.client: Client = client or self.lazy
        self.reading: dict[str, asyncio.Task[Outcome]] = {}
        self.stubborn: set[asyncio.Task[Any]] = set()  # cancelled, but still at it: nobody waits for them

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (*self.reading.values(), *self.stubborn):
            task.cancel()
        await self.lazy.close()

    async def stream(self, plan: Plan, shelf: Shelf, *, budget: float | None = None) -> AsyncIterator[Envelope]:
        """The envelopes of a plan as they come. A source that has an older answer gives that at once (not final), and
        the new one when it comes. ``budget``: after so many seconds what did not come is "waiting"; its read goes on.
        None: as long as the slowest may take."""
        loop = asyncio.get_running_loop()
        end = loop.time() + (longest(plan) + MARGIN if budget is None else budget)
        # All are begun before anything is told: whoever draws slowly holds up no source.
        begun = [(order, self.begin(order, plan.subject, shelf.get(order.key))) for order in plan.orders]
        waiting: dict[asyncio.Task[Outcome], Order] = {}
        for order, first in begun:
            if isinstance(first, Envelope):
                yield first
            else:
                waiting[first] = order
                if (old := shelf.get(order.key)) is not None:
                    yield of_shelf(order, old, final=False)
        while waiting and (left := end - loop.time()) > 0:
            done, _pending = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                order = waiting.pop(task)
                yield of_outcome(order, result_of(task, order), shelf.get(order.key))
        for order in waiting.values():
            old = shelf.get(order.key)
            yield of_shelf(order, old, why="waiting") if old else Envelope(order.code, "waiting", why="waiting")

    async def collect(self, plan: Plan, shelf: Shelf, *, budget: float | None = None) -> list[Envelope]:
        """The same at once: the latest envelope of each source, in the plan's order."""
        found: dict[str, Envelope] = {}
        async for envelope in self.stream(plan, shelf, budget=budget):
            found[envelope.code] = envelope
        return [found[order.code] for order in plan.orders]

    def begin(self, order: Order, subject: Subject, old: Kept | None) -> Envelope | asyncio.Task[Outcome]:
        """What can be said at once; else the read, begun now or by somebody else a moment ago."""
        if order.gate:
            return Envelope(order.code, order.gate)
        if old is not None and old.fresh:
            return of_shelf(order, old)
        if (running := self.reading.get(order.key)) is not None:
            return running
        if not order.ask and old is not None and not order.failing:
            return of_shelf(order, replace(old, fresh=True))  # nobody asks it now: it did not fail to answer
        if not order.ask or not self.breakers.get(order.pk, order.rest_until).may_ask(time.time()):
            return of_shelf(order, old, why="resting") if old else Envelope(order.code, "error", why="resting")
        task = asyncio.create_task(self.read(order, subject))
        self.reading[order.key] = task
        task.add_done_callback(lambda _task: self.reading.pop(order.key, None))
        return task

    async def read(self, order: Order, subject: Subject) -> Outcome:
        """One read, within its source's time. It raises nothing but the cancelling of itself."""
        breaker, start = self.breakers.get(order.pk), time.monotonic()
        reading, code, error = None, "", ""
        try:
            reading = await self.within(order, subject)
        except SourceError as problem:
            code, error = problem.code, str(problem)
        except asyncio.CancelledError:
            breaker.given_up()
            raise
        except Exception as problem:  # a bug of an adapter, or of what it leans on: this source's trouble alone
            code, error = "crash", type(problem).__name__
        rest = 0.0
        if reading is not None:
            breaker.good()
        elif breaker.bad(order.key, time.time()):
            rest = breaker.open_until
        outcome = Outcome(
            order, datetime.now(UTC), time.monotonic() - start, reading, code, error[:200], rest_until=rest
        )
        self.kept(outcome)
        return outcome

    async def within(self, order: Order, subject: Subject) -> Reading:
        """The checked reading. Not `asyncio.timeout`: that waits until the adapter lets itself be cancelled, and one
        that swallows it would hold up the page. Raises SourceError, or what the adapter raised."""
        inner = asyncio.create_task(adapter(order.adapter).read(subject, order.info, self.client))
        try:
            await asyncio.wait({inner}, timeout=order.info.timeout)
        finally:
            if not inner.done():
                inner.cancel()
                self.stubborn.add(inner)
                inner.add_done_callback(self.let_go)
        if not inner.done():
            raise SourceError("it took too long", code="timeout")
        if inner.cancelled():
            raise SourceError("it gave up by itself", code="crash")
        return sound(inner.result())

    def let_go(self, task: asyncio.Task[Any]) -> None:
        self.stubborn.discard(task)
        if not task.cancelled():
            task.exception()  # seen, so that nobody is told of it at the end


def longest(plan: Plan) -> float:
    """The time of the slowest source, in seconds."""
    return max((order.info.timeout for order in plan.orders if not order.gate), default=0.0)


def result_of(task: asyncio.Task[Outcome], order: Order) -> Outcome:
    """How it went; a read that was cancelled (the server stops) is a failed one."""
    if task.cancelled() or task.exception() is not None:
        return Outcome(order, datetime.now(UTC), 0, None, "crash", "")
    return task.result()


def of_shelf(order: Order, old: Kept, *, why: str = "", final: bool = True) -> Envelope:
    status = "partial" if old.reading.missing else "ok"
    reading = old.reading
    if not old.fresh:
        return Envelope(order.code, "stale", reading.rows, old.as_of, reading.missing, why, final)
    return Envelope(order.code, "partial" if status == "partial" else "ok", reading.rows, old.as_of, reading.missing)


def of_outcome(order: Order, outcome: Outcome, old: Kept | None) -> Envelope:
    """An envelope of a read; an older answer stands in for one that failed."""
    reading = outcome.reading
    if reading is None:
        why = outcome.code or "error"
        return of_shelf(order, old, why=why) if old is not None else Envelope(order.code, "error", why=why)
    as_of = reading.as_of or outcome.read_at
    return Envelope(order.code, "partial" if reading.missing else "ok", reading.rows, as_of, reading.missing)


def read_now(plan: Plan, shelf: Shelf, *, budget: float | None = None) -> Answered:
    """The same for code without an event loop of its own (a page by WSGI, the worker): blocks for as long, and no
    longer. Not `asyncio.run`: it waits at its end for every thread that a source left behind."""

    async def run() -> Answered:
        found = Answered()
        async with Runner(found.outcomes.append) as runner:
            for envelope in await runner.collect(plan, shelf, budget=budget):
                found.envelopes[envelope.code] = envelope
        return found

    return asyncio.run_coroutine_threadsafe(run(), loop_of(os.getpid())).result()


@cache
def loop_of(_process: int) -> asyncio.AbstractEventLoop:
    """A loop that runs for as long as its process, begun by whoever needs it first. (Two who come at the same moment
    may begin two, and each does.)"""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="records-loop", daemon=True).start()
    return loop
