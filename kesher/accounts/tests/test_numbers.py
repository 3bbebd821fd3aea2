"""Links from a conversation, adding addresses, and numbers that may have a new owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from kesher.accounts.models import SignIn
from kesher.accounts.services import link_to_page
from kesher.accounts.tests.acting import DANA, browser_of, last_code, sign_in
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import answer_requests, find_consent, get_or_create_identity, record_consent
from kesher.conversations.models import Delivery, Message
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.conversations.services import receive, respond
from kesher.conversations.services.events.provider_events import apply_person_event
from kesher.conversations.tests.talk import link_in

pytestmark = pytest.mark.usefixtures("sms", "mailbox")
LONG_AGO = timedelta(days=400)


def link_of(identity: Identity) -> str:
    return urlsplit(link_to_page(identity).url).path


def silent(identity: Identity) -> None:
    """Nothing came from this number for more than a year."""
    Identity.objects.filter(pk=identity.pk).update(created=timezone.now() - LONG_AGO)


def test_my_page_said_in_a_conversation_brings_a_link_that_opens_it(telegram: Account, omar: Identity) -> None:
    event = Event(Kind.MESSAGE, "m|1", external_id="1", sender=Address("tg", omar.address), text="صفحتي")
    message = receive(telegram, event, received=timezone.now())
    assert message is not None
    respond(message)
    link = link_in(Delivery.objects.latest("pk").sealed)
    client = Client()
    assert client.get(link).status_code == 200
    assert client.post(link)["Location"] == "/me/"
    assert client.get("/me/").context["level"] == 1


def test_looking_at_a_link_opens_nothing(dana: Identity) -> None:
    """Mail scanners open every link."""
    client, path = Client(), link_of(dana)
    client.get(path)
    assert client.get("/me/").status_code == 302
    assert Client().post(path).status_code == 302


def test_a_link_opens_once(dana: Identity) -> None:
    path = link_of(dana)
    Client().post(path)
    assert Client().post(path).status_code == 422
    assert SignIn.objects.count() == 1


def test_a_link_that_was_changed_or_of_another_body_opens_nothing(dana: Identity, town: Any) -> None:
    path = link_of(dana)
    assert Client().get(path[:-2] + "x/").status_code == 404
    assert Client().post(path, headers={"host": "town.example"}).status_code == 404


def test_a_link_makes_no_proof_fresh(dana: Identity) -> None:
    client = browser_of(dana, level=2)
    SignIn.objects.update(proved_at=timezone.now() - timedelta(days=1))
    client.post(link_of(dana))
    assert client.get("/me/").context["level"] == 1


def test_two_addresses_become_one_person_by_a_link(dana: Identity, omar: Identity) -> None:
    client = browser_of(dana)
    client.post(link_of(omar), {"link": "1"})
    assert Contact.objects.get(pk=omar.contact_id).merged_into_id == dana.contact_id
    assert Identity.objects.get(pk=omar.pk).assurance == 2


def test_a_browser_known_by_a_link_alone_may_not_link(dana: Identity, omar: Identity) -> None:
    client = browser_of(dana, level=1)
    client.post(link_of(omar), {"link": "1"})
    assert Contact.objects.get(pk=omar.contact_id).merged_into_id is None
    assert client.get("/me/").context["person"].pk == omar.contact_id


def test_an_address_is_added_by_the_code_that_went_there(dana: Identity) -> None:
    client = browser_of(dana)
    client.post("/me/address/", {"address": "dana@example.org"})
    assert client.post("/me/address/code/", {"code": last_code()})["Location"] == "/me/"
    assert get_or_create_identity(Address("mailto", "dana@example.org")).contact.root().pk == dana.contact_id


def test_a_code_that_one_person_asked_for_links_nobody_else(dana: Identity, omar: Identity) -> None:
    mine, other = browser_of(dana), browser_of(omar)
    mine.post("/me/address/", {"address": "dana@example.org"})
    code = last_code()
    other.cookies["kesher_code"] = mine.cookies["kesher_code"].value
    assert other.post("/me/address/code/", {"code": code}).status_code == 422


def test_a_code_to_add_an_address_signs_nobody_in(dana: Identity) -> None:
    mine, other = browser_of(dana), Client()
    other.post("/me/sign-in/", {"address": "dana@example.org"})
    mine.post("/me/address/", {"address": "dana@example.org"})
    assert other.post("/me/code/", {"code": last_code()}).status_code == 422


def test_stepping_up_goes_over_the_conversation_that_is_open(telegram: Account, omar: Identity) -> None:
    event = Event(Kind.MESSAGE, "m|1", external_id="1", sender=Address("tg", omar.address), text="مرحبا")
    receive(telegram, event, received=timezone.now())
    client = browser_of(omar, level=1)
    ways = client.get("/me/prove/").context["ways"]
    assert [way.title.split(" ")[0] for way in ways] == ["טלגרם"] or ways[0].route is not None
    client.post("/me/prove/", {"way": ways[0].key})
    assert Message.objects.latest("pk").channel == "telegram"
    assert client.post("/me/code/", {"code": last_code()}).status_code == 302
    assert client.get("/me/").context["level"] == 2


def test_nobody_proves_himself_over_somebody_elses_address(dana: Identity, omar: Identity) -> None:
    assert browser_of(omar, level=1).post("/me/prove/", {"way": f"i{dana.pk}"}).status_code == 422


def test_a_number_that_was_silent_for_long_shows_nothing_yet(dana: Identity) -> None:
    silent(dana)
    client, answer = sign_in(after="/me/keys/")
    assert answer["Location"] == "/me/second/?next=%2Fme%2Fkeys%2F"
    for path in ("/me/", "/me/keys/", "/me/address/"):
        assert client.get(path)["Location"].startswith("/me/second/")
    assert Identity.objects.get(pk=dana.pk).assurance == 1


def test_a_number_that_wrote_of_late_is_its_owners(dana: Identity, sms: Account) -> None:
    event = Event(Kind.MESSAGE, "m|1", external_id="1", sender=Address("tel", dana.address), text="שלום")
    receive(sms, event, received=timezone.now() - timedelta(days=200))
    silent(dana)
    assert not may_have_new_owner(Identity.objects.get(pk=dana.pk))


def test_what_came_after_the_silence_proves_nothing(dana: Identity, sms: Account) -> None:
    event = Event(Kind.MESSAGE, "m|1", external_id="1", sender=Address("tel", dana.address), text="שלום")
    receive(sms, event, received=timezone.now() - timedelta(days=2))
    silent(dana)
    assert may_have_new_owner(Identity.objects.get(pk=dana.pk))


def test_a_number_whose_channel_says_that_it_changed_shows_nothing(dana: Identity, whatsapp: Account) -> None:
    apply_person_event(Event(Kind.IDENTITY_CHANGED, "c|1", sender=Address("tel", dana.address)), whatsapp)
    assert sign_in()[1]["Location"] == "/me/second/"


def test_a_mail_address_does_not_change_hands_by_silence(city: Any) -> None:
    identity = get_or_create_identity(Address("mailto", "dana@example.org"))
    silent(identity)
    assert not may_have_new_owner(Identity.objects.get(pk=identity.pk))


@pytest.fixture
def held(dana: Identity) -> Client:
    """The browser of Dana or of the new owner of Dana's number; Dana's mailbox is known, too."""
    Identity.objects.create(
        agency=dana.agency, contact=dana.contact, scheme="mailto", address="dana@example.org", assurance=2
    )
    silent(dana)
    return sign_in()[0]


def test_the_old_owner_shows_another_address_of_hers(held: Client, dana: Identity) -> None:
    held.post("/me/second/", {"address": "dana@example.org"})
    assert held.post("/me/second/code/", {"code": last_code()})["Location"] == "/me/"
    page = held.get("/me/")
    assert (page.context["person"].pk, page.context["level"]) == (dana.contact_id, 2)
    assert not may_have_new_owner(Identity.objects.get(pk=dana.pk))


def test_the_same_is_said_whosever_address_it_is(held: Client, omar: Identity) -> None:
    before = Message.objects.count()
    answers = [held.post("/me/second/", {"address": address}) for address in ("omar@example.org", "dana@example.org")]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert Message.objects.count() == before  # the worker sends it, so that the page's time tells nothing
    answer_requests()
    assert Message.objects.count() == before + 1


def test_somebody_elses_address_is_no_proof(held: Client) -> None:
    other = Client()
    other.post("/me/sign-in/", {"address": "omar@example.org"})
    held.post("/me/second/", {"address": "omar@example.org"})
    assert held.post("/me/second/code/", {"code": last_code()}).status_code == 422


def test_the_new_owner_begins_anew_with_nothing_of_the_old_one(held: Client, dana: Identity) -> None:
    record_consent(dana, "opinion", granted=True, source="test")
    assert held.post("/me/second/new/")["Location"] == "/me/"
    person = held.get("/me/").context["person"]
    assert person.pk != dana.contact_id
    assert (person.name, find_consent(person, "opinion")) == ("", False)
    assert get_or_create_identity(Address("tel", dana.address)).contact_id == person.pk
    assert get_or_create_identity(Address("mailto", "dana@example.org")).contact_id == dana.contact_id


def test_beginning_anew_is_for_numbers_in_doubt_alone(dana: Identity) -> None:
    client = browser_of(dana)
    client.post("/me/second/new/")
    assert client.get("/me/").context["person"].pk == dana.contact_id


def test_a_held_browser_signs_out_no_other(held: Client, dana: Identity) -> None:
    theirs = browser_of(dana)
    held.post("/me/sign-out/", {"which": SignIn.objects.latest("pk").pk})
    held.post("/me/sign-out/everywhere/")
    assert theirs.get("/me/").status_code == 200


def test_adding_a_number_in_doubt_takes_the_number_alone(dana: Identity) -> None:
    mine = browser_of(get_or_create_identity(Address("mailto", "noa@example.org")))
    silent(dana)
    mine.post("/me/address/", {"address": DANA})
    mine.post("/me/address/code/", {"code": last_code()})
    owner = get_or_create_identity(Address("tel", dana.address)).contact
    assert owner.pk != dana.contact_id
    assert Contact.objects.get(pk=dana.contact_id).merged_into_id is None
