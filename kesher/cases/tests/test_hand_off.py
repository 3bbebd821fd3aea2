"""Who gets a person's words: the bot or a clerk. A table of what stands with us, and of what they may write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases import services
from kesher.cases.models import Case
from kesher.cases.services.call_log import Call
from kesher.cases.tests.factories import a_topic
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import receive, respond
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.tests.talk import LAMP, replace_skills

WHO: dict[str, Address] = {
    "whatsapp": Address("tel", "+972505550142", "דנה לוי"),
    "sms": Address("tel", "+972505550142", ""),
    "telegram": Address("tg", "5550143", "عمر حداد"),
    "email": Address("mailto", "dana@example.org", "דנה לוי"),
    "webchat": Address("web", "visitor-0001", ""),
}
ACCOUNTS = ("whatsapp", "sms", "telegram", "mailbox", "webchat")
FREE = "לא נכון, עדיין לא הגיע הזיכוי"
LAMP_OF_48213 = replace(LAMP, subject=lambda text: text if text.strip() == "48213" else None)

# What they write; b: the bot answers, c: it waits for a clerk. In the columns of STATES.
STATES = ("handed", "old_form", "answered", "call", "solved", "solved_long_ago", "report", "report_solved")
TABLE: dict[str, tuple[str, str]] = {
    "free words": (FREE, "c c c c c b b b"),
    "a question": ("יש לי שאלה על ארנונה, קיבלתי חיוב כפול", "c c c c c b b b"),
    "what an old question would take": ("זה ליד הגן", "c c c c c b b b"),
    "a verb by name, without its code": ("פנס", "c c c c b b b b"),
    "a verb with its code": ("פנס 48213", "b b b b b b b b"),
    "a command": ("תפריט", "b b b b b b b b"),
    "a tap": ("tap:go:menu", "b b b b b b b b"),
    "thanks, Hebrew": ("תודה רבה לכם!", "c c c c b b b b"),
    "thanks, Arabic": ("شكرا جزيلا", "c c c c b b b b"),
    "thanks, Russian": ("Спасибо большое", "c c c c b b b b"),
    "thanks, English": ("Thank you so much 🙏", "c c c c b b b b"),
    "a greeting": ("שלום לכם", "c c c c b b b b"),
    "a smile": ("👍", "c c c c b b b b"),
}
numbers = count(1)


@pytest.fixture(autouse=True)
def one_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_skills(monkeypatch, LAMP_OF_48213)


def hears(account: Account, *texts: str) -> list[Message]:
    """What the bot says to the last of these words ("tap:…" is a button)."""
    *before, text = texts
    for words in before:
        hears(account, words)
    number, tap = next(numbers), text.removeprefix("tap:") if text.startswith("tap:") else ""
    event = Event(
        Kind.CHOICE if tap else Kind.MESSAGE, f"m|{number}", external_id=f"h{number}", sender=WHO[account.channel],
        text="" if tap else text, choice_id=tap, lang="he",
    )  # fmt: skip
    message = receive(account, event, received=timezone.now())
    assert message is not None
    return respond(message)


NOTE = "נציג או נציגה יענו לכם. מה שאתם כותבים כאן מגיע אליהם."


def stand(state: str, account: Account, ruth: Staff) -> Conversation:
    """Brings a person to this point; nobody waits there."""
    if state == "old_form":
        hears(account, "פנס")
    if state.startswith("report"):
        hears(account, "שלום")
        row = Conversation.objects.get()
        services.open_case(row, kind=Case.Kind.REPORT, topic=a_topic(), title="פנס", waiting=False)
    elif state == "call":
        hears(account, "שלום")
        row = Conversation.objects.get()
        services.log_call(Call("phone", "חיוב כפול"), staff=ruth, contact=row.contact)
    else:
        hears(account, "נציג")
        row = Conversation.objects.get()
    if state == "answered":
        services.answer(row, "בודקים", staff=ruth)
    if "solved" in state:
        services.move_case(Case.objects.get(), "solve", staff=ruth)
    if state == "solved_long_ago":
        row.refresh_from_db()
        assert row.reopens_until is not None
        Conversation.objects.update(reopens_until=row.reopens_until - timedelta(days=3, seconds=1))
        Case.objects.update(solved_at=timezone.now() - timedelta(days=3, seconds=1))
    Case.objects.update(waiting_since=None)
    Conversation.objects.update(waiting_since=None)
    return row


@pytest.mark.slow
@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize("state", STATES)
def test_who_gets_the_words(name: str, state: str, request: Any, city: Agency, ruth: Staff) -> None:
    account = request.getfixturevalue(name)
    row = stand(state, account, ruth)
    for what, (text, answers) in TABLE.items():
        with transaction.atomic():
            said = [answer for answer in hears(account, text) if answer.text != NOTE]
            if answers.split()[STATES.index(state)] == "b":
                assert said, (state, what)
            else:
                row.refresh_from_db()
                assert (said, row.held, row.waiting_since is not None) == ([], True, True), (state, what)
                assert Case.objects.filter(closed_at=None).count() == 1, (state, what)
            transaction.set_rollback(True)


def test_an_answer_to_a_question_asked_since_is_the_bots_and_clears_no_wait(sms: Account, ruth: Staff) -> None:
    hears(sms, "נציג")
    since = Conversation.objects.get().waiting_since
    for words in ("פנס 48213", "1", "חשוך כאן"):
        assert hears(sms, words)
    assert Conversation.objects.get().waiting_since == since is not None


def test_a_number_of_a_menu_shown_since_is_a_tap(sms: Account, ruth: Staff) -> None:
    assert not hears(sms, "נציג", "1")
    assert not hears(sms, "תפריט", "250")
    assert hears(sms, "1")


def test_who_asks_for_a_clerk_in_a_form_is_told_that_it_is_not_done(sms: Account, ruth: Staff) -> None:
    assert "״תפריט״" in hears(sms, "נציג")[-1].text
    hears(sms, "פנס 48213")
    told = hears(sms, "נציג")[-1].text
    assert "לא הושלם" in told
    assert "״המשך״" in told
    assert hears(sms, "המשך")


def test_a_clerk_who_takes_over_sets_the_form_aside_and_it_goes_on_after(sms: Account, ruth: Staff) -> None:
    hears(sms, "פנס")
    row = Conversation.objects.get()
    services.hand_over(row, ruth, expected=None, staff=ruth)
    assert not hears(sms, "1")
    assert DialogueSession.objects.get().state == "parked"
    assert hears(sms, "המשך")
    assert hears(sms, "1")


def test_what_is_solved_gives_the_bot_its_voice_back_and_free_words_reopen_it(sms: Account, ruth: Staff) -> None:
    hears(sms, "נציג")
    case = Case.objects.get()
    services.move_case(case, "solve", staff=ruth)
    assert not Conversation.objects.get().held
    assert not hears(sms, FREE)
    case.refresh_from_db()
    assert (case.state, case.waiting_since is not None, Conversation.objects.get().held) == ("open", True, True)


def test_the_last_of_two_talks_ends_the_silence(sms: Account, ruth: Staff) -> None:
    hears(sms, "נציג")
    call = services.log_call(Call("phone", "חיוב"), staff=ruth, contact=Conversation.objects.get().contact)
    services.move_case(Case.objects.exclude(pk=call.pk).get(), "solve", staff=ruth)
    assert Conversation.objects.get().held
    services.move_case(call, "solve", staff=ruth)
    assert not Conversation.objects.get().held
