"""A lease has one holder at a time."""

from __future__ import annotations

import uuid

import pytest

from kesher.core.models import Lease
from kesher.core.process_lease import hold_lease


def test_a_lease_has_one_holder_until_it_ends(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("kesher.core.process_lease.time.time", lambda: clock[0])
    mine, yours = uuid.uuid4(), uuid.uuid4()
    assert hold_lease("receiver", mine, 15)
    assert not hold_lease("receiver", yours, 15)
    assert hold_lease("receiver", mine, 15)
    clock[0] += 16
    assert hold_lease("receiver", yours, 15)
    assert not hold_lease("receiver", mine, 15)
    assert Lease.objects.get().holder == yours
