"""Messages that everybody can read: how they are stored, what the bot says to them, what their authors take back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.cases.models import Case
from kesher.cases.timeline import read_timeline
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.channels.telegram import outbound
from kesher.contacts.models import Contact
from kesher.conversations.models import ChannelEvent, Conversation, Delivery, Message
from kesher.conversations.services import receive, respond
from kesher.conversations.services.erasure import erase_stream
from kesher.conversations.services.events.provider_events import record_event
from kesher.conversations.tests.talk import OMAR, hear
from kesher.dialogues.models import DialogueSession

pytestmark = pytest.mark.django_db
POST = "https://social.example/@omar/1"
Write = Callable[..., Message | None]


@pytest.fixture(autouse=True)
def public_and_private(telegram: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people write on the account in public and in private."""
    can = replace(telegram.capabilities(), public=True, opened_privately=False)
    monkeypatch.setattr(type(telegram.adapter), "capabilities", lambda _adapter, _info: can)
    monkeypatch.setattr(
        type(telegram.adapter),
        "render",
        lambda _adapter, say, to, can: outbound.render(replace(say, public=False), to, can),
    )


@pytest.fixture
def write(telegram: Account) -> Write:
    """Omar writes where everybody can read it; returns the stored message."""

    def post(text: str, number: int = 1, *, who: Address = OMAR, **fields: Any) -> Message | None:
        url = f"https://social.example/@omar/{number}"
        fields = {"kind": Kind.COMMENT, "public": True, **fields}
        event = Event(dedup_key=f"c|{who.address}|{number}", external_id=url, sender=who, text=text, **fields)
        message = receive(telegram, event, received=timezone.now())
        if message is not None:
            respond(message)
        return message

    return post


def delete(account: Account, target: str, author: Address = OMAR, **data: Any) -> ChannelEvent | None:
    """Omar, or somebody else, deletes a post."""
    said = {"author": {"scheme": author.scheme, "address": author.address}, **data}
    return record_event(account, Event(Kind.DELETE, f"d|{target}|{author.address}", target=target, data=said))


def test_a_comment_is_stored_as_public_in_its_thread(write: Write) -> None:
    message = write("מתי יתקנו את הבור?", thread="tag:thread-1")
    assert message is not None
    assert (message.public, message.thread) == (True, "tag:thread-1")
    assert message.conversation.last_public


def test_an_answer_to_a_known_message_is_in_its_thread(write: Write) -> None:
    write("מתי יתקנו את הבור?", thread="tag:thread-1")
    again = write("ומה עם הפנס ברחוב?", 2, reply_to=POST)
    assert again is not None
    assert again.thread == "tag:thread-1"


def test_a_private_message_after_it_is_private(write: Write, telegram: Account) -> None:
    write("מתי יתקנו את הבור?")
    hear(telegram, OMAR, "תפריט")
    newest = Message.objects.filter(direction="in").latest("id")
    assert (newest.public, newest.thread) == (False, "")
    assert not Conversation.objects.get().last_public


def test_each_message_says_who_can_read_it_where_some_are_public(write: Write, telegram: Account) -> None:
    hear(telegram, OMAR, "תפריט")
    assert {entry.reach for entry in read_timeline(Contact.objects.get()).entries} == {""}
    write("מתי יתקנו את הבור?")
    *private, public = (entry.reach for entry in read_timeline(Contact.objects.get()).entries)
    assert (set(private), public) == ({"private"}, "public")


def test_the_bot_says_nothing_in_public_and_a_clerk_gets_a_case(write: Write) -> None:
    write("מתי יתקנו את הבור ברחוב הרצל?")
    assert not Message.objects.filter(direction="out").exists()
    case = Case.objects.get()
    assert (case.kind, case.thread, case.waiting_since is not None) == ("public", POST, True)


def test_one_person_in_one_thread_has_one_case(write: Write) -> None:
    write("מתי יתקנו את הבור ברחוב הרצל?")
    write("אני עדיין מחכה לתשובה שלכם", 2, reply_to=POST)
    write("ועכשיו גם הפנס לא דולק", 3)
    assert sorted(Case.objects.values_list("thread", flat=True)) == [POST, "https://social.example/@omar/3"]


def test_another_person_in_the_thread_has_a_case_of_their_own(write: Write) -> None:
    write("מתי יתקנו את הבור ברחוב הרצל?")
    write("גם אצלנו יש בור כזה", 2, reply_to=POST, who=Address("tg", "777", "Dana"))
    assert list(Case.objects.values_list("thread", flat=True)) == [POST, POST]


