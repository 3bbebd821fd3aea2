"""Signing by the thousands: one press where one is known, few statements, and letters that the worker writes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Message
from kesher.core.audit import SYSTEM
from kesher.participation.models import CodeDue, Participation
from kesher.participation.services import counts_at, drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import sign_as, withdraw_as
from kesher.petitions.tests.talk import code_sent_to
from kesher.petitions.views.petitions import SIGNER

PAGE = "/petitions/48213/"
PHONE = "+972505550142"
BEGINNINGS = ("BEGIN", "COMMIT")


@pytest.fixture
def known(client: Client, petition: Petition, sms: Account) -> Client:
    """A browser in which a code came back for another petition."""
    asked = client.post(f"{PAGE}sign/", {"address": PHONE})
    client.post(asked["Location"], {"code": code_sent_to(PHONE)})
    assert SIGNER.cookie in client.cookies
    row = Participation.objects.get(state="counted")
    withdraw_as(petition, row.contact)
    return client


def statements(browser: Client, body: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as found:
        assert browser.post(f"{PAGE}sign/", body).status_code == 302
    return len([query for query in found.captured_queries if not query["sql"].startswith(BEGINNINGS)])


@pytest.mark.django_db(transaction=True)
def test_whoever_is_known_here_signs_with_one_press(known: Client, petition: Petition) -> None:
    assert "•" in known.get(PAGE).content.decode() or "***" in known.get(PAGE).content.decode()
    assert statements(known, {"known": "1", "name": "דנה", "show_name": "on"}) <= 6
    row = Participation.objects.get(state="counted")
    assert (row.level, row.channel, row.name, row.show_name, len(row.net)) == (1, "web", "דנה", True, 16)
    drain_deltas()
    assert counts_at([petition.action]) == {petition.action_id: 1}


@pytest.mark.django_db(transaction=True)
def test_a_stranger_costs_ten_statements_and_the_letter_follows(
    client: Client, petition: Petition, sms: Account
) -> None:
    client.get(PAGE)
    assert statements(client, {"address": "050-5550177"}) <= 10
    assert (CodeDue.objects.count(), Message.objects.filter(direction="out").count()) == (1, 0)
    assert services.send_due_codes() == 1
    assert services.send_due_codes() == 0
    assert Message.objects.filter(direction="out").count() == 1


def test_pressing_twice_is_one_signature_with_one_receipt(known: Client, petition: Petition) -> None:
    places = [known.post(f"{PAGE}sign/", {"known": "1"})["Location"] for _ in range(3)]
    assert len(set(places)) == 1
    assert Participation.objects.filter(state="counted").count() == 1


def test_one_who_signed_under_a_merged_address_has_signed(known: Client, petition: Petition, omar: Identity) -> None:
    sign_as(petition, omar, door="telegram")
    dana = Identity.objects.get(address=PHONE)
    merge_contacts(omar.contact, dana.contact, reason="code", by=SYSTEM)
    known.post(f"{PAGE}sign/", {"known": "1"})
    assert Participation.objects.filter(state="counted").get().identity == omar


def test_this_is_not_me(known: Client, petition: Petition) -> None:
    assert known.get(f"{PAGE}not-me/").status_code == 405
    known.post(f"{PAGE}not-me/")
    assert known.post(f"{PAGE}sign/", {"known": "1"}).status_code == 422
    assert 'name="known"' not in known.get(PAGE).content.decode()


@pytest.mark.parametrize("cookie", ["", "1", "1:forged:signature"])
def test_a_cookie_that_we_did_not_sign_is_nobody(
    client: Client, petition: Petition, dana: Identity, cookie: str
) -> None:
    client.cookies[SIGNER.cookie] = cookie
    assert client.post(f"{PAGE}sign/", {"known": "1"}).status_code == 422
    assert not Participation.objects.exists()


def test_a_blocked_person_is_not_known(known: Client, petition: Petition) -> None:
    identity = Identity.objects.select_related("contact").get(address=PHONE)
    identity.contact.status = "blocked"
    identity.contact.save()
    assert known.post(f"{PAGE}sign/", {"known": "1"}).status_code == 422


def test_a_closed_petition_takes_no_press(known: Client, petition: Petition) -> None:
    services.move(petition, "close")
    known.post(f"{PAGE}sign/", {"known": "1"})
    assert not Participation.objects.filter(state="counted").exists()


def test_the_page_of_a_stranger_asks_nothing_more(
    client: Client, petition: Petition, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as found:
        client.get(PAGE)
    assert not [query for query in found.captured_queries if "contacts_identity" in query["sql"]]
