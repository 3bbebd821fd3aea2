"""Events and requests as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kesher.channels.base import Address, Event, Kind, Location, Media, Request
from kesher.channels.event_json import event_json, request_from, request_json, stored_requests
from kesher.channels.registry import get_channel


def test_an_event_shows_only_what_it_says() -> None:
    event = Event(Kind.MESSAGE, "message|1", sender=Address("tel", "+972505550142"), text="שלום")
    sender = {"scheme": "tel", "address": "+972505550142"}
    assert event_json(event) == {"kind": "message", "dedup_key": "message|1", "sender": sender, "text": "שלום"}


def test_time_is_told_in_utc_and_content_by_its_size() -> None:
    at = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    event = Event(Kind.MESSAGE, "k", at=at, media=(Media("image", content=b"abc"),), location=Location(0.0, 0.0))
    shown = event_json(event)
    assert shown["at"] == "2026-05-01T09:30:00Z"
    assert shown["media"][0]["size"] == 3
    assert shown["location"] == {"lat": 0.0, "lon": 0.0}


@pytest.mark.parametrize("body", [b"", b'{"a": 1}', "שלום".encode(), b"\xff\x00"])
def test_a_request_survives_being_stored(body: bytes) -> None:
    request = Request("POST", "/in/x/k", "a=1", {"x-proof": "p"}, body, "https://kesher.example/in/x/k?a=1")
    assert request_from(json.loads(json.dumps(request_json(request)))) == request


def test_a_capture_has_its_query_in_the_path() -> None:
    request = request_from({"path": "/mo?from=1&text=%D7", "headers": {"X-Proof": "p"}})
    assert (request.method, request.path, request.query) == ("GET", "/mo", "from=1&text=%D7")
    assert request.headers == {"x-proof": "p"}


@pytest.mark.parametrize("stored", [None, [], "x", {}, {"path": "/", "body_b64": "*"}])
def test_what_is_no_request_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError, match=r"request|base64"):
        request_from(stored)


def test_a_jsonl_file_has_a_request_a_line() -> None:
    lines = b'{"path": "/", "body": "a"}\n\n{"path": "/", "body": {"b": 1}}\n'
    assert [one.body for one in stored_requests(get_channel("demo"), "x.jsonl", lines)] == [b"a", b'{"b": 1}']
