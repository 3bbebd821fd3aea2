"""What a person types as a code is read by the bot, and by nobody at the desk."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.channels.secret_redaction import LEFT_OUT
from kesher.contacts.models import Identity
from kesher.conversations.models import ChannelEvent, Conversation, Message
from kesher.conversations.services import receive, respond, send_code
from kesher.conversations.services.events.provider_events import record_event
from kesher.conversations.tests.talk import DANA, OMAR, code_sent_to, hear
from kesher.conversations.tests.test_secrets import raw
from kesher.dialogues.models import DialogueSession
from kesher.petitions.models import Petition

READABLE = (
    "conversations_message", "conversations_conversation", "conversations_channelevent", "cases_case", "answers_miss",
    "core_audit",
)  # fmt: skip


@pytest.fixture
def parked(petition: Petition, telegram: Account) -> DialogueSession:
    """Omar began to sign elsewhere; the form waits to be picked up."""
    hear(telegram, OMAR, "לחתום 48213")
    DialogueSession.objects.filter(skill="petitions.sign").update(state="parked")
    return DialogueSession.objects.get(skill="petitions.sign")


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("said", ["לחתום 48213 {0}", "להמשיך {0}", "sign 48213 {1}", "c-{0}"])
def test_the_code_of_a_form_is_taken_and_not_kept(
    parked: DialogueSession, whatsapp: Account, said: str, held: bool
) -> None:
    hear(whatsapp, DANA, "שלום")
    Conversation.objects.filter(contact__identities__address=DANA.address).update(held=held)
    hear(whatsapp, DANA, said.format(parked.code, parked.code.lower()))
    parked.refresh_from_db()
    assert parked.contact.identities.get().address == DANA.address
    heard = Message.objects.filter(direction="in").latest("id")
    assert LEFT_OUT in heard.text
    for table in READABLE:
        assert parked.code not in raw(table).upper(), table


def test_words_that_look_like_the_code_of_a_form_stay(parked: DialogueSession, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "the SCHEMES of 2345678 are XYZXYZX")
    assert Message.objects.filter(direction="in").latest("id").text == "the SCHEMES of 2345678 are XYZXYZX"


def test_a_code_in_an_edit_a_form_or_a_subject_is_kept_nowhere(
    dana: Identity, whatsapp: Account, ruths: Client
) -> None:
    hear(whatsapp, DANA, "אין לי קוד")
    send_code(dana, purpose="sign", why="to sign", subject="another browser")
    code = code_sent_to(dana.address)
    first = Message.objects.filter(direction="in").earliest("id")
    record_event(whatsapp, Event(Kind.EDIT, "e|1", sender=DANA, target=first.external_id, text=f"הקוד {code}"))
    form = {"code": code, "more": [int(code), {"again": code}]}
    for number, event in enumerate((
        Event(Kind.MESSAGE, "m|1", sender=DANA, data={"form": form}),
        Event(Kind.MESSAGE, "m|2", sender=DANA, text="שלום", data={"subject": code, "full_text": f"> {code}"}),
        Event(Kind.UNKNOWN, "u|1", sender=DANA, text=f"[hologram]\n{code}", data={"raw": {"caption": code}}),
    )):  # fmt: skip
        message = receive(whatsapp, event, received=timezone.now())
        assert message is not None, number
        respond(message)
    assert ChannelEvent.objects.get().state == "applied"
    for table in READABLE:
        assert code not in raw(table), table
    pages = [f"/desk/people/{Conversation.objects.get().contact.key}/", "/desk/", "/desk/channels/"]
    assert not any(code in ruths.get(page, follow=True).content.decode() for page in pages)
    assert json.dumps(first.content) == "{}"
