"""Tries within a window are counted, and forgotten when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.core.http.throttle import allow, forget_throttles
from kesher.core.models import Throttle


def test_so_often_and_no_more(db: None) -> None:
    assert [allow("sign:192.0.2.1", 3, 3600) for _ in range(5)] == [True, True, True, False, False]
    assert allow("sign:192.0.2.2", 3, 3600)


def test_a_first_try_in_the_same_instant_is_counted_too(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    create = Throttle.objects.bulk_create

    def create_after_others(rows: list[Throttle], **more: Any) -> None:
        """Another process counts its first two tries between our reading and our writing."""
        create([Throttle(key=rows[0].key, window=rows[0].window, count=2)])
        create(rows, **more)

    monkeypatch.setattr(Throttle.objects, "bulk_create", create_after_others)
    assert not allow("sign:192.0.2.1", 2, 3600)
    assert Throttle.objects.get().count == 2


def test_a_new_window_begins_anew(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("kesher.core.http.throttle.time.time", lambda: clock[0])
    assert allow("k", 1, 60)
    assert not allow("k", 1, 60)
    clock[0] += 60
    assert allow("k", 1, 60)


def test_windows_that_are_over_are_forgotten_and_running_ones_are_not(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000_000_000.0]
    monkeypatch.setattr("kesher.core.http.throttle.time.time", lambda: clock[0])
    allow("minute", 1, 60)
    allow("day", 1, 86_400)
    clock[0] += 3 * 86_400
    allow("minute", 1, 60)
    forget_throttles()
    assert Throttle.objects.count() == 1
