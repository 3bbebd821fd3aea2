"""Calls by Twilio's protocol: signatures against Twilio's own validator, and documents against a schema."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from kesher.channels.base import AccountInfo, Address, BadSignature, ChannelError, Media, Option, Payload, Request, Say
from kesher.channels.telephone.gather import Gather, HangUp, Hold, Instructions, Prompt, Recording
from kesher.channels.telephone.spoken_text import make_speakable
from kesher.channels.telephone.twilio_requests import FORM
from kesher.channels.voice.adapter import Adapter
from kesher.channels.voice.twiml import write_twiml
from tests.caller import read_twiml

URL = "https://city.example/in/voice/k1"
KEY = "0f1e2d3c4b5a"
ACCOUNT = AccountInfo(
    "k1",
    "voice",
    address="+97235550101",
    secrets=("older-key", KEY),
    token=KEY,
    settings={"account_sid": "AC1"},
    public_url=URL,
)
PERSON = Address("call", "+972505550142")
ADAPTER = Adapter()
FIELDS = {"CallSid": "CA1", "From": "+972505550142", "To": "+97235550101", "SpeechResult": "בור & מדרכה"}
REQUESTS = sorted((Path(__file__).parent / "fixtures").glob("*.request.json"))


def signed(query: str, fields: dict[str, str], key: str = KEY, algorithm: str = "HMAC_SHA1") -> Request:
    """Return a request as Twilio signs it: over the URL with its query, and the form."""
    url = f"{URL}?{query}" if query else URL
    headers = {
        "content-type": FORM,
        "x-twilio-signature": RequestValidator(key).compute_signature(url, fields, algorithm),
        "x-twilio-webhooks-signature-settings": f"key=webhooks_1,algorithm={algorithm}",
    }
    return Request("POST", "/in/voice/k1", query, headers, urlencode(fields).encode(), url)


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("query", ["", "step=lang&tries=1", "step=said&lang=he&turn=3&caller=%2B972505550142"])
def test_what_the_provider_signed_is_accepted(query: str, algorithm: str) -> None:
    ADAPTER.verify(signed(query, FIELDS, algorithm=algorithm), ACCOUNT)


def test_a_step_that_the_caller_changed_is_refused() -> None:
    request = signed("step=said&lang=he&turn=3&asks=text", FIELDS)
    other = "step=said&lang=he&turn=9&asks=text"
    with pytest.raises(BadSignature):
        ADAPTER.verify(replace(request, query=other, url=f"{URL}?{other}"), ACCOUNT)
    with pytest.raises(BadSignature):
        ADAPTER.verify(replace(request, body=request.body + b"&Digits=1"), ACCOUNT)


@pytest.mark.parametrize("file", REQUESTS, ids=lambda file: file.name)
def test_each_response_is_a_document_by_the_schema(file: Path) -> None:
    stored = json.loads(file.read_text(encoding="utf-8"))
    query = stored.get("query", "")
    request = Request("POST", stored["path"], query, stored["headers"], stored["body"].encode(), f"{URL}?{query}")
    read_twiml(ADAPTER.acknowledge(request, ACCOUNT))
    read_twiml(ADAPTER.hand_over([], request, ACCOUNT))
    question = Say("מה קרה?", (Option("1", 'בור <b> & "אחר"'),), lang="he")
    said = ADAPTER.render(question, PERSON, ADAPTER.capabilities(ACCOUNT))
    document = read_twiml(ADAPTER.hand_over(said, request, ACCOUNT))
    assert document.find(".//Gather") is not None


@pytest.mark.parametrize(
    "then", [Gather("step=said", "he", hints=("a, b", "ב")), Recording("step=said"), Hold("a=1&b=2", 0), HangUp()]
)
def test_every_instruction_has_a_document_and_leads_back_to_us(then: Any) -> None:
    body = write_twiml(Instructions((Prompt("שלום <&>", "he"), Prompt("Bonjour", "fr")), then), URL)
    root = read_twiml(replace(ADAPTER.acknowledge(signed("", FIELDS), ACCOUNT), body=body))
    assert [say.text for say in root.iter("Say")] == ["שלום <&>", "Bonjour"]
    further = [gather.get("action") for gather in root.iter("Gather")]
    further += [redirect.text for redirect in root.iter("Redirect")]
    assert [str(url).partition("?")[0] for url in further] == ([] if isinstance(then, HangUp) else [URL])


def test_the_choice_of_a_language_begins_a_call() -> None:
    root = read_twiml(ADAPTER.acknowledge(signed("", FIELDS), ACCOUNT))
    assert [say.get("language") for say in root.iter("Say")] == ["he-IL", "ar-XA", "ru-RU", "en-US"]
    assert [gather.get("input") for gather in root.iter("Gather")] == ["dtmf"]


def test_a_key_inside_a_call_changes_no_language() -> None:
    for key in "1234":
        request = signed("step=said&lang=en&turn=1&asks=choice", {**FIELDS, "SpeechResult": "", "Digits": key})
        [redirect] = read_twiml(ADAPTER.acknowledge(request, ACCOUNT)).iter("Redirect")
        assert str(redirect.text).partition("?")[2] == "step=wait&lang=en&turn=1"


def test_a_call_without_a_reply_ends_after_eight_looks() -> None:
    query, looks = "step=wait&lang=he", 0
    while (redirect := read_twiml(ADAPTER.hand_over([], signed(query, FIELDS), ACCOUNT)).find("Redirect")) is not None:
        query, looks = str(redirect.text).partition("?")[2], looks + 1
    assert looks == 7


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("בקשה 20401 נקלטה", "בקשה 2 0 4 0 1 נקלטה."),
        ("קבלה AB3-K9\nתודה!", "קבלה A B 3 K 9. תודה!"),
        ("בשנת 2026", "בשנת 2026."),
        ("נקלט.\nלמעקב: https://city.example/r/1", "נקלט."),
        ("הצטרפו כאן: https://city.example/p/1", "הצטרפו כאן."),
        ("**חשוב**: ראו [העמוד שלנו](https://city.example/x)", "חשוב: ראו העמוד שלנו."),
        ("# שעות\n- א׳ 8:00–16:00\n> סגור", "שעות. א׳ 8:00 עד 16:00. סגור."),
        ("מחיר ₪1,150, או 6.20 ₪ לשעה", "מחיר 1,150 שקלים, או 6.20 שקלים לשעה."),
        ("טלפון 03-555-0150, קוד אל •••0142", "טלפון 0 3 5 5 5 0 1 5 0, קוד אל 0 1 4 2."),
        ("מ־8 עד 12, עד 120 איש", "מ־8 עד 12, עד 120 איש."),
    ],
)
def test_a_text_is_made_speakable(text: str, spoken: str) -> None:
    assert make_speakable(text, "he") == spoken


def test_the_password_goes_to_the_provider_only() -> None:
    asked: list[tuple[str, Any]] = []

    class Provider:
        async def request(self, method: str, url: str, **rest: Any) -> tuple[int, dict[str, str], bytes]:
            asked.append((url, rest.get("auth")))
            return 200, {}, b"ID3"

    for url in ("https://api.twilio.com/R/RE1.mp3", "https://api.twilio.com.evil.example/RE1.mp3"):
        assert asyncio.run(ADAPTER.fetch_media(Media("audio", url=url), ACCOUNT, Provider())) == b"ID3"
    assert [auth for _url, auth in asked] == [("AC1", KEY), None]


def test_nothing_is_sent_to_a_call() -> None:
    with pytest.raises(ChannelError):
        asyncio.run(ADAPTER.send(Payload(PERSON, {"text": "שלום"}, "שלום"), ACCOUNT, None))  # type: ignore[arg-type]


def test_fields_are_read_in_any_order() -> None:
    request = signed("step=said&lang=he&turn=1&asks=text", FIELDS)
    turned = replace(request, body=urlencode(parse_qsl(request.body.decode())[::-1]).encode())
    assert ADAPTER.parse(turned) == ADAPTER.parse(request)


def test_what_xml_does_not_have_is_left_out_and_a_long_text_is_read_in_parts() -> None:
    hints = Gather("step=said", "he", keys=1, speech=True, hints=("עצומה\x0bחדשה",))
    document = write_twiml(Instructions((Prompt("בחרו\x00 " + "0 5 0 " * 900, "he"),), hints), "https://x/in/voice/k")
    assert len(ET.fromstring(document).findall(".//Say")) == 2
    assert "עצומהחדשה" in document.decode()
