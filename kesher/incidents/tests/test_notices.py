"""A person who writes about an open incident gets its notice; everything else goes its usual way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import receive, respond
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.dialogues.services import new_session
from kesher.dialogues.understood import Understood
from kesher.incidents import services
from kesher.incidents.models import Incident, IncidentPerson
from kesher.incidents.notice_cache import active_notices, forget_notices
from kesher.incidents.tests.conftest import NOTICE, answers, person_of, write


def mean(monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    """Let every free text mean this."""
    monkeypatch.setattr(
        "kesher.conversations.message_interpretation.hooks.understand.listeners",
        [lambda *, text, lang, **_named: Understood(text, lang or "he", **what)],
    )


def choose(message: Message, title: str) -> str:
    """Type the number of this option of the newest answer; return what the bot says."""
    shown = Message.objects.filter(conversation=message.conversation, direction="out").latest("id").text
    number = next(line.strip("\u200f")[0] for line in shown.splitlines() if title in line)
    return answers(again(message, number))


def again(message: Message, text: str) -> Message:
    """A second message of the same person."""
    sender, account, key = person_of(message), message.account, f"m|{Message.objects.count()}"
    assert account is not None
    event = Event(Kind.MESSAGE, key, external_id=key, sender=Address(sender.scheme, sender.address), text=text)
    found = receive(account, event, received=timezone.now())
    assert found is not None
    return found


def test_whoever_writes_about_it_gets_the_notice_and_is_attached(noticed: Incident, sms: Account) -> None:
    message = write(sms, 70, "אין מים גם אצלנו")
    said = answers(message)
    assert "תקלה במים" in said
    assert "זה לא זה" in said
    row = IncidentPerson.objects.get(contact=person_of(message).contact)
    assert (row.state, row.how, row.message, row.noticed_at is not None) == ("in", "automatic", message, True)


def test_each_gets_it_in_their_own_language(noticed: Incident, sms: Account) -> None:
    assert "Water failure" in answers(write(sms, 71, "there is no water here", "en"))
    assert "Авария" in answers(write(sms, 72, "опять нет воды дома", "ru"))


def test_a_second_message_within_half_an_hour_goes_the_usual_way(noticed: Incident, sms: Account) -> None:
    message = write(sms, 70, "אין מים גם אצלנו")
    answers(message)
    assert "תקלה" not in answers(again(message, "אבל למה אין מים"))
    IncidentPerson.objects.update(noticed_at=timezone.now() - timedelta(minutes=31))
    assert "תקלה" in answers(again(message, "עדיין אין מים"))


@pytest.mark.parametrize("state", ["suspected", "opened"])
def test_without_a_notice_the_bot_says_what_it_always_says(
    request: pytest.FixtureRequest, state: str, sms: Account
) -> None:
    request.getfixturevalue(state)
    assert "תקלה" not in answers(write(sms, 70, "אין מים גם אצלנו"))


def test_after_its_end_a_notice_is_not_said(noticed: Incident, sms: Account, ruth: Staff) -> None:
    Incident.objects.update(notice_until=timezone.now() - timedelta(minutes=1))
    forget_notices()
    assert "תקלה" not in answers(write(sms, 70, "אין מים גם אצלנו"))


def test_that_is_not_it_takes_them_out_and_answers_at_once(
    noticed: Incident, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(sms, 70, "אין מים בבריכה של העירייה")
    answers(message)
    monkeypatch.setattr(
        "kesher.incidents.skill.understand_again", lambda text, turn: Understood(text, "he", "command", ("menu",))
    )
    assert "במה אפשר לעזור" in choose(message, "זה לא זה")
    assert IncidentPerson.objects.get(contact=person_of(message).contact).state == "left"
    assert "תקלה" not in answers(again(message, "אין מים"))
    services.detect_incidents()
    assert IncidentPerson.objects.get(contact=person_of(message).contact).state == "left"
    assert Audit.objects.filter(operation="incidents.leave", actor_kind="contact").count() == 1


def test_a_person_is_offered_and_gets_a_case(noticed: Incident, sms: Account) -> None:
    message = write(sms, 70, "אין מים גם אצלנו")
    answers(message)
    assert "20401" in choose(message, "נציג")
    assert Conversation.objects.get(pk=message.conversation_id).held


@pytest.mark.parametrize(
    "what", [{"action": "stop"}, {"action": "ask_stop"}, {"action": "command", "commands": ("menu",)}]
)
def test_commands_go_first(noticed: Incident, sms: Account, monkeypatch: pytest.MonkeyPatch, what: Any) -> None:
    mean(monkeypatch, **what)
    assert "תקלה" not in answers(write(sms, 70, "אין מים ודי כבר"))


def test_danger_goes_first(noticed: Incident, sms: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    mean(monkeypatch, action="emergency", situation="sure", situation_kind="gas")
    said = answers(write(sms, 70, "אין מים ויש ריח גז"))
    assert "תקלה" not in said
    assert "102" in said


def test_inside_a_form_the_text_is_an_answer(noticed: Incident, sms: Account) -> None:
    message = write(sms, 70, "שלום")
    new_session(person_of(message).contact, skill="reports.report", door="sms").save()
    assert "תקלה" not in answers(again(message, "אין מים"))


def test_while_a_clerk_holds_the_conversation_no_notice_is_said(noticed: Incident, sms: Account) -> None:
    message = write(sms, 70, "שלום לכם")
    Conversation.objects.filter(pk=message.conversation_id).update(held=True)
    assert "תקלה" not in answers(again(message, "אין מים"))


def test_after_a_solved_request_the_notice_comes_and_reopens_nothing(noticed: Incident, sms: Account) -> None:
    message = write(sms, 70, "שלום לכם")
    Conversation.objects.filter(pk=message.conversation_id).update(reopens_until=timezone.now() + timedelta(days=1))
    assert "תקלה" in answers(again(message, "אין מים"))
    assert Conversation.objects.get(pk=message.conversation_id).waiting_since is None


def test_a_notice_is_in_every_language_and_ends(opened: Incident, ruth: Staff) -> None:
    until = timezone.now() + timedelta(hours=1)
    wrong = [({**NOTICE, "ar": " "}, until), (NOTICE, timezone.now()), (NOTICE, until + timedelta(days=15))]
    for texts, end in (*wrong, ({**NOTICE, "he": "א" * 1001}, until)):
        with pytest.raises(Refused):
            services.publish_notice(opened, texts, end, by=ruth)
    assert active_notices() == ()
    assert not Audit.objects.filter(operation="incidents.publish_notice").exists()


def test_a_suspected_incident_has_no_notice(suspected: Incident, ruth: Staff) -> None:
    with pytest.raises(Refused):
        services.publish_notice(suspected, NOTICE, timezone.now() + timedelta(hours=1), by=ruth)


def test_a_withdrawn_notice_is_said_no_more(noticed: Incident, ruth: Staff, sms: Account) -> None:
    services.withdraw_notice(noticed, by=ruth)
    forget_notices()
    assert "תקלה" not in answers(write(sms, 70, "אין מים גם אצלנו"))
    assert noticed.again().notice == {}


def test_an_incident_is_recognised_by_those_that_it_absorbed(
    noticed: Incident, ruth: Staff, sms: Account, dana: Identity
) -> None:
    other = Incident.objects.create(title="עוד", profile=noticed.profile, created_at=timezone.now())
    Incident.objects.filter(pk=noticed.pk).update(profile={})
    services.merge_incidents(noticed, other, by=ruth)
    forget_notices()
    assert "תקלה" in answers(write(sms, 70, "אין מים גם אצלנו"))


def test_without_a_notice_a_message_costs_no_query_more(
    sms: Account, dana: Identity, django_assert_num_queries: Any
) -> None:
    message = write(sms, 70, "שלום לכם")
    active_notices()
    with django_assert_num_queries(0):
        assert services.say_notice(message=message, contact=dana.contact) is None


def test_nobody_else_gets_it(noticed: Incident, sms: Account) -> None:
    message = write(sms, 73, "הפח ברחוב הגפן מלא")
    respond(message)
    assert not IncidentPerson.objects.filter(contact=person_of(message).contact).exists()
