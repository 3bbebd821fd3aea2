"""The intake benchmark runs for ten seconds without errors. The speed limits here leave room for other load on the
machine; the goals are checked by `script/bench`."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import count, records
from bench.intake import bench
from bench.machine import postgres
from tests.schema import Tables

KEYS = {
    *(
        "bench",
        "database",
        "server",
        "synchronous",
        "accepted_per_s",
        "empty_per_s",
        "ratio",
        "ack_p50_ms",
        "ack_p99_ms",
    ),
    *("processed_per_s", "cpu_ms_per_message", "database_cpu_ms_per_message", "visible_p95_ms"),
    *("lost", "duplicated", "misordered", "wrong_person"),
}


ONCE = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="a long benchmark: once is enough here, script/bench runs it on both"
)


@pytest.fixture(autouse=True)
def with_tables(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a benchmark's folder the migrated tables, which saves half a minute."""
    make = tempfile.mkdtemp

    def folder(*how: Any, **more: Any) -> str:
        made: str = make(*how, **more)
        if Path(made).name.startswith("kesher-bench-"):
            tables(made)
        return made

    monkeypatch.setattr(tempfile, "mkdtemp", folder)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="the intake benchmark: no wrk on this machine")
@ONCE
def test_under_load_nothing_is_lost_doubled_misordered_or_misplaced() -> None:
    found = bench(seconds=10, messages=1000)
    assert found.keys() >= KEYS
    assert [found[name] for name in ("lost", "duplicated", "misordered", "wrong_person", "refused")] == [0] * 5
    # Relative to an empty request: 4 ms where one takes 12 µs. The goal is 2.5 ms (`script/bench intake`).
    assert found["cpu_ms_per_message"] < 330 * found["empty_core"] / found["empty_per_s"] * 1000
    assert found["accepted_per_s"] > 2000
    assert found["visible_p95_ms"] < 2000


@pytest.mark.slow
def test_sixteen_writers_lose_and_double_nothing_though_the_worker_is_killed_twice() -> None:
    """Run on the suite's database server, in a database of its own."""
    with own_database() as (url, pid):
        found = count.bench(10, 16, url, pid)
    wrong = ("lost", "unasked", "duplicated", "torn", "wrong_breakdowns")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert found["signed"] > 50
    assert found["reads"] > 20
    assert 0 <= found["settled_s"] < 20  # the goal is 5 on an idle machine


@ONCE
@pytest.mark.slow
def test_everything_that_is_mine_comes_whole_though_six_of_twenty_sources_are_ill() -> None:
    with own_database() as (url, _pid):
        found = records.bench(12, url)
    assert (found["sections"], found["without_script_sections"], found["people"]) == (20, 20, 12)
    assert (found["sections_lost"], found["errors"], found["no_end"]) == (0, 0, 0)
    assert found["failed"] == ["fails-a", "fails-b", "garbage", "slow-b", "slow-c"]  # slow-a answers late
    assert found["drawn_ratio"] < 5
    assert found["over_limit_ms"] < 1500  # the goal is 100 on an idle machine


@contextlib.contextmanager
def own_database() -> Iterator[tuple[str, int | None]]:
    """Return the URL of the database: SQLite, or a new PostgreSQL one where the suite runs on PostgreSQL."""
    if not os.environ.get("DATABASE_URL"):
        yield "", None
        return
    with postgres() as found:
        yield found
