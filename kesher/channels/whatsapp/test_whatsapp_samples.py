"""WhatsApp's webhooks as others collected them (kept outside the project; skipped by name where they are absent)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kesher.channels.base import Address, Event, Kind, Media, Request, Status
from kesher.channels.registry import get_channel

# Beside the repository, not in it.
SAMPLES = Path(__file__).parents[4] / "shared/data/channels/whatsapp_cloud"


def parse(value: Any) -> list[Event]:
    return get_channel("whatsapp").parse(Request("POST", "/", "", {}, json.dumps(value).encode()))


def samples(name: str) -> dict[str, Any]:
    file = SAMPLES / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{file.name}: the shared samples are not here")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("pywa_account_update", {Kind.ACCOUNT}),
        ("pywa_template_status_update", {Kind.ACCOUNT}),
        ("pywa_callback_button", {Kind.CHOICE}),
        ("pywa_callback_selection", {Kind.CHOICE}),
        ("pywa_message_status", {Kind.STATUS}),
        ("pywa_outgoing_message", {Kind.ECHO}),
        ("pywa_system", {Kind.IDENTITY_CHANGED}),
    ],
)
def test_each_collected_sample_is_understood(name: str, kinds: set[Kind]) -> None:
    for case, payload in samples(name).items():
        assert {event.kind for event in parse(payload)} == kinds, case


def test_each_collected_message_is_understood_or_said_to_be_unsupported() -> None:
    strange = {"unsupported", "unsupported_with_type", "interactive_message_with_err"}
    for case, payload in samples("pywa_message").items():
        (event,) = parse(payload)
        expected = Kind.UNKNOWN if case in strange else Kind.REACTION if "reaction" in case else Kind.MESSAGE
        assert event.kind == expected, case
        assert event.sender == Address("tel", "+972987654321", "Test Name")
        assert event.aliases == (Address("wa-bsuid", "US.13491208655302741918", "Test Name"),)
        assert event.account == "1122334455667"


def test_collected_details_are_read_whole() -> None:
    cases = {case: parse(payload)[0] for case, payload in samples("pywa_message").items()}
    assert cases["document"].media[0] == Media(
        "document", "application/pdf", "1234567890987654321", name="filename.pdf"
    )
    assert cases["chosen_location"].location is not None
    assert cases["chosen_location"].location.label == "Facebook HQ"
    assert cases["reply"].reply_to == "wamid.xyzxyz=="
    assert cases["unreaction_no_emoji"].data == {"removed": True}
    assert cases["forwarded_many_times"].data == {"frequently_forwarded": True}
    assert cases["contacts"].text.splitlines()[2] == "Rachel Green +1 777-777-7777"
    assert cases["interactive_message_with_err"].error == "131000"


def test_collected_statuses_keep_their_errors_and_our_own_id() -> None:
    cases = {case: parse(payload)[0] for case, payload in samples("pywa_message_status").items()}
    assert cases["failed"].error == "130472"
    assert cases["with_tracker"].data["ref"] == "some data"
    assert cases["played"].status == Status.READ


def test_a_file_of_many_samples_replays_each() -> None:
    cases = samples("pywa_message")
    raw = (SAMPLES / "pywa_message.json").read_bytes()
    assert len(get_channel("whatsapp").replay("pywa_message.json", raw)) == len(cases)
