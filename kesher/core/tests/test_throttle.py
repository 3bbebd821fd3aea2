"""Tries within a window are counted, and forgotten when it is over."""

from __future__ import annotations

import pytest

from kesher.core.models import Throttle
from kesher.core.throttle import allow, forget_throttles


def test_so_often_and_no_more(db: None) -> None:
    assert [allow("sign:192.0.2.1", 3, 3600) for _ in range(5)] == [True, True, True, False, False]
    assert allow("sign:192.0.2.2", 3, 3600)


def test_a_new_window_begins_anew(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("kesher.core.throttle.time.time", lambda: clock[0])
    assert allow("k", 1, 60)
    assert not allow("k", 1, 60)
    clock[0] += 60
    assert allow("k", 1, 60)


def test_windows_that_are_over_are_forgotten_and_running_ones_are_not(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000_000_000.0]
    monkeypatch.setattr("kesher.core.throttle.time.time", lambda: clock[0])
    allow("minute", 1, 60)
    allow("day", 1, 86_400)
    clock[0] += 3 * 86_400
    allow("minute", 1, 60)
    forget_throttles()
    assert Throttle.objects.count() == 1
