"""What was sent in time is in time: votes, proposals and scores; and a count waits for what is on its way."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.contests.models import Ballot, Choice, JuryScore, Proposal, Round
from kesher.contests.services import add_juror, close_due_rounds, end_round, score, withdraw_vote
from kesher.contests.tests.factories import (
    a_ballot_of,
    a_contest,
    a_phone,
    a_proposal,
    call_of,
    jury,
    proposals,
    proposed,
    voted,
)
from kesher.conversations.tests.backlog import journal, work
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival

SECOND, INSTANT, SHORT = timedelta(seconds=1), timedelta(microseconds=1), timedelta(minutes=2)
PHONE = "+972505550142"


def ended(round: Round, ago: timedelta = SHORT) -> datetime:
    """The round's end lies this long ago, and nobody has counted it."""
    end = timezone.now() - ago
    Round.objects.filter(pk=round.pk).update(opens_at=end - timedelta(days=9), closes_at=end)
    round.refresh_from_db()
    return end


def clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")


def test_a_vote_whose_last_answer_came_in_time_is_waited_for(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213", results_hidden=True, anonymous=True)
    hear(sms, DANA, "להצביע 48213", "2")
    journal(sms, DANA, "1", ended(round) - SECOND)
    assert (close_due_rounds(), round.again().counted_at, round.shows_results) == (0, None, False)
    work()
    assert Ballot.objects.of(round).counted().count() == 1
    assert (close_due_rounds(), round.again().result["ballots"]) == (1, 1)
    assert not Choice.objects.filter(ballot__isnull=False).exists()


def test_a_vote_whose_last_answer_came_late_is_told_both_times(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(sms, DANA, "להצביע 48213", "2")
    end = ended(round)
    journal(sms, DANA, "1", end + 61 * SECOND)
    said = work()
    assert not Ballot.objects.exists()
    assert (clock(end) in said, clock(end + 61 * SECOND) in said, "סופרים" in said) == (True, True, True)


@pytest.mark.parametrize(("off", "counts"), [(-INSTANT, True), (0 * INSTANT, False), (INSTANT, False)])
def test_the_end_itself_is_late(city: Agency, dana: Identity, off: timedelta, counts: bool) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    other = a_phone()
    voted(round, other, [1])
    end = ended(round)
    with arrival(end + off):
        for verb in (
            lambda: voted(round, dana, [2]),
            lambda: voted(round, other, [2]),
            lambda: withdraw_vote(round, call_of(other)),
        ):
            with nullcontext() if counts else pytest.raises(Refused):
                verb()
    assert list(Ballot.objects.of(round).counted().values_list("value", flat=True)) == (["2"] if counts else ["1"])


@pytest.mark.parametrize(("age", "counts"), [(899 * SECOND, True), (901 * SECOND, False)])
def test_a_code_asked_for_in_time_counts_within_its_fifteen_minutes(
    client: Client, sms: Account, age: timedelta, counts: bool
) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    client.post("/contests/48213/vote/", {"choice": "2", "address": PHONE})
    Proof.objects.update(asked_at=timezone.now() - age, expires=timezone.now() - age + timedelta(minutes=15))
    ended(round, age - SECOND)
    assert close_due_rounds() == (0 if counts else 1)
    client.post("/contests/48213/vote/confirm/", {"code": code_sent_to(PHONE)})
    assert Ballot.objects.of(round).counted().count() == int(counts)
    assert close_due_rounds() == int(counts)


@pytest.mark.parametrize(("choice", "counts"), [("2", True), ("1", False)])
def test_another_choice_that_comes_with_the_code_after_the_end_is_late(
    client: Client, sms: Account, choice: str, counts: bool
) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    ask: dict[str, Any] = {"address": PHONE, "choice": "2"}
    assert client.post("/api/v1/contests/48213/votes/", ask, content_type="application/json").status_code == 202
    Proof.objects.update(asked_at=timezone.now() - 5 * SHORT)
    ended(round)
    ask |= {"code": code_sent_to(PHONE), "choice": choice}
    done = client.post("/api/v1/contests/48213/votes/confirm/", ask, content_type="application/json")
    assert (done.status_code, Ballot.objects.of(round).count()) == ((200, 1) if counts else (422, 0))


def test_answers_that_waited_in_a_browser_count_as_of_the_last_and_its_code(client: Client, sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="opinion", kind="opinions", code="48213")
    for answer in ("1+", "2-"):
        client.post("/contests/48213/opinions/", {"answer": answer})
    client.post("/contests/48213/mine/", {"address": PHONE})
    client.post("/contests/48213/opinions/", {"answer": "3+"})
    time_passes(client, round)
    client.post("/contests/48213/opinions/", {"answer": "1-"})  # too late
    client.post("/contests/48213/mine/code/", {"code": code_sent_to(PHONE)})
    assert Ballot.objects.of(round).get().value == "1+ 2- 3+"


def time_passes(client: Client, round: Round) -> None:
    """A moment later the round closes; the code is still good."""
    end = timezone.now()
    Round.objects.filter(pk=round.pk).update(closes_at=end)


def test_a_word_is_proposed_in_time_and_a_score_given(sms: Account) -> None:
    contest = a_contest(proposals(), jury(), code="48213")
    hear(sms, DANA, "להציע 48213", "קלקלן")
    round = contest.rounds.get(position=1)
    end = ended(round)
    journal(sms, DANA, "מי שמקלקל את הסוף", end - SECOND)
    assert close_due_rounds() == 0
    work()
    assert Proposal.objects.get().text == "קלקלן"
    with arrival(end), pytest.raises(Refused, match=clock(end)):
        proposed(contest, a_phone(), "סופן")
    assert close_due_rounds() == 1


def test_a_juror_is_in_time_by_when_the_score_reached_us(city: Agency) -> None:
    contest = a_contest(proposals(), jury())
    word, juror = a_proposal(contest, "קלקלן"), add_juror(contest, "פרופ׳ דליה ארז")
    end = ended(contest.rounds.get(kind="jury"))
    with arrival(end), pytest.raises(Refused, match=clock(end)):
        score(juror, word, 3)
    assert not JuryScore.objects.exists()
    with arrival(end - INSTANT):
        score(juror, word, 4)
    assert JuryScore.objects.get().score == 4


def test_a_round_that_staff_ended_counts_what_was_on_its_way(sms: Account, miriam: Staff) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(sms, DANA, "להצביע 48213", "2")
    before = timezone.now()
    end_round(round, staff=miriam)
    journal(sms, DANA, "1", before)
    assert close_due_rounds() == 0
    work()
    assert (close_due_rounds(), round.again().result["ballots"]) == (1, 1)


def test_no_backlog_and_no_code_holds_a_count_longer_than_twenty_minutes(sms: Account, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    journal(sms, DANA, "שלום", ended(round, timedelta(minutes=19, seconds=55)) - SECOND)
    assert close_due_rounds() == 0
    end = ended(round, timedelta(minutes=20))
    assert close_due_rounds() == 1
    with arrival(end - SECOND), pytest.raises(Refused):
        voted(round, dana, [1])


def test_a_late_form_is_answered_with_both_times(client: Client, sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    end = ended(round)
    page = client.post("/contests/48213/vote/", {"choice": "2", "address": PHONE}, follow=True).content.decode()
    assert clock(end) in page
    told = client.post(
        "/api/v1/contests/48213/votes/", {"choice": "2", "address": PHONE}, content_type="application/json"
    )
    assert (told.status_code, clock(end) in told.json()["errors"]["__all__"][0]) == (409, True)
