"""The staff pages: the list, a report for a caller, and the export."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Staff, Team
from kesher.cases.services import move_case, open_case
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Delivery
from kesher.conversations.services import conversation_of
from kesher.core.models import Audit
from kesher.reports.models import ServiceRequest
from kesher.reports.registrations import panel_context
from kesher.reports.tests.factories import lamp_report, noise, topic

LIST, NEW, CSV = "/desk/requests/", "/desk/requests/new/", "/desk/requests.csv"


def call(**changed: Any) -> dict[str, Any]:
    given = {
        "door": "phone",
        "reach": "050-555-0177",
        "name": "נועה",
        "topic": "street-light",
        "place": "הגפן 12",
        "words": "הפנס לא דולק",
    }
    return {**given, **changed}


def test_the_list_shows_every_report(ruths: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    page = ruths.get(LIST).content.decode()
    assert "20401" in page
    assert "הגפן 12" in page


def test_a_hundred_reports_cost_what_ten_cost(
    ruths: Client, dana: Identity, django_assert_max_num_queries: Any
) -> None:
    about = topic()
    for _ in range(55):
        lamp_report(dana, about)
    with django_assert_max_num_queries(10):
        page = ruths.get(LIST)
    assert len(page.context["rows"]) == 50
    assert len(ruths.get(LIST + page.context["older"]).context["rows"]) == 5


def test_filters_leave_out_the_rest(ruths: Client, dana: Identity, team: Team, ruth: Staff) -> None:
    first = lamp_report(dana, topic())
    lamp_report(dana, noise(team))
    move_case(first.case, "solve", staff=ruth)
    found = [
        [row["case"].number for row in ruths.get(LIST, wanted).context["rows"]]
        for wanted in (
            {"topic": "noise"},
            {"team": "roads"},
            {"state": "solved"},
            {"state": "any_open"},
            {"topic": "none"},
        )
    ]
    assert found == [[20402], [20402], [20401], [20402], []]


def test_a_call_is_written_down_for_the_person(ruths: Client, ruth: Staff, sms: Account) -> None:
    topic()
    ruths.post(NEW, call(tell="on"))
    made = ServiceRequest.objects.get()
    assert (made.door, made.on_behalf_by, made.level) == ("phone", ruth, 0)
    assert made.case.conversation.contact.name == "נועה"
    assert "20401" in Delivery.objects.get().payload["text"]
    line = Audit.objects.get(operation="reports.report")
    assert (line.actor_kind, line.actor_id) == ("staff", ruth.pk)


def test_the_person_is_told_nothing_where_he_does_not_want_it(ruths: Client, sms: Account) -> None:
    topic()
    ruths.post(NEW, call())
    assert ServiceRequest.objects.exists()
    assert not Delivery.objects.exists()


def test_a_call_without_a_number_is_not_written_down(ruths: Client, ruth: Staff) -> None:
    topic()
    assert ruths.post(NEW, call(reach="")).status_code == 422
    assert not Contact.objects.exists()


@pytest.mark.parametrize("path", [LIST, NEW, CSV])
def test_a_stranger_may_not_look(client: Client, dana: Identity, path: str) -> None:
    assert client.get(path).status_code == 302
    assert client.post("/desk/requests/20401/public/").status_code in (302, 403)


@pytest.mark.parametrize("path", [LIST, NEW, CSV])
def test_a_clerk_of_another_town_may_not_look(sashas: Client, dana: Identity, path: str) -> None:
    assert sashas.get(path).status_code == 403


def test_a_clerk_may_not_take_the_file(ruths: Client, dana: Identity) -> None:
    assert ruths.get(CSV).status_code == 403
    assert not Audit.objects.filter(operation="reports.export").exists()


def test_a_manager_takes_the_file_and_that_is_written_down(miriams: Client, dana: Identity) -> None:
    lamp_report(dana, topic(), words="=HYPERLINK(1)")
    lines = miriams.get(CSV).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number,opened,state,topic")
    assert "'=HYPERLINK(1)" in lines[1]
    assert "דנה" not in lines[1]
    assert Audit.objects.filter(operation="reports.export").count() == 1


def test_a_clerk_shows_an_address_to_neighbours(ruths: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    ruths.post("/desk/requests/20401/public/", {"public": "1"})
    assert ServiceRequest.objects.get().public
    ruths.post("/desk/requests/20401/public/", {"public": "0"})
    assert not ServiceRequest.objects.get().public


def test_the_panel_knows_the_report_of_a_case(dana: Identity) -> None:
    made = lamp_report(dana, topic())
    shown = panel_context(made.case)
    assert shown is not None
    assert (shown["report"], shown["claimed"]) == (made, "")


def test_the_desk_shows_the_panel_beside_the_case(ruths: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    page = ruths.get("/desk/cases/20401/", follow=True).content.decode()
    assert "geo:32.050000,34.750000" in page
    assert "/desk/requests/20401/" in page


def test_a_case_that_is_no_report_has_no_panel(dana: Identity) -> None:
    assert panel_context(open_case(conversation_of(dana.contact), title="מתי?")) is None


def test_a_report_has_a_page_at_the_desk(ruths: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    page = ruths.get("/desk/requests/20401/").content.decode()
    assert "הפנס לא דולק" in page
    assert "geo:32.050000,34.750000" in page
    assert ruths.get("/desk/requests/20999/").status_code == 404


def test_a_stranger_may_not_see_that_page(client: Client, sashas: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    assert client.get("/desk/requests/20401/").status_code == 302
    assert sashas.get("/desk/requests/20401/").status_code == 403


def test_a_reports_own_page_moves_its_case_and_comes_back(ruths: Client, dana: Identity, ruth: Staff) -> None:
    made = lamp_report(dana, topic())
    url = f"/desk/requests/{made.case.number}/"
    assert f'name="back" value="{url}"' in ruths.get(url).content.decode()
    answer = ruths.post(f"/desk/cases/{made.case.number}/holder/", {"to": ruth.pk, "expected": "", "back": url})
    made.case.refresh_from_db()
    assert (answer["Location"], made.case.assignee) == (url, ruth)


def test_a_reports_own_page_says_who_did_what(ruths: Client, dana: Identity, ruth: Staff) -> None:
    made = lamp_report(dana, topic())
    ruths.post(f"/desk/cases/{made.case.number}/move/", {"verb": "start"})
    story = ruths.get(f"/desk/requests/{made.case.number}/").context["story"]
    assert [(line["title"], line["text"]) for line in story] == [("בטיפול", ruth.name), ("נפתחה", "")]


@pytest.mark.parametrize("back", ["https://elsewhere.example/desk/", "//elsewhere.example/", "/contests/"])
def test_an_action_comes_back_to_the_desk_only(ruths: Client, dana: Identity, back: str) -> None:
    made = lamp_report(dana, topic())
    answer = ruths.post(f"/desk/cases/{made.case.number}/move/", {"verb": "start", "back": back})
    assert answer["Location"].startswith("/desk/people/")
