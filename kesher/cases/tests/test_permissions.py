"""Who may open and do what at the desk: every address × everybody."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from kesher.agencies import urls as agencies_urls
from kesher.agencies.models import Place
from kesher.cases import urls as cases_urls
from kesher.cases.models import Case, CaseEvent, ReadyAnswer, Topic
from kesher.cases.tests.factories import a_person, waits
from kesher.channels.models import Account
from kesher.contacts.models import Merge
from kesher.contacts.services import suggest_merge
from kesher.conversations.models import Intake, Message
from kesher.core.models import Audit
from kesher.core.tests.each import each

# name → (method, no staff, clerk, manager, clerk of another agency). A 302 leads to the login.
DESK: dict[str, tuple[str, int, int, int, int]] = {
    "cases:inbox": ("get", 302, 200, 200, 403),
    "cases:administration": ("get", 302, 200, 200, 403),
    "cases:waiting": ("get", 302, 200, 200, 403),
    "cases:conversation": ("get", 302, 200, 200, 403),
    "cases:send": ("post", 302, 302, 302, 403),
    "cases:holder": ("post", 302, 302, 302, 403),
    "cases:release": ("post", 302, 302, 302, 403),
    "cases:about": ("post", 302, 302, 302, 403),
    "cases:block": ("post", 302, 302, 302, 403),
    "cases:open": ("post", 302, 302, 302, 403),
    "cases:insert": ("post", 302, 200, 200, 403),
    "cases:suggestion": ("post", 302, 302, 302, 403),
    "cases:continue_privately": ("post", 302, 404, 404, 403),
    "cases:draft": ("post", 302, 204, 204, 403),
    "cases:presence": ("get", 302, 200, 200, 403),
    "cases:take_back": ("post", 302, 302, 302, 403),
    "cases:transcript": ("post", 302, 302, 302, 403),
    "cases:moderation": ("post", 302, 302, 302, 403),
    "cases:ready": ("get", 302, 200, 200, 403),
    "cases:ready_new": ("get", 302, 403, 200, 403),
    "cases:ready_edit": ("get", 302, 403, 200, 403),
    "cases:ready_away": ("post", 302, 403, 302, 403),
    "cases:send_again": ("post", 302, 302, 302, 403),
    "cases:case": ("get", 302, 302, 302, 403),
    "cases:move": ("post", 302, 302, 302, 403),
    "cases:topic": ("post", 302, 400, 400, 403),
    "cases:case_holder": ("post", 302, 302, 302, 403),
    "cases:call": ("get", 302, 200, 200, 403),
    "cases:merges": ("get", 302, 200, 200, 403),
    "cases:decide": ("post", 302, 302, 302, 403),
    "cases:undo": ("post", 302, 302, 302, 403),
    "cases:channels": ("get", 302, 200, 200, 403),
    "cases:channel": ("get", 302, 200, 200, 403),
    "cases:channel_kinds": ("get", 302, 403, 403, 403),
    "cases:channel_new": ("get", 302, 403, 403, 403),
    "cases:channel_csv": ("get", 302, 403, 403, 403),
    "cases:channel_edit": ("get", 302, 403, 403, 403),
    "cases:channel_register": ("get", 302, 403, 403, 403),
    "cases:channel_confirm": ("get", 302, 403, 403, 403),
    "cases:channel_probe": ("post", 302, 403, 403, 403),
    "cases:channel_webhook": ("post", 302, 403, 403, 403),
    "cases:channel_test": ("post", 302, 403, 403, 403),
    "cases:channel_templates": ("post", 302, 403, 403, 403),
    "cases:channel_rotate": ("post", 302, 403, 403, 403),
    "cases:channel_remove": ("post", 302, 403, 403, 403),
    "cases:switch": ("post", 302, 403, 403, 403),
    "cases:read_again": ("post", 302, 403, 302, 403),
    "cases:retry": ("post", 302, 302, 302, 403),
    "cases:topics": ("get", 302, 403, 200, 403),
    "cases:topic_new": ("get", 302, 403, 200, 403),
    "cases:topic_edit": ("get", 302, 403, 200, 403),
    "cases:topic_remove": ("post", 302, 403, 302, 403),
    "cases:starter_set": ("post", 302, 403, 302, 403),
    "cases:outgoing_hold": ("get", 302, 403, 200, 403),
    "cases:outgoing_start": ("post", 302, 403, 302, 403),
    "cases:outgoing_release": ("post", 302, 403, 302, 403),
    "cases:overview": ("get", 302, 403, 200, 403),
    "cases:overview_csv": ("get", 302, 403, 200, 403),
    "agencies:login": ("get", 200, 302, 302, 200),
    "agencies:logout": ("post", 302, 302, 302, 302),
    "agencies:limits": ("get", 302, 403, 403, 403),
    "agencies:staff": ("get", 302, 403, 403, 403),
    "agencies:staff_edit": ("get", 302, 403, 403, 403),
    "agencies:teams": ("get", 302, 403, 200, 403),
    "agencies:team_new": ("get", 302, 403, 200, 403),
    "agencies:team_edit": ("get", 302, 403, 200, 403),
    "agencies:team_remove": ("post", 302, 403, 302, 403),
    "agencies:hours": ("get", 302, 403, 200, 403),
    "agencies:places": ("get", 302, 403, 200, 403),
    "agencies:place_new": ("get", 302, 403, 200, 403),
    "agencies:place_edit": ("get", 302, 403, 200, 403),
    "agencies:place_remove": ("post", 302, 403, 302, 403),
    "agencies:places_import": ("get", 302, 403, 200, 403),
    "agencies:places_export": ("get", 302, 403, 200, 403),
}
CHANNEL_STEPS = ("edit", "register", "probe", "webhook", "test", "templates", "rotate", "remove")
DATA = {
    "cases:send": {"text": "אנחנו בדרך", "mode": "note"},
    "cases:move": {"verb": "start"},
    "cases:open": {"title": "פנס", "topic": "1"},
    "cases:block": {"block": "yes"},
    "cases:outgoing_start": {"why": "פיגוע"},
}


@pytest.fixture
def addresses(whatsapp: Account, ruth: Any, team: Any) -> dict[str, str]:
    """Every address of the two apps, pointing at something that is there."""
    case = waits(whatsapp)
    row = suggest_merge(a_person(), a_person(), reason="same_name")
    assert row is not None
    lost = Intake.objects.create(id=uuid4(), account_id=whatsapp.pk, received=0, path="/", body=b"{", state="failed")
    contact, message = case.conversation.contact, Message.objects.latest("id")
    kept = ReadyAnswer.objects.create(agency=ruth.agency, name="תודה", texts={"he": "תודה"})
    light = Topic.objects.create(agency=ruth.agency, code="light", names={"he": "פנס"})
    street = Place.objects.create(agency=ruth.agency, code="herzl", kind="street", names={"he": "הרצל"})
    DATA["cases:insert"] = {"insert": str(kept.pk)}
    values: dict[str, list[Any]] = {
        "case": [case.number], "move": [case.number], "topic": [case.number], "case_holder": [case.number],
        "send_again": [message.pk], "decide": [row.pk], "undo": [row.pk], "switch": [whatsapp.pk], "retry": [lost.pk],
        "staff_edit": [ruth.pk], "team_edit": [team.slug], "team_remove": [team.slug], "topic_edit": [light.code], "topic_remove": [light.code], "conversation": [contact.key], "send": [contact.key], "holder": [contact.key],
        "insert": [contact.key], "suggestion": [contact.key], "continue_privately": [contact.key], "draft": [contact.key], "presence": [contact.key], "take_back": [message.pk], "transcript": [message.pk], "moderation": [message.pk],
        "channel": [whatsapp.pk], **{f"channel_{step}": [whatsapp.pk] for step in CHANNEL_STEPS},
        "channel_new": ["telegram"], "channel_confirm": [whatsapp.pk, "off"], "starter_set": ["ministry"],
        "place_edit": [street.code], "place_remove": [street.code],
        "ready_edit": [kept.pk], "ready_away": [kept.pk], "release": [contact.key], "about": [contact.key], "block": [contact.key], "open": [contact.key],
    }  # fmt: skip
    return {name: reverse(name, args=values.get(name.partition(":")[2], [])) for name in DESK}


def written() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Message, Case, CaseEvent, Merge, Audit))


def ask(client: Client, name: str, url: str) -> int:
    return client.post(url, DATA.get(name, {})).status_code if DESK[name][0] == "post" else client.get(url).status_code


def test_every_address_stands_in_the_table() -> None:
    named = {f"cases:{row.name}" for row in cases_urls.urlpatterns if isinstance(row, URLPattern)}
    named |= {f"agencies:{row.name}" for row in agencies_urls.urlpatterns if isinstance(row, URLPattern)}
    assert named == set(DESK)


@each("name", DESK)
def test_a_stranger_is_sent_to_the_login_and_writes_nothing(addresses: dict[str, str], name: str) -> None:
    before = written()
    response = (
        Client().get(addresses[name]) if DESK[name][0] == "get" else Client().post(addresses[name], DATA.get(name))
    )
    assert response.status_code == DESK[name][1]
    assert response.status_code == 200 or reverse("agencies:login") in response["Location"]
    assert written() == before


@pytest.mark.parametrize("name", DESK)
def test_a_clerk_may_what_the_table_says(addresses: dict[str, str], ruths: Client, name: str) -> None:
    assert ask(ruths, name, addresses[name]) == DESK[name][2]


@pytest.mark.parametrize("name", DESK)
def test_a_manager_may_what_the_table_says(addresses: dict[str, str], miriams: Client, name: str) -> None:
    assert ask(miriams, name, addresses[name]) == DESK[name][3]


@pytest.mark.parametrize("name", DESK)
def test_a_clerk_of_another_town_may_nothing_here(addresses: dict[str, str], sashas: Client, name: str) -> None:
    before = written()
    assert ask(sashas, name, addresses[name]) == DESK[name][4]
    assert written() == before


@each("name", [name for name, row in DESK.items() if row[0] == "post"])
def test_what_changes_something_may_not_be_fetched(addresses: dict[str, str], ruths: Client, name: str) -> None:
    before = written()
    assert ruths.get(addresses[name]).status_code == 405
    assert written() == before


@each("name", [name for name, row in DESK.items() if row[0] == "post"])
def test_a_post_without_its_token_is_refused(addresses: dict[str, str], ruth: Any, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ruth.user)
    before = written()
    assert client.post(addresses[name], DATA.get(name, {})).status_code == 403
    assert written() == before


def test_a_part_of_a_page_sends_the_whole_page_to_the_login(addresses: dict[str, str]) -> None:
    response = Client().get(addresses["cases:inbox"], headers={"HX-Request": "true", "HX-Target": "list"})
    assert reverse("agencies:login") in response["HX-Redirect"]


def test_whoever_left_may_not_come_in(ruth: Any, ruths: Client) -> None:
    ruth.is_active = False
    ruth.save()
    assert ruths.get("/desk/").status_code == 403
