"""Instagram: what differs from Messenger, whose test has what the two share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kesher.channels.base import AccountInfo, Address, Content, Event, Kind, Media, Option, Say
from kesher.channels.registry import get_channel
from kesher.language import length

APP, ME = "1500000000000042", "17841400000000000"
ACCOUNT = AccountInfo(
    key="k",
    channel="instagram",
    address=ME,
    secrets=("app-secret",),
    token="page-token",
    settings={"verify_token": "verify-me", "app_id": APP},
)
DANA = Address("instagram", f"{ME}:6543210987654321")
ADAPTER = get_channel("instagram")


class Meta:
    """Stands in for Meta: gives prepared answers and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []

    async def request(
        self, method: str, url: str, *, json: Any = None, **how: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((method, url.removeprefix("https://graph.facebook.com/v25.0/"), json))
        return 200, {}, dumped(self.answers.pop(0))


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def fixture(name: str) -> Event:
    raw = (Path(__file__).parent / "fixtures" / f"{name}.json").read_bytes()
    (request,) = ADAPTER.replay("", raw)
    (event,) = ADAPTER.parse(request)
    return event


def messages(say: Say) -> list[Any]:
    return [payload.body["message"] for payload in ADAPTER.render(say, DANA, ADAPTER.capabilities(ACCOUNT))]


def test_what_is_about_a_story_is_for_a_person_and_no_picture_of_it_is_fetched() -> None:
    for name in ("story_reply", "story_mention"):
        event = fixture(name)
        assert (event.kind, event.content, event.media) == (Kind.MESSAGE, Content.STORY, ())
        assert event.text


def test_reading_a_message_is_reading_all_before_it() -> None:
    event = fixture("read")
    assert (event.kind, event.status, event.target) == (Kind.STATUS, "read", "aWdfours01")
    assert event.data["until"] == "2025-12-01T08:01:03+00:00"


def test_a_message_in_the_form_of_a_change_is_a_message() -> None:
    event = fixture("changes_form")
    assert (event.kind, event.sender, event.text) == (Kind.MESSAGE, DANA, "בדיקה")


@pytest.mark.parametrize("name", ["live_comment", "mention", "self_message"])
def test_what_is_no_direct_message_enters_no_conversation(name: str) -> None:
    event = fixture(name)
    assert (event.kind, event.sender) == (Kind.UNKNOWN, None)


def test_a_text_has_a_thousand_bytes_at_most() -> None:
    texts = [message["text"] for message in messages(Say("א" * 501))]
    assert [length(text, "byte") for text in texts] == [1000, 2]


def test_options_are_quick_replies_never_buttons() -> None:
    (message,) = messages(Say("בחרו", (Option("a", "כן"), Option("b", "לא")), nonce="k3"))
    assert [reply["payload"] for reply in message["quick_replies"]] == ["k3:a", "k3:b"]


def test_a_document_is_a_link_in_the_text() -> None:
    paper = Media("document", url="https://f.example/a.pdf", name="אישור.pdf")
    assert messages(Say("הנה", media=(paper,))) == [{"text": "הנה\nאישור.pdf: https://f.example/a.pdf"}]


def test_a_request_has_no_metadata() -> None:
    meta = Meta({"message_id": "aWdf9"})
    payload = replace(ADAPTER.render(Say("שלום"), DANA, ADAPTER.capabilities(ACCOUNT))[0], ref="delivery-17")
    assert asyncio.run(ADAPTER.send(payload, ACCOUNT, meta)).external_id == "aWdf9"
    assert meta.asked[0][2]["message"] == {"text": "שלום"}


def test_the_token_is_that_of_the_page_linked_with_the_account() -> None:
    linked = {"instagram_business_account": {"id": ME, "username": "neve_yam"}}
    apps = {"data": [{"id": APP, "subscribed_fields": ["messages"]}]}
    found = asyncio.run(ADAPTER.probe(ACCOUNT, Meta(linked, apps)))
    assert found is not None
    assert (found.state, dict(found.facts)) == ("well", {"Name": "neve_yam", "ID": ME})
    other = asyncio.run(ADAPTER.probe(ACCOUNT, Meta({"id": "5"}, apps)))
    assert other is not None
    assert other.state == "wrong"


def test_the_webhook_is_set_for_the_page_and_entered_by_hand_for_the_app() -> None:
    meta = Meta({"success": True}, {"result": "success"})
    assert asyncio.run(ADAPTER.set_webhook(ACCOUNT, meta)).state == "well"
    assert [asked[1] for asked in meta.asked] == ["me/subscribed_apps", "me/messenger_profile"]
    assert meta.asked[1][2]["platform"] == "instagram"
    assert ADAPTER.connection.webhook_steps


def test_a_link_opens_the_account_with_its_payload() -> None:
    assert ADAPTER.write_link("@neve_yam", start="c-ABC") == "https://ig.me/m/neve_yam?ref=c-ABC"
    assert ADAPTER.write_link("") == ""
