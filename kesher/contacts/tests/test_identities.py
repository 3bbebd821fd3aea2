"""An address leads to one person, however it is written and whichever way it came first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models

from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import (
    find_identity,
    get_or_create_identity,
    identities,
    prove_identity,
    rename_contact,
    set_status,
)
from kesher.contacts.tests.test_addresses import VARIANTS
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit


@pytest.mark.parametrize("text", VARIANTS)
def test_every_spelling_of_a_number_is_one_person(dana: Identity, text: str) -> None:
    assert get_or_create_identity(Address("tel", text)) == dana
    assert Contact.objects.count() == 1


def test_a_number_is_the_same_person_on_every_channel_that_carries_numbers(dana: Identity) -> None:
    assert get_or_create_identity(Address("tel", "+972505550142", "Dana on WhatsApp")).contact == dana.contact


def test_the_same_number_at_another_agency_is_another_person(dana: Identity, town: models.Model) -> None:
    with scope(town):
        assert get_or_create_identity(Address("tel", "+972505550142")).contact_id != dana.contact_id


def test_an_alias_leads_to_whoever_has_it(dana: Identity) -> None:
    scoped = get_or_create_identity(Address("wa-bsuid", "IL.123"), aliases=[Address("tel", "050-555-0142")])
    assert scoped.contact == dana.contact


def test_an_alias_that_nobody_has_leads_to_the_same_person_from_then_on(dana: Identity) -> None:
    for number in ("050-555-0142", "050-555-0999"):  # known before, and met now
        alias = Address("wa-bsuid", f"IL.{number[-3:]}")
        person = get_or_create_identity(Address("tel", number), assurance=1, aliases=[alias])
        alone = get_or_create_identity(alias)
        assert (alone.contact, alone.assurance) == (person.contact, 1)
    assert Contact.objects.count() == 2


def test_an_alias_that_somebody_has_stays_his(dana: Identity, omar: Identity) -> None:
    get_or_create_identity(Address("tel", "050-555-0142"), aliases=[Address("tg", "5550143")])
    assert omar.again().contact != dana.contact


def test_another_alias_of_a_kind_may_be_a_new_owner_s_and_is_not_kept(dana: Identity) -> None:
    for alias in ("IL.1", "IL.2"):
        get_or_create_identity(Address("tel", "050-555-0142"), aliases=[Address("wa-bsuid", alias)])
    assert find_identity(Address("wa-bsuid", "IL.1")) is not None
    assert find_identity(Address("wa-bsuid", "IL.2")) is None


def test_whoever_has_no_alias_costs_no_query_more(dana: Identity, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        get_or_create_identity(Address("tel", "050-555-0142"), assurance=1)


def test_two_workers_that_meet_one_person_end_with_one(city: models.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either wrote: the second one's first look finds nobody."""
    first = get_or_create_identity(Address("tel", "050-555-0142"))
    look = identities.find_identity
    blind = iter([None])
    monkeypatch.setattr(identities, "find_identity", lambda address: next(blind, None) or look(address))
    assert get_or_create_identity(Address("tel", "050-555-0142")) == first
    assert (Contact.objects.count(), Identity.objects.count()) == (1, 1)


def test_an_assurance_rises_and_never_falls(dana: Identity) -> None:
    get_or_create_identity(Address("tel", "050-555-0142"), assurance=2)
    get_or_create_identity(Address("tel", "050-555-0142"), assurance=0)
    prove_identity(dana, level=1)
    assert dana.again().assurance == 2


def test_a_proof_says_when_and_how(dana: Identity) -> None:
    proved = prove_identity(dana, level=2, evidence={"code_to": dana.pk}).again()
    assert (proved.assurance, proved.evidence) == (2, {"code_to": dana.pk})
    assert proved.verified_at is not None


def test_a_sender_is_blocked_and_let_in_again_with_a_line_each(dana: Identity) -> None:
    for status in (Contact.Status.BLOCKED, Contact.Status.ACTIVE):
        set_status(dana.contact, status, by=SYSTEM, reason="a test")
        assert dana.contact.again().status == status
    assert Audit.objects.filter(operation="contacts.set_status").count() == 2


def test_a_name_is_tidied(dana: Identity) -> None:
    rename_contact(dana.contact, "  דנה לוי-כהן  ", by=SYSTEM)
    assert dana.contact.again().name == "דנה לוי-כהן"
