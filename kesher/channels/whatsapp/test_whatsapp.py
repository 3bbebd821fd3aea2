"""WhatsApp: what the contract test cannot know of it."""

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
    Status,
    TemplateRef,
)
from kesher.channels.registry import get_channel
from kesher.channels.whatsapp import outbound
from kesher.language import length

ACCOUNT = AccountInfo(
    key="k",
    channel="whatsapp",
    address="1122334455667",
    secrets=("app-secret",),
    token="wa-token",
    settings={"verify_token": "verify-me"},
)
DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("wa-bsuid", "IL.4455667788")


class Meta:
    """Stands in for Meta: gives prepared answers and keeps what it was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Mapping[str, str], Any]] = []

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None, **how: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((method, url, headers or {}, json))
        status, answer = self.answers.pop(0)
        return status, {}, answer if isinstance(answer, bytes) else json_bytes(answer)


def json_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def parse(value: Any) -> list[Event]:
    return get_channel("whatsapp").parse(Request("POST", "/", "", {}, json_bytes(value)))


def render(say: Say, to: Address = DANA) -> list[Payload]:
    adapter = get_channel("whatsapp")
    return adapter.render(say, to, adapter.capabilities(ACCOUNT))


def options(count: int, title: str = "אפשרות") -> tuple[Option, ...]:
    return tuple(Option(f"key{n}", f"{title} {n}") for n in range(count))


def send(meta: Meta, account: AccountInfo = ACCOUNT) -> Any:
    payload = replace(render(Say("שלום"))[0], ref="delivery-17")
    return asyncio.run(get_channel("whatsapp").send(payload, account, meta))


def fetch(meta: Meta, media: Media, account: AccountInfo = ACCOUNT) -> bytes:
    return asyncio.run(get_channel("whatsapp").fetch_media(media, account, meta))


# ---- subscribing


def hello(query: str, method: str = "GET", account: AccountInfo = ACCOUNT) -> Any:
    return get_channel("whatsapp").handshake(Request(method, "/", query, {}, b""), account)


def test_the_handshake_gives_the_challenge_back() -> None:
    reply = hello("hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444")
    assert (reply.status, reply.body) == (200, b"1158201444")
    assert reply.content_type.startswith("text/plain")


@pytest.mark.parametrize("word", ["", "verify-me2", "VERIFY-ME", "%D7%A9"])
def test_a_wrong_word_may_not_subscribe(word: str) -> None:
    assert hello(f"hub.mode=subscribe&hub.verify_token={word}&hub.challenge=1").status == 403


def test_an_account_without_a_word_may_not_be_subscribed() -> None:
    account = replace(ACCOUNT, settings={})
    assert hello("hub.mode=subscribe&hub.verify_token=&hub.challenge=1", account=account).status == 403


def test_a_webhook_is_no_handshake() -> None:
    assert hello("hub.mode=subscribe&hub.verify_token=verify-me", method="POST") is None
    assert hello("") is None


def test_json_written_again_is_not_what_was_signed() -> None:
    adapter = get_channel("whatsapp")
    request = adapter.simulate(DANA, {"text": "שלום"}, ACCOUNT)
    assert request is not None
    again = json.dumps(json.loads(request.body), ensure_ascii=False).encode()
    with pytest.raises(BadSignature):
        adapter.verify(replace(request, body=again), ACCOUNT)


# ---- what comes in


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        ({"text": "שלום", "id": "wamid.1", "at": 1761994800}, Kind.MESSAGE),
        ({"choice_id": "k3:yes", "text": "כן"}, Kind.CHOICE),
        ({"location": {"lat": 32.1, "lon": 34.8}}, Kind.MESSAGE),
        ({"media": [{"kind": "image", "mime": "image/png", "content_b64": "aGk="}], "text": "בור"}, Kind.MESSAGE),
    ],
)
def test_what_is_simulated_is_what_arrives(say: dict[str, Any], kind: Kind) -> None:
    request = get_channel("whatsapp").simulate(DANA, say, ACCOUNT)
    assert request is not None
    (event,) = get_channel("whatsapp").parse(request)
    assert (event.kind, event.sender, event.account) == (kind, DANA, ACCOUNT.address)
    assert event.text == say.get("text", "")
    assert event.choice_id == say.get("choice_id", "")
    assert bool(event.location) == ("location" in say)
    assert len(event.media) == len(say.get("media", []))


def test_a_simulated_status_names_our_delivery() -> None:
    say = {"status": "delivered", "target": "wamid.9", "ref": "delivery-17"}
    request = get_channel("whatsapp").simulate(OMAR, say, ACCOUNT)
    assert request is not None
    (event,) = get_channel("whatsapp").parse(request)
    assert (event.kind, event.target, event.status) == (Kind.STATUS, "wamid.9", Status.DELIVERED)
    assert (event.sender, event.data["ref"]) == (OMAR, "delivery-17")


def test_a_name_may_not_stick_to_another_person() -> None:
    message = {"id": "wamid.1", "type": "text", "text": {"body": "a"}}
    value = {
        "contacts": [{"wa_id": "972505550142", "profile": {"name": "דנה לוי"}}],
        "messages": [{**message, "from": "972505550142"}, {**message, "from": "972505550143"}],
    }
    change = {"field": "messages", "value": value}
    first, second = parse({"object": "whatsapp_business_account", "entry": [{"changes": [change]}]})
    assert first.sender == DANA
    assert second.sender == Address("tel", "+972505550143")


# ---- what goes out


def test_a_text_goes_to_a_number_or_to_a_scoped_id() -> None:
    (by_number,), (by_id,) = render(Say("שלום")), render(Say("שלום"), OMAR)
    assert by_number.body["to"] == "972505550142"
    assert by_number.body["text"] == {"body": "שלום", "preview_url": False}
    assert by_id.body["recipient"] == "IL.4455667788"
    assert "to" not in by_id.body


def test_another_kind_of_address_cannot_be_written_to() -> None:
    assert render(Say("שלום"), Address("mailto", "dana@citizen.example")) == []


def test_three_options_are_buttons_with_the_prompts_nonce() -> None:
    (payload,) = render(Say("בחרו נושא", options(3), nonce="k3"))
    action = payload.body["interactive"]["action"]
    assert action["buttons"][0] == {"type": "reply", "reply": {"id": "k3:key0", "title": "אפשרות 0"}}
    assert len(action["buttons"]) == 3


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en", "fr"])
def test_ten_options_are_a_list_opened_in_the_persons_language(lang: str) -> None:
    (payload,) = render(Say("?", options(10), lang))
    action = payload.body["interactive"]["action"]
    assert len(action["sections"][0]["rows"]) == 10
    assert action["button"] == outbound.OPEN_LIST.get(lang, outbound.OPEN_LIST["en"])
    assert length(action["button"], "utf16") <= 20


def test_a_title_at_the_limit_stays_and_one_over_it_goes_a_rung_down() -> None:
    assert render(Say("?", options(1, "א" * 18)))[0].body["interactive"]["type"] == "button"
    assert render(Say("?", options(1, "א" * 19)))[0].body["interactive"]["type"] == "list"
    (numbered,) = render(Say("?", options(1, "א" * 23)))
    assert numbered.body["type"] == "text"
    assert "א" * 23 + " 0" in numbered.text


def test_two_buttons_of_one_title_are_a_list() -> None:
    (payload,) = render(Say("?", (Option("a", "כן"), Option("b", "כן"))))
    assert payload.body["interactive"]["type"] == "list"


def test_a_description_that_does_not_fit_is_left_out_whole() -> None:
    fits, long = Option("a", "א", "ת" * 72), Option("b", "ב", "ת" * 73)
    (payload,) = render(Say("?", (*options(4), fits, long)))
    rows = payload.body["interactive"]["action"]["sections"][0]["rows"]
    assert rows[4]["description"] == "ת" * 72
    assert "description" not in rows[5]


def test_a_long_text_goes_ahead_and_the_buttons_come_with_its_end() -> None:
    payloads = render(Say("מילה " * 500, options(2)))
    assert len(payloads) == 3
    assert [payload.body["type"] for payload in payloads] == ["text", "text", "interactive"]
    assert all(length(payload.text, "utf16") <= 1024 for payload in payloads)


def test_options_without_words_get_some() -> None:
    (payload,) = render(Say("", options(2), "ru"))
    assert payload.body["interactive"]["body"]["text"] == "Выберите:"


def test_nothing_is_sent_where_nothing_is_said() -> None:
    assert render(Say("")) == []


def test_a_place_is_asked_for_with_a_button() -> None:
    (payload,) = render(Say("איפה הבור?", expects="place"))
    assert payload.body["interactive"]["type"] == "location_request_message"
    assert render(Say("איפה?", options(2), expects="place"))[0].body["interactive"]["type"] == "button"


def test_links_stand_in_the_text() -> None:
    (payload,) = render(Say("שלום", links=(("המשך", "https://kesher.example/f/1"),)))
    assert payload.body["text"] == {"body": "שלום\nהמשך: https://kesher.example/f/1", "preview_url": True}


def test_files_go_first_each_as_its_kind_allows() -> None:
    photo = Media("image", url="https://f.example/a.jpg", caption="לפני")
    paper = Media("document", url="https://f.example/a.pdf", name="אישור.pdf", caption="ת" * 1025)
    voice = Media("audio", ref="77", caption="הקלטה")
    payloads = render(Say("הנה", media=(photo, paper, voice)))
    assert payloads[0].body["image"] == {"link": "https://f.example/a.jpg", "caption": "לפני"}
    assert payloads[1].body["document"] == {"link": "https://f.example/a.pdf", "filename": "אישור.pdf"}
    assert payloads[2].body["audio"] == {"id": "77"}
    assert [payload.text for payload in payloads[3:]] == ["ת" * 1025, "הקלטה", "הנה"]


def test_a_template_fills_its_places_in_order() -> None:
    (payload,) = render(Say("פנייה 20401 נסגרה", template=TemplateRef("case_update", "he", ("20401", "נסגרה"))))
    template = payload.body["template"]
    assert template["language"] == {"code": "he"}
    assert [one["text"] for one in template["components"][0]["parameters"]] == ["20401", "נסגרה"]
    assert payload.text == "פנייה 20401 נסגרה"


# ---- sending


def test_a_send_carries_our_own_id_and_gives_theirs_back() -> None:
    meta = Meta(
        (200, {"messages": [{"id": "wamid.9"}], "contacts": [{"input": "972505550142", "wa_id": "972505550142"}]})
    )
    receipt = send(meta)
    ((method, url, headers, body),) = meta.asked
    assert (method, url) == ("POST", "https://graph.facebook.com/v25.0/1122334455667/messages")
    assert headers["authorization"] == "Bearer wa-token"
    assert body["biz_opaque_callback_data"] == "delivery-17"
    assert receipt.external_id == "wamid.9"


def test_a_stand_in_takes_metas_place() -> None:
    meta = Meta((200, {"messages": [{"id": "wamid.9"}]}))
    send(meta, replace(ACCOUNT, api="http://127.0.0.1:9001/"))
    assert meta.asked[0][1] == "http://127.0.0.1:9001/v25.0/1122334455667/messages"


def failed(status: int, answer: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(Meta((status, answer)))
    assert "wa-token" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("code", [4, 80007, 130429, 131048, 131056, 133016, 131053])
def test_what_passes_by_itself_is_tried_again(code: int) -> None:
    error = failed(400, {"error": {"code": code, "message": "later"}})
    assert (error.permanent, error.code) == (False, str(code))


@pytest.mark.parametrize("code", [131026, 131047, 132000, 132015, 131031, 368, 100, 190, 131051])
def test_what_does_not_pass_may_not_be_tried_again(code: int) -> None:
    error = failed(400, {"error": {"code": code, "message": "never"}})
    assert (error.permanent, error.unknown, error.code) == (True, False, str(code))


@pytest.mark.parametrize(("status", "answer"), [(500, b"oops"), (503, {}), (429, b""), (502, {"error": {"code": 1}})])
def test_trouble_on_their_side_is_tried_again(status: int, answer: Any) -> None:
    assert not failed(status, answer).permanent


def test_the_pair_rate_says_how_long_to_wait_and_a_stop_says_so() -> None:
    assert failed(400, {"error": {"code": 131056}}).retry_after == 6.0
    assert failed(400, {"error": {"code": 131050}}).stopped


@pytest.mark.parametrize("answer", [{}, b"<html>", {"messages": []}])
def test_a_yes_without_an_id_is_unknown(answer: Any) -> None:
    assert failed(200, answer).unknown


# ---- files


def test_a_file_is_looked_up_and_fetched_with_the_token_from_metas_own_hosts() -> None:
    url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"
    meta = Meta((200, {"url": url}), (200, b"bytes"))
    assert fetch(meta, Media("image", ref="65463453", url="https://old.example/")) == b"bytes"
    assert [asked[1] for asked in meta.asked] == ["https://graph.facebook.com/v25.0/65463453", url]
    assert all(asked[2]["authorization"] == "Bearer wa-token" for asked in meta.asked)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a",
        "http://lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com.evil.example/a",
        "https://lookaside.fbsbx.com@evil.example/a",
        "https://lookaside.fbsbx.com:8443/a",
    ],
)
def test_the_token_may_not_go_to_another_host(url: str) -> None:
    meta = Meta((200, b"bytes"))
    fetch(meta, Media("image", url=url))
    assert meta.asked[0][2] == {}


def test_the_token_goes_to_the_stand_in_of_this_account_only() -> None:
    account, media = replace(ACCOUNT, api="http://127.0.0.1:9001"), Media("image", url="http://127.0.0.1:9001/f/1")
    here, elsewhere = Meta((200, b"bytes")), Meta((200, b"bytes"))
    fetch(here, media, account)
    fetch(elsewhere, replace(media, url="http://127.0.0.1:9002/f/1"), account)
    assert here.asked[0][2]
    assert not elsewhere.asked[0][2]


def test_a_file_that_is_gone_is_final_and_one_without_an_address_too() -> None:
    for meta, media in [(Meta((404, b"")), Media("image", url="https://f.example/")), (Meta(), Media("image"))]:
        with pytest.raises(ChannelError) as caught:
            fetch(meta, media)
        assert caught.value.permanent


# ---- well configured?


def test_a_bare_account_is_told_all_that_is_missing() -> None:
    bare = AccountInfo(key="k", channel="whatsapp", address="+972 3-555")
    assert not any(check.ok for check in get_channel("whatsapp").check(bare))
    assert all(check.ok for check in get_channel("whatsapp").check(ACCOUNT))


def test_a_number_of_another_rate_says_so() -> None:
    adapter = get_channel("whatsapp")
    assert adapter.capabilities(replace(ACCOUNT, settings={"rate": 20})).rate == 20
    assert adapter.capabilities(replace(ACCOUNT, settings={"rate": "soon"})).rate == 80
