"""Signing that was begun on the petition's page goes on in a conversation."""

from __future__ import annotations

from django.test import Client

from kesher.channels.models import Account
from kesher.contacts.services import find_consent
from kesher.conversations.tests.talk import DANA, OMAR, hear, later
from kesher.dialogues.models import DialogueSession
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.talk import code_sent_to

SIGN = "/petitions/48213/sign/"


def test_a_name_comes_along_and_the_yes_is_said_there(petition: Petition, client: Client, sms: Account) -> None:
    words = later(client, SIGN, name="דנה לוי", show_name="on", updates="on", sign="on")
    asked = hear(sms, DANA, words)
    assert petition.title in asked
    assert "דנה לוי" in asked  # whoever goes on need not be who wrote it
    assert not Signature.objects.exists()
    hear(sms, DANA, "1")
    signature = Signature.objects.of(petition).counted().get()
    assert (signature.name, signature.show_name, signature.channel) == ("דנה לוי", True, "sms")
    assert find_consent(signature.contact, "information") is None  # a link carries no consent


def test_a_name_that_shall_not_be_shown_stays_behind(petition: Petition, client: Client) -> None:
    later(client, SIGN, name="דנה לוי")
    assert DialogueSession.objects.get().answers == {}


def test_what_does_not_do_stays_behind(petition: Petition, client: Client) -> None:
    later(client, SIGN, name="ד" * 500, show_name="on", address="nobody", area="Atlantis", sign="on" * 9, other="1")
    assert DialogueSession.objects.get().answers == {}


def test_whoever_has_signed_is_told_and_counts_once(petition: Petition, client: Client, telegram: Account) -> None:
    hear(telegram, OMAR, "לחתום 48213", "1")
    said = hear(telegram, OMAR, later(client, SIGN))
    assert Signature.objects.get().receipt in said
    assert DialogueSession.objects.latest("id").state == "cancelled"


def test_a_petition_that_went_away_meanwhile_is_not_signed(petition: Petition, client: Client, sms: Account) -> None:
    words = later(client, SIGN)
    Petition.objects.update(moderation="draft")
    assert "לא נשלח דבר" in hear(sms, DANA, words)
    assert not Signature.objects.exists()


def test_nobody_fills_our_shelves_with_forms(petition: Petition, client: Client) -> None:
    answers = [Client().post(SIGN, {"later": "1"}, headers={"host": "city.example"}).status_code for _n in range(122)]
    assert answers == [302] * 120 + [429] * 2
    assert DialogueSession.objects.count() == 120


def test_its_form_is_not_shown_either(petition: Petition, client: Client) -> None:
    later(client, SIGN)
    Petition.objects.update(moderation="draft")
    assert client.get(f"/go/{DialogueSession.objects.get().key}/").status_code == 410


def test_one_that_closed_meanwhile_says_so(petition: Petition, client: Client, sms: Account) -> None:
    words = later(client, SIGN)
    Petition.objects.update(closing="closed")
    assert petition.title in hear(sms, DANA, words)
    assert not Signature.objects.exists()


def test_the_page_offers_it_to_whoever_has_to_give_an_address(petition: Petition, client: Client, sms: Account) -> None:
    assert 'name="later"' in client.get("/petitions/48213/").content.decode()
    asked = client.post(SIGN, {"address": DANA.address})
    client.post(asked["Location"], {"code": code_sent_to(DANA.address)})
    assert 'name="later"' not in client.get("/petitions/48213/").content.decode()
