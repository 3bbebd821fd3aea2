"""The desk's watch over a vote: voided and taken back, until it is over; and nobody learns what was chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contests.models import Contest, Round
from kesher.contests.services import close_due_rounds, count_round, end_round
from kesher.contests.tests.factories import a_ballot_of, a_phone, voted
from kesher.core.errors import Refused
from kesher.participation.models import Alert, Voiding
from kesher.participation.services import (
    Condition,
    drain_deltas,
    read_tallies,
    recount_action,
    reverse_voiding,
    run_voidings,
    void_many,
)
from kesher.participation.tests.voiding import void_counted

BAD, GOOD = "+9725477700{:02}", "+9725288800{:02}"


def crowd(**values: Any) -> tuple[Contest, Round, str]:
    """Six machines that vote for the pine, two people who vote for the oak."""
    contest, round = a_ballot_of("אורן", "אלון", code="61940", **values)
    for number in range(6):
        voted(round, a_phone(address=BAD.format(number)), [1])
    for number in range(2):
        voted(round, a_phone(address=GOOD.format(number)), [2])
    work()
    return contest, round, "/desk/contests/61940/round/1/watch/"


def work() -> None:
    while run_voidings() + drain_deltas():
        pass


def post(client: Client, watch: str, begins: str = "+97254777", reason: str = "מכונה אחת", step: str = "void") -> int:
    given = {"begins": begins, "reason": reason}
    return (
        void_counted(client, watch, **given)
        if step == "void"
        else client.post(watch, {**given, "step": step}).status_code
    )


@pytest.mark.parametrize("anonymous", [False, True])
def test_many_ballots_are_voided_and_taken_back(miriams: Client, city: Any, anonymous: bool) -> None:
    _contest, round, watch = crowd(anonymous=anonymous)
    assert post(miriams, watch, step="count") == 200
    assert post(miriams, watch) == 302
    work()
    assert (read_tallies(round.action)["total"], recount_action(round.action).wrong) == ({"": 2}, {})
    assert read_tallies(round.action)["value"] == {"1": 0, "2": 2}
    miriams.post(f"{watch}voidings/{Voiding.objects.get().pk}/")
    work()
    assert (read_tallies(round.action)["value"], recount_action(round.action).wrong) == ({"1": 6, "2": 2}, {})


def test_a_clerk_and_another_bodys_clerk_void_nothing(ruths: Client, sashas: Client, city: Any) -> None:
    _contest, round, watch = crowd()
    assert (post(ruths, watch), post(sashas, watch)) == (403, 403)
    assert not Voiding.objects.exists()
    assert read_tallies(round.action)["total"] == {"": 8}


def test_the_watch_over_a_hidden_vote_shows_no_result(miriams: Client, city: Any) -> None:
    _contest, _round, watch = crowd(results_hidden=True)
    post(miriams, watch)
    work()
    for page in (miriams.get(watch), miriams.post(watch, {"step": "count", "begins": "+97252", "reason": "x"})):
        words = page.content.decode()
        assert "מכונה אחת" in words
        assert not any(text in words for text in ("אורן", "אלון"))
    hidden = miriams.get("/contests/61940/count/").content.decode()
    assert not any(text in hidden for text in ("אורן", "אלון"))


def test_what_is_counted_stays_as_it_was_counted(miriams: Client, city: Any) -> None:
    _contest, round, watch = crowd(anonymous=True)
    count_round(round)
    before = round.again().result
    assert post(miriams, watch) == 422
    assert not Voiding.objects.exists()
    assert round.again().result == before
    assert "מספרי טלפון" not in miriams.get(watch).content.decode()


def test_a_voiding_is_not_taken_back_after_the_count(miriam: Staff, city: Any) -> None:
    _contest, round, _watch = crowd()
    voiding = void_many(round.action, Condition(prefix="+97254777"), reason="x", staff=miriam)
    work()
    count_round(round)
    with pytest.raises(Refused):
        reverse_voiding(voiding, staff=miriam)
    assert voiding.again().state == "done"
    assert round.again().result["ballots"] == 2


def test_the_count_waits_for_a_voiding_that_is_at_work(miriam: Staff, city: Any) -> None:
    _contest, round, _watch = crowd()
    void_many(round.action, Condition(prefix="+97254777"), reason="x", staff=miriam)
    end_round(round, staff=miriam)
    with pytest.raises(Refused):
        void_many(round.action, Condition(channel="sms"), reason="too late", staff=miriam)
    close_due_rounds()
    assert round.again().counted_at is None
    work()
    close_due_rounds()
    assert round.again().result["ballots"] == 2


def test_a_few_of_an_anonymous_vote_are_not_voided_where_that_would_show_their_choice(
    miriams: Client, city: Any
) -> None:
    _contest, round, watch = crowd(anonymous=True)
    assert post(miriams, watch, begins=BAD.format(3)) == 422
    assert post(miriams, watch, begins="+97252888") == 422
    assert not Voiding.objects.exists()
    Round.objects.filter(pk=round.pk).update(results_hidden=True)
    assert post(miriams, watch, begins=BAD.format(3)) == 302


def test_an_alert_leads_from_the_contest_to_its_watch(miriams: Client, city: Any) -> None:
    contest, round, watch = crowd()
    row = Alert.objects.create(
        agency=contest.agency, action=round.action, dimension="source", key="tel:+97254777",
        start=timezone.now() - timedelta(minutes=3), seen=900, expected=3,
    )  # fmt: skip
    desk = miriams.get("/desk/contests/61940/").content.decode()
    assert watch in desk
    assert "+97254777…" in miriams.get(watch).content.decode()
    miriams.post(f"{watch}alerts/{row.pk}/", {"verb": "acted"})
    assert row.again().state == "acted"
