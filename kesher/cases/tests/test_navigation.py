"""Which list stands beside a person, also after an action, and what the page says of who speaks."""

from __future__ import annotations

from django.test import Client

from kesher.agencies.models import Staff
from kesher.cases.contact_panel import addresses
from kesher.cases.tests.factories import page_of, waits, writes
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.services import assign


def test_an_action_keeps_the_chosen_list(whatsapp: Account, ruth: Staff, ruths: Client) -> None:
    url = page_of(waits(whatsapp).conversation)
    before = {"Referer": f"http://testserver{url}?tab=all"}
    sent = ruths.post(f"{url}holder/", {"to": ruth.pk, "expected": ""}, headers=before)
    page = ruths.get(sent["Location"], headers=before).content.decode()
    assert f'hx-get="{url}?tab=all"' in page


def test_a_person_opened_from_elsewhere_stands_beside_those_who_wait(whatsapp: Account, ruths: Client) -> None:
    url = page_of(waits(whatsapp).conversation)
    for before in ("http://testserver/desk/overview/?tab=all", "http://testserver/desk/?tab=all", ""):
        assert f'hx-get="{url}"' in ruths.get(url, headers={"Referer": before}).content.decode()


def test_the_address_wins_over_the_page_before(whatsapp: Account, ruths: Client) -> None:
    url = page_of(waits(whatsapp).conversation)
    page = ruths.get(f"{url}?tab=mine", headers={"Referer": f"http://testserver{url}?tab=all"}).content.decode()
    assert f'hx-get="{url}?tab=mine"' in page


def test_the_page_says_who_speaks(whatsapp: Account, ruth: Staff, miriam: Staff, ruths: Client) -> None:
    talk = writes(whatsapp, "שלום").conversation
    assert "כאן עונה המענה האוטומטי" in ruths.get(page_of(talk)).content.decode()
    for staff, words in ((ruth, "השיחה אצלכם."), (miriam, f"השיחה אצל <bdi>{miriam.name}</bdi>")):
        talk.refresh_from_db()
        assert assign(talk, staff, expected=talk.assignee, staff=staff)
        assert words in ruths.get(page_of(talk)).content.decode()


def test_a_national_login_is_shown_by_its_name_alone(city: object) -> None:
    identity = get_or_create_identity(Address("idp", "national:1bba9ea2c3", ""), assurance=3)
    assert [row.line for row in addresses([identity.contact_id])] == ["הזדהות לאומית"]
