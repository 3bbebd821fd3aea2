"""Acting for a child or a ward: requested, granted by a clerk for a time, read by the ward's own number.

Ended by the representative and by staff, and seen by the child once known.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity
from kesher.contacts.services.erasure import ask_erasure, erase_person
from kesher.conversations.models import Message
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.files.attachments import file_path
from kesher.core.models import Attachment, Audit
from kesher.records.models import Look, Mandate, ReadingConsent, StoredReading, Ward, WardRequest
from kesher.records.services import grant_ward, revoke_ward
from kesher.records.services.guardianships import birthday_at
from kesher.records.source_selection import build_ward_subject
from kesher.records.tests.factories import a_source, a_ward_request, agree

HERS = "012345678"
PAPER = b"%PDF-1.4 a page of an identity card"
MARK = {"key": "m", "title": "תעודה מבית הספר"}
BACK_HERE = "/records/acting/"


def form(**more: Any) -> dict[str, Any]:
    """What Dana fills in for Noa."""
    born = timezone.localdate() - timedelta(days=7 * 366)
    return {
        "kind": "child",
        "name": "נועה לוי",
        "number": "0123-45678",
        "born": born.isoformat(),
        "scope": ["school"],
        **more,
    }


@pytest.fixture
def school(dana: Identity) -> None:
    """A source with Noa's rows and others', by number; Dana's own rows are under Dana's telephone."""
    a_source(
        "school",
        {HERS: [MARK], "12345678": [{"key": "x", "title": "של אחר"}], dana.address: [{"key": "d", "title": "של דנה"}]},
    )


def granted(dana: Identity, ruth: Staff, **more: Any) -> Mandate:
    """A mandate by which Dana acts for Noa, with consent in Noa's name that the school is read."""
    mandate = grant_ward(a_ward_request(dana.contact, **more), ruth)
    browser_of(dana).post(f"/records/consents/?for={mandate.key}", {"source": "school", "for": mandate.key})
    return mandate


def titles(client: Client, mandate: Mandate) -> list[str]:
    page = client.get(f"/records/all/?for={mandate.key}")
    return [row["title"] for item in page.context["sections"] for row in item["rows"]]


# ---- asking


def test_a_request_waits_sealed_for_a_clerk(danas: Client, school: None) -> None:
    assert danas.post("/records/acting/ward/", form()).status_code == 302
    row = WardRequest.objects.get()
    assert (row.state, row.name, row.number, row.level) == ("asked", "נועה לוי", HERS, 2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, number, digest FROM records_wardrequest")
        assert not [text for text in cursor.fetchone() if HERS in text or "נועה" in text]
    assert not Mandate.objects.exists()


@pytest.mark.parametrize("level", [0, 1])
def test_whoever_is_not_known_well_enough_asks_for_nothing(dana: Identity, school: None, level: int) -> None:
    browser = browser_of(dana, level=level) if level else Client()
    assert browser.post("/records/acting/ward/", form()).status_code == 302
    with pytest.raises(Refused):
        a_ward_request(dana.contact, level=level)
    assert not WardRequest.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"born": ""},
        {"born": "2999-01-01"},
        {"born": "1980-01-01"},  # is grown
        {"number": "12"},
        {"number": "<script>"},
        {"name": ""},
        {"until": "2020-01-01"},
        {"kind": "ward", "until": ""},
        {"kind": "ward", "until": "9999-12-31"},
        {"kind": "friend"},
        {"scope": ["nothing-of-ours"]},
    ],
)
def test_what_does_not_hold_is_said_and_nothing_is_written(danas: Client, school: None, wrong: dict[str, Any]) -> None:
    assert danas.post("/records/acting/ward/", form(**wrong)).status_code == 422
    assert not WardRequest.objects.exists()


def test_a_child_ends_at_eighteen_and_a_ward_with_the_order(dana: Identity) -> None:
    child = a_ward_request(dana.contact, born=date(2015, 2, 3), until=date(2050, 1, 1))
    ward = a_ward_request(dana.contact, kind="ward", number="987654321", until=date(2031, 5, 6))
    assert timezone.localtime(child.until).isoformat() == "2033-02-03T00:00:00+02:00"
    assert timezone.localtime(ward.until).date() == date(2031, 5, 6)
    assert birthday_at(date(2008, 2, 29), 18) == date(2026, 3, 1)


