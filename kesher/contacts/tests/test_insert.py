"""A new row by a statement that is made once is the row that ``save`` would have written."""

from __future__ import annotations

from contextvars import Context

import pytest
from django.db import IntegrityError
from django.forms.models import model_to_dict
from pytest_django import DjangoAssertNumQueries

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import ScopeMissing, WrongAgency, scope
from kesher.core.db.prepared_query import insert, insert_all
from kesher.core.models import Audit


def an_identity(contact: Contact, address: str) -> Identity:
    return Identity(contact=contact, scheme="tel", address=address, assurance=2, evidence={"קוד": [1, None, "x"]})


def test_it_is_the_row_that_save_would_have_written(
    dana: Identity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, other = an_identity(dana.contact, "+972505550180"), an_identity(dana.contact, "+972505550181")
    with django_assert_num_queries(1):
        insert(one)
    other.save(force_insert=True)
    assert (one.agency_id, one.pk + 1, one.created.date()) == (dana.agency_id, other.pk, other.created.date())
    plain = [model_to_dict(row.again(), exclude=["id", "address"]) for row in (one, other)]
    assert plain[0] == plain[1]
    one.display = "דנה"
    one.save()
    assert Identity.objects.filter(display="דנה").count() == 1


def test_many_rows_are_written_by_few_statements_and_get_their_own_keys(
    dana: Identity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [an_identity(dana.contact, f"+9725055{number:05}") for number in range(130)]
    for row in rows:
        row.check_scope()
    with django_assert_num_queries(2):
        insert_all(Identity, rows)
    stored = Identity.objects.in_bulk([row.pk for row in rows])
    assert [stored[row.pk].address for row in rows] == [row.address for row in rows]
    assert stored[rows[0].pk].evidence == rows[0].evidence
    rows[0].display = "דנה"
    rows[0].save()
    assert stored[rows[0].pk].again().display == "דנה"


def test_it_goes_to_nobody_else_s_agency(dana: Identity, town: Agency) -> None:
    with scope(town):
        theirs = get_or_create_identity(Address("tel", "+972505550182"))
    with pytest.raises(WrongAgency):
        insert(an_identity(theirs.contact, "+972505550183"))
    with pytest.raises(WrongAgency):
        insert(Audit(agency_id=town.pk, operation="x", actor_kind="system"))
    with pytest.raises(ScopeMissing):
        Context().run(insert, an_identity(dana.contact, "+972505550184"))
    assert not Identity.objects.filter(assurance=2).exists()


def test_what_the_database_refuses_is_refused(dana: Identity) -> None:
    with pytest.raises(IntegrityError):
        insert(an_identity(dana.contact, dana.address))


def test_a_neighbour_has_its_key_by_then_or_it_is_said(city: Agency) -> None:
    contact = Contact(language="he")
    row = an_identity(contact, "+972505550185")
    with pytest.raises(ValueError, match="unsaved"):
        insert(row)
    insert(contact)
    insert(row)
    assert row.again().contact == contact
