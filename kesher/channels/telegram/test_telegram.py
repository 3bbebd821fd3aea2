"""Telegram: what the contract test cannot know of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    ChannelError,
    Event,
    Kind,
    Media,
    Option,
    Payload,
    Request,
    Say,
)
from kesher.channels.registry import get_channel

TOKEN = "1234567:AAh-a-token-that-nobody-may-see"
ACCOUNT = AccountInfo(key="k", channel="telegram", address="neve_yam_bot", secrets=("tg_secret",), token=TOKEN)
OMAR = Address("tg", "5550143", "عمر حداد")
SENT = {"ok": True, "result": {"message_id": 9, "chat": {"id": 5550143, "type": "private"}}}


class Bot:
    """Stands in for Telegram: gives prepared answers and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []

    async def request(self, method: str, url: str, *, json: Any = None, **how: Any) -> tuple[int, Any, bytes]:
        self.asked.append((method, url, json))
        answer = self.answers.pop(0)
        if isinstance(answer, ChannelError):
            raise answer
        status, value = answer
        return status, {}, value if isinstance(value, bytes) else as_bytes(value)


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def parse(update: Mapping[str, Any]) -> Event:
    (event,) = get_channel("telegram").parse(Request("POST", "/", "", {}, as_bytes(update)))
    return event


def render(say: Say, to: Address = OMAR) -> list[Payload]:
    adapter = get_channel("telegram")
    return adapter.render(say, to, adapter.capabilities(ACCOUNT))


def keyboard(say: Say) -> list[list[str]]:
    (payload,) = render(say)
    return [[button["text"] for button in row] for row in payload.body["reply_markup"]["inline_keyboard"]]


def send(bot: Bot, say: Say | None = None, account: AccountInfo = ACCOUNT) -> Any:
    payload = replace(render(say or Say("שלום"))[0], ref="delivery-17")
    return asyncio.run(get_channel("telegram").send(payload, account, bot))


def fetch(bot: Bot, media: Media, account: AccountInfo = ACCOUNT) -> bytes:
    return asyncio.run(get_channel("telegram").fetch_media(media, account, bot))


def simulated(say: dict[str, Any]) -> Request:
    request = get_channel("telegram").simulate(OMAR, say, ACCOUNT)
    assert request is not None
    return request


# ---- what comes in


@pytest.mark.parametrize("header", ["", "tg_secre", "tg_secret2", "TG_SECRET", "ש"])
def test_a_wrong_secret_may_not_come_in(header: str) -> None:
    request = Request("POST", "/", "", {"x-telegram-bot-api-secret-token": header}, b"{}")
    with pytest.raises(BadSignature):
        get_channel("telegram").verify(request, ACCOUNT)


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ({"text": "שלום", "id": "900001", "at": 1761994800}, Kind.MESSAGE),
        ({"text": "/start sign-48213"}, Kind.STARTED),
        ({"choice_id": "k3:yes", "text": "כן"}, Kind.CHOICE),
        ({"location": {"lat": 32.1, "lon": 34.8}}, Kind.MESSAGE),
        ({"media": [{"kind": "image", "content_b64": "aGk="}], "text": "בור"}, Kind.MESSAGE),
        ({"media": [{"kind": "audio", "content_b64": "aGk="}]}, Kind.MESSAGE),
    ],
)
def test_what_is_simulated_is_what_arrives(say: dict[str, Any], kind: Kind) -> None:
    (event,) = get_channel("telegram").parse(simulated(say))
    assert (event.kind, event.sender) == (kind, OMAR)
    assert event.text == say.get("text", "").removeprefix("/start ")
    assert event.choice_id == say.get("choice_id", "")
    assert bool(event.location) == ("location" in say)
    assert len(event.media) == len(say.get("media", []))


def test_the_same_update_has_the_same_key_and_another_has_another() -> None:
    keys = [
        get_channel("telegram").parse(simulated({"text": "a", "id": name}))[0].dedup_key for name in ("x", "x", "y")
    ]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("text", ["/start", "/start@neve_yam_bot", " /start ", "/start word", "/start@b two words"])
def test_start_opens_a_conversation_with_the_words_of_its_link(text: str) -> None:
    event = parse(json.loads(simulated({"text": text}).body))
    assert event.kind == Kind.STARTED
    assert event.text == event.data.get("start", "") == text.strip().partition(" ")[2]


def test_other_commands_are_words() -> None:
    assert parse(json.loads(simulated({"text": "/starting"}).body)).kind == Kind.MESSAGE


