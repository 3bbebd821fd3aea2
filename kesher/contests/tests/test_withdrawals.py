"""Who did something may take it back: a choice, a ballot, a proposal; and the counts are the rows."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import merge as merge_people
from kesher.contests.ballot_codec import read_all
from kesher.contests.models import Ballot, Choice, Proposal, Round
from kesher.contests.rules import TAKEN_BACK, may_take_back
from kesher.contests.services import (
    count_round,
    merge,
    propose,
    review,
    take_back,
    take_back_choices,
    vote,
    withdraw_proposal,
)
from kesher.contests.services.micro_votes import say_all
from kesher.contests.services.withdrawals import Key, proposals_of
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_phone, ago, proposals
from kesher.conversations.models import Message
from kesher.core.audit import SYSTEM, Actor
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies, recount_action

KNOWN: dict[str, Any] = {"level": 1, "by": SYSTEM}


def chosen(round: Round) -> dict[str, int]:
    """The public numbers, after making sure that they are what the rows say."""
    drain_deltas()
    assert recount_action(round.action).wrong == {}
    return {key: n for key, n in read_tallies(round.action).get("value", {}).items() if n}


def without(round: Round, who: Identity, *keys: Key) -> bool:
    return take_back_choices(round, who.contact, set(keys), **KNOWN)


def test_one_choice_leaves_and_the_rest_of_the_ballot_stands(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="approval")
    ballot = vote(round, dana, [1, 2], door="sms").ballot
    vote(round, a_phone(), [2], door="sms")
    assert without(round, dana, (1, None))
    assert (chosen(round), ballot.again().state) == ({"2": 2}, "counted")
    assert not without(round, dana, (3, None))


def test_with_its_last_choice_the_ballot_goes(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", method="approval")
    vote(round, dana, [1, 2], door="sms")
    assert without(round, dana, (1, None), (2, None))
    assert (chosen(round), Ballot.objects.counted().count()) == ({}, 0)
    assert not any(read_tallies(round.action).get("total", {}).values())


def test_a_ranking_closes_up_where_one_is_taken_out(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="irv")
    vote(round, dana, [3, 1, 2], door="sms")
    assert without(round, dana, (3, None))
    assert list(Choice.objects.order_by("rank").values_list("proposal__number", "rank")) == [(1, 1), (2, 2)]
    assert chosen(round) == {"1": 1}


@pytest.mark.parametrize(
    ("method", "said", "key", "left"),
    [("opinion", ["1+", "2-"], (1, None), {"2-": 1}), ("pairwise", ["1>2", "3<2"], (2, 3), {})],
)
def test_one_answer_of_many_is_taken_back(
    city: Agency, dana: Identity, method: str, said: list[str], key: Key, left: dict[str, int]
) -> None:
    _contest, round = a_ballot_of("א", "ב", "ג", method=method)
    say_all(round, dana, read_all(said), door="sms")
    assert without(round, dana, key)
    assert (Choice.objects.count(), chosen(round)) == (1, left)


def test_where_nothing_may_change_a_ballot_goes_for_good(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", method="approval", verbs=("vote",))
    vote(round, dana, [1, 2], door="sms")
    with pytest.raises(Refused):
        without(round, dana, (1, None))
    assert take_back(round, dana.contact, **KNOWN)
    with pytest.raises(Refused):
        vote(round, dana, [2], door="whatsapp")
    assert chosen(round) == {}


@pytest.mark.parametrize("what", ["over", "counted", "unknown"])
def test_nothing_is_taken_back_after_the_vote_or_by_who_is_not_known(city: Agency, dana: Identity, what: str) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", method="approval")
    vote(round, dana, [1, 2], door="sms")
    if what == "over":
        Round.objects.filter(pk=round.pk).update(closes_at=ago(0.001))
    elif what == "counted":
        count_round(round.again())
    level = 0 if what == "unknown" else 1
    with pytest.raises(Refused):
        take_back(round, dana.contact, level=level, by=SYSTEM)
    with pytest.raises(Refused):
        take_back_choices(round, dana.contact, {(1, None)}, level=level, by=SYSTEM)
    assert chosen(round) == {"1": 1, "2": 1}


def test_a_person_takes_back_under_any_of_his_addresses(city: Agency, dana: Identity, omar: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    vote(round, dana, [1], door="sms")
    merge_people(omar.contact, dana.contact, reason="code", by=SYSTEM)
    assert take_back(round, omar.again().contact, **KNOWN)
    assert not take_back(round, a_phone().contact, **KNOWN)
    assert chosen(round) == {}


def test_a_vote_for_a_joined_proposal_is_taken_back_by_either_number(city: Agency, dana: Identity) -> None:
    contest, round = a_ballot_of("ספסל", "ספסלים", "עץ", method="approval")
    vote(round, dana, [2, 3], door="sms")
    vote(round, a_phone(), [1], door="sms")
    one, other = contest.proposals.get(number=1), contest.proposals.get(number=2)
    merge(other, one, staff=None)
    assert without(round, dana, (1, None))
    assert chosen(round) == {"1": 1, "3": 1}


def test_what_may_be_taken_back_is_a_table(city: Agency) -> None:
    _contest, round = a_ballot_of("ספסל", verbs=("vote",))
    assert [what for what in TAKEN_BACK if may_take_back(what, round)] == ["ballot"]
    open_to_all = a_contest(proposals()).rounds.get()
    assert [what for what in TAKEN_BACK if may_take_back(what, open_to_all)] == ["proposal"]
    assert not any(may_take_back(what, None) for what in TAKEN_BACK)


def test_a_proposal_that_nobody_else_wants_is_gone(city: Agency, dana: Identity) -> None:
    contest = a_contest()
    row = propose(contest, dana, text="קלקלן", door="sms").proposal
    assert withdraw_proposal(row, dana.contact, **KNOWN)
    assert (row.again().state, proposals_of(contest, dana.contact)) == ("withdrawn", [])
    assert propose(contest, dana, text="קלקלן", door="sms").joined is None


@pytest.mark.parametrize("first", [True, False])
def test_a_word_that_two_proposed_stays_with_the_other(
    city: Agency, dana: Identity, omar: Identity, *, first: bool
) -> None:
    contest = a_contest()
    rows = [propose(contest, who, text="קלקלן", door="sms").proposal for who in (dana, omar)]
    leaves, stays = (dana, omar) if first else (omar, dana)
    assert not withdraw_proposal(rows[0] if first else rows[1], leaves.contact, **KNOWN)
    assert (proposals_of(contest, leaves.contact), len(proposals_of(contest, stays.contact))) == ([], 1)
    assert rows[0].again().state == "submitted"
    assert withdraw_proposal(rows[1] if first else rows[0], stays.contact, **KNOWN)
    assert rows[0].again().state == "withdrawn"


def test_a_word_that_others_voted_for_stays_without_a_name(city: Agency, dana: Identity) -> None:
    both = proposals(kind="vote", method="approval", verbs=("propose", "vote", "change"))
    contest = a_contest(both)
    round = contest.rounds.get()
    row = review(propose(contest, dana, text="קלקלן", name="דנה", door="sms").proposal, "publish", staff=None)
    own = review(propose(contest, dana, text="סופן", door="sms").proposal, "publish", staff=None)
    vote(round, a_phone(), [row.number], door="sms")
    vote(round, dana, [own.number], door="sms")
    assert not withdraw_proposal(row, dana.contact, **KNOWN)
    assert (row.again().state, row.credits.count(), chosen(round)) == ("published", 0, {"1": 1, "2": 1})
    assert withdraw_proposal(own, dana.contact, **KNOWN)


def test_nobody_takes_back_a_proposal_of_others_or_of_yesterday(city: Agency, dana: Identity, omar: Identity) -> None:
    contest = a_contest()
    row = propose(contest, dana, text="קלקלן", door="sms").proposal
    with pytest.raises(Refused):
        withdraw_proposal(row, omar.contact, **KNOWN)
    with pytest.raises(Refused):  # it was proposed with a better proof
        withdraw_proposal(row, dana.contact, level=0, by=SYSTEM)
    contest.rounds.update(closes_at=ago(0.01))
    with pytest.raises(Refused):
        withdraw_proposal(row, dana.contact, **KNOWN)
    assert Proposal.objects.get().state == "submitted"


def test_a_vote_taken_back_on_a_page_is_confirmed_once(city: Agency, dana: Identity, sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    for door, told in (("sms", 0), ("web", 1), ("api", 1)):
        ballot, before = vote(round, dana, [1], door="sms").ballot, Message.objects.count()
        for gone in (True, False):
            by = Actor("contact", dana.contact_id, door)
            assert take_back(round, dana.contact, level=1, by=by) is gone
        words = list(Message.objects.order_by("id").values_list("text", flat=True))[before:]
        assert [ballot.receipt in text for text in words] == [True] * told
