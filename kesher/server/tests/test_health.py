"""``/healthz`` reports each failure that people would notice."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from kesher.core.db.ids import uuid7
from kesher.core.models import Lease
from kesher.core.process_lease import hold_lease
from kesher.server import health


@pytest.fixture
def running(db: None, settings: Any, tmp_path: Path) -> None:
    """A worker and a sender with fresh leases, and no agency yet."""
    settings.DATA = tmp_path
    hold_lease("receiver", uuid7(), 5)
    hold_lease("sender", uuid7(), 15)


def failing(client: Client, query: str = "") -> list[str]:
    response = client.get("/healthz" + query)
    said: list[str] = response.json()["failing"]
    assert response.status_code == (503 if said else 200)
    assert response.headers["Cache-Control"] == "no-store"
    return said


@pytest.mark.usefixtures("running")
def test_a_fresh_installation_that_runs_is_well_under_any_host(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["city.example"], True
    assert client.get("/healthz", headers={"Host": "127.0.0.1:8000"}).json() == {"ok": True, "failing": []}
    assert client.post("/healthz").status_code == 405


@pytest.mark.usefixtures("running")
def test_a_worker_or_a_sender_that_went_silent_is_named(client: Client) -> None:
    for role, name in (("worker", "receiver"), ("sender", "sender")):
        Lease.objects.filter(name=name).update(until=time.time() - 31)
        assert role in failing(client)
    assert failing(client, "?only=database,disk,spool") == []


@pytest.mark.usefixtures("running")
def test_a_slip_in_what_is_asked_for_is_told_and_never_all_is_well(client: Client) -> None:
    for only in ("typo", "database,typo", "database, disk", "Database", "", ","):
        response = client.get("/healthz", {"only": only})
        assert response.status_code == 400, only
        assert all(name in response.json()["error"] for name in health.CHECKS)
        assert "ok" not in response.json()


@pytest.mark.usefixtures("running")
def test_a_disk_that_is_full_or_read_only_is_named(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(health, "FREE_BYTES", 10**18)
        assert failing(client) == ["disk"]
    settings.DATA = "/proc"  # where nobody may write, not even root
    assert failing(client) == ["disk"]


@pytest.mark.usefixtures("running")
def test_a_spool_that_does_not_drain_is_named_and_one_of_this_minute_is_not(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.KESHER_SPOOL = tmp_path
    (tmp_path / "intake-1.jsonl").write_text("[]\n")
    assert failing(client) == []
    os.utime(tmp_path / "intake-1.jsonl", (1, 1))
    assert failing(client) == ["spool"]


@pytest.mark.usefixtures("running")
def test_a_database_that_does_not_answer_is_named(client: Client) -> None:
    def refuse(*_args: Any) -> None:
        raise DatabaseError("gone")

    with connection.execute_wrapper(refuse):
        assert failing(client) == ["database"]
