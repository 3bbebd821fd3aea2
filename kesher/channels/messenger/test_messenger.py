"""Messenger: what the contract test cannot know of it, and of what it shares with Instagram."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kesher.channels.base import AccountInfo, Address, ChannelError, Event, Kind, Media, Option, Payload, Request, Say
from kesher.channels.meta.page_connection import PAGE_FIELDS
from kesher.channels.registry import get_channel
from kesher.language import length

APP, PAGE = "1500000000000042", "1122334455667"
ACCOUNT = AccountInfo(
    key="k",
    channel="messenger",
    address=PAGE,
    secrets=("app-secret",),
    token="page-token",
    settings={"verify_token": "verify-me", "app_id": APP},
    public_url="https://city.example/in/messenger/k",
)
DANA = Address("messenger", f"{PAGE}:24680135791113")
ADAPTER = get_channel("messenger")


class Meta:
    """Stands in for Meta: gives prepared answers and keeps what it was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, str, Any]] = []

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None, **how: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        path = url.removeprefix("https://graph.facebook.com/v25.0/")
        self.asked.append((method, path, (headers or {}).get("authorization", ""), json))
        status, answer = self.answers.pop(0)
        return status, {}, answer if isinstance(answer, bytes) else dumped(answer)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def parse(*items: Any) -> list[Event]:
    body = {"object": "page", "entry": [{"id": PAGE, "messaging": list(items)}]}
    return ADAPTER.parse(Request("POST", "/", "", {}, dumped(body)))


def fixture(name: str) -> list[Event]:
    raw = (Path(__file__).parent / "fixtures" / f"{name}.json").read_bytes()
    return [event for request in ADAPTER.replay("", raw) for event in ADAPTER.parse(request)]


def render(say: Say) -> list[Payload]:
    return ADAPTER.render(say, DANA, ADAPTER.capabilities(ACCOUNT))


def options(count: int, title: str = "אפשרות") -> tuple[Option, ...]:
    return tuple(Option(f"key{n}", f"{title} {n}") for n in range(count))


def send(meta: Meta) -> Any:
    return asyncio.run(ADAPTER.send(replace(render(Say("שלום"))[0], ref="delivery-17"), ACCOUNT, meta))


# ---- what comes in


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ({"text": "שלום", "id": "m_1", "at": 1764576000}, Kind.MESSAGE),
        ({"choice_id": "k3:yes", "text": "כן"}, Kind.CHOICE),
        ({"location": {"lat": 32.1, "lon": 34.8}}, Kind.MESSAGE),
        ({"media": [{"kind": "image", "mime": "image/png", "content_b64": "aGk="}], "text": "בור"}, Kind.MESSAGE),
    ],
)
def test_what_is_simulated_is_what_arrives(say: dict[str, Any], kind: Kind) -> None:
    request = ADAPTER.simulate(DANA, say, ACCOUNT)
    assert request is not None
    (event,) = ADAPTER.parse(request)
    assert (event.kind, event.sender, event.account) == (kind, DANA, PAGE)
    assert (event.text, event.choice_id) == (say.get("text", ""), say.get("choice_id", ""))
    assert (bool(event.location), len(event.media)) == ("location" in say, len(say.get("media", [])))


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_a_simulated_receipt_is_a_watermark(status: str) -> None:
    request = ADAPTER.simulate(DANA, {"status": status, "at": 1764576043}, ACCOUNT)
    assert request is not None
    (event,) = ADAPTER.parse(request)
    assert (event.kind, event.status, event.target) == (Kind.STATUS, status, "")
    assert event.data == {"until": "2025-12-01T08:00:43+00:00"}


def test_one_person_of_two_pages_is_two_addresses_each_at_its_own_account() -> None:
    found = [event for event in fixture("several") if event.kind == Kind.MESSAGE]
    assert [event.account for event in found] == [PAGE, PAGE, "9988776655443"]
    assert [event.sender.address.partition(":")[2] for event in found if event.sender][1:] == ["24680135791200"] * 2
    assert len({event.sender for event in found}) == 3


def test_an_item_that_cannot_be_read_does_not_hide_the_others() -> None:
    assert [event.kind for event in fixture("several")] == ["message", "message", "unknown", "unknown", "message"]


@pytest.mark.parametrize("receipt", [{"mids": []}, {"mids": "m_1"}, {"watermark": 0}, {"watermark": "soon"}])
def test_a_receipt_of_nothing_is_unknown(receipt: Any) -> None:
    (event,) = parse({"sender": {"id": "5"}, "recipient": {"id": PAGE}, "timestamp": 1, "delivery": receipt})
    assert event.kind == Kind.UNKNOWN


def test_only_an_echo_of_our_own_app_is_our_own() -> None:
    ours, theirs = (ADAPTER.assess(fixture(f"echo_{name}")[0], ACCOUNT) for name in ("of_our_app", "other_app"))
    assert (ours.data["own"], theirs.data["automatic"]) == (True, True)
    assert "automatic" not in ours.data
    assert "own" not in theirs.data


