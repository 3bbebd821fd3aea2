"""An answer that one of us gave in the provider's own application ends the wait, as a clerk's reply does."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from kesher.cases.channel_presenter import channel_badge
from kesher.cases.models import Case
from kesher.channels import untrusted_payload
from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.conversations.services import receive, respond
from kesher.conversations.tests.talk import DANA


def strange(account: Account) -> Case:
    """Dana sends something that nobody can read."""
    event = untrusted_payload.unknown_event({"type": "hologram"}, event_id="1", sender=DANA)
    message = receive(account, event, received=timezone.now())
    assert message is not None
    respond(message)
    return Case.objects.get()


def test_whatever_cannot_be_read_opens_a_case_and_an_answer_from_the_app_ends_its_wait(whatsapp: Account) -> None:
    case = strange(whatsapp)
    assert case.waiting_since is not None
    receive(whatsapp, Event(Kind.ECHO, "e|1", sender=DANA, text="מטפלים בזה"), received=timezone.now())
    case = case.again()
    assert (case.waiting_since, case.state, case.assignee) == (None, "open", None)
    assert case.answered_at is not None


def test_the_desk_shows_what_could_not_be_read_and_where_an_answer_was_written(
    whatsapp: Account, ruths: Client
) -> None:
    case = strange(whatsapp)
    receive(whatsapp, Event(Kind.ECHO, "e|1", sender=DANA, text="מטפלים בזה"), received=timezone.now())
    page = ruths.get(f"/desk/people/{case.conversation.contact.key}/").content.decode()
    assert "לא הצלחנו לקרוא את זה" in page
    assert f"נכתב באפליקציה של {channel_badge('whatsapp').title}" in page
