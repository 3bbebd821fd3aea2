"""Who did something may take it back: a choice, a ballot, a proposal; and the counts are the rows."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts
from kesher.contests.ballot_codec import parse_answers
from kesher.contests.models import Ballot, Choice, Proposal, Round
from kesher.contests.rules import TAKEN_BACK, may_take_back
from kesher.contests.services import count_round, merge, review, withdraw_proposal, withdraw_vote
from kesher.contests.services.withdrawals import Key, proposals_of
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_phone, ago, call_of, proposals, proposed, voted
from kesher.conversations.models import Message
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies, recount_action


def chosen(round: Round) -> dict[str, int]:
    """The public numbers, after making sure that they are what the rows say."""
    drain_deltas()
    assert recount_action(round.action).wrong == {}
    return {key: n for key, n in read_tallies(round.action).get("value", {}).items() if n}


def without(round: Round, who: Identity, *keys: Key) -> bool:
    return withdraw_vote(round, call_of(who), keys=set(keys))


def test_one_choice_leaves_and_the_rest_of_the_ballot_stands(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="approval")
    ballot: Any = voted(round, dana, [1, 2]).ballot
    voted(round, a_phone(), [2])
    assert without(round, dana, (1, None))
    assert (chosen(round), ballot.again().state) == ({"2": 2}, "counted")
    assert not without(round, dana, (3, None))


def test_with_its_last_choice_the_ballot_goes(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", method="approval")
    voted(round, dana, [1, 2])
    assert without(round, dana, (1, None), (2, None))
    assert (chosen(round), Ballot.objects.counted().count()) == ({}, 0)
    assert not any(read_tallies(round.action).get("total", {}).values())


def test_a_ranking_closes_up_where_one_is_taken_out(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="irv")
    voted(round, dana, [3, 1, 2])
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
    voted(round, dana, answers=parse_answers(said))
    assert without(round, dana, key)
    assert (Choice.objects.count(), chosen(round)) == (1, left)


def test_where_nothing_may_change_a_ballot_goes_for_good(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", method="approval", verbs=("vote",))
    voted(round, dana, [1, 2])
    with pytest.raises(Refused):
        without(round, dana, (1, None))
    assert withdraw_vote(round, call_of(dana))
    with pytest.raises(Refused):
        voted(round, dana, [2], door="whatsapp")
    assert chosen(round) == {}


@pytest.mark.parametrize("what", ["over", "counted", "unknown"])
def test_nothing_is_taken_back_after_the_vote_or_by_who_is_not_known(city: Agency, dana: Identity, what: str) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", method="approval")
    voted(round, dana, [1, 2])
    if what == "over":
        Round.objects.filter(pk=round.pk).update(closes_at=ago(0.001))
    elif what == "counted":
        count_round(round.again())
    level = 0 if what == "unknown" else 1
    with pytest.raises(Refused):
        withdraw_vote(round, call_of(dana, level=level))
    with pytest.raises(Refused):
        withdraw_vote(round, call_of(dana, level=level), keys={(1, None)})
    assert chosen(round) == {"1": 1, "2": 1}


def test_a_person_takes_back_under_any_of_his_addresses(city: Agency, dana: Identity, omar: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    voted(round, dana, [1])
    merge_contacts(omar.contact, dana.contact, reason="code", by=SYSTEM)
    assert withdraw_vote(round, call_of(omar.again()))
    assert not withdraw_vote(round, call_of(a_phone()))
    assert chosen(round) == {}


def test_a_vote_for_a_joined_proposal_is_taken_back_by_either_number(city: Agency, dana: Identity) -> None:
    contest, round = a_ballot_of("ספסל", "ספסלים", "עץ", method="approval")
    voted(round, dana, [2, 3])
    voted(round, a_phone(), [1])
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
    row = proposed(contest, dana, "קלקלן", door="sms").proposal
    assert withdraw_proposal(row, call_of(dana))
    assert (row.again().state, proposals_of(contest, dana.contact)) == ("withdrawn", [])
    assert proposed(contest, dana, "קלקלן", door="sms").joined is None


@pytest.mark.parametrize("first", [True, False])
def test_a_word_that_two_proposed_stays_with_the_other(
    city: Agency, dana: Identity, omar: Identity, *, first: bool
) -> None:
    contest = a_contest()
    rows = [proposed(contest, who, "קלקלן", door="sms").proposal for who in (dana, omar)]
    leaves, stays = (dana, omar) if first else (omar, dana)
    assert not withdraw_proposal(rows[0] if first else rows[1], call_of(leaves))
    assert (proposals_of(contest, leaves.contact), len(proposals_of(contest, stays.contact))) == ([], 1)
    assert rows[0].again().state == "submitted"
    assert withdraw_proposal(rows[1] if first else rows[0], call_of(stays))
    assert rows[0].again().state == "withdrawn"


def test_a_word_that_others_voted_for_stays_without_a_name(city: Agency, dana: Identity) -> None:
    both = proposals(kind="vote", method="approval", verbs=("propose", "vote", "change"))
    contest = a_contest(both)
    round = contest.rounds.get()
    row = review(proposed(contest, dana, "קלקלן", name="דנה", door="sms").proposal, "publish", staff=None)
    own = review(proposed(contest, dana, "סופן", door="sms").proposal, "publish", staff=None)
    voted(round, a_phone(), [row.number])
    voted(round, dana, [own.number])
    assert not withdraw_proposal(row, call_of(dana))
    assert (row.again().state, row.credits.count(), chosen(round)) == ("published", 0, {"1": 1, "2": 1})
    assert withdraw_proposal(own, call_of(dana))


def test_nobody_takes_back_a_proposal_of_others_or_of_yesterday(city: Agency, dana: Identity, omar: Identity) -> None:
    contest = a_contest()
    row = proposed(contest, dana, "קלקלן", door="sms").proposal
    with pytest.raises(Refused):
        withdraw_proposal(row, call_of(omar))
    with pytest.raises(Refused):  # it was proposed with a better proof
        withdraw_proposal(row, call_of(dana, level=0))
    contest.rounds.update(closes_at=ago(0.01))
    with pytest.raises(Refused):
        withdraw_proposal(row, call_of(dana))
    assert Proposal.objects.get().state == "submitted"


def test_a_vote_taken_back_on_a_page_is_confirmed_once(city: Agency, dana: Identity, sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ")
    for door, told in (("sms", 0), ("web", 1), ("api", 1)):
        receipt, before = voted(round, dana, [1]).receipt, Message.objects.count()
        for gone in (True, False):
            assert withdraw_vote(round, call_of(dana, door)) is gone
        words = list(Message.objects.order_by("id").values_list("text", flat=True))[before:]
        assert [receipt in text for text in words] == [True] * told
