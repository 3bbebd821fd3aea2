"""The list of what to set up: read from the data, for managers and administrators."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff, Team
from kesher.agencies.setup_steps import read_progress
from kesher.cases.models import Topic
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.services import receive
from kesher.core.models import Audit


def done(agency: Agency) -> set[str]:
    return {state.step.name for state in read_progress(agency).steps if state.is_done}


def test_a_new_agency_has_nothing_done(city: Agency, admin: Staff, webchat: Account) -> None:
    assert done(city) == set()


def test_each_step_is_read_from_the_data(
    city: Agency, ruth: Staff, admin: Staff, team: Team, sms: Account, mailbox: Account
) -> None:
    team.members.add(ruth)
    Topic.objects.create(agency=city, code="lamp", names={"he": "פנס"}, reportable=True)
    city.hours = {"0": [["08:00", "16:00"]]}
    assert {"topics", "teams", "hours", "colleague", "channel", "mail"} <= done(city)


def test_what_is_taken_out_of_use_is_missing_again(city: Agency, sms: Account, mailbox: Account) -> None:
    Topic.objects.create(agency=city, code="lamp", names={"he": "פנס"}, is_active=False, reportable=True)
    Topic.objects.create(agency=city, code="bin", names={"he": "פח"})  # nobody may report it
    Account.objects.update(is_active=False)
    assert not {"topics", "channel", "mail"} & done(city)


def test_the_first_message_is_received(city: Agency, webchat: Account, dana: Identity) -> None:
    receive(
        webchat,
        Event(Kind.MESSAGE, external_id="1", dedup_key="1", sender=Address("web", "v1"), text="שלום"),
        received=timezone.now(),
    )
    assert "message" in done(city)


def test_the_page_shows_progress_and_a_link_for_each_step(admins: Client) -> None:
    page = admins.get("/desk/setup/", headers={"accept-language": "en"}).text
    for path in ("/desk/topics/", "/desk/teams/", "/desk/hours/", "/desk/staff/", "/desk/channels/", "/chat/"):
        assert f'href="{path}"' in page


def test_only_the_first_open_step_has_the_main_button(admins: Client, city: Agency) -> None:
    first = read_progress(city).first_open
    page = admins.get("/desk/setup/").text
    assert first is not None
    assert f'<a class="button  small" href="{first.url}"' in page
    assert page.count('<a class="button  small"') == 1


def test_the_inbox_has_a_line_for_managers_until_it_is_hidden(miriams: Client, ruths: Client, city: Agency) -> None:
    assert "found-note" not in ruths.get("/desk/").text
    assert "/desk/setup/" in line_of(miriams)
    miriams.post("/desk/setup/line/")
    assert line_of(miriams) == ""
    miriams.post("/desk/setup/line/", {"show": "1"})
    assert "/desk/setup/" in line_of(miriams)


def line_of(browser: Client) -> str:
    page = browser.get("/desk/").text
    return page.partition('<p class="found-note">')[2].partition("</p>")[0]


def test_a_demo_has_no_line(miriams: Client, city: Agency) -> None:
    city.demo = True
    city.save()
    assert line_of(miriams) == ""


def test_a_clerk_may_not_hide_the_line(ruths: Client, city: Agency) -> None:
    before = Audit.objects.filter(operation="site.show_setup_line").count()
    assert ruths.post("/desk/setup/line/").status_code == 403
    city.refresh_from_db()
    assert (city.setup_hidden, Audit.objects.filter(operation="site.show_setup_line").count()) == (False, before)


def test_a_stranger_is_led_to_the_login(client: Client, city: Agency) -> None:
    response: Any = client.get("/desk/setup/")
    assert response["Location"] == "/desk/login/?next=/desk/setup/"
