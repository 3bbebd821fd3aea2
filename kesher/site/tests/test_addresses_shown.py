"""A name that people choose themselves never replaces their address on pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from kesher.cases.contact_panel import address_texts, addresses
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity, suggest_merge
from kesher.conversations.tests.talk import hear
from kesher.core.contact_address import Address
from kesher.site.my_page.personal_data_views import display_address

NUMBER = "050-555-0142"


@pytest.mark.parametrize("scheme", ["tg", "wa-bsuid", "web"])
def test_a_display_name_is_said_to_be_one(city: object, ruths: Client, scheme: str) -> None:
    row = get_or_create_identity(Address(scheme, "777000123456", NUMBER), assurance=1)
    with translation.override("en"):
        [shown] = addresses([row.contact_id])
        assert NUMBER not in shown.text
        assert shown.channel in {"Telegram", "WhatsApp", "Chat on our site"}
        assert shown.name == f"calls themselves “{NUMBER}”"
    assert row.contact.name == ""
    page = ruths.get(f"/desk/people/{row.contact.key}/").content.decode()
    assert f"<bdi>{NUMBER}" not in page
    assert f"שם שנמסר עצמית: ״{NUMBER}״" in page


def test_a_batch_takes_no_number_for_a_persons_name(telegram: Account) -> None:
    hear(telegram, Address("tg", "777", "dana@evil.example"), "שלום")
    hear(telegram, Address("tg", "778", "\u202eדנה לוי"), "שלום")
    assert set(Contact.objects.values_list("name", flat=True)) == {"", "דנה לוי"}


def test_merges_and_ones_own_page_say_the_channel_too(dana: Identity) -> None:
    other = get_or_create_identity(Address("tg", "777", NUMBER), assurance=1)
    row = suggest_merge(dana.contact, other.contact, reason="same_name")
    assert row is not None
    assert address_texts([row])[other.contact_id].startswith("Telegram שם שנמסר עצמית")
    assert address_texts([row])[dana.contact_id] == f"טלפון {NUMBER}"
    assert display_address(other).startswith("Telegram ")
