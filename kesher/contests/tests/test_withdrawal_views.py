"""Taking back by every door: a page, a machine, a conversation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import answer_requests
from kesher.contests.models import Ballot, Choice, Proposal, Round
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_phone, proposed, voted
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, MAIL, code_sent_to, hear, link_sent_to

pytestmark = pytest.mark.usefixtures("sms")
BACK, PHONE = "/contests/48213/back/", "+972505550142"
API = "/api/v1/contests/48213/withdraw/"


def proved(client: Client) -> str:
    """Asks for a code and gives it back; the page that follows."""
    client.post(BACK, {"address": PHONE})
    return client.post(f"{BACK}code/", {"code": code_sent_to(PHONE)}, follow=True).content.decode()


def a_vote_of(who: Identity, *numbers: int, method: str = "approval", **values: Any) -> Round:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method=method, code="48213", **values)
    voted(round, who, list(numbers))
    return round


def test_a_page_shows_a_vote_after_the_code_and_takes_it_back(client: Client, dana: Identity) -> None:
    a_vote_of(dana, 1, 2)
    assert "ספסל" not in client.get(BACK).content.decode()
    assert "ספסל" in proved(client)
    client.post(BACK, {"verb": "choice", "which": "1"})
    assert Ballot.objects.get().value == "2"
    client.post(BACK, {"verb": "ballot"})
    assert not Ballot.objects.counted().exists()


def test_a_link_shows_a_button_and_proves_nothing_by_itself(client: Client, dana: Identity) -> None:
    a_vote_of(dana, 1)
    client.post(BACK, {"address": PHONE})
    path, other = link_sent_to(PHONE), Client()
    assert other.get(path).status_code == 200
    assert "ספסל" not in other.get(BACK).content.decode()
    code = re.search(r"code=(\d{6})", path)
    assert code is not None
    assert "ספסל" in other.post(path, {"code": code[1]}, follow=True).content.decode()


def test_without_a_code_nothing_is_taken_back(client: Client, dana: Identity) -> None:
    a_vote_of(dana, 1)
    client.post(BACK, {"verb": "ballot"})
    client.post(BACK, {"address": PHONE})
    assert client.post(f"{BACK}code/", {"code": "000000"}).status_code == 422
    client.post(BACK, {"verb": "ballot"})
    assert Ballot.objects.counted().count() == 1


def test_a_stranger_gets_no_code_and_the_same_page(client: Client, dana: Identity) -> None:
    a_vote_of(dana, 1)
    pages = [client.post(BACK, {"address": to}, follow=True).content.decode() for to in (PHONE, "+972505550199")]
    same = [re.sub(r"(csrf\w*\" value=\")[^\"]*", r"\1", page) for page in pages]
    assert same[0] == same[1]
    answer_requests()
    assert Message.objects.filter(direction="out").count() == 1


def test_hidden_results_stay_hidden_from_who_takes_back(client: Client, dana: Identity) -> None:
    round = a_vote_of(dana, 1, results_hidden=True)
    for _person in range(7):
        voted(round, a_phone(), [2])
    page = proved(client) + client.post(BACK, {"verb": "ballot"}, follow=True).content.decode()
    assert "עץ" not in page
    [told] = client.get("/api/v1/contests/48213/").json()["data"]["rounds"]
    assert "votes" not in told


def test_who_proposed_without_an_address_takes_back_in_the_same_browser(client: Client, city: Agency) -> None:
    a_contest(code="48213")
    client.post("/contests/48213/propose/", {"text": "קלקלן"})
    assert "קלקלן" not in Client().get(BACK).content.decode()
    Client().post(BACK, {"verb": "proposal", "which": "1"})
    assert Proposal.objects.get().state == "submitted"
    assert "קלקלן" in client.get(BACK).content.decode()
    client.post(BACK, {"verb": "proposal", "which": "1"})
    assert Proposal.objects.get().state == "withdrawn"


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


@pytest.mark.parametrize(("asked", "left"), [({"what": "choice", "choice": [1]}, "2"), ({"what": "ballot"}, "")])
def test_a_machine_takes_a_vote_back(client: Client, dana: Identity, asked: dict[str, Any], left: str) -> None:
    a_vote_of(dana, 1, 2)
    assert post(client, API, address=PHONE).status_code == 202
    answer = post(client, f"{API}confirm/", address=PHONE, code=code_sent_to(PHONE), **asked)
    assert answer.json()["data"] == {"state": "withdrawn"}
    assert list(Ballot.objects.counted().values_list("value", flat=True)) == ([left] if left else [])


def test_a_machine_takes_a_proposal_back_once(client: Client, dana: Identity) -> None:
    proposed(a_contest(code="48213"), dana, "קלקלן", door="sms")
    for status in (200, 422):
        post(client, API, address=PHONE)
        code = code_sent_to(PHONE)
        answer = post(client, f"{API}confirm/", address=PHONE, code=code, what="proposal", proposal=1)
        assert answer.status_code == status
    assert Proposal.objects.get().state == "withdrawn"


@pytest.mark.parametrize("asked", [{}, {"what": "all"}, {"what": "choice"}, {"what": "proposal", "proposal": "x"}])
def test_a_machine_that_does_not_say_what_takes_nothing_back(
    client: Client, dana: Identity, asked: dict[str, Any]
) -> None:
    a_vote_of(dana, 1)
    post(client, API, address=PHONE)
    answer = post(client, f"{API}confirm/", address=PHONE, code=code_sent_to(PHONE), **asked)
    assert answer.status_code == 422
    assert Ballot.objects.counted().count() == 1


def test_one_choice_is_taken_back_by_words(sms: Account, dana: Identity) -> None:
    a_vote_of(dana, 1, 2)
    assert "2 עץ" in hear(sms, DANA, "לבטל הצבעה 48213")
    hear(sms, DANA, "3", "1")
    assert Ballot.objects.get().value == "2"
    hear(sms, DANA, "לבטל הצבעה 48213", "1")
    assert not Ballot.objects.counted().exists()


def test_mail_that_nobody_signed_takes_nothing_back(mailbox: Account, dana: Identity) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    hear(mailbox, MAIL, "להצביע 48213", "1", "1", authenticated=True)
    assert Ballot.objects.counted().count() == 1
    assert "/contests/48213/back/" in hear(mailbox, MAIL, "לבטל הצבעה 48213")
    assert Ballot.objects.of(round).counted().count() == 1


@pytest.mark.parametrize("proof", [True, False])
def test_the_last_answer_is_undone_and_asked_again(client: Client, city: Agency, *, proof: bool) -> None:
    a_ballot_of("ספסל", "עץ", "ברזייה", method="opinion", code="48213")
    page = "/contests/48213/opinions/"
    client.post(page, {"answer": "1+"})
    if proof:
        client.post("/contests/48213/mine/", {"address": PHONE})
        client.post("/contests/48213/mine/code/", {"code": code_sent_to(PHONE)})
    client.post(page, {"answer": "2-"})
    shown = client.post(page, {"undo": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert 'value="2+"' in shown
    client.post(page, {"answer": "3="})
    if not proof:
        client.post("/contests/48213/mine/", {"address": PHONE})
        client.post("/contests/48213/mine/code/", {"code": code_sent_to(PHONE)})
    assert set(Choice.objects.values_list("proposal__number", "value")) == {(1, 1), (3, 0)}
