"""A message that a page asks people to send does what they wanted, from their own phone or mailbox."""

from __future__ import annotations

import re
from itertools import count
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from kesher.accounts.models import SignIn
from kesher.channels.base import Address, Request
from kesher.channels.models import Account
from kesher.contacts.services import get_or_create_identity
from kesher.contests.models import Round
from kesher.contests.tests.factories import voted
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import receive, respond
from kesher.conversations.tests.talk import code_sent_to, hear
from kesher.core.audit import SYSTEM
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import sign_as
from kesher.purchases.models import Purchase
from kesher.purchases.services import make_offer
from kesher.site.tests.test_signed_in import (
    JOIN,
    OFFER,
    ORGANISE,
    PLEDGE,
    PROPOSE,
    SIGN,
    START,
    UNDONE,
    UNOFFER,
    VERBS,
    VOTE,
    things,
)

__all__ = ["things"]
LANGUAGES = ("he", "ar", "ru", "en")
YES = {"he": "כן", "ar": "نعم", "ru": "да", "en": "yes"}
NO = {"he": "לא", "ar": "لا", "ru": "нет", "en": "no"}
# Further answers: yes to prefilled fields, no to news, and an organiser's code.
SAID = {SIGN: "", VOTE: "y", PLEDGE: "y", JOIN: "y", PROPOSE: "y", START: "y", ORGANISE: "yc", OFFER: "y"}
BY_PROGRAM = {
    SIGN: "petitions/48213/signatures/",
    VOTE: "contests/61940/votes/",
    PLEDGE: "purchases/52712/pledges/",
    JOIN: "purchases/52713/interest/",
    PROPOSE: "contests/61941/proposals/",
    START: "petitions/",
    OFFER: "purchases/52713/offers/",
}
_numbers = count(5550300)


def text(account: Account, phone: str, words: str) -> str:
    """Send these words as an SMS, as its provider brings it; return what is answered."""
    number = Message.objects.count()
    body = urlencode({"MessageSid": f"SM{number:032d}", "From": phone, "To": account.address, "Body": words}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    said: list[Message] = []
    for event in account.adapter.parse(Request("POST", "/", "", headers, body)):
        message = receive(account, event, received=timezone.now())
        assert message is not None
        said += respond(message)
    return "\n".join(one.text for one in said)


def a_phone() -> str:
    return f"+97250{next(_numbers)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_in_place_of_a_code_do_what_was_wanted(
    things: None, sms: Account, mailbox: Account, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 0)
    for path, answers in SAID.items():
        wish, rows, _messages = VERBS[path]
        for by_mail in (False, True)[: 1 if path == ORGANISE else 2]:
            before, phone = rows(), a_phone()
            mail = Address("mailto", f"dana{phone[1:]}@example.org")
            known = {"text": f"קלקל{phone[-3:]}"} if path == PROPOSE else {}
            asked = Client(headers={"accept-language": language})
            shown = asked.post(path, {**wish, **known, "address": mail.address if by_mail else phone})
            assert shown.status_code == 429, path
            heard = [shown.context["words"]]
            for said in [heard[0], *answers]:
                words = code_sent_to(phone) if said == "c" else {"y": YES[language], "n": NO[language]}.get(said, said)
                answer = hear(mailbox, mail, words, authenticated=True) if by_mail else text(sms, phone, words)
                heard.append(answer)
            assert rows() == before + 1, (path, by_mail, heard)


def test_the_words_that_a_program_is_told_do_it_too(
    things: None, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 0)
    for path, ask in BY_PROGRAM.items():
        wish, rows, _messages = VERBS[path]
        before, phone = rows(), a_phone()
        given = {**wish, "address": phone, "sure": True}
        shown = Client().post(f"/api/v1/{ask}", given, content_type="application/json")
        assert shown.status_code == 429, (path, shown.content)
        heard = [shown.json()["ways"][0]["words"]]
        heard += [text(sms, phone, {"y": "כן"}.get(said, said)) for said in [heard[0], *SAID[path]]]
        assert rows() == before + 1, (path, heard)


def shown_words(path: str, phone: str, language: str) -> str:
    """Return what a page asks people to write instead, in order to withdraw."""
    browser = Client(headers={"accept-language": language})
    if path == UNOFFER:
        with translation.override(language):
            line = gettext("Or write to us, on any channel: withdraw offer %(code)s") % {"code": "52713"}
        assert line in browser.get(path).content.decode()
        return line.partition(":")[2].strip()
    return str(browser.post(path, {"address": phone}, follow=True).context["words"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_beside_a_code_take_it_back(things: None, sms: Account, language: str) -> None:
    phone = a_phone()
    who = get_or_create_identity(Address("tel", phone), assurance=1, language=language)
    sign_as(Petition.objects.get(action__code="48213"), who, door="sms")
    voted(Round.objects.select_related("action", "contest").get(contest__action__code="61940"), who, [1])
    demand = Purchase.objects.with_page().get(action__code="52713")
    make_offer(demand, seller="שמש", ladder=((1, 9000),), terms={"he": "אחריות"}, contact=who.contact, by=SYSTEM)
    for path, (_wish, rows) in UNDONE.items():
        before, heard = rows(), [shown_words(path, phone, language)]
        heard += [text(sms, phone, said) for said in (heard[0], YES[language])]
        assert rows() == before - 1, (path, heard)


def test_the_words_in_place_of_a_sign_in_lead_in(things: None, sms: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 0)
    browser, phone = Client(), a_phone()
    shown = browser.post("/me/sign-in/", {"address": phone})
    assert shown.status_code == 429
    text(sms, phone, shown.context["words"])
    sealed = Delivery.objects.filter(identity__address=phone).latest("id").sealed["text"]
    link = re.search(r"https://city.example(\S+)", sealed)
    assert link is not None
    browser.post(link[1])
    assert SignIn.objects.get().identity.address == phone
