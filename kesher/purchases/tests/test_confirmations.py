"""Whoever pledges on a page gets it confirmed where the code came back from: what it means, and how to change it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.audit import Actor
from kesher.language import sms_parts
from kesher.purchases.magic_links import own_path
from kesher.purchases.models import Pledge, Purchase
from kesher.purchases.pledge_cost import pledge_question
from kesher.purchases.prices import rule_in_words
from kesher.purchases.services import vote_for_offer
from kesher.purchases.services.confirmations import pledge_confirmation, what_happens_now
from kesher.purchases.skill.purchases import describe_progress
from kesher.purchases.tests.factories import a_buyer, a_purchase, an_offer, buy, give_up

PAGE = "/purchases/52712/"


def on_the_page(client: Client, language: str) -> None:
    headers = {"accept-language": language}
    client.post(f"{PAGE}pledge/", {"quantity": 2, "address": DANA.address}, headers=headers)
    client.post(f"{PAGE}confirm/", {"code": code_sent_to(DANA.address)}, headers=headers)


def sent() -> list[Message]:
    return list(Message.objects.filter(direction="out").order_by("id"))


@pytest.mark.parametrize(("language", "word"), [("he", "מחייב"), ("en", "binds"), ("ru", "обязывает")])
def test_a_pledge_is_confirmed_in_the_language_of_the_page(
    client: Client, purchase: Purchase, sms: Account, language: str, word: str
) -> None:
    on_the_page(client, language)
    code, confirmation = sent()
    assert code.pk != confirmation.pk
    assert word in confirmation.text
    assert "200" in confirmation.text
    assert Pledge.objects.get().standing == "in"
    line = Pledge.objects.select_related("participation__identity").get()
    assert line.participation.identity is not None
    with translation.override(language):
        whole = pledge_confirmation(purchase, line, line.participation.identity).text
    assert sms_parts(whole).parts <= 2, (whole, sms_parts(whole))
    assert "/purchases/mine/" not in confirmation.text  # the private link is sealed in the delivery


def test_the_page_says_what_happens_now(client: Client, purchase: Purchase, sms: Account) -> None:
    on_the_page(client, "en")
    page = client.get(own_path(Pledge.objects.get().participation), headers={"accept-language": "en"}).content.decode()
    assert "What happens now" in page
    assert "You pay the seller when you collect" in page


def test_a_conversation_is_answered_once(purchase: Purchase, sms: Account) -> None:
    hear(sms, DANA, "לקנות 52712", "2", "1")
    assert Pledge.objects.get().standing == "in"
    before = len(sent())
    assert not [message for message in sent()[:before] if "מחייב" in message.text]


def test_nobody_is_written_to_who_did_not_prove_the_address(city: Agency, purchase: Purchase, sms: Account) -> None:
    stranger: Identity = a_buyer(assurance=0)
    buy(purchase, 1, stranger, door="web", level=1)
    assert sent() == []


@pytest.mark.parametrize("language", ["he", "ar", "ru", "en"])
def test_where_there_is_not_enough_it_is_said_everywhere(city: Agency, client: Client, language: str) -> None:
    """Fifty-seven are asked for, forty are there: it will be drawn."""
    short = a_purchase(code="20759", tie="lottery", stock=40, each=5)
    for quantity in [5] * 11:
        buy(short, quantity)
    line = buy(short, 2).line
    row = Purchase.objects.with_page().get(pk=short.pk)
    with translation.override(language):
        said = [*what_happens_now(row, line), describe_progress(row), pledge_question(row, {"quantity": "2"})]
        rule = rule_in_words(row)
        assert sum(rule in words for words in said) == 3
        assert line.participation.identity is not None
        message = pledge_confirmation(row, line, line.participation.identity).text
        page = client.get("/purchases/20759/", headers={"accept-language": language}).content.decode()
    assert rule in page
    assert all(figure in message for figure in ("40", "57")), message
    assert sms_parts(message).parts <= 2
    assert "/purchases/mine/" in message, message


def test_where_all_can_be_had_nothing_is_said_of_a_draw(city: Agency) -> None:
    enough = a_purchase(tie="lottery", stock=40)
    line = buy(enough, 2).line
    row = Purchase.objects.with_page().get(pk=enough.pk)
    assert rule_in_words(row) not in " ".join([*what_happens_now(row, line), describe_progress(row)])


def test_choosing_an_offer_and_giving_up_on_a_page_are_confirmed(
    purchase: Purchase, sms: Account, dana: Identity
) -> None:
    line = buy(purchase, 1, dana).line
    better, by = an_offer(purchase), Actor("contact", line.participation.contact_id, "web")
    for _press in range(2):
        vote_for_offer(better, line.participation, by=by)
    assert len(sent()) == 1
    give_up(purchase, dana, "web")
    assert purchase.title[:20] in sent()[-1].text
    assert len(sent()) == 2