def test_the_database_holds_that_a_child_ends_at_eighteen(dana: Identity) -> None:
    row = a_ward_request(dana.contact)
    for changes in ({"until": row.until + timedelta(days=1)}, {"state": "granted"}, {"state": "refused"}, {"level": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            WardRequest.objects.filter(pk=row.pk).update(**changes)


def test_the_same_is_not_asked_twice_however_it_is_written(danas: Client, school: None) -> None:
    danas.post("/records/acting/ward/", form())
    assert danas.post("/records/acting/ward/", form(number="٠١٢٣٤٥٦٧٨")).status_code == 422
    assert WardRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"PK\x03\x04 an archive", "a.pdf"), (b"<script>alert(1)</script>", "a.png"), (b"MZ\x00", "a.pdf")],
)
def test_a_paper_that_is_none_is_not_taken(danas: Client, school: None, content: bytes, name: str) -> None:
    answer = danas.post("/records/acting/ward/", form(proof=SimpleUploadedFile(name, content, "application/pdf")))
    assert (answer.status_code, "proof" in answer.context["form"].errors) == (422, True)
    assert not WardRequest.objects.exists()


def test_whoever_asked_takes_it_back_and_nobody_else_does(dana: Identity, omar: Identity, danas: Client) -> None:
    row = a_ward_request(dana.contact)
    url = f"/records/acting/ward/{row.key}/withdraw/"
    assert browser_of(omar).post(url).status_code == 404
    assert row.again().state == "asked"
    danas.post(url)
    assert (row.again().state, row.number) == ("withdrawn", "")


# ---- deciding


def test_a_clerk_grants_and_the_number_and_the_paper_go(
    dana: Identity, danas: Client, ruths: Client, ruth: Staff, school: None, sms: Account
) -> None:
    danas.post("/records/acting/ward/", form(proof=SimpleUploadedFile("id.pdf", PAPER, "application/pdf")))
    row = WardRequest.objects.get()
    assert row.proof is not None
    path = file_path(row.proof.sha256)
    assert (path.exists(), HERS in ruths.get(f"/desk/wards/{row.key}/").content.decode()) == (True, True)
    ruths.post(f"/desk/wards/{row.key}/decide/", {"grant": "yes", "until": "2030-01-02"})
    row = row.again()
    assert row.mandate is not None
    assert (row.state, row.staff_id, row.number, path.exists()) == ("granted", ruth.pk, "", False)
    assert timezone.localtime(row.mandate.until).date() == date(2030, 1, 2)
    assert Attachment.objects.get().state == "refused"


@pytest.mark.parametrize(
    "values", [{"grant": "yes", "until": ""}, {"grant": "yes", "until": "2020-01-01"}, {"reason": "לא"}, {}]
)
def test_without_a_day_or_a_reason_nothing_is_decided(ruths: Client, dana: Identity, values: dict[str, str]) -> None:
    row = a_ward_request(dana.contact)
    assert ruths.post(f"/desk/wards/{row.key}/decide/", values).status_code == 422
    assert (row.again().state, Mandate.objects.exists()) == ("asked", False)


def test_a_clerk_says_no_and_why(dana: Identity, danas: Client, ruths: Client, sms: Account) -> None:
    row = a_ward_request(dana.contact)
    ruths.post(f"/desk/wards/{row.key}/decide/", {"reason": "השם במסמך אחר מהשם בבקשה"})
    assert (row.again().state, row.number, Ward.objects.exists()) == ("refused", "", False)
    assert "השם במסמך אחר" in danas.get(BACK_HERE).content.decode()


def test_nobody_but_staff_of_this_body_decides(dana: Identity, danas: Client, sashas: Client) -> None:
    row = a_ward_request(dana.contact)
    for browser in (danas, Client(), sashas):
        for door in ("", "decide/", "end/", "address/"):
            assert browser.post(f"/desk/wards/{row.key}/{door}", {"grant": "yes", "until": "2030-01-02"}).status_code in (
                302, 403, 405,
            )  # fmt: skip
        assert HERS not in browser.get(f"/desk/wards/{row.key}/").content.decode()
    assert (row.again().state, Mandate.objects.exists()) == ("asked", False)


