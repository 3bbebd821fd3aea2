"""Whoever is signed in to their own page proves their address no second time: they sign, vote and pledge at once."""

from __future__ import annotations

from django.test import Client

from kesher.accounts.tests.acting import browser_of
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.contests.tests.factories import a_ballot_of
from kesher.participation.models import Participation
from kesher.petitions.services import create_petition
from kesher.purchases.tests.factories import a_purchase

SIGN, VOTE, PLEDGE = "/petitions/48213/sign/", "/contests/61940/vote/", "/purchases/52712/pledge/"


def a_petition() -> None:
    create_petition(titles={"he": "צל"}, demands={"he": "צל"}, language="he", published=True, code="48213")


def counted() -> int:
    return Participation.objects.filter(state="counted").count()


def test_no_code_is_asked_of_whoever_is_signed_in(dana: Identity, sms: Account) -> None:
    a_petition()
    a_ballot_of("קלקלן", "סופן", code="61940")
    a_purchase(code="52712", minimum=4)
    browser = browser_of(dana)
    wishes = {SIGN: {"known": "1"}, VOTE: {"choice": "1"}, PLEDGE: {"quantity": "2", "tolerance": "0"}}
    for number, (path, wish) in enumerate(wishes.items(), start=1):
        assert browser.post(path, {**wish, "address": dana.address}).status_code == 302
        assert counted() == number, path
    assert not Proof.objects.exists()


def test_the_page_says_that_one_has_signed(dana: Identity, client: Client) -> None:
    a_petition()
    browser = browser_of(dana)
    assert "חתמתם" not in browser.get("/petitions/48213/").content.decode()
    browser.post(SIGN, {"known": "1"})
    page = browser.get("/petitions/48213/").content.decode()
    assert "חתמתם" in page
    assert Participation.objects.get().receipt in page
    assert "חתמתם" not in client.get("/petitions/48213/").content.decode()


def test_neither_a_link_nor_another_address_commits_anybody(dana: Identity, sms: Account) -> None:
    a_purchase(code="52712", minimum=4)
    a_petition()
    by_link, by_code = browser_of(dana, level=1), browser_of(dana)
    by_link.post(PLEDGE, {"quantity": "2", "tolerance": "0", "address": dana.address})
    by_code.post(PLEDGE, {"quantity": "2", "tolerance": "0", "address": "050-555-0199"})
    assert by_link.post(SIGN, {"known": "1"}).status_code == 422
    assert counted() == 0
