"""What people send in a form of its own has words; who waits for no answer is no sender."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kesher.channels.base import Event, Kind, Request
from kesher.channels.registry import get_channel
from kesher.channels.whatsapp.message_types import GESTURES

SENT = {"from": "972505550142", "id": "wamid.1", "timestamp": "1761994800"}


def parse(field: str = "messages", **value: Any) -> list[Event]:
    value = {"metadata": {"phone_number_id": "1122334455667"}, **value}
    entry = {"id": "1", "changes": [{"field": field, "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    return get_channel("whatsapp").parse(Request("POST", "/", "", {}, body))


def form(answers: Any) -> Event:
    reply = {"response_json": answers if isinstance(answers, str) else json.dumps(answers), "body": "Sent"}
    [found] = parse(
        messages=[{**SENT, "type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}]
    )
    return found


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"name": "Dana", "lamps": 2, "flow_token": "t"}, "name: Dana\nlamps: 2"),
        ({"screen_1_Street_0": "Herzl", "screen_1_When_1": "0_In_the_evening"}, "Street: Herzl\nWhen: In the evening"),
        ({"days": ["0_Sunday", "2_Monday"], "agree": False}, "days: Sunday, Monday\nagree: ✗"),
        ({"home": {"street": "Herzl 5", "city": "Example"}}, "street: Herzl 5\ncity: Example"),
        ({"children": [{"name": "A"}, {"name": "B"}]}, "name: A\nname: B"),
        ({"empty": "", "none": None, "flow_token": "t"}, "Sent"),
        (["a", "b"], "a, b"),
        ("Thank you", "Thank you"),
        ("{broken", "{broken"),
    ],
)
def test_the_answers_of_a_form_are_lines(answers: Any, words: str) -> None:
    found = form(answers)
    assert (found.kind, found.text) == (Kind.MESSAGE, words)
    assert found.data["form"] is not None


def test_an_order_without_names_or_prices_is_still_a_list() -> None:
    order = {"product_items": [{"product_retailer_id": "A", "quantity": 3}, {"name": "Bin", "item_price": "5"}, None]}
    [found] = parse(messages=[{**SENT, "type": "order", "order": order}])
    assert found.text == "3 × A\n1 × Bin: 5"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"type": "unsupported"}, "[message]"),
        ({"type": "unsupported", "unsupported": {"type": "poll_creation"}}, "[poll creation]"),
        ({"type": "hologram"}, "[hologram]"),
        ({"type": "<b>"}, "[message]"),
        ({"type": "interactive"}, "[message]"),
        ({}, "[message]"),
    ],
)
def test_what_cannot_be_read_is_named_and_has_its_sender(item: Any, words: str) -> None:
    [found] = parse(messages=[{**SENT, **item}])
    assert (found.kind, found.text) == (Kind.UNKNOWN, words)
    assert found.sender is not None


def test_nobody_waits_for_an_answer_in_a_group_to_a_receipt_or_from_whatsapp_itself() -> None:
    text = {"type": "text", "text": {"body": "a"}}
    for found in (
        *parse(messages=[{**SENT, **text, "group_id": "1"}, {**SENT, "type": "system", "system": {"type": "odd"}}]),
        *parse(statuses=[{"id": "wamid.2", "status": "odd", "recipient_id": "972505550142"}]),
        *parse("user_preferences", user_preferences=[{"wa_id": "972505550142", "value": "odd"}]),
        *(event for name in GESTURES for event in parse(messages=[{**SENT, "unsupported": {"type": name}}])),
    ):
        assert (found.kind, found.sender, found.text) == (Kind.UNKNOWN, None, "")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("stop", Kind.OPT_OUT),
        ("STOP", Kind.OPT_OUT),
        ("resume", Kind.OPT_IN),
        ("start", Kind.OPT_IN),
        ("opt_in", Kind.OPT_IN),
    ],
)
def test_a_choice_about_marketing_is_read_under_any_field(value: str, kind: Kind) -> None:
    item = {"wa_id": "972505550142", "category": "marketing_messages", "value": value, "timestamp": "1761994800"}
    for field in ("user_preferences", "messages", "something_new"):
        [found] = parse(field, user_preferences=[item])
        assert (found.kind, found.data["category"]) == (kind, "marketing_messages")


@pytest.mark.parametrize(("word", "kind"), [("stop", Kind.OPT_OUT), ("resume", Kind.OPT_IN)])
def test_a_choice_about_marketing_is_read_as_a_message_of_whatsapps_own(word: str, kind: Kind) -> None:
    system = {"type": "user_preference_changed", "marketing": word, "body": "User changed their preference"}
    [found] = parse(messages=[{**SENT, "type": "system", "system": system}])
    assert found.sender is not None
    assert (found.kind, found.sender.scheme, found.data["category"]) == (kind, "tel", "marketing_messages")


def test_a_call_is_one_event_whatever_is_told_of_it() -> None:
    call = {"id": "wacid.1", "from": "972505550142", "to": "97235550100"}
    events = [
        *parse("calls", calls=[{**call, "event": "connect"}]),
        *parse("calls", calls=[{**call, "event": "terminate"}]),
    ]
    assert {(event.kind, event.text) for event in events} == {(Kind.CALL, "[call]")}
    assert len({event.dedup_key for event in events}) == 1


@pytest.mark.parametrize("field", ["smb_message_echoes", "message_echoes"])
def test_an_echo_says_who_to_whom_and_what(field: str) -> None:
    echo = {"from": "97235550100", "to": "972505550142", "id": "wamid.9", "type": "text", "text": {"body": "Done"}}
    [found] = parse(field, message_echoes=[echo])
    assert found.sender is not None
    assert (found.kind, found.sender.address, found.text) == (Kind.ECHO, "+972505550142", "Done")
    assert found.data == {"by": "97235550100"}
