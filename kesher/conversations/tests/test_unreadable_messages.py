"""Nothing that a person said is lost: what cannot be read stands in their conversation, and they are told so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from kesher import channels as channels_package
from kesher.agencies.models import Agency
from kesher.channels import untrusted_payload
from kesher.channels.base import Event, Kind, dedup
from kesher.channels.event_json import stored_requests
from kesher.channels.models import Account
from kesher.channels.registry import channels
from kesher.channels.services import open_account
from kesher.channels.tests.test_contract import fixtures
from kesher.channels.whatsapp import message_types
from kesher.conversations.models import ChannelEvent, Conversation, Delivery, Message
from kesher.conversations.services import receive, respond
from kesher.conversations.services.events.provider_events import SPEECH
from kesher.conversations.tests.talk import DANA, hear

ANSWER = "קיבלנו מכם משהו שאי אפשר לפתוח כאן"


def strange(number: int, *, kind: str = "hologram") -> Event:
    return untrusted_payload.unknown_event({"type": kind}, event_id=str(number), sender=DANA, external_id=f"x{number}")


def send(account: Account, event: Event, *, ago: float = 0) -> str:
    """Takes what arrived; returns the words of the answers."""
    message = receive(account, event, received=timezone.now() - timedelta(hours=ago))
    return "\n".join(answer.text for answer in respond(message)) if message else ""


def test_what_cannot_be_read_stands_in_the_inbox_waits_for_a_clerk_and_is_answered(whatsapp: Account) -> None:
    assert ANSWER in send(whatsapp, strange(1))
    message = Message.objects.get(direction="in")
    assert (message.text, message.state) == ("הודעה מסוג שלא הצלחנו לקרוא (hologram)", "unread")
    talk = Conversation.objects.get()
    assert talk.waiting_since is not None
    assert not talk.held
    assert not ChannelEvent.objects.exists()


def test_the_answer_comes_once_in_a_while_and_each_thing_is_kept(whatsapp: Account) -> None:
    said = [send(whatsapp, strange(number)) for number in range(4)]
    assert [ANSWER in words for words in said] == [True, False, False, False]
    Message.objects.filter(direction="out").update(received=timezone.now() - timedelta(hours=7))
    assert ANSWER in send(whatsapp, strange(9))
    assert Message.objects.filter(state="unread").count() == 5


def test_a_redelivery_of_what_cannot_be_read_is_no_second_message(whatsapp: Account) -> None:
    send(whatsapp, strange(1))
    assert send(whatsapp, strange(1)) == ""
    assert Message.objects.filter(direction="in").count() == 1


def test_to_a_clerks_conversation_the_bot_adds_nothing(whatsapp: Account) -> None:
    hear(whatsapp, DANA, "שלום")
    Conversation.objects.update(held=True)
    assert send(whatsapp, strange(1)) == ""
    assert Conversation.objects.get().waiting_since is not None


def test_a_machine_is_not_answered(whatsapp: Account) -> None:
    event = Event(Kind.AUTO_REPLY, "auto|1", sender=DANA, data={"form": {"a": "b"}})
    assert send(whatsapp, event) == ""
    assert Message.objects.get().text == "a: b"


@pytest.mark.parametrize("kind", [Kind.UNKNOWN, Kind.MESSAGE, Kind.CALL, Kind.ECHO])
def test_words_of_nobody_are_shown_at_the_desk_and_filed_under_nobody(whatsapp: Account, kind: Kind) -> None:
    receive(whatsapp, Event(kind, dedup(kind, None, "1"), text="שלום"), received=timezone.now())
    assert ChannelEvent.objects.get().state == "unknown"
    assert not Message.objects.exists()


def test_words_beside_something_unreadable_are_kept_with_it(whatsapp: Account) -> None:
    event = untrusted_payload.unknown_event(
        {"type": "hologram"}, event_id="1", sender=DANA, text="[hologram]\nהבור ברחוב הרצל"
    )
    assert ANSWER in send(whatsapp, event)
    assert Message.objects.get(direction="in").text == "הודעה מסוג שלא הצלחנו לקרוא (hologram)\nהבור ברחוב הרצל"


def test_a_call_is_shown_to_a_clerk_and_its_caller_is_told_to_write(whatsapp: Account) -> None:
    assert "ראינו שהתקשרתם" in send(whatsapp, Event(Kind.CALL, "call|1", sender=DANA))
    assert Message.objects.get(direction="in").text == "שיחה, שאי אפשר לקבל כאן"
    assert Conversation.objects.get().waiting_since is not None


def test_a_filled_in_form_and_an_order_are_read_by_their_answers(whatsapp: Account) -> None:
    form: dict[str, Any] = {"rating": "4", "flow_token": "s3cret", "why": ["lamp", "bin"]}
    order: dict[str, Any] = {"items": [{"name": "compost", "quantity": 2}]}
    for number, data in enumerate(({"form": form}, {"order": order})):
        event = Event(Kind.MESSAGE, f"m|{number}", sender=DANA, data=data)
        receive(whatsapp, event, received=timezone.now())
    texts = [message.text for message in Message.objects.order_by("id")]
    assert texts == ["rating: 4\nwhy: lamp, bin", "name: compost\nquantity: 2"]
    assert Message.objects.earliest("id").content["carried"] == {"form": form}


def test_no_fixture_of_any_channel_ends_without_words(city: Agency) -> None:
    lost = []
    for name, adapter in channels().items():
        account = open_account(name, address=f"{name}-1", secrets=("s",), token="t")
        folder = Path(next(iter(channels_package.__path__))) / name
        for case, file in fixtures(folder):
            for request in stored_requests(adapter, file.name, file.read_bytes()):
                for event in adapter.parse(request):
                    message = receive(account, event, received=timezone.now())
                    if message is None or event.kind == Kind.STARTED:
                        assert message or event.kind not in SPEECH or is_kept(account, event), (name, case)
                    elif message.deleted_at is None and not (
                        message.text.strip() or {"files", "place", "choice", "subject"} & message.content.keys()
                    ):
                        lost.append((name, case, event.data))
    assert lost == []


def is_kept(account: Account, event: Event) -> bool:
    """A redelivery, an answer of ours from elsewhere, or shown at the desk."""
    stored = Message.objects.filter(account=account, dedup_key=event.dedup_key[:180])
    shown = ChannelEvent.objects.filter(account=account, state__in=["unknown", "applied", "parked"])
    return stored.exists() or shown.exists()


def test_one_message_on_which_a_reader_fails_does_not_hide_the_others(
    whatsapp: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(next(iter(channels_package.__path__))) / "whatsapp/fixtures/batch.json"
    (request,) = stored_requests(whatsapp.adapter, file.name, file.read_bytes())
    before = whatsapp.adapter.parse(request)

    def fails(_item: object) -> None:
        raise RuntimeError("a mistake of ours")

    kinds = {event.text for event in before if event.kind == Kind.MESSAGE}
    monkeypatch.setitem(message_types.TYPES, "text", fails)
    after = whatsapp.adapter.parse(request)
    assert kinds
    assert len(after) == len(before)
    assert [event.kind for event in after].count(Kind.UNKNOWN) > [event.kind for event in before].count(Kind.UNKNOWN)


def test_an_answer_from_the_providers_app_counts_and_is_not_sent_again(whatsapp: Account) -> None:
    send(whatsapp, strange(1))
    deliveries = Delivery.objects.count()
    event = Event(Kind.ECHO, "echo|1", external_id="w1", sender=DANA, text="מטפלים בזה")
    for _again in range(2):
        assert send(whatsapp, event) == ""
    talk, echo = Conversation.objects.get(), Message.objects.get(text="מטפלים בזה")
    assert (echo.direction, echo.author, echo.state) == ("out", None, "sent")
    assert talk.held
    assert talk.waiting_since is None
    assert Delivery.objects.count() == deliveries
    assert hear(whatsapp, DANA, "שלום") == ""


def test_an_echo_of_what_we_sent_ourselves_is_no_second_message(whatsapp: Account) -> None:
    hear(whatsapp, DANA, "שלום")
    Delivery.objects.update(external_id="w1")
    said = Message.objects.count()
    send(whatsapp, Event(Kind.ECHO, "echo|1", external_id="w1", sender=DANA, text="אותו דבר"))
    assert Message.objects.count() == said
    assert not Conversation.objects.get().held


def test_an_answer_that_is_read_late_ends_no_newer_wait(whatsapp: Account) -> None:
    send(whatsapp, strange(1))
    send(whatsapp, Event(Kind.ECHO, "echo|1", external_id="w1", sender=DANA, text="ישן"), ago=5)
    talk = Conversation.objects.get()
    assert talk.waiting_since is not None
    assert not talk.held
    assert "ישן" not in talk.last_text
