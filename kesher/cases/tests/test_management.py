"""The channels' page and the manager's."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from conftest import signed_in
from kesher.agencies.models import Agency, Staff
from kesher.cases import channel_presenter, dashboard
from kesher.cases.models import Case
from kesher.cases.services import move_case, record_answer
from kesher.cases.tests.factories import a_topic, crowd, waits
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.models import ChannelEvent, Delivery, Intake, Message
from kesher.core.models import Audit


def account_of(city: Agency, account: Account) -> channel_presenter.Health:
    found: list[channel_presenter.Health] = channel_presenter.channels_context(city)["accounts"]
    return next(item for item in found if item.account == account)


def test_a_well_configured_account_is_well(city: Agency, whatsapp: Account) -> None:
    assert account_of(city, whatsapp).state == "good"


def test_an_account_without_its_secrets_cannot_work_and_says_what_is_missing(city: Agency, ruths: Client) -> None:
    account = open_account("whatsapp", address="1")
    assert account_of(city, account).state == "bad"
    page = ruths.get("/desk/channels/").content.decode()
    assert "יש להזין את אסימון הגישה הקבוע של משתמש המערכת." in page
    assert "<code>" not in page


def test_failed_and_waiting_deliveries_are_counted(city: Agency, whatsapp: Account, ruth: Staff, ruths: Client) -> None:
    case = waits(whatsapp)
    for _number in range(2):
        ruths.post(f"/desk/people/{case.conversation.contact.key}/send/", {"mode": "reply", "text": f"תשובה {_number}"})
    Delivery.objects.filter(pk=Delivery.objects.latest("pk").pk).update(state="failed")
    found = account_of(city, whatsapp)
    assert (found.waiting, found.failed, found.state) == ("1", 1, "wait")


def test_when_something_came_in_last_is_told(city: Agency, whatsapp: Account) -> None:
    assert account_of(city, whatsapp).heard is None
    waits(whatsapp)
    assert account_of(city, whatsapp).heard is not None


def test_what_was_not_understood_is_shown_without_secrets_and_peoples_data(whatsapp: Account, ruths: Client) -> None:
    data = {"raw": {"token": "s3cret", "from": "0505550142", "type": "hologram"}}
    ChannelEvent.objects.create(account=whatsapp, dedup_key="u|1", kind="unknown", state="unknown", data=data)
    page = ruths.get("/desk/channels/").content.decode()
    assert "hologram" in page
    assert "s3cret" not in page
    assert "0505550142" not in page


def lost(account_id: int) -> Intake:
    return Intake.objects.create(
        id=uuid4(), account_id=account_id, received=0, path="/", body=b"{", state="failed", tries=3
    )


def test_a_lost_request_goes_round_again(whatsapp: Account, ruths: Client) -> None:
    row = lost(whatsapp.pk)
    ruths.post(f"/desk/channels/intake/{row.pk}/retry/")
    row.refresh_from_db()
    assert (row.state, row.tries) == ("new", 0)
    assert Audit.objects.filter(operation="channels.retry_intake").count() == 1


def test_another_agencys_lost_request_may_not_be_touched(whatsapp: Account, ruths: Client) -> None:
    row = lost(whatsapp.pk + 999)
    ruths.post(f"/desk/channels/intake/{row.pk}/retry/")
    row.refresh_from_db()
    assert row.state == "failed"
    assert not Audit.objects.filter(operation="channels.retry_intake").exists()


def test_all_that_was_not_understood_or_failed_can_be_paged_through(whatsapp: Account, ruths: Client) -> None:
    for number in range(45):
        data = {"raw": f"thing-{number}-"}
        ChannelEvent.objects.create(account=whatsapp, dedup_key=f"{number}", kind="unknown", state="unknown", data=data)
        lost(whatsapp.pk)
    for name in ("odd", "lost"):
        seen: list[Any] = []
        page = f"/desk/channels/?{name}="
        while page:
            context = ruths.get(page).context
            seen += [getattr(item, "event", None) or item["row"] for item in context[name]]
            page = f"/desk/channels/?{name}={context[f'{name}_next']}" if context[f"{name}_next"] else ""
        assert len(seen) == len({row.pk for row in seen}) == 45
    assert ruths.get("/desk/channels/?odd=x&lost=y").status_code == 200


def test_a_manager_reads_again_what_could_not_be_read_and_the_log_says_so(
    whatsapp: Account, ruths: Client, miriams: Client
) -> None:
    row = lost(whatsapp.pk)
    Intake.objects.filter(pk=row.pk).update(body=text_of(whatsapp, "שלום"))
    assert ruths.post("/desk/channels/again/").status_code == 403
    assert "channels/again" not in ruths.get("/desk/channels/").content.decode()
    assert not Message.objects.exists()
    page = miriams.post("/desk/channels/again/", follow=True).content.decode()
    assert "נקראו עכשיו: 1" in page
    assert Message.objects.get(direction="in").text == "שלום"
    assert Audit.objects.get(operation="conversations.replay").actor_kind == "staff"


def text_of(account: Account, words: str) -> bytes:
    """A message as the provider would send it."""
    request = account.adapter.simulate(Address("tel", "+972505550142"), {"text": words, "id": "w1"}, account.info())
    assert request is not None
    return request.body


def test_what_waits_on_disk_is_shown(whatsapp: Account, ruths: Client) -> None:
    folder = Path(settings.KESHER_SPOOL)
    folder.mkdir(parents=True)
    (folder / "intake-1.jsonl").write_text("[]\n[]\n")
    assert channel_presenter.read_spool_state().rows == 2
    assert ruths.get("/desk/channels/").context["spool"].files == 1


def test_an_administrator_switches_an_account_off_and_on(whatsapp: Account, admin: Staff) -> None:
    client = signed_in(admin)
    client.post(f"/desk/channels/{whatsapp.pk}/switch/", {"active": "no"})
    assert not whatsapp.again().is_active
    client.post(f"/desk/channels/{whatsapp.pk}/switch/", {"active": "yes"})
    assert whatsapp.again().is_active


def test_the_channels_page_costs_the_same_with_many_messages(
    city: Agency, whatsapp: Account, sms: Account, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    crowd(city, whatsapp, people=30, messages=10)
    with django_assert_max_num_queries(13):
        ruths.get("/desk/channels/")


def solved(whatsapp: Account, staff: Staff, *, late: bool = False) -> Case:
    case = waits(whatsapp, hours=1)
    record_answer(case.conversation, staff=staff)
    if late:
        Case.objects.filter(pk=case.pk).update(done_due=timezone.now() - timedelta(minutes=5))
    return move_case(case.again(), "solve", staff=staff)


def test_the_figures_say_what_is_open_and_in_time(whatsapp: Account, miriam: Staff) -> None:
    waits(whatsapp)
    solved(whatsapp, miriam)
    solved(whatsapp, miriam, late=True)
    page = dashboard.dashboard_context(7)
    assert page["now"] == {"open": 1, "waiting": 1, "late": 0}
    assert page["done_percent"] == 50
    assert page["whole"]["answered"] == 2


def test_a_case_whose_time_is_over_counts_as_late_before_it_is_done(whatsapp: Account) -> None:
    waits(whatsapp)
    Case.objects.update(done_due=timezone.now() - timedelta(hours=1))
    assert dashboard.dashboard_context(7)["done_percent"] == 0


def test_a_case_closed_without_a_word_is_in_no_share(whatsapp: Account, miriam: Staff) -> None:
    waits(whatsapp)
    Case.objects.update(closed_at=timezone.now(), state="closed", done_due=timezone.now() + timedelta(days=1))
    assert dashboard.dashboard_context(7)["done_percent"] == "–"
    assert list(dashboard.export(7))[-1].rstrip().endswith(",")
    Case.objects.update(done_due=timezone.now() - timedelta(days=1))
    assert dashboard.dashboard_context(7)["done_percent"] == 0


def test_where_nothing_was_due_there_is_no_percentage(city: Agency) -> None:
    assert dashboard.dashboard_context(7)["done_percent"] == "–"


def test_topics_and_channels_add_up_to_the_whole(whatsapp: Account, sms: Account) -> None:
    waits(whatsapp)
    waits(sms)
    Case.objects.filter(pk=Case.objects.latest("pk").pk).update(topic=a_topic())
    page = dashboard.dashboard_context(30)
    assert sum(line.opened for line in page["topics"]) == page["whole"]["opened"] == 2
    assert sum(line.opened for line in page["channels"]) == 2


def test_what_is_older_than_the_period_is_not_in_it(whatsapp: Account) -> None:
    waits(whatsapp, hours=24 * 10)
    assert dashboard.dashboard_context(7)["whole"]["opened"] == 0
    assert dashboard.dashboard_context(30)["whole"]["opened"] == 1


def test_every_day_of_the_period_has_its_column(city: Agency) -> None:
    assert len(dashboard.by_day(7)) == 7


def test_the_spreadsheet_names_nobody_and_runs_no_formula(whatsapp: Account, miriams: Client) -> None:
    case = waits(whatsapp, "=HYPERLINK()")
    case.topic = a_topic(team=None)
    case.topic.names = {"he": "=1+1"}
    case.topic.save()
    case.save()
    text = miriams.get("/desk/overview.csv?days=7").content.decode("utf-8-sig")
    assert str(case.number) in text
    assert "'=1+1" in text
    assert "HYPERLINK" not in text
    assert case.conversation.contact.name not in text


def last_cells(client: Client, days: int = 7) -> dict[str, str]:
    """Of each request in the spreadsheet, by its number: was it in time?"""
    rows = list(csv.reader(client.get(f"/desk/overview.csv?days={days}").content.decode("utf-8-sig").splitlines()))
    return {row[0]: row[-1] for row in rows[1:]}


def test_the_spreadsheet_counts_as_the_page_does(whatsapp: Account, miriam: Staff, miriams: Client) -> None:
    good, bad = solved(whatsapp, miriam), solved(whatsapp, miriam, late=True)
    running, late = waits(whatsapp), waits(whatsapp)
    Case.objects.filter(pk=late.pk).update(done_due=timezone.now() - timedelta(hours=1))
    wanted = {good: "כן", bad: "לא", running: "", late: "לא"}
    assert last_cells(miriams) == {str(case.number): word for case, word in wanted.items()}
    whole = dashboard.dashboard_context(7)["whole"]
    assert (whole["due"], whole["good"]) == (3, 1)


def test_a_spreadsheet_that_is_cut_says_so(whatsapp: Account, miriams: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = [waits(whatsapp, hours=hours) for hours in (2, 1)][-1]
    assert len(last_cells(miriams)) == 2
    monkeypatch.setattr(dashboard, "EXPORTED", 1)
    shown, note = last_cells(miriams)
    assert shown == str(newest.number)
    assert "1" in note
    assert "2" in note


def test_the_managers_page_says_of_which_days_and_of_when_it_is(miriams: Client) -> None:
    """On paper, too: the line stands outside what is not printed."""
    page = miriams.get("/desk/overview/?days=30").content.decode()
    last = timezone.localdate()
    first = date_format(last - timedelta(days=29), "SHORT_DATE_FORMAT")
    found = re.search(rf"<bdi>{first}\b.*?{date_format(last, 'SHORT_DATE_FORMAT')}.*?(\d\d:\d\d)</bdi>", page)
    assert found
    assert 0 <= page.index("<h1>") < found.start() < page.index("no-print")


@pytest.mark.parametrize("days", [90, 365])
def test_a_quarter_and_a_year_can_be_taken_away(whatsapp: Account, miriams: Client, days: int) -> None:
    old, older = (waits(whatsapp, hours=24 * (days + more)) for more in (-3, 3))
    assert f"overview.csv?days={days}" in miriams.get(f"/desk/overview/?days={days}").content.decode()
    assert f'href="/desk/overview/?days={days}"' in miriams.get("/desk/overview/").content.decode()
    found = last_cells(miriams, days)
    assert str(old.number) in found
    assert str(older.number) not in found


def test_a_year_is_drawn_by_weeks_and_asks_no_more_of_the_database(
    whatsapp: Account, django_assert_max_num_queries: Any
) -> None:
    for hours in (0, 24 * 8, 24 * 360):
        waits(whatsapp, hours=hours)
    weeks = dashboard.by_week(dashboard.by_day(365))
    assert len(weeks) == 52
    assert [count for _day, count in weeks if count] == [1, 1, 1]
    assert len(dashboard.by_week(dashboard.by_day(90))) == 13
    with django_assert_max_num_queries(7):
        assert dashboard.dashboard_context(365)["day_chart"].count("<rect") == 52


def test_the_desk_reads_of_the_person_and_the_person_of_himself(whatsapp: Account, miriams: Client) -> None:
    case = waits(whatsapp)
    move_case(case, "ask")
    assert "ממתינה לתשובת הפונה" in miriams.get("/desk/overview.csv").content.decode()
    for page in (f"/desk/?q={case.number}", f"/desk/people/{case.conversation.contact.key}/"):
        shown = miriams.get(page).content.decode()
        assert "ממתינה לתשובת הפונה" in shown
        assert "<small>ממתינה לתשובתכם" not in shown
        assert 'badge">ממתינה לתשובתכם' not in shown


def test_the_managers_page_is_drawn(whatsapp: Account, miriam: Staff, miriams: Client) -> None:
    solved(whatsapp, miriam)
    page = miriams.get("/desk/overview/?days=30").content.decode()
    assert page.count('class="chart') >= 1
    assert 'class="bars"' in page
