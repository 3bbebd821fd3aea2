"""One person is counted once, whichever door they use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import change_owner, get_or_create_identity, merge_contacts, undo_merge
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.models import Audit
from kesher.participation.models import Action, Participation
from kesher.participation.services import (
    GRACE,
    confirm_participation,
    counts_at,
    create_action,
    drain_deltas,
    end_participation,
    expire_pending,
    find_participation,
    participate,
    person_key,
    read_tallies,
    reinstate,
    take_part,
)


@pytest.fixture
def action(city: Agency) -> Action:
    return create_action(city.pk, "petition")


@pytest.fixture
def mail(dana: Identity) -> Identity:
    """A second address, not known to be Dana's."""
    return get_or_create_identity(Address("mailto", "dana@example.org"))


def part(action: Action, identity: Identity, level: int = 1, **more: Any) -> tuple[Participation, bool]:
    return take_part(action, identity.again(), level=level, channel=more.pop("channel", "web"), by=SYSTEM, **more)


def total(action: Action) -> int:
    drain_deltas()
    return counts_at([action])[action.pk]


def test_twice_is_once(action: Action, dana: Identity) -> None:
    row, new = part(action, dana)
    assert new
    assert part(action, dana, channel="whatsapp") == (row, False)
    assert total(action) == 1
    assert Audit.objects.filter(operation="petition.take_part").count() == 1


def test_two_actions_are_two_rows_that_nobody_can_compare(action: Action, dana: Identity, city: Agency) -> None:
    other = create_action(city.pk, "petition")
    assert part(other, dana)[1]
    assert part(action, dana)[1]
    assert person_key(action, dana) != person_key(other, dana)


def test_two_addresses_of_one_person_are_one(action: Action, dana: Identity, mail: Identity) -> None:
    merge_contacts(dana.contact, mail.contact, reason="code", by=SYSTEM)
    row, _new = part(action, dana)
    assert part(action, mail) == (row, False)
    assert total(action) == 1


@pytest.mark.parametrize(("first", "second"), [(False, False), (True, False), (False, True), (True, True)])
def test_two_doors_at_once_end_with_one_row(
    action: Action, dana: Identity, monkeypatch: pytest.MonkeyPatch, first: bool, second: bool
) -> None:
    """Both looked before either wrote: the second one's look finds nobody, and the constraint decides."""
    row, _new = part(action, dana, pending=first)
    look = participate.find_participation
    blind = iter([None])
    monkeypatch.setattr(participate, "find_participation", lambda *asked: next(blind, None) or look(*asked))
    again, new = part(action, dana, pending=second)
    assert again.pk == row.pk
    assert new == (first and not second)
    assert again.state == ("pending" if first and second else "counted")
    assert Participation.objects.count() == 1


def test_pending_and_unproved_rows_are_in_no_count(action: Action, dana: Identity, omar: Identity) -> None:
    part(action, dana, level=0, pending=True)
    part(action, omar, level=0)
    assert total(action) == 0
    assert read_tallies(action) == {}


def test_a_pending_row_counts_once_it_is_proved(action: Action, dana: Identity) -> None:
    row, _new = part(action, dana, level=0, pending=True)
    confirm_participation(row, level=1, by=SYSTEM)
    confirm_participation(row, level=2, by=SYSTEM)
    assert (total(action), row.again().level) == (1, 1)
    assert Audit.objects.filter(operation="petition.confirm").count() == 1


def test_a_proved_visit_confirms_what_waited(action: Action, dana: Identity) -> None:
    part(action, dana, level=0, pending=True)
    row, new = part(action, dana, level=1)
    assert (new, row.state, row.level) == (True, "counted", 1)


def test_whoever_proves_more_later_counts_at_the_better_level(action: Action, dana: Identity) -> None:
    row, _new = part(action, dana, level=1)
    assert part(action, dana, level=2) == (row, False)
    assert part(action, dana, level=1)[0].level == 2
    part(action, dana, level=0, pending=True)
    assert total(action) == 1
    assert {level: n for level, n in read_tallies(action)["level"].items() if n} == {"2": 1}


def test_a_level_that_only_the_other_person_had_goes_with_him(action: Action, dana: Identity, mail: Identity) -> None:
    row, _new = part(action, dana, level=1)
    merged = merge_contacts(dana.contact, mail.contact, reason="code", by=SYSTEM)
    assert merged is not None
    part(action, mail, level=3)
    assert row.again().level == 3
    undo_merge(merged, by=SYSTEM)
    assert row.again().level == 1