def test_what_was_decided_is_not_decided_again(dana: Identity, ruth: Staff) -> None:
    row = a_ward_request(dana.contact)
    stale = WardRequest.objects.get()
    grant_ward(row, ruth)
    with pytest.raises(Refused):
        grant_ward(stale, ruth)
    assert Mandate.objects.count() == 1


def test_a_clerk_who_opens_a_request_leaves_a_line(dana: Identity, ruths: Client) -> None:
    ruths.get(f"/desk/wards/{a_ward_request(dana.contact).key}/")
    line = Audit.objects.get(operation="records.open_ward_request")
    assert HERS not in str(line.data)


def test_two_parents_act_for_one_child(dana: Identity, omar: Identity, ruth: Staff, school: None) -> None:
    hers, his = granted(dana, ruth), grant_ward(a_ward_request(omar.contact, name="נועה"), ruth)
    assert hers.giver_id == his.giver_id
    assert (Ward.objects.count(), titles(browser_of(omar), his)) == (1, [MARK["title"]])


# ---- looking


def test_the_child_is_read_by_her_own_number_and_never_by_the_parents_address(
    dana: Identity, danas: Client, ruth: Staff, school: None
) -> None:
    agree(dana.contact, a_source("other"))
    mandate = granted(dana, ruth)
    assert titles(danas, mandate) == [MARK["title"]]
    ward = Ward.objects.get()
    subject = build_ward_subject(ward, "he")
    assert [(one.scheme, one.address, one.assurance) for one in subject.addresses] == [("id", HERS, 2)]
    assert (subject.name, dana.address in repr(subject)) == ("נועה לוי", False)


def test_nothing_is_read_before_the_parent_agrees_in_the_childs_name(
    dana: Identity, danas: Client, ruth: Staff, school: None
) -> None:
    agree(dana.contact, *[])
    mandate = grant_ward(a_ward_request(dana.contact), ruth)
    page = danas.get(f"/records/all/?for={mandate.key}")
    assert [item["status"] for item in page.context["sections"]] == ["no_consent"]
    assert f"/records/consents/?for={mandate.key}" in page.content.decode()
    assert not StoredReading.objects.exists()


def test_the_consent_is_the_childs_and_says_who_gave_it(dana: Identity, ruth: Staff, school: None) -> None:
    mandate = granted(dana, ruth)
    assert ReadingConsent.objects.get().contact_id == mandate.giver_id != dana.contact_id
    assert Audit.objects.get(operation="records.consent").actor_id == dana.contact_id


def test_taken_back_consent_ends_the_reading_and_what_was_kept(
    dana: Identity, danas: Client, ruth: Staff, school: None
) -> None:
    mandate = granted(dana, ruth)
    titles(danas, mandate)
    assert StoredReading.objects.count() == 1
    danas.post("/records/consents/", {"withdraw": "school", "for": mandate.key})
    assert (StoredReading.objects.count(), titles(danas, mandate)) == (0, [])


def test_only_a_wards_consent_is_anothers_to_give(dana: Identity, father: Identity) -> None:
    """With an ordinary mandate, only the giver decides what is read."""
    mandate = Mandate.objects.create(
        agency_id=dana.agency_id, giver=father.contact, taker=dana.contact, invited=dana, begun_by="giver",
        scope=["policies"], level=2, until=timezone.now() + timedelta(days=1), accepted_at=timezone.now(),
    )  # fmt: skip
    before = ReadingConsent.objects.count()
    assert browser_of(dana).post("/records/consents/", {"withdraw": "policies", "for": mandate.key}).status_code == 404
    assert ReadingConsent.objects.count() == before


def test_each_look_is_written_to_the_child(dana: Identity, danas: Client, ruth: Staff, school: None) -> None:
    mandate = granted(dana, ruth)
    titles(danas, mandate)
    look = Look.objects.get()
    assert (look.contact_id, look.viewer_id, look.sources) == (mandate.giver_id, dana.contact_id, ["school"])


