"""New tickets for live pages: old streams are granted again, the desk's only to staff."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from django.core import signing
from django.template import Context, Template
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.core.db.agency_scope import scope
from kesher.core.live.live_events import read_ticket, sign_live_ticket


def granted(client: Client, old: str, streams: str = "") -> frozenset[str]:
    answer = client.get("/live/ticket/", {"ticket": old, "streams": streams})
    return read_ticket(answer.json()["ticket"])[1] if answer.status_code == 200 else frozenset()


def test_an_old_ticket_gives_a_fresh_one(client: Client, city: Agency) -> None:
    assert granted(client, sign_live_ticket(["action:1", "case:2"])) == {"action:1", "case:2"}


def test_a_page_may_ask_for_fewer_streams(client: Client, city: Agency) -> None:
    assert granted(client, sign_live_ticket(["action:1", "case:2"]), "case:2") == {"case:2"}


def test_nobody_may_ask_for_more_streams_than_he_had(client: Client, city: Agency) -> None:
    assert granted(client, sign_live_ticket(["action:1"]), "action:1,conversation:7") == {"action:1"}


def test_the_desk_is_not_heard_by_a_stranger(client: Client, city: Agency) -> None:
    assert granted(client, sign_live_ticket(["inbox"])) == frozenset()
    assert granted(client, sign_live_ticket(["conversation:7", "inbox"])) == frozenset(), "of a page of the desk"


def test_who_left_does_not_go_on_listening(ruth: Staff, ruths: Client) -> None:
    narrow = ruths.get("/live/ticket/", {"streams": "conversation:7"}).json()["ticket"]
    ruth.is_active = False
    ruth.save()
    assert granted(ruths, narrow) == frozenset()


def test_a_forged_ticket_gives_nothing(client: Client, city: Agency) -> None:
    forged = signing.dumps([city.pk, "action:1"], salt="somebody.else")
    assert client.get("/live/ticket/", {"ticket": forged}).status_code == 403


def test_a_ticket_of_another_agency_gives_nothing(client: Client, city: Agency, town: Agency) -> None:
    with scope(town):
        theirs = sign_live_ticket(["action:1"])
    assert granted(client, theirs) == frozenset()


def test_staff_hear_the_desk_without_an_old_ticket(ruths: Client) -> None:
    assert granted(ruths, "", "inbox,conversation:7") == {"inbox", "conversation:7"}


@pytest.mark.usefixtures("simulator")
def test_the_simulator_hears_the_conversation_behind_its_chat(client: Client, city: Agency) -> None:
    assert granted(client, sign_live_ticket(["simulator"]), "simulator,conversation:7") == {
        "simulator",
        "conversation:7",
    }


def test_a_page_with_streams_says_where_to_listen(city: Agency) -> None:
    page = Template("{% load live %}<body{% live_body %}>{{ live_url }}")
    shown = page.render(Context({"live_streams": ["action:1"], "live_token_url": "/live/ticket/"}))
    assert 'data-live-url="/live/"' in shown
    assert 'data-live-token-url="/live/ticket/"' in shown


def test_a_page_without_streams_says_nothing(city: Agency) -> None:
    assert Template("{% load live %}<body{% live_body %}>").render(Context({})) == "<body>"


def test_a_stream_has_an_address_of_its_own(city: Agency) -> None:
    shown = Template("{% load live %}{% live_url 'action:1 inbox' %}").render(Context({}))
    assert read_ticket(unquote(shown.partition("ticket=")[2]))[1] == {"action:1", "inbox"}
