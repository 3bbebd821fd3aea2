"""Calls by Vonage's Voice API: tokens against an independent library, and documents against a schema."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kesher.channels.base import AccountInfo, Address, BadSignature, ChannelError, Media, Option, Pull, Request, Say
from kesher.channels.telephone.call_steps import Heard
from kesher.channels.telephone.gather import Gather, HangUp, Hold, Instructions, Prompt, Recording
from kesher.channels.vonage_voice.adapter import Adapter
from kesher.channels.vonage_voice.ncco import write_ncco
from tests.caller import read_ncco

URL = "https://city.example/in/vonage_voice/k1"
SECRET = "the-signature-secret-of-the-account"
APPLICATION = "aaaaaaaa-0000-4000-8000-000000000000"
ACCOUNT = AccountInfo(
    "k1",
    "vonage_voice",
    address="+97235550101",
    secrets=("an-older-secret-of-the-same-account", SECRET),
    settings={"application_id": APPLICATION},
    public_url=URL,
)
PERSON = Address("call", "+972505550142")
ADAPTER = Adapter()
BODY = json.dumps({"conversation_uuid": "CON-1", "from": "972505550142", "to": "97235550101"}).encode()
CALL = Heard("CON-1", "+972505550142", "+97235550101")
REQUESTS = sorted((Path(__file__).parent / "fixtures").glob("*.request.json"))


def signed(
    body: bytes = BODY, secret: str = SECRET, algorithm: str = "HS256", query: str = "", **claims: Any
) -> Request:
    """Return a webhook as the provider signs it, by another library."""
    stated = {"iat": int(time.time()), "jti": "1", "iss": "Vonage", "application_id": APPLICATION}
    stated |= {"payload_hash": hashlib.sha256(body).hexdigest(), **claims}
    token = jwt.encode(stated, "" if algorithm == "none" else secret, algorithm)
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    return Request("POST", "/in/vonage_voice/k1", query, headers, body, f"{URL}?{query}" if query else URL)


def test_what_the_provider_signed_is_accepted() -> None:
    for secret in ACCOUNT.secrets:
        ADAPTER.verify(signed(secret=secret), ACCOUNT)


def test_our_own_token_is_one_to_another_library() -> None:
    made = ADAPTER.simulate(PERSON, {"text": "שלום"}, ACCOUNT)
    assert made is not None
    token = made.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, ACCOUNT.secrets[0], algorithms=["HS256"])
    assert claims["payload_hash"] == hashlib.sha256(made.body).hexdigest()


@pytest.mark.parametrize(
    "request_",
    [
        signed(secret="somebody-elses-signature-secret-1"),
        signed(algorithm="HS512", secret=SECRET * 2),
        signed(algorithm="none"),
        signed(payload_hash="0" * 64),
        signed(payload_hash=""),
        signed(iat=1_700_000_000),
        signed(iat="today"),
        signed(application_id="bbbbbbbb-0000-4000-8000-000000000000"),
        replace(signed(), body=BODY + b" "),
        replace(signed(), headers={"authorization": "Bearer a.b.c"}),
        replace(signed(), headers={"authorization": "Bearer שלום"}),
        replace(signed(), headers={}),
    ],
)
def test_what_another_signed_or_long_ago_is_refused(request_: Request) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(request_, ACCOUNT)


@pytest.mark.parametrize("file", REQUESTS, ids=lambda file: file.name)
def test_each_response_is_a_document_by_the_schema(file: Path) -> None:
    stored = json.loads(file.read_text(encoding="utf-8"))
    query = stored.get("query", "")
    request = Request("POST", stored["path"], query, stored["headers"], stored["body"].encode(), f"{URL}?{query}")
    read_ncco(ADAPTER.acknowledge(request, ACCOUNT))
    read_ncco(ADAPTER.hand_over([], request, ACCOUNT))
    question = Say("מה קרה?", (Option("1", 'בור <b> & "אחר"'),), lang="he")
    said = ADAPTER.render(question, PERSON, ADAPTER.capabilities(ACCOUNT))
    assert read_ncco(ADAPTER.hand_over(said, request, ACCOUNT))[-1]["action"] == "input"


@pytest.mark.parametrize(
    ("then", "last"),
    [
        (Gather("step=said", "he", hints=("a", "ב")), "input"),
        (Recording("step=said"), "notify"),
        (Hold("step=wait", 0), "notify"),
        (Hold("step=wait", 1), "notify"),
        (HangUp(), "talk"),
    ],
)
def test_every_instruction_has_a_document(then: Any, last: str) -> None:
    for prompts in ((), (Prompt("שלום <&>", "he"), Prompt("Bonjour", "fr"))):
        body = write_ncco(Instructions(prompts, then), URL, CALL)
        actions = read_ncco(replace(ADAPTER.acknowledge(signed(), ACCOUNT), body=body))
        assert actions[-1]["action"] == last
        for action in actions:
            assert action.get("eventUrl", [URL])[0].partition("?")[0] == URL


def test_the_callers_number_is_carried_through_a_recording() -> None:
    body = write_ncco(Instructions((), Recording("step=said&lang=he&turn=2&asks=text")), URL, CALL)
    recorded, asked = json.loads(body)
    query = recorded["eventUrl"][0].partition("?")[2]
    told = json.dumps({"conversation_uuid": "CON-1", "recording_url": "https://api.nexmo.com/v1/files/1"}).encode()
    [event] = ADAPTER.parse(signed(told, query=query))
    assert event.sender is not None
    assert (event.sender.address, len(event.media)) == ("+972505550142", 1)
    waits = signed(json.dumps(asked["payload"]).encode(), query=asked["eventUrl"][0].partition("?")[2])
    assert ADAPTER.pull(waits) == Pull("CON-1")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Return the private key of an application."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize("url", ["https://api-eu-1.nexmo.com/v1/files/1", "https://api.nexmo.com.evil.example/1"])
def test_the_applications_token_goes_to_the_provider_only(key: rsa.RSAPrivateKey, url: str) -> None:
    asked: list[str] = []

    class Provider:
        async def request(self, method: str, url: str, **rest: Any) -> tuple[int, dict[str, str], bytes]:
            asked.append(rest["headers"].get("Authorization", ""))
            return 200, {}, b"ID3"

    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for spelled in (text, text.replace("\n", ""), text.replace("\n", " ")):  # a form loses the line breaks
        account = replace(ACCOUNT, token=spelled)
        assert asyncio.run(ADAPTER.fetch_media(Media("audio", url=url), account, Provider())) == b"ID3"
    if "evil" in url:
        assert asked == ["", "", ""]
    for header in filter(None, asked):
        claims = jwt.decode(header.removeprefix("Bearer "), key.public_key(), algorithms=["RS256"])
        assert claims["application_id"] == APPLICATION


@pytest.mark.parametrize("text", ["x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_said_to_be_wrong(text: str) -> None:
    account = replace(ACCOUNT, token=text)
    nobody: Any = None
    probe = asyncio.run(ADAPTER.probe(account, nobody))
    assert probe is not None
    assert probe.state == "wrong"
    with pytest.raises(ChannelError):
        asyncio.run(ADAPTER.fetch_media(Media("audio", url="https://api.nexmo.com/1"), account, nobody))


def test_a_long_text_is_read_in_parts_that_the_provider_takes() -> None:
    found = write_ncco(Instructions((Prompt("0 5 0 " * 900, "he"),), HangUp()), "https://x/in/k", Heard(call="CON-1"))
    lengths = [len(action["text"]) for action in json.loads(found)]
    assert len(lengths) == 4
    assert max(lengths) <= 1500
