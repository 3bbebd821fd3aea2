"""Two contacts are one person, or they are not after all: nothing moves, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.contacts.models import Contact, Identity, Merge
from kesher.contacts.services import decide_merge, get_or_create_identity, merge_contacts, suggest_merge, undo_merge
from kesher.core import hooks
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.models import Audit

PEOPLE = 5
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("undo"), st.integers(0, 20), st.just(0)),
    ),
    max_size=14,
)


def people(count: int) -> list[Contact]:
    return [
        get_or_create_identity(Address("tel", f"050-555-01{number:02}", f"p{number}")).contact
        for number in range(count)
    ]


def families(contacts: list[Contact]) -> set[frozenset[int]]:
    return {frozenset(contact.again().family_ids()) for contact in contacts}


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_merges_and_undos_in_any_order(city: models.Model, steps: list[tuple[str, int, int]]) -> None:
    """Who points to whom is exactly what the open merges say; undoing them all leaves everybody alone."""
    with transaction.atomic():
        contacts = people(PEOPLE)
        for verb, first, second in steps:
            if verb == "merge":
                merge_contacts(contacts[first].again(), contacts[second].again(), reason="test", by=SYSTEM)
            elif done := list(Merge.objects.filter(state="done").order_by("id")):
                undo_merge(done[first % len(done)], by=SYSTEM)
            check(contacts)
        for row in Merge.objects.filter(state="done").order_by("?"):
            assert undo_merge(row, by=SYSTEM)
        assert families(contacts) == {frozenset([contact.pk]) for contact in contacts}
        transaction.set_rollback(True)


def check(contacts: list[Contact]) -> None:
    """The pointers are the open merges; families part the people, and each has one root."""
    pointers = dict(Contact.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    assert pointers == dict(Merge.objects.filter(state="done").values_list("absorbed", "kept"))
    found = families(contacts)
    assert sum(len(family) for family in found) == len(contacts)
    assert len({contact.again().root().pk for contact in contacts}) == len(found) == Contact.objects.people().count()


def test_a_merge_moves_no_row(dana: Identity, omar: Identity) -> None:
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    assert omar.again().contact_id == omar.contact.pk
    assert omar.contact.again().root() == dana.contact


def test_whoever_is_one_already_is_not_merged_again(dana: Identity, omar: Identity) -> None:
    assert merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM) is not None
    assert merge_contacts(omar.contact.again(), dana.contact, reason="code", by=SYSTEM) is None
    assert Audit.objects.filter(operation="contacts.merge").count() == 1


def test_an_undo_is_done_once(dana: Identity, omar: Identity) -> None:
    row = merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    assert row is not None
    assert undo_merge(row, by=SYSTEM)
    assert not undo_merge(row, by=SYSTEM)
    assert Audit.objects.filter(operation="contacts.undo_merge").count() == 1


def test_a_name_is_inherited_by_whoever_has_none(dana: Identity) -> None:
    nameless = get_or_create_identity(Address("mailto", "d@example.org")).contact
    merge_contacts(nameless, dana.contact, reason="code", by=SYSTEM)
    assert nameless.again().name == "דנה לוי"


def test_a_suggestion_waits_for_a_clerk(dana: Identity, omar: Identity) -> None:
    row = suggest_merge(dana.contact, omar.contact, reason="same name")
    assert row is not None
    assert omar.contact.again().merged_into_id is None
    decide_merge(row, accept=True, by=SYSTEM)
    assert (row.again().state, omar.contact.again().merged_into_id) == ("done", dana.contact.pk)


def test_a_suggestion_that_was_refused_is_not_made_again(dana: Identity, omar: Identity) -> None:
    row = suggest_merge(dana.contact, omar.contact, reason="same name")
    assert row is not None
    decide_merge(row, accept=False, by=SYSTEM)
    assert omar.contact.again().merged_into_id is None
    assert suggest_merge(omar.contact, dana.contact, reason="same name") is None


def test_a_suggestion_is_settled_by_a_merge_the_other_way_round(dana: Identity, omar: Identity) -> None:
    row = suggest_merge(omar.contact, dana.contact, reason="same name")
    assert row is not None
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    assert not Merge.objects.filter(state="suggested").exists()


def test_the_higher_floors_hear_of_it_and_may_refuse(
    dana: Identity, omar: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_said: Any) -> None:
        raise RuntimeError("not now")

    monkeypatch.setattr(hooks.contacts_merged, "listeners", [refuse])
    with pytest.raises(RuntimeError, match="not now"), transaction.atomic():
        merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    assert omar.contact.again().merged_into_id is None
