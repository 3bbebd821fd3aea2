"""Signed-in people need no second proof of their address, and get one confirmation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.accounts.models import SignIn
from kesher.accounts.tests.acting import browser_of
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.contacts.services import get_or_create_identity, prove_identity
from kesher.contests.models import Proposal
from kesher.contests.tests.factories import a_ballot_of, a_contest, proposals
from kesher.conversations.models import Message
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.participation.models import Participation
from kesher.participation.services import drain_deltas
from kesher.petitions.models import Petition
from kesher.petitions.services import create_petition, send_due_codes
from kesher.purchases.models import Offer, Pledge, Purchase
from kesher.purchases.tests.factories import a_demand, a_purchase
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import topic

OTHER = "050-555-0199"
SIGN, START, UNSIGN = "/petitions/48213/sign/", "/petitions/start/", "/petitions/48213/withdraw/"
VOTE, PROPOSE, BACK = "/contests/61940/vote/", "/contests/61941/propose/", "/contests/61940/back/"
JOIN, PLEDGE, ORGANISE = "/purchases/52713/join/", "/purchases/52712/pledge/", "/purchases/new/"
OFFER, UNOFFER, REPORT = "/purchases/52713/offer/", "/purchases/52713/offer/withdraw/", "/report/"
Rows = Callable[[], int]


def counted(kind: str) -> Rows:
    return lambda: Participation.objects.filter(state="counted", action__kind=kind).count()


# The posted data, whether that completes it, and how many messages follow. Interest is not binding, so none is sent;
# neither is one for a withdrawal that the page shows.
VERBS: dict[str, tuple[dict[str, str], Rows, int]] = {
    SIGN: ({}, counted("petition"), 1),
    VOTE: ({"choice": "1"}, counted("contest_vote"), 1),
    PLEDGE: ({"quantity": "2", "tolerance": "0"}, lambda: Pledge.objects.current().filter(standing="in").count(), 1),
    JOIN: ({}, counted("purchase"), 0),
    PROPOSE: ({"text": "קלקלן"}, lambda: Proposal.objects.filter(credits__level__gte=1).count(), 1),
    START: (
        {"title": "ספסל בכל תחנה", "demand": "לעמוד בשמש קשה לזקנים.", "sure": "1"},
        lambda: Petition.objects.filter(moderation="gathering").count(),
        1,
    ),
    ORGANISE: (
        {"title": "עגלות", "text": "מתקפלות", "declared": "none", "name": "דנה"},
        lambda: Purchase.objects.filter(state="submitted").count(),
        1,
    ),
    OFFER: (
        {"seller": "שמש", "start_1": "1", "price_1": "90", "terms": "אחריות", "minimum": "1", "box": "1", "each": "5"},
        lambda: Offer.objects.filter(state="proposed").count(),
        1,
    ),
    REPORT: (
        {"topic": "street-light", "place": "הגפן 12", "words": "הפנס כבוי", "sure": "1"},
        lambda: ServiceRequest.objects.filter(level__gte=1).count(),
        1,
    ),
}
UNDONE: dict[str, tuple[dict[str, str], Rows]] = {
    UNSIGN: ({}, counted("petition")),
    BACK: ({"verb": "ballot"}, counted("contest_vote")),
    UNOFFER: ({}, lambda: Offer.objects.filter(state="proposed").count()),
}


@pytest.fixture
def things(sms: Account) -> None:
    """Objects for each verb."""
    create_petition(titles={"he": "צל"}, demands={"he": "צל"}, language="he", published=True, code="48213")
    a_ballot_of("קלקלן", "סופן", code="61940")
    a_contest(proposals(), code="61941")
    a_purchase(code="52712", minimum=4)
    a_demand(code="52713")
    topic()


@pytest.fixture
def danas(things: None, dana: Identity) -> Client:
    """Dana's browser, after confirming a code."""
    return browser_of(prove_identity(dana, level=2, evidence={}, by=SYSTEM))


def sent() -> int:
    drain_deltas()
    send_due_codes()
    return Message.objects.filter(direction="out").count()


