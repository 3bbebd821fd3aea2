"""A person's own pages: they show only that person's data, preferences, export and erasure."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from conftest import signed_in
from kesher.accounts.tests.acting import browser_of, sign_in
from kesher.agencies.models import Staff, Team
from kesher.cases.models import Case, Topic
from kesher.cases.services import view_person
from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Erasure, Identity
from kesher.contacts.services import ask_erasure, erase_due, find_consent
from kesher.contests.tests.factories import a_contest, proposed
from kesher.conversations.models import Message
from kesher.conversations.services import add_note, conversation_of, receive
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.files.attachments import file_path, store_attachment
from kesher.core.models import Audit
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import park_form
from kesher.participation.models import Participation
from kesher.petitions.tests.factories import a_petition, sign_as
from kesher.purchases.tests.factories import a_purchase, buy
from kesher.records.services import record_staff_look
from kesher.reports.services import open_report

PAGES = ("/me/messages/", "/me/wishes/", "/me/data/", "/me/data/export/")
PDF = b"%PDF-1.4 the lease of Dana Levi"


def say(account: Account, identity: Identity, text: str) -> Message:
    sender = Address(identity.scheme, identity.address, identity.contact.name)
    message = receive(
        account,
        Event(Kind.MESSAGE, f"m|{text}", external_id=text[:9], sender=sender, text=text),
        received=timezone.now(),
    )
    assert message is not None
    return message


def a_life(identity: Identity, account: Account) -> str:
    """Let Dana do one thing of each kind; return the number of the report."""
    message = say(account, identity, "דנה לוי כותבת: הפנס שלי כבוי")
    message.attachments.add(store_attachment(PDF, name="lease-dana.pdf"))
    topic = Topic.objects.create(agency_id=identity.agency_id, code="light", names={"he": "תאורה"}, reportable=True)
    place = {"address": "הגפן 12", "lat": 32.1, "lon": 34.8}
    made = open_report(
        identity.contact, topic=topic, words="הפנס ליד הבית של דנה", place=place, door="sms", identity=identity
    )
    sign_as(a_petition(code="48213"), identity, door="sms", name="דנה לוי", show_name=True)
    proposed(a_contest(), identity, "חשפן", meaning="כי היא חושפת", name="דנה לוי", door="sms")
    buy(a_purchase(code="52712"), 2, identity)
    park_form(identity.contact, REGISTRY["reports.report"], subject="", answers={"words": "דנה שוב"}, door="web")
    return str(made.case.number)


def page(client: Client, path: str = "/me/") -> str:
    reply = client.get(path)
    assert reply.status_code == 200, reply
    return reply.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_and_a_browser_known_by_a_link_prove_more_first(dana: Identity, path: str) -> None:
    assert "/me/sign-in/" in Client().get(path)["Location"]
    assert "/me/prove/?level=2" in browser_of(dana, level=1).get(path)["Location"]


def test_everything_of_a_person_stands_on_his_page(sms: Account, dana: Identity) -> None:
    number = a_life(dana, sms)
    shown = page(browser_of(dana))
    for words in (number, "צל לגני השעשועים", "חשפן", "דודי שמש לשכונה"):
        assert words in shown


def test_nothing_of_it_stands_on_anothers_page(sms: Account, dana: Identity, omar: Identity) -> None:
    number = a_life(dana, sms)
    for path in ("/me/", "/me/messages/", "/me/data/"):
        shown = page(browser_of(omar), path)
        for words in (number, "צל לגני השעשועים", "חשפן", "דודי שמש", "0142", "דנה"):
            assert words not in shown


def test_a_browser_known_by_a_link_sees_what_is_to_be_finished_and_no_more(sms: Account, dana: Identity) -> None:
    number = a_life(dana, sms)
    client = browser_of(dana, level=1)
    shown = page(client)
    assert number not in shown
    assert [row["section"].name for row in client.get("/me/").context["sections"]] == ["unfinished"]


def test_the_page_asks_the_database_as_often_for_a_life_as_for_a_day(
    sms: Account, dana: Identity, django_assert_max_num_queries: Any
) -> None:
    a_life(dana, sms)
    client = browser_of(dana)
    client.get("/me/")
    with django_assert_max_num_queries(40):
        client.get("/me/")


def test_messages_are_those_that_were_said_and_not_what_clerks_wrote_to_one_another(
    sms: Account, dana: Identity, ruth: Staff
) -> None:
    say(sms, dana, "מתי תתקנו את הפנס?")
    add_note(conversation_of(dana.contact), "תושבת ותיקה", staff=ruth)
    shown = page(browser_of(dana), "/me/messages/")
    assert "מתי תתקנו את הפנס?" in shown
    assert "תושבת ותיקה" not in shown


WISHES = {"name": "דנה לוי־כהן", "language": "ru", "channel": "sms", "news": ["purchases"], "quiet_from": "20:00",
          "quiet_to": "09:00", "large_text": "on"}  # fmt: skip


def test_wishes_are_kept_and_hold(sms: Account, dana: Identity) -> None:
    say(sms, dana, "שלום")
    client = browser_of(dana)
    assert client.post("/me/wishes/", WISHES).status_code == 302
    dana.contact.refresh_from_db()
    assert (dana.contact.name, dana.contact.language) == ("דנה לוי־כהן", "ru")
    quiet, muted = {"from": "20:00", "to": "09:00"}, ["following", "petitions"]
    assert dana.contact.prefs == {"channel": "sms", "muted": muted, "quiet": quiet, "large_text": True}
    assert 'data-text="large"' in page(client)
    elsewhere = sign_in()[0]
    assert 'data-text="large"' in page(elsewhere)
    assert Audit.objects.filter(operation="contacts.set_preferences").exists()


@pytest.mark.parametrize("wrong", [{"quiet_to": ""}, {"quiet_to": "20:00"}, {"channel": "fax"}, {"language": "xx"}])
def test_wishes_that_cannot_be_are_asked_again(sms: Account, dana: Identity, wrong: dict[str, str]) -> None:
    say(sms, dana, "שלום")
    assert browser_of(dana).post("/me/wishes/", {**WISHES, **wrong}).status_code == 422
    dana.contact.refresh_from_db()
    assert dana.contact.prefs == {}


def test_a_consent_is_given_and_withdrawn(dana: Identity) -> None:
    client = browser_of(dana)
    client.post("/me/wishes/consent/", {"purpose": "promotion", "granted": "yes"})
    assert find_consent(dana.contact, "promotion") is True
    client.post("/me/wishes/consent/", {"purpose": "promotion", "granted": "no"})
    assert find_consent(dana.contact, "promotion") is False
    client.post("/me/wishes/consent/", {"purpose": "anything", "granted": "yes"})
    assert Audit.objects.filter(operation="contacts.set_consent").count() == 2


def test_all_that_is_held_can_be_taken_away(sms: Account, dana: Identity, ruth: Staff) -> None:
    number = a_life(dana, sms)
    view_person(dana.contact, staff=ruth)
    reply = browser_of(dana).get("/me/data/export/")
    packed = zipfile.ZipFile(io.BytesIO(reply.content))
    data = json.loads(packed.read("data.json"))
    assert [str(row["number"]) for row in data["held"]["requests"]] == [number]
    assert data["held"]["messages"][0]["text"].startswith("דנה לוי כותבת")
    assert data["who_looked"][0]["who"] == "עובד/ת" or data["who_looked"][0]["who"]
    assert "רותי" not in packed.read("data.json").decode() + packed.read("index.html").decode()
    assert [packed.read(name) for name in packed.namelist() if name.startswith("files/")] == [PDF]
    assert Audit.objects.filter(operation="site.export").exists()


def test_an_export_holds_nobody_elses_words(sms: Account, telegram: Account, dana: Identity, omar: Identity) -> None:
    say(telegram, omar, "رسالة عمر")
    say(sms, dana, "שלום")
    packed = zipfile.ZipFile(io.BytesIO(browser_of(dana).get("/me/data/export/").content))
    assert "عمر" not in packed.read("data.json").decode()


def test_who_looked_is_shown_as_a_desk_and_not_by_name(dana: Identity, ruth: Staff, team: Team) -> None:
    ruth.teams.add(team)
    view_person(dana.contact, staff=ruth)
    shown = page(browser_of(dana), "/me/data/")
    assert "תשתיות" in shown
    assert "רותי" not in shown


def test_each_page_of_looks_says_what_it_shows_and_leads_to_the_other(dana: Identity, ruth: Staff) -> None:
    """The person's page shows teams; the records page shows names and reasons."""
    record_staff_look(dana.contact, ruth, ["arnona"], reason="שאלה על החשבון")
    client = browser_of(dana)
    shown = page(client, "/me/data/")
    assert "רותי" not in shown
    assert "שאלה על החשבון" in shown
    for path in ("/records/looks/", "/records/consents/"):
        assert f'href="{path}"' in shown
        page(client, path)
    assert "רותי כהן" in page(client, "/records/looks/")


