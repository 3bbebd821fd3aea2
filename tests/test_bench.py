"""The intake benchmark, short: its books balance, and nothing has collapsed. The figures belong to `script/bench`."""

from __future__ import annotations

import shutil

import pytest

from bench.intake import bench

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


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="the intake benchmark: no wrk on this machine")
def test_under_load_nothing_is_lost_doubled_misordered_or_misplaced() -> None:
    found = bench(seconds=3, messages=400)
    assert found.keys() >= KEYS
    assert [found[name] for name in ("lost", "duplicated", "misordered", "wrong_person", "refused")] == [0] * 5
    assert found["accepted_per_s"] > 500
    assert found["visible_p95_ms"] < 10_000
