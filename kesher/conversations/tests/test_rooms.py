"""Rooms of a chat network: invitations are accepted apart from messages, and what is taken back goes here, too."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.agencies.services import add_staff
from kesher.channels.base import Address, ChannelError, Content, Event, Kind
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.intake.worker import Worker
from kesher.conversations.models import ChannelEvent, Conversation, Delivery, Intake, Message
from kesher.conversations.services import receive, reply, respond
from kesher.conversations.services.events import settlements

DANA = Address("matrix", "@dana:city.example")
ROOM = {"room": "!r1:city.example"}
ASKED = Event(Kind.ACCOUNT, "account|1", sender=DANA, data={**ROOM, "settle": {**ROOM, "user": "@moked:city.example"}})


@pytest.fixture
def matrix(city: Agency) -> Account:
    return open_account("matrix", address="@moked:city.example", secrets=("hs",), token="as", settings={
        "homeserver_url": "https://matrix.city.example"})  # fmt: skip


def hear(account: Account, event: Event) -> str:
    """Receive an event; return the bot's answer."""
    message = receive(account, event, received=timezone.now())
    return "\n".join(said.text for said in respond(message)) if message else ""


def words(key: str, text: str = "יש בור", **more: Any) -> Event:
    return Event(Kind.MESSAGE, key, external_id=key, sender=DANA, text=text, lang="he", data=ROOM, **more)


def settle(monkeypatch: pytest.MonkeyPatch, error: ChannelError | None = None) -> list[Any]:
    """Run the job once, where the provider answers so; return what was called."""
    called: list[Any] = []

    def call(work: Any) -> None:
        called.append(work)
        if error:
            raise error

    monkeypatch.setattr(settlements, "call_provider", call)
    settlements.settle_waiting()
    return called


def state() -> str:
    return ChannelEvent.objects.get().state


def test_an_answer_goes_to_the_room_in_which_the_person_wrote(matrix: Account) -> None:
    assert hear(matrix, words("$1"))
    assert {row.payload["body"]["room"] for row in Delivery.objects.all()} == {"!r1:city.example"}


def test_an_invitation_is_accepted_once(matrix: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(matrix, ASKED)
    hear(matrix, ASKED)
    assert state() == "parked"
    assert len(settle(monkeypatch)) == 1
    assert state() == "applied"
    assert settle(monkeypatch) == []


def test_a_homeserver_that_is_away_is_asked_again_later(matrix: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(matrix, ASKED)
    for _ in range(2):
        assert len(settle(monkeypatch, ChannelError("away"))) <= 1
    assert (state(), ChannelEvent.objects.get().data["tries"]) == ("parked", 1)


@pytest.mark.parametrize("tries", [0, 4])
def test_what_can_never_be_done_is_given_up(matrix: Account, monkeypatch: pytest.MonkeyPatch, tries: int) -> None:
    hear(matrix, ASKED)
    row = ChannelEvent.objects.get()
    row.data, row.at = row.data | {"tries": tries}, timezone.now() - timedelta(hours=1)
    row.save()
    settle(monkeypatch, ChannelError("no", permanent=tries == 0))
    assert state() == "ignored"


def test_an_account_that_is_switched_off_accepts_nothing(matrix: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(matrix, ASKED)
    Account.objects.update(is_active=False)
    assert settle(monkeypatch) == []
    assert state() == "ignored"


def test_who_writes_encrypted_is_told_once_and_in_their_language(matrix: Account) -> None:
    sealed = Event(Kind.UNKNOWN, "u1", sender=DANA, text="[encrypted]", content=Content.ENCRYPTED, lang="ru",
                   data={**ROOM, "raw": {}})  # fmt: skip
    assert "зашифрован" in hear(matrix, sealed)
    assert hear(matrix, replace(sealed, dedup_key="u2")) == ""


def test_who_talks_with_a_clerk_and_writes_encrypted_is_told_too(matrix: Account) -> None:
    hear(matrix, words("$1"))
    clerk = add_staff(username="ruth", name="רות כהן", password="a-long-password")
    reply(Conversation.objects.get(), "איך אפשר לעזור?", staff=clerk)
    assert hear(matrix, words("$2", "תודה")) == ""
    sealed = Event(Kind.STARTED, "s1", sender=DANA, content=Content.ENCRYPTED, data=ROOM)
    assert "מוצפן" in hear(matrix, sealed)


def test_what_its_author_takes_back_goes_here_too(matrix: Account) -> None:
    hear(matrix, words("$1"))
    author = {"scheme": "matrix", "address": DANA.address}
    hear(matrix, Event(Kind.DELETE, "d1", sender=DANA, target="$1", data={"author": author, "erase": True}))
    hear(matrix, Event(Kind.EDIT, "e1", sender=DANA, target="$1", text="שוב", data={"author": author}))
    message = Message.objects.get(external_id="$1")
    assert (message.text, message.deleted_at is not None) == ("", True)


def test_nobody_takes_back_the_words_of_another(matrix: Account) -> None:
    hear(matrix, words("$1"))
    eve = {"scheme": "matrix", "address": "@eve:evil.example"}
    hear(matrix, Event(Kind.DELETE, "d1", sender=DANA, target="$1", data={"author": eve, "erase": True}))
    assert Message.objects.get(external_id="$1").text == "יש בור"


def test_the_first_message_on_an_account_just_connected_is_read(city: Agency, matrix: Account) -> None:
    worker = Worker()
    worker.accounts.refresh()
    other = open_account("matrix", address="@other:city.example", secrets=("hs",), token="as")
    request = other.adapter.simulate(DANA, {"text": "שלום"}, other.info())
    assert request is not None
    Intake.objects.create(account_id=other.pk, received=time.time(), path="/", headers="{}", body=request.body)
    worker.batch()
    assert Message.objects.get(direction="in").account == other
