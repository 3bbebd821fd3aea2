"""Proposing, joining, reviewing."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contests.ballot_codec import parse_answers
from kesher.contests.models import Proposal
from kesher.contests.services import merge, review, unmerge
from kesher.contests.services.results import proposers_of
from kesher.contests.tests.factories import (
    a_ballot_of,
    a_contest,
    a_phone,
    a_proposal,
    a_vote,
    ago,
    proposals,
    proposed,
    voted,
)
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies


def test_a_word_waits_for_review_and_is_then_published(city: Agency, dana: Identity, ruth: Staff) -> None:
    contest = a_contest()
    found = proposed(contest, dana, "קלקלן", meaning="מי שמקלקל את הסוף", door="sms")
    assert found.proposal.state == "submitted"
    assert not Proposal.objects.shown().exists()
    assert review(found.proposal, "publish", staff=ruth).state == "published"


def test_the_same_word_is_one_proposal_with_two_coiners(city: Agency, dana: Identity, omar: Identity) -> None:
    contest = a_contest()
    first = proposed(contest, dana, "קַלְקָלָן", door="sms").proposal
    second = proposed(contest, omar, "הקלקלן", door="telegram")
    assert second.joined == first
    assert second.proposal.state == "merged"
    assert set(proposers_of(first)) == {dana.contact, omar.contact}


def test_the_same_person_may_not_propose_a_word_twice(city: Agency, dana: Identity) -> None:
    contest = a_contest()
    proposed(contest, dana, "קלקלן")
    with pytest.raises(Refused):
        proposed(contest, dana, "הקלקלן")
    assert Proposal.objects.count() == 1


def test_the_database_may_not_hold_one_word_twice(city: Agency, dana: Identity) -> None:
    row = proposed(a_contest(), dana, "קלקלן").proposal
    row.pk, row.number = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_join_can_be_undone_and_the_word_then_stands_for_itself(city: Agency, dana: Identity, omar: Identity) -> None:
    contest = a_contest()
    first = a_proposal(contest, "קלקלן", by=dana)
    second = proposed(contest, omar, "הקלקלן").proposal
    alone = unmerge(second, staff=None)
    assert (alone.state, alone.merged_into, alone.distinct) == ("submitted", None, True)  # nobody has read it
    assert set(proposers_of(first)) == {dana.contact}


def test_votes_for_both_count_once_after_a_join_and_come_back_when_it_is_undone(city: Agency, dana: Identity) -> None:
    contest = a_contest(proposals(), a_vote("approval"))
    one, other = a_proposal(contest, "קלקלן"), a_proposal(contest, "סופן")
    round = contest.rounds.get(kind="vote")
    voted(round, dana, [one.number, other.number])
    voted(round, a_phone(), [other.number])

    def votes() -> dict[str, int]:
        drain_deltas()
        return {key: n for key, n in read_tallies(round.action)["value"].items() if n}

    assert votes() == {"1": 1, "2": 2}
    merge(other, one, staff=None)
    assert votes() == {"1": 2}
    unmerge(other.again(), staff=None)
    assert votes() == {"1": 1, "2": 2}


def test_who_answered_two_statements_that_were_joined_counts_once(city: Agency, dana: Identity) -> None:
    contest, round = a_ballot_of("עוד ספסלים", "יותר ספסלים", "עוד עצים", method="opinion")
    voted(round, dana, answers=parse_answers(["1+", "2-", "3="]))
    merge(contest.proposals.get(number=2), contest.proposals.get(number=1), staff=None)
    drain_deltas()
    assert {key: n for key, n in read_tallies(round.action)["value"].items() if n} == {"1+": 1, "3=": 1}


def test_nothing_is_proposed_outside_its_round(city: Agency, dana: Identity) -> None:
    for contest in (
        a_contest(proposals(closes_at=ago(0.01))),
        a_contest(proposals(opens_at=ago(-1), closes_at=ago(-2))),
        a_contest(a_vote()),
        a_contest(published=False),
    ):
        with pytest.raises(Refused):
            proposed(contest, dana, "קלקלן")


def test_a_rejection_needs_one_of_the_published_reasons(city: Agency, dana: Identity, ruth: Staff) -> None:
    row = proposed(a_contest(), dana, "קלקלן").proposal
    with pytest.raises(Refused):
        review(row, "reject", staff=ruth, reason="because")
    assert review(row, "reject", staff=ruth, reason="exists").reason == "exists"


@pytest.mark.parametrize(("verdict", "shown"), [("publish", 1), ("reject", 0)])
def test_a_name_that_comes_with_a_known_word_is_public_only_when_it_was_read(
    city: Agency, client: Client, ruth: Staff, verdict: str, shown: int
) -> None:
    contest = a_contest(code="48213")
    first = a_proposal(contest, "קלקלן", by=a_phone())
    row = proposed(contest, a_phone(), "הקלקלן", name="שם גס", meaning="מילים גסות").proposal
    page = f"/contests/48213/proposals/{first.number}/"
    assert row in Proposal.objects.waiting()
    for path in (page, "/contests/48213/credits/", "/api/v1/contests/48213/proposals/"):
        assert not any(words in client.get(path).content.decode() for words in ("גס", "הקלקלן"))
    review(row, verdict, staff=ruth, reason="offensive")
    assert row not in Proposal.objects.waiting()
    assert ("שם גס" in client.get(page).content.decode()) == bool(shown)
    with pytest.raises(Refused):
        review(Proposal.objects.get(pk=row.pk), "reject", staff=ruth)


def test_what_was_joined_unread_and_taken_out_again_waits_for_its_review(city: Agency, ruth: Staff) -> None:
    contest = a_contest()
    a_proposal(contest, "קלקלן", by=a_phone())
    row = proposed(contest, a_phone(), "קלקלן", name="שם גס").proposal
    assert unmerge(row, staff=ruth).state == "submitted"
