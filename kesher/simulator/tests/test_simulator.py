"""The simulated phones send through the intake, and show what the provider received."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Conversation
from kesher.conversations.services import conversation_of, receive, respond
from kesher.core.contact_address import Address
from kesher.demo.data_files import read_picture
from kesher.demo.people import PEOPLE
from kesher.dialogues.models import DialogueSession
from kesher.simulator.bubble_renderers import from_mail, from_sms, from_telegram, from_whatsapp
from kesher.simulator.models import SimulatedMessage
from kesher.simulator.phones import list_phones
from kesher.simulator.services import record_message, reset_phones
from kesher.simulator.tasks import tell_receipts
from kesher.simulator.voice_preview import find_spoken_question
from kesher.site.tests.conftest import Listener

pytestmark = pytest.mark.usefixtures("simulator")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DANA = PEOPLE["dana"]
HTMX = {"HX-Request": "true"}


def say(client: Client, phone: str = "whatsapp", **fields: Any) -> Any:
    return client.post("/simulator/say/", {"person": "dana", "phone": phone, **fields}, headers=HTMX)


def test_the_page_has_a_phone_for_each_account(
    client: Client, whatsapp: Account, sms: Account, telegram: Account, mailbox: Account, webchat: Account
) -> None:
    page = client.get("/simulator/").content.decode()
    for key in ("whatsapp", "sms", "telegram", "email", "webchat", "voice"):
        assert f'id="screen-{key}"' in page


def test_words_go_to_the_intake_signed_as_meta_signs(client: Client, whatsapp: Account, intake: Listener) -> None:
    say(client, text="לדווח")
    method, path, headers, body = intake.got[0]
    assert (method, path) == ("POST", f"/in/whatsapp/{whatsapp.key}")
    proof = hmac.new(b"wa-app-secret", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={proof}"
    assert json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] == "לדווח"


def test_what_was_said_stands_on_the_phone(client: Client, whatsapp: Account, intake: Listener) -> None:
    assert "לדווח" in say(client, text="לדווח").content.decode()


def test_a_tap_sends_the_key_and_shows_its_words(client: Client, whatsapp: Account, intake: Listener) -> None:
    content = {
        "type": "button",
        "body": {"text": "?"},
        "action": {"buttons": [{"reply": {"id": "ab:yes", "title": "כן"}}]},
    }
    record_message("whatsapp", DANA.tel, {"type": "interactive", "interactive": content})
    say(client, choice="ab:yes")
    reply = json.loads(intake.got[0][3])["entry"][0]["changes"][0]["value"]["messages"][0]["interactive"][
        "button_reply"
    ]
    assert reply == {"id": "ab:yes", "title": "כן"}


def test_a_place_is_sent_as_a_pin_where_the_channel_has_pins(
    client: Client, whatsapp: Account, intake: Listener
) -> None:
    say(client, choice="@place")
    assert b'"location"' in intake.got[0][3]


def test_a_place_is_an_address_where_it_has_none(client: Client, sms: Account, intake: Listener) -> None:
    say(client, "sms", choice="@place")
    assert "Body=" in intake.got[0][3].decode()


def test_a_photo_can_be_fetched_from_its_provider(client: Client, whatsapp: Account, intake: Listener) -> None:
    say(client, choice="@photo")
    digest = hashlib.sha256(read_picture("pothole")).hexdigest()
    assert digest in intake.got[0][3].decode()
    assert client.get(f"/simulator/picture/{digest}").headers["Content-Type"] == "image/png"


def test_a_file_that_is_no_picture_is_refused(client: Client, whatsapp: Account, intake: Listener) -> None:
    upload = SimpleUploadedFile("x.html", b"<script>alert(1)</script>")
    page = say(client, file=upload).content.decode()
    assert "אי אפשר לפתוח" in page
    assert not intake.got


def test_an_intake_that_refuses_is_told(client: Client, whatsapp: Account, intake: Listener) -> None:
    intake.status = 503
    assert "503" in say(client, text="שלום").content.decode()


def test_the_same_words_go_to_every_phone(client: Client, whatsapp: Account, sms: Account, intake: Listener) -> None:
    client.post("/simulator/everywhere/", {"person": "dana", "text": "שלום"}, headers=HTMX)
    assert {path.split("/")[2] for _method, path, _headers, _body in intake.got} == {"whatsapp", "sms"}


def test_without_a_script_the_page_comes_back(
    client: Client, whatsapp: Account, intake: Listener, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kesher.simulator.views.LONGEST_WAIT", 0)
    answer = client.post("/simulator/say/", {"person": "dana", "phone": "whatsapp", "text": "שלום"})
    assert answer.headers["Location"] == "/simulator/?person=dana"


def test_beginning_anew_wipes_the_phones_and_ends_what_was_asked(client: Client, whatsapp: Account) -> None:
    record_message("whatsapp", DANA.tel, {"say": {"text": "לדווח"}}, mine=True)
    message = receive(
        whatsapp, Event(Kind.MESSAGE, "k", sender=DANA.address("tel"), text="שלום"), received=timezone.now()
    )
    assert message is not None
    respond(message)
    Conversation.objects.update(held=True)
    reset_phones(DANA.addresses)
    assert not SimulatedMessage.objects.exists()
    assert not DialogueSession.objects.filter(state="active").exists()
    assert not Conversation.objects.filter(held=True).exists()


def test_another_person_s_phones_stay(city: Any) -> None:
    record_message("whatsapp", PEOPLE["alex"].tel, {"say": {"text": "hi"}}, mine=True)
    reset_phones(DANA.addresses)
    assert SimulatedMessage.objects.count() == 1


def test_a_letter_is_shown_where_nothing_can_run(client: Client, mailbox: Account) -> None:
    row = record_message(
        "email", DANA.mail, {"subject": "קוד", "html": "<p>123456</p><script>x</script>", "text": "123456"}
    )
    answer = client.get(f"/simulator/mail/{row.pk}/")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_list_opens_as_whatsapp_opens_it() -> None:
    rows = [{"id": "a", "title": "תאורה", "description": "14 יום"}]
    content = {"type": "list", "body": {"text": "?"}, "action": {"button": "בחירה", "sections": [{"rows": rows}]}}
    bubble = from_whatsapp({"type": "interactive", "interactive": content}, NOW)
    assert bubble.opener == "בחירה"
    assert bubble.rows[0][0].note == "14 יום"


def test_telegram_s_keys_stand_beside_one_another() -> None:
    keyboard = [[{"text": "כן", "callback_data": "y"}, {"text": "לא", "callback_data": "n"}]]
    body = {"text": "a &lt;b&gt;", "parse_mode": "HTML", "reply_markup": {"inline_keyboard": keyboard}}
    bubble = from_telegram(body, NOW)
    assert bubble.text == "a <b>"
    assert [key.value for key in bubble.rows[0]] == ["y", "n"]


def test_a_hebrew_text_message_tells_its_parts() -> None:
    facts = from_sms({"Body": "א" * 71}, NOW).facts
    assert facts == ("71 תווים", "שני חלקים", "67 תווים בכל חלק")


def test_a_letter_without_html_has_no_frame() -> None:
    assert from_mail({"text": "x", "html": "", "size": 100}, NOW, 7).mail == 0


def test_the_voice_reads_the_question_with_its_keys(whatsapp: Account) -> None:
    message = receive(
        whatsapp, Event(Kind.MESSAGE, "k", sender=DANA.address("tel"), text="שלום"), received=timezone.now()
    )
    assert message is not None
    respond(message)
    assert "הקישו 1." in find_spoken_question(DANA).question


def test_a_phone_s_version_changes_with_what_it_shows(whatsapp: Account) -> None:
    before = list_phones(DANA)[0].version
    record_message("whatsapp", DANA.tel, {"say": {"text": "שלום"}}, mine=True)
    assert list_phones(DANA)[0].version != before


def old(row: SimulatedMessage) -> None:
    SimulatedMessage.objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(seconds=5))


def test_receipts_are_told_one_by_one(whatsapp: Account, intake: Listener) -> None:
    old(
        record_message(
            "whatsapp", DANA.tel, {"id": "wamid.1", "account": whatsapp.key, "biz_opaque_callback_data": "ref"}
        )
    )
    assert [tell_receipts(), tell_receipts(), tell_receipts()] == [1, 1, 0]
    told = [json.loads(body)["entry"][0]["changes"][0]["value"]["statuses"][0]["status"] for *_, body in intake.got]
    assert told == ["sent", "delivered"]


def test_a_message_after_the_window_is_told_as_failed(whatsapp: Account, intake: Listener) -> None:
    old(record_message("whatsapp", DANA.tel, {"id": "wamid.1", "account": whatsapp.key, "failed": "131047"}))
    tell_receipts()
    status = json.loads(intake.got[0][3])["entry"][0]["changes"][0]["value"]["statuses"][0]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)
    assert tell_receipts() == 0


def test_twilio_s_receipts_go_to_the_address_that_we_gave(sms: Account, intake: Listener) -> None:
    callback = f"https://city.example/in/sms/{sms.key}?ref=abc"
    old(
        record_message(
            "sms", DANA.tel, {"id": "SM1", "account": sms.key, "From": sms.address, "StatusCallback": callback}
        )
    )
    tell_receipts()
    assert intake.got[0][1] == f"/in/sms/{sms.key}?ref=abc"
    assert b"MessageStatus=sent" in intake.got[0][3]


def test_an_intake_that_is_away_is_not_asked_again(whatsapp: Account, intake: Listener) -> None:
    intake.status = 503
    old(record_message("whatsapp", DANA.tel, {"id": "wamid.1", "account": whatsapp.key}))
    assert [tell_receipts(), tell_receipts()] == [0, 0]
    assert len(intake.got) == 1


def test_the_chat_shows_our_own_rows(webchat: Account) -> None:
    record_message("webchat", DANA.web, {"say": {"text": "שלום"}}, mine=True)
    get_or_create_identity(Address("web", DANA.web))
    message = receive(
        webchat, Event(Kind.MESSAGE, "k", sender=DANA.address("web"), text="שלום"), received=timezone.now()
    )
    assert message is not None
    respond(message)
    bubbles = list_phones(DANA)[0].bubbles
    assert bubbles[0].mine
    assert bubbles[-1].rows
    assert conversation_of(message.conversation.contact).last_channel == "webchat"
