"""A file that was uploaded with a form which was refused or given up is deleted after a day; no other file is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.channels.base import Event, Kind, Media
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contests.tests.factories import a_contest, a_proposal
from kesher.conversations.services import receive
from kesher.conversations.tests.talk import DANA
from kesher.core.files.attachments import delete_unattached, file_path, store_attachment
from kesher.core.models import Attachment
from kesher.dialogues.models import DialogueSession
from kesher.petitions.tests.factories import a_petition
from kesher.reports.tests.factories import lamp_report, topic
from kesher.verbs.models import PendingRequest


def a_file(words: str, *, hours: int = 25) -> Attachment:
    """Return a file that was uploaded so long ago."""
    file = store_attachment(f"%PDF-1 {words}".encode(), name=f"{words}.pdf")
    Attachment.objects.filter(pk=file.pk).update(created=timezone.now() - timedelta(hours=hours))
    return file


def left() -> list[str]:
    return sorted(Attachment.objects.values_list("name", flat=True))


def test_a_file_that_belongs_to_nothing_is_deleted_after_a_day(dana: Identity) -> None:
    old, new = a_file("old"), a_file("new", hours=23)
    assert delete_unattached() == 1
    assert left() == ["new.pdf"]
    assert not file_path(old.sha256).exists()
    assert file_path(new.sha256).exists()
    assert delete_unattached() == 0


def test_bytes_that_another_file_shares_stay(dana: Identity) -> None:
    one = a_file("same")
    a_file("same", hours=1)
    assert delete_unattached() == 1
    assert file_path(one.sha256).exists()


def test_what_rows_and_messages_have_stays(dana: Identity, whatsapp: Account) -> None:
    lamp_report(dana, topic()).photos.set([a_file("photo")])
    petition, proposal = a_petition(), a_proposal(a_contest(), "קלקלן", by=dana)
    petition.picture, proposal.voice = a_file("picture"), a_file("voice")
    petition.save()
    proposal.save()
    media = (Media("document", "application/pdf", content=b"%PDF-1 sent", name="sent.pdf"),)
    receive(whatsapp, Event(Kind.MESSAGE, "m|1", external_id="1", sender=DANA, media=media), received=timezone.now())
    Attachment.objects.update(created=timezone.now() - timedelta(days=9))
    before = left()
    assert {"photo.pdf", "picture.pdf", "voice.pdf", "sent.pdf"} <= set(before)
    assert delete_unattached() == 0
    assert left() == before


@pytest.mark.parametrize(("state", "kept"), [("active", True), ("parked", True), ("done", False)])
def test_the_file_of_a_form_stays_while_it_may_be_finished(dana: Identity, state: str, kept: bool) -> None:
    answers = {"photo": a_file("photo").key}
    DialogueSession.objects.create(agency=dana.agency, contact=dana.contact, skill="x", answers=answers, state=state)
    assert delete_unattached() == (0 if kept else 1)


def test_the_file_of_a_request_stays_until_its_time_for_the_code_is_over(dana: Identity) -> None:
    answers = {"photo": a_file("photo").key}
    PendingRequest.objects.create(agency=dana.agency, identity=dana, verb="x", answers=answers)
    assert delete_unattached() == 0
    PendingRequest.objects.all().delete()
    assert delete_unattached() == 1
