"""Whoever writes on while they wait for a person hears once that it arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import reply
from kesher.conversations.tests.talk import DANA, hear
from kesher.core import hooks
from kesher.dialogues.understood import Meaning, Understood

NOTE = "נציג או נציגה יענו לכם. מה שאתם כותבים כאן מגיע אליהם."


@pytest.mark.parametrize(
    ("ask", "text", "note"),
    [
        ("נציג", "יש לי עוד שאלה על החשבון", NOTE),
        ("agent", "I have one more question", "A person will answer. What you write here reaches them."),
        ("موظف", "عندي سؤال عن الفاتورة", "سيجيبكم موظف أو موظفة. ما تكتبونه هنا يصل إليهم."),
        ("оператор", "у меня ещё вопрос", "Вам ответит сотрудник. Всё, что вы здесь пишете, он прочтёт."),
    ],
)
def test_the_first_message_gets_one_line_and_the_next_none(sms: Account, ask: str, text: str, note: str) -> None:
    hear(sms, DANA, ask)
    assert hear(sms, DANA, text) == note
    assert hear(sms, DANA, text) == ""
    assert Conversation.objects.get().waiting_since is not None


def test_thanks_get_none_and_do_not_use_it_up(sms: Account) -> None:
    hear(sms, DANA, "נציג")
    assert hear(sms, DANA, "תודה רבה") == ""
    assert hear(sms, DANA, "יש לי עוד שאלה") == NOTE


def test_whoever_talks_with_a_clerk_gets_none(sms: Account, ruth: Staff) -> None:
    hear(sms, DANA, "נציג")
    reply(Conversation.objects.get(), "במה אפשר לעזור?", staff=ruth)
    assert hear(sms, DANA, "יש לי עוד שאלה") == ""


def test_an_answer_of_long_ago_does_not_count(sms: Account, ruth: Staff) -> None:
    hear(sms, DANA, "נציג")
    message = reply(Conversation.objects.get(), "במה אפשר לעזור?", staff=ruth)
    Message.objects.filter(pk=message.pk).update(received=message.received - timedelta(days=2))
    assert hear(sms, DANA, "יש לי עוד שאלה") == NOTE


def test_a_verb_that_needs_no_subject_waits_for_the_clerk_and_is_not_met_with_silence(
    sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(sms, DANA, "נציג")
    verb = Meaning("verb", "reports.report", probability=0.99)
    found = Understood("", "he", "start", verb=verb.name, offered=(verb,), probability=0.99)
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
    assert hear(sms, DANA, "יש בור ברחוב") == NOTE
