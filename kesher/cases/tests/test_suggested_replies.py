"""While a clerk holds a conversation, they see what the bot would do, and send it with one click."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Role, Staff
from kesher.agencies.rules import RIGHTS
from kesher.cases import suggested_replies
from kesher.cases.services import save_draft
from kesher.cases.suggested_replies import Suggestion
from kesher.cases.tests.factories import page_of, waits, writes
from kesher.channels.models import Account
from kesher.conversations.models import Conversation, Delivery, Message
from kesher.core.models import Audit

PART = {"HX-Request": "true", "HX-Target": "stream"}
REPLY = "מתי מפנים פחים?\nבימי ראשון."
BINS = {"kind": "leaflet", "name": "bins", "subject": "", "p": 0.9}
ANSWER = {"action": "answer", "p": 0.9, "offered": [BINS]}


@pytest.fixture(autouse=True)
def leaflets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature that words the reply for one kind of meaning."""
    known = {"bins": Suggestion("When are bins emptied?", REPLY)}
    monkeypatch.setitem(suggested_replies.MAKERS, "leaflet", lambda name, _subject, _contact, _lang: known.get(name))


@pytest.fixture
def talk(whatsapp: Account) -> Conversation:
    """Dana asks something that the bot could answer, while a clerk holds the conversation."""
    row = waits(whatsapp, "מתי מפנים את הפח?").conversation
    Conversation.objects.update(held=True)
    understand(ANSWER)
    return row.again()


def understand(meaning: dict[str, Any]) -> None:
    """Store what the newest message was understood to mean."""
    newest = Message.objects.latest("id")
    newest.content["understood"] = meaning
    newest.save()


def stream(client: Client, talk: Conversation) -> str:
    return client.get(page_of(talk), headers=PART).content.decode()


def click(client: Client, talk: Conversation, **data: Any) -> Any:
    fields = {"text": REPLY.replace("\n", "\r\n"), "seen_seq": talk.last_seq, **data}
    return client.post(page_of(talk) + "suggestion/", fields, follow=True)


def test_the_clerk_who_holds_sees_what_the_bot_would_answer(talk: Conversation, ruths: Client) -> None:
    page = stream(ruths, talk)
    assert "המענה האוטומטי היה עונה" in page
    assert "When are bins emptied?" in page
    assert f'name="seen_seq" value="{talk.last_seq}"' in page


def test_one_click_sends_it_as_the_clerks_reply(talk: Conversation, ruths: Client, ruth: Staff) -> None:
    click(ruths, talk)
    sent = Message.objects.latest("id")
    assert (sent.text, sent.author, sent.channel) == (REPLY, ruth, "whatsapp")
    assert Audit.objects.filter(operation="conversations.reply", subject_id=str(talk.pk)).count() == 1
    assert talk.again().waiting_since is None
    assert "suggested" not in stream(ruths, talk)


def test_a_second_click_sends_nothing_and_is_no_error(talk: Conversation, ruths: Client) -> None:
    click(ruths, talk)
    page = click(ruths, talk).content.decode()
    assert Message.objects.filter(direction="out").count() == Delivery.objects.count() == 1
    assert "משהו חדש יותר" not in page


def test_what_is_newer_stops_it(talk: Conversation, ruths: Client, whatsapp: Account) -> None:
    writes(whatsapp, "עזבו, כבר פינו", person=talk.contact)
    assert "משהו חדש יותר" in click(ruths, talk).content.decode()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("seen", ["", "x", "-1"])
def test_without_the_number_of_what_was_seen_nothing_may_go_out(talk: Conversation, ruths: Client, seen: str) -> None:
    click(ruths, talk, seen_seq=seen)
    assert not Delivery.objects.exists()


def test_the_clerks_own_draft_stays(talk: Conversation, ruths: Client, ruth: Staff) -> None:
    save_draft(talk, "רגע, אני בודקת", mode="reply", staff=ruth)
    assert "רגע, אני בודקת" in click(ruths, talk).content.decode()


def test_who_may_not_reply_sees_no_suggestion_and_may_not_send_it(
    talk: Conversation, ruths: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RIGHTS, "reply", frozenset({Role.ADMIN}))
    assert "suggested" not in stream(ruths, talk)
    assert click(ruths, talk).status_code == 403
    assert not Delivery.objects.exists()


def test_another_agencys_clerk_may_not_send_it(talk: Conversation, sashas: Client) -> None:
    assert click(sashas, talk).status_code in (403, 404)
    assert not Delivery.objects.exists()


def test_without_a_holder_the_bot_answers_itself(talk: Conversation, ruths: Client) -> None:
    Conversation.objects.update(held=False)
    assert "suggested" not in stream(ruths, talk)


def test_a_suggestion_returns_with_an_answer_that_was_taken_back(talk: Conversation, ruths: Client) -> None:
    click(ruths, talk)
    ruths.post(f"/desk/messages/{Message.objects.latest('id').pk}/undo/")
    assert "When are bins emptied?" in stream(ruths, talk)


def test_only_the_newest_message_has_a_suggestion(talk: Conversation, ruths: Client, whatsapp: Account) -> None:
    writes(whatsapp, "תודה", person=talk.contact)
    assert "suggested" not in stream(ruths, talk)


@pytest.mark.parametrize("action", ["emergency", "unknown", "command", "stop", "person"])
def test_other_actions_suggest_nothing(talk: Conversation, ruths: Client, action: str) -> None:
    understand({**ANSWER, "action": action})
    assert "suggested" not in stream(ruths, talk)


def test_what_may_be_a_danger_needs_the_clerks_own_words(talk: Conversation, ruths: Client) -> None:
    understand({**ANSWER, "situation": "possible", "kind": "suicide"})
    assert "suggested" not in stream(ruths, talk)


def test_what_is_not_offered_any_more_is_not_suggested(talk: Conversation, ruths: Client) -> None:
    understand({"action": "start", "offered": [{"kind": "leaflet", "name": "gone", "subject": "", "p": 0.9}]})
    assert "suggested" not in stream(ruths, talk)


def test_a_doubtful_message_has_each_of_its_meanings(talk: Conversation, ruths: Client) -> None:
    bare = {"kind": "verb", "name": "conversations.agent", "subject": "", "p": 0.2}
    understand({"action": "offer", "offered": [BINS, BINS, bare]})
    assert stream(ruths, talk).count("When are bins emptied?") == 2