def test_an_address_is_parted_with_and_not_the_one_in_use(dana: Identity, omar: Identity) -> None:
    Identity.objects.filter(pk=omar.pk).update(contact=dana.contact)
    client = browser_of(dana)
    client.post("/me/data/address/", {"which": omar.pk})
    assert Identity.objects.get(pk=omar.pk).contact_id != dana.contact_id
    client.post("/me/data/address/", {"which": dana.pk})
    assert Identity.objects.get(pk=dana.pk).contact_id == dana.contact_id


def test_nobody_parts_another_from_his_address(dana: Identity, omar: Identity) -> None:
    assert browser_of(dana).post("/me/data/address/", {"which": omar.pk}).status_code == 404
    assert Identity.objects.get(pk=omar.pk).contact_id == omar.contact_id


def test_being_forgotten_needs_a_yes_and_can_be_taken_back(dana: Identity) -> None:
    client = browser_of(dana)
    client.post("/me/data/erase/", {})
    assert not Erasure.objects.exists()
    client.post("/me/data/erase/", {"sure": "yes"})
    client.post("/me/data/erase/", {"cancel": "1"})
    assert Erasure.objects.get().state == "cancelled"


def test_an_open_request_brings_it_to_the_desk(sms: Account, dana: Identity, miriam: Staff, ruth: Staff) -> None:
    number = a_life(dana, sms)
    ask_erasure(dana.contact, by=SYSTEM)
    Erasure.objects.update(due_at=timezone.now())
    erase_due()
    row, desk = Erasure.objects.get(), signed_in(miriam)
    assert number in page(desk, "/desk/erasures/")
    assert signed_in(ruth).post(f"/desk/erasures/{row.pk}/", {"erase": "yes"}).status_code == 403
    desk.post(f"/desk/erasures/{row.pk}/", {"erase": "no", "note": "הפנס עוד לא תוקן"})
    assert "הפנס עוד לא תוקן" in page(browser_of(dana), "/me/data/")
    assert "הפנס עוד לא תוקן" in Message.objects.filter(direction="out").latest("pk").text


