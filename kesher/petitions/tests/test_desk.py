"""The desk's pages, and who may not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts, record_consent
from kesher.conversations.models import Broadcast, BroadcastRow, Message
from kesher.conversations.services import expand_broadcasts
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.audit import SYSTEM
from kesher.core.models import Audit
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.forms.signatures import ResponseForm
from kesher.petitions.models import Petition, PetitionUpdate, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as

DESK = "/desk/petitions/"
ONE = "/desk/petitions/48213/"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
WRITTEN = {
    "language": "he",
    "title_he": "ספסלים בתחנות",
    "demand_he": "ספסל בכל תחנה",
    "title_en": "Benches",
    "threshold": "300",
}


@pytest.mark.parametrize(
    "path", ["", "new/", "48213/", "48213/edit/", "48213/update/", "48213/response/", "48213/sign-for/"]
)
def test_a_manager_sees_every_page(miriams: Client, petition: Petition, path: str) -> None:
    assert miriams.get(DESK + path).status_code == 200


@pytest.mark.parametrize("path", ["new/", "48213/edit/", "48213/update/", "48213/response/"])
def test_a_clerk_may_not_publish_and_a_stranger_may_not_look(
    ruths: Client, sashas: Client, client: Client, petition: Petition, path: str
) -> None:
    assert ruths.get(DESK + path).status_code == 403
    assert sashas.get(DESK + path).status_code == 403
    assert client.get(DESK + path).status_code == 302


def test_those_that_wait_for_an_answer_come_first(ruths: Client, petition: Petition) -> None:
    old = a_petition(titles={"he": "ישנה"}, threshold=1)
    a_petition(titles={"he": "חדשה"})
    sign_as(old, a_phone(), door="sms")
    drain_deltas()
    services.note_thresholds()
    page = ruths.get(DESK).content.decode()
    assert page.index("ישנה") < page.index("חדשה")


def test_the_list_is_paged(ruths: Client, petition: Petition, monkeypatch: Any) -> None:
    monkeypatch.setattr("kesher.initiatives.desk.PAGE", 1)
    a_petition(titles={"he": "חדשה יותר"})
    first, second = (ruths.get("/desk/petitions/", {"page": page}).content.decode() for page in (1, 2))
    assert ("חדשה יותר" in first, petition.title in first) == (True, False)
    assert ("חדשה יותר" in second, petition.title in second) == (False, True)
    assert "page=2" in first


def test_a_petition_is_written_with_a_picture_and_published(miriams: Client, city: Agency) -> None:
    picture = SimpleUploadedFile("bench.png", PNG, "image/png")
    made = miriams.post(f"{DESK}new/", {**WRITTEN, "picture": picture, "picture_alt": "ספסל"})
    petition = Petition.objects.get()
    assert made["Location"] == f"{DESK}{petition.code}/"
    assert not petition.is_published
    assert petition.picture is not None
    assert (petition.picture.public, petition.picture.alt) == (True, "ספסל")
    miriams.post(f"{DESK}{petition.code}/move/", {"verb": "publish"})
    assert Petition.objects.open().exists()


def test_a_petition_without_a_demand_is_not_saved(miriams: Client, city: Agency) -> None:
    answer = miriams.post(f"{DESK}new/", {**WRITTEN, "demand_he": ""})
    assert answer.status_code == 422
    assert not Petition.objects.exists()


def test_a_file_that_is_no_picture_is_not_taken(miriams: Client, city: Agency) -> None:
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4 ...", "application/pdf")
    assert miriams.post(f"{DESK}new/", {**WRITTEN, "picture": letter}).status_code == 422


def test_an_edit_keeps_the_picture_and_changes_the_words(miriams: Client, petition: Petition) -> None:
    miriams.post(f"{ONE}edit/", {**WRITTEN, "closes_at": "2099-01-01"})
    petition.refresh_from_db()
    assert petition.titles == {"he": "ספסלים בתחנות", "en": "Benches"}
    assert petition.closes_at is not None


def test_words_that_were_signed_are_corrected_in_the_open(petition: Petition, miriam: Staff, client: Client) -> None:
    before = petition.title
    services.edit_petition(petition, staff=miriam, titles={**petition.titles, "en": "Shade for playgrounds"})
    assert not petition.events.filter(verb="edited").exists()
    services.edit_petition(petition, staff=miriam, titles={**petition.titles, "he": "צל לכל גני השעשועים"})
    assert petition.events.get(verb="edited").text == before
    assert before in client.get("/petitions/48213/").content.decode()


def test_a_day_that_is_over_is_no_closing_day(miriams: Client, petition: Petition) -> None:
    assert miriams.post(f"{ONE}edit/", {**WRITTEN, "closes_at": "2020-01-01"}).status_code == 422


def test_a_step_that_the_table_lacks_is_refused(miriams: Client, ruths: Client, petition: Petition) -> None:
    miriams.post(f"{ONE}move/", {"verb": "publish"})
    assert ruths.post(f"{ONE}move/", {"verb": "close"}).status_code == 403
    petition.refresh_from_db()
    assert petition.closing == "open"


def test_an_update_is_looked_at_before_it_is_sent(miriams: Client, petition: Petition) -> None:
    words = {"text_he": "נפגשנו עם אגף הגנים."}
    look = miriams.post(f"{ONE}update/", {**words, "step": "look"})
    assert "נפגשנו עם אגף הגנים." in look.content.decode()
    assert not PetitionUpdate.objects.exists()
    miriams.post(f"{ONE}update/", {**words, "step": "send"})
    assert PetitionUpdate.objects.get().texts == {"he": "נפגשנו עם אגף הגנים."}


def test_an_update_reaches_those_who_agreed_and_nobody_else(miriams: Client, petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לחתום 48213", "1", "2")
    sign_as(petition, a_phone(), door="sms")
    reach = services.reach(petition)
    assert (reach.signers, reach.agreed, reach.reachable) == (2, 1, 1)
    miriams.post(f"{ONE}update/", {"text_he": "חדשות", "step": "send"})
    assert Broadcast.objects.get().purpose == "information"
    assert BroadcastRow.objects.count() == 2


def test_the_last_word_from_any_of_ones_addresses_holds(
    petition: Petition, sms: Account, dana: Identity, omar: Identity
) -> None:
    sign_as(petition, dana, door="sms")
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    record_consent(omar, "information", granted=True, source="telegram", wording="כן")
    assert services.reach(petition).agreed == 1
    record_consent(dana, "information", granted=False, source="sms", wording="לא")
    assert services.reach(petition).agreed == 0


def test_the_form_of_the_answer_counts_only_what_it_shows(miriams: Client, petition: Petition) -> None:
    with CaptureQueriesContext(connection) as found:
        miriams.get(f"{ONE}response/")
    assert not [query for query in found.captured_queries if "contacts_consent" in query["sql"]]


def test_who_stopped_gets_no_update(miriams: Client, petition: Petition, sms: Account, noon: datetime) -> None:
    hear(sms, DANA, "לחתום 48213", "1", "2", "הסר")
    assert services.reach(petition).agreed == 0
    miriams.post(f"{ONE}update/", {"text_he": "חדשות", "step": "send"})
    expand_broadcasts()
    assert BroadcastRow.objects.get().state == "refused"


def test_an_answer_is_published_and_the_state_says_so(miriams: Client, petition: Petition) -> None:
    miriams.post(f"{ONE}response/", {"text_he": "קיבלנו את ההצעה."})
    petition.refresh_from_db()
    assert (petition.response, petition.answer) == ("given", "קיבלנו את ההצעה.")
    assert not Broadcast.objects.exists()


def test_a_corrected_answer_goes_to_all_again_only_where_somebody_says_so(miriams: Client, petition: Petition) -> None:
    assert miriams.get(f"{ONE}response/").context["form"]["tell"].value() is True
    miriams.post(f"{ONE}response/", {"text_he": "קיבלנו את ההצעה", "tell": "on"})
    form = miriams.get(f"{ONE}response/").context["form"]
    assert form["tell"].value() is False
    assert form["tell"].label != ResponseForm(languages=["he"])["tell"].label


def test_an_answer_that_only_stood_on_the_page_may_still_go_to_all(miriams: Client, petition: Petition) -> None:
    miriams.post(f"{ONE}response/", {"text_he": "קיבלנו את ההצעה."})
    assert miriams.get(f"{ONE}response/").context["form"]["tell"].value() is True


def test_an_empty_answer_is_none(miriams: Client, petition: Petition) -> None:
    assert miriams.post(f"{ONE}response/", {"text_he": " "}).status_code == 422


def test_a_void_signature_counts_again_for_a_reason_that_is_kept(
    miriams: Client, ruths: Client, petition: Petition, dana: Identity, miriam: Staff
) -> None:
    row = sign_as(petition, dana, door="sms").signature
    services.void_signature(row, staff=miriam, reason="בדיקה")
    again = f"{ONE}signatures/{row.receipt}/again/"
    assert again in miriams.get(f"{ONE}signatures/").content.decode()
    assert ruths.post(again, {"note": "x"}).status_code == 403
    assert miriams.post(again, {"note": "טעות שלנו"}).status_code == 302
    assert miriams.post(again, {"note": "שוב"}).status_code == 422
    assert Audit.objects.get(operation="petition.reinstate").data["reason"] == "טעות שלנו"
    assert Signature.objects.of(petition).counted().count() == 1


def test_a_signature_is_voided_for_a_reason(miriams: Client, petition: Petition, dana: Identity) -> None:
    receipt = sign_as(petition, dana, door="sms").signature.receipt
    assert miriams.post(f"{ONE}signatures/{receipt}/void/", {"note": ""}).status_code == 422
    miriams.post(f"{ONE}signatures/{receipt}/void/", {"note": "ניסיון"})
    assert Signature.objects.get().state == "void"


def test_a_clerk_and_another_petition_may_not_void_it(
    ruths: Client, miriams: Client, petition: Petition, dana: Identity
) -> None:
    receipt = sign_as(petition, dana, door="sms").signature.receipt
    other = a_petition()
    assert ruths.post(f"{ONE}signatures/{receipt}/void/", {"note": "x"}).status_code == 403
    assert miriams.post(f"{DESK}{other.code}/signatures/{receipt}/void/", {"note": "x"}).status_code == 404
    assert Signature.objects.get().state == "counted"


def test_a_clerk_signs_for_a_caller(ruths: Client, petition: Petition, sms: Account, dana: Identity) -> None:
    form = ruths.get(f"{ONE}sign-for/", {"contact": dana.contact.key}).content.decode()
    assert "דנה לוי" in form
    assert "השם שלכם" not in form  # the clerk is asked about somebody else
    ruths.post(f"{ONE}sign-for/", {"address": "050-5550142", "name": "דנה לוי", "checked": "on"})
    assert Signature.objects.get().channel == "desk"
    told = Message.objects.filter(direction="out").get()
    assert Signature.objects.get().receipt in told.text


def test_reading_who_signed_is_in_the_trail(
    ruths: Client, sashas: Client, petition: Petition, dana: Identity, ruth: Staff
) -> None:
    sign_as(petition, dana, door="sms")
    looks = Audit.objects.filter(operation="petitions.view_signers")
    for client in (Client(), sashas):
        client.get(f"{ONE}signatures/")
    assert not looks.exists()
    for path in (ONE, f"{ONE}signatures/"):
        ruths.get(path)
    assert [(row.actor_id, row.data["shown"]) for row in looks] == [(ruth.pk, 1)] * 2


def test_the_register_is_paged_by_key(ruths: Client, petition: Petition, django_assert_max_num_queries: Any) -> None:
    for _person in range(55):
        sign_as(petition, a_phone(), door="sms")
    with django_assert_max_num_queries(10):
        first = ruths.get(f"{ONE}signatures/").content.decode()
    assert first.count("<tr>") == 51
    before = Signature.objects.order_by("-id")[49].pk
    assert f"?before={before}" in first
    assert ruths.get(f"{ONE}signatures/", {"before": before}).content.decode().count("<tr>") == 6


def test_a_signature_is_found_by_its_receipt_or_its_address(ruths: Client, petition: Petition, dana: Identity) -> None:
    mine = sign_as(petition, dana, door="sms").signature.receipt
    other = sign_as(petition, a_phone(), door="sms").signature.receipt
    for words in (mine, mine.lower(), "050-555-0142"):
        page = ruths.get(f"{ONE}signatures/", {"q": words}).content.decode()
        assert (mine in page, other in page) == (True, False)
    assert other not in ruths.get(f"{ONE}signatures/", {"q": "nobody"}).content.decode()


def test_whoever_calls_takes_his_signature_back(
    ruths: Client, petition: Petition, dana: Identity, sms: Account
) -> None:
    receipt = sign_as(petition, dana, door="sms").signature.receipt
    path = f"{ONE}signatures/{receipt}/withdraw/"
    assert receipt in ruths.get(path).content.decode()
    assert ruths.post(path).status_code == 422  # how does the clerk know who it is?
    assert Signature.objects.of(petition).counted().count() == 1
    ruths.post(path, {"checked": "on"})
    assert Signature.objects.get().state == "withdrawn"
    assert petition.title in Message.objects.get(direction="out", identity=dana).text
    assert ruths.post(path, {"checked": "on"}).status_code == 422  # it does not count now


def test_nobody_else_takes_it_back(sashas: Client, petition: Petition, dana: Identity) -> None:
    receipt = sign_as(petition, dana, door="sms").signature.receipt
    for client in (Client(), sashas):
        client.post(f"{ONE}signatures/{receipt}/withdraw/", {"checked": "on"})
    assert Signature.objects.of(petition).counted().count() == 1
