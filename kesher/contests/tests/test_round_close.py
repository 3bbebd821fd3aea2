"""The end of a round: no vote falls between the last moment and the count, whoever is quicker."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contests.models import Ballot, Choice, Round
from kesher.contests.services import (
    anonymise,
    anonymise_stopped_rounds,
    close_due_rounds,
    count_round,
    edit_round,
    end_round,
    stop_contest,
    withdraw_vote,
)
from kesher.contests.services.round_close import wait_for_votes
from kesher.contests.tests.factories import a_ballot_of, a_phone, ago, call_of, voted
from kesher.contests.tests.test_votes import plan_of
from kesher.conversations.models import BroadcastRow
from kesher.core.db.agency_scope import scope
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies, recount_action

A_MOMENT = 0.3  # so long a door that may not pass is watched


class Doors:
    """Two connections, each in a thread of its own."""

    def __init__(self, agency: Agency) -> None:
        self.agency, self.pool = agency, ThreadPoolExecutor(8)

    def go(self, verb: Callable[[], Any]) -> Future[Any]:
        def run() -> Any:
            try:
                with scope(self.agency):
                    return verb()
            except Refused as refusal:
                return refusal
            finally:
                connection.close()

        return self.pool.submit(run)


@pytest.fixture
def doors(transactional_db: None, city: Agency) -> Any:
    found = Doors(city)
    yield found
    found.pool.shutdown()


def read(round: Round) -> Round:
    """The row as another door reads it."""
    return Round.objects.select_related("contest__action", "action").get(pk=round.pk)


def in_flight(verb: Callable[[], Any], began: Event, finish: Event) -> Callable[[], Any]:
    """A verb that is done, and is not in the database yet."""

    def run() -> Any:
        with transaction.atomic():
            done = verb()
            began.set()
            assert finish.wait(20)
        return done

    return run


@pytest.mark.parametrize("stop", [True, False])
@pytest.mark.parametrize("anonymous", [True, False])
def test_a_vote_that_came_in_time_is_waited_for(doors: Doors, dana: Identity, *, anonymous: bool, stop: bool) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", anonymous=anonymous)
    other = read(round)
    began, finish = Event(), Event()
    voting = doors.go(in_flight(lambda: voted(round, dana, [2]), began, finish))
    assert began.wait(20)
    ending = doors.go(lambda: stopped(other) if stop else count_round(other))
    with pytest.raises(TimeoutError):
        ending.result(A_MOMENT)
    finish.set()
    assert voting.result(20).new
    assert not isinstance(ending.result(20), Refused)
    assert stop or round.again().result["ballots"] == 1
    assert Choice.objects.filter(ballot__isnull=False).exists() is not anonymous


def stopped(round: Round) -> None:
    stop_contest(round.contest, staff=None, reason="בוטל")
    anonymise_stopped_rounds()
    wait_for_votes(round)


@pytest.mark.parametrize("end", [stopped, end_round])
def test_a_vote_that_comes_after_the_end_is_refused_whatever_its_row_says(
    doors: Doors, dana: Identity, end: Callable[[Round], Any]
) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    other = read(round)
    doors.go(lambda: end(other)).result(20)
    assert round.is_open
    assert isinstance(doors.go(lambda: voted(round, dana, [2])).result(20), Refused)
    assert not Choice.objects.exists()


def test_a_vote_beside_an_end_that_is_on_its_way_is_counted_or_refused(doors: Doors, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", anonymous=True)
    other = read(round)
    began, finish = Event(), Event()
    ending = doors.go(in_flight(lambda: end_round(other), began, finish))
    assert began.wait(20)
    voting = doors.go(lambda: voted(round, dana, [2]))
    if connection.vendor == "postgresql":  # the end is not there yet, so the vote is in time
        assert voting.result(20).new
    finish.set()
    assert not isinstance(ending.result(20), Refused)
    voting.result(20)
    assert doors.go(lambda: count_round(other)).result(20).result["ballots"] == Ballot.objects.of(round).count()
    assert not Choice.objects.filter(ballot__isnull=False).exists()


def test_many_vote_at_once_and_none_waits_for_another(doors: Doors, city: Agency) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time")
    began, finish = Event(), Event()
    first = doors.go(in_flight(lambda: voted(round, a_phone(), [1]), began, finish))
    assert began.wait(20)
    assert doors.go(lambda: voted(round, a_phone(), [2])).result(20).new
    finish.set()
    assert first.result(20).new


def test_one_ballot_that_many_doors_change_says_what_one_of_them_said(doors: Doors, dana: Identity) -> None:
    _contest, round = a_ballot_of(*"אבגדה", method="approval")
    voted(round, dana, [1])
    said = [[number, number + 1] for number in (1, 2, 3, 4)] * 3
    tries = [doors.go(partial(voted, read(round), dana, numbers, door="web")) for numbers in said]
    tries.append(doors.go(partial(withdraw_vote, read(round), call_of(dana))))
    assert not [found for one in tries if isinstance(found := one.result(30), Refused)]
    drain_deltas()
    assert recount_action(round.action).wrong == {}
    for ballot in Ballot.objects.of(round).counted():
        named = Choice.objects.filter(ballot=ballot).order_by("id").values_list("proposal__number", flat=True)
        assert ballot.value == " ".join(map(str, named))
        assert list(named) in said
    total = read_tallies(round.action).get("total", {}).get("", 0)
    assert total == Ballot.objects.of(round).counted().count() <= 1


def test_staff_end_a_round_at_once_and_the_worker_counts_it(miriams: Client, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    voted(round, dana, [2])
    page = miriams.post("/desk/contests/48213/move/", {"verb": "close"}, follow=True).content.decode()
    assert (round.again().is_counting, round.counted_at) == (True, None)
    assert "נספרת" in page
    assert "נספרת" in Client().get("/contests/48213/").content.decode()
    assert Client().get("/api/v1/contests/48213/").json()["data"]["rounds"][0]["counting"]
    assert close_due_rounds() == 1
    page = Client().get("/contests/48213/").content.decode()
    assert "נספרת" not in page
    assert "התוצאה" in page


def test_a_round_that_was_ended_is_not_opened_again(city: Agency, miriam: Staff) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    old = Round.objects.select_related("contest__action").get(pk=round.pk)
    end_round(round, staff=miriam)
    with pytest.raises(Refused):
        edit_round(old, plan_of(old, closes_at=ago(-9)), staff=miriam)
    with pytest.raises(Refused):
        voted(old, a_phone(), [1])
    assert round.again().is_over


def test_a_cut_that_was_broken_off_goes_on_and_loses_nothing(city: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    _contest, round = a_ballot_of(*[f"מילה {n}" for n in range(1, 8)], method="irv", anonymous=True)
    for number in range(1, 8):
        voted(round, a_phone(), [number, number % 7 + 1])
    monkeypatch.setattr(anonymise, "BALLOTS", 2)
    moved, anonymise_ballots = iter(range(2)), anonymise.anonymise_ballots

    def breaks(*given: Any) -> None:
        if next(moved, None) is None:
            raise ConnectionError
        anonymise_ballots(*given)

    monkeypatch.setattr(anonymise, "anonymise_ballots", breaks)
    with pytest.raises(ConnectionError):
        count_round(round)
    assert (Choice.objects.filter(ballot=None).count(), round.again().counted_at) == (8, None)
    monkeypatch.setattr(anonymise, "anonymise_ballots", anonymise_ballots)
    result = count_round(round).result
    assert (result["ballots"], Choice.objects.filter(ballot=None).count()) == (7, 14)
    assert sorted(row["votes"] for row in result["order"]) == [1] * 7
    assert not Choice.objects.filter(ballot__isnull=False).exists()


def test_a_stopped_anonymous_round_is_cut_once_and_an_open_one_is_not(city: Agency, miriam: Staff) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", anonymous=True)
    _contest, other = a_ballot_of("ספסל", "עץ", anonymous=True)
    for one in (round, other):
        voted(one, a_phone(), [1])
    stop_contest(contest, staff=miriam, reason="בוטל")
    assert (anonymise_stopped_rounds(), anonymise_stopped_rounds()) == (1, 0)
    assert list(Choice.objects.filter(ballot__isnull=False).values_list("round", flat=True)) == [other.pk]


def test_a_stopped_contest_says_why_and_tells_who_took_part(city: Agency, client: Client, miriam: Staff) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    voter = a_phone()
    voted(round, voter, [1])
    stop_contest(contest, staff=miriam, reason="המגרש נסגר")
    page = client.get("/contests/48213/").content.decode()
    assert ("המגרש נסגר" in page, 'href="/contests/48213/vote/"' in page) == (True, False)
    row = BroadcastRow.objects.select_related("broadcast").get(contact=voter.contact)
    assert ("המגרש נסגר" in row.broadcast.texts["he"], row.broadcast.purpose) == (True, "service")
    listed = client.get("/contests/?show=decided").content.decode()
    assert ("48213" in listed, "הופסקה" in listed) == (True, True)
    assert "המגרש נסגר" in client.get("/api/v1/contests/48213/").json()["data"]["stopped"]["reasons"]["he"]
