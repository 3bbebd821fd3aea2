"""The staff's pages: sources and their health; a person's records only with a reason that the person can read."""

from __future__ import annotations

from django.test import Client

from conftest import signed_in
from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Staff
from kesher.contacts.models import Identity
from kesher.records.models import Look, RecordSource, SourceHealth
from kesher.records.tests.factories import a_failing_source, a_source, agree

REASON = "שאלה של דנה בטלפון"


def test_a_clerk_sees_how_sources_do_and_changes_nothing(ruths: Client) -> None:
    a_source()
    assert "מקור arnona" in ruths.get("/desk/records/").content.decode()
    assert ruths.post("/desk/records/arnona/switch/", {"on": "0"}).status_code == 403
    assert ruths.post("/desk/records/arnona/", {"code": "x"}).status_code == 403
    assert RecordSource.objects.get().is_active


def test_the_administrator_switches_a_source_off(admin: Staff) -> None:
    a_source()
    signed_in(admin).post("/desk/records/arnona/switch/", {"on": "0"})
    assert not RecordSource.objects.get().is_active


def test_how_a_source_failed_is_shown_and_nothing_of_the_person(dana: Identity, danas: Client, ruths: Client) -> None:
    agree(dana.contact, a_failing_source(way="crash"))
    danas.get("/records/all/")
    shown = ruths.get("/desk/records/").content.decode()
    assert SourceHealth.objects.get().code == "crash"
    assert "ZeroDivisionError" in shown
    assert dana.address not in shown


def test_settings_are_saved_and_secrets_are_kept_unless_typed_anew(admin: Staff) -> None:
    a_source(secrets={"key": "old"})
    values = {
        "code": "arnona", "adapter": "demo", "names": '{"he": "ארנונה"}', "purposes": "{}", "wordings": "{}", "icon": "home",
        "level": "2", "timeout": "4", "ttl": "60", "stale_ttl": "600", "order": "1", "settings": "{}", "secrets": "",
    }  # fmt: skip
    assert signed_in(admin).post("/desk/records/arnona/", values).status_code == 302
    row = RecordSource.objects.get()
    assert (row.name, row.timeout, row.secrets) == ("ארנונה", 4, {"key": "old"})
    signed_in(admin).post("/desk/records/arnona/", {**values, "secrets": '{"key": "new"}'})
    assert RecordSource.objects.get().secrets == {"key": "new"}


def test_a_stored_secret_is_not_sent_to_another_address(admin: Staff) -> None:
    a_source(secrets={"key": "old"}, settings={"url": "https://register.example/"})
    values = {
        "code": "arnona", "adapter": "demo", "names": '{"he": "ארנונה"}', "purposes": "{}", "wordings": "{}", "icon": "home",
        "level": "2", "timeout": "4", "ttl": "60", "stale_ttl": "600", "order": "1", "secrets": "",
        "settings": '{"url": "https://elsewhere.example/"}',
    }  # fmt: skip
    assert signed_in(admin).post("/desk/records/arnona/", values).status_code == 422
    assert RecordSource.objects.get().settings["url"] == "https://register.example/"
    assert signed_in(admin).post("/desk/records/arnona/", {**values, "secrets": '{"key": "new"}'}).status_code == 302


def test_nonsense_is_not_saved(admin: Staff) -> None:
    answer = signed_in(admin).post("/desk/records/new/", {"code": "x", "names": "[1]", "settings": "{", "level": "9"})
    assert answer.status_code == 422
    assert not RecordSource.objects.exists()


def test_without_a_reason_nothing_is_shown(dana: Identity, ruths: Client) -> None:
    agree(dana.contact, a_source())
    url = f"/desk/people/{dana.contact.key}/records/"
    assert "612.40" not in ruths.get(url).content.decode()
    assert ruths.post(url, {"reason": "כי"}).status_code == 422
    assert not Look.objects.exists()


def test_with_a_reason_it_is_shown_and_she_can_read_who_and_why(dana: Identity, danas: Client, ruths: Client) -> None:
    agree(dana.contact, a_source())
    shown = ruths.post(f"/desk/people/{dana.contact.key}/records/", {"reason": REASON}).content.decode()
    assert "612.40" in shown
    assert "/ask/" not in shown
    told = danas.get("/records/looks/").content.decode()
    assert REASON in told
    assert "רותי כהן" in told


def test_staff_see_no_more_than_she_agreed_to(dana: Identity, ruths: Client) -> None:
    a_source()
    agree(dana.contact, a_source("health", level=3))
    shown = ruths.post(f"/desk/people/{dana.contact.key}/records/", {"reason": REASON})
    assert [item["status"] for item in shown.context["sections"]] == ["no_consent", "level"]


def test_a_clerk_of_another_body_sees_nothing(dana: Identity, sashas: Client) -> None:
    assert sashas.post(f"/desk/people/{dana.contact.key}/records/", {"reason": REASON}).status_code == 403
    assert not Look.objects.exists()


def test_the_way_there_stands_beside_her_conversation(dana: Identity, ruths: Client) -> None:
    a_source()
    assert (
        f"/desk/people/{dana.contact.key}/records/" in ruths.get(f"/desk/people/{dana.contact.key}/").content.decode()
    )
    assert browser_of(dana).get("/desk/records/").status_code == 302
