"""All sources at once: each within its time, none harming another, nothing lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.records.sources.base import Client, Info, Reading, Subject
from kesher.records.sources.demo.adapter import Adapter as Demo
from kesher.records.sources.fetcher import BREAKERS, FAILURES, MARGIN, PAUSE, Breaker, Breakers, Fetcher, fetch_now
from kesher.records.sources.readings import CachedReading, CachedReadings, Envelope, Outcome, Plan
from kesher.records.tests.factories import order, plan, row

OLD = CachedReading(Reading((row(title="of yesterday"),)), datetime.now(UTC) - timedelta(days=1), fresh=False)


def collect(
    asked: Plan, cached: CachedReadings | None = None, budget: float | None = None
) -> tuple[dict[str, Envelope], list[Outcome]]:
    found = fetch_now(asked, cached or {}, budget=budget)
    return found.envelopes, found.outcomes


def in_loop[T](work: Callable[[Fetcher, list[Outcome]], Awaitable[T]]) -> T:
    async def run() -> T:
        kept: list[Outcome] = []
        async with Fetcher(kept.append, breakers=Breakers()) as fetcher:
            return await work(fetcher, kept)

    return asyncio.run(run())


def test_every_source_has_its_envelope_whatever_the_others_do() -> None:
    asked = plan(order("good"), order("no", "error", 2), order("bug", "crash", 3), order("junk", "garbage", 4))
    found, _kept = collect(asked)
    assert {code: one.status for code, one in found.items()} == {
        "good": "ok",
        "no": "error",
        "bug": "error",
        "junk": "error",
    }
    assert {code: one.why for code, one in found.items()} == {
        "good": "",
        "no": "error",
        "bug": "crash",
        "junk": "garbage",
    }


@pytest.mark.parametrize("way", ["slow", "stubborn"])
def test_a_slow_source_holds_nobody_up_beyond_its_own_time(way: str) -> None:
    """Also one that does not let itself be cancelled."""
    start = time.monotonic()

    asked = order("slow", way, timeout=0.3)
    asked.info.settings["seconds"] = 0.6  # type: ignore[index]

    async def short(fetcher: Fetcher, _kept: list[Outcome]) -> float:
        found = await fetcher.collect(plan(asked, order("good", pk=2)), {})
        assert [one.status for one in found] == ["error", "ok"]
        return time.monotonic() - start

    assert in_loop(short) < 0.3 + 0.1


def test_what_comes_first_is_told_first() -> None:
    async def work(fetcher: Fetcher, _kept: list[Outcome]) -> list[str]:
        asked = plan(order("late", delay=0.2), order("soon", pk=2), order("later", pk=3, delay=0.3))
        return [one.code async for one in fetcher.stream(asked, {})]

    assert in_loop(work) == ["soon", "late", "later"]


def test_what_did_not_come_within_the_budget_is_waiting_and_goes_on() -> None:
    async def work(fetcher: Fetcher, kept: list[Outcome]) -> list[Outcome]:
        found = await fetcher.collect(plan(order("late", delay=0.2), order("soon", pk=2)), {}, budget=0.1)
        assert [one.status for one in found] == ["waiting", "ok"]
        await asyncio.sleep(0.2)
        return kept

    assert [one.order.code for one in in_loop(work)] == ["soon", "late"]


def test_two_who_read_the_same_wait_for_one_read() -> None:
    async def work(fetcher: Fetcher, kept: list[Outcome]) -> int:
        asked = plan(order("a", delay=0.1))
        both = await asyncio.gather(fetcher.collect(asked, {}), fetcher.collect(asked, {}))
        assert both[0] == both[1]
        return len(kept)

    assert in_loop(work) == 1


def test_whoever_leaves_takes_nothing_from_whoever_stays() -> None:
    async def work(fetcher: Fetcher, kept: list[Outcome]) -> str:
        asked = plan(order("a", delay=0.15))
        leaves = asyncio.create_task(fetcher.collect(asked, {}))
        stays = asyncio.create_task(fetcher.collect(asked, {}))
        await asyncio.sleep(0.05)
        leaves.cancel()
        return (await stays)[0].status

    assert in_loop(work) == "ok"


def test_a_fresh_answer_is_not_asked_for_again() -> None:
    fresh = CachedReading(Reading((row(),)), datetime.now(UTC), fresh=True)
    found, kept = collect(plan(order("a", "crash")), {"key-a": fresh})
    assert (found["a"].status, kept) == ("ok", [])


def test_an_older_answer_comes_at_once_and_the_new_one_after_it() -> None:
    async def work(fetcher: Fetcher, _kept: list[Outcome]) -> list[tuple[str, bool]]:
        return [(one.status, one.final) async for one in fetcher.stream(plan(order("a", delay=0.05)), {"key-a": OLD})]

    assert in_loop(work) == [("stale", False), ("ok", True)]


def test_an_older_answer_stands_in_for_one_that_fails_with_its_day() -> None:
    found, _kept = collect(plan(order("a", "error")), {"key-a": OLD})
    assert (found["a"].status, found["a"].as_of, found["a"].rows) == ("stale", OLD.read_at, OLD.reading.rows)


@pytest.mark.parametrize("gate", ["off", "no_consent", "level"])
def test_what_may_not_be_read_is_not_read_nor_shown_from_what_is_kept(gate: Any) -> None:
    fresh = CachedReading(Reading((row(),)), datetime.now(UTC), fresh=True)
    found, kept = collect(plan(order("a", gate=gate)), {"key-a": fresh})
    assert (found["a"].status, found["a"].rows, kept) == (gate, (), [])


def test_only_the_source_that_is_tried_again_is_asked() -> None:
    found, kept = collect(plan(order("a"), order("b", pk=2, ask=False)))
    assert [one.order.code for one in kept] == ["a"]
    assert found["b"].status == "error"


@pytest.mark.parametrize(("failing", "status"), [(False, "ok"), (True, "stale")])
def test_what_is_kept_of_the_others_is_shown_as_it_came(failing: bool, status: str) -> None:
    """Nobody asks them, so they did not fail to answer; but one that failed when it was asked last still stands so."""
    asked = plan(order("a"), order("b", pk=2, ask=False, failing=failing))
    found, kept = collect(asked, {"key-b": OLD})
    assert (found["b"].status, found["b"].as_of, found["b"].rows) == (status, OLD.read_at, OLD.reading.rows)
    assert [one.order.code for one in kept] == ["a"]


def test_a_source_that_fails_for_several_people_rests_and_is_then_tried_by_one() -> None:
    breaker = Breaker()
    assert [breaker.record_failure(f"p{number}", 100.0) for number in range(FAILURES)] == [False] * (FAILURES - 1) + [
        True
    ]
    assert not breaker.may_ask(100.0 + PAUSE - 1)
    assert breaker.may_ask(100.0 + PAUSE + 1)
    assert not breaker.may_ask(100.0 + PAUSE + 1)  # one is trying
    breaker.record_success()
    assert breaker.may_ask(100.0 + PAUSE + 1)


def test_a_try_that_fails_makes_the_rest_longer() -> None:
    breaker = Breaker()
    for number in range(FAILURES):
        breaker.record_failure(f"p{number}", 0.0)
    assert breaker.may_ask(PAUSE + 1)
    assert breaker.record_failure("p", PAUSE + 1)
    assert not breaker.may_ask(PAUSE + 1 + PAUSE)


def test_one_person_alone_cannot_make_a_source_rest() -> None:
    breaker = Breaker()
    assert not any(breaker.record_failure("the same", 0.0) for _try in range(50))


def test_a_resting_source_is_not_asked() -> None:
    BREAKERS.get(1).open_until = time.time() + 60
    found, kept = collect(plan(order("a")))
    assert (found["a"].status, found["a"].why, kept) == ("error", "resting", [])


def test_what_another_process_saw_fail_rests_here_as_well() -> None:
    found, kept = collect(plan(order("a", rest_until=time.time() + 60)))
    assert (found["a"].why, kept) == ("resting", [])


WAYS = st.sampled_from(["", "error", "crash", "garbage", "flaky"])


@given(ways=st.lists(WAYS, min_size=1, max_size=12), kept=st.lists(st.booleans(), min_size=12, max_size=12))
def test_nothing_is_ever_lost(ways: list[str], kept: list[bool]) -> None:
    """However they fail: one final envelope each, and rows only where the source or an earlier answer gave them."""
    BREAKERS.of.clear()
    asked = plan(*(order(f"s{number}", way, number + 1) for number, way in enumerate(ways)))
    cached = {f"key-s{number}": OLD for number, has in enumerate(kept[: len(ways)]) if has}
    found, _outcomes = collect(asked, cached)
    assert list(found) == [f"s{number}" for number in range(len(ways))]
    assert all(one.final for one in found.values())
    for number, one in enumerate(found.values()):
        assert bool(one.rows) == (one.status in ("ok", "stale")) or one.status == "ok"
        assert (one.status == "stale") <= kept[number]


def test_the_page_takes_as_long_as_its_slowest_source_and_no_longer() -> None:
    start = time.monotonic()
    collect(plan(order("s", "slow", timeout=0.4), *(order(f"g{n}", pk=n) for n in range(2, 12))))
    assert time.monotonic() - start < 0.4 + MARGIN


class Blocking(Demo):
    """Works in a thread of the loop's own, as a kind of another package may."""

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        await asyncio.to_thread(time.sleep, 1.0)
        return Reading()


def test_a_page_without_a_loop_waits_for_no_thread_past_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.records.sources.fetcher.get_adapter", lambda _name: Blocking())
    start = time.monotonic()
    found, _kept = collect(plan(order("a", timeout=0.2)), budget=0.4)
    assert (found["a"].status, found["a"].why) == ("error", "timeout")
    assert time.monotonic() - start < 0.8
