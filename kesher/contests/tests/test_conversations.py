"""Proposing and voting by words, on any channel."""

from __future__ import annotations

import pytest

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.services import find_consent, find_identity
from kesher.contests.models import Ballot, Choice, Proposal
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_vote, proposals
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, OMAR, VISITOR, code_sent_to, hear

NEIGHBOUR = Address("tel", "+972505550199", "")


def test_a_word_is_proposed_by_sms(sms: Account) -> None:
    a_contest(code="48213")
    asked = hear(sms, DANA, "להציע 48213")
    assert "איזו מילה" in asked
    said = hear(sms, DANA, "קלקלן", "מי שמקלקל את הסוף")
    row = Proposal.objects.get()
    assert (row.text, row.state, str(row.number)) == ("קלקלן", "submitted", "1")
    assert "קלקלן" in said
    assert row.credits.get().name == ""


def test_a_name_and_news_are_added_afterwards(sms: Account) -> None:
    a_contest(code="48213")
    hear(sms, DANA, "להציע 48213", "קלקלן", "מי שמקלקל את הסוף", "2", "להציע 48213", "סופן", "-", "1", "דנה")
    assert [row.credits.get().name for row in Proposal.objects.order_by("number")] == ["", "דנה"]
    identity = find_identity(DANA)
    assert identity is not None
    assert find_consent(identity.contact, "information")


def test_the_number_alone_opens_whatever_may_be_done_now(sms: Account) -> None:
    a_contest(code="48213")
    a_ballot_of("קלקלן", "סופן", code="61940")
    assert "איזו מילה" in hear(sms, DANA, "48213")
    assert "2 סופן" in hear(sms, NEIGHBOUR, "61940")


def test_a_poll_is_answered_by_a_number_key_and_confirmed(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", code="48213")
    assert "עץ" in hear(sms, DANA, "להצביע 48213", "2")
    assert not Ballot.objects.exists()
    said = hear(sms, DANA, "1")
    ballot = Ballot.objects.of(round).get()
    assert ballot.value == "2"
    assert ballot.receipt in said


def test_a_no_at_the_question_casts_nothing(sms: Account) -> None:
    a_ballot_of("ספסל", "עץ", code="48213")
    hear(sms, DANA, "להצביע 48213", "1", "2")
    assert not Ballot.objects.exists()


def test_several_are_chosen_by_their_numbers(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="approval", code="48213")
    assert "3 ברזייה" in hear(sms, DANA, "להצביע 48213")
    hear(sms, DANA, "1, 3", "1")
    assert Ballot.objects.of(round).get().value == "1 3"


def test_a_number_that_is_not_on_the_list_is_asked_for_again(sms: Account) -> None:
    a_ballot_of("ספסל", "עץ", method="approval", code="48213")
    assert "ברשימה" in hear(sms, DANA, "להצביע 48213", "1 7")
    assert not Ballot.objects.exists()


def test_a_ranking_is_the_order_in_which_it_is_written(whatsapp: Account) -> None:
    a_ballot_of("ספסל", "עץ", "ברזייה", method="irv", code="48213")
    hear(whatsapp, DANA, "להצביע 48213", "3 1", "1")
    assert list(Choice.objects.order_by("rank").values_list("proposal__number", "rank")) == [(3, 1), (1, 2)]


def test_voting_again_takes_the_place_of_the_first_vote(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(sms, DANA, "להצביע 48213", "1", "1")
    said = hear(sms, DANA, "להצביע 48213", "2", "1")
    assert Ballot.objects.of(round).get().value == "2"
    assert "עץ" in said


def test_a_vote_is_taken_back_by_words(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(sms, DANA, "להצביע 48213", "1", "1")
    hear(sms, DANA, "לבטל הצבעה 48213", "1")
    assert not Ballot.objects.of(round).counted().exists()


def test_a_proposal_is_taken_back_by_words(sms: Account) -> None:
    a_contest(code="48213")
    hear(sms, DANA, "להציע 48213", "קלקלן", "-")
    assert "קלקלן" in hear(sms, DANA, "לבטל הצעה 48213")
    hear(sms, DANA, "1")
    assert Proposal.objects.get().state == "withdrawn"
    assert "לא הצעתם" in hear(sms, NEIGHBOUR, "לבטל הצעה 48213")


def test_a_visitor_of_the_chat_votes_when_his_code_comes_back(webchat: Account, mailbox: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(webchat, VISITOR, "להצביע 48213", "2", "1", "dana@example.org")
    assert not Ballot.objects.exists()
    assert "שגוי" in hear(webchat, VISITOR, "111111")
    hear(webchat, VISITOR, code_sent_to("dana@example.org"))
    assert Ballot.objects.of(round).counted().get().value == "2"


@pytest.mark.parametrize(("method", "taps"), [("opinion", ["1", "2", "3"]), ("pairwise", ["1"])])
def test_statements_and_pairs_are_asked_one_by_one(sms: Account, method: str, taps: list[str]) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method=method, code="48213")
    if method == "pairwise":
        contest.proposals.filter(number=3).update(state="rejected")
    hear(sms, DANA, "להצביע 48213", *taps)
    assert Choice.objects.filter(round=round).count() == len(taps)
    assert Ballot.objects.of(round).count() == 1


def test_a_closed_contest_says_so(sms: Account) -> None:
    a_contest(a_vote(opens_at=proposals().opens_at, closes_at=a_vote().opens_at), code="48213")
    assert "48213" not in hear(sms, DANA, "להצביע 48213")
    assert "48213" not in hear(sms, DANA, "להציע 48213")
    assert not Proposal.objects.exists()


def options_of_the_last() -> list[str]:
    last = Message.objects.filter(direction="out").order_by("-id")[0]
    return [option["title"] for option in last.content["options"]]


def test_a_verb_without_a_number_offers_what_is_open(whatsapp: Account, telegram: Account) -> None:
    contest = a_contest(code="48213")
    hear(whatsapp, DANA, "להציע")
    assert options_of_the_last() == [contest.title]
    hear(telegram, OMAR, "להצביע")
    assert contest.title not in options_of_the_last()


def test_taking_back_without_a_number_asks_which_and_takes_that_back(sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(sms, DANA, "להצביע 48213", "1", "1")
    assert "איזו הצבעה" in hear(sms, DANA, "לבטל הצבעה")
    hear(sms, DANA, "1", "1")
    assert not Ballot.objects.of(round).counted().exists()


def test_a_proposal_is_taken_back_without_a_number_too(sms: Account) -> None:
    a_contest(code="48213")
    hear(sms, DANA, "להציע 48213", "קלקלן", "מי שמקלקל")
    hear(sms, DANA, "לבטל הצעה", "1", "1")
    assert Proposal.objects.get().state == "withdrawn"
