"""A person's stream: every channel, in order, with what happened to each message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.cases import timeline
from kesher.cases.tests.factories import a_person, crowd, page_of, waits, writes
from kesher.channels.base import Event, Kind, Location, Media
from kesher.channels.models import Account
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import receive
from kesher.core.audit import SYSTEM
from kesher.core.models import Attachment, Audit


def texts(person: Any, **how: Any) -> list[str]:
    return [entry.text for entry in timeline.read_timeline(person, **how).entries]


def test_two_channels_are_one_stream_in_order(whatsapp: Account, sms: Account) -> None:
    person = a_person()
    now = timezone.now()
    for minute, account, text in ((2, whatsapp, "שני"), (1, sms, "ראשון"), (3, sms, "שלישי")):
        message = writes(account, text, person=person)
        Message.objects.filter(pk=message.pk).update(received=now + timedelta(minutes=minute))
    entries = timeline.read_timeline(person).entries
    assert [(entry.text, entry.mark and entry.mark.title) for entry in entries] == [
        ("ראשון", "מסרון (SMS)"), ("שני", "וואטסאפ"), ("שלישי", "מסרון (SMS)"),
    ]  # fmt: skip


def test_a_merged_person_is_read_as_one(whatsapp: Account, sms: Account) -> None:
    kept, absorbed = a_person("א"), a_person("ב")
    writes(whatsapp, "ממני", person=kept)
    writes(sms, "גם ממני", person=absorbed)
    merge_contacts(kept, absorbed, reason="code", by=SYSTEM)
    assert set(texts(kept)) == {"ממני", "גם ממני"}


def test_pages_meet_without_gap(city: Agency, whatsapp: Account) -> None:
    [row] = crowd(city, whatsapp, people=1, messages=100)
    newest = timeline.read_timeline(row.contact)
    earlier = timeline.read_timeline(row.contact, before=newest.earlier)
    first = timeline.read_timeline(row.contact, before=earlier.earlier)
    found = [entry.text for page in (first, earlier, newest) for entry in page.entries]
    assert found == [f"הודעה {seq}" for seq in range(1, 101)]
    assert first.earlier == 0


def test_a_found_message_is_shown_with_its_neighbours(city: Agency, whatsapp: Account) -> None:
    [row] = crowd(city, whatsapp, people=1, messages=100)
    wanted = Message.objects.get(text="הודעה 50")
    page = timeline.read_timeline(row.contact, around=wanted.pk)
    found = [entry.text for entry in page.entries]
    assert found[-1 - timeline.AROUND] == "הודעה 50"
    assert page.later


def test_what_came_late_shows_when_it_was_said(whatsapp: Account) -> None:
    said = timezone.now() - timedelta(hours=3)
    message = writes(whatsapp, "נשלח מזמן")
    Message.objects.filter(pk=message.pk).update(said_at=said, received=timezone.now())
    [entry] = timeline.read_timeline(message.conversation.contact).entries
    assert entry.late
    assert entry.at == said


def test_a_choice_marks_the_option_that_was_taken(whatsapp: Account) -> None:
    question = writes(whatsapp, "?")
    options = [{"key": "n:yes", "title": "כן"}, {"key": "n:no", "title": "לא"}]
    Message.objects.filter(pk=question.pk).update(direction="out", content={"options": options})
    writes(whatsapp, "כן", person=question.conversation.contact, choice_id="n:yes")
    assert timeline.read_timeline(question.conversation.contact).entries[0].options == [("כן", True), ("לא", False)]


def test_an_answer_quotes_what_it_answers(whatsapp: Account) -> None:
    first = writes(whatsapp, "איפה זה?")
    writes(whatsapp, "ליד הבית", person=first.conversation.contact, reply_to=first.external_id)
    assert timeline.read_timeline(first.conversation.contact).entries[1].quote == "איפה זה?"


def test_files_and_places_are_shown(whatsapp: Account, ruths: Client) -> None:
    media = (Media("image", "image/png", ref="r1", name="lamp.png"), Media("audio", "audio/ogg", ref="r2"))
    message = writes(whatsapp, "", media=media, location=Location(32.1, 34.8, address="הגפן 12"))
    picture, voice = Attachment.objects.order_by("pk")
    Attachment.objects.filter(pk=picture.pk).update(state="ready", kind="image")
    Attachment.objects.filter(pk=voice.pk).update(state="ready", kind="audio")
    page = ruths.get(page_of(message.conversation)).content.decode()
    assert f"/files/{picture.key}?w=640" in page
    assert "<audio" in page
    assert "הגפן 12" in page


def test_a_refused_file_is_named_with_the_reason(whatsapp: Account, ruths: Client) -> None:
    message = writes(whatsapp, "", media=(Media("document", ref="r1", name="virus.exe"),))
    Attachment.objects.update(state="refused", reason="סוג קובץ שאיננו מקבלים")
    page = ruths.get(page_of(message.conversation)).content.decode()
    assert "virus.exe" in page
    assert "סוג קובץ שאיננו מקבלים" in page


def test_a_file_on_its_way_makes_the_page_look_again(whatsapp: Account, ruths: Client) -> None:
    message = writes(whatsapp, "", media=(Media("image", ref="r1"),))
    assert "live, every 4s" in ruths.get(page_of(message.conversation)).content.decode()


def test_a_deleted_message_and_an_edited_one_say_so(whatsapp: Account, ruths: Client) -> None:
    message = writes(whatsapp, "המקור")
    identity = message.identity
    assert identity is not None
    edit = Event(Kind.EDIT, "edit|1", target=message.external_id, text="התיקון")
    receive(whatsapp, edit, received=timezone.now())
    receive(whatsapp, replace(edit, kind=Kind.DELETE, dedup_key="delete|1"), received=timezone.now())
    [entry] = timeline.read_timeline(message.conversation.contact).entries
    assert (entry.text, entry.before, entry.edited, entry.deleted) == ("התיקון", "המקור", True, True)


def test_peoples_words_are_never_markup(whatsapp: Account, ruths: Client) -> None:
    case = waits(whatsapp, "<script>alert(1)</script>", person=a_person("<b>דנה</b>"))
    page = ruths.get(page_of(case.conversation)).content.decode()
    assert "<script>alert" not in page
    assert "<b>דנה</b>" not in page


def test_opening_a_page_is_written_to_the_log_and_a_live_update_is_not(whatsapp: Account, ruths: Client) -> None:
    case = waits(whatsapp)
    ruths.get(page_of(case.conversation))
    for part in ("list", "stream", "case"):
        ruths.get(page_of(case.conversation), headers={"HX-Request": "true", "HX-Target": part})
    assert Audit.objects.filter(operation="contacts.view", subject_id=str(case.conversation.contact_id)).count() == 1


def test_an_absorbed_persons_address_leads_to_the_kept_one(whatsapp: Account, ruths: Client) -> None:
    kept, absorbed = a_person("א"), a_person("ב")
    merge_contacts(kept, absorbed, reason="code", by=SYSTEM)
    assert ruths.get(page_of(absorbed))["Location"] == page_of(kept)


def test_a_page_costs_the_same_with_ten_messages_and_with_many(
    city: Agency, whatsapp: Account, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    few, many = crowd(city, whatsapp, people=1, messages=10) + crowd(city, whatsapp, people=1, messages=300)
    for row in (few, many):
        with django_assert_max_num_queries(36):  # each feature's panel asks once or twice
            assert ruths.get(page_of(row)).status_code == 200
    assert Conversation.objects.count() == 2


def test_a_live_update_of_the_stream_brings_what_it_changes(whatsapp: Account, ruths: Client) -> None:
    case = waits(whatsapp)
    url = page_of(case.conversation)
    page = ruths.get(url, headers={"HX-Request": "true", "HX-Target": "stream"}).content.decode()
    assert page.count("hx-swap-oob") == 6
    assert 'id="words"' not in page