def test_a_solved_case_of_the_thread_is_in_progress_again(write: Write) -> None:
    write("מתי יתקנו את הבור ברחוב הרצל?")
    long_ago = timezone.now() - timedelta(days=300)
    Case.objects.update(state="solved", solved_at=long_ago, closed_at=long_ago)
    write("הבור נפתח שוב", 2, reply_to=POST)
    assert list(Case.objects.values_list("state", flat=True)) == ["open"]


def test_thanks_in_public_make_no_case(write: Write) -> None:
    write("תודה רבה!")
    assert not Case.objects.exists()


def test_in_danger_the_numbers_are_said_under_the_message(write: Write) -> None:
    write("יש פה שריפה, אנשים לכודים בבניין")
    sent = Message.objects.get(direction="out")
    assert (sent.public, sent.reply_to, sent.thread) == (True, POST, POST)
    assert "102" in sent.text
    assert Conversation.objects.get().in_danger


def test_a_comment_does_not_answer_an_open_question(write: Write, telegram: Account) -> None:
    hear(telegram, OMAR, "דיווח")
    before = DialogueSession.objects.get()
    assert before.skill
    write("רחוב הרצל 5")
    after = DialogueSession.objects.get()
    assert (after.step, after.answers, after.state) == (before.step, before.answers, before.state)


def test_a_private_request_for_a_clerk_is_no_part_of_the_public_case(write: Write, telegram: Account) -> None:
    write("מתי יתקנו את הבור ברחוב הרצל?")
    hear(telegram, OMAR, "נציג")
    assert sorted(Case.objects.values_list("kind", flat=True)) == ["public", "question"]


def test_a_blocked_person_gets_no_case(write: Write) -> None:
    write("תודה רבה!")
    Contact.objects.update(status=Contact.Status.BLOCKED)
    write("יש פה שריפה, אנשים לכודים בבניין", 2)
    assert not Case.objects.exists()
    assert not Delivery.objects.exists()


def test_what_its_author_deletes_is_gone_here_and_that_it_was_there_stays(write: Write, telegram: Account) -> None:
    write("הבור מול הבית של משפחת לוי")
    delete(telegram, POST)
    message = Message.objects.get()
    assert (message.text, message.content.get("full_text"), message.deleted_at is not None) == ("", None, True)
    assert (Case.objects.get().title, Conversation.objects.get().last_text) == ("", "")


def test_a_deletion_before_its_message_leaves_no_text_and_no_case(write: Write, telegram: Account) -> None:
    delete(telegram, POST)
    assert write("הבור מול הבית של משפחת לוי") is None
    assert Message.objects.get().text == ""
    assert not Case.objects.exists()


def test_somebody_else_can_neither_delete_nor_change_it(write: Write, telegram: Account) -> None:
    write("הבור מול הבית")
    other = Address("tg", "666")
    delete(telegram, POST, other)
    said = {"author": {"scheme": "tg", "address": "666"}}
    record_event(telegram, Event(Kind.EDIT, "e|1", target=POST, text="אין בור", data=said))
    assert Message.objects.get().text == "הבור מול הבית"


def test_an_edit_changes_the_words_and_keeps_no_earlier_ones(write: Write, telegram: Account) -> None:
    write("הבור מול הבית של משפחת לוי")
    record_event(telegram, Event(Kind.EDIT, "e|1", target=POST, text="הבור ברחוב הרצל"))
    message = Message.objects.get()
    assert (message.text, "before" in message.content) == ("הבור ברחוב הרצל", False)
    assert (Case.objects.get().title, Conversation.objects.get().last_text) == ("הבור ברחוב הרצל",) * 2


def test_who_closes_their_account_takes_all_their_words_along(write: Write, telegram: Account) -> None:
    write("הבור מול הבית")
    write("והפנס לא דולק", 2)
    write("גם אצלנו", 3, who=Address("tg", "777"))
    delete(telegram, "", all=True)
    assert sorted(Message.objects.values_list("text", flat=True)) == ["", "", "גם אצלנו"]


def test_an_erased_person_leaves_no_thread(write: Write) -> None:
    write("מתי יתקנו את הבור?")
    erase_stream([Contact.objects.get().pk])
    assert Message.objects.get().thread == ""
