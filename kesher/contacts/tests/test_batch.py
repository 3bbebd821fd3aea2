"""A batch tells nobody that it reads once and writes late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import WrongAgency, scope
from kesher.core.db.batch import CachedInBatch, at_end, batch, flush, outside_batch, save, save_late
from kesher.core.errors import Refused
from kesher.core.models import Audit

pytestmark = pytest.mark.django_db
Queries = Callable[[int], Any]


def refused(verb: str) -> None:
    """A verb that leaves its line and then thinks better of it."""
    audit(verb, by=SYSTEM)
    raise Refused("no")


def test_many_rows_of_a_table_are_one_statement(city: Agency, django_assert_num_queries: Queries) -> None:
    with scope(city), django_assert_num_queries(1), batch():
        for number in range(20):
            audit("test.verb", by=SYSTEM, number=number)
    with scope(city):
        assert [row.data["number"] for row in Audit.objects.filter(operation="test.verb").order_by("id")] == list(
            range(20)
        )


def test_whoever_reads_finds_what_was_kept(city: Agency) -> None:
    with scope(city), batch():
        contact = Contact(agency=city, name="דנה")
        save(contact)
        assert contact.pk is None
        assert Contact.objects.filter(name="דנה").count() == 1
        assert contact.pk is not None


def test_a_row_kept_often_is_written_once_as_it_is_at_the_end(
    city: Agency, dana: Identity, django_assert_num_queries: Queries
) -> None:
    contact = dana.contact
    with scope(city), django_assert_num_queries(1), batch():
        for name in ("א", "ב", "ג"):
            contact.name = name
            save(contact, "name")
    with scope(city):
        contact.refresh_from_db()
    assert contact.name == "ג"


def test_only_the_fields_that_were_named_are_written(city: Agency, dana: Identity) -> None:
    contact = dana.contact
    with scope(city), batch():
        Contact.objects.filter(pk=contact.pk).update(language="ru")
        contact.name, contact.language = "דנה לוי", "ar"
        save(contact, "name")
    with scope(city):
        contact.refresh_from_db()
    assert (contact.name, contact.language) == ("דנה לוי", "ru")


def test_what_was_kept_before_a_savepoint_outlives_its_rollback(city: Agency) -> None:
    with scope(city), batch():
        audit("test.before", by=SYSTEM)
        with pytest.raises(Refused), transaction.atomic():
            refused("test.inside")
        audit("test.after", by=SYSTEM)
    with scope(city):
        verbs = Audit.objects.filter(operation__startswith="test.").order_by("id").values_list("operation", flat=True)
        assert list(verbs) == ["test.before", "test.after"]


def test_an_error_drops_all_of_it(city: Agency) -> None:
    with scope(city), pytest.raises(Refused), transaction.atomic(), batch():
        refused("test.dropped")
    with scope(city):
        assert not Audit.objects.filter(operation="test.dropped").exists()


def test_a_row_of_another_agency_is_refused_when_it_is_kept(city: Agency, town: Agency) -> None:
    with scope(city), pytest.raises(WrongAgency), batch():
        save(Contact(agency=town))


def test_outside_a_unit_it_is_an_ordinary_save(city: Agency) -> None:
    with scope(city):
        contact = Contact(agency=city)
        save(contact)
        contact.name = "דנה לוי"
        save(contact, "name")
        contact.refresh_from_db()
    assert contact.name == "דנה לוי"


def test_a_key_is_there_for_the_asking(city: Agency) -> None:
    with scope(city), batch():
        contact = Contact(agency=city)
        save(contact)
        flush()
        assert contact.pk


def test_a_thing_is_read_once_in_a_batch_and_anew_outside() -> None:
    read: list[str] = []
    look = CachedInBatch(read.append)
    with batch():
        for _time in range(3):
            look("thing")
    look("thing")
    look("thing")
    assert len(read) == 3
    assert not connection.needs_rollback


def test_a_rollback_to_a_savepoint_forgets_what_was_read(city: Agency) -> None:
    count = CachedInBatch(Contact.objects.count)
    with scope(city), batch():
        assert count() == 0
        with transaction.atomic():
            Contact.objects.create(agency=city)
            count.fill({(): 1})
            transaction.set_rollback(True)
        assert count() == 0


def test_outside_the_batch_rows_are_written_and_read_at_once(city: Agency) -> None:
    count = CachedInBatch(Contact.objects.count)
    with scope(city), batch():
        save(Contact(agency=city))
        count.fill({(): 7})
        with outside_batch():
            assert count() == 1
            Contact.objects.create(agency=city)
            assert count() == 2
        assert count() == 2


def test_a_row_saved_late_is_written_before_a_savepoint_or_not_at_all(city: Agency, dana: Identity) -> None:
    contact = dana.contact
    with scope(city), batch():
        contact.name = "א"
        save_late(contact, "name")
        with transaction.atomic():
            contact.name = "ב"
            save_late(contact, "name")
            transaction.set_rollback(True)
    with scope(city):
        assert Contact.objects.get(pk=contact.pk).name == "א"


def test_what_is_left_for_the_end_is_done_once_with_all_that_differs() -> None:
    done: list[int] = []
    write = done.extend
    with batch():
        at_end(write, [1, 2])
        at_end(write, [2, 3])
        assert not done
    assert done == [1, 2, 3]
