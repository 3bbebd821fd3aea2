"""Names shown in public are checked on pages, through the API and in conversations alike."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django import forms
from django.test import Client

from kesher import contests, petitions, purchases
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.tests.talk import hear
from kesher.core.contact_address import Address
from kesher.core.i18n.person_names import PersonNameField
from kesher.participation.models import Participation
from kesher.petitions.models import Petition
from kesher.petitions.services import create_petition
from kesher.petitions.tests.factories import sign_as

EVIL = ["evil.com", "050-555-0142", "x" * 61]
NAMES = {"name", "seller", "author_name"}
# A pick-up point is a place; staff name jurors; callers' names are shown to staff only.
NOT_SHOWN = {"PlaceForm", "PointForm", "JurorForm", "CallerForm", "PledgeForCallerForm"}


@pytest.fixture
def petition(city: object, sms: Account) -> Petition:
    return create_petition(titles={"he": "צל"}, demands={"he": "צל"}, language="he", published=True, code="48213")


def fields() -> Iterator[tuple[str, forms.Field]]:
    """Return every form field that asks for a public name."""
    for app in (contests, petitions, purchases):
        for module in pkgutil.iter_modules(app.__path__, f"{app.__name__}."):
            for found in vars(importlib.import_module(module.name)).values():
                if isinstance(found, type) and issubclass(found, forms.Form) and found.__name__ not in NOT_SHOWN:
                    yield from ((found.__name__, found.base_fields[name]) for name in NAMES & set(found.base_fields))


def test_every_form_that_takes_a_public_name_takes_a_name() -> None:
    found = list(fields())
    assert len({name for name, _field in found}) >= 9
    assert not {name for name, field in found if not isinstance(field, PersonNameField)}


def test_page_and_api_refuse_what_is_no_name_and_write_nothing(petition: Petition, client: Client) -> None:
    for name in EVIL:
        given = {"address": "050-555-0177", "name": name, "show_name": True}
        assert client.post("/petitions/48213/sign/", given).status_code == 422
        api = client.post("/api/v1/petitions/48213/signatures/", given, content_type="application/json")
        assert api.status_code == 422
        assert "name" in api.json()["errors"]
    assert not Participation.objects.exists()


def test_a_conversation_asks_again(petition: Petition, sms: Account) -> None:
    dana = Address("tel", "+972505550142")
    hear(sms, dana, "חתום 48213", "כן", "1")
    assert "שם בלבד" in hear(sms, dana, "evil.com")
    assert not Participation.objects.filter(name="evil.com").exists()


def test_a_service_shows_no_address_as_a_name(petition: Petition, dana: Identity) -> None:
    sign_as(petition, dana, door="api", name="\u202emoc.live evil.com", show_name=True)
    assert (Participation.objects.get().name, Participation.objects.get().show_name) == ("", False)
