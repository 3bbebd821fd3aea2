"""A call or a visit, written down: it joins the person's stream and gets a number."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.tests.factories import a_topic, page_of, stream_of, waits
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Delivery, Route
from kesher.core.models import Audit


def log(client: Client, **data: Any) -> Any:
    return client.post("/desk/calls/new/", {"way": "phone", "language": "he", "said": "הפח לא פונה", **data})


def test_a_call_of_a_stranger_makes_a_person_and_a_waiting_case(ruths: Client, city: Any) -> None:
    response = log(ruths, address="050-555-0142", name="דנה לוי")
    case = Case.objects.get()
    contact = case.conversation.contact
    assert f"?case={case.number}" in response["Location"]
    assert (case.kind, case.state, case.channel, contact.name) == ("call", "new", "phone", "דנה לוי")
    assert Identity.objects.get().address == "+972505550142"
    assert case.conversation.again().waiting_since is not None


def test_a_number_that_a_caller_names_is_only_claimed(ruths: Client, city: Any) -> None:
    log(ruths, address="0505550142")
    assert Identity.objects.get().assurance == 0


def test_a_call_joins_what_the_person_wrote_before(ruths: Client, whatsapp: Account, dana: Identity) -> None:
    waits(whatsapp, "הפנס כבוי", person=dana.contact)
    log(ruths, address="+972 50 555 0142")
    assert [row.channel for row in stream_of(dana.contact)] == ["whatsapp", "phone"]
    assert Contact.objects.count() == 1


def test_a_call_never_renames_who_is_known(ruths: Client, dana: Identity) -> None:
    log(ruths, address="0505550142", name="מישהי אחרת")
    assert Contact.objects.get().name == "דנה לוי"


def test_an_answered_call_waits_for_nobody(ruths: Client, city: Any, ruth: Staff) -> None:
    log(ruths, address="0505550142", answer="הצוות יגיע מחר")
    case = Case.objects.get()
    assert (case.state, case.assignee, case.waiting_since) == ("open", ruth, None)
    assert [row.text for row in stream_of(case.conversation.contact)] == ["הפח לא פונה", "הצוות יגיע מחר"]


def test_a_settled_call_is_a_solved_case(ruths: Client, city: Any) -> None:
    log(ruths, address="0505550142", answer="אפשר לשלם באתר", settled="on", topic=a_topic().pk)
    case = Case.objects.get()
    assert case.state == "solved"
    assert case.answered_at is not None


def test_whoever_gives_no_address_gets_a_number_all_the_same(ruths: Client, city: Any) -> None:
    log(ruths, way="counter", name="")
    assert Case.objects.get().channel == "counter"
    assert not Identity.objects.exists()


def test_nothing_is_sent_by_writing_a_call_down(ruths: Client, sms: Account) -> None:
    log(ruths, address="0505550142", answer="נחזור אליך")
    assert not Delivery.objects.exists()


def test_a_caller_can_be_answered_where_an_account_may_write_first(ruths: Client, sms: Account) -> None:
    log(ruths, address="0505550142")
    contact = Contact.objects.get()
    assert Route.objects.get().account == sms
    ruths.post(page_of(contact) + "send/", {"mode": "reply", "text": "הצוות בדרך"})
    assert Delivery.objects.get().account == sms


def test_a_number_that_is_none_is_refused_and_nothing_is_kept(ruths: Client, city: Any) -> None:
    response = log(ruths, address="12")
    assert response.status_code == 422
    assert "הפח לא פונה" in response.content.decode()
    assert not Case.objects.exists()
    assert not Contact.objects.exists()


def test_a_call_without_a_word_is_refused(ruths: Client, city: Any) -> None:
    assert log(ruths, said="  ").status_code == 422
    assert not Case.objects.exists()


def test_from_a_persons_page_only_the_matter_is_asked(ruths: Client, dana: Identity) -> None:
    page = ruths.get(f"/desk/calls/new/?contact={dana.contact.key}").content.decode()
    assert 'name="address"' not in page
    log(ruths, contact=dana.contact.key)
    assert Case.objects.get().conversation.contact == dana.contact


def test_a_call_is_one_line_in_the_log(ruths: Client, city: Any) -> None:
    log(ruths, address="0505550142")
    assert Audit.objects.filter(operation="cases.log_call", actor_kind="staff").count() == 1