@pytest.mark.parametrize("name", ["inbox", "without_app"])
def test_what_is_written_in_metas_inbox_or_apps_is_written_by_people(name: str) -> None:
    (event,) = fixture(f"echo_{name}")
    assert ADAPTER.assess(event, ACCOUNT) == event


def test_an_echo_of_a_delivery_of_ours_settles_it() -> None:
    (event,) = fixture("echo_of_ours")
    assert (event.kind, event.status, event.target) == (Kind.STATUS, "sent", "m_ours03")
    assert event.data["ref"] == "0198c0de-0000-7000-8000-000000000017"


@pytest.mark.parametrize("name", ["standby", "handover", "optin", "account_linking"])
def test_nobody_waits_for_an_answer_to_what_is_not_for_us(name: str) -> None:
    for event in fixture(name):
        assert (event.kind, event.sender) == (Kind.UNKNOWN, None)
        assert event.text
        assert event.data["raw"]


def test_a_message_to_ourselves_is_nobodys() -> None:
    item = {"sender": {"id": PAGE}, "recipient": {"id": PAGE}, "message": {"mid": "m_1", "is_echo": True, "text": "a"}}
    assert parse(item)[0].sender is None


# ---- what goes out


def test_three_options_are_buttons_and_thirteen_quick_replies_with_the_prompts_nonce() -> None:
    (few,), (many,) = render(Say("בחרו", options(3), nonce="k3")), render(Say("בחרו", options(13), nonce="k3"))
    template = few.body["message"]["attachment"]["payload"]
    assert (template["template_type"], template["text"]) == ("button", "בחרו")
    assert template["buttons"][0] == {"type": "postback", "title": "אפשרות 0", "payload": "k3:key0"}
    assert len(many.body["message"]["quick_replies"]) == 13
    assert many.body["message"]["quick_replies"][12]["payload"] == "k3:key12"


@pytest.mark.parametrize("choices", [options(14), options(2, "א" * 19), (Option("k" * 1001, "כן"),)])
def test_what_fits_no_widget_is_numbered_text(choices: tuple[Option, ...]) -> None:
    (payload,) = render(Say("בחרו", choices))
    assert set(payload.body["message"]) == {"text"}
    assert f"1 {choices[0].title}" in payload.text


def test_a_long_text_goes_ahead_of_its_buttons() -> None:
    payloads = render(Say("מילה " * 300, options(2)))
    assert [length(payload.text, "utf16") <= 640 for payload in payloads] == [True] * 3
    assert ["attachment" in payload.body["message"] for payload in payloads] == [False, False, True]


def test_a_text_has_two_thousand_characters_at_most() -> None:
    assert [length(payload.text, "utf16") for payload in render(Say("א" * 2001))] == [2000, 1]


def test_options_without_words_get_some_and_nothing_is_sent_where_nothing_is_said() -> None:
    assert render(Say("", options(5), "ru"))[0].body["message"]["text"] == "Выберите:"
    assert render(Say("")) == []
    assert ADAPTER.render(Say("שלום"), Address("tel", "+972505550142"), ADAPTER.capabilities(ACCOUNT)) == []


def test_files_go_first_each_with_its_caption_behind_it() -> None:
    photo = Media("image", url="https://f.example/a.jpg", caption="לפני")
    paper = Media("document", url="https://f.example/a.pdf", name="אישור.pdf")
    first, words, second, text = (
        payload.body["message"] for payload in render(Say("הנה", media=(photo, paper, Media("audio"))))
    )
    assert first["attachment"] == {
        "type": "image",
        "payload": {"url": "https://f.example/a.jpg", "is_reusable": False},
    }
    assert (words, text) == ({"text": "לפני"}, {"text": "הנה"})
    assert second["attachment"]["type"] == "file"


