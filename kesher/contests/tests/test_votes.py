"""One person, one ballot; what was promised stays; what is counted is what was cast."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from django.db import Error, IntegrityError, transaction

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts
from kesher.contests.ballot_codec import parse_answers
from kesher.contests.counting.round_count import result_of
from kesher.contests.models import Ballot, Choice, JuryScore, Round
from kesher.contests.services import (
    Plan,
    add_juror,
    anonymise,
    anonymise_stopped_rounds,
    count_round,
    decide,
    declare_conflict,
    edit_round,
    score,
    shortlist,
    stop_contest,
    votes,
    withdraw_vote,
)
from kesher.contests.services.results import close_due_rounds
from kesher.contests.tests.factories import (
    a_ballot_of,
    a_contest,
    a_phone,
    a_proposal,
    a_vote,
    ago,
    call_of,
    jury,
    proposals,
    voted,
)
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies, recount_action, take_part


def test_one_person_is_one_ballot_which_may_change_until_the_close(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    first = voted(round, dana, [1])
    second = voted(round, dana, [2], door="whatsapp")
    assert (first.new, second.new, second.changed) == (True, False, True)
    drain_deltas()
    found = read_tallies(round.action)
    assert {key: n for key, n in found["value"].items() if n} == {"2": 1}
    assert found["total"] == {"": 1}


def test_a_ballot_may_not_change_where_the_round_says_so(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", verbs=("vote",))
    voted(round, dana, [1])
    assert not voted(round, dana, [1]).changed
    with pytest.raises(Refused):
        voted(round, dana, [2])


@pytest.mark.parametrize(("method", "numbers"), [("one", [1, 2]), ("one", []), ("approval", [9]), ("irv", [])])
def test_a_ballot_that_breaks_the_rules_is_refused(city: Agency, dana: Identity, method: str, numbers: Any) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", method=method)
    with pytest.raises(Refused):
        voted(round, dana, numbers)
    assert not Choice.objects.exists()


def test_nobody_votes_before_or_after_the_round(city: Agency, dana: Identity) -> None:
    for opens, closes in ((ago(-1), ago(-2)), (ago(2), ago(1))):
        _contest, round = a_ballot_of("קלקלן", "סופן", opens_at=opens, closes_at=closes)
        with pytest.raises(Refused):
            voted(round, dana, [1])


def test_an_address_that_nobody_vouches_for_does_not_vote(city: Agency) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    with pytest.raises(Refused):
        voted(round, a_phone(assurance=0), [1], door="web")
    _contest, strict = a_ballot_of("קלקלן", "סופן", level=2)
    with pytest.raises(Refused):
        voted(strict, a_phone(), [1])


def test_two_addresses_that_are_one_person_count_once(city: Agency, dana: Identity, omar: Identity) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", method="approval")
    voted(round, dana, [1, 2])
    voted(round, omar, [2], door="telegram")
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    drain_deltas()
    assert {key: n for key, n in read_tallies(round.action)["value"].items() if n} == {"1": 1, "2": 1}
    assert [row["votes"] for row in count_round(round).result["order"]] == [1, 1]


def test_a_vote_taken_back_is_in_no_count(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    voted(round, dana, [1])
    assert withdraw_vote(round, call_of(dana))
    voted(round, dana, [2])
    assert {row["number"]: row["votes"] for row in count_round(round).result["order"]} == {1: 0, 2: 1}


@pytest.mark.parametrize("method", ["approval", "irv", "schulze"])
def test_each_method_counts_at_the_close_and_the_tallies_agree(city: Agency, method: str) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", "גלאי", method=method)
    for numbers in ([1, 2], [1, 3], [2, 1], [3]):
        voted(round, a_phone(), numbers)
    drain_deltas()
    result = count_round(round).result
    assert result["ballots"] == read_tallies(round.action)["total"][""] == 4
    assert result["order"][0]["number"] == 1
    shown = {str(row["number"]): row["votes"] for row in result["order"]}
    assert {key: n for key, n in read_tallies(round.action)["value"].items() if n} == {
        k: n for k, n in shown.items() if n
    }


def test_pairs_and_statements_gather_on_one_ballot(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("א", "ב", "ג", method="pairwise")
    for word in ("2>1", "3>2"):
        voted(round, dana, answers=parse_answers([word]))
    assert Ballot.objects.of(round).count() == 1
    assert [row["number"] for row in count_round(round).result["order"]] == [3, 2, 1]
    _contest, opinions = a_ballot_of("א", "ב", method="opinion")
    for word in ("1+", "1-", "2+"):
        voted(opinions, dana, answers=parse_answers([word]))
    drain_deltas()
    assert {key: n for key, n in read_tallies(opinions.action)["value"].items() if n} == {"1-": 1, "2+": 1}


def test_equals_are_ordered_by_a_lot_that_was_fixed_before(city: Agency) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    voted(round, a_phone(), [1])
    voted(round, a_phone(), [2])
    first = count_round(round).result
    Round.objects.filter(pk=round.pk).update(counted_at=None)
    assert first["lot"]
    assert count_round(round.again()).result["order"] == first["order"]


@pytest.mark.parametrize("promise", ["results_hidden", "anonymous"])
def test_a_promise_may_not_be_taken_back_not_even_in_the_database(city: Agency, miriam: Staff, promise: str) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    plan = Plan(round.kind, round.opens_at, round.closes_at, method=round.method)
    edit_round(round, replace(plan, **{promise: True}), staff=miriam)  # type: ignore[arg-type]  # one of two switches
    with pytest.raises(Refused):
        edit_round(round, plan, staff=miriam)
    with pytest.raises(Error), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(**{promise: False})
    assert getattr(round.again(), promise)


def test_an_anonymous_round_is_cut_from_its_voters_at_the_close(city: Agency, dana: Identity) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", method="approval", anonymous=True)
    voted(round, dana, [1, 2])
    voted(round, a_phone(), [1])
    count_round(round)
    assert not Choice.objects.filter(ballot__isnull=False).exists()
    assert not Ballot.objects.exclude(value="").exists()
    assert {row["number"]: row["votes"] for row in round.result["order"]} == {1: 2, 2: 1}
    drain_deltas()
    assert read_tallies(round.action)["value"] == {"1": 2, "2": 1}


def test_no_order_time_or_slip_leads_from_a_cut_vote_to_its_voter(
    city: Agency, miriam: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anonymise, "SystemRandom", lambda: Random(7))
    names = [f"מילה {n}" for n in range(1, 9)]
    for end in (count_round, lambda round: stop_contest(round.contest, staff=miriam, reason="בוטל")):
        _contest, round = a_ballot_of(*names, anonymous=True)
        for number in range(1, 9):
            voted(round, a_phone(), [number])
        before = list(Choice.objects.filter(round=round).order_by("id"))
        end(round)
        anonymise_stopped_rounds()
        after = list(Choice.objects.filter(round=round, ballot=None).select_related("proposal").order_by("id"))
        order = [row.proposal.number for row in after]
        assert sorted(order) == list(range(1, 9)) != order
        assert not {row.slip for row in before} & {row.slip for row in after}
        assert max(row.at for row in before) < min(row.at for row in after)
        assert not Ballot.objects.of(round).exclude(value="").exists()


def test_a_cut_keeps_each_ballot_whole_and_counts_the_same(city: Agency) -> None:
    for method, ballots in (("irv", ([3, 1], [2, 1], [2, 3, 1])), ("pairwise", ("1>2", "3>2"))):
        _contest, round = a_ballot_of("א", "ב", "ג", method=method, anonymous=True)
        for said in ballots:
            if isinstance(said, str):
                voted(round, a_phone(), answers=parse_answers([said]))
            else:
                voted(round, a_phone(), said)
        result = count_round(round).result
        assert result_of(round) == result
        assert result["ballots"] == len(ballots)


def test_a_recount_leaves_the_votes_of_a_cut_round_alone(city: Agency) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", method="approval", anonymous=True)
    voted(round, a_phone(), [1, 2])
    voted(round, a_phone(), [1])
    drain_deltas()
    count_round(round)
    assert recount_action(round.action).wrong == {}
    assert read_tallies(round.action)["value"] == {"1": 2, "2": 1}


def test_a_change_of_a_ballot_that_was_just_taken_back_is_a_new_vote(
    city: Agency, dana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    voted(round, dana, [1])
    other_door = iter([withdraw_vote])

    def overtaken(*given: Any, **named: Any) -> Any:
        found = take_part(*given, **named)
        for verb in other_door:
            verb(round, call_of(dana))
        return found

    monkeypatch.setattr(votes, "take_part", overtaken)
    assert voted(round, dana, [2], door="whatsapp").new
    assert {row["number"]: row["votes"] for row in count_round(round).result["order"]} == {1: 0, 2: 1}


def plan_of(round: Round, **values: Any) -> Plan:
    same: dict[str, Any] = {
        "method": round.method,
        "verbs": round.verbs,
        "opens_at": round.opens_at,
        "closes_at": round.closes_at,
    }
    return Plan(**{"kind": round.kind, **same, **values})


@pytest.mark.parametrize("change", [{"opens_at": ago(-1)}, {"kind": "opinions"}, {"verbs": ("vote",)}])
def test_a_vote_that_has_begun_is_not_put_off_or_made_another(city: Agency, miriam: Staff, change: Any) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    with pytest.raises(Refused):
        edit_round(round, plan_of(round, **change), staff=miriam)
    later = plan_of(round, closes_at=ago(-9))
    edit_round(round, later, staff=miriam)
    assert (round.again().is_open, round.closes_at) == (True, later.closes_at)


def test_a_round_that_is_over_is_not_opened_again(city: Agency, miriam: Staff) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", opens_at=ago(2), closes_at=ago(1))
    with pytest.raises(Refused):
        edit_round(round, plan_of(round, closes_at=ago(-1)), staff=miriam)
    assert round.again().is_over


def test_a_round_may_become_another_until_it_begins(city: Agency, miriam: Staff) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", opens_at=ago(-1))
    edit_round(round, plan_of(round, verbs=("vote",)), staff=miriam)
    assert round.again().verbs == ["vote"]
    edit_round(round, plan_of(round, kind="jury", method="", verbs=()), staff=miriam)
    assert (round.again().kind, round.verbs) == ("jury", ["score"])


def test_hidden_results_show_after_the_close_and_not_before(city: Agency) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן", results_hidden=True)
    assert not round.shows_results
    assert count_round(round).shows_results


def test_the_worker_closes_what_is_over_once(city: Agency) -> None:
    _contest, round = a_ballot_of("קלקלן", "סופן")
    Round.objects.filter(pk=round.pk).update(closes_at=ago(0.001))
    assert close_due_rounds() == 1
    assert close_due_rounds() == 0
    assert round.again().counted_at is not None


def test_a_juror_with_a_conflict_may_not_score_not_even_in_the_database(city: Agency) -> None:
    contest = a_contest(proposals(), jury())
    word = a_proposal(contest, "קלקלן")
    juror = add_juror(contest, "פרופ׳ דליה ארז")
    score(juror, word, 4, reason="קצרה וברורה")
    row = declare_conflict(juror, word, reason="הציעה אותה אחותי")
    assert (row.conflict, row.score) == (True, None)
    with pytest.raises(Refused):
        score(juror, word, 5)
    with pytest.raises(IntegrityError), transaction.atomic():
        JuryScore.objects.filter(pk=row.pk).update(score=5)


def test_only_the_shortlist_stands_in_a_vote_on_it(city: Agency, dana: Identity) -> None:
    contest = a_contest(proposals(), jury(), a_vote("approval", stands="shortlist", opens_at=ago(-1)))
    one, other = a_proposal(contest, "קלקלן"), a_proposal(contest, "סופן")
    with pytest.raises(Refused):
        shortlist(one, {}, staff=None)
    shortlist(one, {"he": "קצרה, ברורה ונוחה להטיה"}, staff=None)
    contest.rounds.filter(kind="vote").update(opens_at=ago(0.1))
    round = contest.rounds.get(kind="vote")
    with pytest.raises(Refused):
        voted(round, dana, [other.number])
    assert voted(round, dana, [one.number]).new


def test_the_body_may_decide_otherwise_and_must_say_why(city: Agency, miriam: Staff) -> None:
    contest, round = a_ballot_of("קלקלן", "סופן")
    voted(round, a_phone(), [1])
    with pytest.raises(Refused):  # the vote is not over
        decide(contest, contest.proposals.get(number=2), {"he": "כי כך"}, staff=miriam)
    count_round(round)
    with pytest.raises(Refused):
        decide(contest, contest.proposals.get(number=2), {"he": " "}, staff=miriam)
    row = decide(contest, contest.proposals.get(number=2), {"he": "הראשונה בשימוש"}, staff=miriam)
    assert row.differs
    assert contest.again().state == "finished"