def test_whoever_is_signed_in_needs_no_code_and_gets_one_confirmation(danas: Client, dana: Identity) -> None:
    for path, (wish, rows, messages) in VERBS.items():
        for known in ({"known": "1"}, {"address": "050-555-0142", "reach": "0505550142"}):
            before, messages_before = rows(), sent()
            if known != {"known": "1"} and path in (SIGN, VOTE, JOIN, PLEDGE, PROPOSE):
                before, messages = before - 1, 0  # a second press changes and sends nothing
            answer = danas.post(path, {**wish, **known})
            assert (answer.status_code == 302) is not (path == PROPOSE and messages == 0), (path, known)
            assert (rows(), sent()) == (before + 1, messages_before + messages), (path, known)
    for path, (wish, rows) in UNDONE.items():
        before, messages_before = rows(), sent()
        danas.post(path, {**wish, "known": "1"})
        assert (rows() < before, sent()) == (True, messages_before), path
    assert not Proof.objects.exists()
    assert set(Message.objects.filter(direction="out").values_list("identity", flat=True)) == {dana.pk}


def test_each_page_says_whose_address_is_used_and_offers_another(danas: Client) -> None:
    pages = {path: path.removesuffix("sign/").removesuffix("join/").removesuffix("pledge/") for path in VERBS}
    for path in [*pages.values(), UNSIGN, BACK, UNOFFER]:
        page = danas.get(path).content.decode()
        assert "42</bdi>" in page, path
        assert "050-555-0142" not in page, path
        assert "?another=1" in page, path
        other = danas.get(f"{path}?another=1").content.decode()
        assert 'name="address"' in other or 'name="reach"' in other, path


def test_neither_a_link_nor_an_old_sign_in_nor_another_address_commits_anybody(things: None, dana: Identity) -> None:
    prove_identity(dana, level=2, evidence={}, by=SYSTEM)
    old, link, good = browser_of(dana), browser_of(dana, level=1), browser_of(dana)
    SignIn.objects.filter(pk=SignIn.objects.earliest("pk").pk).update(proved_at=timezone.now() - timedelta(hours=13))
    for path, (wish, rows, _messages) in VERBS.items():
        for browser, address in ((old, dana.address), (link, dana.address), (good, OTHER), (Client(), dana.address)):
            before = rows()
            browser.post(path, {**wish, "known": "1", "address": address, "reach": OTHER})
            assert rows() == before, (path, address)


def test_a_mailbox_proves_no_telephone(things: None, city: object) -> None:
    mail = get_or_create_identity(Address("mailto", "dana@example.org"), assurance=2)
    a_purchase(code="52714", minimum=4, proof=2)
    browser = browser_of(mail)
    assert browser.post("/purchases/52714/pledge/", {**VERBS[PLEDGE][0], "known": "1"}).status_code == 422
    assert browser.post(ORGANISE, {**VERBS[ORGANISE][0], "known": "1"}).status_code == 422
    assert not Pledge.objects.exists()
    assert not Purchase.objects.filter(state="submitted").exists()


def test_the_api_asks_for_a_code_whatever_the_cookie_says(danas: Client, dana: Identity) -> None:
    """Another site's page may post there, and the browser sends its cookies."""
    given = {"address": dana.address, "known": "1", "choice": "1", "quantity": "2", "tolerance": "0"}
    for path in ("petitions/48213/signatures/", "contests/61940/votes/", "purchases/52712/pledges/"):
        answer = danas.post(f"/api/v1/{path}", given, content_type="application/json")
        assert answer.status_code == 202, (path, answer.content)
    assert not Participation.objects.filter(state="counted").exists()


def test_the_page_says_that_one_has_signed(danas: Client, client: Client) -> None:
    assert "חתמתם" not in danas.get("/petitions/48213/").content.decode()
    danas.post(SIGN, {"known": "1"})
    page = danas.get("/petitions/48213/").content.decode()
    assert "חתמתם" in page
    assert Participation.objects.get().receipt in page
    assert "חתמתם" not in client.get("/petitions/48213/").content.decode()