def test_only_a_late_answer_of_a_clerk_has_the_tag() -> None:
    assert render(Say("שלום"))[0].body["messaging_type"] == "RESPONSE"
    (late,) = render(Say("שלום", is_late=True))
    assert (late.body["messaging_type"], late.body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


@pytest.mark.parametrize(("given", "hours"), [(True, 168), (False, None), ("true", None), (None, None)])
def test_clerks_have_seven_days_only_where_meta_approved_it(given: Any, hours: int | None) -> None:
    account = replace(ACCOUNT, settings={"human_agent": given})
    assert ADAPTER.capabilities(account).agent_window_hours == hours
    assert ADAPTER.capabilities(account).window_hours == 24


# ---- sending


def test_a_send_carries_our_own_id_and_gives_theirs_back() -> None:
    meta = Meta((200, {"recipient_id": "24680135791113", "message_id": "m_9"}))
    assert send(meta).external_id == "m_9"
    ((method, path, proof, body),) = meta.asked
    assert (method, path, proof) == ("POST", "me/messages", "Bearer page-token")
    assert body["recipient"] == {"id": "24680135791113"}
    assert body["message"] == {"text": "שלום", "metadata": "kesher:delivery-17"}


def failed(status: int, **error: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(Meta((status, {"error": error})))
    assert "page-token" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("code", [1, 2, 4, 17, 32, 341, 613, 1200, 80006])
def test_what_passes_by_itself_is_tried_again(code: int) -> None:
    error = failed(400, code=code, message="later")
    assert (error.permanent, error.stopped, error.code) == (False, False, str(code))


@pytest.mark.parametrize(
    ("code", "subcode", "name"),
    [(10, 2018278, "10/2018278"), (10, 2534022, "10/2534022"), (10, 0, "10"), (190, 463, "190"), (200, 0, "200"),
     (100, 2018001, "100/2018001"), (100, 0, "100"), (368, 0, "368"), (1, 99, "1/99"), (2, 2018344, "2/2018344"),
     (10, 1893063, "10/1893063")],
)  # fmt: skip
def test_what_does_not_pass_may_not_be_tried_again(code: int, subcode: int, name: str) -> None:
    error = failed(400, code=code, error_subcode=subcode, message="never")
    assert (error.permanent, error.stopped, error.code) == (True, False, name)


@pytest.mark.parametrize(("code", "subcode"), [(551, 0), (551, 1545041), (10, 2018108), (200, 1545041)])
def test_who_blocked_us_is_written_to_no_more(code: int, subcode: int) -> None:
    error = failed(400, code=code, error_subcode=subcode)
    assert (error.permanent, error.stopped) == (True, True)


def test_what_meta_may_have_sent_all_the_same_is_not_sent_twice() -> None:
    error = failed(500, code=1, error_subcode=1357046, message="Received invalid JSON reply")
    assert (error.unknown, error.permanent, error.stopped) == (True, False, False)


def test_limits_say_how_long_to_wait_and_trouble_on_their_side_passes() -> None:
    assert failed(400, code=613).retry_after == 60.0
    assert [failed(status).permanent for status in (429, 500, 503)] == [False] * 3


@pytest.mark.parametrize("answer", [{}, b"<html>", {"message_id": None}])
def test_a_yes_without_an_id_is_unknown(answer: Any) -> None:
    with pytest.raises(ChannelError) as caught:
        send(Meta((200, answer)))
    assert caught.value.unknown


# ---- connecting


def probe(*answers: tuple[int, Any]) -> Any:
    return asyncio.run(ADAPTER.probe(ACCOUNT, Meta(*answers)))


def subscribed(*fields: str, app: str = APP) -> tuple[int, Any]:
    return 200, {"data": [{"id": "7"}, {"id": app, "subscribed_fields": list(fields)}]}


ME = (200, {"id": PAGE, "name": "עיריית נווה ים"})


def test_a_page_is_well_if_the_token_is_its_own_and_our_app_gets_all() -> None:
    found = probe(ME, subscribed(*PAGE_FIELDS))
    assert found.state == "well"
    assert dict(found.facts) == {"Name": "עיריית נווה ים", "ID": PAGE}


def test_a_probe_says_what_is_wrong() -> None:
    assert probe((200, {"id": "5", "name": "אחר"}), subscribed(*PAGE_FIELDS)).values == {"found": "אחר 5"}
    assert "Press" in probe(ME, subscribed(*PAGE_FIELDS, app="8")).words
    assert probe(ME, subscribed("messages", "message_reads")).values["missing"].count(",") == 2
    assert "access token" in probe((400, {"error": {"code": 190}})).words
    assert probe((503, {})).state == "away"


def test_the_webhook_is_set_for_the_app_and_for_the_page() -> None:
    meta = Meta(*[(200, {"success": True})] * 3)
    assert asyncio.run(ADAPTER.set_webhook(ACCOUNT, meta)).state == "well"
    app, page, profile = meta.asked
    assert app[:3] == ("POST", f"{APP}/subscriptions", f"Bearer {APP}|app-secret")
    assert (app[3]["callback_url"], app[3]["verify_token"]) == (ACCOUNT.public_url, "verify-me")
    assert page[1:] == ("me/subscribed_apps", "Bearer page-token", {"subscribed_fields": ",".join(PAGE_FIELDS)})
    assert profile[3]["get_started"] == {"payload": "start"}
    assert {menu["call_to_actions"][0]["payload"] for menu in profile[3]["persistent_menu"]} == {"go:menu"}


def test_a_webhook_that_cannot_be_set_says_why() -> None:
    refused = (400, {"error": {"code": 2200, "message": "callback verification failed"}})
    assert "callback verification" in asyncio.run(ADAPTER.set_webhook(ACCOUNT, Meta(refused))).values["reason"]
    for bare in (replace(ACCOUNT, settings={}), replace(ACCOUNT, secrets=())):
        assert asyncio.run(ADAPTER.set_webhook(bare, Meta())).state == "wrong"


def test_a_bare_account_is_told_all_that_is_missing() -> None:
    assert not any(check.ok for check in ADAPTER.check(AccountInfo(key="k", channel="messenger", address="neve.yam")))
    assert all(check.ok for check in ADAPTER.check(ACCOUNT))


def test_a_link_opens_the_page_with_its_payload() -> None:
    assert ADAPTER.write_link("neve.yam", "words", "c-ABC") == "https://m.me/neve.yam?ref=c-ABC"
    assert (ADAPTER.write_link("@neve.yam"), ADAPTER.write_link("")) == ("https://m.me/neve.yam", "")
