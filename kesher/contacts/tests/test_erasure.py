"""To be forgotten: asked for, taken back, done after a fortnight, or by a person where something is open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contacts import privacy_registry
from kesher.contacts.models import Contact, Erasure, Identity
from kesher.contacts.privacy_registry import Holding
from kesher.contacts.services import (
    ask_erasure,
    cancel_erasure,
    decide_erasure,
    erase_due,
    find_consent,
    find_identity,
    find_open_erasure,
    get_or_create_identity,
    set_consent,
    set_preferences,
)
from kesher.core.audit import SYSTEM, Actor
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.models import Audit

WAITS: list[str] = []


@pytest.fixture(autouse=True)
def something_open() -> Iterator[None]:
    """A room that says that something of this person is open, when a test wants it."""
    rows = Contact.objects.filter
    privacy_registry.register(Holding("test", "Test", (), lambda ids: rows(pk__in=ids), {}, waits=lambda ids: WAITS))
    yield
    WAITS.clear()
    del privacy_registry.HOLDINGS["test"]


def fortnight_over() -> None:
    Erasure.objects.update(due_at=timezone.now() - timedelta(minutes=1))


def by(identity: Identity) -> Actor:
    return Actor("contact", identity.contact_id, "web")


def test_nothing_is_erased_before_the_fortnight_is_over(dana: Identity) -> None:
    asked = ask_erasure(dana.contact, by=by(dana))
    assert asked.due_at - timezone.now() > timedelta(days=13)
    assert erase_due() == 0
    dana.contact.refresh_from_db()
    assert dana.contact.name == "דנה לוי"


def test_asking_twice_is_asking_once(dana: Identity) -> None:
    assert ask_erasure(dana.contact, by=by(dana)).pk == ask_erasure(dana.contact, by=by(dana)).pk


def test_what_was_taken_back_is_not_done(dana: Identity) -> None:
    ask_erasure(dana.contact, by=by(dana))
    cancel_erasure(dana.contact, by=by(dana))
    fortnight_over()
    assert erase_due() == 0
    with pytest.raises(Refused):
        cancel_erasure(dana.contact, by=by(dana))


def test_afterwards_a_stub_is_left_and_the_address_is_anybodys(dana: Identity) -> None:
    ask_erasure(dana.contact, by=by(dana))
    fortnight_over()
    assert erase_due() == 1
    stub = Contact.objects.get(pk=dana.contact_id)
    assert (stub.name, stub.status) == ("", Contact.Status.ERASED)
    assert find_identity(Address("tel", "+972505550142")) is None
    assert get_or_create_identity(Address("tel", "+972505550142")).contact_id != stub.pk
    assert Audit.objects.filter(operation="contacts.erase", subject_id=str(stub.pk)).exists()


def test_where_something_is_open_a_person_decides(dana: Identity, miriam: Staff) -> None:
    WAITS.append("Request 20401 is still open")
    asked = ask_erasure(dana.contact, by=by(dana))
    fortnight_over()
    erase_due()
    asked.refresh_from_db()
    assert (asked.state, asked.reasons) == ("review", WAITS)
    decide_erasure(asked, erasing=True, note="", by=Actor("staff", miriam.pk, "desk"))
    assert Contact.objects.get(pk=dana.contact_id).status == Contact.Status.ERASED


def test_a_refusal_without_a_reason_is_none(dana: Identity) -> None:
    WAITS.append("open")
    asked = ask_erasure(dana.contact, by=by(dana))
    fortnight_over()
    erase_due()
    with pytest.raises(Refused):
        decide_erasure(asked, erasing=False, note=" ", by=SYSTEM)
    decide_erasure(asked, erasing=False, note="יש בקשה פתוחה", by=SYSTEM)
    assert find_open_erasure(dana.contact) is None
    with pytest.raises(Refused):
        decide_erasure(asked, erasing=True, note="", by=SYSTEM)
    assert Contact.objects.get(pk=dana.contact_id).name == "דנה לוי"


def test_an_empty_wish_takes_a_choice_back(dana: Identity) -> None:
    set_preferences(dana.contact, {"channel": "telegram", "muted": ["petitions"]}, language="ru", by=SYSTEM)
    set_preferences(dana.contact, {"channel": "", "large_text": True}, language="ru", by=SYSTEM)
    dana.contact.refresh_from_db()
    assert dana.contact.prefs == {"muted": ["petitions"], "large_text": True}
    assert dana.contact.language == "ru"


def test_a_word_on_a_purpose_holds_for_every_address(dana: Identity) -> None:
    second = get_or_create_identity(Address("mailto", "dana@example.org"))
    Identity.objects.filter(pk=second.pk).update(contact=dana.contact)
    set_consent(dana.contact, "promotion", granted=True, wording="Events", by=SYSTEM)
    assert dana.consents.count() == second.consents.count() == 1
    assert find_consent(dana.contact, "promotion") is True
