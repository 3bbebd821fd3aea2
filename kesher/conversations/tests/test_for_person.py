"""What is no words is read by a person: nobody looks for an answer to it, on any channel."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Content, Event, Kind
from kesher.channels.registry import channels
from kesher.channels.services import open_account
from kesher.channels.tests.test_contract import person_of
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import receive, respond
from kesher.core import hooks

QUESTION = "איפה משלמים ארנונה?"
READ = "תודה, קיבלנו. נציג או נציגה יקראו את זה."


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was looked for among the answers."""
    found: list[str] = []
    monkeypatch.setattr(hooks.free_text, "listeners", [lambda *, turn: found.append(turn.text)])
    return found


def test_only_words_are_looked_for_among_answers_on_every_channel(city: Agency, searched: list[str]) -> None:
    for name, adapter in channels().items():
        account = open_account(name, address=f"{name}-1", secrets=("s",), token="t")
        for content in Content:
            searched.clear()
            sender = another(person_of(adapter))
            event = Event(Kind.MESSAGE, f"{name}|{content}", sender=sender, text=QUESTION, content=content, lang="he")
            message = receive(account, event, received=timezone.now())
            assert message is not None
            said = "\n".join(answer.text for answer in respond(message))
            talk = Conversation.objects.get(pk=message.conversation_id)
            assert searched == ([] if content else [QUESTION]), (name, content)
            assert (READ in said) == (content not in (Content.WORDS, Content.ENCRYPTED)), (name, content)
            assert ("החדר הזה מוצפן" in said) == (content == Content.ENCRYPTED), (name, content)
            assert not content or talk.waiting_since is not None, (name, content)


def another(person: Address) -> Address:
    """Somebody new on the same channel: whoever wrote before left a message."""
    number = Message.objects.count()
    return Address(person.scheme, {"tel": f"+97250555{number:04d}"}.get(person.scheme, f"visitor-{number}@a.example"))


@pytest.mark.parametrize("held", [False, True])
def test_a_poll_is_no_answer_to_a_question_of_the_bots(whatsapp: Any, searched: list[str], held: bool) -> None:
    for number, (text, content) in enumerate((("תפריט", Content.WORDS), ("1", Content.POLL))):
        event = Event(Kind.MESSAGE, f"m|{number}", sender=Address("tel", "+972505550142"), text=text, content=content)
        message = receive(whatsapp, event, received=timezone.now())
        assert message is not None
        Conversation.objects.update(held=held and bool(content))
        message.conversation.refresh_from_db()
        said = respond(message)
    assert [READ in answer.text for answer in said] == ([] if held else [True])
    assert Conversation.objects.get().waiting_since is not None
    assert searched == []


def test_what_a_link_says_is_looked_for_nowhere(telegram: Any, searched: list[str]) -> None:
    event = Event(Kind.STARTED, "started|1", sender=Address("tg", "5550143"), text="spring_campaign_2026 no such code")
    message = receive(telegram, event, received=timezone.now())
    assert message is not None
    assert respond(message)
    assert searched == []
    assert Conversation.objects.get().waiting_since is None