def test_a_tap_is_acknowledged_in_the_answer_to_its_webhook() -> None:
    adapter, tap = get_channel("telegram"), simulated({"choice_id": "k3:yes", "id": "77"})
    reply = adapter.acknowledge(tap, ACCOUNT)
    assert reply.content_type == "application/json"
    assert json.loads(reply.body) == {"method": "answerCallbackQuery", "callback_query_id": "77"}


@pytest.mark.parametrize("body", [b"{}", b'"callback_query"', b'{"callback_query": 1', b'{"callback_query": {}}'])
def test_what_is_no_tap_is_answered_with_nothing(body: bytes) -> None:
    reply = get_channel("telegram").acknowledge(Request("POST", "/", "", {}, body), ACCOUNT)
    assert (reply.status, reply.body) == (200, b"")


# ---- what goes out


def test_every_sign_is_escaped_and_the_text_stays_what_it_was() -> None:
    (payload,) = render(Say("a < b & <b>שלום</b> *_`"))
    assert payload.body["text"] == "a &lt; b &amp; &lt;b&gt;שלום&lt;/b&gt; *_`"
    assert payload.body["parse_mode"] == "HTML"
    assert payload.body["chat_id"] == 5550143
    assert payload.text == "a < b & <b>שלום</b> *_`"


def test_a_limit_counts_what_is_read_and_not_its_escapes() -> None:
    assert len(render(Say("<" * 4096))) == 1
    assert len(render(Say("👍" * 2048))) == 1
    assert len(render(Say("👍" * 2049))) == 2


def test_short_options_share_a_row_three_at_most() -> None:
    options = tuple(Option(str(n), title) for n, title in enumerate(["כן", "לא", "אולי", "דלגו"]))
    assert keyboard(Say("?", options)) == [["כן", "לא", "אולי"], ["דלגו"]]


def test_long_options_stand_alone_and_in_order() -> None:
    titles = ["בור בכביש או במדרכה", "פנס רחוב", "מפגע", "פסולת וגזם"]
    options = tuple(Option(str(n), title) for n, title in enumerate(titles))
    assert keyboard(Say("?", options)) == [[titles[0]], titles[1:]]


def test_a_tap_sends_the_nonce_and_the_key() -> None:
    (payload,) = render(Say("?", (Option("yes", "כן"),), nonce="k3"))
    assert payload.body["reply_markup"]["inline_keyboard"] == [[{"text": "כן", "callback_data": "k3:yes"}]]


def test_a_key_too_long_for_a_button_becomes_a_number() -> None:
    (payload,) = render(Say("?", (Option("ש" * 32, "כן"), Option("x" * 65, "לא")), "en"))
    assert "reply_markup" not in payload.body
    assert payload.text == "?\n1 כן\n2 לא"


def test_a_key_at_the_limit_is_a_button() -> None:
    assert keyboard(Say("?", (Option("ש" * 32, "כן"),))) == [["כן"]]


def test_a_place_is_asked_for_with_a_button_in_the_persons_language() -> None:
    (payload,) = render(Say("", lang="ar", expects="place"))
    ((button,),) = payload.body["reply_markup"]["keyboard"]
    assert button == {"text": "إرسال موقعي", "request_location": True}
    assert payload.text == "أين هذا؟"


def test_files_go_first_each_by_its_own_method() -> None:
    photo = Media("image", url="https://f.example/a.jpg", caption="לפני & אחרי")
    paper = Media("document", ref="BQAC", caption="ת" * 1025)
    payloads = render(Say("הנה", media=(photo, paper, Media("video"))))
    assert [payload.body["method"] for payload in payloads] == [
        "sendPhoto",
        "sendDocument",
        "sendMessage",
        "sendMessage",
    ]
    assert payloads[0].body["caption"] == "לפני &amp; אחרי"
    assert payloads[1].body["document"] == "BQAC"
    assert [payload.text for payload in payloads[2:]] == ["ת" * 1025, "הנה"]


def test_nothing_is_sent_where_nothing_is_said_or_nobody_is_meant() -> None:
    assert render(Say("")) == []
    assert render(Say("שלום"), Address("tel", "+972505550142")) == []


# ---- sending


def test_a_send_is_one_call_and_names_the_message_as_later_events_will() -> None:
    bot = Bot((200, SENT))
    assert send(bot).external_id == "5550143:9"
    ((method, url, body),) = bot.asked
    assert (method, url) == ("POST", f"https://api.telegram.org/bot{TOKEN}/sendMessage")
    assert "method" not in body


