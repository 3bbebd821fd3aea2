"""Jobs that reckon for seconds: who does them, and who does not wait for them."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError

from kesher.conversations.delivery.background_jobs import SlowJobs
from kesher.conversations.intake.worker import Worker
from kesher.core.periodic_jobs import JOBS, Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of two jobs ran: "quick" is the worker's, "long" is done apart."""
    ran: list[str] = []

    def noting(name: str, *, apart: bool) -> Job:
        return Job(name, 30, lambda: ran.append(name) or 1, apart)  # type: ignore[func-returns-value]

    for where in ("intake.worker", "delivery.background_jobs"):
        jobs = {"quick": noting("quick", apart=False), "long": noting("long", apart=True)}
        monkeypatch.setattr(f"kesher.conversations.{where}.JOBS", jobs)
    return ran


def test_counting_and_drawing_contests_is_done_apart() -> None:
    apart = {name for name, job in JOBS.items() if job.apart}
    assert {"kesher.contests.tasks.close_what_is_over", "kesher.contests.tasks.draw_snapshots"} <= apart


def test_the_receiving_worker_leaves_long_jobs_alone(done: list[str]) -> None:
    assert Worker().jobs()
    assert done == ["quick"]


def test_apart_only_long_jobs_run_and_each_at_its_time(done: list[str]) -> None:
    apart = SlowJobs()
    assert [apart.step(), apart.step()] == [1, 0]
    assert done == ["long"]


def test_of_two_processes_one_does_them(done: list[str]) -> None:
    first, second = SlowJobs(), SlowJobs()
    assert [first.step(), second.step()] == [1, 0]
    assert done == ["long"]


def test_a_job_that_fails_does_not_stop_the_others(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = {"broken": Job("broken", 30, lambda: 1 // 0, apart=True), "long": Job("long", 30, lambda: 1, apart=True)}
    monkeypatch.setattr("kesher.conversations.delivery.background_jobs.JOBS", jobs)
    assert SlowJobs().step() == 2


@pytest.mark.django_db(transaction=True)
def test_the_thread_waits_for_a_database_that_is_away_and_ends_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    apart, tries, ran = SlowJobs(), [], threading.Event()

    def job() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseError("away")
        ran.set()
        return 1

    monkeypatch.setattr("kesher.conversations.delivery.background_jobs.JOBS", {"long": Job("long", 0, job, apart=True)})
    monkeypatch.setattr("kesher.conversations.delivery.background_jobs.LOOK_SECONDS", 0.01)
    apart.thread.start()
    assert ran.wait(10)
    apart.stop()
    assert not apart.thread.is_alive()
