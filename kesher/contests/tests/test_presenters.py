"""The public's pages, with no script at all."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import find_consent
from kesher.contests.models import Ballot, Proposal
from kesher.contests.presenters import standing_of
from kesher.contests.services import add_juror, count_round, decide, declare_conflict, review, score
from kesher.contests.tests.factories import (
    a_ballot_of,
    a_contest,
    a_phone,
    a_proposal,
    a_vote,
    jury,
    proposals,
    proposed,
    voted,
)
from kesher.conversations.tests.talk import code_sent_to, link_sent_to
from kesher.participation.services import drain_deltas


def test_a_proposal_on_the_page_waits_for_review(client: Client, city: Agency) -> None:
    a_contest(code="48213")
    given = {"text": "קלקלן", "meaning": "מי שמקלקל את הסוף", "name": "דנה", "address": "", "website": ""}
    thanks = client.post("/contests/48213/propose/", given, follow=True)
    row = Proposal.objects.get()
    assert (row.text, row.state) == ("קלקלן", "submitted")
    assert thanks.status_code == 200
    assert "קלקלן" not in client.get("/contests/48213/proposals/").content.decode()


def test_an_address_given_with_a_proposal_is_told_when_its_code_comes_back(
    client: Client, city: Agency, sms: Account
) -> None:
    a_contest(code="48213")
    given = {"text": "קלקלן", "address": "050-555-0142"}
    page = client.post("/contests/48213/propose/", given, follow=True)
    where, code = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"], code_sent_to("+972505550142")
    client.post(where, {"address": "0505550142", "code": code})
    credit = Proposal.objects.get().credits.get()
    assert (credit.level, credit.contact.identities.get().address) == (1, "+972505550142")
    assert find_consent(credit.contact, "information")


def test_a_wrong_code_proves_nothing(client: Client, city: Agency, sms: Account) -> None:
    a_contest(code="48213")
    client.post("/contests/48213/propose/", {"text": "קלקלן", "address": "050-555-0142"})
    said = client.post("/contests/48213/proposed/?n=1&sent=1", {"address": "0505550142", "code": "111111"})
    assert said.status_code == 422
    assert Proposal.objects.get().credits.get().level == 0


def test_a_robot_proposes_nothing(client: Client, city: Agency) -> None:
    a_contest(code="48213")
    client.post("/contests/48213/propose/", {"text": "קלקלן", "website": "x"})
    assert not Proposal.objects.exists()


def test_a_vote_on_the_page_counts_when_the_code_comes_back(client: Client, city: Agency, sms: Account) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    client.post("/contests/48213/vote/", {"choice": "2", "address": "050-555-0142", "updates": "on"})
    assert not Ballot.objects.exists()
    done = client.post("/contests/48213/vote/confirm/", {"code": code_sent_to("+972505550142")}, follow=True)
    ballot = Ballot.objects.of(round).get()
    assert (ballot.value, ballot.level, ballot.channel) == ("2", 1, "web")
    assert ballot.receipt in done.content.decode()


def test_a_link_shows_a_button_and_does_not_vote_by_itself(client: Client, city: Agency, sms: Account) -> None:
    a_ballot_of("ספסל", "עץ", code="48213")
    client.post("/contests/48213/vote/", {"choice": "2", "address": "050-555-0142"})
    path, other = link_sent_to("+972505550142"), Client()
    assert other.get(path).status_code == 200
    assert not Ballot.objects.exists()
    code = re.search(r"code=(\d{6})", path)
    assert code is not None
    other.post(path, {"code": code[1]})
    assert Ballot.objects.get().value == "2"


def test_the_page_says_the_same_whether_or_not_an_address_had_voted(
    client: Client, city: Agency, sms: Account, dana: Identity
) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213", verbs=("vote",))
    voted(round, dana, [1])
    answers = [
        client.post("/contests/48213/vote/", {"choice": "2", "address": address}, follow=True)
        for address in ("050-555-0142", "050-555-0199")
    ]
    same = [re.sub(r"(csrf\w*\" value=\")[^\"]*|\+972\S+|[0-9•]{2,}", r"\1", a.content.decode()) for a in answers]
    assert same[0] == same[1]


def test_a_browser_that_proved_its_address_changes_its_vote_without_another_code(
    client: Client, city: Agency, sms: Account
) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    client.post("/contests/48213/vote/", {"choice": "2", "address": "050-555-0142"})
    client.post("/contests/48213/vote/confirm/", {"code": code_sent_to("+972505550142")})
    client.post("/contests/48213/vote/", {"choice": "1"})
    assert Ballot.objects.of(round).get().value == "1"
    assert Client().post("/contests/48213/vote/", {"choice": "1"}).status_code == 422


def test_liking_from_a_long_list_adds_to_the_ballot(client: Client, city: Agency, sms: Account) -> None:
    contest, round = a_ballot_of(*[f"מילה {n}" for n in range(40)], method="approval", code="48213")
    assert contest.proposals.count() == 40
    page = client.get("/contests/48213/vote/?choice=7").content.decode()
    assert 'value="7"' in page
    assert 'value="8"' not in page
    client.post("/contests/48213/vote/", {"choice": "7", "address": "050-555-0142"})
    client.post("/contests/48213/vote/confirm/", {"code": code_sent_to("+972505550142")})
    client.post("/contests/48213/vote/", {"choice": "9"})
    assert Ballot.objects.of(round).get().value == "7 9"


def test_hidden_results_are_on_no_page_and_in_no_answer_of_the_api(client: Client, city: Agency, ruths: Client) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213", results_hidden=True)
    for _person in range(7):
        voted(round, a_phone(), [1])
    drain_deltas()
    api = client.get("/api/v1/contests/48213/").json()["data"]["rounds"][0]
    assert (api["voters"], "votes" in api, "result" in api) == (7, False, False)
    for browser, path in ((client, "/contests/48213/"), (ruths, "/desk/contests/48213/")):
        page = browser.get(path).content.decode()
        assert "chart-bar" not in page.partition("<details>")[0]
    assert client.get("/api/v1/contests/48213/ballots/").status_code == 409
    count_round(round)
    assert client.get("/api/v1/contests/48213/").json()["data"]["rounds"][0]["votes"] == {"1": 7}


def test_the_count_moves_by_itself_and_is_told_aloud(client: Client, city: Agency) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", code="48213")
    page = client.get("/contests/48213/").content.decode()
    assert f'data-count-now data-live="{round.action.stream}"' in page
    assert "core/count.js" in page  # which tells it now and then, and not at every vote
    voted(round, a_phone(), [1])
    drain_deltas()
    assert "<b>1</b>" in client.get("/contests/48213/count/").content.decode()


def test_what_is_taken_down_during_a_vote_leaves_its_bars(city: Agency) -> None:
    contest, round = a_ballot_of("ספסל", "עץ", "קללה", method="approval")
    voted(round, a_phone(), [2, 3])
    drain_deltas()
    assert [votes for _title, votes in standing_of(round).options] == [1, 1, 0]
    review(contest.proposals.get(number=3), "reject", staff=None, reason="advert")
    assert standing_of(round).options == (("עץ", 1), ("ספסל", 0))


def test_the_exported_ballots_count_to_the_published_result(client: Client, city: Agency) -> None:
    _contest, round = a_ballot_of("ספסל", "עץ", "ברזייה", method="approval", code="48213")
    people = [a_phone() for _person in range(3)]
    for person, numbers in zip(people, ([1, 2], [2], [2, 3]), strict=True):
        voted(round, person, numbers)
    result = count_round(round).result
    data = client.get("/api/v1/contests/48213/ballots/").json()["data"]
    again = [choice["proposal"] for ballot in data["ballots"] for choice in ballot["choices"]]
    assert {row["number"]: row["votes"] for row in result["order"]} == {n: again.count(n) for n in (1, 2, 3)}
    assert not any(person.address in str(data) for person in people)


def test_the_decision_its_reasons_and_the_credits_are_public(
    client: Client, city: Agency, dana: Identity, omar: Identity, miriam: Staff
) -> None:
    contest = a_contest(proposals(), jury(), a_vote("approval"), code="48213")
    row = a_proposal(contest, "קלקלן", by=dana, name="דנה לוי")
    joined = proposed(contest, omar, "הקלקלן", name="עומר").proposal
    review(joined, "publish", staff=miriam)
    juror = add_juror(contest, "פרופ׳ דליה ארז")
    score(juror, row, 5, reason="קצרה וברורה")
    declare_conflict(add_juror(contest, "יוסי"), row, reason="שכן של דנה")
    round = contest.rounds.select_related("contest__action", "action").get(kind="vote")
    voted(round, a_phone(), [row.number])
    count_round(round)
    decide(contest, row, {"he": "כי היא נוחה להטיה"}, staff=miriam)
    page = client.get("/contests/48213/").content.decode()
    assert "כי היא נוחה להטיה" in page
    credits = client.get("/contests/48213/credits/").content.decode()
    assert "דנה לוי" in credits
    assert "עומר" in credits
    own = client.get(f"/contests/48213/proposals/{row.number}/").content.decode()
    assert "קצרה וברורה" in own
    assert "שכן של דנה" in own
    card = client.get("/contests/48213/card.png")
    assert Image.open(io.BytesIO(card.content)).size == (1200, 630)
    assert "/contests/48213/card.png" in page


def test_a_joined_proposal_leads_to_the_one_that_stands_for_it(client: Client, city: Agency, dana: Identity) -> None:
    contest = a_contest(code="48213")
    a_proposal(contest, "קלקלן", by=dana)
    second = proposed(contest, a_phone(), "הקלקלן").proposal
    assert client.get(f"/contests/48213/proposals/{second.number}/")["Location"] == "/contests/48213/proposals/1/"


@pytest.mark.parametrize("after", ["9" * 14 + "." + "9" * 14, "1." + "9" * 27, "9" * 27 + ".1", "1.", ".", "x.1"])
def test_a_made_up_place_in_the_list_is_no_error(client: Client, city: Agency, after: str) -> None:
    a_ballot_of("גן", "ים", method="approval", code="48213")
    answer = client.get(f"/contests/48213/proposals/?sort=top&after={after}")
    assert answer.status_code == 200


@pytest.mark.parametrize("sort", ["new", "top", "draw"])
def test_every_proposal_is_on_exactly_one_page_of_the_list(client: Client, city: Agency, sort: str) -> None:
    a_ballot_of(*[f"מילה {n}" for n in range(55)], method="approval", code="48213")
    path, numbers = f"?sort={sort}&seed=abc", []
    while path:
        page = client.get(f"/contests/48213/proposals/{path}").content.decode()
        numbers += re.findall(r"/contests/48213/proposals/(\d+)/", page)
        following = re.search(r'rel="next"\s+href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert sorted(map(int, numbers)) == list(range(1, 56))


def test_the_list_is_searched_in_every_form_of_a_word(client: Client, city: Agency) -> None:
    a_ballot_of("מגדלור", "ספסל", method="approval", code="48213")

    def found(words: str) -> bool:
        page: Any = client.get("/contests/48213/proposals/", {"q": words})
        return "מגדלור" in page.content.decode().partition("words-grid")[2]

    assert found("המגדלורים")
    assert found("1")
    assert not found("שולחן")


def test_the_list_costs_the_same_however_many_there_are(
    client: Client, city: Agency, django_assert_max_num_queries: Any
) -> None:
    a_ballot_of(*[f"מילה {n}" for n in range(60)], method="approval", code="48213")
    client.get("/contests/48213/proposals/")
    for sort in ("draw", "new", "top"):
        with django_assert_max_num_queries(8):
            client.get(f"/contests/48213/proposals/?sort={sort}")


def test_a_contest_that_is_not_published_is_seen_by_the_desk_alone(client: Client, city: Agency, ruths: Client) -> None:
    a_contest(code="48213", published=False)
    assert client.get("/contests/48213/").status_code == 404
    assert ruths.get("/contests/48213/").status_code == 200
    assert client.get("/api/v1/contests/48213/").status_code == 404


def test_whoever_voted_is_in_the_count_that_follows(client: Client, city: Agency, sms: Account) -> None:
    """The worker has gathered nothing yet."""
    _contest, round = a_ballot_of("אחד", "שתיים", code="48213")
    voted(round, a_phone(), [1])
    drain_deltas()
    client.post("/contests/48213/vote/", {"choice": "1", "address": "050-555-0142"})
    said = client.post("/contests/48213/vote/confirm/", {"code": code_sent_to("+972505550142")}, follow=True)
    assert said.request["PATH_INFO"] == "/contests/48213/vote/thanks/"
    for page in (said, client.get("/contests/48213/count/")):
        assert "<b>2</b>" in page.content.decode()
