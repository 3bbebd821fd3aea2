"""A person voided with many others who returns: not counted anew, but counted again by staff."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import change_owner, get_or_create_identity, merge_contacts
from kesher.contacts.services.erasure import empty_contacts, empty_identities
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.participation.models import Action, Participation, Voiding
from kesher.participation.services import (
    Condition,
    add_participation,
    count_again,
    counts_at,
    create_action,
    drain_deltas,
    end_participation,
    find_participation,
    recount_action,
    reverse_voiding,
    run_voidings,
    take_part,
    void_many,
)
from kesher.participation.services.erasure import erase_participations


@pytest.fixture
def action(city: Agency) -> Action:
    return create_action(city.pk, "petition")


def signers(count: int) -> list[Identity]:
    return [
        get_or_create_identity(Address("tel", f"+97254555{number:04}"), assurance=1) for number in range(1, count + 1)
    ]


def sign(action: Action, people: list[Identity]) -> None:
    for person in people:
        take_part(action, person, level=1, channel="web", by=SYSTEM)


def counted(action: Action) -> int:
    """After all that waits."""
    while run_voidings() + drain_deltas():
        pass
    return counts_at([action])[action.pk]


@pytest.fixture
def voided(action: Action, ruth: Staff) -> Participation:
    """One of three that were voided together."""
    sign(action, signers(3))
    void_many(action, Condition(prefix="054-555"), reason="one machine", staff=ruth)
    counted(action)
    return Participation.objects.filter(state="void").order_by("id")[0]


def test_who_was_voided_with_many_does_not_simply_come_again(action: Action, voided: Participation) -> None:
    person = signers(1)[0]
    with pytest.raises(Refused, match=voided.receipt):
        sign(action, [person])
    with pytest.raises(Refused), transaction.atomic():
        add_participation(action, person, level=1, channel="web", by=SYSTEM)
    assert (counted(action), recount_action(action).wrong) == (0, {})


def test_the_database_holds_it_whatever_a_door_knows_of_a_person(action: Action, voided: Participation) -> None:
    person = signers(1)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        add_participation(action, person, level=1, channel="web", by=SYSTEM, alone=True)
    second = Identity(agency_id=action.agency_id, contact=person.contact, scheme="mailto", address="a@example.org")
    second.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        add_participation(action, second, level=1, channel="web", by=SYSTEM, alone=True)


def test_a_page_asks_him_for_a_code_as_anybody_and_says_it_when_the_code_came_back(
    action: Action, voided: Participation, ruth: Staff
) -> None:
    person = signers(1)[0]
    row, new = take_part(action, person, level=0, channel="web", by=SYSTEM, pending=True)
    assert (new, row.state) == (True, "pending")
    with pytest.raises(Refused, match=voided.receipt):
        take_part(action, person, level=1, channel="web", by=SYSTEM)
    assert count_again(voided.again(), reason="called us", staff=ruth)
    assert (find_participation(action, person.contact), row.again().state) == (voided, "superseded")
    assert take_part(action, person, level=1, channel="web", by=SYSTEM) == (voided, False)
    assert (counted(action), recount_action(action).wrong) == (1, {})


def test_by_another_address_of_his_or_once_erased_he_does_not_come_again_either(
    action: Action, voided: Participation
) -> None:
    first, second, _third = signers(3)
    other = get_or_create_identity(Address("mailto", "other@example.org"), assurance=1)
    merge_contacts(first.contact, other.contact, reason="code", by=SYSTEM)
    with pytest.raises(Refused):
        sign(action, [other])
    ids = second.contact.family_ids()
    for forget in (erase_participations, empty_identities, empty_contacts):
        forget(ids)
    with pytest.raises(Refused):
        sign(action, [get_or_create_identity(Address("tel", "+972545550001"), assurance=1)])


def test_the_new_owner_of_a_number_takes_part_as_himself(action: Action, voided: Participation) -> None:
    identity = signers(1)[0]
    change_owner(identity, to=None, how="sim", by=SYSTEM)
    sign(action, [identity.again()])
    assert counted(action) == 1


def test_once_the_voiding_was_taken_back_everybody_may_come(action: Action, voided: Participation, ruth: Staff) -> None:
    reverse_voiding(Voiding.objects.get(), staff=ruth)
    sign(action, signers(1))  # before the worker had come so far
    assert voided.again().state == "counted"
    assert (counted(action), recount_action(action).wrong) == (3, {})
    end_participation(voided.again(), by=SYSTEM, state="void")
    sign(action, signers(1))
    assert counted(action) == 3
