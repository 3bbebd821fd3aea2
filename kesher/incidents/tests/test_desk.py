"""The desk's pages of incidents: what is shown, who may do what, and how it is undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Draft, ReadyAnswer
from kesher.cases.services import open_case
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.services import conversation_of
from kesher.core.models import Audit
from kesher.incidents import services
from kesher.incidents.models import Incident, IncidentCase, IncidentPerson
from kesher.incidents.notice_cache import forget_notices
from kesher.incidents.tests.conftest import NOTICE, crowd, write

LIST = "/desk/incidents/"
FIELDS = {f"text_{lang}": text for lang, text in NOTICE.items()}


def read(browser: Client, path: str = LIST, **headers: str) -> str:
    reply = browser.get(path, headers=headers)
    assert reply.status_code == 200
    return reply.content.decode()


def page_of(incident: Incident) -> str:
    return f"{LIST}{incident.pk}/"


def until(**later: int) -> str:
    return timezone.localtime(timezone.now() + timedelta(**later)).strftime("%Y-%m-%dT%H:%M")


def people(incident: Incident) -> list[str]:
    return [row.state for row in incident.people.order_by("pk")]


def test_it_stands_first_in_the_inbox_and_in_its_live_part(suspected: Incident, ruths: Client) -> None:
    for headers in ({}, {"HX-Request": "true", "HX-Target": "list"}):
        page = read(ruths, "/desk/", **headers)
        assert "10 אנשים" in page
        assert page.index(page_of(suspected)) < page.index("/desk/people/") if "/desk/people/" in page else True


def test_without_an_incident_the_inbox_has_no_list_of_them(ruths: Client) -> None:
    assert "incident-items" not in read(ruths, "/desk/")


def test_the_list_and_the_page_show_people_with_their_first_messages(suspected: Incident, ruths: Client) -> None:
    assert page_of(suspected) in read(ruths)
    page = read(ruths, page_of(suspected))
    assert page.count("אין מים אצלנו") == 10
    assert "עברית 10" in " ".join(page.split())
    assert Audit.objects.filter(operation="agencies.read_page", data__page=page_of(suspected)).count() == 1


def test_people_cost_no_queries(suspected: Incident, ruths: Client, sms: Account) -> None:
    read(ruths, page_of(suspected))
    with CaptureQueriesContext(connection) as few:
        read(ruths, page_of(suspected))
    crowd(sms, 60, first=300)
    services.detect_incidents()
    with CaptureQueriesContext(connection) as many:
        read(ruths, page_of(suspected))
    assert len(many) <= len(few)


def test_one_press_opens_it(suspected: Incident, ruths: Client, ruth: Staff) -> None:
    ruths.post(f"{page_of(suspected)}move/", {"step": "open"})
    assert (suspected.again().state, suspected.opened_by) == ("open", ruth)


def test_one_press_dismisses_it_and_another_takes_that_back(suspected: Incident, ruths: Client) -> None:
    page = ruths.post(f"{page_of(suspected)}move/", {"step": "dismiss"}, follow=True).content.decode()
    undo = f"{page_of(suspected)}move/?step=reconsider"
    assert f'action="{undo}"' in page
    assert suspected.again().state == "dismissed"
    ruths.post(undo)
    assert suspected.again().state == "suspected"


@pytest.mark.parametrize("step", ["end", "reopen", "nothing", ""])
def test_no_other_transition_is_allowed(suspected: Incident, ruths: Client, step: str) -> None:
    ruths.post(f"{page_of(suspected)}move/", {"step": step})
    assert suspected.again().state == "suspected"


@pytest.mark.parametrize("browser", ["sashas", "client"])
@pytest.mark.parametrize("path", ["move/", "describe/", "notice/", "withdraw/", "end/", "split/", "merge/", "cases/"])
def test_nobody_else_may_and_nothing_is_written(
    request: pytest.FixtureRequest, browser: str, path: str, suspected: Incident
) -> None:
    before = Audit.objects.filter(operation__startswith="incidents.").count()
    reply = request.getfixturevalue(browser).post(page_of(suspected) + path, {"step": "open", "title": "x"})
    assert reply.status_code in (302, 403)
    assert suspected.again().state == "suspected"
    assert Audit.objects.filter(operation__startswith="incidents.").count() == before


def test_a_notice_is_previewed_then_published(opened: Incident, ruths: Client, ruth: Staff) -> None:
    path, given = f"{page_of(opened)}notice/", {**FIELDS, "until": until(hours=3)}
    page = ruths.post(path, given).content.decode()
    assert 'name="publish"' in page
    assert opened.again().notice == {}
    ruths.post(path, {**given, "publish": "1"})
    assert (opened.again().notice, opened.notice_by) == (NOTICE, ruth)
    assert "Water failure" in read(ruths, page_of(opened))


def test_change_goes_back_to_the_form_with_the_words(opened: Incident, ruths: Client) -> None:
    given = {**FIELDS, "until": until(hours=3), "change": "1"}
    page = ruths.post(f"{page_of(opened)}notice/", given).content.decode()
    assert 'name="publish"' not in page
    assert "Water failure</textarea>" in page


@pytest.mark.parametrize("wrong", [{"text_ru": ""}, {"until": ""}, {"until": "2020-01-01T10:00"}])
def test_what_is_missing_is_said(opened: Incident, ruths: Client, wrong: dict[str, str]) -> None:
    given = {**FIELDS, "until": until(hours=3), "publish": "1", **wrong}
    assert ruths.post(f"{page_of(opened)}notice/", given).status_code == 422
    assert opened.again().notice == {}


def test_a_canned_response_in_all_languages_is_a_proposal(opened: Incident, ruths: Client) -> None:
    whole = ReadyAnswer.objects.create(name="מים", texts=NOTICE)
    ReadyAnswer.objects.create(name="רק עברית", texts={"he": "שלום"})
    page = read(ruths, f"{page_of(opened)}notice/?ready={whole.pk}")
    assert "Water failure" in page
    assert "רק עברית" not in page


def test_a_person_is_taken_out_and_comes_back(suspected: Incident, ruths: Client) -> None:
    row = suspected.people.order_by("pk").first()
    assert row is not None
    path = f"{page_of(suspected)}people/{row.contact.key}/"
    page = ruths.post(f"{path}out/", follow=True).content.decode()
    assert f'action="{path}in/"' in page
    services.detect_incidents()
    assert people(suspected) == ["removed", *["in"] * 9]
    ruths.post(f"{path}in/")
    assert people(suspected) == ["in"] * 10


def test_a_person_is_attached_from_their_own_page(suspected: Incident, ruths: Client, dana: Identity) -> None:
    assert suspected.name in read(ruths, f"/desk/people/{dana.contact.key}/")
    ruths.post(f"{LIST}attach/{dana.contact.key}/", {"incident": suspected.pk})
    assert IncidentPerson.objects.get(contact=dana.contact).how == "by_hand"


def test_a_case_is_attached_by_its_number_and_taken_out(suspected: Incident, ruths: Client, dana: Identity) -> None:
    case = open_case(conversation_of(dana.contact), title="פח")
    ruths.post(f"{page_of(suspected)}cases/", {"number": case.number})
    assert IncidentCase.objects.get().state == "in"
    assert str(case.number) in read(ruths, page_of(suspected))
    ruths.post(f"{page_of(suspected)}cases/{case.number}/out/")
    assert IncidentCase.objects.get().state == "removed"
    ruths.post(f"{page_of(suspected)}cases/", {"number": "999999999"})
    assert IncidentCase.objects.count() == 1


def test_people_who_belong_elsewhere_become_a_new_incident(suspected: Incident, ruths: Client) -> None:
    chosen = list(suspected.people.order_by("pk").values_list("pk", flat=True)[:3])
    ruths.post(f"{page_of(suspected)}split/", {"person": chosen})
    new = Incident.objects.exclude(pk=suspected.pk).get()
    assert (people(suspected), people(new)) == (["split"] * 3 + ["in"] * 7, ["in"] * 3)


@pytest.mark.parametrize("count", [0, 10])
def test_nobody_or_everybody_is_no_split(suspected: Incident, ruths: Client, count: int) -> None:
    chosen = list(suspected.people.values_list("pk", flat=True)[:count])
    ruths.post(f"{page_of(suspected)}split/", {"person": chosen})
    assert Incident.objects.count() == 1


def test_two_that_are_the_same_become_one(suspected: Incident, ruths: Client, ruth: Staff, dana: Identity) -> None:
    other = Incident.objects.create(title="עוד", created_at=timezone.now())
    services.attach_person(other, dana.contact, by=ruth)
    ruths.post(f"{page_of(other)}merge/", {"into": suspected.pk})
    assert (suspected.people.count(), other.again().state, other.merged_into) == (11, "dismissed", suspected)
    ruths.post(f"{page_of(suspected)}merge/", {"into": suspected.pk})
    assert suspected.again().state == "suspected"


def test_title_and_place_are_changed(suspected: Incident, ruths: Client) -> None:
    ruths.post(f"{page_of(suspected)}describe/", {"title": "אין מים", "place": "שכונת הכרמים"})
    assert "אין מים, שכונת הכרמים" in read(ruths, page_of(suspected))
    ruths.post(f"{page_of(suspected)}describe/", {"title": " "})
    assert suspected.again().title == "אין מים"


def test_the_end_is_previewed_with_who_will_be_told(opened: Incident, ruths: Client, sms: Account) -> None:
    case = open_case(write(sms, 90, "שלום").conversation, title="אין מים")
    services.detect_incidents()
    path = f"{page_of(opened)}end/"
    form = " ".join(read(ruths, path).split())
    assert f'name="solve" value="{case.pk}"' in form
    assert f'value="{case.pk}" checked' not in form
    page = ruths.post(path, {**FIELDS, "solve": [case.pk]}).content.decode()
    assert "11 אנשים יקבלו" in " ".join(page.split())
    assert opened.again().state == "open"
    ruths.post(path, {**FIELDS, "solve": [case.pk], "end": "1"})
    assert (opened.again().state, case.again().state) == ("over", "solved")


def test_the_reply_box_says_what_they_write_about_and_takes_the_notice(
    noticed: Incident, ruths: Client, ruth: Staff
) -> None:
    row = noticed.people.first()
    assert row is not None
    person = f"/desk/people/{row.contact.key}/"
    page = read(ruths, person)
    assert 'data-insert="words" data-text="תקלה במים"' in page
    ruths.post(f"{LIST}insert/{row.contact.key}/", {"notice": noticed.pk, "text": "שלום"})
    assert Draft.objects.get(staff=ruth).text == "שלום\nתקלה במים"


def test_citizens_read_the_notice_on_every_page_until_its_end(noticed: Incident, client: Client) -> None:
    assert "תקלה במים" in read(client, "/")
    assert "Water failure" in client.get("/", headers={"Accept-Language": "en"}).content.decode()
    Incident.objects.update(notice_until=timezone.now() - timedelta(minutes=1))
    forget_notices()
    assert "תקלה במים" not in read(client, "/")


def test_the_notice_costs_a_page_one_query_in_some_seconds(noticed: Incident, client: Client) -> None:
    read(client, "/privacy/")
    with CaptureQueriesContext(connection) as asked:
        read(client, "/privacy/")
    assert not [query for query in asked if "incidents_" in query["sql"]]


def test_the_desk_has_no_banner(noticed: Incident, ruths: Client) -> None:
    assert "notice-banner" not in read(ruths, "/desk/")


def test_a_live_update_of_the_list_is_only_the_list(suspected: Incident, ruths: Client) -> None:
    part: Any = read(ruths, LIST, **{"HX-Request": "true"})
    assert part.strip().startswith('<div id="lists"')
