"""Who this is: addresses, consents, merges, and keeping somebody out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from kesher.cases import contact_panel
from kesher.cases.tests.factories import a_person, page_of, waits, writes
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity, Merge
from kesher.contacts.services import get_or_create_identity, merge_contacts, record_consent, suggest_merge
from kesher.conversations.models import Conversation
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address


@pytest.fixture
def pair(whatsapp: Account, sms: Account) -> tuple[Contact, Contact]:
    """Two who may be one; both wrote."""
    kept, other = a_person("יעל מזרחי"), a_person("יעל מזרחי")
    writes(whatsapp, "מפה", person=kept)
    writes(sms, "ומפה", person=other)
    suggest_merge(kept, other, reason="same_name")
    return kept, other


def test_addresses_are_shown_as_people_write_them(dana: Identity) -> None:
    get_or_create_identity(Address("mailto", "dana@example.org"))
    [phone] = contact_panel.addresses([dana.contact_id])
    assert (phone.text, phone.link) == ("050-555-0142", "tel:+972505550142")


def test_who_calls_can_be_called_back_unless_they_withhold_their_number(city: object) -> None:
    for address, shown in (("+972505550142", ("050-555-0142", "tel:+972505550142")), ("CA7", ("מספר חסוי", ""))):
        identity = get_or_create_identity(Address("call", address))
        with translation.override("he"):
            [row] = contact_panel.addresses([identity.contact_id])
        assert (row.text, row.link) == shown


def test_a_browsers_random_name_is_not_shown(city: object) -> None:
    identity = get_or_create_identity(Address("web", "K7Q2M9"))
    assert "K7Q2M9" not in contact_panel.addresses([identity.contact_id])[0].text


def test_the_newest_word_on_a_purpose_is_shown(dana: Identity) -> None:
    record_consent(dana, "promotion", granted=True, source="web")
    record_consent(dana, "promotion", granted=False, source="sms")
    [(_words, granted, _at)] = contact_panel.consents([dana.contact_id])
    assert granted is False


def test_a_suggestion_is_accepted_and_both_streams_are_one(ruths: Client, pair: tuple[Contact, Contact]) -> None:
    kept, other = pair
    ruths.post(f"/desk/merges/{Merge.objects.get().pk}/decide/", {"accept": "yes"})
    page = ruths.get(page_of(kept)).content.decode()
    assert "מפה" in page
    assert "ומפה" in page
    assert Conversation.objects.get(contact=other).hidden


def test_a_suggestion_is_refused_and_does_not_come_back(ruths: Client, pair: tuple[Contact, Contact]) -> None:
    kept, other = pair
    ruths.post(f"/desk/merges/{Merge.objects.get().pk}/decide/", {"accept": "no"})
    assert Merge.objects.get().state == "refused"
    assert suggest_merge(kept, other, reason="same_name") is None


def test_a_merge_is_undone_and_nothing_is_lost(ruths: Client, pair: tuple[Contact, Contact]) -> None:
    kept, other = pair
    row = merge_contacts(kept, other, reason="clerk", by=SYSTEM)
    assert row is not None
    ruths.post(f"/desk/merges/{row.pk}/undo/", {"from": "list"})
    assert "ומפה" in ruths.get(page_of(other)).content.decode()
    assert not Conversation.objects.get(contact=other).hidden


def test_the_page_of_merges_names_both(ruths: Client, pair: tuple[Contact, Contact]) -> None:
    page = ruths.get("/desk/merges/").content.decode()
    assert all(page_of(contact) in page for contact in pair)


@pytest.mark.parametrize("reason", ["code", "same_name", "clerk", "ward"])
def test_why_two_are_one_is_said_in_words(pair: tuple[Contact, Contact], ruths: Client, reason: str) -> None:
    Merge.objects.update(reason=reason)
    page = ruths.get("/desk/merges/").content.decode()
    assert contact_panel.reason_words(reason) in page
    assert f"{reason} ·" not in page


def test_a_person_is_renamed_and_his_language_set(ruths: Client, dana: Identity) -> None:
    ruths.post(page_of(dana.contact) + "about/", {"name": " דנה לוי־כהן ", "language": "ru"})
    dana.contact.refresh_from_db()
    assert (dana.contact.name, dana.contact.language) == ("דנה לוי־כהן", "ru")


def test_a_language_that_nobody_speaks_here_may_not_be_set(ruths: Client, dana: Identity) -> None:
    ruths.post(page_of(dana.contact) + "about/", {"name": "דנה", "language": "xx"})
    dana.contact.refresh_from_db()
    assert dana.contact.language == "he"


def test_a_blocked_sender_is_let_in_again(ruths: Client, whatsapp: Account) -> None:
    contact = waits(whatsapp).conversation.contact
    ruths.post(page_of(contact) + "block/", {"block": "yes", "note": "איומים"})
    assert Contact.objects.get().status == "blocked"
    ruths.post(page_of(contact) + "block/", {"block": "no"})
    assert Contact.objects.get().status == "active"


def test_a_person_who_never_wrote_has_a_page_too(ruths: Client, dana: Identity) -> None:
    assert ruths.get(page_of(dana.contact)).status_code == 200
