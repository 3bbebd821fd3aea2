"""Votes made of many small answers: on pages, in conversations, and what is kept of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contests.ballot_codec import Answer, parse_answer, parse_answers
from kesher.contests.models import Ballot, Choice, Proposal, Round
from kesher.contests.services import count_round
from kesher.contests.tests.factories import a_ballot_of, a_phone, voted
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies

WORDS = ("ספסל", "עץ", "ברזייה", "מזרקה", "שביל", "פנס", "נדנדה", "קיר", "גינה", "מגרש")
ADDRESS = {"address": "050-555-0142", "website": ""}


def opinions(**values: Any) -> Round:
    kind = {"kind": "opinions", "verbs": ("vote", "change", "propose")}
    return a_ballot_of(*WORDS, method="opinion", code="48213", **kind, **values)[1]


def pairs(*words: str) -> Round:
    return a_ballot_of(*(words or WORDS), method="pairwise", code="48213")[1]


def shown_statement(client: Client) -> int:
    found = re.search(r'value="(\d+)\+"', client.get("/contests/48213/opinions/").content.decode())
    assert found is not None
    return int(found[1])


def shown_pair(client: Client) -> dict[str, str]:
    """What the form of the page would post for its first button."""
    page = client.get("/contests/48213/pairs/").content.decode()
    pair, answer = re.search(r'name="pair" value="([^"]+)"', page), re.search(r'value="(\d+&gt;\d+|\d+>\d+)"', page)
    assert pair is not None
    assert answer is not None
    return {"pair": pair[1], "answer": answer[1].replace("&gt;", ">")}


@pytest.mark.parametrize("word", ["12+", "12-", "12=", "3>7", "3<7", "3=7"])
def test_an_answer_is_read_as_it_is_written(word: str) -> None:
    answer = parse_answer(word)
    assert str(answer) == word
    assert answer is not None
    assert answer.key == ((12, None) if answer.other is None else (3, 7))


@pytest.mark.parametrize("word", ["", "12", "+12", "3>3", "1>2>3", "12+ 13+", "9999999+", "٣+x"])
def test_what_is_no_answer_is_none(word: str) -> None:
    assert parse_answer(word) is None


def test_of_two_answers_about_the_same_thing_the_later_stays() -> None:
    assert [str(answer) for answer in parse_answers(["3>7", "1+", "7>3", "x", "1-"])] == ["7>3", "1-"]


def test_answers_wait_in_the_browser_and_count_when_the_code_comes_back(
    client: Client, city: Agency, sms: Account
) -> None:
    round = opinions()
    first = shown_statement(client)
    client.post("/contests/48213/opinions/", {"answer": f"{first}+"})
    second = shown_statement(client)
    client.post("/contests/48213/opinions/", {"answer": f"{second}-"})
    assert not Ballot.objects.exists()
    client.post("/contests/48213/mine/", ADDRESS)
    client.post("/contests/48213/mine/code/", {"code": code_sent_to("+972505550142")})
    ballot = Ballot.objects.of(round).counted().get()
    assert ballot.value.split() == [f"{first}+", f"{second}-"]
    assert (ballot.level, ballot.channel) == (1, "web")


def test_after_the_code_each_answer_counts_at_once(client: Client, city: Agency, sms: Account) -> None:
    round = opinions()
    client.post("/contests/48213/opinions/", {"answer": "1+"})
    client.post("/contests/48213/mine/", ADDRESS)
    client.post("/contests/48213/mine/code/", {"code": code_sent_to("+972505550142")})
    client.post("/contests/48213/opinions/", {"answer": f"{shown_statement(client)}="})
    assert Choice.objects.filter(round=round).count() == 2
    drain_deltas()
    assert sorted(read_tallies(round.action)["value"].values()) == [1, 1]


def test_a_wrong_code_counts_nothing_and_keeps_the_answers(client: Client, city: Agency, sms: Account) -> None:
    opinions()
    client.post("/contests/48213/opinions/", {"answer": "1+"})
    client.post("/contests/48213/mine/", ADDRESS)
    assert client.post("/contests/48213/mine/code/", {"code": "111111"}).status_code == 422
    assert not Ballot.objects.exists()
    client.post("/contests/48213/mine/code/", {"code": code_sent_to("+972505550142")})
    assert Ballot.objects.get().value == "1+"


def test_another_browser_with_the_code_counts_no_answers_that_it_has_not(
    client: Client, city: Agency, sms: Account
) -> None:
    opinions()
    client.post("/contests/48213/opinions/", {"answer": "1+"})
    client.post("/contests/48213/mine/", ADDRESS)
    code = code_sent_to("+972505550142")
    other = Client()
    assert other.post("/contests/48213/mine/code/", {**ADDRESS, "code": code}).status_code == 302
    assert not Ballot.objects.exists()


def test_no_statement_comes_twice_and_at_the_end_there_is_none(client: Client, city: Agency) -> None:
    opinions()
    seen = set()
    for _statement in WORDS:
        number = shown_statement(client)
        seen.add(number)
        client.post("/contests/48213/opinions/", {"answer": f"{number}="})
    assert len(seen) == len(WORDS)
    assert "עניתם על כל המשפטים" in client.get("/contests/48213/opinions/").content.decode()


def test_the_script_gets_the_next_card_alone(client: Client, city: Agency) -> None:
    opinions()
    card = client.post("/contests/48213/opinions/", {"answer": "1+"}, headers={"HX-Request": "true"})
    assert "<html" not in card.content.decode()
    assert 'value="1+"' not in card.content.decode()


def test_a_pair_that_we_did_not_show_is_not_taken(client: Client, city: Agency) -> None:
    pairs()
    given = shown_pair(client)
    for forged in ({**given, "answer": "9>1"}, {"answer": given["answer"]}, {**given, "pair": "x"}):
        page = client.post("/contests/48213/pairs/", forged)
        assert 'role="alert"' in page.content.decode()
    assert not any(name.startswith("answers-") for name in client.cookies)


def test_pairs_are_counted_with_which_stood_first(client: Client, city: Agency, sms: Account) -> None:
    round = pairs()
    given = shown_pair(client)
    client.post("/contests/48213/pairs/", given)
    client.post("/contests/48213/mine/", ADDRESS)
    client.post("/contests/48213/mine/code/", {"code": code_sent_to("+972505550142")})
    row = Choice.objects.select_related("proposal", "against").get(round=round)
    winner, loser = (row.proposal, row.against) if row.value == 1 else (row.against, row.proposal)
    assert winner is not None
    assert loser is not None
    assert given["answer"] == f"{winner.number}>{loser.number}"
    assert row.swapped == (row.proposal.number != int(given["answer"].partition(">")[0]))


def test_answering_anew_changes_the_answer_and_adds_no_row(city: Agency, dana: Identity) -> None:
    round = opinions()
    voted(round, dana, answers=[Answer(1, None, 1), Answer(2, None, -1)])
    again = voted(round, dana, answers=[Answer(1, None, 0), Answer(3, None, 1)], door="whatsapp")
    assert (again.new, again.changed) == (False, True)
    assert sorted(Ballot.objects.get().value.split()) == ["1=", "2-", "3+"]
    drain_deltas()
    assert {key: n for key, n in read_tallies(round.action)["value"].items() if n} == {"1=": 1, "2-": 1, "3+": 1}


def test_nothing_is_counted_of_what_does_not_stand_or_below_the_level(city: Agency, dana: Identity) -> None:
    round = opinions(level=2)
    with pytest.raises(Refused):
        voted(round, dana, answers=[Answer(1, None, 1)])
    round.level = 1
    with pytest.raises(Refused):
        voted(round, dana, answers=[Answer(99, None, 1)])
    assert not Choice.objects.exists()


def test_a_round_that_is_over_takes_no_answer(client: Client, city: Agency, dana: Identity) -> None:
    round = opinions()
    count_round(round)
    with pytest.raises(Refused):
        voted(round, dana, answers=[Answer(1, None, 1)])
    assert client.get("/contests/48213/opinions/")["Location"].endswith("/contests/48213/how/")


def test_a_statement_of_ones_own_goes_to_review(client: Client, city: Agency) -> None:
    opinions()
    client.post("/contests/48213/opinions/add/", {"text": "צריך עוד צל בגן", "website": ""})
    row = Proposal.objects.get(number=len(WORDS) + 1)
    assert (row.text, row.state) == ("צריך עוד צל בגן", "submitted")
    client.post("/contests/48213/opinions/add/", {"text": "רובוט", "website": "x"})
    assert Proposal.objects.count() == len(WORDS) + 1


def test_a_pair_that_was_shown_is_taken_though_others_voted_meanwhile(sms: Account) -> None:
    round = pairs()
    hear(sms, DANA, "להצביע 48213")
    for _person in range(12):
        voted(round, a_phone(), answers=[Answer(one, one + 1, 1) for one in range(1, 10)])
    hear(sms, DANA, "1", "2", "1", "3", "1")
    assert Choice.objects.filter(ballot__contact__identities__address=DANA.address).count() == 5


def test_an_order_may_be_given_place_by_place(sms: Account) -> None:
    a_ballot_of("ספסל", "עץ", "ברזייה", method="irv", code="48213")
    asked = hear(sms, DANA, "להצביע 48213", "3")
    assert "ספסל" in asked
    assert "ברזייה" not in asked
    hear(sms, DANA, "2", "2", "1")
    assert list(Choice.objects.order_by("rank").values_list("proposal__number", flat=True)) == [3, 2]


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ({"choice_1": "2", "choice_2": "", "choice_3": "1"}, [3, 1]),
        ({"choice": "2 3"}, [2, 3]),
        ({"choice_1": "", "choice_2": "3", "choice_3": ""}, [2]),
    ],
)
def test_a_ranked_ballot_on_the_page_is_its_places(
    client: Client, city: Agency, sms: Account, given: dict[str, str], order: list[int]
) -> None:
    a_ballot_of("ספסל", "עץ", "ברזייה", method="schulze", code="48213")
    client.post("/contests/48213/vote/", {**given, **ADDRESS})
    client.post("/contests/48213/vote/confirm/", {"code": code_sent_to("+972505550142")})
    assert list(Choice.objects.order_by("rank").values_list("proposal__number", flat=True)) == order


@pytest.mark.parametrize(
    "given", [{"choice_1": "1", "choice_2": "1"}, {"choice_1": "", "choice_2": ""}, {"choice_9": "1"}]
)
def test_two_on_one_place_or_nobody_on_any_is_put_right(client: Client, city: Agency, given: dict[str, str]) -> None:
    a_ballot_of("ספסל", "עץ", method="irv", code="48213")
    assert client.post("/contests/48213/vote/", {**given, **ADDRESS}).status_code == 422


def test_a_card_and_a_pair_cost_few_queries(
    client: Client, city: Agency, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    opinions()
    client.get("/contests/48213/opinions/")
    with django_assert_max_num_queries(8):
        client.get("/contests/48213/opinions/")
    a_ballot_of(*WORDS, method="pairwise", code="61940")
    with django_assert_max_num_queries(8):
        client.get("/contests/61940/pairs/")


def test_each_kind_of_page_leads_to_its_own(client: Client, city: Agency) -> None:
    pairs()
    assert client.get("/contests/48213/opinions/")["Location"].endswith("/pairs/")
    assert client.get("/contests/48213/vote/")["Location"].endswith("/pairs/")
    assert client.get("/contests/99999/pairs/").status_code == 404
    a_ballot_of("א", "ב", code="61940")
    assert client.get("/contests/61940/pairs/")["Location"].endswith("/contests/61940/")
