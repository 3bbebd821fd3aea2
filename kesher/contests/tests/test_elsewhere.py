"""A vote that was begun on a page goes on in a conversation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.channels.models import Account
from kesher.contests.models import Ballot, Choice, Round
from kesher.contests.services import count_round, end_round
from kesher.contests.tests.factories import a_ballot_of
from kesher.conversations.tests.talk import DANA, hear, later
from kesher.dialogues.models import DialogueSession

VOTE, PAIRS, OPINIONS = "/contests/48213/vote/", "/contests/48213/pairs/", "/contests/48213/opinions/"


def a_vote_of(method: str, **values: Any) -> Round:
    return a_ballot_of("ספסל", "עץ", "ברזייה", method=method, code="48213", **values)[1]


@pytest.mark.parametrize(
    ("method", "posted", "counted"),
    [
        ("one", {"choice": "2"}, "2"),
        ("approval", {"choice": ["3", "1"]}, "3 1"),
        ("irv", {"choice_1": "2", "choice_2": "", "choice_3": "1"}, "3 1"),
        ("schulze", {"choice": "2 3 1"}, "2 3 1"),
    ],
)
def test_the_ballot_comes_along_and_the_yes_is_said_there(
    client: Client, sms: Account, method: str, posted: dict[str, Any], counted: str
) -> None:
    round = a_vote_of(method)
    asked = hear(sms, DANA, later(client, VOTE, **posted, updates="on", sure="on"))
    assert round.contest.title in asked
    assert not Ballot.objects.exists()
    hear(sms, DANA, "1")
    rows = Choice.objects.filter(round=round).order_by("rank", "id").values_list("proposal__number", flat=True)
    assert " ".join(map(str, rows)) == counted


@pytest.mark.parametrize("posted", [{}, {"choice": "9"}, {"choice": "x"}, {"choice": ["1", "2", "3"]}])
def test_a_ballot_that_does_not_do_is_asked_for_again(client: Client, sms: Account, posted: dict[str, Any]) -> None:
    a_vote_of("approval", most=2)
    assert "3 ברזייה" in hear(sms, DANA, later(client, VOTE, **posted))


def test_statements_that_wait_in_the_browser_are_counted_there(client: Client, sms: Account) -> None:
    round = a_ballot_of(*(f"אמירה {n}" for n in range(1, 9)), method="opinion", code="48213")[1]
    for number in range(1, 8):
        client.post(OPINIONS, {"answer": f"{number}+"})
    asked = hear(sms, DANA, later(client, OPINIONS))
    assert all(f"אמירה {number}" in asked for number in range(1, 8))  # somebody else may have answered in the browser
    assert not Choice.objects.filter(round=round).exists()
    assert "7" in hear(sms, DANA, "1")
    assert Choice.objects.filter(round=round, value=1).count() == 7


def test_pairs_that_wait_in_the_browser_are_counted_there(client: Client, sms: Account) -> None:
    round = a_vote_of("pairwise")
    page = client.get(PAIRS).context
    client.post(PAIRS, {"answer": f"{page['one'].number}>{page['other'].number}", "pair": page["seal"]})
    hear(sms, DANA, later(client, PAIRS), "1", "1", "1")
    assert Choice.objects.filter(round=round).count() == 3


def test_a_statement_that_fell_away_meanwhile_takes_no_other_along(client: Client, sms: Account) -> None:
    round = a_ballot_of(*(f"אמירה {n}" for n in range(1, 9)), method="opinion", code="48213")[1]
    for number in range(1, 7):
        client.post(OPINIONS, {"answer": f"{number}-"})
    words = later(client, OPINIONS)
    round.contest.proposals.filter(number=1).update(state="rejected")
    hear(sms, DANA, words, "1")
    assert sorted(Choice.objects.filter(round=round).values_list("proposal__number", flat=True)) == [2, 3, 4, 5, 6]


def test_many_pairs_outlive_one_that_fell_away(client: Client, sms: Account) -> None:
    contest, round = a_ballot_of(*(f"מילה {n}" for n in range(1, 8)), method="pairwise", code="48213")
    for _turn in range(12):
        page = client.get(PAIRS).context
        client.post(PAIRS, {"answer": f"{page['one'].number}>{page['other'].number}", "pair": page["seal"]})
    contest.proposals.filter(number=7).update(state="rejected")
    words = later(client, PAIRS)
    kept = len(DialogueSession.objects.get().answers)
    assert kept >= 6
    hear(sms, DANA, words, "1")
    assert Choice.objects.filter(round=round).count() == kept


def test_going_on_here_leads_back_to_the_votes_own_page(client: Client, sms: Account) -> None:
    a_vote_of("opinion")
    client.post(OPINIONS, {"answer": "1+"})
    later(client, OPINIONS)
    assert client.get(f"/go/{DialogueSession.objects.get().key}/")["Location"] == OPINIONS


def test_the_cut_of_an_anonymous_round_empties_forms_on_their_way(client: Client, sms: Account) -> None:
    round = a_vote_of("one", anonymous=True)
    later(client, VOTE, choice="2")
    assert DialogueSession.objects.get().answers == {"choice": "2"}
    end_round(round)
    count_round(round)
    assert DialogueSession.objects.get().answers == {}


def test_nothing_of_a_vote_stays_in_the_form(client: Client, sms: Account) -> None:
    a_vote_of("one", anonymous=True)
    said = hear(sms, DANA, later(client, VOTE, choice="2"))
    assert "/contests/48213/vote/" in said  # where no words stay
    hear(sms, DANA, "1", "2")
    assert Ballot.objects.get().value == "2"
    assert not any(DialogueSession.objects.values_list("answers", flat=True))


@pytest.mark.parametrize("name", ["place2", "numbers"])
@pytest.mark.parametrize("hostile", ["x", "²", "-1", "0", "99999999999", "הספסל"])
def test_what_is_no_number_is_no_answer(client: Client, sms: Account, name: str, hostile: str) -> None:
    a_vote_of("irv")
    later(client, VOTE, choice="2")
    form = DialogueSession.objects.get()
    answer = client.post(f"/go/{form.key}/", {"numbers": "2", "sure": "on", name: hostile})
    assert answer.status_code == 422
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("method", ["approval", "irv"])
def test_words_where_numbers_are_asked_are_asked_again(sms: Account, method: str) -> None:
    a_vote_of(method)
    assert "3 ברזייה" in hear(sms, DANA, "להצביע 48213", "הספסל")
    hear(sms, DANA, "3 1", "1")
    assert Ballot.objects.exists()


@pytest.mark.parametrize(("method", "path"), [("one", VOTE), ("opinion", OPINIONS), ("pairwise", PAIRS)])
def test_the_pages_offer_it(client: Client, sms: Account, method: str, path: str) -> None:
    a_vote_of(method)
    if method == "opinion":
        client.post(path, {"answer": "1+"})
    if method == "pairwise":
        page = client.get(path).context
        client.post(path, {"answer": f"{page['one'].number}>{page['other'].number}", "pair": page["seal"]})
    assert 'name="later"' in client.get(path).content.decode()