def everything() -> str:
    """Return every value of every table, the audit log included."""
    models = [model for model in apps.get_models() if model.__module__.startswith("kesher.")]
    return "\n".join(str(row) for model in models for row in model._base_manager.values_list())


def test_after_an_erasure_no_table_knows_the_person(sms: Account, dana: Identity, miriam: Staff) -> None:
    a_life(dana, sms)
    browser_of(dana, device="Firefox, Android").get("/me/")
    digest = store_attachment(PDF, name="lease-dana.pdf").sha256
    # the person's number, whole or masked; four digits within a digest or a time are chance
    secrets = ("דנה", r"(555.?|(?<![0-9A-Za-z]))0142(?![0-9A-Za-z])", "הגפן", "הפנס", "lease-dana", "Firefox")
    assert all(re.search(secret, everything()) for secret in secrets)
    signed = Participation.objects.filter(state="counted").count()
    ask_erasure(dana.contact, by=SYSTEM)
    Erasure.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    erase_due()
    signed_in(miriam).post(f"/desk/erasures/{Erasure.objects.get().pk}/", {"erase": "yes"})
    kept = everything()
    assert [secret for secret in secrets if re.search(secret, kept)] == [
        "lease-dana"
    ]  # the second file belongs to nobody
    assert Participation.objects.filter(state="counted").count() == signed
    assert file_path(digest).exists()
    assert Contact.objects.get(pk=dana.contact_id).status == Contact.Status.ERASED
    assert Case.objects.get(kind="report").number


def test_an_erased_person_is_signed_out(dana: Identity) -> None:
    client = browser_of(dana)
    ask_erasure(dana.contact, by=SYSTEM)
    Erasure.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert erase_due() == 1
    assert "/me/sign-in/" in client.get("/me/")["Location"]


def test_a_report_that_somebody_sent_with_her_number_says_so(dana: Identity, sms: Account) -> None:
    topic = Topic.objects.create(code="light", names={"he": "תאורה"})
    for proved in (True, False):
        open_report(dana.contact, topic=topic, words="חשוך כאן ברחוב", door="web", identity=dana, proved=proved)
    browser, _ = sign_in()
    page = browser.get("/me/").content.decode()
    assert page.count("נשלח בלי קוד") == 1