def test_whoever_leaves_is_not_counted_and_may_come_again(action: Action, dana: Identity) -> None:
    row, _new = part(action, dana)
    assert end_participation(row, by=SYSTEM)
    assert not end_participation(row, by=SYSTEM)
    assert total(action) == 0
    assert part(action, dana)[1]
    assert total(action) == 1


def test_what_nobody_proved_within_a_day_goes(action: Action, dana: Identity, omar: Identity) -> None:
    old, _new = part(action, dana, level=0, pending=True)
    fresh, _new = part(action, omar, level=0, pending=True)
    Participation.objects.filter(pk=old.pk).update(created=timezone.now() - GRACE - timedelta(minutes=1))
    assert expire_pending() == 1
    assert (old.again().state, fresh.again().state) == ("expired", "pending")
    assert part(action, dana, level=0, pending=True)[1]


def test_of_two_that_turn_out_to_be_one_the_earlier_stays_with_the_higher_level(
    action: Action, dana: Identity, mail: Identity
) -> None:
    early, _new = part(action, mail, level=1)
    late, _new = part(action, dana, level=2)
    merge_contacts(dana.contact, mail.contact, reason="code", by=SYSTEM)
    assert (early.again().state, late.again().state) == ("counted", "superseded")
    assert total(action) == 1
    assert read_tallies(action)["level"] == {"2": 1}
    assert find_participation(action, dana.contact) == early


def test_three_that_turn_out_to_be_one_are_one(action: Action, dana: Identity, mail: Identity, omar: Identity) -> None:
    for identity in (omar, mail, dana):
        part(action, identity)
    merge_contacts(mail.contact, omar.contact, reason="code", by=SYSTEM)
    merge_contacts(dana.contact, mail.contact, reason="code", by=SYSTEM)
    assert total(action) == 1
    assert Participation.objects.filter(state="counted").get().identity == omar


def test_one_who_had_signed_under_a_merged_name_counts_once(
    action: Action, dana: Identity, mail: Identity, omar: Identity
) -> None:
    """Omar's row hangs on a contact that was merged before; the next merge must find it there."""
    part(action, omar)
    merge_contacts(mail.contact, omar.contact, reason="code", by=SYSTEM)
    part(action, dana)
    merge_contacts(dana.contact, mail.contact.again(), reason="code", by=SYSTEM)
    assert total(action) == 1


def test_an_undone_merge_lets_both_count_again(action: Action, dana: Identity, mail: Identity) -> None:
    early, _new = part(action, dana, level=1)
    late, _new = part(action, mail, level=2)
    row = merge_contacts(dana.contact, mail.contact, reason="code", by=SYSTEM)
    assert row is not None
    assert (total(action), early.again().level) == (1, 2)
    undo_merge(row, by=SYSTEM)
    assert total(action) == 2
    assert (early.again().level, late.again().level) == (1, 2)
    assert not part(action, mail)[1]


@pytest.mark.parametrize("pending", [False, True])
def test_the_new_owner_of_a_number_takes_part_as_himself(action: Action, dana: Identity, pending: bool) -> None:
    """The number's old owner had taken part from it: both are persons, and each counts once."""
    before, _new = part(action, dana)
    change_owner(dana, to=None, how="code", by=SYSTEM)
    after, new = part(action, dana, level=2, pending=pending)
    assert (new, after.contact != before.contact) == (True, True)
    assert part(action, dana, level=2) == (after.again(), pending)
    assert (total(action), before.again().state) == (2, "counted")
    assert end_participation(before, by=SYSTEM)
    assert reinstate(before, by=SYSTEM)
    assert total(action) == 2


def test_whoever_takes_part_is_found_by_his_own_and_not_among_all(action: Action, dana: Identity) -> None:
    """SQLite has no statistics where nobody made any, and takes the index of the whole action wherever it may."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        take_part(action, dana, level=1, channel="sms", by=SYSTEM)
    mine = [one for one in asked if one[0].startswith("SELECT") and 'FROM "participation_participation"' in one[0]]
    with connection.cursor() as cursor:
        plans = [str(cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()) for sql, params in mine]
    assert ["participation_mine" in plans[0], "participation_person_once" in plans[1]] == [True, True], plans
