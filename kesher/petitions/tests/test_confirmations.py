"""Whoever signs or starts a petition on a page hears of it where the code came back from, once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, MAIL, hear
from kesher.language import sms_parts
from kesher.petitions.models import Petition, Signature
from kesher.petitions.services import confirmations
from kesher.petitions.tests.factories import sign_as, withdraw_as
from kesher.petitions.tests.talk import code_sent_to
from kesher.petitions.tests.test_author_pages import ASKED, START


def sent() -> list[str]:
    return list(Message.objects.filter(direction="out").order_by("id").values_list("text", flat=True))


@pytest.mark.parametrize(
    ("language", "word"), [("he", "חתמתם"), ("ar", "وقّعتم"), ("ru", "подписали"), ("en", "You signed")]
)
def test_a_signature_is_confirmed_in_the_language_of_the_page(
    client: Client, petition: Petition, sms: Account, language: str, word: str
) -> None:
    headers = {"accept-language": language}
    client.post("/petitions/48213/sign/", {"address": DANA.address}, headers=headers)
    code = code_sent_to(DANA.address)
    client.post("/petitions/48213/confirm/", {"code": code}, headers=headers)
    assert word in sent()[1]
    assert Signature.objects.get().receipt in sent()[1]
    assert sms_parts(sent()[1]).parts <= 2
    client.post("/petitions/48213/confirm/", {"code": code}, headers=headers)
    assert len(sent()) == 2


def test_a_started_petition_says_its_address_and_the_next_step(client: Client, mailbox: Account) -> None:
    client.post(START, ASKED)
    petition = Petition.objects.get()
    client.post(f"/petitions/{petition.code}/started/", {"code": code_sent_to(MAIL.address)})
    confirmation = sent()[1]
    assert petition.get_absolute_url() in confirmation
    assert petition.author_key not in confirmation  # the private link is for the author alone
    assert "5" in confirmation


def test_a_short_message_takes_two_parts_at_most(petition: Petition, dana: Identity) -> None:
    petition.moderation, petition.supporters = "gathering", 5
    for language in ("he", "ar", "ru", "en"):
        with translation.override(language):
            assert sms_parts(confirmations.started(petition, dana).text).parts <= 2


def test_a_wrong_code_confirms_nothing(client: Client, petition: Petition, sms: Account) -> None:
    client.post("/petitions/48213/sign/", {"address": DANA.address})
    code_sent_to(DANA.address)
    before = sent()
    client.post("/petitions/48213/confirm/", {"code": "000000"})
    assert sent() == before


def test_taking_back_on_a_page_is_confirmed_once_and_in_a_conversation_by_its_answer(
    client: Client, petition: Petition, sms: Account, dana: Identity
) -> None:
    row = sign_as(petition, dana, door="sms").signature
    for door, told in (("sms", 0), ("web", 1), ("api", 1)):
        before = len(sent())
        assert withdraw_as(petition, dana.contact, door=door)
        assert not withdraw_as(petition, dana.contact, door=door)
        assert [row.receipt in words for words in sent()[before:]] == [True] * told
        row = sign_as(petition, dana, door="sms").signature
    withdraw_as(petition, dana.contact, door="sms")
    assert "כבר" in hear(sms, DANA, "לבטל חתימה 48213")
