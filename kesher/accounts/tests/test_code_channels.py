"""A code by the channel that one chose: the same is said and done whether the number is known, and whatever it uses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.accounts.code_channels import list_code_channels
from kesher.accounts.models import SignIn
from kesher.accounts.tests.acting import DANA, last_code
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.contacts.models import Identity
from kesher.contacts.rules import CODES_AN_HOUR, MESSAGES_MOST
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Message, Route
from kesher.conversations.services import receive
from kesher.core.audit import SYSTEM

pytestmark = pytest.mark.usefixtures("sms", "mailbox", "whatsapp", "telegram", "webchat")
STRANGER = "050-555-0199"


def wrote(account: Account, scheme: str, address: str) -> None:
    event = Event(Kind.MESSAGE, f"m|{address}", external_id=address, sender=Address(scheme, address), text="שלום")
    receive(account, event, received=timezone.now())


def asked(by: str, number: str = DANA) -> Client:
    client = Client()
    assert client.post("/me/sign-in/", {"address": number, "by": by})["Location"] == "/me/code/"
    return client


def went_by() -> str:
    return Message.objects.filter(direction="out").latest("pk").channel


def linked(dana: Identity, omar: Identity, telegram: Account) -> Identity:
    """Omar's Telegram is Dana's, as it turned out."""
    wrote(telegram, "tg", omar.address)
    merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    return omar


def words_of(client: Client, number: str) -> str:
    """The page on which the code is typed, but for what is its own each time."""
    page = client.get("/me/code/").content.decode()
    token = client.cookies["csrftoken"].value
    lines = [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and token not in line]
    return "\n".join(lines).replace(number[-4:], "NNNN")


def test_what_may_be_chosen_are_the_agencys_channels_what_reaches_everybody_first(city: Any) -> None:
    open_account("kannel", address="+97235550102", secrets=("s",), settings={"username": "kesher"})
    assert [(way.channel, way.always) for way in list_code_channels()] == [
        ("sms", True),
        ("whatsapp", False),
        ("telegram", False),
    ]


def test_a_channel_that_was_closed_is_not_offered_nor_taken(dana: Identity) -> None:
    Account.objects.filter(channel="whatsapp").update(is_active=False)
    page = Client().get("/me/sign-in/").content.decode()
    assert ('value="telegram"' in page, 'value="whatsapp"' in page) == (True, False)
    assert Client().post("/me/sign-in/", {"address": DANA, "by": "whatsapp"}).status_code == 422
    assert not Message.objects.filter(direction="out").exists()


def test_where_there_is_one_way_nothing_is_asked(dana: Identity) -> None:
    Account.objects.filter(channel__in=["whatsapp", "telegram"]).update(is_active=False)
    assert 'name="by"' not in Client().get("/me/sign-in/").content.decode()
    asked("")
    assert went_by() == "sms"


def test_who_says_nothing_gets_what_works_for_most(dana: Identity) -> None:
    client = Client()
    assert client.post("/me/sign-in/", {"address": DANA}).status_code == 302
    assert went_by() == "sms"


def test_whatsapp_brings_it_where_that_conversation_is_open(dana: Identity, whatsapp: Account) -> None:
    wrote(whatsapp, "tel", dana.address)
    client = asked("whatsapp")
    assert went_by() == "whatsapp"
    assert client.post("/me/code/", {"code": last_code()})["Location"] == "/me/"
    assert Identity.objects.get(pk=dana.pk).assurance == 2


@pytest.mark.parametrize("by", ["whatsapp", "telegram"])
def test_where_the_chosen_channel_cannot_it_comes_as_for_everybody(by: str, dana: Identity, whatsapp: Account) -> None:
    wrote(whatsapp, "tel", dana.address)
    Route.objects.update(last_in_at=timezone.now() - timedelta(days=2))
    for number in (DANA, STRANGER):
        client = asked(by, number)
        assert went_by() == "sms"
        assert client.post("/me/code/", {"code": last_code()}).status_code == 302


def test_a_linked_telegram_brings_it_and_is_what_was_proved(dana: Identity, omar: Identity, telegram: Account) -> None:
    linked(dana, omar, telegram)
    client = asked("telegram")
    assert went_by() == "telegram"
    assert client.post("/me/code/", {"code": last_code()})["Location"] == "/me/"
    assert client.get("/me/").context["person"] == dana.contact
    assert SignIn.objects.get().identity_id == omar.pk
    assert Identity.objects.get(pk=dana.pk).assurance == 1


def test_another_number_of_the_same_person_is_no_way_to_this_one(dana: Identity, whatsapp: Account) -> None:
    other = Identity.objects.create(
        agency=dana.agency, contact=dana.contact, scheme="tel", address="+972505550155", assurance=1
    )
    wrote(whatsapp, "tel", other.address)
    asked("whatsapp")
    assert went_by() == "sms"


@pytest.mark.parametrize("by", ["sms", "whatsapp", "telegram"])
def test_the_pages_say_the_same_of_the_known_and_the_unknown(
    by: str, dana: Identity, omar: Identity, telegram: Account, whatsapp: Account
) -> None:
    linked(dana, omar, telegram)
    wrote(whatsapp, "tel", dana.address)
    pages = {words_of(asked(by, number), number) for number in (DANA, STRANGER)}
    assert len(pages) == 1
    assert Message.objects.filter(direction="out").count() == 2


def test_an_address_that_is_closed_to_us_is_spoken_of_like_any_other(dana: Identity) -> None:
    asked("")
    Route.objects.filter(identity=dana).update(closed=True)
    before = Message.objects.count()
    asked("")
    assert Message.objects.count() == before


def test_the_cookie_names_no_address_but_the_one_that_was_typed(
    dana: Identity, omar: Identity, telegram: Account
) -> None:
    linked(dana, omar, telegram)
    waiting = asked("telegram").get("/me/code/").context["waiting"]
    assert (waiting.scheme, waiting.address, waiting.by) == ("tel", dana.address, "telegram")


def test_another_code_goes_another_way_and_ends_the_one_before(dana: Identity, whatsapp: Account) -> None:
    wrote(whatsapp, "tel", dana.address)
    client = asked("sms")
    first = last_code()
    assert client.post("/me/code/again/", {"by": "whatsapp"})["Location"] == "/me/code/"
    assert went_by() == "whatsapp"
    assert client.post("/me/code/", {"code": first}).status_code == 422
    assert client.post("/me/code/", {"code": last_code()}).status_code == 302


def test_without_a_code_on_its_way_nothing_is_sent_again(dana: Identity) -> None:
    assert Client().post("/me/code/again/", {"by": "sms"})["Location"] == "/me/sign-in/"
    assert not Message.objects.filter(direction="out").exists()


def test_so_many_codes_an_hour_whatever_the_channel_then_the_other_ways(
    dana: Identity, omar: Identity, telegram: Account
) -> None:
    linked(dana, omar, telegram)
    for number, most in ((DANA, CODES_AN_HOUR), (STRANGER, MESSAGES_MOST)):
        client = asked("sms", number)
        for by in ["telegram", "sms", "telegram", "sms"][: most - 1]:
            client.post("/me/code/again/", {"by": by})
        before = Message.objects.count()
        said = client.post("/me/code/again/", {"by": "telegram"})
        assert (said.status_code, said.context["words"]) == (429, "העמוד שלי")
        assert Message.objects.count() == before


def test_to_a_mailbox_it_goes_by_e_mail_whatever_was_chosen(city: Any) -> None:
    client = asked("telegram", "dana@example.org")
    assert went_by() == "email"
    assert (
        "code_channels" not in client.get("/me/code/").context or not client.get("/me/code/").context["code_channels"]
    )
