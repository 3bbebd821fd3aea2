"""The numbers on a page are the rows, whatever happened and in whatever order."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity, Merge
from kesher.contacts.services import get_or_create_identity, merge_contacts, undo_merge
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import scope
from kesher.core.models import LiveEvent
from kesher.participation.models import Action, CountDelta, Participation, Tally
from kesher.participation.services import (
    confirm_participation,
    count_at,
    counts_at,
    create_action,
    drain_deltas,
    end_participation,
    find_participation,
    raise_level,
    read_tallies,
    read_tallies_now,
    read_total_now,
    reinstate,
    take_part,
)

PEOPLE, ACTIONS = 4, 2
WHO, WHAT = st.integers(0, PEOPLE - 1), st.integers(0, ACTIONS - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("part"), WHO, WHAT, st.integers(0, 3), st.booleans(), st.sampled_from(["", "north", "unknown"])
        ),
        st.tuples(st.just("leave"), WHO, WHAT, st.sampled_from(["withdrawn", "void"])),
        st.tuples(st.just("confirm"), WHO, WHAT, st.integers(1, 3)),
        st.tuples(st.just("raise"), WHO, WHAT, st.integers(1, 3)),
        st.tuples(st.just("reinstate"), WHO, WHAT),
        st.tuples(st.just("merge"), WHO, WHO),
        st.tuples(st.just("undo"), st.integers(0, 9)),
        st.tuples(st.just("drain")),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_tallies_are_the_rows(city: Agency, steps: list[tuple[object, ...]]) -> None:
    with transaction.atomic():
        people = [
            get_or_create_identity(Address("tel", f"050-555-01{number:02}"), assurance=1) for number in range(PEOPLE)
        ]
        actions = [create_action(city.pk, "petition") for _ in range(ACTIONS)]
        for verb, *given_ in steps:
            do(str(verb), given_, people, actions)
        now = [read_tallies_now(action) for action in actions]
        drain_deltas()
        for action, before in zip(actions, now, strict=True):
            check(action)
            assert some(before) == some(read_tallies(action))
        check_people(people)
        transaction.set_rollback(True)


def some(found: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """What a reading of the tallies says without its noughts."""
    kept = {dimension: {key: n for key, n in keys.items() if n} for dimension, keys in found.items()}
    return {dimension: keys for dimension, keys in kept.items() if keys}


def do(verb: str, given_: list[object], people: list[Identity], actions: list[Action]) -> None:
    """One step; what cannot be done now is left out."""
    match verb, given_:
        case "part", [int(who), int(what), int(level), bool(pending), str(area)]:
            take_part(
                actions[what], people[who].again(), level=level, channel="web", by=SYSTEM, area=area, pending=pending
            )
        case "leave", [int(who), int(what), str(state)]:
            row = Participation.objects.filter(action=actions[what], contact=people[who].contact).last()
            if row is not None:
                end_participation(row, state=state, by=SYSTEM)
        case "confirm", [int(who), int(what), int(level)]:
            row = Participation.objects.filter(action=actions[what], contact=people[who].contact).last()
            if row is not None:
                confirm_participation(row, level=level, by=SYSTEM)
        case "raise", [int(who), int(what), int(level)]:
            row = find_participation(actions[what], people[who].contact.again())
            if row is not None:
                raise_level(row, level)
        case "reinstate", [int(who), int(what)]:
            row = Participation.objects.filter(action=actions[what], contact=people[who].contact).last()
            if row is not None:
                reinstate(row, by=SYSTEM)
        case "merge", [int(first), int(second)]:
            merge_contacts(people[first].contact.again(), people[second].contact.again(), reason="test", by=SYSTEM)
        case "undo", [int(number)]:
            done = list(Merge.objects.filter(state="done").order_by("id"))
            if done:
                undo_merge(done[number % len(done)], by=SYSTEM)
        case _:
            drain_deltas()


def check(action: Action) -> None:
    """Every breakdown is what the rows say, and adds up to the total: who lives nobody knows where is a row, too."""
    rows = list(Participation.objects.filter(action=action, state="counted", level__gte=1))
    shown = {dimension: {key: n for key, n in keys.items() if n} for dimension, keys in read_tallies(action).items()}
    assert shown.get("total", {}) == ({"": len(rows)} if rows else {})
    assert shown.get("level", {}) == Counter(str(row.level) for row in rows)
    assert shown.get("channel", {}) == Counter(row.channel for row in rows)
    assert shown.get("area", {}) == Counter(row.area or "unknown" for row in rows)
    assert counts_at([action])[action.pk] == read_total_now(action) == len(rows)
    for level in (1, 2, 3):
        assert count_at(action, level) == sum(row.level >= level for row in rows)
        assert count_at(action, level, area="north") == sum(row.level >= level and row.area == "north" for row in rows)


def check_people(people: list[Identity]) -> None:
    """Check that no person is counted twice in one action, under any of their contacts."""
    for identity in people:
        rows = Participation.objects.filter(contact__in=identity.contact.again().family_ids(), state="counted")
        assert max(Counter(rows.values_list("action", flat=True)).values(), default=0) <= 1


def test_deltas_are_drained_once_and_told(city: Agency, dana: Identity) -> None:
    action = create_action(city.pk, "petition")
    take_part(action, dana, level=1, channel="web", by=SYSTEM)
    assert drain_deltas() == 1
    assert drain_deltas() == 0
    assert not CountDelta.objects.exists()
    assert LiveEvent.objects.filter(stream=action.stream).count() == 1


def test_a_drain_serves_every_agency(city: Agency, town: Agency, dana: Identity) -> None:
    take_part(create_action(city.pk, "petition"), dana, level=1, channel="web", by=SYSTEM)
    with scope(town):
        theirs = create_action(town.pk, "petition")
        take_part(theirs, get_or_create_identity(Address("tel", "050-555-0142")), level=1, channel="sms", by=SYSTEM)
    assert drain_deltas() == 2
    with scope(town):
        assert counts_at([theirs]) == {theirs.pk: 1}


def test_an_action_that_nobody_joined_has_a_total_of_nought(city: Agency) -> None:
    action = create_action(city.pk, "petition")
    assert counts_at([action]) == {action.pk: 0}
    assert read_tallies(action) == {}


def test_a_count_reads_no_other_actions_tallies(city: Agency) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    assert "action_id=?" in Tally.objects.filter(action=1, dimension="value").explain()
