"""Reading what came from outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kesher.channels import untrusted_payload
from kesher.channels.base import Kind, Location

LONE = "\ud83d"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b'{"a":' * 70 + b"1" + b"}" * 70])
def test_what_is_no_json_reads_as_nothing(body: bytes) -> None:
    assert untrusted_payload.load_json(body) is None


def test_one_bad_letter_or_a_long_number_is_still_json() -> None:
    assert untrusted_payload.load_json(b'{"text": "\xff\xd7\xa9"}') == {"text": "\ufffdש"}
    assert untrusted_payload.load_json(b'{"id": ' + b"9" * 5000 + b"}") == {"id": "9" * 5000}
    for body in (b'{"text": "\xff"}', b"9" * 5000, b"[" * 100_000, b'{"a":' * 100_000):
        assert untrusted_payload.is_json(body)
    for body in (b"{", b"", b"[1", b"\xff\xfe{"):
        assert not untrusted_payload.is_json(body)


def test_more_values_than_a_request_may_have_are_kept_unread() -> None:
    assert untrusted_payload.load_json(b"[" + b"0," * 600_000 + b"0]") is None
    assert untrusted_payload.load_json(b"[" + b"0," * 400_000 + b"0]") == [0] * 400_001


def test_letters_that_no_database_stores_are_replaced_in_keys_and_values() -> None:
    body = json.dumps({f"a{LONE}": ["b\x00", "👍"]}).encode()
    assert untrusted_payload.load_json(body) == {"a\ufffd": ["b\ufffd", "👍"]}


def test_numbers_that_are_none_read_as_nothing() -> None:
    assert untrusted_payload.load_json(b"[1e999, NaN, -Infinity, 1.5]") == [None, None, None, 1.5]


@pytest.mark.parametrize("value", [None, True, [], {}, {"a": None}, {"a": {"b": []}}, {"a": True}])
def test_text_reads_only_strings_and_numbers(value: Any) -> None:
    assert untrusted_payload.text(value, "a") == ""


def test_a_path_leads_through_objects_and_lists() -> None:
    value = {"a": [{"b": 7}]}
    assert untrusted_payload.text(value, "a", 0, "b") == "7"
    assert (
        untrusted_payload.text(value, "a", 1, "b")
        == untrusted_payload.text(value, "a", "b")
        == untrusted_payload.text(value, 0)
        == ""
    )


@pytest.mark.parametrize("seconds", ["x", "", None, -1, 0, 1e300, "1e400", [], True])
def test_a_moment_is_on_the_calendar_or_not_at_all(seconds: Any) -> None:
    assert untrusted_payload.moment({"at": seconds}, "at") is None


def test_seconds_may_come_as_words() -> None:
    assert untrusted_payload.moment("1761994800") == datetime(2025, 11, 1, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize("degrees", [(91, 0), (0, 181), ("x", 0), (None, None), (True, 1)])
def test_a_place_is_on_the_globe_or_not_at_all(degrees: tuple[Any, Any]) -> None:
    assert untrusted_payload.place({"lat": degrees[0], "lon": degrees[1]}, "lat", "lon") is None
    assert untrusted_payload.place({"lat": "32.1", "lon": 34}, "lat", "lon") == Location(32.1, 34.0)


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert (
        untrusted_payload.fingerprint({"a": 1, "b": [2]})
        == untrusted_payload.fingerprint({"b": [2], "a": 1})
        != untrusted_payload.fingerprint({"a": 1})
    )


def test_a_body_that_is_no_json_is_kept_in_part_and_told_from_others() -> None:
    first, second = (
        untrusted_payload.unreadable_event(b"\xff" * 20_000),
        untrusted_payload.unreadable_event(b"\xff" * 20_001),
    )
    assert first.kind == Kind.UNKNOWN
    assert first.data["bytes"] == 20_000
    assert len(first.data["raw"]) == untrusted_payload.KEPT
    assert first.dedup_key != second.dedup_key


def test_things_beyond_number_in_one_request_are_kept_as_one() -> None:
    found = untrusted_payload.read_each(range(untrusted_payload.EACH + 3), untrusted_payload.unknown_event, "a")
    assert len(found) == untrusted_payload.EACH + 1
    assert found[-1].data["raw"] == [untrusted_payload.EACH, untrusted_payload.EACH + 1, untrusted_payload.EACH + 2]
