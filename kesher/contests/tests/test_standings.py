"""The numbers and the order that a vote shows are those by which it is decided."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.contests.ballot_codec import parse_answers
from kesher.contests.counting.standings import current_order
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.presenters import page_of, standing_of
from kesher.contests.services import count_round
from kesher.contests.services.result_snapshots import draw_snapshots
from kesher.contests.tests.factories import a_ballot_of, a_phone, voted
from kesher.participation.services import drain_deltas

METHODS = [method for method in Round.Method.values if method]
WORDS = ("ספסל", "עץ", "ברזייה", "נדנדה")


def say_something(round: Round, dice: Random) -> None:
    who, numbers = a_phone(), dice.sample(range(1, 5), dice.randint(1, 4))
    if round.method == "opinion":
        voted(round, who, answers=parse_answers([f"{n}{dice.choice('+-=')}" for n in numbers]))
    elif round.method == "pairwise":
        pairs = dice.sample(list(combinations(range(1, 5), 2)), 3)
        voted(round, who, answers=parse_answers([f"{a}{dice.choice('<>=')}{b}" for a, b in pairs]))
    else:
        voted(round, who, numbers[:1] if round.method == "one" else numbers)


def seen(round: Round, client: Client) -> tuple[Any, ...]:
    """What page, list and API say: the bars, the cards, the list's order with its words, and the API's sums."""
    cache.clear()
    contest = Contest.objects.get(pk=round.contest_id)
    fresh = contest.rounds.select_related("contest__action", "action").get()
    texts = dict(Proposal.objects.filter(contest=contest).values_list("number", "texts__he"))
    path = f"contests/{contest.code}/"
    said = client.get(f"/api/v1/{path}").json()["data"]["rounds"][0]
    cards = client.get(f"/{path}proposals/?sort=top").context["cards"]
    assert [texts[n] for n in said["order"]] == [title for title, _n in standing_of(fresh).options]
    assert [card["text"] for card in cards] == [texts[n] for n in said["order"]]
    assert page_of(contest)["proposals"] == cards
    return said["votes"], said["order"], [card["votes"] for card in cards]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(method=st.sampled_from(METHODS), voters=st.integers(1, 6), dice=st.randoms(use_true_random=False))
def test_what_was_said_last_is_what_was_counted(
    city: Agency, client: Client, method: str, voters: int, dice: Any
) -> None:
    with transaction.atomic():
        _contest, round = a_ballot_of(*WORDS, method=method, anonymous=False)
        for _voter in range(voters):
            say_something(round, dice)
        drain_deltas()
        draw_snapshots()
        votes, order, words = seen(round, client)
        result = count_round(round).result
        after = seen(round, client)
        assert (votes, sorted(words)) == (after[0], sorted(after[2]))
        worth = {row["number"]: row.get("strength", row["votes"] - row.get("disagree", 0)) for row in result["order"]}
        if method in ("irv", "schulze", "pairwise"):
            assert order == after[1]
        else:  # equals come in any order until the lot is shown
            assert [worth[n] for n in order] == [worth[n] for n in after[1]]
        transaction.set_rollback(True)


@pytest.mark.parametrize(("method", "words"), [("opinion", "מסכימ"), ("pairwise", "הועדפ")])
def test_no_card_says_no_votes_where_people_answered(city: Agency, client: Client, method: str, words: str) -> None:
    contest, round = a_ballot_of(*WORDS, method=method, code="48213")
    answers = ["3+", "1-"] if method == "opinion" else ["3>1", "3>2", "2>1"]
    for _voter in range(3):
        voted(round, a_phone(), answers=parse_answers(answers))
    drain_deltas()
    draw_snapshots()
    cards = client.get("/contests/48213/proposals/?sort=top").context["cards"]
    assert cards[0]["text"] == "ברזייה"
    assert words in cards[0]["votes"]
    assert "0 קולות" not in client.get(contest.get_absolute_url()).content.decode()


def test_where_nothing_was_drawn_yet_no_number_is_said(city: Agency, client: Client) -> None:
    _contest, round = a_ballot_of(*WORDS, method="pairwise", code="48213")
    voted(round, a_phone(), answers=parse_answers(["3>1"]))
    drain_deltas()
    assert current_order(round) == []
    assert [card["votes"] for card in client.get("/contests/48213/proposals/").context["cards"]] == [""] * 4


def test_hidden_results_put_no_proposal_first(city: Agency, client: Client) -> None:
    _contest, round = a_ballot_of(*WORDS, method="approval", code="48213", results_hidden=True)
    voted(round, a_phone(), [3])
    drain_deltas()
    assert current_order(round) == []
    context = client.get("/contests/48213/proposals/?sort=top").context
    assert (len(context["sorts"]), context["sorts"][0]["current"]) == (2, True)