def test_nobody_else_uses_it_and_it_ends_with_its_time(
    dana: Identity, omar: Identity, danas: Client, ruth: Staff
) -> None:
    mandate = grant_ward(a_ward_request(dana.contact), ruth)
    assert browser_of(omar).get(f"/records/all/?for={mandate.key}").status_code == 404
    Mandate.objects.filter(pk=mandate.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert danas.get(f"/records/all/?for={mandate.key}").status_code == 404
    assert not Look.objects.exists()


def test_her_question_says_that_she_acts_by_law(dana: Identity, danas: Client, ruth: Staff, school: None) -> None:
    mandate = granted(dana, ruth)
    danas.post(f"/records/from/school/ask/?row=m&for={mandate.key}", {"words": "מה זה?", "for": mandate.key})
    said = Message.objects.get(conversation=Case.objects.get().conversation, direction="in").text
    assert "נועה לוי" in said
    assert HERS not in said


# ---- ending


def test_staff_end_it_and_say_why(dana: Identity, danas: Client, ruths: Client, ruth: Staff, sms: Account) -> None:
    mandate = grant_ward(a_ward_request(dana.contact), ruth)
    url = f"/desk/wards/{mandate.request.key}/end/"
    assert ruths.post(url, {"reason": "כי"}).status_code == 422
    assert mandate.again().ended_at is None
    ruths.post(url, {"reason": "בית המשפט ביטל את הצו"})
    assert (mandate.again().ended_by, mandate.ended_why) == ("staff", "בית המשפט ביטל את הצו")
    assert danas.get(f"/records/all/?for={mandate.key}").status_code == 404


def test_staff_end_nothing_that_two_people_agreed_to(dana: Identity, father: Identity, ruth: Staff) -> None:
    mandate = Mandate.objects.create(
        agency_id=dana.agency_id, giver=father.contact, invited=dana, begun_by="giver",
        until=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(Refused):
        revoke_ward(mandate, ruth, reason="אין לזה סיבה טובה")
    assert mandate.again().ended_at is None


def test_whoever_acts_ends_it_and_a_stranger_does_not(
    dana: Identity, omar: Identity, danas: Client, ruth: Staff
) -> None:
    mandate = grant_ward(a_ward_request(dana.contact), ruth)
    assert browser_of(omar).post(f"/records/acting/{mandate.key}/end/").status_code == 404
    assert mandate.again().ended_at is None
    danas.post(f"/records/acting/{mandate.key}/end/")
    assert mandate.again().ended_by == "taker"


def test_a_child_who_is_known_now_sees_who_acts_and_ends_it(
    dana: Identity, danas: Client, ruths: Client, ruth: Staff, school: None, sms: Account
) -> None:
    mandate = granted(dana, ruth)
    titles(danas, mandate)
    ruths.post(f"/desk/wards/{mandate.request.key}/address/", {"address": "050-555-0177"})
    noa = browser_of(get_or_create_identity(Address("tel", "+972505550177")))
    assert "דנה לוי" in noa.get("/records/looks/").content.decode()
    assert "דנה לוי" in noa.get(BACK_HERE).content.decode()
    noa.post(f"/records/acting/{mandate.key}/end/")
    assert mandate.again().ended_by == "giver"


def test_the_parents_own_address_is_not_the_childs(dana: Identity, ruths: Client, ruth: Staff, sms: Account) -> None:
    mandate = grant_ward(a_ward_request(dana.contact), ruth)
    url = f"/desk/wards/{mandate.request.key}/address/"
    assert ruths.post(url, {"address": dana.address}).status_code == 422
    assert ruths.post(url, {"address": "nobody"}).status_code == 422
    assert not Contact.objects.filter(merged_into__isnull=False).exists()


def test_who_is_erased_acts_no_more_and_the_child_is_forgotten_with_her(dana: Identity, ruth: Staff) -> None:
    mandate = grant_ward(a_ward_request(dana.contact), ruth)
    erase_person(ask_erasure(dana.contact, by=SYSTEM), by=SYSTEM)
    ward, row = Ward.objects.get(), WardRequest.objects.get()
    assert (ward.number, ward.digest, ward.contact.name, row.name) == ("", "", "", "")
    assert mandate.again().ended_at is not None


def test_the_desk_asks_as_much_however_many_ask(dana: Identity, ruths: Client, ruth: Staff) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            ruths.get("/desk/wards/")
        return len(queries)

    a_ward_request(dana.contact, number="11111")
    grant_ward(a_ward_request(dana.contact, number="22222"), ruth)
    asked()
    before = asked()
    for number in ("33333", "44444"):
        other = get_or_create_identity(Address("tel", f"+97250555{number[:4]}", "אחרת")).contact
        a_ward_request(other, number=number)
        grant_ward(a_ward_request(other, number=f"{number}9"), ruth)
    assert asked() == before
