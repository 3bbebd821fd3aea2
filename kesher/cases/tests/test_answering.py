"""Answering: it goes out where the button says, or it says why not and keeps the words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.tests.factories import a_person, page_of, stream_of, waits, writes
from kesher.channels.models import Account
from kesher.channels.services import approve_template
from kesher.contacts.models import Identity
from kesher.conversations.delivery.leases import EXPIRED
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services import send_code
from kesher.conversations.tests.talk import code_sent_to
from kesher.core.models import Attachment


@pytest.fixture
def case(whatsapp: Account) -> Case:
    """Dana waits on WhatsApp."""
    return waits(whatsapp, "הפנס כבוי")


def send(client: Client, case: Case, **data: Any) -> Any:
    fields = {"mode": "reply", "seen_seq": case.conversation.again().last_seq, **data}
    return client.post(page_of(case.conversation) + "send/", fields)


def test_an_answer_goes_out_on_the_way_used_last(ruths: Client, case: Case, ruth: Staff) -> None:
    response = send(ruths, case, text="הצוות בדרך")
    sent = Message.objects.latest("id")
    assert response.status_code == 302
    assert (sent.text, sent.channel, sent.author, sent.state) == ("הצוות בדרך", "whatsapp", ruth, "queued")
    assert Delivery.objects.filter(message=sent, lane=Delivery.Lane.AGENT).count() == 1


def test_an_answer_ends_the_wait_and_starts_the_case(ruths: Client, case: Case, ruth: Staff) -> None:
    send(ruths, case, text="הצוות בדרך")
    case.refresh_from_db()
    assert (case.state, case.assignee, case.waiting_since) == ("open", ruth, None)
    assert case.answered_at is not None
    assert case.conversation.again().waiting_since is None


def test_an_empty_answer_may_not_go_out(ruths: Client, case: Case) -> None:
    before = Message.objects.count()
    assert send(ruths, case, text="   ").status_code == 422
    assert Message.objects.count() == before


def test_a_note_is_never_sent(ruths: Client, case: Case) -> None:
    send(ruths, case, text="דיברתי עם הקבלן", mode="note")
    kept = Message.objects.latest("id")
    assert (kept.direction, kept.text) == ("note", "דיברתי עם הקבלן")
    assert not Delivery.objects.filter(message=kept).exists()
    assert case.conversation.again().waiting_since is not None


def test_a_note_is_a_note_whichever_button_was_pressed(ruths: Client, case: Case) -> None:
    send(ruths, case, text="סודי", mode="note", send_on=Route.objects.get().pk)
    assert Message.objects.latest("id").direction == "note"


def test_something_newer_stops_the_answer_and_keeps_the_words(ruths: Client, case: Case, whatsapp: Account) -> None:
    seen = case.conversation.again().last_seq
    writes(whatsapp, "זה כבר תוקן", person=case.conversation.contact)
    response = send(ruths, case, text="נגיע מחר", seen_seq=seen)
    page = response.content.decode()
    assert response.status_code == 422
    assert "נגיע מחר" in page
    assert "זה כבר תוקן" in page
    assert not Message.objects.filter(direction="out").exists()


def closed(case: Case) -> None:
    Route.objects.filter(conversation=case.conversation).update(last_in_at=timezone.now() - timedelta(hours=25))


def test_after_the_window_the_words_stay_and_templates_are_offered(
    ruths: Client, case: Case, whatsapp: Account
) -> None:
    approve_template(whatsapp, name="update", language="he", body="שלום {{1}}, יש חדש בפנייה {{2}}.")
    closed(case)
    response = send(ruths, case, text="נגיע מחר")
    page = response.content.decode()
    assert response.status_code == 422
    assert "נגיע מחר" in page
    assert f"יש חדש בפנייה {case.number}" in page
    assert not Delivery.objects.exists()


def test_a_template_goes_out_filled_and_the_words_wait(ruths: Client, case: Case, whatsapp: Account) -> None:
    template = approve_template(whatsapp, name="update", language="he", body="שלום {{1}}, יש חדש בפנייה {{2}}.")
    closed(case)
    places = {f"place-{template.pk}-1": "דנה", f"place-{template.pk}-2": "20401"}
    response = send(ruths, case, text="נגיע מחר", template=template.pk, **places)
    assert Message.objects.latest("id").text == "שלום דנה, יש חדש בפנייה 20401."
    assert "נגיע מחר" in response.content.decode()


def test_another_way_carries_the_same_words(ruths: Client, case: Case, sms: Account) -> None:
    writes(sms, "גם כאן", person=case.conversation.contact)
    way = Route.objects.get(account=sms)
    send(ruths, case, text="נגיע מחר", send_on=way.pk)
    assert Message.objects.latest("id").channel == "sms"


def test_the_way_of_somebody_else_may_not_be_used(ruths: Client, case: Case, sms: Account) -> None:
    writes(sms, "אחר", person=a_person("אחר"))
    response = send(ruths, case, text="נגיע מחר", send_on=Route.objects.get(account=sms).pk)
    assert response.status_code == 422
    assert not Delivery.objects.exists()


def test_a_file_goes_along(ruths: Client, case: Case) -> None:
    send(ruths, case, text="מצורף", uploads=SimpleUploadedFile("plan.pdf", b"%PDF-1.7 x", "application/pdf"))
    assert [file.name for file in Message.objects.latest("id").attachments.all()] == ["plan.pdf"]


def test_a_bad_file_is_refused_in_words(ruths: Client, case: Case) -> None:
    response = send(ruths, case, text="מצורף", uploads=SimpleUploadedFile("x.exe", b"MZ\x90\x00\xff\xfe", "image/png"))
    assert response.status_code == 422
    assert "מצורף" in response.content.decode()
    assert not Delivery.objects.exists()


def test_a_file_survives_a_refused_try(ruths: Client, case: Case) -> None:
    closed(case)
    send(ruths, case, text="מצורף", uploads=SimpleUploadedFile("plan.pdf", b"%PDF-1.7 x", "application/pdf"))
    key = Attachment.objects.get().key
    Route.objects.update(last_in_at=timezone.now())
    send(ruths, case, text="מצורף", kept=key)
    assert [file.key for file in Message.objects.latest("id").attachments.all()] == [key]


def test_a_live_page_gets_the_field_and_the_stream_back(ruths: Client, case: Case) -> None:
    data = {"mode": "reply", "text": "הצוות בדרך", "seen_seq": 1}
    page = ruths.post(page_of(case.conversation) + "send/", data, headers={"HX-Request": "true"}).content.decode()
    assert 'id="composer"' in page
    assert 'id="stream"' in page
    assert "הצוות בדרך" in page
    assert "<html" not in page


def test_what_failed_is_shown_with_its_reason_and_goes_out_again(ruths: Client, case: Case) -> None:
    send(ruths, case, text="הצוות בדרך")
    Delivery.objects.update(state="failed", error="131047 re-engagement")
    Message.objects.filter(direction="out").update(state="failed")
    assert "131047 re-engagement" in ruths.get(page_of(case.conversation)).content.decode()
    ruths.post(f"/desk/messages/{Message.objects.latest('id').pk}/again/")
    assert Delivery.objects.get().state == "queued"


def test_without_any_way_only_a_note_can_be_written(ruths: Client, dana: Any) -> None:
    page = ruths.get(page_of(dana.contact)).content.decode()
    assert 'name="send_on"' not in page
    ruths.post(page_of(dana.contact) + "send/", {"mode": "note", "text": "להתקשר מחר"})
    assert [row.direction for row in stream_of(dana.contact)] == ["note"]


def test_the_answer_to_a_person_of_two_addresses_stays_his_choice(ruths: Client, case: Case, sms: Account) -> None:
    writes(sms, "עכשיו בסמס", person=case.conversation.contact)
    send(ruths, case, text="תודה")
    assert Message.objects.latest("id").channel == "sms"
    assert Conversation.objects.count() == 1


def test_the_desk_sees_that_a_code_went_and_cannot_send_it_again(ruths: Client, dana: Identity, sms: Account) -> None:
    send_code(dana, purpose="sign", why="to sign", link="https://city.example/x/?code=CODE")
    code = code_sent_to(dana.address)
    Delivery.objects.update(state="failed", sealed={}, error=EXPIRED)
    Message.objects.update(state="failed")
    path = f"/desk/people/{dana.contact.key}/"
    page = ruths.get(path).content.decode()
    assert "נשלח קוד. רק מי שקיבל אותו יכול לקרוא אותו." in page
    assert "תוקף הקוד פג" in page
    assert code not in page + ruths.get("/desk/").content.decode()
    assert "/again/" not in page
    again = ruths.post(f"/desk/messages/{Message.objects.get().pk}/again/", follow=True)
    assert "אי אפשר לשלוח שוב" in again.content.decode()
    assert Delivery.objects.get().state == "failed"
