"""The citizen's page: only their own records, only what they agreed to, only at their level; nothing lost."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency
from kesher.cases.models import Case
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Message
from kesher.core.contact_address import Address
from kesher.core.models import Audit
from kesher.records.models import Look, ReadingConsent, Reminder, StoredReading
from kesher.records.services import save_source, switch_source
from kesher.records.services.erasure import erase_records
from kesher.records.tests.factories import BILL, a_failing_source, a_source, agree

WHOLE = "/records/all/"


def states(client: Client, url: str = WHOLE) -> dict[str, str]:
    return {item["source"].code: item["status"] for item in client.get(url).context["sections"]}


def test_a_stranger_signs_in_first(city: Agency) -> None:
    assert Client().get("/records/")["Location"] == "/me/sign-in/?next=%2Frecords%2F"


def test_whoever_came_by_a_link_shows_first_that_it_is_he(dana: Identity) -> None:
    answer = browser_of(dana, level=1).get("/records/")
    assert (answer.status_code, answer["Location"][:10]) == (302, "/me/prove/")


def test_the_page_is_there_before_any_source_is_asked(
    dana: Identity, danas: Client, django_assert_max_num_queries: Any
) -> None:
    a_failing_source(way="slow", how={"seconds": 30})
    with django_assert_max_num_queries(4):
        answer = danas.get("/records/")
    assert answer.context["sections"][0]["busy"]
    assert b"data-records-ticket=" in answer.content
    assert b'http-equiv="refresh" content="0;url=/records/all/"' in answer.content


def test_without_a_script_one_get_shows_what_came_and_names_what_failed(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source(), a_failing_source(names={"he": "קנסות"}))
    answer = danas.get(WHOLE)
    assert "612.40" in answer.content.decode()
    assert [(one["name"], one["words"]) for one in answer.context["sum"]["failed"]] == [("קנסות", "לא ענה")]
    assert b"/records/all/?again=broken" in answer.content


def test_one_that_takes_longer_than_three_seconds_is_left_for_a_reload(
    dana: Identity, danas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kesher.records.views.SECONDS", 0.2)
    agree(dana.contact, a_source(), a_failing_source(way="slow", how={"seconds": 2}))
    answer = danas.get(WHOLE)
    assert (answer.context["waiting"], states(danas)) == (True, {"arnona": "ok", "broken": "waiting"})


def test_what_nobody_agreed_to_is_not_read(danas: Client) -> None:
    a_source()
    assert states(danas) == {"arnona": "no_consent"}
    assert not StoredReading.objects.exists()


def test_what_asks_for_more_is_not_read(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source(level=3))
    assert states(danas) == {"arnona": "level"}
    assert not StoredReading.objects.exists()


def test_the_kill_switch_works_at_once_also_on_what_is_kept(dana: Identity, danas: Client) -> None:
    source = a_source()
    agree(dana.contact, source)
    assert states(danas) == {"arnona": "ok"}
    switch_source(source, False, staff=None)
    answer = danas.get(WHOLE)
    assert (states(danas), b"612.40" in answer.content) == ({"arnona": "off"}, False)


def test_consent_is_given_with_the_words_that_were_read(dana: Identity, danas: Client) -> None:
    a_source()
    danas.post("/records/consents/", {"source": "arnona"})
    line = ReadingConsent.objects.get()
    assert (line.contact_id, line.granted, line.wording) == (dana.contact_id, True, "אני מסכים/ה")
    assert Audit.objects.filter(operation="records.consent").count() == 1


def test_consent_that_is_taken_back_ends_the_reading_and_what_was_kept(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    assert states(danas) == {"arnona": "ok"}
    danas.post("/records/consents/", {"withdraw": "arnona"})
    assert not StoredReading.objects.exists()
    assert states(danas) == {"arnona": "no_consent"}


def test_new_words_ask_anew(dana: Identity, danas: Client) -> None:
    source = a_source()
    agree(dana.contact, source)
    save_source(source, staff=None, wordings={"he": "מילים אחרות"})
    assert states(danas) == {"arnona": "no_consent"}


def test_an_answer_is_kept_sealed_and_an_error_is_not(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source(), a_failing_source())
    danas.get(WHOLE)
    kept = StoredReading.objects.get()
    assert kept.source.code == "arnona"
    assert "ארנונה" not in kept.sealed
    assert dana.address not in kept.key + kept.sealed


def test_an_older_answer_stands_in_with_its_day(dana: Identity, danas: Client) -> None:
    source = a_source(ttl=0)
    agree(dana.contact, source)
    danas.get(WHOLE)
    save_source(None, staff=None, code="x", adapter="demo", names={"he": "x"})
    type(source).objects.filter(pk=source.pk).update(adapter="failing", settings={"way": "error"})
    assert states(danas)["arnona"] == "stale"


def failed(client: Client, again: str = "") -> list[str]:
    """Who is said not to have answered."""
    return [one["code"] for one in client.get(f"{WHOLE}?again={again}").context["sum"]["failed"]]


def test_another_try_of_one_source_says_of_no_other_that_it_failed(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source(ttl=0), a_failing_source())
    assert failed(danas) == ["broken"]
    assert failed(danas, again="broken") == ["broken"]


def test_another_try_of_one_source_does_not_hide_that_another_failed(dana: Identity, danas: Client) -> None:
    source = a_source(ttl=0)
    agree(dana.contact, source, a_failing_source())
    danas.get(WHOLE)
    type(source).objects.filter(pk=source.pk).update(adapter="failing", settings={"way": "error"})
    assert failed(danas) == ["arnona", "broken"]
    assert failed(danas, again="broken") == ["arnona", "broken"]


def test_a_look_at_ones_own_is_one_line_for_a_while(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    danas.get(WHOLE)
    danas.get(WHOLE)
    look = Look.objects.get()
    assert (look.contact_id, look.viewer_id, look.sources) == (dana.contact_id, dana.contact_id, ["arnona"])


def test_the_findings_stand_above_all(dana: Identity, danas: Client, policy: dict[str, Any]) -> None:
    agree(dana.contact, a_source("one", [policy]), a_source("two", [{**policy, "key": "p2", "provider": "אופק"}]))
    found = danas.get(WHOLE).context["sum"]["findings"]
    assert [(one["kind"], len(one["rows"])) for one in found] == [("wait", 2)]
    assert "מגדלור, אופק" in found[0]["words"]


def test_a_question_about_a_row_is_a_case_that_says_what_it_is_about(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    answer = danas.post("/records/from/arnona/ask/?row=b1", {"words": "למה עלה?"})
    assert answer.status_code == 302
    case = Case.objects.get()
    said = Message.objects.get(conversation=case.conversation, direction="in").text
    assert case.title == "ארנונה: למה עלה?"
    assert said.startswith("למה עלה?\n\nמקור arnona: ארנונה")
    assert "612.40" in said


def test_an_empty_question_and_a_row_that_is_none_open_nothing(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    assert danas.post("/records/from/arnona/ask/?row=b1", {"words": " "}).status_code == 422
    assert danas.post("/records/from/arnona/ask/?row=b2", {"words": "?"}).status_code == 404
    assert not Case.objects.exists()


def test_another_persons_row_cannot_be_asked_about(dana: Identity, omar: Identity) -> None:
    source = a_source(rows={dana.address: [BILL]})
    agree(dana.contact, source)
    agree(omar.contact, source)
    assert browser_of(dana).get("/records/from/arnona/ask/?row=b1").status_code == 200
    assert browser_of(omar).get("/records/from/arnona/ask/?row=b1").status_code == 404


def test_a_reminder_is_kept_encrypted_and_may_be_cancelled(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    danas.post("/records/from/arnona/remind/?row=b1", {"day": "2035-01-02"})
    row = Reminder.objects.get()
    assert row.words.startswith("ארנונה")
    danas.post(f"/records/reminders/{row.pk}/cancel/")
    assert Reminder.objects.get().state == "cancelled"


def test_nobody_cancels_anothers_reminder(dana: Identity, danas: Client, omar: Identity) -> None:
    agree(dana.contact, a_source())
    danas.post("/records/from/arnona/remind/?row=b1", {"day": "2035-01-02"})
    browser_of(omar).post(f"/records/reminders/{Reminder.objects.get().pk}/cancel/")
    assert Reminder.objects.get().state == "waiting"


def test_a_day_that_is_over_is_refused(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    assert danas.post("/records/from/arnona/remind/?row=b1", {"day": "2020-01-02"}).status_code == 422
    assert not Reminder.objects.exists()


def test_everything_can_be_taken_away_for_excel(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source(rows=[{**BILL, "explanation": "=HYPERLINK()"}]))
    book = zipfile.ZipFile(io.BytesIO(danas.get("/records/export.xlsx").content))
    words, sheet = (book.read(f"xl/{name}.xml").decode() for name in ("sharedStrings", "worksheets/sheet1"))
    assert all(f">{word}<" in words for word in ("מקור arnona", "חשבון", "ארנונה", "=HYPERLINK()"))
    assert 'rightToLeft="1"' in sheet
    assert "<f>" not in sheet, "a word is taken for a formula"
    assert Look.objects.get().door == "export"


def test_what_is_taken_away_is_written_down_also_after_a_look(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    for url in (WHOLE, "/records/export.xlsx", "/records/calendar.ics", WHOLE):
        danas.get(url)
    assert sorted(Look.objects.values_list("door", flat=True)) == ["export", "web"]


def test_every_day_can_be_taken_to_a_calendar(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    text = danas.get("/records/calendar.ics").content
    assert text.startswith(b"BEGIN:VCALENDAR\r\n")
    assert text.count(b"BEGIN:VEVENT") == 1
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_another_body_sees_none_of_it(dana: Identity, danas: Client, town: Agency) -> None:
    agree(dana.contact, a_source())
    answer = danas.get(WHOLE, headers={"host": "town.example"})
    assert answer.status_code in (302, 400)


def test_whoever_is_merged_into_another_keeps_what_he_agreed_to(dana: Identity, danas: Client) -> None:
    older = get_or_create_identity(Address("mailto", "dana@citizen.example"), assurance=2).contact
    agree(older, a_source())
    assert states(danas) == {"arnona": "no_consent"}
    type(older).objects.filter(pk=older.pk).update(merged_into=dana.contact)
    assert states(danas) == {"arnona": "ok"}


def test_whoever_is_erased_is_erased_here_too(dana: Identity, danas: Client) -> None:
    agree(dana.contact, a_source())
    danas.get(WHOLE)
    danas.post("/records/from/arnona/remind/?row=b1", {"day": "2035-01-02"})
    erase_records([dana.contact_id])
    assert not StoredReading.objects.exists()
    assert (Reminder.objects.get().state, Reminder.objects.get().words) == ("cancelled", "")
    assert ReadingConsent.objects.exists()  # that we were allowed to read is shown by this line
