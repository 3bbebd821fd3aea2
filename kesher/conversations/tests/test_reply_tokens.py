"""What an answer to our mail comes back with, and the link that ends our messages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind, Option, Say
from kesher.channels.models import Account
from kesher.contacts.models import Consent, Identity
from kesher.contacts.services import find_consent
from kesher.conversations.delivery.leases import lease_deliveries
from kesher.conversations.models import Delivery, Message, Route
from kesher.conversations.services import enter_thread, find_stop_identity, receive, respond, say, stop_by_link, writing
from kesher.conversations.services.events.reply_tokens import reply_token, stop_url
from kesher.conversations.services.outbound import merge_adjacent_messages
from kesher.core.db.agency_scope import scope

KNOWN, OTHER = "dana@example.org", "dana.levi@work.example"


def mail(text: str, sender: str = KNOWN, number: int = 1, **data: Any) -> Event:
    key = f"message|{sender}|{number}"
    return Event(Kind.MESSAGE, key, external_id=f"<{number}@x>", sender=Address("mailto", sender), text=text, data=data)


def hear(account: Account, event: Event) -> Message:
    message = receive(account, enter_thread(account, event), received=timezone.now())
    assert message is not None
    respond(message)
    return message


@pytest.fixture
def thread(city: Agency, mailbox: Account) -> Route:
    hear(mailbox, mail("שלום"))
    return Route.objects.get()


def test_our_mail_says_where_its_answer_goes(thread: Route) -> None:
    body = lease_deliveries()[-1].payload.body
    assert body["thread_token"] == reply_token(thread)
    assert "unsubscribe_url" not in body
    assert reply_token(thread) not in str(Delivery.objects.values_list("payload"))  # made when it goes out, never kept


def test_an_answer_from_another_mailbox_enters_the_thread_unproved(thread: Route, mailbox: Account) -> None:
    message = hear(mailbox, mail("תודה", OTHER, 2, thread_token=reply_token(thread).upper(), authenticated=True))
    assert message.conversation_id == thread.conversation_id
    assert message.content["from"] == OTHER
    assert message.content["claimed"]
    assert Identity.objects.filter(address=OTHER).count() == 0


def test_what_we_say_to_it_goes_to_the_address_that_we_know(thread: Route, mailbox: Account) -> None:
    hear(mailbox, mail("תפריט", OTHER, 2, thread_token=reply_token(thread)))
    assert Delivery.objects.latest("id").payload["to"]["address"] == KNOWN


@pytest.mark.parametrize("forge", ["{0}x" + "0" * 20, "{0}", "x", "١x", "{0}x", ""])
def test_a_forged_token_enters_no_thread(thread: Route, mailbox: Account, forge: str) -> None:
    message = hear(mailbox, mail("תודה", OTHER, 2, thread_token=forge.format(thread.pk)))
    assert message.conversation_id != thread.conversation_id


def test_a_token_of_one_account_opens_no_thread_of_another(thread: Route, sms: Account) -> None:
    event = mail("תודה", OTHER, 2, thread_token=reply_token(thread))
    assert enter_thread(sms, event) is event


def test_news_carries_a_link_that_ends_it(thread: Route, mailbox: Account) -> None:
    Consent.objects.create(agency=thread.agency, identity=thread.identity, purpose="information", granted=True)
    with writing(thread.conversation) as writer:
        say(writer, thread, Say("חדשות"), purpose="information")
    Delivery.objects.exclude(message__purpose="information").delete()
    assert "/stop/" in lease_deliveries()[-1].payload.body["unsubscribe_url"]


def test_the_link_asks_and_a_post_stops(thread: Route, client: Client) -> None:
    url = stop_url(thread.identity).partition("://")[2].partition("/")[2]
    page = client.get(f"/{url}")
    contact = thread.identity.contact
    assert KNOWN not in page.content.decode()
    assert find_consent(contact, "information") is None
    assert Client(enforce_csrf_checks=True).post(f"/{url}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert find_consent(contact, "information") is False
    assert find_consent(contact, "service") is None


@pytest.mark.parametrize("token", ["nothing", "MQ:x:y"])
def test_a_link_that_is_none_of_ours_stops_nobody(thread: Route, client: Client, token: str) -> None:
    assert client.post(f"/stop/{token}/").status_code == 404
    assert not Consent.objects.exists()


def test_a_link_of_another_body_is_no_link_here(thread: Route, town: Agency) -> None:
    token = stop_url(thread.identity).rstrip("/").rpartition("/")[2]
    assert find_stop_identity(token) == thread.identity
    with scope(town):
        assert find_stop_identity(token) is None


def test_stopping_twice_is_no_error(thread: Route) -> None:
    stop_by_link(thread.identity)
    stop_by_link(thread.identity)
    assert find_consent(thread.identity.contact, "promotion") is False


def test_what_is_said_in_one_breath_is_one_letter(city: Agency, mailbox: Account) -> None:
    hear(mailbox, mail("שלום"))
    assert Delivery.objects.count() == 1
    assert Message.objects.filter(direction="out").count() == 1


def test_a_choice_ends_a_letter() -> None:
    ask = Say("ב", (Option("1", "כן"),), nonce="n")
    assert [what.text for what in merge_adjacent_messages([Say("א"), ask, Say("ג")])] == ["א\n\nב", "ג"]
