"""The demo channel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from kesher.channels.base import AccountInfo, Address, Kind, Media, Option, Receipt, Say, Status
from kesher.channels.registry import get_channel

ACCOUNT = AccountInfo(key="k", channel="demo", secrets=("demo-secret",))
DANA = Address("demo", "dana", "דנה לוי")


def send(say: Say, ref: str = "delivery-17", account: AccountInfo = ACCOUNT) -> Receipt:
    adapter = get_channel("demo")
    payload = replace(adapter.render(say, DANA, adapter.capabilities(account))[0], ref=ref)
    return asyncio.run(adapter.send(payload, account, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ({"text": "שלום", "at": 1761994800}, Kind.MESSAGE),
        ({"choice_id": "k3:yes", "text": "כן"}, Kind.CHOICE),
        ({"location": {"lat": 32.1, "lon": 34.8}}, Kind.MESSAGE),
        ({"media": [{"kind": "image", "mime": "image/png", "content_b64": "aGk="}]}, Kind.MESSAGE),
    ],
)
def test_what_is_simulated_is_what_arrives(say: dict[str, Any], kind: Kind) -> None:
    request = get_channel("demo").simulate(DANA, say, ACCOUNT)
    assert request is not None
    (event,) = get_channel("demo").parse(request)
    assert (event.kind, event.sender, event.text) == (kind, DANA, say.get("text", ""))
    assert event.choice_id == say.get("choice_id", "")
    assert bool(event.location) == ("location" in say)
    assert [media.content for media in event.media] == [b"hi" for _ in say.get("media", [])]


def test_what_would_have_been_sent_is_in_the_receipt() -> None:
    receipt = send(Say("בחרו", (Option("yes", "כן"),), nonce="k3"))
    assert receipt.status == Status.DELIVERED
    options = [{"id": "k3:yes", "title": "כן"}]
    assert receipt.data["sent"] == {"to": "dana", "text": "בחרו", "options": options}


def test_a_delivery_sent_twice_is_one_message_and_another_is_another() -> None:
    assert send(Say("a")).external_id == send(Say("a")).external_id
    assert send(Say("a")).external_id != send(Say("a"), ref="delivery-18").external_id


def test_a_file_goes_as_a_message_of_its_own() -> None:
    adapter = get_channel("demo")
    say = Say("הנה", media=(Media("image", url="https://f.example/a.jpg"), Media("image")))
    payloads = adapter.render(say, DANA, adapter.capabilities(ACCOUNT))
    assert [set(payload.body) for payload in payloads] == [{"to", "media"}, {"to", "text"}]


def test_an_account_without_a_secret_is_told_so() -> None:
    assert [check.ok for check in get_channel("demo").check(replace(ACCOUNT, secrets=()))] == [False]
