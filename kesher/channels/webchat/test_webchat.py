"""Our own chat: who a visitor is stands in the signed header, whatever the body claims."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    Event,
    Kind,
    Location,
    Media,
    Option,
    Payload,
    Request,
    Say,
)
from kesher.channels.http_client import GuardedClient
from kesher.channels.webchat.adapter import HEADER, Adapter, sign_visitor, visitor_of

KEY = "chat-key"
ACCOUNT = AccountInfo("k1", "webchat", secrets=(KEY,), public_url="https://city.example/in/webchat/k1")
VISITOR = Address("web", "visitor-0001")
ADAPTER = Adapter()
CAPABILITIES = ADAPTER.capabilities(ACCOUNT)


def posted(token: str = "", **said: Any) -> Request:
    headers = {HEADER: token or sign_visitor(VISITOR.address, KEY)}
    return Request("POST", "/in/webchat/k1", "", headers, json.dumps({"id": "message-1", **said}).encode())


def event(**said: Any) -> Event:
    [found] = ADAPTER.parse(posted(**said))
    return found


def test_a_signed_visitor_is_let_in_also_during_a_rotation() -> None:
    ADAPTER.verify(posted(text="x"), ACCOUNT)
    ADAPTER.verify(posted(text="x"), replace(ACCOUNT, secrets=("newer", KEY)))


@pytest.mark.parametrize(
    "token",
    [
        "visitor-0001",
        "visitor-0001.",
        ".",
        "visitor-0001.0123",
        sign_visitor("visitor-0001", "other-key"),
        "visitor-0002." + sign_visitor("visitor-0001", KEY).partition(".")[2],
        sign_visitor("visitor-0001", KEY).upper(),
        "visitor-0001.שלום",
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    assert visitor_of(token, [KEY]) is None
    with pytest.raises(BadSignature):
        ADAPTER.verify(posted(token, text="x"), ACCOUNT)


def test_an_account_without_a_secret_lets_nobody_in() -> None:
    for secrets in ((), ("",)):
        with pytest.raises(BadSignature):
            ADAPTER.verify(posted(text="x"), replace(ACCOUNT, secrets=secrets))


@pytest.mark.parametrize("visitor", ["", "short", "a.b.c.d.e", "with space", "x" * 65])
def test_a_name_that_is_no_visitors_is_not_signed(visitor: str) -> None:
    with pytest.raises(ValueError, match="visitor"):
        sign_visitor(visitor, KEY)


def test_the_body_cannot_name_another_visitor() -> None:
    assert event(text="x", visitor="visitor-0002", sender="visitor-0002").sender == VISITOR


def test_words_and_a_place_and_a_file_and_a_tap_are_told_apart() -> None:
    assert event(text=" שלום ").text == "שלום"
    assert event(location={"lat": 32.0, "lon": 34.5}).location == Location(32.0, 34.5)
    assert event(attachment="att_1").media == (Media("document", ref="att_1"),)
    assert event(attachment={"key": "att_1", "mime": "image/png"}).media[0].kind == "image"
    assert (event(choice_id="n1:a").kind, event(choice_id="n1:a").choice_id) == (Kind.CHOICE, "n1:a")
    assert event(started=True).kind is Kind.STARTED


@pytest.mark.parametrize(
    "said",
    [{}, {"text": "  "}, {"text": None}, {"location": {"lat": 91, "lon": 0}}, {"location": "here"}, {"attachment": []}],
)
def test_what_says_nothing_is_kept_as_unknown(said: dict[str, Any]) -> None:
    assert event(**said).kind is Kind.UNKNOWN


@pytest.mark.parametrize("message_id", ["", "short", None, 5, "x" * 65, "with space"])
def test_a_message_without_an_id_of_its_own_is_not_a_message(message_id: Any) -> None:
    assert event(id=message_id, text="2").kind is Kind.UNKNOWN


def test_an_unknown_language_is_left_out() -> None:
    assert event(text="x", lang="ru").lang == "ru"
    assert event(text="x", lang="tlh").lang == ""


@given(st.binary(max_size=200))
def test_parse_takes_anything(body: bytes) -> None:
    for headers in ({}, {HEADER: "visitor-0001.x"}):
        [found] = ADAPTER.parse(Request("POST", "/", "", headers, body))
        assert found.dedup_key


def test_the_same_words_twice_are_two_messages_and_a_repeated_post_is_one() -> None:
    one, again, two = event(text="2").dedup_key, event(text="2").dedup_key, event(id="message-2", text="2").dedup_key
    assert one == again != two


def test_ten_options_are_buttons_that_know_their_prompt() -> None:
    options = tuple(Option(f"k{number}", f"אפשרות {number}") for number in range(10))
    [payload] = ADAPTER.render(Say("בחרו", options, nonce="n1"), VISITOR, CAPABILITIES)
    assert payload.body["buttons"][9] == {"id": "n1:k9", "title": "אפשרות 9"}
    assert payload.text == "בחרו"


def test_more_options_than_that_are_numbered_whole() -> None:
    options = tuple(Option(f"k{number}", f"Option {number}") for number in range(1, 13))
    [payload] = ADAPTER.render(Say("Choose", options, lang="en"), VISITOR, CAPABILITIES)
    assert "buttons" not in payload.body
    assert payload.text.endswith("12 Option 12")


def test_a_long_text_is_several_messages_and_the_widget_comes_with_the_last() -> None:
    say = Say("מילה " * 3000, (Option("a", "כן"),), media=(Media("image", ref="f1"),), expects="place")
    payloads = ADAPTER.render(say, VISITOR, CAPABILITIES)
    assert [("buttons" in payload.body) for payload in payloads] == [False, True]
    assert payloads[-1].body["expects"] == "place"
    assert payloads[-1].body["media"] == [{"kind": "image", "ref": "f1"}]
    assert ADAPTER.render(say, Address("tel", "+972501234567"), CAPABILITIES) == []


def test_stored_is_sent() -> None:
    receipt = asyncio.run(ADAPTER.send(Payload(VISITOR, {"text": "x"}, ref="r1"), ACCOUNT, GuardedClient()))
    assert (receipt.external_id, receipt.status) == ("r1", "sent")


@pytest.mark.parametrize(
    "say",
    [
        {"text": "שלום"},
        {"choice_id": "n1:a"},
        {"location": {"lat": 32.0, "lon": 34.5}},
        {"text": "x", "media": [{"ref": "att_1"}]},
    ],
)
def test_a_simulated_message_is_signed_and_reads_back(say: dict[str, Any]) -> None:
    request = ADAPTER.simulate(VISITOR, say, ACCOUNT)
    assert request is not None
    ADAPTER.verify(request, ACCOUNT)
    [found] = ADAPTER.parse(request)
    assert found.sender == VISITOR
    assert found.kind is (Kind.CHOICE if "choice_id" in say else Kind.MESSAGE)