def test_a_stand_in_takes_telegrams_place() -> None:
    bot = Bot((200, SENT))
    send(bot, account=replace(ACCOUNT, api="http://127.0.0.1:9001/"))
    assert bot.asked[0][1] == f"http://127.0.0.1:9001/bot{TOKEN}/sendMessage"


def failed(answer: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(Bot(answer))
    assert TOKEN not in f"{caught.value} {caught.value!r}"
    return caught.value


def no(code: int, words: str, **parameters: Any) -> tuple[int, Any]:
    return code, {"ok": False, "error_code": code, "description": words, "parameters": parameters}


def test_too_fast_waits_as_long_as_telegram_says() -> None:
    error = failed(no(429, "Too Many Requests: retry after 5", retry_after=5))
    assert (error.permanent, error.retry_after) == (False, 5.0)


@pytest.mark.parametrize("words", ["bot was blocked by the user", "user is deactivated"])
def test_a_closed_door_is_a_stop(words: str) -> None:
    error = failed(no(403, f"Forbidden: {words}"))
    assert (error.permanent, error.stopped) == (True, True)


@pytest.mark.parametrize(
    "answer", [no(403, "Forbidden: bot can't initiate conversation"), no(400, "chat not found"), (404, b""), (302, b"")]
)
def test_what_does_not_pass_may_not_be_tried_again(answer: Any) -> None:
    error = failed(answer)
    assert (error.permanent, error.stopped, error.unknown) == (True, False, False)


@pytest.mark.parametrize("answer", [(500, b"oops"), (502, b""), no(503, "later")])
def test_trouble_on_their_side_is_tried_again(answer: Any) -> None:
    assert not failed(answer).permanent


@pytest.mark.parametrize("value", [b"<html>", {}, {"ok": False}])
def test_a_yes_that_says_nothing_is_unknown(value: Any) -> None:
    assert failed((200, value)).unknown


def test_an_error_on_the_way_keeps_its_meaning_and_loses_the_token() -> None:
    error = failed(ChannelError(f"POST /bot{TOKEN}/sendMessage: lost", unknown=True, code="network"))
    assert (str(error), error.unknown, error.code) == ("POST /bot***/sendMessage: lost", True, "network")


# ---- files


def test_a_file_is_fetched_by_its_path() -> None:
    bot = Bot((200, {"ok": True, "result": {"file_path": "photos/file 1.jpg"}}), (200, b"bytes"))
    assert fetch(bot, Media("image", ref="AgAC")) == b"bytes"
    assert bot.asked[0][2] == {"file_id": "AgAC"}
    assert bot.asked[1][1] == f"https://api.telegram.org/file/bot{TOKEN}/photos/file%201.jpg"


@pytest.mark.parametrize(
    "second", [(404, b""), ChannelError(f"/file/bot{TOKEN}/x: too large", permanent=True, code="too-large")]
)
def test_a_file_that_does_not_come_is_final_and_shows_no_token(second: Any) -> None:
    with pytest.raises(ChannelError) as caught:
        fetch(Bot((200, {"ok": True, "result": {"file_path": "x"}}), second), Media("image", ref="AgAC"))
    assert caught.value.permanent
    assert TOKEN not in str(caught.value)


def test_a_file_without_a_path_is_final() -> None:
    with pytest.raises(ChannelError, match="no path"):
        fetch(Bot((200, {"ok": True, "result": {}})), Media("image", ref="AgAC"))


# ---- well configured?


def test_a_bare_account_is_told_all_that_is_missing() -> None:
    bare = AccountInfo(key="k", channel="telegram", secrets=("with space",))
    assert [check.ok for check in get_channel("telegram").check(bare)] == [False, True, False]
    assert all(check.ok for check in get_channel("telegram").check(ACCOUNT))


def test_a_caption_stands_below_the_name_of_what_cannot_be_read() -> None:
    item = {"message_id": 1, "date": 1, "from": {"id": 7}, "chat": {"id": 7, "type": "private"}, "hologram": {"a": 1}}
    for more, words in (
        ({}, "[hologram]"),
        ({"caption": "the hole", "has_media_spoiler": True}, "[hologram]\nthe hole"),
    ):
        body = json.dumps({"update_id": 1, "message": {**item, **more}}).encode()
        [found] = get_channel("telegram").parse(Request("POST", "/", "", {}, body))
        assert (found.kind, found.text) == (Kind.UNKNOWN, words)
