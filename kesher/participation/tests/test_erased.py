"""A person who was erased and returns from the same address counts once, and is not recognised."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.contacts.services.erasure import empty_contacts, empty_identities
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.participation.action_kinds import KINDS, Kind, register
from kesher.participation.models import Action, KeptKey, Participation
from kesher.participation.services import (
    Condition,
    counts_at,
    create_action,
    drain_deltas,
    end_participation,
    find_participation,
    forget_keys,
    person_key,
    read_tallies,
    reverse_voiding,
    run_voidings,
    take_part,
    void_many,
)
from kesher.participation.services.erasure import erase_participations
from kesher.participation.services.participate import add_participation

HOME = Address("tel", "+972505550188")
STEPS = st.lists(
    st.sampled_from(["sign", "ask", "prove", "withdraw", "void", "erase", "forget", "expire"]), max_size=14
)


@pytest.fixture
def action(city: Agency) -> Action:
    return create_action(city.pk, "petition")


def forgotten() -> None:
    """The person at HOME wants to be forgotten, and is."""
    ids = get_or_create_identity(HOME).contact.family_ids()
    erase_participations(ids)
    empty_identities(ids)
    empty_contacts(ids)


def sign(action: Action, *, pending: bool = False) -> Participation:
    person = get_or_create_identity(HOME, assurance=1)
    level = 0 if pending else 1
    return take_part(action, person, level=level, channel="web", by=SYSTEM, pending=pending)[0]


def do(step: str, action: Action) -> None:
    mine = find_participation(action, get_or_create_identity(HOME, assurance=1).contact)
    match step:
        case "sign" | "prove":
            sign(action)
        case "ask":
            sign(action, pending=True)
        case "withdraw" | "void" | "expire" if mine is not None:
            state = {"withdraw": "withdrawn", "void": "void", "expire": "expired"}[step]
            end_participation(mine, state=state, by=SYSTEM)
        case "erase":
            forgotten()
        case "forget":
            forget_keys()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_one_address_is_never_counted_twice(city: Agency, steps: list[str]) -> None:
    with transaction.atomic():
        action = create_action(city.pk, "petition")
        for step in steps:
            do(step, action)
            counted = Participation.objects.filter(action=action, state="counted", level__gte=1)
            assert counted.count() <= 1
        drain_deltas()
        assert counts_at([action])[action.pk] == counted_rows(action)
        assert sum(read_tallies(action).get("channel", {}).values()) == counted_rows(action)
        transaction.set_rollback(True)


def counted_rows(action: Action) -> int:
    return Participation.objects.filter(action=action, state="counted", level__gte=1).count()


def test_an_erased_part_stays_counted_and_says_nothing_of_the_person(action: Action) -> None:
    row = sign(action)
    forgotten()
    row.refresh_from_db()
    assert (row.state, row.name, row.identity, row.show_name, row.net) == ("counted", "", None, False, "")
    assert KeptKey.objects.get().row == row


def test_who_only_typed_the_address_takes_nothing_from_the_count(action: Action) -> None:
    erased = sign(action)
    forgotten()
    for _try in range(2):
        waiting = sign(action, pending=True)
    assert (erased.again().state, waiting.state) == ("counted", "pending")
    sign(action)
    assert (erased.again().state, waiting.again().state) == ("superseded", "counted")
    assert bytes(waiting.again().person_key) == person_key(action, get_or_create_identity(HOME))


def test_a_crowds_quick_way_meets_the_key_too(action: Action) -> None:
    """A contact without merges skips the look-up; the constraint makes the caller repeat it."""
    sign(action)
    forgotten()
    person = get_or_create_identity(HOME, assurance=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        add_participation(action, person, level=1, channel="web", by=SYSTEM, alone=True)
    assert add_participation(action, person, level=1, channel="web", by=SYSTEM)[1]
    assert counted_rows(action) == 1


def test_whoever_comes_again_while_a_voiding_is_taken_back_counts_once(action: Action, ruth: Staff) -> None:
    sign(action)
    voiding = void_many(action, Condition(channel="web"), reason="a mistake", staff=ruth)
    run_voidings()
    forgotten()
    reverse_voiding(voiding, staff=ruth)
    sign(action)
    while run_voidings():
        pass
    assert counted_rows(action) == 1


def test_the_key_goes_when_nobody_can_take_part_any_more(city: Agency) -> None:
    over: set[int] = set()
    register(Kind("fair", ended=lambda action: action.pk in over))
    try:
        action = create_action(city.pk, "fair")
        row, key = sign(action), person_key(action, get_or_create_identity(HOME))
        forgotten()
        assert (forget_keys(), bytes(row.again().person_key)) == (0, key)
        over.add(action.pk)
        assert (forget_keys(), KeptKey.objects.count()) == (1, 0)
        assert bytes(row.again().person_key) != key
        assert row.again().state == "counted"
    finally:
        del KINDS["fair"]


def test_an_address_that_changed_hands_still_counts_for_both(action: Action, dana: Identity, omar: Identity) -> None:
    take_part(action, dana, level=1, channel="sms", by=SYSTEM)
    Identity.objects.filter(pk=dana.pk).update(contact=omar.contact)
    take_part(action, Identity.objects.get(pk=dana.pk), level=1, channel="sms", by=SYSTEM)
    assert counted_rows(action) == 2
