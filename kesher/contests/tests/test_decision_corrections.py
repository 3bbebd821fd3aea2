"""A decision that was published is corrected, and nobody can pretend that it was never another."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.contests.models import Contest, EarlierDecision
from kesher.contests.services import amend_decision, count_round, decide
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_phone, voted
from kesher.conversations.models import Broadcast
from kesher.core.errors import Refused
from kesher.core.models import Audit

DESK = "/desk/contests/48213/decision/"
WHY = {"he": "נספרה רשימה ישנה", "en": "An old list was counted"}


@pytest.fixture
def contest(city: Agency, miriam: Staff) -> Contest:
    """Decided for the bench, although the tree won the vote."""
    contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    voted(round, a_phone(), [2], updates=True)
    count_round(round)
    decide(contest, contest.proposals.get(number=1), {"he": "יש תקציב"}, staff=miriam, tell=False)
    return contest


def test_the_choice_and_its_reasons_are_put_right_and_the_old_ones_stay(contest: Contest, ruth: Staff) -> None:
    bench, tree = contest.proposals.order_by("number")
    row = amend_decision(contest, tree, {"he": "העץ ניצח"}, WHY, staff=ruth)
    assert (row.proposal, row.reasons, row.differs, row.by) == (tree, {"he": "העץ ניצח"}, False, ruth)
    assert (bench.again().place, tree.again().place) == (None, 1)
    earlier = EarlierDecision.objects.get()
    assert (earlier.proposal, earlier.reasons, earlier.why) == (bench, {"he": "יש תקציב"}, WHY)
    assert earlier.at < row.at
    assert Audit.objects.get(operation="contests.amend_decision").data == {"before": bench.pk, "after": tree.pk}


def test_it_may_turn_out_that_none_is_chosen_and_be_corrected_again(contest: Contest) -> None:
    amend_decision(contest, None, {"he": "אין תקציב"}, WHY, staff=None)
    amend_decision(contest, None, {"he": "אין תקציב השנה"}, WHY, staff=None)
    assert contest.again().decision.proposal is None
    assert not contest.proposals.exclude(place=None).exists()
    assert EarlierDecision.objects.count() == 2


def test_a_correction_says_why_and_changes_something_that_may_be_chosen(contest: Contest) -> None:
    bench, tree = contest.proposals.order_by("number")
    elsewhere = a_ballot_of("ספסל", "עץ")[0].proposals.get(number=1)
    same = {"he": "יש תקציב"}
    for chosen, reasons, why in (
        (tree, same, {"he": " "}),
        (tree, {}, WHY),
        (bench, same, WHY),
        (elsewhere, same, WHY),
    ):
        with pytest.raises(Refused):
            amend_decision(contest, chosen, reasons, why, staff=None)
    with pytest.raises(Refused):
        amend_decision(a_contest(), None, same, WHY, staff=None)
    assert not EarlierDecision.objects.exists()


def test_whoever_was_told_is_told_of_the_correction_where_somebody_says_so(contest: Contest) -> None:
    tree = contest.proposals.get(number=2)
    amend_decision(contest, tree, {"he": "העץ ניצח"}, WHY, staff=None)
    assert not Broadcast.objects.exists()
    amend_decision(contest, None, {"he": "אין"}, WHY, staff=None, tell=True)
    sent = Broadcast.objects.get()
    assert (sent.purpose, "An old list was counted" in sent.texts["en"]) == ("information", True)


def test_the_page_and_the_api_show_what_it_was_before(contest: Contest, client: Client) -> None:
    amend_decision(contest, contest.proposals.get(number=2), {"he": "העץ ניצח"}, WHY, staff=None)
    page = client.get("/contests/48213/").content.decode()
    assert page.index("העץ ניצח") < page.index("נספרה רשימה ישנה") < page.index("יש תקציב")
    told = client.get("/api/v1/contests/48213/").json()["data"]["decision"]
    assert told["text"] == "עץ"
    [before] = told["corrections"]
    assert (before["text"], before["reasons"], before["why"]) == ("ספסל", {"he": "יש תקציב"}, WHY)


def test_a_manager_corrects_it_at_the_desk_and_a_clerk_does_not(
    contest: Contest, miriams: Client, ruths: Client
) -> None:
    form = miriams.get(DESK).context["form"]
    assert (form["proposal"].value(), form["text_he"].value(), form["tell"].value()) == ("1", "יש תקציב", False)
    given = {"proposal": "2", "text_he": "העץ ניצח", "why_he": "טעות"}
    assert ruths.post(DESK, given).status_code == 403
    assert miriams.post(DESK, {**given, "why_he": ""}).status_code == 422
    assert miriams.post(DESK, given).status_code == 302
    assert contest.again().decision.reason == "העץ ניצח"
    assert DESK in miriams.get("/desk/contests/48213/").content.decode()
