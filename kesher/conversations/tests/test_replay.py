"""What nobody could read is read again with the adapters of today, and filed at its own time, once."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kesher.channels import untrusted_payload
from kesher.channels.base import Event, Kind, Request, dedup
from kesher.channels.models import Account
from kesher.channels.whatsapp.adapter import Adapter
from kesher.conversations.intake.replay import LINKED
from kesher.conversations.intake.worker import Worker
from kesher.conversations.models import ChannelEvent, Conversation, Intake, Message, Route
from kesher.conversations.services.events.provider_events import hash_event_key
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.db.agency_scope import everywhere
from kesher.core.models import Attachment, Audit

KEYS = ["intake", "channel", "received", "before", "after", "delivered_to"]


class Reader:
    """A parser that learns: what a body holds is unknown, fails, or is read."""

    def __init__(self) -> None:
        self.how = "unknown"
        self.has_sender = True

    def parse(self, request: Request) -> list[Event]:
        said = json.loads(request.body)
        number, sender = said["id"], DANA if self.has_sender else None
        if self.how == "fails":
            raise RuntimeError("a mistake of ours")
        if self.how == "unknown":
            return [untrusted_payload.unknown_event(said, event_id=number, sender=sender, external_id=number)]
        kind = Kind(self.how)
        target = "other" if kind == Kind.REACTION else ""
        key, words = dedup(kind, DANA, number), said["words"]
        return [Event(kind, key, external_id=number, sender=DANA, text=words, target=target)]


@pytest.fixture
def reader(whatsapp: Account, monkeypatch: pytest.MonkeyPatch) -> Reader:
    found = Reader()
    monkeypatch.setattr(Adapter, "parse", lambda _self, request: found.parse(request))
    return found


def came(account: Account, words: str = "שלום", *, hours: float = 0, number: str = "1") -> Intake:
    """A request that came so long ago, and that the worker took."""
    body = json.dumps({"id": number, "words": words}).encode()
    row = Intake.objects.create(account_id=account.pk, received=time.time() - hours * 3600, path="/", body=body)
    worker = Worker()
    worker.accounts.refresh()
    for _try in range(3):
        if Intake.objects.filter(pk=row.pk, state="new").exists():
            worker.batch()
    return row


def again(*arguments: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("replay", *arguments, "--again", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def everything() -> list[Any]:
    """All that is stored, but for the log of who did what."""
    with everywhere("a test"):
        models = (Intake, Message, ChannelEvent, Conversation, Route, Attachment)
        return [list(model.objects.order_by("pk").values()) for model in models]


def test_what_becomes_readable_stands_in_place_of_its_placeholder_at_its_own_time(
    whatsapp: Account, reader: Reader
) -> None:
    row = came(whatsapp, hours=30)
    placeholder = Message.objects.get(direction="in")
    reader.how = "message"
    hear(whatsapp, DANA, "מה שלומכם")
    (line,) = again()
    assert list(line) == KEYS
    talk = Conversation.objects.get()
    assert line | {"received": ""} == {
        "intake": str(row.pk),
        "channel": "whatsapp",
        "received": "",
        "before": ["unknown"],
        "after": ["message"],
        "delivered_to": talk.stream,
    }
    message = Message.objects.get(pk=placeholder.pk)
    assert (message.text, message.state, message.received) == ("שלום", "received", placeholder.received)
    assert Message.objects.filter(direction="in").count() == 2
    assert talk.last_text != "שלום"


@pytest.mark.parametrize(("hours", "is_answered"), [(1, True), (23, True), (25, False), (200, False)])
def test_the_bot_answers_only_what_is_younger_than_a_day(
    whatsapp: Account, reader: Reader, hours: float, is_answered: bool
) -> None:
    reader.how = "fails"
    came(whatsapp, hours=hours)
    reader.how = "message"
    assert again()[0]["before"] == "failed"
    assert Message.objects.filter(direction="out").exists() == is_answered
    assert (Conversation.objects.get().waiting_since is not None) != is_answered
    assert Intake.objects.get().state == "done"
    assert abs(Message.objects.get(direction="in").received.timestamp() - Intake.objects.get().received) < 0.001


@pytest.mark.parametrize("how", ["message", "unknown", "fails", "reaction", "echo", "call"])
@pytest.mark.parametrize("has_sender", [True, False])
def test_a_second_run_changes_nothing(whatsapp: Account, reader: Reader, how: str, has_sender: bool) -> None:
    reader.has_sender = has_sender
    for number in range(3):
        came(whatsapp, number=str(number), hours=number * 20)
    reader.how = how
    again()
    before = everything()
    assert all(line["after"] in (line["before"], "failed") for line in again())
    assert everything() == before


def test_a_message_without_anything_in_it_stops_no_run(whatsapp: Account, reader: Reader) -> None:
    reader.how = "message"
    came(whatsapp, words="")
    reader.how = "fails"
    came(whatsapp, words="")
    reader.how = "message"
    assert [(line["before"], line["after"]) for line in again()] == [("failed", ["message"])]
    assert again() == []


@pytest.mark.parametrize("first", ["unknown", "fails"])
def test_a_dry_run_writes_nothing_and_says_what_would_be(whatsapp: Account, reader: Reader, first: str) -> None:
    reader.how = first
    came(whatsapp)
    reader.how = "message"
    before, lines = everything(), again("--dry-run")
    assert everything() == before
    assert not Audit.objects.filter(operation="conversations.replay").exists()
    assert again()[0] | {"delivered_to": ""} == lines[0] | {"delivered_to": ""}


def test_words_of_nobody_find_their_person_and_are_unknown_no_more(whatsapp: Account, reader: Reader) -> None:
    reader.has_sender = False
    came(whatsapp)
    assert ChannelEvent.objects.get().state == "unknown"
    reader.how = "message"
    (line,) = again("whatsapp")
    assert line["delivered_to"] == Conversation.objects.get().stream
    assert ChannelEvent.objects.get().state == "applied"
    assert Audit.objects.filter(operation="conversations.replay").count() == 1


def test_what_turns_out_to_be_no_message_stands_as_a_grey_line(whatsapp: Account, reader: Reader) -> None:
    came(whatsapp)
    reader.how = "reaction"
    assert again()[0]["after"] == ["reaction"]
    assert not Message.objects.filter(direction="in").exists()
    assert Message.objects.filter(direction="event", text__contains="reaction").exists()


def test_only_what_is_asked_for_is_read(whatsapp: Account, sms: Account, reader: Reader) -> None:
    came(whatsapp, hours=72)
    reader.how = "message"
    assert again("sms") == []
    assert again("--since", "2") == []
    assert len(again("whatsapp", "--since", "4")) == 1
    for wrong in (["whatsapp", "file.json", "--again"], ["whatsapp"], ["pigeon", "--again"], ["whatsapp", "--dry-run"]):
        with pytest.raises(CommandError):
            call_command("replay", *wrong)


def test_what_the_worker_has_yet_to_take_is_left_to_it(whatsapp: Account, reader: Reader) -> None:
    row = Intake.objects.create(account_id=whatsapp.pk, received=time.time(), path="/", body=b'{"id": "1"}')
    assert again() == []
    row.refresh_from_db()
    assert row.state == "new"


def test_what_came_before_messages_knew_their_request_is_found_by_reading_it(
    whatsapp: Account, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    came(whatsapp, hours=2)
    Message.objects.filter(direction="in").delete()
    event = reader.parse(Request("POST", "/", "", {}, b'{"id": "1", "words": ""}'))[0]
    old = ChannelEvent.objects.create(
        account=whatsapp, dedup_key=hash_event_key(event.dedup_key), kind="unknown", state="unknown", data={}
    )
    monkeypatch.setattr(
        "kesher.conversations.intake.replay.MigrationRecorder.Migration.objects.filter",
        lambda app, name: Applied() if (app, name) == LINKED else None,
    )
    assert [line["before"] for line in again()] == [["unknown"]]
    assert Message.objects.get(direction="in").state == "unread"
    assert ChannelEvent.objects.get(pk=old.pk).state == "applied"


class Applied:
    def values_list(self, *_names: str, flat: bool) -> list[Any]:
        return [timezone.now()]
