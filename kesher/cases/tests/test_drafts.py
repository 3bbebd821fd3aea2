"""What a clerk has begun to write, and what they saw before it goes out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Staff
from kesher.cases import services
from kesher.cases.models import Case, Draft
from kesher.cases.services.erasure import erase_cases
from kesher.cases.tests.factories import page_of, waits, writes
from kesher.channels.models import Account
from kesher.conversations.models import Delivery, Message

LIVE = {"HX-Request": "true", "HX-Target": "stream"}


@pytest.fixture
def case(sms: Account) -> Case:
    return waits(sms, "הפנס כבוי")


def begin(client: Client, case: Case, text: str, mode: str = "reply") -> None:
    answer = client.post(page_of(case.conversation) + "draft/", {"text": text, "mode": mode})
    assert (answer.status_code, answer.content) == (204, b"")


def shown(client: Client, case: Case) -> Any:
    return client.get(page_of(case.conversation)).context


def send(client: Client, case: Case, seen: int, **data: Any) -> Any:
    return client.post(
        page_of(case.conversation) + "send/", {"mode": "reply", "text": "נגיע", "seen_seq": seen, **data}
    )


def test_a_draft_comes_back_to_its_author_and_goes_to_nobody(ruths: Client, miriams: Client, case: Case) -> None:
    begin(ruths, case, "שלום דנה, הצוות")
    assert shown(ruths, case)["draft"] == "שלום דנה, הצוות"
    assert shown(miriams, case)["draft"] == ""
    assert "הצוות" not in miriams.get("/desk/").content.decode()
    assert not Delivery.objects.exists()
    assert not Message.objects.filter(direction__in=["out", "note"]).exists()


def test_an_answer_and_a_note_are_kept_apart(ruths: Client, case: Case, ruth: Staff) -> None:
    begin(ruths, case, "לתושבת")
    begin(ruths, case, "לעמיתים", mode="note")
    page = shown(ruths, case)
    assert (page["draft"], page["note_mode"], page["draft_reply"]) == ("לעמיתים", True, "לתושבת")
    send(ruths, case, 9, mode="note", text="לעמיתים")
    page = shown(ruths, case)
    assert (page["draft"], page["note_mode"], page["draft_note"]) == ("לתושבת", False, "")


def test_what_is_sent_is_no_draft_and_what_was_refused_still_is(ruths: Client, case: Case) -> None:
    begin(ruths, case, "נגיע")
    assert send(ruths, case, 0).status_code == 422
    assert Draft.objects.get().text == "נגיע"
    assert send(ruths, case, case.conversation.again().last_seq).status_code == 302
    assert not Draft.objects.exists()


def test_a_save_that_was_overtaken_by_the_sending_brings_nothing_back(ruths: Client, case: Case) -> None:
    seen = case.conversation.again().last_seq
    assert send(ruths, case, seen).status_code == 302
    ruths.post(page_of(case.conversation) + "draft/", {"text": "נגיע", "seen_seq": seen})
    assert not Draft.objects.exists()
    ruths.post(page_of(case.conversation) + "draft/", {"text": "נגיע", "seen_seq": case.conversation.again().last_seq})
    assert Draft.objects.exists()


def test_the_list_marks_it_for_its_author_alone(ruths: Client, miriams: Client, case: Case) -> None:
    begin(ruths, case, "נגיע")
    marks = [[row.draft for row in client.get("/desk/").context["listing"].rows] for client in (ruths, miriams)]
    assert marks == [[True], [False]]


def test_words_taken_away_leave_no_draft_and_erasing_takes_all(ruths: Client, case: Case) -> None:
    begin(ruths, case, "נגיע")
    begin(ruths, case, " ")
    assert not Draft.objects.exists()
    begin(ruths, case, "נגיע")
    erase_cases([case.conversation.contact_id])
    assert not Draft.objects.exists()


def test_a_live_update_moves_no_mark_and_says_what_is_new(
    ruths: Client, case: Case, sms: Account, miriam: Staff
) -> None:
    seen = shown(ruths, case)["seen_seq"]
    writes(sms, "זה דחוף", person=case.conversation.contact)
    services.answer(case.conversation, "כבר יצאנו", staff=miriam)
    part = ruths.get(page_of(case.conversation), {"seen_seq": seen}, headers=LIVE)
    assert (part.context["seen_seq"], [message.text for message in part.context["unseen"]]) == (
        seen,
        ["זה דחוף", "כבר יצאנו"],
    )
    assert 'name="seen_seq"' not in part.content.decode()
    before = Message.objects.count()
    refused = send(ruths, case, seen)
    assert (refused.status_code, refused.context["draft"], Message.objects.count()) == (422, "נגיע", before)
    assert refused.context["seen_seq"] == case.conversation.again().last_seq  # it is shown above the field now


def test_a_refusal_for_another_reason_shows_nothing_new(ruths: Client, case: Case, sms: Account) -> None:
    seen = shown(ruths, case)["seen_seq"]
    writes(sms, "זה דחוף", person=case.conversation.contact)
    refused = send(ruths, case, seen, text=" ")
    assert (refused.status_code, refused.context["seen_seq"], len(refused.context["unseen"])) == (422, seen, 1)


def test_who_else_has_this_person_is_said_before_one_writes(
    ruths: Client, miriams: Client, case: Case, miriam: Staff
) -> None:
    assert shown(ruths, case)["other_holder"] is None
    services.take_case(case, miriam, expected=None, staff=miriam)
    assert shown(ruths, case)["other_holder"] == miriam
    assert "מרים אזולאי" in ruths.get(page_of(case.conversation), headers=LIVE).content.decode()
    assert shown(miriams, case)["other_holder"] is None
